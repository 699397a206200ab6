"""Column mappings: which column of a file carries which field of the contract."""

import fnmatch
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rawan.errors import RawanError, UsageError, did_you_mean
from rawan.settings import PROJECT_ROOT

INPUTS = PROJECT_ROOT / "data" / "contracts" / "inputs.toml"


@cache
def contract() -> dict[str, Any]:
    """Return the contract of the inputs: kinds with their fields, and the fields' meaning."""
    return tomllib.loads(INPUTS.read_text(encoding="utf-8"))


def fields_of(kind: str) -> list[str]:
    """Return the fields that a kind of input may have: its own, then those of its place."""
    return [*contract()["kinds"][kind]["fields"], *contract()["places"]["fields"]]


@dataclass(frozen=True)
class Mapping:
    """A source's columns, field by field.

    `columns` maps field -> column of the file; `ignore` lists columns that are kept in
    `raw` and not used; `drop` lists columns that are never stored.
    """

    name: str
    kind: str
    match: tuple[str, ...]
    columns: dict[str, str]
    ignore: frozenset[str]
    drop: frozenset[str]

    def fit(self, file: str) -> int:
        """Return the length of the longest pattern that a file's name (folder/name) fits, or 0."""
        name = file.lower()
        return max(
            len(pattern)
            if fnmatch.fnmatch(name if "/" in pattern else name.rsplit("/", 1)[-1], pattern)
            else 0
            for pattern in self.match
        )

    def check_columns(self, header: set[str]) -> list[str]:
        """Return what is wrong with a file's columns, one sentence a mistake."""
        known = set(self.columns.values()) | self.ignore | self.drop
        found = [
            f'column "{column}" is not in the mapping {self.name}.{did_you_mean(column, known)}'
            " Map it, or list it under `ignore`."
            for column in sorted(header - known)
        ]
        return found + [
            f'column "{self.columns[field]}" ({field}) is missing: it is required.'
            for field in contract()["kinds"][self.kind]["required"]
            if self.columns[field] not in header
        ]

    def fields(self, cells: dict[str, str]) -> dict[str, str]:
        """Return a row's cells by field of the contract; a field without a column is ''."""
        return {
            field: cells.get(self.columns.get(field, ""), "").strip()
            for field in fields_of(self.kind)
        }


def load_mappings(folder: Path) -> dict[str, Mapping]:
    """Read every mapping of a folder, by name.

    Raises
    ------
    UsageError
        If a mapping is wrong; the message names its file and key.
    """
    mappings = {path.stem: _load(path) for path in sorted(folder.glob("*.toml"))}
    if not mappings:
        raise UsageError(f"{folder}: holds no column mapping (*.toml).")
    return mappings


def find_mapping(file: str, mappings: dict[str, Mapping]) -> Mapping:
    """Return the mapping for a file of this name; the longest fitting pattern wins."""
    fitting = [mapping for mapping in mappings.values() if mapping.fit(file)]
    if not fitting:
        patterns = [pattern for mapping in mappings.values() for pattern in mapping.match]
        # Patterns with a folder are for the record that ships.
        known = ", ".join(pattern for pattern in patterns if "/" not in pattern)
        raise RawanError(
            f"{file}: no column mapping fits this name. Name the file after one of {known}, "
            "or add a mapping to the folder of mappings."
        )
    return max(fitting, key=lambda mapping: mapping.fit(file))


def _load(path: Path) -> Mapping:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: is not valid TOML: {error}.") from None
    keys = {"kind", "match", "columns", "ignore", "drop"}
    for key in content:
        if key not in keys:
            raise UsageError(f'{path}: "{key}" is not a key.{did_you_mean(key, keys)}')
    for key in ("kind", "match", "columns"):
        if key not in content:
            raise UsageError(f'{path}: the key "{key}" is missing.')
    for key in ("match", "ignore", "drop"):
        if not _are_texts(content.get(key, [])) or (key == "match" and not content[key]):
            raise UsageError(f'{path}: "{key}" must be a list of texts.')
    kinds = contract()["kinds"]
    if content["kind"] not in kinds:
        raise UsageError(
            f'{path}: "{content["kind"]}" is not a kind.{did_you_mean(content["kind"], kinds)}'
        )
    kind = kinds[content["kind"]]
    if not isinstance(content["columns"], dict):
        raise UsageError(f"{path}: [columns] must be a table.")
    for field, column in content["columns"].items():
        if not isinstance(column, str):
            raise UsageError(f'{path}: the column of "{field}" must be a text.')
        if column in content.get("drop", []):
            raise UsageError(f'{path}: "{column}" is mapped to {field} and dropped; do one.')
        if field not in fields_of(content["kind"]):
            raise UsageError(
                f'{path}: "{field}" is not a field of {content["kind"]}.'
                f"{did_you_mean(field, fields_of(content['kind']))}"
            )
    for field in kind["required"]:
        if field not in content["columns"]:
            raise UsageError(f'{path}: the required field "{field}" has no column.')
    return Mapping(
        name=path.stem,
        kind=content["kind"],
        match=tuple(pattern.lower() for pattern in content["match"]),
        columns=content["columns"],
        ignore=frozenset(content.get("ignore", [])),
        drop=frozenset(content.get("drop", [])),
    )


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
