from datetime import date, datetime, timedelta

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from crm_lifecycle.domain.clock import moment, next_opening

JAKARTA, BRUSSELS = pytz.timezone("Asia/Jakarta"), pytz.timezone("Europe/Brussels")
ZONES = [
    JAKARTA,
    BRUSSELS,
    *(pytz.timezone(name) for name in ("UTC", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati", "Pacific/Pago_Pago")),
]


def test_beginning_of_a_day():
    # Jakarta is seven hours ahead of UTC; Brussels one hour in winter, two in summer.
    assert moment(date(2026, 11, 22), JAKARTA) == datetime(2026, 11, 21, 17)
    assert moment(date(2026, 11, 22), BRUSSELS) == datetime(2026, 11, 21, 23)
    assert moment(date(2026, 7, 22), BRUSSELS, 8.5) == datetime(2026, 7, 22, 6, 30)


@pytest.mark.parametrize(
    ("now", "zone", "expected"),
    [
        # 06:59, 08:00, 19:59 and 20:00 in Jakarta; 23:00 in Brussels.
        (datetime(2026, 11, 21, 23, 59), JAKARTA, datetime(2026, 11, 22, 1)),
        (datetime(2026, 11, 22, 1), JAKARTA, datetime(2026, 11, 22, 1)),
        (datetime(2026, 11, 22, 12, 59), JAKARTA, datetime(2026, 11, 22, 12, 59)),
        (datetime(2026, 11, 22, 13), JAKARTA, datetime(2026, 11, 23, 1)),
        (datetime(2026, 11, 22, 22), BRUSSELS, datetime(2026, 11, 23, 7)),
        # The night in which summer time ends is an hour longer.
        (datetime(2026, 10, 24, 20), BRUSSELS, datetime(2026, 10, 25, 7)),
    ],
)
def test_from_eight_to_twenty(now, zone, expected):
    assert next_opening(now, zone, 8, 20) == expected


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),
    st.sampled_from(ZONES),
    st.integers(4 * 4, 23 * 4),
    st.integers(1, 96),
)
def test_never_before_never_outside_never_later_than_needed(now, zone, opens, length):
    opens, closes = opens / 4, min(opens / 4 + length / 4, 24)
    found = next_opening(now, zone, opens, closes)
    shown = pytz.utc.localize(found).astimezone(zone)
    assert now <= found < now + timedelta(hours=25)
    assert opens <= shown.hour + shown.minute / 60 + shown.second / 3600 < closes
    assert next_opening(found, zone, opens, closes) == found
    if found > now:
        just_before = found - timedelta(seconds=1)
        assert next_opening(just_before, zone, opens, closes) == found
