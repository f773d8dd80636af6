"""The salesperson's day, tours and rhythm of contacts, by plain rules."""

from datetime import date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from crm_lifecycle.domain.contact_rhythm import next_contact, rhythm
from crm_lifecycle.domain.my_day import KINDS, OWN, Task, queue
from crm_lifecycle.domain.visit_tour import Place, distance, length, route, timetable

customers = st.one_of(st.none(), st.integers(1, 5))
days = st.sampled_from(["", "2026-03-01", "2026-03-02", "2026-03-02 09:00:00"])
tasks = st.lists(st.builds(Task, st.sampled_from(KINDS), st.integers(1, 6), customers, days), unique_by=lambda task: task.key, max_size=25)
positions = st.tuples(st.floats(-89, 89), st.floats(-179, 179))
places = st.lists(
    st.builds(
        Place,
        st.integers(1, 99),
        st.one_of(st.none(), positions),
        st.sampled_from(["", "401", "402"]),
        st.sampled_from(["", "Bandung", "bandung", "Bogor"]),
    ),
    unique_by=lambda place: place.key,
    max_size=12,
)


def all_of(stops):
    return [task for stop in stops for task in (stop.task, *stop.further)]


@given(tasks)
def test_every_task_is_in_one_stop(tasks):
    assert sorted(all_of(queue(tasks)), key=lambda task: task.key) == sorted(tasks, key=lambda task: task.key)


@given(tasks, st.randoms())
def test_the_order_of_the_documents_does_not_matter(tasks, chance):
    shuffled = list(tasks)
    chance.shuffle(shuffled)
    assert [(stop.task, stop.further) for stop in queue(tasks)] == [(stop.task, stop.further) for stop in queue(shuffled)]


@given(tasks)
def test_a_customer_comes_once_unless_visited_or_planned_more_often(tasks):
    stops = queue(tasks)
    for customer in range(1, 6):
        own = [stop for stop in stops if stop.task.customer == customer]
        if any(stop.task.kind in OWN for stop in own):
            assert all(stop.task.kind in OWN for stop in own)
        else:
            assert len(own) <= 1
    assert all(task.customer == stop.task.customer for stop in stops for task in stop.further)


@given(tasks)
def test_a_joint_stop_is_led_by_the_most_urgent(tasks):
    for stop in queue(tasks):
        if stop.task.kind not in OWN:
            assert all(KINDS.index(stop.task.kind) <= KINDS.index(task.kind) for task in stop.further)


@given(tasks, st.data())
def test_what_waits_is_not_there_and_nothing_else_is_lost(tasks, data):
    waiting = data.draw(st.sets(st.sampled_from([task.key for task in tasks]))) if tasks else set()
    found = {task.key for task in all_of(queue(tasks, waiting))}
    assert found == {task.key for task in tasks} - waiting


def test_a_day():
    stops = queue(
        [
            Task("reorder", 1, 7, "2026-03-01"),
            Task("plan", 2, 7, "2026-02-20"),
            Task("visit", 3, 8, "2026-03-02 13:00:00"),
            Task("visit", 4, 9, "2026-03-02 02:00:00"),
            Task("at_risk", 5, 9, "2026-01-01"),
            Task("callback", 6, None, "2026-03-01 08:00:00"),
            Task("activity", 7, 6, "2026-03-01"),
            Task("callback", 8, 6, "2026-03-02 08:00:00"),
            Task("quotation", 9, 5, "2026-02-26"),
        ]
    )
    assert [(stop.task.kind, stop.task.id, [task.kind for task in stop.further]) for stop in stops] == [
        ("callback", 6, []),
        ("activity", 7, ["callback"]),
        ("visit", 4, ["at_risk"]),
        ("visit", 3, []),
        ("plan", 2, ["reorder"]),
        ("quotation", 9, []),
    ]


def test_visits_keep_their_time_and_the_first_one_takes_the_rest():
    early, late = Task("visit", 1, 9, "2026-03-02 03:00:00"), Task("visit", 2, 9, "2026-03-02 08:00:00")
    other, callback = Task("visit", 3, 8, "2026-03-02 02:00:00"), Task("callback", 4, 9, "2026-03-01 08:00:00")
    stops = queue([late, early, other, callback, Task("plan", 5, 9)])
    assert [(stop.task.id, [task.kind for task in stop.further]) for stop in stops] == [(3, []), (1, ["callback", "plan"]), (2, [])]


@given(places, st.one_of(st.none(), positions))
def test_a_tour_calls_at_every_place_once(places, start):
    ordered = route(places, start)
    assert sorted(place.key for place in ordered) == sorted(place.key for place in places)
    assert ordered == route(list(reversed(places)), start)


@given(places, positions)
def test_the_next_place_is_the_nearest(places, start):
    here, left = start, [place for place in places if place.position]
    for place in (place for place in route(places, start) if place.position):
        assert distance(here, place.position) == min(distance(here, other.position) for other in left)
        left.remove(place)
        here = place.position


@given(places)
def test_a_place_without_position_stands_beside_its_area(places):
    ordered = route(places)
    for number, place in enumerate(ordered):
        near = [other for other in places if other.position and place.zip and other.zip == place.zip]
        if place.position is None and near:
            before = next(other for other in reversed(ordered[:number]) if other.position)
            assert before.zip == place.zip


@given(positions, positions)
def test_distance_is_a_distance(one, other):
    assert distance(one, one) == 0
    assert abs(distance(one, other) - distance(other, one)) < 1e-6
    assert 0 <= distance(one, other) <= 20_016


def test_distance_by_hand():
    # A quarter of the equator, and Jakarta to Bandung.
    assert round(distance((0, 0), (0, 90))) == 10_008
    assert 115 < distance((-6.2088, 106.8456), (-6.9175, 107.6191)) < 120
    assert length([Place(1, (0, 0)), Place(2), Place(3, (0, 1))]) == distance((0, 0), (0, 1))


def test_without_positions_by_city_and_zip():
    found = route([Place(1, None, "402", "Bogor"), Place(2, None, "401", "Bandung"), Place(3, None, "400", "Bandung")])
    assert [place.key for place in found] == [3, 2, 1]


@given(st.integers(0, 20), st.integers(5, 720), st.integers(0, 720))
def test_visits_do_not_meet_and_leave_time_for_the_way(visits, stay, travel):
    times = timetable(datetime(2026, 3, 2, 9), visits, timedelta(minutes=stay), timedelta(minutes=travel))
    assert len(times) == visits
    assert all(end - begin == timedelta(minutes=stay) for begin, end in times)
    assert all(after[0] - before[1] == timedelta(minutes=travel) for before, after in pairwise(times))


@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.one_of(st.none(), st.dates(date(2020, 1, 1), date(2030, 1, 1))), st.integers(1, 3650)
)
def test_the_next_contact(start, last, days):
    due = next_contact(start, last, days)
    assert due >= start
    assert due == start or due - last == timedelta(days=days)


def test_rhythm_by_class():
    by_class = {"a": 14, "b": 30, "c": 90}
    assert [rhythm(0, each, by_class) for each in ("a", "b", "c", None)] == [14, 30, 90, 90]
    assert rhythm(7, "a", by_class) == 7
