"""Options that several commands take, and how an answer is printed."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from rawan.errors import UsageError

if TYPE_CHECKING:
    from rawan.settings import Audience, Settings

Config = Annotated[Path, typer.Option("--config", help="Configuration file.")]
Lang = Annotated[str | None, typer.Option("--lang", help="Language of what people read: id or en.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
Signer = Annotated[
    str | None,
    typer.Option("--as", help="Your name, which signs; else RAWAN_USER, else your login."),
]
Audiences = Annotated[
    list[str] | None,
    typer.Option("--audience", help="partner, planner or intel; give it once for each."),
]
DEFAULT = Path("rawan.toml")


def read_settings(config: Path, lang: str | None = None) -> "Settings":
    """Return the configuration, with the language that the command asks for."""
    from rawan.settings import load_settings

    if lang not in (None, "id", "en"):
        raise UsageError(f'--lang "{lang}": there is only id and en.')
    return load_settings(config, lang)


def read_audiences(named: Iterable[str] | None) -> "list[Audience]":
    """Return the audiences that a command names.

    Raises
    ------
    UsageError
        If there is no such audience.
    """
    from rawan.settings import Audience

    known: dict[str, Audience] = {name: name for name in get_args(Audience)}
    if strange := [name for name in named or () if name not in known]:
        raise UsageError(f'--audience "{strange[0]}": there is only {", ".join(known)}.')
    return [known[name] for name in named or ()]


def print_json(answer: Any) -> None:
    """Print an answer for a program."""
    typer.echo(json.dumps(answer, indent=2, ensure_ascii=False, default=str))


def print_lines(lines: Iterable[str]) -> None:
    """Print an answer for a person; what a file brought in cannot act on the terminal."""
    from rawan.review.visible import visible

    for line in lines:
        for part in line.split("\n"):
            typer.echo(visible(part))
