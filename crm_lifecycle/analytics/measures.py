"""What looking after customers brings: every measure once, with its definition, as SQL over one row a customer.

:func:`known` gathers what is known of each customer, :func:`standing` tells how they stood in a period. A measure is an aggregate over its rows; the customers behind it are those
who meet its condition. So a figure and the records that it opens cannot say different things.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from odoo.tools import SQL, LazyTranslate

from ..domain.periods import Period
from ..domain.replay import HEALTH
from ..domain.stages import PHASES
from .binary import EPOCH
from .documents import sales

_lt = LazyTranslate(__name__)

LOST = HEALTH.index("churned")
# Points of the curve of concentration, and how many of them are the best fifth of the customers.
STEPS = 20
FIFTH = STEPS // 5
# Cohorts that came more than so many years before the end of the period are one.
COHORT_YEARS = 3


@dataclass(frozen=True, eq=False)
class Measure:
    """A measure: ``value`` is an aggregate over :func:`standing`, ``counted`` the condition of the customers behind it.

    ``kind``: count, percent or money. ``money``: it tells of amounts, and is for those who may see them. ``better``: 1 if more is better, −1 if
    less is, 0 if neither. ``dated``: it belongs to the period, and can be compared with the one before.
    """

    key: str
    section: str
    kind: str
    value: str
    counted: str
    label: str
    definition: str
    money: bool = False
    better: int = 1
    dated: bool = True


MEASURES = (
    Measure(
        "new",
        "acquisition",
        "count",
        "count(*) FILTER (WHERE is_new)",
        "is_new",
        _lt("New customers"),
        _lt("Customers whose first purchase is in the period."),
    ),
    Measure(
        "known",
        "acquisition",
        "count",
        "count(*) FILTER (WHERE is_known)",
        "is_known",
        _lt("New contacts"),
        _lt("Customers met for the first time in the period: a lead, a quotation, an invoice or a contact marked as customer."),
    ),
    Measure(
        "buyers",
        "acquisition",
        "count",
        "count(*) FILTER (WHERE bought)",
        "bought",
        _lt("Buyers"),
        _lt("Customers with at least one purchase in the period: a day whose sales, less what was credited of them, are positive."),
    ),
    Measure(
        "repeat_rate",
        "retention",
        "percent",
        "count(*) FILTER (WHERE bought_again)::float8 / NULLIF(count(*) FILTER (WHERE bought), 0)",
        "bought_again",
        _lt("Repeat rate"),
        _lt("Of the buyers of the period, the share for whom it was not the first purchase: bought on two days or more up to its end."),
    ),
    Measure(
        "retention",
        "retention",
        "percent",
        "count(*) FILTER (WHERE was_there AND is_there)::float8 / NULLIF(count(*) FILTER (WHERE was_there), 0)",
        "was_there AND is_there",
        _lt("Retention"),
        _lt("Of the customers at the start of the period, those who had bought and were not lost, the share who still are at its end."),
    ),
    Measure(
        "churn",
        "retention",
        "percent",
        "count(*) FILTER (WHERE was_there AND NOT is_there)::float8 / NULLIF(count(*) FILTER (WHERE was_there), 0)",
        "was_there AND NOT is_there",
        _lt("Churn"),
        _lt(
            "Of the customers at the start of the period, the share who are lost at its end: silent for longer than their own rhythm allows."
        ),
        better=-1,
    ),
    Measure(
        "won_back",
        "retention",
        "count",
        "count(*) FILTER (WHERE came_back)",
        "came_back",
        _lt("Won back"),
        _lt("Customers who bought again in the period after having been lost."),
    ),
    Measure(
        "win_back_rate",
        "retention",
        "percent",
        "count(*) FILTER (WHERE was_lost AND came_back)::float8 / NULLIF(count(*) FILTER (WHERE was_lost), 0)",
        "was_lost AND came_back",
        _lt("Win-back rate"),
        _lt("Of the customers who were lost at the start of the period, the share who bought again in it."),
    ),
    Measure(
        "revenue",
        "revenue",
        "money",
        "COALESCE(sum(revenue), 0)",
        "revenue <> 0",
        _lt("Revenue"),
        _lt("Sales of the period without taxes, less credit notes, each on the day of the invoice it reverses."),
        money=True,
    ),
    Measure(
        "nrr",
        "revenue",
        "percent",
        "sum(revenue) FILTER (WHERE revenue_before > 0) / NULLIF(sum(revenue_before) FILTER (WHERE revenue_before > 0), 0)",
        "revenue_before > 0",
        _lt("Net revenue retention"),
        _lt(
            "Revenue of the period from the customers of the period before, divided by what the same customers brought then. New customers are left out."
        ),
        money=True,
    ),
    Measure(
        "grr",
        "revenue",
        "percent",
        "sum(GREATEST(LEAST(revenue, revenue_before), 0)) FILTER (WHERE revenue_before > 0)"
        " / NULLIF(sum(revenue_before) FILTER (WHERE revenue_before > 0), 0)",
        "revenue_before > 0 AND revenue < revenue_before",
        _lt("Gross revenue retention"),
        _lt(
            "The same without growth: of each customer at most what they brought in the period before. It opens the customers who brought less than then."
        ),
        money=True,
    ),
    Measure(
        "clv",
        "value",
        "money",
        "COALESCE(sum(clv), 0)",
        "clv IS NOT NULL",
        _lt("Customer lifetime value"),
        _lt("Present value of the revenue expected from all customers within the horizon set in the settings, as of the latest forecast."),
        money=True,
        dated=False,
    ),
    Measure(
        "clv_mean",
        "value",
        "money",
        "avg(clv)",
        "clv IS NOT NULL",
        _lt("Value of a customer"),
        _lt("The mean customer lifetime value of those who have one, as of the latest forecast."),
        money=True,
        dated=False,
    ),
)
TOP = Measure(
    "top",
    "value",
    "percent",
    "",
    f"revenue > 0 AND place <= ceil(payers / {STEPS / FIFTH})",
    _lt("Brought by the best fifth"),
    _lt("Share of the revenue of the period that comes from the fifth of its customers who brought most: 80 % where the 80/20 rule holds."),
    money=True,
    better=0,
)
# What is known of a customer for each period, see :func:`known`.
HEALTH_COLUMNS = ("before", "after", "came_back")
SOLD_COLUMNS = ("last_day", "revenue", "revenue_before")
BY_KEY = {measure.key: measure for measure in (*MEASURES, TOP)}


def known(customers: SQL, periods: Sequence[Period], rates: dict[int, float]) -> SQL:
    """A row for each of ``customers`` with what :func:`standing` has to know of each of the ``periods``: documents and history are read once for all.

    ``customers``: rows (partner_id, company_id, known_since, first_purchase_date, clv). ``rates``: by company what its amounts are multiplied by.
    """
    return SQL(
        """
        SELECT customer.partner_id, customer.company_id, customer.known_since, customer.first_purchase_date, customer.clv * rate.rate AS clv, %(of_each)s
          FROM (%(customers)s) customer
          JOIN (VALUES %(rates)s) rate (company_id, rate) USING (company_id)
          LEFT JOIN (%(health)s) health USING (partner_id, company_id)
          LEFT JOIN (%(sold)s) sold USING (partner_id, company_id)
        """,
        of_each=SQL(", ").join(
            SQL(
                """%(before)s, %(after)s, %(came_back)s, %(last_day)s, COALESCE(%(revenue)s, 0) * rate.rate AS %(revenue)s,
                   COALESCE(%(revenue_before)s, 0) * rate.rate AS %(revenue_before)s""",
                **_of(place, *HEALTH_COLUMNS, *SOLD_COLUMNS),
            )
            for place in range(len(periods))
        ),
        customers=customers,
        rates=SQL(", ").join(SQL("(%s, %s::float8)", company, rate) for company, rate in rates.items()),
        health=_health(periods),
        sold=_sold(periods),
    )


def standing(known: SQL, period: Period, place: int = 0) -> SQL:
    """A row for each customer of ``known`` (a table) with how they stood in a period; columns as used in ``MEASURES``. ``place``: of the period there."""
    return SQL(
        """
        SELECT partner_id, company_id, first_purchase_date, clv,
               COALESCE(known_since BETWEEN %(start)s AND %(end)s, FALSE) AS is_known,
               COALESCE(first_purchase_date BETWEEN %(start)s AND %(end)s, FALSE) AS is_new,
               COALESCE(%(before)s <> %(lost)s, FALSE) AS was_there,
               COALESCE(%(after)s <> %(lost)s, FALSE) AS is_there,
               COALESCE(%(before)s = %(lost)s, FALSE) AS was_lost,
               COALESCE(%(came_back)s, FALSE) AS came_back,
               %(last_day)s IS NOT NULL AS bought,
               COALESCE(%(last_day)s > first_purchase_date, FALSE) AS bought_again,
               %(revenue)s AS revenue,
               %(revenue_before)s AS revenue_before
          FROM %(known)s
        """,
        known=known,
        start=period.start,
        end=period.end,
        lost=LOST,
        **_of(place, *HEALTH_COLUMNS, *SOLD_COLUMNS),
    )


def figures(known: SQL, periods: Sequence[Period], keys: Sequence[str], groups: Sequence[SQL] = (), curve: bool = False) -> SQL:
    """Rows (place of the period, part, values) of each of the ``periods`` for which :func:`known` was made, each value list in JSON.

    Part ``figures``: [number of the group, cohort, company_id, *values of ``keys``] over all, and in the first period once more by each of
    ``groups``, expressions over :func:`standing`. Part ``curve``: [step, customers, revenue] of those who brought something, the best ones first, in
    ``STEPS`` equal steps.
    """
    parts = []
    for place, period in enumerate(periods):
        stood = standing(SQL("known"), period, place)
        parts.append(_figures(place, stood, keys, () if place else groups))
        if curve:
            parts.append(_curve(place, stood))
    return SQL("WITH known AS MATERIALIZED (%s) %s", known, SQL(" UNION ALL ").join(parts))


def _figures(place: int, standing: SQL, keys: Sequence[str], groups: Sequence[SQL]) -> SQL:
    values = SQL(", ").join(SQL("(%s)::float8", SQL(BY_KEY[key].value)) for key in keys)
    sets = SQL(", ").join([SQL("()"), *(SQL("(%s)", group) for group in groups)])
    shown = SQL(", ").join([*groups, *(SQL("NULL") for _missing in range(2 - len(groups)))])
    level = SQL("GROUPING(%s)", SQL(", ").join(groups)) if groups else SQL("0")
    return SQL(
        "SELECT %s, 'figures', json_build_array(%s, %s, %s) FROM (%s) standing GROUP BY GROUPING SETS (%s)",
        place,
        level,
        shown,
        values,
        standing,
        sets,
    )


def _curve(place: int, standing: SQL) -> SQL:
    return SQL(
        """
        SELECT %s, 'curve', json_build_array(step, count(*), sum(revenue)::float8)
          FROM (
            SELECT revenue, ((row_number() OVER (ORDER BY revenue DESC) - 1) * %s / count(*) OVER ()) + 1 AS step
              FROM (%s) standing WHERE revenue > 0
          ) payer
         GROUP BY step
        """,
        place,
        STEPS,
        standing,
    )


def cohort(period: Period) -> SQL:
    """The quarter of the first purchase, older ones together, as an expression over :func:`standing`."""
    return SQL("date_trunc('quarter', GREATEST(first_purchase_date, %s::date - interval '%s years'))::date", period.end, COHORT_YEARS)


def counted(known: SQL, period: Period, key: str) -> SQL:
    """Rows (partner_id, company_id) of the customers behind a measure of the one period for which :func:`known` was made."""
    stood = standing(SQL("(%s) known", known), period)
    if key == TOP.key:
        stood = SQL(
            """SELECT *, row_number() OVER (ORDER BY revenue DESC) AS place, count(*) FILTER (WHERE revenue > 0) OVER () AS payers
                 FROM (%s) standing""",
            stood,
        )
    return SQL("SELECT partner_id, company_id FROM (%s) standing WHERE %s", stood, SQL(BY_KEY[key].counted))


def phase_stays(believed: SQL, period: Period) -> SQL:
    """Rows (partner_id, company_id, phase, moved_on, days) of those who were in a phase during a period.

    ``believed``: rows (partner_id, company_id, to_stage_id, effective_at) of the changes of stage. ``phase``: its place in ``PHASES``. ``moved_on``:
    to a later phase in the period, after ``days`` in this one.
    """
    return _stays_in(SQL("(%s)", _stays(believed)), period)


def phase_figures(believed: SQL, periods: Sequence[Period]) -> SQL:
    """Rows (place of the period, phase, customers inside, customers who moved on, median days of these) over :func:`phase_stays` of each period."""
    parts = (
        SQL(
            """SELECT %s, phase, count(*), count(*) FILTER (WHERE moved_on), percentile_disc(0.5) WITHIN GROUP (ORDER BY days) FILTER (WHERE moved_on)
                 FROM (%s) inside GROUP BY phase""",
            place,
            _stays_in(SQL("stays"), period),
        )
        for place, period in enumerate(periods)
    )
    return SQL("WITH stays AS MATERIALIZED (%s) %s", _stays(believed), SQL(" UNION ALL ").join(parts))


def _stays(believed: SQL) -> SQL:
    """Rows (partner_id, company_id, phase, since, until, next_phase) of each stay in a phase, whatever its stages."""
    return SQL(
        """
        SELECT partner_id, company_id, phase, effective_at AS since,
               lead(effective_at) OVER (PARTITION BY partner_id, company_id ORDER BY effective_at) AS until,
               lead(phase) OVER (PARTITION BY partner_id, company_id ORDER BY effective_at) AS next_phase
          FROM (
            SELECT believed.*, phase, lag(phase) OVER (PARTITION BY partner_id, company_id ORDER BY effective_at) AS former_phase
              FROM (%(believed)s) believed
              JOIN (SELECT id AS to_stage_id, array_position(%(phases)s::varchar[], phase) - 1 AS phase FROM crm_lifecycle_stage) stage
                   USING (to_stage_id)
          ) move
         WHERE phase IS DISTINCT FROM former_phase
        """,
        believed=believed,
        phases=list(PHASES),
    )


def _stays_in(stays: SQL, period: Period) -> SQL:
    return SQL(
        """
        SELECT partner_id, company_id, phase,
               bool_or(until BETWEEN %(start)s AND %(end)s AND next_phase > phase) AS moved_on,
               max(until - since) FILTER (WHERE until BETWEEN %(start)s AND %(end)s AND next_phase > phase) AS days
          FROM %(stays)s stay
         WHERE since <= %(end)s AND (until IS NULL OR until >= %(start)s)
         GROUP BY partner_id, company_id, phase
        """,
        stays=stays,
        start=period.start,
        end=period.end,
    )


def trend(customers: SQL, believed: SQL, period: Period) -> SQL:
    """Rows (month, new, lost, won back) of the twelve months up to the end of a period. ``believed``: as in :func:`standing`'s history."""
    return SQL(
        """
        SELECT to_char(month, 'YYYY-MM-DD'), COALESCE(sum(new), 0)::integer, COALESCE(sum(lost), 0)::integer, COALESCE(sum(won_back), 0)::integer
          FROM generate_series(date_trunc('month', %(end)s::date) - interval '11 months', %(end)s::date, interval '1 month') month
          LEFT JOIN (
            SELECT date_trunc('month', first_purchase_date) AS month, count(*) AS new, 0 AS lost, 0 AS won_back
              FROM (%(customers)s) customer WHERE first_purchase_date <= %(end)s GROUP BY 1
             UNION ALL
            SELECT date_trunc('month', effective_at), 0, count(*) FILTER (WHERE to_health = 'churned'), count(*) FILTER (WHERE to_health = 'won_back')
              FROM (%(believed)s) believed WHERE to_health IN ('churned', 'won_back') AND effective_at <= %(end)s GROUP BY 1
          ) counted USING (month)
         GROUP BY month ORDER BY month
        """,
        end=period.end,
        customers=customers,
        believed=believed,
    )


def _of(place: int, *names: str) -> dict[str, SQL]:
    """The columns of :func:`known` for the period at a place, by their names without it."""
    return {name: SQL.identifier(f"{name}_{place}") for name in names}


def _health(periods: Sequence[Period]) -> SQL:
    """Rows (partner_id, company_id, before, after, came_back of each period): health on the eve of a period and at its end, as a place in ``HEALTH``."""
    # The newest change up to a day, as one number: its day and where it led. OFFSET 0: it is worked out once for all that is asked of it.
    number = SQL("(effective_at - %s) * %s + array_position(%s::varchar[], to_health) - 1", EPOCH, len(HEALTH), list(HEALTH))
    return SQL(
        """
        SELECT partner_id, company_id, %(of_each)s
          FROM (
            SELECT partner_id, company_id, effective_at, to_health, %(number)s AS number
              FROM crm_lifecycle_transition
             WHERE kind = 'health' AND superseded_at IS NULL AND effective_at <= %(end)s
            OFFSET 0
          ) move
         GROUP BY partner_id, company_id
        """,
        of_each=SQL(", ").join(
            SQL(
                """mod(max(number) FILTER (WHERE effective_at < %(start)s), %(count)s) AS %(before)s,
                   mod(max(number) FILTER (WHERE effective_at <= %(end)s), %(count)s) AS %(after)s,
                   bool_or(effective_at BETWEEN %(start)s AND %(end)s AND to_health = 'won_back') AS %(came_back)s""",
                start=period.start,
                end=period.end,
                count=len(HEALTH),
                **_of(place, *HEALTH_COLUMNS),
            )
            for place, period in enumerate(periods)
        ),
        number=number,
        end=max(period.end for period in periods),
    )


def _sold(periods: Sequence[Period]) -> SQL:
    """Rows (partner_id, company_id, last_day, revenue, revenue_before of each period): the last purchase day of a period, and what was sold in it and
    before."""
    # OFFSET 0: the day of a credit note is looked up once, and contacts are joined as a set. Pushed down, the period looks so rare to the planner
    # that it reads them one by one.
    return SQL(
        """
        SELECT partner_id, company_id, %(of_each)s
          FROM (
            SELECT partner_id, company_id, day, sum(amount) AS amount
              FROM (SELECT * FROM (%(sales)s) counted OFFSET 0) sale
             WHERE day BETWEEN %(first)s AND %(last)s
             GROUP BY partner_id, company_id, day
          ) sold
         GROUP BY partner_id, company_id
        """,
        of_each=SQL(", ").join(
            SQL(
                """max(day) FILTER (WHERE day BETWEEN %(start)s AND %(end)s AND amount > 0) AS %(last_day)s,
                   sum(amount) FILTER (WHERE day BETWEEN %(start)s AND %(end)s) AS %(revenue)s,
                   sum(amount) FILTER (WHERE day BETWEEN %(before_start)s AND %(before_end)s) AS %(revenue_before)s""",
                start=period.start,
                end=period.end,
                before_start=period.before_start,
                before_end=period.before_end,
                **_of(place, *SOLD_COLUMNS),
            )
            for place, period in enumerate(periods)
        ),
        sales=sales(None),
        first=min(period.before_start for period in periods),
        last=max(period.end for period in periods),
    )
