"""From what a test said of an item to a verdict: whose mistake it is, and when it is nobody's.

Pure: no clock, no files. What people decide about a verdict (waivers, attestations), and what all verdicts
together come to, is in gate.py.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from partner_qa.errors import Nonconformance, NotObserved, PartnerQAError
from partner_qa.model import Blame, Evidence, Exchange, Item, Kind, Outcome, Recording, Run, Target, Verdict

_FEW = 3  # scenarios; in more than that something fails on purpose
_TOKEN_PATH = "/oauth/token"  # noqa: S105 - an address
_LONGEST = 200  # characters of what an action says of its failure


def to_verdict(
    item: Item, error: BaseException | None, *, evidence: Evidence, scenarios: Sequence[str] = ()
) -> Verdict:
    """Return the verdict that a test's end means: it returned (`None`), or raised.

    Findings are the integration's unless every one of them is blamed on somebody else. An exception that
    is no verdict is a mistake of the harness.
    """
    blank = Verdict(item=item.id, outcome=Outcome.PASS, evidence=evidence, scenarios=tuple(scenarios))
    if error is None:
        return blank
    if isinstance(error, NotObserved):
        return replace(
            blank, outcome=Outcome.NOT_OBSERVED, reason=str(error), missing=error.missing, evidence=None
        )
    if isinstance(error, Nonconformance):
        blames = [each.blame for each in error.findings]
        ours = Blame.INTEGRATION in blames
        more = f" (and {len(blames) - 1} more)" if len(blames) > 1 else ""
        return replace(
            blank,
            outcome=Outcome.FAIL if ours else Outcome.ERROR,
            reason=f"{error.findings[0].message}{more}",
            findings=error.findings,
            blame=Blame.INTEGRATION if ours else blames[0],
        )
    words = str(error) if isinstance(error, PartnerQAError) else f"{type(error).__name__}: {error}"
    return replace(blank, outcome=Outcome.ERROR, reason=words, blame=Blame.HARNESS, evidence=None)


def excuse(verdict: Verdict, run: Run, *, undriven: Sequence[str] = ()) -> Verdict:
    """Return the verdict, unless what it rests on is not the integration's doing.

    Two things are not: a sandbox that failed by itself, before what was found, and something that was never
    seen while part of the run was not driven (`undriven` names scenarios that left no recording). A pass
    needs no excuse. What was not observed says beside its reason why nothing was connected, which action had
    failed, or what Gusto had refused: that is where to look first.
    """
    if verdict.outcome not in (Outcome.FAIL, Outcome.NOT_OBSERVED):
        return verdict
    sick = _find_sick_answer(verdict, run)
    if sick and verdict.outcome is Outcome.FAIL:
        reason = f"the {run.target} sandbox failed by itself ({sick}), so nothing can be said"
        blame = Blame.SANDBOX if run.target is Target.LIVE else Blame.HARNESS
        return replace(verdict, outcome=Outcome.ERROR, blame=blame, reason=reason)
    if sick:
        return replace(verdict, missing=(*verdict.missing, f"a sandbox that does not fail ({sick})"))
    if verdict.outcome is Outcome.FAIL and not any(finding.places for finding in verdict.findings):
        return _excuse_absence(verdict, run, undriven)
    if verdict.outcome is Outcome.NOT_OBSERVED:
        failure = _find_lost_code(_behind(verdict, run)) or _find_failure(verdict, run)
        return replace(verdict, reason=f"{verdict.reason}; {failure}") if failure else verdict
    return verdict


def _find_lost_code(recordings: Sequence[Recording]) -> str:
    """Return what became of the first code that came back from Gusto, where no code led to a connection."""
    visits = [
        visit
        for recording in recordings
        for visit in recording.of_kind(Kind.BROWSER)
        if "code" in parse_qs(urlsplit(visit.request.url).query) and not visit.facts.get("forged")
    ]
    calls = [call for recording in recordings for call in recording.of_kind(Kind.API) if _sends_a_code(call)]
    if not visits or any(200 <= call.response.status < 300 for call in calls):
        return ""
    refused = next((call for call in calls if call.response.status and not call.fault), None)
    if refused is not None:
        return f"Gusto had answered {refused.response.status} to POST {_TOKEN_PATH}, so nothing was connected"
    if calls:
        return ""
    came = f"a code had come to {urlsplit(visits[0].request.url).path} (answered {visits[0].response.status})"
    return f"{came}, and was never sent to {_TOKEN_PATH}; scripts of a page are not run"


def _sends_a_code(call: Exchange) -> bool:
    is_token_request = urlsplit(call.request.url).path == _TOKEN_PATH
    return is_token_request and b"authorization_code" in call.request.body.content


def _find_failure(verdict: Verdict, run: Run) -> str:
    """Return the first failure that no fault of ours has made, in the few scenarios that an item looks at."""
    if len(verdict.scenarios) > _FEW:
        return ""
    for recording in _behind(verdict, run):
        if any(call.fault for call in recording.exchanges):
            continue
        for call in recording.of_kind(Kind.API):
            if call.response.status in (403, 406, 422):
                path = urlsplit(call.request.url).path
                return f"Gusto had answered {call.response.status} to {call.request.method} {path}"
        for action in recording.of_kind(Kind.ACTION):
            if detail := _find_detail(action):
                return f"{action.during} had failed: {detail}"
    return ""


def _find_detail(action: Exchange) -> str:
    try:
        told = json.loads(action.response.body.content)
    except ValueError:
        return ""
    if not isinstance(told, dict) or told.get("status") != "failed":
        return ""
    return " ".join(str(told.get("detail")).split())[:_LONGEST]


def _find_sick_answer(verdict: Verdict, run: Run) -> str:
    """Return the first answer 5xx that no fault of ours has made, and that what was found may follow from.

    What is found in one exchange may follow from any that came before it, and from none that came after. A
    live sandbox that answers 501 refuses a method that it does not know (RFC 9110 section 15.6.2).
    """
    for recording in _behind(verdict, run):
        last = _find_last_cited(verdict, recording)
        for call in recording.of_kind(Kind.API):
            status = call.response.status
            is_sick = status >= 500 and not (status == 501 and run.target is Target.LIVE)
            if is_sick and call.fault is None and (last is None or call.started <= last):
                return f"{status} at {recording.scenario}#{call.sequence}"
    return ""


def _find_last_cited(verdict: Verdict, recording: Recording) -> datetime | None:
    """Return when the last exchange of a recording ended that a finding cites; `None` where none is cited."""
    places = [place for finding in verdict.findings for place in finding.places]
    cited = {place.sequence for place in places if place.scenario == recording.scenario}
    ends = (each.started + timedelta(seconds=each.elapsed) for each in recording.exchanges)
    cited_ends = [end for each, end in zip(recording.exchanges, ends, strict=True) if each.sequence in cited]
    return max(cited_ends, default=None)


def _behind(verdict: Verdict, run: Run) -> tuple[Recording, ...]:
    """Return the recordings that a verdict rests on: those its findings cite, else all it was judged on."""
    cited = {place.scenario for finding in verdict.findings for place in finding.places}
    return tuple(each for each in run if each.scenario in (cited or verdict.scenarios))


def _excuse_absence(verdict: Verdict, run: Run, undriven: Sequence[str]) -> Verdict:
    judged = [each for each in run if not verdict.scenarios or each.scenario in verdict.scenarios]
    troubled = [each.scenario for each in judged if each.trouble]
    if troubled:
        reason = f"{verdict.reason}, but the harness failed while driving {', '.join(troubled)}"
        return replace(verdict, outcome=Outcome.ERROR, blame=Blame.HARNESS, reason=reason)
    if not undriven:
        return verdict
    return replace(
        verdict,
        outcome=Outcome.NOT_OBSERVED,
        reason=f"{verdict.reason}, as far as this run went",
        findings=(),
        missing=(f"what was left out: {', '.join(undriven)}",),
        blame=None,
        evidence=None,
    )


def compare_with_control(verdict: Verdict, control: Verdict | None) -> Verdict:
    """Return the verdict, as an error of ours where the example integration fails the same check too.

    `control` is the verdict on the control arm, or `None` where it did not go through the same scenarios.
    """
    if verdict.outcome is not Outcome.FAIL or control is None or control.outcome is not Outcome.FAIL:
        return verdict
    reason = (
        f"the example integration fails this as well, so it is the harness that is wrong: {verdict.reason}"
    )
    return replace(verdict, outcome=Outcome.ERROR, blame=Blame.HARNESS, reason=reason)


def find_differences(told: Sequence[Verdict], derived: Sequence[Verdict]) -> tuple[str, ...]:
    """Return a sentence for each item whose verdict, as told, is not what its recordings come to.

    Outcome, blame and the findings' fingerprints are compared; wording and timing are not. Items that were
    not derived again are left out.
    """
    before = {each.item: each for each in told}
    differences = []
    for after in derived:
        said = before.get(after.item)
        if said is None:
            differences.append(f"{after.item}: derived {after.outcome}, and the record says nothing of it")
        elif said.outcome is not after.outcome:
            differences.append(f"{after.item}: recorded {said.outcome}, derived {after.outcome}")
        elif said.blame is not after.blame:
            differences.append(
                f"{after.item}: recorded as the {said.blame}'s, derived as the {after.blame}'s"
            )
        elif _fingerprints(said) != _fingerprints(after):
            gone, new = _fingerprints(said) - _fingerprints(after), _fingerprints(after) - _fingerprints(said)
            differences.append(
                f"{after.item}: other findings (only recorded: {_listed(gone)}; only derived: {_listed(new)})"
            )
    return tuple(differences)


def leave_out_answered(told: Sequence[Verdict], derived: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """Return the derived verdicts but for those that were left open, and that a person has answered since.

    An answer that came after the record was made is no contradiction between the record and its recordings,
    whether the item rests on it alone or on a test as well.
    """
    open_then = {each.item for each in told if each.outcome is Outcome.NEEDS_ATTESTATION}
    return tuple(each for each in derived if each.item not in open_then or each.attestation is None)


def _fingerprints(verdict: Verdict) -> frozenset[str]:
    return frozenset(finding.fingerprint for finding in verdict.findings)


def _listed(fingerprints: frozenset[str]) -> str:
    return ", ".join(sorted(fingerprints)) or "none"
