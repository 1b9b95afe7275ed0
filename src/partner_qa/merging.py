"""Two runs of one integration, on the embedded and on the live sandbox, as one: merged item by item.

Each run is judged for itself; here their verdicts meet. What failed anywhere has failed, what passed
somewhere and failed nowhere has passed. Scenarios of the live run get a name of their own, so that every
place still leads to its exchange.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from partner_qa.errors import Problem, UsageError
from partner_qa.gate import Judged, Results, decide
from partner_qa.model import Facts, Finding, Outcome, Place, Run, Target, Verdict

ON_LIVE = "_on_live"
_STRONGEST_FIRST = (
    Outcome.FAIL,
    Outcome.ERROR,
    Outcome.PASS,
    Outcome.ATTESTED,
    Outcome.NEEDS_ATTESTATION,
    Outcome.NOT_OBSERVED,
    Outcome.NOT_APPLICABLE,
)


def require_mergeable(embedded: Run, *, profile: Facts, checklist: Facts) -> None:
    """Raise `UsageError` where a run is not the embedded one of what a live run is about to judge.

    `profile` and `checklist` are as the live run will record them, so this can be asked before it is driven.
    """
    problems = []
    if embedded.target is not Target.EMBEDDED:
        problems.append(f"the run is on the {embedded.target} sandbox, as this one will be")
    problems += [
        f"{key} of partner.yaml was another when the run was made"
        for key in ("integration", "use_cases", "gusto")
        if embedded.profile.get(key) != profile.get(key)
    ]
    if dict(embedded.checklist) != dict(checklist):
        problems.append("the run was made with another edition of the checklist")
    if problems:
        raise UsageError(
            [Problem(key="--merge", message=each) for each in problems],
            hint="Name the folder of an embedded run of this partner.yaml; `partner-qa check` makes one.",
        )


def merge_results(
    embedded: Results,
    live: Results,
    *,
    ledger_problems: Sequence[str] = (),
    strict: bool = False,
    submission: bool = False,
) -> Results:
    """Return the results of both runs as those of one, decided anew.

    Both were judged for the same items. A live scenario's places become `name_on_live#3`.
    """
    theirs = {each.item.id: _rename(each) for each in live.judged}
    judged = tuple(_merge(each, theirs.get(each.item.id)) for each in embedded.judged)
    run = merge_runs(embedded.run, live.run)
    contradictions = {
        each.key: each for each in (*map(_rename_finding, live.contradictions), *embedded.contradictions)
    }
    return Results(
        run=run,
        judged=judged,
        health=(*embedded.health, *map(_rename_finding, live.health)),
        decision=decide(
            judged,
            run=run,
            ledger_problems=ledger_problems,
            contradictions=tuple(contradictions.values()),
            strict=strict,
            submission=submission,
        ),
        contradictions=tuple(contradictions.values()),
    )


def merge_runs(embedded: Run, live: Run) -> Run:
    """Return the recordings of both runs as one run; those of the live one are `name_on_live`."""
    renamed = tuple(replace(each, scenario=each.scenario + ON_LIVE) for each in live.recordings)
    return replace(
        embedded,
        base_url=live.base_url,
        recordings=(*embedded.recordings, *renamed),
        filters=tuple(dict.fromkeys((*embedded.filters, *live.filters))),
    )


def _merge(ours: Judged, theirs: Judged | None) -> Judged:
    if theirs is None:
        return ours
    first, second = sorted((ours, theirs), key=lambda each: _STRONGEST_FIRST.index(each.verdict.outcome))
    merged = first.verdict
    if first.verdict.outcome is second.verdict.outcome:
        merged = _join(first.verdict, second.verdict)
    return replace(first, verdict=merged, duration=ours.duration + theirs.duration)


def _join(first: Verdict, second: Verdict) -> Verdict:
    """Return two verdicts of one outcome as one; what failed twice needs a waiver for either."""
    waivers = {first.waiver, second.waiver}
    is_unseen = first.outcome is Outcome.NOT_OBSERVED
    reasons = dict.fromkeys((first.reason, second.reason)) if is_unseen else (first.reason,)
    return replace(
        first,
        reason="; ".join(filter(None, reasons)),
        findings=(*first.findings, *second.findings),
        scenarios=(*first.scenarios, *second.scenarios),
        missing=tuple(dict.fromkeys((*first.missing, *second.missing))),
        waiver=None if None in waivers else first.waiver,
    )


def _rename(judged: Judged) -> Judged:
    verdict = judged.verdict
    return replace(
        judged,
        verdict=replace(
            verdict,
            findings=tuple(map(_rename_finding, verdict.findings)),
            scenarios=tuple(name + ON_LIVE for name in verdict.scenarios),
        ),
    )


def _rename_finding(finding: Finding) -> Finding:
    places = (Place(scenario=each.scenario + ON_LIVE, sequence=each.sequence) for each in finding.places)
    return replace(finding, places=tuple(places))
