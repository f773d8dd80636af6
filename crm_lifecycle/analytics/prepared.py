"""Statements that PostgreSQL plans once for a connection, and that are then run for one customer after the other."""

from collections import OrderedDict
from collections.abc import Sequence
from itertools import count
from weakref import WeakKeyDictionary

from odoo.sql_db import BaseCursor

# What stands in a statement for the customer's id, and for the position in the timeline (moment, kind, id) after which lines are wanted:
# values that nothing else in a statement is.
PLACE = 2_111_222_333
AFTER = ("2111-02-22 03:33:33.000000", "lifecycle_kind_of_place", 2_111_222_334)
# The position before the newest line.
FIRST = ("infinity", "", 0)
TYPES = "integer, timestamp, text, integer"
# So many statements are kept for a connection; each keeps its plan in the memory of the server.
KEPT = 48

_connections: WeakKeyDictionary = WeakKeyDictionary()
_numbers = count(1)


def filled(text: str, values: Sequence[str]) -> str:
    """The statement with these values, written as in SQL, in the places of ``PLACE`` and ``AFTER``."""
    for place, value in zip((str(PLACE), f"'{AFTER[0]}'", f"'{AFTER[1]}'", str(AFTER[2])), values, strict=True):
        text = text.replace(place, value)
    return text


def run(cr: BaseCursor, text: str, partner_id: int, after: tuple[str, str, int] = FIRST, keep: bool = True) -> tuple:
    """The one row of a statement for a customer; unless told not to ``keep``, by a plan that is made once and suits most customers."""
    values = [cr.mogrify("%s", [value]).decode() for value in (int(partner_id), *after)]
    known = _connections.setdefault(cr.connection, OrderedDict())
    if keep and not known:
        # Behind a pooler, one connection is many: what is prepared in one of them is missed in the next.
        cr.execute("SELECT pg_backend_pid()")
        known[""] = cr.fetchone()[0] == cr.connection.info.backend_pid
    if not keep or not known[""]:
        cr.execute(filled(text, values))
        return cr.fetchone()
    if text not in known:
        if len(known) > KEPT:
            oldest = next(key for key in known if key)
            cr.execute(f"DEALLOCATE {known.pop(oldest)}")
        name = f"crm_lifecycle_{next(_numbers)}"
        cr.execute(f"PREPARE {name} ({TYPES}) AS {filled(text, ('$1', '$2', '$3', '$4'))}")
        known[text] = name
    known.move_to_end(text)
    cr.execute(f"SET LOCAL plan_cache_mode = force_generic_plan; EXECUTE {known[text]} ({', '.join(values)})")
    return cr.fetchone()
