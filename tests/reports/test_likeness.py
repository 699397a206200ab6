"""Near-identical texts: found in any order, never quadratic, and nothing else is put together."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz

from rawan.reports.likeness import LEAST_WORDS, group_alike
from rawan.reports.words import words_and_numbers

CLASH = "Warga Dusun A dan warga Dusun B bersitegang di pasar soal lahan parkir sejak pagi tadi."
FORWARDED = f"*diteruskan* {CLASH.lower().replace('tadi.', 'tdi')}"
OTHER = "Kapal pengangkut kotak suara belum dapat berangkat karena gelombang tinggi di selat."

words = st.sampled_from(["warga", "dusun", "pasar", "kotak", "suara", "kapal", "malam", "3", "A"])
texts = st.lists(st.lists(words, max_size=12).map(" ".join), max_size=12)


def together(texts: list[str], threshold: float = 0.9) -> set[frozenset[str]]:
    groups: dict[int, set[str]] = {}
    for text, number in zip(texts, group_alike(texts, threshold), strict=True):
        groups.setdefault(number, set()).add(text)
    return {frozenset(group) for group in groups.values()}


def test_a_forwarded_text_counts_with_the_one_it_repeats() -> None:
    assert group_alike([CLASH, OTHER, FORWARDED], threshold=0.8) == [0, 1, 0]


def test_signs_capitals_and_html_make_no_other_text() -> None:
    copies = [CLASH, CLASH.upper(), f"<p>{CLASH.replace(' ', '  ')}</p>", f"=({CLASH})"]
    assert group_alike(copies, threshold=1.0) == [0, 0, 0, 0]


def test_short_texts_are_alike_only_when_equal() -> None:
    assert group_alike(["aman di dusun A", "aman di dusun B", "Aman di dusun A!"]) == [0, 1, 0]


def test_a_text_of_other_words_is_not_taken_along() -> None:
    changed = CLASH.replace("bersitegang di pasar soal lahan parkir", "bergotong royong di balai")
    assert group_alike([CLASH, changed]) == [0, 1]


def test_groups_are_closed_over_chains_of_alike_texts() -> None:
    steps = [CLASH]
    for old, new in [("bersitegang", "bersitegag"), ("parkir", "parkr"), ("sejak", "sejk")]:
        steps.append(steps[-1].replace(old, new))
    first_to_last = fuzz.ratio(steps[0].lower(), steps[-1].lower()) / 100
    threshold = first_to_last + 0.005
    assert group_alike(steps, threshold) == [0, 0, 0, 0]


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.1, float("nan")])
def test_a_threshold_that_means_nothing_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        group_alike([CLASH], threshold)


def test_nothing_is_grouped_of_nothing() -> None:
    assert group_alike([]) == []
    assert group_alike(["", "  ", "!"]) == [0, 0, 0]


def test_half_a_sign_is_no_obstacle() -> None:
    assert group_alike(["warga dusun A \ud800 di pasar", OTHER]) == [0, 1]


@given(texts=texts, seed=st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_arrival_changes_no_group(texts: list[str], seed: "object") -> None:
    shuffled = list(texts)
    seed.shuffle(shuffled)  # type: ignore[attr-defined] # a random.Random
    assert together(texts, 0.8) == together(shuffled, 0.8)


@given(texts=texts)
@settings(max_examples=60, deadline=None)
def test_whoever_shares_a_group_is_linked_by_likeness(texts: list[str]) -> None:
    for group in together(texts, 0.8):
        forms = [" ".join(words_and_numbers(text)) for text in group]
        linked, rest = {forms[0]}, set(forms[1:])
        while near := {
            form
            for form in rest
            if any(form == other or fuzz.ratio(form, other) >= 80 - 1e-6 for other in linked)
        }:
            linked |= near
            rest -= near
        assert not rest - linked
        if len(set(forms)) > 1:
            assert all(form.count(" ") + 1 >= LEAST_WORDS for form in forms)


@given(texts=st.lists(st.text(max_size=80), max_size=8))
@settings(max_examples=60, deadline=None)
def test_any_text_can_be_grouped(texts: list[str]) -> None:
    numbers = group_alike(texts)
    assert len(numbers) == len(texts)
    seen: list[int] = []
    for number in numbers:
        if number not in seen:
            seen.append(number)
    assert seen == list(range(len(seen)))


def test_a_flood_of_one_text_does_not_blow_up() -> None:
    flood = [f"Regu {i} melaporkan patroli malam di desa selesai dan aman" for i in range(20_000)]
    started = time.process_time()
    group_alike(flood + [CLASH] * 20_000)
    assert time.process_time() - started < 10  # all pairs would be 400 million
