import cdnow
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import check_grad

from crm_lifecycle.domain import gamma_gamma
from crm_lifecycle.domain.gamma_gamma import GammaGammaFit


def repeaters():
    x, _t_x, _T, spend = cdnow.summary()
    return x[x > 0], spend[x > 0]


def test_parameters_of_cdnow():
    fitted = gamma_gamma.fit(*repeaters())
    assert [fitted.p, fitted.q, fitted.v] == pytest.approx([6.25, 3.74, 15.44], rel=0.01)
    assert fitted.log_likelihood == pytest.approx(-4055.92, abs=0.01)
    assert (fitted.customers, fitted.converged) == (946, True)


def test_currency_scales():
    n, m = repeaters()
    dollars, rupiah = gamma_gamma.fit(n, m), gamma_gamma.fit(n, m * 16_000)
    assert [rupiah.p, rupiah.q, rupiah.v / 16_000] == pytest.approx([dollars.p, dollars.q, dollars.v], rel=1e-4)
    assert rupiah.log_likelihood == pytest.approx(gamma_gamma.log_likelihood([rupiah.p, rupiah.q, rupiah.v], n, m * 16_000), rel=1e-9)


def test_gradient_is_that_of_the_likelihood():
    n, m = repeaters()
    start = np.log([3.0, 2.0, 10.0])
    error = check_grad(
        lambda logs: gamma_gamma._terms(np.exp(logs), n, m)[0].sum(),
        lambda logs: gamma_gamma._terms(np.exp(logs), n, m, with_gradient=True)[1].sum(axis=1) * np.exp(logs),
        start,
    )
    assert error < 1e-2


@settings(max_examples=8)
@given(seed=st.integers(0, 10_000))
def test_simulated_spend_gives_back_its_parameters(seed):
    dice = np.random.default_rng(seed)
    n = dice.integers(1, 12, 5000)
    m = dice.gamma(4.0 * n, 1 / (dice.gamma(5.0, 1 / 20.0, 5000) * n))
    fitted = gamma_gamma.fit(n, m)
    assert fitted.converged
    assert fitted.mean_spend == pytest.approx(4 * 20 / 4, rel=0.06)
    assert fitted.p == pytest.approx(4, rel=0.25)


@given(st.floats(0.1, 50), st.floats(1.01, 50), st.floats(0.1, 1000), st.integers(1, 500), st.floats(0.01, 1e9))
def test_expectation_lies_between_the_own_mean_and_everybodys(p, q, v, n, m):
    fitted = GammaGammaFit(p, q, v, 0.0, 0, True)
    expected = float(gamma_gamma.expected_spend(fitted, n, m))
    low, high = sorted((m, fitted.mean_spend))
    assert low * (1 - 1e-9) <= expected <= high * (1 + 1e-9)


@pytest.mark.parametrize(("n", "m"), [([], []), ([0], [5]), ([1], [0]), ([1], [-5]), ([1, 2], [5]), ([1], [float("inf")])])
def test_impossible_amounts_are_refused(n, m):
    with pytest.raises(ValueError, match="customers|means|length"):
        gamma_gamma.fit(n, m)


def test_rank_correlation():
    assert gamma_gamma.rank_correlation([1, 2, 3, 4], [10, 20, 30, 400]) == pytest.approx(1)
    assert gamma_gamma.rank_correlation([1, 2, 3], [9, 4, 1]) == pytest.approx(-1)
    assert gamma_gamma.rank_correlation([1, 1, 1], [9, 4, 1]) == 0
    assert gamma_gamma.rank_correlation([1, 2], [5, 7], [3, 4]) == pytest.approx(
        gamma_gamma.rank_correlation([1] * 3 + [2] * 4, [5] * 3 + [7] * 4)
    )


def test_customers_who_all_spend_alike():
    dice = np.random.default_rng(5)
    n = dice.integers(1, 12, 60)
    m = dice.gamma(3.0 * n, 50_000 / n)
    fitted = gamma_gamma.fit(n, m)
    assert fitted.converged
    assert fitted.mean_spend == pytest.approx(150_000, rel=0.1)
    assert gamma_gamma.expected_spend(fitted, n, m) == pytest.approx(np.full(60, fitted.mean_spend), rel=0.1)


def test_heavy_tail_has_no_mean():
    assert GammaGammaFit(2.0, 0.9, 5.0, 0.0, 1, True).mean_spend is None
