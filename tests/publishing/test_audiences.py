"""Who may read what: nobody, until a contract says so."""

import json
import tomllib
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pypdf
import pytest

from rawan.features import registry
from rawan.publishing.audiences import (
    AUDIENCES,
    is_open,
    may_read,
    sensitivities,
    shown,
    withheld,
)
from rawan.publishing.contracts import FILES
from rawan.publishing.edition import Approval, Override, Standing
from rawan.publishing.edition_files import write_edition
from rawan.publishing.editions import load_edition
from rawan.publishing.tables import contract_columns
from rawan.settings import Audience
from tests.publishing.complete_run import MARK, codes, write_run

TABLES = ("ranking", *tomllib.loads(FILES.read_text(encoding="utf-8")))
BEYOND_PARTNERS = {
    "ranking": {"drivers", "components", "reports_used", "override_reason", "override_by"},
    "reasons": {"contribution"},
    "evidence": {"file", "row", "file_hash"},
    "reports": set(sensitivities("reports")),
}


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_denied_until_it_is_granted(table: str) -> None:
    """What partners may not read is written here a second time, column by column."""
    assert set(withheld(table, "partner")) == BEYOND_PARTNERS.get(table, set())
    assert withheld(table, "intel") == ()


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("audience", AUDIENCES)
def test_a_column_that_no_contract_knows_reaches_nobody(table: str, audience: Audience) -> None:
    known = sensitivities(table)
    frame = pl.DataFrame({name: [1] for name in [*known, "baru"]})
    columns = shown(frame, table, audience).columns
    assert "baru" not in columns
    assert columns == [name for name in known if name not in withheld(table, audience)]


def test_each_audience_reads_all_that_the_one_below_reads() -> None:
    for sensitivity in ("open", "internal", "secret"):
        may = [may_read(audience, sensitivity) for audience in ("partner", "planner", "intel")]
        assert may == sorted(may)
    assert not may_read("partner", "derived")


def test_what_is_made_of_reports_is_not_open() -> None:
    closed = {name for name in registry() if not is_open(name)}
    named = {name for name in registry() if "report" in name or "presence" in name}
    assert named <= closed
    assert {"conflict_reports", "presence_decayed"} <= closed
    assert is_open("clash_decayed")
    assert is_open("competitiveness")


def standing() -> Standing:
    now = datetime(2024, 9, 2, tzinfo=UTC)
    override = Override(
        codes(1)[0], "conflict", "up", f"{MARK} alasan", f"{MARK} nama", now, date(2024, 12, 1)
    )
    return Standing(approval=Approval("Kabag Ops rekaan", now), overrides=(override,))


def words_in(file: Path) -> str:
    """Return everything that a file says, unpacked."""
    if file.suffix == ".parquet":
        frame = pl.read_parquet(file)
        return json.dumps([frame.columns, frame.cast(pl.String, strict=False).rows()])
    if file.suffix == ".xlsx":
        with zipfile.ZipFile(file) as packed:
            return "".join(
                packed.read(name).decode("utf-8", "replace") for name in packed.namelist()
            )
    if file.suffix == ".pdf":
        return "".join(page.extract_text() for page in pypdf.PdfReader(file).pages)
    return file.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> dict[Audience, Path]:
    folder = tmp_path_factory.mktemp("editions")
    run = write_run(folder / "private")
    found: dict[Audience, Path] = {}
    for audience in AUDIENCES:
        found[audience] = folder / audience
        found[audience].mkdir()
        write_edition(found[audience], run, load_edition(run, audience, standing()), "id")
    return found


def test_partners_get_nothing_that_is_not_open(editions: dict[Audience, Path]) -> None:
    files = [file for file in sorted(editions["partner"].rglob("*")) if file.is_file()]
    assert {"index.html", "ranking.xlsx", "brief.pdf", "reasons.parquet"} <= {f.name for f in files}
    telling = [file.name for file in files if MARK in words_in(file)]
    assert telling == []
    assert not (editions["partner"] / "reports.parquet").exists()
    # The mark is there to be found: planners see it.
    assert MARK in words_in(editions["planner"] / "reports.parquet")
    assert MARK in words_in(editions["planner"] / "index.html")


def test_a_list_without_report_reasons_still_says_why(editions: dict[Audience, Path]) -> None:
    ranking = pl.read_parquet(editions["partner"] / "ranking.parquet")
    conflict = ranking.filter(pl.col("hazard") == "conflict")
    assert conflict["drivers"].str.contains("erusuhan|entrok|kekerasan").any()
    assert not conflict["drivers"].str.contains("aporan").any()


def test_what_is_withheld_cannot_be_reckoned_from_what_is_shown(
    editions: dict[Audience, Path],
) -> None:
    reasons = pl.read_parquet(editions["partner"] / "reasons.parquet")
    sizes = reasons.filter(pl.col("relative") != 0)["relative"].abs().log(2)
    assert (sizes == sizes.round()).all()


def test_the_columns_that_each_audience_lacks(editions: dict[Audience, Path]) -> None:
    have = {a: pl.read_parquet(f / "ranking.parquet").columns for a, f in editions.items()}
    assert have["intel"] == have["planner"] == contract_columns()
    assert set(contract_columns()) - set(have["partner"]) == {
        *("components", "reports_used", "override_reason", "override_by"),
    }


def test_without_report_features_partners_get_scores_that_add_up(tmp_path: Path) -> None:
    run = write_run(tmp_path, with_reports=False)
    edition = load_edition(run, "partner", Standing())
    assert edition.lacking == ("reports_used", "override_reason", "override_by")
    assert edition.are_reasons_whole
    for row in edition.ranking.iter_rows(named=True):
        assert abs(sum(json.loads(row["components"]).values()) - row["score"]) < 1e-9
