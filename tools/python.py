"""The Python that runs Odoo, in a virtual environment of our own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import debian
from .ground import ROOT, STATE, Failure, fingerprint, locked, run, step

SUPPORTED = ("3.11", "3.12", "3.13", "3.10")
REQUIREMENTS = ROOT / "tools" / "requirements.txt"
DATA_ONLY = ROOT / "tools" / "requirements-no-deps.txt"
PROBE = "import sys, ensurepip, venv; print('%d.%d' % sys.version_info[:2])"


def candidates(name: str) -> list[Path]:
    """Where a command of this name may be: given as a path, on PATH, or among the versions whose switch (pyenv) is on PATH."""
    if "/" in name:
        return [Path(name)]
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    folders += [found for folder in folders if folder.name == "shims" for found in sorted(folder.parent.glob("versions/*/bin"))]
    return [folder / name for folder in folders if os.access(folder / name, os.X_OK)]


def interpreter() -> tuple[Path, str]:
    """A Python that Odoo 19 runs on, and its version: ``WORKBENCH_PYTHON`` if set, this one, or the first found on this machine."""
    wanted = os.environ.get("WORKBENCH_PYTHON")
    names = [wanted, f"python{wanted}"] if wanted else [sys.executable, *(f"python{version}" for version in SUPPORTED)]
    for path in (path for name in names for path in candidates(name)):
        answer = subprocess.run([path, "-c", PROBE], capture_output=True, text=True, check=False).stdout.strip()
        if answer in SUPPORTED:
            return path, answer
    raise Failure(
        f"no usable Python found: Odoo 19 needs {', '.join(sorted(SUPPORTED))} with its venv module"
        + (f"; asked for {wanted}" if wanted else ""),
        "install one, e.g. apt-get install python3 python3-venv, or name one in WORKBENCH_PYTHON",
    )


def environment() -> Path:
    """The virtual environment's ``bin`` folder, with Odoo importable and everything that Odoo, the addons and their tests need."""
    python, version = interpreter()
    folder = STATE / f"python-{version}"
    with locked(folder.name):
        complete = folder / "complete"
        wanted = fingerprint([REQUIREMENTS, os.environ.get("ODOO_HOME", ""), str(folder)])
        if not complete.exists() or complete.read_text() != wanted:
            complete.unlink(missing_ok=True)
            if not (folder / "bin" / "pip").exists():
                shutil.rmtree(folder, ignore_errors=True)
                with step(f"virtual environment of Python {version}"):
                    run([python, "-m", "venv", folder], "making a virtual environment", "install Python's venv module (python3-venv)")
            with step("Odoo's Python needs"):
                pip_install(folder, "--prefer-binary", "-r", REQUIREMENTS)
            site = next(folder.glob("lib/python*/site-packages"))
            (site / "odoo19.pth").write_text(f"{debian.odoo().home}\n")
            complete.write_text(wanted)
        data = folder / "complete-data"
        wanted = fingerprint([DATA_ONLY, str(folder)])
        if not data.exists() or data.read_text() != wanted:
            with step("data sets for tests"):
                pip_install(folder, "--no-deps", "-r", DATA_ONLY)
            data.write_text(wanted)
    return folder / "bin"


def pip_install(folder: Path, *words: str | Path) -> None:
    run(
        [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--quiet", "--no-compile", *words],
        "installing Odoo's Python needs",
        "check that pip can reach its index, then run the same command again",
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
