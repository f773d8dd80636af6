"""The stage rules as SQL. ``domain.stages`` says what they mean."""

from collections.abc import Sequence

from odoo.tools import SQL

from ..domain.stages import StageRule, rank


def stage_case(rules: Sequence[StageRule]) -> SQL:
    """An expression over ``interested``, ``purchases`` and ``tenure_days`` giving the id of the furthest stage whose condition is met."""
    branches = [SQL("WHEN %s THEN %s", _admits(rule), rule.stage_id) for rule in rank(rules)]
    return SQL("(CASE %s END)::integer", SQL(" ").join(branches)) if branches else SQL("NULL::integer")


def _admits(rule: StageRule) -> SQL:
    if rule.condition == "known":
        return SQL("TRUE")
    if rule.condition == "interested":
        return SQL("(interested OR purchases > 0)")
    return SQL("(purchases >= %s AND tenure_days >= %s)", max(rule.min_purchases, 1), rule.min_tenure_days)
