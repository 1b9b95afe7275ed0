"""A file imports from lower floors only; what pyproject.toml draws is what the code does."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def inspect_imports(folder, *options):
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def test_every_contract_of_the_floors_is_kept():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    done = inspect_imports(ROOT)
    assert done.returncode == 0, done.stdout
    assert f"Contracts: {len(contracts)} kept, 0 broken." in done.stdout


def test_an_import_from_a_higher_floor_is_noticed(tmp_path):
    # the floors upside down: nearly every import there is now goes up
    contract = """
[tool.importlinter]
root_package = "partner_qa"
[[tool.importlinter.contracts]]
name = "upside down"
type = "layers"
layers = ["partner_qa.model", "partner_qa.errors"]
"""
    (tmp_path / "pyproject.toml").write_text(contract)
    done = inspect_imports(tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "partner_qa.errors is not allowed to import partner_qa.model" in done.stdout


def test_every_room_stands_on_a_floor():
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    floors = next(each["layers"] for each in linter["contracts"] if each["type"] == "layers")
    drawn = {name.strip().removeprefix("partner_qa.") for floor in floors for name in floor.split("|")}
    package = ROOT / "src" / "partner_qa"
    rooms = {each.stem for each in package.glob("*.py")} | {
        each.name for each in package.iterdir() if (each / "__init__.py").is_file()
    }
    assert rooms - {"__init__"} == drawn
