"""``./workbench demo``: the product served with a story in it."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from . import debian
from .database import PREFIX, Workshop, installed_files, odoo_version_line
from .ground import ADDONS, ROOT, STATE, Failure, fingerprint, locked, say, step
from .postgres import Server

DATABASE = f"{PREFIX}_demo"
RUNNING = STATE / "demo.json"
COUNTRY = "ID"
LOGINS = {
    "agent": "answers calls and complaints",
    "sales": "sells; sees own documents only",
    "accountant": "keeps the books",
    "manager": "sees everything and sets the rules",
    "customer": "a customer, in the portal",
}
TELL = """
from tools import story
env["ir.config_parameter"].set_param("web.base.url", "http://127.0.0.1:8069")
story.tell(env)
for bundle in ("web.assets_web", "web.assets_frontend", "web.assets_frontend_lazy", "web.assets_frontend_minimal"):
    compiled = env["ir.qweb"]._get_asset_bundle(bundle, css=True, js=True)
    compiled.js(), compiled.css()
env.cr.commit()
"""


def prepare(workshop: Workshop, reset: bool) -> str:
    """The demo database, with the addons as they are now; made anew if missing or ``reset``."""
    server = workshop.server
    key = fingerprint(installed_files())
    with locked(DATABASE):
        if reset:
            server.drop(DATABASE)
        if DATABASE not in server.databases(DATABASE):
            partial = f"{DATABASE}_partial"
            server.drop(partial)
            server.copy(workshop.product(COUNTRY), partial)
            with step("demo story"):
                workshop.run_odoo(partial, ["shell", "-d", partial, "--no-http"], "telling the demo story", stdin=TELL)
            server.query(f"COMMENT ON DATABASE \"{partial}\" IS '{key}'")
            server.rename(partial, DATABASE)
        elif server.query(f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{DATABASE}'") != [key]:
            with step("updating the addons in the demo"):
                workshop.run_odoo(DATABASE, ["-u", ",".join(ADDONS), "-i", ",".join(ADDONS), "--stop-after-init"], "updating the addons")
            server.query(f"COMMENT ON DATABASE \"{DATABASE}\" IS '{key}'")
    return DATABASE


def serve(port: int, reset: bool) -> int:
    """Serve the demo until Ctrl-C."""
    # A plain 'kill' ends it as cleanly as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    server = Server()
    with server.in_use():
        workshop = Workshop(server)
        odoo_version_line(workshop)
        database = prepare(workshop, reset)
        log = STATE / "log" / "demo.log"
        log.unlink(missing_ok=True)
        conf = workshop.configuration(database, "demo", http_port=port, logfile=log, max_cron_threads=1, list_db=False)
        settings = dict(line.split(" = ", 1) for line in conf.read_text().splitlines() if " = " in line)
        address = f"http://127.0.0.1:{settings['http_port']}"
        # Links and pictures in mails and PDFs lead to where the demo is served.
        server.query(f"UPDATE ir_config_parameter SET value = '{address}' WHERE key = 'web.base.url'", database)
        path = os.pathsep.join([workshop.environment["PATH"], str(debian.wkhtmltopdf() or "")])
        process = subprocess.Popen(
            [str(workshop.bin / "python"), "-m", "odoo"],
            env={**workshop.environment, "PATH": path, "ODOO_RC": str(conf)},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait_until_ready(process, address, log)
            RUNNING.write_text(json.dumps({"pid": process.pid, "workbench": os.getpid(), "address": address, "database": database}))
            say(f"\nServing at {address}/odoo   (Ctrl-C stops it)\n")
            for login, who in LOGINS.items():
                say(f"  {login:<11} password {login:<11} {who}")
            say(f"\nOdoo's log: {log}")
            return process.wait()
        finally:
            RUNNING.unlink(missing_ok=True)
            conf.unlink(missing_ok=True)
            end(process)


def wait_until_ready(process: subprocess.Popen, address: str, log: Path) -> None:
    limit = time.monotonic() + 120
    while time.monotonic() < limit:
        if process.poll() is not None:
            raise Failure("Odoo stopped at once", f"read the end of {log}")
        try:
            with urllib.request.urlopen(f"{address}/web/login", timeout=60) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.3)
    raise Failure("Odoo did not answer within two minutes", f"read the end of {log}")


def end(process: subprocess.Popen) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def running() -> dict:
    """Where the demo is served, as {pid, address, database}."""
    if RUNNING.exists():
        found = json.loads(RUNNING.read_text())
        if Path(f"/proc/{found['pid']}").exists():
            return found
    raise Failure("no demo is running", "start it with './workbench demo' in another terminal")


def stop_running() -> None:
    """Stop the demo that runs, if any."""
    try:
        found = running()
    except Failure:
        return
    os.kill(found["workbench"] if Path(f"/proc/{found['workbench']}").exists() else found["pid"], signal.SIGINT)
    limit = time.monotonic() + 30
    while Path(f"/proc/{found['pid']}").exists() and time.monotonic() < limit:
        time.sleep(0.2)


def odoo_command(words: list[str], database: str | None) -> int:
    """Run an Odoo command line on the demo database (or another) in this terminal."""
    server = Server()
    with server.in_use():
        workshop = Workshop(server)
        if not database and "-d" not in words:
            database = prepare(workshop, reset=False)
        conf = workshop.configuration(database or "", "command")
        command = [str(workshop.bin / "python"), "-m", "odoo", *words]
        try:
            return subprocess.run(command, env={**workshop.environment, "ODOO_RC": str(conf)}, cwd=ROOT, check=False).returncode
        finally:
            conf.unlink(missing_ok=True)
