"""SQL of the ledger: the one place that names the columns of ``crm_loyalty_entry`` when it is written."""

from collections.abc import Iterable, Sequence

from odoo.tools import SQL

from ..domain.rewards import POINT_DIGITS

COLUMNS = (
    "card_id",
    "program_id",
    "company_id",
    "points",
    "kind",
    "event_key",
    "description",
    "rule_id",
    "res_model",
    "res_id",
    "user_id",
    "posted_at",
)

GUARD_FUNCTION = "crm_loyalty_entry_refuse_change"


def guard() -> SQL:
    """Function and triggers that refuse UPDATE, DELETE and TRUNCATE of entries in the database itself.

    A migration that must rewrite entries has to say so: ``ALTER TABLE crm_loyalty_entry DISABLE TRIGGER USER``.
    """
    return SQL(
        """
        CREATE OR REPLACE FUNCTION %(function)s() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION USING
                MESSAGE = TG_OP || ' refused: loyalty entries are append-only, post a correcting entry instead',
                ERRCODE = 'integrity_constraint_violation';
        END $$;
        DROP TRIGGER IF EXISTS crm_loyalty_entry_append_only ON crm_loyalty_entry;
        CREATE TRIGGER crm_loyalty_entry_append_only BEFORE UPDATE OR DELETE ON crm_loyalty_entry
            FOR EACH ROW EXECUTE FUNCTION %(function)s();
        DROP TRIGGER IF EXISTS crm_loyalty_entry_no_truncate ON crm_loyalty_entry;
        CREATE TRIGGER crm_loyalty_entry_no_truncate BEFORE TRUNCATE ON crm_loyalty_entry
            FOR EACH STATEMENT EXECUTE FUNCTION %(function)s();
        """,
        function=SQL.identifier(GUARD_FUNCTION),
    )


def drop_guard() -> SQL:
    """Forget the guard and its triggers: only for uninstalling the addon."""
    return SQL("DROP FUNCTION IF EXISTS %s() CASCADE", SQL.identifier(GUARD_FUNCTION))


def lock_cards(card_ids: Iterable[int]) -> SQL:
    """Lock cards in the order of their ids, so that two postings wait for each other and never for ever."""
    return SQL("SELECT id, COALESCE(points, 0) FROM loyalty_card WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", sorted(card_ids))


def insert_entries(rows: Sequence[tuple]) -> SQL:
    """Insert entries (tuples in the order of :data:`COLUMNS`), leaving out those whose event key is posted already.

    Gives (id, card_id, points, description) of those inserted.
    """
    return SQL(
        """
        INSERT INTO crm_loyalty_entry (%s) VALUES %s
        ON CONFLICT (event_key) DO NOTHING
        RETURNING id, card_id, points, description
        """,
        SQL(", ").join(map(SQL.identifier, COLUMNS)),
        SQL(", ").join(SQL("%s", row) for row in rows),
    )


def move_points(changes: dict[int, object], user_id: int) -> SQL:
    """Add to the points of cards what ``changes`` says per card id. Points are a float in Odoo: round to what it shows."""
    return SQL(
        """
        UPDATE loyalty_card card
           SET points = round((COALESCE(card.points, 0) + change.points)::numeric, %s),
               write_uid = %s,
               write_date = now() AT TIME ZONE 'UTC'
          FROM (VALUES %s) AS change (card_id, points)
         WHERE card.id = change.card_id
        """,
        POINT_DIGITS + 4,
        user_id,
        SQL(", ").join(SQL("%s", item) for item in sorted(changes.items())),
    )
