"""The words of suites: what is declared, what is required, and how the shipped suites are found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from partner_qa.errors import HarnessBug, Nonconformance
from partner_qa.model import Action, Evidence, Finding, Observation, Recording, Run, Target
from partner_qa.suite import (
    arguments_of,
    find_declared,
    find_scenario_names,
    item,
    load_scenarios,
    load_tests,
    require,
    scenario,
    scenarios_of,
)


def spoil(recording: Recording) -> Recording:
    return recording


def test_an_item_is_declared_beside_the_test_and_leaves_it_as_it_is() -> None:
    def test_it(sync: Recording) -> None:
        """Look."""

    declared = item("PAGE-01", spoiled_by=spoil, evidence=Evidence.REPORTED)(test_it)
    assert declared is test_it
    found = find_declared(test_it)
    assert found is not None
    assert (found.item, found.spoiled_by, found.evidence) == ("PAGE-01", spoil, Evidence.REPORTED)


def test_a_function_without_an_item_declares_nothing() -> None:
    assert find_declared(spoil) is None
    assert find_declared(object()) is None


def test_findings_are_raised_and_none_are_not() -> None:
    require(())
    with pytest.raises(Nonconformance) as caught:
        require([Finding(check="c", message="does not"), Finding(check="c", message="does not either")])
    assert len(caught.value.findings) == 2


def test_a_test_asks_for_scenarios_by_name_and_for_the_run() -> None:
    def test_it(run: Run, two_tenants: Recording, contract: object) -> None:
        """Look."""

    assert arguments_of(test_it) == ("run", "two_tenants", "contract")
    assert scenarios_of(test_it) == ("two_tenants",)


def test_a_scenario_is_named_like_its_function_and_its_docstring_is_its_page() -> None:
    @scenario(
        title="A sync",
        needs=[Action.CONNECT],
        observes=[Observation.PEOPLE],
        targets=("embedded", "live"),
    )
    def sync(stage: object) -> None:
        """One line.

        1. Connect.
        """

    assert (sync.id, sync.title, sync.steps) == ("sync", "A sync", "One line.\n\n1. Connect.")
    assert (sync.needs, sync.observes) == ((Action.CONNECT,), (Observation.PEOPLE,))
    assert sync.targets == {Target.EMBEDDED, Target.LIVE}


def test_a_scenario_is_embedded_unless_it_says_more() -> None:
    @scenario(title="A sync", needs=())
    def sync(stage: object) -> None:
        """1. Connect."""

    assert sync.targets == {Target.EMBEDDED}


def test_a_scenario_that_nobody_could_follow_is_refused() -> None:
    def sync(stage: object) -> None:
        return None

    with pytest.raises(HarnessBug, match="no docstring"):
        scenario(title="A sync", needs=())(sync)


def test_scenarios_are_found_in_the_order_of_their_source_with_and_without_importing(bench: Any) -> None:
    folder = bench.suite()
    assert [each.id for each in load_scenarios(folder)] == ["sync", "other"]
    assert find_scenario_names(folder) == ("sync", "other")


def test_a_broken_scenario_file_is_a_bug_of_ours_and_leaves_nothing_half_imported(bench: Any) -> None:
    folder = bench.suite()
    broken = folder / "scenarios" / "people.py"
    broken.write_text("half = 1\nraise RuntimeError('broken in the middle')\n")
    before = set(sys.modules)
    with pytest.raises(HarnessBug, match="broken in the middle") as caught:
        load_scenarios(folder)
    assert caught.value.attach == (str(broken),)
    assert set(sys.modules) == before


def test_a_scenario_file_may_have_values_of_its_own(bench: Any) -> None:
    folder = bench.suite()
    text = "from __future__ import annotations\nfrom dataclasses import dataclass\n\n\n"
    (folder / "scenarios" / "shifts.py").write_text(f"{text}@dataclass\nclass Shift:\n    hours: int\n")
    assert [each.id for each in load_scenarios(folder)] == ["sync", "other"]


def test_two_scenarios_of_one_name_are_a_bug_of_ours(bench: Any) -> None:
    folder = bench.suite()
    again = folder / "scenarios" / "people_again.py"
    again.write_text((folder / "scenarios" / "people.py").read_text())
    with pytest.raises(HarnessBug, match="two scenarios are called sync"):
        load_scenarios(folder)


def test_a_suite_without_scenarios_has_none(tmp_path: Path) -> None:
    assert find_scenario_names(tmp_path) == ()


def test_tests_are_found_with_what_they_look_at(bench: Any) -> None:
    reads, reads_all = load_tests(bench.suite())
    assert (reads.name, reads.section) == ("test_pages.py::test_reads", "pages")
    assert (reads.scenarios, reads.is_of_run, reads.how_we_look) == (("sync",), False, "Look at the sync.")
    assert (reads_all.scenarios, reads_all.is_of_run) == ((), True)


def test_a_test_that_judges_no_item_is_a_bug_of_ours(bench: Any) -> None:
    with pytest.raises(HarnessBug, match=r"test_pages\.py::test_it does not say which item"):
        load_tests(bench.suite("def test_it(sync):\n    pass\n"))


def test_the_shipped_scenarios_are_those_that_judging_knows() -> None:
    loaded = load_scenarios()
    assert tuple(each.id for each in loaded) == find_scenario_names()
    assert all(Target.EMBEDDED in each.targets for each in loaded)


def test_the_words_of_suites_import_no_pytest() -> None:
    program = "import sys, partner_qa.suite; print('pytest' in sys.modules, 'yaml' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
