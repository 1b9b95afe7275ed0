"""Breaks JSON into lines without changing what was on the wire: numbers, escapes and repeated keys stay.

Parsing and writing again would hide just what a person looks for (`1.50` or `1.5`, a key sent twice), and
cannot read a body of which only the beginning was kept. So this moves white space and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[{}\[\],:]|[^\s"{}\[\],:]+', re.DOTALL)
_BARE = re.compile(r"true|false|null|-?\d[\d.eE+-]*")
_DEEPEST = 60
_MARKS = "{}[],:"
_PAIRS = {"{": "}", "[": "]"}


def indented(text: str) -> str:
    """Return JSON, or the beginning of JSON, with one member a line; other text comes back as it is."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    tokens = _TOKEN.findall(text)
    bare = (each for each in tokens[:-1] if each[0] not in _MARKS + '"')
    if not all(_BARE.fullmatch(each) for each in bare) or _lacks_marks(tokens) or _depth(tokens) > _DEEPEST:
        return text
    return "".join(_written(tokens))


def _lacks_marks(tokens: list[str]) -> bool:
    """Return whether only white space stands between two values: without it `[1 2]` would be `[12]`."""
    return any(one not in _MARKS and other not in _MARKS for one, other in pairwise(tokens))


def _depth(tokens: list[str]) -> int:
    depth = deepest = 0
    for token in tokens:
        depth += (token in _PAIRS) - (token in ("}", "]"))
        deepest = max(deepest, depth)
    return deepest


def _written(tokens: list[str]) -> Iterator[str]:
    depth = 0
    for each, following in zip(tokens, [*tokens[1:], ""], strict=True):
        depth += (each in _PAIRS) - (each in ("}", "]"))
        yield ": " if each == ":" else each
        if following in ("}", "]") and following != _PAIRS.get(each):
            yield _line(depth - 1)
        elif each == "," or (each in _PAIRS and following and following != _PAIRS[each]):
            yield _line(depth)


def _line(depth: int) -> str:
    return "\n" + "  " * depth
