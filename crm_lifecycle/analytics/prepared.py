"""Statements that PostgreSQL plans once for a connection, and that are then run for one customer after the other."""

from collections import OrderedDict
from itertools import count
from weakref import WeakKeyDictionary

from odoo.sql_db import BaseCursor

# Where the id of the customer goes: a number that nothing else in a statement is, and that no customer has.
PLACE = 2_111_222_333
# So many statements are kept for a connection; each keeps its plan in the memory of the server.
KEPT = 48

_connections: WeakKeyDictionary = WeakKeyDictionary()
_numbers = count(1)


def filled(text: str, number: int) -> str:
    """The statement for one customer."""
    return text.replace(str(PLACE), str(int(number)))


def run(cr: BaseCursor, text: str, number: int) -> tuple:
    """The one row of a statement for the customer of this number, by a plan that is made once and suits most customers."""
    known = _connections.setdefault(cr.connection, OrderedDict())
    if not known:
        # Behind a pooler, one connection is many: what is prepared in one of them is missed in the next.
        cr.execute("SELECT pg_backend_pid()")
        known[""] = cr.fetchone()[0] == cr.connection.info.backend_pid
    if not known[""]:
        cr.execute(filled(text, number))
        return cr.fetchone()
    if text not in known:
        if len(known) > KEPT:
            known.move_to_end("", last=False)
            oldest = next(key for key in known if key)
            cr.execute(f"DEALLOCATE {known.pop(oldest)}")
        name = f"crm_lifecycle_{next(_numbers)}"
        cr.execute(f"PREPARE {name} (integer) AS {text.replace(str(PLACE), '$1')}")
        known[text] = name
    known.move_to_end(text)
    cr.execute(f"SET LOCAL plan_cache_mode = force_generic_plan; EXECUTE {known[text]} ({int(number)})")
    return cr.fetchone()
