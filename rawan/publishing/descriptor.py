"""Published tables for the programs of others: a data package, and Parquet that explains itself.

Owns what stands beside the rows: `datapackage.json` after the Frictionless Data Package standard
(version 2), and the metadata of a Parquet file. What columns mean is in `data/contracts/`.
"""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from rawan.provenance import file_hash
from rawan.publishing.contracts import AREAS, FILES, RANKING, read_contract
from rawan.settings import Language

PREFIX = "rawan."
_SCHEMA = "https://datapackage.org/profiles/2.0/datapackage.json"
_CONTRACTS = {"ranking": RANKING, "areas": AREAS}
_KEYS = {
    "ranking": ["run_id", "hazard", "stage", "village_code"],
    "areas": ["run_id", "hazard", "stage", "kind", "area"],
}
_FORMATS = {
    ".csv": {"format": "csv", "mediatype": "text/csv", "encoding": "utf-8"},
    ".parquet": {"format": "parquet", "mediatype": "application/vnd.apache.parquet"},
}
# As `tables.write_csv` writes.
_DIALECT = {
    "delimiter": ",",
    "quoteChar": '"',
    "doubleQuote": True,
    "lineTerminator": "\r\n",
    "header": True,
}
# Of a contract's column, what a data package calls a constraint.
_CONSTRAINTS = ("minimum", "maximum", "minLength", "maxLength", "pattern")
# Facts that have a place of their own in the descriptor.
_PLACED = ("title", "description", "made_on", "issued_on", "contract_version")


def described(stem: str) -> dict[str, dict[str, str]]:
    """Return what the columns of a published table mean, by name.

    Parameters
    ----------
    stem : name of the file without its ending; of a table that nothing declares, no columns.

    Returns
    -------
    By column: description_id and description_en, and for a table under a contract also
    sensitivity and, where it has one, unit.

    Examples
    --------
    >>> described("ranking")["rank"]["description_en"]
    '1 is the highest; ties share the smallest rank.'
    """
    if stem in _CONTRACTS:
        return {
            name: {
                "description_id": column["description_id"],
                "description_en": column["description"],
                **{key: column[key] for key in ("sensitivity", "unit") if key in column},
            }
            for name, column in read_contract(_CONTRACTS[stem])["properties"].items()
        }
    columns = _files().get(stem, {}).get("columns", {})
    return {
        name: {"description_id": words["id"], "description_en": words["en"]}
        for name, words in columns.items()
    }


def datapackage(
    folder: Path,
    files: Mapping[str, pl.DataFrame],
    about: Mapping[str, str],
    lang: Language,
    sources: Sequence[Mapping[str, str]] = (),
) -> dict[str, Any]:
    """Return the descriptor of a folder's tables; the files must have been written.

    Parameters
    ----------
    folder : where the descriptor will lie, as `datapackage.json`.
    files : by path within the folder, CSV or Parquet, the rows that were written there.
    about : region, run_id, data_origin, audience, and made_on or issued_on (ISO 8601, with a
        zone); further facts are kept as they are. Of these `title` and `description`, if given,
        are what the package is called and described as.
    sources : each with a title and, if there is one, a path (URL).

    Raises
    ------
    ValueError
        If a file is of another kind, a path leads out of the folder, or a fact is missing.
    """
    if missing := [n for n in ("region", "run_id", "data_origin", "audience") if n not in about]:
        raise ValueError(f"the descriptor needs {', '.join(missing)}")
    created = about.get("issued_on") or about.get("made_on")
    if created is None:
        raise ValueError("the descriptor needs issued_on or made_on")
    title = about.get("title") or f"Rawan: {about['region']}, {about['run_id']}"
    if about["data_origin"] == "SIMULASI":
        title = f"SIMULASI – {title}"
    package: dict[str, Any] = {
        "$schema": _SCHEMA,
        "name": _name(f"rawan-{about['run_id']}-{about['audience']}"),
        "title": title,
        "created": created,
    }
    if "description" in about:
        package["description"] = about["description"]
    if "contract_version" in about:
        package["version"] = about["contract_version"]
    package |= {name: value for name, value in about.items() if name not in _PLACED}
    if sources:
        package["sources"] = [dict(source) for source in sources]
    package["resources"] = [_resource(folder, path, files[path], lang) for path in sorted(files)]
    return package


def parquet_metadata(
    columns: Mapping[str, Mapping[str, str]], about: Mapping[str, str]
) -> dict[str, str]:
    """Return the key and value pairs that every reader of a Parquet file sees.

    Each fact stands under its name after `rawan.`; `rawan.columns` is a JSON object of what the
    columns mean.

    Examples
    --------
    >>> parquet_metadata({"rank": {"description_en": "Highest is 1."}}, {"audience": "intel"})
    {'rawan.audience': 'intel', 'rawan.columns': '{"rank": {"description_en": "Highest is 1."}}'}
    """
    told = {name: dict(meaning) for name, meaning in columns.items()}
    facts = {f"{PREFIX}{name}": about[name] for name in sorted(about)}
    return facts | {f"{PREFIX}columns": json.dumps(told, ensure_ascii=False, sort_keys=True)}


def write_described_parquet(
    frame: pl.DataFrame,
    path: Path,
    columns: Mapping[str, Mapping[str, str]],
    about: Mapping[str, str],
) -> None:
    """Write a frame as Parquet that says what it is and what its columns mean.

    The facts stand in the file's own key and value pairs, where DuckDB, Polars and Arrow read
    them; a column's meaning stands also at its field, where Arrow and pandas look. The same
    frame and facts give the same bytes.

    Parameters
    ----------
    columns : by column what it means, as `described` returns it; others have no meaning written,
        and columns that the frame lacks are left out.
    about : of the whole file: audience, run_id, cutoff, and what else a reader should know.
    """
    here = {name: columns[name] for name in frame.columns if name in columns}
    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    fields = [
        field.with_metadata(dict(sorted(here[field.name].items()))) if field.name in here else field
        for field in table.schema
    ]
    schema = pa.schema(fields, metadata=parquet_metadata(here, about))
    pq.write_table(table.cast(schema), path, compression="zstd")


def _resource(folder: Path, path: str, frame: pl.DataFrame, lang: Language) -> dict[str, Any]:
    file = folder / path
    kind = _FORMATS.get(file.suffix)
    if kind is None:
        raise ValueError(f"{path}: the descriptor knows CSV and Parquet only")
    if not file.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"{path}: does not lie in the folder of the descriptor")
    stem = file.stem if file.parent == folder else file.parent.name
    # One list a polsek has the columns of the ranking.
    declared = "ranking" if stem == "polsek" else stem
    resource: dict[str, Any] = {
        "name": _name(path),
        "path": Path(path).as_posix(),
        "type": "table",
        **kind,
        "bytes": file.stat().st_size,
        "hash": f"sha256:{file_hash(file)}",
    }
    if title := _title(declared, lang):
        resource["title"] = title
    if file.suffix == ".csv":
        resource["dialect"] = dict(_DIALECT)
    contract = read_contract(_CONTRACTS[declared]) if declared in _CONTRACTS else None
    meanings = described(declared)
    schema: dict[str, Any] = {"fields": [], "missingValues": [""]}
    for name, type_ in frame.schema.items():
        field: dict[str, Any] = {"name": name, "type": _type(type_)}
        if meaning := meanings.get(name):
            # In the reader's language where every program looks, and beside it in both.
            field["description"] = meaning[f"description_{lang}"]
            field |= dict(sorted(meaning.items()))
        if contract is not None and (limits := _limits(contract, name)):
            field["constraints"] = limits
        schema["fields"].append(field)
    if declared in _KEYS and set(_KEYS[declared]) <= set(frame.columns):
        schema["primaryKey"] = list(_KEYS[declared])
    resource["schema"] = schema
    return resource


def _limits(contract: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return what a contract promises of a column's values; of one that it lacks, nothing."""
    column = contract["properties"].get(name, {})
    kinds = column.get("type", [])
    is_empty = "null" in ([kinds] if isinstance(kinds, str) else kinds)
    limits: dict[str, Any] = {}
    if name in contract["required"] and not is_empty:
        limits["required"] = True
    limits |= {key: column[key] for key in _CONSTRAINTS if key in column}
    if "enum" in column:
        limits["enum"] = [value for value in column["enum"] if value is not None]
    return limits


def _type(kind: pl.DataType) -> str:
    """Return a type of the table schema for a column's type.

    Examples
    --------
    >>> _type(pl.Int64()), _type(pl.Date()), _type(pl.List(pl.String))
    ('integer', 'date', 'array')
    """
    if kind == pl.Boolean:
        return "boolean"
    if kind.is_integer():
        return "integer"
    if kind.is_numeric():
        return "number"
    if kind == pl.Date:
        return "date"
    if isinstance(kind, pl.Datetime):
        return "datetime"
    if isinstance(kind, (pl.List, pl.Array)):
        return "array"
    if isinstance(kind, pl.Struct):
        return "object"
    return "string"


def _title(stem: str, lang: Language) -> str | None:
    if stem in _CONTRACTS:
        return str(read_contract(_CONTRACTS[stem])["title"]) if lang == "en" else None
    titles = _files().get(stem, {}).get("title")
    return None if titles is None else str(titles[lang])


def _name(words: str) -> str:
    """Return words as a name of the standard: small letters, digits and `-`.

    Examples
    --------
    >>> _name("polsek/Polsek Natar.csv")
    'polsek-polsek-natar-csv'
    """
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-") or "rawan"


@cache
def _files() -> dict[str, Any]:
    return tomllib.loads(FILES.read_text(encoding="utf-8"))
