"""Old runs go after the stated time, and only what may go; the chain holds all the same."""

import json
import os
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from rawan.provenance import file_hash
from rawan.publishing.manifest import file_hashes
from rawan.publishing.trust import retention
from rawan.publishing.trust.retention import give_up
from rawan.publishing.trust.verify import verify

START = date(2020, 1, 1)
TODAY = date(2022, 6, 1)
KEEP = 730
# Two runs of one cutoff, the second issued again; then a run of another cutoff.
A, B, C = "20200101-00000000000a", "20200101-00000000000b", "20200301-00000000000c"


def write_json(path: Path, content: Any) -> None:
    path.write_bytes(json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n")


def publish(out: Path, private: Path, run_id: str, issue: int, issued: date) -> None:
    folder = out / (run_id if issue == 1 else f"{run_id}.{issue}")
    (folder / "polsek").mkdir(parents=True)
    for name in ("ranking.csv", "ranking.parquet", "polsek/polsek-contoh.csv"):
        (folder / name).write_text(f"{run_id} {issue} {name}", encoding="utf-8")
    pointer = out / "latest.json"
    last = json.loads(pointer.read_text(encoding="utf-8")) if pointer.exists() else None
    cutoff = f"{run_id[:4]}-{run_id[4:6]}-{run_id[6:8]}"
    content: dict[str, Any] = {
        "manifest_version": 2,
        "run_id": run_id,
        "issue": issue,
        "audience": "partner",
        "region": "Kabupaten Contoh",
        "cutoff": cutoff,
        "issued_on": f"{issued}T01:00:00+00:00",
        "status": "draft",
        "files": file_hashes(folder),
        "previous": last and {k: last[k] for k in ("folder", "manifest_sha256")},
    }
    write_json(folder / "manifest.json", content)
    digest = file_hash(folder / "manifest.json")
    named = {"folder": folder.name, "manifest_sha256": digest}
    write_json(pointer, {"run_id": run_id, "audience": "partner", **named, "head": named})
    shutil.rmtree(out / "latest", ignore_errors=True)
    shutil.copytree(folder, out / "latest")
    complete = private / run_id
    if not complete.exists():
        complete.mkdir(parents=True)
        for name in ("ranking.parquet", "evidence.parquet", "model-x.skops"):
            (complete / name).write_text(f"{run_id} {name}", encoding="utf-8")
        made = {"run_id": run_id, "region": content["region"], "cutoff": cutoff}
        made |= {"made_on": content["issued_on"], "files": file_hashes(complete)}
        write_json(complete / "manifest.json", made)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    out, private = tmp_path / "out", tmp_path / "private"
    publish(out, private, A, 1, START)
    publish(out, private, B, 1, START + timedelta(days=1))
    publish(out, private, B, 2, START + timedelta(days=2))
    publish(out, private, C, 1, START + timedelta(days=60))
    return out, private


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_an_old_draft_keeps_its_manifest_only_and_the_chain_verifies(
    folders: tuple[Path, Path],
) -> None:
    out, private = folders
    told = give_up(out, private, KEEP, TODAY, set())
    assert names(out / A) == ["manifest.json", "removed.json"]
    assert names(out / B) == ["manifest.json", "removed.json"]
    removed = json.loads((out / A / "removed.json").read_text(encoding="utf-8"))
    assert removed == {"removed_on": "2022-06-01", "reason": "not approved within 730 days"}
    # The newest of each cutoff stays, and so does its complete run.
    assert "ranking.csv" in names(out / f"{B}.2")
    assert "ranking.csv" in names(out / C)
    assert names(private / A) == ["manifest.json", "ranking.parquet", "removed.json"]
    assert "evidence.parquet" in names(private / B)
    assert len(told) == 3
    assert all("given up after 730 days" in line for line in told)
    found = verify(out)
    assert found.is_right
    assert [note.where for note in found.notes] == [A, B]


def test_giving_up_again_changes_nothing(folders: tuple[Path, Path]) -> None:
    out, private = folders
    give_up(out, private, KEEP, TODAY, set())
    before = {path: path.read_bytes() for path in out.parent.rglob("*") if path.is_file()}
    assert give_up(out, private, KEEP, TODAY + timedelta(days=1), set()) == []
    assert before == {p: p.read_bytes() for p in out.parent.rglob("*") if p.is_file()}


def test_what_is_approved_stays_for_ever(folders: tuple[Path, Path]) -> None:
    out, private = folders
    give_up(out, private, KEEP, TODAY + timedelta(days=10_000), {A})
    assert "ranking.csv" in names(out / A)
    assert "evidence.parquet" in names(private / A)
    assert "ranking.csv" not in names(out / B)


def test_what_is_not_older_than_stated_stays(folders: tuple[Path, Path]) -> None:
    out, private = folders
    assert give_up(out, private, KEEP, START + timedelta(days=KEEP), set()) == []
    assert "ranking.csv" in names(out / A)
    give_up(out, private, KEEP, START + timedelta(days=KEEP + 1), set())
    assert "ranking.csv" not in names(out / A)
    assert "ranking.csv" in names(out / B)


def test_what_the_pointer_names_stays(folders: tuple[Path, Path]) -> None:
    out, private = folders
    digest = file_hash(out / A / "manifest.json")
    pointer = json.loads((out / "latest.json").read_text(encoding="utf-8"))
    pointer |= {"run_id": A, "folder": A, "manifest_sha256": digest}
    write_json(out / "latest.json", pointer)
    give_up(out, private, KEEP, TODAY, set())
    assert "ranking.csv" in names(out / A)
    assert "evidence.parquet" in names(private / A)


def test_without_a_pointer_that_can_be_read_nothing_goes(folders: tuple[Path, Path]) -> None:
    out, private = folders
    (out / "latest.json").write_text("{", encoding="utf-8")
    told = give_up(out, private, KEEP, TODAY, set())
    assert "no run was given up" in told[0]
    assert "ranking.csv" in names(out / A)


def test_a_file_that_no_manifest_names_is_never_removed(folders: tuple[Path, Path]) -> None:
    out, private = folders
    (out / A / "polsek" / "catatan.txt").write_text("punya kami", encoding="utf-8")
    give_up(out, private, KEEP, TODAY, set())
    assert names(out / A) == ["manifest.json", "polsek", "polsek/catatan.txt", "removed.json"]


def test_a_removal_that_was_stopped_is_taken_up_again(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    out, private = folders
    really = Path.unlink
    gone: list[Path] = []

    def held(path: Path, missing_ok: bool = False) -> None:
        if gone:
            raise PermissionError(13, "is open in another program", str(path))
        gone.append(path)
        really(path, missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(retention.Path, "unlink", held)
        told = give_up(out, private, KEEP, TODAY, set())
    assert "the next run tries again" in told[0]
    assert len(gone) == 1
    assert verify(out).is_right  # given up, though not all of it is gone
    give_up(out, private, KEEP, TODAY, set())
    assert names(out / A) == ["manifest.json", "removed.json"]
    assert verify(out).is_right


@pytest.mark.parametrize(
    "content", ["", "[]", "[" * 100_000, '{"run_id": "x", "cutoff": "2020", "files": {}}']
)
def test_a_manifest_that_cannot_be_read_is_told_and_left(
    folders: tuple[Path, Path], content: str
) -> None:
    out, private = folders
    (out / A / "manifest.json").write_text(content, encoding="utf-8")
    told = give_up(out, private, KEEP, TODAY, set())
    assert any("was left as it is" in line for line in told)
    assert "ranking.csv" in names(out / A)


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
def test_no_link_is_followed_to_remove_something(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    out, private = folders
    precious = tmp_path / "lain"
    shutil.copytree(out / A, precious)
    shutil.rmtree(out / A / "polsek")
    (out / A / "polsek").symlink_to(precious / "polsek", target_is_directory=True)
    (out / "20200101-00000000000d").symlink_to(precious, target_is_directory=True)
    give_up(out, private, KEEP, TODAY, set())
    assert "polsek/polsek-contoh.csv" in names(precious)
    assert "ranking.csv" in names(precious)


def test_where_nothing_was_published_nothing_is_given_up(tmp_path: Path) -> None:
    assert give_up(tmp_path / "out", tmp_path / "private", KEEP, TODAY, set()) == []
