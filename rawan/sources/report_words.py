"""The words by which the parts of a laporan informasi are known, and where one report ends.

Owns the patterns of headings, labels, numbers and dates of the form, and the cutting of a document
into its reports. What is made of the parts is in `rawan.sources.report_form`.
"""

import re

from rawan.sources.dates import parse_interval

_MONTHS = r"(?:jan|feb|peb|mar|apr|mei|jun|jul|agu|ags|agt|sep|okt|nov|nop|des)[a-z]{0,6}\.?"
_UNTIL = r"\s*(?:-|–|s\.?/?d\.?|sampai(?: dengan)?|hingga)\s*"
WEEKDAY = r"(?:(?:senin|selasa|rabu|kamis|jum'?at|sabtu|minggu|ahad)\s*,?\s*(?:tanggal|tgl\.?)?\s*)"
DATE = re.compile(
    rf"(?<![0-9/.-])(?:{WEEKDAY}\(?)?"
    rf"(?:[0-9]{{1,2}}(?:{_UNTIL}[0-9]{{1,2}})?\s+{_MONTHS}\s+(?:tahun\s+)?[0-9]{{4}}"
    rf"(?:{_UNTIL}[0-9]{{1,2}}\s+{_MONTHS}\s+[0-9]{{4}})?"
    r"|[0-9]{1,2}([/.-])[0-9]{1,2}\1(?:[0-9]{4}|[0-9]{2})|[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?![0-9]|[/.-][0-9])",
    re.I,
)
_ENUMERATED = r"\s*(?:(?:[ivx]{1,4}|[a-z]|[0-9]{1,2})\s*[.)]\s*)?"
HEADING = re.compile(
    rf"{_ENUMERATED}(?:(?P<introduction>pendahuluan)"
    r"|(?P<facts>(?:uraian )?fakta(?:\s*[-–]?\s*fakta)?(?: yang ditemukan)?)"
    r"|(?P<opinion>pendapat(?: (?:dan saran )?pelapor)?))\s*(?:[:.]\s*(?P<rest>.*))?\s*$",
    re.I,
)
NUMBER = re.compile(
    r"\s*(?:laporan informasi\s*)?(?:(?P<label>no(?:mor)?)\b\s*[.:]*\s*)?:?\s*"
    r"(?P<number>(?:[A-Z]{1,4}\s?[/-]\s?)?(?:LI|INFOSUS|LAPSUS|LAPINFO)\b\s?[-–/.]?\s?[\w.]+(?:\s?/\s?[\w.]+)+"
    r"(?: [A-Z][\w.]*){0,4})(?P<rest>(?:\s{2,}|\t|,).*)?\s*\.?\s*$",
    re.I,
)
TITLE = re.compile(r"\s*laporan informasi(?: khusus)?\s*$", re.I)
OBTAINED = re.compile(r"(?:waktu|tanggal|tgl|hari)\b.{0,60}", re.I)
HAPPENED = re.compile(
    r"(?:waktu(?: (?:dan tempat )?(?:kejadian|peristiwa))?"
    r"|hari(?: ?[/,] ?(?:tanggal|tgl))?(?: kejadian)?"
    r"|(?:tanggal|tgl)(?: (?:kejadian|peristiwa))?|kapan|bilamana)",
    re.I,
)
LETTER_DATE = re.compile(r"(?:(?:pada )?(?:tanggal|tgl)|tanggal (?:laporan|surat))", re.I)
_GRADED = r"(?:sumber|informasi|info|berita|baket|isi|laporan|bahan keterangan)"
GRADE_LABEL = re.compile(
    rf"(?:klasifikasi )?(?:nilai|penilaian|evaluasi)(?: (?P<which>{_GRADED}))?"
    rf"(?: ?(?:/|&|dan) ?(?:nilai )?{_GRADED})*",
    re.I,
)
GRADES = re.compile(
    r"(?<![A-Z0-9])(?:SUMBER\W{1,3})?([A-F])(?:\s?[-–/. ]?\s?|\W{1,3}(?:DAN )?INFORMASI\W{1,3})"
    r"([1-6])(?![A-Z0-9])"
)
DISTRICT = re.compile(r"kec(?:amatan)?\.?", re.I)
VILLAGE = re.compile(r"(?:desa|ds|kelurahan|kel|desa ?/ ?kel(?:urahan)?)\.?", re.I)
_SIGNS = (
    r"(?i:pelapor|yang (?:melaporkan|membuat(?: laporan| pernyataan)?)|pembuat laporan|mengetahui"
    r"|hormat (?:kami|saya)|penyusun|petugas pelapor|badan pengumpul)"
)
CLOSING = re.compile(
    r"\s*(?:(?P<sure>(?P<list>(?i:tembusan|distribusi))|(?i:kepada yth|disampaikan kepada(?: yth)?"
    r"|dikeluarkan di|dibuat di))\.?\s*(?:[:,].*)?"
    # Two signatures may stand side by side: what is on the right begins after a gap.
    rf"|{_SIGNS}\s*[:,.]?(?:\s*|\s{{2,}}[A-Z].*|\t[A-Z].*))$"
)
SIGNATORY = re.compile(
    r"\s*(?:a\.?n\.? )?(?:PS\.? )?(?:WAKA|KA)?"
    r"(?:KAPOL\w+|POL\w+|KANIT|KASAT|KASI|KAUR|KEPALA|BANIT|BA|DIR\w*)(?: [A-Z.]+){0,6},?\s*$"
)
ADDRESSEES = re.compile(r"\s*(?:tembusan|distribusi|kepada yth|yth)\b", re.I)


def segments(lines: list[str]) -> list[list[str]]:
    """Cut a document where the number of another report stands on a line of its own.

    A number that is only mentioned does not begin a report: it must follow the title of the
    form; or carry the word Nomor and have a part of the form below it, or a signature above it.
    """
    found = [(NUMBER.match(line[:500]), HEADING.match(line[:500])) for line in lines]
    has_part_below = [False] * len(lines)
    for i in range(len(lines) - 2, -1, -1):
        number, heading = found[i + 1]
        has_part_below[i] = bool(heading) or (not number and has_part_below[i + 1])
    starts: list[int] = []
    numbers: set[str] = set()
    title, is_signed = -9, False
    for i, line in enumerate(lines):
        if number := found[i][0]:
            key = re.sub(r"\s", "", number["number"]).lower()
            has_title = 0 < i - title < 5
            begins = bool(number["label"]) and (has_part_below[i] or is_signed)
            if key not in numbers and (has_title or begins or not starts):
                numbers.add(key)
                starts.append(title if has_title else i)
                is_signed = False
        elif TITLE.match(line[:200]):
            title = i
        else:
            closing = CLOSING.match(line[:200])
            is_signed = is_signed or bool(closing and closing["sure"]) or is_dateline(line)
    if len(starts) < 2:
        return [lines]
    return [lines[a:b] for a, b in zip([0, *starts[1:]], [*starts[1:], len(lines)], strict=True)]


def is_dateline(line: str) -> bool:
    """Tell whether a line is a place and a date, as above a signature: "Kota, 2 Mei 2024"."""
    place, comma, rest = line[:200].strip().partition(",")
    rest = re.sub(r"^\s*(?:tanggal|tgl\.?)\s*", "", rest, flags=re.I).strip(" .")
    words = place.split()
    if not comma or not 1 <= len(words) <= 4 or not place[0].isupper():
        return False
    if re.fullmatch(WEEKDAY, words[-1], re.I):
        return False
    is_month = bool(re.match(_MONTHS, rest, re.I)) and parse_interval(rest) is not None
    return is_month or bool(DATE.fullmatch(rest))
