"""Facts about `partner-qa contract`, through the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from partner_qa.cli.contract import contract_group
from partner_qa.errors import ContractError, UsageError

SMALL = Path(__file__).parents[1] / "data" / "small-openapi.yaml"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(contract_group, [str(each) for each in arguments])


@pytest.mark.parametrize("arguments", [("--help",), ("import", "--help"), ("show", "--help")])
def test_help_shows_an_example(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 0
    assert "partner-qa contract " in result.output


def test_help_imports_no_validator() -> None:
    program = "import sys, partner_qa.cli.contract; print('jsonschema' in sys.modules, 'yaml' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_an_import_says_what_it_wrote(tmp_path: Path) -> None:
    result = run("import", SMALL, "--into", tmp_path)
    assert result.output == f"{tmp_path / '2030-01-02'}: 5 operations, 9 schemas\n"
    assert (tmp_path / "2030-01-02" / "operations.json").is_file()


def test_an_import_can_speak_json(tmp_path: Path) -> None:
    told = json.loads(run("import", SMALL, "--into", tmp_path, "--json", "--derivation", "by hand").output)
    assert told["folder"] == str(tmp_path / "2030-01-02")
    assert told["operations"] == 5
    identity = json.loads((tmp_path / "2030-01-02" / "identity.json").read_text())
    assert identity["derivation"] == "by hand"


def test_a_document_that_cannot_be_imported_raises_for_the_door_to_explain(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("openapi: 2.0\n")
    result = run("import", bad, "--into", tmp_path)
    assert isinstance(result.exception, ContractError)
    assert len(result.exception.problems) == 3


def test_a_missing_document_is_a_usage_error(tmp_path: Path) -> None:
    result = run("import", tmp_path / "nowhere.yaml")
    assert result.exit_code == 2
    assert "does not exist" in result.output


def test_show_lists_every_operation_under_its_tag() -> None:
    lines = run("show").output.splitlines()
    assert lines[0] == "Gusto API 2026-06-15, 137 operations (derived from public sources)"
    assert len([line for line in lines if line.startswith("  ")]) == 137
    assert "Webhooks" in lines


def test_show_as_json_holds_identity_and_operations() -> None:
    told = json.loads(run("show", "--json").output)
    assert told["identity"]["version"] == "2026-06-15"
    assert len(told["operations"]) == 137


def test_show_tells_what_one_operation_takes(tmp_path: Path) -> None:
    run("import", SMALL, "--into", tmp_path)
    output = run("show", "list-cakes", "--api-version", "2030-01-02", "--from", tmp_path).output
    for words in (
        "GET /v1/shops/{shop_id}/cakes",
        "scopes    cakes:read",
        "also      recipes:read",
        "path      shop_id, required: string",
        'query     kinds, optional: any of ["plain", "iced"]',
        "404       Trouble",
    ):
        assert words in output


def test_show_one_operation_as_json_resolves_its_schemas(tmp_path: Path) -> None:
    run("import", SMALL, "--into", tmp_path)
    result = run("show", "bake-cake", "--json", "--api-version", "2030-01-02", "--from", tmp_path)
    told = json.loads(result.output)
    assert told["body"]["schema"]["required"] == ["name", "pin"]
    assert told["responses"]["201"]["required"] == ["uuid", "name"]


def test_show_a_schema_by_its_name() -> None:
    assert json.loads(run("show", "Admin").output)["required"] == ["uuid"]


@pytest.mark.parametrize(
    ("name", "near"), [("post-v1-employes", "post-v1-employees"), ("employee", "Employee"), ("Admn", "Admin")]
)
def test_what_does_not_exist_is_offered_its_neighbour(name: str, near: str) -> None:
    result = run("show", name)
    assert isinstance(result.exception, UsageError)
    assert f"did you mean {near}?" in result.exception.explain()
    assert "`partner-qa contract show` lists" in result.exception.explain()
