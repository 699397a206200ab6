"""What was really done: a plan that was filled in, or the form, on its way into the inbox.

Owns which file this is, the deployments that a filled-in plan comes to, and planned against done.
How deployments are read and placed is the inbox's, by `data/mappings/deployments.toml`.
"""

import csv
import io
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from rawan.errors import RawanError
from rawan.planning.output.words import heads
from rawan.publishing.file_names import file_name
from rawan.publishing.tables import defused
from rawan.publishing.texts import number, text
from rawan.settings import Language, Limits
from rawan.sources.readers import read_sheets

PREFIX = "penugasan"
_NEEDED = ("plan_id", "day", "unit", "team", "officers", "officers_done")
_TAKEN = (*_NEEDED, "polsek", "district", "village_code", "village", "tps", "task", "post")
_FORM = (
    *("nomor", "tanggal", "tanggal_diketahui", "pemilu", "satuan", "personel", "pos"),
    *("kecamatan", "kode_desa"),
)


@dataclass(frozen=True)
class Done:
    """A filled-in plan: one row for each team, day and unit.

    Attributes
    ----------
    rows : plan_id, day, team, unit, planned, done (None where it was left empty), polsek,
        districts, village_codes, post.
    """

    plan_id: str
    rows: tuple[Mapping[str, Any], ...]

    @property
    def filled(self) -> tuple[Mapping[str, Any], ...]:
        """Return the rows that somebody filled in."""
        return tuple(row for row in self.rows if row["done"] is not None)

    def lines(self, lang: Language) -> list[str]:
        """Return planned against done, by polsek, as lines for a terminal."""
        sums: dict[str, list[int]] = {}
        for row in self.filled:
            name = row["polsek"] or row["post"] or text("plan.sheet.no_sector", lang)
            both = sums.setdefault(name, [0, 0])
            both[0] += row["planned"]
            both[1] += row["done"]
        empty = len(self.rows) - len(self.filled)
        said = [
            text("plan.done.title", lang).format(
                plan=self.plan_id, rows=len(self.filled), empty=empty
            )
        ]
        wide = max((len(name) for name in sums), default=0)
        said += [
            f"  {name:<{wide}}  {planned:>6}  {done:>6}  {done - planned:>+6}"
            for name, (planned, done) in sorted(sums.items())
        ]
        planned = sum(both[0] for both in sums.values())
        done = sum(both[1] for both in sums.values())
        share = number(100 * done / planned, lang, 1) if planned else "-"
        said.append(text("plan.done.sum", lang).format(planned=planned, done=done, share=share))
        return said


def read_done(path: Path, limits: Limits) -> Done | None:
    """Read a file as a plan that was filled in; None if it is no plan.

    Raises
    ------
    RawanError
        If it cannot be read, mixes plans, or a number is wrong; file and row are named.
    """
    names = _names()
    for sheet in read_sheets(path, limits):
        known = {names[c.casefold()]: c for c in sheet.columns if c.casefold() in names}
        if not set(_NEEDED) <= set(known):
            for _ in sheet.batches:  # the next sheet may be asked for only then
                pass
            continue
        frames = [
            batch.select("row", *(pl.col(column).alias(name) for name, column in known.items()))
            for batch in sheet.batches
        ]
        where = str(path) if sheet.name is None else f'{path}, sheet "{sheet.name}"'
        return _read(pl.concat(frames), where) if frames else None
    return None


def to_inbox(
    done: Done,
    path: Path,
    election: str,
    inbox: Path,
    today: date,
    sectors: Mapping[str, Sequence[str]],
) -> tuple[Path, int]:
    """Write what was done into the inbox; return the file, and the rows that name no place.

    A team stands for each village that it covered: one row with all of them. A patrol of a
    sector stands for its kecamatan. A row without any place, such as a post's, is left out.

    Parameters
    ----------
    sectors : names of the kecamatan of each polsek.

    Raises
    ------
    RawanError
        If nothing was filled in, or another file of this name waits in the inbox.
    """
    if not done.filled:
        raise RawanError(
            f"{path}: nobody filled in how many served. Fill in the column officers_done "
            "(Dilaksanakan), 0 where nobody came, and give the file again."
        )
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(_FORM)
    left_out = 0
    for row in done.filled:
        codes = row["village_codes"]
        districts = row["districts"] or list(sectors.get(row["polsek"] or "", ()))
        if not codes and not districts:
            left_out += 1
            continue
        cells = (
            f"{done.plan_id}/{row['day']}/{row['team']}/{row['unit']}",
            row["day"].isoformat(),
            today.isoformat(),
            election,
            row["unit"],
            str(row["done"]),
            row["post"] or "",
            "" if codes else "; ".join(districts),
            "; ".join(codes),
        )
        writer.writerow([defused(cell) for cell in cells])
    target = inbox / f"{PREFIX}-{file_name(done.plan_id)}-{file_name(path.stem)}.csv"
    if target.exists():
        raise RawanError(f"{target}: waits in the inbox already. Take it in first: rawan ingest")
    inbox.mkdir(parents=True, exist_ok=True)
    target.write_text(stream.getvalue(), encoding="utf-8", newline="")
    return target, left_out


def form_to_inbox(path: Path, inbox: Path) -> Path:
    """Copy a form of deployments into the inbox, under a name by which it is read as one.

    Raises
    ------
    RawanError
        If there is no such file, or another of this name waits in the inbox.
    """
    if not path.is_file():
        raise RawanError(f"{path}: there is no such file.")
    stem = file_name(path.stem)
    name = stem if stem.startswith(PREFIX) else f"{PREFIX}-{stem}"
    target = inbox / f"{name}{path.suffix.lower()}"
    if target.exists() and target.resolve() != path.resolve():
        raise RawanError(f"{target}: waits in the inbox already. Take it in first: rawan ingest")
    if not target.exists():
        inbox.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return target


def _names() -> dict[str, str]:
    """Return what a column may be called: its name, and its head in either language."""
    found = {name: name for name in _TAKEN}
    for lang in ("id", "en"):
        found |= {head.casefold(): name for name, head in heads(lang).items() if name in _TAKEN}
    return found


def _read(frame: pl.DataFrame, where: str) -> Done:
    groups: dict[tuple[str, ...], dict[str, Any]] = {}
    plans: set[str] = set()
    for row in frame.iter_rows(named=True):
        if row["plan_id"] is None:
            continue  # the head of a group, or its sum
        at = f"{where}, row {row['row']}"
        plans.add(row["plan_id"])
        day = _day(row["day"], at)
        key = (str(day), row["team"] or "", row["unit"] or "")
        if not key[1] or not key[2]:
            raise RawanError(f"{at}: unit or team is empty. Leave the plan's columns as they were.")
        group = groups.setdefault(
            key,
            {
                "day": day,
                "team": row["team"],
                "unit": row["unit"],
                "planned": 0,
                "done": None,
                "polsek": row.get("polsek"),
                "post": row.get("post"),
                "districts": [],
                "village_codes": [],
            },
        )
        group["planned"] += _count(row["officers"], at, "officers") or 0
        done = _count(row["officers_done"], at, "officers_done")
        if done is not None:
            group["done"] = (group["done"] or 0) + done
        for name, kept in (("district", "districts"), ("village_code", "village_codes")):
            if row.get(name) and row[name] not in group[kept]:
                group[kept].append(row[name])
    if len(plans) != 1:
        told = ", ".join(sorted(plans)[:3]) or "none"
        raise RawanError(f"{where}: a file holds what was done under one plan; this names {told}.")
    return Done(plans.pop(), tuple(groups[key] for key in sorted(groups)))


def _count(written: str | None, where: str, column: str) -> int | None:
    if written is None:
        return None
    plain = written.removesuffix(".0")
    if not (plain.isascii() and plain.isdigit() and len(plain) <= 6):
        raise RawanError(
            f'{where}, column "{column}": "{written[:40]}" is not a number of officers. '
            "Write digits only, or leave it empty."
        )
    return int(plain)


def _day(written: str | None, where: str) -> date:
    try:
        return datetime.fromisoformat((written or "").strip()).date()
    except ValueError:
        raise RawanError(
            f'{where}, column "day": "{(written or "")[:40]}" is not a day such as 2024-11-27.'
        ) from None
