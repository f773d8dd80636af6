import threading

import pytest

from crm_lifecycle.domain.ahead import one_ahead


def test_results_come_in_turn():
    assert list(one_ahead(lambda number: number * number, range(5))) == [0, 1, 4, 9, 16]
    assert list(one_ahead(str, [])) == []


def test_the_next_one_is_worked_on_meanwhile_and_no_more():
    begun = [threading.Event() for _item in range(4)]
    results = one_ahead(lambda number: begun[number].set(), range(4))
    next(results)
    assert begun[1].wait(10)
    assert not begun[2].wait(0.1)
    results.close()
    assert not begun[2].is_set()


def test_what_is_raised_is_raised_in_its_turn():
    results = one_ahead(lambda number: 1 // number, [1, 0, 1])
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)
