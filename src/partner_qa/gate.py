"""From all verdicts, and what people decided about them, to one exit code. Pure: no clock, no files.

The engine that decides is this one, not pytest and not Allure. Rules of precedence stand here once: which
exit code wins, what may be waived, what is never zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum
from urllib.parse import urlsplit

from partner_qa.contract.catalogue import Contract
from partner_qa.contract.hosts import DEMO_HOST
from partner_qa.model import (
    Attestation,
    Basis,
    Blame,
    Evidence,
    Finding,
    Item,
    Kind,
    Level,
    Outcome,
    Place,
    Proof,
    Run,
    Target,
    Verdict,
    VerifiedBy,
    Waiver,
)

UNANSWERED = "a person has to answer this, and nobody has yet"
NEVER_WAIVED = frozenset({"AUTH-15", "DATA-02", "WH-02"})


class ExitCode(IntEnum):
    """What the process ends with; the README lists them for people."""

    VERIFIED = 0
    FAILED = 1
    USAGE = 2
    INCOMPLETE = 3
    HARNESS = 4
    SANDBOX = 5
    LEDGER = 6
    EVIDENCE = 7


PRECEDENCE = (
    ExitCode.USAGE,
    ExitCode.HARNESS,
    ExitCode.SANDBOX,
    ExitCode.EVIDENCE,
    ExitCode.FAILED,
    ExitCode.LEDGER,
    ExitCode.INCOMPLETE,
)
_TOLD = frozenset({Outcome.PASS, Outcome.FAIL, Outcome.ATTESTED, Outcome.NOT_APPLICABLE})
_ERROR_CODES = {Blame.SANDBOX: ExitCode.SANDBOX, Blame.CONFIGURATION: ExitCode.USAGE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One item and its verdict; `duration` is the judging, in seconds; `test` the test's name or nothing."""

    item: Item
    verdict: Verdict
    duration: float = 0.0
    test: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the run comes to: the exit code, one sentence, the reasons, and how often each outcome came."""

    exit_code: ExitCode
    headline: str
    reasons: tuple[str, ...]
    counts: Mapping[Outcome, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """A judged run: the one record that every report is made from.

    `health` are answers of the sandbox that do not fit its published contract; they never count against
    the integration. `contradictions` tell where it does what its use cases leave out; items apply by both.
    """

    run: Run
    judged: tuple[Judged, ...]
    health: tuple[Finding, ...]
    decision: Decision
    contradictions: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What people decided: waivers and attestations, as loaded."""

    waivers: tuple[Waiver, ...] = ()
    attestations: tuple[Attestation, ...] = ()

    def find_attestation(self, item: str, today: date) -> Attestation | None:
        """Return the attestation of an item that still holds today, or `None`."""
        stands = (each for each in self.attestations if each.item == item)
        return next((each for each in stands if not find_void(each, today)), None)

    def explain_open(self, item: str, today: date) -> str:
        """Return why nobody has answered an item, as it stands today: what is there may not count."""
        standing = next((each for each in self.attestations if each.item == item), None)
        if standing is None:
            return UNANSWERED
        whose = f"the answer of {standing.person}" if standing.person else "the answer that is there"
        return f"{whose} does not count: {find_void(standing, today)}"


def find_void(attestation: Attestation, today: date) -> str:
    """Return why an answer does not count on a day, or nothing."""
    if attestation.trouble:
        return attestation.trouble
    if attestation.given > today:
        return f"is dated {attestation.given}, which is still to come"
    if attestation.expires is not None and attestation.expires < today:
        return f"expired on {attestation.expires}"
    return ""


def attest(item: Item, verdict: Verdict | None, ledger: Ledger, today: date) -> Verdict:
    """Return the verdict of an item that a person must answer for, alone or beside a test.

    `verdict` is the test's, or `None` where there is no test. A test that did not pass stays what it is.
    Raises `ValueError` for an item that only a test can answer and none did.
    """
    if item.verified_by is VerifiedBy.TEST:
        if verdict is None:
            raise ValueError(f"{item.id} is verified by a test, and no test has spoken")
        given = ledger.find_attestation(item.id, today) if can_be_answered(item) else None
        return replace(verdict, attestation=given) if given and verdict.outcome is Outcome.PASS else verdict
    if verdict is not None and verdict.outcome is not Outcome.PASS:
        return verdict
    given = ledger.find_attestation(item.id, today)
    if given is None:
        reason = ledger.explain_open(item.id, today)
        missing = (f"an answer to {item.id} in attestations.yaml",)
        return Verdict(item=item.id, outcome=Outcome.NEEDS_ATTESTATION, reason=reason, missing=missing)
    if verdict is not None:
        return replace(verdict, attestation=given)
    return Verdict(
        item=item.id,
        outcome=Outcome.ATTESTED,
        reason=f"{given.person}, {given.role}, on {given.given}",
        evidence=Evidence.ATTESTED,
        attestation=given,
    )


def can_be_answered(item: Item) -> bool:
    """Return whether a person's answer can count for an item, alone or beside a test.

    A row that must be seen on Gusto's demo host may have been seen there by a person: the live sandbox has no
    admin side, so not every situation can be driven there.
    """
    return item.verified_by is not VerifiedBy.TEST or item.proof is Proof.DEMO


def waive(item: Item, verdict: Verdict, ledger: Ledger, today: date) -> Verdict:
    """Return the verdict with the waiver that covers all its findings, if there is one; it stays `fail`."""
    if verdict.outcome is not Outcome.FAIL or find_unwaivable(item):
        return verdict
    valid = {
        each.fingerprint: each for each in ledger.waivers if each.item == item.id and each.expires >= today
    }
    covered = [valid.get(finding.fingerprint) for finding in verdict.findings]
    return replace(verdict, waiver=covered[0]) if covered and all(covered) else verdict


def find_unwaivable(item: Item) -> str:
    """Return why no finding of this item can be waived, or nothing."""
    if item.basis is Basis.REVIEW:
        return "Gusto itself makes it a condition of review"
    return "it is about money, tenants or forgery" if item.id in NEVER_WAIVED else ""


def find_ledger_problems(
    judged: Sequence[Judged], ledger: Ledger, known: Sequence[Item], today: date
) -> tuple[str, ...]:
    """Return a sentence for each waiver or attestation that is unknown, out of its time, or not of use.

    A waiver is of no use where its item was judged and its finding is gone; where the item could not be
    judged, nobody knows.
    """
    items = {item.id: item for item in known}
    findings = {(each.item.id, finding.fingerprint) for each in judged for finding in each.verdict.findings}
    told = {each.item.id for each in judged if each.verdict.outcome in _TOLD}
    problems = [*_find_attestation_problems(ledger, items, today)]
    for waiver in ledger.waivers:
        name = f"waiver {waiver.item} {waiver.fingerprint}"
        item = items.get(waiver.item)
        if item is None:
            problems.append(f"{name}: there is no such item")
        elif why := find_unwaivable(item):
            problems.append(f"{name}: cannot be waived, {why}")
        elif waiver.expires < today:
            problems.append(f"{name}: expired on {waiver.expires}")
        elif waiver.item in told and (waiver.item, waiver.fingerprint) not in findings:
            problems.append(f"{name}: no longer needed, remove it")
    return tuple(problems)


def _find_attestation_problems(ledger: Ledger, items: Mapping[str, Item], today: date) -> Iterable[str]:
    for each in ledger.attestations:
        name = f"attestation {each.item}" + (f" by {each.person}" if each.person else "")
        item = items.get(each.item)
        if item is None:
            yield f"{name}: there is no such item"
        elif not can_be_answered(item):
            yield f"{name}: a test answers this item, no person can"
        elif void := find_void(each, today):
            yield f"{name}: {void}"


def decide(
    judged: Sequence[Judged],
    *,
    run: Run,
    ledger_problems: Sequence[str] = (),
    contradictions: Sequence[Finding] = (),
    strict: bool = False,
    submission: bool = False,
) -> Decision:
    """Return what the verdicts come to.

    `strict` makes a failed `should` count; `submission` also requires attestations and the rows that must
    be seen on Gusto's own demo host, and use cases that nothing contradicts. Nothing judged is never
    verified.
    """
    reasons: dict[ExitCode, list[str]] = {code: [] for code in PRECEDENCE}
    reasons[ExitCode.LEDGER] += ledger_problems
    if submission:
        reasons[ExitCode.USAGE] += [f"use_cases: {each.message}" for each in contradictions]
    for each in judged:
        found = _reason_of(each, run, strict=strict, submission=submission)
        if found is not None:
            reasons[found[0]].append(found[1])
    settled = {Outcome.PASS, Outcome.FAIL, Outcome.ATTESTED}
    if not any(each.verdict.outcome in settled for each in judged):
        reasons[ExitCode.INCOMPLETE].append("nothing was judged")
    code = next((each for each in PRECEDENCE if reasons[each]), ExitCode.VERIFIED)
    counts = Counter(each.verdict.outcome for each in judged)
    return Decision(
        exit_code=code,
        headline=_headline(code, judged, counts, is_part=bool(run.filters)),
        reasons=tuple(text for each in PRECEDENCE for text in reasons[each]),
        counts={outcome: counts[outcome] for outcome in Outcome if counts[outcome]},
    )


def _reason_of(judged: Judged, run: Run, *, strict: bool, submission: bool) -> tuple[ExitCode, str] | None:
    item, verdict = judged.item, judged.verdict
    text = f"{item.id} {item.title}: {verdict.reason}"
    if verdict.outcome is Outcome.ERROR:
        return _ERROR_CODES.get(verdict.blame or Blame.HARNESS, ExitCode.HARNESS), text
    if verdict.outcome is Outcome.FAIL:
        counts = (item.level is Level.MUST or strict) and verdict.waiver is None
        return (ExitCode.FAILED, text) if counts else None
    if verdict.outcome is Outcome.NOT_OBSERVED:
        return ExitCode.INCOMPLETE, text
    if verdict.outcome is Outcome.NEEDS_ATTESTATION and submission:
        return ExitCode.LEDGER, text
    passed = verdict.outcome is Outcome.PASS
    is_unseen = verdict.attestation is None and not _was_seen_live(verdict, run)
    if submission and passed and item.proof is Proof.DEMO and is_unseen:
        return ExitCode.INCOMPLETE, f"{item.id} {item.title}: must be seen on Gusto's own demo host"
    return None


def _was_seen_live(verdict: Verdict, run: Run) -> bool:
    """Return whether a verdict rests on Gusto's own demo host; a stand-in of it proves nothing there."""
    try:
        host = urlsplit(run.base_url).hostname
    except ValueError:
        return False
    if host != DEMO_HOST:
        return False
    recordings = (run.find(name) for name in verdict.scenarios)
    return any(each is not None and each.target is Target.LIVE for each in recordings)


def _headline(
    code: ExitCode, judged: Sequence[Judged], counts: Mapping[Outcome, int], *, is_part: bool
) -> str:
    waived = sum(each.verdict.waiver is not None for each in judged)
    warned = sum(each.verdict.outcome is Outcome.FAIL and each.item.level is Level.SHOULD for each in judged)
    waiting = counts.get(Outcome.NEEDS_ATTESTATION, 0)
    headline = {
        ExitCode.VERIFIED: "verified",
        ExitCode.FAILED: "not conformant: a must failed",
        ExitCode.USAGE: "not judged: the configuration is wrong",
        ExitCode.INCOMPLETE: "incomplete: not everything that applies was observed",
        ExitCode.HARNESS: "not judged: the harness failed",
        ExitCode.SANDBOX: "not judged: the sandbox is unusable",
        ExitCode.LEDGER: "not accepted: waivers or attestations need attention",
        ExitCode.EVIDENCE: "not accepted: the evidence is not sound",
    }[code]
    extras = [
        "as far as it was chosen" if is_part else "",
        f"with {waived} waiver{'s' if waived != 1 else ''}" if waived else "",
        f"{warned} warning{'s' if warned != 1 else ''}" if warned else "",
        f"{waiting} still to be answered by a person" if waiting else "",
    ]
    return ", ".join([headline, *(each for each in extras if each)])


def find_sick_answers(run: Run, contract: Contract) -> tuple[Finding, ...]:
    """Return a finding for each way in which an untroubled answer breaks the sandbox's own contract."""
    known = {operation.id: operation for operation in contract.operations}
    found: dict[str, list[Place]] = {}
    words: dict[str, tuple[str, str]] = {}
    for recording in run:
        for call in recording.of_kind(Kind.API, Kind.AUDIT):
            operation = known.get(call.operation or "")
            if operation is None or call.fault is not None or not call.response.body.is_whole:
                continue
            for violation in contract.check_response(
                operation,
                status=call.response.status,
                headers=call.response.headers,
                body=call.response.body.content,
            ):
                key = f"{call.operation} {violation.where} {violation.pointer} {violation.rule}"
                found.setdefault(key, []).append(Place(scenario=recording.scenario, sequence=call.sequence))
                words[key] = (violation.expected, f"{violation.pointer} {violation.message}")
    return tuple(
        Finding(
            check="sandbox_health",
            message=f"does not answer {key.split(' ', 1)[0]} as its contract says",
            places=tuple(places[:20]),
            expected=words[key][0],
            seen=words[key][1],
            blame=Blame.SANDBOX,
            key=key,
        )
        for key, places in found.items()
    )
