"""Rules of loyalty as plain Python, without Odoo."""

from . import expiry, lots, orders, rewards
