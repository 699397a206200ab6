"""Published deployments: what a published rule gives, what was fitted, and by how much not."""

import math
import shutil
from pathlib import Path

import pytest

from rawan.errors import RawanError
from rawan.planning.rules.patterns import read_patterns
from rawan.planning.rules.published import REFERENCE, PublishedRow, published_table
from rawan.planning.rules.spreading import read_rows

FILES = ("published_deployments.csv", "patterns.toml", "polling_stations.csv")


@pytest.fixture(scope="module")
def table() -> list[PublishedRow]:
    return published_table("en")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        shutil.copy(REFERENCE / name, tmp_path / name)
    return tmp_path


def figure(table: list[PublishedRow], deployment: str, subject: str) -> PublishedRow:
    (row,) = (r for r in table if r.deployment == deployment and subject in r.subject)
    return row


def test_the_vulnerable_and_special_of_2024_are_reproduced_by_the_rule_of_the_province(
    table: list[PublishedRow],
) -> None:
    for subject, officers in (("56 vulnerable", 56), ("12 special", 24)):
        row = figure(table, "lampung_selatan_pemilu2024", subject)
        assert (row.published, row.computed, row.verdict) == (officers, officers, "reproduced")


def test_the_472_are_called_fitted_though_they_lie_in_the_published_span(
    table: list[PublishedRow],
) -> None:
    row = figure(table, "lampung_selatan_pemilu2024", "2,961")
    assert (row.published, row.computed, row.least) == (472, 494, 298)
    assert (row.fitted, row.difference, row.verdict) == (472, -22, "fitted")
    assert row.is_allowed
    assert "fitted" in row.reason


def test_all_the_officers_at_tps_of_2024_add_up(table: list[PublishedRow]) -> None:
    sums = [r for r in table if r.deployment == "lampung_selatan_pemilu2024" and r.least is None]
    assert {(r.published, r.verdict) for r in sums} == {
        (552, "adds_up"),
        (865, "adds_up"),
        (3029, "adds_up"),
    }
    row = figure(table, "lampung_selatan_pemilu2024", "officers at TPS by class")
    assert row.rule == "472 + 56 + 24"


def test_the_fit_depends_on_where_the_vulnerable_tps_lie() -> None:
    """The note of the fitted pattern gives this range: 458 to 486 over all places of the 56."""
    tps: dict[str, int] = {}
    for row in read_rows(REFERENCE / "polling_stations.csv", ("election",)):
        if row["election"] == "pemilu2024":
            tps[row["district_code"]] = tps.get(row["district_code"], 0) + int(row["tps"])
    low, high = {0: 0}, {0: 0}
    for count in tps.values():
        lower: dict[int, int] = {}
        higher: dict[int, int] = {}
        for used in low:
            for here in range(min(56 - used, count) + 1):
                officers = 2 * math.ceil((count - here) / 13)
                at = used + here
                lower[at] = min(lower.get(at, 10**9), low[used] + officers)
                higher[at] = max(higher.get(at, 0), high[used] + officers)
        low, high = lower, higher
    assert (low[56], high[56]) == (458, 486)
    note = read_patterns(REFERENCE / "patterns.toml")["lampung_selatan_pemilu2024_fitted"].note_en
    assert "458 to 486" in note


@pytest.mark.parametrize(
    ("deployment", "subject", "published", "computed"),
    [
        ("national_pilkada2020", "TPS by class", 300152, 306928),
        ("tanggamus_pringsewu_pemilu2019", "TPS by class", 3391, 3384),
        ("lampung_pilkada2024", "November", 13282, 13272),
        ("babel_pilkada2024", "TPS by class", 2197, 1912),
    ],
)
def test_a_total_that_does_not_add_up_says_by_how_much(
    table: list[PublishedRow], deployment: str, subject: str, published: int, computed: int
) -> None:
    (row,) = (
        r
        for r in table
        if r.deployment == deployment and subject in r.subject and r.published == published
        if r.verdict == "not_reconciled"
    )
    assert (row.computed, row.difference) == (computed, published - computed)
    assert row.reason


def test_the_rule_of_2020_gives_fewer_than_the_police_counted(table: list[PublishedRow]) -> None:
    row = figure(table, "national_pilkada2020", "officers at TPS")
    assert (row.published, row.computed, row.verdict) == (137729, 99798, "no_rule")


def test_a_figure_is_only_called_reproduced_by_a_published_rule(table: list[PublishedRow]) -> None:
    patterns = read_patterns(REFERENCE / "patterns.toml")
    rows = read_rows(REFERENCE / "published_deployments.csv", ("pattern", "fit", "election"))
    for row, found in zip(rows, table, strict=True):
        if row["pattern"]:
            assert not patterns[row["pattern"]].is_fitted
            assert str(patterns[row["pattern"]].year) in found.deployment
        if row["fit"]:
            assert patterns[row["fit"]].is_fitted
        if found.verdict == "reproduced":
            assert row["pattern"]
            assert found.difference == 0


def test_every_difference_has_a_likely_reason_in_both_languages(table: list[PublishedRow]) -> None:
    for here, there in zip(table, published_table("id"), strict=True):
        if here.verdict not in ("reproduced", "adds_up"):
            assert here.reason
            assert there.reason
            assert here.reason != there.reason
        assert here.source_url.startswith("http")
        assert here.subject != there.subject


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2961+56+12", "2961+lima+12", 'row 6, column "parts": "lima" is not a whole number'),
        (",472,", ",empat,", 'row 2, column "published": "empat"'),
        ("lampung_pemilu2024,lampung_s", "lampung_pemilu24,lampung_s", "Did you mean"),
        (",officers,", ",orang,", "is neither officers nor sum"),
        ("subject_en", "subjek", "the columns subject_en are missing"),
    ],
)
def test_a_wrong_cell_is_named(folder: Path, old: str, new: str, said: str) -> None:
    path = folder / "published_deployments.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RawanError) as caught:
        published_table("id", folder)
    assert said in str(caught.value)
