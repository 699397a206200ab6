"""An edition goes out whole or not at all, and never changes afterwards."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from rawan.errors import RawanError
from rawan.publishing import issue as issuing
from rawan.publishing.issue import issue, issue_again
from rawan.publishing.runs import folder_of, issues_of
from rawan.publishing.trust import decided
from rawan.publishing.trust.verify import verify
from rawan.settings import Output, Settings
from tests.publishing.complete_run import RUN, codes, write_run

SOON = date.today() + timedelta(days=30)  # noqa: DTZ011 - days of people


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    write_run(tmp_path / "private")
    return Settings(output=Output(folder=tmp_path / "out", private=tmp_path / "private"))


def manifest(folder: Path) -> dict[str, object]:
    return dict(json.loads((folder / "manifest.json").read_text(encoding="utf-8")))


def test_the_same_again_is_compared_and_not_published_twice(settings: Settings) -> None:
    first = issue(settings, RUN, "partner")
    again = issue(settings, RUN, "partner")
    assert (first.folder, first.was_there) == (settings.output.folder / RUN, False)
    assert (again.folder, again.was_there, again.number) == (first.folder, True, 1)
    assert manifest(first.folder)["status"] == "draft"


def test_what_people_decide_makes_a_further_issue_and_leaves_the_first(settings: Settings) -> None:
    first = issue(settings, RUN, "partner")
    before = {file: file.read_bytes() for file in first.folder.rglob("*") if file.is_file()}
    private = settings.output.private
    decided.approve(private, RUN, by="Kabag Ops rekaan")
    assert len(issue_again(settings)) == 1
    decided.override(private, codes(1)[0], "conflict", "khusus", "pos lintas", "Rekaan", SOON)
    issue_again(settings)
    issues = issues_of(settings.output.folder, RUN)
    assert [folder.name for folder in issues] == [RUN, f"{RUN}.2", f"{RUN}.3"]
    assert {file: file.read_bytes() for file in before} == before
    assert [manifest(folder)["status"] for folder in issues] == ["draft", "approved", "approved"]
    ranking = pl.read_parquet(issues[-1] / "ranking.parquet")
    untouched = pl.read_parquet(first.folder / "ranking.parquet")
    assert ranking.drop("override", "override_until").equals(
        untouched.drop("override", "override_until")
    )
    of_village = (pl.col("village_code") == codes(1)[0]) & (pl.col("hazard") == "conflict")
    assert ranking.filter(of_village)["override"].to_list() == ["khusus"]
    latest = json.loads((settings.output.folder / "latest.json").read_text(encoding="utf-8"))
    assert latest["folder"] == f"{RUN}.3"
    assert verify(settings.output.folder).is_right


def test_a_withdrawn_list_is_replaced_by_its_erratum(settings: Settings) -> None:
    issue(settings, RUN, "partner")
    decided.withdraw(settings.output.private, RUN, "Rekaan <b>", "salah berkas & data")
    issue_again(settings, RUN)
    latest = settings.output.folder / "latest"
    assert sorted(file.name for file in latest.iterdir()) == ["index.html", "manifest.json"]
    page = (latest / "index.html").read_text(encoding="utf-8")
    assert "salah berkas &amp; data" in page
    assert "<b>" not in page
    assert "SIMULASI" in page
    assert verify(settings.output.folder).is_right


def test_a_changed_published_file_is_told_and_left(settings: Settings) -> None:
    first = issue(settings, RUN, "partner")
    (first.folder / "ranking.csv").write_text("lain", encoding="utf-8")
    with pytest.raises(RawanError, match=r"came out differently now \(ranking\.csv\)"):
        issue(settings, RUN, "partner")
    assert (first.folder / "ranking.csv").read_text(encoding="utf-8") == "lain"


def test_each_audience_has_a_folder_of_its_own(settings: Settings) -> None:
    issue(settings, RUN, "partner")
    planner = issue(settings, RUN, "planner")
    assert planner.folder.parent == folder_of(settings, "planner")
    assert planner.folder.parent.name == "out-planner"
    other = Settings(output=settings.output.model_copy(update={"audience": "intel"}))
    with pytest.raises(RawanError, match="holds what partner may read"):
        issue(other, RUN, "intel")


def test_a_publication_that_fails_leaves_nothing_behind(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue(settings, RUN, "partner")
    decided.approve(settings.output.private, RUN, by="Rekaan")
    write: Callable[..., None] = issuing.write_edition

    def full(*arguments: object) -> None:
        write(*arguments)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(issuing, "write_edition", full)
    with pytest.raises(OSError, match="No space left"):
        issue_again(settings)
    monkeypatch.undo()
    names = {path.name for path in settings.output.folder.iterdir()}
    assert names == {RUN, "latest", "latest.json"}
    assert manifest(settings.output.folder / "latest")["status"] == "draft"
    assert verify(settings.output.folder).is_right
