"""Lets these tests import the addons' plain-Python ``domain`` packages without the addons' own ``__init__``, which needs Odoo."""

import sys
from pathlib import Path
from types import ModuleType

TOP = Path(__file__).parents[2]

for manifest in TOP.glob("*/__manifest__.py"):
    package = ModuleType(manifest.parent.name)
    package.__path__ = [str(manifest.parent)]
    sys.modules.setdefault(package.__name__, package)
