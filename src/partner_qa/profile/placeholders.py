"""The `{name}` in partner.yaml: what stands for a value that is known only during a run.

`{{` and `}}` stand for the braces themselves. `rules.py` asks which names a text holds and whether
they may stand there; the adapter fills them in, shortly before it starts or calls something.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

from partner_qa.errors import HarnessBug
from partner_qa.model import Json

_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_BRACES = {"{{": "{", "}}": "}"}


def find_placeholders(text: str) -> tuple[str, ...]:
    """Return the names in a text, in order; a lone brace is returned as itself."""
    parts = [found for found in _PART.finditer(text) if found[0] not in _BRACES]
    return tuple(found[0] if found[1] is None else found[1] for found in parts)


def is_placeholder(text: str) -> bool:
    """Return whether a text is one placeholder and nothing else."""
    found = _PART.fullmatch(text)
    return found is not None and bool(found[1])


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its placeholders filled in; `values` has them all, or it is our mistake."""
    return _fill(text, values, str)


def fill_url(text: str, values: Mapping[str, str]) -> str:
    """Return a URL with its placeholders filled in, percent-encoded (RFC 3986 section 2.1)."""
    return _fill(text, values, _quoted)


def fill_json(value: Json, values: Mapping[str, str]) -> Json:
    """Return JSON with the placeholders of its texts filled in; keys stay as they are."""
    if isinstance(value, str):
        return fill(value, values)
    if isinstance(value, list):
        return [fill_json(each, values) for each in value]
    if isinstance(value, dict):
        return {key: fill_json(each, values) for key, each in value.items()}
    return value


def _quoted(text: str) -> str:
    return quote(text, safe="")


def _fill(text: str, values: Mapping[str, str], encode: Callable[[str], str]) -> str:
    def value_of(found: re.Match[str]) -> str:
        if found[0] in _BRACES:
            return _BRACES[found[0]]
        if found[1] is None or found[1] not in values:
            raise HarnessBug(f"nothing is known for {found[0]} in a template of the profile")
        return encode(values[found[1]])

    return _PART.sub(value_of, text)
