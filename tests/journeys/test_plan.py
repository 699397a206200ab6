"""The planner's way through the command line: a plan of the shipped region, what if, and back."""

import csv
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.conftest import ROOT, Done, Project

PLANFILE = str(ROOT / "plan.toml")


@dataclass(frozen=True)
class Planned:
    """The plan of the region that ships, fifty people more, and what was printed."""

    project: Project
    plans: Path
    done: Done

    @property
    def told(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.done.out)
        return told


@pytest.fixture(scope="module")
def planned(first_run: tuple[Project, Done], tmp_path_factory: pytest.TempPathFactory) -> Planned:
    project, _ = first_run
    plans = tmp_path_factory.mktemp("plans") / "plans"
    done = project.here("plan", PLANFILE, "--officers", "+50", "--out", str(plans), "--json")
    assert done.code == 0, done.err
    return Planned(project, plans, done)


def test_the_shipped_region_is_planned_with_865_officers_as_a_stated_assumption(
    planned: Planned,
) -> None:
    told = planned.told
    totals = told["totals"]
    assert (totals["tps"], totals["officers"], totals["villages"]) == (1592, 865, 260)
    parts = ("officers_at_tps", "officers_at_posts", "officers_left", "officers_other")
    assert sum(totals[name] for name in parts) == 865
    assert any(
        "865 personel adalah kekuatan pemilu Februari 2024" in s for s in told["assumptions"]
    )
    assert any("66 TPS" in said for said in told["assumptions"])
    assert [line["published"] - line["placed"] for line in told["published_tps"]] == [0, 0, 0, 0]
    assert told["objective"] <= told["bound"]
    beside = {row["way"]: row["covered"] for row in told["beside"]}
    assert beside["plan"] >= max(beside["tps"], beside["top"])
    assert {row["class"]: row["tps"] for row in told["by_class"]} == {
        "khusus": 6,
        "kurang_rawan": 1526,
        "rawan": 60,
    }


def test_fifty_more_are_shown_side_by_side(planned: Planned) -> None:
    told = planned.told
    second = told["what_if"]
    assert second["totals"]["officers_extra"] == 50
    assert sum(c["second"] - c["first"] for c in second["changed"]["by_polsek"]) == 50
    assert second["changed"]["faced"][1] > second["changed"]["faced"][0]
    assert second["changed"]["gone_teams"] == 0
    # No sector is left bare, and every blind spot is visited or has a team.
    assert len(second["changed"]["by_polsek"]) == told["totals"]["sectors"]
    pointer = json.loads((planned.plans / "latest.json").read_text(encoding="utf-8"))
    assert pointer["plan_id"] == told["plan_id"] != second["plan_id"]


def test_the_same_plan_comes_out_the_same_and_is_compared(planned: Planned) -> None:
    out = ("--out", str(planned.plans))
    again = planned.project.here("plan", PLANFILE, *out, "--compare", "--lang", "id")
    assert again.code == 0, again.err
    assert "Sudah ada dan keluar sama" in again.out
    assert "Tidak ada yang berubah." in again.out
    assert "DRAF" in again.out
    assert re.search(r"\d s  plan voting day", again.err)


def test_what_was_done_is_taken_in_and_compared(planned: Planned, tmp_path: Path) -> None:
    project = planned.project.copied(tmp_path / "region")
    text = (planned.plans / "latest" / "plan.csv").read_text(encoding="utf-8")
    lines = list(csv.DictReader(io.StringIO(text)))
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(lines[0]))
    writer.writeheader()
    for line in lines:
        if line["task"] == "tps" and int(line["officers"]):
            line["officers_done"] = line["officers"]
        writer.writerow(line)
    filled = tmp_path / "diisi polres.csv"
    filled.write_text(stream.getvalue(), encoding="utf-8")
    done = project.here("deployed", str(filled))
    assert done.code == 0, done.err
    at_tps = planned.told["totals"]["officers_at_tps"]
    assert f"{at_tps} direncanakan, {at_tps} dilaksanakan (100,0 %)" in done.out
    kept = project.ask(
        "SELECT sum(officers)::BIGINT FROM (SELECT DISTINCT row_id, officers"
        " FROM staging.deployments WHERE unit = 'Polres Lampung Selatan, TPS'"
        " OR unit = 'BKO Polda Lampung, TPS')"
    )
    assert kept == [(at_tps,)]


def test_the_form_of_deployments_is_taken_in_too(village_project: Project) -> None:
    project = village_project
    form = project.folder / "laporan tugas.csv"
    form.write_text(
        "tanggal,satuan,personel,kode_desa\n2019-04-17,Unit Rekaan,4,99.99.01.2001\n", "utf-8"
    )
    done = project.here("deployed", str(form))
    assert done.code == 0, done.err
    rows = project.ask("SELECT village_code, officers FROM staging.deployments")
    assert rows == [("99.99.01.2001", 4)]


def test_published_figures_stand_beside_computed_ones(shipped: Project) -> None:
    done = shipped.here("plan", "--published", "--json")
    told = json.loads(done.out)
    at_tps = {
        row["subject"]: (row["published"], row["computed"], row["verdict"])
        for row in told["deployments"]
        if row["deployment"] == "lampung_selatan_pemilu2024"
    }
    assert (56, 56, "reproduced") in at_tps.values()
    assert (24, 24, "reproduced") in at_tps.values()
    officers = next(row for row in told["escort"] if row["published"] == 63)
    assert (officers["computed"], officers["verdict"]) == (63, "reproduced")
    lines = shipped.here("plan", "--published", "--lang", "en").out
    assert "published 472" in lines


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("tidak-ada.toml",), 2, "There is no such file"),
        ((PLANFILE, "--officers", "banyak"), 2, "Write it as +50"),
        ((PLANFILE, "--close", "Natar"), 2, "Write it as"),
        ((PLANFILE, "--compare"), 2, "holds no plan yet"),
        ((PLANFILE,), 1, "nothing was published yet"),
        ((PLANFILE, "--lang", "fr"), 2, "there is only id and en"),
    ],
)
def test_a_wrong_question_is_one_sentence(
    shipped: Project, arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = shipped.here("plan", *arguments)
    assert (done.code, done.out) == (code, "")
    assert words in done.err


def test_an_impossible_plan_names_rule_place_and_shortfall(
    planned: Planned, tmp_path: Path
) -> None:
    text = Path(PLANFILE).read_text(encoding="utf-8")
    few = tmp_path / "sedikit.toml"
    text = re.sub(r"(?m)^gives_way = .*$", "gives_way = []", text)
    few.write_text(text.replace("officers = 378", "officers = 10"), encoding="utf-8")
    done = planned.project.here("plan", str(few), "--out", str(tmp_path / "plans"))
    assert (done.code, done.out) == (1, "")
    wanted = r"pattern lampung_pemilu2024: 1592 TPS .* need at least \d+ officers, .*: \d+ too few"
    assert re.search(wanted, done.err), done.err
    assert not list((tmp_path / "plans").glob("*"))
