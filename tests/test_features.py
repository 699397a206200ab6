"""The catalogue of features: whole, and of one mind with the SQL that makes them."""

import re
import tomllib
from typing import Any

import pytest

from models.effort_inputs import EFFORT_COLUMNS
from rawan.errors import RawanError
from rawan.features import REGISTRY, declared, find, learned, read_catalogue, registry
from rawan.settings import PROJECT_ROOT

SQL = {path.stem: path.read_text("utf-8") for path in (PROJECT_ROOT / "sql/30_features").glob("*")}


def headers() -> dict[str, tuple[str, str]]:
    """Return of each column that a header explains: its file, and what stands in brackets."""
    found: dict[str, tuple[str, str]] = {}
    for file, text in SQL.items():
        comment = "\n".join(line for line in text.splitlines() if line.startswith("--"))
        columns = re.search(r"^-- columns(.*?)(?=^-- source|\Z)", comment, re.M | re.S)
        assert columns, file
        words = re.sub(r"\s*\n--\s*", " ", columns[1])
        for names, told in re.findall(r"((?:[\w<>]+, )*[\w<>]+) \[([^\]]*)\]", words):
            for name in names.split(", "):
                found.setdefault(name, (file, told))
    return found


HEADERS = headers()
# Those that the effort model makes have no SQL.
IN_SQL = [name for name in registry() if name in HEADERS or name not in EFFORT_COLUMNS]


def parameters(text: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", text))


@pytest.mark.parametrize("name", IN_SQL)
def test_the_header_of_the_sql_gives_the_unit_and_the_window_of_the_catalogue(name: str) -> None:
    feature, (file, told) = registry()[name], HEADERS[name]
    assert told.startswith(feature.unit), f"{file}.sql says [{told}], not {feature.unit}"
    assert parameters(told) == parameters(feature.window), file
    days = set(re.findall(r"\b(\d+) days", feature.window))
    assert days == set(re.findall(r"_(\d+)_days", name)), "a name with days says which"


@pytest.mark.parametrize("name", registry())
def test_what_the_window_is_measured_by_is_read_by_the_sql(name: str) -> None:
    read = set(re.findall(r"getvariable\('(\w+)'\)", "".join(SQL.values())))
    assert parameters(registry()[name].window) <= read


def test_the_windows_of_the_families_stand_in_the_sql_too() -> None:
    for measure in ("<days>", "year", "last"):
        _, told = HEADERS[f"past_<group>_{measure}"]
        feature = declared(f"past_outcome_{measure.replace('<days>', '91')}")
        assert told.startswith(feature.unit)
        assert parameters(told) == parameters(feature.window)


def test_a_flag_belongs_to_one_source_column() -> None:
    flags = [f.missing for f in registry().values() if f.missing and f.name != "margin"]
    assert len(flags) == len(set(flags)), "the margin is the closeness the other way round"


@pytest.mark.parametrize(
    "field", ["unit", "transform", "learn", "label", "window", "imputation", "source", "why"]
)
def test_an_entry_that_lacks_a_field_is_refused_by_name(field: str) -> None:
    content: dict[str, Any] = tomllib.loads(REGISTRY.read_text("utf-8"))
    del content["turnout"][field]
    with pytest.raises(RawanError, match=rf"\[turnout\]: {field} is missing"):
        read_catalogue(content)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"why": ""}, "why is empty"),
        ({"wyh": "x"}, "wyh is no field"),
        ({"imputation": "mean"}, "imputation is one of median, zero, empty, none"),
        ({"transform": "log"}, "transform is one of"),
        ({"label": {"en": "x"}}, "label needs words in id and en"),
    ],
)
def test_an_entry_that_contradicts_itself_is_refused(change: dict[str, Any], told: str) -> None:
    content: dict[str, Any] = tomllib.loads(REGISTRY.read_text("utf-8"))
    content["turnout"] |= change
    with pytest.raises(RawanError, match=told):
        read_catalogue(content)


def test_what_is_filled_with_the_median_must_be_flagged() -> None:
    content: dict[str, Any] = tomllib.loads(REGISTRY.read_text("utf-8"))
    del content["turnout"]["missing"]
    with pytest.raises(RawanError, match="missing must name the flag"):
        read_catalogue(content)


def test_members_of_families_are_described_like_any_other() -> None:
    past, covariate = declared("past_protest_365"), declared("covariate_rain_mm_month")
    assert past.labels["en"] == "History of protests (half-life 365 days)"
    assert past.window.startswith("half-life of 365 days")
    assert (past.counts, declared("past_outcome_last").counts) == ("protest", "outcome")
    assert covariate.missing == "is_covariate_rain_mm_month_missing"
    assert "rain_mm_month" in covariate.labels["id"]
    assert find("rain_mm_month") is None


def test_models_learn_from_what_the_catalogue_lets_them() -> None:
    columns = ["clash_trend", "clash_all", "covariate_x", "is_covariate_x_missing", "village_code"]
    assert learned(columns) == {"clash_trend": "identity", "covariate_x": "identity"}
