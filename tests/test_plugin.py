"""`pytest conformance`: the same verdicts as `judge`, in pytest's words, and nothing of our own stack."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from partner_qa import judge
from partner_qa.checklist import load_checklist
from partner_qa.gate import ExitCode
from partner_qa.judge import judge_run
from partner_qa.model import Outcome
from partner_qa.suite import find_suite

pytest_plugins = ["pytester"]

PLAIN = (
    "-c",
    str(Path(judge.__file__).with_name("judge.ini")),
    "--import-mode=importlib",
    "--assert=plain",
    "--disable-plugin-autoload",
    "-p",
    "partner_qa.plugin",
    "-p",
    "no:cacheprovider",
)


def run_plainly(pytester: pytest.Pytester, folder: Path, *more: str | Path) -> pytest.RunResult:
    suite = find_suite()
    given = [
        str(each) for each in (*PLAIN, f"--rootdir={suite.parent}", "--noconftest", "--run", folder, *more)
    ]
    return pytester.runpytest_inprocess(
        *given, *([] if any("::" in str(each) for each in more) else [str(suite)])
    )


@pytest.fixture
def unread(bench: Any) -> Any:
    """A run whose large list was not read to its end."""
    call = bench.call()
    headers = (*call.response.headers, ("X-Page", "1"), ("X-Total-Pages", "3"))
    first = replace(call, response=replace(call.response, headers=headers))
    return bench.run(bench.recording("large_company_sync", exchanges=(first,)))


def test_plain_pytest_and_judge_say_the_same(pytester: pytest.Pytester, bench: Any, unread: Any) -> None:
    results = judge_run(unread, checklist=load_checklist(), contract=bench.contract, today=bench.today)
    result = run_plainly(pytester, bench.save(unread), "-v")
    assert result.ret == results.decision.exit_code == ExitCode.FAILED
    lines = {line.split(" ")[0].rpartition("/")[2]: line for line in result.outlines if "::" in line}
    for each in results.judged:
        word = {
            Outcome.PASS: "PASSED",
            Outcome.FAIL: "FAILED",
            Outcome.NOT_APPLICABLE: "SKIPPED",
            Outcome.NOT_OBSERVED: "NOT OBSERVED",
            Outcome.NEEDS_ATTESTATION: "NEEDS A PERSON",
        }[each.verdict.outcome]
        assert word in lines[each.test or f"conformance::{each.item.id}"], each.item.id


def test_a_failure_shows_the_finding_and_none_of_our_stack(
    pytester: pytest.Pytester, bench: Any, unread: Any
) -> None:
    output = run_plainly(pytester, bench.save(unread)).stdout.str()
    for words in (
        "PAGE-01 Every page of a list is read",
        "https://docs.gusto.com/app-integrations/docs/pagination",
        "large_company_sync#1",
        "never asked for page 2, 3",
        "loop until X-Page equals X-Total-Pages",
    ):
        assert words in output
    assert "plugin.py" not in output
    assert "suite.py" not in output


def test_our_stack_is_there_when_asked_for(pytester: pytest.Pytester, bench: Any, unread: Any) -> None:
    node = f"{find_suite() / 'test_pagination.py'}::test_reads_every_page"
    result = run_plainly(pytester, bench.save(unread), node, "--full-trace")
    assert result.parseoutcomes() == {"failed": 1}
    assert "plugin.py" in result.stdout.str()


def test_what_is_missing_and_the_decision_stand_in_the_summary(
    pytester: pytest.Pytester, bench: Any, unread: Any
) -> None:
    output = run_plainly(pytester, bench.save(unread)).stdout.str()
    assert "PROC-01  a person has to answer this, and nobody has yet" in output
    decision = judge_run(
        unread, checklist=load_checklist(), contract=bench.contract, today=bench.today
    ).decision
    assert decision.headline.startswith("not conformant: a must failed, ")
    assert f"{decision.headline} (exit code 1)" in output


def test_the_gate_decides_what_the_session_ends_with(
    pytester: pytest.Pytester, bench: Any, unread: Any
) -> None:
    folder = bench.save(unread)
    assert run_plainly(pytester, folder, "-k", "test_sends_bearer").ret == ExitCode.VERIFIED
    assert run_plainly(pytester, folder, "-k", "PROC-01").ret == ExitCode.INCOMPLETE


def test_answers_can_be_named(pytester: pytest.Pytester, bench: Any, unread: Any) -> None:
    path = bench.folder / "attestations.yaml"
    path.write_text(
        "format: 1\nattestations:\n  - {item: PROC-01, person: Dana Doe, role: Head of Product, "
        "given: 2026-01-20, answer: Gusto granted it in January., evidence: [mail.txt]}\n"
    )
    (bench.folder / "mail.txt").write_text("Granted.")
    result = run_plainly(pytester, bench.save(unread), "-k", "PROC-01", "--attestations", path)
    assert result.ret == ExitCode.VERIFIED
    assert result.parseoutcomes() == {"deselected": len(load_checklist().items) - 1, "attested": 1}


def test_one_test_can_be_named(pytester: pytest.Pytester, bench: Any, unread: Any) -> None:
    node = f"{find_suite() / 'test_pagination.py'}::test_reads_every_page"
    result = run_plainly(pytester, bench.save(unread), node)
    assert result.parseoutcomes() == {"failed": 1}


def test_a_run_that_is_not_there_is_said_in_a_sentence(pytester: pytest.Pytester, bench: Any) -> None:
    result = run_plainly(pytester, bench.folder / "nowhere")
    output = result.stdout.str()
    assert result.ret != 0
    assert "run.json: is not there" in output
    assert "Traceback" not in output


def test_other_tests_need_no_recordings_and_are_not_overruled(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_theirs():\n    assert 1 == 2\n")
    result = pytester.runpytest_inprocess(*PLAIN, "--run", "nowhere")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "partner checklist" not in result.stdout.str()


def test_a_failure_elsewhere_outlives_a_good_checklist(
    pytester: pytest.Pytester, bench: Any, unread: Any
) -> None:
    theirs = pytester.makepyfile("def test_theirs():\n    assert 1 == 2\n")
    node = f"{find_suite() / 'test_wire.py'}::test_sends_valid_requests"
    result = run_plainly(pytester, bench.save(unread), node, theirs)
    assert result.parseoutcomes() == {"passed": 1, "failed": 1}
    assert result.ret == pytest.ExitCode.TESTS_FAILED
