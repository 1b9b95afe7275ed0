"""Searches what is about to be packed for what must not leave: the last look before a bundle is written.

Three ways, in every file and every layer of it (`layers.py`): canaries and secrets of the runs, by their
keyed hashes; the forms that well-known services give their keys; and text that is as random as a key and
known to nobody. A hit names file, line and kind, and never shows what was found.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from partner_qa.evidence.archive import Member
from partner_qa.evidence.canaries import Marks
from partner_qa.evidence.layers import Layer, is_base64_of_text, peel

_WORDS = re.compile(rb"[A-Za-z0-9_+/-]{16,}")
_PART = re.compile(rb"[A-Za-z0-9_-]+")
# what all alternatives begin with stands before them: re then skips to it quickly
_DIGITS = re.compile(rb"[0-9](?:[0-9]{2} [0-9]{2} [0-9]{4}|[0-9-]{7,}[0-9])")
_SURE_DIGITS = 12  # fewer of them, within more digits, are found by chance
_DATES = re.compile(rb"[0-9]{2}(?:[0-9]{2}-[0-9]{2}-[0-9]{2}|/[0-9]{2}/[0-9]{4})")
_DOMAIN = re.compile(rb"@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_LOCAL = re.compile(rb"[A-Za-z0-9._%+-]{1,64}\Z")
_PIECE = 1_000_000  # bytes, and on to the end of the line; no pattern goes over one
_LONGEST_WORD = 2_000  # what is longer and can be read as base64 is looked at decoded

# What services document of their keys' forms. Each begins with fixed letters, so that looking is quick.
_FORMS: tuple[tuple[str, re.Pattern[bytes]], ...] = tuple(
    (kind, re.compile(form))
    for kind, form in (
        ("a private key", rb"-----BEGIN [A-Z ]{0,20}PRIVATE KEY"),
        ("an AWS access key", rb"AKIA[0-9A-Z]{16}(?![0-9A-Za-z])"),
        ("an AWS access key", rb"ASIA[0-9A-Z]{16}(?![0-9A-Za-z])"),
        ("a GitHub token", rb"ghp_[A-Za-z0-9]{36}"),
        ("a GitHub token", rb"gho_[A-Za-z0-9]{36}"),
        ("a GitHub token", rb"ghs_[A-Za-z0-9]{36}"),
        ("a GitHub token", rb"github_pat_[A-Za-z0-9_]{50}"),
        ("a GitLab token", rb"glpat-[A-Za-z0-9_-]{20}"),
        ("a Slack token", rb"xox[abprs]-[A-Za-z0-9-]{10}"),
        ("a Stripe key", rb"sk_live_[A-Za-z0-9]{16}"),
        ("a Stripe key", rb"sk_test_[A-Za-z0-9]{16}"),
        ("a Stripe key", rb"rk_live_[A-Za-z0-9]{16}"),
        ("a Google key", rb"AIza[A-Za-z0-9_-]{35}"),
        ("a SendGrid key", rb"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
        ("an npm token", rb"npm_[A-Za-z0-9]{36}"),
        ("a PyPI token", rb"pypi-AgE[A-Za-z0-9_-]{16}"),
        ("a JSON Web Token", rb"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
        (
            "a password in an address",
            rb"://[^/\s:@\"'<>{}$]{1,64}:(?!redacted-|\(hidden)[^/\s:@\"'<>{}$]{3,64}@[A-Za-z0-9.-]+",
        ),
    )
)

_NAMED = re.compile(rb"redacted-[0-9a-f]{24}|sha(?:256|384|512)-[A-Za-z0-9+/_-]+")
_NONCE = re.compile(rb"nonce[-=]\\?[\"']?(?:3D)?([A-Za-z0-9+/_-]{16,})")
_RANDOM_FROM = 20  # characters
_RANDOM_BITS = 3.8  # per character; words joined by signs stay below
_RANDOM_CHANGES = 0.35  # of a kind of character for another
_KINDS = bytes(
    ord("0") if 48 <= byte <= 57 else ord("A") if 65 <= byte <= 90 else ord("a") if 97 <= byte <= 122 else 32
    for byte in range(256)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """Something found that must not leave, without the thing itself."""

    file: str
    line: int
    kind: str
    how: tuple[str, ...] = ()
    inner: str = ""

    def __str__(self) -> str:
        inner = f" ({self.inner})" if self.inner else ""
        wrapped = f", within {' within '.join(reversed(self.how))}" if self.how else ""
        return f"{self.file}{inner}, line {self.line}: {self.kind}{wrapped}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for. `known` are random-looking values and mail addresses that may leave.

    `phrases` are pairs of kind and text, found as they stand in any layer: home folders, user names, values
    of the environment. `has_real_people` says that mail addresses may be of real people. `generated` are
    files that another program made of the others, with random names of its own.
    """

    marks: Sequence[Marks] = ()
    known: frozenset[bytes] = frozenset()
    phrases: Sequence[tuple[str, bytes]] = ()
    has_real_people: bool = False
    generated: frozenset[str] = frozenset()


def find_leaks(members: Iterable[Member], search: Search) -> Iterator[Leak]:
    """Yield every leak, file by file, each kind once for each line."""
    for member in members:
        content = member.read()
        nonces = frozenset(_NONCE.findall(content))
        seen: set[Leak] = set()
        is_generated = member.path in search.generated
        for layer in peel(content):
            for kind, offset in _find(layer, search, nonces, is_generated=is_generated):
                leak = Leak(
                    file=member.path,
                    line=layer.line_of(offset),
                    kind=kind,
                    how=layer.how,
                    inner=layer.inner,
                )
                if leak not in seen:
                    seen.add(leak)
                    yield leak


def _find(
    layer: Layer, search: Search, nonces: frozenset[bytes], *, is_generated: bool
) -> Iterator[tuple[str, int]]:
    words = _texts_of(_WORDS, layer.content)
    for marks in search.marks:
        yield from _find_marked(layer, marks, words)
    yield from _find_forms(layer, search)
    if is_generated and not layer.how:  # a program, which is no run's; its data is looked at decoded
        return
    if search.has_real_people:
        yield from _find_real_mails(layer, search)
    if is_generated:  # it gives random names to its own parts
        return
    known = search.known | nonces
    for word in words:
        if _is_random(word, known):
            yield "a random text that nobody knows", _first_place(_WORDS, word, layer.content)


def _find_forms(layer: Layer, search: Search) -> Iterator[tuple[str, int]]:
    for kind, form in _FORMS:
        for found in form.finditer(layer.content):
            yield f"what looks like {kind}", found.start()
    for kind, phrase in search.phrases:
        at = layer.content.find(phrase)
        if at >= 0:
            yield kind, at


def _texts_of(pattern: re.Pattern[bytes], content: bytes) -> dict[bytes, None]:
    """Return the different texts that a pattern finds, in order; piece by piece, which takes less memory.

    Where they stand is asked for few of them: to look it up again is cheaper than to keep it for all.
    """
    texts: dict[bytes, None] = {}
    start = 0
    while start < len(content):
        end = content.find(b"\n", start + _PIECE) + 1 or len(content)
        texts.update(dict.fromkeys(pattern.findall(content, start, end)))
        start = end
    return texts


def _first_place(pattern: re.Pattern[bytes], text: bytes, content: bytes) -> int:
    return next(each.start() for each in pattern.finditer(content) if each[0] == text)


def _mails_in(content: bytes) -> dict[bytes, int]:
    places: dict[bytes, int] = {}
    for domain in _DOMAIN.finditer(content):
        local = _LOCAL.search(content[max(0, domain.start() - 64) : domain.start()])
        if local is not None:
            places.setdefault(local[0] + domain[0], domain.start() - len(local[0]))
    return places


def _find_marked(layer: Layer, marks: Marks, words: Iterable[bytes]) -> Iterator[tuple[str, int]]:
    content = layer.content
    for pattern, texts, find in (
        (_WORDS, words, _find_words),
        (_DIGITS, _texts_of(_DIGITS, content), _find_digits),
        (_DATES, _texts_of(_DATES, content), _find_date),
    ):
        for text in texts:
            if kind := find(text, marks):
                yield _name(kind), _first_place(pattern, text, content)
    for mail, offset in _mails_in(content).items():
        if kind := _find_mail(mail, marks):
            yield _name(kind), offset


def _name(kind: str) -> str:
    return "a secret of the run" if kind == "secret" else f"the planted {kind}"


def _find_words(word: bytes, marks: Marks) -> str:
    if len(word) > _LONGEST_WORD and is_base64_of_text(word):
        return ""
    parts = _PART.findall(word)
    return next(filter(None, (_find_window(part, marks, marks.words) for part in parts)), "")


def _find_digits(text: bytes, marks: Marks) -> str:
    digits = text.translate(None, b"- ")
    exact = marks.digits.get(len(digits), {}).get(marks.mark_of(digits), "")
    sure = {length: kinds for length, kinds in marks.digits.items() if length >= _SURE_DIGITS}
    return exact or _find_window(digits, marks, sure)


def _find_date(text: bytes, marks: Marks) -> str:
    day = b"%b-%b-%b" % (text[6:], text[:2], text[3:5]) if b"/" in text else text
    return marks.dates.get(marks.mark_of(day), "")


def _find_mail(text: bytes, marks: Marks) -> str:
    local = text.lower().index(b"@")
    whole = (text.lower()[at:] for at in range(local))
    return next(filter(None, (marks.mails.get(marks.mark_of(each), "") for each in whole)), "")


def _find_window(text: bytes, marks: Marks, wanted: Mapping[int, Mapping[bytes, str]]) -> str:
    """Return the kind of the first marked value in a text, wherever in it, or nothing."""
    for length, kinds in wanted.items():
        for at in range(len(text) - length + 1):
            kind = kinds.get(marks.mark_of(text[at : at + length]))
            if kind is not None:
                return kind
    return ""


def _find_real_mails(layer: Layer, search: Search) -> Iterator[tuple[str, int]]:
    for mail, offset in _mails_in(layer.content).items():
        domain = mail.rpartition(b"@")[2].lower()
        if not domain.endswith((b".example", b"example.com", b"example.org")) and mail not in search.known:
            yield "an e-mail address", offset


def _is_random(word: bytes, known: frozenset[bytes]) -> bool:
    if word.islower() or word.isupper() or word in known or _NAMED.search(word):
        return False
    return any(
        len(part) >= _RANDOM_FROM
        and part not in known
        and _mixes(part)
        and entropy_of(part) > _RANDOM_BITS
        and not any(each in part for each in known)
        and not is_base64_of_text(part)
        for part in re.split(rb"[/+]", word)
    )


def _mixes(part: bytes) -> bool:
    """Return whether small and large letters and digits come in the disorder in which a generator has them.

    In names made of words (`CompanyBenefitV2`) about a quarter of the characters is of another kind than the
    one before, in random text more than half.
    """
    kinds = part.translate(_KINDS)
    changes = sum(one != other for one, other in itertools.pairwise(kinds))
    return {*b"aA0"} <= set(kinds) and changes >= _RANDOM_CHANGES * (len(part) - 1)


def entropy_of(text: bytes) -> float:
    """Return the entropy of the bytes of a text, in bits for each."""
    size = len(text)
    return -sum(count / size * math.log2(count / size) for count in Counter(text).values())
