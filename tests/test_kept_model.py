"""A kept model: the same scores again, the same bytes again, and no file that is trusted."""

import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import skops.io  # type: ignore[import-untyped] # it ships no types
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from models.additive import AdditiveScore, Fitted, ShapeScore, SplitScore, SumScore
from models.calibration import Calibration
from models.log_count import LogScore
from rawan import kept_model
from rawan.errors import RawanError
from rawan.kept_values import Input, KeptModel
from rawan.settings import PROJECT_ROOT

HASH = "0123456789abcdef" * 4

ADDITIVE = AdditiveScore(
    names=("past", "size"),
    transforms=("log1p", "identity"),
    center=np.array([0.1 + 0.2, 7.0]),
    scale=np.array([1 / 3, 2.0]),
    weights=np.array([1e-17, -0.7]),
    intercept=-2.1,
)
SHAPE = ShapeScore(
    names=("past", "margin"),
    edges=(np.array([0.0, 0.5]), np.array([])),
    steps=(np.array([-0.1, 0.2, 1 / 7]), np.array([0.3])),
    unknown=np.array([0.0, -0.05]),
    intercept=0.25,
)
SPLIT = SplitScore("is_calm", ADDITIVE, replace(ADDITIVE, names=("size", "past"), intercept=1.0))
LOG = LogScore("past", 0.5)
NESTED = SumScore(
    (ADDITIVE, SumScore((SHAPE, SPLIT, LOG), np.array([0.5, 0.4, 0.1]))), np.array([0.9, 1])
)


def kept(fitted: Fitted) -> KeptModel:
    return KeptModel(
        candidate="contoh",
        scale="log_odds",
        fitted=fitted,
        calibration=Calibration("log_odds", 0.0, 1 / 3, -1.7),
        inputs=tuple(Input(n, "log1p" if n == "past" else "identity") for n in fitted.names),
        provenance={"code_sha256": "ab" * 32, "cutoff": "2024-11-20"},
    )


def frame(rows: int = 400) -> pl.DataFrame:
    random = np.random.default_rng(1)
    values = {name: random.gamma(1.0, 2.0, rows) for name in ("past", "size", "margin")}
    values["margin"][::7] = np.nan
    return pl.DataFrame({**values, "is_calm": random.random(rows) < 0.6})


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return kept_model.save(tmp_path_factory.mktemp("kept"), kept(NESTED), HASH).read_bytes()


@pytest.mark.parametrize(
    "fitted",
    [ADDITIVE, SHAPE, SPLIT, LOG, NESTED],
    ids=["additive", "shape", "split", "log", "nested"],
)
def test_a_model_read_again_gives_the_same_scores_to_the_bit(
    fitted: Fitted, tmp_path: Path
) -> None:
    path = kept_model.save(tmp_path, kept(fitted), HASH)
    again = kept_model.load(path)
    assert path.name == "model-0123456789ab.skops"
    assert again.fitted.score(frame()).tobytes() == fitted.score(frame()).tobytes()
    parts, before = again.fitted.contributions(frame()), fitted.contributions(frame())
    assert list(parts) == list(before)
    assert all(parts[name].tobytes() == before[name].tobytes() for name in parts)
    assert again.calibration == kept(fitted).calibration
    assert (again.candidate, again.scale) == ("contoh", "log_odds")
    assert again.inputs == kept(fitted).inputs
    assert again.provenance == kept(fitted).provenance


def test_a_model_without_probabilities_stays_without(tmp_path: Path) -> None:
    index = KeptModel("kartu", "index", ADDITIVE, None, kept(ADDITIVE).inputs, {})
    again = kept_model.load(kept_model.save(tmp_path, index, HASH))
    assert again.calibration is None
    assert again.scale == "index"


def test_the_same_model_gives_the_same_bytes_in_another_process(
    saved: bytes, tmp_path: Path
) -> None:
    code = (
        "import sys; from pathlib import Path; from rawan import kept_model;"
        " waste = [object() for _ in range(1000)];"
        " kept_model.save(Path(sys.argv[2]), kept_model.load(Path(sys.argv[1])), sys.argv[3])"
    )
    first = tmp_path / "first.skops"
    first.write_bytes(saved)
    subprocess.run(
        [sys.executable, "-c", code, str(first), str(tmp_path), HASH], cwd=PROJECT_ROOT, check=True
    )
    assert (tmp_path / "model-0123456789ab.skops").read_bytes() == saved


def test_a_file_that_another_library_trusts_is_refused_whole(tmp_path: Path) -> None:
    """skops would build a regression of scikit-learn; a kept model never holds one."""
    path = tmp_path / "foreign.skops"
    skops.io.dump(LogisticRegression().fit([[0.0], [1.0]], [0, 1]), path)
    with pytest.raises(RawanError, match="types that a kept model never holds"):
        kept_model.load(path)


class Unheard:
    """A type of nobody."""


def test_an_unknown_type_is_refused_and_named(tmp_path: Path) -> None:
    path = tmp_path / "foreign.skops"
    skops.io.dump({"form": Unheard()}, path)
    with pytest.raises(RawanError, match=r"Unheard.*nothing of it was loaded"):
        kept_model.load(path)


def rewritten(data: bytes, name: str, content: bytes, compression: int = 0) -> bytes:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(buffer, "w", compression) as new,
    ):
        for member in old.namelist():
            new.writestr(member, content if member == name else old.read(member))
    return buffer.getvalue()


def huge_array() -> bytes:
    """Return an array of three numbers that claims to hold 10^15."""
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3))
    return buffer.getvalue().replace(b"(3,), }" + 15 * b" ", b"(1" + 15 * b"0" + b",), }", 1)


def pickled_array() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array([{}], dtype=object), allow_pickle=True)
    return buffer.getvalue()


BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "no archive": lambda data: b"\0" * 1000,
    "cut off": lambda data: data[: len(data) // 2],
    "compressed": lambda data: rewritten(data, "", b"", zipfile.ZIP_DEFLATED),
    "claims a huge array": lambda data: rewritten(data, "0.npy", huge_array()),
    "a pickle within": lambda data: rewritten(data, "0.npy", pickled_array()),
    "nested without end": lambda data: rewritten(data, "schema.json", b"[" * 10**6),
    "schema is no object": lambda data: rewritten(data, "schema.json", b"[1]"),
    "schema is no text": lambda data: rewritten(data, "schema.json", b"\xff\xfe\0"),
    "number not finite": lambda data: data.replace(b"-2.1", b"-NaN", 1),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_damaged_file_gives_one_sentence_and_the_way_out(
    kind: str, saved: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "model.skops"
    path.write_bytes(BROKEN[kind](saved))
    assert path.read_bytes() != saved
    with pytest.raises(RawanError) as told:
        kept_model.load(path)
    assert str(told.value).startswith(f"{path}: ")
    assert "\n" not in str(told.value)
    assert str(told.value).endswith("of a published run.")


def test_a_file_too_large_is_not_even_read(
    tmp_path: Path, saved: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.skops"
    path.write_bytes(saved)
    monkeypatch.setattr(kept_model, "MAX_BYTES", 1000)
    with pytest.raises(RawanError, match="is larger than"):
        kept_model.load(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(RawanError, match="cannot be read"):
        kept_model.load(tmp_path / "none.skops")


@pytest.mark.parametrize(
    ("find", "put"),
    [
        (b'"additive\\"', b'"additiva\\"'),  # a kind that there is not
        (b'"log_odds\\"', b'"log_oddz\\"'),  # a scale that there is not
        (b'"rawan-model\\"', b'"rawen-model\\"'),  # another form
        (b'"margin\\"', b'"marjin\\"'),  # a feature that the list of inputs lacks
        (b'"content": "-2.1"', b'"content": "null"'),
    ],
)
def test_a_file_that_tells_of_no_possible_model_is_refused(
    find: bytes, put: bytes, saved: bytes, tmp_path: Path
) -> None:
    with zipfile.ZipFile(io.BytesIO(saved)) as archive:
        schema = archive.read("schema.json")
    assert find in schema
    path = tmp_path / "model.skops"
    path.write_bytes(rewritten(saved, "schema.json", schema.replace(find, put, 1)))
    with pytest.raises(RawanError, match="is not a whole model"):
        kept_model.load(path)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1))
def test_any_damage_is_a_sentence_or_the_same_model(
    changes: list[tuple[int, int]], saved: bytes, tmp_path: Path
) -> None:
    damaged = bytearray(saved)
    for place, byte in changes:
        damaged[place % len(saved)] = byte
    path = tmp_path / "model.skops"
    path.write_bytes(bytes(damaged))
    try:
        again = kept_model.load(path)
    except RawanError:
        return
    assert again.fitted.score(frame()).tobytes() == NESTED.score(frame()).tobytes()


def test_what_could_not_be_read_again_is_not_written(tmp_path: Path) -> None:
    unknown = AdditiveScore(("past",), ("log1p",), *(np.array([np.nan]),) * 3, intercept=0.0)
    with pytest.raises(ValueError, match="not finite"):
        kept_model.save(tmp_path, kept(unknown), HASH)
    with pytest.raises(ValueError, match="not a hash"):
        kept_model.save(tmp_path, kept(ADDITIVE), "../../etc")
    assert not list(tmp_path.iterdir())
