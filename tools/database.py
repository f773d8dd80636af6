"""Prepared databases: one with everything the addons depend on, one with the addons, and copies of them."""

import ast
import os
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import debian, odoo_log, python
from .ground import ADDONS, ROOT, STATE, Failure, fingerprint, free_ports, locked, run, say, step
from .postgres import Server

PREFIX = "lifecycle"
NOT_INSTALLED = ("tests", "static/tests", "static/description", "__pycache__", "readme")
TEMPLATES_KEPT = 24
# Change it when Workshop.base() makes something else than before.
BASE_RECIPE = "3"
# What the cross-addon tests need besides what the addons depend on.
ALSO_TESTED_WITH = ("sale_margin",)
# A copy of a database has no files of its own on disk, so all are kept in the database.
PREPARE = """
env["ir.config_parameter"].set_param("ir_attachment.location", "db")
env["ir.attachment"].force_storage()
env["res.lang"]._activate_and_install_lang("id_ID")
env.cr.commit()
"""
COMPILE_ALL = "env['ir.qweb']._pregenerate_assets_bundles()\nenv.cr.commit()\n"


def manifest(addon: str) -> dict:
    return ast.literal_eval((ROOT / addon / "__manifest__.py").read_text())


def foreign_needs() -> list[str]:
    """The addons of Odoo that ours depend on."""
    return sorted({need for addon in ADDONS for need in manifest(addon)["depends"] if need not in ADDONS} | set(ALSO_TESTED_WITH))


def installed_files(addons: Iterable[str] = ADDONS) -> list[Path]:
    """The files that decide what an installation of the addons gives."""
    files = []
    for addon in addons:
        for path in sorted((ROOT / addon).rglob("*")):
            inside = path.relative_to(ROOT / addon).as_posix()
            if path.is_file() and not any(
                inside == part or inside.startswith(f"{part}/") or f"/{part}/" in inside for part in NOT_INSTALLED
            ):
                files.append(path)
    return files


class Workshop:
    """Odoo, its Python and its server together: makes databases and runs Odoo's commands on them."""

    def __init__(self, server: Server):
        self.server = server
        with ThreadPoolExecutor() as pool:  # one of the two mostly unpacks, the other mostly downloads
            odoo, binaries = pool.submit(debian.odoo), pool.submit(python.environment)
            self.odoo, self.bin = odoo.result(), binaries.result()
        path = os.pathsep.join([str(self.bin), str(server.binaries), os.environ.get("PATH", "")])
        self.environment = {**server.environment, "PATH": path, "PYTHONUNBUFFERED": "1"}

    def configuration(self, database: str, purpose: str, **settings: object) -> Path:
        """Write a configuration file with free ports of its own and return its path."""
        http, gevent = free_ports(2, settings.pop("http_port", 0))
        addons_path = ",".join(str(path) for path in [ROOT, *self.odoo.addons])
        values = {
            "addons_path": addons_path,
            "data_dir": STATE / "data",
            "db_name": database,
            "dbfilter": f"^{database}$",
            "http_interface": "127.0.0.1",
            "http_port": http,
            "gevent_port": gevent,
            "list_db": False,
            "max_cron_threads": 0,
            "limit_time_cpu": 0,
            "limit_time_real": 0,
            "limit_memory_hard": 0,
            "limit_memory_soft": 0,
            "admin_passwd": "admin",
            **settings,
        }
        folder = STATE / "conf"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{purpose}-{os.getpid()}.conf"
        path.write_text("[options]\n" + "".join(f"{key} = {value}\n" for key, value in values.items()))
        return path

    def run_odoo(self, database: str, words: Sequence[object], what: str, log: Path | None = None, stdin: str | None = None) -> Path:
        """Run an Odoo command to its end on a database; a WARNING or an ERROR in its log is a failure. Returns the log's path."""
        log = log or STATE / "log" / f"{database}-{os.getpid()}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.unlink(missing_ok=True)
        conf = self.configuration(database, "run", logfile=log)
        try:
            run(
                [self.bin / "python", "-m", "odoo", *words],
                what,
                f"read {log}, mend what it says and run the same command again",
                env={**self.environment, "ODOO_RC": str(conf)},
                **({"input": stdin} if stdin is not None else {"stdin": None}),
            )
        except Failure as failure:
            failure.details = "\n".join(odoo_log.problems(log)[-5:]) or failure.details
            raise
        finally:
            conf.unlink(missing_ok=True)
        found = odoo_log.problems(log)
        if found:
            raise Failure(f"{what}: Odoo's log has warnings or errors", f"the whole log is {log}", "\n".join(found[:20]))
        return log

    def install(self, database: str, addons: Sequence[str], what: str) -> Path:
        return self.run_odoo(database, ["-i", ",".join(addons), "--stop-after-init"], what)

    def _template(self, name: str, title: str, make) -> str:
        """Make a template database once, under another name until it is whole."""
        with locked(name):
            if name not in self.server.databases(name):
                partial = f"{name}_partial"
                self.server.drop(partial)
                try:
                    with step(title):
                        make(partial)
                except BaseException:
                    self.server.drop(partial)
                    raise
                self.server.rename(partial, name)
        return name

    def base(self, country: str | None = None) -> str:
        """The template with Odoo's own addons and Indonesian, none of ours. ``country``: an ISO code whose chart of accounts is used."""
        needs = foreign_needs()
        key = fingerprint([self.odoo.version(), str(self.odoo.home), *needs, BASE_RECIPE])

        def make(name: str) -> None:
            words = ["db", "init", name, *(["--country", country] if country else [])]
            self.run_odoo_db(words)
            self.run_odoo(name, ["shell", "-d", name, "--no-http"], "preparing the database", stdin=PREPARE)
            self.install(name, needs, "installing Odoo's own addons")

        return self._template(f"{PREFIX}_base{country or ''}_{key}".lower(), "database with Odoo's own addons (once, about a minute)", make)

    def run_odoo_db(self, words: Sequence[str]) -> None:
        """``odoo db``: creates a database, so its configuration names none."""
        conf = self.configuration("", "db")
        conf.write_text("\n".join(line for line in conf.read_text().splitlines() if not line.startswith(("db_name", "dbfilter"))) + "\n")
        run(
            [self.bin / "python", "-m", "odoo", *words],
            "making a database",
            "run the same command again; './workbench clean' starts afresh",
            env={**self.environment, "ODOO_RC": str(conf)},
        )
        conf.unlink()

    def product(self, country: str | None = None) -> str:
        """The template with our addons freshly installed from the files as they are now."""
        base = self.base(country)
        key = fingerprint([base, *installed_files()])

        def make(name: str) -> None:
            self.server.copy(base, name)
            self.install(name, ADDONS, "installing the addons")

        kind = f"{PREFIX}_addons{country or ''}_".lower()
        name = self._template(f"{kind}{key}", "database with the addons", make)
        self._forget_old(kind, name)
        return name

    def bundled(self) -> str:
        """The product template with the browser's bundles compiled, so that no test waits half a minute for them."""
        product = self.product()

        def make(name: str) -> None:
            self.server.copy(product, name)
            self.run_odoo(name, ["shell", "-d", name, "--no-http"], "compiling the browser's bundles", stdin=COMPILE_ALL)

        kind = f"{PREFIX}_bundled_"
        name = self._template(product.replace(f"{PREFIX}_addons_", kind), "the browser's bundles", make)
        self._forget_old(kind, name)
        return name

    def _forget_old(self, kind: str, newest: str) -> None:
        old = [name for name in self.server.databases(kind) if name != newest and not name.endswith("_partial")]
        for name in old[: -TEMPLATES_KEPT or None]:
            with locked(f"copy-{name}"):
                self.server.drop(name)

    def fresh(self, purpose: str, template: str) -> str:
        """A throw-away copy of a template, named after this process so that two commands at once do not meet."""
        name = f"{PREFIX}_{purpose}_{os.getpid()}"
        self.server.drop(name)
        self.server.copy(template, name)
        return name

    def forget_dead(self, purpose: str) -> None:
        """Drop the throw-away databases of commands that were killed."""
        for name in self.server.databases(f"{PREFIX}_{purpose}_"):
            number = name.split("_")[2].split("-")[0]
            if number.isdigit() and not Path(f"/proc/{number}").exists():
                self.server.drop(name)


def odoo_version_line(workshop: Workshop) -> None:
    say(f"· Odoo {workshop.odoo.version()}, Python {workshop.bin.parent.name.removeprefix('python-')}, {time.strftime('%Y-%m-%d')}")
