"""What people decide about a run is kept by name, for good, and counts as long as it should."""

import errno
import json
import os
import threading
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawan.errors import RawanError, TemporaryError, UsageError
from rawan.publishing.trust import people_record
from rawan.publishing.trust.decided import (
    approve,
    head,
    history,
    lift,
    override,
    standing,
    verify_people,
    withdraw,
)
from rawan.publishing.trust.people_record import PEOPLE

RUN, OTHER = "20200101-0123456789ab", "20200102-ba9876543210"
VILLAGE, NEXT_VILLAGE = "99.01.01.2001", "99.01.01.2002"
NOW = datetime(2020, 1, 10, 3, 0, tzinfo=UTC)
TODAY = NOW.date()
UNTIL = date(2020, 2, 1)


def put_up(private: Path, village: str = VILLAGE, reason: str = "kata kepala desa") -> None:
    override(private, village, "conflict", "up", reason, "Kabag Ops", UNTIL, now=NOW)


def test_a_run_is_a_draft_until_somebody_answers_for_it(tmp_path: Path) -> None:
    assert standing(tmp_path, RUN, TODAY).status == "draft"
    approve(tmp_path, RUN, "Kabag Ops", now=NOW)
    stands = standing(tmp_path, RUN, TODAY)
    assert stands.status == "approved"
    assert stands.approval is not None
    assert (stands.approval.by, stands.approval.on) == ("Kabag Ops", NOW)
    assert standing(tmp_path, OTHER, TODAY).status == "draft"


def test_a_withdrawn_run_stays_withdrawn(tmp_path: Path) -> None:
    approve(tmp_path, RUN, "Kabag Ops", now=NOW)
    withdraw(tmp_path, RUN, "Kasat Intel", "batas wilayah keliru", now=NOW)
    stands = standing(tmp_path, RUN, TODAY)
    assert stands.status == "withdrawn"
    assert stands.erratum is not None
    assert stands.erratum.reason == "batas wilayah keliru"
    with pytest.raises(RawanError, match="withdrawn by Kasat Intel"):
        approve(tmp_path, RUN, "Kabag Ops")
    assert len(history(tmp_path)) == 2


def test_an_override_counts_up_to_its_last_day_and_the_newest_wins(tmp_path: Path) -> None:
    put_up(tmp_path)
    put_up(tmp_path, NEXT_VILLAGE)
    override(tmp_path, VILLAGE, "conflict", "khusus", "kunjungan", "Kabag Ops", UNTIL, now=NOW)
    override(tmp_path, VILLAGE, "logistics", "down", "jembatan", "Kabag Ops", UNTIL, now=NOW)
    found = standing(tmp_path, RUN, UNTIL).overrides
    assert [(o.village_code, o.hazard, o.kind) for o in found] == [
        (VILLAGE, "conflict", "khusus"),
        (VILLAGE, "logistics", "down"),
        (NEXT_VILLAGE, "conflict", "up"),
    ]
    assert standing(tmp_path, RUN, date(2020, 2, 2)).overrides == ()


def test_a_lifted_override_counts_no_longer_and_an_older_one_does_not_come_back(
    tmp_path: Path,
) -> None:
    put_up(tmp_path)
    put_up(tmp_path, reason="sekali lagi")
    lift(tmp_path, VILLAGE, "conflict", "Kabag Ops", "sudah tenang", now=NOW)
    assert standing(tmp_path, RUN, TODAY).overrides == ()
    put_up(tmp_path)
    assert len(standing(tmp_path, RUN, TODAY).overrides) == 1
    with pytest.raises(RawanError, match="no override"):
        lift(tmp_path, NEXT_VILLAGE, "conflict", "Kabag Ops", "sudah tenang")


@pytest.mark.parametrize("until", [TODAY, date(2019, 1, 1), date(2021, 2, 14), date(9999, 12, 31)])
def test_an_override_ends_by_itself_within_400_days(tmp_path: Path, until: date) -> None:
    with pytest.raises(UsageError, match="ends by itself"):
        override(tmp_path, VILLAGE, "conflict", "up", "alasan", "Kabag Ops", until, now=NOW)
    assert not (tmp_path / PEOPLE).exists()


@pytest.mark.parametrize(
    "bad", ["", "  ", "dua\nbaris", "\x1b[2J", "a\u202eb", "x" * 501, "\ud800"]
)
def test_a_reason_is_one_line_that_can_be_seen(tmp_path: Path, bad: str) -> None:
    with pytest.raises(UsageError, match="reason"):
        withdraw(tmp_path, RUN, "Kabag Ops", bad)
    with pytest.raises(UsageError, match="reason"):
        put_up(tmp_path, reason=bad)
    assert history(tmp_path) == []


@pytest.mark.parametrize("name", ["", " ", "a\x00b", "n" * 101])
def test_a_decision_has_a_name_that_can_be_shown(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        approve(tmp_path, RUN, name)
    assert history(tmp_path) == []


@pytest.mark.parametrize("run", ["../x", "", "a b", "x" * 100, "20200101-0123456789ab\n"])
def test_what_is_no_run_is_refused(tmp_path: Path, run: str) -> None:
    with pytest.raises(UsageError, match="id of a run"):
        approve(tmp_path, run, "Kabag Ops")


def test_what_is_no_village_hazard_or_kind_is_refused(tmp_path: Path) -> None:
    for village, hazard, kind in [
        ("99.01", "conflict", "up"),
        (VILLAGE, "banjir", "up"),
        (VILLAGE, "conflict", "sideways"),
    ]:
        with pytest.raises(UsageError):
            override(
                tmp_path,
                village,
                hazard,
                kind,  # type: ignore[arg-type]  # what a caller may get wrong
                "alasan",
                "Kabag Ops",
                UNTIL,
                now=NOW,
            )


def test_a_line_cut_off_by_a_kill_is_told_with_the_way_out(tmp_path: Path) -> None:
    put_up(tmp_path)
    approve(tmp_path, RUN, "Kabag Ops", now=NOW)
    file = tmp_path / PEOPLE
    whole = file.read_bytes()
    first = whole.index(b"\n") + 1
    for cut in range(first + 1, len(whole) - 1):
        file.write_bytes(whole[:cut])
        with pytest.raises(RawanError, match=r"line 2: is cut off.*delete this line"):
            standing(tmp_path, RUN, TODAY)
        with pytest.raises(RawanError, match="cut off"):
            withdraw(tmp_path, RUN, "Kabag Ops", "alasan")
        assert file.read_bytes() == whole[:cut]
    file.write_bytes(whole[:first])
    assert len(history(tmp_path)) == 1


def test_a_line_whole_but_for_its_end_counts_and_is_ended_by_the_next(tmp_path: Path) -> None:
    approve(tmp_path, RUN, "Kabag Ops", now=NOW)
    file = tmp_path / PEOPLE
    file.write_bytes(file.read_bytes().rstrip(b"\n"))
    assert standing(tmp_path, RUN, TODAY).status == "approved"
    put_up(tmp_path)
    assert [d.kind for d in history(tmp_path)] == ["approval", "override"]


def test_a_full_disk_leaves_the_record_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_up(tmp_path)
    before = (tmp_path / PEOPLE).read_bytes()
    really = os.write

    def half(descriptor: int, content: bytes) -> int:
        if len(content) < 100:
            raise OSError(errno.ENOSPC, "No space left on device")
        return really(descriptor, content[: len(content) - 50])

    with monkeypatch.context() as patch:
        patch.setattr(people_record.os, "write", half)
        with pytest.raises(RawanError, match=r"could not be kept.*Free some space"):
            approve(tmp_path, RUN, "Kabag Ops")
    assert (tmp_path / PEOPLE).read_bytes() == before
    approve(tmp_path, RUN, "Kabag Ops")
    assert verify_people(tmp_path) == []


def test_two_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    def write(number: int) -> None:
        for again in range(5):
            put_up(tmp_path, f"99.01.01.2{number:03}", f"alasan {again}")

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [d.number for d in history(tmp_path)] == list(range(1, 21))
    assert verify_people(tmp_path) == []


def test_who_waits_too_long_for_another_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_record, "_WAIT_SECONDS", 0.1)
    with (
        people_record._one_writer(tmp_path / PEOPLE),
        pytest.raises(TemporaryError, match="another process writes"),
    ):
        approve(tmp_path, RUN, "Kabag Ops")
    approve(tmp_path, RUN, "Kabag Ops")


def test_a_line_changed_taken_out_or_put_elsewhere_is_found(tmp_path: Path) -> None:
    put_up(tmp_path)
    approve(tmp_path, RUN, "Kabag Ops", now=NOW)
    withdraw(tmp_path, RUN, "Kasat Intel", "keliru", now=NOW)
    file = tmp_path / PEOPLE
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(lines[0] + lines[2])
    assert "line 2: what stood before it" in verify_people(tmp_path)[0]
    file.write_bytes(lines[1] + lines[0] + lines[2])
    assert verify_people(tmp_path)
    file.write_bytes(b"".join(lines).replace(b"Kasat Intel", b"Kabag Ops"))
    assert "line 3: its content was changed" in verify_people(tmp_path)[0]
    with pytest.raises(RawanError, match="from your copy"):
        standing(tmp_path, RUN, TODAY)
    with pytest.raises(RawanError, match="from your copy"):
        put_up(tmp_path)


def test_any_byte_changed_but_the_last_end_of_line_is_found(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    private = tmp_path_factory.mktemp("private")
    put_up(private)
    approve(private, RUN, "Kabag Ops", now=NOW)
    file = private / PEOPLE
    whole = file.read_bytes()

    @given(st.integers(0, len(whole) - 2), st.integers(1, 255))
    def changed(at: int, by: int) -> None:
        file.write_bytes(whole[:at] + bytes([whole[at] ^ by]) + whole[at + 1 :])
        assert verify_people(private)

    changed()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"null",
        b'{"number": 1}',
        b'{"number": true, "kind": "a", "previous_hash": "", "hash": ""}',
        b"[" * 100_000,
        b"\x00" * 50,
        b'{"number": 1, "kind": "\\ud800", "previous_hash": "", "hash": ""}',
        b"9" * 5000,
    ],
)
def test_what_is_no_record_gives_a_sentence(tmp_path: Path, line: bytes) -> None:
    (tmp_path / PEOPLE).write_bytes(line + b"\n")
    with pytest.raises(RawanError, match="line 1"):
        history(tmp_path)


def test_a_record_of_another_version_gives_a_sentence(tmp_path: Path) -> None:
    people_record.add_record(tmp_path / PEOPLE, lambda _: {"kind": "blessing", "by": "x"})
    with pytest.raises(RawanError, match="line 1: is no decision"):
        history(tmp_path)


def test_the_head_names_the_newest_decision(tmp_path: Path) -> None:
    assert head(tmp_path) == (0, "")
    approve(tmp_path, RUN, "Kabag Ops", now=NOW)
    last = json.loads((tmp_path / PEOPLE).read_text(encoding="utf-8").splitlines()[-1])
    assert head(tmp_path) == (1, last["hash"])
    assert history(tmp_path)[0].line().endswith(f"[1] Kabag Ops: approval {RUN}")


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such rights")
def test_the_record_is_for_its_owner_only(tmp_path: Path) -> None:
    put_up(tmp_path)
    assert (tmp_path / PEOPLE).stat().st_mode & 0o077 == 0
