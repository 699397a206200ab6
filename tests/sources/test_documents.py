"""Reports as documents: what they tell comes in, and nobody who told it does."""

import re
import zipfile
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawan.errors import RawanError
from rawan.settings import PROJECT_ROOT, Limits
from rawan.sources.dates import parse_interval
from rawan.sources.documents import COLUMNS, read_document, read_document_bytes
from rawan.sources.mapping import load_mappings
from tests.sources.document_files import (
    REPORT,
    bare_pdf,
    rezipped,
    to_docx,
    to_pdf,
    to_table_docx,
)

LIMITS = Limits()
Rows = list[dict[str, str]]

EXPECTED = {
    "nomor": "R/LI-12/X/2012/Sat Intelkam",
    "tanggal": "Minggu tanggal 28 Oktober 2012",
    "tanggal_diketahui": "Senin, 29 Oktober 2012 pukul 08.00 WIB",
    "kecamatan": "Umpama",
    "desa": "Sukarekaan",
    "nilai_sumber": "B",
    "nilai_informasi": "2",
}


def rows_of(data: bytes | str, suffix: str = ".txt", limits: Limits = LIMITS) -> Rows:
    """Return the rows of a document, without empty cells; none may be damaged."""
    sheet = read_document_bytes(data.encode() if isinstance(data, str) else data, suffix, limits)
    rows = [row for batch in sheet.batches for row in batch.to_dicts()]
    assert sheet.damaged == []
    assert [row.pop("row") for row in rows] == list(range(1, len(rows) + 1))
    return [{name: cell for name, cell in row.items() if cell is not None} for row in rows]


def one(data: bytes | str, suffix: str = ".txt") -> dict[str, str]:
    (row,) = rows_of(data, suffix)
    return row


def with_facts(facts: str, opinion: str = "Situasi rawan.", letter: str = "30 Oktober 2012") -> str:
    return (
        f"LAPORAN INFORMASI\nNomor: R/LI-1/X/2012/Intelkam\nI. PENDAHULUAN\nNilai: A-1\n"
        f"II. FAKTA\n{facts}\nIII. PENDAPAT PELAPOR\n{opinion}\nUmpama, {letter}\nPelapor\nZZNAMA\n"
    )


# The form, in three formats


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (REPORT.encode(), ".txt"),
        (to_docx(), ".docx"),
        (to_pdf(REPORT), ".pdf"),
        (to_pdf(*REPORT.replace("II. FAKTA", "\fII. FAKTA").split("\f")), ".pdf"),
    ],
    ids=["text", "docx", "pdf", "pdf of two pages"],
)
def test_a_report_in_the_usual_form_becomes_a_row_without_who_told_it(
    data: bytes, suffix: str
) -> None:
    row = one(data, suffix)
    text = row.pop("isi")
    assert row == EXPECTED
    assert "terjadi bentrok" in text
    assert "Korban luka 3 orang; keterangan dari [dihapus] [dihapus]" in text
    assert "Rekomendasi : dialog antartokoh." in text
    assert "zz" not in text.lower()
    for gone in ("RAHASIA", "Bidang", "wawancara", "12345678", "Kapolres", "PELAPOR"):
        assert gone not in text


def test_the_columns_are_those_of_the_form_for_reports(tmp_path: Path) -> None:
    mapping = load_mappings(PROJECT_ROOT / "data" / "mappings")["reports"]
    assert mapping.check_columns(set(COLUMNS))[0] == []
    path = tmp_path / "laporan.TXT"
    path.write_text(REPORT, encoding="utf-8")
    (sheet,) = read_document(path, LIMITS)
    assert (sheet.name, sheet.columns) == (None, COLUMNS)
    (batch,) = sheet.batches
    assert batch.columns == ["row", *COLUMNS]


def test_a_file_that_holds_several_reports_gives_a_row_each() -> None:
    second = REPORT.replace("LI-12", "LI-13").replace("B-2", "C 3")
    for data, suffix in (
        (f"{REPORT}\n{second}".encode(), ".txt"),
        (to_docx(f"{REPORT}\n{second}"), ".docx"),
        (to_pdf(REPORT, second), ".pdf"),
    ):
        rows = rows_of(data, suffix)
        assert [row["nomor"] for row in rows] == [
            "R/LI-12/X/2012/Sat Intelkam",
            "R/LI-13/X/2012/Sat Intelkam",
        ]
        assert [row["nilai_sumber"] + row["nilai_informasi"] for row in rows] == ["B2", "C3"]
        assert "zz" not in str(rows).lower()


def test_a_number_that_is_only_mentioned_begins_no_report() -> None:
    row = one(with_facts("Menindaklanjuti laporan\nR/LI-9/IX/2012/Intelkam\ndari polsek."))
    assert row["nomor"] == "R/LI-1/X/2012/Intelkam"
    assert row["isi"].startswith("Menindaklanjuti laporan\nR/LI-9/IX/2012/Intelkam\ndari polsek.")


@pytest.mark.parametrize(
    ("written", "source", "information"),
    [
        ("Nilai : B-2", "B", "2"),
        ("5. Nilai: B2", "B", "2"),
        ("Nilai informasi : A/1", "A", "1"),
        ("Nilai: C 3", "C", "3"),
        ("Penilaian : f 6 (tidak dapat dinilai)", "F", "6"),
        ("Nilai sumber : D\nNilai informasi : 4", "D", "4"),
        ("Nilai sumber / informasi : E / 5", "E", "5"),
        ("Nilai : sumber B, informasi 2", "B", "2"),
        ("Nilai :\nB-2", "B", "2"),
        ("Nilai : -", None, None),
        ("", None, None),
        ("Cara mendapatkan : B-2", None, None),
    ],
)
def test_grades_are_read_as_they_are_written(
    written: str, source: str | None, information: str | None
) -> None:
    row = one(REPORT.replace("5. Nilai : B-2", written))
    assert (row.get("nilai_sumber"), row.get("nilai_informasi")) == (source, information)


# Dates


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ("Waktu : Sabtu (27/10/12) pukul 10.00 WIB\nTerjadi keributan.", "2012-10-27"),
        ("Hari/tanggal : Sabtu, 27 Oktober 2012\nTerjadi keributan.", "2012-10-27"),
        ("Keributan pada 27 Okt 2012 di balai desa.", "2012-10-27"),
        ("Pada 27 Oktober 2012 cekcok, lalu pada 28 Oktober 2012 bentrok.", "2012-10-27/28"),
        ("Cekcok lama sejak 1 Mei 2010 meletus pada 27 Oktober 2012.", "2012-10-30"),
        ("Pada tanggal 5 November 2012 akan ada unjuk rasa.", "2012-10-30"),
        ("Waktu : kemarin sore\nTerjadi keributan.", "2012-10-30"),
        ("Terjadi keributan.", "2012-10-30"),
    ],
)
def test_the_day_is_that_of_the_facts_else_of_the_letter(facts: str, expected: str) -> None:
    row = one(with_facts(facts))
    found = parse_interval(row["tanggal"])
    assert found is not None
    first, last = (day.isoformat() for day in found)
    assert expected == (first if first == last else f"{first}/{last[-2:]}")
    assert row["tanggal_diketahui"] == "30 Oktober 2012"


def test_a_day_that_the_facts_contradict_is_not_known() -> None:
    row = one(with_facts("Pada hari Senin tanggal 28 Oktober 2012 terjadi keributan."))
    assert "tanggal" not in row
    assert row["tanggal_diketahui"] == "30 Oktober 2012"


def test_a_value_in_the_facts_is_no_grade() -> None:
    row = one(with_facts("Nilai kerugian : Rp 5 juta\nNilai : 5 juta"))
    assert (row["nilai_sumber"], row["nilai_informasi"]) == ("A", "1")


@given(
    st.dates(date(1950, 1, 1), date(2049, 12, 31)),
    st.sampled_from(["%d/%m/%Y", "%d-%m-%y", "%Y-%m-%d", "%d.%m.%Y"]),
)
def test_every_date_that_is_put_out_can_be_read(day: date, form: str) -> None:
    written = day.strftime(form)
    row = one(with_facts(f"Waktu : {written} pukul 10.00 WIB\nKeributan.", letter=written))
    assert parse_interval(row["tanggal"]) == parse_interval(row["tanggal_diketahui"]) == (day, day)


@pytest.mark.parametrize(
    ("old", "new", "because"),
    [
        ("30 Oktober 2012", "31 November 2012", "month 11 of 2012 has 30 days"),
        ("tanggal 28 Oktober", "tanggal 28 Oktober\n   Waktu : Senin, 28 Oktober", "not a Senin"),
        ("B-2", "G-7", "its grade is not of the form A-1 to F-6"),
        ("B-2", "Sdr. ZZNILAI", "its grade is not of the form A-1 to F-6"),
    ],
)
def test_a_report_with_a_date_or_grade_that_is_none_is_told_not_guessed(
    old: str, new: str, because: str
) -> None:
    sheet = read_document_bytes(REPORT.replace(old, new).encode(), ".txt", LIMITS)
    assert list(sheet.batches) == []
    (damaged,) = sheet.damaged
    assert damaged.row == 1
    assert because in damaged.reason
    assert "ZZ" not in damaged.reason


# What must not come in


LEAKS = {
    "table of reporters": to_table_docx(
        [["No", "Nama", "Pangkat", "NRP", "TPS"], ["1", "ZZA", "AIPDA", "ZZ12345678", "3"]],
        "Kotak suara tiba di Desa Sukarekaan.",
    ),
    "table of two columns": to_table_docx(
        [["Pelapor", "ZZA"], ["Nama / NRP", "ZZB / 12345678"], ["Desa", "Sukarekaan"]],
        "Kotak suara tiba.",
    ),
    "table with colons": to_table_docx(
        [["Sumber", ":", "Sdr. ZZA"], ["Jabatan", ":", "ZZB"], ["Desa", ":", "Sukarekaan"]],
        "Kotak suara tiba.",
    ),
    "signature in a table": to_table_docx(
        [["Mengetahui\nKASAT INTELKAM\nZZA\nAKP NRP 12345678", "Pelapor\nZZB\nBRIPKA"]],
        "Kotak suara tiba di Desa Sukarekaan tanpa gangguan apa pun.",
        after="Tembusan: ZZC",
    ),
}


@pytest.mark.parametrize("case", LEAKS)
def test_names_in_tables_stay_behind(case: str) -> None:
    text = str(one(LEAKS[case], ".docx"))
    assert "Kotak suara tiba" in text
    assert "ZZ" not in text
    assert "12345678" not in text
    assert "Sukarekaan" in text


@pytest.mark.parametrize(
    "block",
    [
        "Pelapor : ZZA",
        "Pelapor :\n   ZZA",
        "Pelapor :\n\n   ZZA",
        "Sumber : ZZA, warga yang tidak mau disebut namanya dan tinggal di dusun satu,\n  ZZB",
        "SUMBER INFORMASI: Sdr. ZZA",
        "3. Nama : ZZA\n   Umur : 40 ZZB\n   Alamat : ZZC",
        "Nama/Pangkat/NRP : ZZA / BRIPKA / 12345678",
        "NRP : ZZ12345678",
        "Jabatan : ZZA",
        "No. HP : ZZ0812",
        "Informan = ZZA",
        "Hubungan dengan sumber : ZZA",
    ],
)
def test_lines_that_name_a_reporter_or_source_stay_behind(block: str) -> None:
    plain = f"Kotak suara tiba di Desa Sukarekaan.\n{block}\n\nTidak ada gangguan.\n"
    for text in (plain, with_facts(plain)):
        for data, suffix in ((text.encode(), ".txt"), (to_docx(text), ".docx")):
            told = one(data, suffix)["isi"]
            assert "ZZ" not in told
            assert "Kotak suara tiba" in told
            assert "Tidak ada gangguan." in told


@pytest.mark.parametrize(
    "signature",
    [
        "Umpama, 30 Oktober 2012\nPELAPOR\n\nZZA ZZB\nBRIPKA NRP 12345678",
        "Umpama, Oktober 2012\nYang membuat laporan,\n\nZZA",
        "Dikeluarkan di : Umpama\nPada tanggal : 30 Oktober 2012\nKAPOLSEK\n\nZZA",
        "KANIT INTELKAM\n\nZZA\nIPDA NRP 12345678",
        "a.n. KAPOLSEK UMPAMA\n\nZZA",
        "ZZA ZZB\nAIPTU NRP. 12345678",
        "Mengetahui,\nZZA",
        "Tembusan :\n1. ZZA\n2. ZZB",
        "Distribusi: ZZA",
        "Mengetahui,              Pelapor,\n\nZZA              ZZB",
        "PELAPOR\n\nZZA ZZB\n\nTembusan:\n" + "1. ZZC\n" * 30,
    ],
)
def test_signatures_and_distribution_lists_stay_behind(signature: str) -> None:
    facts = "Kotak suara tiba di Desa Sukarekaan tanpa gangguan apa pun."
    form = f"II. FAKTA\n{facts}\nIII. PENDAPAT PELAPOR\nSituasi aman.\n\n{signature}\n"
    for text in (form, f"{facts}\n\n{signature}\n"):
        for data, suffix in (
            (text.encode(), ".txt"),
            (to_docx(text), ".docx"),
            (to_pdf(text), ".pdf"),
        ):
            told = str(one(data, suffix))
            assert "ZZ" not in told
            assert "12345678" not in told
            assert facts in told


def test_a_name_given_as_reporter_or_source_is_masked_where_the_text_says_it_again() -> None:
    text = REPORT.replace(
        "situasi rawan", "menurut zzpelapor  nama dan Sdr. Zzsumber Zubairi rawan"
    )
    told = one(text)["isi"]
    assert "menurut [dihapus] dan Sdr. [dihapus] rawan" in told


def test_headers_and_footers_of_pages_stay_behind() -> None:
    first, second = REPORT.split("   2. Korban")
    pages = [
        f"ZZATAS\n{page}\nZZBAWAH\n- {n} -" for n, page in ((1, first), (2, "2. Korban" + second))
    ]
    row = one(to_pdf(*pages), ".pdf")
    assert "ZZ" not in str(row)
    assert row["nomor"] == EXPECTED["nomor"]
    assert "- 1 -" not in row["isi"]


@pytest.mark.parametrize(
    "secret",
    [
        "nama.orang@contoh.co.id",
        "081234567890",
        "0812-3456-7890",
        "+62 812 3456 7890",
        "62812 3456 789",
        "(0727) 123456",
        "0727-123456",
        "1801041234567890",
        "1801 0412 3456 7890",
        "180104-123456-7890",
        "NRP 12345678",
        "NRP. 8501 1234",
        "NIP 198501012010011001",
    ],
)
def test_numbers_and_addresses_of_persons_are_masked(secret: str) -> None:
    told = one(f"Hubungi {secret} segera.")["isi"]
    assert told == "Hubungi [dihapus] segera."


def test_what_is_no_number_of_a_person_is_left_as_it_is() -> None:
    text = (
        "Desa 18.01.04.2001 memiliki 12 TPS dan 1.234.567 pemilih pada 28-10-2012 29-10-2012, "
        "pukul 08.00-12.00, biaya Rp 25.000.000, titik -5.5512, 105.5512; Bripka datang."
    )
    assert one(text)["isi"] == text


# Documents without the form


def test_a_text_without_the_form_is_one_report_without_grades() -> None:
    row = one("Situasi di Desa Sukarekaan aman.\n\nKotak suara tiba pada 28 Oktober 2012.")
    assert row == {
        "tanggal": "28 Oktober 2012",
        "isi": "Situasi di Desa Sukarekaan aman.\n\nKotak suara tiba pada 28 Oktober 2012.",
    }


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_text_is_read_in_the_encodings_in_use(encoding: str) -> None:
    text = "Rapat di rumah Désa – “aman”."
    assert one(text.encode(encoding))["isi"] == text


@given(st.text())
def test_any_text_becomes_rows_or_one_clear_sentence(text: str) -> None:
    told, sentence = attempt(text.encode("utf-8", "ignore"), ".txt")
    assert told or sentence.startswith("a: ")


def attempt(data: bytes, suffix: str) -> tuple[Rows, str]:
    """Return what a document tells, with a row for each that is damaged, or the error."""
    try:
        sheet = read_document_bytes(data, suffix, LIMITS, "a")
    except RawanError as error:
        return [], str(error)
    rows = [row for batch in sheet.batches for row in batch.to_dicts()]
    return rows + [{"damaged": damaged.reason} for damaged in sheet.damaged], ""


LINES = st.sampled_from([*REPORT.splitlines(), "Pelapor:", "II. FAKTA", "Tembusan", "AIPDA ZZ", ""])


@given(st.lists(LINES, max_size=30))
def test_lines_of_the_form_in_any_order_give_rows_with_readable_dates(lines: list[str]) -> None:
    told, sentence = attempt("\n".join(lines).encode(), ".txt")
    assert told or re.search("has no text|is empty", sentence)
    for row in told:
        if "damaged" in row:
            continue
        assert row["isi"]
        for name in ("tanggal", "tanggal_diketahui"):
            assert row[name] is None or parse_interval(row[name])


# Malformed documents


def bomb() -> bytes:
    return rezipped(to_docx(), {"word/media/a.bin": bytes(100_000_000)})


def protected() -> bytes:
    ole = bytes.fromhex("D0CF11E0A1B11AE1")
    return ole + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(1000)


def entities() -> bytes:
    xml = '<!DOCTYPE x [<!ENTITY a "ZZ">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1 if n else str()};" * 10}">' for n in range(9)
    )
    body = "<w:body><w:p><w:r><w:t>&a8;</w:t></w:r></w:p></w:body></w:document>"
    return rezipped(
        to_docx(),
        {
            "word/document.xml": f"{xml}]><w:document xmlns:w="
            f'"http://schemas.openxmlformats.org/wordprocessingml/2006/main">{body}'.encode()
        },
    )


def deep() -> bytes:
    open_, close = "<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>"
    body = f"<w:body>{open_ * 60}<w:p><w:r><w:t>x</w:t></w:r></w:p>{close * 60}</w:body>"
    xml = (
        f'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">{body}'
    )
    return rezipped(to_docx(), {"word/document.xml": f"{xml}</w:document>".encode()})


MALFORMED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "empty text": (".txt", lambda: b"", "is empty"),
    "empty pdf": (".pdf", lambda: b"", "is empty"),
    "zero bytes alone": (".docx", lambda: bytes(1000), "is empty"),
    "blank text": (".txt", lambda: " \u00a0\n".encode(), "has no text"),
    "zero byte in a text": (".txt", lambda: b"aman\0aman", "byte 4 is zero"),
    "unknown encoding": (".txt", lambda: b"aman \x81\x8d", "unknown encoding"),
    "half a UTF-16 character": (".txt", lambda: "aman".encode("utf-16")[:-1], "unknown encoding"),
    "text that says it is DOCX": (".docx", lambda: b"Situasi aman.", "not a whole archive"),
    "workbook's archive": (".docx", lambda: rezipped(to_docx(), {"[Content_Types].xml": None}), ""),
    "DOCX cut off": (".docx", lambda: to_docx()[:-500], "not a whole archive"),
    "DOCX with a wrong byte": (
        ".docx",
        lambda: rezipped(to_docx(), {"word/document.xml": b"<w:document"}),
        "cannot be read as DOCX",
    ),
    "DOCX without a document": (
        ".docx",
        lambda: rezipped(to_docx(), {"word/document.xml": None}),
        "cannot be read as DOCX",
    ),
    "DOCX with nothing but a header": (".docx", lambda: to_docx(""), "has no text"),
    "DOCX that unpacks to a hundred times its size": (".docx", bomb, "times its size"),
    "DOCX with a path out of it": (
        ".docx",
        lambda: rezipped(to_docx(), {"../../luar.xml": b"x"}),
        "leads out",
    ),
    "DOCX with a password": (".docx", protected, "protected by a password"),
    "old DOC": (".docx", lambda: bytes.fromhex("D0CF11E0A1B11AE1") + bytes(2000), "old format"),
    "DOCX with entities that multiply": (".docx", entities, ""),
    "DOCX with tables in tables": (".docx", deep, ""),
    "text that says it is PDF": (".pdf", lambda: b"Situasi aman.", "cannot be read as PDF"),
    "PDF cut off": (".pdf", lambda: to_pdf(REPORT)[:300], "cannot be read as PDF"),
    "PDF without pages": (".pdf", lambda: bare_pdf(), "may be a scan"),
    "scan": (".pdf", lambda: bare_pdf("", ""), "may be a scan"),
    "PDF with a password": (".pdf", lambda: to_pdf(REPORT, lock="rahasia"), "password"),
    "PDF whose pages hold themselves": (
        ".pdf",
        lambda: bare_pdf(REPORT).replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]"),
        "",
    ),
    "PDF whose content is its page": (
        ".pdf",
        lambda: bare_pdf(REPORT).replace(b"/Contents 5 0 R", b"/Contents 4 0 R"),
        "",
    ),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_document_is_told_in_one_sentence_about_the_file(
    case: str, tmp_path: Path
) -> None:
    suffix, make, because = MALFORMED[case]
    path = tmp_path / f"laporan{suffix}"
    path.write_bytes(make())
    with pytest.raises(RawanError) as caught:
        list(read_document(path, LIMITS))
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert because in message
    assert message.endswith(".")
    assert "\n" not in message
    assert "ZZ" not in message


def test_a_pdf_with_a_broken_table_of_places_is_still_read() -> None:
    data = bare_pdf(REPORT)
    broken = data.replace(b"startxref\n", b"startxref\n9")
    assert one(broken, ".pdf")["nomor"] == EXPECTED["nomor"]


def test_what_is_wrong_with_a_pdf_is_not_logged_with_words_of_it(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = bare_pdf(REPORT).replace(b" >>\nstream", b"")  # a dictionary that runs into the text
    assert not pypdf.PdfReader(BytesIO(broken), strict=False).pages[0].extract_text()
    assert "Zzsumber" in caplog.text  # so it would be, if nobody saw to it
    caplog.clear()
    capfd.readouterr()
    attempt(broken, ".pdf")
    assert caplog.text == ""
    assert capfd.readouterr() == ("", "")


def test_a_pdf_that_asks_for_a_password_only_to_change_it_is_read() -> None:
    assert one(to_pdf(REPORT, owner="rahasia"), ".pdf")["nomor"] == EXPECTED["nomor"]


def test_a_script_in_a_pdf_is_not_read() -> None:
    row = one(to_pdf(REPORT, script="app.alert('ZZSKRIP')"), ".pdf")
    assert "ZZ" not in str(row)


def test_any_cut_of_a_document_gives_rows_or_one_sentence() -> None:
    for data, suffix in ((to_docx(), ".docx"), (to_pdf(REPORT), ".pdf")):
        for size in range(1, len(data), max(1, len(data) // 40)):
            told, sentence = attempt(data[:size], suffix)
            assert told or sentence.startswith("a: ")


def test_the_time_limit_ends_a_page_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter(range(10_000))
    monkeypatch.setattr("rawan.sources.document_text.time.monotonic", lambda: next(seconds))
    limits = LIMITS.model_copy(update={"seconds": 20})  # a second goes by at each step of the page
    with pytest.raises(RawanError, match="seconds"):
        read_document_bytes(bare_pdf(REPORT), ".pdf", limits)


HOSTILE = {
    "titles": "LAPORAN INFORMASI\n" * 20_000,
    "numbers": "".join(f"Nomor: R/LI-{n}/X/2012/Intelkam\n" for n in range(10_000)),
    "spaces": f"Nomor{' ' * 400}x\n" * 1000,
    "weekdays": "Minggu\n\n\n\n" * 20_000,
    "officers": "BRIPKA NRP 12345678\n" * 10_000,
    "labels": f"{'a:' * 1000}\n" * 100,
    "numbers of officers": f"NRP {'no.' * 3000}\n" * 20,
    "letters": "a" * 300_000,
}


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.timeout(20)
def test_text_made_to_take_long_takes_no_longer_than_other_text(case: str) -> None:
    told, _ = attempt(HOSTILE[case].encode(), ".txt")
    assert told


@pytest.mark.parametrize(
    ("limits", "suffix", "because"),
    [
        ({"unpacked_mb": 1, "archive_ratio": 10_000}, ".docx", "[limits] unpacked_mb"),
        ({"file_mb": 1}, ".txt", "the limit is 1"),
        ({"seconds": 0}, ".pdf", "[limits] seconds"),
        ({"seconds": 0}, ".docx", "[limits] seconds"),
        ({"rows": 1}, ".txt", "[limits] rows"),
    ],
)
def test_limits_are_kept_and_named(
    limits: dict[str, int], suffix: str, because: str, tmp_path: Path
) -> None:
    data = {
        ".docx": rezipped(to_docx(), {"word/media/a.bin": bytes(2_000_000)}),
        ".pdf": to_pdf(REPORT),
        ".txt": (REPORT + REPORT.replace("LI-12", "LI-13")).encode()
        + (b"\n" * 1_500_000 if "file_mb" in limits else b""),
    }[suffix]
    path = tmp_path / f"laporan{suffix}"
    path.write_bytes(data)
    with pytest.raises(RawanError) as caught:
        list(read_document(path, LIMITS.model_copy(update=limits)))
    assert because in str(caught.value)


def test_a_report_longer_than_a_cell_may_be_is_told() -> None:
    limits = LIMITS.model_copy(update={"cell_characters": 100})
    sheet = read_document_bytes(REPORT.encode(), ".txt", limits)
    assert list(sheet.batches) == []
    assert "[limits] cell_characters" in sheet.damaged[0].reason


def test_an_archive_is_judged_before_anything_of_it_is_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = bomb()

    def refuse(*_: object) -> None:
        raise AssertionError("unpacked")

    monkeypatch.setattr(zipfile.ZipFile, "read", refuse)
    monkeypatch.setattr(zipfile.ZipFile, "open", refuse)
    with pytest.raises(RawanError, match="archive_ratio"):
        read_document_bytes(data, ".docx", LIMITS)
