"""Work that a thread does ahead."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def one_ahead(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """``work`` of each item in turn; while one result is used, a thread works on the next. What ``work`` raises is raised in its turn."""
    items = iter(items)
    with ThreadPoolExecutor(1) as aside:
        waiting = deque(aside.submit(work, item) for item in islice(items, 1))
        while waiting:
            result = waiting.popleft().result()
            waiting.extend(aside.submit(work, item) for item in islice(items, 1))
            yield result
