"""Column mappings: which column carries which field, and what is told where one is wrong."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from rawan.errors import RawanError, UsageError
from rawan.settings import PROJECT_ROOT
from rawan.sources.contract import contract, fields_of, recognised_by
from rawan.sources.mapping import find_by_name, find_mapping, load_mappings

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


# What is told of a header


def test_a_file_with_exactly_its_columns_is_accepted(write: Write) -> None:
    mapping = load_mappings(write(polsek=GOOD))["polsek"]
    assert mapping.check_columns(["Tanggal", "Jenis", "Desa", "catatan", "pelapor"]) == ([], [])
    assert mapping.check_columns(["Tanggal", "Jenis", "Desa"]) == ([], [])


def test_a_misspelt_column_is_an_error_and_a_strange_one_a_warning(write: Write) -> None:
    mapping = load_mappings(write(polsek=GOOD))["polsek"]
    errors, warnings = mapping.check_columns(["Tanggal", "Jenis", "Dessa", "Suhu", "Nama Saksi"])
    assert errors == [
        'column "Dessa" is not in the mapping polsek. Did you mean "Desa"?'
        " Correct the header, or list it under `ignore`."
    ]
    assert warnings == [
        'columns of the mapping that the file lacks: "Desa"',
        'columns that are kept and not used (map them, or list them under `ignore`): "Suhu"',
        'columns that seem to tell who a person is, not stored: "Nama Saksi"',
    ]


def test_a_column_like_one_that_is_there_is_no_misspelling(write: Write) -> None:
    mapping = load_mappings(write(polsek=GOOD))["polsek"]
    errors, warnings = mapping.check_columns(["Tanggal", "Tanggal 2", "Jenis", "Desa"])
    assert errors == []
    assert '"Tanggal 2"' in warnings[0]


def test_a_required_column_that_is_missing_is_told_with_its_field(write: Write) -> None:
    mapping = load_mappings(write(polsek=GOOD))["polsek"]
    errors, _ = mapping.check_columns(["Tgl", "Jenis", "Desa"])
    assert errors == ['column "Tanggal" (occurred_on) is missing: it is required.']


def test_two_columns_for_one_name_are_an_error_unless_one_is_spelt_exactly(write: Write) -> None:
    mapping = load_mappings(write(polsek=GOOD))["polsek"]
    errors, _ = mapping.check_columns(["tanggal", "TANGGAL", "Jenis", "Desa"])
    assert (
        errors[0]
        == 'columns "tanggal" and "TANGGAL" may both be "Tanggal". Name it exactly so once.'
    )
    assert mapping.check_columns(["Tanggal", "TANGGAL", "Jenis", "Desa"])[0] == []
    assert mapping.check_columns(["No", "No.", "Tanggal", "Jenis", "Desa"])[0] == []


def test_a_header_of_two_rows_is_told_where_a_word_is_left_off(write: Write) -> None:
    mapping = load_mappings(write(polsek=GOOD))["polsek"]
    errors, warnings = mapping.check_columns(["Waktu Tanggal", "Jenis", "Desa"])
    assert (errors, warnings) == ([], ['column "Waktu Tanggal" is read as "Tanggal"'])


# What is told of a mapping


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("ignore =", "ignored =", '"ignored" is not a key. Did you mean "ignore"?'),
        ('"incidents"', '"incident"', '"incident" is not a kind. Did you mean "incidents"?'),
        ("villages =", "village =", "is not a field of incidents. Did you mean"),
        ('occurred_on = "Tanggal"', "", 'the required field "occurred_on" has no column.'),
        ('kind = "incidents"', "", 'the key "kind" is missing.'),
        ('kind = "incidents"', "kind = []", '"[]" is not a kind.'),
        ('match = ["kejadian*"]', "", 'the key "match" is missing.'),
        ('match = ["kejadian*"]', "match = []", '"match" must be a list of texts.'),
        ('"Desa"', '"Desa', "is not valid TOML"),
        ('["kejadian*"]', '"kejadian*"', "match"),
        ('"Desa"', "3", "villages"),
        ('"Desa"', '" "', "villages"),
        ('["pelapor"]', '["pelapor", "Tanggal"]', '"Tanggal" is mapped to occurred_on and dropped'),
        ('["catatan"]', '["Tanggal"]', '"Tanggal" is mapped to occurred_on and ignored; do one.'),
        ('["catatan"]', '["pelapor"]', '"pelapor" is ignored and dropped; do one.'),
        ('["catatan"]', '["TANGGAL"]', '"Tanggal" and "TANGGAL" are one name'),
        ("[columns]", "[constants]\ntype = 'x'\n[columns]", '"type" has more than one source'),
        (
            "[columns]",
            "[forms]\ntype = 'unix_second'\n[columns]",
            '"unix_second" is not a form. Did you mean',
        ),
        (
            "[columns]",
            "[forms]\ndeaths = 'yyyymmdd'\n[columns]",
            '"deaths" in [forms] has no column',
        ),
        ("[columns]", "[values]\ntype = 'x'\n[columns]", "[values.type] must be a table"),
        ("[columns]", "[values.type]\nA='x'\na='y'\n[columns]", '"a" stands twice'),
        ("[columns]", "[values.type]\nA=1\n[columns]", "[values.type] must be a table"),
        (
            "[columns]",
            "[spans]\noccurred_on=['a']\n[columns]",
            "must be two columns: [first, last]",
        ),
        ("[columns]", "[ticks]\nsummary='a'\n[columns]", '"summary" in [ticks] must be a list'),
        ("[columns]", "[when]\ntype='a'\n[columns]", "[when.type] must hold one entry"),
        ("[columns]", "[precision.occurred_on]\nday=['1']\n[columns]", "must name a column"),
        (
            "[columns]",
            "[precision.occurred_on]\ncolumn='T'\nmont=['1']\n[columns]",
            '"mont" in [precision.occurred_on] is not a key. Did you mean "month"?',
        ),
        ("[columns]", "[exclude]\nNegara='x'\n[columns]", '"Negara" in [exclude] must be a list'),
        ("ignore =", "exclude = 1\nignore =", "[exclude] must be a table."),
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


def test_every_mistake_of_every_mapping_is_told_at_once(write: Write) -> None:
    wrong = GOOD.replace("ignore =", "ignored =").replace('"Desa"', "3")
    with pytest.raises(UsageError) as error:
        load_mappings(write(a=wrong, b=GOOD.replace("villages", "desa"), c=GOOD))
    lines = str(error.value).splitlines()
    assert [re.search(r"(\w)\.toml: ", line)[1] for line in lines] == ["a", "a", "b"]  # type: ignore[index]


def test_a_mapping_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "polsek.toml").write_bytes(b"kind = \xff\x00")
    with pytest.raises(UsageError, match=r"polsek\.toml: cannot be read"):
        load_mappings(tmp_path)


def test_a_folder_without_mappings_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no column mapping"):
        load_mappings(tmp_path)


def test_the_digest_changes_with_the_content_and_with_nothing_else(write: Write) -> None:
    swapped = "\n".join(sorted(GOOD.strip().splitlines()[:4])) + GOOD[GOOD.index("\n[columns]") :]
    mappings = load_mappings(
        write(a=GOOD, b="# komentar\n" + GOOD, c=swapped, d=GOOD.replace('"Desa"', '"desa"'))
    )
    digests = {name: mapping.digest for name, mapping in mappings.items()}
    assert digests["a"] == digests["b"] == digests["c"] != digests["d"]
    assert re.fullmatch("[0-9a-f]{64}", digests["a"])


# Which mapping a file goes by


def variant(match: str) -> str:
    return GOOD.replace('["kejadian*"]', match)


def test_the_longest_pattern_that_fits_wins(write: Write) -> None:
    mappings = load_mappings(
        write(umum=variant('["kejadian*"]'), khusus=variant('["kejadian_tanjung*"]'))
    )
    for file, name in {"kejadian-tanjung 2019": "khusus", "KEJADIAN maret": "umum"}.items():
        found = find_by_name(f"inbox/2019/{file}.XLSX", mappings)
        assert found is not None
        assert found.name == name


def test_a_long_pattern_that_does_not_fit_wins_nothing(write: Write) -> None:
    mappings = load_mappings(
        write(umum=variant('["kej*", "sesuatu_yang_lain_sama_sekali*"]'), khusus=GOOD)
    )
    found = find_by_name("inbox/kejadian_2019.csv", mappings)
    assert found is not None
    assert found.name == "khusus"


def test_a_pattern_with_a_folder_fits_in_that_folder_alone(write: Write) -> None:
    mappings = load_mappings(write(catatan=variant('["record/kejadian.csv"]')))
    assert find_by_name("record/kejadian.csv", mappings) is not None
    assert find_by_name("inbox/kejadian.csv", mappings) is None


HEADERS = {
    "incidents": ["Tanggal", "Jenis", "Kecamatan", "Desa", "Uraian"],
    "reports": ["nomor", "tanggal", "kecamatan", "desa", "isi", "nilai sumber"],
    "demographics": ["Kecamatan", "Desa", "Tahun", "Penduduk"],
    "gatherings": ["tanggal", "kegiatan", "kecamatan", "lokasi"],
    "polling_stations": ["pemilu", "kecamatan", "desa", "jumlah tps", "pemilih"],
    "tps_vulnerability": ["pemilu", "desa", "nomor tps", "kerawanan"],
    "deployments": ["tanggal", "satuan", "personel", "kecamatan"],
    "nil_returns": ["tanggal", "satuan", "kecamatan", "desa"],
}


@pytest.mark.parametrize("kind", HEADERS)
def test_a_form_under_a_strange_name_is_known_by_its_columns(kind: str) -> None:
    mappings = load_mappings(SHIPPED)
    choice = find_mapping("inbox/Book1.xlsx", "Sheet1", HEADERS[kind], mappings)
    assert choice is not None
    assert choice.mapping.name == kind
    assert choice.told == (
        f'inbox/Book1.xlsx, sheet "Sheet1": taken for {kind} by its columns (mapping {kind})'
    )


def test_a_sheet_of_another_kind_goes_by_its_columns_though_the_name_fits() -> None:
    mappings = load_mappings(SHIPPED)
    choice = find_mapping("inbox/laporan.xlsx", "data", HEADERS["demographics"], mappings)
    assert choice is not None
    assert choice.mapping.kind == "demographics"
    named = find_mapping("inbox/laporan.xlsx", "data", HEADERS["reports"], mappings)
    assert named is not None
    assert (named.mapping.kind, named.told) == ("reports", None)


def test_a_named_file_that_lacks_what_is_required_is_told_so(write: Write) -> None:
    """The name says what is meant: the mistake is in the header."""
    mappings = load_mappings(SHIPPED)
    choice = find_mapping("inbox/insiden.csv", None, ["tgl", "desa"], mappings)
    assert choice is not None
    assert "tanggal" in choice.mapping.check_columns(["tgl", "desa"])[0][0]


def test_a_header_that_several_mappings_fit_is_not_guessed(write: Write) -> None:
    mappings = load_mappings(write(a=GOOD, b=variant('["lain*"]')))
    with pytest.raises(RawanError, match=r'x\.csv: its columns fit the mappings "a" and "b" equ'):
        find_mapping("inbox/x.csv", None, ["Tanggal", "Jenis"], mappings)


def test_a_header_that_is_mostly_strange_is_not_taken(write: Write) -> None:
    mappings = load_mappings(write(a=GOOD))
    with pytest.raises(RawanError, match=r"no column mapping fits .* kejadian\*"):
        find_mapping("x.csv", None, ["Tanggal", "Jenis", *(f"k{n}" for n in range(9))], mappings)


def test_a_name_that_no_mapping_fits_is_told_with_those_that_would(write: Write) -> None:
    mappings = load_mappings(write(a=GOOD, b=variant('["laporan*"]')))
    with pytest.raises(
        RawanError, match=r"inbox/x\.csv: no column mapping .* kejadian\*, laporan\*"
    ):
        find_mapping("inbox/x.csv", None, ["a"], mappings)


@pytest.mark.parametrize("sheet", ["petunjuk", "Daftar", " PETUNJUK "])
def test_the_guide_of_a_form_is_no_sheet_of_rows(sheet: str) -> None:
    assert find_mapping("insiden.xlsx", sheet, ["kolom"], load_mappings(SHIPPED)) is None


# The contract


def test_every_field_of_every_kind_is_declared_and_every_declared_field_is_used() -> None:
    used = {field for kind in contract()["kinds"] for field in fields_of(kind)}
    declared = contract()["fields"]
    assert sorted(used - set(declared)) == [], "fields of a kind that are not declared"
    assert sorted(set(declared) - used) == [], "declared fields that no kind uses"
    for name, field in declared.items():
        assert field["sensitivity"] in {"open", "internal", "secret"}, name
        assert set(field["meaning"]) == {"id", "en"}, name
    for kind, entry in contract()["kinds"].items():
        assert set(entry["required"]) <= set(entry["fields"])
        assert recognised_by(kind), "nothing tells a header of this kind"
        assert set(recognised_by(kind)) <= set(entry["fields"])
