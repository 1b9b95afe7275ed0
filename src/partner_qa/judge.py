"""Judges a run: recordings in, verdicts out. Nothing is driven, nothing is asked of the network.

The shipped suites run in this process under pytest, shielded from whatever else is there: the working
directory, a user's pytest.ini, conftest.py, PYTEST_ADDOPTS, and plugins that happen to be installed. The
clock is the caller's (`today`), so that the same recordings give the same verdicts whenever they are asked.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from partner_qa.case import Case, could_be_driven
from partner_qa.checklist import Checklist, offer_any_case
from partner_qa.contract.catalogue import Contract
from partner_qa.errors import HarnessBug, PartnerQAError, Problem, UsageError
from partner_qa.gate import Judged, Ledger, Results, find_sick_answers
from partner_qa.model import Item, Run, Verdict
from partner_qa.plugin import Judging
from partner_qa.suite import find_suite

_ALONE = (
    "--import-mode=importlib",
    "--assert=plain",
    "--noconftest",
    "--disable-plugin-autoload",
    "--capture=no",
    *(
        part
        for name in ("cacheprovider", "terminal", "logging", "faulthandler", "unraisableexception")
        for part in ("-p", f"no:{name}")
    ),
)
_FOREIGN = ("PYTEST_", "ALLURE_")
_INI = Path(__file__).with_name("judge.ini")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What part of the checklist a person asked for: items by id, sections by name; empty means all."""

    items: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()

    def includes(self, item: Item) -> bool:
        """Return whether an item was asked for."""
        is_all = not self.items and not self.sections
        return is_all or item.id in map(str.upper, self.items) or item.section in self.sections

    @classmethod
    def of(cls, filters: Iterable[str]) -> Choice:
        """Return the choice that the record of a run words as these filters."""
        pairs = [each.split(" ", 1) for each in filters if " " in each]
        return cls(
            items=tuple(name for option, name in pairs if option == "--only"),
            sections=tuple(name for option, name in pairs if option == "--section"),
        )

    @property
    def filters(self) -> tuple[str, ...]:
        """Return the choice in words, for the record of the run."""
        return (*(f"--only {each}" for each in self.items), *(f"--section {each}" for each in self.sections))


def judge_run(  # noqa: PLR0913 - the door of this room; each of them is named by the caller
    run: Run,
    *,
    checklist: Checklist,
    contract: Contract,
    today: date,
    ledger: Ledger | None = None,
    choice: Choice | None = None,
    control: Run | None = None,
    settled: Mapping[str, Verdict] | None = None,
    allure_dir: Path | None = None,
    strict: bool = False,
    submission: bool = False,
    suite: Path | None = None,
) -> Results:
    """Return the verdict on every item (or on those of `choice`), and what they come to.

    `control` is the example integration's run through the scenarios in which this one was found wanting:
    what fails there too is an error of the harness. `settled` has verdicts that are told as they are, and
    not derived: those of two runs merged. `allure_dir` takes Allure's results, one for each
    item. `strict` and `submission` are the gate's. Raises `UsageError` for an item or section that does
    not exist, `HarnessBug` where the suites cannot be run.
    """
    choice = choice or Choice()
    chosen = frozenset(item.id for item in choose_items(checklist, choice))
    run = replace(run, filters=tuple(dict.fromkeys((*run.filters, *choice.filters))))
    case = Case(
        run=run,
        checklist=checklist,
        contract=contract,
        today=today,
        ledger=ledger or Ledger(),
        chosen=chosen,
        settled=settled or {},
    )
    folder = suite or find_suite()
    if control is not None:
        arm = replace(case, run=control, ledger=Ledger())
        case = replace(case, control=_compare(run, control, _judge(arm, folder)))
    judged = _judge(case, folder, allure_dir=allure_dir)
    return Results(
        run=run,
        judged=judged,
        health=find_sick_answers(run, contract),
        contradictions=case.contradictions,
        decision=case.decide(judged, strict=strict, submission=submission),
    )


def choose_items(checklist: Checklist, choice: Choice) -> tuple[Item, ...]:
    """Return the items that a choice names, in the order of the checklist.

    Raises `UsageError` with every name that does not exist and its nearest neighbour.
    """
    ids, names = [item.id for item in checklist.items], [each.name for each in checklist.sections]
    problems = [
        *(_unknown("item", name, ids) for name in choice.items if name.upper() not in ids),
        *(_unknown("section", name, names) for name in choice.sections if name not in names),
    ]
    if problems:
        raise UsageError(problems, hint="`partner-qa checklist list` shows them all.")
    return tuple(filter(choice.includes, checklist.items))


def _unknown(kind: str, name: str, known: Collection[str]) -> Problem:
    return Problem(message=f"there is no {kind} {name!r}", hint=offer_any_case(name, known))


def _compare(run: Run, control: Run, judged: tuple[Judged, ...]) -> Mapping[str, Verdict]:
    """Return the control arm's verdicts that speak of the same situations.

    That something was never seen (a finding without a place) says nothing where the control arm went
    through a part of the run only.
    """
    driven = {each.scenario for each in run if could_be_driven(each)}
    whole = driven <= {each.scenario for each in control if could_be_driven(each)}
    return {
        each.item.id: each.verdict
        for each in judged
        if whole or any(finding.places for finding in each.verdict.findings)
    }


def _judge(case: Case, folder: Path, *, allure_dir: Path | None = None) -> tuple[Judged, ...]:
    judging = Judging(lambda: case, folder=folder)
    arguments = [str(folder), "-c", str(_INI), "--rootdir", str(folder.parent), *_ALONE]
    arguments += ["--confcutdir", str(folder)]  # else every folder above is listed, however much lies in it
    if allure_dir is not None:
        arguments += ["-p", "allure_pytest.plugin", "--alluredir", str(allure_dir), "--clean-alluredir"]
    with _shielded(folder):
        status = pytest.main(arguments, plugins=[judging, _OurWords()])
    if status == pytest.ExitCode.INTERRUPTED and not judging.trouble:
        raise KeyboardInterrupt
    _require_whole(judging, case, status)
    return judging.judged


class _OurWords:
    """Keeps pytest from telling what broke a session: whoever judges is told it once, in our words.

    Nor does it parse the source of every frame of a failure, for lines that nobody reads here.
    """

    def pytest_internalerror(self) -> bool:
        """Print nothing: what was raised is raised again (`_require_whole`), with its stack."""
        return True

    def pytest_configure(self, config: pytest.Config) -> None:
        """Choose the traces that Python itself prints."""
        config.option.tbstyle = "native"


def _require_whole(judging: Judging, case: Case, status: int) -> None:
    """Raise what broke the session, or what it left unjudged."""
    for trouble in judging.trouble:
        if isinstance(trouble, PartnerQAError):
            raise trouble
        words = str(trouble).strip().splitlines() or [type(trouble).__name__]  # a stack ends with what it is
        cause = trouble if isinstance(trouble, BaseException) else RuntimeError(trouble)
        raise HarnessBug(f"the suites could not be run: {words[-1].removeprefix('E').strip()}") from cause
    judged = {each.item.id for each in judging.judged}
    left = [
        item.id for item in case.checklist.items if item.id in (case.chosen or ()) and item.id not in judged
    ]
    if left:
        raise HarnessBug(f"no test judged {', '.join(left)} (pytest ended with {int(status)})")


@contextmanager
def _shielded(folder: Path) -> Iterator[None]:
    """Hide the environment's words for pytest and Allure, and leave no module of the suites behind."""
    hidden = {name: value for name, value in os.environ.items() if name.startswith(_FOREIGN)}
    modules = set(sys.modules)
    for name in hidden:
        del os.environ[name]
    try:
        yield
    finally:
        for name in [each for each in os.environ if each.startswith(_FOREIGN)]:
            del os.environ[name]
        os.environ.update(hidden)
        for name in set(sys.modules) - modules:
            if _is_within(sys.modules[name], folder):
                del sys.modules[name]


def _is_within(module: object, folder: Path) -> bool:
    places = [getattr(module, "__file__", None), *(getattr(module, "__path__", None) or ())]
    return any(each is not None and Path(each).is_relative_to(folder) for each in places)
