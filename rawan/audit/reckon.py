"""The reckoning: the lists published before an election, held against what happened.

Owns the way from the election to figures: which days are asked about, which lists, and the files
that are written. Lists are read by `lists.py`, incidents by `outcomes.py`, measured by
`measures.py` and told by `told.py`.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from rawan.audit.lists import Found, PastList, published_lists, read_lists
from rawan.audit.measures import Draws, Reckoning, Span, measured, reckon
from rawan.audit.outcomes import happened, has_record, newest_news, villages_now
from rawan.calendar import Election, load_calendar
from rawan.choosing import top_k
from rawan.errors import RawanError, UsageError, did_you_mean
from rawan.preparation import take_in
from rawan.progress import Progress
from rawan.publishing.bilingual import Words
from rawan.publishing.runs import AUDITS
from rawan.publishing.texts import date_text
from rawan.settings import Language, Settings
from rawan.warehouse import Warehouse, open_warehouse


@dataclass(frozen=True)
class Audit:
    """The lists of an election, held against what happened.

    Attributes
    ----------
    reckoned_on : the day of the reckoning.
    as_of : what was known at the start of this day counts; None for all that is known.
    newest : the newest day on which anything of an incident became known; None without any.
    left_out : lists that could not be held against anything, and why.
    """

    region: str
    election: Election
    reckoned_on: date
    as_of: date | None
    newest: date | None
    data_origin: str
    reckonings: tuple[Reckoning, ...]
    left_out: tuple[Words, ...]


def audit(
    settings: Settings,
    election: str,
    progress: Progress,
    lists: Sequence[Path] = (),
    as_of: date | None = None,
    cutoff: date | None = None,
    today: date | None = None,
) -> Audit:
    """Hold the lists of an election against what happened.

    Parameters
    ----------
    election : an id of the calendar.
    lists : folders of runs and files beside those that are published.
    as_of : count what was known at the start of this day; all that is known, if not given.
    cutoff : for lists that do not say theirs.
    today : the day of the reckoning, if it is not today.

    Raises
    ------
    UsageError
        If the election is not in the calendar, or a list was made after it.
    RawanError
        If there is no list, or one that was named cannot be read.
    """
    chosen = _chosen(settings, election)
    last = _last_day(chosen)
    with progress.step("read the lists"):
        found = _lists(settings, chosen, lists, cutoff, last)
    if not settings.warehouse.path.exists():
        with open_warehouse(settings, tell=progress.say) as warehouse:
            take_in(warehouse, settings, progress)
    over = as_of or today or date.today()  # noqa: DTZ011 - the user's own day
    with open_warehouse(settings, is_read_only=True, tell=progress.say) as warehouse:
        if not has_record(warehouse):
            raise RawanError("Nothing came in yet. Start with: rawan ingest")
        newest = newest_news(warehouse, as_of)
        villages = villages_now(warehouse)
        reckonings = []
        with progress.step("hold the lists against what happened"):
            for one in found.lists:
                for span in _spans(one, chosen, last):
                    told = _reckon(settings, warehouse, one, span, villages, as_of, over)
                    reckonings.append(_stale(told, newest))
    origins = {one.data_origin for one in found.lists} | {settings.region.data_origin}
    return Audit(
        region=settings.region.name,
        election=chosen,
        reckoned_on=today or date.today(),  # noqa: DTZ011
        as_of=as_of,
        newest=newest,
        data_origin="SIMULASI" if "SIMULASI" in origins else settings.region.data_origin,
        reckonings=tuple(reckonings),
        left_out=found.left_out,
    )


def write(audit: Audit, folder: Path, lang: Language) -> Path:
    """Write audit.html, audit.parquet and audit.json into a folder; the JSON comes last."""
    from rawan.audit.page import render_audit
    from rawan.audit.tables import as_json, table

    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "audit.html", render_audit(audit, lang).encode())
    fresh = folder / ".audit.parquet.new"
    table(audit).write_parquet(fresh, compression="zstd")
    os.replace(fresh, folder / "audit.parquet")
    content = json.dumps(as_json(audit), indent=2, ensure_ascii=False, allow_nan=False)
    _write(folder / "audit.json", f"{content}\n".encode())
    return folder


def default_folder(settings: Settings, election: str) -> Path:
    """Return where the reckoning of an election lies.

    Raises
    ------
    UsageError
        If the id cannot be the name of a folder.
    """
    if not all(c.isalnum() or c in "-_" for c in election):
        raise UsageError(f'--election "{election}": is no name for a folder. Give one with --out.')
    return settings.output.private / AUDITS / election


def reckoned(private: Path, region: str) -> list[Words]:
    """Return the last reckonings of a region for the model card, oldest election first.

    One sentence a list over its own days; of several runs for one hazard the one with the latest
    cutoff. A reckoning that cannot be read is told.
    """
    from rawan.audit.tables import card_lines

    found: list[tuple[str, list[Words]]] = []
    for file in sorted((private / AUDITS).glob("*/audit.json")):
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            if content["region"] != region:
                continue
            found.append((str(content["election"]["voting_day"]), card_lines(content)))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            name = Words.same(file.parent.name)
            found.append(("", [Words.of("audit.card.unreadable", name=name)]))
    return [line for _, lines in sorted(found, key=lambda one: one[0]) for line in lines]


def _chosen(settings: Settings, election: str) -> Election:
    elections = load_calendar(settings.region.reference / "calendar.toml")
    if election not in elections:
        raise UsageError(
            f'--election "{election}" is not in the election calendar.'
            f"{did_you_mean(election, elections)}"
        )
    return elections[election]


def _last_day(election: Election) -> date:
    return max([election.voting_day, *(stage.end for stage in election.stages.values())])


def _lists(
    settings: Settings, election: Election, paths: Sequence[Path], cutoff: date | None, last: date
) -> Found:
    named = []
    for path in paths:
        for one in read_lists(path, settings, cutoff):
            if one.cutoff > last:
                raise UsageError(
                    f"{path}: the list is of {one.cutoff}, after {election.id} was over ({last})."
                )
            named.append(one)
    taken = {one.run_id for one in named}
    found = published_lists(settings, election.id, last)
    lists = [*(one for one in found.lists if one.run_id not in taken), *named]
    if not lists:
        why = "".join(f"\n  {words.en}" for words in found.left_out)
        raise RawanError(
            f"No list of {settings.region.name} for {election.id} was found in "
            f"{settings.output.private} or {settings.output.folder}. Name one with --list.{why}"
        )
    return Found(tuple(sorted(lists, key=lambda one: (one.cutoff, one.run_id))), found.left_out)


def _spans(listed: PastList, election: Election, last: date) -> list[Span]:
    """Return the days to ask about: the list's own, then those of each of its stages."""
    own = Span(None, listed.cutoff, listed.until or last + timedelta(days=1))
    spans = [own]
    for name in listed.stages:
        stage = election.stages.get(name)
        if stage is not None:
            first, end = stage.start, stage.end
        elif name == "voting":
            first = end = election.voting_day
        else:
            continue
        span = Span(name, max(first, listed.cutoff), end + timedelta(days=1))
        if span.start < span.until and (span.start, span.until) != (own.start, own.until):
            spans.append(span)
    return spans


def _reckon(
    settings: Settings,
    warehouse: Warehouse,
    listed: PastList,
    span: Span,
    villages: pl.DataFrame,
    as_of: date | None,
    over: date,
) -> Reckoning:
    rows, gone, came = measured(listed, villages)
    k = min(listed.k or top_k(settings, listed.rows.height), listed.rows.height)
    empty = Reckoning(listed, span, k, rows.height, gone, came)
    if not rows.height:
        return replace(empty, nothing=Words.of("audit.nothing.no_villages"))
    if span.until > over:
        end = _day_words(span.last)
        return replace(empty, nothing=Words.of("audit.nothing.not_over", end=end))
    found = happened(
        warehouse,
        listed.hazard,
        listed.cutoff,
        (span.start, span.until),
        rows["village_code"],
        as_of,
    )
    draws = Draws(settings.models.comparison_draws, settings.uncertainty.seed)
    return reckon(listed, span, min(k, rows.height), rows, found, gone, came, draws)


def _stale(reckoning: Reckoning, newest: date | None) -> Reckoning:
    """Say so where no news is as new as the last of the days asked about."""
    if reckoning.fates is None or newest is None or newest >= reckoning.span.until:
        return reckoning
    told = Words.of("audit.stale", day=_day_words(newest))
    return replace(reckoning, notes=(*reckoning.notes, told))


def _day_words(day: date) -> Words:
    return Words(date_text(day, "id"), date_text(day, "en"))


def _write(path: Path, content: bytes) -> None:
    """Write a file whole, or leave the old one as it was."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(content)
    os.replace(fresh, path)
