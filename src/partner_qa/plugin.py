"""The door for pytest: gives tests their recordings, and turns how each test ends into a verdict.

Loaded as an instance by judge.py, or by `-p partner_qa.plugin` for `pytest conformance`. It only judges: no
network, no clock but for durations. A failed test is always the integration's; everything else is an error
or a skip with its reason. What the verdicts come to is decided in gate.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from partner_qa.case import Case, could_be_driven, load_case
from partner_qa.checklist import applies, offer_any_case
from partner_qa.checks.use_cases import find_words_of_run
from partner_qa.errors import HarnessBug, Nonconformance, NotObserved, PartnerQAError, SetupError
from partner_qa.gate import Judged, attest, waive
from partner_qa.model import Evidence, Finding, Item, Outcome, Recording, Run, Target, Verdict, VerifiedBy
from partner_qa.report.allure import describe
from partner_qa.report.story import Stories
from partner_qa.report.text import shown
from partner_qa.suite import CONTRACT, RUN, SuiteTest, find_scenario_names, find_suite, to_suite_test
from partner_qa.verdicts import compare_with_control, excuse, to_verdict

_NAME = "partner-qa-judging"
_ENDS = (Exception, pytest.skip.Exception, pytest.fail.Exception)
_SHOWN = {
    Outcome.ERROR: ("error", "E", "ERROR"),
    Outcome.NOT_OBSERVED: ("not observed", "?", "NOT OBSERVED"),
    Outcome.NEEDS_ATTESTATION: ("needs a person", "p", "NEEDS A PERSON"),
    Outcome.ATTESTED: ("attested", "a", "ATTESTED"),
}


class Judging:
    """One session's judging: collects the verdicts, in the order of the checklist.

    `load` gives the case; it is called when the first test of the suite is met, so that a session without
    any (the machine's own tests) needs no recordings. `decides` lets the gate's exit code be the session's.
    """

    def __init__(self, load: Callable[[], Case], *, folder: Path, decides: bool = False) -> None:
        self.folder = folder.resolve()
        self.trouble: list[BaseException | str] = []
        self._load = load
        self._scenarios = find_scenario_names(self.folder)
        self._decides = decides
        self._rows: dict[str, _Row] = {}
        self._judged: dict[str, Judged] = {}
        self._others_failed = False
        self._stories = Stories()

    @cached_property
    def case(self) -> Case:
        """Return the case, loaded once."""
        return self._load()

    @cached_property
    def _words(self) -> frozenset[str]:
        return find_words_of_run(self.case.run, self.case.contract)

    @property
    def judged(self) -> tuple[Judged, ...]:
        """Return what was judged, in the order of the checklist."""
        order = [item.id for item in self.case.checklist.items]
        return tuple(self._judged[each] for each in order if each in self._judged)

    # what tests ask for

    def recordings(self) -> ModuleType:
        """Return a plugin with a fixture for each scenario, and for `run` and `contract`."""
        fixtures = ModuleType(f"{_NAME}-recordings")
        given: dict[str, Callable[[], object]] = {
            name: partial(self.recording, name) for name in self._scenarios
        }
        given |= {RUN: lambda: self.case.run, CONTRACT: lambda: self.case.contract}
        for name, give in given.items():
            setattr(fixtures, name, _fixture(name, give))
        return fixtures

    def recording(self, scenario: str) -> Recording:
        """Return the recording of a scenario.

        Raises `NotObserved` where it was not driven to its end, with what the profile lacks, and
        `HarnessBug` where the harness failed while driving it.
        """
        found = self.case.run.find(scenario)
        if self.case.settled:
            return found or Recording(
                scenario=scenario, target=self.case.run.target, started=self.case.run.started
            )
        if found is None:
            raise NotObserved(
                f"scenario {scenario} was not driven in this run",
                missing=(f"scenario {scenario} ({_why_left_out(self.case.run)})",),
            )
        if found.trouble:
            raise HarnessBug(f"the harness failed while driving {scenario}: {found.trouble}")
        if not could_be_driven(found):
            why = f": {found.reason}" if found.reason else ""
            raise NotObserved(f"scenario {scenario} could not be driven{why}", missing=found.missing)
        if found.ended is None:
            raise NotObserved(
                f"the recording of scenario {scenario} breaks off",
                missing=(f"scenario {scenario}, driven to its end (record the run again)",),
            )
        return found

    # collecting

    def pytest_configure(self, config: pytest.Config) -> None:
        """Give tests their recordings as fixtures."""
        config.pluginmanager.register(self.recordings())

    def pytest_collect_directory(self, path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Collect the suite's folder together with the rows that only a person can answer."""
        if path.resolve() != self.folder:
            return None
        suite: SuiteFolder = SuiteFolder.from_parent(parent, path=path)
        suite.judging = self
        return suite

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Bind each test to its row, leave out what was not chosen, and put the rest in the rows' order."""
        places = {each.path for each in items}  # far fewer than tests
        within = {each for each in places if each.is_relative_to(self.folder)}
        ours = [each for each in items if each.path in within]
        if not ours:
            return
        order = {item.id: number for number, item in enumerate(self.case.checklist.items)}
        for each in ours:
            self._bind(each)
        kept = [each for each in ours if self._is_chosen(self._rows[each.nodeid].item)]
        kept.sort(key=lambda each: order[self._rows[each.nodeid].item.id])
        others = [each for each in items if each.nodeid not in self._rows]
        config.hook.pytest_deselected(items=[each for each in ours if each not in kept])
        items[:] = [*others, *kept]

    def _bind(self, collected: pytest.Item) -> None:
        if isinstance(collected, AttestationRow):
            self._rows[collected.nodeid] = _Row(item=collected.item)
            return
        test = to_suite_test(collected.path, collected.function)  # type: ignore[attr-defined]
        item_id = test.declared.item
        item = self.case.checklist.find(item_id)
        if item is None:
            known = [each.id for each in self.case.checklist.items]
            raise HarnessBug(
                f"{test.name} judges {item_id}, which is no item ({offer_any_case(item_id, known)})"
            )
        if item.verified_by is VerifiedBy.ATTESTATION:
            raise HarnessBug(f"{test.name} judges {item_id}, which only a person can answer")
        if item_id in {row.item.id for row in self._rows.values()}:
            raise HarnessBug(f"{test.name} judges {item_id}, which another test judges already")
        for name in test.scenarios:
            if name not in self._scenarios:
                raise HarnessBug(f"{test.name} asks for {name} ({offer_any_case(name, self._scenarios)})")
        self._rows[collected.nodeid] = _Row(item=item, test=test)

    def _is_chosen(self, item: Item) -> bool:
        return self.case.chosen is None or item.id in self.case.chosen

    # judging

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        """Judge an item that does not apply, or whose recording cannot be had."""
        row = self._rows.get(item.nodeid)
        if row is None:
            return (yield)
        row.began = time.perf_counter()
        if not applies(row.item, self._words):
            self._conclude(row, _not_applicable(row.item))
        try:
            return (yield)
        except _ENDS as error:
            self._conclude(row, self._to_verdict(row, error), error)
            raise

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Judge by how the test ends."""
        row = self._rows.get(item.nodeid)
        if row is None:
            return (yield)
        try:
            result, error = (yield), None
        except _ENDS as raised:
            result, error = None, raised
        self._conclude(row, None if row.test is None else self._to_verdict(row, error), error)
        return result

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Leave out the test of an item whose verdict is settled: it would judge in vain."""
        row = self._rows.get(pyfuncitem.nodeid)
        return True if row is not None and row.item.id in self.case.settled else None

    def _to_verdict(self, row: _Row, error: BaseException | None) -> Verdict:
        evidence = Evidence.WIRE if row.test is None else row.test.declared.evidence
        verdict = to_verdict(row.item, error, evidence=evidence, scenarios=self._judged_on(row))
        verdict = excuse(verdict, self.case.run, undriven=self._undriven(row))
        return compare_with_control(verdict, self.case.control.get(row.item.id))

    def _judged_on(self, row: _Row) -> tuple[str, ...]:
        driven = [each.scenario for each in self.case.run if could_be_driven(each)]
        if row.test is None:
            return ()
        return tuple(each for each in driven if row.test.is_of_run or each in row.test.scenarios)

    def _undriven(self, row: _Row) -> tuple[str, ...]:
        run = self.case.run
        is_part = bool(run.filters) or run.target is Target.LIVE or run.ended is None
        if row.test is None or not row.test.is_of_run or not is_part:
            return ()
        return tuple(each for each in self._scenarios if run.find(each) is None)

    def _conclude(self, row: _Row, verdict: Verdict | None, error: BaseException | None = None) -> None:
        """Keep the final verdict on an item, and raise it unless it is good."""
        case = self.case
        if row.item.id in case.settled:
            verdict = case.settled[row.item.id]
        else:
            if verdict is None or verdict.outcome is not Outcome.NOT_APPLICABLE:
                verdict = attest(row.item, verdict, case.ledger, case.today)
            verdict = waive(row.item, verdict, case.ledger, case.today)
        row.verdict = verdict
        self._judged[row.item.id] = Judged(
            item=row.item,
            verdict=verdict,
            duration=time.perf_counter() - row.began,
            test=row.test.name if row.test else "",
        )
        raised = _to_exception(verdict)
        if raised is not None:
            raise raised from error

    # telling

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        """Tell Allure, while it holds the result of this item open."""
        row = self._rows.get(item.nodeid)
        if row is None or row.verdict is None or not item.config.pluginmanager.has_plugin("allure_listener"):
            return
        how = row.test.how_we_look if row.test else ""
        describe(
            *(row.item, row.verdict, self.case.run),
            titles=self.case.checklist.titles,
            how_we_look=how,
            stories=self._stories,
        )

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Show findings instead of our stack, and mark the report that carries the verdict."""
        report = yield
        row = self._rows.get(item.nodeid)
        if row is None or row.verdict is None or report.when == "teardown":
            return report
        report.partner_qa = row.verdict.outcome  # type: ignore[attr-defined]
        error = call.excinfo.value if call.excinfo else None
        if isinstance(error, PartnerQAError) and not item.config.getoption("fulltrace", default=False):
            report.longrepr = _tell(row, error)
        return report

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Return the word for a verdict that pytest has no word for."""
        outcome = getattr(report, "partner_qa", None)
        return _SHOWN.get(outcome) if outcome is not None else None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notice failures of tests that are not of the suite, so that they are not overruled."""
        self._others_failed |= report.failed and report.nodeid not in self._rows

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Let the gate decide what the session ends with, unless something else has failed in it."""
        plain = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        if self._decides and self._judged and plain and not self._others_failed:
            session.exitstatus = int(self.case.decide(self.judged).exit_code)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print what is missing for each item that could not be judged, and the decision."""
        if not self._judged:
            return
        terminalreporter.section("partner checklist")
        for each in self.judged:
            if each.verdict.outcome in (Outcome.NOT_OBSERVED, Outcome.NEEDS_ATTESTATION):
                missing = f" ({'; '.join(each.verdict.missing)})" if each.verdict.missing else ""
                terminalreporter.line(shown(f"{each.item.id}  {each.verdict.reason}{missing}"))
        for finding in self.case.contradictions:
            terminalreporter.line(shown(f"configuration: {finding.message} ({finding.hint})"))
        decision = self.case.decide(self.judged)
        terminalreporter.line(f"{decision.headline} (exit code {int(decision.exit_code)})")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what a suite file could not be collected for."""
        if report.failed:
            self.trouble.append(str(report.longrepr))

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Keep what broke the session."""
        self.trouble.append(excinfo.value)


@dataclass(slots=True, kw_only=True)
class _Row:
    """What the session knows of one item: the test (or none), when it began, what came out."""

    item: Item
    test: SuiteTest | None = None
    began: float = 0.0
    verdict: Verdict | None = None


class SuiteFolder(pytest.Directory):
    """The suite's folder: its files, and the rows that only a person can answer."""

    judging: Judging

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """Return the suites of the folder, then a node for each of those rows."""
        for path in sorted(self.path.glob("test_*.py")):
            yield from self.ihook.pytest_collect_file(file_path=path, parent=self)
        for item in self.judging.case.checklist.items:
            if item.verified_by is VerifiedBy.ATTESTATION:
                row: AttestationRow = AttestationRow.from_parent(self, name=item.id)
                row.item = item
                yield row


class AttestationRow(pytest.Item):
    """A row without a test; the ledger answers it."""

    item: Item

    def runtest(self) -> None:
        """Do nothing: the plugin asks the ledger."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return one line: the plugin tells the row; pytest would parse the source of each frame of ours."""
        if self.config.getoption("fulltrace", default=False):
            return super().repr_failure(excinfo, style)
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where the row is listed."""
        return self.path, None, f"{self.item.id} {self.item.title}"


def _fixture(name: str, give: Callable[[], object]) -> object:
    def recording() -> object:
        return give()

    return pytest.fixture(name=name)(recording)


def _why_left_out(run: Run) -> str:
    if run.filters:
        return f"left out by {', '.join(run.filters)}"
    return "against the embedded sandbox" if run.target is Target.LIVE else "record the run again"


def _not_applicable(item: Item) -> Verdict:
    wanted = " or ".join(sorted(item.applies_to))
    reason = f"no declared use case is {wanted}" if wanted != "people" else "no declared use case has people"
    return Verdict(item=item.id, outcome=Outcome.NOT_APPLICABLE, reason=reason)


def _to_exception(verdict: Verdict) -> BaseException | None:
    """Return what a verdict is to pytest, and so to Allure: `failed` is only ever the integration's.

    Its words go to terminals and into files as they are, so they are made printable here.
    """
    reason = shown(verdict.reason)
    if verdict.outcome is Outcome.FAIL:
        return Nonconformance([_to_printable(each) for each in verdict.findings])
    if verdict.outcome in (Outcome.NOT_OBSERVED, Outcome.NEEDS_ATTESTATION):
        return NotObserved(reason, missing=[shown(each) for each in verdict.missing])
    if verdict.outcome is Outcome.NOT_APPLICABLE:
        return pytest.skip.Exception(reason)
    return HarnessBug(reason) if verdict.outcome is Outcome.ERROR else None


def _to_printable(finding: Finding) -> Finding:
    return replace(
        finding,
        message=shown(finding.message),
        expected=shown(finding.expected),
        seen=shown(finding.seen),
        hint=shown(finding.hint),
    )


def _tell(row: _Row, error: PartnerQAError) -> str:
    item = row.item
    source = f"{item.source.title}, {item.source.url}"
    return "\n".join([f"{item.id} {item.title}", item.requirement, f"({source})", "", error.explain()])


# `-p partner_qa.plugin`, as the conftest.py of the clone has it


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that say what `pytest conformance` judges."""
    group = parser.getgroup("partner-qa")
    group.addoption("--run", metavar="FOLDER", help="The run to judge [default: the committed example].")
    group.addoption("--waivers", metavar="FILE", help="waivers.yaml")
    group.addoption("--attestations", metavar="FILE", help="attestations.yaml")


def pytest_configure(config: pytest.Config) -> None:
    """Judge the run that `--run` names, by the shipped checklist."""
    judging = Judging(lambda: _load_case(config), folder=find_suite(), decides=True)
    config.pluginmanager.register(judging, _NAME)


def _load_case(config: pytest.Config) -> Case:
    given = {name: config.getoption(name) for name in ("run", "waivers", "attestations")}
    paths = {name: Path(value) if value else None for name, value in given.items()}
    try:
        return load_case(**paths, today=datetime.now(UTC).date())
    except SetupError as error:
        raise pytest.Collector.CollectError(error.explain()) from error
