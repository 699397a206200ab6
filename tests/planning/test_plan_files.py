"""What a plan is written as, what in it could act, and how it comes back filled in."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pyarrow.parquet as pq
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from rawan.errors import GateStopped, RawanError
from rawan.planning.done import Done, form_to_inbox, read_done, to_inbox
from rawan.planning.output.files import check_plan_contract, latest_plan, write_plan
from rawan.planning.plan import Plan, make_plan
from rawan.planning.whatif import WhatIf
from rawan.publishing.contracts import read_contract
from rawan.settings import Limits
from rawan.sources.mapping import load_mappings
from tests.conftest import Bench
from tests.planning.invented_plan import TPS, planned_region, planner, settings_of

HOSTILE = {
    "99.99.01.2001": '=HYPERLINK("http://x.example";"klik")',
    "99.99.01.2003": "</script><script>alert(1)</script>",
    "99.99.02.2001": "Suka\u202egnabut &amp; <b>",
}
LIMITS = Limits()
TODAY = date(2020, 2, 20)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return planned_region(tmp_path_factory.mktemp("files") / "region", names=HOSTILE)


@pytest.fixture(scope="module")
def plan(bench: Bench) -> Plan:
    title = "@SUM(1) Rencana <i>rekaan</i>"
    return make_plan(settings_of(bench), planner(title=title, extra_officers=6), WhatIf())


@pytest.fixture(scope="module")
def folder(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("written")
    ranking = root / "out" / "latest" / "index.html"
    return write_plan(plan, root / "plans", ranking)[0]


def sheets(folder: Path) -> Iterator[Worksheet]:
    yield from openpyxl.load_workbook(folder / "plan.xlsx").worksheets


def sheet_rows(folder: Path, title: str) -> list[dict[str, Any]]:
    """Return the rows below the heads of a sheet; of groups, not their sums."""
    sheet = openpyxl.load_workbook(folder / "plan.xlsx")[title]
    heads, *rows = sheet.iter_rows(min_row=2, values_only=True)
    return [dict(zip(map(str, heads), row, strict=True)) for row in rows]


def csv_rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


# Every output says what it is


def test_every_output_says_that_it_is_a_simulation_and_a_draft(folder: Path) -> None:
    for sheet in sheets(folder):
        assert str(sheet["A1"].value).count("SIMULASI") == 1, sheet.title
        assert "DRAF" in str(sheet["A1"].value), sheet.title
    page = (folder / "plan.html").read_text(encoding="utf-8")
    assert "<title>SIMULASI – " in page
    assert "DRAF" in page
    assert "Jangan dipakai untuk menilai" in page
    told = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    assert (told["data_origin"], told["status"][:4]) == ("SIMULASI", "DRAF")
    shapes = json.loads((folder / "plan.geojson").read_text(encoding="utf-8"))
    origins = {one["properties"]["data_origin"] for one in shapes["features"]}
    assert origins == {"SIMULASI"}
    table = pl.read_parquet(folder / "plan.parquet")
    assert set(table["data_origin"]) == {"SIMULASI"}
    metadata = pq.read_schema(folder / "plan.parquet").metadata
    assert metadata[b"rawan.data_origin"] == b"SIMULASI"
    assert set(pl.read_csv(folder / "plan.csv")["data_origin"]) == {"SIMULASI"}


def test_where_data_are_real_nothing_speaks_of_a_simulation(tmp_path: Path) -> None:
    real = planned_region(tmp_path / "region", data_origin="publik")
    written, _ = write_plan(make_plan(settings_of(real), planner(), WhatIf()), tmp_path / "plans")
    assert "SIMULASI" not in (written / "plan.html").read_text(encoding="utf-8")
    assert not any("SIMULASI" in str(sheet["A1"].value) for sheet in sheets(written))


# The contract


def test_columns_are_those_of_the_contract_with_meanings_in_both_languages(plan: Plan) -> None:
    contract = read_contract(Path("data/contracts/plan.v1.json").resolve())
    assert list(contract["properties"]) == plan.rows.columns == contract["required"]
    for name, column in contract["properties"].items():
        assert column["description"], name
        assert column["description_id"], name
        assert column["sensitivity"] in ("open", "internal"), name


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (pl.lit(-1).cast(pl.Int64).alias("officers"), "officers"),
        (pl.lit("18.01.1").alias("village_code"), "village_code"),
        (pl.lit("gawat").alias("class"), "class"),
        (pl.lit("upacara").alias("task"), "task"),
        (pl.lit(1).alias("gaji"), "gaji"),
    ],
)
def test_a_row_that_breaks_the_contract_is_not_written(
    plan: Plan, change: pl.Expr, words: str
) -> None:
    with pytest.raises(GateStopped, match=words):
        check_plan_contract(plan.rows.with_columns(change))


def test_csv_and_parquet_hold_the_same_rows(plan: Plan, folder: Path) -> None:
    table = pl.read_parquet(folder / "plan.parquet")
    assert table.equals(plan.rows)
    lines = csv_rows(folder / "plan.csv")
    assert [line["team"] for line in lines] == table["team"].to_list()
    assert sum(int(line["officers"]) for line in lines) == table["officers"].sum()


# Totals


def test_the_sums_of_the_sheets_are_the_plans(plan: Plan, folder: Path) -> None:
    day = plan.region.election.voting_day
    voting = plan.rows.filter(pl.col("day") == day)
    rows = sheet_rows(folder, "Per sektor")
    body = [row for row in rows if row["No"] is not None]
    heads = [row for row in rows if row["No"] is None]
    assert sum(row["Jumlah"] or 0 for row in body) == voting["officers"].sum()
    assert heads[-1]["Jumlah"] == voting["officers"].sum()
    assert sum(row["Jumlah"] for row in heads[:-1]) == heads[-1]["Jumlah"]
    assert heads[-1]["TPS"] == sum(TPS.values()) == plan.totals["tps"]

    everything = [row for row in sheet_rows(folder, "Per hari") if row["No"] is not None]
    assert sum(row["Jumlah"] or 0 for row in everything) == plan.rows["officers"].sum()
    assert len(everything) == plan.rows.height

    units = sheet_rows(folder, "Per kesatuan")
    assert sum(row["Jumlah"] or 0 for row in units) == plan.rows["officers"].sum()
    has = sum(row["Kekuatan"] or 0 for row in units)
    assert has == plan.totals["officers"] + plan.totals["officers_extra"]


def test_the_workbook_tells_what_is_assumed_and_not_covered(plan: Plan, folder: Path) -> None:
    assumed = {row["Uraian"] for row in sheet_rows(folder, "Asumsi")}
    assert assumed == set(plan.assumptions)
    told = {row["Uraian"] for row in sheet_rows(folder, "Tidak tercakup")}
    assert set(plan.unmet) <= told
    assert "Tidak ada aturan yang mengalah." in told
    stable = sheet_rows(folder, "Kestabilan")
    assert all(0 <= row["Terpilih (bagian undian)"] <= 1 for row in stable)


# Names that would act


def test_no_cell_is_a_formula_or_a_link(folder: Path) -> None:
    for sheet in sheets(folder):
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", (sheet.title, cell.coordinate)
                assert cell.hyperlink is None
    cells = [cell for line in csv_rows(folder / "plan.csv") for cell in line.values()]
    assert any("HYPERLINK" in cell for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+"))]


class _Seen(HTMLParser):
    """What a browser would find: tags, and every address in them."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts = 0
        self.addresses: list[str] = []
        self.policy = ""
        self.bold = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.scripts += tag == "script"
        self.bold += tag in ("b", "i")
        assert not any(name.startswith("on") for name in said), said
        self.addresses += [said[name] or "" for name in ("src", "href", "action") if name in said]
        if said.get("http-equiv") == "Content-Security-Policy":
            self.policy = said["content"] or ""


def test_the_page_asks_nobody_and_hostile_names_stay_text(folder: Path) -> None:
    page = (folder / "plan.html").read_text(encoding="utf-8")
    seen = _Seen()
    seen.feed(page)
    assert (seen.scripts, seen.bold) == (1, 0)
    assert "default-src 'none'" in seen.policy
    assert "\u202e" not in page
    assert seen.addresses
    way = r"\.\./\.\./out/latest/index\.html#conflict/voting/[0-9.]{13}"
    assert all(re.fullmatch(way, address) for address in seen.addresses)


# The folder of plans


def test_the_same_plan_again_is_verified_and_a_changed_file_is_told(
    plan: Plan, tmp_path: Path
) -> None:
    written, was_there = write_plan(plan, tmp_path)
    assert (was_there, latest_plan(tmp_path)) == (False, written)
    assert write_plan(plan, tmp_path) == (written, True)
    (written / "plan.csv").write_text("diisi", encoding="utf-8")
    with pytest.raises(RawanError, match=r"came out differently now \(plan\.csv\)"):
        write_plan(plan, tmp_path)
    assert not list(tmp_path.glob(".building-*"))


def test_a_plan_that_asks_what_if_does_not_take_the_place_of_the_latest(
    bench: Bench, plan: Plan, tmp_path: Path
) -> None:
    first, _ = write_plan(plan, tmp_path)
    other = make_plan(settings_of(bench), planner(), WhatIf(officers=4))
    second, _ = write_plan(other, tmp_path, is_latest=False)
    assert second != first
    assert latest_plan(tmp_path) == first
    told = json.loads((tmp_path / "latest" / "plan.json").read_text("utf-8"))
    assert told["plan_id"] == plan.plan_id


def test_no_plan_yet_and_a_broken_pointer(tmp_path: Path) -> None:
    assert latest_plan(tmp_path / "none") is None
    (tmp_path / "latest.json").write_text('{"plan_id": "../../etc"}', encoding="utf-8")
    assert latest_plan(tmp_path) is None
    (tmp_path / "latest.json").write_text("{", encoding="utf-8")
    with pytest.raises(RawanError, match="Make the plan anew"):
        latest_plan(tmp_path)


def test_the_outputs_in_english_hold_the_same_numbers(bench: Bench, tmp_path: Path) -> None:
    plan = make_plan(settings_of(bench, "en"), planner(extra_officers=6), WhatIf())
    written, _ = write_plan(plan, tmp_path)
    titles = [sheet.title for sheet in sheets(written)]
    assert titles[:3] == ["By sector", "By unit", "By day"]
    assert '<html lang="en">' in (written / "plan.html").read_text(encoding="utf-8")


# What was really done


def filled_csv(folder: Path, path: Path, done: dict[str, str], fewer: int = 0) -> Path:
    """Fill in a plan.csv: what was planned, `fewer` at each team, or what `done` says by team."""
    lines = csv_rows(folder / "plan.csv")
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(lines[0]), lineterminator="\r\n")
    writer.writeheader()
    for line in lines:
        if planned := int(line["officers"]):
            line["officers_done"] = done.get(line["team"], str(max(planned - fewer, 0)))
        writer.writerow(line)
    path.write_text(stream.getvalue(), encoding="utf-8", newline="")
    return path


def read(path: Path) -> Done:
    done = read_done(path, LIMITS)
    assert done is not None
    return done


def test_a_plan_that_was_filled_in_comes_back_with_the_same_sums(
    plan: Plan, folder: Path, tmp_path: Path
) -> None:
    done = read(filled_csv(folder, tmp_path / "plan.csv", {}, fewer=1))
    assert done.plan_id == plan.plan_id
    assert sum(row["planned"] for row in done.rows) == plan.rows["officers"].sum()
    teams = plan.rows.filter(pl.col("officers") > 0).height
    assert sum(row["done"] for row in done.filled) == plan.rows["officers"].sum() - teams

    book = openpyxl.load_workbook(folder / "plan.xlsx")
    sheet = book["Per hari"]
    heads = [cell.value for cell in sheet[2]]
    planned, filled = heads.index("Jumlah") + 1, heads.index("Dilaksanakan (isi)") + 1
    for row in range(3, sheet.max_row + 1):
        if sheet.cell(row, 1).value and sheet.cell(row, planned).value:
            sheet.cell(row, filled, sheet.cell(row, planned).value - 1)
    book.save(tmp_path / "diisi.xlsx")
    by_workbook = read(tmp_path / "diisi.xlsx")
    key = ("day", "team", "unit", "planned", "done", "village_codes")
    assert [[row[name] for name in key] for row in by_workbook.rows] == [
        [row[name] for name in key] for row in done.rows
    ]


def test_what_was_done_goes_to_the_inbox_as_deployments(folder: Path, tmp_path: Path) -> None:
    done = read(filled_csv(folder, tmp_path / "isi.csv", {"T00001": "0"}))
    inbox = tmp_path / "inbox"
    sectors = {"Polsek Umpama": ["Umpama"]}
    target, left_out = to_inbox(done, tmp_path / "isi.csv", "contoh2020", inbox, TODAY, sectors)
    rows = csv_rows(target)
    assert len(rows) + left_out == len(done.filled)
    mapping = load_mappings(Path("data/mappings").resolve())["deployments"]
    assert set(rows[0]) <= mapping.known
    assert mapping.fit(f"inbox/{target.name}")
    team = next(row for row in rows if row["nomor"].split("/")[2] == "T00001")
    assert (team["personel"], team["tanggal"]) == ("0", "2020-02-01")
    assert team["tanggal_diketahui"] == "2020-02-20"
    patrols = [row for row in rows if row["kecamatan"]]
    assert {row["kecamatan"] for row in patrols} >= {"Umpama"}
    assert not any(row["kode_desa"] for row in patrols)
    with pytest.raises(RawanError, match="waits in the inbox already"):
        to_inbox(done, tmp_path / "isi.csv", "contoh2020", inbox, TODAY, sectors)


def test_planned_and_done_are_told_side_by_side(folder: Path, tmp_path: Path) -> None:
    done = read(filled_csv(folder, tmp_path / "plan.csv", {}, fewer=2))
    lines = done.lines("id")
    assert any("Polsek Umpama" in line for line in lines)
    assert "dilaksanakan (" in lines[-1]


@pytest.mark.parametrize("written", ["dua", "-1", "2.5", "=1+1", "9" * 12])
def test_a_number_that_is_none_is_told_with_its_row(
    folder: Path, tmp_path: Path, written: str
) -> None:
    path = filled_csv(folder, tmp_path / "plan.csv", {"T00001": written})
    with pytest.raises(RawanError, match=r'row \d+, column "officers_done"'):
        read_done(path, LIMITS)


def test_a_plan_in_which_nothing_was_filled_in_is_refused(folder: Path, tmp_path: Path) -> None:
    done = read(folder / "plan.csv")
    with pytest.raises(RawanError, match="nobody filled in"):
        to_inbox(done, folder / "plan.csv", "contoh2020", tmp_path / "inbox", TODAY, {})


def test_any_other_file_is_taken_for_the_form(tmp_path: Path) -> None:
    path = tmp_path / "Laporan Polsek.csv"
    path.write_text("tanggal,satuan,personel\n2020-02-01,Unit Rekaan,4\n", encoding="utf-8")
    assert read_done(path, LIMITS) is None
    target = form_to_inbox(path, tmp_path / "inbox")
    assert target.name == "penugasan-laporan-polsek.csv"
    with pytest.raises(RawanError, match="waits in the inbox already"):
        form_to_inbox(path, tmp_path / "inbox")
    with pytest.raises(RawanError, match="there is no such file"):
        form_to_inbox(tmp_path / "tidak-ada.csv", tmp_path / "inbox")


def test_two_plans_in_one_file_are_refused(folder: Path, tmp_path: Path) -> None:
    text = (folder / "plan.csv").read_text(encoding="utf-8")
    first = text.splitlines()[1].split(",")[0]
    spoiled = text.replace(first, "20200201-000000000000", 1)
    (tmp_path / "plan.csv").write_text(spoiled, encoding="utf-8", newline="")
    with pytest.raises(RawanError, match="under one plan"):
        read_done(tmp_path / "plan.csv", LIMITS)
