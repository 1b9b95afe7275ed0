"""Keeps secrets out of logs and error messages: known values by value, tokens by the words before them.

The recorder redacts exchanges. This is for what never is an exchange: the output of the integration's
processes, and the excerpts that our errors show. A secret is replaced by its name, which says more to the
reader of a log than a pseudonym would.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from partner_qa.redaction.redactor import SHORTEST, encoded_forms

_BEFORE_SECRETS = (
    r"access_token|refresh_token|client_secret|verification_token|api_token|qa_token|password|code"
)
_AFTER_WORD = re.compile(
    rf"""((?<![\w-])(?:{_BEFORE_SECRETS})["']?\s*(?:=>|[:=])\s*["']?)([A-Za-z0-9_\-.~+/%=]{{8,}})"""
)
_AFTER_SCHEME = re.compile(r"(\b(?:Bearer|Basic)\s+)([A-Za-z0-9_\-.~+/=]{8,})", re.IGNORECASE)


class Concealment:
    """Replaces secrets in text. `secrets` are values by name; those below eight characters are left."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self.secrets = {name: value for name, value in secrets.items() if len(value) >= SHORTEST}
        self._names = {form: name for name, value in self.secrets.items() for form in _forms(value)}
        longest_first = sorted(self._names, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None
        self.longest = max(map(len, self._names), default=0)

    def __call__(self, text: str) -> str:
        """Return a text without the secrets."""
        if self._known is not None:
            text = self._known.sub(lambda found: f"[{self._names[found[0]]}]", text)
        text = _AFTER_SCHEME.sub(r"\1[secret]", text)
        return _AFTER_WORD.sub(r"\1[secret]", text)


def _forms(value: str) -> set[str]:
    # A key over several lines is printed line by line, often with something before each.
    lines = [line.strip() for line in value.splitlines()] if "\n" in value else []
    whole = [value, *(line for line in lines if len(line) >= 2 * SHORTEST)]
    return {form for each in whole for form in encoded_forms(each) if len(form) >= SHORTEST}


def shown(text: str, *, limit: int = 300) -> str:
    r"""Return foreign text fit for one line of a terminal: cut, and what a terminal acts on written out."""
    cut = text if len(text) <= limit else f"{text[:limit]}… ({len(text):,} characters in all)"
    return "".join(each if each.isprintable() else _written_out(each) for each in cut)


def _written_out(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")
