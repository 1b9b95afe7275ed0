"""Is the live sandbox itself well? A small read by a grant of the harness's own tells.

A system access token needs no person: it is asked for with the application's credentials, and shows
itself at `/v1/token_info`. The calls respect the rate limit and never count against the integration.
Source: https://docs.gusto.com/app-integrations/docs/system-access-tokens
"""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx

from partner_qa.contract.versions import HEADER, NEWEST
from partner_qa.errors import Problem, SandboxUnreachable
from partner_qa.recorder.forwarder import require_sandbox

TRIES = 3
LONGEST_WAIT = 60.0  # seconds; the rate window is as long


class Probe:
    """Reads a little from the live sandbox, as often as it is asked to."""

    def __init__(
        self,
        base_url: str,
        *,
        client_id: str,
        client_secret: str,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._credentials = {"client_id": client_id, "client_secret": client_secret}
        self._sleep = sleep
        self._http = httpx.Client(
            base_url=require_sandbox(base_url),
            timeout=httpx.Timeout(30, connect=10),
            trust_env=False,
            transport=transport,
        )
        self._token = ""

    def require_health(self) -> None:
        """Return where the sandbox answers; raise `SandboxUnreachable` with what it answered instead."""
        if not self._token:
            answer = self._ask(
                "POST", "/oauth/token", json={**self._credentials, "grant_type": "system_access"}
            )
            if answer.status_code != 200:
                raise _unusable(
                    f"{answer.url.host} refuses the application's credentials ({answer.status_code})",
                    "Check PARTNER_QA_CLIENT_ID and PARTNER_QA_CLIENT_SECRET; the Developer Portal has both.",
                )
            self._token = _read_token(answer)
        headers = {"Authorization": f"Bearer {self._token}", HEADER: NEWEST.isoformat()}
        answer = self._ask("GET", "/v1/token_info", headers=headers)
        if answer.status_code == 401:
            self._token = ""
        elif answer.status_code >= 500:
            raise _unusable(f"{answer.url.host} answers {answer.status_code}", _TRY_LATER)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _ask(self, method: str, path: str, **message: object) -> httpx.Response:
        """Return an answer that is no 429; wait as long as Retry-After says before asking again."""
        try:
            answer = self._http.request(method, path, **message)  # type: ignore[arg-type]
            for _ in range(TRIES - 1):
                if answer.status_code != 429:
                    return answer
                self._sleep(_wait_of(answer))
                answer = self._http.request(method, path, **message)  # type: ignore[arg-type]
        except httpx.RequestError as error:
            what = f"{self._http.base_url} does not answer ({type(error).__name__})"
            raise _unusable(what, "Check --base-url and the network.") from error
        if answer.status_code == 429:
            raise _unusable(f"{answer.url.host} answers 429 still, after {TRIES} tries", _TRY_LATER)
        return answer


_TRY_LATER = "Wait until Gusto's sandbox has recovered; the embedded one (no --sandbox) works meanwhile."


def _unusable(message: str, hint: str) -> SandboxUnreachable:
    return SandboxUnreachable([Problem(message=message, key="--sandbox live")], hint=hint)


def _read_token(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["access_token"])
    except (ValueError, KeyError, TypeError):
        raise _unusable(f"{answer.url.host} answers no token", "Is --base-url Gusto's API?") from None


def _wait_of(answer: httpx.Response) -> float:
    asked = answer.headers.get("retry-after", "")
    return min(float(asked), LONGEST_WAIT) if asked.isdigit() else 2.0
