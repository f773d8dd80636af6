"""Scores for recency, frequency and monetary value, the segments named after them, and Pareto classes."""

from collections.abc import Sequence

# Rows: recency score 5 to 1; columns: mean of frequency and monetary score, 1 to 5.
SEGMENTS = {
    5: ("new", "potential", "loyal", "champion", "champion"),
    4: ("promising", "potential", "loyal", "champion", "champion"),
    3: ("sleepy", "attention", "attention", "loyal", "loyal"),
    2: ("hibernating", "sleepy", "at_risk", "at_risk", "at_risk"),
    1: ("lost", "hibernating", "at_risk", "keep", "keep"),
}
# Shares of the population, or of the money, at which a score or a class ends.
QUINTILES = (0.2, 0.4, 0.6, 0.8)
PARETO = (0.80, 0.95)


def cut_points(values: Sequence) -> tuple:
    """The four values at which scores change, as ``percentile_disc`` gives them: always values that occur. Needs at least one."""
    ordered = sorted(values)
    return tuple(ordered[max(-int(-share * len(ordered) // 1), 1) - 1] for share in QUINTILES)


def score(value, cuts: Sequence) -> int:
    """1 to 5: one more than the number of cut-points that ``value`` exceeds. Equal values get equal scores; more never gets less."""
    return 1 + sum(value > cut for cut in cuts)


def blend(frequency: int, monetary: int) -> int:
    """The mean of both scores, halves rounded up."""
    return (frequency + monetary + 1) // 2


def segment(recency: int, frequency: int, monetary: int) -> str:
    """The segment of a customer with these scores, each 1 to 5."""
    return SEGMENTS[recency][blend(frequency, monetary) - 1]


def pareto_cuts(revenues: Sequence) -> tuple:
    """The least revenue of class A and of class B: classes end where the customers before have made 80 % and 95 % of the money.

    Only positive revenues count. Gives (None, None) where there are none.
    """
    ordered = sorted((revenue for revenue in revenues if revenue > 0), reverse=True)
    total, cuts = sum(ordered), []
    for share in PARETO:
        before, least = 0, None
        for revenue in ordered:
            # The cut is a revenue, so those who tie share a class wherever the loop ends among them.
            if before >= share * total:
                break
            least = revenue
            before += revenue
        cuts.append(least)
    return tuple(cuts)


def pareto_class(revenue, cuts: Sequence) -> str:
    """``a``, ``b`` or ``c``."""
    for name, cut in zip("ab", cuts, strict=True):
        if cut is not None and revenue >= cut:
            return name
    return "c"
