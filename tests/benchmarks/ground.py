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
