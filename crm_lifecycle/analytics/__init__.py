"""Set-based SQL: functions that return ``odoo.tools.SQL``."""

from . import documents, health, journey, replay, stages, value
