"""What happens in a fictional region: tension, clashes and the other incidents.

Owns the draws of incidents, by half-year. The villages come from `simulated_places.py`, the
days from `simulated_timeline.py`; what is heard of tension is drawn by `simulated_reports.py`.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.simulated_places import Villages
from models.simulated_process import Floats, Ints, Process
from models.simulated_timeline import Timeline

# Share of clashes near a voting day, and share at other times.
CLASH_SHARES = {
    "bentrok_pendukung": (0.30, 0.14),
    "bentrok_warga": (0.08, 0.30),
    "perusakan": (0.12, 0.18),
    "pembakaran": (0.05, 0.09),
    "intimidasi": (0.17, 0.13),
    "penyerangan_aparat": (0.05, 0.07),
    "kericuhan_tps": (0.23, 0.01),
    "sengketa_pilkades": (0.00, 0.08),
}


def draw_tension(
    villages: Villages, half_years: int, p: Process, rng: np.random.Generator
) -> list[Floats]:
    """Draw log m + x for the burn-in, each half-year, and the horizon (the last)."""
    x = p.tension_sd * rng.normal(size=len(villages.log_m))
    drawn = [villages.log_m + x]
    for _ in range(p.burn_in + half_years):
        fresh = p.tension_sd * rng.normal(size=len(x))
        x = p.tension_memory * x + np.sqrt(1 - p.tension_memory**2) * fresh
        drawn.append(villages.log_m + x)
    return drawn


def draw_history(
    villages: Villages,
    timeline: Timeline,
    tension: list[Floats],
    p: Process,
    rng: np.random.Generator,
) -> tuple[pl.DataFrame, Floats]:
    """Draw all incidents before the cutoff; return them and the clash rate on the cutoff."""

    def rate(now: Floats, excitement: Floats) -> Floats:
        own = (1 - p.excitation_share) * p.clash_mean * np.exp(now - p.tension_sd**2 / 2)
        return np.asarray((own + p.excitation_share * excitement) / timeline.window_days)

    excitement = np.zeros(len(villages.log_m))
    frames = []
    for t, now in enumerate(tension[:-1], start=-p.burn_in):
        clash_rate = rate(now, excitement)
        if t < 0:
            counts = rng.poisson(clash_rate * timeline.window_days)
        else:
            frame, counts = draw_half_year(villages, timeline, t, clash_rate, now, p, rng)
            frames.append(frame)
        excitement = (1 - p.excitation_memory) * counts + p.excitation_memory * excitement
    incidents = pl.concat(frames).sort("occurred_on", "village_code", "type")
    return incidents, rate(tension[-1], excitement)


def draw_half_year(
    villages: Villages,
    timeline: Timeline,
    t: int,
    clash_rate: Floats,
    tension: Floats,
    p: Process,
    rng: np.random.Generator,
) -> tuple[pl.DataFrame, Ints]:
    """Draw the incidents of one half-year, and count the clashes by village."""

    def leaning(mean_and_loading: tuple[float, float], on: Floats) -> Floats:
        mean, loading = mean_and_loading
        pull = np.exp(loading * on)
        return np.asarray(mean * pull / pull.mean() / timeline.window_days)

    rows = timeline.rows(t)
    drawn: list[tuple[str, str, Floats]] = [
        ("clash", "", clash_rate),
        ("flat", "unjuk_rasa", leaning(p.protest, tension)),
        ("flat", "sengketa_lahan", leaning(p.land_dispute, villages.land)),
        ("allegation", "politik_uang", leaning(p.money_politics, tension)),
        ("allegation", "pelanggaran_netralitas", leaning(p.neutrality, tension)),
        ("logistics", "gangguan_logistik", villages.logistics_rate),
    ]
    who, when, kinds = [], [], []
    for profile, kind, rate in drawn:
        weights = timeline.weights[profile][rows]
        total = float(weights.sum())
        counts = rng.poisson(rate * total)
        place = np.repeat(np.arange(len(counts)), counts)
        chances = weights / total if total else None
        day = rows.start + rng.choice(timeline.window_days, size=len(place), p=chances)
        who.append(place)
        when.append(day)
        kinds.append(
            np.full(len(place), kind, dtype=object)
            if kind
            else _clash_types(timeline.near_voting[day], rng)
        )
    places, days = np.concatenate(who), np.concatenate(when)
    late = rng.exponential(p.known_lag_days, len(days)).round().astype("timedelta64[D]")
    frame = pl.DataFrame(
        {
            "village_code": villages.codes[places].astype(str),
            "occurred_on": timeline.days[days],
            "known_on": timeline.days[days] + late,
            "type": np.concatenate(kinds).astype(str),
            "election": timeline.election[days].astype(str),
            "reported": rng.random(len(days)) < villages.reporting_rate[places],
        }
    )
    return frame, np.bincount(who[0], minlength=len(clash_rate))


def _clash_types(near_voting: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.object_]:
    """Draw the type of each clash; riots at a polling station belong to voting days."""
    shares = np.array(list(CLASH_SHARES.values()))
    steps = np.cumsum(shares / shares.sum(axis=0), axis=0)
    own = np.where(near_voting[:, None], steps[:, 0], steps[:, 1])
    chosen = (rng.random(len(near_voting))[:, None] >= own).sum(axis=1)
    names = np.array(list(CLASH_SHARES), dtype=object)
    drawn: NDArray[np.object_] = names[np.minimum(chosen, len(shares) - 1)]
    return drawn
