"""The docs are true: every command and key is documented, and the registries agree."""

import json
import re
import subprocess
import sys
import tomllib

from rawan.cli import app
from rawan.settings import PROJECT_ROOT, load_settings
from rawan.sources.mapping import contract, load_mappings


def read(name: str) -> str:
    return (PROJECT_ROOT / name).read_text(encoding="utf-8")


def test_the_generated_pages_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_every_command_stands_in_the_docs_and_in_both_readmes() -> None:
    commands = {
        command.name or command.callback.__name__
        for command in app.registered_commands
        if command.callback
    }
    assert {"run", "approve", "audit", "doctor"} <= commands
    for command in commands:
        assert f"## rawan {command}" in read("docs/commands.md")
    for readme in ("README.md", "README.id.md"):
        for command in ("run", "check", "review", "template", "map", "diff", "known", "explain"):
            assert f"rawan {command}" in read(readme), readme
        for command in ("simulate", "backtest", "publish", "approve", "verify", "audit", "sql"):
            assert f"rawan {command}" in read(readme), readme


def test_the_configuration_that_ships_is_right() -> None:
    settings = load_settings(PROJECT_ROOT / "rawan.toml")
    assert settings.calendar.election == "pilkada2024"


def test_every_field_of_an_input_is_declared_once_with_both_meanings() -> None:
    inputs = contract()
    used = {field for kind in inputs["kinds"].values() for field in kind["fields"]}
    assert used | set(inputs["places"]["fields"]) == set(inputs["fields"])
    for name, field in inputs["fields"].items():
        assert field["sensitivity"] in {"open", "internal", "secret"}, name
        assert field["meaning"]["id"], name
        assert field["meaning"]["en"], name


def test_every_column_of_the_ranking_has_both_meanings_and_a_sensitivity() -> None:
    schema = json.loads(read("data/contracts/ranking.v1.json"))
    of_editions = {name for name in schema["properties"] if name not in schema["required"]}
    assert of_editions == {
        *("audience", "override", "override_until", "override_reason", "override_by"),
    }
    for name, column in schema["properties"].items():
        assert column["description"], name
        assert column["description_id"], name
        assert column["sensitivity"] in {"open", "internal", "derived"}, name


def test_every_mapping_that_ships_is_right() -> None:
    mappings = load_mappings(PROJECT_ROOT / "data" / "mappings")
    assert {m.kind for m in mappings.values()} == set(contract()["kinds"])


def test_links_between_the_docs_lead_somewhere() -> None:
    pages = [*PROJECT_ROOT.glob("*.md"), *(PROJECT_ROOT / "docs").rglob("*.md")]
    assert len(pages) > 10
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_no_file_names_the_folder_it_lies_in() -> None:
    files = subprocess.run(
        ["git", "ls-files", "-z"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    texts = {".py", ".md", ".toml", ".sql", ".csv", ".jinja", ".js", ".yaml", ".json", ".jsonl"}
    for path in (PROJECT_ROOT / name for name in files if name):
        if path.suffix in texts:
            assert str(PROJECT_ROOT) not in path.read_text(encoding="utf-8"), path.name


def test_every_expression_in_the_configuration_page_is_a_key() -> None:
    page = read("docs/configuration.md")
    content = tomllib.loads(read("rawan.toml"))
    for section, keys in content.items():
        for key in keys if isinstance(keys, dict) else ():
            assert f"| `{key}` |" in page, f"{section}.{key}"
