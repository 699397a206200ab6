"""Who may read what: the sensitivity of every column, and what is withheld from an audience.

Owns the rule. A column is for an audience only if its contract says so; one that no contract
knows is for nobody. A column that is "derived" is made from features, and as sensitive as the most
sensitive of them: `editions.py` looks.
"""

import tomllib
from functools import cache
from typing import Literal, cast, get_args

import polars as pl

from models.additive import INTERCEPT
from rawan.features import find
from rawan.publishing.contracts import FILES, RANKING, read_contract, readers
from rawan.settings import Audience
from rawan.sources.mapping import contract

Sensitivity = Literal["open", "internal", "secret", "derived"]

AUDIENCES: tuple[Audience, ...] = get_args(Audience)
# Kinds of data that features are made of and that everybody may know of. Whatever else a
# feature names as its source (reports, nil returns, gatherings, deployments) is not open.
_OPEN_SOURCES = frozenset(
    {
        *("incidents", "coordinates", "outlines", "polling stations", "calendar"),
        *("former places", "population", "results", "terrain", "covariates of a record"),
        *("TPS vulnerability",),
    }
)
OPEN_KINDS = ("incidents", "demographics", "polling_stations", "tps_vulnerability")
"""Kinds of rows that everybody may know how many there are of."""


def may_read(audience: Audience, sensitivity: Sensitivity) -> bool:
    """Return whether an audience may read what is so sensitive."""
    return audience in readers(sensitivity)


@cache
def sensitivities(table: str) -> dict[str, Sensitivity]:
    """Return the sensitivity of each column of a published table.

    Raises
    ------
    KeyError
        If no contract knows the table.
    """
    if table == "ranking":
        columns = read_contract(RANKING)["properties"]
    else:
        columns = tomllib.loads(FILES.read_text(encoding="utf-8"))[table]["columns"]
    found = {name: column["sensitivity"] for name, column in columns.items()}
    if strange := set(found.values()) - set(get_args(Sensitivity)):
        raise ValueError(f"{table}: {sorted(strange)[0]!r} is no sensitivity")
    return cast(dict[str, Sensitivity], found)


def withheld(table: str, audience: Audience) -> tuple[str, ...]:
    """Return the columns of a published table that an audience does not get."""
    return tuple(name for name, how in sensitivities(table).items() if not may_read(audience, how))


def shown(frame: pl.DataFrame, table: str, audience: Audience) -> pl.DataFrame:
    """Return the columns that an audience may read; what no contract knows is left out."""
    known = sensitivities(table)
    return frame.select(
        name for name in frame.columns if name in known and may_read(audience, known[name])
    )


def is_open(feature: str) -> bool:
    """Return whether everybody may know what a feature is made of.

    Examples
    --------
    >>> is_open("clash_decayed"), is_open("conflict_reports"), is_open("invented")
    (True, False, False)
    """
    if feature == INTERCEPT:
        return True
    declared = find(feature)
    return declared is not None and set(declared.source.split(", ")) <= _OPEN_SOURCES


def is_open_table(table: str) -> bool:
    """Return whether everybody may know how many rows of a table broke a rule.

    That of a kind of input only where the kind is open; so a new kind is not.

    Examples
    --------
    >>> is_open_table("staging.incidents"), is_open_table("staging.reports")
    (True, False)
    """
    closed = {kind.removesuffix("s") for kind in contract()["kinds"].keys() - set(OPEN_KINDS)}
    return not any(kind in table for kind in (*closed, "mention"))
