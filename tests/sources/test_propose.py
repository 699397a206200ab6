"""Proposed mappings: kind and columns by name and by cells, and a text that can be saved."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawan.errors import RawanError, UsageError
from rawan.settings import PROJECT_ROOT
from rawan.sources.mapping import find_by_name, load_mappings
from rawan.sources.mapping_files import parse_mapping
from rawan.sources.propose import Proposal, propose_mapping
from rawan.sources.sheet import Sheet

MAPPINGS = load_mappings(PROJECT_ROOT / "data" / "mappings")
TYPES = {"bentrok_warga", "perusakan", "politik_uang"}
Rows = Sequence[Sequence[str | None]]


def sheet(columns: Sequence[str], rows: Rows, name: str | None = None) -> Sheet:
    """Return a sheet as the readers hand it on."""
    frame = pl.DataFrame(
        [[number, *row] for number, row in enumerate(rows, 2)],
        schema={"row": pl.Int64, **dict.fromkeys(columns, pl.String)},
        orient="row",
    )
    return Sheet(name, tuple(columns), iter([frame]), [])


def propose(
    columns: Sequence[str], rows: Rows, file: str = "inbox/Data 2024.xlsx", kind: str | None = None
) -> Proposal:
    return propose_mapping(file, [sheet(columns, rows)], MAPPINGS, TYPES, "pilkada2024", kind)


POLICE = ["No", "Tgl Kejadian", "Kec.", "Desa/Kel", "Jenis Gangguan", "Kronologis", "MD", "Suhu"]
POLICE_ROWS: list[list[str | None]] = [
    ["1", "28/10/2012", "Umpama", "Sukarekaan", "Bentrok Warga", "Massa datang.", "2", "31"],
    ["2", "29/10/2012", "Umpama", "Rejocontoh", "Tawuran", "Massa pulang.", None, "30"],
]


def test_a_list_of_a_police_resort_is_known_by_the_names_of_its_columns() -> None:
    proposal = propose([*POLICE, "Nama Pelapor"], [[*row, "A"] for row in POLICE_ROWS])
    content = tomllib.loads(proposal.toml)
    assert proposal.kind == content["kind"] == "incidents"
    assert content["columns"] == {
        "occurred_on": "Tgl Kejadian",
        "type": "Jenis Gangguan",
        "deaths": "MD",
        "summary": "Kronologis",
        "districts": "Kec.",
        "villages": "Desa/Kel",
    }
    assert content["ignore"] == ["No", "Suhu"]
    assert content["drop"] == ["Nama Pelapor"]


def test_words_of_ours_are_translated_and_others_left_to_a_person() -> None:
    """A guess at what a word means would sit unseen in every row."""
    proposal = propose(POLICE, POLICE_ROWS)
    assert tomllib.loads(proposal.toml)["values"]["type"] == {"Bentrok Warga": "bentrok_warga"}
    assert '# "Tawuran" = "?"' in proposal.toml
    assert '"Jenis Gangguan": 1 words are not known; translate them in [values.type]' in (
        proposal.lines()
    )


def test_each_column_is_explained_and_the_first_rows_are_shown() -> None:
    told = propose(POLICE, POLICE_ROWS).lines()
    assert told[0] == "inbox/Data 2024.xlsx: looks like incidents"
    assert any(
        line.startswith('"Tgl Kejadian" -> occurred_on: its name ("tgl kejadian"); 100% of its')
        for line in told
    )
    assert '"Suhu" -> kept, not used' in told
    (row,) = (line for line in told if line.startswith("row 2: "))
    assert 'occurred_on = "28/10/2012"' in row
    assert 'type = "bentrok_warga"' in row
    assert "data.toml:" in told


@pytest.mark.parametrize(
    ("columns", "row", "kind"),
    [
        (
            ["No. LI", "Tgl Laporan", "Kecamatan", "Isi Informasi"],
            ["1", "2024", "U", "x"],
            "reports",
        ),
        (
            ["Kode Wilayah", "Thn", "Jml Penduduk"],
            ["99.99.01.2001", "2020", "5.120"],
            "demographics",
        ),
        (["Hari/Tanggal", "Bentuk Kampanye", "Tempat"], ["2024-10-01", "Pawai", "X"], "gatherings"),
        (
            ["Kecamatan", "Kelurahan", "Jml TPS", "DPT"],
            ["U", "S", "7", "3.500"],
            "polling_stations",
        ),
        (["Kec", "Desa", "No TPS", "Klasifikasi"], ["U", "S", "4", "Rawan"], "tps_vulnerability"),
        (
            ["Tgl", "Polsek", "Jumlah Personil", "Desa"],
            ["2024-11-27", "P", "6", "S"],
            "deployments",
        ),
        (["Tgl", "Polsek", "Kecamatan", "Desa"], ["2024-11-27", "P", "U", "S"], "nil_returns"),
        (["Date", "Village", "Type"], ["2024-11-27", "S", "perusakan"], "incidents"),
    ],
)
def test_every_kind_is_told_apart(columns: list[str], row: list[str], kind: str) -> None:
    proposal = propose(columns, [row])
    assert proposal.kind == kind
    mapping, mistakes = parse_mapping("x", proposal.toml)
    assert mapping is not None, mistakes
    assert mapping.check_columns(columns)[0] == []


def test_cells_tell_what_a_name_does_not() -> None:
    columns = ["Kolom 1", "Tanggal", "Kolom 3"]
    proposal = propose(columns, [["99.99.01.2001", "2019-01-02", "perusakan"]])
    assert tomllib.loads(proposal.toml)["columns"] == {
        "occurred_on": "Tanggal",
        "type": "Kolom 3",
        "village_codes": "Kolom 1",
    }


def test_an_election_that_no_column_names_is_that_of_the_configuration() -> None:
    proposal = propose(["Kec", "Desa", "Jml TPS"], [["U", "S", "7"]])
    assert tomllib.loads(proposal.toml)["constants"] == {"election": "pilkada2024"}
    assert any('every row -> election = "pilkada2024"' in line for line in proposal.lines())


def test_ticked_columns_become_indicators() -> None:
    columns = ["No", "Kec", "Desa", "No TPS", "Rawan banjir", "Sulit dijangkau", "Kosong"]
    rows = [["1", "U", "S", "1", "v", "1", None], ["2", "U", "S", "2", None, "0", None]]
    content = tomllib.loads(propose(columns, rows).toml)
    assert content["ticks"] == {"indicators": ["Rawan banjir", "Sulit dijangkau"]}
    assert content["ignore"] == ["No", "Kosong"]


@pytest.mark.parametrize(
    ("days", "form"),
    [
        (["11/05/2024", "11/20/2024"], "month_day_year"),
        (["1732000000", "1731000000"], "unix_seconds"),
        (["20241105", "20241120"], "yyyymmdd"),
        (["05/11/2024", "20/11/2024"], None),
        (["05/11/2024", "06/11/2024"], None),
    ],
)
def test_the_form_of_a_date_is_told_by_its_cells(days: list[str], form: str | None) -> None:
    proposal = propose(["Tanggal", "Jenis"], [[day, "perusakan"] for day in days])
    assert tomllib.loads(proposal.toml).get("forms", {}).get("occurred_on") == form


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("NIK", "1"),
        ("NRP", "1"),
        ("No. HP", "1"),
        ("Sumber", "x"),
        ("Nama", "x"),
        ("Kontak", "0812-3456-7890"),
        ("Identitas", "1801010101010001"),
        ("Surat", "a@b.id"),
    ],
)
def test_who_a_person_is_is_never_proposed_to_be_stored(column: str, cell: str) -> None:
    columns = ["Tanggal", "Jenis", column]
    proposal = propose(columns, [["2024-11-02", "perusakan", cell]])
    assert tomllib.loads(proposal.toml)["drop"] == [column]
    assert cell == "x" or not any(f'"{cell}"' in line for line in proposal.lines())


def test_the_text_of_a_report_is_not_shown() -> None:
    proposal = propose(["Tanggal", "Isi Laporan"], [["2024-11-02", "Rahasia sekali."]])
    told = "\n".join(proposal.lines())
    assert "Rahasia" not in told
    assert "text = (15 characters)" in told


def test_a_proposal_can_be_saved_and_then_fits_the_file(tmp_path: Path) -> None:
    proposal = propose(POLICE, POLICE_ROWS, "inbox/Gangguan Polres 2024-11.xlsx")
    assert proposal.save(tmp_path).name == "gangguan_polres.toml"
    saved = load_mappings(tmp_path)
    assert find_by_name("inbox/gangguan-polres 2025.csv", saved) is not None
    with pytest.raises(RawanError, match="exists already"):
        proposal.save(tmp_path)
    with pytest.raises(RawanError, match="cannot be written"):
        proposal.save(tmp_path / "gone")


def test_the_name_of_a_mapping_that_exists_is_not_taken() -> None:
    proposal = propose(POLICE, POLICE_ROWS, "inbox/ACLED.xlsx")
    assert proposal.name == "acled_2"


def test_a_file_that_a_mapping_fits_already_is_told_so() -> None:
    proposal = propose(["tanggal", "jenis"], [["2024-11-02", "perusakan"]], "inbox/insiden.csv")
    assert any("incidents fits this file already" in line for line in proposal.lines())


def test_a_kind_that_a_person_names_is_taken_if_it_can_be() -> None:
    columns, rows = ["Tgl", "Polsek", "Desa"], [["2024-11-27", "P", "S"]]
    assert propose(columns, rows, kind="incidents").kind == "incidents"
    with pytest.raises(RawanError, match=r"demographics needs year, population"):
        propose(columns, rows, kind="demographics")
    with pytest.raises(UsageError, match='Did you mean "incidents"'):
        propose(columns, rows, kind="incident")


def test_the_sheet_with_most_in_it_is_looked_at_and_the_others_are_named() -> None:
    def sheets() -> list[Sheet]:
        return [
            sheet(["kolom", "arti"], [["a", "b"]] * 9, "petunjuk"),
            sheet(["Thn", "Desa", "Jml Penduduk"], [["2020", "S", "9"]], "Penduduk"),
            sheet(POLICE, POLICE_ROWS, "Kejadian"),
        ]

    proposal = propose_mapping("x.xlsx", sheets(), MAPPINGS, TYPES, "e")
    assert proposal.lines()[0] == 'x.xlsx, sheet "Kejadian": looks like incidents'
    assert proposal.lines()[1].startswith('sheet "Penduduk" was not looked at')
    other = propose_mapping("x.xlsx", sheets(), MAPPINGS, TYPES, "e", sheet="Penduduk")
    assert other.kind == "demographics"
    with pytest.raises(UsageError, match='no sheet "Pendudu"'):
        propose_mapping("x.xlsx", sheets(), MAPPINGS, TYPES, "e", sheet="Pendudu")


def test_a_file_that_tells_nothing_is_told_so() -> None:
    with pytest.raises(RawanError, match=r"required columns are not recognised"):
        propose(["a", "b"], [["1", "2"]])
    with pytest.raises(RawanError, match="holds no rows"):
        propose(["Tanggal", "Jenis"], [])
    with pytest.raises(RawanError, match="holds no rows"):
        propose_mapping("x.csv", [], MAPPINGS, TYPES, "e")


TEXT = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=12)


@settings(max_examples=60)
@given(
    st.lists(TEXT.filter(lambda text: text == text.strip()), max_size=4, unique=True),
    st.lists(TEXT, min_size=4, max_size=4),
    TEXT,
)
def test_whatever_a_header_holds_the_proposal_can_be_loaded(
    strange: list[str], cells: list[str], file: str
) -> None:
    columns = ["Tanggal", "Jenis", *(c for c in strange if c not in ("Tanggal", "Jenis"))]
    row = ["2024-11-02", *cells][: len(columns)]
    proposal = propose(columns, [[*row, *[None] * (len(columns) - len(row))]], file, "incidents")
    mapping, mistakes = parse_mapping(proposal.name, proposal.toml)
    assert mapping is not None, mistakes
    assert mapping.columns["occurred_on"] == "Tanggal"
