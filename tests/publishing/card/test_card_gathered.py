"""The facts of the card are those of the warehouse and the choice, and what is lacking says why."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from models.backtest import Backtest, Skip, Table, TooFew
from models.calibration_bins import CalibrationBins
from models.evidence import draw_past
from rawan import choosing, kept_model, preparation, scoring
from rawan.calendar import Election
from rawan.candidates import BASELINE, make_candidates
from rawan.kept_values import keep
from rawan.places.placing import Fates
from rawan.progress import Progress
from rawan.publishing.bilingual import Figure, Words
from rawan.publishing.card.facts import (
    CardFacts,
    ChoiceFacts,
    ErrorTree,
    GroupTable,
    PresenceFacts,
    SkillTable,
)
from rawan.publishing.card.failures import MOST_DISTRICTS, Past, failures, tree
from rawan.publishing.card.gathered import Learned, gather
from rawan.publishing.card.render import card_files
from rawan.settings import ChoiceRule, Models, Publish, Settings, load_settings
from rawan.sources.fictional import write_region
from rawan.warehouse import Warehouse, open_warehouse

HASHES = {"code_sha256": "ab" * 32}
VERSIONS = {"polars": "2.1.0"}


@dataclass(frozen=True)
class Region:
    """A fictional region with its features built, and the model chosen on it."""

    settings: Settings
    warehouse: Warehouse
    election: Election
    fates: Fates
    table: Table
    choice: choosing.Choice

    def facts(
        self, choice: choosing.Choice | None = None, settings: Settings | None = None, **given: Any
    ) -> CardFacts:
        choice, settings = choice or self.choice, settings or self.settings
        learned = Learned.again(self.table, settings, choice)
        return gather(
            self.warehouse,
            settings,
            choice,
            learned,
            self.fates,
            [Words("hati-hati", "beware")],
            "20241120-0123456789ab",
            HASHES,
            VERSIONS,
            **given,
        )

    def past(self, name: str = BASELINE) -> Past:
        found = self.choice.backtest.predictions[name]
        drawn = draw_past(found, 50, np.random.default_rng(1))
        return Past.of(found, self.table, self.choice.k, drawn)


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Region]:
    config = write_region(tmp_path_factory.mktemp("simulated") / "region", 120, seed=1)
    names = ["decayed_count", "mean_rate", "scorecard"]
    models = Models(candidates=names, comparison_draws=100)  # type: ignore[arg-type] # known names
    settings = load_settings(config).model_copy(update={"models": models})
    with open_warehouse(settings, ":memory:") as warehouse:
        taken = preparation.take_in(warehouse, settings, Progress(quiet=True))
        warehouse.build("features")
        table = choosing.load_table(warehouse, settings)
        choice = choosing.choose_model(warehouse, settings)
        yield Region(settings, warehouse, taken.election, taken.fates, table, choice)


@pytest.fixture(scope="module")
def facts(region: Region) -> CardFacts:
    return region.facts()


def test_where_a_sample_was_compared_the_card_is_whole_and_says_so(region: Region) -> None:
    models = region.settings.models.model_copy(update={"tournament_villages": 60})
    settings = region.settings.model_copy(update={"models": models})
    choice = choosing.choose_model(region.warehouse, settings)
    assert 60 <= choice.compared < 120
    assert choice.k == 12
    assert choice.backtest.k == round(12 * choice.compared / 120)
    card = card_files(region.facts(choice, settings), "en")["model_card.md"]
    assert f"compared on {choice.compared} of 120 villages" in card
    assert f"k = {choice.backtest.k} of {choice.compared} villages" in card
    scoring.score(region.warehouse, settings, region.election, choice)
    assert region.warehouse.value("SELECT count(*) FROM scores.scored") == 2 * 120


def test_the_card_of_a_region_is_whole_in_both_languages(facts: CardFacts) -> None:
    files = card_files(facts, "id")
    for name in ("model_card.id.md", "model_card.en.md"):
        cells = [
            cell.strip()
            for line in files[name].splitlines()
            if line.startswith("|") and not line.startswith("|---")
            for cell in re.split(r"(?<!\\)\|", line)[1:-1]
        ]
        assert cells
        assert all(cells)
    english = files["model_card.en.md"]
    for word in ("Published", "Cutoff", "Villages", "not applicable"):
        assert word in english
        assert word not in files["model_card.id.md"]


def test_every_row_that_came_in_is_on_the_card(region: Region, facts: CardFacts) -> None:
    came_in = region.warehouse.value("SELECT sum(rows)::BIGINT FROM raw.sheets")
    assert sum(intake.rows for intake in facts.data.intakes) == came_in
    incidents = next(i for i in facts.data.intakes if i.kind.en == "Incidents")
    assert incidents.last is not None
    assert incidents.last < facts.cutoff
    late = region.warehouse.value(
        "SELECT count(*) FROM staging.read_incidents WHERE verdict.fate = 'placed'"
        " AND (known_on > getvariable('published_cutoff')"
        " OR occurred_on >= getvariable('published_cutoff'))"
    )
    assert incidents.counted == incidents.placed - late
    blind = region.warehouse.value(
        "SELECT count(*) FROM features.village_cutoff"
        " WHERE cutoff = getvariable('published_cutoff') AND is_blind_spot"
    )
    assert (facts.data.blind_spots, facts.data.places) == (blind, 120)


def test_the_figures_are_those_of_the_choice(region: Region, facts: CardFacts) -> None:
    choice = region.choice
    assert choice.decision is not None
    assert isinstance(facts.choice, ChoiceFacts)
    assert facts.choice.published == choice.candidate.name == facts.published
    assert facts.choice.cutoffs == choice.cutoffs_tested
    assert facts.choice.window_days == (182, 182)
    assert not isinstance(facts.skill, Words)
    assert [table.part for table in facts.skill] == ["all", "history", "onset"]
    told = facts.skill[0].rows["scorecard"]["auc"]
    assert told == Figure(*vars(choice.measures["all"]["scorecard"]["auc"]).values())
    assert facts.mean_regret == Figure(choice.mean_regret or 0.0)
    assert isinstance(facts.calibration, CalibrationBins)
    assert sum(facts.calibration.places) == 120 * facts.stated
    assert isinstance(facts.probability, SkillTable)
    assert isinstance(facts.probability.rows["scorecard"]["brier"], Words)


def test_every_group_of_places_adds_up_to_all_incidents(region: Region, facts: CardFacts) -> None:
    followed = sum(int(p.count.sum()) for p in region.choice.backtest.predictions[BASELINE])
    assert len(facts.failures) == 4
    for table in facts.failures:
        assert isinstance(table, GroupTable)
        assert sum(row.incidents for row in table.rows) == followed
        assert sum(row.places for row in table.rows) == 120 * region.choice.cutoffs_tested
    districts = region.warehouse.value("SELECT count(DISTINCT district) FROM reference.villages")
    assert isinstance(facts.failures[0], GroupTable)
    assert len(facts.failures[0].rows) == districts


def test_many_kecamatan_are_told_by_where_most_was_missed(region: Region) -> None:
    codes = region.table.at(region.settings.calendar.cutoff)["village_code"].to_list()
    (table, *_) = failures(region.past(), {code: f"K {code}" for code in codes})
    assert isinstance(table, GroupTable)
    assert len(table.rows) == MOST_DISTRICTS
    assert table.rows[-1].group.en == f"{120 - MOST_DISTRICTS + 1} other kecamatan"
    hit = sum(int(p.count.sum()) for p in region.past().predictions)
    assert sum(row.incidents for row in table.rows) == hit


def test_a_region_without_an_input_says_so(region: Region) -> None:
    past = region.past()
    bare = replace(
        past,
        rows=[
            rows.with_columns(
                pl.lit(None, dtype=pl.Float64).alias(name)
                for name in ("distance_capital_km", "ikg_access", "tps_count")
            )
            for rows in past.rows
        ],
    )
    by_district, remoteness, size, coverage = failures(bare, {})
    assert [isinstance(table, Words) for table in (by_district, remoteness, size)] == [True] * 3
    assert isinstance(remoteness, Words)
    assert remoteness.en == "this record holds no Distance to the regency's seat"
    assert isinstance(coverage, GroupTable)
    only_access = replace(
        past,
        rows=[rows.with_columns(pl.lit(True).alias("is_distance_missing")) for rows in past.rows],
    )
    access = failures(only_access, {})[1]
    assert isinstance(access, GroupTable)
    assert access.by.en == "Difficulty of access (IKG)"


def test_the_tree_tells_where_the_list_is_blind(region: Region) -> None:
    past = region.past()
    random = np.random.default_rng(2)
    predictions, rows = [], []
    for prediction, frame in zip(past.predictions, past.rows, strict=True):
        far = random.permutation(120) >= 60
        count = (random.random(120) < 0.2).astype(np.int64)
        score = np.where(far, 0.0, count + random.random(120))
        predictions.append(replace(prediction, score=score, count=count))
        rows.append(frame.with_columns(pl.Series("distance_capital_km", 10.0 + 80 * far)))
    found = tree(replace(past, predictions=predictions, rows=rows, k=40))
    assert isinstance(found, ErrorTree)
    worst = found.rows[0]
    assert worst.rule.en == "Distance to the regency's seat more than 50"
    assert worst.rule.id == "Jarak ke ibu kota kabupaten lebih dari 50"
    assert isinstance(worst.share, Figure)
    assert worst.share.value > 0.95
    assert sum(row.incidents for row in found.rows) == sum(p.count.sum() for p in predictions)
    few = replace(past, predictions=predictions[:1], rows=rows[:1], k=40)
    blank = replace(few.predictions[0], count=np.eye(1, 120, dtype=np.int64)[0])
    untold = tree(replace(few, predictions=[blank]))
    assert isinstance(untold, Words)
    assert "in 1 villages" in untold.en


def test_without_a_tested_cutoff_every_section_says_why(region: Region) -> None:
    days = region.choice.backtest.cutoffs[:3]
    skipped = {day: Skip("too_few", 2) for day in days[:2]} | {days[2]: Skip("no_outcome", 0)}
    untested = choosing.judge(
        make_candidates(region.settings, region.table.frame.columns),
        Backtest(12, {BASELINE: []}, skipped, {}),
        region.settings,
        k=12,
        compared=120,
    )
    facts = region.facts(untested)
    why = "2 with too few known outcomes to learn from; 1 without an outcome that followed"
    sections = ("choice", "skill", "ties", "probability", "curve", "calibration", "tree")
    for name in (*sections, "regret", "mean_regret", "shadow"):
        reason = getattr(facts, name)
        assert isinstance(reason, Words), name
        assert why in reason.en, name
    assert all(isinstance(table, Words) and why in table.en for table in facts.failures)
    card = card_files(facts, "en")
    assert "calibration.svg" not in card
    assert why in card["model_card.md"]


def test_what_was_left_out_or_set_aside_is_told(region: Region) -> None:
    day = region.choice.backtest.cutoffs[0]
    left_out = {"boosted_steps": TooFew(day, 6, 50)}
    assert region.choice.decision is not None
    decision = replace(
        region.choice.decision,
        leader="mean_rate",
        within=("mean_rate", "scorecard"),
        contenders=("mean_rate",),
    )
    choice = replace(
        region.choice,
        decision=decision,
        backtest=replace(region.choice.backtest, left_out=left_out),
    )
    card = card_files(region.facts(choice), "en")["model_card.md"]
    assert "Boosted monotone steps: left out of the comparison" in card
    assert "set aside for being worse in a guarded measure: Expert scorecard" in card
    gone = region.settings.model_copy(update={"choice": ChoiceRule(champion="kernel_density")})
    in_use = region.settings.model_copy(update={"choice": ChoiceRule(champion="mean_rate")})
    shadows = [region.facts(choice, settings).shadow for settings in (gone, in_use)]
    assert shadows == [
        Words.of("card.reason.champion_left_out"),
        Words.of("card.reason.leader_in_use"),
    ]


def test_what_others_found_stands_on_the_card_and_else_a_reason(
    region: Region, facts: CardFacts
) -> None:
    assert facts.presence == Words.of("card.reason.not_measured")  # there are deployments
    found = PresenceFacts(3, Figure(0.1), 12, 2, [])
    assert region.facts(presence=found).presence is found
    only_conflict = region.settings.model_copy(
        update={"publish": [Publish(hazard="conflict", stages=["voting"])]}
    )
    assert region.facts(settings=only_conflict).logistics_weights == Words.of(
        "card.reason.no_logistics"
    )


def test_the_kept_model_gives_the_scores_of_the_list_again(region: Region, tmp_path: Path) -> None:
    settings, choice = region.settings, region.choice
    learned = Learned.again(region.table, settings, choice)
    kept = keep(
        choice.candidate.name, choice.candidate.scale, learned.fitted, choice.calibration, HASHES
    )
    again = kept_model.load(kept_model.save(tmp_path, kept, "0123456789ab"))
    scoring.score(region.warehouse, settings, region.election, choice)
    listed = region.warehouse.frame(
        "SELECT score, risk FROM scores.scored WHERE hazard = 'conflict' ORDER BY village_code"
    )
    now = region.table.at(settings.calendar.cutoff)
    assert again.fitted.score(now).tolist() == listed["score"].to_list()
    assert again.calibration is not None
    assert (
        again.calibration.probability(again.fitted.score(now)).tolist() == listed["risk"].to_list()
    )
    assert [entry.name for entry in again.inputs] == list(learned.fitted.names)
    assert again.provenance == HASHES


def test_drift_is_that_of_what_the_published_model_looks_at(facts: CardFacts) -> None:
    assert not isinstance(facts.drift, Words)
    assert {row.drift.name for row in facts.drift} == {"clash_decayed", "clash_per_year"}
    assert facts.learned_on == facts.cutoff
