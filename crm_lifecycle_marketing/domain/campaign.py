"""Who of a campaign is held out by chance, and what the campaign returned."""

from dataclasses import dataclass
from hashlib import md5
from math import isinf

SPACE = 2**32


def is_held_out(campaign_id: int, partner_id: int, percent: int) -> bool:
    """Whether a customer is held out of a campaign: always the same answer, by the first 32 bits of a hash, independent between campaigns.

    Who is held out of 10 % is held out of 20 %, too. ``analytics.campaign.assign`` says the same in SQL.
    """
    place = int(md5(f"{campaign_id}:{partner_id}".encode(), usedforsecurity=False).hexdigest()[:8], 16)
    return place * 100 < percent * SPACE


@dataclass(frozen=True)
class Return:
    """What a campaign brought in all: incremental margin and return on investment, (margin − spend) / spend, each with its 95 % interval.

    None where it cannot be said: nobody held out, or nothing spent.
    """

    margin: float | None
    margin_low: float | None
    margin_high: float | None
    roi: float | None
    roi_low: float | None
    roi_high: float | None


def campaign_return(difference, treated: int, spend: float) -> Return:
    """Scale the difference a customer (``estimate``, ``low``, ``high``; see ``crm_lifecycle.domain.uplift``) to those who were treated.

    What was spent is known exactly, so the interval of the margin carries over to the return.
    """
    if difference.estimate is None or isinf(difference.low):
        return Return(None, None, None, None, None, None)
    margins = [each * treated for each in (difference.estimate, difference.low, difference.high)]
    returns = [(each - spend) / spend for each in margins] if spend > 0 else [None] * 3
    return Return(*margins, *returns)


def acquisition_cost(spend: float, won: int) -> float | None:
    """CAC: what was spent for each customer who bought for the first time; None without any."""
    return spend / won if won and spend > 0 else None


def value_to_cost(value: float | None, cost: float | None) -> float | None:
    """CLV:CAC, a new customer's value for each unit of money that winning them took."""
    return value / cost if value is not None and cost else None
