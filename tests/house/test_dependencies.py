"""Each dependency is used, each library that is used is declared, and a decision says what each is for."""

import ast
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SHIPPED = (ROOT / "src", ROOT / "examples", ROOT / "conformance")
MODULES = {"allure-pytest": "allure", "jsonschema-rs": "jsonschema_rs", "pyyaml": "yaml", "vcrpy": "vcr"}
COME_ALONG = {"markupsafe": "jinja2"}  # a library's own part, which it promises to bring
NOT_IMPORTED = {
    "httptools": "uvicorn looks for it by name, and takes half the processor time with it",
    "referencing": "jsonschema speaks in its values; the bound keeps the two together",
    "rfc3339-validator": "jsonschema looks for it by name, and lets any date-time pass without it",
    "vcrpy": "reads the committed cassettes in the house's tests: the proof that others can",
}


def name_of(requirement):
    return re.match(r"[A-Za-z0-9_.-]+", requirement)[0].lower()


def declared():
    return {name_of(each) for each in PROJECT["dependencies"]}


def imported():
    found = set()
    for path in (path for folder in SHIPPED for path in folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"partner_qa", "acme_time"}


def test_every_dependency_is_used():
    used = imported()
    unused = {name for name in declared() if MODULES.get(name, name) not in used}
    assert unused == set(NOT_IMPORTED)


def test_every_library_that_is_used_is_declared():
    known = {MODULES.get(name, name) for name in declared()} | set(COME_ALONG)
    assert imported() <= known
    assert set(COME_ALONG.values()) <= declared()


def test_a_decision_says_what_each_dependency_is_for():
    written = " ".join(path.read_text("utf-8") for path in (ROOT / "docs" / "decisions").glob("0*.md"))
    every = declared() | {name_of(each) for each in PROJECT["optional-dependencies"]["dev"]}
    every |= {name_of(each) for each in PROJECT["optional-dependencies"]["node"]}
    missing = {
        name
        for name in every
        if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", written, re.IGNORECASE)
    }
    assert not missing


def test_every_dependency_has_a_lower_and_every_young_one_an_upper_bound():
    for requirement in PROJECT["dependencies"]:
        assert ">=" in requirement, requirement


def test_every_dependency_is_locked_with_hashes():
    locked = (ROOT / "requirements" / "dev.txt").read_text()
    names = {name_of(line) for line in re.findall(r"^[A-Za-z0-9].*$", locked, re.MULTILINE)}
    assert declared() <= names
    assert all("--hash=" in each for each in re.split(r"\n(?=[A-Za-z0-9])", locked) if "==" in each)
