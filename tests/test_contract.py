"""The contracts of what is published: versions mean something, and nothing breaks by accident."""

import copy
import itertools
from typing import Any

import jsonschema
import pytest

from rawan.publishing.contracts import (
    AREAS,
    DEPLOYMENT,
    RANKING,
    breaking_changes,
    lacking,
    read_contract,
    readers,
    released,
    version,
    version_problems,
)

CONTRACTS = {"ranking": RANKING, "areas": AREAS, "plan": DEPLOYMENT}


def ranking() -> dict[str, Any]:
    return read_contract(RANKING)


def raised(contract: dict[str, Any], number: str) -> dict[str, Any]:
    return {**copy.deepcopy(contract), "version": number}


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_contract_keeps_what_its_released_versions_promised(name: str) -> None:
    """A breaking change needs a new major version; any change a higher one than the last."""
    problems = version_problems(released(name), read_contract(CONTRACTS[name]))
    assert not problems, "\n".join(problems)


def test_every_released_version_of_the_ranking_is_on_record() -> None:
    history = released("ranking")
    assert [contract["version"] for contract in history][:2] == ["1.0.0", "1.1.0"]
    assert len(history[0]["properties"]) == 35
    for contract in history:
        jsonschema.Draft202012Validator.check_schema(contract)
    for earlier, later in itertools.pairwise(history):
        if version(earlier)[0] == version(later)[0]:
            assert breaking_changes(earlier, later) == []


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_contract_is_a_schema_and_says_of_each_column_what_and_for_whom(name: str) -> None:
    contract = read_contract(CONTRACTS[name])
    jsonschema.Draft202012Validator.check_schema(contract)
    assert f".v{version(contract)[0]}." in CONTRACTS[name].name
    assert set(contract["required"]) <= set(contract["properties"])
    for column, entry in contract["properties"].items():
        assert entry["description"], column
        assert entry["description_id"], column
        assert readers(entry["sensitivity"]), column


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rank": None}, "rank: is gone"),
        ({"rank": {"type": ["integer", "null"], "minimum": 1}}, "rank: may be empty now"),
        ({"rank": {"type": "number", "minimum": 1}}, "rank: was integer and is number"),
        ({"risk": {"type": ["integer", "null"], "minimum": 0, "maximum": 1}}, "was number"),
        ({"rank": {"type": "integer", "minimum": 0}}, "rank: minimum was 1 and is 0"),
        ({"risk": {"type": ["number", "null"], "minimum": 0, "maximum": 100}}, "risk: maximum was"),
        ({"risk": {"type": ["number", "null"], "minimum": 0}}, "risk: maximum 1 is gone"),
        ({"village": {"type": "string"}}, "village: minLength 1 is gone"),
        ({"band": {"enum": ["rawan", "baru"]}}, "band: may now be baru"),
        ({"band": {"type": "string"}}, "band: its values are no longer listed"),
        ({"village_code": {"type": "string"}}, "village_code: pattern was"),
        ({"cutoff": {"type": "string", "format": "date-time"}}, "cutoff: format was date"),
        ({"tps": {"sensitivity": "internal"}}, "tps: partner no longer gets it"),
    ],
)
def test_what_a_reader_would_trip_over_is_told_and_needs_a_new_major_version(
    change: dict[str, Any], said: str
) -> None:
    old, new = ranking(), raised(ranking(), "1.99.0")
    for name, entry in change.items():
        if entry is None:
            del new["properties"][name]
        elif "sensitivity" in entry:
            new["properties"][name] |= entry
        else:
            rest = {"sensitivity": old["properties"][name]["sensitivity"]}
            new["properties"][name] = entry | rest
    assert any(line.startswith(said) or said in line for line in breaking_changes(old, new))
    assert any("2.0.0" in problem for problem in version_problems([old], new))
    assert version_problems([old], raised(new, "2.0.0")) == []


def test_a_column_that_may_be_missing_breaks_a_reader() -> None:
    old, new = ranking(), raised(ranking(), "1.99.0")
    new["required"].remove("rank")
    assert breaking_changes(old, new) == ["rank: may be missing now"]


def test_what_promises_more_breaks_nobody() -> None:
    old, new = ranking(), raised(ranking(), "1.99.0")
    new["properties"]["band"]["enum"].remove("khusus")
    new["properties"]["risk"] |= {"maximum": 0.9}
    new["properties"]["tps"]["type"] = "integer"
    new["properties"]["components"]["sensitivity"] = "open"
    new["properties"]["further"] = {"type": "string", "sensitivity": "open"}
    assert breaking_changes(old, new) == []
    assert version_problems([old], new) == []


def test_a_change_without_a_higher_version_is_told() -> None:
    old = raised(ranking(), "1.1.0")
    reworded = copy.deepcopy(old)
    reworded["properties"]["rank"]["description"] += " Ties stay."
    assert "not higher" in version_problems([old], reworded)[0]
    assert version_problems([old], raised(reworded, "1.1.1")) == []
    wider = raised(old, "1.1.1")
    wider["properties"]["further"] = {"type": "string", "sensitivity": "open"}
    assert version_problems([old], wider) == ["further: added since 1.1.0; raise the minor"]
    assert version_problems([old], raised(wider, "1.2.0")) == []
    assert version_problems([old], old) == []
    assert version_problems([old], raised(old, "1.3.0"))


def test_who_may_not_read_a_column_is_decided_from_denied() -> None:
    contract = ranking()
    contract["properties"]["strange"] = {"type": "string", "sensitivity": "a new word"}
    contract["properties"]["silent"] = {"type": "string"}
    for audience in ("partner", "planner", "intel"):
        assert {"strange", "silent"} <= set(lacking(contract, audience))
    assert "components" in lacking(contract, "partner")
    assert "components" not in lacking(contract, "planner")
