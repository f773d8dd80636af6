"""Places in the text of a statement that is kept: where the customer and a position in the timeline go."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from odoo.tools import SQL

# Values that nothing else in a statement is: for the customer's id, and for the moment, kind and id after which lines are wanted.
PARTNER = 2_111_222_333
AFTER = ("2111-02-22 03:33:33.000000", "lifecycle_kind_of_place", 2_111_222_334)
# For what the text of a line is to match: the pattern of all that was typed, and that of its longest word.
PATTERNS = ("lifecycle_pattern_of_place", "lifecycle_word_of_place")
TYPED = re.compile("|".join(f"'{name}'" for name in PATTERNS))
# For the ids of the family's contacts, where they are looked for in a column.
FAMILY = 2_111_222_335
IN_FAMILY = re.compile(rf"(?:= {FAMILY}|IN \({FAMILY}\))(?!\d)")
# Contacts of a family that are named, and that are looked up one by one.
FEW = 200
MANY = 10_000
# Who has bought on more days than this, and within so many days, has many of the newest documents.
OFTEN = 150
LATELY = 30
# PostgreSQL takes longer for one statement of more characters than for two.
LONG = 15_000
# What stands for one of two parts.
EITHER = re.compile(r"/\*often\*/(.*?)/\*seldom\*/(.*?)/\*end\*/", re.DOTALL)
# The position before the newest line.
FIRST = ("infinity", "", 0)


def in_family(partner_id: int) -> SQL:
    """What follows a column to say that it holds a contact of the family of a customer, who may be ``PARTNER``."""
    if partner_id == PARTNER:
        return SQL("IN (%s)", FAMILY)
    return SQL("IN (SELECT id FROM res_partner WHERE commercial_partner_id = %s)", partner_id)


def either(often: SQL, seldom: SQL) -> SQL:
    """The one in the statement for a family that buys often, the other in that for all others: see :func:`filled`."""
    return SQL("/*often*/%s/*seldom*/%s/*end*/", often, seldom)


# Goes after documents of which the newest are wanted: the planner may walk through everybody's by date, until it has enough, if there are many.
WALK = either(SQL(""), SQL("OFFSET 0"))


def members(commercial_partner: SQL) -> SQL:
    """One JSON list: how many contacts a family has, if more than ``MANY`` then one more; the ids of ``FEW`` of them, null without any; and
    whether they buy often, and did so lately."""
    return SQL(
        """(SELECT json_build_array(count(*), (array_agg(id))[:%s], EXISTS (
                   SELECT FROM crm_lifecycle_customer
                    WHERE partner_id = %s AND purchase_days > %s AND last_purchase_date > current_date - %s))
             FROM (SELECT id FROM res_partner WHERE commercial_partner_id = %s LIMIT %s) family)""",
        FEW,
        commercial_partner,
        OFTEN,
        LATELY,
        commercial_partner,
        MANY + 1,
    )


class Family(NamedTuple):
    """How the contacts of a family are looked for, as text."""

    column: str
    """Follows a column, to say that it holds one of them."""
    before: str = ""
    """Goes before the statement."""
    often: bool = False
    """Whether many of the newest documents are probably theirs, so that these are looked through before others."""

    @classmethod
    def of(cls, partner_id: int, count: int, ids: Sequence[int] | None, often: bool) -> "Family":
        """By the answer to :func:`members`: a few by name, which spares each document a join to the contacts; more as an array, for which
        documents are looked up by index; very many as a set to join with."""
        if count <= FEW:
            return cls(f"IN ({', '.join(map(str, ids or ())) or 'NULL'})", often=often)
        own = f"FROM res_partner WHERE commercial_partner_id = {partner_id:d}"
        if count <= MANY:
            return cls(
                "= ANY((SELECT ids FROM family)::integer[])",
                f"WITH family AS MATERIALIZED (SELECT array_agg(id) AS ids {own}) ",
                often=often,
            )
        return cls(f"IN (SELECT id {own})", often=often)


def statements(texts: Sequence[str]) -> Iterator[str]:
    """Statements that give the values of these expressions in turn, a row each, of about ``LONG`` characters, or of one expression."""
    together = []
    for text in texts:
        if together and sum(map(len, together)) + len(text) > LONG:
            yield f"SELECT {', '.join(together)}"
            together = []
        together.append(text)
    if together:
        yield f"SELECT {', '.join(together)}"


def filled(text: str, values: Sequence[str], family: Family) -> str:
    """The statement with these values, written as in SQL, in the places of ``PARTNER``, ``AFTER`` and ``PATTERNS``, and the family in its own.

    What somebody typed comes last, and at once, so that nothing in it is taken for a place.
    """
    text = EITHER.sub(r"\1" if family.often else r"\2", text)
    text, found = IN_FAMILY.subn(family.column, text)
    if found:
        text = family.before + text
    *others, pattern, word = values
    for place, value in zip((str(PARTNER), f"'{AFTER[0]}'", f"'{AFTER[1]}'", str(AFTER[2])), others, strict=True):
        text = text.replace(place, value)
    typed = {f"'{PATTERNS[0]}'": pattern, f"'{PATTERNS[1]}'": word}
    return TYPED.sub(lambda place: typed[place[0]], text)
