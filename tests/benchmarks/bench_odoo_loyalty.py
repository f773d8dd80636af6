"""Odoo's own tests of loyalty, sale_loyalty, website_sale_loyalty and pos_loyalty, with the addon installed and without it.

What fails without the addon (the distribution lacks a file, a tour is slow on a busy machine) may fail with it; nothing else may.
``LEG=with`` or ``LEG=without`` runs one half only; ``TAGS`` runs some tests only.
"""

import os
import re
import subprocess

from tools import debian
from tools.bench import figure
from tools.database import Workshop
from tools.ground import STATE
from tools.postgres import Server

SUITES = ["loyalty", "sale_loyalty", "website_sale_loyalty", "pos_loyalty"]
LEG = os.environ.get("LEG")
TAGS = os.environ.get("TAGS") or ",".join(f"/{suite}" for suite in SUITES)
RESULT = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")
FAILED = re.compile(r" (?:FAIL|ERROR): (\S+\.test_\S+)")


def run(workshop: Workshop, leg: str) -> tuple[int, set[str]]:
    """(number of tests, names of those that failed), on a database of its own."""
    database = workshop.fresh(f"suites{leg}", workshop.base())
    log = STATE / "log" / f"suites-{leg}-{os.getpid()}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    conf = workshop.configuration(database, f"suites{leg}", logfile=log, screenshots=STATE / "screenshots")
    path = os.pathsep.join([workshop.environment["PATH"], str(debian.chromium())])
    environment = {**workshop.environment, "PATH": path, "ODOO_RC": str(conf)}
    odoo = [str(workshop.bin / "python"), "-m", "odoo"]
    try:
        addons = ["website_sale_loyalty", "pos_loyalty", *(["crm_lifecycle_loyalty"] if leg == "with" else [])]
        subprocess.run([*odoo, "-i", ",".join(addons), "--stop-after-init"], env=environment, check=True)
        log.unlink(missing_ok=True)
        subprocess.run([*odoo, "-u", "loyalty", "--test-tags", TAGS, "--stop-after-init"], env=environment, check=False)
        text = log.read_text()
        failed = set(FAILED.findall(text))
        print(f"{leg}: the log is {log}; failed: {', '.join(sorted(failed)) or 'none'}", flush=True)
        return sum(int(match.group(3)) for match in RESULT.finditer(text)), failed
    finally:
        workshop.server.drop(database)
        conf.unlink(missing_ok=True)


def main() -> None:
    workshop = Workshop(Server())
    results = {leg: run(workshop, leg) for leg in ("without", "with") if LEG in (None, leg)}
    for leg, (count, failed) in results.items():
        figure(f"tests_{leg}_the_addon", count)
        figure(f"failed_{leg}_the_addon", len(failed))
    if len(results) == 2:
        figure("failed_only_with_the_addon", len(results["with"][1] - results["without"][1]), 0)
        figure("tests_with_over_without", results["with"][0] / results["without"][0], 1, at_least=True)


if __name__ == "__main__":
    main()
