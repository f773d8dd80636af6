"""``./workbench load``: past sales from a file into a database."""

import subprocess
import time
from argparse import Namespace
from pathlib import Path

from .database import Workshop, odoo_version_line
from .ground import ROOT, STATE, Failure, say
from .postgres import Server

DATABASE = "lifecycle_sales"
# The country of the shop whose sales the public file holds: its books are in pounds.
COUNTRY = "GB"


def load(arguments: Namespace) -> int:
    """Load ``arguments.file``; the database is made first if it is the default one and missing."""
    path = Path(arguments.file).absolute()
    if not path.is_file():
        raise Failure(f"there is no file {path}", "name a .csv or .csv.gz file in the layout of the UCI Online Retail file")
    server = Server()
    with server.in_use():
        workshop = Workshop(server)
        odoo_version_line(workshop)
        database = arguments.database or DATABASE
        if database not in server.databases(database):
            if arguments.database:
                raise Failure(f"there is no database {database}", "name one that exists, or leave --database out")
            server.copy(workshop.product(COUNTRY), database)
        words = ["--through-orm"] if arguments.through_orm else []
        status = run_sales(workshop, database, [path, *words, "--bad", STATE / "log" / f"load-{time.strftime('%Y%m%d-%H%M%S')}.csv"])
        if status == 0:
            say(f"loaded into the database {database}")
        return status


def run_sales(workshop: Workshop, database: str, words: list[object]) -> int:
    """Run the loader in Odoo's Python; its exit status."""
    conf = workshop.configuration(database, "load", log_level="warn")
    command = [workshop.bin / "python", "-m", "tools.sales", *words]
    try:
        environment = {**workshop.environment, "ODOO_RC": str(conf)}
        return subprocess.run([str(word) for word in command], cwd=ROOT, env=environment, check=False).returncode
    finally:
        conf.unlink(missing_ok=True)
