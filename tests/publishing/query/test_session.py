"""`rawan sql`: what an audience may ask of a published folder, and that nothing else is reached."""

import contextlib
import hashlib
import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest

from rawan.cli import main
from rawan.errors import RawanError, UsageError
from rawan.publishing.contracts import AREAS, RANKING, lacking, read_contract
from rawan.publishing.query.prompt import csv_lines, prompt, table_lines
from rawan.publishing.query.session import MEMORY_MB, SECONDS, Session, open_session
from rawan.settings import PROJECT_ROOT, Settings
from tests.conftest import Bench

RUN = "20200101-abcdef012345"
ROWS = pl.DataFrame(
    {
        "village_code": ["99.99.01.2001", "99.99.01.2002", "99.99.02.2001"],
        "village": ["Sukarekaan", "=1+1", "\x1b[2JRejocontoh"],
        "rank": [1, 2, 3],
        "risk": [0.5, 0.25, None],
    }
)


def publish(
    folder: Path, run: str = RUN, audience: str | None = "partner", rows: pl.DataFrame = ROWS
) -> Path:
    """Write a published folder with its manifest and make it the latest."""
    run_folder = folder / run
    run_folder.mkdir(parents=True)
    rows.write_parquet(run_folder / "ranking.parquet")
    (run_folder / "ranking.csv").write_text("secret\n", encoding="utf-8")
    files = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in run_folder.iterdir()
    }
    about = {"run_id": run.partition(".")[0], "region": "Kabupaten Contoh", "files": files}
    about |= {"data_origin": "SIMULASI"} | ({"audience": audience} if audience else {})
    (run_folder / "manifest.json").write_text(json.dumps(about), encoding="utf-8")
    (folder / "latest.json").write_text(
        json.dumps({"run_id": about["run_id"], "folder": run}), encoding="utf-8"
    )
    return run_folder


@pytest.fixture
def published(settings: Settings) -> Path:
    return publish(settings.output.folder)


@pytest.fixture
def session(settings: Settings, published: Path) -> Iterator[Session]:
    with open_session(settings) as opened:
        yield opened


def test_every_parquet_file_of_the_folder_is_a_table(session: Session) -> None:
    assert session.tables == ("ranking",)
    assert session.ask("SELECT village FROM ranking WHERE rank = 1").rows == [("Sukarekaan",)]
    assert session.schema("ranking").rows[2] == ("rank", "BIGINT")
    for way in (
        "SHOW TABLES",
        "DESCRIBE ranking",
        "SUMMARIZE ranking",
        "FROM ranking",
        "VALUES (1)",
    ):
        assert session.ask(way).rows
    with pytest.raises(RawanError, match='Did you mean "ranking"'):
        session.schema("rankin")


@pytest.mark.parametrize(
    "query",
    [
        "FROM read_csv('{folder}/ranking.csv')",
        "FROM '{folder}/ranking.parquet'",
        "FROM read_text('{folder}/manifest.json')",
        "FROM read_blob('/etc/hostname')",
        "FROM glob('{folder}/*')",
        "FROM read_parquet('https://contoh.invalid/x.parquet')",
        "FROM sniff_csv('{folder}/ranking.csv')",
        "FROM parquet_metadata('{folder}/ranking.parquet')",
    ],
)
def test_no_query_reads_a_file_or_the_network(
    session: Session, published: Path, query: str
) -> None:
    with pytest.raises(RawanError, match="The query failed: Permission Error") as error:
        session.ask(query.format(folder=published.as_posix()))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "query",
    [
        "COPY ranking TO '{folder}/out.csv'",
        "ATTACH '{folder}/other.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '99GB'",
        "RESET lock_configuration",
        "PRAGMA threads = 8",
        "EXPORT DATABASE '{folder}/all'",
        "CREATE TABLE other AS SELECT 1",
        "DELETE FROM ranking",
        "UPDATE ranking SET rank = 1",
        "DROP TABLE ranking",
        "CREATE SECRET s (TYPE http, BEARER_TOKEN 'x')",
        "CALL pragma_version()",
        "EXPLAIN ANALYZE DELETE FROM ranking",
        "SELECT 1; DELETE FROM ranking",
    ],
)
def test_a_session_only_reads(session: Session, published: Path, query: str) -> None:
    before = sorted(published.iterdir())
    with pytest.raises(RawanError, match="is refused: this session only reads"):
        session.ask(query.format(folder=published.as_posix()))
    assert sorted(published.iterdir()) == before
    assert session.ask("SELECT count(*) FROM ranking").rows == [(3,)]


def test_the_door_holds_where_a_statement_is_not_judged_by_its_kind(session: Session) -> None:
    """What is refused by its kind would be refused by the connection, too."""
    for statement in (
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "COPY ranking TO 'out.csv'",
        "LOAD parquet_of_another",
    ):
        with pytest.raises(Exception, match=r"(?i)locked|disabled|permission"):
            session.connection.execute(statement)


def test_a_name_in_a_query_is_never_a_variable_of_the_program(session: Session) -> None:
    frame = ROWS
    assert frame.height
    with pytest.raises(RawanError, match="Table with name frame does not exist"):
        session.ask("FROM frame")


def test_a_query_that_takes_too_long_or_too_much_is_stopped(
    settings: Settings, published: Path
) -> None:
    with open_session(settings, seconds=0.3) as session:
        with pytest.raises(RawanError, match="longer than"):
            session.ask("SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a <> b")
        assert session.ask("SELECT 1").rows == [(1,)]
    with open_session(settings) as session:
        with pytest.raises(RawanError, match="more than 5 rows"):
            session.ask("FROM range(6)", most_rows=5)
        with pytest.raises(RawanError, match="memory"):
            session.ask("SELECT list(i) FROM range(200000000) t(i)")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELEC 1", "The query failed: Parser Error: syntax error at or near"),
        ("FROM rankng", 'does not exist! Did you mean "ranking'),
        ("  ", "There is no query"),
        ("-- nothing", "There is no query"),
    ],
)
def test_a_wrong_query_is_told_in_one_sentence(session: Session, query: str, said: str) -> None:
    with pytest.raises(RawanError) as error:
        session.ask(query)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_an_audience_has_its_own_folder_and_no_other(settings: Settings, published: Path) -> None:
    out = settings.output.folder
    way_out = "Make it with: rawan run --audience intel"
    with pytest.raises(RawanError, match=way_out), open_session(settings, "intel"):
        pass
    publish(out.with_name(f"{out.name}-intel"), audience="intel", rows=ROWS.head(1))
    with open_session(settings, "intel") as session:
        assert session.ask("SELECT count(*) FROM ranking").rows == [(1,)]
    hint = 'Did you mean "partner"'
    with pytest.raises(UsageError, match=hint), open_session(settings, "partners"):
        pass


@pytest.mark.parametrize("audience", [None, "intel"])
def test_what_was_not_made_for_the_audience_is_not_opened(
    settings: Settings, audience: str | None
) -> None:
    """A run of an older version names no audience: it may hold everything."""
    publish(settings.output.folder, audience=audience)
    with pytest.raises(RawanError, match="was made for"), open_session(settings):
        pass


def test_a_file_changed_or_added_since_is_not_opened(settings: Settings, published: Path) -> None:
    ROWS.head(2).write_parquet(published / "ranking.parquet")
    said = r"ranking\.parquet: is not the file that was published"
    with pytest.raises(RawanError, match=said), open_session(settings):
        pass


def test_an_earlier_run_is_named_by_the_beginning_of_its_id(
    settings: Settings, published: Path
) -> None:
    out = settings.output.folder
    publish(out, "20200201-000000000000", rows=ROWS.head(2))
    publish(out, f"{RUN}.2", rows=ROWS.head(1))
    publish(out, f"{RUN}.10", rows=ROWS.clear())

    def height(run: str | None) -> int:
        with open_session(settings, run=run) as session:
            return int(session.ask("SELECT count(*) FROM ranking").rows[0][0])

    assert height("202002") == 2
    assert height(f"{RUN}.2") == 1
    assert height(None) == height("20200101") == 0  # the newest issue
    for wrong in ("2020", "2019", "../x", ""):
        with pytest.raises(UsageError, match="--run"):
            height(wrong)


def test_cells_act_on_no_terminal_and_on_no_spreadsheet(session: Session) -> None:
    answer = session.ask("FROM ranking ORDER BY rank")
    shown = list(table_lines(answer))
    assert not any("\x1b" in line for line in shown)
    assert shown[0].split() == ["village_code", "village", "rank", "risk"]
    assert shown[-1] == "(3 rows)"
    assert list(csv_lines(answer))[2] == "99.99.01.2002,'=1+1,2,0.25"
    twice = session.ask("SELECT 1 AS a, 2 AS a, 'nan'::DOUBLE AS b")
    assert twice.as_json() == [{"a": 1, "a_2": 2, "b": None}]


def test_the_prompt_takes_a_query_over_several_lines_and_outlives_a_mistake(
    session: Session,
) -> None:
    typed = [".tables", "SELECT village", "FROM ranking WHERE rank = 1;", "SELEC;", "", ".schema"]
    typed += [".schema ranking", "DROP TABLE ranking;", "SELECT 40 + 2;", ".quit", "never read"]
    lines = iter(typed)
    shown: list[str] = []
    prompt(session, lambda _: next(lines), shown.append)
    said = "\n".join(shown)
    for part in ("Sukarekaan", "Parser Error", "BIGINT", "only reads", "42"):
        assert part in said
    assert next(lines) == "never read"

    def ends(_: str) -> str:
        raise EOFError

    prompt(session, ends, shown.append)


def test_the_queries_of_the_documentation_run(settings: Settings) -> None:
    """On tables with every column that the least audience gets."""
    folder = publish(settings.output.folder)
    kinds = {"string": pl.String, "integer": pl.Int64, "number": pl.Float64, "boolean": pl.Boolean}
    files = {}
    for name, path in (("ranking", RANKING), ("areas", AREAS)):
        contract = read_contract(path)
        withheld = lacking(contract, "partner")
        schema = {
            column: next((kinds[kind] for kind in kinds if kind in str(entry.get("type"))), None)
            for column, entry in contract["properties"].items()
            if column not in withheld
        }
        filled = {column: kind or pl.String() for column, kind in schema.items()}
        pl.DataFrame(schema=filled).write_parquet(folder / f"{name}.parquet")
        content = (folder / f"{name}.parquet").read_bytes()
        files[f"{name}.parquet"] = hashlib.sha256(content).hexdigest()
    manifest = folder / "manifest.json"
    about = json.loads(manifest.read_text(encoding="utf-8")) | {"files": files}
    manifest.write_text(json.dumps(about), encoding="utf-8")
    page = (PROJECT_ROOT / "docs" / "query.md").read_text(encoding="utf-8")
    queries = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    assert len(queries) == 3
    with open_session(settings) as session:
        for query in queries:
            assert len(session.ask(query).columns) >= 5
    assert f"{MEMORY_MB} MB of memory, {SECONDS:.0f} seconds" in page


@pytest.fixture
def rawan(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    """The command as a user types it."""

    def call(*arguments: str, typed: str = "") -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        monkeypatch.setattr(sys, "argv", ["rawan", *arguments, "--config", str(bench.config)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main()
            except SystemExit as left:
                return int(left.code or 0), out.getvalue(), err.getvalue()
        raise AssertionError("the command did not end")

    return call


def test_the_command_answers_as_table_csv_and_json(
    rawan: Callable[..., tuple[int, str, str]], published: Path, tmp_path: Path
) -> None:
    query = "SELECT rank FROM ranking ORDER BY rank"
    code, out, err = rawan("sql", query)
    assert (code, err) == (0, f"Kabupaten Contoh · SIMULASI · partner · {RUN}\n")
    assert out.splitlines() == ["rank", "----", "   1", "   2", "   3", "(3 rows)"]
    file = tmp_path / "query.sql"
    file.write_text(query, encoding="utf-8")
    assert rawan("sql", "--file", str(file), "--csv")[1] == "rank\n1\n2\n3\n"
    assert json.loads(rawan("sql", "--json", typed=query)[1]) == [{"rank": n} for n in (1, 2, 3)]
    assert rawan("sql", query, "--csv", "--json")[0] == 2
    assert rawan("sql", "--file", str(tmp_path / "none.sql"))[0] == 2
    code, out, err = rawan("sql", "DELETE FROM ranking")
    assert (code, out) == (1, "")
    assert "only reads" in err
