"""Rules of loyalty as plain Python, without Odoo."""

from . import rewards
