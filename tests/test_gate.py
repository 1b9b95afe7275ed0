"""What verdicts come to: which exit code wins, what may be waived, what a person's answer is good for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from partner_qa.gate import (
    PRECEDENCE,
    Decision,
    ExitCode,
    Judged,
    Ledger,
    attest,
    decide,
    find_ledger_problems,
    find_sick_answers,
    find_unwaivable,
    waive,
)
from partner_qa.model import (
    Basis,
    Blame,
    Body,
    Finding,
    Kind,
    Level,
    Outcome,
    Proof,
    Response,
    Target,
    VerifiedBy,
)


def judged(bench: Any, outcome: Outcome, name: str = "PAGE-01", **more: Any) -> Judged:
    findings = (bench.finding(),) if outcome is Outcome.FAIL else ()
    verdict = bench.verdict(name, outcome, findings=findings, reason="so it was", **more)
    return Judged(item=bench.item(name), verdict=verdict)


def decided(bench: Any, *rows: Judged, **more: Any) -> Decision:
    return decide(rows, run=more.pop("run", bench.run()), **more)


@pytest.mark.parametrize(
    ("outcome", "more", "code"),
    [
        (Outcome.PASS, {}, ExitCode.VERIFIED),
        (Outcome.FAIL, {"blame": Blame.INTEGRATION}, ExitCode.FAILED),
        (Outcome.NOT_OBSERVED, {}, ExitCode.INCOMPLETE),
        (Outcome.ERROR, {"blame": Blame.HARNESS}, ExitCode.HARNESS),
        (Outcome.ERROR, {"blame": Blame.SANDBOX}, ExitCode.SANDBOX),
        (Outcome.ERROR, {"blame": Blame.CONFIGURATION}, ExitCode.USAGE),
        (Outcome.ERROR, {}, ExitCode.HARNESS),
        (Outcome.ATTESTED, {}, ExitCode.VERIFIED),
    ],
)
def test_each_outcome_has_its_exit_code(bench: Any, outcome: Outcome, more: Any, code: ExitCode) -> None:
    assert decided(bench, judged(bench, outcome, **more)).exit_code is code


def test_the_numbers_of_exit_codes_are_those_of_the_readme() -> None:
    assert {code.name: int(code) for code in ExitCode} == {
        "VERIFIED": 0,
        "FAILED": 1,
        "USAGE": 2,
        "INCOMPLETE": 3,
        "HARNESS": 4,
        "SANDBOX": 5,
        "LEDGER": 6,
        "EVIDENCE": 7,
    }
    assert [int(code) for code in PRECEDENCE] == [2, 4, 5, 7, 1, 6, 3]


@pytest.mark.parametrize(
    ("stronger", "weaker"),
    [
        ((Outcome.ERROR, Blame.CONFIGURATION), (Outcome.ERROR, Blame.HARNESS)),
        ((Outcome.ERROR, Blame.HARNESS), (Outcome.ERROR, Blame.SANDBOX)),
        ((Outcome.ERROR, Blame.SANDBOX), (Outcome.FAIL, Blame.INTEGRATION)),
        ((Outcome.FAIL, Blame.INTEGRATION), (Outcome.NOT_OBSERVED, None)),
    ],
)
def test_of_two_reasons_the_stronger_wins_in_either_order(bench: Any, stronger: Any, weaker: Any) -> None:
    one = judged(bench, stronger[0], "PAGE-01", blame=stronger[1])
    other = judged(bench, weaker[0], "PAGE-02", blame=weaker[1])
    alone = decided(bench, one).exit_code
    assert decided(bench, one, other).exit_code is alone
    assert decided(bench, other, one).exit_code is alone
    reasons = decided(bench, other, one).reasons
    assert reasons[0].startswith("PAGE-01")
    assert reasons[1].startswith("PAGE-02")


def test_a_failure_outweighs_the_ledger_and_the_ledger_what_is_incomplete(bench: Any) -> None:
    failed, unseen = judged(bench, Outcome.FAIL), judged(bench, Outcome.NOT_OBSERVED, "PAGE-02")
    problems = ["waiver PAGE-09: there is no such item"]
    assert decided(bench, failed, unseen, ledger_problems=problems).exit_code is ExitCode.FAILED
    assert decided(bench, unseen, ledger_problems=problems).exit_code is ExitCode.LEDGER


@pytest.mark.parametrize("rows", [(), (Outcome.NOT_APPLICABLE,), (Outcome.NEEDS_ATTESTATION,)])
def test_nothing_judged_is_never_verified(bench: Any, rows: Any) -> None:
    decision = decided(bench, *(judged(bench, each) for each in rows))
    assert decision.exit_code is ExitCode.INCOMPLETE
    assert "nothing was judged" in decision.reasons


def test_a_failed_should_warns_and_counts_only_when_strict(bench: Any) -> None:
    row = replace(judged(bench, Outcome.FAIL), item=bench.item(level=Level.SHOULD))
    assert decided(bench, row).exit_code is ExitCode.VERIFIED
    assert decided(bench, row).headline == "verified, 1 warning"
    assert decided(bench, row, strict=True).exit_code is ExitCode.FAILED


def test_only_a_submission_minds_use_cases_that_are_contradicted(bench: Any) -> None:
    told = {"contradictions": [Finding(check="declares_its_use_cases", message="does not declare it")]}
    assert decided(bench, judged(bench, Outcome.PASS), **told).exit_code is ExitCode.VERIFIED
    strict = decided(bench, judged(bench, Outcome.PASS), strict=True, **told)
    assert strict.exit_code is ExitCode.VERIFIED
    submitted = decided(bench, judged(bench, Outcome.PASS), submission=True, **told)
    assert submitted.exit_code is ExitCode.USAGE
    assert submitted.reasons == ("use_cases: does not declare it",)


def test_a_submission_wants_a_persons_answers(bench: Any) -> None:
    rows = (judged(bench, Outcome.PASS), judged(bench, Outcome.NEEDS_ATTESTATION, "PROC-01"))
    assert decided(bench, *rows).exit_code is ExitCode.VERIFIED
    assert decided(bench, *rows).headline == "verified, 1 still to be answered by a person"
    assert decided(bench, *rows, submission=True).exit_code is ExitCode.LEDGER


@pytest.mark.parametrize(
    ("outcome", "target", "base_url", "code"),
    [
        (Outcome.PASS, Target.EMBEDDED, "https://api.gusto-demo.com", ExitCode.INCOMPLETE),
        (Outcome.PASS, Target.LIVE, "https://api.gusto-demo.com", ExitCode.VERIFIED),
        (Outcome.PASS, Target.LIVE, "http://127.0.0.1:8080", ExitCode.INCOMPLETE),
        (Outcome.PASS, Target.LIVE, "https://api.gusto-demo.com.acme.example", ExitCode.INCOMPLETE),
        (Outcome.PASS, Target.LIVE, "", ExitCode.INCOMPLETE),
        (Outcome.PASS, Target.LIVE, "http://[::1", ExitCode.INCOMPLETE),
        (Outcome.NOT_APPLICABLE, Target.EMBEDDED, "", ExitCode.VERIFIED),
    ],
)
def test_a_submission_wants_demo_rows_seen_on_the_demo_host(
    bench: Any, outcome: Outcome, target: Target, base_url: str, code: ExitCode
) -> None:
    row = replace(judged(bench, outcome, scenarios=("sync",)), item=bench.item(proof=Proof.DEMO))
    rows = (row, judged(bench, Outcome.PASS, "PAGE-02"))
    run = bench.run(
        bench.recording(target=target), bench.recording("elsewhere", target=Target.LIVE), base_url=base_url
    )
    assert decided(bench, *rows, run=run).exit_code is ExitCode.VERIFIED
    assert decided(bench, *rows, run=run, submission=True).exit_code is code


def test_a_person_may_answer_for_a_demo_row_that_its_test_passed_elsewhere(bench: Any) -> None:
    item = bench.item(proof=Proof.DEMO)
    passed = judged(bench, Outcome.PASS, scenarios=("sync",)).verdict
    answer = bench.attestation(item=item.id)
    ledger = Ledger(attestations=(answer,))
    verdict = attest(item, passed, ledger, bench.today)
    assert verdict == replace(passed, attestation=answer)
    row = Judged(item=item, verdict=verdict)
    assert decided(bench, row, run=bench.run(), submission=True).exit_code is ExitCode.VERIFIED
    assert find_ledger_problems([row], ledger, [item], bench.today) == ()


@pytest.mark.parametrize("outcome", [Outcome.FAIL, Outcome.NOT_OBSERVED, Outcome.ERROR])
def test_no_answer_makes_up_for_a_test_that_did_not_pass(bench: Any, outcome: Outcome) -> None:
    item = bench.item(proof=Proof.DEMO)
    verdict = judged(bench, outcome).verdict
    ledger = Ledger(attestations=(bench.attestation(item=item.id),))
    assert attest(item, verdict, ledger, bench.today) == verdict


def test_an_answer_to_any_other_tested_row_counts_for_nothing(bench: Any) -> None:
    item, passed = bench.item(), judged(bench, Outcome.PASS).verdict
    ledger = Ledger(attestations=(bench.attestation(item=item.id),))
    assert attest(item, passed, ledger, bench.today) == passed
    (problem,) = find_ledger_problems([Judged(item=item, verdict=passed)], ledger, [item], bench.today)
    assert problem.endswith("a test answers this item, no person can")


def test_what_was_judged_in_part_is_verified_in_part(bench: Any) -> None:
    part = bench.run(filters=("--only PAGE-01",))
    assert (
        decided(bench, judged(bench, Outcome.PASS), run=part).headline == "verified, as far as it was chosen"
    )


def test_outcomes_are_counted(bench: Any) -> None:
    rows = (judged(bench, Outcome.PASS), judged(bench, Outcome.PASS, "PAGE-02"), judged(bench, Outcome.FAIL))
    assert decided(bench, *rows).counts == {Outcome.PASS: 2, Outcome.FAIL: 1}


# waivers


def test_a_waiver_covers_a_failure_only_whole(bench: Any) -> None:
    ledger, item = Ledger(waivers=(bench.waiver(),)), bench.item()
    one = bench.verdict(outcome=Outcome.FAIL, findings=(bench.finding(),))
    two = replace(one, findings=(bench.finding(), bench.finding("later")))
    assert waive(item, one, ledger, bench.today).waiver == bench.waiver()
    assert waive(item, one, ledger, bench.today).outcome is Outcome.FAIL
    assert waive(item, two, ledger, bench.today).waiver is None


@pytest.mark.parametrize(
    ("days", "holds"), [(-1, False), (0, True), (1, True)], ids=["yesterday", "today", "tomorrow"]
)
def test_a_waiver_holds_until_the_end_of_its_day(bench: Any, days: int, holds: bool) -> None:
    waiver = bench.waiver(expires=bench.today + timedelta(days=days))
    verdict = bench.verdict(outcome=Outcome.FAIL, findings=(bench.finding(),))
    waived = waive(bench.item(), verdict, Ledger(waivers=(waiver,)), bench.today)
    assert (waived.waiver is not None) is holds


@pytest.mark.parametrize(
    "more", [{"basis": Basis.REVIEW}, {"id": "AUTH-15"}, {"id": "DATA-02"}, {"id": "WH-02"}]
)
def test_what_must_not_be_waived_is_not(bench: Any, more: Any) -> None:
    item = replace(bench.item(), **more)
    ledger = Ledger(waivers=(bench.waiver(item=item.id),))
    verdict = bench.verdict(item.id, Outcome.FAIL, findings=(bench.finding(),))
    assert find_unwaivable(item)
    assert waive(item, verdict, ledger, bench.today).waiver is None
    row = Judged(item=item, verdict=verdict)
    (problem,) = find_ledger_problems([row], ledger, [item], bench.today)
    assert "cannot be waived" in problem


def test_an_error_cannot_be_waived(bench: Any) -> None:
    verdict = bench.verdict(outcome=Outcome.ERROR, findings=(bench.finding(),), blame=Blame.HARNESS)
    assert waive(bench.item(), verdict, Ledger(waivers=(bench.waiver(),)), bench.today).waiver is None


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"item": "PAGE-99"}, "there is no such item"),
        ({"fingerprint": "0" * 12}, "no longer needed"),
        ({"days": -1}, "expired on 2026-11-22"),
    ],
)
def test_a_waiver_that_is_of_no_use_is_a_problem(bench: Any, more: dict[str, Any], words: str) -> None:
    days = more.pop("days", 30)
    waiver = bench.waiver(expires=bench.today + timedelta(days=days), **more)
    row = judged(bench, Outcome.FAIL)
    (problem,) = find_ledger_problems([row], Ledger(waivers=(waiver,)), [bench.item()], bench.today)
    assert words in problem


@pytest.mark.parametrize("outcome", [Outcome.NOT_OBSERVED, Outcome.ERROR])
def test_a_waiver_of_what_could_not_be_judged_is_kept(bench: Any, outcome: Outcome) -> None:
    ledger = Ledger(waivers=(bench.waiver(),))
    assert find_ledger_problems([judged(bench, outcome)], ledger, [bench.item()], bench.today) == ()
    assert find_ledger_problems([], ledger, [bench.item()], bench.today) == ()


# attestations


def test_a_persons_answer_is_asked_for_and_then_taken(bench: Any) -> None:
    item = bench.by_person()
    asked = attest(item, None, Ledger(), bench.today)
    assert (asked.outcome, asked.missing) == (
        Outcome.NEEDS_ATTESTATION,
        ("an answer to PROC-01 in attestations.yaml",),
    )
    given = attest(item, None, Ledger(attestations=(bench.attestation(),)), bench.today)
    assert given.outcome is Outcome.ATTESTED
    assert given.attestation == bench.attestation()
    assert given.reason == "Dana Doe, Head of Product, on 2026-11-20"


@pytest.mark.parametrize(
    ("more", "holds"),
    [
        ({"expires": 0}, True),
        ({"expires": -1}, False),
        ({"given": 0}, True),
        ({"given": 1}, False),
    ],
)
def test_an_answer_holds_from_its_day_until_it_expires(bench: Any, more: dict[str, int], holds: bool) -> None:
    days = {name: bench.today + timedelta(days=number) for name, number in more.items()}
    ledger = Ledger(attestations=(bench.attestation(**days),))
    outcome = attest(bench.by_person(), None, ledger, bench.today).outcome
    assert (outcome is Outcome.ATTESTED) is holds


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"expires": date(2026, 1, 1)}, "the answer of Dana Doe does not count: expired on 2026-01-01"),
        ({"trouble": "it names no evidence"}, "the answer of Dana Doe does not count: it names no evidence"),
        (
            {"person": "", "trouble": "it is not signed"},
            "the answer that is there does not count: it is not signed",
        ),
    ],
)
def test_an_answer_that_does_not_count_says_why(bench: Any, more: dict[str, Any], words: str) -> None:
    ledger = Ledger(attestations=(bench.attestation(**more),))
    verdict = attest(bench.by_person(), None, ledger, bench.today)
    assert (verdict.outcome, verdict.reason) == (Outcome.NEEDS_ATTESTATION, words)
    (problem,) = find_ledger_problems([], ledger, [bench.by_person()], bench.today)
    assert words.rpartition(": ")[2] in problem


def test_an_answer_is_no_substitute_for_a_test(bench: Any) -> None:
    both = bench.item(verified_by=VerifiedBy.BOTH)
    ledger = Ledger(attestations=(bench.attestation(item="PAGE-01"),))
    failed = bench.verdict(outcome=Outcome.FAIL, findings=(bench.finding(),))
    assert attest(both, failed, ledger, bench.today) == failed
    passed = attest(both, bench.verdict(), ledger, bench.today)
    assert (passed.outcome, passed.attestation is not None) == (Outcome.PASS, True)
    with pytest.raises(ValueError, match="no test has spoken"):
        attest(bench.item(), None, ledger, bench.today)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"item": "PROC-99"}, "there is no such item"),
        ({"item": "PAGE-01"}, "a test answers this item"),
        ({"given": 1}, "still to come"),
        ({"expires": -1}, "expired on 2026-11-22"),
    ],
)
def test_an_answer_that_is_of_no_use_is_a_problem(bench: Any, more: dict[str, Any], words: str) -> None:
    given = {
        name: bench.today + timedelta(days=value) if isinstance(value, int) else value
        for name, value in more.items()
    }
    ledger = Ledger(attestations=(bench.attestation(**given),))
    known = [bench.by_person(), bench.item()]
    (problem,) = find_ledger_problems([], ledger, known, bench.today)
    assert words in problem


# sandbox health


def test_an_answer_that_breaks_the_contract_is_health_once_for_each_way(bench: Any) -> None:
    wrong = Response(
        status=200, headers=(("Content-Type", "application/json"),), body=Body.of(b'{"not": "a list"}')
    )
    calls = tuple(replace(bench.call(number), response=wrong) for number in (1, 2))
    (finding,) = find_sick_answers(bench.run(bench.recording(exchanges=calls)), bench.contract)
    assert finding.blame is Blame.SANDBOX
    assert [place.sequence for place in finding.places] == [1, 2]


@pytest.mark.parametrize(
    "more",
    [
        {"fault": "respond"},
        {"operation": None},
        {"operation": "of-another-contract"},
        {"kind": Kind.WEBHOOK},
        {"response": Response(status=200, body=Body(size=5_000_000, sha256="ab"))},
        {},
    ],
    ids=["trouble", "unknown path", "unknown operation", "no call", "too large", "well"],
)
def test_other_answers_are_no_sign_of_sickness(bench: Any, more: Any) -> None:
    call = bench.call(1, **more)
    assert find_sick_answers(bench.run(bench.recording(exchanges=(call,))), bench.contract) == ()
