from functools import lru_cache

import cdnow
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import check_grad
from scipy.stats import beta, rankdata

from crm_lifecycle.domain import mbg_nbd
from crm_lifecycle.domain.mbg_nbd import MbgNbdFit

HOLDOUT = 39.0
cdnow_fit = lru_cache(lambda: mbg_nbd.fit(*cdnow.summary()[:3]))


def model(r, alpha, a, b):
    return MbgNbdFit(r, alpha, a, b, 0.0, 0, 0, True)


models = st.builds(model, *(st.floats(low, high) for low, high in ((0.05, 10), (0.2, 100), (0.05, 20), (0.05, 20))))
repeats = st.integers(0, 400)
weeks = st.floats(0, 500)


def auc(scores, bought):
    """Probability that somebody who bought is ranked above somebody who did not; ties count half."""
    ranks, buyers = rankdata(scores), bought.sum()
    return (ranks[bought].sum() - buyers * (buyers + 1) / 2) / (buyers * (~bought).sum())


def simulate(fitted, customers, weeks_observed, seed):
    """Customers as the model has them: (x, t_x, T)."""
    dice = np.random.default_rng(seed)
    rates, drops = dice.gamma(fitted.r, 1 / fitted.alpha, customers), dice.beta(fitted.a, fitted.b, customers)
    observed = dice.uniform(weeks_observed / 2, weeks_observed, customers)
    rows = []
    for rate, drop, until in zip(rates, drops, observed, strict=True):
        x, last = 0, 0.0
        while dice.random() >= drop:
            following = last + dice.exponential(1 / rate)
            if following > until:
                break
            x, last = x + 1, following
        rows.append((x, last, until))
    return np.array(rows).T


def test_parameters_of_cdnow():
    fitted = cdnow_fit()
    assert [fitted.r, fitted.alpha, fitted.a, fitted.b] == pytest.approx([0.5248, 6.183, 0.8914, 1.614], rel=0.01)
    assert fitted.log_likelihood == pytest.approx(-9582.13, abs=0.01)
    assert (fitted.customers, fitted.repeat_customers, fitted.converged, fitted.at_bound) == (2357, 946, True, False)


def test_the_summary_is_what_the_purchases_give():
    ours, theirs = np.array(cdnow.split()[:3]), np.array(cdnow.summary()[:3])
    assert np.abs(ours - theirs).max() < 0.006  # rounded to two places


def test_groups_give_what_their_customers_give():
    x, t_x, T, _spend = cdnow.summary()
    groups, counts = np.unique(np.stack([x, t_x, T]), axis=1, return_counts=True)
    grouped, single = mbg_nbd.fit(*groups, counts), cdnow_fit()
    assert len(counts) < len(x) / 2
    assert grouped.alpha == pytest.approx(single.alpha, rel=1e-4)
    assert grouped.log_likelihood == pytest.approx(single.log_likelihood, abs=1e-4)


def test_days_or_weeks_are_the_same():
    x, t_x, T, _spend = cdnow.summary()
    fitted = mbg_nbd.fit(x, t_x * 7, T * 7)
    assert [fitted.r, fitted.alpha / 7, fitted.a, fitted.b] == pytest.approx([0.5248, 6.183, 0.8914, 1.614], rel=0.01)
    assert fitted.log_likelihood == pytest.approx(mbg_nbd.log_likelihood([fitted.r, fitted.alpha, fitted.a, fitted.b], x, t_x * 7, T * 7))


def test_forecast_of_the_39_weeks_after():
    x, t_x, T, bought = cdnow.split()
    fitted = mbg_nbd.fit(x, t_x, T)
    predicted = mbg_nbd.expected_purchases(fitted, x, t_x, T, HOLDOUT)
    assert np.corrcoef(predicted, bought)[0, 1] >= 0.62
    assert np.abs(predicted - bought).mean() <= 0.80
    assert 0.8 < predicted.sum() / bought.sum() < 1.1


def test_ranking_of_who_comes_back_is_no_worse_than_recency():
    x, t_x, T, bought = cdnow.split()
    fitted = mbg_nbd.fit(x, t_x, T)
    risk = mbg_nbd.churn_risk(mbg_nbd.expected_purchases(fitted, x, t_x, T, HOLDOUT))
    ours, recency = auc(-risk, bought > 0), auc(t_x - T, bought > 0)
    assert np.mean((risk - (bought == 0)) ** 2) < np.mean((1 - mbg_nbd.probability_alive(fitted, x, t_x, T) - (bought == 0)) ** 2)
    assert ours >= 0.77
    assert ours >= recency


def test_buying_once_is_not_being_alive():
    x, t_x, T, _bought = cdnow.split()
    alive = mbg_nbd.probability_alive(cdnow_fit(), x, t_x, T)
    assert alive[x == 0].max() < 0.65
    assert alive[x == 0].mean() < alive[x > 0].mean()


def test_gradient_is_that_of_the_likelihood():
    x, t_x, T, _spend = cdnow.summary()

    def total(logs):
        return mbg_nbd._terms(np.exp(logs), x, t_x, T)[0].sum()

    def gradient(logs):
        return mbg_nbd._terms(np.exp(logs), x, t_x, T, with_gradient=True)[1].sum(axis=1) * np.exp(logs)

    for start in ([0, 0, 0, 0], [-1, 2, 0.5, 1]):
        start = np.array(start, float)
        assert check_grad(total, gradient, start) < 1e-4 * np.abs(gradient(start)).max()


@pytest.mark.parametrize(
    ("x", "t_x", "T"),
    [([], [], []), ([1], [5], [4]), ([0], [1], [4]), ([-1], [0], [4]), ([1, 2], [1], [4])],
    ids=["nobody", "after the last day", "a last without a repeat", "negative", "unequal"],
)
def test_impossible_customers_are_refused(x, t_x, T):
    with pytest.raises(ValueError, match="customers|purchases|length"):
        mbg_nbd.fit(x, t_x, T)


@settings(max_examples=4)
@given(seed=st.integers(0, 10_000))
def test_simulated_customers_give_back_their_parameters(seed):
    truth = model(0.8, 8.0, 0.7, 2.5)
    fitted = mbg_nbd.fit(*simulate(truth, 4000, 104, seed))
    assert fitted.converged
    assert fitted.r / fitted.alpha == pytest.approx(truth.r / truth.alpha, rel=0.2)
    assert fitted.a / (fitted.a + fitted.b) == pytest.approx(truth.a / (truth.a + truth.b), abs=0.05)


def test_customers_who_never_leave():
    dice = np.random.default_rng(3)
    T = np.full(800, 60.0)
    x = dice.poisson(dice.gamma(1.5, 1 / 6, 800) * 60)
    t_x = np.where(x > 0, T * (1 - dice.random(800) / (x + 1)), 0)
    fitted = mbg_nbd.fit(x, t_x, T)
    assert mbg_nbd.probability_alive(fitted, x, t_x, T).mean() > 0.9
    assert np.all(np.isfinite(mbg_nbd.expected_purchases(fitted, x, t_x, T, 52)))


@given(models, repeats, weeks, weeks)
def test_probability_is_one(fitted, x, last, further):
    t_x = last if x else 0.0
    alive, later = (float(mbg_nbd.probability_alive(fitted, x, t_x, t_x + wait)) for wait in (further, further + 10))
    assert 0 <= later <= alive <= 1
    assert alive < 1


@given(models, repeats, weeks, st.lists(st.floats(0, 300), min_size=2, max_size=5))
def test_forecast_grows_with_the_horizon_and_is_bounded(fitted, x, T, horizons):
    horizons = np.array(sorted(horizons))
    expected = mbg_nbd.expected_purchases_if_alive(fitted, x, T, horizons)
    slack = 1e-6 * (1 + expected[:-1])
    assert np.all(np.isfinite(expected)) and np.all(expected >= 0)
    assert np.all(np.diff(expected) >= -slack)
    assert np.all(expected <= horizons * (fitted.r + x) / (fitted.alpha + T) + 1e-9)


@given(models, repeats, weeks, st.floats(0.5, 200))
def test_forecast_is_the_mean_over_drop_out(fitted, x, T, t):
    """Against a numerical integral of the definition, after p = u^(1/a) took the pole at 0 away."""
    power, ratio, a, b = fitted.r + x, t / (fitted.alpha + T), fitted.a, fitted.b + x + 1

    def inner(u):
        p = beta.ppf(u, a, b)
        return -np.expm1(-power * np.log1p(p * ratio)) / p if p * ratio * power > 1e-12 else ratio * power

    reference = quad(inner, 0, 1, limit=200)[0]
    assert float(mbg_nbd.expected_purchases_if_alive(fitted, x, T, t)) == pytest.approx(reference, rel=1e-4, abs=1e-9)


def test_forecast_where_the_series_has_a_pole():
    around = [float(mbg_nbd.expected_purchases_if_alive(model(0.5, 6.0, a, 1.6), 3, 30.0, 52.0)) for a in (0.999, 1.0, 1.001)]
    assert around[0] > around[1] > around[2]
    assert around[1] == pytest.approx((around[0] + around[2]) / 2, rel=1e-5)


@given(models, st.integers(0, 60), weeks, st.floats(1, 150), st.floats(0, 0.01))
def test_discounting_only_ever_takes_away(fitted, x, T, horizon, rate):
    plain = float(mbg_nbd.expected_purchases_if_alive(fitted, x, T, horizon))
    present = float(mbg_nbd.discounted_purchases_if_alive(fitted, x, T, horizon, rate))
    assert plain * np.exp(-rate * horizon) * (1 - 1e-6) <= present <= plain * (1 + 1e-6)


def test_discounting_is_the_sum_over_short_periods():
    fitted, x, T, horizon, rate = cdnow_fit(), 4, 30.0, 156.0, np.log(1.1) / 52.18
    edges = np.linspace(0, horizon, 4001)
    purchases = np.diff(mbg_nbd.expected_purchases_if_alive(fitted, x, T, edges))
    reference = (purchases * np.exp(-rate * (edges[1:] + edges[:-1]) / 2)).sum()
    assert float(mbg_nbd.discounted_purchases_if_alive(fitted, x, T, horizon, rate)) == pytest.approx(reference, rel=1e-5)
