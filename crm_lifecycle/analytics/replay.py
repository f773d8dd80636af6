"""What the replay in ``domain.replay`` reads and writes: documents in, facts and history out, whole sets at a time."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from odoo.tools import SQL

from ..domain.health import HealthRule
from ..domain.replay import (
    CONTACT,
    HEALTH,
    INTEREST,
    KINDS,
    LAST_DAY,
    OVERRIDE,
    PURCHASE,
    REFUND,
    TRIGGERS,
    Columns,
    Company,
    Override,
    customer_keys,
    step_keys,
)
from ..domain.rhythm import DAY_ZERO, Rhythms, month_number
from ..domain.stages import PHASES
from .binary import EPOCH, Column, Parted, fetch
from .documents import DECIMALS, encounters, in_scope, sales_by_source
from .health import MIN_GAPS, YOUNG_MONTHS, segment_of_partner

KEYS = (Column("partner_id"), Column("company_id"))
FACTS = (
    Column("known_since", "day"),
    Column("interested_since", "day"),
    Column("first_purchase_date", "day"),
    Column("last_purchase_date", "day"),
    Column("purchase_days", "number"),
    Column("net_revenue", "amount"),
    Column("refunded", "amount"),
    Column("margin", "amount"),
    Column("costed_revenue", "amount"),
    Column("expected_gap", "amount"),
    Column("next_purchase_date", "day"),
    Column("computed_stage_id"),
    Column("stage_id"),
    Column("stage_since", "day"),
    Column("furthest_phase", "word", PHASES),
    Column("health", "word", HEALTH),
    Column("health_since", "day"),
    Column("next_review_date", "day"),
    Column("history_digest", "digest"),
)
STEP_KEYS = (*KEYS, Column("effective_at", "day"), Column("kind", "word", KINDS))
STEPS = (
    Column("from_stage_id"),
    Column("to_stage_id"),
    Column("from_health", "word", HEALTH),
    Column("to_health", "word", HEALTH),
    Column("trigger", "word", TRIGGERS),
    Column("purchases", "number"),
    Column("tenure_days", "number"),
    Column("last_purchase_date", "day"),
    Column("rhythm_days", "number"),
)


def day_number(day: date) -> int:
    """Days since 2000-01-01."""
    return (day - DAY_ZERO).days


MOMENT = {
    **dict.fromkeys(("partner_id", "company_id", "day", "what"), "int4"),
    **dict.fromkeys(("amount", "margin", "costed"), "float8"),
}


def moments(scope: SQL | None, order_margin: bool = False) -> SQL:
    """Rows, with the columns of ``MOMENT``, of what happened to everybody in scope, for ``domain.replay``. ``order_margin``: whether orders
    know their margin."""
    return SQL(
        """
        %(sales)s
        UNION ALL
        SELECT partner_id, company_id, day - %(epoch)s, CASE WHEN interested THEN %(interest)s ELSE %(contact)s END,
               0::float8, 'NaN', 'NaN'
          FROM (%(encounters)s) encounter
        UNION ALL
        SELECT override.partner_id, override.company_id, border.day - %(epoch)s, %(override)s, 0::float8, 'NaN', 'NaN'
          FROM crm_lifecycle_override override
          JOIN res_partner holder ON holder.id = override.partner_id AND holder.commercial_partner_id = holder.id
          CROSS JOIN LATERAL (VALUES (override.date_from), (override.date_until + 1)) border (day)
         WHERE border.day IS NOT NULL AND %(override_scope)s
        """,
        epoch=EPOCH,
        sales=SQL(" UNION ALL ").join(_sold(source) for source in sales_by_source(scope, order_margin)),
        interest=INTEREST,
        contact=CONTACT,
        override=OVERRIDE,
        encounters=encounters(scope),
        override_scope=in_scope(scope, "override.partner_id"),
    )


def _sold(source: SQL) -> SQL:
    """Rows of ``documents.sales`` as moments."""
    return SQL(
        """
        SELECT partner_id, company_id, day - %s, CASE WHEN credit THEN %s ELSE %s END,
               amount::float8, COALESCE(margin::float8, 'NaN'), COALESCE(costed::float8, 'NaN')
          FROM (%s) sale
        """,
        EPOCH,
        REFUND,
        PURCHASE,
        source,
    )


def overrides(scope: SQL | None) -> SQL:
    """Rows (partner_id, company_id, stage_id, date_from, date_until) of the stages set by hand, in the order in which they began."""
    return SQL(
        "SELECT partner_id, company_id, stage_id, date_from, date_until FROM crm_lifecycle_override override WHERE %s ORDER BY date_from, id",
        in_scope(scope, "override.partner_id"),
    )


def override(partner_id: int, company_id: int, stage_id: int, first: date, last: date | None) -> Override:
    """A row of :func:`overrides` as a value."""
    return Override(partner_id, company_id, stage_id, day_number(first), day_number(last) if last else LAST_DAY)


def companies() -> SQL:
    """Rows of what each company has set, for :func:`settings`; the last value is whether it has segments."""
    return SQL(
        """
        SELECT company.id, lifecycle_shrinkage::float8, lifecycle_at_risk_factor::float8, lifecycle_churn_factor::float8, lifecycle_churn_min_days,
               lifecycle_won_back_days, lifecycle_default_gap_days, %s, lifecycle_segment <> 'company'
          FROM res_company company JOIN res_currency currency ON currency.id = company.currency_id
        """,
        DECIMALS,
    )


def settings(rows: list[tuple]) -> dict[int, Company]:
    """The rows of :func:`companies` as values, by company."""
    return {
        company: Company(HealthRule(*rule), default_gap_days, decimals) for company, *rule, default_gap_days, decimals, _segmented in rows
    }


def segments(scope: SQL | None) -> SQL:
    """Rows (partner_id, company_id, segment) of those whose company compares them with others like them."""
    return SQL(
        """
        SELECT partner.id, company.id, %s FROM res_partner partner CROSS JOIN res_company company
         WHERE company.lifecycle_segment <> 'company' AND partner.commercial_partner_id = partner.id AND %s
        """,
        segment_of_partner(),
        in_scope(scope, "partner.id"),
    )


def rhythms(rows: list[tuple[int, int, date, float, int]]) -> Rhythms:
    """The versions (company, segment, month, mean, number of gaps) as a table by month.

    Left out are those that rest on too few gaps, and a company's first months: of a young firm only the short gaps are known yet.
    """
    if not rows:
        return Rhythms()
    begun: dict[int, int] = {}
    for company, _segment, month, _mean, gaps in rows:
        if gaps:
            begun[company] = min(month_number(month), begun.get(company, month_number(month)))
    months = [month_number(month) for _company, _segment, month, _mean, _gaps in rows]
    places = {key: place for place, key in enumerate(sorted({(company, segment) for company, segment, *_rest in rows}))}
    table = np.full((len(places), max(months) - min(months) + 1), np.nan)
    for (company, segment, _month, mean, gaps), month in zip(rows, months, strict=True):
        if gaps >= MIN_GAPS and month >= begun[company] + YOUNG_MONTHS:
            table[places[company, segment], month - min(months)] = mean
    return Rhythms(places, table, min(months))


def partners_at_once(documents: int, least: int) -> SQL:
    """A row (last id, number, number whose sales are about so many ``documents``, ``least`` at least) of the commercial partners."""
    return SQL(
        """
        SELECT COALESCE(max(partner.id), 0), count(*),
               GREATEST(%(least)s, count(*) * %(documents)s / GREATEST(1, %(documents)s, (
                   SELECT sum(reltuples)::bigint FROM pg_class WHERE oid IN ('account_move'::regclass, 'sale_order'::regclass)
               )))
          FROM res_partner partner
         WHERE partner.commercial_partner_id = partner.id
        """,
        documents=documents,
        least=least,
    )


def partner_parts(first: int, size: int, part: int) -> SQL:
    """Rows (last id, number) of ``size`` commercial partners from the id ``first`` on, divided into parts of ``part``."""
    return SQL(
        """
        SELECT max(id), count(*)
          FROM (
            SELECT id, (row_number() OVER (ORDER BY id) - 1) / %s AS part
              FROM (SELECT id FROM res_partner WHERE commercial_partner_id = id AND id >= %s ORDER BY id LIMIT %s) chunk
          ) parted
         GROUP BY part
         ORDER BY part
        """,
        part,
        first,
        size,
    )


WAITING = dict.fromkeys(("key", "partner_id", "commercial_partner_id"), "int4")


def waiting() -> SQL:
    """Rows, with the columns of ``WAITING``, of the contacts whose documents have changed since their facts were computed."""
    return SQL(
        """SELECT dirty.id, partner.id, COALESCE(partner.commercial_partner_id, partner.id)
             FROM crm_lifecycle_dirty dirty JOIN res_partner partner ON partner.id = dirty.partner_id"""
    )


def commercial_partners(scope: SQL) -> SQL:
    """Ids of the commercial partners of a scope."""
    return SQL("SELECT id FROM res_partner WHERE commercial_partner_id = id AND %s", in_scope(scope, "id"))


def unchanged(partners: np.ndarray, waiting: Columns, keys: np.ndarray) -> np.ndarray:
    """Those of the partners, ids, for whom nothing is ``waiting`` but these keys."""
    new = chosen(waiting, ~np.isin(waiting["key"], keys))
    return partners[~np.isin(partners, np.union1d(new["partner_id"], new["commercial_partner_id"]))]


def stored(cursor, table: str, columns: tuple[Column, ...], condition: SQL) -> Columns:
    """The rows of a table as numbers, with their ids."""
    query = SQL("SELECT id, %s FROM %s WHERE %s", _list(column.fetched() for column in columns), SQL.identifier(table), condition)
    return fetch(cursor, query, {"id": "int4", **{column.name: column.type for column in columns}})


def upsert_facts(source: str) -> SQL:
    """Write the staged facts, in order of their keys, so that two jobs wait for each other instead of locking each other out."""
    names = _list(SQL.identifier(column.name) for column in FACTS)
    return SQL(
        """
        INSERT INTO crm_lifecycle_customer (partner_id, company_id, active, %(names)s, create_date, write_date)
        SELECT fact.partner_id, fact.company_id, partner.active, %(values)s, timezone('UTC', now()), timezone('UTC', now())
          FROM (SELECT partner_id, company_id, %(written)s FROM %(source)s) fact (partner_id, company_id, %(names)s)
          JOIN res_partner partner ON partner.id = fact.partner_id
         ORDER BY fact.partner_id, fact.company_id
        ON CONFLICT (partner_id, company_id) DO UPDATE SET active = excluded.active, %(changes)s, write_date = excluded.write_date
        """,
        names=names,
        values=_list(SQL.identifier("fact", column.name) for column in FACTS),
        written=_list(column.written() for column in FACTS),
        source=SQL.identifier(source),
        changes=_list(SQL("%s = excluded.%s", SQL.identifier(column.name), SQL.identifier(column.name)) for column in FACTS),
    )


def follow_active(scope: SQL | None) -> SQL:
    """Archive the facts of archived contacts, and bring back those of others. Few are archived: they are looked for, not compared."""
    return SQL(
        """
        UPDATE crm_lifecycle_customer SET active = NOT active
         WHERE id IN (
            SELECT stored.id FROM res_partner partner JOIN crm_lifecycle_customer stored ON stored.partner_id = partner.id AND stored.active
             WHERE NOT partner.active AND %(partners)s
             UNION ALL
            SELECT stored.id FROM crm_lifecycle_customer stored JOIN res_partner partner ON partner.id = stored.partner_id AND partner.active
             WHERE NOT stored.active AND %(customers)s
         )
        """,
        partners=in_scope(scope, "partner.id"),
        customers=in_scope(scope, "stored.partner_id"),
    )


@dataclass(frozen=True)
class Part:
    """Commercial partners that are judged at once, by the range of their ids."""

    first: int
    last: int
    partners: int


@dataclass(frozen=True)
class Reading:
    """What happened to many, read once: the moments of each part, and the keys that waited then."""

    moments: Parted
    parts: list[Part]
    keys: np.ndarray


def of_partners(rows: Columns, partners: np.ndarray) -> Columns:
    """The rows of these partners."""
    mask = np.isin(rows["partner_id"], partners)
    return rows if mask.all() else chosen(rows, mask)


def chosen(rows: Columns, mask: np.ndarray) -> Columns:
    """The rows that a mask, or their places, choose."""
    return {name: column[mask] for name, column in rows.items()}


@dataclass(frozen=True)
class Difference:
    """What has to be written: masks over the new facts and steps, ids of stored rows."""

    facts: np.ndarray
    steps: np.ndarray
    gone: list[int]
    wrong: list[int]


@dataclass(frozen=True)
class Match:
    """By replayed facts their place among the stored ones, -1 where they are new; by stored facts whether they are no more."""

    place: np.ndarray
    gone: np.ndarray


def match(facts: Columns, before: Columns) -> Match:
    """Find the replayed facts of a scope among the stored ones of the same scope."""
    customers, stored_customers = customer_keys(facts), customer_keys(before)
    return Match(_places(customers, stored_customers), _places(stored_customers, customers) < 0)


def suspects(facts: Columns, before: Columns, matched: Match) -> list[int]:
    """The partners whose stored history may not be the one that was replayed, by its digest or for want of one."""
    other = matched.place < 0
    if len(before["id"]):
        other |= facts["history_digest"] != before["history_digest"][matched.place]
    return np.union1d(facts["partner_id"][other], before["partner_id"][matched.gone]).tolist()


def difference(facts: Columns, steps: Columns, before: Columns, matched: Match, believed: Columns, suspects: list[int]) -> Difference:
    """Compare the facts and steps of a scope with the stored facts, and with the believed transitions of its suspects at least.

    Facts are written anew, too, where only the history has changed: so two jobs at the same customer always meet on that row.
    """
    doubtful = np.isin(steps["partner_id"], suspects)
    believed = chosen(believed, np.isin(believed["partner_id"], suspects))
    changed = (matched.place < 0) | ~_equal(FACTS, facts, before, matched.place)
    owner = _places(customer_keys(believed), customer_keys(facts))
    step_place = _places(step_keys(steps, steps["customer"]), step_keys(believed, owner))
    new = doubtful & ((step_place < 0) | ~_equal(STEPS, steps, believed, step_place))
    wrong = np.ones(len(owner), bool)
    wrong[step_place[doubtful & ~new]] = False
    changed[steps["customer"][new]] = True
    changed[owner[wrong & (owner >= 0)]] = True
    return Difference(changed, new, before["id"][matched.gone].tolist(), believed["id"][wrong].tolist())


def _places(keys: np.ndarray, among: np.ndarray) -> np.ndarray:
    """For each key its place in ``among``, -1 where it is not there."""
    if not len(among):
        return np.full(len(keys), -1)
    order = np.argsort(among, kind="stable")
    place = order[np.minimum(np.searchsorted(among, keys, sorter=order), len(among) - 1)]
    return np.where(among[place] == keys, place, -1)


def _equal(columns: tuple[Column, ...], rows: Columns, before: Columns, place: np.ndarray) -> np.ndarray:
    """Whether each row equals the one stored at its place in all columns; of no meaning where the place is -1."""
    equal = np.ones(len(place), bool)
    if len(before["id"]):
        for column in columns:
            new, old = rows[column.name], before[column.name][place]
            equal &= (new == old) | (np.isnan(new) & np.isnan(old) if column.kind == "amount" else False)
    return equal


def _list(parts) -> SQL:
    return SQL(", ").join(parts)
