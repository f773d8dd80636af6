"""What becomes of an event for which there is a playbook: who is treated, who is held out by chance, who is left in peace, and why."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256

DONE, HELD_OUT, SKIPPED = "done", "held_out", "skipped"
LATE, REPEATED, UNREACHABLE, QUIET, CAPPED = "late", "repeated", "unreachable", "quiet", "capped"


@dataclass(frozen=True)
class Rules:
    """How often a playbook may act. Days of 0 and a cap of 0 mean: no limit.

    :ivar share: of 1, how many are held out
    :ivar within_days: how old an event may be
    :ivar repeat_days: within which the playbook does not choose a customer again
    :ivar quiet_days: within which no playbook may have treated the customer
    :ivar cap: how often all playbooks together may treat a customer within ``cap_days``
    """

    playbook: int
    share: float = 0.0
    within_days: int = 30
    repeat_days: int = 0
    quiet_days: int = 0
    cap: int = 0


@dataclass(frozen=True)
class Event:
    """Something that happened to a customer (a commercial partner), and what is known of them.

    :ivar own: the last day on which this playbook treated or held out the customer; None if never
    :ivar treated: the last day on which any playbook treated them; None if never
    :ivar treatments: how often playbooks treated them within the days of the cap
    """

    customer: int
    key: str
    day: date
    reachable: bool = True
    own: date | None = None
    treated: date | None = None
    treatments: int = 0


def decide(event: Event, rules: Rules, today: date) -> tuple[str, str]:
    """(``done``, ``held_out`` or ``skipped``; the reason of a skip).

    Chance comes last: those held out could all have been treated, or the two groups would not compare.
    """
    reason = _reason_against(event, rules, today)
    if reason:
        return SKIPPED, reason
    return (HELD_OUT if is_held_out(rules.playbook, event.customer, event.key, rules.share) else DONE), ""


def _reason_against(event: Event, rules: Rules, today: date) -> str:
    if (today - event.day).days > rules.within_days:
        return LATE
    if _within(event.own, rules.repeat_days, today):
        return REPEATED
    if not event.reachable:
        return UNREACHABLE
    if _within(event.treated, rules.quiet_days, today):
        return QUIET
    if rules.cap and event.treatments >= rules.cap:
        return CAPPED
    return ""


def _within(day: date | None, days: int, today: date) -> bool:
    return day is not None and bool(days) and (today - day).days < days


def is_held_out(playbook: int, customer: int, key: str, share: float) -> bool:
    """Whether chance holds a customer out: a share of 1 of all, and always the same ones for the same playbook, customer and event."""
    digest = sha256(f"{playbook}:{customer}:{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64
