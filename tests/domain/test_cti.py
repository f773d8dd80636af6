import hashlib
from datetime import datetime, timedelta
from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lifecycle.domain import signature
from crm_lifecycle.domain.cti import Event, Unreadable, clean, facts, merge, read_duration, read_event, read_time

NOW = datetime(2026, 3, 2, 9, 30)


def at(seconds):
    return NOW + timedelta(seconds=seconds)


def settle(events):
    return reduce(merge, (facts(event, user) for event, user in events))


def test_zammad():
    event = read_event(
        {
            "event": "newCall",
            "from": "493055571600",
            "to": "491711234567890",
            "direction": "in",
            "callId": "53ba82e2",
            "user[]": ["Alice", "Bob"],
        },
        NOW,
    )
    assert event == Event("ring", NOW, "in", "493055571600", "491711234567890", ("alice", "bob", "491711234567890"), "53ba82e2")
    event = read_event({"event": "hangup", "from": "4930", "to": "4922", "direction": "out", "callId": "f4", "cause": "noAnswer"}, NOW)
    assert (event.kind, event.number, event.called, event.answered) == ("end", "4922", "4930", False)


def test_3cx():
    event = read_event(
        {
            "CallType": "Inbound",
            "Number": "006281234567890",
            "Agent": "101",
            "AgentEmail": "[AgentEmail]",
            "DurationTimespan": "00:02:10",
            "CallStartTimeUTC": "2026-03-02T09:20:00Z",
        },
        NOW,
    )
    assert (event.kind, event.direction, event.agents, event.duration) == ("end", "in", ("101",), 130)
    assert event.started_at == datetime(2026, 3, 2, 9, 20)
    call = facts(event, 7)
    assert (call.state, call.talk_seconds, call.ended_at) == ("done", 130, datetime(2026, 3, 2, 9, 22, 10))
    for kind, direction, state in (("Missed", "in", "missed"), ("Outbound", "out", "done"), ("Notanswered", "out", "missed")):
        event = read_event({"CallType": kind, "Number": "0812", "Agent": "101"}, NOW)
        assert (event.direction, event.number, facts(event).state) == (direction, "0812", state)


def test_twilio():
    common = {"CallSid": "CA1", "From": "+6281234567890", "To": "+62224200199", "Direction": "inbound"}
    ring = read_event({**common, "CallStatus": "ringing"}, NOW)
    done = read_event({**common, "CallStatus": "completed", "CallDuration": "41", "Timestamp": "Mon, 02 Mar 2026 09:29:00 +0000"}, NOW)
    call = merge(facts(ring), facts(done))
    assert (call.state, call.talk_seconds, call.ended_at) == ("done", 41, datetime(2026, 3, 2, 9, 29))
    assert facts(read_event({**common, "CallStatus": "no-answer", "CallDuration": "0"}, NOW)).state == "missed"
    out = read_event(
        {**common, "From": "+62224200199", "To": "+6281234567890", "Direction": "outbound-dial", "CallStatus": "initiated"}, NOW
    )
    assert (out.direction, out.number) == ("out", "+6281234567890")


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"from": "0812"},
        {"event": "", "from": "0812"},
        {"event": "explode", "from": "0812"},
        {"event": "newCall"},
        {"event": {"a": 1}, "from": "1"},
        {"event": ["[CallType]"], "from": "0812"},
        {"event": [None], "from": [[]]},
    ],
)
def test_too_little(parameters):
    with pytest.raises(Unreadable):
        read_event(parameters, NOW)


@given(
    st.dictionaries(
        st.text(max_size=20), st.one_of(st.none(), st.text(), st.integers(), st.lists(st.one_of(st.text(), st.none(), st.booleans())))
    )
)
def test_any_parameters_are_an_event_or_unreadable(parameters):
    for state in ({}, {"event": "hangup", "callId": "1"}):
        try:
            event = read_event({**parameters, **state}, NOW)
        except Unreadable:
            continue
        assert all(len(text) <= 250 and text.isprintable() for text in (event.number, event.called, event.call_id, *event.agents))
        assert facts(event).state in ("ringing", "talking", "done", "missed")


def test_placeholders_and_lost_plus_signs():
    assert [clean(text) for text in ("[Agent]", "${CALLERID}", " 6281234567890", " 62 812 3456", "\x00a\nb", " Alice ")] == [
        "",
        "",
        "+6281234567890",
        "+62 812 3456",
        "ab",
        "Alice",
    ]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("", None), ("75", 75), ("75.9", 75), ("0:01:15", 75), ("01:15", 75), ("-1", None), ("1:2:3:4", None), ("9" * 30, None)],
)
def test_durations(text, seconds):
    assert read_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-02T09:00:00Z", datetime(2026, 3, 2, 9)),
        ("2026-03-02T16:00:00+07:00", datetime(2026, 3, 2, 9)),
        ("2026-03-02 09:00:00.123", datetime(2026, 3, 2, 9)),
        ("Mon, 02 Mar 2026 09:00:00 +0000", datetime(2026, 3, 2, 9)),
        ("1772442000", datetime(2026, 3, 2, 9)),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+23:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_times(text, moment):
    assert read_time(text) == moment


def test_a_clock_that_runs_ahead():
    event = read_event({"event": "answer", "callId": "1", "timestamp": "2026-03-02T11:00:00Z", "start": "2027-01-01T00:00:00Z"}, NOW)
    assert (event.at, event.started_at) == (NOW, NOW)


STORY = [
    (Event("ring", at(-60), "in", "+6281234567890", "022", ("101",), "c"), 1),
    (Event("ring", at(-55), "in", "+6281234567890", "022", ("102",), "c"), 2),
    (Event("answer", at(-50), "in", "+6281234567890", "022", ("102",), "c", answered=True), 2),
    (Event("end", at(-10), "in", "+6281234567890", "022", (), "c"), None),
]


def test_every_order_and_any_repetition_gives_the_same_call():
    expected = settle(STORY)
    assert (expected.state, expected.user_id, expected.wait_seconds, expected.talk_seconds) == ("done", 2, 10, 40)
    for order in permutations(STORY):
        assert settle([*order, *order[:2]]) == expected


def test_the_first_answer_and_whoever_took_it_count():
    ring, _other, answer, end = STORY
    again = (Event("answer", at(-30), "in", "+6281234567890", "022", (), "c", answered=True), None)
    late_ring = (Event("ring", at(-20), "in", "+6281234567890", "022", ("103",), "c"), 3)
    call = settle([ring, again, late_ring, answer, end])
    assert (call.answered_at, call.user_id) == (at(-50), 2)
    handed_over = (Event("answer", at(-15), "in", "+6281234567890", "022", ("104",), "c", answered=True), 4)
    assert settle([handed_over, ring, answer]).user_id == 4


def test_of_what_differs_the_first_end_and_the_fuller_number_count():
    call = settle(
        [
            (Event("end", at(-5), "in", "0812", "022", (), "c"), None),
            (Event("end", at(-9), "out", "anonymous caller", "022", (), "c"), None),
            (Event("end", at(-7), "in", "+6281234567890", "101", (), "c"), None),
        ]
    )
    assert (call.direction, call.number, call.called, call.ended_at) == ("out", "+6281234567890", "101", at(-9))


moments = st.integers(-500, 0).map(at)
events = st.builds(
    lambda event, user: (event, user),
    st.builds(
        Event,
        kind=st.sampled_from(["ring", "answer", "end"]),
        at=moments,
        direction=st.sampled_from(["in", "out"]),
        number=st.sampled_from(["", "101", "0812", "+62812"]),
        called=st.sampled_from(["", "022"]),
        call_id=st.just("c"),
        answered=st.sampled_from([None, True, False]),
        started_at=st.none() | moments,
        duration=st.none() | st.integers(0, 300),
        recording=st.sampled_from(["", "https://a", "https://b"]),
    ),
    st.none() | st.integers(1, 4),
)


@given(st.lists(events, min_size=1, max_size=6), st.randoms())
def test_settling_is_a_join(story, chance):
    shuffled = story * 2
    chance.shuffle(shuffled)
    assert settle(shuffled) == settle(story)


@given(events, events, events)
def test_settling_in_any_grouping(one, two, three):
    a, b, c = (facts(*each) for each in (one, two, three))
    assert merge(merge(a, b), c) == merge(a, merge(b, c)) and merge(a, b) == merge(b, a) and merge(a, a) == a


def test_only_a_web_address_is_a_recording():
    def recording(text):
        return read_event({"event": "hangup", "callId": "1", "RecordingUrl": text}, NOW).recording

    assert recording("https://api.example.com/r/1.mp3") == "https://api.example.com/r/1.mp3"
    for text in (
        "javascript:alert(1)",
        "data:text/html,<script>",
        "file:///etc/passwd",
        "/relative",
        "[RecordingUrl]",
        "JAVASCRIPT:https://x",
    ):
        assert recording(text) == ""


def test_key_without_a_call_id():
    def key(number="0812", agent="101", start="2026-03-02T09:00:00Z"):
        return read_event({"CallType": "Inbound", "Number": number, "Agent": agent, "CallStartTimeUTC": start}, NOW).key()

    assert key() == key()
    assert len({key(), key(number="0813"), key(agent="102"), key(start="2026-03-02T09:00:01Z")}) == 4


def test_twilio_signature():
    # The example of Twilio's own documentation.
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    parameters = {
        "CallSid": ["CA1234567890ABCDE"],
        "Caller": ["+12349013030"],
        "Digits": ["1234"],
        "From": ["+12349013030"],
        "To": ["+18005551212"],
    }
    assert signature.twilio("12345", url, parameters) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="
    assert signature.twilio("12345", url, dict(reversed(parameters.items()))) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="
    assert signature.is_twilio("12345", url, parameters, b"", "0/KCTR6DLpKmkAf8muzZqo1nDgQ=")
    for wrong in (url.replace("https", "http"), "https://mycompany.com/myapp.php?bar=2&foo=1"):
        assert not signature.is_twilio("12345", wrong, parameters, b"", "0/KCTR6DLpKmkAf8muzZqo1nDgQ=")


def test_twilio_signature_of_a_repeated_parameter_and_of_json():
    url = "https://mycompany.com/myapp.php"
    assert signature.twilio("12345", url, {"To": ["b", "a", "a"]}) == signature.twilio("12345", url, {"To": ["a", "b"]})
    body = b'{"CallSid": "CA1"}'
    signed = f"{url}?bodySHA256={hashlib.sha256(body).hexdigest()}"
    proof = signature.twilio("12345", signed, {})
    assert signature.is_twilio("12345", signed, {}, body, proof)
    assert not signature.is_twilio("12345", signed, {}, body + b" ", proof)


def test_generic_signature():
    good = signature.generic("secret", "1772443800", b"event=newCall")
    assert signature.is_generic("secret", "1772443800", b"event=newCall", "sha256=" + good.upper())
    assert not signature.is_generic("secret", "1772443801", b"event=newCall", good)
    assert not signature.is_generic("secret", "1772443800", b"event=hangup", good)
    assert not signature.is_generic("secret", "1772443800", b"event=newCall", "é")
    assert [signature.is_fresh(text, 1000) for text in ("1000", "1300", "1301", "699", "", "x", "９９９", "9" * 30)] == [
        True,
        True,
        False,
        False,
        False,
        False,
        False,
        False,
    ]
