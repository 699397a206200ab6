"""The mappings that ship: the project's own forms, ACLED, UCDP GED and a list of Bawaslu."""

import csv
import tomllib
from collections.abc import Mapping

import polars as pl

from rawan.settings import PROJECT_ROOT
from rawan.sources.contract import contract, fields_of
from rawan.sources.mapping import find_by_name, find_mapping, load_mappings

SHIPPED = PROJECT_ROOT / "data" / "mappings"


def frame(*rows: Mapping[str, str | None]) -> pl.DataFrame:
    """Return rows as a reader hands them on; the columns are those of the first row."""
    columns = list(rows[0])
    return pl.DataFrame(
        [{"row": number, **{c: row.get(c) for c in columns}} for number, row in enumerate(rows, 2)],
        schema={"row": pl.Int64, **dict.fromkeys(columns, pl.String)},
    )


def test_the_mappings_that_ship_fit_the_names_that_the_docs_promise() -> None:
    mappings = load_mappings(SHIPPED)
    for file, name in {
        "inbox/insiden-2023.csv": "incidents",
        "inbox/Laporan Mei.xlsx": "reports",
        "inbox/penduduk.csv": "demographics",
        "inbox/kegiatan kampanye.xlsx": "gatherings",
        "inbox/tps-2024.csv": "polling_stations",
        "inbox/TPS rawan Natar.xlsx": "tps_vulnerability",
        "inbox/penugasan.csv": "deployments",
        "inbox/nihil-oktober.xlsx": "nil_returns",
        "inbox/ACLED Indonesia.csv": "acled",
        "inbox/GEDEvent_v26_1.csv": "ucdp_ged",
        "inbox/bawaslu.xlsx": "bawaslu_tps",
        "record/incidents.csv": "record_incidents",
        "record/reports.jsonl": "record_reports",
        "record/demographics.csv": "record_demographics",
    }.items():
        found = find_by_name(file, mappings)
        assert found is not None, file
        assert found.name == name


def test_every_kind_has_a_form_of_the_projects_own_for_every_field() -> None:
    """A field that the own form lacks could be filled in by nobody."""
    mappings = load_mappings(SHIPPED)
    for kind in contract()["kinds"]:
        assert set(mappings[kind].columns) == set(fields_of(kind)), kind


def test_who_reported_is_dropped_by_the_form_that_ships() -> None:
    reports = load_mappings(SHIPPED)["reports"]
    assert {"pelapor", "nama_pelapor", "sumber"} <= reports.drop
    assert not reports.drop & set(reports.columns.values())


def test_every_type_that_a_mapping_names_is_a_type() -> None:
    hazards = PROJECT_ROOT / "data" / "reference" / "hazards.toml"
    types = tomllib.loads(hazards.read_text(encoding="utf-8"))["types"]
    for mapping in load_mappings(SHIPPED).values():
        assert set(mapping.values.get("type", {}).values()) <= set(types), mapping.name


def columns_of(header: str) -> list[str]:
    return next(csv.reader([header]))


ACLED = columns_of(
    "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,"
    "actor1,assoc_actor_1,inter1,actor2,assoc_actor_2,inter2,interaction,civilian_targeting,"
    "iso,region,country,admin1,admin2,admin3,location,latitude,longitude,geo_precision,"
    "source,source_scale,notes,fatalities,tags,timestamp"
)
GED = columns_of(
    "id,relid,year,active_year,code_status,type_of_violence,conflict_dset_id,conflict_new_id,"
    "conflict_name,dyad_dset_id,dyad_new_id,dyad_name,side_a_dset_id,side_a_new_id,side_a,"
    "side_b_dset_id,side_b_new_id,side_b,number_of_sources,source_article,source_office,"
    "source_date,source_headline,source_original,where_prec,where_coordinates,"
    "where_description,adm_1,adm_2,latitude,longitude,geom_wkt,priogrid_gid,country,"
    "country_id,region,event_clarity,date_prec,date_start,date_end,deaths_a,deaths_b,"
    "deaths_civilians,deaths_unknown,best,high,low,gwnoa,gwnob"
)


def test_an_export_of_acled_is_taken_as_it_comes() -> None:
    mapping = load_mappings(SHIPPED)["acled"]
    assert mapping.check_columns(ACLED) == ([], [])
    event = {
        **dict.fromkeys(ACLED, ""),
        "event_id_cnty": "IDN1",
        "event_date": "2024-11-15",
        "time_precision": "1",
        "sub_event_type": "Peaceful protest",
        "actor1": "Rudi Rekaan",
        "country": "Indonesia",
        "admin2": "Contoh",
        "location": "Umpama",
        "latitude": "-5.5",
        "longitude": "105.5",
        "geo_precision": "1",
        "fatalities": "0",
        "timestamp": "1732000000",
    }
    near = {**event, "geo_precision": "2", "sub_event_type": "Mob violence"}
    batch = frame(event, near, {**event, "geo_precision": "3"}, {**event, "country": "Malaysia"})
    first, second, third, fourth = mapping.select(batch, ACLED).to_dicts()
    told = {name: cell for name, cell in first.items() if cell is not None and name != "other"}
    assert told == {
        "row": 2,
        "source_key": "IDN1",
        "occurred_on": "2024-11-15",
        "known_on": "2024-11-19",
        "type": "unjuk_rasa",
        "deaths": "0",
        "regency": "Contoh",
        "place_text": "Umpama",
        "lat": "-5.5",
        "lon": "105.5",
    }
    assert (second["lat"], second["place_text"], second["type"]) == (None, None, "Mob violence")
    assert third["excluded"]
    assert fourth["excluded"]
    assert "Rudi" not in str((first, second, third, fourth))


def test_a_release_of_ucdp_ged_is_taken_as_it_comes() -> None:
    mapping = load_mappings(SHIPPED)["ucdp_ged"]
    assert mapping.check_columns(GED) == ([], [])
    event = {
        **dict.fromkeys(GED, ""),
        "id": "9",
        "type_of_violence": "2",
        "side_a": "Warga Umpama",
        "where_prec": "1",
        "where_coordinates": "Umpama village",
        "adm_2": "Contoh regency",
        "latitude": "-5.5",
        "longitude": "105.5",
        "country": "Indonesia",
        "date_start": "2012-10-27 00:00:00.000",
        "date_end": "2012-10-29 00:00:00.000",
        "best": "14",
    }
    batch = frame(event, {**event, "where_prec": "3", "type_of_violence": "1"})
    first, second = mapping.select(batch, GED).to_dicts()
    assert first["occurred_on"] == "2012-10-27/2012-10-29"
    assert (first["type"], first["deaths"], first["regency"]) == ("bentrok_warga", "14", "Contoh")
    assert (first["lat"], first["place_text"]) == ("-5.5", "Umpama village")
    assert (second["lat"], second["place_text"], second["type"]) == (None, None, "1")
    assert "Warga Umpama" not in str((first, second))


def test_a_list_of_vulnerable_tps_is_read_by_its_ticks() -> None:
    mapping = load_mappings(SHIPPED)["bawaslu_tps"]
    columns = ["No", "Kecamatan", "Desa/Kelurahan", "NOMOR TPS", *mapping.ticks["indicators"]]
    row = {**dict.fromkeys(columns, ""), "No": "1", "Kecamatan": "Umpama", "NOMOR TPS": "004"}
    ticked = {
        **row,
        "Sulit dijangkau": "v",
        "Rawan bencana": "1",
        "Kendala aliran listrik": "tidak",
    }
    (told,) = mapping.select(frame(ticked), columns).to_dicts()
    assert told["indicators"] == "Sulit dijangkau;Rawan bencana"
    assert (told["tps_number"], told["election"]) == ("004", "pilkada2024")
    choice = find_mapping("inbox/x.xlsx", None, columns, load_mappings(SHIPPED))
    assert choice is not None
    assert choice.mapping.name == "bawaslu_tps"
