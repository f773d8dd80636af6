"""Moments of somebody's clock, in UTC and without a zone, as Odoo keeps them. Hours of the day are numbers: 8.5 is half past eight."""

from datetime import date, datetime, time, timedelta

import pytz


def moment(day: date, zone: pytz.BaseTzInfo, hour: float = 0) -> datetime:
    """When a clock in ``zone`` shows this hour (below 24) on a day, by default when the day begins."""
    minutes = round(hour * 60)
    return zone.localize(datetime.combine(day, time(minutes // 60, minutes % 60))).astimezone(pytz.utc).replace(tzinfo=None)


def next_opening(now: datetime, zone: pytz.BaseTzInfo, opens: float, closes: float) -> datetime:
    """The first moment from ``now`` on at which a clock in ``zone`` shows a time between two hours (``opens`` < ``closes`` <= 24)."""
    local = pytz.utc.localize(now).astimezone(zone)
    hour = local.hour + local.minute / 60 + local.second / 3600
    if opens <= hour < closes:
        return now
    return moment(local.date() + timedelta(days=hour >= closes), zone, opens)
