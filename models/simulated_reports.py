"""What is heard of a fictional region: graded reports on tension that is brewing, some false.

Owns the draws of reports. The tension they look at is drawn by `simulated_events.py`.
"""

import numpy as np
import polars as pl
from scipy.special import ndtr

from models.simulated_places import Villages, standardised
from models.simulated_process import Floats, Process
from models.simulated_timeline import Timeline

REPORT_TYPES = (
    "bentrok_pendukung",
    "intimidasi",
    "bentrok_warga",
    "perusakan",
    "unjuk_rasa",
)


# Shares of the source grades A to F and of the information grades 1 to 6.
_SOURCES = [0.1, 0.25, 0.3, 0.15, 0.08, 0.12]
_INFORMATION = [0.12, 0.25, 0.28, 0.15, 0.08, 0.12]


def draw_reports(
    villages: Villages,
    timeline: Timeline,
    tension: list[Floats],
    p: Process,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Draw graded reports on what is brewing, for the last years before the cutoff."""
    n = len(villages.log_m)
    frames = []
    for t in _half_years(timeline, p):
        brewing = standardised(tension[p.burn_in + t + 1])
        looks = rng.poisson(p.report_candidates * villages.reporting_rate)
        place = np.repeat(np.arange(n), looks)
        source = rng.choice(6, size=len(place), p=_SOURCES)
        information = rng.choice(6, size=len(place), p=_INFORMATION)
        noise = np.array(p.source_noise)[source] * np.array(p.information_noise)[information]
        seen = brewing[place] + noise * rng.normal(size=len(place))
        is_false = (
            rng.random(len(place)) < p.false_report_share * (seen > p.report_threshold).mean()
        )
        written = is_false | (seen > p.report_threshold)
        place = np.where(is_false, rng.integers(0, n, len(place)), place)[written]
        day = timeline.rows(t).start + rng.integers(0, timeline.window_days, len(place))
        late = rng.exponential(1.0, len(place)).round().astype("timedelta64[D]")
        frames.append(
            pl.DataFrame(
                {
                    "village_code": villages.codes[place].astype(str),
                    "occurred_on": timeline.days[day],
                    "known_on": timeline.days[day] + late,
                    "type": rng.choice(REPORT_TYPES, len(place)),
                    "source_grade": np.array(list("ABCDEF"))[source[written]],
                    "information_grade": np.array(list("123456"))[information[written]],
                    "is_false": is_false[written],
                }
            )
        )
    return pl.concat(frames).sort("occurred_on", "village_code")


def expected_reports(
    villages: Villages, timeline: Timeline, tension: list[Floats], p: Process
) -> float:
    """Return how many reports are written on average; proportional to `report_candidates`."""
    noise = np.outer(p.source_noise, p.information_noise).ravel()
    shares = np.outer(_SOURCES, _INFORMATION).ravel()
    looks = p.report_candidates * villages.reporting_rate
    written = 0.0
    for t in _half_years(timeline, p):
        above = standardised(tension[p.burn_in + t + 1]) - p.report_threshold
        seen = sum(share * ndtr(above / sd) for share, sd in zip(shares, noise, strict=True))
        is_false = p.false_report_share * float((looks * seen).sum() / looks.sum())
        written += float((looks * (seen + is_false * (1 - seen))).sum())
    return written


def _half_years(timeline: Timeline, p: Process) -> range:
    """Return the half-years before the cutoff in which reports are written."""
    count = min(timeline.half_years, round(p.report_years * 365.25 / timeline.window_days))
    return range(timeline.half_years - count, timeline.half_years)
