"""Patterns: every number under its name, every mistake at once, whole people."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawan.errors import RawanError
from rawan.planning.rules.patterns import CLASSES, Ratio, chosen, read_patterns
from rawan.provenance import file_hash, sidecar
from rawan.settings import PROJECT_ROOT

REFERENCE = PROJECT_ROOT / "data" / "reference"
GOOD = """
[[patterns]]
id = "contoh"
name_id = "Contoh"
name_en = "Example"
region = "Kabupaten Contoh"
election = "contoh2020"
year = 2020
written = "2-4-8"
order = "officers-tps-linmas"
source = "https://example.org/pola"
[patterns.ratios.kurang_rawan]
officers = 2
tps = 4
linmas = 8
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "patterns.toml"


def told(file: Path, text: str) -> str:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(RawanError) as caught:
        read_patterns(file)
    return str(caught.value)


def test_the_published_patterns_are_read_with_their_source_and_order() -> None:
    patterns = read_patterns(REFERENCE / "patterns.toml")
    province = patterns["lampung_pemilu2024"]
    assert province.ratios["kurang_rawan"] == Ratio(officers=2, tps=12, tps_most=20)
    assert province.ratios["khusus"].officers == 2
    assert all(pattern.source.startswith("http") for pattern in patterns.values())


def test_the_same_digits_are_read_as_each_source_says() -> None:
    patterns = read_patterns(REFERENCE / "patterns.toml")
    jakarta = patterns["metro_jaya_pilkada2017"].ratios["kurang_rawan"]  # 2-4-8
    pagar_alam = patterns["pagar_alam_pilkada2024"].ratios["kurang_rawan"]  # 2-4-8
    assert (jakarta.tps, jakarta.linmas) == (8, 4)
    assert (pagar_alam.tps, pagar_alam.linmas) == (4, 8)


def test_a_fitted_ratio_says_that_it_is() -> None:
    fitted = {p.id for p in read_patterns(REFERENCE / "patterns.toml").values() if p.is_fitted}
    assert fitted == {
        "lampung_selatan_pemilu2024_fitted",
        "national_pemilu2019_other_order",
        "sanggau_pilkades2020_fitted",
    }


@pytest.mark.parametrize("name", ["patterns.toml", "published_deployments.csv", "tps_special.csv"])
def test_each_file_is_the_one_that_its_sidecar_describes(name: str) -> None:
    said = sidecar(REFERENCE / name)
    assert said["sha256"] == file_hash(REFERENCE / name)
    text = (REFERENCE / name).read_text(encoding="utf-8")
    rows = len(text.splitlines()) - 1
    if name.endswith(".toml"):
        rows = len(tomllib.loads(text)["patterns"])
    assert said["rows"] == rows


def test_every_mistake_is_told_at_once(file: Path) -> None:
    wrong = GOOD.replace("officers = 2", "oficers = 2").replace("tps = 4", "tps = 0")
    said = told(file, wrong.replace("year = 2020", 'year = "2020"') + GOOD + GOOD)
    assert 'pattern "contoh": "ratios.kurang_rawan.oficers" is not a key. Did you mean' in said
    assert '"ratios.kurang_rawan.officers" is missing.' in said
    assert '"ratios.kurang_rawan.tps"' in said
    assert '"year"' in said
    assert 'pattern "contoh": stands twice.' in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("tps = 4", "tps = 4\ntps_most = 3", "tps_most = 3 must exceed tps = 4"),
        ("tps = 4", "tps = true", "ratios.kurang_rawan.tps"),
        ("officers = 2", "officers = -2", "ratios.kurang_rawan.officers"),
        ("https://", "javascript:", '"source"'),
        ("ratios.kurang_rawan", "ratios.aman", "aman"),
        ("[[patterns]]", "[patterns]", "holds no [[patterns]]"),
        ("[[patterns]]", "[[patern]]", '"patern" is not a table'),
        ("officers-tps-linmas", "2-4-8", '"order"'),
    ],
)
def test_a_wrong_pattern_is_refused(file: Path, old: str, new: str, said: str) -> None:
    assert said in told(file, GOOD.replace(old, new, 1))


def test_a_missing_file_is_said_plainly(file: Path) -> None:
    with pytest.raises(RawanError, match="is missing"):
        read_patterns(file)


def test_an_unknown_pattern_is_answered_with_the_nearest() -> None:
    patterns = read_patterns(REFERENCE / "patterns.toml")
    with pytest.raises(RawanError, match='Did you mean "lampung_pemilu2024"'):
        chosen(patterns, "lampung_pemilu_2024")


def test_a_class_without_a_ratio_is_refused_and_not_left_bare() -> None:
    pattern = read_patterns(REFERENCE / "patterns.toml")["jakarta_barat_pemilu2024"]
    with pytest.raises(RawanError, match="no ratio for TPS of class khusus"):
        pattern.minimum({"kurang_rawan": 16, "khusus": 1})


@given(
    officers=st.integers(1, 20), tps=st.integers(1, 40), wider=st.integers(1, 40), n=st.integers(0)
)
def test_officers_are_whole_teams_and_a_span_never_needs_more(
    officers: int, tps: int, wider: int, n: int
) -> None:
    ratio = Ratio(officers, tps, tps_most=tps + wider)
    assert ratio.needed(n) % officers == 0
    assert ratio.needed(n) * tps >= n * officers
    assert ratio.needed(n + 1) >= ratio.needed(n) >= ratio.needed(n, at_most=True)


@given(st.text(max_size=300))
def test_no_text_gives_a_traceback(text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "patterns.toml"
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        with pytest.raises(RawanError):
            read_patterns(file)


def test_every_class_has_words_in_both_languages() -> None:
    from rawan.publishing.texts import text

    for name in CLASSES:
        assert text(f"plan_rules.class.{name}", "id") != text(f"plan_rules.class.{name}", "en")
