"""The configuration: told wrong at once and in whole, or read as it was meant."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from rawan.errors import UsageError
from rawan.settings import PROJECT_ROOT, load_settings

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(text: str) -> Path:
        path = tmp_path / "rawan.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return to_file


def test_every_mistake_is_told_at_once_with_its_key_and_the_nearest_right_one(write: Write) -> None:
    config = write(
        """
        calender = 1
        [features]
        half_life_day = 365
        neighbours = 0
        [bands]
        rawan = 0.9
        [models]
        candidates = ["ridge"]
        [grades.source]
        G = 0.5
        [[publish]]
        hazard = "conflict"
        stage = ["voting"]
        """
    )
    with pytest.raises(UsageError) as told:
        load_settings(config)
    lines = str(told.value).splitlines()
    assert lines[0] == f"{config}: the configuration has mistakes:"
    for expected in (
        r'"calender" is not a key\. Did you mean "calendar"\?',
        r'"features\.half_life_day" is not a key\. Did you mean "half_life_days"\?',
        r'"features\.neighbours" = 0: .*greater than or equal to 1',
        r'"bands" = .*rawan must not exceed sangat_rawan',
        r"\"models\.candidates\.0\" = 'ridge': .*'decayed_count'",
        r'"grades\.source\.G" = ',
        r'"publish\.0\.stage" is not a key\. Did you mean "stages"\?',
        r'"publish\.0\.stages" = .*Field required',
    ):
        assert [line for line in lines if re.search(expected, line)], expected
    assert len(lines) == 9


def test_a_key_that_resembles_none_is_answered_with_those_there_are(write: Write) -> None:
    with pytest.raises(UsageError, match=r'"planning\.xyz" is not a key\. Known: top_k, top_share'):
        load_settings(write("[planning]\nxyz = 1"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[calendar]\ntest_from = 2025-01-01", "must follow each other"),
        ('[models]\ncandidates = ["scorecard"]', "it is the yardstick"),
        ("[grades.information]\n1 = 1.0", "no weight for grade 2, 3, 4, 5, 6"),
        ("[logistics_index.weights]\nikg_access = 0", "at least one weight"),
        ("config_version = 2", '"config_version" = 2'),
    ],
)
def test_values_that_contradict_each_other_are_refused(write: Write, text: str, told: str) -> None:
    with pytest.raises(UsageError, match=re.escape(told)):
        load_settings(write(text))


def test_what_is_left_out_keeps_its_default(write: Write) -> None:
    settings = load_settings(write(""))
    assert settings.calendar.cutoff == date(2024, 11, 20)
    assert settings.planning.top_share == 0.1
    assert [entry.hazard for entry in settings.publish] == ["conflict", "logistics"]


def test_the_configuration_that_ships_is_valid() -> None:
    assert load_settings(PROJECT_ROOT / "rawan.toml").region.expected_villages == 260


def test_the_environment_overrides_single_values_and_leaves_the_rest(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write('[planning]\ntop_share = 0.2\n[calendar]\ncutoff = 2023-01-01\nwindow = "91d"')
    monkeypatch.setenv("RAWAN_PLANNING__TOP_K", "30")
    monkeypatch.setenv("RAWAN_CALENDAR__CUTOFF", "2024-06-01")
    monkeypatch.setenv("RAWAN_MODELS__PENALTIES", "[1.0, 2.0]")
    settings = load_settings(config)
    assert settings.planning.top_k == 30
    assert settings.planning.top_share == 0.2
    assert settings.calendar.cutoff == date(2024, 6, 1)
    assert settings.calendar.window == "91d"
    assert settings.models.penalties == [1.0, 2.0]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("RAWAN_PLANNING__TOP_K", "many", "planning.top_k"),
        ("RAWAN_CALENDAR__CUTOF", "2024-06-01", 'Did you mean "cutoff"?'),
        ("RAWAN_CALENDER__CUTOFF", "2024-06-01", 'Did you mean "calendar"?'),
        ("RAWAN_MODELS__PENALTIES", "three", "models"),
        ("RAWAN_CALENDAR", "2024-06-01", "calendar"),
    ],
)
def test_a_mistake_in_the_environment_is_told_like_one_in_the_file(
    write: Write, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=re.escape(told)):
        load_settings(write(""))


def test_the_key_of_the_warehouse_is_no_setting(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAWAN_KEY", "rahasia-rahasia-rahasia")
    assert "rahasia" not in repr(load_settings(write("")))


def test_the_language_asked_for_wins_over_file_and_environment(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write('[output]\nlanguage = "id"\nfolder = "hasil"')
    assert load_settings(config).output.language == "id"
    settings = load_settings(config, language="en")
    assert settings.output.language == "en"
    assert settings.output.folder.name == "hasil"
    monkeypatch.setenv("RAWAN_OUTPUT__LANGUAGE", "id")
    assert load_settings(config, language="en").output.language == "en"


def test_an_output_that_is_no_table_is_told_whatever_the_language(write: Write) -> None:
    config = write('output = "hasil"')
    for language in (None, "en"):
        with pytest.raises(UsageError, match='"output" = '):
            load_settings(config, language)


def test_paths_are_relative_to_the_configuration_not_to_where_one_stands(
    write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    config = write(f"[inputs]\ninbox = 'masuk'\nmappings = '{elsewhere.as_posix()}'")
    monkeypatch.chdir(elsewhere)
    settings = load_settings(config)
    assert settings.inputs.inbox == config.parent / "masuk"
    assert settings.inputs.mappings == elsewhere
    assert settings.region.reference == config.parent / "data" / "reference"
    assert settings.warehouse.key_file == config.parent / "var" / "warehouse.key"
    assert settings.output.folder == config.parent / "out"


def test_a_relative_configuration_still_gives_paths_that_hold_elsewhere(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write("")
    monkeypatch.chdir(config.parent)
    assert load_settings(Path(config.name)).inputs.inbox == config.parent / "inbox"


def test_a_missing_configuration_says_how_to_give_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no such configuration file\. Give one with --config"):
        load_settings(tmp_path / "rawan.toml")


def test_broken_toml_is_told_with_its_line(write: Write) -> None:
    with pytest.raises(UsageError, match=r"is not valid TOML: .*line 2"):
        load_settings(write("[calendar]\ncutoff = 2024-13-45"))


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    config = tmp_path / "rawan.toml"
    config.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="cannot be read"):
        load_settings(config)


def test_the_byte_order_mark_of_windows_editors_is_no_mistake(tmp_path: Path) -> None:
    config = tmp_path / "rawan.toml"
    config.write_bytes(b"\xef\xbb\xbf[planning]\r\ntop_k = 7\r\n")
    assert load_settings(config).planning.top_k == 7


def test_settings_cannot_be_changed_once_they_are_read(write: Write) -> None:
    settings = load_settings(write(""))
    with pytest.raises(ValueError, match="frozen"):
        settings.planning.top_k = 3
