"""A fictional region whose true risk is known: the generating process, and nothing else.

Owns the statement of the process, the order of the draws, and the truth. The draws themselves
are in `simulated_places.py`, `simulated_timeline.py`, `simulated_events.py` and
`simulated_reports.py`, the parameters in `simulated_process.py`. Names, files and misspellings
are the business of `rawan/sources/fictional.py`.

Everything is drawn from children of one `SeedSequence`; what happens after the cutoff has
children of its own, so that no incident before the cutoff depends on it.

The process
-----------
Half-years are windows of `window_days` counted back from the cutoff, so that the window
[cutoff, cutoff + window_days) is the next one. For village i, half-year t and day d:

    rate[i,t]  = ((1 - a) * mu * m[i] * exp(x[i,t] - s**2 / 2) + a * S[i,t]) / window_days
    N[i,t]     ~ Poisson(rate[i,t] * sum of w[d] over the days d of t)
    S[i,t]     = (1 - q) * N[i,t-1] + q * S[i,t-1]                          self-exciting
    x[i,t]     = r * x[i,t-1] + sqrt(1 - r**2) * s * e[i,t]                 slow AR(1)
    log m[i]   = b_field * f[i] + b_village * v[i] + b_close * closeness[i]
                 + b_tps * log TPS[i] + b_land * land[i]                    persistent
    w[d]       ~ 1 + rise * exp(-days to or from the nearest voting day / tau),
                 and `voting_day_rise` more on the day itself; mean 1 over the history

with f a smooth Gaussian field (random Fourier features: f(p) = sqrt(2/M) * sum of
cos(k[j] . p + c[j]), k[j] ~ Normal(0, 1/length**2)), m scaled to mean 1 and every covariate
standardised. The lognormal m is the heavy tail. Given the state at the cutoff the daily rate
is fixed, so the truth has a closed form: P(at least one) = 1 - exp(-rate * sum of w[d]).

Protests, land disputes and allegations are Poisson with rates that rise with
`loading * (log m[i] + x[i,t])` (land disputes: with land[i]). Logistics is held up only in the
`logistics_days` before a voting day, at a rate proportional to exp(steepness * difficulty[i]).
Each incident reaches a file with probability reporting_rate[i], some days late.

A report in half-year t is a noisy look at the tension that is brewing, and that acts from t+1:
y = standardised(log m[i] + x[i,t+1]) + noise, with noise by the two Admiralty grades; it is
written where y passes a threshold. A share of the reports is false: a village at random.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from models.simulated_events import (
    CLASH_SHARES,
    draw_half_year,
    draw_history,
    draw_tension,
    expected_told,
    spelled_out,
)
from models.simulated_places import Villages, draw_villages
from models.simulated_process import MAX_DISTRICTS, MIN_VILLAGES, Floats, Process
from models.simulated_reports import REPORT_TYPES, draw_reports, expected_reports
from models.simulated_timeline import Timeline, lay_timeline

__all__ = [
    "CLASH_SHARES",
    "MAX_DISTRICTS",
    "MIN_VILLAGES",
    "REPORT_TYPES",
    "Process",
    "SimulatedRegion",
    "simulate_region",
]


@dataclass(frozen=True)
class SimulatedRegion:
    """What was drawn, and from which process.

    `incidents` ends before the cutoff, `outcomes` begins on it.
    """

    villages: pl.DataFrame
    incidents: pl.DataFrame
    outcomes: pl.DataFrame
    reports: pl.DataFrame
    truth: pl.DataFrame
    process: Process


def simulate_region(
    n_villages: int,
    seed: int,
    cutoff: date,
    history_from: date,
    window_days: int,
    stages: Mapping[str, tuple[date, date]],
    process: Process | None = None,
    told_incidents: int | None = None,
    told_reports: int | None = None,
) -> SimulatedRegion:
    """Draw a region from the process stated at the head of this module.

    Parameters
    ----------
    n_villages : number of villages, at least `MIN_VILLAGES`.
    seed : not negative; the same seed gives the same frames.
    cutoff, history_from : first day that is not known, first day of the history.
    window_days : length of a half-year and of the horizon.
    stages : first and last day (both included) by stage; all within the horizon.
    process : parameters; the defaults if None.
    told_incidents, told_reports : how many incidents before the cutoff are told and how many
        reports are written, on average: their rates are scaled so. None: as the process has it.

    Returns
    -------
    SimulatedRegion
        `villages` sorted by code; `incidents` and `outcomes` with `village_code, occurred_on,
        known_on, type, election, reported`; `reports` with grades and `is_false`; `truth` with
        one row for each village and stage (hazard `conflict`: the stages and "window"; hazard
        `logistics`: stage "logistics", if given).

    Raises
    ------
    ValueError
        If the region would be too small or too large, or a stage leaves the horizon.
    """
    p = Process() if process is None else process
    if n_villages < MIN_VILLAGES or n_villages > p.villages_per_district * MAX_DISTRICTS:
        raise ValueError(f"n_villages must be {MIN_VILLAGES} or more, and fit the codes")
    if not history_from < cutoff:
        raise ValueError("history_from must come before the cutoff")
    end = cutoff + timedelta(days=window_days)
    for stage, (first, last) in stages.items():
        if not cutoff <= first <= last < end:
            raise ValueError(f"stage {stage!r} is not within the horizon")
    children = np.random.SeedSequence(seed).spawn(5)
    place, state, past, look, horizon = (np.random.default_rng(child) for child in children)

    villages = draw_villages(n_villages, place, p)
    timeline = lay_timeline(cutoff, history_from, window_days, p)
    tension = draw_tension(villages, timeline.half_years, p, state)
    if told_incidents is not None:
        times = told_incidents / expected_told(villages, timeline, tension, p, history_from)
        p = _busier(p, times)
        villages = replace(villages, logistics_rate=villages.logistics_rate * times)
    if told_reports is not None:
        times = told_reports / expected_reports(villages, timeline, tension, p)
        p = replace(p, report_candidates=p.report_candidates * times)
    incidents, clash_rate = draw_history(villages, timeline, tension, p, past)
    outcomes, _ = draw_half_year(
        villages, timeline, timeline.half_years, clash_rate, tension[-1], p, horizon
    )
    before = int((timeline.days < np.datetime64(history_from)).sum())
    return SimulatedRegion(
        villages=villages.frame,
        incidents=spelled_out(incidents.filter(pl.col("day") >= before), villages, timeline),
        outcomes=spelled_out(outcomes.sort("day", "village", "type"), villages, timeline),
        reports=draw_reports(villages, timeline, tension, p, look),
        truth=_truth(villages, timeline, clash_rate, stages),
        process=p,
    )


def _busier(p: Process, times: float) -> Process:
    """Return the process with so many times as many incidents of every kind."""

    def more(mean_and_loading: tuple[float, float]) -> tuple[float, float]:
        return mean_and_loading[0] * times, mean_and_loading[1]

    return replace(
        p,
        clash_mean=p.clash_mean * times,
        protest=more(p.protest),
        land_dispute=more(p.land_dispute),
        money_politics=more(p.money_politics),
        neutrality=more(p.neutrality),
        logistics_mean=p.logistics_mean * times,
    )


def _truth(
    villages: Villages,
    timeline: Timeline,
    clash_rate: Floats,
    stages: Mapping[str, tuple[date, date]],
) -> pl.DataFrame:
    """Write down the true probabilities: 1 - exp(-rate * weights of the stage's days)."""
    horizon = timeline.days[timeline.rows(timeline.half_years)]
    window = {"window": (horizon[0].item(), horizon[-1].item())}
    cases = [("conflict", "clash", clash_rate, stage) for stage in (*stages, "window")]
    if "logistics" in stages:
        cases.append(("logistics", "logistics", villages.logistics_rate, "logistics"))
    return pl.concat(
        pl.DataFrame(
            {
                "village_code": villages.frame["village_code"],
                "hazard": [hazard] * len(rate),
                "stage": [stage] * len(rate),
                "true_risk": -np.expm1(
                    -rate * timeline.total(profile, *{**stages, **window}[stage])
                ),
                "reporting_rate": villages.reporting_rate,
            }
        )
        for hazard, profile, rate, stage in cases
    )
