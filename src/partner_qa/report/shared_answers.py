"""What attestations have in common: one answer, or one file, that stands for several items.

Either may be right: one audit report shows much. But whoever reads item by item does not see it, so the
first page (front.py) says it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from partner_qa.gate import Judged
from partner_qa.model import Attestation
from partner_qa.report.text import counted, shown


def tell_shared(judged: Sequence[Judged]) -> tuple[str, ...]:
    """Return a sentence for each answer, and then for each file, that is given for more than one item.

    Answers are compared without regard to case and white space, files by their SHA-256 where it is known.
    """
    given = [(each.item.id, each.verdict.attestation) for each in judged]
    attested = [(item, answer) for item, answer in given if answer is not None]
    answers = ((item, _fold(each.answer), each.answer) for item, each in attested)
    files = ((item, key, name) for item, each in attested for key, name in _files_of(each))
    return (*_tell("answer", answers), *_tell("file", files))


def _tell(what: str, given: Iterator[tuple[str, str, str]]) -> Iterator[str]:
    """Yield a sentence for each key that several items have; what is `given` are item, key and words."""
    items: dict[str, dict[str, None]] = {}
    words: dict[str, str] = {}
    for item, key, text in given:
        items.setdefault(key, {})[item] = None
        words.setdefault(key, text)
    for key, sharing in items.items():
        if len(sharing) > 1:
            named = f"{counted(len(sharing), 'item')}, {', '.join(sharing)}"
            yield f"the same {what} is given for {named}: {shown(words[key], limit=200)}"


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()


def _files_of(attestation: Attestation) -> Iterator[tuple[str, str]]:
    known = dict(attestation.digests)
    for name in attestation.evidence:
        yield known.get(name, name), name
