"""The words that all views share: what verdicts, levels and bases are called, and what explains them.

A view decides where a word stands and how it looks; which word it is, is decided here, once.
"""

from __future__ import annotations

from collections.abc import Mapping

from partner_qa.model import Basis, Blame, Finding, Item, Level, Outcome, Verdict
from partner_qa.report.text import shown

OUTCOMES: Mapping[Outcome, str] = {
    Outcome.PASS: "pass",
    Outcome.FAIL: "FAIL",
    Outcome.NOT_OBSERVED: "not observed",
    Outcome.NOT_APPLICABLE: "not applicable",
    Outcome.ATTESTED: "attested",
    Outcome.NEEDS_ATTESTATION: "needs a person",
    Outcome.ERROR: "ERROR",
}

MEANINGS: Mapping[Outcome, str] = {
    Outcome.PASS: "the situation arose and nothing was wrong",
    Outcome.FAIL: "the integration does not do what is required",
    Outcome.NOT_OBSERVED: "it applies, but the situation never arose",
    Outcome.NOT_APPLICABLE: "the declared use cases exclude it",
    Outcome.ATTESTED: "a named person answered for it",
    Outcome.NEEDS_ATTESTATION: "nobody has answered for it yet",
    Outcome.ERROR: "the harness or the sandbox was at fault, not the integration",
}

BASES: Mapping[Basis, str] = {
    Basis.REVIEW: "Gusto's review asks for it",
    Basis.DOCUMENTED: "Gusto's documentation says it",
    Basis.OLDER: "older Gusto documentation says it",
    Basis.INFERRED: "inferred; Gusto does not say it in so many words",
}

_BLAMED: Mapping[Blame, str] = {
    Blame.INTEGRATION: "the integration",
    Blame.SANDBOX: "the sandbox",
    Blame.HARNESS: "the harness",
    Blame.CONFIGURATION: "the configuration",
}

CONTRADICTIONS = (
    "use_cases in partner.yaml leave out something that the integration does. Its items apply all the same."
)
NOTHING_TO_DECIDE = "Nothing: no attestation, no waiver, no warning, nothing left open."
ASKS = "`partner-qa attest` asks"
UNFINISHED = (Outcome.NOT_OBSERVED, Outcome.NEEDS_ATTESTATION, Outcome.ERROR)
"""Outcomes that are neither an answer nor a failure of the integration."""


def outcome_word(verdict: Verdict) -> str:
    """Return the word for a verdict, with its waiver said beside it."""
    word = OUTCOMES[verdict.outcome]
    return f"{word} (waived)" if verdict.waiver is not None else word


def blamed(blame: Blame) -> str:
    """Return who is meant, as a noun."""
    return _BLAMED[blame]


def level_word(item: Item) -> str:
    """Return the level of an item that has failed: `must`, or `should`, which is a warning."""
    return item.level.value if item.level is Level.MUST else f"{item.level.value}, a warning"


def explain_finding(finding: Finding) -> tuple[tuple[str, str], ...]:
    """Return a finding as labelled lines: what, where, expected, seen, to do; empty ones left out."""
    where = ", ".join(str(place) for place in finding.places[:8])
    more = len(finding.places) - 8
    lines = (
        ("what", finding.message),
        ("where", where + (f" and {more} more" if more > 0 else "")),
        ("expected", finding.expected),
        ("seen", finding.seen),
        ("to do", finding.hint),
        ("blame", "" if finding.blame is Blame.INTEGRATION else blamed(finding.blame)),
        ("fingerprint", finding.fingerprint),
    )
    return tuple((label, shown(text)) for label, text in lines if text)


def explain_contradiction(finding: Finding) -> str:
    """Return where the use cases contradict what was seen, as one line."""
    return f"{finding.message}; seen {finding.seen}; {finding.hint}"


def explain_verdict(verdict: Verdict) -> tuple[tuple[str, str], ...]:
    """Return what stands behind a verdict besides its findings, as labelled lines."""
    waiver, attestation = verdict.waiver, verdict.attestation
    is_said = any(verdict.reason.startswith(each.message) for each in verdict.findings if each.message)
    lines = [] if is_said else [("reason", verdict.reason)]
    lines += [("missing", each) for each in verdict.missing]
    if waiver is not None:
        lines.append(("waived", f"by {waiver.owner} until {waiver.expires:%Y-%m-%d}: {waiver.reason}"))
    if attestation is not None:
        by = f"{attestation.person} ({attestation.role}), {attestation.given:%Y-%m-%d}"
        lines.append(("attested", f"by {by}: {attestation.answer}"))
        lines += [("shown by", each) for each in attestation.evidence]
    return tuple((label, shown(text)) for label, text in lines if text)


def section_name(item: Item, titles: Mapping[str, str]) -> str:
    """Return a section's title, or its word with a capital where no title is known."""
    return titles.get(item.section) or item.section.replace("_", " ").capitalize()
