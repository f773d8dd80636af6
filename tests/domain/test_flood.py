import multiprocessing
import os

from hypothesis import given
from hypothesis import strategies as st

from crm_lifecycle.domain.flood import PROBES, SLOTS, Bucket


def test_a_flood_stops_itself_only():
    bucket = Bucket(rate=10, burst=20)
    assert [bucket.admits("one", 0.0) for _each in range(25)] == [True] * 20 + [False] * 5
    assert bucket.admits("other", 0.0)
    assert bucket.admits("one", 0.2) and bucket.admits("one", 0.2) and not bucket.admits("one", 0.2)


def ask(path, barrier, admitted):
    bucket = Bucket(rate=0, burst=1000, path=path)
    barrier.wait()
    admitted.put(sum(bucket.admits(("db", 7, "10.0.0.1"), 5.0) for _each in range(800)))


def test_processes_share_the_limit(tmp_path):
    path = str(tmp_path / "requests")
    context = multiprocessing.get_context("fork")
    barrier, admitted = context.Barrier(4), context.Queue()
    workers = [context.Process(target=ask, args=(path, barrier, admitted)) for _each in range(4)]
    for worker in workers:
        worker.start()
    assert sum(admitted.get(timeout=60) for _worker in workers) == 1000
    for worker in workers:
        worker.join()
    assert os.stat(path).st_mode & 0o777 == 0o600


def test_two_of_one_process_share_it_too(tmp_path):
    one, other = (Bucket(rate=0, burst=3, path=str(tmp_path / "requests")) for _each in range(2))
    assert [one.admits("line", 1.0), other.admits("line", 1.0), one.admits("line", 1.0), other.admits("line", 1.0)] == [True] * 3 + [False]


def test_without_a_file_the_process_counts_for_itself(tmp_path):
    bucket = Bucket(rate=0, burst=1, path=str(tmp_path / "nowhere" / "requests"))
    assert bucket.admits("line", 1.0) and not bucket.admits("line", 1.0)


def test_a_clock_that_begins_anew_locks_nobody_out(tmp_path):
    path = str(tmp_path / "requests")
    assert Bucket(rate=1, burst=1, path=path).admits("line", 90_000.0)
    bucket = Bucket(rate=1, burst=1, path=path)
    assert not bucket.admits("line", 5.0)
    assert bucket.admits("line", 6.5)


def test_more_keys_than_places():
    bucket = Bucket(rate=0, burst=2)
    assert all(bucket.admits(key, 1.0) for key in range(3 * SLOTS * PROBES))


def test_whoever_has_calmed_down_gives_way_before_others(monkeypatch):
    monkeypatch.setattr("crm_lifecycle.domain.flood.SLOTS", 2)
    monkeypatch.setattr("crm_lifecycle.domain.flood.PROBES", 2)
    for new in range(12):
        bucket = Bucket(rate=1, burst=2)
        assert [bucket.admits("calm", 0.0), bucket.admits("busy", 8.0), bucket.admits("busy", 8.0)] == [True] * 3
        assert bucket.admits(new, 9.0)
        assert [bucket.admits("busy", 9.0), bucket.admits("busy", 9.0)] == [True, False]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 3)), max_size=60))
def test_never_more_than_burst_and_rate_allow(steps):
    bucket, now, passed = Bucket(rate=2, burst=4), 0.0, {}
    for key, wait in steps:
        now += wait
        if bucket.admits(key, now):
            passed.setdefault(key, []).append(now)
    for moments in passed.values():
        for first in range(len(moments)):
            for last in range(first, len(moments)):
                assert last - first + 1 <= 4 + 2 * (moments[last] - moments[first]) + 1e-6
