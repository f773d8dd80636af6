"""``./workbench test``: lint, plain-Python tests, and the addons' tests in a real Odoo with a real browser."""

import os
import subprocess
from argparse import Namespace
from collections.abc import Sequence

from . import debian
from .database import Workshop, odoo_version_line
from .ground import ADDONS, ROOT, STATE, Failure, say, step
from .postgres import Server

PLAIN = ROOT / "tests" / "domain"


def chosen(what: Sequence[str]) -> tuple[list[str], list[str]]:
    """The paths to hand to the plain-Python run and to the Odoo run."""
    if not what:
        return [str(PLAIN)], [*(f"{addon}/tests" for addon in ADDONS if (ROOT / addon / "tests").is_dir()), "tests"]
    plain, odoo = [], []
    for word in what:
        path = ROOT / word.split("::")[0]
        if not path.exists():
            raise Failure(f"there is no addon, folder or file '{word}'", f"name one of: {', '.join(ADDONS)}, tests, or a path below them")
        if path == PLAIN or PLAIN in path.parents:
            plain.append(word)
        elif word.strip("/") in ADDONS:
            odoo.append(f"{word.strip('/')}/tests")
        else:
            odoo.append(word)
    return plain, odoo


def lint(workshop: Workshop) -> bool:
    """Run ruff and pylint-odoo over the project; True if both found nothing."""
    python = str(workshop.bin / "python")
    clean = True
    commands = {
        "ruff": [python, "-m", "ruff", "check", "."],
        "ruff format": [python, "-m", "ruff", "format", "--check", "--quiet", "."],
        # One README at the top serves all addons; the tables searched whole are the few rows of a configuration; a large model has a file
        # for each of its aspects.
        "pylint-odoo": [
            python,
            "-m",
            "pylint",
            "--rcfile=setup.cfg",
            "--disable=missing-readme,no-search-all,consider-merging-classes-inherited",
            *ADDONS,
        ],
    }
    for name, command in commands.items():
        with step(name):
            clean &= subprocess.run(command, cwd=ROOT, env=workshop.environment, check=False).returncode == 0
    return clean


def pytest(workshop: Workshop, words: Sequence[str], environment: dict[str, str]) -> int:
    command = [str(workshop.bin / "python"), "-m", "pytest", "-p", "tools.pytest_plugin", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def run_tests(arguments: Namespace) -> int:
    plain, odoo = chosen(arguments.what)
    options = []
    if arguments.keyword:
        options += ["-k", arguments.keyword]
    if arguments.first:
        options.append("-x")
    failed = []
    server = Server()
    with server.in_use():
        workshop = Workshop(server)
        odoo_version_line(workshop)
        environment = {**workshop.environment, "WORKBENCH_HYPOTHESIS": "full" if arguments.full else "ci"}
        if not arguments.what and not arguments.keyword and not lint(workshop):
            failed.append("lint")
        if plain and pytest(workshop, ["-p", "no:odoo", *options, *plain], environment) not in (0, 5):
            failed.append("plain-Python tests")
        if odoo and run_odoo_tests(workshop, arguments, [*options, *odoo], environment) not in (0, 5 if arguments.keyword else 0):
            failed.append("Odoo tests")
    if failed:
        say(f"workbench: failed: {', '.join(failed)}")
        return 1
    return 0


def run_odoo_tests(workshop: Workshop, arguments: Namespace, words: Sequence[str], environment: dict[str, str]) -> int:
    """Run tests on a throw-away copy of a database into which the addons as they are now were installed."""
    environment["PATH"] = os.pathsep.join([environment["PATH"], *map(str, filter(None, [debian.chromium(), debian.wkhtmltopdf()]))])
    workshop.forget_dead("test")
    whole = not (arguments.what or arguments.keyword)
    database = workshop.fresh("test", workshop.bundled() if whole else workshop.product())
    log = STATE / "log" / f"test-{os.getpid()}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    conf = workshop.configuration(database, "test", logfile=log, screenshots=STATE / "screenshots", http_interface="127.0.0.1")
    environment |= {
        "ODOO_RC": str(conf),
        "WORKBENCH_LOG": str(log),
        "WORKBENCH_PRODUCT": workshop.product(),
    }
    workers = arguments.workers or (2 if whole else 1)
    if workers > 1:
        words = ["-n", str(workers), "--dist", "loadfile", *words]
    try:
        return pytest(workshop, ["--odoo-http", "--odoo-log-level=warn", *words], environment)
    finally:
        workshop.server.drop(database)
        conf.unlink(missing_ok=True)
        log.unlink(missing_ok=True)
