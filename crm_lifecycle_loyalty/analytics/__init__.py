"""Set-based SQL of loyalty: functions that return :class:`odoo.tools.SQL`."""

from . import expiry, ledger, orders, rewards
