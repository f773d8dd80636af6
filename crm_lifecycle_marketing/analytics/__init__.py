"""Set-based SQL: functions that return ``odoo.tools.SQL``."""
