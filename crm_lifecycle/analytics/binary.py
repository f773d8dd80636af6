"""Rows between PostgreSQL and numpy by ``COPY`` in its binary format, some ten million values a second.

A column travels as whole numbers, without null: what stands for null, and for words, is up to its :class:`Column`.
"""

import io
import os
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import BinaryIO

import numpy as np
from odoo.tools import SQL

from ..domain.replay import NEVER, Columns
from ..domain.rhythm import DAY_ZERO

HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
NULL = -1
EPOCH = SQL("DATE %s", str(DAY_ZERO))
WIDE = {"int4": ">i4", "float8": ">f8"}
# Rows taken out of a stream at once, and bytes put into one at once.
ROWS = 100_000
BYTES = 2**20
# A number of PostgreSQL's in five groups of four digits before the point and two behind it.
WHOLE_GROUPS, GROUPS = 5, 7
DECIMALS = 4 * (GROUPS - WHOLE_GROUPS)
NUMERIC = [("groups", ">i2"), ("weight", ">i2"), ("sign", ">u2"), ("decimals", ">i2"), ("digits", ">i2", GROUPS)]


@dataclass(frozen=True)
class Column:
    """A stored column as numbers. By ``kind``, null is 0 (key, word, digest), ``NEVER`` (day, number) or NaN (amount)."""

    name: str
    kind: str = "key"
    words: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """The type in which it is read, and staged to be written."""
        return "float8" if self.kind in ("amount", "digest") else "int4"

    def fetched(self) -> SQL:
        """The stored column as an expression of its type."""
        name = SQL.identifier(self.name)
        match self.kind:
            case "day":
                return SQL("COALESCE(%s - %s, %s)", name, EPOCH, NEVER)
            case "word":
                numbers = SQL(" ").join(SQL("WHEN %s THEN %s", word, number) for number, word in enumerate(self.words, 1))
                return SQL("CASE %s %s ELSE 0 END", name, numbers)
            case "number":
                return SQL("COALESCE(%s, %s)", name, NEVER)
            case "amount":
                return SQL("COALESCE(%s::float8, 'NaN')", name)
        return SQL("COALESCE(%s, 0)", name)

    def written(self) -> SQL:
        """The staged column as an expression of the stored type."""
        name = SQL.identifier(self.name)
        match self.kind:
            case "day":
                return SQL("%s + NULLIF(%s, %s)", EPOCH, name, NEVER)
            case "word":
                return SQL("(%s::varchar[])[NULLIF(%s, 0)]", list(self.words), name)
            case "number":
                return SQL("NULLIF(%s, %s)", name, NEVER)
            case "amount":
                return SQL("NULLIF(%s, 'NaN')::numeric", name)
        return SQL("NULLIF(%s, 0)", name)

    def form(self, values: np.ndarray) -> np.ndarray:
        """By row what the field looks like in the stream: 0 for null, the number of the word, 1 for any other number."""
        match self.kind:
            case "word":
                return values
            case "amount" | "digest":
                return (~np.isnan(values)).astype(int)
        return (values != (0 if self.kind == "key" else NEVER)).astype(int)

    def field(self, values: np.ndarray) -> tuple[str, str | list | None, np.ndarray]:
        """What :func:`_stream` takes, of values that all have the same form."""
        if not self.form(values[:1])[0]:
            return self.name, None, values
        match self.kind:
            case "word":
                word = self.words[values[0] - 1].encode()
                return self.name, f"S{len(word)}", np.full(len(values), word)
            case "amount":
                return self.name, NUMERIC, _numeric(values)
            case "digest":
                return self.name, ">f8", values
        return self.name, ">i4", values


def fetch(cursor, query: SQL, types: dict[str, str]) -> Columns:
    """The rows of ``query`` as an array a column. ``types`` says by column int4 or float8; no value may be null."""
    with TemporaryFile() as content:
        count = _receive(cursor, query, types, content)
        columns = {name: np.empty(count, _native(kind)) for name, kind in types.items()}
        for start, rows in _received(content, types, count):
            for name, column in columns.items():
                column[start : start + len(rows)] = rows[name]
    return columns


@dataclass(frozen=True)
class Parted:
    """Rows on disk in parts, which are read one by one: any number of rows takes no memory."""

    content: BinaryIO
    layout: np.dtype
    count: int
    borders: np.ndarray
    """Where each part begins in each block of rows: one row a block, one column a part and one for the end."""

    def part(self, number: int) -> Columns:
        """The rows of a part, counted from 0. May be called by several threads."""
        return self._columns(b"".join(self._read(*block[number : number + 2]) for block in self.borders))

    def chosen(self, condition: Callable[[Columns], np.ndarray]) -> Columns:
        """The rows of all parts for which a condition over the columns, a mask, holds."""
        found = [{name: self._columns(b"")[name] for name in self.layout.names}]
        for block in self.borders:
            rows = self._columns(self._read(block[0], block[-1]))
            mask = condition(rows)
            found.append({name: column[mask] for name, column in rows.items()})
        return {name: np.concatenate([rows[name] for rows in found]) for name in self.layout.names}

    def _read(self, first: int, last: int) -> bytes:
        size = self.layout.itemsize
        return os.pread(self.content.fileno(), (last - first) * size, first * size)

    def _columns(self, content: bytes) -> Columns:
        rows = np.frombuffer(content, self.layout)
        return {name: np.ascontiguousarray(rows[name]) for name in self.layout.names}


def fetch_parted(cursor, query: SQL, types: dict[str, str], key: str, ends: Sequence[int], content: BinaryIO) -> Parted:
    """The rows of ``query`` (see :func:`fetch`) in the file ``content``, in parts that end with the values ``ends`` of ``key``, in ascending order."""
    content.truncate(0)
    content.seek(0)
    count = _receive(cursor, query, types, content)
    layout = np.dtype([(name, _native(kind)) for name, kind in types.items()])
    borders = []
    for start, received in _received(content, types, count):
        part = np.searchsorted(ends, received[key]).astype(np.uint16)
        order = np.argsort(part, kind="stable")
        rows = np.empty(len(received), layout)
        for name in types:
            rows[name] = received[name][order]
        # A row takes less than it took as received, so that nothing is overwritten that has not been read.
        os.pwrite(content.fileno(), rows, start * layout.itemsize)
        borders.append(start + np.searchsorted(part[order], np.arange(len(ends) + 1)))
    content.truncate(count * layout.itemsize)
    return Parted(content, layout, count, np.array(borders, np.int64).reshape(-1, len(ends) + 1))


def _receive(cursor, query: SQL, types: dict[str, str], content: BinaryIO) -> int:
    """Put the rows of a query into a file as they come. Returns their number."""
    cursor.copy_expert(f"COPY ({_text(cursor, query)}) TO STDOUT (FORMAT binary)", content)
    content.flush()
    return (content.tell() - len(HEADER) - len(TRAILER)) // _wire(types).itemsize


def _received(content: BinaryIO, types: dict[str, str], count: int):
    """(place, rows) of what :func:`_receive` has put into a file, some at a time."""
    layout = _wire(types)
    for start in range(0, count, ROWS):
        size = min(ROWS, count - start) * layout.itemsize
        yield start, np.frombuffer(os.pread(content.fileno(), size, len(HEADER) + start * layout.itemsize), layout)


def _wire(types: dict[str, str]) -> np.dtype:
    fields = [("fields", ">i2")]
    for name, kind in types.items():
        fields += [(f"size {name}", ">i4"), (name, WIDE[kind])]
    return np.dtype(fields)


def _native(kind: str) -> str:
    return WIDE[kind].replace(">", "=")


@contextmanager
def many_rows(cursor):
    """Within, PostgreSQL may read with several processes: by its own reckoning handing over many rows costs more than that saves."""
    cursor.execute("SET LOCAL parallel_tuple_cost = 0; SET LOCAL jit = off")
    yield
    cursor.execute("SET LOCAL parallel_tuple_cost TO DEFAULT; SET LOCAL jit TO DEFAULT")


def stage(cursor, table: str, columns: tuple[Column, ...], rows: Columns) -> None:
    """Put rows into a temporary table of numbers, from where :meth:`Column.written` writes them."""
    names = SQL(", ").join(SQL("%s %s", SQL.identifier(column.name), SQL(column.type)) for column in columns)
    cursor.execute(SQL("CREATE TEMPORARY TABLE IF NOT EXISTS %s (%s) ON COMMIT DELETE ROWS", SQL.identifier(table), names))
    cursor.execute(SQL("TRUNCATE %s", SQL.identifier(table)))
    stream = _stream([(column.name, WIDE[column.type], rows[column.name]) for column in columns])
    _copy(cursor, table, [column.name for column in columns], [stream])


def append(cursor, table: str, columns: tuple[Column, ...], rows: Columns, shared: dict[str, bool | int]) -> list[int]:
    """Append rows to a stored table, with ids of its sequence. Returns the ids.

    ``shared``: further columns in which all rows have the same: whether, or when, in microseconds since 2000.
    """
    count = len(rows[columns[0].name])
    if not count:
        return []
    drawn = SQL("SELECT nextval(%s::regclass)::int4 FROM generate_series(1, %s)", _sequence(table), count)
    ids = fetch(cursor, drawn, {"id": "int4"})["id"]
    _copy(cursor, table, _names(columns, shared), _pieces(columns, rows, shared, ids))
    return ids.tolist()


class Filler:
    """Writes to a table while nobody else takes ids of its sequence, as within :func:`filled_at_once`: rows are made ready without the connection."""

    def __init__(self, cursor, table: str, columns: tuple[Column, ...], shared: dict[str, bool | int]):
        """``columns`` and ``shared`` as in :func:`append`."""
        self.table, self.columns, self.shared = table, columns, shared
        cursor.execute(SQL("SELECT nextval(%s::regclass)", _sequence(table)))
        [self.next] = cursor.fetchone()

    def ready(self, rows: Columns) -> tuple[range, list[bytes]]:
        """The ids that these rows get, and what :meth:`send` takes."""
        ids = range(self.next, self.next + len(rows[self.columns[0].name]))
        self.next = ids.stop
        return ids, _pieces(self.columns, rows, self.shared, np.array(ids)) if ids else []

    def send(self, cursor, pieces: list[bytes]) -> None:
        """Write what is ready."""
        _copy(cursor, self.table, _names(self.columns, self.shared), pieces)

    def end(self, cursor) -> None:
        """Leave the ids that follow to everybody."""
        cursor.execute(SQL("SELECT setval(%s::regclass, %s, FALSE)", _sequence(self.table), self.next))


def _sequence(table: str) -> str:
    return f"{table}_id_seq"


def _names(columns: tuple[Column, ...], shared: dict[str, bool | int]) -> list[str]:
    return ["id", *shared, *(column.name for column in columns)]


def _pieces(columns: tuple[Column, ...], rows: Columns, shared: dict[str, bool | int], ids: np.ndarray) -> list[bytes]:
    """What is sent of some rows, at least one. Rows whose fields look alike, with the same words and nulls, are equally long: each such form is one piece."""
    form = np.zeros(len(ids), np.int64)
    for column in columns:
        form = form * (len(column.words) + 2) + column.form(rows[column.name])
    order = np.argsort(form, kind="stable")
    pieces = []
    borders = np.flatnonzero(np.diff(form[order])) + 1
    for place, own_ids in zip(np.split(order, borders), np.split(ids, borders), strict=True):
        fields = [("id", ">i4", own_ids)]
        fields += [(name, "?" if isinstance(value, bool) else ">i8", np.full(len(place), value)) for name, value in shared.items()]
        pieces.append(_stream(fields + [column.field(rows[column.name][place]) for column in columns]))
    return pieces


@contextmanager
def filled_at_once(cursor, tables: tuple[str, ...]):
    """While empty tables are filled, their indexes wait, but those that other tables refer to: making them afterwards takes a fraction of the time.
    In one transaction.

    Yields whether they are empty; if so nobody else reads or writes them until the transaction ends. Otherwise nothing is done.
    """
    filled = SQL(" OR ").join(SQL("EXISTS (SELECT FROM %s)", SQL.identifier(table)) for table in tables)
    cursor.execute(SQL("SELECT %s", filled))
    if cursor.fetchone()[0]:
        yield False
        return
    cursor.execute(
        """
        SELECT relname, indrelid::regclass::text, pg_get_indexdef(indexrelid), obj_description(indexrelid, 'pg_class'), pg_get_constraintdef(own.oid)
          FROM pg_index
          JOIN pg_class ON pg_class.oid = indexrelid
          LEFT JOIN pg_constraint own ON own.conindid = indexrelid AND own.conrelid = indrelid
         WHERE indrelid = ANY(%s::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype = 'f')
        """,
        [list(tables)],
    )
    indexes = cursor.fetchall()
    for name, table, _definition, _comment, constraint in indexes:
        if constraint:
            cursor.execute(SQL("ALTER TABLE %s DROP CONSTRAINT %s", SQL(table), SQL.identifier(name)))
        else:
            cursor.execute(SQL("DROP INDEX %s", SQL.identifier(name)))
    yield True
    for name, table, definition, comment, constraint in indexes:
        if constraint:
            cursor.execute(SQL("ALTER TABLE %s ADD CONSTRAINT %s %s", SQL(table), SQL.identifier(name), SQL(constraint)))
        else:
            cursor.execute(definition)
            # By it Odoo knows whether the index is still the one that the model asks for.
            cursor.execute(SQL("COMMENT ON INDEX %s IS %s", SQL.identifier(name), comment))


def _stream(fields: list[tuple[str, str | list | None, np.ndarray]]) -> bytes:
    """Rows of equally long fields (name, numpy type or None for null, values)."""
    layout = [("fields", ">i2")]
    for name, kind, _values in fields:
        layout += [(f"size {name}", ">i4")] + ([(name, kind)] if kind else [])
    rows = np.empty(len(fields[0][2]), np.dtype(layout))
    rows["fields"] = len(fields)
    for name, kind, values in fields:
        rows[f"size {name}"] = np.dtype(kind).itemsize if kind else NULL
        if kind:
            rows[name] = values
    return rows.tobytes()


def _numeric(values: np.ndarray) -> np.ndarray:
    """Amounts as PostgreSQL turns floats into numbers, by their first fifteen digits; of 18 digits before the point at most."""
    size = np.abs(values)
    whole = np.floor(size)
    kept = 10.0 ** np.clip(14 - np.floor(np.log10(np.maximum(whole, 1))), 0, DECIMALS)
    parts = np.rint((size - whole) * kept)
    # What is rounded up to one belongs before the point.
    whole = np.where(parts == kept, whole + 1, whole).astype(np.int64)
    parts = np.rint(np.where(parts == kept, 0, parts) * (10.0**DECIMALS / kept)).astype(np.int64)
    rows = np.zeros(len(values), np.dtype(NUMERIC))
    rows["groups"], rows["weight"], rows["decimals"] = GROUPS, WHOLE_GROUPS - 1, DECIMALS
    rows["sign"] = np.where(values < 0, 0x4000, 0)
    for place in range(GROUPS):
        digits, behind = (whole, WHOLE_GROUPS - 1 - place) if place < WHOLE_GROUPS else (parts, GROUPS - 1 - place)
        rows["digits"][:, place] = digits // 10_000**behind % 10_000
    return rows


def _copy(cursor, table: str, names: list[str], pieces: list[bytes]) -> None:
    columns = ", ".join(f'"{name}"' for name in names)
    cursor.copy_expert(f'COPY "{table}" ({columns}) FROM STDIN (FORMAT binary)', io.BytesIO(b"".join([HEADER, *pieces, TRAILER])), BYTES)


def _text(cursor, query: SQL) -> str:
    return cursor.mogrify(query.code, query.params).decode()
