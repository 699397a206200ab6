"""Reasons: they add up, stand against the average village, and read well in both languages."""

import json
import math
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.additive import Scale
from rawan.errors import RawanError
from rawan.features import registry
from rawan.publishing.reasons.numbers import by_group, reason_numbers
from rawan.publishing.reasons.sentences import Teller
from rawan.publishing.reasons.table import driver_lines, reasons
from rawan.publishing.reasons.words import CONTRACT, Contract, contract, read_contract
from rawan.settings import Language

Parts = dict[str, float]
LANGUAGES: tuple[Language, ...] = ("id", "en")


def listed(
    parts: list[Parts], model: str = "m", top_k: int = 1, stages: tuple[str, ...] = ("voting",)
) -> pl.DataFrame:
    """A list of as many villages as there are contributions to a score."""
    scores = [sum(row.values()) for row in parts]
    rows = [
        {
            "hazard": "conflict",
            "stage": stage,
            "village_code": f"99.99.01.{2001 + i}",
            "rank": 1 + sum(other > score for other in scores),
            "top_k": top_k,
            "score": score,
            "components": json.dumps(row),
            "model": model,
            "reports_used": i,
        }
        for stage in stages
        for i, (row, score) in enumerate(zip(parts, scores, strict=True))
    ]
    return pl.DataFrame(rows)


def events(*told: tuple[int, str, str, date, date]) -> pl.DataFrame:
    """Evidence: village, event, type group, and the interval of the source's date."""
    columns = {
        "village_code": pl.String,
        "event_key": pl.String,
        "type_group": pl.String,
        "occurred_from": pl.Date,
        "occurred_on": pl.Date,
    }
    rows = [(f"99.99.01.{2001 + i}", *more) for i, *more in told]
    return pl.DataFrame(rows, schema=columns, orient="row")


def of_first(table: pl.DataFrame) -> list[dict[str, Any]]:
    return table.filter(pl.col("village_code") == "99.99.01.2001").to_dicts()


def sentence_of(
    parts: list[Parts],
    features: pl.DataFrame | None = None,
    evidence: pl.DataFrame | None = None,
    lang: Language = "en",
    scale: Scale | None = "log_odds",
    words: Contract | None = None,
) -> str:
    """The first reason of the first village."""
    scales: dict[str, Scale] = {} if scale is None else {"m": scale}
    table = reasons(
        listed(parts), features, events() if evidence is None else evidence, scales, words
    )
    return str(of_first(table)[0][f"sentence_{lang}"])


def values(**columns: list[Any]) -> pl.DataFrame:
    n = len(next(iter(columns.values())))
    return pl.DataFrame({"village_code": [f"99.99.01.{2001 + i}" for i in range(n)], **columns})


# ---------------------------------------------------------------------------------------------
# Numbers

NAMES = ["intercept", *registry(), "past_clash_91", "past_clash_365", "past_riot_91", "brand_new"]
scores = st.lists(
    st.fixed_dictionaries({}, optional={name: st.floats(-50, 50) for name in NAMES}),
    min_size=1,
    max_size=6,
)


@given(scores)
def test_the_reasons_of_every_village_add_up_to_its_score(parts: list[Parts]) -> None:
    ranking = listed(parts)
    table = reason_numbers(ranking, None, events(), {})
    summed = table.group_by("village_code").agg(pl.col("contribution").sum())
    both = ranking.join(summed, on="village_code", how="left").fill_null(0.0)
    assert both.filter((pl.col("contribution") - pl.col("score")).abs() >= 1e-9).is_empty()


@given(scores)
def test_a_reason_stands_against_the_mean_of_the_region(parts: list[Parts]) -> None:
    table = reason_numbers(listed(parts), None, events(), {})
    for rows in table.partition_by("group"):
        assert abs(math.fsum(rows["relative"].to_list())) < 1e-9
        usual = (rows["contribution"] - rows["relative"]).to_list()
        assert max(usual) - min(usual) < 1e-9


@given(scores)
def test_the_largest_difference_comes_first_and_the_intercept_last(parts: list[Parts]) -> None:
    table = reason_numbers(listed(parts), None, events(), {})
    for rows in table.partition_by("village_code"):
        assert rows["position"].to_list() == list(range(1, rows.height + 1))
        weights = rows.filter(pl.col("group") != "intercept")["relative"].abs()
        assert weights.to_list() == sorted(weights, reverse=True)
        if "intercept" in rows["group"].to_list():
            assert rows["group"][-1] == "intercept"
            assert not rows["is_told"][-1]


def test_histories_of_one_type_are_one_reason_and_so_are_the_neighbours() -> None:
    parts = [
        {
            "past_clash_91": 1.0,
            "past_clash_1460": 0.5,
            "clash_per_year": 0.25,
            "past_protest_365": 0.125,
            "neighbour_clash_decayed": 2.0,
            "district_clash_decayed": -1.0,
            "is_turnout_missing": 0.5,
            "is_tps_missing": 0.25,
        },
        {"past_clash_91": 0.0},
    ]
    table = reason_numbers(listed(parts), None, events(), {})
    found = {row["group"]: row["contribution"] for row in of_first(table)}
    assert found == {"past_clash": 1.75, "past_protest": 0.125, "nearby": 1.0, "unknown": 0.75}


def test_stages_that_share_a_score_share_their_reasons() -> None:
    parts = [{"turnout": 1.0}, {"turnout": 0.0}]
    one = reason_numbers(listed(parts), None, events(), {})
    two = reason_numbers(listed(parts, stages=("voting", "recap")), None, events(), {})
    assert one.equals(two)


def test_reasons_that_do_not_add_up_are_refused() -> None:
    ranking = listed([{"turnout": 1.0}]).with_columns(score=pl.lit(1.1))
    with pytest.raises(ValueError, match="do not add up"):
        reason_numbers(ranking, None, events(), {})


def test_stages_with_scores_of_their_own_are_refused_and_not_mixed() -> None:
    ranking = pl.concat([listed([{"turnout": 1.0}]), listed([{"turnout": 2.0}])])
    with pytest.raises(ValueError, match="scores of their own"):
        reason_numbers(ranking, None, events(), {})


def test_contributions_by_group_stand_in_the_order_of_the_villages() -> None:
    parts = [{"turnout": 3.0, "tps_count": 0.0}, {"turnout": 1.0, "tps_count": 9.0}]
    table = reason_numbers(listed(parts), None, events(), {})
    found = {name: part.tolist() for name, part in by_group(table).items()}
    assert found == {"turnout": [3.0, 1.0], "size": [0.0, 9.0]}


# ---------------------------------------------------------------------------------------------
# Sentences

RAISED = [{"past_clash_91": 1.5}, {"past_clash_91": 0.0}, {"past_clash_91": 0.0}]
DAY = date(2024, 3, 18)


def test_a_history_tells_its_incidents_and_how_many_times_as_likely_it_makes_trouble() -> None:
    evidence = events(
        (0, "a", "clash", date(2021, 5, 2), date(2021, 5, 2)),
        (0, "a", "clash", date(2021, 5, 2), date(2021, 5, 2)),
        (0, "b", "clash", DAY, DAY),
        (0, "c", "protest", date(2024, 4, 1), date(2024, 4, 1)),
        (1, "d", "clash", DAY, DAY),
    )
    assert sentence_of(RAISED, evidence=evidence) == (
        "Clashes in this village: 2 incidents, the newest on 18 March 2024; "
        "1 in an average village. Raises: 2.7 times as likely as in an average village."
    )
    assert sentence_of(RAISED, evidence=evidence, lang="id") == (
        "Kerusuhan di desa ini: 2 kejadian, terbaru 18 Maret 2024; desa rata-rata 1. "
        "Menaikkan: kemungkinannya 2,7 kali desa rata-rata."
    )


def test_a_date_known_only_to_the_month_does_not_look_like_a_day() -> None:
    evidence = events((0, "a", "clash", date(2023, 12, 1), date(2023, 12, 31)))
    assert "1 December 2023 to 31 December 2023" in sentence_of(RAISED, evidence=evidence)
    assert "1 Desember 2023 s.d. 31 Desember 2023" in sentence_of(RAISED, None, evidence, "id")


def test_what_lowers_is_told_as_lowering() -> None:
    parts = [{"past_clash_91": 0.0}, {"past_clash_91": 3.0}]
    evidence = events((1, "a", "clash", DAY, DAY))
    assert sentence_of(parts, evidence=evidence) == (
        "Clashes in this village: none on record; 0.5 in an average village. "
        "Lowers: 0.22 times as likely as in an average village."
    )


@pytest.mark.parametrize(
    ("scale", "told"),
    [
        ("log_rate", "2.7 times as many incidents expected as in an average village"),
        ("count", "counts as 1.5 incidents (less as they age), 0.5 in an average village"),
        ("index", "1.5 points of the index, 0.5 in an average village"),
        (None, "+1.00 points of the score against an average village"),
    ],
)
def test_the_size_is_in_the_unit_of_the_score(scale: Scale | None, told: str) -> None:
    assert sentence_of(RAISED, scale=scale).endswith(f"Raises: {told}.")


@pytest.mark.parametrize(
    ("relative", "told"),
    [(0.01, "1.01"), (0.7, "2"), (0.5, "1.65"), (3.0, "20"), (9.0, "more than 1000")],
)
def test_a_factor_has_as_many_digits_as_can_be_used(relative: float, told: str) -> None:
    assert Teller(contract(), "en").factor(relative) == told


def test_a_size_too_small_to_write_is_not_told_as_nothing() -> None:
    assert Teller(contract(), "en").factor(-9.0) == "less than 0.01"
    assert Teller(contract(), "id").amount(0.0002, 2) == "kurang dari 0,01"
    parts = [{"past_clash_91": 0.0002}, {"past_clash_91": 0.0}]
    assert "+less than 0.01 points" in sentence_of(parts, scale=None)


def test_a_value_is_told_with_its_unit_beside_the_median_village() -> None:
    parts = [{"turnout": 1.0}, {"turnout": 0.0}, {"turnout": -0.2}]
    told = values(turnout=[0.912, 0.8, 0.7], is_turnout_missing=[False, False, True])
    assert sentence_of(parts, told).startswith("Turnout: 91 %; median village 80 %. Raises:")
    assert sentence_of(parts, told, lang="id").startswith(
        "Partisipasi pemilih: 91 %; desa tengah 80 %. Menaikkan:"
    )


def test_a_value_that_was_unknown_is_told_as_filled_in() -> None:
    parts = [{"turnout": 1.0}, {"turnout": 0.0}]
    told = values(turnout=[0.8, 0.8], is_turnout_missing=[True, False])
    assert "Turnout: unknown, filled with the region's median (80 %). " in sentence_of(parts, told)


def test_of_a_family_the_feature_that_weighs_most_in_the_village_is_told() -> None:
    parts = [
        {"neighbour_clash_decayed": 0.1, "district_clash_decayed": 2.0},
        {"neighbour_clash_decayed": 0.0, "district_clash_decayed": 0.0},
    ]
    told = values(neighbour_clash_decayed=[0.5, 0.0], district_clash_decayed=[1.25, 0.25])
    assert sentence_of(parts, told).startswith(
        "Clashes around the village: mainly Clashes elsewhere in the kecamatan: "
        "1.25 incidents a village; median village 0.75 incidents a village. "
    )


def test_unknown_inputs_are_counted_together() -> None:
    parts = [{"is_turnout_missing": 1.0, "is_tps_missing": 0.5}, {"is_turnout_missing": 0.0}]
    told = values(is_turnout_missing=[True, False], is_tps_missing=[True, False])
    assert sentence_of(parts, told).startswith("Inputs that are unknown: 2 unknown inputs;")


def test_reports_are_told_by_their_number() -> None:
    parts = [{"report_conflict_decayed": -1.0}] + 2 * [{"report_conflict_decayed": 1.0}]
    table = reasons(listed(parts, top_k=3), None, events(), {})
    found = [row["sentence_en"].split(":")[1] for row in table.iter_rows(named=True)]
    assert found == [
        " no reports. Lowers",
        " 1 report. Raises",
        " 2 reports. Raises",
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_feature_that_nobody_has_written_words_for_is_never_wordless(lang: Language) -> None:
    parts = [{"brand_new": 1.0}, {"brand_new": 0.0}]
    told = values(brand_new=[7.5, 1.5])
    sentence = sentence_of(parts, told, lang=lang)
    assert sentence.startswith("brand_new: ")
    assert ("7.5" if lang == "en" else "7,5") in sentence


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_feature_of_the_catalogue_has_a_sentence(lang: Language) -> None:
    for name in registry():
        sentence = sentence_of([{name: 1.0}, {name: 0.0}], values(**{name: [1.0, 0.0]}), lang=lang)
        assert sentence.endswith(".")
        assert "{" not in sentence
        assert not sentence.startswith(name)


def test_a_type_of_incident_of_another_region_is_named_as_it_is_there() -> None:
    parts = [{"past_riots_protests_365": 1.0}, {"past_riots_protests_365": 0.0}]
    evidence = events((0, "a", "riots_protests", DAY, DAY))
    assert sentence_of(parts, evidence=evidence).startswith(
        'Incidents of type "riots_protests" in this village: 1 incident, on 18 March 2024;'
    )


def test_sentences_are_for_those_that_are_read_first() -> None:
    """Three for everyone, all for the top k, none for what hardly differs."""
    names = ["turnout", "tps_count", "ikg_access", "distance_seat_km", "competitiveness"]
    parts = [
        {**dict.fromkeys(names, 5.0), "water_crossing_share": 0.001},
        {**dict.fromkeys(names, 0.0), "water_crossing_share": 0.0},
        {**dict.fromkeys(names, -5.0), "water_crossing_share": 0.0},
    ]
    table = reasons(listed(parts, top_k=1), None, events(), {})
    told = table.group_by("village_code", maintain_order=True).agg(pl.col("sentence_en").count())
    assert told["sentence_en"].to_list() == [5, 0, 3]


# ---------------------------------------------------------------------------------------------
# The line of the list


def test_the_line_of_the_list_names_what_raises_it_above_the_average_village() -> None:
    parts = [
        {"past_clash_91": 2.0, "turnout": 0.5, "tps_count": -1.0},
        {"past_clash_91": 0.0, "turnout": 0.5, "tps_count": 1.0},
    ]
    table = reasons(listed(parts), None, events(), {"m": "log_odds"})
    assert driver_lines(table, "id")["drivers"].to_list() == [
        "Kerusuhan di desa ini (×2,7)",
        "Besarnya desa (×2,7)",
    ]
    points = reasons(listed(parts), None, events(), {})
    assert driver_lines(points, "en")["drivers"][0] == "Clashes in this village (+1.00)"


def test_a_village_that_nothing_raises_has_a_line_that_says_so() -> None:
    table = reasons(listed([{"turnout": 1.0}, {"turnout": 1.0}]), None, events(), {})
    assert driver_lines(table, "en")["drivers"].to_list() == 2 * [
        "Nothing on record raises the score"
    ]


# ---------------------------------------------------------------------------------------------
# Templates that a person edits

Edit = Callable[[str, str], Path]


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """Return the words that ship with one piece replaced."""

    def edit(old: str, new: str) -> Path:
        content = CONTRACT.read_text(encoding="utf-8")
        assert old in content
        path = tmp_path / "reasons.toml"
        path.write_text(content.replace(old, new, 1), encoding="utf-8")
        return path

    return edit


def test_an_edited_template_is_what_readers_get(edited: Edit) -> None:
    path = edited('en = "Clashes in this village"', 'en = "Clashes here <b>&</b>"')
    sentence = sentence_of(RAISED, words=read_contract(path))
    assert sentence.startswith("Clashes here <b>&</b>: none on record;")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'en = "{type} in this village"',
            'en = "{tipe} in this village"',
            'reasons.toml, [groups.past_{group}] name.en: "{tipe}" is not known here. '
            "Known: {type}.",
        ),
        (
            'en = "{type} in this village"',
            'en = "{type.__class__} in this village"',
            '"{type.__class__}" is not known here',
        ),
        (
            'en = "{n} reports"',
            'en = "{n:>99999999999} reports"',
            '[words] reports_many.en: "{n:>99999999999}" is not known here',
        ),
        (
            ', en = "Turnout" }',
            " }",
            "[groups.turnout] name.en: is missing; both languages are needed.",
        ),
        (
            'features = ["turnout*"]',
            'features = ["turnuot"]',
            '[groups.turnout] features: "turnuot" is not a feature. Did you mean "turnout"?',
        ),
        (
            'features = ["turnout*"]',
            'features = ["past_{group}_*"]',
            "must both hold {group} once, or neither",
        ),
        ('kind = "calendar"', 'kind = "calender"', 'Did you mean "calendar"?'),
        ("[kinds.other]", "[kinds.others]", "[kinds.other]: is missing"),
        ("\n[sizes]", "\n[size]", 'there is no such section. Did you mean "sizes"?'),
        ('en = "1 report"', 'en = "=1+1"', 'must not start with "="'),
        ('en = "1 report"', 'en = "1 report\\u001b[2J"', "must be a text of one line"),
        ('en = "1 report"', 'en = "1 report {"', "Braces come in pairs"),
        ("digits = 1 }", 'digits = "one" }', "digits: must be a whole number"),
        ('unit = "unknown inputs"\n', "", "[groups.unknown] unit: is missing"),
        ("evidence =", "evidense =", 'Did you mean "evidence"?'),
        ("[sentence]", "[sentence", "cannot be read"),
    ],
)
def test_a_template_with_a_mistake_is_told_with_its_entry(
    edited: Edit, old: str, new: str, told: str
) -> None:
    with pytest.raises(RawanError) as caught:
        read_contract(edited(old, new))
    assert told in str(caught.value)
    assert "then run again" in str(caught.value)


def test_all_mistakes_are_told_at_once(edited: Edit) -> None:
    path = edited('en = "1 report"', 'en = "{x}"')
    content = path.read_text(encoding="utf-8").replace('en = "no reports"', 'en = "{y}"')
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RawanError) as caught:
        read_contract(path)
    assert '"{x}"' in str(caught.value)
    assert '"{y}"' in str(caught.value)


@given(st.binary(max_size=200))
def test_no_file_of_words_ends_in_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "words.toml"
    path.write_bytes(content)
    with pytest.raises(RawanError):
        read_contract(path)
