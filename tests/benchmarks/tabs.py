"""Several tabs of one browser, logged in to Odoo, that note when a call's card becomes visible."""

import os
import time

import requests
import websocket

from tools import debian
from tools.camera import Browser, Session

WATCH = """
(() => {
    window.__cards = [];
    const seen = new Set();
    const visible = (card) => card.checkVisibility && card.checkVisibility() && card.getBoundingClientRect().height > 20;
    const look = () => {
        for (const card of document.querySelectorAll(".o_lifecycle_call")) {
            if (!seen.has(card.dataset.call) && visible(card)) {
                seen.add(card.dataset.call);
                // The frame after next has been painted with the card in it.
                requestAnimationFrame(() => requestAnimationFrame(() => window.__cards.push((performance.timeOrigin + performance.now()) / 1000)));
            }
        }
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
    return true;
})()
"""
COUNT = "document.querySelectorAll('.o_lifecycle_call').length"


class Tab(Browser):
    """One more page of a browser that runs."""

    def __init__(self, target: dict):
        self.socket = websocket.create_connection(target["webSocketDebuggerUrl"])
        self.number = 0


class Tabs:
    def __init__(self, profile: str, address: str, database: str, count: int, login: str = "admin"):
        os.environ["PATH"] = os.pathsep.join([os.environ["PATH"], str(debian.chromium())])
        self.browser = Browser(profile)
        with open(os.path.join(profile, "DevToolsActivePort")) as handle:
            port = handle.readline().strip()
        self.tabs: list[Browser] = []
        session = Session(address, database, login)
        while len(self.tabs) < count:
            # Each in a window of its own: a tab behind another one draws nothing.
            tab = self.browser
            if self.tabs:
                target = self.browser.send("Target.createTarget", url="about:blank", newWindow=True)["targetId"]
                pages = requests.get(f"http://127.0.0.1:{port}/json", timeout=10).json()
                tab = Tab(next(page for page in pages if page["id"] == target))
            self.tabs.append(tab)
            tab.send("Network.setCookie", name="session_id", value=session.cookie(), url=address)
            tab.send("Page.navigate", url=f"{address}/odoo/calls")
            tab.settle(180)
            tab.evaluate(WATCH)
        # The websocket connects a moment after the page is there.
        time.sleep(3)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.browser.close()

    def wait_for_card(self, since: float, seconds: float = 10) -> float | None:
        """When, after ``since``, a card became visible in any tab."""
        limit = time.time() + seconds
        while time.time() < limit:
            for tab in self.tabs:
                moments = [moment for moment in tab.evaluate("window.__cards") if moment > since]
                if moments:
                    return min(moments)
            time.sleep(0.02)
        return None

    def cards(self) -> int:
        return sum(tab.evaluate(COUNT) for tab in self.tabs)

    def wait_for_none(self, seconds: float = 5) -> int:
        """The number of cards that are left when none should be."""
        limit = time.time() + seconds
        while self.cards() and time.time() < limit:
            time.sleep(0.05)
        return self.cards()
