"""What people read: both languages whole, and every word that is asked for is there."""

import re
from string import Formatter

from rawan.features import registry
from rawan.publishing.texts import texts
from rawan.settings import PROJECT_ROOT

PUBLISHING = PROJECT_ROOT / "rawan"


def test_both_languages_fill_in_the_same_words() -> None:
    for key, words in texts().items():
        named = {
            lang: {name for _, name, _, _ in Formatter().parse(sentence) if name}
            for lang, sentence in words.items()
        }
        assert named["id"] == named["en"], key
        assert all(words.values()), key


def test_every_key_that_the_code_asks_for_is_there() -> None:
    asked = {
        key
        for path in PUBLISHING.rglob("*.py")
        for key in re.findall(r'\btext\("([a-z_.0-9]+)"', path.read_text(encoding="utf-8"))
    }
    assert asked
    assert asked <= set(texts())


def test_every_feature_has_a_label_in_both_languages() -> None:
    for feature in registry().values():
        assert set(feature.labels) == {"id", "en"}
        assert all(feature.labels.values())
