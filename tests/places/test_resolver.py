"""Where a row belongs: codes over names, names over points, all over the text; never guessed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from rawan.places.gazetteer import FormerPlace, Gazetteer, OutsidePlace, Village
from rawan.places.points import Locator
from rawan.places.resolver import Place, PlaceCells, Resolution, Resolver
from rawan.warehouse import Warehouse

UMPAMA, ANDAIKATA = "99.99.01", "99.99.02"
SUKA, REJO, TIMUR, TIMOR = (f"{UMPAMA}.{number}" for number in (2001, 2002, 2003, 2004))
SUKA_2, TIRTA, KOTA = (f"{ANDAIKATA}.{number}" for number in (2001, 2002, 2003))
SPLIT = date(2008, 12, 31)

GAZETTEER = Gazetteer(
    [
        (SUKA, UMPAMA, ("Sukarekaan", "Suka Rekaan")),
        (REJO, UMPAMA, ("Rejocontoh",)),
        (TIMUR, UMPAMA, ("Wanaandai Timur",)),
        (TIMOR, UMPAMA, ("Wanaandai Timor",)),
        (SUKA_2, ANDAIKATA, ("Sukarekaan",)),
        (TIRTA, ANDAIKATA, ("Tirtakhayal",)),
        (KOTA, ANDAIKATA, ("Kota Khayalan",)),
    ],
    [(UMPAMA, "Umpama"), (ANDAIKATA, "Andaikata")],
    {
        SUKA: (-5.50, 105.50),
        REJO: (-5.60, 105.50),
        TIMUR: (-5.50, 105.60),
        TIMOR: (-5.50, 105.61),
        TIRTA: (-5.50, 105.55),
    },
    former=[
        FormerPlace("Rekalama", "village", "Umpama", SPLIT, REJO, UMPAMA, 0.75),
        FormerPlace("Rekalama", "village", "Umpama", SPLIT, TIMUR, UMPAMA, 0.25),
        FormerPlace("Umpama", "district", "", SPLIT, None, UMPAMA, 0.6),
        FormerPlace("Umpama", "district", "", SPLIT, None, ANDAIKATA, 0.4),
    ],
    outside=[OutsidePlace("Antahberantah", "regency"), OutsidePlace("Negeriseribu", "district")],
    region="Kabupaten Contoh",
)
POINTS = pl.DataFrame(
    [(v.village_code, v.district_code, v.lat, v.lon) for v in GAZETTEER.villages.values()],
    schema={
        "village_code": pl.String,
        "district_code": pl.String,
        "lat": pl.Float64,
        "lon": pl.Float64,
    },
    orient="row",
)
RESOLVER = Resolver(GAZETTEER, locator=Locator(None, POINTS, 5.0))


def resolve(text: str = "", on: date | None = None, **cells: str) -> Resolution:
    return RESOLVER.resolve(PlaceCells(**cells), text, on)


def villages(resolution: Resolution) -> dict[str | None, float]:
    return {place.village_code or place.district_code: place.weight for place in resolution.places}


def test_a_code_wins_over_everything_else() -> None:
    found = resolve(village_codes=TIRTA, villages="Rejocontoh", districts="Umpama", regency="Lain")
    assert found == Resolution((Place("village", TIRTA, ANDAIKATA, "code"),), "placed")


def test_codes_outside_do_not_undo_those_inside() -> None:
    assert villages(resolve(village_codes=f"{TIRTA};11.01.01.2001")) == {TIRTA: 1.0}
    assert resolve(village_codes="11.01.01.2001").fate == "excluded"
    assert resolve(village_codes="99.99.01.9999").fate == "quarantined"
    assert resolve(district_codes="99.99.77").fate == "quarantined"


@pytest.mark.parametrize(
    "name",
    [
        "Tirtakhayal",
        "tirta khayal",
        "Ds. TIRTAKHAYAL",
        "Desa Tirtakayal",
        "Tirtachayal",
        "Kel Tirtakhayall",
    ],
)
def test_a_name_is_found_however_it_is_written(name: str) -> None:
    assert villages(resolve(villages=name, districts="Kec. Andaikata")) == {TIRTA: 1.0}


def test_a_misspelling_between_two_villages_goes_to_review_and_stays_with_its_kecamatan() -> None:
    found = resolve(villages="Wanaandai Timar", districts="Umpama")
    assert (found.fate, villages(found)) == ("placed", {UMPAMA: 1.0})
    assert {c.code for c in found.candidates} == {TIMUR, TIMOR}
    assert found.candidates[0].label == "Wanaandai Timur, Umpama"
    alone = resolve(villages="Wanaandai Timar")
    assert (alone.fate, alone.places, {c.code for c in alone.candidates}) == (
        "review",
        (),
        {TIMUR, TIMOR},
    )


def test_a_name_of_two_villages_needs_its_kecamatan() -> None:
    assert resolve(villages="Sukarekaan").fate == "review"
    assert villages(resolve(villages="Sukarekaan", districts="Andaikata")) == {SUKA_2: 1.0}


def test_a_kecamatan_alone_is_never_pinned_on_a_village() -> None:
    (place,) = resolve(districts="Umpama").places
    assert place == Place("district", None, UMPAMA, "kecamatan only")
    (place,) = resolve(districts="Umpama", villages="Entahmana").places
    assert place == Place("district", None, UMPAMA, "village unknown")


@pytest.mark.parametrize(
    "cell",
    [
        "Rejocontoh; Wanaandai Timur",
        "Rejocontoh, Wanaandai Timur",
        "Desa Rejocontoh/Wanaandai Timur",
        "Rejocontoh dan Wanaandai Timur",
        "Ds. Rejocontoh & ds. Wanaandai Timur",
    ],
)
def test_several_villages_in_one_cell(cell: str) -> None:
    assert villages(resolve(villages=cell)) == {REJO: 1.0, TIMUR: 1.0}


def test_of_several_names_the_unknown_one_is_told_and_the_others_stay() -> None:
    found = resolve(villages="Rejocontoh; Entahmana", districts="Umpama")
    assert (found.fate, villages(found)) == ("placed", {REJO: 1.0})
    assert "Entahmana" in found.reason
    assert found.column == "villages"


def test_places_outside_are_excluded() -> None:
    assert resolve(regency="Kabupaten Antahberantah", villages="Rejocontoh").fate == "excluded"
    assert resolve(regency="KAB. CONTOH", villages="Rejocontoh").fate == "placed"
    assert resolve(outside="Negeri Jauh").fate == "excluded"
    assert resolve(districts="Negeriseribu", villages="Rejocontoh").fate == "excluded"
    assert resolve(place_text="Desa Rejocontoh, Kabupaten Antahberantah").fate == "excluded"


def test_a_row_that_names_nothing_is_quarantined_with_a_sentence() -> None:
    assert resolve().reason == "no village and no kecamatan is named."
    assert resolve(villages="Entahmana").fate == "quarantined"
    assert resolve(text="Rapat berjalan lancar.").fate == "quarantined"
    unknown = resolve(districts="Umpamo2")
    assert unknown.fate == "review"
    assert "Umpama" in unknown.reason


def test_the_text_is_read_only_where_no_place_cell_is_filled() -> None:
    text = "Rapat di Desa Tirtakhayal, Kecamatan Andaikata."
    assert villages(resolve(text)) == {TIRTA: 1.0}
    assert villages(resolve(text, districts="Umpama")) == {UMPAMA: 1.0}
    assert villages(resolve(text, place_text="Desa Rejocontoh")) == {REJO: 1.0}


def test_a_text_with_an_ambiguous_village_goes_to_review() -> None:
    found = resolve("Rapat di Desa Sukarekaan.")
    assert (found.fate, {c.code for c in found.candidates}) == ("review", {SUKA, SUKA_2})


def test_a_former_village_is_spread_over_those_of_today() -> None:
    found = resolve(villages="Rekalama", districts="Umpama")
    assert villages(found) == {REJO: 0.75, TIMUR: 0.25}
    assert sum(place.weight for place in found.places) == 1


def test_a_village_named_with_the_kecamatan_it_left_is_found_where_it_is_today() -> None:
    (place,) = resolve(villages="Tirtakhayal", districts="Umpama").places
    assert (place.village_code, place.method) == (TIRTA, "former kecamatan")


def test_a_kecamatan_before_its_split_is_spread_and_after_it_is_not() -> None:
    assert villages(resolve(on=date(2005, 1, 1), districts="Umpama")) == {
        UMPAMA: 0.6,
        ANDAIKATA: 0.4,
    }
    assert villages(resolve(on=date(2009, 1, 1), districts="Umpama")) == {UMPAMA: 1.0}
    assert villages(resolve(districts="Umpama")) == {UMPAMA: 1.0}


def test_decisions_of_people_win_over_names_but_not_over_codes() -> None:
    decided = Resolver(
        GAZETTEER,
        {
            ("sukarekaan", ""): SUKA,
            ("sukarekaan", ANDAIKATA): "reject",
            ("rejocontoh", ""): "outside",
        },
    )
    assert villages(decided.resolve(PlaceCells(villages="Ds. Suka Rekaan"))) == {SUKA: 1.0}
    assert decided.resolve(PlaceCells(villages="Rejocontoh")).fate == "excluded"
    assert villages(decided.resolve(PlaceCells(village_codes=REJO, villages="Rejocontoh"))) == {
        REJO: 1.0
    }
    (place,) = decided.resolve(PlaceCells(villages="Sukarekaan", districts="Andaikata")).places
    assert place.level == "district"


def test_a_point_belongs_to_the_nearest_village() -> None:
    (place,) = resolve(lat="-5.501", lon="105,501").places
    assert (place.village_code, place.method) == (SUKA, "nearest")


def test_a_point_between_two_villages_stays_with_the_kecamatan_or_is_asked_about() -> None:
    between = resolve(lat="-5.50", lon="105.605")
    assert (between.fate, villages(between)) == ("placed", {UMPAMA: 1.0})
    border = resolve(lat="-5.50", lon="105.525")
    assert (border.fate, {c.code for c in border.candidates[:2]}) == ("review", {SUKA, TIRTA})


@pytest.mark.parametrize(
    ("lat", "lon", "fate"),
    [
        ("105.5", "-5.5", "quarantined"),
        ("0", "0", "quarantined"),
        ("0.0", "0,0", "quarantined"),
        ("-5.5", "", "quarantined"),
        ("lima", "105", "quarantined"),
        ("1e308", "nan", "quarantined"),
        ("-91", "105.5", "quarantined"),
        ("51.5", "0.1", "excluded"),
        ("-5.56", "105.40", "excluded"),
    ],
)
def test_a_point_that_cannot_be_meant_is_told(lat: str, lon: str, fate: str) -> None:
    found = resolve(lat=lat, lon=lon)
    assert (found.fate, found.places) == (fate, ())
    assert found.reason


def test_a_point_tells_the_village_of_a_named_kecamatan_unless_it_lies_elsewhere() -> None:
    assert villages(resolve(districts="Umpama", lat="-5.501", lon="105.501")) == {SUKA: 1.0}
    elsewhere = resolve(districts="Andaikata", lat="-5.501", lon="105.501")
    assert villages(elsewhere) == {ANDAIKATA: 1.0}
    assert elsewhere.reason == "the point lies in another kecamatan."
    useless = resolve(districts="Umpama", lat="0", lon="0")
    assert (useless.fate, villages(useless), useless.column) == ("placed", {UMPAMA: 1.0}, "lat")


def test_outlines_win_over_nearness() -> None:
    inside = Place("village", REJO, UMPAMA, "outline")
    drawn = Locator({REJO: shapely.box(105.4, -5.6, 105.51, -5.5005)}, POINTS, 5.0)
    located = Resolver(GAZETTEER, locator=drawn)
    assert located.resolve(PlaceCells(lat="-5.501", lon="105.5")).places == (inside,)


ROWS = st.builds(
    PlaceCells,
    villages=st.sampled_from(
        ["", "Sukarekaan", "Rejocontho", "Tirtakhayal; Rejocontoh", "xyz", "Rekalama"]
    ),
    districts=st.sampled_from(["", "Umpama", "Andaikata", "Umpama; Andaikata", "entah"]),
    village_codes=st.sampled_from(["", TIRTA]),
)


@given(st.lists(ROWS, max_size=8))
def test_many_rows_at_once_give_what_each_gives_alone(rows: list[PlaceCells]) -> None:
    assert RESOLVER.resolve_many(rows) == [RESOLVER.resolve(row) for row in rows]


@given(st.builds(PlaceCells, *[st.text(max_size=30)] * 9), st.text(max_size=60))
def test_no_cell_raises_and_every_row_has_a_fate(cells: PlaceCells, text: str) -> None:
    found = RESOLVER.resolve(cells, text)
    assert found.fate in ("placed", "excluded", "quarantined", "review")
    assert bool(found.places) == (found.fate == "placed")
    assert found.reason or found.places
    assert found.candidates or found.fate != "review"


@given(
    st.sampled_from(list(GAZETTEER.villages.values())),
    st.sampled_from(["{}", "Desa {}", "ds. {}", "KEL. {}", " desa ds {} "]),
    st.sampled_from([str, str.upper, str.lower]),
)
def test_an_official_name_with_its_kecamatan_is_that_village(
    village: Village, form: str, case: Callable[[str], str]
) -> None:
    cells = PlaceCells(
        villages=case(form.format(village.name)),
        districts=case(f"Kec. {GAZETTEER.districts[village.district_code]}"),
    )
    assert villages(RESOLVER.resolve(cells)) == {village.village_code: 1.0}


def test_the_resolver_of_the_warehouse_reads_old_and_outside_places_from_a_folder(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    (tmp_path / "former_places.csv").write_text(
        "former_name,former_level,former_district,valid_until,village_code,district_code,weight,"
        "source_url,note\nRekalama,village,Umpama,2008,99.99.01.2002,,1,https://contoh.invalid,\n",
        encoding="utf-8",
    )
    resolver = Resolver(Gazetteer.of(warehouse, tmp_path, "Kabupaten Contoh"))
    cells = PlaceCells(villages="Rekalama", districts="Umpama", regency="Kab. Contoh")
    assert villages(resolver.resolve(cells)) == {"99.99.01.2002": 1.0}
    assert resolver.resolve(replace(cells, regency="Kab. Lain")).fate == "excluded"
