"""Whatever is changed, added or taken away after publication is found, and named."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rawan.errors import UsageError
from rawan.provenance import file_hash
from rawan.publishing.manifest import file_hashes
from rawan.publishing.trust.signing import make_key, sign
from rawan.publishing.trust.verify import Verification, verify

FIRST, SECOND = "20200101-00000000000a", "20200102-00000000000b"
AGAIN = f"{SECOND}.2"
FILES = {
    "ranking.csv": "rank,village_code\n1,99.01.01.2001\n",
    "index.html": "<!doctype html><title>SIMULASI</title>\n",
    "polsek/polsek-contoh.csv": "rank,village_code\n",
}


def write_json(path: Path, content: Any) -> None:
    path.write_bytes(json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n")


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def publish(out: Path, run_id: str, issue: int = 1, status: str = "draft", key: Any = None) -> Path:
    """Publish as the job does: a folder, the pointer, the copy."""
    name = run_id if issue == 1 else f"{run_id}.{issue}"
    folder = out / name
    for file, content in FILES.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(f"{content}{name}\n", encoding="utf-8", newline="\n")
    pointer = out / "latest.json"
    last = read(pointer) if pointer.exists() else None
    if last is not None:
        last = last.get("head") or {"folder": last.get("folder", last["run_id"]), **last}
    write_json(
        folder / "manifest.json",
        {
            "manifest_version": 2,
            "run_id": run_id,
            "issue": issue,
            "audience": "partner",
            "region": "Kabupaten Contoh",
            "cutoff": f"{run_id[:4]}-{run_id[4:6]}-{run_id[6:8]}",
            "issued_on": f"2020-01-0{issue}T00:00:00+00:00",
            "status": status,
            "files": file_hashes(folder),
            "previous": last and {k: last[k] for k in ("folder", "manifest_sha256")},
        },
    )
    if key is not None:
        sign(folder / "manifest.json", key)
    point(out, folder)
    return folder


def point(out: Path, folder: Path, is_head: bool = True) -> None:
    """Point people to a folder, and say that it was published last."""
    shutil.rmtree(out / "latest", ignore_errors=True)
    shutil.copytree(folder, out / "latest")
    manifest = read(folder / "manifest.json")
    named = {"folder": folder.name, "manifest_sha256": file_hash(folder / "manifest.json")}
    head = named if is_head else read(out / "latest.json")["head"]
    about = {"run_id": manifest["run_id"], "audience": manifest["audience"]}
    write_json(out / "latest.json", {**about, **named, "head": head})


@pytest.fixture
def out(tmp_path: Path) -> Path:
    out = tmp_path / "out"
    for run_id, issue in ((FIRST, 1), (SECOND, 1), (SECOND, 2)):
        publish(out, run_id, issue)
    return out


def kinds(found: Verification) -> list[tuple[str, str, str]]:
    return [(finding.kind, finding.where, finding.name) for finding in found.problems]


def test_what_was_left_alone_is_sound(out: Path) -> None:
    found = verify(out)
    assert found.is_right
    assert found.runs == (FIRST, SECOND, AGAIN)
    assert found.files == 9
    assert found.notes == ()
    assert found.lines("id") == ["Utuh. Terbitan: 3; berkas yang sama seperti saat diterbitkan: 9."]


def test_a_byte_changed_in_a_published_file_is_found_and_which(out: Path) -> None:
    file = out / SECOND / "polsek" / "polsek-contoh.csv"
    content = bytearray(file.read_bytes())
    content[3] ^= 1
    file.write_bytes(content)
    found = verify(out)
    assert kinds(found) == [("file.changed", SECOND, "polsek/polsek-contoh.csv")]
    assert found.lines("en")[0] == (
        f"{SECOND}: polsek/polsek-contoh.csv was changed after publication"
    )


def test_any_single_byte_changed_in_any_file_is_found(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    base = tmp_path_factory.mktemp("flip")
    key, public = base / "key.pem", base / "key.pub.pem"
    make_key(key, public)
    out = base / "out"
    for run_id, issue in ((FIRST, 1), (SECOND, 1), (SECOND, 2)):
        publish(out, run_id, issue, key=key)
    assert verify(out, public).is_right
    files = sorted(path for path in out.rglob("*") if path.is_file())
    assert len(files) == 4 * 5 + 1

    @hypothesis_settings(max_examples=100)
    @given(st.sampled_from(files), st.integers(0), st.integers(1, 255))
    def changed(file: Path, at: int, by: int) -> None:
        whole = file.read_bytes()
        content = bytearray(whole)
        content[at % len(content)] ^= by
        file.write_bytes(content)
        try:
            found = verify(out, public)
            told = "\n".join(found.lines("en"))
        finally:
            file.write_bytes(whole)
        assert not found.is_right
        assert file.name in told

    changed()
    pointer = (out / "latest.json").read_bytes()
    for at, byte in enumerate(pointer):
        by = {10: 3, 32: 41}.get(byte, 1)  # other spaces say the same to a reader of JSON
        changed_to = pointer[:at] + bytes([byte ^ by]) + pointer[at + 1 :]
        (out / "latest.json").write_bytes(changed_to)
        assert not verify(out).is_right, at


def test_a_missing_and_an_added_file_are_named(out: Path) -> None:
    (out / FIRST / "index.html").unlink()
    (out / FIRST / "polsek" / "catatan.txt").write_text("x", encoding="utf-8")
    (out / FIRST / "kosong").mkdir()
    for name in ("Thumbs.db", ".DS_Store", "desktop.ini"):
        (out / SECOND / name).write_bytes(b"\x00")
    assert sorted(kinds(verify(out))) == [
        ("file.added", FIRST, "kosong/"),
        ("file.added", FIRST, "polsek/catatan.txt"),
        ("file.added", SECOND, ".DS_Store"),
        ("file.added", SECOND, "Thumbs.db"),
        ("file.added", SECOND, "desktop.ini"),
        ("file.missing", FIRST, "index.html"),
    ]


def test_a_run_taken_away_breaks_the_chain(out: Path) -> None:
    shutil.rmtree(out / SECOND)
    found = verify(out)
    assert kinds(found) == [("chain.gap", AGAIN, "manifest.json")]
    assert f"{SECOND}, is gone" in found.lines("en")[0]


def test_the_newest_run_taken_away_is_missed_by_the_pointer(out: Path) -> None:
    shutil.rmtree(out / AGAIN)
    assert kinds(verify(out)) == [("pointer.elsewhere", "out", "latest.json")]


def test_a_manifest_made_anew_for_changed_files_breaks_the_chain(out: Path) -> None:
    """Whoever changes a file may mend its hash, but not what the next manifest says."""
    (out / FIRST / "ranking.csv").write_text("rank\n", encoding="utf-8")
    manifest = read(out / FIRST / "manifest.json")
    manifest["files"]["ranking.csv"] = file_hash(out / FIRST / "ranking.csv")
    write_json(out / FIRST / "manifest.json", manifest)
    assert kinds(verify(out)) == [("chain.changed", FIRST, "manifest.json")]


def test_a_run_made_up_and_put_beside_is_found(out: Path, tmp_path: Path) -> None:
    publish(tmp_path / "elsewhere", "20200103-00000000000c")
    shutil.copytree(tmp_path / "elsewhere" / "20200103-00000000000c", out / "20200103-00000000000c")
    assert kinds(verify(out)) == [("chain.aside", "20200103-00000000000c", "manifest.json")]


def test_a_pointer_put_back_to_an_older_run_is_found(out: Path) -> None:
    point(out, out / FIRST)
    assert kinds(verify(out)) == [
        ("chain.aside", SECOND, "manifest.json"),
        ("chain.aside", AGAIN, "manifest.json"),
    ]


def test_readers_pointed_to_an_older_issue_of_a_run_are_told(out: Path) -> None:
    """The newest issue may be the one that withdraws the run."""
    point(out, out / SECOND, is_head=False)
    found = verify(out)
    assert kinds(found) == [("pointer.older", "out", "latest.json")]
    assert AGAIN in found.lines("id")[0]


def test_readers_pointed_to_another_run_than_the_last_are_told_of_it(out: Path) -> None:
    point(out, out / FIRST, is_head=False)  # as where an older run is made again
    found = verify(out)
    assert found.is_right
    assert [(n.kind, n.name, n.other) for n in found.notes] == [("pointer.apart", FIRST, AGAIN)]
    publish(out, "20200103-00000000000c")
    assert verify(out).is_right
    assert verify(out).notes == ()


def test_a_pointer_that_does_not_fit_is_found(out: Path) -> None:
    right = read(out / "latest.json")
    for change in (
        {"run_id": FIRST},
        {"manifest_sha256": "0" * 64},
        {"audience": "intel"},
        {"folder": SECOND},
        {"head": {**right["head"], "folder": SECOND}},
        {"head": {**right["head"], "manifest_sha256": "0" * 64}},
    ):
        write_json(out / "latest.json", {**right, **change})
        assert ("pointer.differs", "out", "latest.json") in kinds(verify(out)), change
    for name in ("folder", "audience"):
        write_json(out / "latest.json", {k: v for k, v in right.items() if k != name})
        assert not verify(out).is_right, name
    for folder in ("../out", "latest", "/", "..", AGAIN.upper()):
        for change in ({"folder": folder}, {"head": {**right["head"], "folder": folder}}):
            write_json(out / "latest.json", {**right, **change})
            assert ("pointer.elsewhere", "out", "latest.json") in kinds(verify(out)), change
    for head in ([], "x", {}, {"folder": 1}):
        write_json(out / "latest.json", {**right, "head": head})
        assert ("pointer.bad", "out", "latest.json") in kinds(verify(out)), head
    (out / "latest.json").unlink()
    assert kinds(verify(out)) == [("pointer.missing", "out", "latest.json")]


def test_a_copy_that_differs_from_its_run_is_found(out: Path) -> None:
    (out / "latest" / "index.html").write_text("palsu", encoding="utf-8")
    (out / "latest" / "ranking.csv").unlink()
    (out / "latest" / "lain.html").write_text("x", encoding="utf-8")
    (out / "latest" / "manifest.json").write_text("{}", encoding="utf-8")
    assert sorted(kinds(verify(out))) == [
        ("file.added", "latest", "lain.html"),
        ("file.changed", "latest", "index.html"),
        ("file.changed", "latest", "manifest.json"),
        ("file.missing", "latest", "ranking.csv"),
    ]
    shutil.rmtree(out / "latest")
    assert kinds(verify(out)) == [("folder.latest", "out", "latest")]


def test_foreign_things_in_the_folder_are_named(out: Path) -> None:
    (out / "catatan.docx").write_bytes(b"x")
    (out / "arsip").mkdir()
    (out / ".building-x").mkdir()
    (out / "20200105-00000000000e").mkdir()
    assert kinds(verify(out)) == [
        ("folder.left_over", "out", ".building-x"),
        ("file.missing", "20200105-00000000000e", "manifest.json"),
        ("folder.foreign", "out", "arsip"),
        ("folder.foreign", "out", "catatan.docx"),
    ]


def test_a_folder_renamed_is_found(out: Path) -> None:
    (out / FIRST).rename(out / "20200101-00000000000f")
    assert set(kinds(verify(out))) == {
        ("manifest.folder", "20200101-00000000000f", "manifest.json"),
        ("chain.gap", SECOND, "manifest.json"),
    }


def test_a_run_for_other_readers_is_found(out: Path) -> None:
    manifest = read(out / AGAIN / "manifest.json")
    write_json(out / AGAIN / "manifest.json", {**manifest, "audience": "intel"})
    point(out, out / AGAIN)
    assert ("manifest.audience", FIRST, "partner") in kinds(verify(out))


def give_up(run: Path, keep: tuple[str, ...] = ()) -> None:
    for name in FILES:
        if name not in keep:
            (run / name).unlink()
    if not list((run / "polsek").iterdir()):
        (run / "polsek").rmdir()
    write_json(run / "removed.json", {"removed_on": "2022-01-01", "reason": "lewat 730 hari"})


@pytest.mark.parametrize("keep", [(), ("ranking.csv",), ("polsek/polsek-contoh.csv",)])
def test_a_run_given_up_is_told_and_is_no_failure(out: Path, keep: tuple[str, ...]) -> None:
    give_up(out / FIRST, keep)
    found = verify(out)
    assert found.is_right
    assert [(n.kind, n.where) for n in found.notes] == [("given_up.told", FIRST)]
    assert "2022-01-01" in found.lines("id")[0]
    (out / FIRST / "tambahan.txt").write_text("x", encoding="utf-8")
    assert kinds(verify(out)) == [("file.added", FIRST, "tambahan.txt")]


def test_what_should_have_been_kept_is_not_given_up(tmp_path: Path) -> None:
    out = tmp_path / "out"
    publish(out, FIRST, status="approved")
    publish(out, SECOND)
    give_up(out / FIRST)
    assert kinds(verify(out)) == [("given_up.approved", FIRST, "manifest.json")]
    give_up(out / SECOND)
    assert ("given_up.newest", SECOND, "manifest.json") in kinds(verify(out))


def test_a_run_given_up_still_holds_the_chain(out: Path) -> None:
    give_up(out / FIRST)
    manifest = read(out / FIRST / "manifest.json")
    write_json(out / FIRST / "manifest.json", {**manifest, "region": "Kabupaten Lain"})
    assert kinds(verify(out)) == [("chain.changed", FIRST, "manifest.json")]


def test_a_note_of_removal_that_cannot_be_read_excuses_nothing(out: Path) -> None:
    give_up(out / FIRST)
    (out / FIRST / "removed.json").write_text('{"removed_on": "kemarin"}', encoding="utf-8")
    found = kinds(verify(out))
    assert ("given_up.bad", FIRST, "removed.json") in found
    assert ("file.missing", FIRST, "ranking.csv") in found


def test_one_run_alone_says_that_the_chain_is_not_judged(out: Path) -> None:
    for folder in (out / SECOND, out / "latest"):
        found = verify(folder)
        assert found.is_right
        assert not found.is_chain_judged
        assert [n.kind for n in found.notes] == ["alone.told"]
    (out / SECOND / "index.html").write_text("palsu", encoding="utf-8")
    assert kinds(verify(out / SECOND)) == [("file.changed", SECOND, "index.html")]


def test_links_are_told_and_not_followed(out: Path, tmp_path: Path) -> None:
    secret = tmp_path / "rahasia.csv"
    shutil.copyfile(out / FIRST / "ranking.csv", secret)
    (out / FIRST / "ranking.csv").unlink()
    try:
        (out / FIRST / "ranking.csv").symlink_to(secret)
        (out / FIRST / "semua").symlink_to(tmp_path, target_is_directory=True)
        (out / "lain").symlink_to(out / FIRST, target_is_directory=True)
    except OSError:
        pytest.skip("this system makes no links")
    assert sorted(kinds(verify(out))) == [
        ("file.link", FIRST, "ranking.csv"),
        ("file.link", FIRST, "semua"),
        ("folder.foreign", "out", "lain"),
    ]
    shutil.rmtree(out / "latest")
    (out / "latest").symlink_to(out / AGAIN, target_is_directory=True)
    assert ("file.link", "out", "latest") in kinds(verify(out))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
@pytest.mark.parametrize("name", ["pipa", "manifest.json"])
def test_a_pipe_does_not_hold_up_the_check(out: Path, tmp_path: Path, name: str) -> None:
    make_key(tmp_path / "key.pem", tmp_path / "key.pub.pem")
    (out / FIRST / name).unlink(missing_ok=True)
    os.mkfifo(out / FIRST / name)
    (out / FIRST / "manifest.json.sig").write_bytes(b"AAAA\n")
    for key in (None, tmp_path / "key.pub.pem"):
        assert ("file.link", FIRST, name) in kinds(verify(out, key))


def edit(**changes: Any) -> Callable[[bytes], bytes]:
    def changed(content: bytes) -> bytes:
        return json.dumps({**json.loads(content), **changes}).encode()

    return changed


@pytest.mark.parametrize(
    "change",
    [
        lambda _: b"",
        lambda _: b"[]",
        lambda _: b"null",
        lambda _: b"\xff\xfe",
        lambda _: b"\x00" * 100,
        lambda _: b"[" * 200_000,
        lambda _: b'{"a": ' * 100_000,
        lambda _: b"9" * 10_000,
        lambda content: content[:-20],
        lambda content: content.replace(b'"run_id"', b'"run_id": "x", "run_id"', 1),
        edit(manifest_version=3),
        edit(manifest_version=True),
        edit(manifest_version="2"),
        edit(files=[]),
        edit(files={"ranking.csv": 1}),
        edit(files={"ranking.csv": "A" * 64}),
        edit(issue=0),
        edit(issue="1"),
        edit(previous=[]),
        edit(previous={"folder": "../x"}),
        edit(previous={"folder": 1, "manifest_sha256": "0" * 64}),
        edit(run_id=None),
        edit(audience=7),
        edit(region="\ud800"),
    ],
)
def test_a_malformed_manifest_gives_sentences(out: Path, change: Callable[[bytes], bytes]) -> None:
    file = out / SECOND / "manifest.json"
    file.write_bytes(change(file.read_bytes()))
    found = verify(out)
    assert not found.is_right
    assert any("manifest.json" in line for line in found.lines("en"))
    json.dumps(found.as_json("id"), ensure_ascii=False).encode()
    assert not verify(out / SECOND).is_right


def test_a_manifest_of_a_newer_version_is_told_as_such(out: Path) -> None:
    file = out / SECOND / "manifest.json"
    file.write_bytes(edit(manifest_version=3)(file.read_bytes()))
    assert ("manifest.version", SECOND, "manifest.json") in kinds(verify(out))


@pytest.mark.parametrize(
    "name",
    ["../x", "/etc/passwd", "a/../../x", "C:\\x", "a\\b", "a//b", "./a", "", "a/", "a\x00b", "a:b"],
)
def test_a_path_that_leads_out_is_told_and_never_opened(out: Path, name: str) -> None:
    file = out / SECOND / "manifest.json"
    manifest = read(file)
    manifest["files"][name] = "0" * 64
    write_json(file, manifest)
    assert ("manifest.path", SECOND, name) in kinds(verify(out))
    assert "\x00" not in "".join(verify(out).lines("en"))


def test_names_that_differ_by_capitals_only_are_told(out: Path) -> None:
    file = out / SECOND / "manifest.json"
    manifest = read(file)
    manifest["files"]["Ranking.CSV"] = manifest["files"]["ranking.csv"]
    write_json(file, manifest)
    found = kinds(verify(out))
    assert ("manifest.case", SECOND, "ranking.csv") in found or (
        "manifest.case",
        SECOND,
        "Ranking.CSV",
    ) in found
    assert ("file.missing", SECOND, "Ranking.CSV") in found


def test_a_huge_manifest_is_not_read(out: Path) -> None:
    with (out / SECOND / "manifest.json").open("r+b") as stream:
        stream.truncate(40 * 1024 * 1024)
    assert ("manifest.bad", SECOND, "manifest.json") in kinds(verify(out))


def test_the_older_form_verifies_too(tmp_path: Path) -> None:
    out, last = tmp_path / "out", None
    for run_id in (FIRST, SECOND):
        folder = out / run_id
        folder.mkdir(parents=True)
        (folder / "ranking.csv").write_text(run_id, encoding="utf-8")
        content = {"manifest_version": 1, "run_id": run_id, "files": file_hashes(folder)}
        write_json(folder / "manifest.json", {**content, "previous": last})
        last = {"run_id": run_id, "manifest_sha256": file_hash(folder / "manifest.json")}
        write_json(out / "latest.json", last)
        shutil.rmtree(out / "latest", ignore_errors=True)
        shutil.copytree(folder, out / "latest")
    assert verify(out).is_right
    publish(out, SECOND, 2)  # a folder may hold both forms
    assert verify(out).is_right
    (out / FIRST / "ranking.csv").write_text("palsu", encoding="utf-8")
    assert kinds(verify(out)) == [("file.changed", FIRST, "ranking.csv")]
    shutil.rmtree(out / FIRST)
    assert kinds(verify(out)) == [("chain.gap", SECOND, "manifest.json")]


def test_the_newest_signature_vouches_for_what_came_before(tmp_path: Path) -> None:
    key, public = tmp_path / "key.pem", tmp_path / "key.pub.pem"
    make_key(key, public)
    out = tmp_path / "out"
    publish(out, FIRST)
    assert kinds(verify(out, public)) == [("signature.missing", FIRST, "manifest.json.sig")]
    publish(out, SECOND, key=key)
    found = verify(out, public)
    assert found.is_right
    assert [(n.kind, n.where) for n in found.notes] == [("signature.vouched", FIRST)]
    assert [n.kind for n in verify(out).notes] == ["signature.unchecked"]
    publish(out, SECOND, 2)
    assert ("signature.missing", AGAIN, "manifest.json.sig") in kinds(verify(out, public))


def test_a_whole_chain_made_anew_does_not_fit_the_key(out: Path, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.pem", tmp_path / "theirs.pem"
    make_key(ours, tmp_path / "ours.pub.pem")
    make_key(theirs, tmp_path / "theirs.pub.pem")
    sign(out / AGAIN / "manifest.json", theirs)
    point(out, out / AGAIN)
    assert verify(out).is_right
    assert ("signature.wrong", AGAIN, "manifest.json.sig") in kinds(
        verify(out, tmp_path / "ours.pub.pem")
    )


def test_where_nothing_was_published_a_sentence_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        verify(tmp_path / "none")
    with pytest.raises(UsageError, match="nothing was published"):
        verify(tmp_path)
    (tmp_path / "people.jsonl").write_bytes(b"")
    with pytest.raises(UsageError, match="complete runs"):
        verify(tmp_path)


def test_of_very_many_problems_the_rest_is_counted(out: Path) -> None:
    for number in range(150):
        (out / FIRST / f"{number}.txt").write_text("x", encoding="utf-8")
    found = verify(out)
    assert len(found.problems) == 150
    assert any("50" in line for line in found.lines("en")[-2:])
    assert len(found.as_json("en")["problems"]) == 150
