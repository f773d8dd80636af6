"""What customers are worth: cut-points and scores, and the models of ``domain.mbg_nbd`` and ``domain.gamma_gamma`` applied set by set."""

from collections.abc import Sequence
from datetime import date

from odoo.tools import SQL

from ..domain.rfm import PARETO, QUINTILES, SEGMENTS
from .documents import in_scope, sales

SCORES = ("r_score", "f_score", "m_score", "rfm_segment", "pareto_class")
FORECASTS = ("value_date", "alive_probability", "expected_purchases", "churn_risk", "expected_spend", "clv")
CUTS = tuple(f"{kind}_{number}" for kind in ("recency", "frequency", "monetary") for number in range(1, len(QUINTILES) + 1))
# Of how much of the revenue the cost must be known for classes by margin.
COSTED_SHARE = 0.8
PURCHASE_TABLE = SQL("crm_lifecycle_purchase")
STANDING_TABLE = SQL("crm_lifecycle_standing")
EXPECTED_TABLE = SQL("crm_lifecycle_expected")

# ----------------------------------------------------------------------
# Scores
# ----------------------------------------------------------------------


def buyers(company_ids: Sequence[int], as_of: date, order_margin: bool) -> SQL:
    """Rows (company_id, recency, frequency, monetary, margin, costed) of those who had bought by ``as_of``, from documents up to that day."""
    return SQL(
        """
        SELECT company_id,
               max(day) FILTER (WHERE amount > 0) AS recency,
               count(*) FILTER (WHERE amount > 0) AS frequency,
               sum(amount) AS monetary,
               sum(margin)::float8 AS margin,
               sum(costed)::float8 AS costed
          FROM (
            SELECT partner_id, company_id, day, sum(amount) AS amount, sum(margin) AS margin, sum(costed) AS costed
              FROM (%s) document
             WHERE company_id = ANY(%s) AND day <= %s
             GROUP BY partner_id, company_id, day
          ) sale
         GROUP BY partner_id, company_id
        HAVING bool_or(amount > 0)
        """,
        sales(None, order_margin),
        list(company_ids),
        as_of,
    )


def buyers_now(company_ids: Sequence[int]) -> SQL:
    """The same from facts that have just been brought up to date."""
    return SQL(
        """
        SELECT company_id, last_purchase_date AS recency, purchase_days AS frequency, net_revenue AS monetary,
               margin::float8 AS margin, costed_revenue::float8 AS costed
          FROM crm_lifecycle_customer
         WHERE company_id = ANY(%s) AND purchase_days > 0
        """,
        list(company_ids),
    )


def cut_points(population: SQL) -> SQL:
    """Rows (company_id, customers, cut-points, pareto_by, pareto_a, pareto_b) over a population of :func:`buyers` or :func:`buyers_now`.

    The classes go by margin where the cost is known of nearly all revenue of the company, else by revenue.
    """
    return SQL(
        """
        WITH buyer AS MATERIALIZED (
            %(population)s
        ), cut AS (
            SELECT company_id, count(*) AS customers,
                   percentile_disc(%(shares)s) WITHIN GROUP (ORDER BY recency) AS recency,
                   percentile_disc(%(shares)s) WITHIN GROUP (ORDER BY frequency) AS frequency,
                   percentile_disc(%(shares)s) WITHIN GROUP (ORDER BY monetary) AS monetary,
                   CASE WHEN sum(costed) >= %(covered)s * sum(monetary) THEN 'margin' ELSE 'revenue' END AS pareto_by
              FROM buyer
             GROUP BY company_id
        ), measured AS (
            SELECT company_id, CASE pareto_by WHEN 'margin' THEN margin::numeric ELSE buyer.monetary END AS worth
              FROM buyer
              JOIN cut USING (company_id)
        ), ranked AS (
            SELECT company_id, worth,
                   -- Peers are added at once, so what came before a tie decides for all of it.
                   sum(worth) OVER (PARTITION BY company_id ORDER BY worth DESC) AS upto,
                   sum(worth) OVER (PARTITION BY company_id, worth) AS own,
                   sum(worth) OVER (PARTITION BY company_id) AS total
              FROM measured
             WHERE worth > 0
        ), pareto AS (
            SELECT company_id,
                   min(worth) FILTER (WHERE upto - own < %(a)s * total) AS a,
                   min(worth) FILTER (WHERE upto - own < %(b)s * total) AS b
              FROM ranked
             GROUP BY company_id
        )
        SELECT cut.company_id, cut.customers, %(cuts)s, cut.pareto_by, pareto.a, pareto.b FROM cut LEFT JOIN pareto USING (company_id)
        """,
        population=population,
        shares=list(QUINTILES),
        covered=COSTED_SHARE,
        a=PARETO[0],
        b=PARETO[1],
        cuts=SQL(", ").join(SQL("cut.%s[%s]", SQL.identifier(name.split("_")[0]), int(name[-1])) for name in CUTS),
    )


def score(scope: SQL | None, as_of: date) -> SQL:
    """Write the scores, segments and classes of everybody in scope by the newest cut-points of their company up to ``as_of``.

    Those who have not bought, or whose company has no cut-points, have none. Gives one row: the number of rows that really changed.
    """
    return SQL(
        """
        WITH current AS (
            SELECT DISTINCT ON (company_id) * FROM crm_lifecycle_cut_points WHERE date <= %(as_of)s ORDER BY company_id, date DESC
        ), scored AS (
            SELECT stored.id, CASE current.pareto_by WHEN 'margin' THEN COALESCE(stored.margin, 0) ELSE stored.net_revenue END AS worth, current.pareto_a, current.pareto_b, current.id AS cut_points,
                   %(recency)s AS r, %(frequency)s AS f, %(monetary)s AS m
              FROM crm_lifecycle_customer stored
              LEFT JOIN current ON current.company_id = stored.company_id AND stored.purchase_days > 0
             WHERE %(scope)s
        ), result AS (
            SELECT id,
                   CASE WHEN cut_points IS NOT NULL THEN r END AS r_score,
                   CASE WHEN cut_points IS NOT NULL THEN f END AS f_score,
                   CASE WHEN cut_points IS NOT NULL THEN m END AS m_score,
                   CASE WHEN cut_points IS NOT NULL THEN %(segment)s END AS rfm_segment,
                   CASE WHEN cut_points IS NULL THEN NULL WHEN worth >= pareto_a THEN 'a' WHEN worth >= pareto_b THEN 'b' ELSE 'c' END
                       AS pareto_class
              FROM scored
        ), written AS (
            %(update)s
        )
        SELECT count(*) FROM written
        """,
        as_of=as_of,
        recency=_exceeded("stored.last_purchase_date", "recency"),
        frequency=_exceeded("stored.purchase_days", "frequency"),
        monetary=_exceeded("stored.net_revenue", "monetary"),
        scope=in_scope(scope, "stored.partner_id"),
        segment=segment_case(),
        update=_update(SCORES),
    )


def segment_case() -> SQL:
    """An expression over the scores ``r``, ``f`` and ``m`` giving the segment; ``domain.rfm.segment`` in SQL."""
    rows = [
        SQL("WHEN %s THEN (ARRAY[%s])[(f + m + 1) / 2]", recency, SQL(", ").join(SQL("%s", name) for name in names))
        for recency, names in SEGMENTS.items()
    ]
    return SQL("(CASE r %s END)", SQL(" ").join(rows))


def _exceeded(value: str, kind: str) -> SQL:
    cuts = [SQL("(%s > current.%s)::integer", SQL(value), SQL.identifier(name)) for name in CUTS if name.startswith(kind)]
    return SQL("1 + %s", SQL(" + ").join(cuts))


# ----------------------------------------------------------------------
# Forecasts
# ----------------------------------------------------------------------


def collect(company_id: int, as_of: date) -> list[SQL]:
    """Make the temporary tables of a company's purchase days up to ``as_of``, and of where each buyer stands on that day.

    Standing, in days: ``repeats`` purchase days but the first, ``recency`` from the first to the last, ``age`` from the first to
    ``as_of``; and the mean ``amount`` of a purchase day, all of them, in company currency.
    """
    return [
        SQL(
            "CREATE TEMPORARY TABLE IF NOT EXISTS %s (partner_id integer, day date, amount float8) ON COMMIT DELETE ROWS",
            PURCHASE_TABLE,
        ),
        SQL(
            """CREATE TEMPORARY TABLE IF NOT EXISTS %s (partner_id integer, repeats integer, recency integer, age integer, amount float8)
               ON COMMIT DELETE ROWS""",
            STANDING_TABLE,
        ),
        SQL("TRUNCATE %s, %s", PURCHASE_TABLE, STANDING_TABLE),
        SQL(
            """
            INSERT INTO %s
            SELECT partner_id, day, sum(amount)
              FROM (%s) document
             WHERE company_id = %s AND day <= %s
             GROUP BY partner_id, day
            HAVING sum(amount) > 0
            """,
            PURCHASE_TABLE,
            sales(None),
            company_id,
            as_of,
        ),
        SQL(
            """
            INSERT INTO %s
            SELECT partner_id, count(*) - 1, max(day) - min(day), %s - min(day), avg(amount) FROM %s GROUP BY partner_id
            """,
            STANDING_TABLE,
            as_of,
            PURCHASE_TABLE,
        ),
        SQL("ANALYZE %s, %s", PURCHASE_TABLE, STANDING_TABLE),
    ]


def size() -> SQL:
    """One row: buyers, buyers with a repeat purchase, and the age in days of the longest known one."""
    return SQL("SELECT count(*), count(*) FILTER (WHERE repeats > 0), COALESCE(max(age), 0) FROM %s", STANDING_TABLE)


def groups(step: int) -> SQL:
    """Rows (repeats, recency, age, customers) in days, rounded to ``step`` days so that a great number of customers makes fewer groups."""
    return SQL(
        "SELECT repeats, %s, %s, count(*) FROM %s GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        _rounded("recency", step),
        _rounded("age", step),
        STANDING_TABLE,
    )


def groups_until(until: date, step: int) -> SQL:
    """Rows (repeats, recency, age, later, customers) as they stood on ``until``; ``later``: purchase days since then."""
    return SQL(
        """
        SELECT repeats, %s, %s, later, count(*)
          FROM (
            SELECT count(*) FILTER (WHERE day <= %s) - 1 AS repeats,
                   max(day) FILTER (WHERE day <= %s) - min(day) AS recency,
                   %s - min(day) AS age,
                   count(*) FILTER (WHERE day > %s) AS later
              FROM %s
             GROUP BY partner_id
            HAVING min(day) <= %s
          ) standing
         GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
        """,
        _rounded("recency", step),
        _rounded("age", step),
        until,
        until,
        until,
        until,
        PURCHASE_TABLE,
        until,
    )


def spends(limit: int) -> SQL:
    """Rows (purchase days, mean amount) of at most ``limit`` buyers, always the same ones."""
    return SQL("SELECT repeats + 1, amount FROM %s ORDER BY hashint4(partner_id), partner_id LIMIT %s", STANDING_TABLE, limit)


def pairs() -> SQL:
    """Rows (repeats, weeks): all that the purchases expected of a customer who is still there depend on."""
    return SQL("SELECT DISTINCT repeats, %s FROM %s", _weeks(), STANDING_TABLE)


def expect(repeats: Sequence[int], weeks: Sequence[int], yearly: Sequence[float], discounted: Sequence[float]) -> list[SQL]:
    """Make the temporary table of what is expected, if alive, for each of :func:`pairs`: purchases in a year, and their present number."""
    return [
        SQL(
            """CREATE TEMPORARY TABLE IF NOT EXISTS %s (repeats integer, weeks integer, yearly float8, discounted float8)
               ON COMMIT DELETE ROWS""",
            EXPECTED_TABLE,
        ),
        SQL("TRUNCATE %s", EXPECTED_TABLE),
        SQL(
            "INSERT INTO %s SELECT * FROM unnest(%s::integer[], %s::integer[], %s::float8[], %s::float8[])",
            EXPECTED_TABLE,
            list(repeats),
            list(weeks),
            list(yearly),
            list(discounted),
        ),
        SQL("ANALYZE %s", EXPECTED_TABLE),
    ]


def forecast(company_id: int, as_of: date, purchases, spend, decimals: int) -> SQL:
    """Write the forecasts of all customers of a company as of the day of the fit; those who have not bought get none.

    ``purchases``: an ``MbgNbdFit`` in weeks. ``spend``: a ``GammaGammaFit``, or None where amounts cannot be forecast. Gives one row: the
    number of rows that really changed.
    """
    if spend:
        expected_spend = SQL("%s * (%s + (repeats + 1) * amount) / (%s * (repeats + 1) + %s)", spend.p, spend.v, spend.p, spend.q - 1)
    else:
        expected_spend = SQL("NULL::float8")
    return SQL(
        """
        WITH alive AS (
            SELECT partner_id, repeats, %(weeks)s AS weeks, %(expected_spend)s AS spend,
                   -- Beyond exp(100) nobody is alive, and PostgreSQL refuses what does not fit.
                   1 / (1 + %(a)s / (%(b)s + repeats)
                          * exp(LEAST(100, (%(r)s + repeats) * ln((%(alpha)s + age / 7.0) / (%(alpha)s + recency / 7.0))))) AS probability
              FROM %(standing)s
        ), result AS (
            SELECT stored.id,
                   %(as_of)s::date AS value_date,
                   alive.probability AS alive_probability,
                   alive.probability * expected.yearly AS expected_purchases,
                   exp(-alive.probability * expected.yearly) AS churn_risk,
                   round(alive.spend::numeric, %(decimals)s) AS expected_spend,
                   round((alive.probability * expected.discounted * alive.spend)::numeric, %(decimals)s) AS clv
              FROM alive
              JOIN %(expected)s expected USING (repeats, weeks)
              JOIN crm_lifecycle_customer stored ON stored.partner_id = alive.partner_id AND stored.company_id = %(company)s
        ), written AS (
            %(update)s
        ), cleared AS (
            %(clear)s AND NOT EXISTS (SELECT FROM %(standing)s standing WHERE standing.partner_id = stored.partner_id)
            RETURNING 1
        )
        SELECT (SELECT count(*) FROM written) + (SELECT count(*) FROM cleared)
        """,
        weeks=_weeks(),
        expected_spend=expected_spend,
        r=purchases.r,
        alpha=purchases.alpha,
        a=purchases.a,
        b=purchases.b,
        as_of=as_of,
        decimals=decimals,
        company=company_id,
        standing=STANDING_TABLE,
        expected=EXPECTED_TABLE,
        clear=clear(company_id),
        update=_update(FORECASTS),
    )


def clear(company_id: int) -> SQL:
    """Take the forecasts of a company's customers away."""
    return SQL(
        "UPDATE crm_lifecycle_customer stored SET %s WHERE stored.company_id = %s AND stored.value_date IS NOT NULL",
        SQL(", ").join(SQL("%s = NULL", SQL.identifier(name)) for name in FORECASTS),
        company_id,
    )


def _rounded(column: str, step: int) -> SQL:
    return SQL(column) if step == 1 else SQL("(round(%s / %s::numeric) * %s)::integer", SQL(column), step, step)


def _weeks() -> SQL:
    return SQL("round(age / 7.0)::integer")


def _update(columns: Sequence[str]) -> SQL:
    """Bring these columns of the customers with the ids of ``result`` in line with it, where they differ; gives a row for each one written."""
    return SQL(
        """
        UPDATE crm_lifecycle_customer stored
           SET %s, write_date = timezone('UTC', now())
          FROM result
         WHERE result.id = stored.id AND (%s) IS DISTINCT FROM (%s)
        RETURNING 1
        """,
        SQL(", ").join(SQL("%s = %s", SQL.identifier(name), SQL.identifier("result", name)) for name in columns),
        SQL(", ").join(SQL.identifier("stored", name) for name in columns),
        SQL(", ").join(SQL.identifier("result", name) for name in columns),
    )
