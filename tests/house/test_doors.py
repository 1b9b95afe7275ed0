"""One door for each library, no code in `__init__.py`, a first paragraph in every module, files that fit."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "partner_qa"
MODULES = sorted(SOURCE.rglob("*.py"))

DOORS = {
    "allure": ("report/allure.py",),
    "allure_commons": ("report/allure.py",),
    "click": ("cli/",),
    "cryptography": ("evidence/",),  # and the example
    "httpx": ("recorder/forwarder.py", "recorder/probe.py", "recorder/auditor.py", "adapter/"),
    "jinja2": ("report/", "sandbox/"),
    "jsonschema": ("contract/",),
    "jsonschema_rs": ("contract/",),
    "markupsafe": ("report/",),
    "openpyxl": ("report/workbook.py",),
    "psutil": ("adapter/",),
    "pytest": ("plugin.py", "suite.py", "judge.py"),
    "referencing": ("contract/",),
    "rich": ("cli/", "report/summary.py"),
    "starlette": (),  # the example's alone
    "uvicorn": ("serving.py",),
    "vcr": (),  # the tests' alone
    "yaml": ("document.py", "cassette/notation.py", "contract/", "ledger.py"),
}


def name_of(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_libraries_come_in_by_their_own_door(path):
    for library in imports_of(path) & set(DOORS):
        assert name_of(path).startswith(DOORS[library]), f"{library} belongs into {DOORS[library]}"


@pytest.mark.parametrize("path", [each for each in MODULES if each.name == "__init__.py"], ids=name_of)
def test_package_files_are_empty(path):
    assert path.read_text().strip() == ""


@pytest.mark.parametrize("path", [each for each in MODULES if each.name != "__init__.py"], ids=name_of)
def test_each_module_says_what_it_is_for(path):
    docstring = ast.get_docstring(ast.parse(path.read_text())) or ""
    assert docstring, "a module opens with what this room is for"
    assert len(docstring.splitlines()) <= 20


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_file_is_longer_than_450_lines(path):
    assert len(path.read_text().splitlines()) <= 450


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_names_that_say_nothing_are_not_used(path):
    assert not set(Path(name_of(path)).with_suffix("").parts) & {
        "utils",
        "helpers",
        "common",
        "base",
        "misc",
        "manager",
    }


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_are_real(path):
    assert "TYPE_CHECKING" not in path.read_text()
