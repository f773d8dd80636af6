"""Rules of loyalty as plain Python, without Odoo."""

from . import expiry, liability, lots, orders, rewards, tiers
