"""The value models: the fit of CDNOW and its forecast of the 39 weeks after, and a company's customers scored and forecast.

``BENCH_CUSTOMERS`` and ``BENCH_DOCUMENTS`` set another volume than the scale's.
"""

import os
import resource
import statistics

import numpy as np

from tests.benchmarks.ground import LARGE, environment, timed
from tests.domain import cdnow
from tools.bench import figure
from tools.sales.volume import generate

CUSTOMERS = int(os.environ.get("BENCH_CUSTOMERS") or (100_000 if LARGE else 10_000))
DOCUMENTS = int(os.environ.get("BENCH_DOCUMENTS") or CUSTOMERS * 10)


def main() -> None:
    with environment() as env:
        published()
        forecast_of_cdnow()
        company(env)


def published() -> None:
    from odoo.addons.crm_lifecycle.domain import gamma_gamma, mbg_nbd

    x, t_x, T, spend = cdnow.summary()
    seconds, fitted = timed(lambda: mbg_nbd.fit(x, t_x, T))
    seconds = statistics.median([seconds, *(timed(lambda: mbg_nbd.fit(x, t_x, T))[0] for _turn in range(4))])
    figure("cdnow_mbg_nbd_fit_seconds", seconds, 1)
    found = np.array([fitted.r, fitted.alpha, fitted.a, fitted.b])
    figure("cdnow_mbg_nbd_parameters_off", float(np.abs(found / [0.5248, 6.183, 0.8914, 1.614] - 1).max()), 0.01)
    figure("cdnow_mbg_nbd_log_likelihood_off", abs(fitted.log_likelihood + 9582.13), 0.01)
    again = x > 0
    seconds, fitted = timed(lambda: gamma_gamma.fit(x[again], spend[again]))
    figure("cdnow_gamma_gamma_fit_seconds", seconds, 1)
    found = np.array([fitted.p, fitted.q, fitted.v])
    figure("cdnow_gamma_gamma_parameters_off", float(np.abs(found / [6.25, 3.74, 15.44] - 1).max()), 0.01)
    figure("cdnow_gamma_gamma_log_likelihood_off", abs(fitted.log_likelihood + 4055.92), 0.01)


def forecast_of_cdnow() -> None:
    from odoo.addons.crm_lifecycle.domain import holdout, mbg_nbd

    x, t_x, T, later = cdnow.split()
    fitted = mbg_nbd.fit(x, t_x, T)
    judged = holdout.judge(x, T - t_x, mbg_nbd.expected_purchases(fitted, x, t_x, T, 39), later, np.ones(len(x)))
    figure("cdnow_holdout_correlation", judged.correlation, 0.62, at_least=True)
    figure("cdnow_holdout_mean_error", judged.error, 0.80)
    figure("cdnow_holdout_predicted_over_actual", judged.ratio)
    figure("cdnow_holdout_auc", judged.auc, 0.77, at_least=True)
    figure("cdnow_holdout_auc_over_recency", judged.auc / judged.auc_recency, 1, at_least=True)
    alive = mbg_nbd.probability_alive(fitted, x, t_x, T)
    figure("cdnow_holdout_auc_of_probability_alive", holdout.ranking(alive, later > 0, np.ones(len(x), int)))
    figure("cdnow_one_time_buyers_probability_alive", float(alive[x == 0].mean()))


def company(env) -> None:
    print(f"{CUSTOMERS} customers, {DOCUMENTS} documents")
    generate(env, CUSTOMERS, DOCUMENTS, seed=1)
    env.cr.commit()
    env.cr.execute("ANALYZE")
    customers, fits = env["crm.lifecycle.customer"], env["crm.lifecycle.value.fit"]
    rebuild, _count = timed(lambda: customers._rebuild_all(commit=True))
    env.cr.execute("ANALYZE")
    figure("rebuild_seconds", rebuild)
    seconds, _cuts = timed(lambda: env["crm.lifecycle.cut.points"]._cron_draw())
    env.cr.commit()
    figure("draw_and_score_seconds", seconds)
    figure("draw_and_score_over_rebuild", seconds / rebuild)
    seconds, rows = timed(lambda: customers._score(None))
    figure("score_again_seconds", seconds)
    figure("score_again_rows_written", rows, 0)
    seconds, fit = timed(lambda: fits._fit(env.company))
    env.cr.commit()
    print(f"{fit.state}: {fit.customers} customers, {fit.repeat_customers} came back, r {fit.r:.3f}, error {fit.error:.3f}")
    figure("fit_and_forecast_seconds", seconds)
    figure("fit_and_forecast_customers_per_second", fit.customers / seconds)
    figure("peak_memory_mb", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 500)


if __name__ == "__main__":
    main()
