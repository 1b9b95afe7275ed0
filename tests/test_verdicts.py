"""How a test ended, as a verdict, and how two records of the same run are compared."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from partner_qa.errors import HarnessBug, Nonconformance, NotObserved
from partner_qa.model import Attestation, Blame, Body, Evidence, FiredFault, Kind, Outcome, Verdict
from partner_qa.verdicts import (
    compare_with_control,
    excuse,
    find_differences,
    leave_out_answered,
    to_verdict,
)


def of(bench: Any, error: BaseException | None) -> Any:
    return to_verdict(bench.item(), error, evidence=Evidence.REPORTED, scenarios=["sync"])


def test_a_test_that_returns_passes_on_its_evidence(bench: Any) -> None:
    verdict = of(bench, None)
    assert (verdict.outcome, verdict.evidence, verdict.scenarios) == (
        Outcome.PASS,
        Evidence.REPORTED,
        ("sync",),
    )


def test_findings_are_the_integrations_unless_all_are_somebody_elses(bench: Any) -> None:
    mine, theirs = bench.finding(), replace(bench.finding("sick"), blame=Blame.SANDBOX)
    assert of(bench, Nonconformance([theirs, mine])).blame is Blame.INTEGRATION
    alone = of(bench, Nonconformance([theirs]))
    assert (alone.outcome, alone.blame) == (Outcome.ERROR, Blame.SANDBOX)


def test_what_was_not_observed_rests_on_nothing(bench: Any) -> None:
    verdict = of(bench, NotObserved("it never arose", missing=["actions.connect"]))
    assert (verdict.outcome, verdict.evidence, verdict.blame) == (Outcome.NOT_OBSERVED, None, None)
    assert verdict.missing == ("actions.connect",)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (HarnessBug("the recording is torn"), "the recording is torn"),
        (KeyError("x"), "KeyError: 'x'"),
        (AssertionError("not a finding"), "AssertionError: not a finding"),
    ],
)
def test_any_other_exception_is_ours(bench: Any, error: Exception, reason: str) -> None:
    verdict = of(bench, error)
    assert (verdict.outcome, verdict.blame, verdict.reason) == (Outcome.ERROR, Blame.HARNESS, reason)


def action_that_says(bench: Any, **told: str) -> Any:
    body = Body.of(json.dumps(told).encode())
    called = bench.call(kind=Kind.ACTION)
    return replace(called, during="post_journal", response=replace(called.response, status=200, body=body))


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (
            {"status": "failed", "detail": "not allowed"},
            "it never arose; post_journal had failed: not allowed",
        ),
        ({"status": "done"}, "it never arose"),
    ],
)
def test_what_was_not_observed_tells_of_an_action_that_failed(
    bench: Any, told: dict[str, str], reason: str
) -> None:
    verdict = of(bench, NotObserved("it never arose", missing=["observations.journal"]))
    run = bench.run(bench.recording(exchanges=(action_that_says(bench, **told),)))
    assert excuse(verdict, run).reason == reason


def test_what_gusto_refused_is_told_first_and_what_we_made_it_refuse_is_not(bench: Any) -> None:
    verdict = of(bench, NotObserved("it never arose", missing=["observations.journal"]))
    refused = bench.call()
    refused = replace(refused, fault=None, response=replace(refused.response, status=403))
    run = bench.run(
        bench.recording(exchanges=(refused, action_that_says(bench, status="failed", detail="no")))
    )
    path = urlsplit(refused.request.url).path
    assert excuse(verdict, run).reason == f"it never arose; Gusto had answered 403 to GET {path}"
    faulty = replace(refused, fault=FiredFault(name="respond", parameters={}, occurrence=1))
    assert excuse(verdict, bench.run(bench.recording(exchanges=(faulty,)))).reason == "it never arose"
    whole = replace(verdict, scenarios=("sync", "b", "c", "d"))
    assert excuse(whole, run).reason == "it never arose"


def callback(bench: Any, query: str = "code=c&state=s", **facts: str) -> Any:
    visit = bench.call(kind=Kind.BROWSER)
    request = replace(visit.request, url=f"http://127.0.0.1:4000/gusto/back?{query}")
    return replace(visit, request=request, response=replace(visit.response, status=200), facts=facts)


def exchange(bench: Any, status: int, *, fault: bool = False) -> Any:
    call = bench.call()
    body = Body.of(b"grant_type=authorization_code&code=c")
    request = replace(call.request, method="POST", url="http://127.0.0.1:9/oauth/token", body=body)
    fired = FiredFault(name="refuse_grant", parameters={}, occurrence=1) if fault else None
    return replace(call, request=request, response=replace(call.response, status=status), fault=fired)


def reason_after(bench: Any, *exchanges: Any) -> str:
    verdict = replace(of(bench, NotObserved("it never arose")), scenarios=("sync", "b", "c", "d"))
    return str(excuse(verdict, bench.run(bench.recording(exchanges=exchanges))).reason)


def test_a_code_that_only_a_script_would_hand_on_is_told_of(bench: Any) -> None:
    assert reason_after(bench, callback(bench)) == (
        "it never arose; a code had come to /gusto/back (answered 200), and was never sent to /oauth/token; "
        "scripts of a page are not run"
    )


def test_codes_that_gusto_took_none_of_are_told_of(bench: Any) -> None:
    told = "it never arose; Gusto had answered 401 to POST /oauth/token, so nothing was connected"
    assert reason_after(bench, callback(bench), exchange(bench, 401)) == told


def test_a_code_that_was_taken_refused_by_us_denied_or_forged_says_nothing(bench: Any) -> None:
    for others in (
        (callback(bench), exchange(bench, 401), exchange(bench, 200)),
        (callback(bench), exchange(bench, 400, fault=True)),
        (callback(bench, "error=access_denied"),),
        (callback(bench, forged="wrong"),),
    ):
        assert reason_after(bench, *others) == "it never arose"


def test_a_pass_needs_no_excuse(bench: Any) -> None:
    verdict = of(bench, None)
    run = bench.run(bench.recording(trouble="KeyError"))
    assert excuse(verdict, run, undriven=["other"]) == verdict
    assert compare_with_control(verdict, of(bench, Nonconformance([bench.finding()]))) == verdict


def test_equal_records_have_no_difference(bench: Any) -> None:
    verdicts = [of(bench, Nonconformance([bench.finding()])), bench.verdict("PAGE-02")]
    worded = [replace(verdicts[0], reason="in other words"), verdicts[1]]
    assert find_differences(verdicts, worded) == ()


def test_what_was_not_derived_again_is_left_out(bench: Any) -> None:
    assert (
        find_differences([bench.verdict(), bench.verdict("PAGE-02", Outcome.FAIL)], [bench.verdict()]) == ()
    )


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (None, "the record says nothing of it"),
        ({"outcome": Outcome.PASS, "findings": ()}, "recorded pass, derived fail"),
        ({"blame": Blame.SANDBOX}, "recorded as the sandbox's, derived as the integration's"),
        ({"findings": ()}, "only recorded: none; only derived: "),
    ],
)
def test_a_difference_is_a_sentence(bench: Any, told: dict[str, Any] | None, words: str) -> None:
    derived = of(bench, Nonconformance([bench.finding()]))
    before = [] if told is None else [replace(derived, **told)]
    (sentence,) = find_differences(before, [derived])
    assert sentence.startswith("PAGE-01: ")
    assert words in sentence


@pytest.mark.parametrize("outcome", [Outcome.ATTESTED, Outcome.PASS])
def test_an_answer_that_came_since_is_left_out_whether_a_test_stands_beside_it_or_not(
    bench: Any, outcome: Outcome
) -> None:
    told = (Verdict(item="PROC-01", outcome=Outcome.NEEDS_ATTESTATION),)
    given = Attestation(item="PROC-01", person="Dana Doe", role="CEO", given=bench.today, answer="Yes.")
    answered = Verdict(item="PROC-01", outcome=outcome, attestation=given)
    assert leave_out_answered(told, (answered,)) == ()
    assert leave_out_answered((replace(told[0], outcome=Outcome.FAIL),), (answered,)) == (answered,)
    unanswered = replace(answered, attestation=None)
    assert leave_out_answered(told, (unanswered,)) == (unanswered,)
