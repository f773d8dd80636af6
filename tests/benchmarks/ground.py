"""What benchmarks share: an environment on the throw-away database, and the scale."""

import os
import time
from contextlib import contextmanager

import odoo
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

LARGE = os.environ.get("BENCH_SCALE") == "large"


@contextmanager
def environment():
    """An environment of the superuser on the database that ``ODOO_RC`` names."""
    odoo.tools.config.parse_config([], setup_logging=True)
    (database,) = odoo.tools.config["db_name"]
    with Registry(database).cursor() as cursor:
        yield api.Environment(cursor, SUPERUSER_ID, {})


def timed(work):
    """(seconds that ``work`` took, what it returned)."""
    start = time.monotonic()
    result = work()
    return time.monotonic() - start, result


def processor_seconds(cr) -> float:
    """What this process and the database's process that serves it have taken so far: steadier than the clock where the machine does other work."""
    # In nanoseconds; /proc/…/stat counts in hundredths of a second.
    with open(f"/proc/{cr._cnx.info.backend_pid}/schedstat") as spent:
        return time.process_time() + int(spent.read().split()[0]) / 1e9
