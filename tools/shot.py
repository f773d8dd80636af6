"""``./workbench shot``: a picture of a page of the running demo."""

import json
import os
import subprocess
from argparse import Namespace

from . import debian, demo
from .database import Workshop
from .ground import ROOT, Failure
from .postgres import Server


def take(arguments: Namespace) -> int:
    """Hand the running demo's address to the camera, which needs the virtual environment."""
    found = demo.running()
    order = {**vars(arguments), "address": found["address"], "database": found["database"]}
    workshop = Workshop(Server())
    path = os.pathsep.join([workshop.environment["PATH"], str(debian.chromium())])
    done = subprocess.run(
        [str(workshop.bin / "python"), "-m", "tools.camera", json.dumps(order)],
        env={**workshop.environment, "PATH": path},
        cwd=ROOT,
        check=False,
    )
    if done.returncode:
        raise Failure(f"no picture of {arguments.page}", "check the address, the log-in and the selectors to click")
    return 0
