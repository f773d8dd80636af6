"""What a reward for an event is worth, whom it can still be given to, and the key that makes it happen once."""

from decimal import ROUND_HALF_UP, Decimal

POINT_DIGITS = 2
_STEP = Decimal(1).scaleb(-POINT_DIGITS)


def exact_points(points: float | int | str | Decimal) -> Decimal:
    """``points`` as the ledger keeps them: a decimal number with two digits, halves away from zero.

    A float is read as it is written (0.1 is 0.10), not as the binary number nearest to it.
    """
    return Decimal(str(points)).quantize(_STEP, rounding=ROUND_HALF_UP)


def stage_key_prefix(rule_id: int) -> str:
    """The beginning that the event keys of one stage rule share; the customer's id follows."""
    return f"stage:{rule_id}:"


def stage_key(rule_id: int, partner_id: int) -> str:
    """The event key of "this customer got this rule's reward", the same however often the stage is reached."""
    return f"{stage_key_prefix(rule_id)}{partner_id}"


def event_key_prefix(event: str, rule_id: int) -> str:
    """The beginning that the event keys of one rule share; the customer's id, a colon and "which time" follow."""
    return f"{event}:{rule_id}:"


def event_key(event: str, rule_id: int, partner_id: int, occurrence: str) -> str:
    """The event key of "this customer got this rule's reward for this time"."""
    return f"{event_key_prefix(event, rule_id)}{partner_id}:{occurrence}"


def affordable(wanted: int, points: Decimal, budget: Decimal, granted: Decimal) -> int:
    """How many of ``wanted`` customers can get ``points`` each within ``budget`` (0: no limit) when ``granted`` was given.

    A reward is given whole or not at all.
    """
    if points <= 0:
        raise ValueError("a reward must be positive")
    if not budget:
        return wanted
    return max(0, min(wanted, int((budget - granted) // points)))
