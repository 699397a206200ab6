"""The parameters of the fictional process and the size a region may have.

Owns the numbers. The formulas they stand in are at the head of `simulation.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MIN_VILLAGES = 20
MAX_DISTRICTS = 99 * 99  # codes have two digits for the regency and two for the kecamatan


@dataclass(frozen=True)
class Process:
    """All parameters of the process. Counts are means over villages and half-years."""

    elections: tuple[tuple[str, date], ...] = (
        ("pilkada2010", date(2010, 6, 30)),
        ("pemilu2014", date(2014, 4, 9)),
        ("pilkada2015", date(2015, 12, 9)),
        ("pilgub2018", date(2018, 6, 27)),
        ("pemilu2019", date(2019, 4, 17)),
        ("pilbup2020", date(2020, 12, 9)),
        ("pemilu2024", date(2024, 2, 14)),
        ("simulasi2024", date(2024, 11, 27)),
    )
    villages_per_district: int = 15  # about
    area_per_village_km2: float = 8.0
    origin_lat: float = -4.8  # open sea: nobody can take the region for a real one
    origin_lon: float = 110.8
    near_villages: int = 5000  # a region of more does not fit there: it lies far out
    far_origin_lat: float = -18.0  # Indian Ocean, no island within 500 km
    far_origin_lon: float = 104.0
    field_features: int = 200  # number M of random Fourier features
    field_length_km: float = 12.0  # distance over which the fields vary

    clash_mean: float = 0.04  # mu, clashes per village and half-year
    field_weight: float = 0.8  # b_field, log-rate per standard deviation
    village_weight: float = 1.1  # b_village
    closeness_weight: float = 0.25  # b_close
    tps_weight: float = 0.25  # b_tps
    land_weight: float = 0.3  # b_land
    tension_sd: float = 0.7  # s, stationary standard deviation of x
    tension_memory: float = 0.75  # r, per half-year
    excitation_share: float = 0.3  # a, share of clashes set off by earlier ones
    excitation_memory: float = 0.6  # q, per half-year
    burn_in: int = 12  # half-years before the history, not kept

    election_rise: float = 3.0  # rise, times the quiet rate
    rise_days: float = 60.0  # tau before the voting day
    fall_days: float = 20.0  # tau after it
    voting_day_rise: float = 10.0
    near_voting_days: int = 3  # days around a voting day with the types of one
    protest: tuple[float, float] = (0.030, 0.5)  # (mean, loading)
    land_dispute: tuple[float, float] = (0.025, 0.8)
    money_politics: tuple[float, float] = (0.020, 0.4)
    neutrality: tuple[float, float] = (0.012, 0.3)
    logistics_mean: float = 0.04  # hold-ups per village and election
    logistics_steepness: float = 1.2
    logistics_days: int = 3  # days before the voting day

    reporting_min: float = 0.2
    reporting_low_max: float = 0.5  # highest rate among the low half
    reporting_high_min: float = 0.8  # lowest rate among the others
    low_reporting_share: float = 0.5
    known_lag_days: float = 4.0  # mean of the exponential lag

    report_years: int = 3
    report_candidates: float = 0.6  # looks per village and half-year, times reporting_rate
    report_threshold: float = 1.0  # standard deviations of tension
    false_report_share: float = 0.1
    source_noise: tuple[float, ...] = (0.3, 0.5, 0.8, 1.2, 1.8, 1.4)  # sd for A to F
    information_noise: tuple[float, ...] = (
        0.4,
        0.7,
        1.0,
        1.3,
        1.7,
        1.4,
    )  # factor for 1 to 6


REPORTING: Mapping[str, Process] = MappingProxyType(
    {
        "default": Process(),
        "uneven": Process(reporting_min=1 / 3, reporting_low_max=1 / 3, reporting_high_min=1.0),
        "even": Process(low_reporting_share=0.0),
    }
)
"""How incidents reach a file: half of the villages tell 0.2 to 0.5 of them and the others 0.8
to 1; half a third and the others all; all of them 0.8 to 1."""
