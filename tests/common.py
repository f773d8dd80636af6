"""Databases and servers of their own for tests that install, uninstall, kill or load."""

import unittest

from tools.database import Workshop
from tools.ground import ADDONS
from tools.postgres import Server

__all__ = ["ADDONS", "OwnDatabase"]


class OwnDatabase(unittest.TestCase):
    """A test on a database of its own, made from a prepared one and dropped afterwards."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.workshop = Workshop(Server())

    def database(self, template: str) -> str:
        """A fresh copy of a template (``self.workshop.base()`` or ``.product()``)."""
        name = self.workshop.fresh(f"own{self.id().rsplit('.', 1)[-1][:20]}".replace("_", "").lower(), template)
        self.addCleanup(self.workshop.server.drop, name)
        return name

    def shell(self, database: str, script: str) -> None:
        """Run Python in Odoo's shell; what it raises or logs fails the test."""
        self.workshop.run_odoo(database, ["shell", "-d", database, "--no-http"], "running a script", stdin=script)
