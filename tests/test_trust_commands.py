"""Deciding on runs and trusting them, as somebody types it."""

import contextlib
import io
import json
import shutil
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest

from rawan.cli import main
from rawan.errors import RawanError
from rawan.provenance import file_hash
from rawan.publishing.manifest import file_hashes
from rawan.publishing.trust.decided import history, standing
from rawan.publishing.trust.signing import sign
from rawan.settings import Settings
from tests.conftest import VILLAGES, write_bench

RUN, OLDER = "20200102-00000000000b", "20200101-00000000000a"
VILLAGE, NAME = next((code, name) for code, (name, _, _) in VILLAGES.items())
SOON = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
PUT_UP = ("--hazard", "conflict", "--up", "--reason", "kata camat", "--until", SOON)


@dataclass
class Desk:
    """A project with two runs, and what was asked to be published again."""

    folder: Path
    asked: list[str | None] = field(default_factory=list)
    fails: RawanError | None = None
    says: list[str] = field(default_factory=lambda: ["Published"])

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def private(self) -> Path:
        return self.folder / "private"

    def issue_again(self, settings: Settings, run_id: str | None) -> list[str]:
        assert settings.output.private == self.private
        if self.fails is not None:
            raise self.fails
        self.asked.append(run_id)
        return self.says

    def rawan(self, *arguments: str, has_config: bool = True) -> tuple[int, str, str]:
        config = ("--config", str(self.folder / "rawan.toml")) if has_config else ()
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.folder)
            patch.setenv("RAWAN_USER", "Penguji")
            patch.setattr(sys, "argv", ["rawan", *arguments, *config])
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                try:
                    main()
                except SystemExit as left:
                    code = left.code
        assert isinstance(code, int | None)
        assert "should not" not in err.getvalue(), err.getvalue()
        return code or 0, out.getvalue(), err.getvalue()


def write_json(path: Path, content: Any) -> None:
    path.write_bytes(json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    write_bench(tmp_path / "region")
    desk = Desk(tmp_path / "region")
    ranking = pl.DataFrame(
        [
            {"village_code": code, "village": name, "hazard": "conflict"}
            for code, (name, _, _) in VILLAGES.items()
        ]
    )
    last = None
    for run_id in (OLDER, RUN):
        complete, folder = desk.private / run_id, desk.out / run_id
        for made in (complete, folder):
            made.mkdir(parents=True)
        ranking.write_parquet(complete / "ranking.parquet")
        write_json(complete / "manifest.json", {"run_id": run_id})
        (folder / "ranking.csv").write_text(f"rank\n{run_id}\n", encoding="utf-8")
        manifest = {"manifest_version": 2, "run_id": run_id, "issue": 1, "audience": "partner"}
        manifest |= {"status": "draft", "files": file_hashes(folder), "previous": last}
        write_json(folder / "manifest.json", manifest)
        last = {"folder": run_id, "manifest_sha256": file_hash(folder / "manifest.json")}
    pointer = {"run_id": RUN, "audience": "partner", **(last or {}), "head": last}
    write_json(desk.out / "latest.json", pointer)
    write_json(desk.private / "latest.json", {"run_id": RUN})
    shutil.copytree(desk.out / RUN, desk.out / "latest")
    # What publishes again is another's work: here it says what it was asked.
    module = ModuleType("rawan.publishing.issue")
    module.issue_again = desk.issue_again  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "rawan.publishing.issue", module)
    return desk


def test_a_run_is_approved_by_name_and_published_again(desk: Desk) -> None:
    code, out, err = desk.rawan("approve", "latest", "--as", "Kabag Ops")
    assert (code, err) == (0, "")
    assert f"Kabag Ops: approval {RUN}" in out
    assert "Published" in out
    assert desk.asked == [RUN]
    assert standing(desk.private, RUN, datetime.now(UTC).date()).status == "approved"
    desk.rawan("approve", OLDER)
    assert desk.asked == [RUN, OLDER]
    assert history(desk.private)[-1].by == "Penguji"


def test_a_run_is_withdrawn_with_a_reason_and_cannot_be_approved_then(desk: Desk) -> None:
    code, _, err = desk.rawan("withdraw", RUN)
    assert code == 2
    assert "A reason is needed" in err
    code, out, _ = desk.rawan("withdraw", "latest", "--reason", "batas desa keliru")
    assert code == 0
    assert "batas desa keliru" in out
    code, _, err = desk.rawan("approve", RUN)
    assert code == 1
    assert "withdrawn by Penguji" in err
    assert desk.asked == [RUN]


def test_an_override_stands_beside_the_rank_until_it_is_lifted(desk: Desk) -> None:
    code, out, _ = desk.rawan("override", VILLAGE, *PUT_UP, "--as", "Kabag Ops")
    assert code == 0
    assert f"{VILLAGE} conflict up until {SOON} # kata camat" in out
    assert desk.asked == [None]
    code, out, _ = desk.rawan("override", VILLAGE, "--lift", "--reason", "sudah tenang")
    assert code == 0
    assert [d.kind for d in history(desk.private)] == ["override", "lift"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((VILLAGE,), "one of --up, --down"),
        ((VILLAGE, *PUT_UP, "--down"), "one of --up, --down"),
        ((VILLAGE[:-1] + "9", *PUT_UP), "Did you mean"),
        (("xyz", *PUT_UP), "is not the code of a village"),
        ((NAME, *PUT_UP), "is a name; villages are named by their code"),
        ((VILLAGE, "--up", "--reason", "x", "--until", SOON), "Say which list"),
        ((VILLAGE, *PUT_UP, "--hazard", "conflct"), 'Did you mean "conflict"'),
        ((VILLAGE, *PUT_UP, "--until", "besok"), "is not a day"),
        ((VILLAGE, *PUT_UP, "--until", "2020-01-01"), "ends by itself"),
        ((VILLAGE, "--up", "--hazard", "conflict", "--reason", "x"), "give its last day"),
        ((VILLAGE, *PUT_UP, "--reason", "dua\nbaris"), "one line"),
        ((VILLAGE, *PUT_UP, "--as", ""), "the name is empty"),
        ((VILLAGE, "--lift", "--reason", "x"), "nothing was decided"),
    ],
)
def test_an_override_that_is_wrong_is_not_kept(
    desk: Desk, arguments: tuple[str, ...], told: str
) -> None:
    code, _, err = desk.rawan("override", *arguments)
    assert code == 2
    assert told in err
    assert desk.asked == []
    assert history(desk.private) == []


def test_a_run_that_is_not_there_is_named_with_the_nearest(desk: Desk) -> None:
    for command in (("approve",), ("withdraw", "--reason", "x")):
        code, _, err = desk.rawan(*command, RUN[:-1] + "c")
        assert code == 1
        assert f'Did you mean "{RUN}"' in err
        code, _, err = desk.rawan(*command, "../..")
        assert code == 1
        assert "is no run" in err
    shutil.rmtree(desk.out)
    shutil.rmtree(desk.private)
    for arguments in (("approve", "latest"), ("seal", "latest", "--to", "key.txt")):
        code, _, err = desk.rawan(*arguments)
        assert code == 1
        assert "nothing was published yet" in err


def test_a_run_that_no_reader_was_given_is_told_as_such(desk: Desk) -> None:
    desk.says = []
    code, out, _ = desk.rawan("approve", RUN)
    assert code == 0
    assert "rawan publish" in out


def test_the_name_of_an_issue_names_its_run(desk: Desk) -> None:
    assert desk.rawan("approve", f"{RUN}.2")[0] == 0
    assert desk.asked == [RUN]


def test_a_decision_is_kept_where_publishing_it_fails(desk: Desk) -> None:
    desk.fails = RawanError("out: the disk is full.")
    code, out, err = desk.rawan("approve", RUN)
    assert code == 1
    assert "Kept:" in out
    assert "The decision is kept" in err
    assert "the disk is full" in err
    desk.fails = None
    assert desk.rawan("approve", RUN)[0] == 0
    assert desk.asked == [RUN]


def test_verify_tells_what_was_changed_and_fails(desk: Desk) -> None:
    code, out, _ = desk.rawan("verify", "out", "--lang", "en")
    assert code == 0
    assert "Sound. Published folders: 2" in out
    (desk.out / OLDER / "ranking.csv").write_text("rank\n1\n", encoding="utf-8")
    code, out, _ = desk.rawan("verify", "out")
    assert code == 1
    assert f"{OLDER}: ranking.csv diubah setelah diterbitkan" in out
    code, out, _ = desk.rawan("verify", "out", "--json")
    assert code == 1
    answer = json.loads(out)
    assert answer["problems"][0]["kind"] == "file.changed"
    assert (answer["problems"][0]["folder"], answer["problems"][0]["name"]) == (
        OLDER,
        "ranking.csv",
    )


def test_who_was_given_a_folder_can_verify_it_without_a_configuration(
    desk: Desk, tmp_path: Path
) -> None:
    elsewhere = Desk(tmp_path / "penerima")
    shutil.copytree(desk.out, elsewhere.out)
    assert elsewhere.rawan("verify", "out", has_config=False)[0] == 0
    code, _, err = elsewhere.rawan("verify", "tiada", has_config=False)
    assert code == 2
    assert "no such folder" in err
    code, _, err = elsewhere.rawan("verify", "out", "--lang", "fr", has_config=False)
    assert code == 2


def test_a_key_is_made_and_checked_by(desk: Desk) -> None:
    code, out, _ = desk.rawan("signing-key", "sign.pem", has_config=False)
    assert code == 0
    assert "sign.pem.pub" in out
    code, out, _ = desk.rawan("verify", "out", "--key", "sign.pem.pub")
    assert code == 1
    assert "tidak ditandatangani" in out
    for folder in (desk.out / RUN, desk.out / "latest"):
        sign(folder / "manifest.json", desk.folder / "sign.pem")
    assert desk.rawan("verify", "out", "--key", "sign.pem.pub")[0] == 0
    assert desk.rawan("verify", "out", "--key", "sign.pem")[0] == 2
    assert desk.rawan("signing-key", "sign.pem", has_config=False)[0] == 2


def test_a_run_is_sealed_to_a_reader_who_opens_it(desk: Desk) -> None:
    code, out, _ = desk.rawan("sealing-key", "key.txt", has_config=False)
    assert code == 0
    public = out.splitlines()[-1]
    code, out, err = desk.rawan("seal", "latest", "--to", public)
    assert (code, err) == (0, "")
    file = desk.folder / f"{RUN}.zip.age"
    assert file.exists()
    opening = ("unseal", file.name, "--identity", "key.txt", "--to", "diterima")
    code, out, err = desk.rawan(*opening, has_config=False)
    assert (code, err) == (0, "")
    assert file_hashes(desk.folder / "diterima" / RUN) == file_hashes(desk.out / RUN)
    assert desk.rawan(*opening, has_config=False)[0] == 2
    code, out, _ = desk.rawan("seal", "out/latest", "--to", public, "--file", "b.age")
    assert code == 0
    assert (desk.folder / "b.age").exists()


def test_what_is_not_as_published_is_not_sealed(desk: Desk) -> None:
    desk.rawan("sealing-key", "key.txt", has_config=False)
    (desk.out / RUN / "ranking.csv").write_text("palsu", encoding="utf-8")
    code, _, err = desk.rawan("seal", RUN, "--to", "key.txt")
    assert code == 1
    assert "ranking.csv was changed" in err
    code, _, err = desk.rawan("seal", OLDER, "--to", "key.txt")
    assert code == 2
    assert "key.txt, line 2: is a private key" in err
    code, _, err = desk.rawan("seal", "apa", "--to", "age1x")
    assert code == 1
    assert "is no published folder" in err
    assert list(desk.folder.glob("*.age")) == []
