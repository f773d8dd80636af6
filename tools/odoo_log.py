"""What may stand in Odoo's log as WARNING or ERROR, and why. Everything else fails the build."""

import re
from pathlib import Path

ENTRY = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ (?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL) (?P<database>\S+) (?P<logger>[\w.\-]+): (?P<text>.*)$"
)

ALLOWED = {
    r"Running as user 'root' is a security risk": "the workbench runs for root too, on machines that are thrown away",
    r"missing --http-interface/http_interface": "our servers listen on the loopback address only, which the configuration sets",
    r"Missing widget: '?res_partner_many2one": "Odoo's own sale view names a widget of another addon",
}


def problems(log: Path) -> list[str]:
    """The entries of a log at level WARNING or above which are not allowed, each with the lines that follow it."""
    found: list[str] = []
    keep = False
    if not log.exists():
        return found
    for line in log.read_text(errors="replace").splitlines():
        entry = ENTRY.match(line)
        if entry:
            keep = entry["level"] in ("WARNING", "ERROR", "CRITICAL") and not any(re.search(text, line) for text in ALLOWED)
            if keep:
                found.append(line)
        elif keep and found[-1].count("\n") < 30:
            found[-1] += "\n    " + line
    return found
