"""The fictional region: its truth must be true, and its past must not know its future."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy.spatial import KDTree
from scipy.stats import spearmanr

from models.simulation import CLASH_SHARES, Process, SimulatedRegion, simulate_region

CUTOFF = date(2024, 11, 20)
STAGES = {
    "logistics": (date(2024, 11, 24), date(2024, 11, 26)),
    "voting": (date(2024, 11, 27), date(2024, 11, 27)),
    "recap": (date(2024, 11, 27), date(2024, 12, 16)),
}
FRAMES = ("villages", "incidents", "outcomes", "reports", "truth")


def simulate(
    n_villages: int = 1500,
    seed: int = 1,
    stages: dict[str, tuple[date, date]] | None = None,
    process: Process | None = None,
) -> SimulatedRegion:
    wanted = STAGES if stages is None else stages
    return simulate_region(n_villages, seed, CUTOFF, date(2010, 1, 1), 182, wanted, process)


@pytest.fixture(scope="module")
def region() -> SimulatedRegion:
    return simulate()


def clashes(incidents: pl.DataFrame) -> pl.DataFrame:
    return incidents.filter(pl.col("type").is_in(list(CLASH_SHARES)))


def by_village(region: SimulatedRegion) -> pl.DataFrame:
    """One row a village: true clashes, reported ones, and the true risk in the window."""
    counts = (
        clashes(region.incidents)
        .group_by("village_code")
        .agg(happened=pl.len(), told=pl.col("reported").sum())
    )
    risk = region.truth.filter(hazard="conflict", stage="window")
    return (
        region.villages.join(risk.select("village_code", "true_risk"), on="village_code")
        .join(counts, on="village_code", how="left")
        .sort("village_code")
        .with_columns(pl.col("happened", "told").fill_null(0))
    )


def test_the_same_seed_gives_the_same_region_and_another_seed_another() -> None:
    first, again, other = simulate(200, 3), simulate(200, 3), simulate(200, 4)
    for name in FRAMES:
        assert getattr(first, name).equals(getattr(again, name)), name
        assert not getattr(first, name).equals(getattr(other, name)), name


def test_what_comes_after_the_cutoff_changes_nothing_before_it(region: SimulatedRegion) -> None:
    decade_on = replace(Process(), elections=(*Process().elections, ("later", date(2035, 3, 1))))
    assert simulate(process=decade_on).incidents.equals(region.incidents)
    assert simulate(stages={}).incidents.equals(region.incidents)
    assert max(region.incidents["occurred_on"].to_list()) < CUTOFF
    assert min(region.outcomes["occurred_on"].to_list()) >= CUTOFF


def test_truth_has_one_probability_for_each_village_and_stage(region: SimulatedRegion) -> None:
    expected = {("conflict", stage) for stage in (*STAGES, "window")} | {("logistics", "logistics")}
    truth = region.truth
    assert set(truth.select("hazard", "stage").unique().rows()) == expected
    assert truth.height == region.villages.height * len(expected)
    assert not truth.select("village_code", "hazard", "stage").is_duplicated().any()
    assert truth["true_risk"].is_between(0, 1).all()
    assert truth.columns == ["village_code", "hazard", "stage", "true_risk", "reporting_rate"]


def test_what_happens_is_as_probable_as_the_truth_says() -> None:
    region = simulate(20_000, 5)
    cases = [("conflict", "window", list(CLASH_SHARES)), ("conflict", "recap", list(CLASH_SHARES))]
    for hazard, stage, types in [*cases, ("logistics", "logistics", ["gangguan_logistik"])]:
        first, last = STAGES.get(stage, (CUTOFF, date(2025, 12, 31)))
        struck = region.outcomes.filter(
            pl.col("type").is_in(types) & pl.col("occurred_on").is_between(first, last)
        )["village_code"].unique()
        truth = region.truth.filter(hazard=hazard, stage=stage).sort("true_risk")
        happened = truth["village_code"].is_in(struck.implode()).to_numpy()
        risk = truth["true_risk"].to_numpy()
        for part in np.array_split(np.arange(len(risk)), 5):
            spread = np.sqrt((risk[part] * (1 - risk[part])).sum())
            assert abs(happened[part].sum() - risk[part].sum()) < 4 * spread + 1, (hazard, stage)


def test_clashes_are_as_frequent_as_promised_and_few_villages_carry_most() -> None:
    region = simulate(5000, 2)
    true = clashes(region.incidents)
    assert true.height == pytest.approx(5000 * 30 * 0.04, rel=0.1)
    largest = true.group_by("village_code").len()["len"].sort(descending=True)
    assert largest.head(500).sum() > 0.5 * true.height


def test_elections_bring_more_clashes(region: SimulatedRegion) -> None:
    quiet = simulate(process=replace(Process(), elections=()))
    days = [day for _, day in Process().elections if day < CUTOFF]

    def near(incidents: pl.DataFrame) -> int:
        spans = [pl.col("occurred_on").is_between(d, pl.lit(d).dt.offset_by("14d")) for d in days]
        return clashes(incidents).filter(pl.any_horizontal(spans)).height

    assert near(region.incidents) > 1.8 * near(quiet.incidents)


def test_reported_incidents_follow_the_reporting_rate(region: SimulatedRegion) -> None:
    incidents = region.incidents.join(
        region.villages.select("village_code", "reporting_rate"), on="village_code"
    )
    assert incidents["reported"].sum() < 0.8 * incidents.height
    for low, high in ((0.2, 0.35), (0.35, 0.5), (0.8, 0.9), (0.9, 1.0)):
        band = incidents.filter(pl.col("reporting_rate").is_between(low, high))
        expected = float(band.select(pl.col("reporting_rate").mean()).item())
        assert band.select(pl.col("reported").mean()).item() == pytest.approx(expected, abs=0.04)
    rates = region.villages["reporting_rate"]
    assert rates.is_between(0.2, 1).all()
    assert (rates <= 0.5).mean() == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("column", ["true_risk", "reporting_rate"])
def test_neighbours_are_alike(region: SimulatedRegion, column: str) -> None:
    frame = by_village(region)
    points = frame.select("lat", "lon").to_numpy()
    nearest = np.asarray(KDTree(points).query(points, k=6)[1])
    values = np.log(frame[column].to_numpy())
    centred = values - values.mean()
    moran = (centred * centred[nearest[:, 1:]].mean(axis=1)).mean() / centred.var()
    assert moran > 0.15


def test_history_predicts_the_truth_where_all_is_told(region: SimulatedRegion) -> None:
    told = by_village(region).filter(pl.col("reporting_rate") > 0.9)
    assert spearmanr(told["told"], told["true_risk"]).statistic > 0.3


def test_better_graded_reports_know_more_and_some_are_false(region: SimulatedRegion) -> None:
    risk = by_village(region).select("village_code", "true_risk")
    reports = region.reports.join(risk, on="village_code")
    good = reports.filter(pl.col("source_grade").is_in(["A", "B"]))
    poor = reports.filter(pl.col("source_grade").is_in(["D", "E"]))
    everywhere = float(np.log(risk["true_risk"].to_numpy()).mean())
    assert np.log(good["true_risk"].to_numpy()).mean() > np.log(poor["true_risk"].to_numpy()).mean()
    assert np.log(poor["true_risk"].to_numpy()).mean() > everywhere
    assert reports.select(pl.col("is_false").mean()).item() == pytest.approx(0.1, abs=0.05)
    days = reports["occurred_on"].to_list()
    assert date(2021, 11, 1) <= min(days) <= max(days) < CUTOFF


def test_reports_come_from_outside_history_too(region: SimulatedRegion) -> None:
    """Where nothing ever happened, reports still lean towards the risk to come."""
    counts = region.reports.group_by("village_code").agg(reports=pl.len())
    calm = by_village(region).filter(happened=0).join(counts, on="village_code", how="left")
    assert spearmanr(calm["reports"].fill_null(0), calm["true_risk"]).statistic > 0.15


def test_codes_keep_their_form_where_a_regency_is_full() -> None:
    codes = simulate(5000, 2).villages["village_code"]
    assert codes.str.contains(r"^99\.\d{2}\.\d{2}\.2\d{3}$").all()
    assert codes.n_unique() == 5000
    assert codes.is_sorted()
    assert codes.str.slice(3, 2).n_unique() > 1


def test_as_many_are_told_as_asked_for_and_the_truth_rises_with_them(
    region: SimulatedRegion,
) -> None:
    busy = simulate_region(
        1500, 1, CUTOFF, date(2010, 1, 1), 182, STAGES, None, told_incidents=60_000,
        told_reports=20_000,
    )  # fmt: skip
    assert busy.incidents["reported"].sum() == pytest.approx(60_000, rel=0.03)
    assert busy.reports.height == pytest.approx(20_000, rel=0.03)
    assert busy.villages.equals(region.villages)
    quiet_mean = region.truth.select(pl.col("true_risk").mean()).item()
    assert busy.truth.select(pl.col("true_risk").mean()).item() > 3 * quiet_mean
    happened = (
        busy.outcomes.filter(pl.col("type").is_in(list(CLASH_SHARES)))["village_code"].unique()
    )  # fmt: skip
    window = busy.truth.filter(hazard="conflict", stage="window")
    risk = window["true_risk"].to_numpy()
    spread = np.sqrt((risk * (1 - risk)).sum())
    assert abs(len(happened) - risk.sum()) < 4 * spread
    assert busy.process.clash_mean > 5 * region.process.clash_mean


def test_what_is_asked_for_as_it_was_expected_changes_nothing(region: SimulatedRegion) -> None:
    told = region.incidents["reported"].sum()
    again = simulate_region(
        1500, 1, CUTOFF, date(2010, 1, 1), 182, STAGES, None, told_incidents=told
    )  # fmt: skip
    assert again.process.clash_mean == pytest.approx(region.process.clash_mean, rel=0.05)


def test_a_region_too_large_for_one_sea_lies_where_it_touches_no_coast() -> None:
    near, far = simulate(5000, 2, {}).villages, simulate(5001, 2, {}).villages
    assert near["lat"].is_between(-6, -3.5).all()
    assert near["lon"].is_between(109.5, 112).all()
    assert far["lat"].is_between(-19.5, -16.5).all()
    assert far["lon"].is_between(102.5, 105.5).all()


@pytest.mark.parametrize(
    ("n_villages", "stages", "message"),
    [
        (19, STAGES, "20 or more"),
        (20, {"late": (date(2024, 12, 1), date(2025, 12, 1))}, "late"),
        (20, {"early": (date(2024, 11, 1), date(2024, 11, 30))}, "early"),
    ],
)
def test_a_region_that_cannot_be_drawn_is_refused(
    n_villages: int, stages: dict[str, tuple[date, date]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        simulate(n_villages, stages=stages)
