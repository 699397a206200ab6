"""The villages of a fictional region: where they lie, who lives there, what stays with them.

Owns all that is drawn once and does not change: places, people, the persistent risk, how hard
a village is to reach and how much of it is told. What happens there is drawn by
`simulated_events.py` and `simulated_reports.py`; names are given in `rawan/`.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.simulated_process import Floats, Ints, Process


@dataclass(frozen=True)
class Villages:
    """The villages' frame, and the arrays that the rates need."""

    frame: pl.DataFrame
    log_m: Floats
    land: Floats
    logistics_rate: Floats  # hold-ups per day of distribution

    @property
    def codes(self) -> NDArray[np.object_]:
        """The village codes, in the order of every array."""
        return self.frame["village_code"].to_numpy()

    @property
    def reporting_rate(self) -> Floats:
        """The probability by village that an incident reaches a file."""
        return self.frame["reporting_rate"].to_numpy()


def draw_villages(n: int, rng: np.random.Generator, p: Process) -> Villages:
    """Draw places, people and what stays with a village."""
    side = float(np.sqrt(n * p.area_per_village_km2))
    points = rng.uniform(-side / 2, side / 2, (n, 2))
    groups = _districts(points, max(2, round(n / p.villages_per_district)))
    points = points[np.concatenate(groups)]
    sizes = [len(group) for group in groups]
    district = np.repeat(np.arange(len(groups)), sizes)
    number = np.concatenate([np.arange(1, size + 1) for size in sizes])
    centre = np.array([points[district == k].mean(axis=0) for k in range(len(groups))])
    seat_km = np.hypot(*(points - centre[district]).T)
    capital_km = np.hypot(*points.T)

    population = np.round(np.exp(rng.normal(8.1, 0.5, n))).astype(np.int64) + 200
    voters = np.round(population * rng.uniform(0.66, 0.74, n)).astype(np.int64)
    tps_2019 = -(-voters // 240)
    lean = _field(points, rng, p)
    first = 1 / (1 + np.exp(-(0.2 + 0.5 * lean + 0.4 * rng.normal(size=n))))
    turnout = rng.uniform(0.72, 0.9, n)
    land = standardised(0.6 * _field(points, rng, p) + 0.8 * rng.normal(size=n))

    boat = np.where(rng.random(n) < 0.03, rng.uniform(0.2, 1.0, n), 0.0).round(2)
    height = np.exp(4.4 + 0.7 * _field(points, rng, p) + 0.2 * rng.normal(size=n))
    difficulty = standardised(
        standardised(np.log(height))
        + 0.8 * standardised(capital_km)
        + 4.0 * boat
        + 0.6 * rng.normal(size=n)
    )
    log_m = (
        p.field_weight * _field(points, rng, p)
        + p.village_weight * rng.normal(size=n)
        + p.closeness_weight * standardised(-np.abs(2 * first - 1))
        + p.tps_weight * standardised(np.log(tps_2019))
        + p.land_weight * land
    )
    hardship = np.exp(p.logistics_steepness * difficulty)
    lat, lon = _degrees(points, p)
    district_codes = [f"99.{k // 99 + 1:02d}.{k % 99 + 1:02d}" for k in range(len(groups))]
    frame = pl.DataFrame(
        {
            "village_code": [
                f"{district_codes[k]}.{2000 + i}" for k, i in zip(district, number, strict=True)
            ],
            "district_code": [district_codes[k] for k in district],
            "lat": lat.round(4),
            "lon": lon.round(4),
            "area_km2": (0.1 + p.area_per_village_km2 * rng.gamma(6.0, 1 / 6.0, n)).round(2),
            "population": population,
            "voters": voters,
            "tps_2019": tps_2019,
            "tps_2024": -(-voters // 250),
            "first_share_2019": first,
            "turnout_2019": turnout,
            "difficulty": difficulty,
            "elevation_m": height.round(0),
            "water_crossing_share": boat,
            "distance_seat_km": seat_km.round(1),
            "distance_capital_km": capital_km.round(1),
            "reporting_rate": _reporting_rate(points, rng, p),
        }
    )
    return Villages(
        frame=frame,
        log_m=log_m - np.log(np.exp(log_m).mean()),
        land=land,
        logistics_rate=hardship / hardship.mean() * p.logistics_mean / p.logistics_days,
    )


def _degrees(points_km: Floats, p: Process) -> tuple[Floats, Floats]:
    """Return latitude and longitude in open sea; a large region lies where it touches no coast."""
    if len(points_km) <= p.near_villages:
        return p.origin_lat + points_km[:, 1] / 110.57, p.origin_lon + points_km[:, 0] / 110.93
    km_per_degree = 111.32 * float(np.cos(np.radians(p.far_origin_lat)))
    lat = p.far_origin_lat + points_km[:, 1] / 110.57
    return lat, p.far_origin_lon + points_km[:, 0] / km_per_degree


def _reporting_rate(points_km: Floats, rng: np.random.Generator, p: Process) -> Floats:
    """Draw how much of what happens is told: low in some stretches of land, high in others."""
    n = len(points_km)
    willingness = 0.9 * _field(points_km, rng, p) + 0.45 * rng.normal(size=n)
    rank = (np.argsort(np.argsort(willingness)) + 0.5) / n
    split = p.low_reporting_share
    if split >= 1:
        knots = [(0.0, p.reporting_min), (1.0, p.reporting_low_max)]
    elif split <= 0:
        knots = [(0.0, p.reporting_high_min), (1.0, 1.0)]
    else:
        knots = [
            (0.0, p.reporting_min),
            (split, p.reporting_low_max),
            (split + 1e-9, p.reporting_high_min),
            (1.0, 1.0),
        ]
    return np.interp(rank, [x for x, _ in knots], [y for _, y in knots]).round(4)


def _districts(points_km: Floats, count: int) -> list[Ints]:
    """Cut the points into `count` compact groups of nearly equal size."""

    def cut(members: Ints, parts: int) -> list[Ints]:
        if parts == 1:
            return [np.sort(members)]
        spread = np.ptp(points_km[members], axis=0)
        ordered = members[np.argsort(points_km[members, int(np.argmax(spread))], kind="stable")]
        left = parts // 2
        at = round(len(members) * left / parts)
        return cut(ordered[:at], left) + cut(ordered[at:], parts - left)

    return cut(np.arange(len(points_km)), count)


def _field(points_km: Floats, rng: np.random.Generator, p: Process) -> Floats:
    """Draw a smooth Gaussian field and read it at the points."""
    waves = rng.normal(0.0, 1.0 / p.field_length_km, (2, p.field_features))
    phases = rng.uniform(0.0, 2 * np.pi, p.field_features)
    total = np.cos(points_km @ waves + phases).sum(axis=1)
    return standardised(np.asarray(total * np.sqrt(2 / p.field_features)))


def standardised(values: Floats) -> Floats:
    """Shift and scale to mean 0 and standard deviation 1."""
    return np.asarray((values - values.mean()) / values.std())
