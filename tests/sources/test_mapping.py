"""Column mappings: which column carries which field, and what is told where one is wrong."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from rawan.errors import RawanError, UsageError
from rawan.settings import PROJECT_ROOT
from rawan.sources.mapping import contract, find_mapping, load_mappings

SHIPPED = PROJECT_ROOT / "data" / "mappings"
Write = Callable[..., Path]

GOOD = """
kind = "incidents"
match = ["kejadian*"]
ignore = ["catatan"]
drop = ["pelapor"]
[columns]
occurred_on = "Tanggal"
type = "Jenis"
villages = "Desa"
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write mappings by name and return their folder."""

    def to_folder(**texts: str) -> Path:
        for name, text in texts.items():
            (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
        return tmp_path

    return to_folder


def test_cells_are_given_by_field_and_stripped(write: Write) -> None:
    mapping = load_mappings(write(polsek=GOOD))["polsek"]
    fields = mapping.fields({"Tanggal": " 2019-01-01 ", "Jenis": "bentrok"})
    assert fields["occurred_on"] == "2019-01-01"
    assert fields["villages"] == ""
    assert set(fields) == set(contract()["kinds"]["incidents"]["fields"])


def test_a_file_with_exactly_its_columns_is_accepted(write: Write) -> None:
    mapping = load_mappings(write(polsek=GOOD))["polsek"]
    assert mapping.check_columns({"Tanggal", "Jenis", "Desa", "catatan", "pelapor"}) == []
    assert mapping.check_columns({"Tanggal", "Jenis"}) == []


def test_an_unknown_column_is_told_with_the_nearest_known_one(write: Write) -> None:
    mapping = load_mappings(write(polsek=GOOD))["polsek"]
    assert mapping.check_columns({"Tanggal", "Jenis", "Dessa"}) == [
        'column "Dessa" is not in the mapping polsek. Did you mean "Desa"?'
        " Map it, or list it under `ignore`."
    ]


def test_every_wrong_column_is_told_and_a_missing_one_by_field(write: Write) -> None:
    mapping = load_mappings(write(polsek=GOOD))["polsek"]
    told = mapping.check_columns({"Tgl", "Jenis", "Waktu"})
    assert [re.search(r'column "(\w+)"', line)[1] for line in told] == ["Tgl", "Waktu", "Tanggal"]  # type: ignore[index]
    assert told[-1] == 'column "Tanggal" (occurred_on) is missing: it is required.'


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("ignore =", "ignored =", '"ignored" is not a key. Did you mean "ignore"?'),
        ('"incidents"', '"incident"', '"incident" is not a kind. Did you mean "incidents"?'),
        ("villages =", "village =", '"village" is not a field of incidents. Did you mean "villag'),
        ('type = "Jenis"', "", 'the required field "type" has no column.'),
        ('kind = "incidents"', "", 'the key "kind" is missing.'),
        ('match = ["kejadian*"]', "", 'the key "match" is missing.'),
        ('"Desa"', '"Desa', "is not valid TOML"),
        ('["kejadian*"]', '"kejadian*"', "match"),
        ('"Desa"', "3", "villages"),
    ],
)
def test_a_wrong_mapping_is_told_with_its_file_and_key(
    write: Write, old: str, new: str, told: str
) -> None:
    assert old in GOOD
    folder = write(polsek=GOOD.replace(old, new))
    with pytest.raises(UsageError) as error:
        load_mappings(folder)
    assert str(error.value).startswith(f"{folder / 'polsek.toml'}: ")
    assert told in str(error.value)


def test_a_required_field_cannot_be_dropped_at_the_door(write: Write) -> None:
    """It would be stored empty, and every row of the file would end in quarantine."""
    with pytest.raises(UsageError, match="Tanggal"):
        load_mappings(write(polsek=GOOD.replace('["pelapor"]', '["pelapor", "Tanggal"]')))


def test_a_folder_without_mappings_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no column mapping"):
        load_mappings(tmp_path)


def variant(match: str) -> str:
    return GOOD.replace('["kejadian*"]', match)


def test_the_longest_pattern_that_fits_wins(write: Write) -> None:
    mappings = load_mappings(
        write(umum=variant('["kejadian*"]'), khusus=variant('["kejadian_tanjung*"]'))
    )
    assert find_mapping("inbox/kejadian_tanjung_2019.csv", mappings).name == "khusus"
    assert find_mapping("inbox/kejadian_2019.csv", mappings).name == "umum"


def test_a_long_pattern_that_does_not_fit_wins_nothing(write: Write) -> None:
    mappings = load_mappings(
        write(umum=variant('["kej*", "sesuatu_yang_lain_sama_sekali*"]'), khusus=GOOD)
    )
    assert find_mapping("inbox/kejadian_2019.csv", mappings).name == "khusus"


def test_capitals_and_folders_of_a_file_do_not_matter(write: Write) -> None:
    mappings = load_mappings(write(umum=variant('["Kejadian*"]')))
    assert find_mapping("inbox/2019/KEJADIAN maret.XLSX", mappings).name == "umum"


def test_a_pattern_with_a_folder_fits_in_that_folder_alone(write: Write) -> None:
    mappings = load_mappings(write(catatan=variant('["record/kejadian.csv"]')))
    assert find_mapping("record/kejadian.csv", mappings).name == "catatan"
    with pytest.raises(RawanError):
        find_mapping("inbox/kejadian.csv", mappings)


def test_a_name_that_no_mapping_fits_is_told_with_those_that_would(write: Write) -> None:
    mappings = load_mappings(write(a=GOOD, b=variant('["laporan*"]')))
    with pytest.raises(
        RawanError, match=r"inbox/x\.csv: no column mapping .* kejadian\*, laporan\*"
    ):
        find_mapping("inbox/x.csv", mappings)


def test_the_mappings_that_ship_fit_the_names_that_the_docs_promise() -> None:
    mappings = load_mappings(SHIPPED)
    for file, name in {
        "inbox/insiden-2023.csv": "incidents",
        "inbox/Laporan Mei.xlsx": "reports",
        "inbox/penduduk.csv": "demographics",
        "record/incidents.csv": "record_incidents",
        "record/reports.jsonl": "record_reports",
        "record/demographics.csv": "record_demographics",
    }.items():
        assert find_mapping(file, mappings).name == name


def test_who_reported_is_dropped_by_the_form_that_ships() -> None:
    reports = load_mappings(SHIPPED)["reports"]
    assert {"pelapor", "nama_pelapor", "sumber"} <= reports.drop
    assert not reports.drop & set(reports.columns.values())


def test_every_field_of_every_kind_is_declared_and_every_declared_field_is_used() -> None:
    used = {field for kind in contract()["kinds"].values() for field in kind["fields"]}
    declared = contract()["fields"]
    assert sorted(used - set(declared)) == [], "fields of a kind that are not declared"
    assert sorted(set(declared) - used) == [], "declared fields that no kind uses"
    for name, field in declared.items():
        assert field["sensitivity"] in {"open", "internal", "secret"}, name
        assert set(field["meaning"]) == {"id", "en"}, name
    for kind in contract()["kinds"].values():
        assert set(kind["required"]) <= set(kind["fields"])
