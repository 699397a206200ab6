"""Names of villages: found where they are clear, and never guessed where they are not."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawan.places.gazetteer import Found, Gazetteer, normalised
from rawan.warehouse import Warehouse

UMPAMA, ANDAIKATA = "99.99.01", "99.99.02"
DISTRICTS = [(UMPAMA, "Umpama"), (ANDAIKATA, "Andaikata")]

GAZETTEER = Gazetteer(
    [
        ("99.99.01.2001", UMPAMA, ("Sukarekaan", "Suka Rekaan", "Sukarekan Jaya")),
        ("99.99.01.2002", UMPAMA, ("Rejocontoh",)),
        ("99.99.01.2003", UMPAMA, ("Wanaandai Timur",)),
        ("99.99.01.2004", UMPAMA, ("Wanaandai Timor",)),
        ("99.99.02.2001", ANDAIKATA, ("Sukarekaan",)),
        ("99.99.02.2002", ANDAIKATA, ("Tirtakhayal",)),
        ("99.99.02.2003", ANDAIKATA, ("Kota Khayalan",)),
    ],
    DISTRICTS,
)


@pytest.mark.parametrize(
    "name",
    [
        "Tirtakhayal",
        "tirta khayal",
        "TIRTA-KHAYAL",
        "Desa Tirtakhayal",
        "Ds.Tirtakhayal",
        " Kel. Tirtakhayal ",
        "desa ds tirtakhayal",
    ],
)
def test_prefix_case_blanks_and_signs_do_not_matter(name: str) -> None:
    assert GAZETTEER.find_village(name, None) == Found("99.99.02.2002", "name")


@given(st.text())
def test_the_prefix_of_a_name_never_makes_a_difference(name: str) -> None:
    assert normalised(f"Desa {name}") == normalised(f"Kel. {name}") == normalised(name)
    assert set(normalised(name)) <= set(string.ascii_lowercase + string.digits)


@pytest.mark.parametrize("name", ["Kelapa", "Desain", "Kecapi", "Kotawana", "Dsasa"])
def test_a_name_that_only_begins_like_a_prefix_is_kept_whole(name: str) -> None:
    assert normalised(name) == name.lower()


@pytest.mark.parametrize("name", ["Kota Khayalan", "Kotakhayalan", "Desa Kota Khayalan"])
def test_kota_in_the_name_of_a_village_may_be_written_apart_or_together(name: str) -> None:
    assert GAZETTEER.find_village(name, ANDAIKATA) == Found("99.99.02.2003", "name")


def test_every_spelling_of_the_official_lists_is_exact() -> None:
    for name in ("Suka Rekaan", "Sukarekan Jaya"):
        assert GAZETTEER.find_village(name, UMPAMA) == Found("99.99.01.2001", "name")


def test_a_misspelling_is_found_only_inside_its_kecamatan() -> None:
    assert GAZETTEER.find_village("Tirtakayal", ANDAIKATA) == Found("99.99.02.2002", "spelling")
    assert GAZETTEER.find_village("Tirtakayal", UMPAMA) is None
    assert GAZETTEER.find_village("Tirtakayal", None) is None


def test_a_misspelling_between_two_villages_is_none_of_them() -> None:
    assert GAZETTEER.find_village("Wanaandai Timar", UMPAMA) is None
    assert GAZETTEER.find_village("Wanaandai Timur", UMPAMA) == Found("99.99.01.2003", "name")
    assert GAZETTEER.find_village("Wanaandai Timor", UMPAMA) == Found("99.99.01.2004", "name")


def test_two_spellings_of_one_village_are_no_rivals() -> None:
    assert GAZETTEER.find_village("Sukarekaann", UMPAMA) == Found("99.99.01.2001", "spelling")


def test_a_name_that_is_only_somewhat_alike_is_not_taken() -> None:
    assert GAZETTEER.find_village("Tirtamulya", ANDAIKATA) is None


def test_a_name_of_two_villages_needs_its_kecamatan() -> None:
    assert GAZETTEER.find_village("Sukarekaan", None) is None
    assert GAZETTEER.find_village("Sukarekaan", UMPAMA) == Found("99.99.01.2001", "name")
    assert GAZETTEER.find_village("Sukarekaan", ANDAIKATA) == Found("99.99.02.2001", "name")


def test_a_name_twice_in_one_kecamatan_is_not_guessed() -> None:
    twins = Gazetteer(
        [("99.99.01.2001", UMPAMA, ("Kembar",)), ("99.99.01.2002", UMPAMA, ("Kembar",))], DISTRICTS
    )
    assert twins.find_village("Kembar", UMPAMA) is None
    assert twins.find_village("Kembaran", UMPAMA) is None


def test_a_kecamatan_is_found_by_name_and_by_a_small_misspelling() -> None:
    assert GAZETTEER.find_district("Kec. Umpama") == Found(UMPAMA, "name")
    assert GAZETTEER.find_district("Andaikatta") == Found(ANDAIKATA, "spelling")
    assert GAZETTEER.find_district("Seberangan") is None


@given(st.sampled_from(["99.99.01", "99.99.02", "99.99.77", None]), st.text())
def test_any_name_finds_one_village_of_that_kecamatan_or_none(
    district: str | None, name: str
) -> None:
    found = GAZETTEER.find_village(name, district)
    if found is not None:
        assert district is None or GAZETTEER.villages[found.code].district_code == district


@pytest.mark.parametrize("name", ["", " ", "Desa", "...", "é"])
def test_a_name_of_nothing_means_no_place(name: str) -> None:
    assert GAZETTEER.find_village(name, UMPAMA) is None
    assert GAZETTEER.find_district(name) is None


def test_the_gazetteer_of_the_warehouse_knows_the_spellings_of_every_list(
    warehouse: Warehouse,
) -> None:
    warehouse.execute(
        "UPDATE reference.villages SET name_bps = 'Nama BPS', name_kpu_2019 = NULL"
        " WHERE village_code = '99.99.02.2002'"
    )
    gazetteer = Gazetteer.of(warehouse)
    assert len(gazetteer.villages) == 8
    assert gazetteer.region_prefixes == {"99.99"}
    for name in ("Tirtakhayal", "Nama BPS"):
        assert gazetteer.find_village(name, None) == Found("99.99.02.2002", "name")
