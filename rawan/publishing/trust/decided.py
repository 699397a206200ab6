"""What people decided about published runs: approvals, overrides, withdrawals, by name.

Owns what can be decided and which decision counts; a decision never changes a rank. How the file
`people.jsonl` is kept is in `people_record.py`, what the decisions look like to a reader is left to
whoever renders an edition, and what is decided while data comes in is `rawan.review.decisions`.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, get_args

from rawan.errors import RawanError, UsageError
from rawan.publishing.edition import Approval, Erratum, Override, OverrideKind, Standing
from rawan.publishing.trust.people_record import PEOPLE, add_record, read_records, trusted_records
from rawan.review.decisions import signer
from rawan.review.visible import visible

HAZARDS = ("conflict", "logistics")
LONGEST_OVERRIDE_DAYS = 400

DecisionKind = Literal["approval", "override", "lift", "withdrawal"]

_LONGEST_REASON = 500
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")
_VILLAGE = re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4}")
# What a decision of each kind is about.
_OWN: dict[str, tuple[str, ...]] = {
    "approval": ("run_id",),
    "withdrawal": ("run_id",),
    "override": ("village_code", "hazard", "value", "until"),
    "lift": ("village_code", "hazard"),
}


@dataclass(frozen=True)
class PublicDecision:
    """One decision as it was taken; what its kind has no use for is None.

    Attributes
    ----------
    value : of an override: how the village is to be treated.
    on : when it was taken, UTC.
    until : of an override: the last day that it counts.
    """

    number: int
    kind: DecisionKind
    by: str
    on: datetime
    reason: str
    run_id: str | None = None
    village_code: str | None = None
    hazard: str | None = None
    value: OverrideKind | None = None
    until: date | None = None

    def line(self) -> str:
        """Return the decision as one line for a terminal."""
        about = self.run_id or f"{self.village_code} {self.hazard}"
        value = f" {self.value} until {self.until}" if self.value else ""
        reason = f" # {self.reason}" if self.reason else ""
        said = f"{self.on:%Y-%m-%d %H:%M} [{self.number}] {self.by}: {self.kind} {about}{value}"
        return visible(said + reason)


def approve(
    private: Path, run_id: str, by: str, reason: str = "", *, now: datetime | None = None
) -> PublicDecision:
    """Keep that a person answers for a run; the newest approval of a run counts.

    Raises
    ------
    RawanError
        If the run was withdrawn, a name cannot be kept, or the record cannot be trusted.
    """
    content = {"run_id": _run(run_id)}

    def refusal(before: list[PublicDecision]) -> str | None:
        gone = [d for d in before if d.kind == "withdrawal" and d.run_id == run_id]
        if not gone:
            return None
        return (
            f"{run_id}: was withdrawn by {gone[-1].by} on {gone[-1].on:%Y-%m-%d} and cannot be "
            "approved any more. Make a new run: rawan run"
        )

    return _add(private, "approval", content, by, _sentence(reason, is_needed=False), now, refusal)


def override(
    private: Path,
    village_code: str,
    hazard: str,
    kind: OverrideKind,
    reason: str,
    by: str,
    until: date,
    *,
    now: datetime | None = None,
) -> PublicDecision:
    """Keep that a village is to be treated as higher or lower than its rank, or as `khusus`.

    It counts up to the day `until`, and takes the place of an earlier one on the same hazard.

    Raises
    ------
    RawanError
        If a value cannot be kept, `until` is not ahead or lies more than 400 days ahead, or the
        record cannot be trusted.
    """
    if kind not in get_args(OverrideKind):
        raise UsageError(f'"{visible(kind)}": a village is put up, down or khusus.')
    today = (now or datetime.now(UTC)).date()
    latest = today + timedelta(days=LONGEST_OVERRIDE_DAYS)
    if not today < until <= latest:
        raise UsageError(
            f"until {until}: an override ends by itself, on a day after today ({today}) and not "
            f"after {latest}. Give another day, and decide anew when it ends."
        )
    content = {**_village(village_code, hazard), "value": kind, "until": until.isoformat()}
    return _add(private, "override", content, by, _sentence(reason), now)


def lift(
    private: Path,
    village_code: str,
    hazard: str,
    by: str,
    reason: str,
    *,
    now: datetime | None = None,
) -> PublicDecision:
    """Keep that the override of a village and hazard counts no longer.

    Raises
    ------
    RawanError
        If there never was one, a value cannot be kept, or the record cannot be trusted.
    """
    content = _village(village_code, hazard)

    def refusal(before: list[PublicDecision]) -> str | None:
        if any((d.village_code, d.hazard) == (village_code, hazard) for d in before):
            return None
        return f"{village_code}, {hazard}: there is no override that could be lifted."

    return _add(private, "lift", content, by, _sentence(reason), now, refusal)


def withdraw(
    private: Path, run_id: str, by: str, reason: str, *, now: datetime | None = None
) -> PublicDecision:
    """Keep that a run must not be used any more; this cannot be taken back.

    Raises
    ------
    RawanError
        If a value cannot be kept, or the record cannot be trusted.
    """
    return _add(private, "withdrawal", {"run_id": _run(run_id)}, by, _sentence(reason), now)


def standing(private: Path, run_id: str, today: date) -> Standing:
    """Return what people decided about a run: who answers for it, and what holds today.

    The newest decision on a village and hazard counts, up to its last day.

    Raises
    ------
    RawanError
        If the record was changed or is cut off; the message says what to do.
    """
    approval, erratum = None, None
    newest: dict[tuple[str, str], PublicDecision] = {}
    for one in history(private):
        if one.kind == "approval" and one.run_id == run_id:
            approval = Approval(one.by, one.on)
        elif one.kind == "withdrawal" and one.run_id == run_id:
            erratum = Erratum(one.by, one.on, one.reason)
        elif one.village_code is not None and one.hazard is not None:
            newest[one.village_code, one.hazard] = one
    overrides = tuple(
        Override(code, hazard, one.value, one.reason, one.by, one.on, one.until)
        for (code, hazard), one in sorted(newest.items())
        if one.value is not None and one.until is not None and one.until >= today
    )
    return Standing(approval, overrides, erratum)


def history(private: Path) -> list[PublicDecision]:
    """Return every decision ever taken, oldest first.

    Raises
    ------
    RawanError
        If the record was changed or is cut off.
    """
    return [_decision(record) for record in trusted_records(private / PEOPLE)]


def head(private: Path) -> tuple[int, str]:
    """Return number and hash of the newest decision; kept elsewhere, they show what is cut off."""
    records = trusted_records(private / PEOPLE)
    return (records[-1]["number"], records[-1]["hash"]) if records else (0, "")


def verify_people(private: Path) -> list[str]:
    """Return what shows that the record was changed after it was written, one sentence each.

    Decisions that are missing at the end do not show here: compare `head` with one kept before.
    """
    return read_records(private / PEOPLE)[1]


def _add(
    private: Path,
    kind: DecisionKind,
    content: Mapping[str, str],
    by: str,
    reason: str,
    now: datetime | None,
    refusal: Callable[[list[PublicDecision]], str | None] | None = None,
) -> PublicDecision:
    """Add a decision, signed and dated, unless what came before it speaks against it."""
    by = signer(by)

    def make(before: list[dict[str, Any]]) -> dict[str, Any]:
        against = None if refusal is None else refusal([_decision(record) for record in before])
        if against is not None:
            raise RawanError(against)
        on = (now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
        return {"kind": kind, **content, "by": by, "on": on, "reason": reason}

    return _decision(add_record(private / PEOPLE, make))


def _decision(record: Mapping[str, Any]) -> PublicDecision:
    """Return a record as the decision it is; the record's chain was looked at before."""
    try:
        kind, until, value = record["kind"], record.get("until"), record.get("value")
        own = {name: str(record[name]) for name in _OWN[kind]}
        if value not in (None, *get_args(OverrideKind)):
            raise ValueError(f"value {value!r}")
        return PublicDecision(
            number=record["number"],
            kind=kind,
            by=str(record["by"]),
            on=datetime.fromisoformat(record["on"]),
            reason=str(record["reason"]),
            run_id=own.get("run_id"),
            village_code=own.get("village_code"),
            hazard=own.get("hazard"),
            value=value,
            until=None if until is None else date.fromisoformat(until),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise RawanError(
            f"{PEOPLE}, line {record['number']}: is no decision that this version knows "
            f"({type(error).__name__}: {error}). Put {PEOPLE} back from your copy, or use the "
            "version that wrote it."
        ) from None


def _run(run_id: str) -> str:
    if not _RUN.fullmatch(run_id):
        raise UsageError(f'"{visible(run_id, 80)}" is not the id of a run, as in out/latest.json.')
    return run_id


def _village(village_code: str, hazard: str) -> dict[str, str]:
    if not _VILLAGE.fullmatch(village_code):
        raise UsageError(
            f'"{visible(village_code, 40)}" is not the code of a village, such as 18.01.04.2001.'
        )
    if hazard not in HAZARDS:
        raise UsageError(f'"{visible(hazard, 40)}": the hazards are {" and ".join(HAZARDS)}.')
    return {"village_code": village_code, "hazard": hazard}


def _sentence(reason: str, is_needed: bool = True) -> str:
    """Return a reason that people can be shown: one line, all of it visible."""
    # A space that was pasted from a document may be of another kind.
    kept = "".join(" " if unicodedata.category(c) == "Zs" else c for c in reason).strip()
    if is_needed and not kept:
        raise UsageError('A reason is needed, since people will ask for it: --reason "..."')
    if len(kept) > _LONGEST_REASON or visible(kept) != kept:
        raise UsageError(
            f'"{visible(kept, 60)}": a reason is one line of at most {_LONGEST_REASON} '
            "characters, all of them visible."
        )
    return kept
