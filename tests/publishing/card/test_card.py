"""The model card: whole in both languages, its numbers those of the facts, nothing left empty."""

import re
import xml.etree.ElementTree as ET
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from models.calibration_bins import CalibrationBins
from models.drift import Advice, Drift
from rawan.publishing.bilingual import Figure, Words
from rawan.publishing.card import tables as card_tables
from rawan.publishing.card.facts import (
    CardFacts,
    ChoiceFacts,
    Comparison,
    DataFacts,
    DriftRow,
    EffortFacts,
    ErrorTree,
    GroupRow,
    GroupTable,
    Intake,
    PresenceFacts,
    PresenceRow,
    RegretRow,
    ShadowRow,
    SkillTable,
    TieRow,
    TrapRow,
    TreeRow,
)
from rawan.publishing.card.plots import calibration_svg
from rawan.publishing.card.render import card_files, render_card
from rawan.publishing.texts import texts
from rawan.settings import Language

LANGUAGES: list[Language] = ["id", "en"]
HOSTILE = "Umpama | <img src=x onerror=alert(1)>\n\n# [a](http://x) `b` *c* \u202e{{7*7}}"
NO_PARENTS = Words.of("card.reason.input_missing", input=Words("kecamatan", "kecamatan"))
MEASURES = ("capture", "ceiling", "precision", "pai", "pei", "auc", "ap")
PROBABILITY = (
    "brier",
    "reliability",
    "resolution",
    "uncertainty",
    "log_score",
    "calibration_error",
    "calibration_slope",
)


def figure(value: float) -> Figure:
    return Figure(value, value - 0.0505, value + 0.0505)


def skill(part: Any, start: float) -> SkillTable:
    rows = {
        name: {m: figure(start + 0.01 * i + 0.001 * j) for j, m in enumerate(MEASURES)}
        for i, name in enumerate(("decayed_count", "scorecard", "ridge_logistic"))
    }
    return SkillTable(part, MEASURES, rows)


def facts(**changes: Any) -> CardFacts:
    """Return an invented card in which everything is applicable."""
    whole = CardFacts(
        region="Kabupaten Umpama",
        is_simulation=True,
        run_id="20241120-0123456789ab",
        cutoff=date(2024, 11, 20),
        published="ridge_logistic",
        verdict=Words("Diterbitkan: regresi logistik ridge.", "Published: ridge logistic."),
        data=DataFacts(
            intakes=[
                Intake(
                    kind=Words("insiden", "incidents"),
                    rows=412,
                    placed=397,
                    excluded=9,
                    quarantined=6,
                    counted=391,
                    files=31,
                    first=date(2014, 2, 3),
                    last=date(2024, 11, 17),
                ),
                Intake(Words("laporan", "reports"), 1203, 1203, 0, 0, 1198, 5, None, None),
            ],
            waiting=4,
            places=260,
            blind_spots=57,
            blind_years=5,
        ),
        choice=ChoiceFacts(
            published="ridge_logistic",
            best="scorecard",
            best_capture=figure(0.4711),
            standard_error=0.0371,
            errors_allowed=1.5,
            within=["scorecard", "ridge_logistic", "mean_rate"],
            set_aside=["mean_rate"],
            favoured="ridge_logistic",
            favoured_onset=figure(0.6612),
            onset_tolerance=0.005,
            comparisons=[
                Comparison("decayed_count", "capture", Figure(0.0812, 0.0111, 0.1523)),
                Comparison("decayed_count", "onset_auc", Words("kurang data", "too little data")),
            ],
            better_in=["capture", "onset_auc"],
            not_worse_in=["capture", "auc", "ap"],
            k=26,
            places=200,
            cutoffs=14,
            window_days=(182, 184),
            skipped={date(2016, 5, 20): Words.of("card.skipped.too_few", number=3)},
            left_out=[
                Words.of(
                    "card.left_out",
                    model=Words.of("model.boosted_steps"),
                    cutoff="2016",
                    known=6,
                    needed=50,
                )
            ],
        ),
        skill=[skill("all", 0.41), skill("history", 0.51), skill("onset", 0.21)],
        ties=[TieRow("decayed_count", figure(0.4), Figure(0.35), Figure(0.4567))],
        probability=SkillTable(
            "probability",
            PROBABILITY,
            {"ridge_logistic": {m: figure(0.1 + 0.01 * i) for i, m in enumerate(PROBABILITY)}},
        ),
        stated=11,
        curve=(0.8766, -0.4321),
        calibration=bins(),
        failures=[
            GroupTable(
                Words("Kecamatan", "Kecamatan"),
                [GroupRow(Words.same("Umpama Satu"), 280, 17, figure(0.3131), figure(0.6262))],
            ),
            GroupTable(
                Words("Jarak ke ibu kota", "Distance to the capital"),
                [
                    GroupRow(
                        Words("jauh", "far"), 900, 0, Words.of("card.reason.no_incident"), NO_ONE
                    )
                ],
            ),
        ],
        tree=ErrorTree(
            [
                TreeRow(
                    Words("jauh > 40 km", "distance > 40 km"),
                    *(41, 50),
                    *(Figure(36.6), Figure(0.7321), Figure(0.2727)),
                )
            ],
            least=12,
        ),
        regret=[
            RegretRow(
                cutoff=date(2023, 11, 20),
                published="decayed_count",
                captured=Figure(0.3838),
                best="scorecard",
                best_captured=Figure(0.4242),
                regret=Figure(0.0404),
            )
        ],
        mean_regret=figure(0.0303),
        shadow=[
            ShadowRow(
                date(2024, 5, 20), "ridge_logistic", Figure(0.51), "decayed_count", Figure(0.5)
            )
        ],
        traps=[
            TrapRow(Words.of("card.traps.shuffled"), True, Words("AUC 0,501", "AUC 0.501")),
            TrapRow(Words.of("card.traps.planted"), False, Words("lolos", "passed")),
            TrapRow(Words.of("card.traps.late_rows"), None, Words("tanpa baris", "no row")),
        ],
        drift=[
            DriftRow(
                Words("Jumlah TPS", "Polling stations"),
                Drift("tps_count", 0.3131, 0.0212, 0.0, 0.123, 0.0, 0.0, "changed"),
            ),
            DriftRow(
                Words("Laporan", "Reports"),
                Drift("reports", None, None, 1.0, 0.5, None, 0.25, "changed"),
            ),
        ],
        advice=Advice(("changed_inputs", "window_closed")),
        learned_on=date(2024, 5, 22),
        next_window_ends=date(2025, 5, 21),
        presence=PresenceFacts(
            deployments=23,
            correlation=figure(0.1717),
            k=26,
            changed=5,
            rows=[PresenceRow("Umpamarejo", "Umpama Satu", 1, 7, Figure(12.5))],
        ),
        effort=EffortFacts(
            how=Words("Ditaksir dari laporan nihil.", "Estimated from nil returns."),
            lowest=Figure(0.31),
            middle=Figure(0.72),
            highest=Figure(0.93),
            use=Words("Hitungan dibagi taksiran itu.", "Counts are divided by it."),
        ),
        draws=500,
        base_spread=0.4,
        unseen_variance=0.6,
        heard_precision=0.5,
        simulated_coverage=Figure(0.901, 0.872, 0.928),
        logistics_weights=[(Words("Penyeberangan air", "Water crossing"), 0.35)],
        reckonings=[Words.same("Daftar 20200101: tangkapan 0,5.")],
        warnings=[Words("7 % tanggal hanya bulan.", "7 % of dates are months only.")],
        hashes={"code_sha256": "ab" * 32, "configuration_sha256": "cd" * 32},
        versions={"polars": "2.0.0"},
    )
    return replace(whole, **changes)


NO_ONE = Words.of("card.reason.one_kind")


def bins() -> CalibrationBins:
    return CalibrationBins(
        stated=[0.012, 0.034, 0.071, 0.152, 0.31],
        happened=[0.01, 0.041, 0.06, 0.171, 0.27],
        low=[0.004, 0.02, 0.04, 0.12, 0.18],
        high=[0.02, 0.06, 0.09, 0.23, 0.38],
        places=[1456, 700, 720, 364, 91],
    )


def reasons_only() -> CardFacts:
    """Return a card of a record on which hardly anything can be told."""
    untested = Words.of("card.reason.untested", why=Words.of("card.why_untested.none_asked"))
    return facts(
        choice=untested,
        skill=untested,
        ties=untested,
        probability=Words.of("card.reason.no_probability"),
        stated=0,
        curve=Words.of("card.reason.no_probability"),
        calibration=Words.of("card.reason.no_probability"),
        failures=[NO_PARENTS],
        tree=untested,
        regret=untested,
        mean_regret=untested,
        shadow=Words.of("card.reason.leader_in_use"),
        traps=Words.of("card.reason.traps_not_run"),
        drift=Words.of("card.reason.nothing_learned"),
        advice=Words.of("card.reason.nothing_learned"),
        presence=Words.of("card.reason.no_deployments"),
        effort=Words.of("card.reason.no_effort"),
        simulated_coverage=Words.of("card.reason.not_simulated"),
        logistics_weights=Words.of("card.reason.no_logistics"),
        warnings=[],
        data=DataFacts([], 0, 47, 0, 5),
    )


def tables(card: str) -> list[list[str]]:
    """Return the cells of every row of every table, read as Markdown reads them."""
    return [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in card.splitlines()
        if line.startswith("|") and not line.startswith("|---")
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("made", [facts, reasons_only])
def test_no_section_and_no_cell_is_empty(made: Any, lang: Language) -> None:
    card = render_card(made(), lang)
    assert all(cell for row in tables(card) for cell in row)
    sections = re.split(r"^##+ .*$", card, flags=re.MULTILINE)[1:]
    titles = re.findall(r"^##+ (.*)$", card, flags=re.MULTILINE)
    empty = [title for title, body in zip(titles, sections, strict=True) if not body.strip()]
    assert not empty
    assert "{" not in card.replace("{{7", "")
    assert "\n\n\n" not in card


def test_both_languages_tell_the_same_in_the_same_order() -> None:
    told = {lang: render_card(facts(), lang) for lang in LANGUAGES}
    shape = {
        lang: [re.match(r"#*|\||-", line).group() for line in card.splitlines()]  # type: ignore[union-attr] # matches always
        for lang, card in told.items()
    }
    assert shape["id"] == shape["en"]
    digits = {lang: re.findall(r"\d+", card.replace(",", ".")) for lang, card in told.items()}
    assert digits["id"] == digits["en"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_numbers_shown_are_those_of_the_facts(lang: Language) -> None:
    card = render_card(facts(), lang)

    def has(number: str) -> bool:
        return (number.replace(".", ",") if lang == "id" else number) in card

    for shown in (
        "0.471 (0.421 – 0.522)",  # best capture
        "0.037",  # its standard error
        "0.081 (0.011 – 0.152)",  # the difference that decided
        "0.661 (0.611 – 0.712)",  # onset AUC of the favoured
        "0.877",  # slope
        "-0.432",
        "0.313 (0.263 – 0.364)",  # a kecamatan
        "0.273",  # the error tree
        "0.732",
        "182 – 184",  # the shortest and the longest window
        "0.171 (0.120 – 0.230)",  # a bin of the plot
        "0.400",  # what no evidence takes away
        "0.384",  # regret
        "0.030 (-0.020 – 0.081)",
        "0.172 (0.121 – 0.222)",  # presence
        "0.901 (0.872 – 0.928)",  # coverage on simulated regions
        "0.350",  # a weight of the index
    ):
        assert has(shown), shown
    rows = tables(card)
    assert [row[1:6] for row in rows if "412" in row] == [["412", "397", "9", "6", "391"]]
    assert [row[1:6] for row in rows if "1615" in row] == [["1615", "1600", "9", "6", "1589"]]
    (drifted,) = [row for row in rows if row[0] in ("Jumlah TPS", "Polling stations")]
    assert [cell.replace(",", ".") for cell in drifted[1:7]] == [
        *("0.313", "0.021", "0.000", "0.123", "0.000", "0.000")
    ]
    assert drifted[7] == {"id": "berubah", "en": "changed"}[lang]
    of_all = [row for row in rows if row[0].startswith(("Regresi", "Ridge")) and len(row) == 8]
    assert len(of_all) == 4  # all places, those with a history, onsets, and probabilities
    without = [row[2:] for row in rows if row[0] == "Umpamarejo"]
    assert without == [["1", "7", "12,500" if lang == "id" else "12.500"]]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_does_not_apply_tells_its_reason(lang: Language) -> None:
    card = render_card(reasons_only(), lang)
    made = reasons_only()
    for field in fields(CardFacts):
        value = getattr(made, field.name)
        if isinstance(value, Words) and field.name not in ("mean_regret", "verdict"):
            assert value.said(lang) in card, field.name
    assert NO_PARENTS.said(lang) in card
    assert "calibration.svg" not in card
    cell = {"id": "tidak berlaku: tidak ada insiden", "en": "not applicable: there was no incident"}
    assert cell[lang] in render_card(facts(), lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_says_what_the_list_must_not_be_used_for(lang: Language) -> None:
    card = render_card(reasons_only(), lang)
    words = {
        "id": ("tentang orang", "mencap sebuah desa", "mengurangi perlindungan"),
        "en": ("about any person", "brand a village", "withhold protection"),
    }
    assert all(word in card for word in words[lang])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_when_to_learn_anew_follows_the_advice(lang: Language) -> None:
    now = {"id": "perlu belajar ulang sekarang", "en": "should be learned anew now"}[lang]
    assert now in render_card(facts(), lang)
    assert now not in render_card(facts(advice=Advice(())), lang)
    just = facts(learned_on=date(2024, 11, 20), advice=Advice(("changed_inputs",)))
    assert now not in render_card(just, lang)
    assert {"id": "baru saja belajar", "en": "only just learned"}[lang] in render_card(just, lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_same_reason_in_a_whole_row_or_column_is_told_once(lang: Language) -> None:
    why, none = Words.of("card.reason.never_defined"), Words.of("card.reason.no_probability")
    table = SkillTable(
        "all",
        ("capture", "auc", "ap"),
        {
            "scorecard": dict.fromkeys(("capture", "auc", "ap"), none),
            "mean_rate": {"capture": figure(0.1), "auc": why, "ap": why},
            "decayed_count": {"capture": figure(0.2), "auc": why, "ap": figure(0.3)},
        },
    )
    head, *rows = card_tables.skill_table(table, lang)
    assert len(head) == 3
    assert len(rows) == 2
    assert [why.said(lang) in cell for cell in rows[0]] == [False, False, True]
    told = card_tables.skill_reasons(table, lang)
    assert [none.said(lang) in told[0], why.said(lang) in told[1]] == [True, True]
    assert len(told) == 2
    card = render_card(facts(skill=[table]), lang)
    assert card.count(none.said(lang)) == 1
    only = SkillTable("all", ("auc",), {"scorecard": {"auc": why}})
    assert why.said(lang) in render_card(facts(skill=[only]), lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_names_from_outside_cannot_break_a_table_or_bring_markup(lang: Language) -> None:
    name = Words.same(HOSTILE)
    hostile = facts(
        region=HOSTILE,
        run_id="x`|y",
        failures=[GroupTable(name, [GroupRow(name, 1, 1, figure(0.5), name)])],
        tree=ErrorTree([TreeRow(name, 1, 1, *[Figure(0.5)] * 3)], 1),
        warnings=[name],
        hashes={HOSTILE: HOSTILE},
    )
    card, plain = render_card(hostile, lang), render_card(facts(), lang)
    outside_code = re.sub(r"`[^`]*`", "", card)
    assert "<img" not in outside_code
    assert "\u202e" not in card
    assert "](http" not in outside_code.replace("\\](http", "")
    assert len([x for x in card.splitlines() if x.startswith("#")]) == len(
        [x for x in plain.splitlines() if x.startswith("#")]
    )
    widths = [len(row) for row in tables(card)]
    assert set(widths) <= {len(row) for row in tables(plain)}


def test_the_files_hold_both_languages_and_come_out_the_same_twice() -> None:
    files = card_files(facts(), "en")
    assert set(files) == {
        *("model_card.md", "model_card.id.md", "model_card.en.md"),
        *("calibration.svg", "calibration.id.svg"),
    }
    assert files["model_card.md"] == files["model_card.en.md"] != files["model_card.id.md"]
    assert "](calibration.svg)" in files["model_card.md"]
    assert "](calibration.id.svg)" in files["model_card.id.md"]
    assert "Probability stated" in files["calibration.svg"]
    assert "Peluang yang dinyatakan" in files["calibration.id.svg"]
    assert card_files(facts(), "en") == files
    assert set(card_files(reasons_only(), "id")) == {
        *("model_card.md", "model_card.id.md", "model_card.en.md"),
    }


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_plot_is_whole_and_asks_for_nothing_from_outside(lang: Language) -> None:
    svg = calibration_svg(bins(), lang)
    root = ET.fromstring(svg)  # noqa: S314 - our own file
    words = "".join(root.itertext())
    for places in ("1.456" if lang == "id" else "1,456", "700", "720", "364", "91"):
        assert places in words
    assert "40%" in words
    outside = re.findall(r'(?:href|src)="|url\((?!#)|@import|https?://(?!www\.w3\.org)', svg)
    assert not outside


def test_every_sentence_of_the_card_is_used() -> None:
    """What the lists of reasons and columns offer, and what other places say, is apart."""
    template = (
        Path(card_tables.__file__).parents[1] / "templates" / "model_card.md.jinja"
    ).read_text(encoding="utf-8")
    shown = "".join(render_card(made(), "en") for made in (facts, reasons_only))
    shown += render_card(facts(advice=Advice(())), "en")
    shown += render_card(facts(learned_on=date(2024, 11, 20)), "en")
    offered: tuple[str, ...] = (
        "card.reason.",
        "card.measure.",
        "card.skipped.",
        "card.plot.",
        "card.traps.",
    )
    offered += ("card.kind.", "card.group.", "card.rule.", "card.why_untested.")
    offered += ("card.why.", "card.alone", "card.untested", "card.effort.")
    elsewhere = ("card.logistics_note", "card.drift.")
    for key, words in texts().items():
        if key.startswith("card.") and not key.startswith(offered + elsewhere):
            pieces = re.split(r"{[a-z_]+}", words["en"])
            assert all(piece in shown for piece in pieces) or f'"{key[5:]}"' in template, key


def test_facts_that_leave_something_out_are_refused() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        Intake(Words.same("insiden"), 10, 8, 1, 0, 8, 1, None, None)
    with pytest.raises(ValueError, match="do not add up"):
        Intake(Words.same("insiden"), 9, 8, 1, 0, 9, 1, None, None)
    with pytest.raises(ValueError, match="no figure and no reason for auc"):
        SkillTable("all", ("capture", "auc"), {"scorecard": {"capture": Figure(0.1)}})
    with pytest.raises(ValueError, match="not finite"):
        Figure(float("nan"))
    with pytest.raises(ValueError, match="half an interval"):
        Figure(0.1, low=0.0)
    assert Figure(-0.0001, -0.3, 0.0001).written("en") == "0.000 (-0.300 – 0.000)"
    with pytest.raises(ValueError, match="missing in a language"):
        Words("ada", " ")


def test_an_input_without_values_says_so_in_every_cell() -> None:
    rows = card_tables.drift_table(
        [DriftRow(Words.same("x"), Drift("x", None, None, 1.0, 1.0, None, None, "stable"))], "en"
    )
    assert rows[1] == ["x", *["unknown: no value"] * 2, "1.000", "1.000", *ROW_END]


ROW_END = ["unknown: no value", "unknown: no value", "stable"]
