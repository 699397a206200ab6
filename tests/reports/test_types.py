"""What a text says: the type of threat, what it denies, what it only foresees, and how surely."""

import shutil
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawan.errors import RawanError, UsageError
from rawan.provenance import file_hash, sidecar
from rawan.reports.lexicon import Lexicon
from rawan.reports.phrases import STAGES
from rawan.reports.types import SHIPPED, Read, TypeReader, hazards_of, labelled_texts
from rawan.sources.fictional_hazards import TYPES

Edit = Callable[[str, str, str], Path]


@pytest.fixture(scope="session")
def reader() -> TypeReader:
    return TypeReader.of(SHIPPED)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("hazards.toml", "lexicon.toml", "labelled_texts.csv"):
        shutil.copy(SHIPPED / name, tmp_path / name)
    return tmp_path


def read(reader: TypeReader, text: str) -> Read:
    return reader.classify([text])[0]


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("Telah terjadi bentrok antarwarga Dusun A dan Dusun B, dua orang luka.", "bentrok_warga"),
        ("massa pendukung paslon 01 bentrok dgn massa pendukung paslon 02", "bentrok_pendukung"),
        ("Kantor desa dibakar orang tidak dikenal pada dini hari.", "pembakaran"),
        ("td malam timses bagi2 amplop di ds x", "politik_uang"),
        ("Saksi dan KPPS baku pukul, penghitungan suara di TPS 4 ricuh.", "kericuhan_tps"),
        (
            "kapal logistik blm bs nyebrang krn ombak, kotak suara msh di dermaga",
            "gangguan_logistik",
        ),
        ("Bawaslu merekomendasikan pemungutan suara ulang di TPS 2.", "psu"),
        ("unras petani di kantor bupati tuntut harga singkong", "unjuk_rasa"),
        ("begal di jln kebun, motor korban dibawa kabur", "kriminal_lain"),
    ],
)
def test_a_plain_text_is_read_without_review(reader: TypeReader, text: str, type_: str) -> None:
    answer = read(reader, text)
    assert (answer.type, answer.is_automatic) == (type_, True)
    assert answer.reasons


@pytest.mark.parametrize(
    "text",
    [
        "Tidak terjadi bentrok di Desa X.",
        "Situasi aman, tidak ditemukan politik uang maupun intimidasi di wilayah.",
        "gak ada demo hari ini, gak ada ribut",
        "Pemungutan suara di 12 TPS berlangsung aman tanpa kericuhan.",
        "Gangguan kamtibmas: bentrok nihil.",
        "Kabar pembakaran rumah warga itu tidak benar.",
        "Tdk ada gangguan logistik, semua lengkap.",
        "Patroli rutin dilaksanakan, situasi kondusif.",
    ],
)
def test_what_is_denied_is_no_incident(reader: TypeReader, text: str) -> None:
    answer = read(reader, text)
    assert (answer.type, answer.hazard) == (None, None)


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("Bentrok antarwarga pecah di Desa X, tidak ada korban jiwa.", "bentrok_warga"),
        ("Belum ada tersangka dalam pembakaran kantor desa yang hangus semalam.", "pembakaran"),
        ("Warga tidak puas lalu berunjuk rasa di kantor bupati.", "unjuk_rasa"),
        ("Perangkat desa tidak netral, ikut mendukung calon bupati.", "pelanggaran_netralitas"),
    ],
)
def test_a_denial_of_something_else_leaves_the_event(
    reader: TypeReader, text: str, type_: str
) -> None:
    assert read(reader, text).type == type_


@pytest.mark.parametrize(
    "text",
    [
        "Ada potensi bentrok antarwarga dua dusun.",
        "Rencana serangan balasan antarkampung malam ini, bentrok antarwarga bisa pecah.",
        "Bentrok antarwarga dua desa berhasil dicegah, massa dua kampung nyaris saling serang.",
    ],
)
def test_a_warning_keeps_its_type_and_is_marked(reader: TypeReader, text: str) -> None:
    answer = read(reader, text)
    assert (answer.type, answer.hazard, answer.is_warning) == ("bentrok_warga", "conflict", True)
    assert not read(reader, "Bentrok antarwarga dua dusun, dua luka.").is_warning


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("intimidasi thd saksi paslon", "intimidasi terhadap saksi pasangan calon"),
        ("tdk ada unras", "tidak ada unjuk rasa"),
        (
            "psu krn pemilih nyoblos dua kali",
            "pemungutan suara ulang karena pemilih mencoblos dua kali",
        ),
        ("Kades di Ds. X dukung cabup", "kepala desa di desa X dukung calon bupati"),
    ],
)
def test_an_abbreviated_text_says_what_it_says_in_full(
    reader: TypeReader, short: str, full: str
) -> None:
    one, other = read(reader, short), read(reader, full)
    assert (one.type, one.confidence, one.stage) == (other.type, other.confidence, other.stage)


def test_a_text_about_two_types_names_both(reader: TypeReader) -> None:
    both = "Demo warga soal jalan rusak. Kantor desa dibakar orang tidak dikenal."
    answer = read(reader, both)
    assert {answer.type, answer.second} == {"unjuk_rasa", "pembakaran"}
    alone = read(reader, "Kantor desa dibakar orang tidak dikenal.")
    assert answer.confidence < alone.confidence


@pytest.mark.parametrize("name", sorted(TYPES))
def test_reports_of_a_simulated_region_are_read_right(reader: TypeReader, name: str) -> None:
    label = TYPES[name][1]
    for text in (f"SIMULASI. Ada tanda-tanda: {label.lower()}.", f"SIMULASI. {label} nomor 8."):
        answer = read(reader, text)
        assert (answer.type, answer.is_automatic) == (name, True)


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("Konvoi kampanye rapat umum ribut.", "campaign"),
        ("Kotak suara basah, distribusi logistik tertunda.", "logistics"),
        ("Serangan fajar pada masa tenang.", "quiet"),
        ("KPPS dan pemilih ribut saat pencoblosan di TPS 3.", "voting"),
        ("Pleno rekapitulasi di PPK ricuh.", "recap"),
        ("Putusan MK: hasil pemilihan bupati dibatalkan.", "dispute"),
        ("Kantor desa dibakar.", None),
    ],
)
def test_the_stage_is_the_one_that_is_named(
    reader: TypeReader, text: str, stage: str | None
) -> None:
    assert read(reader, text).stage == stage


def test_the_stage_fits_the_labels_of_the_shipped_texts(reader: TypeReader) -> None:
    shipped = labelled_texts(SHIPPED / "labelled_texts.csv", reader.hazards)
    reads = reader.classify(shipped.texts)
    right = [(r.stage or "") == s for r, s in zip(reads, shipped.stages, strict=True)]
    assert sum(right) / len(right) > 0.95


def test_a_text_that_says_nothing_goes_to_review(reader: TypeReader) -> None:
    for text in ("", "   ", "asdf qwer", "12345", "\x00\x00", "=HYPERLINK(A1)"):
        assert not read(reader, text).is_automatic


def test_the_threshold_decides_what_is_automatic(reader: TypeReader) -> None:
    text = "Kantor desa dibakar massa."
    sure = read(reader, text).confidence
    assert reader.classify([text], sure)[0].is_automatic
    assert not reader.classify([text], min(1.0, sure + 1e-6))[0].is_automatic


def test_html_and_formulas_are_read_past(reader: TypeReader) -> None:
    plain = read(reader, "Kantor desa dibakar massa")
    html = read(reader, "<p onclick='x()'>Kantor&nbsp;desa <b>dibakar</b> massa</p>")
    assert (html.type, html.confidence) == (plain.type, plain.confidence)
    assert read(reader, "=cmd|' /C calc'!A0 Kantor desa dibakar massa").type == plain.type


def test_a_huge_text_is_read_by_its_beginning(reader: TypeReader) -> None:
    text = "Kantor desa dibakar massa. " + "x" * 3_000_000
    assert read(reader, text).type == "pembakaran"
    assert read(reader, "<" * 100_000).type is None


def test_a_text_of_denials_without_end_takes_no_time(reader: TypeReader) -> None:
    started = time.process_time()
    assert read(reader, "tidak ada bentrok antarwarga, tidak ada tawuran. " * 1_000).type is None
    assert time.process_time() - started < 1


@given(texts=st.lists(st.text(max_size=200), max_size=5))
@settings(max_examples=80, deadline=None)
def test_no_text_raises(reader: TypeReader, texts: list[str]) -> None:
    for answer in reader.classify(texts):
        assert 0 <= answer.confidence <= 1


def test_an_answer_depends_on_its_text_alone(reader: TypeReader) -> None:
    shipped = labelled_texts(SHIPPED / "labelled_texts.csv", reader.hazards).texts[::7]
    together = reader.classify(shipped)
    assert [read(reader, text) for text in shipped] == together
    assert reader.classify(shipped[::-1])[::-1] == together
    assert reader.classify([*shipped, *shipped])[len(shipped) :] == together


def test_two_readers_of_the_same_files_agree(reader: TypeReader) -> None:
    again = TypeReader.of(SHIPPED)
    texts = ["bentrok warga dan aparat di TPS", "logistik", "uang dan sembako"]
    assert again.classify(texts) == reader.classify(texts)


def test_confidence_is_honest_across_styles_of_writing(reader: TypeReader) -> None:
    shipped = labelled_texts(SHIPPED / "labelled_texts.csv", reader.hazards)
    shares = reader.model.held_out[: len(shipped.texts)]
    guess = [reader.model.labels[i] for i in shares.argmax(axis=1)]
    sure = shares.max(axis=1) >= 0.7
    right = [g == t for g, t, s in zip(guess, shipped.types, sure, strict=True) if s]
    assert sum(right) / len(right) > 0.93
    assert 0.3 < sure.mean() < 0.9


def test_shipped_texts_cover_every_type_stage_and_style() -> None:
    frame = pl.read_csv(SHIPPED / "labelled_texts.csv", infer_schema=False).fill_null("")
    assert set(frame["type"]) == {*hazards_of(SHIPPED / "hazards.toml"), ""}
    assert set(frame["stage"]) == {*STAGES, ""}
    assert set(frame["origin"]) == {"written for this project"}
    per_type = frame.group_by("type").agg(pl.len(), pl.col("style").n_unique())
    assert per_type["len"].min() >= 25
    assert per_type["style"].min() == 3
    assert frame["text"].is_duplicated().sum() == 0


def test_shipped_texts_place_no_invented_event_in_a_real_village() -> None:
    text = " ".join(
        pl.read_csv(SHIPPED / "labelled_texts.csv", infer_schema=False)["text"].to_list()
    ).lower()
    villages = pl.read_csv(SHIPPED / "villages.csv", infer_schema=False)
    names = {*villages["village"].to_list(), *villages["district"].to_list(), "Lampung"}
    names -= {"Bangunan"}  # a village, and the word for a building
    told = {n for n in names if f"desa {n.lower()}" in text or f"kecamatan {n.lower()}" in text}
    told |= {n for n in names if len(n) > 6 and f" {n.lower()} " in text}
    assert not told


@pytest.mark.parametrize("name", ["labelled_texts.csv", "lexicon.toml"])
def test_the_sidecars_describe_these_very_files(name: str) -> None:
    said = sidecar(SHIPPED / name)
    assert said["sha256"] == file_hash(SHIPPED / name)
    if name.endswith(".csv"):
        assert said["rows"] == pl.read_csv(SHIPPED / name).height


def test_a_region_that_knows_fewer_types_gets_no_other(tmp_path: Path) -> None:
    (tmp_path / "hazards.toml").write_text(
        '[types.unjuk_rasa]\nhazard = ""\n[types.gangguan_logistik]\nhazard = "logistics"\n',
        encoding="utf-8",
    )
    fewer = TypeReader.of(tmp_path)
    assert read(fewer, "unjuk rasa warga di kantor bupati").type == "unjuk_rasa"
    answer = read(fewer, "Kantor desa dibakar massa, rumah hangus terbakar.")
    assert (answer.type, answer.is_automatic) == (None, False)
    assert answer.reasons[0] == "pembakaran: not a type of this region"


def test_an_unknown_type_in_the_lexicon_is_named_with_the_nearest(folder: Path) -> None:
    replace(folder / "lexicon.toml", "[[types.bentrok_warga]]", "[[types.bentrok_wrga]]")
    with pytest.raises(UsageError, match=r'lexicon\.toml, types\.bentrok_wrga.*"bentrok_warga"'):
        TypeReader.of(folder)


def test_an_unknown_stage_is_named_with_the_nearest(folder: Path) -> None:
    replace(folder / "lexicon.toml", "[[stages.voting]]", "[[stages.votin]]")
    with pytest.raises(UsageError, match=r'stages\.votin: .*Did you mean "voting"'):
        TypeReader.of(folder)


def test_an_unknown_label_is_named_with_its_row(folder: Path) -> None:
    with (folder / "labelled_texts.csv").open("a", encoding="utf-8") as file:
        file.write("teks,pembakarn,,pers,uji\n")
    with pytest.raises(UsageError, match=r'row \d+, column "type": "pembakarn".*"pembakaran"'):
        TypeReader.of(folder)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("weight = 2\n", "weight = -2\n", r"types\.bentrok_warga\.0\.weight"),
        ("weight = 2\n", "wieght = 2\n", r"types\.bentrok_warga\.0\.wieght"),
        ("\n[reach_ends]", "\n[reach_end]", r"reach_end"),
        ('"antarkampung", ', '"", ', r"types\.bentrok_warga\.0\.words\.\d+"),
        ('"antarkampung", ', '"... kampung", ', r"types\.bentrok_warga\.0\.words\.\d+"),
        ('"antarkampung", ', '"*", ', r"types\.bentrok_warga\.0\.words\.\d+"),
        ("[abbreviations]", "[abbreviations", r"not valid TOML"),
    ],
)
def test_a_slip_in_the_lexicon_is_told_with_its_key(
    folder: Path, old: str, new: str, told: str
) -> None:
    replace(folder / "lexicon.toml", old, new)
    with pytest.raises(RawanError, match=told):
        TypeReader.of(folder)


def test_a_word_added_to_the_lexicon_counts(folder: Path) -> None:
    types = hazards_of(folder / "hazards.toml")
    before = Lexicon.of(folder / "lexicon.toml", types).read("warga geger di desa X")
    replace(folder / "lexicon.toml", '"amuk massa", ', '"amuk massa", "geger ... desa", ')
    after = Lexicon.of(folder / "lexicon.toml", types).read("warga geger di desa X")
    assert before.best() is None
    assert after.best() == "bentrok_warga"
    assert after.found["bentrok_warga"] == ["geger di desa"]


def test_missing_files_are_told(tmp_path: Path, folder: Path) -> None:
    (folder / "labelled_texts.csv").unlink()
    with pytest.raises(RawanError, match=r"labelled_texts\.csv: the labelled texts are missing"):
        TypeReader.of(folder)
    (folder / "hazards.toml").unlink()
    with pytest.raises(RawanError, match=r"hazards\.toml: the list of types is missing"):
        TypeReader.of(folder)


def test_every_phrase_of_the_lexicon_finds_itself() -> None:
    content = tomllib.loads((SHIPPED / "lexicon.toml").read_text(encoding="utf-8"))
    lexicon = Lexicon.of(SHIPPED / "lexicon.toml", content["types"])
    for name, entries in content["types"].items():
        for phrase in (phrase for entry in entries for phrase in entry["words"]):
            text = phrase.replace("*", "").replace("...", "di sana")
            assert name in lexicon.read(text).weights, phrase


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")
