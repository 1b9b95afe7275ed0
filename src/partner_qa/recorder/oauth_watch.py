"""What the recorder learns from OAuth requests and their answers as they pass.

Which grant a token belongs to, which company a grant is for, which scenario a code and a state were met in,
and which secrets were on the wire: on the live target nobody else knows of those.
"""

from __future__ import annotations

from collections.abc import Callable

from partner_qa.model import Response
from partner_qa.recorder.attribution import Attribution
from partner_qa.recorder.facts import company_in
from partner_qa.recorder.grants import Grants, Known
from partner_qa.recorder.passage import Passage
from partner_qa.redaction.redactor import SURELY_SECRET, Redactor

_CARRIED = ("code", "refresh_token", "token", "access_token", "client_secret")


class OAuthWatch:
    """Watches one run; `company_of` tells the company of an access token where a sandbox can be asked."""

    def __init__(self, redactor: Redactor, company_of: Callable[[str], str | None] | None) -> None:
        self._redactor = redactor
        self._company_of = company_of
        self.grants = Grants()
        self.attribution = Attribution()

    def find_grant(self, passage: Passage) -> Known | None:
        """Return the grant of a request by its token, or by the secrets of an OAuth request, or `None`."""
        known = self.grants.find(passage.head.token)
        if known is not None or not passage.head.is_oauth:
            return known
        for name in ("code", "refresh_token", "token"):
            known = self.grants.find(passage.find_parameter(name))
            if known is not None:
                return known
        return None

    def find_company(self, token: str | None, known: Known | None) -> str | None:
        """Return the company that a token stands for, or `None` where nobody knows it yet."""
        if known is not None and known.company is not None:
            return known.company
        company = self._company_of(token) if token and self._company_of is not None else None
        if known is not None:
            known.company = company
        return company

    def learn(self, passage: Passage, response: Response, scenario: str) -> Known | None:
        """Learn from an answer what later requests will be known by; return the grant it speaks of."""
        if passage.head.is_oauth:
            self._keep_secrets(passage)
            self.attribution.learn(passage, response, scenario)
        if passage.head.raw_path == "/oauth/token" and 400 <= response.status < 429:
            self.grants.note_refusal(passage.body)
        if passage.head.match is None or response.status != 200 or response.body.size == 0:
            return None
        if passage.head.raw_path == "/oauth/token":
            return self._learn_grant(passage, response, scenario)
        if passage.head.raw_path == "/v1/token_info":
            known = self.grants.find(passage.head.token)
            if known is not None and known.company is None:
                known.company = company_in(response.body.content)
        return None

    def _learn_grant(self, passage: Passage, response: Response, scenario: str) -> Known | None:
        known, issued = self.grants.learn(passage.body, response.body.content, scenario=scenario)
        for secret in issued:
            self._redactor.register(secret)
        if known is not None and known.company is None and self._company_of is not None:
            known.company = self._company_of(issued[0])
        return known

    def _keep_secrets(self, passage: Passage) -> None:
        """Have what an OAuth request carries replaced from now on; on live, nobody else knows of it."""
        carried = [passage.find_parameter(name) for name in _CARRIED]
        for secret in (*carried, passage.basic_password):
            if secret and len(secret) >= SURELY_SECRET:
                self._redactor.register(secret)
