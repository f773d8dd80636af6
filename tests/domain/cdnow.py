"""CDNOW: purchases of 2,357 customers from January 1997 to June 1998 (Fader and Hardie), out of the package ``lifetimes``.

The package is never imported; only the files in it are read.
"""

from datetime import date
from importlib.util import find_spec
from pathlib import Path

import numpy as np

FOLDER = Path(find_spec("lifetimes").origin).parent / "datasets"
CALIBRATED_UNTIL = date(1997, 9, 30)


def summary():
    """(x, t_x, T, zbar): repeat purchases, weeks to the last one, weeks observed, and mean amount of the repeat purchases."""
    table = np.genfromtxt(FOLDER / "cdnow_customers_summary_with_transactions.csv", delimiter=",", names=True)
    return tuple(table[name] for name in ("x", "t_x", "T", "zbar"))


def split():
    """(x, t_x, T, y): the same up to 30 September 1997 from the purchases themselves, and purchase days in the 39 weeks after."""
    days: dict[str, set[date]] = {}
    for line in (FOLDER / "CDNOW_sample.txt").read_text().splitlines():
        _master, customer, day, _number, _amount = line.split()
        days.setdefault(customer, set()).add(date(int(day[:4]), int(day[4:6]), int(day[6:])))
    rows = []
    for bought in days.values():
        before = sorted(day for day in bought if day <= CALIBRATED_UNTIL)
        rows.append(
            (
                len(before) - 1,
                (before[-1] - before[0]).days / 7,
                (CALIBRATED_UNTIL - before[0]).days / 7,
                sum(day > CALIBRATED_UNTIL for day in bought),
            )
        )
    return tuple(np.array(rows, float).T)
