"""What a run was made from: its id, and the manifest that names every input and output."""

import hashlib
import importlib.metadata
import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_info

from rawan.provenance import file_hash
from rawan.publishing.runs import AUDITS
from rawan.reference import reference_hashes
from rawan.review.chain import head
from rawan.settings import PROJECT_ROOT, Settings
from rawan.sources.shelf import rejected
from rawan.warehouse import Warehouse

_CODE = ("rawan", "models", "flows", "sql", "data/contracts")
_PACKAGES = (
    "duckdb",
    "great-expectations",
    "numpy",
    "polars",
    "prefect",
    "pyarrow",
    "scikit-learn",
    "scipy",
    "skops",
    "vl-convert-python",
)


def input_files(warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    """Return the files that count in this run, by name, with hash, rows and origin."""
    rows = warehouse.rows(
        "SELECT file, file_hash, string_agg(DISTINCT kind, ', ' ORDER BY kind),"
        " string_agg(DISTINCT mapping, ', ' ORDER BY mapping), origin, sum(rows)::BIGINT,"
        " obtained_on"
        " FROM raw.files JOIN raw.sheets USING (file, file_hash)"
        " WHERE is_current GROUP BY ALL ORDER BY file"
    )
    names = ("sha256", "kind", "mapping", "origin", "rows", "obtained_on")
    return {file: dict(zip(names, map(_plain, rest), strict=True)) for file, *rest in rows}


def configuration(settings: Settings) -> dict[str, Any]:
    """Return what of the configuration shapes the result: all but the places of files."""
    content = settings.model_dump(mode="json")
    for section, names in {
        "region": ["reference", "polsek"],
        "inputs": ["inbox", "public_record", "mappings"],
        "warehouse": ["path", "key_file"],
        "output": ["folder", "private", "plans", "audience", "keep_days", "signing_key"],
    }.items():
        for name in names:
            del content[section][name]
    return content


def code_hash() -> str:
    """Return the SHA-256 over all code, SQL, templates and contracts."""
    digest = hashlib.sha256()
    for folder in _CODE:
        for path in sorted((PROJECT_ROOT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(path.relative_to(PROJECT_ROOT).as_posix().encode())
                # A checkout on Windows may end lines otherwise.
                digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def identity(warehouse: Warehouse, settings: Settings, compared_with: list[str]) -> dict[str, Any]:
    """Return everything that the result depends on; its hash is the run's id."""
    mappings = {
        path.name: file_hash(path) for path in sorted(settings.inputs.mappings.glob("*.toml"))
    }
    return {
        "inputs": input_files(warehouse),
        "rejected": rejected(settings.inputs),
        "people": _people(warehouse),
        # The model card tells how earlier lists fared.
        "reckonings": {
            file.parent.name: file_hash(file)
            for file in sorted((settings.output.private / AUDITS).glob("*/audit.json"))
        },
        "reference": reference_hashes(settings),
        "mappings": mappings,
        "configuration": configuration(settings),
        "configuration_sha256": hash_of(configuration(settings)),
        "code_sha256": code_hash(),
        "packages": _packages(),
        "arithmetic": _arithmetic(),
        "compared_with": compared_with,
    }


def run_id(settings: Settings, identity: dict[str, Any]) -> str:
    """Return the run's id: the cutoff for people, and the hash of what it was made from."""
    return f"{settings.calendar.cutoff:%Y%m%d}-{hash_of(identity)[:12]}"


def hash_of(content: Any) -> str:
    """Return the SHA-256 of a JSON value in canonical form."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def file_hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file under a folder, by its path there."""
    return {
        path.relative_to(folder).as_posix(): file_hash(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def environment() -> dict[str, Any]:
    """Return machine and commit: what may explain a difference between machines."""
    return {
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "git_commit": _git("rev-parse", "HEAD"),
        "git_changed": bool(_git("status", "--porcelain")),
    }


def _people(warehouse: Warehouse) -> dict[str, Any]:
    """Return what people did that shapes the result: decisions, outlines, deleted reports."""
    outlines = warehouse.value("SELECT any_value(file_hash) FROM reference.outlines")
    forgotten = warehouse.rows('SELECT file_hash, sheet, "row" FROM raw.forgotten ORDER BY ALL')
    return {
        "decisions": head(warehouse)[1],
        "outlines": outlines,
        "forgotten": hash_of(forgotten) if forgotten else None,
    }


def _packages() -> dict[str, str]:
    """Return the versions that a result may depend on to the last bit."""
    return {name: importlib.metadata.version(name) for name in _PACKAGES}


def _arithmetic() -> list[str]:
    """Return the kernels of linear algebra in use: another processor adds in another order."""
    kernels = {
        f"{pool['internal_api']} {pool['version']} {pool.get('architecture', '')}".strip()
        for pool in threadpool_info()
        if pool["user_api"] == "blas"
    }
    return sorted(kernels)


def row_counts(warehouse: Warehouse) -> dict[str, int]:
    """Return the rows of every table of the warehouse."""
    tables = warehouse.rows(
        "SELECT schema_name || '.' || table_name FROM duckdb_tables()"
        " WHERE database_name = 'warehouse' ORDER BY ALL"
    )
    return {table: int(warehouse.value(f"SELECT count(*) FROM {table}")) for (table,) in tables}


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=PROJECT_ROOT,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int)) else str(value)
