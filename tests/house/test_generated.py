"""Pages that are written by a program are current, and the README lists the exit codes that there are."""

import importlib.util
import re
from pathlib import Path

import pytest

from partner_qa.checklist import load_checklist
from partner_qa.cli.main import cli
from partner_qa.driving.runner import find_missing
from partner_qa.gate import PRECEDENCE, ExitCode
from partner_qa.model import Target, UseCase
from partner_qa.profile.profile import load_profile
from partner_qa.suite import load_scenarios, load_tests

ROOT = Path(__file__).parents[2]
INTERRUPTED = 130


def load_module(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def writer():
    return load_module(ROOT / "docs" / "pages.py")


@pytest.fixture(scope="module")
def pages(writer):
    return writer.render_pages()


def test_every_page_is_current(pages):
    written = {path.name: path.read_text("utf-8") for path in (ROOT / "docs" / "reference").glob("*.md")}
    stale = sorted(name for name in pages.keys() | written.keys() if pages.get(name) != written.get(name))
    assert not stale, f"`make pages` writes them again: {', '.join(stale)}"


def test_every_profile_of_a_use_case_is_current(writer):
    written = {path.name: path.read_text("utf-8") for path in (ROOT / "examples" / "profiles").iterdir()}
    assert written == writer.render_profiles(), "`make pages` writes them again"


@pytest.mark.parametrize("use_case", UseCase)
def test_with_the_profile_of_a_use_case_every_scenario_of_its_own_items_can_be_driven(writer, use_case):
    profile = load_profile(ROOT / "examples" / "profiles" / f"{use_case}.yaml")
    assert profile.use_cases == (use_case,)
    own = {item.id for item in load_checklist().items if use_case in item.applies_to}
    looked_at = {name for test in load_tests() if test.declared.item in own for name in test.scenarios}
    for scenario in load_scenarios():
        if scenario.id in looked_at:
            missing = find_missing(scenario, profile, Target.EMBEDDED)
            assert set(missing) <= {"run.processes in partner.yaml"}


def test_the_pages_name_every_item_and_every_scenario(pages):
    for item in load_checklist().items:
        assert f"\n### {item.id}\n" in pages["checklist.md"]
        assert item.source.url in pages["checklist.md"]
    for scenario in load_scenarios():
        assert f"\n## {scenario.id}\n" in pages["scenarios.md"]
        assert scenario.steps in pages["scenarios.md"]


def test_new_ids_are_remembered_and_old_ones_stay(writer, checklist):
    first, *others = sorted(checklist.items, key=lambda item: item.id)
    told = f"# for ever\n{first.id}  what it meant\nGONE-01   what was\n"
    lines = writer.remember_ids(told, checklist.items).splitlines()
    assert lines[0] == "# for ever"
    assert {f"{first.id}  what it meant", "GONE-01   what was"} <= set(lines)
    assert {line.split()[0] for line in lines[1:]} == {item.id for item in checklist.items} | {"GONE-01"}
    assert lines[1:] == sorted(lines[1:])
    assert len(others) == len(lines) - 3


def exit_codes_of_the_readme():
    return dict(re.findall(r"^\| (\d+) \| (.+) \|$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE))


def test_the_readme_lists_every_exit_code():
    assert [int(code) for code in exit_codes_of_the_readme()] == [*map(int, ExitCode), INTERRUPTED]


def test_the_readme_says_which_exit_code_wins():
    order = ", ".join(str(int(code)) for code in PRECEDENCE)
    assert f"When several hold, the first of {order} is it." in (ROOT / "README.md").read_text("utf-8")


def test_the_help_says_the_same_of_exit_codes_as_the_readme():
    told = " ".join((cli.help or "").split())
    for code, words in exit_codes_of_the_readme().items():
        assert f"{code} {words.partition(':')[0]}" in told
