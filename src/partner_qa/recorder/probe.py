"""Is the live sandbox itself well? A small read by a grant of the harness's own tells.

A system access token needs no person: it is asked for with the application's credentials, and shows
itself at `/v1/token_info`. The calls respect the rate limit and never count against the integration.
Source: https://docs.gusto.com/app-integrations/docs/system-access-tokens
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from partner_qa.contract.versions import HEADER, NEWEST
from partner_qa.errors import Problem, SandboxUnreachable, UsageError
from partner_qa.recorder.forwarder import require_sandbox

CREDENTIALS = ("PARTNER_QA_CLIENT_ID", "PARTNER_QA_CLIENT_SECRET")  # where a user has put them
TRIES = 3
LONGEST_WAIT = 60.0  # seconds; the rate window is as long
USUAL_WAIT = 2.0
_TOKEN, _READ = "/oauth/token", "/v1/token_info"
_TRY_LATER = "Wait until Gusto's sandbox has recovered; the embedded one (no --sandbox) works meanwhile."
_NOT_GUSTO = "Is --base-url Gusto's API? Leave it out for the demo host."


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
        """Return where the sandbox answers.

        Raises `UsageError` where it does not know the application, `SandboxUnreachable` with what it
        answered instead of what it should.
        """
        answer = self._read()
        if answer.status_code == 401:  # the token may have died of age since the last time
            self._token = ""
            answer = self._read()
        if answer.status_code == 401 or answer.status_code >= 500:
            raise _unusable(f"{answer.url.host} answers {answer.status_code} to {_READ}", _TRY_LATER)
        if answer.status_code in {301, 302, 303, 307, 308, 404}:
            raise _unusable(f"{answer.url.host} answers {answer.status_code} to {_READ}", _NOT_GUSTO)

    def _read(self) -> httpx.Response:
        self._token = self._token or self._ask_for_token()
        headers = {"Authorization": f"Bearer {self._token}", HEADER: NEWEST.isoformat()}
        return self._ask("GET", _READ, headers=headers)

    def _ask_for_token(self) -> str:
        answer = self._ask("POST", _TOKEN, json={**self._credentials, "grant_type": "system_access"})
        if answer.status_code == 200:
            return _read_token(answer)
        what = f"{answer.url.host} answers {answer.status_code} to {_TOKEN}"
        if answer.status_code >= 500:
            raise _unusable(what, _TRY_LATER)
        error = _error_of(answer)
        if not error:
            raise _unusable(what, _NOT_GUSTO)
        raise UsageError(
            [Problem(key=name, message=f"is refused by {answer.url.host} ({error})") for name in CREDENTIALS],
            hint="The Developer Portal shows both; those of the demo application, for the demo host.",
        )

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
            raise _unusable(f"{answer.url.host} still answers 429 after {TRIES} tries", _TRY_LATER)
        return answer


def _unusable(message: str, hint: str) -> SandboxUnreachable:
    return SandboxUnreachable([Problem(message=message, key="--sandbox live")], hint=hint)


def _read_token(answer: httpx.Response) -> str:
    try:
        token = answer.json()["access_token"]
    except (ValueError, KeyError, TypeError):
        token = None
    if not isinstance(token, str) or not token.isascii() or not token.isprintable():
        raise _unusable(f"{answer.url.host} answers no token to {_TOKEN}", _NOT_GUSTO)
    return token


def _error_of(answer: httpx.Response) -> str:
    """Return the error code of a token answer (RFC 6749 section 5.2), or nothing where it is no such."""
    try:
        error = answer.json()["error"]
    except (ValueError, KeyError, TypeError):
        return ""
    return error if isinstance(error, str) and re.fullmatch(r"\w{1,60}", error, re.ASCII) else ""


def _wait_of(answer: httpx.Response) -> float:
    """Return how long Retry-After asks to wait: seconds or a date (RFC 9110 section 10.2.3)."""
    asked = answer.headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return min(float(asked), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(asked)
    except ValueError:
        return USUAL_WAIT
    left = (until.astimezone(UTC) - datetime.now(UTC)).total_seconds()
    return min(max(left, 0.0), LONGEST_WAIT)
