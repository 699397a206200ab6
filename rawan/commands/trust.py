"""Commands by which people answer for runs, and by which readers can trust what they were given."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rawan.commands.options import (
    DEFAULT,
    AsJson,
    Config,
    Lang,
    Signer,
    print_json,
    print_lines,
    read_settings,
)
from rawan.errors import RawanError, UsageError

if TYPE_CHECKING:
    from datetime import date

    from rawan.publishing.edition import OverrideKind
    from rawan.publishing.trust.decided import PublicDecision
    from rawan.settings import Language, Settings

Run = Annotated[str, typer.Argument(help="Id of a run, or: latest.")]


def approve(
    run: Run,
    reason: Annotated[str, typer.Option("--reason", help="What speaks for it, in a line.")] = "",
    signer: Signer = None,
    config: Config = DEFAULT,
) -> None:
    """Answer for a run by name: it is published again, as approved.

    Example: rawan approve latest --as "Nama Anda"
    """
    settings = read_settings(config)
    from rawan.publishing.trust import decided
    from rawan.publishing.trust.naming import run_named
    from rawan.review.decisions import signer as signed

    run_id = run_named(settings, run)
    taken = decided.approve(settings.output.private, run_id, signed(signer), reason)
    _publish_again(settings, run_id, taken)


def withdraw(
    run: Run,
    reason: Annotated[str, typer.Option("--reason", help="Why it must not be used any more.")] = "",
    signer: Signer = None,
    config: Config = DEFAULT,
) -> None:
    """Withdraw a run for good: an erratum with your name and reason is published in its place.

    Example: rawan withdraw latest --reason "batas desa keliru" --as "Nama Anda"
    """
    settings = read_settings(config)
    from rawan.publishing.trust import decided
    from rawan.publishing.trust.naming import run_named
    from rawan.review.decisions import signer as signed

    run_id = run_named(settings, run)
    taken = decided.withdraw(settings.output.private, run_id, signed(signer), reason)
    _publish_again(settings, run_id, taken)


def override(
    code: Annotated[str, typer.Argument(help="Code of a village, such as 18.01.24.2004.")],
    hazard: Annotated[
        str | None, typer.Option("--hazard", help="Which list: conflict or logistics.")
    ] = None,
    up: Annotated[
        bool, typer.Option("--up", help="To be treated as higher than its rank.")
    ] = False,
    down: Annotated[
        bool, typer.Option("--down", help="To be treated as lower than its rank.")
    ] = False,
    khusus: Annotated[bool, typer.Option("--khusus", help="To be treated as khusus.")] = False,
    lift: Annotated[bool, typer.Option("--lift", help="End what was decided before.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why, in a line.")] = "",
    until: Annotated[
        str | None, typer.Option("--until", help="Last day that it counts, such as 2024-11-30.")
    ] = None,
    signer: Signer = None,
    config: Config = DEFAULT,
) -> None:
    """Hold something against a village's rank; it stands beside the rank and never changes it.

    --up, --down and --khusus need --hazard, --reason and --until as well.

    Example: rawan override 18.01.24.2004 --lift --reason "sudah tenang"
    """
    if sum((up, down, khusus, lift)) != 1:
        raise UsageError("Say what is decided: one of --up, --down, --khusus and --lift.")
    settings = read_settings(config)
    from rawan.publishing.trust import decided
    from rawan.publishing.trust.naming import hazard_decided, hazard_of
    from rawan.review.decisions import signer as signed

    private, by = settings.output.private, signed(signer)
    if lift:
        taken = decided.lift(private, code, hazard or hazard_decided(private, code), by, reason)
    else:
        kind: OverrideKind = "up" if up else "down" if down else "khusus"
        named = hazard_of(settings, code, hazard)
        taken = decided.override(private, code, named, kind, reason, by, _day(until))
    _publish_again(settings, None, taken)


def verify(
    folder: Annotated[Path, typer.Argument(help="What was published: out, or one run in it.")],
    key: Annotated[
        Path | None, typer.Option("--key", help="Public key of who publishes, to check by.")
    ] = None,
    config: Config = DEFAULT,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Tell whether anything was changed, added or is missing since publication; exit 1 if so.

    Needs no configuration, so that whoever was given a folder can check it.

    Example: rawan verify out --lang en
    """
    if lang not in (None, "id", "en"):
        raise UsageError(f'--lang "{lang}": there is only id and en.')
    from rawan.publishing.trust.verify import verify as verified

    # Without a configuration, as where a folder was received, Bahasa Indonesia.
    language: Language = "en" if lang == "en" else "id"
    if lang is None and config.is_file():
        language = read_settings(config).output.language
    found = verified(folder, key)
    if as_json:
        print_json(found.as_json(language))
    else:
        print_lines(found.lines(language))
    if not found.is_right:
        raise typer.Exit(1)


def seal(
    run: Annotated[str, typer.Argument(help="Name of a published folder, its path, or: latest.")],
    to: Annotated[
        list[str], typer.Option("--to", help="A reader's public key (age1...), or a file of keys.")
    ],
    file: Annotated[
        Path | None, typer.Option("--file", help="What to write; else RUN.zip.age, here.")
    ] = None,
    config: Config = DEFAULT,
) -> None:
    """Encrypt a published folder to its readers' keys; only they can open it.

    Example: rawan seal latest --to age1... --to kunci-kpu.txt
    """
    settings = read_settings(config)
    from rawan.publishing.trust import sealing
    from rawan.publishing.trust.naming import published_named
    from rawan.publishing.trust.verify import verify as verified

    folder = published_named(settings, run)
    found = verified(folder)
    if not found.is_right:
        raise RawanError(
            f"{found.problems[0].told('en')}. Nothing was sealed; see: rawan verify {folder}"
        )
    target = file if file is not None else Path(f"{sealing.name_of(folder)}.zip.age")
    typer.echo(f"Written: {sealing.seal(folder, to, target)}")
    typer.echo(f"A reader opens it with: rawan unseal {target.name} --identity key.txt --to DIR")


def unseal(
    file: Annotated[Path, typer.Argument(help="A sealed folder, such as RUN.zip.age.")],
    identity: Annotated[Path, typer.Option("--identity", help="File with your private key.")],
    to: Annotated[Path, typer.Option("--to", help="Folder to make.")],
) -> None:
    """Open a sealed folder with your key, and check that it is as it was published.

    Example: rawan unseal RUN.zip.age --identity key.txt --to diterima
    """
    from rawan.publishing.runs import MANIFEST
    from rawan.publishing.trust import sealing
    from rawan.publishing.trust.verify import verify as verified

    opened = sealing.unseal(file, identity, to)
    for inside in sorted(path.parent for path in opened.glob(f"*/{MANIFEST}")):
        found = verified(inside)
        print_lines(found.lines("en"))
        if not found.is_right:
            raise typer.Exit(1)
    typer.echo(f"Opened: {opened}")


def signing_key(
    path: Annotated[Path, typer.Argument(help="File of the private key; PATH.pub is the public.")],
) -> None:
    """Make a key that signs what is published, and the public key that readers check by.

    Example: rawan signing-key var/sign.pem
    """
    from rawan.publishing.trust.signing import make_key

    public = path.with_name(f"{path.name}.pub")
    make_key(path, public)
    typer.echo(f"Written: {path} (keep it; name it in rawan.toml as signing_key under [output])")
    typer.echo(f"Written: {public} (for readers: rawan verify FOLDER --key {public.name})")


def sealing_key(
    path: Annotated[Path, typer.Argument(help="File of the private key, which opens.")],
) -> None:
    """Make a key of your own for sealed folders, and print its public part to hand out.

    Example: rawan sealing-key key.txt
    """
    from rawan.publishing.trust.sealing_keys import make_identity

    public = make_identity(path)
    typer.echo(f"Written: {path} (keep it; without it nothing that was sealed to you opens)")
    typer.echo(public)


def _publish_again(settings: "Settings", run_id: str | None, taken: "PublicDecision") -> None:
    """Print a decision, which is kept by now, and publish what it changes."""
    from rawan.publishing.issue import issue_again

    print_lines([f"Kept: {taken.line()}"])
    try:
        lines = issue_again(settings, run_id)
    except (RawanError, OSError) as error:
        raise RawanError(
            f"The decision is kept, but what was published does not show it yet: {error} "
            "Mend that, then give the same command again."
        ) from error
    none = "No audience's folder has this run; publish it with: rawan publish"
    print_lines(lines or [none])


def _day(written: str | None) -> "date":
    from datetime import date

    from rawan.review.visible import visible

    if written is None:
        raise UsageError("An override ends by itself: give its last day with --until 2024-11-30")
    try:
        return date.fromisoformat(written.strip())
    except ValueError:
        raise UsageError(
            f'--until "{visible(written, 40)}" is not a day. Write it as 2024-11-30.'
        ) from None
