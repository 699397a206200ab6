"""Places in free text: found in every way of writing, and never taken from what is no place.

The sentences are invented and tell of nothing but meetings, deliveries and polling stations; the
names are those of the reference tables that ship, the outside ones those of neighbours.
"""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawan.places.gazetteer import FormerPlace, Gazetteer, OutsidePlace, Village
from rawan.places.mentions import Mention, MentionFinder
from rawan.places.words import ORDINARY, STOP
from rawan.settings import PROJECT_ROOT

GAZETTEER = Gazetteer.from_folder(PROJECT_ROOT / "data" / "reference", "Kabupaten Lampung Selatan")
FINDER = MentionFinder(GAZETTEER)
DAY = date(2008, 12, 31)


def labels(mentions: list[Mention]) -> set[str]:
    """Return what was decided: "Agom, Kalianda" for a village, "Kecamatan Natar", or outside."""
    return {
        GAZETTEER.label(mention.village_code or mention.district_code or "")
        if mention.village_code or mention.district_code
        else "outside"
        for mention in mentions
        if mention.is_automatic
    }


# What the text says; the kecamatan that a village is said to lie in is found beside it.
SENTENCES = [
    ("Logistik tiba di Desa Agom, Kecamatan Kalianda.", "Agom, Kalianda|Kecamatan Kalianda"),
    ("LOGISTIK TIBA DI DESA AGOM KEC. KALIANDA", "Agom, Kalianda|Kecamatan Kalianda"),
    ("lapor logistik ds agom kec kalianda aman", "Agom, Kalianda|Kecamatan Kalianda"),
    ("Ds. Agom, Kec. Kalianda, Kab. Lampung Selatan", "Agom, Kalianda|Kecamatan Kalianda"),
    ("Rapat di Desa Balinuraga.", "Bali Nuraga, Way Panji"),
    ("Rapat di Desa Bali Nuraga.", "Bali Nuraga, Way Panji"),
    ("rapat di desa sido waluyo", "Sidowaluyo, Sidomulyo"),
    ("Rapat di Desa Balinurga, Kecamatan Way Panji.", "Bali Nuraga, Way Panji|Kecamatan Way Panji"),
    ("Bimtek di Desa Redjomulyo, Jati Agung.", "Rejomulyo, Jati Agung|Kecamatan Jati Agung"),
    ("Bimtek di Desa Soekanegara.", "Sukanegara, Tanjung Bintang"),
    ("TPS 5 Desa Sumur didirikan.", "Sumur, Ketapang"),
    ("TPS 1 Sukatani, Kalianda didirikan.", "Sukatani, Kalianda|Kecamatan Kalianda"),
    ("Rapat di Kecamatan Natar.", "Kecamatan Natar"),
    ("Petugas berangkat dari Natar.", "Kecamatan Natar"),
    ("Petugas berangkat dari Desa Natar.", "Natar, Natar"),
    ("Petugas berangkat dari Kota Kalianda.", "Kecamatan Kalianda"),
    ("Rapat di Kelurahan Kalianda.", "Kalianda, Kalianda"),
    ("Warga Tanjungsari, Natar, bergotong royong.", "Tanjung Sari, Natar|Kecamatan Natar"),
    ("Rapat di Kecamatan Tanjungsari.", "Kecamatan Tanjung Sari"),
    ("Rapat di Desa Tanjung Sari.", ""),
    ("Rapat di Desa Sukaraja.", ""),
    ("Rapat di Desa Sukaraja. Camat Palas hadir.", "Sukaraja, Palas"),
    (
        "Bantuan untuk Desa Sukaraja, Kecamatan Palas dan Desa Sukaraja, Kecamatan Rajabasa.",
        "Sukaraja, Palas|Sukaraja, Raja Basa|Kecamatan Palas|Kecamatan Raja Basa",
    ),
    (
        "Peserta dari Desa Kecapi dan Pematang, Kecamatan Kalianda.",
        "Kecapi, Kalianda|Pematang, Kalianda|Kecamatan Kalianda",
    ),
    (
        "Peserta dari Desa Kecapi/Pematang Kec Kalianda",
        "Kecapi, Kalianda|Pematang, Kalianda|Kecamatan Kalianda",
    ),
    (
        "Kec. Rajabasa: Kunjir, Way Muli, Banding siap.",
        "Kecamatan Raja Basa|Kunjir, Raja Basa|Way Muli, Raja Basa|Banding, Raja Basa",
    ),
    (
        "Lampung Selatan, Kecamatan Ketapang, Desa Bangunrejo",
        "Kecamatan Ketapang|Bangunrejo, Ketapang",
    ),
    (
        "Di Kecamatan Candipuro, tepatnya di Desa Banyumas, digelar rapat.",
        "Kecamatan Candipuro|Banyumas, Candipuro",
    ),
    (
        "Rapat di Kecamatan Natar, Tanjung Bintang, dan Jati Agung.",
        "Kecamatan Natar|Kecamatan Tanjung Bintang|Kecamatan Jati Agung",
    ),
    (
        "Rapat desa Kota Dalam dan desa Sukamaju di lapangan desa Sidorejo, kecamatan Sidomulyo.",
        "Kota Dalam, Sidomulyo|Sukamaju, Sidomulyo|Sidorejo, Sidomulyo|Kecamatan Sidomulyo",
    ),
    (
        "Rapat di Desa Sidoharjo, Way Panji. Sorenya di Sidoreno.",
        "Sidoharjo, Way Panji|Kecamatan Way Panji|Sidoreno, Way Panji",
    ),
    ("Dusun Sukamaju menyiapkan TPS.", ""),
    ("Dusun Kuningan, Desa Sukamulya, Palas", "Sukamulya, Palas|Kecamatan Palas"),
    ("Dusun Sukamaju, Kecamatan Palas menyiapkan TPS.", "Kecamatan Palas"),
    ("Desa Patok, Kecamatan Sidomulyo", "Kecamatan Sidomulyo"),
    ("Rapat di Desa Kampung Baru, Penengahan", "Kampung Baru, Penengahan|Kecamatan Penengahan"),
    ("Rapat di kampung baru kami.", ""),
    ("Konvoi lewat Jalan Raya Natar.", ""),
    ("Konvoi lewat Jalinsum Kalianda-Bakauheni.", ""),
    ("Konvoi lewat Jalan Raya Desa Hajimena, Natar", "Hajimena, Natar|Kecamatan Natar"),
    ("Kapolsek Natar dan Camat Palas hadir.", ""),
    ("PPK Ketapang menggelar rapat.", "Kecamatan Ketapang"),
    ("Rapat di Kantor Camat Palas.", "Kecamatan Palas"),
    ("Polres Lampung Selatan dan KPU Lampung Selatan rapat.", ""),
    ("SMA Negeri 1 Kalianda dan PT Agom Jaya memberi bantuan.", ""),
    ("Sidomulyo FC bertanding.", ""),
    ("Ketua panitia, Bapak Budi Lestari, berterima kasih.", ""),
    ("Rapat di Desa Budi Lestari.", "Budi Lestari, Tanjung Bintang"),
    ("Wawasan warga bertambah, ada budi daya dan pemulihan.", ""),
    ("Upacara Pancasila di Lapangan Merdeka.", ""),
    ("Rapat di Desa Pancasila Natar.", "Pancasila, Natar|Kecamatan Natar"),
    ("Rapat di Desa Sukaraja, Kecamatan Gedong Tataan, Pesawaran.", "outside"),
    ("Rapat di Desa Agom, Kabupaten Lampung Timur.", "outside"),
    ("Rapat di Desa Agom, Kecamatan Marga Sekampung, Lampung Timur.", "outside"),
    ("Rapat di Desa Sukadana Ilir, Bunga Mayang, Lampung Utara.", "outside"),
    ("Rapat di Kecamatan Gunung Terang, Kabupaten Tulang Bawang Barat.", "outside"),
    ("KPU Bandar Lampung rapat di Kelurahan Kedaton.", "outside"),
    (
        "Warga Tegineneng, Pesawaran dan warga Natar, Lampung Selatan rapat.",
        "outside|Kecamatan Natar",
    ),
    ("Desa Sumber Agung II, Kecamatan Sragi", "Kecamatan Sragi"),
    ("Logistik dikirim ke Pulau Sebesi.", "Tejang Pulau Sebesi, Raja Basa"),
    (
        "Desa Tejang dan Desa Kunjir, Kecamatan Rajabasa siap.",
        "Tejang Pulau Sebesi, Raja Basa|Kunjir, Raja Basa|Kecamatan Raja Basa",
    ),
    (
        "Desa Munjuk Sempurna dan Desa Merak Belantung",
        "Munjuk Sampurna, Kalianda|Merak Belatung, Kalianda",
    ),
    ("warga desa tanjung sari natar rapat", "Tanjung Sari, Natar|Kecamatan Natar"),
    ("Kades Tarahan dan Kades Babatan hadir.", "Tarahan, Katibung|Babatan, Katibung"),
    ("Lampung Selatan siap.", ""),
    ("Relawan dari Banyumas, Jawa Tengah, tiba di Candipuro.", "outside|Kecamatan Candipuro"),
    ("Peserta asal Klaten tiba di Kecamatan Penengahan.", "Kecamatan Penengahan"),
    (
        "Petani asal Sidomulyo, Kecamatan Punggur, tiba di Palas, Lampung Selatan.",
        "outside|Kecamatan Palas",
    ),
    (
        "Rapat di Balai Desa Merak Batin, Natar, Camat Natar hadir.",
        "Merak Batin, Natar|Kecamatan Natar",
    ),
    (
        "Tim Lampung Tengah ke Desa Trimomukti, Candipuro",
        "outside|Trimomukti, Candipuro|Kecamatan Candipuro",
    ),
    ("pohon ketapang ditanam dalam proses penengahan", ""),
]


@pytest.mark.parametrize(("text", "expected"), SENTENCES)
def test_what_a_neutral_sentence_says(text: str, expected: str) -> None:
    assert labels(FINDER.find(text)) == set(filter(None, expected.split("|")))


def test_an_ambiguous_name_goes_to_review_with_its_candidates() -> None:
    (mention,) = FINDER.find("Rapat di Desa Sukaraja berjalan lancar.")
    assert (mention.is_automatic, mention.village_code, mention.text) == (
        False,
        None,
        "Desa Sukaraja",
    )
    assert {c.label for c in mention.candidates} == {"Sukaraja, Palas", "Sukaraja, Raja Basa"}


def test_a_village_said_to_lie_in_another_kecamatan_is_asked_about() -> None:
    mentions = FINDER.find("Rapat di Desa Agom, Kecamatan Natar.")
    assert labels(mentions) == {"Kecamatan Natar"}
    assert any(c.label == "Agom, Kalianda" for m in mentions for c in m.candidates)


def test_a_mention_says_where_in_the_text_it_stands() -> None:
    text = "Di Ds. Agom rapat."
    (mention,) = FINDER.find(text)
    assert text[mention.start : mention.end] == mention.text == "Ds. Agom"


WRITTEN = [
    "Desa {v}, Kecamatan {d}",
    "Ds. {v} Kec. {d}",
    "DESA {v} KECAMATAN {d} KABUPATEN LAMPUNG SELATAN",
    "logistik tiba di ds {v} kec {d}",
    "Kel. {v}, {d}",
    "TPS 3 Desa {v} ({d}) siap",
    "Kecamatan {d}, Desa {v}",
]
CASES = (str, str.upper, str.lower)


@given(
    st.sampled_from(list(GAZETTEER.villages.values())),
    st.sampled_from(WRITTEN),
    st.sampled_from(CASES),
)
def test_an_official_name_with_its_kecamatan_is_always_found(
    village: Village, form: str, case: Callable[[str], str]
) -> None:
    text = case(form.format(v=village.name, d=GAZETTEER.districts[village.district_code]))
    found = {m.village_code for m in FINDER.find(text) if m.is_automatic and m.village_code}
    assert found == {village.village_code}


def test_every_village_is_found_in_every_form() -> None:
    for village in GAZETTEER.villages.values():
        for form in WRITTEN[:4]:
            text = form.format(v=village.name, d=GAZETTEER.districts[village.district_code])
            found = {m.village_code for m in FINDER.find(text) if m.is_automatic}
            assert village.village_code in found, text


@given(st.text())
def test_no_text_raises_and_every_mention_is_a_stretch_of_it(text: str) -> None:
    for mention in FINDER.find(text):
        assert text[mention.start : mention.end] == mention.text


FRAGMENTS = [
    "Desa",
    "Ds.",
    "Kec.",
    "Kecamatan",
    "Kabupaten",
    "Kota",
    "Dusun",
    "Kampung",
    "RT",
    "03",
    "TPS",
    "5",
    "dan",
    "di",
    ",",
    "(",
    ")",
    "/",
    "-",
    ";",
    ":",
    "\n",
    ".",
    "Polsek",
    "Kapolsek",
    "Jalan",
    "PT",
    "Agom",
    "Natar",
    "Kalianda",
    "Sukamaju",
    "Sidomulyo",
    "Bali",
    "Nuraga",
    "Pesawaran",
    "Lampung",
    "Selatan",
    "Timur",
    "II",
    "warga",
    "dari",
    "12",
    "Kotakhayalan",
    "xyz",
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=14))
def test_no_heap_of_cues_and_names_raises_or_pins_a_village_of_no_name(words: list[str]) -> None:
    for mention in FINDER.find(" ".join(words)):
        if mention.village_code is not None:
            village = GAZETTEER.villages[mention.village_code]
            assert mention.district_code == village.district_code
            assert mention.is_automatic


COMMON = sorted((ORDINARY | STOP) - {"natar"})


@given(st.lists(st.sampled_from(COMMON), max_size=15))
def test_common_words_alone_name_no_village(words: list[str]) -> None:
    plain = [word for word in words if word not in ("desa", "kelurahan", "kampung")]
    assert not [m for m in FINDER.find(" ".join(plain)) if m.is_automatic and m.level != "outside"]


# An invented region for what the real tables do not hold.
UMPAMA, ANDAIKATA = "99.99.01", "99.99.02"
INVENTED = Gazetteer(
    [
        ("99.99.01.2001", UMPAMA, ("Rejocontoh",)),
        ("99.99.01.2002", UMPAMA, ("Sukarekaan",)),
        ("99.99.02.2001", ANDAIKATA, ("Tirtakhayal",)),
    ],
    [(UMPAMA, "Umpama"), (ANDAIKATA, "Andaikata")],
    former=[
        FormerPlace("Rekalama", "village", "Umpama", DAY, "99.99.01.2002", UMPAMA, 1.0),
        FormerPlace("Umpama", "district", "", DAY, None, UMPAMA, 0.5),
        FormerPlace("Umpama", "district", "", DAY, None, ANDAIKATA, 0.5),
    ],
    outside=[
        OutsidePlace("Antahberantah", "regency"),
        OutsidePlace("Umpama", "district", "Antahberantah"),
    ],
    region="Kabupaten Contoh",
)


def codes(text: str, **aliases: str) -> list[str | None]:
    finder = MentionFinder(INVENTED, {(key, ""): value for key, value in aliases.items()})
    return [m.village_code or m.district_code for m in finder.find(text) if m.is_automatic]


def test_a_former_name_means_the_village_of_today() -> None:
    assert codes("Rapat di Desa Rekalama, Kecamatan Umpama.") == ["99.99.01.2002", UMPAMA]


def test_a_village_named_with_the_kecamatan_it_left_is_found_where_it_is_today() -> None:
    assert codes("Rapat di Desa Tirtakhayal, Kecamatan Umpama.") == ["99.99.02.2001", UMPAMA]


def test_a_kecamatan_that_has_its_like_elsewhere_is_ours_unless_the_text_is_about_elsewhere() -> (
    None
):
    assert codes("Rapat di Kecamatan Umpama.") == [UMPAMA]
    assert codes("Rapat di Kecamatan Umpama, Kabupaten Contoh.") == [UMPAMA]
    assert codes("Bupati Antahberantah rapat di Kecamatan Umpama.") == [None]
    assert codes("Rapat di Kecamatan Umpama, Antahberantah.") == [None, None]


def test_what_a_person_decided_about_a_name_is_followed() -> None:
    text = "Rapat di Desa Karangtakada."
    assert codes(text) == []
    assert codes(text, karangtakada="99.99.02.2001") == ["99.99.02.2001"]
    assert codes(text, karangtakada="outside") == [None]
    assert codes("Rapat di Desa Rejocontoh.", rejocontoh="reject") == []
