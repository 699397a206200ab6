"""Labels of texts: probabilities that sum to one, repeat exactly, and know their doubt."""

import numpy as np
import pytest

from models.text_types import Array, TextTypes

TEXTS = [
    "rumah dibakar massa",
    "kantor dibakar",
    "pos dibakar habis",
    "motor dibakar orang",
] * 3 + [
    "warga berunjuk rasa",
    "petani unjuk rasa",
    "unjuk rasa di kantor",
    "buruh unjuk rasa lagi",
] * 3
LABELS = ["fire"] * 12 + ["protest"] * 12
GROUPS = ["a", "a", "b", "b"] * 6


def no_hints(count: int) -> Array:
    return np.zeros((count, 1))


@pytest.fixture(scope="module")
def model() -> TextTypes:
    return TextTypes.fit(TEXTS, LABELS, no_hints(24), GROUPS)


def test_probabilities_sum_to_one_whatever_the_text(model: TextTypes) -> None:
    texts = ["", "rumah dibakar", "kata lain sama sekali", "unjuk rasa dibakar " * 500, "é ß 漢"]
    shares = model.probabilities(texts, no_hints(5))
    assert shares.shape == (5, 2)
    assert np.allclose(shares.sum(axis=1), 1, atol=1e-12)
    assert (shares >= 0).all()


def test_an_unseen_form_of_a_word_is_known_by_its_parts(model: TextTypes) -> None:
    shares = model.probabilities(["pembakaran", "pengunjuk"], no_hints(2))
    assert shares[0, 0] > 0.5
    assert shares[1, 1] > 0.5


def test_a_row_does_not_depend_on_the_others_asked(model: TextTypes) -> None:
    texts = [f"{a} {b}" for a in TEXTS[::3] for b in TEXTS[::5]]
    together = model.probabilities(texts, no_hints(len(texts)))
    for i, text in enumerate(texts):
        alone = model.probabilities([text], no_hints(1))
        assert np.array_equal(np.round(alone[0], 6), np.round(together[i], 6))


def test_the_same_texts_give_the_same_model(model: TextTypes) -> None:
    again = TextTypes.fit(TEXTS, LABELS, no_hints(24), GROUPS)
    asked = (["rumah"], no_hints(1))
    assert np.array_equal(again.probabilities(*asked), model.probabilities(*asked))
    assert again.temperature == model.temperature


def test_labels_that_words_cannot_tell_apart_leave_doubt() -> None:
    texts = ["kata yang sama saja"] * 40
    labels = ["one", "two"] * 20
    model = TextTypes.fit(texts, labels, no_hints(40), ["a", "a", "b", "b"] * 10)
    assert model.probabilities(texts[:1], no_hints(1)).max() < 0.6


def test_a_hint_speaks_where_words_are_silent() -> None:
    hints = np.array([[1.0], [0.0]] * 20)
    texts = ["kata yang sama"] * 40
    model = TextTypes.fit(texts, ["one", "two"] * 20, hints, ["a", "a", "b", "b"] * 10)
    shares = model.probabilities(texts[:2], hints[:2])
    assert shares[0, 0] > 0.7
    assert shares[1, 1] > 0.7


def test_held_out_probabilities_come_from_other_groups() -> None:
    # Group b knows a label that group a never shows: held out, it cannot be guessed.
    labels = ["fire", "fire", "flood", "flood"] * 3 + ["protest"] * 12
    model = TextTypes.fit(TEXTS, labels, no_hints(24), GROUPS)
    flood = model.labels.index("flood")
    rows = [i for i, label in enumerate(labels) if label == "flood"]
    assert (model.held_out[rows].argmax(axis=1) != flood).all()
    assert np.allclose(model.held_out.sum(axis=1), 1)


def test_telling_words_speak_for_the_label(model: TextTypes) -> None:
    told = model.telling_words(["rumah itu dibakar massa", ""], ["fire", "fire"])
    assert told[0][0] == "dibakar"
    assert told[1] == []


@pytest.mark.parametrize(
    ("labels", "groups"),
    [(["fire"] * 24, GROUPS), (LABELS, ["a"] * 24), (LABELS[:5], GROUPS)],
)
def test_too_little_to_learn_from_is_refused(labels: list[str], groups: list[str]) -> None:
    with pytest.raises(ValueError, match=r"must be of one length|at least two"):
        TextTypes.fit(TEXTS, labels, no_hints(24), groups)
