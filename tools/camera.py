"""Takes a screenshot with headless Chromium, spoken to through its DevTools protocol."""

import base64
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests
import websocket

SETTLED = """
(() => {
    const busy = document.querySelector(".o_loading_indicator, .o_blockUI, .o_view_sample_data_loading, .o_skeleton");
    const there = document.querySelector(".o_action_manager > *, #wrapwrap, .oe_login_form, .o_error_dialog");
    return document.readyState === "complete" && Boolean(there) && !busy;
})()
"""


class Session:
    """A user logged in to Odoo over JSON-RPC."""

    def __init__(self, address: str, database: str, login: str):
        self.address, self.http = address, requests.Session()
        answer = self.call("/web/session/authenticate", {"db": database, "login": login, "password": login})
        self.uid = answer["uid"]
        if not self.uid:
            raise SystemExit(f"cannot log in as {login}")

    def call(self, path: str, params: dict):
        answer = self.http.post(self.address + path, json={"jsonrpc": "2.0", "params": params}, timeout=120).json()
        if "error" in answer:
            raise SystemExit(answer["error"]["data"]["message"])
        return answer["result"]

    def language(self, code: str) -> None:
        args = [[self.uid], {"lang": code}]
        self.call("/web/dataset/call_kw/res.users/write", {"model": "res.users", "method": "write", "args": args, "kwargs": {}})

    def cookie(self) -> str:
        return self.http.cookies["session_id"]


class Browser:
    """A headless Chromium with one page."""

    def __init__(self, profile: str):
        words = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars"]
        self.process = subprocess.Popen(
            ["chromium", *words, "--remote-debugging-port=0", "--remote-allow-origins=*", f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        port_file = Path(profile, "DevToolsActivePort")
        limit = time.monotonic() + 30
        while not (port_file.exists() and port_file.read_text().count("\n")):
            if time.monotonic() > limit:
                raise SystemExit("Chromium did not start")
            time.sleep(0.05)
        port = port_file.read_text().split()[0]
        pages = requests.get(f"http://127.0.0.1:{port}/json", timeout=10).json()
        self.socket = websocket.create_connection(next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page"))
        self.number = 0

    def send(self, method: str, **params):
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def evaluate(self, script: str):
        return self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)["result"].get("value")

    def settle(self, seconds: float = 60, calm: float = 1.0) -> None:
        """Wait until nothing loads for ``calm`` seconds."""
        limit, since = time.monotonic() + seconds, None
        while time.monotonic() < limit:
            if self.evaluate(SETTLED):
                since = since or time.monotonic()
                if time.monotonic() - since > calm:
                    return
            else:
                since = None
            time.sleep(0.1)
        print("the page did not come to rest", file=sys.stderr)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def address_of(page: str) -> str:
    """The path of a page: as given, or of an action named by its external id."""
    return page if page.startswith("/") else f"/odoo/action-{page}"


def take(order: dict) -> None:
    session = Session(order["address"], order["database"], order["login"])
    session.language(order["lang"])
    # A session keeps the language in which it began.
    session = Session(order["address"], order["database"], order["login"])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
        try:
            mobile = order["width"] < 768
            browser.send(
                "Emulation.setDeviceMetricsOverride", width=order["width"], height=order["height"], deviceScaleFactor=1, mobile=mobile
            )
            if mobile:
                browser.send("Emulation.setTouchEmulationEnabled", enabled=True)
            browser.send("Network.setCookie", name="session_id", value=session.cookie(), url=order["address"])
            # The portal goes by this one.
            browser.send("Network.setCookie", name="frontend_lang", value=order["lang"], url=order["address"])
            if order["dark"]:
                browser.send("Network.setCookie", name="color_scheme", value="dark", url=order["address"])
            browser.send("Page.navigate", url=order["address"] + address_of(order["page"]))
            browser.settle()
            for selector in order["click"]:
                found = browser.evaluate(f"(e => e ? (e.click(), true) : false)(document.querySelector({json.dumps(selector)}))")
                if not found:
                    raise SystemExit(f"nothing to click at {selector}")
                browser.settle()
            picture = base64.b64decode(browser.send("Page.captureScreenshot", format="png")["data"])
            target = Path(order["file"])
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(picture)
        finally:
            browser.close()


if __name__ == "__main__":
    take(json.loads(sys.argv[1]))
