"""The contract of the inputs: kinds with their fields, and the fields' meaning.

It is declared in `data/contracts/inputs.toml`, once.
"""

import tomllib
from functools import cache
from typing import Any

from rawan.settings import PROJECT_ROOT

INPUTS = PROJECT_ROOT / "data" / "contracts" / "inputs.toml"


@cache
def contract() -> dict[str, Any]:
    """Return the contract of the inputs: kinds with their fields, and the fields' meaning."""
    return tomllib.loads(INPUTS.read_text(encoding="utf-8"))


def fields_of(kind: str) -> list[str]:
    """Return the fields that a kind of input may have: its own, then those of its place."""
    return [*contract()["kinds"][kind]["fields"], *contract()["places"]["fields"]]


def required_of(kind: str) -> list[str]:
    """Return the fields that every file of a kind must have."""
    return list(contract()["kinds"][kind]["required"])


def recognised_by(kind: str) -> list[str]:
    """Return the fields whose columns make a header one of this kind."""
    return list(contract()["kinds"][kind].get("recognised_by", required_of(kind)))


def choices_of(name: str) -> tuple[str, ...]:
    """Return the only words that a cell of a field may hold; none where any may stand there."""
    return tuple(contract()["fields"][name].get("choices", ()))
