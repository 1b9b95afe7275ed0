"""Recordings in, verdicts out: each verdict, whose mistake it is, and what a session must not depend on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import partner_qa
from partner_qa.case import EXAMPLE
from partner_qa.cassette.files import load_run
from partner_qa.checklist import load_checklist
from partner_qa.checks.use_cases import find_contradictions
from partner_qa.contract.catalogue import load_contract
from partner_qa.errors import HarnessBug, UsageError
from partner_qa.gate import ExitCode, Ledger, Results
from partner_qa.judge import Choice, choose_items, judge_run
from partner_qa.model import Blame, Body, Evidence, Level, Outcome, Response, Target, Verdict, VerifiedBy
from partner_qa.plugin import Judging
from partner_qa.suite import find_suite


def verdict_of(results: Results, item: str = "PAGE-01") -> Verdict:
    return next(each.verdict for each in results.judged if each.item.id == item)


def outcomes_of(results: Results) -> dict[str, Outcome]:
    return {each.item.id: each.verdict.outcome for each in results.judged}


def allure_statuses(folder: Path) -> dict[str, str]:
    found = [json.loads(path.read_text()) for path in folder.glob("*-result.json")]
    return {
        next(label["value"] for label in each["labels"] if label["name"] == "item"): each["status"]
        for each in found
    }


@pytest.mark.parametrize(
    ("told", "outcome", "blame", "status"),
    [
        ("pass", Outcome.PASS, None, "passed"),
        ("fail", Outcome.FAIL, Blame.INTEGRATION, "failed"),
        ("configured", Outcome.ERROR, Blame.CONFIGURATION, "broken"),
        ("unseen", Outcome.NOT_OBSERVED, None, "broken"),
        ("crash", Outcome.ERROR, Blame.HARNESS, "broken"),
        ("skip", Outcome.ERROR, Blame.HARNESS, "broken"),
    ],
)
def test_a_verdict_is_what_the_test_ended_with_and_allure_says_the_same(
    bench: Any, tmp_path: Path, told: str, outcome: Outcome, blame: Blame | None, status: str
) -> None:
    results = bench.judge(bench.told(PAGE_01=told), allure_dir=tmp_path / "allure")
    verdict = verdict_of(results)
    assert (verdict.outcome, verdict.blame) == (outcome, blame)
    assert allure_statuses(tmp_path / "allure") == {"PAGE-01": status, "PAGE-02": "passed"}


def test_a_pass_says_what_it_rests_on(bench: Any) -> None:
    results = bench.judge(bench.told())
    assert verdict_of(results).evidence is Evidence.WIRE
    assert verdict_of(results).scenarios == ("sync",)
    assert verdict_of(results, "PAGE-02").scenarios == ("sync", "other")


def test_a_failure_carries_its_findings_and_counts_them_in_one_sentence(bench: Any) -> None:
    verdict = verdict_of(bench.judge(bench.told(PAGE_01="fail twice")))
    assert [each.key for each in verdict.findings] == ["late", "later"]
    assert verdict.reason == "does not come in time (and 1 more)"


def test_what_is_missing_is_named(bench: Any) -> None:
    verdict = verdict_of(bench.judge(bench.told(PAGE_01="unseen")))
    assert verdict.reason == "it never arose"
    assert verdict.missing == ("actions.sync in partner.yaml",)


def test_a_scenario_that_the_profile_cannot_drive_is_not_observed(bench: Any) -> None:
    run = bench.run(bench.recording(missing=("actions.sync_people in partner.yaml",)))
    verdict = verdict_of(bench.judge(run))
    assert verdict.outcome is Outcome.NOT_OBSERVED
    assert verdict.missing == ("actions.sync_people in partner.yaml",)
    assert verdict.scenarios == ()


@pytest.mark.parametrize("missing", [(), ("actions.pay in partner.yaml",)])
def test_why_a_scenario_stopped_is_the_reason_and_not_what_is_missing(
    bench: Any, missing: tuple[str, ...]
) -> None:
    run = bench.run(bench.recording(reason="the profile does not say how to pay", missing=missing))
    for each in (run, load_run(bench.save(run))):
        verdict = verdict_of(bench.judge(each))
        assert verdict.outcome is Outcome.NOT_OBSERVED
        assert verdict.reason == "scenario sync could not be driven: the profile does not say how to pay"
        assert verdict.missing == missing
        assert verdict.scenarios == ()


def test_a_scenario_that_was_left_out_is_not_observed_and_says_by_what(bench: Any) -> None:
    verdict = verdict_of(bench.judge(bench.run(bench.recording("other"), filters=("--only PAGE-02",))))
    assert verdict.outcome is Outcome.NOT_OBSERVED
    assert verdict.missing == ("scenario sync (left out by --only PAGE-02)",)


def test_a_scenario_that_breaks_off_is_not_judged(bench: Any) -> None:
    cut = bench.recording(says={"PAGE-01": "fail"}, ended=None)
    verdict = verdict_of(bench.judge(bench.run(cut, ended=None)))
    assert verdict.outcome is Outcome.NOT_OBSERVED
    assert verdict.reason == "the recording of scenario sync breaks off"


def test_what_never_came_in_a_run_that_was_interrupted_is_not_observed(bench: Any) -> None:
    run = bench.run(bench.recording(says={"PAGE-02": "absent"}), ended=None)
    verdict = verdict_of(bench.judge(run), "PAGE-02")
    assert (verdict.outcome, verdict.missing) == (Outcome.NOT_OBSERVED, ("what was left out: other",))


def test_a_scenario_that_the_harness_broke_is_an_error_of_the_harness(bench: Any) -> None:
    verdict = verdict_of(bench.judge(bench.run(bench.recording(trouble="KeyError: 'x' (stage.py:12)"))))
    assert (verdict.outcome, verdict.blame) == (Outcome.ERROR, Blame.HARNESS)
    assert "stage.py:12" in verdict.reason


def test_an_item_of_another_use_case_does_not_apply_and_allure_skips_it(bench: Any, tmp_path: Path) -> None:
    checklist = bench.checklist(bench.item(applies_to=frozenset(("webhooks",))), bench.item("PAGE-02"))
    results = bench.judge(bench.told(PAGE_01="fail"), checklist=checklist, allure_dir=tmp_path / "allure")
    verdict = verdict_of(results)
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert verdict.reason == "no declared use case is webhooks"
    assert allure_statuses(tmp_path / "allure")["PAGE-01"] == "skipped"


@pytest.mark.parametrize(
    ("given", "outcome", "status"),
    [(True, Outcome.ATTESTED, "passed"), (False, Outcome.NEEDS_ATTESTATION, "broken")],
)
def test_a_row_that_only_a_person_can_answer_is_an_item_too(
    bench: Any, tmp_path: Path, given: bool, outcome: Outcome, status: str
) -> None:
    checklist = bench.checklist(bench.by_person(), bench.item(), bench.item("PAGE-02"))
    ledger = Ledger(attestations=(bench.attestation(),) if given else ())
    results = bench.judge(bench.told(), checklist=checklist, ledger=ledger, allure_dir=tmp_path / "allure")
    assert verdict_of(results, "PROC-01").outcome is outcome
    assert allure_statuses(tmp_path / "allure")["PROC-01"] == status
    assert results.decision.exit_code is ExitCode.VERIFIED


@pytest.mark.parametrize(("told", "outcome"), [("pass", Outcome.NEEDS_ATTESTATION), ("fail", Outcome.FAIL)])
def test_an_item_of_both_needs_its_test_and_a_person(bench: Any, told: str, outcome: Outcome) -> None:
    checklist = bench.checklist(bench.item(verified_by=VerifiedBy.BOTH), bench.item("PAGE-02"))
    run = bench.told(PAGE_01=told)
    assert verdict_of(bench.judge(run, checklist=checklist)).outcome is outcome
    answered = Ledger(attestations=(bench.attestation(item="PAGE-01"),))
    verdict = verdict_of(bench.judge(run, checklist=checklist, ledger=answered))
    assert verdict.outcome is (Outcome.PASS if told == "pass" else Outcome.FAIL)


def test_a_row_of_a_person_that_does_not_apply_asks_nobody(bench: Any) -> None:
    rows = (bench.by_person(applies_to=frozenset(("payroll",))), bench.item(), bench.item("PAGE-02"))
    results = bench.judge(bench.told(), checklist=bench.checklist(*rows))
    assert verdict_of(results, "PROC-01").outcome is Outcome.NOT_APPLICABLE


def test_what_fails_for_the_example_too_is_blamed_on_the_harness(bench: Any, tmp_path: Path) -> None:
    run = bench.told(PAGE_01="fail")
    results = bench.judge(run, control=bench.told(PAGE_01="fail"), allure_dir=tmp_path / "allure")
    verdict = verdict_of(results)
    assert (verdict.outcome, verdict.blame) == (Outcome.ERROR, Blame.HARNESS)
    assert verdict.findings
    assert allure_statuses(tmp_path / "allure")["PAGE-01"] == "broken"
    assert results.decision.exit_code is ExitCode.HARNESS


@pytest.mark.parametrize("says", ["pass", "unseen", "crash"])
def test_what_the_example_does_not_fail_stays_the_integrations(bench: Any, says: str) -> None:
    verdict = verdict_of(bench.judge(bench.told(PAGE_01="fail"), control=bench.told(PAGE_01=says)))
    assert (verdict.outcome, verdict.blame) == (Outcome.FAIL, Blame.INTEGRATION)


def test_a_control_arm_that_went_half_the_way_excuses_no_absence(bench: Any) -> None:
    half = bench.run(bench.recording(says={"PAGE-02": "absent"}))
    whole = bench.told(PAGE_02="absent")
    assert verdict_of(bench.judge(whole, control=half), "PAGE-02").outcome is Outcome.FAIL
    assert verdict_of(bench.judge(whole, control=whole), "PAGE-02").outcome is Outcome.ERROR


@pytest.mark.parametrize("status", [500, 501, 503])
def test_an_embedded_sandbox_that_failed_by_itself_is_the_harness_fault(bench: Any, status: int) -> None:
    sick = (bench.call(1, status=status), bench.call(2))
    run = bench.run(bench.recording(says={"PAGE-01": "fail"}, exchanges=sick), bench.recording("other"))
    verdict = verdict_of(bench.judge(run))
    assert (verdict.outcome, verdict.blame) == (Outcome.ERROR, Blame.HARNESS)
    assert f"{status} at sync#1" in verdict.reason


@pytest.mark.parametrize("target", [Target.EMBEDDED, Target.LIVE])
def test_what_never_arose_while_the_sandbox_failed_names_that_as_well(bench: Any, target: Target) -> None:
    sick = (bench.call(1), bench.call(2, status=500))
    run = bench.run(bench.recording(says={"PAGE-01": "unseen"}, exchanges=sick), target=target)
    verdict = verdict_of(bench.judge(run))
    assert verdict.outcome is Outcome.NOT_OBSERVED
    missing = ("actions.sync in partner.yaml", "a sandbox that does not fail (500 at sync#2)")
    assert verdict.missing == missing


@pytest.mark.parametrize("target", [Target.EMBEDDED, Target.LIVE])
@pytest.mark.parametrize("status", [500, 503])
def test_an_answer_that_came_after_what_was_found_excuses_nothing(
    bench: Any, target: Target, status: int
) -> None:
    later = (bench.call(1), bench.call(2, status=status))
    run = bench.run(bench.recording(says={"PAGE-01": "fail"}, exchanges=later), target=target)
    assert verdict_of(bench.judge(run)).outcome is Outcome.FAIL


@pytest.mark.parametrize("excuse", ["passed", "live", "fault", "elsewhere"])
def test_a_501_that_is_not_to_blame_changes_nothing(bench: Any, excuse: str) -> None:
    refused = bench.call(1, status=501, fault="respond" if excuse == "fault" else "")
    mine = (bench.call(1),) if excuse == "elsewhere" else (refused, bench.call(2))
    run = bench.run(
        bench.recording(says={"PAGE-01": "pass" if excuse == "passed" else "fail"}, exchanges=mine),
        bench.recording("other", exchanges=(refused,)),
        target=Target.LIVE if excuse == "live" else Target.EMBEDDED,
    )
    expected = Outcome.PASS if excuse == "passed" else Outcome.FAIL
    assert verdict_of(bench.judge(run)).outcome is expected


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_live_sandbox_that_failed_by_itself_is_not_the_integrations_fault(bench: Any, status: int) -> None:
    sick = (bench.call(1, status=status), bench.call(2))
    run = bench.run(
        bench.recording(says={"PAGE-01": "fail", "PAGE-02": "pass"}, exchanges=sick), target=Target.LIVE
    )
    results = bench.judge(run)
    verdict = verdict_of(results)
    assert (verdict.outcome, verdict.blame) == (Outcome.ERROR, Blame.SANDBOX)
    assert verdict.reason == f"the live sandbox failed by itself ({status} at sync#1), so nothing can be said"
    assert results.decision.exit_code is ExitCode.SANDBOX
    assert verdict_of(results, "PAGE-02").outcome is Outcome.PASS


@pytest.mark.parametrize("excuse", ["fault", "elsewhere"])
def test_an_answer_503_that_is_not_to_blame_changes_nothing(bench: Any, excuse: str) -> None:
    sick = bench.call(1, status=503, fault="respond" if excuse == "fault" else "")
    mine = (bench.call(1),) if excuse == "elsewhere" else (sick, bench.call(2))
    run = bench.run(
        bench.recording(says={"PAGE-01": "fail"}, exchanges=mine),
        bench.recording("other", exchanges=(sick,)),
        target=Target.LIVE,
    )
    assert verdict_of(bench.judge(run)).outcome is Outcome.FAIL


def test_what_a_live_run_never_saw_may_be_in_what_only_the_embedded_sandbox_can_show(bench: Any) -> None:
    run = bench.run(bench.recording(says={"PAGE-02": "absent"}), target=Target.LIVE)
    verdict = verdict_of(bench.judge(run), "PAGE-02")
    assert verdict.outcome is Outcome.NOT_OBSERVED
    assert verdict.missing == ("what was left out: other",)


def test_settled_verdicts_are_told_as_they_are(bench: Any) -> None:
    settled = {
        "PAGE-01": Verdict(item="PAGE-01", outcome=Outcome.PASS, scenarios=("sync",)),
        "PAGE-02": Verdict(item="PAGE-02", outcome=Outcome.NOT_OBSERVED, reason="elsewhere neither"),
    }
    run = bench.run(bench.recording("other", says={"PAGE-02": "fail"}))
    results = bench.judge(run, settled=settled)
    assert [each.verdict for each in results.judged] == [settled["PAGE-01"], settled["PAGE-02"]]
    assert results.decision.exit_code is ExitCode.INCOMPLETE


def test_what_was_never_seen_in_a_whole_run_is_a_failure(bench: Any) -> None:
    assert verdict_of(bench.judge(bench.told(PAGE_02="absent")), "PAGE-02").outcome is Outcome.FAIL


def test_what_was_never_seen_in_a_part_of_a_run_is_not_observed(bench: Any) -> None:
    chosen = bench.run(bench.recording(says={"PAGE-02": "absent"}), filters=("--section pages",))
    verdict = verdict_of(bench.judge(chosen), "PAGE-02")
    assert verdict.outcome is Outcome.NOT_OBSERVED
    assert verdict.missing == ("what was left out: other",)


def test_what_was_never_seen_where_the_harness_broke_is_blamed_on_the_harness(bench: Any) -> None:
    run = bench.run(bench.recording(says={"PAGE-02": "absent"}, trouble="KeyError"))
    verdict = verdict_of(bench.judge(run), "PAGE-02")
    assert (verdict.outcome, verdict.blame) == (Outcome.ERROR, Blame.HARNESS)


def test_a_waiver_of_every_finding_lets_the_run_pass_and_stays_visible(bench: Any) -> None:
    results = bench.judge(bench.told(PAGE_01="fail"), ledger=Ledger(waivers=(bench.waiver(),)))
    verdict = verdict_of(results)
    assert verdict.outcome is Outcome.FAIL
    assert verdict.waiver == bench.waiver()
    assert results.decision.exit_code is ExitCode.VERIFIED
    assert results.decision.headline == "verified, with 1 waiver"


def test_a_waiver_of_one_finding_of_two_waives_nothing(bench: Any) -> None:
    results = bench.judge(bench.told(PAGE_01="fail twice"), ledger=Ledger(waivers=(bench.waiver(),)))
    assert verdict_of(results).waiver is None
    assert results.decision.exit_code is ExitCode.FAILED


def test_an_expired_waiver_waives_nothing_and_is_named(bench: Any) -> None:
    late = bench.waiver(expires=bench.today - timedelta(days=1))
    results = bench.judge(bench.told(PAGE_01="fail"), ledger=Ledger(waivers=(late,)))
    assert verdict_of(results).waiver is None
    assert any("expired on 2026-11-22" in each for each in results.decision.reasons)


def test_a_waiver_that_is_no_longer_needed_fails_the_run(bench: Any) -> None:
    results = bench.judge(bench.told(), ledger=Ledger(waivers=(bench.waiver(),)))
    assert results.decision.exit_code is ExitCode.LEDGER


def test_a_failed_should_is_a_warning_unless_strict(bench: Any) -> None:
    checklist = bench.checklist(bench.item(level=Level.SHOULD), bench.item("PAGE-02"))
    run = bench.told(PAGE_01="fail")
    assert bench.judge(run, checklist=checklist).decision.exit_code is ExitCode.VERIFIED
    assert bench.judge(run, checklist=checklist, strict=True).decision.exit_code is ExitCode.FAILED


def test_a_sick_answer_is_health_and_no_verdict(bench: Any) -> None:
    sick = replace(
        bench.call(),
        response=Response(
            status=200, headers=(("Content-Type", "application/json"),), body=Body.of(b'{"not": "a list"}')
        ),
    )
    results = bench.judge(bench.run(bench.recording(exchanges=(sick,)), bench.recording("other")))
    assert [each.blame for each in results.health] == [Blame.SANDBOX]
    assert outcomes_of(results) == {"PAGE-01": Outcome.PASS, "PAGE-02": Outcome.PASS}


def test_verdicts_come_in_the_order_of_the_checklist_with_the_names_of_their_tests(bench: Any) -> None:
    checklist = bench.checklist(bench.item("PAGE-02"), bench.item("PAGE-01"))
    results = bench.judge(bench.told(), checklist=checklist)
    assert [(each.item.id, each.test) for each in results.judged] == [
        ("PAGE-02", "test_pages.py::test_reads_all"),
        ("PAGE-01", "test_pages.py::test_reads"),
    ]
    assert all(each.duration > 0 for each in results.judged)


def test_only_what_was_chosen_is_judged(bench: Any) -> None:
    results = bench.judge(bench.told(PAGE_02="fail"), choice=Choice(items=("page-01",)))
    assert outcomes_of(results) == {"PAGE-01": Outcome.PASS}
    assert results.run.filters == ("--only page-01",)


def test_a_choice_is_of_items_or_of_sections(bench: Any) -> None:
    checklist = bench.checklist(bench.item(), bench.item("PAGE-02"), bench.item("WH-01", section="webhooks"))
    chosen = choose_items(checklist, Choice(items=("PAGE-02",), sections=("webhooks",)))
    assert [item.id for item in chosen] == ["PAGE-02", "WH-01"]
    assert choose_items(checklist, Choice()) == checklist.items
    assert Choice(items=("A-01",), sections=("b",)).filters == ("--only A-01", "--section b")


def test_a_choice_of_what_does_not_exist_names_the_nearest(bench: Any) -> None:
    with pytest.raises(UsageError) as caught:
        bench.judge(bench.told(), choice=Choice(items=("page-2",), sections=("page",)))
    words = caught.value.explain()
    assert "there is no item 'page-2' (did you mean PAGE-02?)" in words
    assert "there is no section 'page' (did you mean pages?)" in words


HEAD = "from partner_qa.suite import item\ndef spoil(recording):\n    return recording\n"
TEST = '@item("{}", spoiled_by=spoil)\ndef test_{}(sync) -> None:\n    """Look."""\n'


@pytest.mark.parametrize(
    ("tests", "words"),
    [
        (HEAD + TEST.format("PAGE-1", "a"), "which is no item (did you mean PAGE-01?)"),
        (HEAD + TEST.format("PAGE-01", "a") + TEST.format("PAGE-01", "b"), "another test judges already"),
        (HEAD + TEST.format("PROC-01", "a"), "which only a person can answer"),
        (HEAD + "def test_a(sync) -> None:\n    pass\n", "does not say which item it judges"),
        (HEAD + TEST.format("PAGE-01", "a"), "no test judged PAGE-02"),
        ("import nowhere\n", "nowhere"),
        (HEAD + TEST.format("PAGE-01", "a").replace("sync", "snyc"), "snyc"),
        ("def test_a(:\n", "invalid syntax"),
    ],
)
def test_a_suite_that_does_not_fit_the_checklist_is_a_bug_of_ours_and_one_paragraph(
    bench: Any, tests: str, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    checklist = bench.checklist(bench.by_person(), bench.item(), bench.item("PAGE-02"))
    with pytest.raises(HarnessBug) as caught:
        bench.judge(bench.told(), checklist=checklist, suite=bench.suite(tests))
    assert words in caught.value.explain()
    assert len(str(caught.value).splitlines()) == 1
    assert capfd.readouterr() == ("", "")


def test_what_broke_the_session_is_raised_with_its_stack(
    bench: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def break_off(*_: Any) -> None:
        raise LookupError("no words")

    monkeypatch.setattr(Judging, "_bind", break_off)
    with pytest.raises(HarnessBug, match="could not be run: no words") as caught:
        bench.judge(bench.told())
    assert "in break_off" in "".join(traceback.format_exception(caught.value))
    assert capfd.readouterr() == ("", "")


def test_judging_twice_in_one_process_gives_the_same(bench: Any) -> None:
    run = bench.told(PAGE_01="fail")
    first, second = bench.judge(run), bench.judge(run)
    assert [each.verdict for each in first.judged] == [each.verdict for each in second.judged]
    changed = bench.suite().joinpath("test_pages.py").read_text().replace('"late"', '"new"')
    third = bench.judge(run, suite=bench.suite(changed))
    assert verdict_of(third).findings[0].key == "new"


def test_what_lies_around_the_suites_is_not_looked_at(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    suite, listed, scandir = bench.suite(), [], os.scandir

    def note(path: Any = ".") -> Any:
        listed.append(Path(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", note)
    bench.judge(bench.told(), suite=suite)
    assert suite in listed
    assert [each for each in listed if each in suite.parents] == []


def test_judging_leaves_nothing_behind(bench: Any) -> None:
    environment, modules = dict(os.environ), set(sys.modules)
    bench.judge(bench.told())
    assert dict(os.environ) == environment
    assert not [name for name in set(sys.modules) - modules if "test_pages" in name]


def test_what_else_is_there_for_pytest_does_not_matter(
    bench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (tmp_path, bench.suite()):
        (folder / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
        (folder / "pyproject.toml").write_text("[tool.pytest]\naddopts = ['--no-such-option']\n")
        (folder / "conftest.py").write_text("raise RuntimeError('a conftest of the user')\n")
    (tmp_path / "plan.json").write_text('{"version": "1.0", "tests": []}')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    monkeypatch.setenv("PYTEST_PLUGINS", "no_such_plugin")
    monkeypatch.setenv("ALLURE_TESTPLAN_PATH", str(tmp_path / "plan.json"))
    results = bench.judge(bench.told(), allure_dir=tmp_path / "allure")
    assert outcomes_of(results) == {"PAGE-01": Outcome.PASS, "PAGE-02": Outcome.PASS}
    assert os.environ["PYTEST_ADDOPTS"] == "--no-such-option"


def test_the_file_that_pytest_reads_is_one_that_the_package_carries(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, configure = [], Judging.pytest_configure

    def note(judging: Judging, config: pytest.Config) -> None:
        read.append(config.inipath)
        configure(judging, config)

    monkeypatch.setattr(Judging, "pytest_configure", note)
    bench.judge(bench.told())
    (ini,) = read
    assert ini.is_file()
    assert ini.parent == Path(partner_qa.__file__).parent


def test_judging_prints_nothing(bench: Any, capfd: pytest.CaptureFixture[str]) -> None:
    bench.judge(bench.told(PAGE_01="crash"))
    assert capfd.readouterr() == ("", "")


def test_allure_results_of_an_earlier_judging_are_replaced(bench: Any, tmp_path: Path) -> None:
    for _ in range(2):
        bench.judge(bench.told(), allure_dir=tmp_path / "allure")
    assert len(list((tmp_path / "allure").glob("*-result.json"))) == 2


def test_the_shipped_suites_judge_every_row_of_the_shipped_checklist(bench: Any) -> None:
    checklist = load_checklist()
    results = judge_run(bench.run(), checklist=checklist, contract=bench.contract, today=bench.today)
    assert [each.item for each in results.judged] == list(checklist.items)
    assert {each.verdict.outcome for each in results.judged} <= {
        Outcome.PASS,
        Outcome.FAIL,
        Outcome.NOT_OBSERVED,
        Outcome.NOT_APPLICABLE,
        Outcome.NEEDS_ATTESTATION,
    }
    assert outcomes_of(results)["AUTH-08"] is Outcome.PASS


def test_allure_and_the_verdicts_agree_item_by_item(bench: Any, tmp_path: Path) -> None:
    results = judge_run(
        bench.run(bench.recording("large_company_sync", trouble="KeyError")),
        checklist=load_checklist(),
        contract=bench.contract,
        today=bench.today,
        allure_dir=tmp_path / "allure",
    )
    words = {Outcome.PASS: "passed", Outcome.NOT_APPLICABLE: "skipped", Outcome.FAIL: "failed"}
    assert allure_statuses(tmp_path / "allure") == {
        each.item.id: words.get(each.verdict.outcome, "broken") for each in results.judged
    }


def test_judging_imports_nothing_that_drives() -> None:
    program = (
        "import sys, partner_qa.judge;"
        "print([each for each in ('httpx', 'uvicorn', 'partner_qa.driving.stage', 'partner_qa.adapter') "
        "if each in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_items_that_the_use_cases_leave_out_apply_where_the_calls_show_them(bench: Any) -> None:
    checklist = bench.checklist(bench.item(applies_to=frozenset({"people"})), bench.item("PAGE-02"))
    profile = {**bench.run().profile, "use_cases": ["webhooks"], "gusto": {"scopes": []}}
    quiet = [bench.recording(name, exchanges=()) for name in ("sync", "other")]
    silent = bench.judge(bench.run(*quiet, profile=profile), checklist=checklist)
    assert verdict_of(silent, "PAGE-01").outcome is Outcome.NOT_APPLICABLE
    assert silent.contradictions == ()
    run = bench.run(profile=profile)
    shown = bench.judge(run, checklist=checklist)
    assert verdict_of(shown, "PAGE-01").outcome is Outcome.PASS
    assert [each.blame for each in shown.contradictions] == [Blame.CONFIGURATION]
    assert shown.decision.exit_code is ExitCode.VERIFIED
    assert bench.judge(run, checklist=checklist, submission=True).decision.exit_code is ExitCode.USAGE


def test_the_committed_run_contradicts_nothing() -> None:
    run = load_run(find_suite().parent / EXAMPLE)
    assert find_contradictions(run, load_contract()) == ()


HOSTILE = r'''
from partner_qa.errors import NotObserved
from partner_qa.model import Finding, Place, Recording
from partner_qa.suite import item, require

SENT = "\ud800\x1b[2J\u202e"  # a lone surrogate is what a JSON body with \ud800 in it says

def unspoiled(recording):
    return recording

@item("PAGE-01", spoiled_by=unspoiled)
def test_reads(sync: Recording) -> None:
    """Quote what was sent."""
    places = (Place(scenario="sync", sequence=1),)
    sent = {"message": f"does not {SENT}", "expected": SENT, "seen": SENT, "hint": SENT}
    require([Finding(check="quotes", places=places, **sent)])

@item("PAGE-02", spoiled_by=unspoiled)
def test_reads_all(sync: Recording) -> None:
    """Say what is missing in words that were sent."""
    raise NotObserved(f"said {SENT}", missing=(SENT,))
'''


def test_what_an_integration_sends_breaks_no_session_and_reaches_allure_printable(
    bench: Any, tmp_path: Path
) -> None:
    results = bench.judge(bench.told(), suite=bench.suite(HOSTILE), allure_dir=tmp_path / "allure")
    assert verdict_of(results).findings[0].seen == "\ud800\x1b[2J\u202e"  # the record has it exact
    assert allure_statuses(tmp_path / "allure") == {"PAGE-01": "failed", "PAGE-02": "broken"}
    for path in (tmp_path / "allure").iterdir():
        written = path.read_text(encoding="utf-8")
        assert all(each.isprintable() or each == "\n" for each in written), path.name
        assert "\\u001b" not in written, path.name  # as JSON has it
