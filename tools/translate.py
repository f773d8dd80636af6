"""``./workbench translate``: bring each addon's .pot and id.po in line with its source, and say what is not translated yet."""

import subprocess
from argparse import Namespace

from .database import Workshop
from .ground import ADDONS, ROOT, say
from .postgres import Server

MERGE = """
import sys, polib
template, target = polib.pofile(sys.argv[1]), sys.argv[2]
try:
    translation = polib.pofile(target, wrapwidth=0)
except OSError:
    translation = polib.POFile(wrapwidth=0)
translation.merge(template)
for entry in list(translation):
    if entry.obsolete:
        translation.remove(entry)
translation.metadata = {**template.metadata, "Language": "id", "PO-Revision-Date": template.metadata["POT-Creation-Date"]}
translation.save(target)
for entry in translation:
    if not entry.msgstr or "fuzzy" in entry.flags:
        print("   ", entry.msgid.replace("\\n", " ")[:150])
"""


def translate(arguments: Namespace) -> int:
    """Export the terms of the addons as they are now and merge them into the Indonesian translations. 1 if some are missing."""
    server = Server()
    missing = 0
    with server.in_use():
        workshop = Workshop(server)
        database = workshop.fresh("translate", workshop.product())
        try:
            for addon in arguments.addons or ADDONS:
                folder = ROOT / addon / "i18n"
                folder.mkdir(exist_ok=True)
                template = folder / f"{addon}.pot"
                workshop.run_odoo(database, ["i18n", "export", "-d", database, "-l", "pot", "-o", template, addon], "exporting terms")
                command = [str(workshop.bin / "python"), "-c", MERGE, str(template), str(folder / "id.po")]
                left = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
                missing += len(left)
                say("\n".join([f"{addon}: {len(left)} terms to translate", *left]))
        finally:
            server.drop(database)
    return 1 if missing else 0
