"""The brief and the sheets of a polsek, read back as text: what is said, and that nothing acts."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pypdf import PdfReader

from rawan.publishing.bilingual import Words
from rawan.publishing.edition import Approval, Edition, Standing
from rawan.publishing.file_names import file_names
from rawan.publishing.paper.brief import typeset, write_brief, write_sheets
from rawan.publishing.paper.brief_data import Brief
from rawan.publishing.paper.brief_lists import told_lists
from rawan.publishing.paper.brief_map import Atlas
from rawan.settings import Language
from tests.publishing.print_edition import (
    HOSTILE,
    MADE_ON,
    WITHDRAWN,
    code_of,
    edition,
    name_of,
    ranking,
)


def plain(reader: PdfReader) -> str:
    """Return the words of a file; where its lines end is nobody's concern."""
    text = " ".join(page.extract_text() for page in reader.pages)
    return " ".join(text.replace("\u200b", "").split())


def brief_of(made: Edition, folder: Path, lang: Language = "id") -> str:
    write_brief(made, folder / "brief.pdf", lang)
    return plain(PdfReader(folder / "brief.pdf"))


def sheets_of(made: Edition, folder: Path, lang: Language = "id") -> list[PdfReader]:
    return [PdfReader(path) for path in write_sheets(made, folder / "polsek", lang)]


def squeezed(words: str) -> str:
    return "".join(words.replace("\u200b", "").split())


@pytest.fixture(scope="module")
def indonesian(tmp_path_factory: pytest.TempPathFactory) -> list[PdfReader]:
    return sheets_of(edition(), tmp_path_factory.mktemp("sheets"))


def test_one_page_a_polsek_named_after_it(tmp_path: Path) -> None:
    written = write_sheets(edition(n=50, k=5, per_polsek=10), tmp_path / "polsek", "id")
    assert len(written) == 5
    assert written[0].name == "polsek-umpama-1.pdf"
    assert sorted(tmp_path.joinpath("polsek").iterdir()) == sorted(written)
    for path in written:
        pages = PdfReader(path).pages
        assert len(pages) == 1
        assert pages[0].mediabox.width == pytest.approx(595.28, abs=0.1)  # A4


def test_a_sheet_names_the_first_ten_villages_with_rank_interval_band_and_tps(
    indonesian: list[PdfReader],
) -> None:
    words = plain(indonesian[1])
    assert "Lembar apel Polsek Umpama 2" in words
    for i in range(20, 30):
        assert f"{name_of(i)} Umpama 2 · {code_of(i)}" in words
    assert name_of(30) not in words.split("Logistik Tahapan")[0].split("10 desa teratas")[1]
    assert "21" in words
    assert "rentang 90 %" in words
    assert "15–32" in words
    assert "Rawan" in plain(indonesian[0])
    assert "Sangat rawan" in plain(indonesian[0])


def test_a_sheet_says_why_two_sentences_each(indonesian: list[PdfReader]) -> None:
    words = plain(indonesian[1])
    told = squeezed("– Kejadian di desa ini: dua bentrok, terakhir 3 Maret 2024;")
    assert squeezed(words).count(told) == 8  # the two without sentences have their short reasons
    assert "Jarak ke kota" not in words
    assert squeezed(words).count(squeezed("– Kejadian di desa ini (×2,7)")) == 2


def test_a_sheet_says_whom_to_talk_to_what_is_unknown_and_what_it_is(
    indonesian: list[PdfReader],
) -> None:
    words = plain(indonesian[1])
    for said in (
        "SIMULASI",
        "DRAF, belum disetujui",
        "Untuk intelijen (Satintelkam)",
        "Data sampai sebelum 20 November 2024",
        "Nomor terbitan 20241120-abc",
        "Dibuat 20 November 2024 pukul 03.15 UTC",
        "2 berkas masukan, 670 baris",
        "Kepala desa atau lurah; tokoh adat",
        "PPK dan PPS; juru mudi",
        "3 pertanyaan menunggu",
        "Jangan dipakai untuk menilai, mencurigai",
        "Skornya sama pada semua tahapan itu",
    ):
        assert squeezed(said) in squeezed(words), said
    blind = [name_of(i) for i in range(20, 40) if i % 7 == 5]
    assert squeezed(f"({len(blind)}): {', '.join(blind)}") in squeezed(words)


def test_logistics_stands_beside_with_its_own_ranks(indonesian: list[PdfReader]) -> None:
    words = plain(indonesian[2])
    assert "1. Margarekaan 2 (90 %: 1–12), Sangat rawan" in words


def test_hostile_names_are_words_and_nothing_acts(indonesian: list[PdfReader]) -> None:
    words = squeezed(plain(indonesian[0]))
    assert squeezed(HOSTILE[0]) in words
    assert squeezed('#set page(width: 1pt); #read("/etc/passwd") $x$ *b* _i_ @a') in words
    assert "<imgsrc=xonerror=alert(1)>" in words
    assert "root:" not in words


def test_what_people_decided_is_told_also_of_villages_outside_the_table(
    indonesian: list[PdfReader], tmp_path: Path
) -> None:
    decided = "Keputusan orang: dinaikkan petugas, sampai 1 Desember 2024 (Kabagops rekaan)"
    assert squeezed(decided) in squeezed(plain(indonesian[0]))
    assert "Keputusan orang" not in plain(indonesian[1])
    made = edition()
    khusus = replace(
        made.standing.overrides[0], village_code=code_of(15), kind="khusus", hazard="logistics"
    )
    words = plain(sheets_of(replace(made, standing=Standing(overrides=(khusus,))), tmp_path)[0])
    assert f"{name_of(15)} (Logistik 45). Keputusan orang: ditetapkan khusus" in words


def test_the_brief_of_the_region(tmp_path: Path) -> None:
    write_brief(edition(), tmp_path / "brief.pdf", "id")
    reader = PdfReader(tmp_path / "brief.pdf")
    assert 2 <= len(reader.pages) <= 3
    words = plain(reader)
    for said in (
        "Kabupaten Umpama",
        "Batas jatuh di antara Margacontoh 1 (peringkat 12) dan Tirtacontoh 1 (peringkat 13)",
        "Pada 6 batas waktu lampau, 12 desa teratas memuat 42 % kejadian (90 %: 20 %–60 %)",
        "sejak daftar 13 November 2024: 1 desa berpindah peringkat, 1 di antaranya",
        "data baru 1, model baru 0",
        "Polsek Umpama 1 20 12 0 12,1 3",
    ):
        assert squeezed(said) in squeezed(words), said
    assert "SIMULASI" in reader.pages[1].extract_text()
    assert "DRAF" in reader.pages[1].extract_text()


def test_the_brief_in_english(tmp_path: Path) -> None:
    words = brief_of(edition(), tmp_path, "en")
    for said in (
        "Brief on villages at risk",
        "DRAFT (DRAF), not approved",
        "SIMULASI",
        "Talk first to",
        "two clashes, the last on 3 March 2024",
        "Do not use it to judge",
        "3 questions wait for a person",
    ):
        assert squeezed(said) in squeezed(words), said
    for foreign in ("Peringkat", "Sangat rawan", "Untuk ", "desa teratas"):
        assert foreign not in words


def test_a_partner_reads_no_reason_that_is_withheld(tmp_path: Path) -> None:
    made = edition("partner", reasons=edition().reasons.clear())
    words = brief_of(made, tmp_path)
    assert squeezed(words).count(squeezed("Tidak ada alasan yang dimuat")) == 10
    assert "Kejadian di desa ini" not in words
    assert "Kabagops" not in words
    assert "Untuk mitra" in words
    assert squeezed("Alasan yang berasal dari laporan tidak dimuat") in squeezed(words)


@pytest.mark.parametrize(
    ("standing", "said"),
    [
        (Standing(Approval("Kabagops rekaan", MADE_ON)), "Disetujui Kabagops rekaan, 20 November"),
        (Standing(erratum=WITHDRAWN), "DITARIK oleh Kapolres rekaan, 20 November 2024: Berkas"),
    ],
)
def test_a_run_that_is_no_draft_says_so(standing: Standing, said: str, tmp_path: Path) -> None:
    words = brief_of(edition(standing=standing), tmp_path)
    assert said in words
    assert "DRAF" not in words


def test_villages_tied_on_the_cut_are_told(tmp_path: Path) -> None:
    tied = ranking(60, 12, 20, (("conflict", "voting"),)).with_columns(
        pl.when(pl.col("rank") >= 8).then(8).otherwise(pl.col("rank")).alias("rank"),
        pl.when(pl.col("rank") >= 8).then(52).otherwise(0).alias("tied_with"),
    )
    words = brief_of(edition(lists=(("conflict", "voting"),), ranking=tied), tmp_path)
    assert squeezed("53 desa bernilai sama tepat pada batas, untuk 5 tempat") in squeezed(words)
    assert "8= " in words
    assert squeezed("Desa nomor 10 seri dengan 50 desa lain") in squeezed(words)


def test_stages_with_scores_of_their_own_are_lists_of_their_own() -> None:
    made = edition()
    own = (pl.col("hazard") == "conflict") & (pl.col("stage") == "voting")
    risk = pl.when(own).then(pl.col("risk") / 2).otherwise(pl.col("risk"))
    told = told_lists(replace(made, ranking=made.ranking.with_columns(risk)))
    assert [[info.stage for info in one.infos] for one in told] == [
        ["logistics", "recap"],
        ["voting"],
        ["logistics"],
    ]


def test_a_run_with_logistics_alone_has_an_index_and_no_probability(tmp_path: Path) -> None:
    words = brief_of(edition(lists=(("logistics", "logistics"),)), tmp_path)
    assert squeezed("bobot yang ditetapkan orang, bukan peluang") in squeezed(words)
    assert "indeks 90" in words
    assert "tokoh adat" not in words
    assert "belum dapat diukur" in words


@pytest.mark.parametrize("letter", ["W", "村", "😀"])
def test_the_longest_names_and_most_words_still_fit_one_page(letter: str, tmp_path: Path) -> None:
    made = edition()
    long = made.ranking.with_columns(
        village=pl.lit(letter * 300), polsek=pl.lit("Polsek " + letter * 200)
    )
    override = replace(made.standing.overrides[0], reason="alasan " * 200, by="x" * 100)
    every = tuple(replace(override, village_code=code_of(i)) for i in range(60))
    told = made.reasons.with_columns(sentence_id=pl.lit("kalimat panjang " * 100))
    facts = replace(made.facts, warnings=(Words("catatan " * 90, "note " * 90),) * 9)
    crammed = replace(
        made, ranking=long, reasons=told, standing=Standing(overrides=every), facts=facts
    )
    readers = sheets_of(crammed, tmp_path)
    assert [len(reader.pages) for reader in readers] == [1]
    words = squeezed(plain(readers[0]))
    assert "Dan5catatanlagi" in words
    assert "dibacasebagaikepastian" in words  # the last line is there


def test_without_places_there_is_no_map_and_a_line_says_so(tmp_path: Path) -> None:
    made = edition()
    nowhere = made.villages.with_columns(pl.lit(None, pl.Float64).alias("lat"))
    words = brief_of(replace(made, villages=nowhere), tmp_path)
    assert "Tidak ada titik lokasi" in words
    words = brief_of(made, tmp_path)
    assert f"Tanpa titik lokasi, tidak tergambar: {name_of(59)}." in words


def test_the_same_edition_gives_the_same_bytes(tmp_path: Path) -> None:
    made = edition(n=25, k=5)
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write_brief(made, tmp_path / folder / "brief.pdf", "id")
        write_sheets(made, tmp_path / folder / "polsek", "id")
    for path in (tmp_path / "one").rglob("*.pdf"):
        again = tmp_path / "two" / path.relative_to(tmp_path / "one")
        assert path.read_bytes() == again.read_bytes(), path.name
    info = PdfReader(tmp_path / "one" / "brief.pdf").metadata
    assert info is not None
    assert info.creation_date == MADE_ON


def test_only_fonts_that_come_with_the_typesetter_are_used(tmp_path: Path) -> None:
    reader = sheets_of(edition(n=5, k=2), tmp_path)[0]
    resources: Any = reader.pages[0]["/Resources"]
    fonts = {font.get_object()["/BaseFont"] for font in resources["/Font"].values()}
    assert fonts
    assert all("Libertinus" in font for font in fonts)


def test_a_sheet_as_a_picture() -> None:
    page = Brief(edition(n=5, k=2), "id").sheet("Polsek Umpama 1")
    assert typeset(page, MADE_ON, "png").startswith(b"\x89PNG")
    assert len(PdfReader(BytesIO(typeset(page, MADE_ON))).pages) == 1


def test_the_map_is_made_of_numbers_and_keeps_its_pins_apart() -> None:
    made = edition()
    polsek = dict(made.ranking.select("village_code", "polsek").iter_rows())
    atlas = Atlas(made.villages, polsek)
    assert atlas.missing([code_of(0), code_of(59)]) == [code_of(59)]
    codes = [code_of(i) for i in range(10)]
    drawing = atlas.draw(dict.fromkeys(codes, "khusus"), set(codes[:2]), codes, (100.0, 80.0))
    assert drawing is not None
    assert "Polsek" not in drawing.svg
    assert "url(#cross)" in drawing.svg
    assert "url(#hatch)" in drawing.svg
    pins = [(u, v) for _, _, u, v in drawing.places.values()]
    apart = [
        ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5
        for i, a in enumerate(pins)
        for b in pins[:i]
    ]
    assert min(apart) > 9
    assert all(0 <= u <= drawing.width and 0 <= v <= drawing.height for u, v in pins)


def test_names_of_files_are_safe_and_never_taken_twice() -> None:
    names = file_names(
        ["Polsek A/B", "polsek a b", "../../etc", "NUL", "***", "Polsek " + "é" * 400]
    )
    assert len(set(names.values())) == 6
    assert names["Polsek A/B"] == "polsek-a-b"
    assert names["polsek a b"] == "polsek-a-b-2"
    assert names["NUL"] != "nul"
    assert all("/" not in name and "." not in name for name in names.values())
    assert all(len(f"{name}.pdf".encode()) <= 255 for name in names.values())
