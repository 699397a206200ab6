"""Who reported, and who told: what must not leave a document.

Owns the words by which a line names a reporter or a source (labels, ranks, numbers of officers),
and the masking of numbers and addresses in the text that stays. Which lines of a document are
looked at, and which are dropped whole, is in `rawan.sources.report_form`.
"""

import re
from collections.abc import Iterable

MASK = "[dihapus]"

_RANKS = (
    "bharada|bharatu|bharaka|bripda|briptu|brigpol|brigadir|bripka|aipda|aiptu|ipda|iptu|akp|kompol"
    "|akbp|kombes(?: pol)?|prada|pratu|praka|kopda|koptu|kopka|serda|sertu|serka|serma|pelda|peltu"
    "|letda|lettu|kapten|mayor|letkol|kolonel|penda|pengatur|penata"
)
_TITLES = r"sdri?|saudara|saudari|bpk|bapak|ibu|sdra|an|h|hj|drs|dr|ir"

# A label that asks for a person; what follows it goes, with the lines that belong to it.
_LABEL = re.compile(
    r"(?:identitas |nama |data )?(?:sumber|pelapor|informan|narasumber|agen|jaring|saksi pelapor)"
    r"(?: ?/ ?(?:pelapor|sumber))?(?: (?:informasi|info|berita|keterangan|bahan keterangan|baket))?"
    r"|nama(?: (?:lengkap|jelas|petugas|anggota))?"
    r"(?: ?[/,&] ?(?:pangkat|nrp|nip|jabatan|umur|alamat| )+)*"
    r"|pangkat(?: ?[/,&] ?(?:nrp|nip|jabatan|gol(?:ongan)?|korps))*"
    r"|(?:nrp|nip|nik|nomor ktp|no\.? ktp)(?: ?/ ?(?:nrp|nip))?"
    r"|jabatan(?: pelapor)?|kesatuan pelapor|alamat (?:sumber|pelapor)"
    r"|(?:no(?:mor)?\.? ?)?(?:hp|handphone|telp|telpon|telepon|wa|whatsapp)(?: ?/ ?(?:hp|wa|telp))?"
    r"|e-?mail|ttd|tanda ?tangan"
    r"|hubungan(?: (?:dengan|dgn))? ?(?:sumber|sasaran|pelapor)?(?: dengan .{1,30})?"
    r"|cara (?:mendapat(?:kan)?|memperoleh|diperoleh|perolehan)(?: .{1,30})?"
)
# Labels that go on about a person just named.
_ABOUT = re.compile(
    r"umur|usia|pekerjaan|alamat|agama|suku(?: bangsa)?|jenis kelamin|kelamin|status"
    r"|(?:tempat ?[/,]? ?(?:dan )?)?t(?:an)?gg?(?:al|l)?\.? lahir|ttl|kewarganegaraan|pendidikan"
)
_ENUMERATION = r"(?>(?:[-*•]|\(?(?:[0-9]{1,2}|[a-z]|[ivx]{1,4})[.)])\s*)*"
_LABELLED = re.compile(rf"\s*+{_ENUMERATION}(?P<label>[^:=]{{1,60}})[:=](?P<value>.*)", re.I)
_INLINE = re.compile(
    r"\(?\b(?:nama )?(?:sumber|pelapor|informan|narasumber)(?: (?:informasi|info|berita))? ?:"
    r"[^)\n]*\)?",
    re.I,
)
_OFFICER = re.compile(
    r".*\b(?i:nrp|nip)\b[ .:/]*[0-9][0-9 ]{3,}.*"
    rf"|.*\b(?i:{_RANKS})\W+[0-9]{{8}}\b.*"
    rf"|(?i:{_RANKS})\b[ .]+(?:[A-Z][\w.']*[ ,]*){{1,5}}"
)
_MASKED = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}",
        r"\b(?:nrp|nip|nik)\b[ .:]*(?:no(?:mor)?[ .:]*)?[0-9](?:[ .-]?[0-9]){7,17}(?![0-9])",
        rf"(?P<keep>\b(?:{_RANKS})\W{{1,3}})[0-9]{{8}}(?![0-9])",
        r"(?<![0-9.])[0-9]{16}(?![0-9])",
        r"(?<![0-9.])[0-9]{4}([ .-])[0-9]{4}\1[0-9]{4}\1[0-9]{4}(?![0-9])",
        r"(?<![0-9.])[0-9]{6}([ .-])[0-9]{6}\1[0-9]{4}(?![0-9])",
        r"(?<![0-9])\+[0-9](?:[ .()-]{0,2}[0-9]){7,14}(?![0-9])",
        r"(?<![0-9+.])(?:62|0)[ .-]?8(?:[ .-]?[0-9]){7,11}(?![0-9])",
        r"(?<![0-9])\(0[0-9]{2,3}\)(?:[ .-]?[0-9]){5,8}(?![0-9])",
        r"(?<![0-9+.])0[1-9][0-9]{1,2}[ -](?:[ .-]?[0-9]){6,8}(?![0-9])",
    )
)
# Words that make a phrase no name of a person; names of places must stay.
_NO_NAME = frozenset(
    re.findall(
        r"\w+",
        """
        polsek polres polda polri kapolsek kapolres wakapolres kanit kasat kasi ps banit babinsa
        bhabinkamtibmas intelkam intel sat unit reskrim binmas samapta kepala satuan resor sektor
        daerah lampung selatan desa kelurahan kecamatan kabupaten dusun warga masyarakat tokoh
        agama adat pemuda media terbuka tertutup langsung jaring agen informan anggota petugas
        pelapor sumber perangkat kpu bawaslu panwas ppk pps kpps ppl partai tim
        """,
    )
)


# Words in small letters that stand within a name.
_BETWEEN = ("bin", "binti")


def is_identity_label(text: str) -> bool:
    """Tell whether a cell or the words before a colon ask who a person is."""
    label = re.sub(rf"^\s*+{_ENUMERATION}", "", text[:200], flags=re.I).strip(" .:*")
    return len(label) <= 60 and bool(_LABEL.fullmatch(label.lower()))


def is_personal_label(text: str) -> bool:
    """Tell whether a label goes on about a person named before it."""
    return len(text) <= 60 and bool(_ABOUT.fullmatch(text.lower().strip(" .:")))


def labelled(line: str) -> tuple[str, str] | None:
    """Return the label of a line and what stands after its colon, or None if it has none."""
    found = _LABELLED.match(line[:2000])
    if not found:
        return None
    return found["label"].strip(" ."), (found["value"] + line[2000:]).strip()


def is_officer_line(line: str) -> bool:
    """Tell whether a short line gives an officer's rank or number, as below a signature."""
    words = re.findall(r"[^\W\d_]{3,}", line)
    is_sentence = len(words) > 4 or not line.rstrip().endswith(tuple("0123456789"))
    if is_sentence and any(w.islower() and w not in ("nrp", "nip", "bin", "binti") for w in words):
        return False
    return len(line) <= 90 and bool(_OFFICER.fullmatch(line.strip()))


def names_in(text: str) -> list[str]:
    """Return the names of persons that the value of an identity line, or a name line, holds."""
    names = []
    for part in re.split(r"[,;/()]|\b(?:nrp|nip)\b|[0-9]+|\s{3,}", text[:200], flags=re.I):
        words = re.sub(rf"\b(?:{_RANKS}|{_TITLES})\b\.?", " ", part, flags=re.I).split()
        words = [word.strip(" .:'\"") for word in words]
        words = [word for word in words if word]
        is_name = all(
            (word[0].isupper() or word in _BETWEEN) and word.replace("'", "").isalpha()
            for word in words
        )
        if words and is_name and len(words) <= 5 and not _NO_NAME & {w.lower() for w in words}:
            names.append(" ".join(words))
    return names


def masked(text: str, names: Iterable[str] = ()) -> str:
    """Return text without numbers and addresses of persons, and without these names.

    A name of one word is masked only after a title (Sdr., Bripka), since it may be a place too.

    Examples
    --------
    >>> masked("Hubungi 0812-3456-7890 atau budi@contoh.id, NRP 12345678.")
    'Hubungi [dihapus] atau [dihapus], [dihapus].'
    """
    text = _INLINE.sub(MASK, text)
    for pattern in _MASKED:
        text = pattern.sub(_masked_match, text)
    for name in sorted(set(names), key=len, reverse=True):
        words = r"\s+".join(re.escape(word) for word in name.split())
        keep = "" if " " in name else rf"(?P<keep>\b(?:{_RANKS}|{_TITLES})\b\.?\s+)"
        text = re.sub(rf"{keep}\b{words}\b", _masked_match, text, flags=re.I)
    return text


def _masked_match(found: re.Match[str]) -> str:
    return (found.groupdict().get("keep") or "") + MASK
