"""What people decide, read and delete, through the command line; what doctor and help tell."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from tests.journeys.conftest import ROOT, Project, invented

SUKAREKAAN, OTHER_SUKAREKAAN = "99.99.01.2001", "99.99.02.2001"
WHERE = "SELECT village_code FROM staging.incidents ORDER BY ALL"


# Places that only a person can tell


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = invented(tmp_path_factory.mktemp("asked") / "region")
    project.drop("insiden.csv", "tanggal,jenis,desa\n2019-03-01,bentrok,Sukarekaan\n")
    done = project.here("ingest")
    assert "0 placed + 0 excluded + 1 quarantined = 1 rows" in done.out
    assert "1 questions wait for a person: rawan review" in done.out
    return project


@pytest.fixture
def unsure(asked: Project, tmp_path: Path) -> Project:
    """A project in which an incident lies in one of two villages of the same name."""
    return asked.copied(tmp_path / "region")


def test_an_answer_places_the_row_and_taking_it_back_undoes_that(unsure: Project) -> None:
    sitting = unsure.here("review", "--as", "Analis Rekaan", typed="2 # menurut polsek\nq\n")
    assert sitting.code == 0
    assert OTHER_SUKAREKAAN in sitting.out
    assert "1 dari 1 · tempat" in sitting.out
    assert "1 diputuskan, 0 masih menunggu" in sitting.out
    assert "1 placed + 0 excluded + 0 quarantined" in unsure.here("ingest").out
    assert unsure.ask(WHERE) == [(OTHER_SUKAREKAAN,)]

    history = unsure.here("review", "--history")
    assert re.search(r"^\d{4}-\d\d-\d\d \d\d:\d\d \[\w{12}\] Analis Rekaan: place", history.out)
    assert "# menurut polsek" in history.out

    wrong = unsure.here("review", "--undo", "last", "--as", "Orang Lain")
    assert wrong.code == 1
    assert "has decided nothing that could be undone" in wrong.err
    back = unsure.here("review", "--undo", "last", "--as", "Analis Rekaan")
    assert back.code == 0
    assert "0 placed + 0 excluded + 1 quarantined" in unsure.here("ingest").out
    assert unsure.ask(WHERE) == []
    assert "(undone by Analis Rekaan, " in unsure.here("review", "--history").out


def test_the_queue_goes_out_as_a_workbook_and_comes_back(unsure: Project) -> None:
    queue = unsure.folder / "antrean.xlsx"
    assert "(1 questions)" in unsure.here("review", "--export", str(queue)).out
    book = openpyxl.load_workbook(queue)
    sheet = book["tempat"]
    columns = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(2, columns["keputusan"], "terima 1")
    book.save(queue)
    read = unsure.here("review", "--import", str(queue))
    assert (read.code, read.out) == (0, "1 decisions taken, 0 known already\n")
    again = unsure.here("review", "--import", str(queue))
    assert again.out == "0 decisions taken, 1 known already\n"
    unsure.here("ingest")
    assert unsure.ask(WHERE) == [(SUKAREKAAN,)]

    sheet.cell(2, columns["keputusan"], "mungkin")
    book.save(queue)
    wrong = unsure.here("review", "--import", str(queue))
    assert wrong.code == 1
    assert "nothing was taken" in wrong.err


def test_leaving_early_and_strange_answers_decide_nothing(unsure: Project) -> None:
    for typed in ("", "q\n", "s\n\n", "9\nzz\n?\nc\nTidak Ada\nq\n"):
        done = unsure.here("review", typed=typed)
        assert done.code == 0
        assert "0 diputuskan, 1 masih menunggu" in done.out
    assert unsure.here("review", "--history").out == "Nothing was decided yet.\n"
    two = unsure.here("review", "--history", "--undo", "last")
    assert two.code == 2
    assert "give one of them" in two.err
    nameless = unsure.here("review", "--as", " ")
    assert nameless.code == 2
    assert "--as NAME" in nameless.err


# Reports: read with a reason, deleted for good

REPORTS = """nomor,tanggal,tanggal_diketahui,jenis,kecamatan,desa,nilai_sumber,nilai_informasi,isi,\
pelapor
R/LI-1,2019-03-01,2019-03-02,,Umpama,Sukarekaan,B,2,Warga berkumpul TANDASATU.,ZZNAMA
R/LI-2,2019-03-05,2019-03-06,bentrok,Umpama,Rejocontoh,B,2,Bentrok TANDADUA antarwarga.,ZZNAMA
R/LI-3,2019-03-07,kapan saja,bentrok,Umpama,Rejocontoh,B,2,Bentrok TANDATIGA lagi.,ZZNAMA
"""


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = invented(tmp_path_factory.mktemp("reported") / "region")
    project.drop("laporan.csv", REPORTS)
    assert project.here("ingest").code == 0
    return project


@pytest.fixture
def reports(reported: Project, tmp_path: Path) -> Project:
    return reported.copied(tmp_path / "region")


def test_reading_a_report_needs_a_reason_and_is_logged(reports: Project) -> None:
    listed = reports.here("report-data", "list")
    assert [line.split("  ")[:3] for line in listed.out.splitlines()] == [
        [f"inbox/laporan.csv:{row}", f"R/LI-{row - 1}", "B2"] for row in (2, 3, 4)
    ]
    assert "TANDA" not in listed.out
    without = reports.here("report-data", "show", "R/LI-1")
    assert (without.code, without.out) == (2, "")
    assert "--why" in without.err
    assert reports.here("report-data", "readings").out == "Nobody read a report yet.\n"
    shown = reports.here("report-data", "show", "R/LI-1", "--why", "apel pagi", "--as", "Pembaca")
    assert "Warga berkumpul TANDASATU." in shown.out
    assert "ZZNAMA" not in shown.out
    readings = reports.here("report-data", "readings").out
    assert readings.endswith("UTC  Pembaca read inbox/laporan.csv:2 (apel pagi)\n")


def test_the_queue_shows_a_text_only_when_asked_and_logs_it(reports: Project) -> None:
    hidden = reports.here("review", typed="s\n" * 9)
    assert "jenis laporan" in hidden.out
    assert "TANDA" not in hidden.out
    assert reports.here("report-data", "readings").out == "Nobody read a report yet.\n"
    shown = reports.here("review", "--show-text", "--as", "Pembaca", typed="s\n" * 9)
    assert "| Warga berkumpul TANDASATU." in shown.out
    readings = reports.here("report-data", "readings").out
    assert "Pembaca read inbox/laporan.csv:2 (review)" in readings


def test_a_deleted_report_is_gone_and_its_file_cannot_bring_it_back(reports: Project) -> None:
    assert reports.tables_that_hold("tandadua")
    deleted = reports.here("report-data", "delete", "R/LI-2")
    assert deleted.code == 0
    assert "Deleted for good: 1" in deleted.out
    assert "inbox/done" in deleted.out
    gone = reports.here("report-data", "show", "R/LI-2", "--why", "apel")
    assert gone.code == 2
    assert "there is no such report" in gone.err
    (reports.inbox / "done" / "laporan.csv").rename(reports.inbox / "laporan.csv")
    done = reports.here("ingest")
    assert "inbox/laporan.csv: 1 placed + 0 excluded + 1 quarantined = 2 rows" in done.out
    assert "R/LI-2" not in reports.here("report-data", "list").out
    assert reports.tables_that_hold("tandadua") == {}
    assert not list((reports.folder / "var").glob("*.anew"))


def test_what_is_older_than_the_retention_expires_and_no_other(reports: Project) -> None:
    kept = reports.here("report-data", "expire", RAWAN_REPORTS__RETENTION_DAYS="36500")
    assert kept.out == "Deleted for good: 0\n"
    gone = reports.here("report-data", "expire", RAWAN_REPORTS__RETENTION_DAYS="365")
    assert "Deleted for good: 2" in gone.out
    # When it became known cannot be read: the day of its file counts, which is today.
    assert reports.here("report-data", "list").out.startswith("inbox/laporan.csv:4  R/LI-3")
    assert reports.tables_that_hold("tandasatu") == {}


def test_an_ingest_deletes_what_is_older_than_the_retention_and_tells(reports: Project) -> None:
    done = reports.here("ingest", RAWAN_REPORTS__RETENTION_DAYS="365")
    assert "deleted, since older than 365 days: 2 reports" in done.out
    assert reports.tables_that_hold("tandadua") == {}
    assert reports.tables_that_hold("tandatiga")


def test_wrong_words_for_reports_are_told(reports: Project) -> None:
    for arguments, words in (
        (("hapus",), "there is only gates, list, show, delete"),
        (("delete",), "name the report"),
        (("show", "R/LI-9", "--why", "apel"), "there is no such report"),
    ):
        done = reports.here("report-data", *arguments)
        assert done.code == 2
        assert words in done.err


# Is the machine well


def findings(project: Project, **environment: str) -> dict[str, tuple[bool, str]]:
    done = project.here("doctor", "--json", **environment)
    found = {f["what"]: (f["is_well"], f["detail"]) for f in json.loads(done.out)}
    assert done.code == (0 if all(is_well for is_well, _ in found.values()) else 1)
    return found


def test_doctor_before_and_after_something_came_in(village_project: Project) -> None:
    project = village_project
    fresh = findings(project)
    assert all(is_well for is_well, _ in fresh.values()), fresh
    assert fresh["warehouse"][1] == "made at the first run"
    assert "made at the first run" in fresh["encryption"][1]
    assert not (project.folder / "var" / "rawan.duckdb").exists()
    project.drop("insiden.csv", "tanggal,jenis,kode_desa\n2019-03-01,bentrok,99.99.01.2001\n")
    project.drop("foto.jpg", b"\xff\xd8\xff")
    assert findings(project)["inbox"] == (True, "1 files to read, 1 that will be refused")
    project.here("ingest")
    after = findings(project)
    assert after["warehouse"] == (True, "opens; 1 rows came in so far")
    assert "To back up: copy this file and" in after["encryption"][1]

    wrong = findings(project, RAWAN_KEY="bukan-kunci-yang-benar")
    assert not wrong["warehouse"][0]
    assert "the key does not open this warehouse" in wrong["warehouse"][1]
    assert project.here("ingest", RAWAN_KEY="bukan-kunci-yang-benar").code == 1
    short = findings(project, RAWAN_KEY="pendek")
    assert "at least 16 letters" in short["warehouse"][1]
    key = project.folder / "var" / "warehouse.key"
    if os.name == "posix":
        key.chmod(0o644)
        assert f"chmod 600 {key}" in findings(project)["warehouse"][1]
    assert (project.here("ingest").code == 1) == (os.name == "posix")


def test_doctor_tells_of_an_inbox_that_is_missing_or_may_not_be_read(
    village_project: Project,
) -> None:
    project = village_project
    # Without the rights of the superuser over files that are not of its own name space.
    command = [] if os.geteuid() else ["unshare", "-U"]
    if command and subprocess.run([*command, "true"], capture_output=True).returncode:
        pytest.skip("this system lets the superuser give up no right")
    project.inbox.chmod(0o000)
    try:
        done = subprocess.run(
            [*command, sys.executable, "-m", "rawan", "doctor", "--config", str(project.config)],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
    finally:
        project.inbox.chmod(0o755)
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"FAIL  inbox: .*inbox: .*Permission denied", done.stdout), done.stdout
    shutil.rmtree(project.inbox)
    missing = findings(project)["inbox"]
    assert not missing[0]
    assert "there is no such folder. Make it" in missing[1]


def test_doctor_tells_of_a_broken_mapping_and_configuration(village_project: Project) -> None:
    project = village_project
    (project.folder / "mappings" / "rusak.toml").write_text('kind = "insiden"\n', "utf-8")
    inbox = findings(project)["inbox"]
    assert not inbox[0]
    assert "rusak.toml" in inbox[1]
    project.config.write_text("[region]\nnamma = 1\n", encoding="utf-8")
    assert 'Did you mean "name"?' in findings(project)["configuration"][1]


# Every command explains itself


def commands() -> Iterator[str]:
    from rawan.cli import app

    for command in app.registered_commands:
        assert command.callback is not None
        yield command.name or command.callback.__name__.replace("_", "-")


@pytest.mark.parametrize("command", list(commands()))
def test_help_has_an_example_whose_options_exist(command: str) -> None:
    import typer.main
    from typer.testing import CliRunner

    from rawan.cli import app

    told = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"})
    assert told.exit_code == 0
    example = re.search(r"Example: rawan (.+)", told.output)
    assert example is not None, told.output
    words = shlex.split(example[1])
    assert words[0] == command
    group = typer.main.get_command(app)
    parsed = group.commands[command]  # type: ignore[attr-defined]  # a group has commands
    context = parsed.make_context(command, words[1:], resilient_parsing=False)
    given = {name for name, value in context.params.items() if value not in (None, False, "")}
    assert given
    options = [word for word in words if word.startswith("--")]
    assert set(options) <= {name for option in parsed.params for name in option.opts}
