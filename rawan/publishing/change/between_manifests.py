"""Complete runs by their ids, and what differs in what two of them were made from.

A manifest is read as it lies on disk: what is not of the form is an error, or no difference.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from rawan.errors import RawanError, UsageError
from rawan.publishing.runs import MANIFEST
from rawan.settings import Settings

LATEST = "latest"
Kind = Literal[
    "input", "reference", "mapping", "configuration", "code", "package", "people", "machine"
]
_SHOWN_RUNS = 10


@dataclass(frozen=True)
class Run:
    """A complete run on disk: what it was made from is known, and its models are kept."""

    folder: Path
    run_id: str
    region: str
    cutoff: date
    made_on: str
    identity: Mapping[str, Any] = field(repr=False)
    environment: Mapping[str, Any] = field(repr=False)

    def as_json(self) -> dict[str, str]:
        """Return what names it."""
        return {
            "run_id": self.run_id,
            "region": self.region,
            "cutoff": self.cutoff.isoformat(),
            "made_on": self.made_on,
        }


@dataclass(frozen=True)
class Difference:
    """One thing that differs; `before` is None for what is new, `after` for what is gone."""

    kind: Kind
    name: str
    before: str | None
    after: str | None


def find_run(settings: Settings, asked: str) -> Run:
    """Return the complete run of an id, of its unique beginning, or the latest.

    Looked for in the private folder first, then where older versions kept complete runs, among
    what they published. The part after the date may be given alone.

    Raises
    ------
    UsageError
        If no run, or more than one, is meant.
    RawanError
        If a manifest cannot be read.
    """
    named = _named(settings)
    if not named:
        raise UsageError(
            f"{settings.output.private}: there is no complete run yet. Make one: rawan run"
        )
    if asked == LATEST:
        return _latest(settings, named)
    begins = [n for n in named if asked and (n.startswith(asked) or _hash(n).startswith(asked))]
    files = [named[asked]] if asked in named else [named[name] for name in begins]
    runs = [run for file in files if (run := _read(file)) is not None]
    if len(runs) == 1:
        return runs[0]
    if runs:
        several = _some([run.run_id for run in runs])
        raise UsageError(
            f'"{asked}": {len(runs)} runs begin like that ({several}). Write more of it.'
        )
    raise UsageError(f'"{asked}": there is no such complete run. There are: {_some(list(named))}.')


def differences(before: Run, after: Run) -> list[Difference]:
    """Return what differs between what two runs were made from, kind by kind, each by name."""
    a, b = before.identity, after.identity
    found = _changed("input", _files(a.get("inputs")), _files(b.get("inputs")))
    found += _changed("reference", _flat(a.get("reference")), _flat(b.get("reference")), True)
    found += _changed("mapping", _flat(a.get("mappings")), _flat(b.get("mappings")), True)
    found += _changed("configuration", _flat(a.get("configuration")), _flat(b.get("configuration")))
    found += _changed("code", _code(before), _code(after))
    found += _changed("package", _flat(a.get("packages")), _flat(b.get("packages")))
    found += _changed("people", _flat(a.get("people")), _flat(b.get("people")), True)
    found += _changed("machine", _machine(before), _machine(after))
    return found


def _named(settings: Settings) -> dict[str, Path]:
    """Return the manifest of every run by the name of its folder; further issues are left out."""
    found: dict[str, Path] = {}
    for folder in (settings.output.private, settings.output.folder):
        for file in sorted(folder.glob(f"*/{MANIFEST}")):
            name = file.parent.name
            if name != LATEST and not name.startswith(".") and name.partition(".")[0] not in found:
                found[name] = file
    return found


def _read(file: Path) -> Run | None:
    """Return the run of a manifest; None where the folder holds an edition of one."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if "identity" not in content:
            return None
        return Run(
            folder=file.parent,
            run_id=str(content["run_id"]),
            region=str(content["region"]),
            cutoff=date.fromisoformat(content["cutoff"]),
            made_on=str(content.get("created_at") or content.get("made_on") or ""),
            identity=_mapping(content["identity"]),
            environment=_mapping(content.get("environment")),
        )
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise RawanError(
            f"{file}: cannot be read ({type(error).__name__}). It was changed after the run was "
            "published; move its folder away, and make the run anew with: rawan run"
        ) from error


def _latest(settings: Settings, named: dict[str, Path]) -> Run:
    """Return the run that `latest.json` names; without one, the one made last."""
    pointer = settings.output.folder / f"{LATEST}.json"
    try:
        run_id = json.loads(pointer.read_text(encoding="utf-8"))["run_id"]
    except FileNotFoundError:
        runs = [run for file in named.values() if (run := _read(file)) is not None]
        if not runs:
            raise UsageError(
                f"{settings.output.private}: there is no complete run yet. Make one: rawan run"
            ) from None
        return max(runs, key=lambda run: (run.made_on, run.run_id))
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError):
        raise RawanError(f"{pointer}: cannot be read. Make it anew with: rawan run") from None
    run = _read(named[run_id]) if run_id in named else None
    if run is None:
        raise RawanError(
            f"{pointer}: names {run_id}, of which there is no complete run. Name one of: "
            f"{_some(list(named))}."
        )
    return run


def _changed(
    kind: Kind, before: Mapping[str, str], after: Mapping[str, str], is_hash: bool = False
) -> list[Difference]:
    """Return the names whose values differ; of a hash the first digits are told."""

    def told(value: str | None) -> str | None:
        return value[:12] if is_hash and value is not None else value

    names = sorted(n for n in before.keys() | after.keys() if before.get(n) != after.get(n))
    return [Difference(kind, n, told(before.get(n)), told(after.get(n))) for n in names]


def _files(inputs: Any) -> dict[str, str]:
    """Return by name what a file is: rows and the first digits of its hash."""
    return {
        name: f"{file.get('rows')} rows, sha256 {str(file.get('sha256'))[:12]}"
        for name, file in _mapping(inputs).items()
        if isinstance(file, Mapping)
    }


def _flat(content: Any, prefix: str = "") -> dict[str, str]:
    """Return the values of nested tables by their dotted names; what is empty has none."""
    found: dict[str, str] = {}
    for name, value in _mapping(content).items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{name}.")
        elif value is not None:
            is_text = isinstance(value, str)
            found[prefix + str(name)] = value if is_text else json.dumps(value, ensure_ascii=False)
    return found


def _code(run: Run) -> dict[str, str]:
    """Return what the code was; the commit is told where its content differs."""
    digits = str(run.identity.get("code_sha256"))[:12]
    commit = run.environment.get("git_commit")
    return {"code": digits if commit is None else f"{digits}, commit {str(commit)[:12]}"}


def _machine(run: Run) -> dict[str, str]:
    arithmetic = run.identity.get("arithmetic")
    found = {} if arithmetic is None else {"arithmetic": json.dumps(arithmetic)}
    names = ("python", "platform")
    return found | {n: str(run.environment[n]) for n in names if n in run.environment}


def _mapping(content: Any) -> Mapping[str, Any]:
    return content if isinstance(content, Mapping) else {}


def _hash(name: str) -> str:
    return name.rpartition("-")[2]


def _some(names: list[str]) -> str:
    shown = ", ".join(names[-_SHOWN_RUNS:])
    more = len(names) - _SHOWN_RUNS
    return f"{shown} and {more} older" if more > 0 else shown
