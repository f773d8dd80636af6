"""Places in the text of a statement that is kept: where the customer and a position in the timeline go."""

import re
from collections.abc import Sequence

from odoo.tools import SQL

# Values that nothing else in a statement is: for the customer's id, and for the moment, kind and id after which lines are wanted.
PARTNER = 2_111_222_333
AFTER = ("2111-02-22 03:33:33.000000", "lifecycle_kind_of_place", 2_111_222_334)
# For the ids of the family's contacts, where they are looked for in a column.
FAMILY = 2_111_222_335
IN_FAMILY = re.compile(rf"(?:= {FAMILY}|IN \({FAMILY}\))(?!\d)")
# The position before the newest line.
FIRST = ("infinity", "", 0)


def in_family(partner_id: int) -> SQL:
    """What follows a column to say that it holds a contact of the family of a customer, who may be ``PARTNER``."""
    if partner_id == PARTNER:
        return SQL("IN (%s)", FAMILY)
    return SQL("IN (SELECT id FROM res_partner WHERE commercial_partner_id = %s)", partner_id)


def filled(text: str, values: Sequence[str], family: str) -> str:
    """The statement with these values, written as in SQL, in the places of ``PARTNER`` and ``AFTER``; ``family`` says of a column that it
    holds one of its contacts."""
    text = IN_FAMILY.sub(family, text)
    for place, value in zip((str(PARTNER), f"'{AFTER[0]}'", f"'{AFTER[1]}'", str(AFTER[2])), values, strict=True):
        text = text.replace(place, value)
    return text
