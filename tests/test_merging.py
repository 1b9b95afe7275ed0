"""Two runs as one: every pair of outcomes, whose findings are kept, and where they lead."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from partner_qa.errors import UsageError
from partner_qa.gate import ExitCode, Judged, Results, decide
from partner_qa.merging import merge_results, require_mergeable
from partner_qa.model import Blame, Evidence, Finding, Outcome, Place, Proof, Run, Target, Verdict
from partner_qa.report.exchanges import find_cited

DEMO = "https://api.gusto-demo.com"
# what an item comes to by what it is on either target, the stronger word first
STRONGEST_FIRST = ("fail", "error", "pass", "attested", "needs_attestation", "not_observed", "not_applicable")


def judged(bench: Any, outcome: Outcome, item: str = "PAGE-01", **more: Any) -> Judged:
    return Judged(item=bench.item(item), verdict=bench.verdict(item, outcome, **more), duration=0.25)


def results_of(run: Run, *rows: Judged, health: tuple[Finding, ...] = ()) -> Results:
    return Results(run=run, judged=rows, health=health, decision=decide(rows, run=run))


class Pair:
    """An embedded run and a live one of the same scenario."""

    def __init__(self, bench: Any) -> None:
        self.bench = bench
        self.embedded: Run = bench.run()
        self.live: Run = bench.run(
            replace(bench.recording(), target=Target.LIVE),
            id="20261123T130000Z",
            target=Target.LIVE,
            base_url=DEMO,
        )

    def merge(self, ours: Judged, theirs: Judged, **more: Any) -> Results:
        return merge_results(results_of(self.embedded, ours), results_of(self.live, theirs), **more)

    def verdict(self, ours: Judged, theirs: Judged) -> Verdict:
        return self.merge(ours, theirs).judged[0].verdict


@pytest.fixture
def pair(bench: Any) -> Pair:
    return Pair(bench)


def finding(sequence: int = 1, key: str = "late") -> Finding:
    return Finding(
        check="is_on_time",
        message="does not come in time",
        places=(Place(scenario="sync", sequence=sequence),),
        key=key,
    )


@pytest.mark.parametrize(("ours", "theirs"), [*product(Outcome, Outcome)])
def test_of_two_outcomes_the_stronger_is_the_items(
    ours: Outcome, theirs: Outcome, bench: Any, pair: Pair
) -> None:
    expected = min(ours, theirs, key=lambda each: STRONGEST_FIRST.index(each.value))
    assert pair.verdict(judged(bench, ours), judged(bench, theirs)).outcome is expected


@pytest.mark.parametrize(
    ("ours", "theirs", "code"),
    [
        ("pass", "not_observed", ExitCode.VERIFIED),
        ("not_observed", "pass", ExitCode.VERIFIED),
        ("pass", "fail", ExitCode.FAILED),
        ("fail", "pass", ExitCode.FAILED),
        ("not_observed", "not_observed", ExitCode.INCOMPLETE),
        ("pass", "error", ExitCode.HARNESS),
    ],
)
def test_what_both_come_to_is_decided_anew(
    ours: str, theirs: str, code: ExitCode, bench: Any, pair: Pair
) -> None:
    merged = pair.merge(judged(bench, Outcome(ours)), judged(bench, Outcome(theirs)))
    assert merged.decision.exit_code is code
    assert sum(merged.decision.counts.values()) == 1


def test_a_sick_live_sandbox_is_not_hidden_by_an_embedded_pass(bench: Any, pair: Pair) -> None:
    sick = judged(bench, Outcome.ERROR, blame=Blame.SANDBOX)
    assert pair.merge(judged(bench, Outcome.PASS), sick).decision.exit_code is ExitCode.SANDBOX


def test_a_live_finding_leads_to_its_exchange(bench: Any, pair: Pair) -> None:
    merged = pair.merge(
        judged(bench, Outcome.PASS, scenarios=("sync",)),
        judged(bench, Outcome.FAIL, scenarios=("sync",), findings=(finding(),)),
    )
    verdict = merged.judged[0].verdict
    assert verdict.scenarios == ("sync_on_live",)
    (place,) = verdict.findings[0].places
    assert str(place) == "sync_on_live#1"
    (cited,) = find_cited(merged.run, verdict.findings)
    assert cited.exchange.sequence == 1
    assert merged.run.find("sync_on_live").target is Target.LIVE  # type: ignore[union-attr]
    assert merged.run.find("sync").target is Target.EMBEDDED  # type: ignore[union-attr]


def test_a_fingerprint_is_the_same_on_either_target(bench: Any, pair: Pair) -> None:
    failed = judged(bench, Outcome.FAIL, findings=(finding(),))
    assert {each.fingerprint for each in pair.verdict(failed, failed).findings} == {finding().fingerprint}


def test_what_failed_twice_keeps_the_findings_of_both(bench: Any, pair: Pair) -> None:
    verdict = pair.verdict(
        judged(bench, Outcome.FAIL, findings=(finding(),), scenarios=("sync",)),
        judged(bench, Outcome.FAIL, findings=(finding(key="later"),), scenarios=("sync",)),
    )
    assert [str(each.places[0]) for each in verdict.findings] == ["sync#1", "sync_on_live#1"]
    assert verdict.scenarios == ("sync", "sync_on_live")


def test_what_was_observed_nowhere_names_each_missing_thing_once(bench: Any, pair: Pair) -> None:
    verdict = pair.verdict(
        judged(bench, Outcome.NOT_OBSERVED, missing=("a", "b")),
        judged(bench, Outcome.NOT_OBSERVED, missing=("b", "c")),
    )
    assert verdict.missing == ("a", "b", "c")


@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize("theirs", [True, False])
def test_a_waiver_holds_where_everything_that_failed_is_waived(
    ours: bool, theirs: bool, bench: Any, pair: Pair
) -> None:
    def failed(waived: bool) -> Judged:
        waiver = bench.waiver() if waived else None
        return judged(bench, Outcome.FAIL, findings=(finding(),), waiver=waiver)

    merged = pair.merge(failed(ours), failed(theirs))
    assert (merged.judged[0].verdict.waiver is not None) == (ours and theirs)
    assert merged.decision.exit_code is (ExitCode.VERIFIED if ours and theirs else ExitCode.FAILED)


def test_evidence_and_reason_are_those_of_the_outcome_that_counts(bench: Any, pair: Pair) -> None:
    verdict = pair.verdict(
        judged(bench, Outcome.NOT_OBSERVED, reason="it never arose"),
        judged(bench, Outcome.PASS, evidence=Evidence.WIRE),
    )
    assert (verdict.evidence, verdict.reason) == (Evidence.WIRE, "")


def test_the_judging_of_both_counts(bench: Any, pair: Pair) -> None:
    row = judged(bench, Outcome.PASS)
    assert pair.merge(row, row).judged[0].duration == 0.5


def test_an_item_that_the_live_run_did_not_judge_stays(bench: Any, pair: Pair) -> None:
    ours = results_of(pair.embedded, judged(bench, Outcome.PASS), judged(bench, Outcome.PASS, "PAGE-02"))
    merged = merge_results(ours, results_of(pair.live, judged(bench, Outcome.PASS)))
    assert [each.item.id for each in merged.judged] == ["PAGE-01", "PAGE-02"]


@pytest.mark.parametrize(
    ("base_url", "code"), [(DEMO, ExitCode.VERIFIED), ("http://127.0.0.1:8080", ExitCode.INCOMPLETE)]
)
def test_a_demo_row_counts_where_the_live_run_was_on_gustos_own_host(
    base_url: str, code: ExitCode, bench: Any, pair: Pair
) -> None:
    row = replace(judged(bench, Outcome.PASS, scenarios=("sync",)), item=bench.item(proof=Proof.DEMO))
    pair.live = replace(pair.live, base_url=base_url)
    assert pair.merge(row, row).decision.exit_code is ExitCode.VERIFIED
    assert pair.merge(row, row, submission=True).decision.exit_code is code


def test_health_and_filters_of_both_are_kept(bench: Any, pair: Pair) -> None:
    row = judged(bench, Outcome.PASS)
    pair.live = replace(pair.live, filters=("--only PAGE-01",))
    merged = merge_results(
        results_of(pair.embedded, row, health=(finding(1),)), results_of(pair.live, row, health=(finding(1),))
    )
    assert [str(each.places[0]) for each in merged.health] == ["sync#1", "sync_on_live#1"]
    assert merged.run.filters == ("--only PAGE-01",)
    assert merged.run.base_url == DEMO


def test_problems_of_the_ledger_and_strictness_are_the_gates(bench: Any, pair: Pair) -> None:
    row = judged(bench, Outcome.PASS)
    assert pair.merge(row, row, ledger_problems=("expired",)).decision.exit_code is ExitCode.LEDGER


# what may be merged


def test_an_embedded_run_of_the_same_profile_may_be_merged(pair: Pair) -> None:
    require_mergeable(pair.embedded, profile=pair.live.profile, checklist=pair.live.checklist)


def test_every_difference_is_named_at_once(pair: Pair) -> None:
    other = {**pair.live.profile, "use_cases": ["payroll"], "gusto": {}, "timing": {"settle": 9}}
    with pytest.raises(UsageError) as caught:
        require_mergeable(pair.live, profile=other, checklist={"sha256": "other"})
    told = caught.value.explain()
    for words in ("on the live sandbox", "use_cases of", "gusto of", "another edition of the checklist"):
        assert words in told
    assert "timing" not in told
    assert "integration of" not in told


def test_a_contradiction_that_both_runs_show_is_told_once_with_its_places(pair: Pair, bench: Any) -> None:
    rows = judged(bench, Outcome.PASS)
    ours = replace(results_of(pair.embedded, rows), contradictions=(finding(key="both"),))
    theirs = replace(
        results_of(pair.live, rows), contradictions=(finding(key="both"), finding(key="live only"))
    )
    merged = merge_results(ours, theirs, submission=True)
    found = {each.key: str(each.places[0]) for each in merged.contradictions}
    assert found == {"both": "sync#1", "live only": "sync_on_live#1"}
    assert merged.decision.exit_code is ExitCode.USAGE
