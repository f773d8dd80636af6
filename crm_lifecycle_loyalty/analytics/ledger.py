"""SQL of the ledger: the one place that names the columns of its tables when they are written."""

from collections.abc import Iterable, Sequence

from odoo.tools import SQL

from ..domain.rewards import POINT_DIGITS

ENTRY_COLUMNS = (
    "card_id",
    "program_id",
    "company_id",
    "points",
    "kind",
    "event_key",
    "description",
    "qualifying",
    "reversal_of",
    "linked_entry_id",
    "rule_id",
    "res_model",
    "res_id",
    "user_id",
    "posted_at",
)
APPEND_ONLY = ("crm_loyalty_entry", "crm_loyalty_allocation")
GUARD_FUNCTION = "crm_loyalty_refuse_change"


def guard(table: str) -> SQL:
    """Function and triggers that refuse UPDATE, DELETE and TRUNCATE of a table in the database itself.

    A migration that must rewrite rows has to say so: ``ALTER TABLE … DISABLE TRIGGER USER``.
    """
    return SQL(
        """
        CREATE OR REPLACE FUNCTION %(function)s() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION USING
                MESSAGE = TG_OP || ' refused: loyalty entries are append-only, post a correcting entry instead',
                ERRCODE = 'integrity_constraint_violation';
        END $$;
        CREATE OR REPLACE TRIGGER crm_loyalty_append_only BEFORE UPDATE OR DELETE ON %(table)s
            FOR EACH ROW EXECUTE FUNCTION %(function)s();
        CREATE OR REPLACE TRIGGER crm_loyalty_no_truncate BEFORE TRUNCATE ON %(table)s
            FOR EACH STATEMENT EXECUTE FUNCTION %(function)s();
        """,
        function=SQL.identifier(GUARD_FUNCTION),
        table=SQL.identifier(table),
    )


def drop_guard() -> SQL:
    """Forget the guard and its triggers: only for uninstalling the addon."""
    return SQL("DROP FUNCTION IF EXISTS %s() CASCADE", SQL.identifier(GUARD_FUNCTION))


def lock_cards(card_ids: Iterable[int]) -> SQL:
    """Lock cards in the order of their ids, so that two postings wait for each other and never for ever. Gives (id, points)."""
    return SQL(
        "SELECT id, round(COALESCE(points, 0)::numeric, %s) FROM loyalty_card WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
        POINT_DIGITS,
        sorted(card_ids),
    )


def insert_entries(rows: Sequence[tuple]) -> SQL:
    """Insert entries (tuples in the order of :data:`ENTRY_COLUMNS`), leaving out those whose event key is posted already.

    Gives (event key, id) of those inserted.
    """
    return SQL(
        "INSERT INTO crm_loyalty_entry (%s) VALUES %s ON CONFLICT (event_key) DO NOTHING RETURNING event_key, id",
        SQL(", ").join(map(SQL.identifier, ENTRY_COLUMNS)),
        SQL(", ").join(SQL("%s", row) for row in rows),
    )


def open_items(card_ids: Iterable[int], lot_ids: Iterable[int]) -> SQL:
    """Open items of cards, and lots to which points go back: (id, card, entry, remaining, expiration date), oldest first."""
    return SQL(
        """
        SELECT id, card_id, entry_id, remaining, expiration_date
          FROM crm_loyalty_lot
         WHERE card_id = ANY(%s) AND (remaining <> 0 OR id = ANY(%s))
         ORDER BY id
        """,
        list(card_ids),
        list(lot_ids),
    )


def insert_lots(rows: Sequence[tuple]) -> SQL:
    """Insert open items (card, program, entry, points, remaining, expiration date); gives their ids in the same order."""
    return SQL(
        "INSERT INTO crm_loyalty_lot (card_id, program_id, entry_id, points, remaining, expiration_date) VALUES %s RETURNING id",
        SQL(", ").join(SQL("%s", row) for row in rows),
    )


def insert_allocations(rows: Sequence[tuple]) -> SQL:
    """Insert shares of lots: (lot, entry, points)."""
    return SQL(
        "INSERT INTO crm_loyalty_allocation (lot_id, entry_id, points) VALUES %s",
        SQL(", ").join(SQL("%s", row) for row in rows),
    )


def change_lots(rows: Sequence[tuple]) -> SQL:
    """Set what remains of open items: (id, remaining)."""
    return SQL(
        """
        UPDATE crm_loyalty_lot lot SET remaining = change.remaining
          FROM (VALUES %s) AS change (id, remaining) WHERE lot.id = change.id
        """,
        SQL(", ").join(SQL("(%s, %s::numeric)", *row) for row in rows),
    )


def move_points(changes: dict[int, object], user_id: int, active: Iterable[int] = ()) -> SQL:
    """Add to the points of cards what ``changes`` says per card id; those in ``active`` were used today, as inactivity counts it.

    Points are a float in Odoo: they are rounded to the digits of the ledger.
    """
    return SQL(
        """
        UPDATE loyalty_card card
           SET points = round(COALESCE(card.points, 0)::numeric + change.points, %s),
               points_changed_date = CASE WHEN card.points_changed_date IS NULL OR card.id = ANY(%s)
                                          THEN (now() AT TIME ZONE 'UTC')::date ELSE card.points_changed_date END,
               write_uid = %s,
               write_date = now() AT TIME ZONE 'UTC'
          FROM (VALUES %s) AS change (card_id, points)
         WHERE card.id = change.card_id
        """,
        POINT_DIGITS,
        list(active),
        user_id,
        SQL(", ").join(SQL("(%s, %s::numeric)", *item) for item in sorted(changes.items())),
    )


def outstanding(entry_ids: Iterable[int]) -> SQL:
    """What lots gave to postings and did not get back: (card, lot, points, expiration date), in the order they were taken."""
    return SQL(
        """
        SELECT lot.card_id, lot.id, sum(share.points), lot.expiration_date
          FROM crm_loyalty_allocation share JOIN crm_loyalty_lot lot ON lot.id = share.lot_id
         WHERE share.entry_id = ANY(%s)
         GROUP BY lot.id HAVING sum(share.points) > 0 ORDER BY min(share.id)
        """,
        list(entry_ids),
    )


def posted_for(res_model: str, res_ids: Iterable[int]) -> SQL:
    """What is posted for documents: (document, card, kind, points, ids of entries in the order they were posted)."""
    return SQL(
        """
        SELECT res_id, card_id, kind, sum(points), array_agg(id ORDER BY id)
          FROM crm_loyalty_entry WHERE res_model = %s AND res_id = ANY(%s)
         GROUP BY res_id, card_id, kind
        """,
        res_model,
        list(res_ids),
    )


def on_ledger(program: str) -> SQL:
    """Condition on an alias of ``loyalty_program``: its cards are kept by the ledger."""
    return SQL("%(p)s.program_type = 'loyalty' AND %(p)s.applies_on IN ('both', 'future')", p=SQL.identifier(program))


def opening(texts: dict[str, str], program_ids: Iterable[int] | None = None) -> SQL:
    """Opening entries and lots for cards that have none: what confirmed orders gave and took, and the rest of the balance.

    :param texts: what the entry of an order and the opening balance say: ``{"order": "Order", "opening": "Opening balance"}``
    :param program_ids: only of these programs; None for all
    """
    programs = SQL("AND program.id = ANY(%s)", list(program_ids)) if program_ids is not None else SQL()
    return SQL(
        """
        WITH card AS (
            SELECT card.id, card.program_id, round(COALESCE(card.points, 0)::numeric, %(digits)s) AS points,
                   COALESCE(program.company_id, (SELECT min(id) FROM res_company)) AS company_id
              FROM loyalty_card card JOIN loyalty_program program ON program.id = card.program_id
             WHERE %(on_ledger)s %(programs)s
               AND NOT EXISTS (SELECT FROM crm_loyalty_entry entry WHERE entry.card_id = card.id)
        ), moved AS (
            SELECT gained.coupon_id AS card_id, gained.order_id, 'earn' AS kind, round(gained.points::numeric, %(digits)s) AS points
              FROM sale_order_coupon_points gained JOIN sale_order ON sale_order.id = gained.order_id
             WHERE sale_order.state = 'sale'
             UNION ALL
            SELECT line.coupon_id, line.order_id, 'redeem', -round(sum(line.points_cost)::numeric, %(digits)s)
              FROM sale_order_line line JOIN sale_order ON sale_order.id = line.order_id
             WHERE sale_order.state = 'sale' AND line.coupon_id IS NOT NULL
             GROUP BY line.coupon_id, line.order_id
        ), orders AS (
            INSERT INTO crm_loyalty_entry
                   (card_id, program_id, company_id, points, kind, event_key, description, qualifying, res_model, res_id, user_id, posted_at)
            SELECT card.id, card.program_id, sale_order.company_id, moved.points, moved.kind,
                   'sale.order:' || moved.order_id || ':' || card.id || ':' || moved.kind || ':0',
                   %(order)s || ' ' || sale_order.name, moved.kind = 'earn', 'sale.order', moved.order_id, 1,
                   LEAST(sale_order.date_order, now() AT TIME ZONE 'UTC')
              FROM moved JOIN card ON card.id = moved.card_id JOIN sale_order ON sale_order.id = moved.order_id
             WHERE moved.points <> 0
            ON CONFLICT (event_key) DO NOTHING
         RETURNING card_id, points
        ), rest AS (
            INSERT INTO crm_loyalty_entry
                   (card_id, program_id, company_id, points, kind, event_key, description, qualifying, user_id, posted_at)
            SELECT card.id, card.program_id, card.company_id, card.points - COALESCE(known.points, 0), 'opening', 'opening:' || card.id,
                   %(opening)s, FALSE, 1, now() AT TIME ZONE 'UTC'
              FROM card LEFT JOIN (SELECT card_id, sum(points) AS points FROM orders GROUP BY card_id) AS known ON known.card_id = card.id
             WHERE card.points <> 0 OR card.points <> COALESCE(known.points, 0)
            ON CONFLICT (event_key) DO NOTHING
         RETURNING id, card_id
        ), lot AS (
            INSERT INTO crm_loyalty_lot (card_id, program_id, entry_id, points, remaining)
            SELECT card.id, card.program_id, rest.id, card.points, card.points
              FROM card JOIN rest ON rest.card_id = card.id WHERE card.points <> 0
        )
        UPDATE loyalty_card SET points = card.points, points_changed_date = CURRENT_DATE FROM card WHERE loyalty_card.id = card.id
        """,
        digits=POINT_DIGITS,
        on_ledger=on_ledger("program"),
        programs=programs,
        order=texts["order"],
        opening=texts["opening"],
    )


def differences(card_ids: Iterable[int] | None = None) -> SQL:
    """Cards whose points are not the sum of their entries or not what their lots hold less their debt: there must be none.

    Gives (card, points, sum of entries, sum of lots).
    """
    cards = SQL("AND card.id = ANY(%s)", list(card_ids)) if card_ids is not None else SQL()
    return SQL(
        """
        SELECT card.id, card.points, COALESCE(entry.points, 0), COALESCE(lot.remaining, 0)
          FROM loyalty_card card
          JOIN loyalty_program program ON program.id = card.program_id
     LEFT JOIN (SELECT card_id, sum(points) AS points FROM crm_loyalty_entry GROUP BY card_id) AS entry ON entry.card_id = card.id
     LEFT JOIN (SELECT card_id, sum(remaining) AS remaining FROM crm_loyalty_lot GROUP BY card_id) AS lot ON lot.card_id = card.id
         WHERE %s %s
           AND (COALESCE(card.points, 0)::numeric <> COALESCE(entry.points, 0) OR COALESCE(entry.points, 0) <> COALESCE(lot.remaining, 0))
        """,
        on_ledger("program"),
        cards,
    )
