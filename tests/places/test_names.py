"""Names are found among many: nothing near is missed, nothing doubtful is taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from rawan.places.names import NameIndex
from rawan.places.neighbours import DeletionIndex

WORDS = st.lists(st.text("abck", min_size=1, max_size=9), min_size=1, max_size=12)


@given(WORDS, WORDS)
def test_no_pair_within_two_edits_is_missed_in_a_long_list(
    listed: list[str], written: list[str]
) -> None:
    found = {
        (int(query), int(entry))
        for queries, entries in DeletionIndex(listed).pairs(written)
        for query, entry in zip(queries, entries, strict=True)
    }
    near = {
        (at, number)
        for at, word in enumerate(written)
        for number, name in enumerate(listed)
        if OSA.distance(word, name) <= 2
    }
    assert near <= found


LONG = NameIndex(
    [
        (f"99.{at:04}", f"99.{at % 7}", (f"{a}{b}{c} {d}{a}",))
        for at, (a, b, c, d) in enumerate(
            (a, b, c, d)
            for a in ("suka", "tirta", "wana", "marga", "gunung", "lebak")
            for b in ("rekaan", "khayal", "andai", "misal", "umpama", "tiruan")
            for c in ("jaya", "baru", "indah", "lama", "timur", "hulu", "muda")
            for d in (
                "ka",
                "sri",
                "way",
                "nu",
                "po",
                "zu",
                "ti",
                "ma",
                "la",
                "ro",
                "ve",
                "gu",
                "xi",
            )
        )
    ]
)


@pytest.mark.parametrize(
    "written",
    [
        "sukarekaanjaya kasuka",
        "Sukarekanjaya Kasuka",
        "kasuka sukarekaanjaya",
        "SUKAREKAANJAYAKASUKA",
    ],
)
def test_a_name_is_found_in_a_long_list_however_it_is_written(written: str) -> None:
    match = LONG.match(written, None)
    offered = [match.code, *(candidate.code for candidate in match.candidates)]
    assert "99.0000" in offered[:2]


def test_one_by_one_and_together_give_the_same() -> None:
    written = ["sukarekaanjaya kasuka", "wanaandaibaru srywana", "gunungmisal", "", "xx"]
    for scope in (None, "99.3", "nowhere"):
        together = LONG.match_many(written, [scope] * len(written))
        assert together == [LONG.match(name, scope) for name in written]


def test_a_number_behind_a_name_is_not_taken_for_a_slip() -> None:
    index = NameIndex([("1", "a", ("Sukarekaan Agung",)), ("2", "a", ("Tirtakhayal II",))])
    assert index.match("Sukarekaan Agung 2", "a").code is None
    assert index.match("Sukarekaan Agung II", "a").code is None
    assert index.match("Tirtakhayal 2", "a").code == "2"
    assert index.match("Tirtakayal II", "a").code == "2"
