"""Which stage a customer is in, given what is known of them on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

PHASES = ("acquire", "enhance", "retain")
Condition = Literal["known", "interested", "bought"]


@dataclass(frozen=True)
class StageRule:
    """The entry condition of a stage.

    ``known``: a customer as soon as the firm knows of them. ``interested``: from the first opportunity or quotation, or
    a purchase. ``bought``: from ``min_purchases`` purchase days on, the last of them at least ``min_tenure_days`` days
    after the first.
    """

    stage_id: int
    sequence: int
    condition: Condition
    min_purchases: int = 0
    min_tenure_days: int = 0
    phase: str = "acquire"

    def admits(self, standing: "Standing") -> bool:
        """Whether a customer standing so meets the condition."""
        if self.condition == "known":
            return True
        if self.condition == "interested":
            return standing.interested or standing.purchases > 0
        return standing.purchases >= max(self.min_purchases, 1) and standing.tenure_days >= self.min_tenure_days


@dataclass(frozen=True)
class Standing:
    """What the rules look at: everything up to a day, in days and numbers of purchase days."""

    interested: bool
    purchases: int
    tenure_days: int


def rank(rules: Sequence[StageRule]) -> list[StageRule]:
    """The rules from the furthest stage to the first, the order in which they are tried."""
    return sorted(rules, key=lambda rule: (rule.sequence, rule.stage_id), reverse=True)


def stage_at(rules: Sequence[StageRule], standing: Standing) -> int | None:
    """The furthest stage whose condition is met, or None where none is."""
    return next((rule.stage_id for rule in rank(rules) if rule.admits(standing)), None)


def history(rules: Sequence[StageRule], known: date, interested: date | None, purchases: Sequence[date]) -> list[tuple[date, int]]:
    """The stages that a customer has gone through, as (day of entry, stage), replayed day by day.

    ``known`` and ``interested``: the first day of each; ``purchases``: the purchase days, in any order, without
    repetition. A purchase before ``known`` counts: who has bought is known.
    """
    bought = sorted(purchases)
    days = sorted({known, *([interested] if interested else []), *bought})
    steps: list[tuple[date, int]] = []
    for day in days:
        past = [purchase for purchase in bought if purchase <= day]
        standing = Standing(
            interested=interested is not None and interested <= day,
            purchases=len(past),
            tenure_days=(past[-1] - past[0]).days if past else 0,
        )
        stage = stage_at(rules, standing)
        if stage is not None and (not steps or steps[-1][1] != stage):
            steps.append((day, stage))
    return steps
