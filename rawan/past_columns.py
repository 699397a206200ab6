"""The columns of features.past as DuckDB macros: one for each group of types and half-life.

Which groups and half-lives there are depends on the region and its configuration, so their sums
cannot be written down in a file of SQL; `sql/30_features/past.sql` has all the rest.
"""

from collections.abc import Mapping, Sequence

# Whole numbers add up to the same in any order, so that rows which do not count change no last
# bit; 2 ** 52 steps to one are as fine as the fractions themselves.
_STEPS = 2**52


def macros(groups: Mapping[str, Sequence[int]], half_lives_days: Sequence[int]) -> list[str]:
    """Return the statements that make features.past_steps and features.past_groups.

    Parameters
    ----------
    groups : by the name of a group, the numbers of its types.
    half_lives_days : in days.
    """
    steps = {str(days): f"0.5 ** (greatest(age_days, 0) / {days})" for days in half_lives_days}
    sums = {
        name: f"sum((weight * {faded} * {_STEPS})::BIGINT)"
        for name, faded in (steps | {"plain": "1"}).items()
    }
    columns: dict[str, str] = {}
    for group, types in groups.items():
        within = f"FILTER (type_no IN ({', '.join(map(str, types))}))"

        def counted(name: str, within: str = within) -> str:
            return f"sum(struct_extract(steps, '{name}')) {within} / {_STEPS}"

        for days in half_lives_days:
            columns[f"past_{group}_{days}"] = counted(str(days))
        columns[f"past_{group}_year"] = f"{counted('plain')} / years"
        columns[f"past_{group}_last"] = f"0.5 ** (min(age_days) {within} / 365)"
    return [
        f"CREATE OR REPLACE MACRO features.past_steps(weight, age_days) AS {_struct(sums)}",
        "CREATE OR REPLACE MACRO features.past_groups(type_no, steps, age_days, years)"
        f" AS {_struct(dict(sorted(columns.items())))}",
    ]


def _struct(fields: Mapping[str, str]) -> str:
    """Return a struct of these fields; names that differ in case alone get a number."""
    told: dict[str, str] = {}
    for name, value in fields.items():
        own, number = name, 1
        while own.casefold() in {known.casefold() for known in told}:
            own, number = f"{name}_{number}", number + 1
        told[own] = value
    return "{" + ", ".join(f"{_quoted(name)}: {value}" for name, value in told.items()) + "}"


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"
