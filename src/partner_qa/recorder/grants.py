"""Which token belongs to which grant, learned from the token answers that pass through the recorder.

It works the same on either target, because it watches the protocol (RFC 6749 sections 4.1.4 and 6) and
asks nobody. A grant gets a name that holds throughout the run: `grant-1`, `system-1`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import parse_qs


@dataclass(slots=True, kw_only=True)
class Known:
    """What is known of a grant so far. The only value here that changes, as more is learned.

    A system grant has no scenario: an integration keeps its token from one to the next.
    """

    name: str
    scenario: str | None
    company: str | None = None


class Grants:
    """Knows grants by any token or code that was ever theirs."""

    def __init__(self) -> None:
        self._by_secret: dict[str, Known] = {}
        self._count = {"grant": 0, "system": 0}
        self._consents = 0
        self._refused = 0

    def find(self, secret: str | None) -> Known | None:
        """Return the grant of an access token, refresh token or code, or `None`."""
        return self._by_secret.get(secret) if secret else None

    def learn(self, request: bytes, answer: bytes, *, scenario: str | None) -> tuple[Known | None, list[str]]:
        """Learn from one 2xx answer of the token endpoint; return the grant and the secrets it brought."""
        sent, told = read_fields(request), read_fields(answer)
        issued = [told[name] for name in ("access_token", "refresh_token") if told.get(name)]
        if not issued:
            return None, []
        known = self.find(sent.get("refresh_token")) or self.find(sent.get("code"))
        if sent.get("grant_type") == "authorization_code":
            self._consents += 1
        if known is None and sent.get("grant_type") == "system_access":
            known = self._new("system", None)  # it is the application's, in whichever scenario it is used
        elif known is None:
            known = self._new("grant", scenario)
        for secret in (*issued, sent.get("code"), sent.get("refresh_token")):
            if secret:
                self._by_secret[secret] = known
        return known, issued

    @property
    def consents(self) -> int:
        """Return how many grants a person's consent has led to so far."""
        return self._consents

    @property
    def refused(self) -> int:
        """Return how often a code was not taken."""
        return self._refused

    def note_refusal(self, request: bytes) -> None:
        """Take note that the token endpoint has refused a request; only that of a code matters."""
        self._refused += read_fields(request).get("grant_type") == "authorization_code"

    def adopt(self, scenario: str) -> None:
        """Let every grant known so far belong to a scenario: one connection serves several on live."""
        for known in list(self._by_secret.values()):  # a token may be learned meanwhile
            if known.scenario is not None:
                known.scenario = scenario

    def _new(self, kind: str, scenario: str | None) -> Known:
        self._count[kind] += 1
        return Known(name=f"{kind}-{self._count[kind]}", scenario=scenario)


def read_fields(body: bytes) -> dict[str, str]:
    """Return the text fields of a JSON object or a form; OAuth bodies are one or the other."""
    if not body:
        return {}
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):  # no JSON, or so deep that nobody reads it
        form = parse_qs(body.decode("utf-8", "replace"))
        return {name: values[0] for name, values in form.items()}
    if not isinstance(parsed, dict):
        return {}
    return {name: value for name, value in parsed.items() if isinstance(value, str)}
