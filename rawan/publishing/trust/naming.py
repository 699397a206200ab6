"""What a person names in a command: a run, a published folder, a village and its list.

Owns finding it, and what is said where there is no such thing.
"""

import re
from pathlib import Path

import polars as pl

from rawan.errors import RawanError, UsageError, did_you_mean, nearest
from rawan.publishing.runs import LATEST, MANIFEST, complete_run
from rawan.publishing.trust.decided import history
from rawan.publishing.trust.verified_folder import Malformed, read_json, text_of
from rawan.review.visible import visible
from rawan.settings import Settings

_MOST_NAMED = 10


def run_named(settings: Settings, run: str) -> str:
    """Return the id of a complete run, by it, its beginning, or "latest".

    An id that a folder was published under names its run, whichever issue it is.

    Raises
    ------
    RawanError
        If there is no such run, or several begin like this.
    """
    return complete_run(settings.output.private, re.sub(r"\.\d+$", "", run)).name


def published_named(settings: Settings, run: str) -> Path:
    """Return a published folder by its name or its path; "latest" is what people are pointed to.

    Raises
    ------
    RawanError
        If there is no such folder.
    """
    out = settings.output.folder
    if run == "latest":
        return _newest(out)
    names = sorted((path.parent.name for path in out.glob(f"*/{MANIFEST}")), reverse=True)
    if run in names:
        return out / run
    if (Path(run) / MANIFEST).is_file():
        return Path(run)
    raise RawanError(f"{_shown(run)} is no published folder.{_hint(run, names)}")


def _newest(out: Path) -> Path:
    """Return the folder that people are pointed to."""
    pointer = out / LATEST
    if not pointer.exists():
        raise RawanError(f"{out}: nothing was published yet. Run first: rawan run")
    try:
        content = read_json(pointer)
        folder = text_of(content, "folder" if "folder" in content else "run_id")
    except Malformed as error:
        raise RawanError(
            f"{pointer}: cannot be read ({error}). Name the run by its id instead of: latest"
        ) from None
    if Path(folder).name != folder or folder in ("..", "."):
        raise RawanError(f"{pointer}: names no folder in {out}. See: rawan verify {out}")
    return out / folder


def hazard_of(settings: Settings, code: str, hazard: str | None) -> str:
    """Return the hazard, if the latest run lists the village under it.

    Raises
    ------
    UsageError
        If it does not list it, or no hazard was given.
    """
    file = settings.output.private / run_named(settings, "latest") / "ranking.parquet"
    try:
        names = ["village_code", "village", "hazard"]
        ranking = pl.read_parquet(file, columns=names).unique().sort(names)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise RawanError(
            f"{file}: cannot be read ({type(error).__name__}). Make the run anew: rawan run"
        ) from error
    codes = ranking["village_code"].unique().sort().to_list()
    if code not in codes:
        is_named = pl.col("village").str.to_lowercase() == code.strip().lower()
        named = ranking.filter(is_named)["village_code"].unique().sort().to_list()
        if named:
            raise UsageError(
                f"{_shown(code)} is a name; villages are named by their code: {', '.join(named)}."
            )
        raise UsageError(f"{_shown(code)} is not the code of a village.{_hint(code, codes)}")
    hazards = ranking.filter(village_code=code)["hazard"].unique().sort().to_list()
    if hazard is None:
        raise UsageError(f"Say which list it is about: --hazard {' or --hazard '.join(hazards)}")
    if hazard not in hazards:
        raise UsageError(f"--hazard {_shown(hazard)}: is no list.{did_you_mean(hazard, hazards)}")
    return hazard


def hazard_decided(private: Path, code: str) -> str:
    """Return the one hazard of a village on which something was decided.

    Raises
    ------
    UsageError
        If there is none, or more than one.
    """
    found = sorted({d.hazard for d in history(private) if d.village_code == code and d.hazard})
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(f"{_shown(code)}: nothing was decided on it that could be lifted.")
    raise UsageError(f"{_shown(code)}: say on which list: --hazard {' or --hazard '.join(found)}")


def _hint(word: str, known: list[str]) -> str:
    """Say what comes near, or the first of what there is."""
    if not known:
        return " There is none yet."
    if (hint := nearest(word, known)) is not None:
        return f' Did you mean "{hint}"?'
    more = ", ..." if len(known) > _MOST_NAMED else ""
    return f" Known: {', '.join(known[:_MOST_NAMED])}{more}."


def _shown(word: str) -> str:
    return f'"{visible(word, 80)}"'
