"""Makes text that others chose safe to show: to a terminal, to XML, and cut to a length people can read.

Whatever an integration sent (header values, bodies, its own error texts) ends up in findings. Every view
passes such text through here before it leaves the process; the record itself (results.py) keeps it exact.
"""

from __future__ import annotations

import re

CLIP = 2_000
"""Characters of one field that a view shows; the record has the rest."""


def printable(text: str, *, lines: bool = False) -> str:
    r"""Return `text` with each character that a terminal or reader would act on written out (`\\x1b`).

    Covers control characters, terminal escapes, bidirectional overrides (Unicode TR 36), line separators
    and lone surrogates. `lines` keeps line feeds and tabs.
    """
    if text.isprintable():
        return text
    return "".join(_shown(each, lines=lines) for each in text)


def _shown(character: str, *, lines: bool) -> str:
    if character.isprintable() or (lines and character in "\n\t"):
        return character
    if character in "\u00a0\u202f":
        return " "
    code = ord(character)
    named = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(character)
    if named:
        return named
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def clipped(text: str, limit: int = CLIP) -> str:
    """Return `text`, or its first `limit` characters and how many there were.

    What was cut before is not counted anew: views cut to sizes of their own what came to them cut.
    """
    if len(text) <= limit:
        return text
    earlier = _CUT.search(text, max(0, len(text) - _LONGEST_MARK))
    if earlier is not None and earlier.start() <= limit:
        return text
    number = earlier.group(1) if earlier is not None else f"{len(text):,}"
    return f"{text[:limit]}… ({number} characters in all)"


def is_clipped(text: str) -> bool:
    """Return whether a text is only the beginning of one, as `clipped` leaves it."""
    return _CUT.search(text, max(0, len(text) - _LONGEST_MARK)) is not None


_CUT = re.compile(r"… \(([0-9,]{1,20}) characters in all\)\Z")
_LONGEST_MARK = 48


def shown(text: str, *, limit: int = CLIP, lines: bool = False) -> str:
    """Return `text` cut and then made printable: what a view prints of a foreign text."""
    return printable(clipped(text, limit), lines=lines)


def xml_safe(text: str) -> str:
    """Return `text` with only characters that XML 1.0 allows, the others written out.

    Source: https://www.w3.org/TR/xml/#charsets
    """
    return "".join(each if _is_xml(ord(each)) else _shown(each, lines=False) for each in text)


def _is_xml(code: int) -> bool:
    if code in (0x9, 0xA, 0xD):
        return True
    if 0x7F <= code <= 0x9F or code in _BIDIRECTIONAL:
        return False
    return 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF


_BIDIRECTIONAL = frozenset((0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return `1 call`, `2 calls`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
