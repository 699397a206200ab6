"""The command that holds published lists against what happened."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from rawan.commands.options import (
    DEFAULT,
    AsJson,
    Config,
    Lang,
    print_json,
    print_lines,
    read_settings,
)
from rawan.errors import UsageError


def audit(
    election: Annotated[str, typer.Option("--election", help="Id of an election of the calendar.")],
    lists: Annotated[
        list[Path] | None,
        typer.Option("--list", help="A run's folder, or a list's file, of any age; repeatable."),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", help="Count what was known at the start of this day."),
    ] = None,
    cutoff: Annotated[
        str | None,
        typer.Option("--cutoff", help="First day that a list did not know, if it does not say."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder to write; else audits/<election> of the complete runs."),
    ] = None,
    config: Config = DEFAULT,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Hold the lists published before an election against what happened.

    Writes audit.html, audit.parquet and audit.json. Where nothing happened there is no score.

    Example: rawan audit --election pilkada2024
    """
    settings = read_settings(config, lang)
    days = {"--as-of": as_of, "--cutoff": cutoff}
    read = {option: _day(option, written) for option, written in days.items()}
    from rawan.audit.reckon import audit as held
    from rawan.audit.reckon import default_folder, write
    from rawan.audit.tables import as_json as told
    from rawan.audit.told import lines
    from rawan.progress import Progress
    from rawan.publishing.texts import text

    progress = Progress()
    found = held(settings, election, progress, lists or [], read["--as-of"], read["--cutoff"])
    language = settings.output.language
    folder = write(found, out or default_folder(settings, election), language)
    if as_json:
        print_json(told(found))
        return
    print_lines(lines(found, language))
    print_lines([text("audit.written", language).format(folder=folder)])


def _day(option: str, written: str | None) -> date | None:
    if written is None:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise UsageError(f'{option} "{written}": is not a day. Write it as 2024-11-01.') from None
