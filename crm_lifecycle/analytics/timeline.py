"""The timeline: what passed between the firm and a family of contacts, from many models in one statement, page by page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from odoo import api
from odoo.fields import Domain
from odoo.tools import SQL, Query

from . import places
from .snapshot import json_rows

NOTHING = SQL("NULL")
# So many of everybody's messages are looked through for those of one family.
NEWEST = 1000


@dataclass(frozen=True, kw_only=True)
class OtherKind:
    """What is of another kind among the lines of a source: both are found in one go."""

    kind: str
    label: str
    icon: str
    when: SQL
    """Which lines these are."""


@dataclass(frozen=True, kw_only=True)
class TimelineSource:
    """One kind of document on the timeline.

    Columns are field expressions of ``model`` (``"partner_id.name"`` may follow relations), or SQL over its table by the table's own name.
    Documents are read through ``model._search(domain)``: what the reader may not see is absent.
    """

    kind: str
    """Technical name, by which the page filters. Sources of one kind share one table, so that (kind, id) names one line."""
    label: str
    """Translated name of the kind, in the plural."""
    icon: str
    """A Font Awesome class, such as ``fa-phone``."""
    model: str
    domain: Domain = Domain.FALSE
    """Which documents belong to the family, such as ``self._lifecycle_here()``."""
    date: str | SQL
    """A date or a moment in UTC. Documents without one are left out."""
    title: str | SQL
    detail: str | SQL = NOTHING
    """Plain text of any length; the page shows its beginning."""
    searched: tuple[SQL, SQL] | None = None
    """What is searched instead of the detail: something quick that holds each of its words, and itself."""
    state: str = ""
    """A selection field, shown by its label."""
    amount: str | SQL = NOTHING
    currency: str | SQL = NOTHING
    person: str | SQL = "partner_id"
    """The contact concerned, for the filter by person."""
    day: bool = False
    """True where ``date`` is a day, without an hour."""
    thread: bool = True
    """Whether mails and notes on these documents are on the timeline, too."""
    query: Query | None = None
    """Instead of ``model._search(domain)``, where a model's rights need another way. It must keep them."""
    late: bool = False
    """Whether the columns take long to work out and need the line's own table only: then they are for the lines of the page alone."""
    document: tuple[SQL, SQL] | None = None
    """Model and id of what a line opens, where this is not the line's own record."""
    other: OtherKind | None = None

    @property
    def kinds(self) -> list["TimelineSource | OtherKind"]:
        """What has the ``kind``, ``label`` and ``icon`` of each kind of its lines."""
        return [self, self.other] if self.other else [self]


@dataclass(frozen=True)
class TimelineFilter:
    """What to leave out of the timeline. Empty means: leave out nothing."""

    kinds: Sequence[str] = ()
    person_ids: Sequence[int] = ()
    date_from: str = ""
    """First moment in UTC, as ISO text."""
    date_to: str = ""
    """First moment after the period."""
    typed: bool = False
    """Whether the title or the detail is to match ``places.PATTERNS``."""


def page(env: api.Environment, sources: Sequence[TimelineSource], chosen: TimelineFilter, limit: int) -> SQL:
    """The ``limit`` newest lines after ``places.AFTER``, as an expression that gives JSON, null without any.

    Objects: ``date`` as text to the microsecond, ``kind``, ``id``, ``source`` (its number), ``model`` and id of the ``document``, ``title``, ``detail``,
    ``state``, ``amount``, ``currency``, ``person`` and their ``name``.
    Each source gives at most ``limit`` lines in the order of the whole, so a page costs the same wherever it lies.
    """
    arms = []
    for number, source in enumerate(sources):
        if chosen.kinds and not any(each.kind in chosen.kinds for each in source.kinds):
            continue
        arm = _arm(env, source, number, chosen, limit)
        if arm is not None:
            arms.append(arm)
    if not arms:
        return NOTHING
    return json_rows(
        SQL(
            """
            SELECT to_char(line.date, 'YYYY-MM-DD HH24:MI:SS.US') AS date, kind, line.id, source, model, document, line.title, detail, state, amount,
                   currency, person, contact.name
             FROM (%s) line LEFT JOIN res_partner contact ON contact.id = line.person ORDER BY line.date DESC, kind COLLATE "C" DESC, line.id DESC LIMIT %s""",
            SQL(" UNION ALL ").join(arms),
            limit,
        )
    )


def _arm(env, source, number, chosen, limit) -> SQL | None:
    model = env[source.model]
    query = source.query if source.query is not None else model._search(source.domain, active_test=False)
    if query.is_empty():
        return None
    table = query.table

    def column(expression):
        if isinstance(expression, SQL):
            return expression
        return _follow(model, table, expression, query)

    day, key, other = column(source.date), SQL.identifier(table, "id"), source.other
    date = SQL("(%s)::timestamp", day)
    kind = SQL("CASE WHEN %s THEN %s ELSE %s END", other.when, other.kind, source.kind) if other else SQL("%s", source.kind)
    title, detail, person = column(source.title), column(source.detail), column(source.person)
    query.add_where(SQL("%s IS NOT NULL", day))
    query.add_where(_follows(date, kind, key))
    if source.day:  # says nothing new, but an index of days can tell
        query.add_where(SQL("%s <= %s::timestamp::date", day, places.AFTER[0]))
    if chosen.kinds and other:
        query.add_where(SQL("%s = ANY(%s)", kind, [each.kind for each in source.kinds if each.kind in chosen.kinds]))
    if chosen.date_from:
        query.add_where(SQL("%s >= %s::timestamp", date, chosen.date_from))
    if chosen.date_to:
        query.add_where(SQL("%s < %s::timestamp", date, chosen.date_to))
    if chosen.person_ids:
        query.add_where(SQL("%s = ANY(%s)", person, list(chosen.person_ids)))
    if chosen.typed:
        pattern, word = places.PATTERNS
        holds = SQL("%s ILIKE %s", _text(detail), pattern)
        if source.searched:
            holds = SQL("(%s ILIKE %s AND %s ILIKE %s)", source.searched[0], word, source.searched[1], pattern)
        query.add_where(SQL("(%s ILIKE %s OR %s)", _text(title), pattern, holds))
    # With an index of dates the planner may walk through everybody's documents until it has enough of this family, which pays for those who
    # buy often; what is added keeps it from it.
    last = SQL('(%s) COLLATE "C" DESC, %s DESC', kind, key) if other else SQL("%s DESC", key)
    order = SQL("%s + interval '0' DESC, %s", date, last)
    scarce = chosen.typed or chosen.person_ids
    query.order = order if scarce else places.either(SQL("%s DESC, %s", day, last), order)
    query.limit = limit
    if source.late:
        query = Query(env, table, SQL("(%s)", query.select(SQL("%s.*", SQL.identifier(table)))))
    document_model, document_id = source.document or (SQL("%s", source.model), key)
    return SQL(
        "(%s)",
        query.select(
            SQL("%s AS date", date),
            SQL("%s::text AS kind", kind),
            SQL("%s AS id", key),
            SQL("%s AS source", number),
            SQL("%s::text AS model", document_model),
            SQL("%s AS document", document_id),
            SQL("%s AS title", _text(title)),
            SQL("left(%s, 400) AS detail", _text(detail)),
            SQL("%s AS state", _text(column(source.state) if source.state else NOTHING)),
            SQL("%s::numeric AS amount", column(source.amount)),
            SQL("%s::integer AS currency", column(source.currency)),
            SQL("%s::integer AS person", person),
        ),
    )


def newest_messages(messages: SQL, documents: Sequence[tuple[str, SQL]], others: SQL, limit: int) -> SQL:
    """The first ``limit`` after ``places.AFTER`` of the messages on these documents (model, ids), or more of them.

    They are looked for among the newest of all ``messages``: where a family has many documents, whose messages take long to look up, many
    of the newest are probably theirs. Only if too few are, ``others`` is read, which gives them all.
    """
    of_theirs = SQL(" OR ").join(
        # OFFSET: asked for each message.
        SQL("model = %s AND EXISTS (SELECT FROM (%s) document WHERE document.id = res_id OFFSET 0)", model, ids)
        for model, ids in documents
    )
    # OFFSET none: no row is read, and no process started to read it, unless there are too few.
    return SQL(
        """
        WITH found AS MATERIALIZED (
            SELECT * FROM (
                SELECT * FROM (%(messages)s) message WHERE %(after)s ORDER BY date DESC, id DESC LIMIT %(newest)s
            ) newest WHERE %(of_theirs)s ORDER BY date DESC, id DESC LIMIT %(limit)s
        )
        SELECT * FROM found WHERE (SELECT count(*) FROM found) = %(limit)s
        UNION ALL
        SELECT others.* FROM (SELECT 0 AS none FROM found HAVING count(*) < %(limit)s) too_few CROSS JOIN LATERAL (%(others)s OFFSET none) others
        """,
        messages=messages,
        after=_follows(SQL("date"), SQL("'message'"), SQL("id")),
        newest=NEWEST,
        of_theirs=of_theirs,
        limit=limit,
        others=others,
    )


def _follows(date: SQL, kind: SQL, key: SQL) -> SQL:
    """Whether the line of a kind with this date and id comes after ``places.AFTER``."""
    return SQL("""(%s, (%s)::text COLLATE "C", %s) < (%s::timestamp, %s::text COLLATE "C", %s)""", date, kind, key, *places.AFTER)


def _follow(model, alias, expression, query) -> SQL:
    """The column of a field expression, joining the relations that it follows."""
    name, _dot, rest = expression.partition(".")
    if not rest:
        return model._field_to_sql(alias, name, query)
    comodel, coalias = model._fields[name].join(model, alias, query)
    return _follow(comodel, coalias, rest, query)


def _text(column: SQL) -> SQL:
    return SQL("(%s)::text", column)


def patterns(text: str) -> tuple[str, str]:
    """That of what holds a text, and that of what holds its longest word, as far as HTML writes it the same."""
    word = max(re.split(r"[\s&<>]+", text), key=len)
    return _holding(text), _holding(word)


def _holding(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
