"""The queue of a salesperson's day: what is to be done, each customer once, in the order of the work."""

from collections.abc import Iterable
from dataclasses import dataclass, field

# What leads first. Visits and activities have a record of their own; the others are settled by any contact with the customer.
KINDS = ("callback", "visit", "activity", "call_list", "plan", "quotation", "at_risk", "reorder")
OWN = frozenset({"visit", "activity"})


@dataclass(frozen=True)
class Task:
    """One thing to do. ``at``: sorts tasks of a kind, an ISO day or moment. ``customer``: a commercial partner, or None if unknown."""

    kind: str
    id: int
    customer: int | None
    at: str = ""

    @property
    def key(self) -> tuple[str, int]:
        return self.kind, self.id


@dataclass
class Stop:
    """A step of the day: a task, and what else there is to say to the same customer on the occasion."""

    task: Task
    further: list[Task] = field(default_factory=list)


def queue(tasks: Iterable[Task], put_off: Iterable[tuple[str, int]] = ()) -> list[Stop]:
    """The stops of a day in the order of the work; every task is in exactly one of them.

    A visit and an activity are stops of their own. Whatever any contact settles is joined to the customer's first visit or
    activity, or else makes one stop, led by its most urgent kind. ``put_off``: keys that wait; a stop led by such a task is left out,
    and a further reason that waits is left out of its stop.
    """
    put_off = frozenset(put_off)
    ordered = sorted({task.key: task for task in tasks if task.key not in put_off}.values(), key=_urgency)
    stops, of_customer = [], {}
    for task in ordered:
        if task.kind in OWN:
            stops.append(Stop(task))
            if task.customer:
                of_customer.setdefault(task.customer, stops[-1])
    for task in ordered:
        if task.kind in OWN:
            continue
        if task.customer in of_customer:
            of_customer[task.customer].further.append(task)
            continue
        stops.append(Stop(task))
        if task.customer:
            of_customer[task.customer] = stops[-1]
    return sorted(stops, key=lambda stop: min(_urgency(task) for task in (stop.task, *stop.further) if _leads(stop, task)))


def _leads(stop: Stop, task: Task) -> bool:
    """A visit keeps its time, whatever else there is to say; a promised call-back brings an activity forward."""
    return task is stop.task or stop.task.kind != "visit"


def _urgency(task: Task) -> tuple:
    return KINDS.index(task.kind), task.at, task.id
