"""Set-based SQL of loyalty: functions that return :class:`odoo.tools.SQL`."""

from . import cockpit, events, expiry, ledger, liability, orders, rewards, tiers
