"""Audit reads: what the embedded sandbox has ended up with, read over the wire by the harness itself.

They pass the recorder like any other call, with a token of the harness's own, so that checks find what Gusto
holds beside what the integration says it holds. They meet no trouble and never count against anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import httpx

from partner_qa.contract.versions import HEADER, NEWEST
from partner_qa.errors import HarnessBug
from partner_qa.model import Json

PER_PAGE = 100
MOST_PAGES = 100


class Auditor:
    """Reads as the admin of a company would; `token_for` gives an access token for its UUID."""

    def __init__(self, base_url: str, *, token_for: Callable[[str], str]) -> None:
        self._token_for = token_for
        self._tokens: dict[str, str] = {}
        # Loopback only: no proxy of the environment, and no certificates to load.
        self._http = httpx.Client(base_url=base_url, timeout=30, trust_env=False, verify=False)  # noqa: S501

    def read(self, company: str, path: str, query: Mapping[str, str]) -> Json:
        """Return what `GET path` shows of a company: an object, or a list with all its pages in one.

        Raises `HarnessBug` where the sandbox refuses: nobody but us has chosen what is read.
        """
        answer = self._get(company, path, query)
        told: Json = answer.json()
        if not isinstance(told, list):
            return told
        for page in range(2, min(int(answer.headers.get("X-Total-Pages", 1)), MOST_PAGES) + 1):
            told.extend(self._get(company, path, {**query, "page": str(page)}).json())
        return told

    def _get(self, company: str, path: str, query: Mapping[str, str]) -> httpx.Response:
        token = self._tokens.get(company) or self._tokens.setdefault(company, self._token_for(company))
        answer = self._http.get(
            path,
            params={"page": "1", "per": str(PER_PAGE), **query},
            headers={"Authorization": f"Bearer {token}", HEADER: NEWEST.isoformat()},
        )
        if answer.status_code != 200:
            what = f"an audit read of {urlsplit(path).path} was answered {answer.status_code}"
            raise HarnessBug(what, attach=[answer.text[:500]])
        return answer

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()
