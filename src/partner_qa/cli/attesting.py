"""What `partner-qa attest` does: which items are open, as a list or as questions, and who may answer them.

The asking itself is in `answering.py`, the file in `attestation_page.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import click

from partner_qa.checklist import Checklist, applies, load_checklist, offer_any_case
from partner_qa.cli.answering import (
    Question,
    Session,
    Told,
    read_answer,
    read_evidence,
    read_expiry,
    read_name,
)
from partner_qa.cli.execution import now_and_today
from partner_qa.cli.terminal import has_terminal
from partner_qa.errors import Problem, UsageError
from partner_qa.gate import UNANSWERED, Ledger, can_be_answered
from partner_qa.ledger import load_attestations, to_row
from partner_qa.model import Item, Json, VerifiedBy
from partner_qa.profile.profile import load_profile
from partner_qa.report.text import printable

_NEEDED = ("item", "person", "role", "answer", "evidence")


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestOptions:
    """What the command line says, as it was typed."""

    profile: Path
    attestations: Path | None
    item: str
    person: str
    role: str
    answer: str
    evidence: tuple[str, ...]
    expires: str
    force: bool
    lists: bool
    as_json: bool


def run_attest(options: AttestOptions) -> None:
    """List what a person must answer, or ask it and keep the answers.

    Raises `UsageError` where something is missing and there is no terminal to ask at.
    """
    path = options.attestations or options.profile.with_name("attestations.yaml")
    if path.is_dir():
        raise UsageError([Problem(file=str(path), key="--attestations", message="is a folder")])
    _, today = now_and_today()
    questions = _load_questions(options, path, today)
    if options.lists or options.as_json:
        rows = list_as_json(questions)
        click.echo(json.dumps(rows, indent=2) if options.as_json else list_as_text(questions))
        return
    told = _read_flags(options, path.parent, today)
    missing = [name for name in _NEEDED if not getattr(options, name)]
    if missing and not has_terminal():
        hint = "There is no terminal to ask at. `partner-qa attest --list` shows what is open."
        raise UsageError([Problem(key=f"--{name}", message="is missing") for name in missing], hint=hint)
    if options.item:
        _refuse_replacing(questions[0], force=options.force)
    else:
        questions = tuple(each for each in questions if each.why_open)
    _sit(Session(path, told=told, today=today, asks=bool(missing)), questions, path)


def _sit(session: Session, questions: Sequence[Question], path: Path) -> None:
    if not questions:
        click.echo("Nothing is open: everything that a person must answer is answered.")
        return
    try:
        session.ask(questions)
    except (click.Abort, KeyboardInterrupt) as stopped:
        number = f"{session.kept} answer{'' if session.kept == 1 else 's'}"
        stopped.add_note(f"{number} of this sitting {'is' if session.kept == 1 else 'are'} kept in {path}")
        raise
    left = len(questions) - session.kept
    if left:
        click.echo(f"{left} left open; `partner-qa attest` asks again.")


def _load_questions(options: AttestOptions, path: Path, today: date) -> tuple[Question, ...]:
    """Return what is asked: all that applies, or the one item that was named, whether it applies or not."""
    checklist, profile = load_checklist(), load_profile(options.profile)
    ledger = Ledger(attestations=load_attestations(path))
    item = options.item.upper()
    found = find_questions(checklist, profile.use_cases, ledger, today, item=item)
    if item and not found:
        known = [each.item.id for each in find_questions(checklist, ["all"], ledger, today)]
        is_tested = checklist.find(item) is not None
        message = "is answered by a test, and no person can" if is_tested else "is no item of the checklist"
        hint = "" if is_tested else offer_any_case(item, known)
        raise UsageError([Problem(key="--item", message=f"{item} {message}", hint=hint)])
    return found


def _refuse_replacing(question: Question, *, force: bool) -> None:
    given = question.standing
    if given is not None and not question.why_open and not force:
        message = f"{question.item.id} is answered by {given.person} on {given.given}, and that counts"
        raise UsageError([Problem(key="--item", message=message, hint="--force replaces it")])


def _read_flags(options: AttestOptions, folder: Path, today: date) -> Told:
    """Return what the flags say, read as a typed answer is; raise `UsageError` with all that is wrong."""
    if (options.answer or options.evidence or options.expires) and not options.item:
        raise UsageError("--answer, --evidence and --expires are of one item", hint="Name it with --item.")
    problems: list[Problem] = []

    def read(flag: str, text: str, reader: Callable[[str], str]) -> str:
        try:
            return reader(text)
        except click.BadParameter as refused:
            problems.append(Problem(key=flag, message=refused.message))
            return ""

    expires = ""
    if options.expires:
        expires = read("--expires", options.expires, lambda text: str(read_expiry(text, today)))
    told = Told(
        person=read("--person", options.person, read_name) if options.person else "",
        role=read("--role", options.role, read_name) if options.role else "",
        answer=read("--answer", options.answer, _read_given_answer) if options.answer else "",
        evidence=tuple(
            read("--evidence", each, lambda text: _read_given_evidence(text, folder))
            for each in options.evidence
        ),
        expires=date.fromisoformat(expires) if expires else None,
    )
    if problems:
        raise UsageError(problems)
    return told


def _read_given_answer(text: str) -> str:
    told = read_answer(text)
    if not told:
        raise click.BadParameter("is empty")
    return told


def _read_given_evidence(text: str, folder: Path) -> str:
    told = read_evidence(text, folder)
    if not told:
        raise click.BadParameter("is empty")
    return told


def find_questions(
    checklist: Checklist, use_cases: Iterable[str], ledger: Ledger, today: date, *, item: str = ""
) -> tuple[Question, ...]:
    """Return what a person must answer for an integration of these use cases, in the checklist's order.

    With `item`, that one alone, whether it applies or not; it may be a row that a test answers and that must
    be seen on Gusto's demo host.
    """
    cases = tuple(use_cases)
    asked = [each for each in checklist.items if each.verified_by is not VerifiedBy.TEST]
    chosen = [each for each in asked if applies(each, cases)]
    if item:
        chosen = [each for each in checklist.items if each.id == item and can_be_answered(each)]
    return tuple(_to_question(each, checklist, ledger, today) for each in chosen)


def _to_question(item: Item, checklist: Checklist, ledger: Ledger, today: date) -> Question:
    standing = next((each for each in ledger.attestations if each.item == item.id), None)
    counts = ledger.find_attestation(item.id, today) is not None
    return Question(
        item=item,
        section=checklist.titles[item.section],
        standing=standing,
        why_open="" if counts else ledger.explain_open(item.id, today),
    )


def list_as_text(questions: Sequence[Question]) -> str:
    """Return the questions for a terminal, the open ones first."""
    lines = []
    for heading, group in (
        ("open", [each for each in questions if each.why_open]),
        ("answered", [each for each in questions if not each.why_open]),
    ):
        lines += [heading, *(_line(each) for each in group), ""] if group else []
    answered = sum(not each.why_open for each in questions)
    return "\n".join([*lines, f"{answered} of {len(questions)} answered"])


def _line(question: Question) -> str:
    text = f"  {question.item.id:<9} {question.item.title}"
    given = question.standing
    if question.why_open:
        return text + ("" if question.why_open == UNANSWERED else f": {printable(question.why_open)}")
    if given is None:
        return text
    until = f", until {given.expires}" if given.expires else ""
    loose = [name for name in given.evidence if name not in dict(given.digests)]
    more = f"; no SHA-256 of {', '.join(loose)}" if loose else ""
    return text + printable(f": {given.person}, {given.role}, on {given.given}{until}{more}")


def list_as_json(questions: Iterable[Question]) -> list[Mapping[str, Json]]:
    """Return the questions as JSON: what is asked, whether it is open and why, and the answer that stands."""
    return [
        {
            "item": each.item.id,
            "section": each.section,
            "title": each.item.title,
            "level": each.item.level.value,
            "requirement": each.item.requirement,
            "why": each.item.why,
            "advice": each.item.advice,
            "source": {"title": each.item.source.title, "url": each.item.source.url},
            "state": "open" if each.why_open else "answered",
            "reason": each.why_open,
            "answer": to_row(each.standing) if each.standing else None,
        }
        for each in questions
    ]
