"""The PostgreSQL server: the one that ``PGHOST`` names, or one of our own inside the state folder."""

import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from . import debian
from .ground import STATE, Failure, fingerprint, locked, run, step

SETTINGS = {
    # Everything here can be made again, and a killed server process loses nothing even so (a power cut would).
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "jit": "off",
    "shared_buffers": "1GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "8GB",
    "max_connections": "200",
    "listen_addresses": "",
    "autovacuum_naptime": "20s",
}
MEMORY_REMEDY = "look at {log}; './workbench clean' starts afresh"


class Server:
    """How to reach the server: ``environment`` goes to every command that talks to it."""

    def __init__(self):
        self.own = not os.environ.get("PGHOST")
        self.binaries = debian.postgres_binaries()
        self.folder = STATE / "cluster"
        self.log = self.folder / "server.log"
        self.environment = dict(os.environ)
        libraries = [str(path) for path in debian.postgres_libraries()]
        if libraries:
            self.environment["LD_LIBRARY_PATH"] = ":".join(libraries)
        if self.own:
            self.environment |= {"PGHOST": str(self._socket_folder()), "PGPORT": "5432", "PGUSER": "odoo"}

    def _socket_folder(self) -> Path:
        folder = STATE / "run"
        if len(str(folder)) > 80:  # the address of a Unix socket is limited to 107 bytes
            folder = Path(tempfile.gettempdir()) / f"workbench-{os.getuid()}-{fingerprint([str(STATE)])}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _command(self, name: str, *words: object) -> list[object]:
        """A command of the cluster's owner: PostgreSQL refuses root, so root lends it to ``nobody``, who may look through root's folders but not write there."""
        command = [self.binaries / name, *words]
        if os.getuid() == 0:
            look = "+dac_read_search"
            command = [
                "setpriv",
                "--reuid",
                "nobody",
                "--regid",
                "nogroup",
                "--clear-groups",
                "--inh-caps",
                look,
                "--ambient-caps",
                look,
                *command,
            ]
        return command

    def start(self) -> None:
        """Start the server of our own unless it runs."""
        if not self.own:
            self.query("SELECT 1", "postgres")
            return
        remedy = MEMORY_REMEDY.format(log=self.log)
        with locked("cluster"):
            self.folder.mkdir(parents=True, exist_ok=True)
            root = os.getuid() == 0
            if root:
                shutil.chown(self.folder, "nobody", "nogroup")
                shutil.chown(self.environment["PGHOST"], "nobody", "nogroup")
            content = self.folder / "content"
            if not (self.folder / "made").exists():
                with step("PostgreSQL cluster"):
                    run(["rm", "-rf", content], "clearing a half-made cluster", remedy)
                    words = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--username=odoo", "--no-sync", "-D", content]
                    run(self._command("initdb", *words), "making a PostgreSQL cluster", remedy, env=self.environment)
                    with (content / "postgresql.auto.conf").open("a") as handle:
                        handle.writelines(f"{key} = '{value}'\n" for key, value in SETTINGS.items())
                    (self.folder / "made").touch()
            if not self.running():
                options = f"-k '{self.environment['PGHOST']}'"
                words = ["-D", content, "-l", self.log, "-o", options, "-w", "-t", "60", "start"]
                run(self._command("pg_ctl", *words), "starting PostgreSQL", remedy, env=self.environment, stdin=None)

    def running(self) -> bool:
        try:
            run(self._command("pg_ctl", "-D", self.folder / "content", "status"), "asking PostgreSQL", "", env=self.environment)
        except Failure:
            return False
        return True

    def stop(self) -> None:
        if self.own and (self.folder / "made").exists() and self.running():
            words = ["-D", self.folder / "content", "-m", "fast", "-w", "stop"]
            run(self._command("pg_ctl", *words), "stopping PostgreSQL", f"look at {self.log}", env=self.environment)

    @contextmanager
    def in_use(self):
        """Start the server, keep it while any workbench command needs it, and let the last one stop it.

        The kernel drops a killed command's share, so whoever comes next still counts right.
        """
        users = STATE / "locks" / "cluster.users"
        users.parent.mkdir(parents=True, exist_ok=True)
        with open(users, "w") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH)
            self.start()
            try:
                yield self
            finally:
                if self.own and not (STATE / "keep-server").exists():
                    try:
                        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    except BlockingIOError:
                        pass
                    else:
                        self.stop()

    def query(self, sql: str, database: str = "postgres") -> list[str]:
        """The lines that a statement prints, columns parted by ``|``."""
        words = [self.binaries / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql]
        remedy = "check PGHOST, PGPORT, PGUSER and PGPASSWORD" if not self.own else MEMORY_REMEDY.format(log=self.log)
        return run(words, "asking PostgreSQL", remedy, env=self.environment).splitlines()

    def databases(self, prefix: str) -> list[str]:
        return self.query(f"SELECT datname FROM pg_database WHERE starts_with(datname, '{prefix}') ORDER BY oid")

    def drop(self, name: str) -> None:
        self.query(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def copy(self, template: str, name: str) -> None:
        """A new database from a template that nobody is connected to."""
        with locked(f"copy-{template}"):
            self.query(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def rename(self, name: str, new: str) -> None:
        self.query(f'ALTER DATABASE "{name}" RENAME TO "{new}"')
