"""A day of visits: in which order, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import asin, cos, radians, sin, sqrt

EARTH_KM = 6371.0


@dataclass(frozen=True)
class Place:
    """A customer to visit. ``position``: (latitude, longitude) in degrees, None where it is not known."""

    key: int
    position: tuple[float, float] | None = None
    zip: str = ""
    city: str = ""


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Kilometres between two positions along a great circle (haversine formula)."""
    (lat1, lon1), (lat2, lon2) = ((radians(value) for value in position) for position in (one, other))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


def route(places: Sequence[Place], start: tuple[float, float] | None = None) -> list[Place]:
    """The places in the order of a tour; every one once.

    With positions: always on to the nearest one, from ``start``, or from the one with the smallest key. Those without a position follow the
    last one of their zip code, or else of their city, that has one; the rest come last by city and zip code.
    """
    located = sorted((place for place in places if place.position), key=lambda place: place.key)
    ordered, here = [], start
    while located:
        nearest = min(located, key=lambda place: (distance(here, place.position), place.key)) if here else located[0]
        located.remove(nearest)
        ordered.append(nearest)
        here = nearest.position
    return _joined(ordered, sorted((place for place in places if not place.position), key=_area))


def length(places: Sequence[Place], start: tuple[float, float] | None = None) -> float:
    """Kilometres as the crow flies over the places whose position is known, in their order."""
    positions = [start, *(place.position for place in places)]
    known = [position for position in positions if position]
    return sum(distance(one, other) for one, other in zip(known, known[1:], strict=False))


def timetable(start: datetime, visits: int, stay: timedelta, travel: timedelta) -> list[tuple[datetime, datetime]]:
    """Beginning and end of each visit, with the way between two of them."""
    times = []
    for _number in range(visits):
        times.append((start, start + stay))
        start += stay + travel
    return times


def _area(place: Place) -> tuple:
    return place.city.casefold(), place.zip, place.key


def _joined(located: list[Place], others: list[Place]) -> list[Place]:
    """Each of ``others`` behind the last located place of its zip code or city, or else at the end, in the order given."""
    followers, rest = {place.key: [] for place in located}, []
    for place in others:
        near = [other for other in located if place.zip and other.zip == place.zip]
        near = near or [other for other in located if place.city and other.city.casefold() == place.city.casefold()]
        (followers[near[-1].key] if near else rest).append(place)
    return [stop for place in located for stop in (place, *followers[place.key])] + rest
