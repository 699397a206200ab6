"""What a check is, and the suite of one table."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Check:
    """One expectation on a batch.

    `expectation` is the name of a Great Expectations class; `meaning` says, by language,
    what holds when it passes.
    """

    expectation: str
    arguments: dict[str, Any]
    meaning: dict[str, str]
    is_hard: bool = True


@dataclass(frozen=True)
class Suite:
    """The checks of one table; `query` draws the batch from the warehouse."""

    table: str
    query: str
    checks: list[Check] = field(default_factory=list)

    def hard(self, expectation: str, meaning_en: str, meaning_id: str, **arguments: Any) -> "Suite":
        """Add a check that stops the run."""
        meaning = {"en": meaning_en, "id": meaning_id}
        self.checks.append(Check(expectation, arguments, meaning))
        return self

    def soft(self, expectation: str, meaning_en: str, meaning_id: str, **arguments: Any) -> "Suite":
        """Add a check that warns."""
        meaning = {"en": meaning_en, "id": meaning_id}
        self.checks.append(Check(expectation, arguments, meaning, is_hard=False))
        return self
