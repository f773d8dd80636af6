"""What the user sees of a load: progress, rate, and the reconciliation at its end."""

import csv
import sys
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from .reader import Bad

SHOWN = 50
WIDTH = 30


class Bar:
    """A progress bar on a terminal; a line at each tenth elsewhere."""

    def __init__(self, title: str, total: int, unit: str, stream=None):
        self.title, self.total, self.unit = title, max(total, 1), unit
        self.stream = stream or sys.stderr
        self.done = 0
        self.start = time.monotonic()
        self.drawn = 0.0
        self.tenth = 0

    def __enter__(self):
        return self

    def __exit__(self, kind, *_rest):
        if kind is None:
            self._draw("\n")
        elif self.stream.isatty():
            self.stream.write("\n")

    def __call__(self, count: int) -> None:
        self.to(self.done + count)

    def to(self, done: int) -> None:
        self.done = done
        if self.stream.isatty():
            if time.monotonic() - self.drawn > 0.1:
                self._draw("")
        elif self.tenth < (tenth := 10 * min(done, self.total) // self.total) < 10:
            self.tenth = tenth
            self._draw("\n")

    def _draw(self, end: str) -> None:
        self.drawn = time.monotonic()
        seconds = max(self.drawn - self.start, 0.001)
        share = min(self.done / self.total, 1)
        full = round(share * WIDTH)
        figures = f"{share:4.0%}  {self.done:,} {self.unit}  {self.done / seconds:,.0f}/s  {seconds:.1f} s"
        begin = "\r" if self.stream.isatty() else ""
        self.stream.write(f"{begin}  {self.title:<22} [{'#' * full}{'.' * (WIDTH - full)}] {figures}{end}")
        self.stream.flush()


def report_bad(bad: Sequence[Bad], path: Path | None) -> None:
    """Name every line that was not booked: the first ones on the screen, all of them in a file."""
    if not bad:
        return
    ordered = sorted(bad)
    print(f"lines not booked: {len(ordered):,}")
    for item in ordered[:SHOWN]:
        print(f"  line {item.line}: {item.reason}")
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as handle:
            writer = csv.writer(handle)
            writer.writerow(("line", "reason", "text"))
            writer.writerows(ordered)
        more = f"{len(ordered) - SHOWN:,} more, and all of them" if len(ordered) > SHOWN else "the same list"
        print(f"  {more} in {path}")


def statement(rows: Sequence[tuple[str, object]]) -> None:
    width = max(len(title) for title, _value in rows)
    for title, value in rows:
        shown = f"{value:,.2f}" if isinstance(value, Decimal) else f"{value:,}" if isinstance(value, int) else value
        print(f"  {title:<{width}}  {shown:>16}")
