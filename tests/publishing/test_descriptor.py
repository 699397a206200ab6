"""Published tables read by other programs: they find what a file is and what its columns mean."""

import csv
import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest

from rawan.publishing.contracts import AREAS, RANKING, read_contract
from rawan.publishing.descriptor import (
    datapackage,
    described,
    write_described_parquet,
)
from rawan.publishing.tables import write_csv
from rawan.settings import PROJECT_ROOT

ABOUT = {
    "region": "Kabupaten Contoh",
    "run_id": "20200101-abcdef012345",
    "audience": "partner",
    "cutoff": "2020-01-01",
    "made_on": "2020-01-01T02:00:00+00:00",
    "contract_version": "1.1.0",
    "data_origin": "SIMULASI",
    "not_for": "Bukan tentang orang per orang – “apa pun”.",
}
FRAME = pl.DataFrame(
    {
        "village_code": ["99.99.01.2001", "99.99.01.2002"],
        "village": ["Sukarekaan", 'Rejo "contoh", Umpama'],
        "cutoff": [date(2020, 1, 1)] * 2,
        "rank": [1, 2],
        "risk": [0.5, None],
        "blind_spot": [True, False],
        "own": [["a"], []],
    }
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ranking.parquet"
    write_described_parquet(FRAME, path, described("ranking"), ABOUT)
    return path


def test_every_reader_finds_what_the_file_is(file: Path) -> None:
    metadata = pq.read_metadata(file).metadata
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT decode(key), decode(value) FROM parquet_kv_metadata(?)", [str(file)]
        ).fetchall()
    seen = [
        {key.decode(): value.decode() for key, value in metadata.items()},
        dict(rows),
        pl.read_parquet_metadata(file),
    ]
    for found in seen:
        assert {name: found[f"rawan.{name}"] for name in ABOUT} == ABOUT
        columns = json.loads(found["rawan.columns"])
        assert columns["rank"]["description_en"] == described("ranking")["rank"]["description_en"]
        assert columns["rank"]["description_id"].startswith("1 adalah")
        assert set(columns) == set(FRAME.columns) - {"own"}  # no meaning is invented


def test_a_columns_meaning_stands_at_its_field(file: Path) -> None:
    schema = pq.read_schema(file)
    meaning = schema.field("blind_spot").metadata
    assert meaning[b"description_en"].startswith(b"No source of any kind")
    assert meaning[b"sensitivity"] == b"open"
    assert b"description_en" not in (schema.field("own").metadata or {})


def test_the_values_are_those_that_were_written(file: Path) -> None:
    assert pl.read_parquet(file).equals(FRAME)
    with duckdb.connect() as connection:
        read = connection.execute("FROM read_parquet(?)", [str(file)]).pl()
    assert read.drop("own").equals(FRAME.drop("own"))


def test_the_same_rows_and_facts_give_the_same_bytes(tmp_path: Path, file: Path) -> None:
    again = tmp_path / "again.parquet"
    turned = dict(reversed(list(ABOUT.items())))
    write_described_parquet(FRAME.clone(), again, described("ranking"), turned)
    assert again.read_bytes() == file.read_bytes()
    write_described_parquet(FRAME, again, described("ranking"), ABOUT | {"audience": "intel"})
    assert again.read_bytes() != file.read_bytes()


def test_a_frame_without_rows_is_described_as_well(tmp_path: Path) -> None:
    path = tmp_path / "empty.parquet"
    write_described_parquet(FRAME.clear(), path, described("ranking"), ABOUT)
    assert pl.read_parquet(path).schema == FRAME.schema
    assert "rawan.audience" in pl.read_parquet_metadata(path)


@pytest.fixture
def package(tmp_path: Path) -> dict[str, Any]:
    rows = FRAME.drop("own")
    (tmp_path / "polsek").mkdir()
    write_csv(rows, tmp_path / "ranking.csv")
    write_csv(rows.head(1), tmp_path / "polsek" / "polsek-umpama.csv")
    write_described_parquet(rows, tmp_path / "ranking.parquet", described("ranking"), ABOUT)
    curve = pl.DataFrame({"hazard": ["conflict"], "k": [1], "capture": [0.5]})
    write_described_parquet(curve, tmp_path / "curve.parquet", described("curve"), ABOUT)
    files = {
        "ranking.parquet": rows,
        "ranking.csv": rows,
        "polsek/polsek-umpama.csv": rows.head(1),
        "curve.parquet": curve,
    }
    sources = [{"title": "insiden.csv"}, {"title": "KPU", "path": "https://contoh.invalid/tps"}]
    return datapackage(tmp_path, files, ABOUT, "id", sources)


def test_the_package_names_every_file_with_its_size_and_hash(
    package: dict[str, Any], tmp_path: Path
) -> None:
    assert [resource["path"] for resource in package["resources"]] == [
        *("curve.parquet", "polsek/polsek-umpama.csv", "ranking.csv", "ranking.parquet"),
    ]
    for resource in package["resources"]:
        content = (tmp_path / resource["path"]).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert resource["name"] == resource["name"].lower()
    names = [resource["name"] for resource in package["resources"]]
    assert len(set(names)) == len(names)
    assert json.loads(json.dumps(package)) == package


def test_the_package_says_what_it_is_and_that_it_is_invented(package: dict[str, Any]) -> None:
    assert package["$schema"].endswith("2.0/datapackage.json")
    assert package["title"].startswith("SIMULASI")
    assert package["created"] == ABOUT["made_on"]
    assert package["version"] == "1.1.0"
    assert (package["audience"], package["not_for"]) == ("partner", ABOUT["not_for"])
    assert package["sources"][1]["path"] == "https://contoh.invalid/tps"


def test_fields_have_types_meanings_and_limits_that_the_csv_keeps(
    package: dict[str, Any], tmp_path: Path
) -> None:
    resource = next(r for r in package["resources"] if r["path"] == "ranking.csv")
    fields = {field["name"]: field for field in resource["schema"]["fields"]}
    types = {name: field["type"] for name, field in fields.items()}
    assert types == {
        "village_code": "string",
        "village": "string",
        "cutoff": "date",
        "rank": "integer",
        "risk": "number",
        "blind_spot": "boolean",
    }
    assert fields["rank"]["constraints"] == {"required": True, "minimum": 1}
    assert fields["risk"]["constraints"] == {"minimum": 0, "maximum": 1}
    assert fields["rank"]["description"] == fields["rank"]["description_id"]
    assert "pattern" in fields["village_code"]["constraints"]
    assert resource["schema"]["missingValues"] == [""]
    with (tmp_path / "ranking.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream, delimiter=resource["dialect"]["delimiter"]))
    assert rows[0] == list(fields)
    assert rows[2] == ["99.99.01.2002", 'Rejo "contoh", Umpama', "2020-01-01", "2", "", "false"]


def test_the_lists_of_a_polsek_have_the_columns_of_the_ranking(package: dict[str, Any]) -> None:
    polsek = next(r for r in package["resources"] if r["path"].startswith("polsek/"))
    assert polsek["schema"]["fields"][3]["description"].startswith("1 adalah")


def test_what_cannot_be_described_is_refused(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("x")
    with pytest.raises(ValueError, match="CSV and Parquet only"):
        datapackage(tmp_path, {"page.html": FRAME}, ABOUT, "id")
    with pytest.raises(ValueError, match="does not lie in the folder"):
        datapackage(tmp_path, {"../ranking.csv": FRAME}, ABOUT, "id")
    for missing in ("region", "audience", "made_on"):
        about = {name: value for name, value in ABOUT.items() if name != missing}
        with pytest.raises(ValueError, match=missing):
            datapackage(tmp_path, {}, about, "id")


def test_every_declared_column_has_a_meaning_in_both_languages() -> None:
    for name, path in (("ranking", RANKING), ("areas", AREAS)):
        assert list(described(name)) == list(read_contract(path)["properties"])
    for stem in ("evidence", "reasons", "reports", "changes", "history", "neighbours", "curve"):
        assert described(stem), stem
        for name, meaning in described(stem).items():
            assert meaning["description_id"] != meaning["description_en"], (stem, name)
    assert described("nothing of the kind") == {}
    assert (PROJECT_ROOT / "data" / "contracts" / "files.toml").is_file()
