"""Odoo as firms run it: worker processes, a gevent port for the bus, and a proxy in front that sends each connection to its place."""

import os
import socket
import subprocess
import threading
import time
import urllib.request
from contextlib import contextmanager

from tools.database import Workshop
from tools.demo import end
from tools.ground import ROOT, STATE, Failure
from tools.postgres import Server


@contextmanager
def served(database: str, workers: int = 2):
    """(address, log file) of a database that is served by ``workers`` processes."""
    workshop = Workshop(Server())
    log = STATE / "log" / f"served-{os.getpid()}.log"
    conf = workshop.configuration(
        database, "served", workers=workers, proxy_mode=True, logfile=log, limit_time_cpu=120, limit_time_real=240, limit_request=65536
    )
    settings = dict(line.split(" = ", 1) for line in conf.read_text().splitlines() if " = " in line)
    # By its script, not by -m: the bus's process is started by the name that the server was started by.
    scripts = [workshop.odoo.home.parents[2] / "bin" / "odoo", workshop.odoo.home / "odoo-bin"]
    command = [str(workshop.bin / "python"), str(next(script for script in scripts if script.exists()))]
    environment = {**workshop.environment, "ODOO_RC": str(conf)}
    environment.pop("PYTHONPATH", None)
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, env=environment, cwd=ROOT, start_new_session=True, **quiet)
    try:
        with Proxy(int(settings["http_port"]), int(settings["gevent_port"])) as proxy:
            address = f"http://127.0.0.1:{proxy.port}"
            limit = time.monotonic() + 120
            while True:
                try:
                    urllib.request.urlopen(f"{address}/web/login", timeout=60).read()
                    break
                except OSError:
                    if process.poll() is not None or time.monotonic() > limit:
                        raise Failure("Odoo did not answer", f"read the end of {log}") from None
                    time.sleep(0.3)
            yield address, log
    finally:
        end(process)
        conf.unlink(missing_ok=True)


class Proxy:
    """Sends connections that begin with a request for /websocket to one port, all others to the other."""

    def __init__(self, http: int, gevent: int):
        self.http, self.gevent = http, gevent
        self.server = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.server.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self.server.close()

    def accept(self) -> None:
        while True:
            try:
                client, _address = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client: socket.socket) -> None:
        try:
            head = client.recv(65536)
            target = self.gevent if head.startswith(b"GET /websocket") else self.http
            with client, socket.create_connection(("127.0.0.1", target)) as upstream:
                upstream.sendall(head)
                back = threading.Thread(target=pump, args=(upstream, client), daemon=True)
                back.start()
                pump(client, upstream)
                back.join()
        except OSError:
            client.close()


def pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass
