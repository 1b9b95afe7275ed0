"""Which scenario an exchange belongs to, when it is not simply the one that is running.

Scenarios run in series, but what one has set in motion may arrive while the next is running. So an exchange
goes by what it carries, in this order: its token; its code, refresh token or state; the company in its path.
Where none of these is known, it belongs to the scenario that is running. A webhook goes by the company it is
about.
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from partner_qa.model import Response, find_header
from partner_qa.recorder.grants import Known
from partner_qa.recorder.passage import Passage

AUTHORIZE = "/oauth/authorize"


class Attribution:
    """Knows the companies of scenarios, and the codes and states that were met in them."""

    def __init__(self) -> None:
        self._companies: dict[str, str] = {}
        self._threads: dict[str, str] = {}

    def add_company(self, company: str, scenario: str) -> None:
        """Let requests that name a company in their path belong to a scenario, from now on."""
        if company:
            self._companies[company] = scenario

    def find_by_company(self, company: str | None) -> str | None:
        """Return the scenario that a company belongs to, or `None`."""
        return self._companies.get(company) if company is not None else None

    def find(self, passage: Passage, known: Known | None) -> str | None:
        """Return the scenario of a request by what it carries, or `None`; `known` is its grant."""
        if known is not None and known.scenario is not None:
            return known.scenario
        if passage.head.is_oauth and not _begins_flow(passage):
            for name in ("code", "state"):
                carried = passage.find_parameter(name)
                if carried is not None and carried in self._threads:
                    return self._threads[carried]
        if not self._companies:
            return None
        return next(
            (self._companies[each] for each in passage.head.raw_path.split("/") if each in self._companies),
            None,
        )

    def learn(self, passage: Passage, response: Response, scenario: str) -> None:
        """Learn the state of a request for consent, and the code of its answer (RFC 6749 section 4.1)."""
        if passage.head.raw_path != AUTHORIZE:
            return
        state = passage.find_parameter("state")
        if state:
            self._threads[state] = scenario
        location = find_header(response.headers, "location") or ""
        for code in parse_qs(urlsplit(location).query).get("code", []):
            self._threads[code] = scenario


def _begins_flow(passage: Passage) -> bool:
    """Return whether this is the first request of a flow, whose state means nothing yet.

    An integration that sends the same state always would else be taken back to an earlier scenario.
    """
    return passage.head.method == "GET" and passage.head.raw_path == AUTHORIZE
