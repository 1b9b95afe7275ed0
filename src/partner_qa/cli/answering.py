"""How a person is asked: what is read from what is typed, and a sitting that keeps each answer.

Each answer is in the file before the next question is asked, so that Ctrl-C costs nothing but the answer
that is being typed.
"""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import click

from partner_qa.cli.attestation_page import write_answer
from partner_qa.errors import UsageError
from partner_qa.gate import UNANSWERED, find_void
from partner_qa.ledger import find_trouble, hash_file
from partner_qa.model import Attestation, Item
from partner_qa.report.text import printable, shown
from partner_qa.report.wording import BASES

LASTS = timedelta(days=365)
"""How long an answer counts where nobody says otherwise: audits and tests are repeated each year (ours)."""
SHORTEST_ANSWER = 10  # characters, as in schemas/attestations.json
LEAVE_OPEN = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An item that a person must answer. `why_open` is empty where the answer that stands counts today."""

    item: Item
    section: str
    standing: Attestation | None
    why_open: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the command line says already; what is empty is asked for."""

    person: str = ""
    role: str = ""
    answer: str = ""
    evidence: tuple[str, ...] = ()
    expires: date | None = None


# reading what is typed


def read_line(text: str) -> str:
    """Return a text without blanks around it; refuse what a terminal would act on."""
    told = text.strip()
    if not told.isprintable():
        raise click.BadParameter("has a control character")
    return told


def read_name(text: str) -> str:
    """Return a person's name or role; it signs the answer."""
    told = read_line(text)
    if not told:
        raise click.BadParameter("is empty: an answer that nobody signs does not count")
    return told


def read_answer(text: str) -> str:
    """Return an answer, or nothing where the item is left open."""
    told = read_line(text)
    if told in ("", LEAVE_OPEN):
        return ""
    if len(told) < SHORTEST_ANSWER:
        raise click.BadParameter(f"is shorter than {SHORTEST_ANSWER} characters: write a sentence")
    return told


def read_expiry(text: str, today: date) -> date:
    """Return a day on which an answer still counts; it is not over yet."""
    try:
        told = date.fromisoformat(text.strip())
    except ValueError as error:
        raise click.BadParameter(f"{shown(text, limit=40)} is not a day like {today + LASTS}") from error
    if told < today:
        raise click.BadParameter(f"{told} is over already")
    return told


def read_evidence(text: str, folder: Path) -> str:
    """Return the name of a file from the ledger's folder, which it must lie in; typed from here or there."""
    told = read_line(text)
    if not told:
        return ""
    typed = Path(told).expanduser()
    path = next((each for each in (typed, folder / typed) if each.is_file()), None)
    if path is None:
        raise click.BadParameter(f"{told} is not a file")
    try:
        return path.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError as error:
        raise click.BadParameter(
            f"{told} is not in {folder.resolve()}: a bundle names files from there, so copy it there first"
        ) from error


# asking


class Session:
    """One sitting of one person: asks, keeps each answer at once, and counts what it has kept."""

    def __init__(self, path: Path, *, told: Told, today: date, asks: bool) -> None:
        self._path, self._told, self._today, self._asks = path, told, today, asks
        self._person, self._role = told.person, told.role
        self.kept = 0

    def ask(self, questions: Sequence[Question]) -> None:
        """Ask the questions one by one; each may be left open."""
        for number, each in enumerate(questions, 1):
            if self._asks:
                self._show(each, f"{number} of {len(questions)}" if len(questions) > 1 else "")
            answer = self._told.answer or self._prompt_answer(each)
            if not answer:
                click.echo("left open")
                continue
            evidence = self._told.evidence or self._prompt_evidence(each)
            self._sign()
            self.keep(each, answer, evidence, self._told.expires or self._prompt_expiry())

    def keep(self, question: Question, answer: str, evidence: Sequence[str], expires: date | None) -> None:
        """Write one answer into the file, with the hashes of its evidence, and say whether it counts."""
        folder = self._path.parent
        try:
            digests = {name: hash_file(folder / name) for name in evidence}
        except OSError as error:
            raise UsageError(f"the evidence cannot be read: {error}") from error
        given = Attestation(
            item=question.item.id,
            person=self._person,
            role=self._role,
            given=self._today,
            answer=answer,
            evidence=tuple(digests),
            expires=expires or self._today + LASTS,
            digests=tuple(sorted(digests.items())),
        )
        write_answer(self._path, given)
        self.kept += 1
        void = find_void(replace(given, trouble=find_trouble(given, folder)), self._today)
        end = f"but does not count yet: {void}" if void else f"counts until {given.expires}"
        click.echo(printable(f"{given.item} is kept in {self._path}; {end}"))

    def _show(self, question: Question, where: str) -> None:
        item, given = question.item, question.standing
        source = f"{item.source.title}, {item.source.url} ({BASES[item.basis]})"
        click.echo()
        click.echo(f"{item.id}  {item.title}" + (f"  ({where})" if where else ""))
        for label, text in (
            ("required", item.requirement),
            ("why", item.why),
            ("source", source),
            ("to do", item.advice),
            ("so far", "" if question.why_open in ("", UNANSWERED) else question.why_open),
            ("answer", given.answer if given else ""),
        ):
            if text:
                click.echo(_field(label, text))

    def _prompt_answer(self, question: Question) -> str:
        if question.standing is None:
            words, old = "Your answer (Enter leaves it open)", ""
        else:
            words = f"Your answer (Enter takes the one above again, {LEAVE_OPEN} leaves it open)"
            old = printable(" ".join(question.standing.answer.split()))
        return str(click.prompt(words, default=old, show_default=False, value_proc=read_answer))

    def _prompt_evidence(self, question: Question) -> tuple[str, ...]:
        folder = self._path.parent
        old = question.standing.evidence if question.standing else ()
        if old and all((folder / name).is_file() for name in old):
            words = f"The same evidence, as it is now ({printable(', '.join(old))})?"
            if click.confirm(words, default=True):
                return old
        found: list[str] = []
        while True:
            words = (
                "Another file (Enter ends the list)" if found else "A file that shows it (Enter: none yet)"
            )
            name: str = click.prompt(
                words, default="", show_default=False, value_proc=lambda text: read_evidence(text, folder)
            )
            if not name:
                return tuple(found)
            found += [name] if name not in found else []

    def _sign(self) -> None:
        """Ask who answers, once in a sitting."""
        if not self._person:
            self._person = click.prompt("Your name", value_proc=read_name)
        if not self._role:
            self._role = click.prompt("Your role", value_proc=read_name)

    def _prompt_expiry(self) -> date | None:
        if not self._asks:
            return None
        day: date = click.prompt(
            "Until which day does it count",
            default=str(self._today + LASTS),
            value_proc=lambda text: read_expiry(text, self._today),
        )
        return day


def _field(label: str, text: str) -> str:
    width = max(50, min(100, shutil.get_terminal_size().columns))
    return textwrap.fill(
        shown(" ".join(text.split())),
        width,
        initial_indent=f"  {label:<9} ",
        subsequent_indent=" " * 12,
        break_long_words=False,
        break_on_hyphens=False,
    )
