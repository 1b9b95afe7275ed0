"""What the reviewer's first page says, whichever view it stands in: made once, from the record.

`SUBMISSION.md` (submission.py), the top of the plain page (static.py) and the top of the Allure report
(front_block.py) all print a `Front` and nothing else, so they say the same; and whoever verifies a bundle can
make it again and compare.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from partner_qa.gate import UNANSWERED, Judged, Results
from partner_qa.model import Level, Outcome, Run
from partner_qa.report import wording
from partner_qa.report.identity import identify, name_sandboxes, title_of
from partner_qa.report.results import Record
from partner_qa.report.shared_answers import tell_shared
from partner_qa.report.text import counted, shown

DRAFT = "DRAFT, not for submission"
_ATTESTED = "Attestations to believe or to question"
_REASONS = 50
_LONGEST = 1_500  # characters of one text


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """Something for a person to decide: under which heading, which item, and what there is to know.

    `item` is empty for what concerns the whole run.
    """

    heading: str
    item: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """What the first page says of the bundle that it is packed in.

    `sheet` is the partner's copy of Gusto's sheet, by its name in the bundle. `changes` are those since the
    previous bundle, or `None` where there is none.
    """

    seen: date
    expires: date
    signer: str = ""
    sheet: str = ""
    notes: Sequence[str] = ()
    changes: Sequence[str] | None = None

    @property
    def signature(self) -> str:
        """Return the state of the signature, in words."""
        if not self.signer:
            return "not signed: nobody can tell who packed it"
        return f"signed with the key {self.signer}; ask the partner for it by another way"


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What the first page says. `reasons` is why it is not verified; empty where it is.

    `packed` is missing from the reports of a run that has not been packed.
    """

    title: str
    is_draft: bool
    targets: str
    headline: str
    is_verified: bool
    reasons: Sequence[str]
    counts: str
    contradictions: Sequence[str]
    identities: Sequence[tuple[str, str]]
    decide: Sequence[Decide]
    packed: Packed | None

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Return what this is, as names and values: identities, age, expiry, signature."""
        packed = self.packed
        if packed is None:
            return [*self.identities, ("Signature", "none; `partner-qa bundle` packs a run and signs it")]
        return [
            *self.identities,
            ("Seen on", f"{packed.seen}"),
            ("Counts until", f"{packed.expires}"),
            ("Signature", packed.signature),
            *([("Gusto's sheet", f"{packed.sheet}, filled in by sheet-map.yaml")] if packed.sheet else []),
        ]

    @property
    def changes(self) -> Sequence[str] | None:
        """Return what has changed since the previous bundle, or `None` where none was named."""
        changes = self.packed.changes if self.packed else None
        return ["Nothing that is judged."] if changes is not None and not changes else changes

    @property
    def notes(self) -> Sequence[str]:
        """Return what else a reviewer should know of how it was packed."""
        return self.packed.notes if self.packed else ()

    @property
    def decisions(self) -> list[tuple[str, list[Decide]]]:
        """Return what a person must decide, by heading."""
        headings = dict.fromkeys(each.heading for each in self.decide)
        return [(heading, [each for each in self.decide if each.heading == heading]) for heading in headings]


def write_front(record: Record, *, packed: Packed | None = None, draft: bool = False) -> Front:
    """Return the first page of a record; of a draft, which `record` must say of itself, it says so too."""
    results = record.results
    reasons = list(results.decision.reasons)
    more = len(reasons) - _REASONS
    return Front(
        title=title_of(results.run),
        is_draft=draft,
        targets=name_sandboxes(results.run),
        headline=_cut(results.decision.headline),
        is_verified=results.decision.exit_code == 0,
        reasons=[*map(_cut, reasons[:_REASONS]), *([f"and {more} more"] if more > 0 else [])],
        counts=_count(results),
        contradictions=tuple(_cut(wording.explain_contradiction(each)) for each in results.contradictions),
        identities=tuple(identify(record).items()),
        decide=tuple(_find_decisions(results)),
        packed=packed,
    )


def _cut(text: str) -> str:
    """Return a text as long as a first page has room for, whichever page it is."""
    return shown(text, limit=_LONGEST)


def _count(results: Results) -> str:
    parts = [
        f"{number} {wording.OUTCOMES[outcome]}"
        for outcome in Outcome
        if (number := results.decision.counts.get(outcome, 0))
    ]
    return f"{counted(len(results.judged), 'item')}: {', '.join(parts)}"


def _find_decisions(results: Results) -> Iterator[Decide]:
    """Yield what a machine cannot decide, heading by heading."""
    for text in tell_shared(results.judged):
        yield Decide(heading=_ATTESTED, item="", text=_cut(text))
    headings = (
        (_ATTESTED, _tell_attestation),
        ("Waivers to accept or to refuse", _tell_waiver),
        ("Failures", _tell_failure),
        ("Warnings to live with", _tell_warning),
        ("For a person to answer", _tell_asked),
        ("Not finished", _tell_unfinished),
    )
    for heading, tell in headings:
        for each in results.judged:
            text = tell(each)
            if text:
                yield Decide(heading=heading, item=each.item.id, text=_cut(text))
    yield from _find_left_out(results.run)


def _find_left_out(run: Run) -> Iterator[Decide]:
    for each in run.filters:
        yield Decide(heading="Left out by choice", item="", text=_cut(each))


def _tell_attestation(judged: Judged) -> str:
    given = judged.verdict.attestation
    if given is None:
        return ""
    files = f" (files: {', '.join(given.evidence)})" if given.evidence else " (no file)"
    return f"{judged.item.title}. {given.person}, {given.role}, on {given.given}: {given.answer}{files}"


def _tell_waiver(judged: Judged) -> str:
    waiver = judged.verdict.waiver
    if waiver is None:
        return ""
    return f"{judged.verdict.reason}. {waiver.owner}, until {waiver.expires}: {waiver.reason}"


def _is_unwaived_failure(judged: Judged, level: Level) -> bool:
    verdict = judged.verdict
    return verdict.outcome is Outcome.FAIL and verdict.waiver is None and judged.item.level is level


def _tell_failure(judged: Judged) -> str:
    return judged.verdict.reason if _is_unwaived_failure(judged, Level.MUST) else ""


def _tell_warning(judged: Judged) -> str:
    return judged.verdict.reason if _is_unwaived_failure(judged, Level.SHOULD) else ""


def _tell_asked(judged: Judged) -> str:
    """Return what a person must answer, with what is wrong with the answer that is there."""
    if judged.verdict.outcome is not Outcome.NEEDS_ATTESTATION:
        return ""
    reason = judged.verdict.reason
    return judged.item.title if reason == UNANSWERED else f"{judged.item.title}: {reason}"


def _tell_unfinished(judged: Judged) -> str:
    outcome = judged.verdict.outcome
    if outcome not in wording.UNFINISHED or outcome is Outcome.NEEDS_ATTESTATION:
        return ""
    return f"{judged.item.title}: {wording.OUTCOMES[outcome]}, {judged.verdict.reason}"
