"""Packages of Debian, downloaded and unpacked without touching the system and without root."""

import os
import re
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from .ground import STATE, Failure, folder_once, locked, run, step

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
NETWORK_REMEDY = "check that 'apt-get update' works on this machine, then run the same command again"
LISTS_LAST = 24 * 3600


class Suite:
    """A Debian suite with apt state of our own; ``None`` is the machine's own sources."""

    def __init__(self, name: str | None = None):
        self.name = name
        self.folder = STATE / "apt" / (name or "own")

    def options(self) -> list[str]:
        words = [
            f"Dir::State::lists={self.folder}/lists",
            f"Dir::Cache={self.folder}/cache",
            "Debug::NoLocking=1",
            "APT::Sandbox::User=root",
            "Acquire::Retries=3",
        ]
        if self.name:
            words += ["Dir::Etc::sourcelist=/dev/null", f"Dir::Etc::sourceparts={self.folder}/parts"]
        return [part for word in words for part in ("-o", word)]

    def refresh(self) -> None:
        """Fetch the suite's package lists, unless those at hand are of today."""
        if not shutil.which("apt-get"):
            raise Failure(
                "this machine has no apt-get, from which Odoo 19 and its tools are taken",
                "use Debian or Ubuntu, or point ODOO_HOME to an Odoo 19 source tree, PGHOST to a PostgreSQL server and put chromium on PATH",
            )
        with locked(f"apt-{self.name or 'own'}"):
            stamp = self.folder / "lists" / "fetched"
            if stamp.exists() and time.time() - stamp.stat().st_mtime < LISTS_LAST:
                return
            for sub in ("parts", "lists/partial", "cache/archives/partial"):
                (self.folder / sub).mkdir(parents=True, exist_ok=True)
            if self.name:
                own = Suite()
                own.refresh()
                (self.folder / "parts" / "suite.sources").write_text(
                    f"Types: deb\nURIs: {own.archive()}\nSuites: {self.name}\nComponents: main\nSigned-By: {KEYRING}\n"
                )
            with step(f"package lists of {self.name or 'this machine'}"):
                run(["apt-get", *self.options(), "update"], "fetching Debian's package lists", NETWORK_REMEDY)
            stamp.touch()

    def archive(self) -> str:
        """The address of the Debian archive that this machine is set up for."""
        listing = run(
            ["apt-get", *self.options(), "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)", "Created-By: Packages"],
            "reading apt's sources",
            NETWORK_REMEDY,
        )
        for line in listing.splitlines():
            if line.startswith("Debian|Debian|"):
                return line.split("|", 2)[2]
        raise Failure(
            "apt on this machine has no Debian archive among its sources", "add one, or point ODOO_HOME to an Odoo 19 source tree"
        )

    def version(self, package: str) -> str:
        """The candidate version of a package."""
        self.refresh()
        shown = run(["apt-cache", *self.options(), "show", "--no-all-versions", package], f"looking up {package}", NETWORK_REMEDY)
        found = re.search(r"^Version: (.+)$", shown, re.MULTILINE)
        return found.group(1) if found else ""

    def download(self, packages: Sequence[str], folder: Path) -> None:
        """Download just these packages."""
        self.refresh()
        run(["apt-get", *self.options(), "download", *packages], f"downloading {packages[0]}", NETWORK_REMEDY, cwd=folder)

    def download_with_needs(self, packages: Sequence[str], folder: Path) -> None:
        """Download these packages and everything they need that this machine does not have."""
        self.refresh()
        archives = folder / "archives"
        (archives / "partial").mkdir(parents=True)
        command = ["apt-get", *self.options(), "-o", f"Dir::Cache::archives={archives}", "-y", "--no-install-recommends", "--download-only"]
        run([*command, "install", *packages], f"downloading {packages[0]}", NETWORK_REMEDY)
        for package in archives.glob("*.deb"):
            package.rename(folder / package.name)
        shutil.rmtree(archives)


def unpack(folder: Path) -> None:
    """Unpack every package in a folder into that folder, and drop the packages."""
    for package in sorted(folder.glob("*.deb")):
        run(["dpkg-deb", "-x", package, folder], f"unpacking {package.name}", "free some disk space and run the same command again")
        package.unlink()


def postgres_binaries() -> Path:
    """The folder with ``initdb``, ``postgres`` and ``psql``: this machine's, or else Debian's unpacked here."""
    for installed in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True):
        share = Path("/usr/share/postgresql") / installed.parts[-3]
        if (share / "extension" / "pg_trgm.control").exists():
            return installed.parent

    def build(folder: Path) -> None:
        suite = Suite()
        suite.refresh()
        needs = run(["apt-cache", *suite.options(), "depends", "postgresql"], "looking up PostgreSQL", NETWORK_REMEDY)
        major = re.search(r"postgresql-(\d+)", needs).group(1)
        suite.download([f"postgresql-{major}", f"postgresql-client-{major}", "libpq5"], folder)
        unpack(folder)

    folder = folder_once(STATE / "postgresql", "PostgreSQL", build)
    return next(folder.glob("usr/lib/postgresql/*/bin"))


def postgres_libraries() -> list[Path]:
    return list((STATE / "postgresql").glob("usr/lib/*-linux-gnu"))


FONT_ALIASES = {
    "Roboto": ("system-ui", "sans-serif", "Segoe UI", "Ubuntu", "Inter"),
    "Liberation Sans": ("Arial", "Helvetica"),
    "Liberation Serif": ("serif", "Times New Roman"),
    "Liberation Mono": ("monospace", "Courier New"),
}
FONTS_CONF = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{folder}/usr/share/fonts</dir><dir>/usr/share/fonts</dir><cachedir>{folder}/cache</cachedir>
  {aliases}
</fontconfig>
"""


def chromium() -> Path:
    """The folder that holds a command ``chromium``: this machine's, or Debian's unpacked here behind a small script."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return Path(found).parent

    folder = folder_once(STATE / "chromium", "Chromium", lambda folder: _download_program(["chromium"], folder))
    return _script(folder, "chromium", "usr/lib/chromium/chromium", "--no-sandbox")


def wkhtmltopdf() -> Path | None:
    """The folder that holds a command ``wkhtmltopdf``: this machine's, or Debian's. None where there is none: newer suites have it no more."""
    found = shutil.which("wkhtmltopdf")
    if found:
        return Path(found).parent
    target = STATE / "wkhtmltopdf"
    if not target.is_dir() and not (shutil.which("apt-get") and Suite().version("wkhtmltopdf")):
        return None
    folder = folder_once(target, "wkhtmltopdf", lambda folder: _download_program(["wkhtmltopdf"], folder))
    plugins = next(folder.glob("usr/lib/*/qt5/plugins"), "")
    return _script(folder, "wkhtmltopdf", "usr/bin/wkhtmltopdf", environment=f"QT_QPA_PLATFORM=offscreen QT_PLUGIN_PATH='{plugins}'")


def _download_program(packages: Sequence[str], folder: Path) -> None:
    fonts = ["fontconfig-config", "fonts-dejavu-core", "fonts-liberation", "fonts-roboto-unhinted"]
    Suite().download_with_needs([*packages, *fonts], folder)
    unpack(folder)


def _script(folder: Path, name: str, program: str, words: str = "", environment: str = "") -> Path:
    """A small script that runs an unpacked program with its own libraries and fonts. Returns the script's folder."""
    with locked(f"{name}-script"):
        script = folder / "bin" / name
        if not script.exists():
            script.parent.mkdir(exist_ok=True)
            aliases = "\n  ".join(
                f'<match><test name="family"><string>{alias}</string></test>'
                f'<edit name="family" mode="assign" binding="strong"><string>{font}</string></edit></match>'
                for font, names in FONT_ALIASES.items()
                for alias in names
            )
            (folder / "fonts.conf").write_text(FONTS_CONF.format(folder=folder, aliases=aliases))
            libraries = ":".join(sorted({str(path.parent) for path in folder.glob("usr/lib/**/*.so*")}))
            draft = script.with_suffix(".draft")
            draft.write_text(
                f"#!/bin/sh\nexport LD_LIBRARY_PATH='{libraries}' FONTCONFIG_FILE='{folder}/fonts.conf' {environment}\n"
                f"exec '{folder}/{program}' {words} \"$@\"\n"
            )
            draft.chmod(0o755)
            draft.rename(script)
    return script.parent


class Odoo:
    """An Odoo 19 source tree."""

    def __init__(self, home: Path):
        package = home / "odoo" / "release.py"
        if not package.exists():
            raise Failure(f"{home} holds no Odoo: there is no odoo/release.py in it", "point ODOO_HOME to an Odoo 19 source tree")
        found = re.search(r"^version_info = \((\d+), (\d+)", package.read_text(), re.MULTILINE)
        if not found or found.group(1) != "19":
            raise Failure(f"{home} holds another series of Odoo than 19", "point ODOO_HOME to an Odoo 19 source tree")
        self.home = home
        # A source tree keeps its addons in two folders, Debian's package all in one (and an incomplete copy beside it).
        inner = home / "odoo" / "addons"
        self.addons = [inner] if (inner / "account").is_dir() else [home / "addons", inner]

    def version(self) -> str:
        stamp = self.home.parents[3] / "version"
        return stamp.read_text().strip() if stamp.exists() else f"19.0 from {self.home}"


FONT_PACKAGES = {
    "sid": [
        "fonts-montserrat",
        "fonts-glyphicons-halflings",
        "fonts-ocr-b",
        "fonts-roboto-unhinted",
        "libjs-jquery",
        "libjs-jquery-form",
        "libjs-underscore",
    ],
    None: ["fonts-font-awesome", "fonts-inconsolata"],
}


def odoo() -> Odoo:
    """Odoo 19: the tree in ``ODOO_HOME``, or Debian's package unpacked here."""
    home = os.environ.get("ODOO_HOME")
    if home:
        return Odoo(Path(home).absolute())

    def build(folder: Path) -> None:
        suite = Suite("sid")
        version = suite.version("odoo-19")
        if not version:
            raise Failure("the Debian suite has no package odoo-19", "point ODOO_HOME to an Odoo 19 source tree")
        suite.download(["odoo-19", *FONT_PACKAGES["sid"]], folder)
        Suite().download(FONT_PACKAGES[None], folder)
        unpack(folder)
        packages = folder / "usr" / "lib" / "python3" / "dist-packages"
        # The package leaves this optional file out (blurred video backgrounds), and every page logs its absence.
        blur = packages / "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
        if not blur.exists():
            blur.parent.mkdir(parents=True, exist_ok=True)
            blur.write_text("")
        (folder / "version").write_text(version + "\n")

    folder = folder_once(STATE / "odoo", "Odoo 19", build)
    return Odoo(folder / "usr" / "lib" / "python3" / "dist-packages")
