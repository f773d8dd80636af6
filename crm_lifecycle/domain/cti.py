"""What telephone systems report, read into events, and the events of a call settled into one picture of it.

Events come late, twice and out of order. What is known of a call is therefore a join: each part is the least, the
greatest or the most telling of what the events say, so that any order and any repetition gives the same call.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

NUMBER = ("number", "from", "caller", "phone", "callerid", "callerid_num")
CALLED = ("to", "called", "dnid")
# Whoever answered comes first: a group call names everybody it rings.
AGENT = ("answeringnumber", "agent", "agentemail", "agentextension", "user[]", "user", "extension", "queueextension")
CALL_ID = ("callid", "callsid", "uniqueid", "call_id")
STATE = ("dialcallstatus", "event", "callstatus", "calltype", "state", "status")
STARTED = ("callstarttimeutc", "start", "started_at")
ENDED = ("callendtimeutc", "end", "ended_at")
TIMESTAMP = ("timestamp", "eventtime")
DURATION = ("durationtimespan", "dialcallduration", "callduration", "billsec", "duration")
RECORDING = ("recordingurl", "recording_url", "recording")

RING, ANSWER, END = "ring", "answer", "end"
STATES = {
    **dict.fromkeys(("newcall", "ringing", "ring", "queued", "initiated", "new", "start"), (RING, None)),
    **dict.fromkeys(("answer", "answered", "in-progress", "inprogress", "up"), (ANSWER, True)),
    **dict.fromkeys(("hangup", "end", "ended"), (END, None)),
    **dict.fromkeys(("completed", "inbound", "outbound"), (END, True)),
    **dict.fromkeys(("busy", "no-answer", "noanswer", "failed", "canceled", "cancelled", "missed", "notanswered"), (END, False)),
}
DIRECTIONS = {
    **dict.fromkeys(("in", "inbound", "incoming", "missed"), "in"),
    **dict.fromkeys(("out", "outbound", "outgoing", "outbound-api", "outbound-dial", "notanswered"), "out"),
}
LONGEST = 250


class Unreadable(ValueError):
    """A report that says too little to be an event; its text says what is missing."""


@dataclass(frozen=True)
class Event:
    """One report. Times are naive UTC; ``agents`` and ``number`` as the telephone system writes them."""

    kind: str
    at: datetime
    direction: str = "in"
    number: str = ""
    called: str = ""
    agents: tuple[str, ...] = ()
    call_id: str = ""
    answered: bool | None = None
    started_at: datetime | None = None
    duration: int | None = None
    recording: str = ""

    def key(self) -> str:
        """What tells this call from others of the same telephone system."""
        if self.call_id:
            return f"id:{self.call_id}"
        start = (self.started_at or self.at).replace(microsecond=0)
        text = "|".join((self.number, min(self.agents, default=""), start.isoformat()))
        return "hash:" + hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Facts:
    """What is known of a call. ``user_id`` and ``agent_since``: where it last rang, or with ``agent_took`` who last took it, and when."""

    direction: str = "in"
    number: str = ""
    called: str = ""
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    duration: int = 0
    user_id: int | None = None
    agent_since: datetime | None = None
    agent_took: bool = False
    recording: str = ""

    @property
    def state(self) -> str:
        if not self.ended_at:
            return "talking" if self.answered_at else "ringing"
        return "done" if self.answered_at else "missed"

    @property
    def talk_seconds(self) -> int:
        if self.duration or not (self.answered_at and self.ended_at):
            return self.duration
        return max(0, int((self.ended_at - self.answered_at).total_seconds()))

    @property
    def wait_seconds(self) -> int:
        until = self.answered_at or self.ended_at
        return max(0, int((until - self.started_at).total_seconds())) if until and self.started_at else 0


def facts(event: Event, user_id: int | None = None) -> Facts:
    """What one event says of its call; ``user_id``: whom its agent is, if known."""
    answered_at = ended_at = None
    if event.kind == ANSWER:
        answered_at = event.at
    elif event.kind == END:
        ended_at = event.at
        if event.started_at and event.duration:
            ended_at = min(ended_at, event.started_at + timedelta(seconds=event.duration))
        if event.answered and event.duration != 0:
            answered_at = max(event.started_at or event.at, ended_at - timedelta(seconds=event.duration or 0))
    return Facts(
        direction=event.direction,
        number=event.number,
        called=event.called,
        started_at=event.started_at or event.at,
        answered_at=answered_at,
        ended_at=ended_at,
        duration=(event.duration or 0) if answered_at and ended_at else 0,
        user_id=user_id,
        agent_since=event.at if user_id else None,
        agent_took=bool(user_id and event.answered),
        recording=event.recording,
    )


def merge(one: Facts, other: Facts) -> Facts:
    """Both together; the order does not matter, and neither does saying the same twice."""

    def agent(known: Facts):
        return (known.user_id is not None, known.agent_took, known.agent_since or datetime.min, -(known.user_id or 0))

    taken = max(one, other, key=agent)
    return replace(
        one,
        direction=max(one.direction, other.direction),
        number=max(one.number, other.number, key=telling),
        called=max(one.called, other.called, key=telling),
        started_at=min(filter(None, (one.started_at, other.started_at)), default=None),
        answered_at=min(filter(None, (one.answered_at, other.answered_at)), default=None),
        ended_at=min(filter(None, (one.ended_at, other.ended_at)), default=None),
        duration=max(one.duration, other.duration),
        user_id=taken.user_id,
        agent_since=taken.agent_since,
        agent_took=taken.agent_took,
        recording=max(one.recording, other.recording),
    )


def telling(number: str) -> tuple[int, str]:
    """How much a spelling of a number tells: the more digits the more, so an extension gives way to a number."""
    return (sum(map(str.isdigit, number)), number)


def read_event(parameters: Mapping[str, str | Sequence[str]], now: datetime) -> Event:
    """The event in the parameters of a request, by any of the names that telephone systems use. Raises :class:`Unreadable`."""
    given: dict[str, list[str]] = {}
    for name, value in parameters.items():
        values = value if isinstance(value, list | tuple) else [value]
        cleaned = [text for each in values if isinstance(each, str | int | float) and (text := clean(str(each)))]
        if cleaned:
            given.setdefault(str(name).lower(), cleaned)

    def first(names: Iterable[str]) -> str:
        return next((given[name][0] for name in names if name in given), "")

    state = first(STATE).lower()
    if not state:
        raise Unreadable("no state: send one of event, CallStatus or CallType")
    if state not in STATES:
        raise Unreadable(f"unknown state: {state[:40]}")
    kind, answered = STATES[state]
    direction = DIRECTIONS.get(first(("direction",)).lower()) or DIRECTIONS.get(first(("calltype",)).lower()) or "in"
    number, called = first(NUMBER), first(CALLED)
    # Of an outgoing call, the other side is the one called, unless the report speaks of the other side only.
    if direction == "out" and called and "number" not in given:
        number, called = called, number
    agents = [agent for name in AGENT for agent in given.get(name, ())]
    agents.append(called)
    if first(("cause",)).lower() in ("noanswer", "busy", "cancel", "rejected"):
        answered = False
    event = Event(
        kind=kind,
        at=read_time(first(TIMESTAMP)) or (kind == END and read_time(first(ENDED))) or now,
        direction=direction,
        number=number,
        called=called,
        agents=tuple(dict.fromkeys(filter(None, (agent.lower() for agent in agents)))),
        call_id=first(CALL_ID),
        answered=True if kind == END and answered is None and given.get("answeringnumber") else answered,
        started_at=read_time(first(STARTED)),
        duration=read_duration(first(DURATION)),
        recording=first(RECORDING) if first(RECORDING).startswith(("https://", "http://")) else "",
    )
    if not event.number and not event.call_id:
        raise Unreadable("no number: send one of number, from, From, caller or phone")
    # A clock that runs ahead would keep a call ringing for ever.
    return replace(event, at=min(event.at, now), started_at=event.started_at and min(event.started_at, now))


def clean(text: str) -> str:
    """A value without what cannot be stored or shown; a placeholder that nobody filled in is empty; a space that was a + is one again."""
    if re.fullmatch(r"\[\w+\]|\$\{\w+\}", text):
        return ""
    if re.fullmatch(r" \d[\d ]{5,}", text):
        text = "+" + text[1:]
    return "".join(letter for letter in text if letter.isprintable()).strip()[:LONGEST]


def read_time(text: str) -> datetime | None:
    """A moment as naive UTC: ISO 8601, RFC 2822 or seconds since 1970."""
    if not text:
        return None
    try:
        if re.fullmatch(r"\d{9,11}(\.\d+)?", text):
            return datetime.fromtimestamp(float(text), timezone.utc).replace(tzinfo=None, microsecond=0)
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except (ValueError, OverflowError):
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, TypeError):
            return None
    if not 2000 < moment.year < 9999:
        return None
    if moment.tzinfo:
        moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
    return moment.replace(microsecond=0)


def read_duration(text: str) -> int | None:
    """Seconds, given as such or as h:mm:ss."""
    if re.fullmatch(r"\d{1,6}(\.\d+)?", text):
        return int(float(text))
    if re.fullmatch(r"(\d+:)?\d{1,2}:\d{1,2}(\.\d+)?", text):
        seconds = 0
        for part in text.split(":"):
            seconds = seconds * 60 + int(float(part))
        return seconds
    return None


FACT_NAMES = tuple(field.name for field in fields(Facts))
