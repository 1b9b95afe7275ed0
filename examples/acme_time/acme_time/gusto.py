"""One HTTP request to Gusto, and what its answer means for us.

Every request carries the API version, our name, and (but for the token endpoint) a bearer token in the
header. Every answer is one of five things: good, `Unauthorized` (refresh), `Throttled` (wait as told),
`Unavailable` (try again later), `Refused` (asking again would not help). Nothing is retried in here:
whoever calls knows what a second attempt would mean.
"""

from __future__ import annotations

import email.utils
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import httpx

from acme_time.config import Config

log = logging.getLogger(__name__)

API_VERSION = "2026-06-15"
USER_AGENT = "AcmeTime/4.2 (+https://acme.example/gusto)"
PER_PAGE = 100  # the most that Gusto gives in one page
RATE_WINDOW = 60.0  # seconds; what to wait when a 429 does not say
WAIT_MARGIN = 0.1  # seconds on top, for clocks that do not tick alike

Answer = TypeVar("Answer")


class GustoError(Exception):
    """A call to Gusto that gave no usable answer. The text never holds tokens or personal data."""


class Throttled(GustoError):  # noqa: N818 - a state, and an expected one
    """429: this grant must be silent for `wait` seconds."""

    def __init__(self, wait: float) -> None:
        self.wait = wait
        super().__init__(f"asked to wait {wait:g} s")


class Unavailable(GustoError):  # noqa: N818
    """5xx, a timeout, a broken connection, or an answer that is not what it says: may pass by itself."""


class Refused(GustoError):  # noqa: N818
    """Any other 4xx. `categories` are Gusto's error categories, which decide; messages are for people."""

    def __init__(self, status: int, categories: frozenset[str], messages: tuple[str, ...]) -> None:
        self.status = status
        self.categories = categories
        self.messages = messages
        super().__init__(f"answered {status} ({', '.join(sorted(categories)) or 'no category'})")


class Unauthorized(Refused):
    """401: the access token is no longer good."""


class Gusto:
    """Sends single requests to Gusto's API."""

    def __init__(self, config: Config, transport: httpx.BaseTransport | None = None) -> None:
        self._defects = config.defects
        self._http = httpx.Client(
            base_url=config.api_base,
            transport=transport,
            timeout=config.http_timeout,
            follow_redirects=False,
            headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
        )

    def send(
        self,
        method: str,
        path: str,
        *,
        token: str | None,
        query: Mapping[str, str | int] | None = None,
        json: Any = None,
        version: str = API_VERSION,
    ) -> httpx.Response:
        """Send one request; return a 2xx answer or raise a `GustoError`. `token` is `None` for OAuth."""
        headers = {"X-Gusto-API-Version": version}
        if "omits_version" in self._defects and path.endswith("/employees"):
            headers = {}
        parameters = dict(query or {})
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
            if "token_in_query" in self._defects:
                parameters["access_token"] = token
        try:
            response = self._http.request(method, path, params=parameters, json=json, headers=headers)
        except httpx.RequestError as error:
            raise Unavailable(f"no answer ({type(error).__name__})") from error
        if response.is_success:
            return response
        if "logs_failed_calls" in self._defects:
            log.warning("%s %s, sent %s", response.status_code, path, dict(response.request.headers))
        raise to_error(response)

    def fetch(self, url: str) -> httpx.Response:
        """Return a file from an address that Gusto gave; raise `Unavailable` without it.

        The address carries its own signature, so no token goes along, and no error shows the address.
        """
        try:
            response = self._http.get(url)
        except httpx.RequestError as error:
            raise Unavailable(f"no file ({type(error).__name__})") from None
        if not response.is_success:
            raise Unavailable(f"the file was answered {response.status_code}")
        return response

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()


def to_error(response: httpx.Response) -> GustoError:
    """Return what a response other than 2xx means."""
    if response.status_code == 429:
        return Throttled(read_retry_after(response.headers.get("Retry-After")))
    if response.status_code >= 500 or response.status_code < 400:
        return Unavailable(f"answered {response.status_code}")
    categories, messages = read_errors(response)
    kind = Unauthorized if response.status_code == 401 else Refused
    return kind(response.status_code, categories, messages)


def read_retry_after(value: str | None) -> float:
    """Return the seconds to wait; RFC 9110 section 10.2.3 also allows a date."""
    if value is None:
        return RATE_WINDOW + WAIT_MARGIN
    try:
        return max(0.0, float(value)) + WAIT_MARGIN
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time()) + WAIT_MARGIN
    except ValueError:
        return RATE_WINDOW + WAIT_MARGIN


def read_json(response: httpx.Response) -> Any:
    """Return the body of a good answer; one that is not JSON counts as no answer."""
    try:
        return response.json()
    except ValueError as error:
        raise Unavailable("answered something that is not JSON") from error


def count_pages(response: httpx.Response) -> int:
    """Return how many pages a list has: one, where the answer does not say."""
    total = response.headers.get("X-Total-Pages", "")
    return int(total) if total.isdigit() else 1


def read_errors(response: httpx.Response) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the categories and messages of an error body, nested ones included, and of OAuth's `error`."""
    try:
        body = response.json()
    except ValueError:
        return frozenset(), ()
    if not isinstance(body, dict):
        return frozenset(), ()
    if isinstance(body.get("error"), str):
        return frozenset({body["error"]}), ()
    found = list(_walk_errors(body.get("errors")))
    categories = frozenset(str(each["category"]) for each in found if each.get("category"))
    return categories, tuple(str(each["message"]) for each in found if each.get("message"))


def _walk_errors(errors: Any) -> Iterator[dict[str, Any]]:
    for each in errors if isinstance(errors, list) else []:
        if isinstance(each, dict):
            yield each
            yield from _walk_errors(each.get("errors"))


def with_patience(
    call: Callable[[], Answer],
    *,
    attempts: int = 3,
    is_create: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> Answer:
    """Call, and again after a short growing wait when Gusto was unavailable or asked for a short one.

    For the few calls during which a person waits in front of the browser; jobs are retried by the worker. A
    create is not called again after no answer: it may have been done. After a 429 it is: that was not.
    """
    for attempt in range(1, attempts):
        try:
            return call()
        except Unavailable:
            if is_create:
                raise
            sleep(0.25 * 2**attempt)
        except Throttled as error:
            if error.wait > 5:
                raise
            sleep(error.wait)
    return call()
