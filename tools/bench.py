"""``./workbench bench``: runs the benchmarks in ``tests/benchmarks``, each figure beside its bound.

A benchmark is a module ``bench_NAME.py`` run in Odoo's Python, on a throw-away database with the addons (``ODOO_RC`` names it). It reads
``BENCH_SCALE`` (small or large) and prints its figures with :func:`figure`.
"""

import os
import platform
import re
import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path

from .ground import ROOT, Failure, say

FOLDER = ROOT / "tests" / "benchmarks"
RECORD = ROOT / "docs" / "benchmarks.md"
FIGURE = re.compile(r"^figure (?P<name>\S+) (?P<value>\S+) (?P<bound>\S+) (?P<verdict>ok|short)$")


def figure(name: str, value: float, bound: float | None = None, at_least: bool = False) -> None:
    """Print a figure beside its bound, an upper one unless ``at_least``; without a bound it is for comparison only."""
    fits = bound is None or (value >= bound if at_least else value <= bound)
    limit = "-" if bound is None else f"{'>=' if at_least else '<='}{bound:g}"
    shown = f"{value:.0f}" if value >= 1000 else f"{value:.4g}"
    print(f"figure {name} {shown} {limit} {'ok' if fits else 'short'}", flush=True)


def run_benchmarks(arguments: Namespace) -> int:
    from .database import Workshop, odoo_version_line
    from .postgres import Server

    known = {path.stem.removeprefix("bench_"): path for path in sorted(FOLDER.glob("bench_*.py"))}
    names = []
    for word in arguments.names or [""]:
        # "engine" also names "engine_…".
        found = [name for name in known if not word or name == word or name.startswith(f"{word}_")]
        if not found:
            raise Failure(f"there is no benchmark '{word}'", f"name some of: {', '.join(known)}")
        names += found
    server = Server()
    found, failed = [], []
    with server.in_use():
        workshop = Workshop(server)
        odoo_version_line(workshop)
        workshop.forget_dead("bench")
        for name in names:
            say(f"· {name}, {arguments.scale}")
            figures, status = run_one(workshop, known[name], arguments.scale)
            found += [(name, *each) for each in figures]
            if status or not figures:
                failed.append(name)
        version = server.query("SHOW server_version")[0]
        if arguments.write:
            record(arguments, found, workshop.odoo.version(), version)
    short = [f"{name} {each}" for name, each, _value, _bound, verdict in found if verdict == "short"]
    if failed:
        say(f"workbench: benchmarks that failed: {', '.join(failed)}")
    if short:
        say(f"workbench: short of the bound: {', '.join(short)}")
    return 1 if failed or short else 0


def run_one(workshop, path: Path, scale: str) -> tuple[list[tuple[str, str, str, str]], int]:
    """The figures a benchmark printed, and its exit status."""
    database = workshop.fresh("bench", workshop.product())
    conf = workshop.configuration(database, "bench", log_level="warn")
    environment = {**workshop.environment, "ODOO_RC": str(conf), "BENCH_SCALE": scale, "PYTHONPATH": str(ROOT)}
    figures = []
    try:
        # Odoo's package is empty until its ``init`` has run.
        script = f"import odoo.init, runpy; runpy.run_module('tests.benchmarks.{path.stem}', run_name='__main__')"
        command = [str(workshop.bin / "python"), "-c", script]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout:
                sys.stdout.write(line)
                sys.stdout.flush()
                if matching := FIGURE.match(line.strip()):
                    figures.append(matching.group("name", "value", "bound", "verdict"))
        return figures, process.returncode
    finally:
        workshop.server.drop(database)
        conf.unlink(missing_ok=True)


def record(arguments: Namespace, found, odoo: str, postgres: str) -> None:
    """Append the figures, and what they were taken on, to the record of benchmarks."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    words = ["./workbench bench", *arguments.names, f"--scale {arguments.scale}"]
    lines = [
        f"\n## {time.strftime('%Y-%m-%d %H:%M')}: `{' '.join(words)}`\n",
        f"{os.cpu_count()} cores, {memory:.0f} GB, Odoo {odoo}, PostgreSQL {postgres.split()[0]}, Python {platform.python_version()}\n",
        "| benchmark | figure | value | bound | |\n|---|---|---|---|---|",
        *(f"| {name} | {each} | {value} | {bound} | {verdict} |" for name, each, value, bound, verdict in found),
    ]
    RECORD.parent.mkdir(exist_ok=True)
    if not RECORD.exists():
        RECORD.write_text(
            "# Benchmarks\n\nWhat `./workbench bench --write` measured, newest last. A bound `-` marks a figure for comparison.\n"
        )
    with RECORD.open("a") as handle:
        handle.write("\n".join(lines) + "\n")
