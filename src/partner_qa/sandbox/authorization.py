"""An authorization request from its arrival to its answer (RFC 6749 section 4.1), without the page.

consent.py shows the page; here are the rules: which requests may be answered by a redirect at all, what
that redirect says, and which requests wait for a person's answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from urllib.parse import urlencode, urlsplit, urlunsplit

from partner_qa.sandbox.grant import Refusal
from partner_qa.sandbox.oauth import Grants, make_secret

PATIENCE = timedelta(minutes=30)  # [I] how long a consent page stays answerable

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """A request whose client and redirect URI are right: its answer is a redirect, whatever it says."""

    redirect_uri: str
    state: str | None
    parameters: tuple[tuple[str, str], ...]
    refusal: Refusal | None = None

    def to_success(self, code: str) -> str:
        """Return where the browser goes with a code; the state goes along unchanged [D]."""
        return self._to_location([("code", code)])

    def to_refusal(self, refusal: Refusal) -> str:
        """Return where the browser goes with an error (RFC 6749 section 4.1.2.1)."""
        return self._to_location([("error", refusal.error), ("error_description", refusal.description)])

    def _to_location(self, answer: list[tuple[str, str]]) -> str:
        if self.state is not None:
            answer.append(("state", self.state))
        parts = urlsplit(self.redirect_uri)
        query = urlencode(answer, errors="surrogateescape")
        return urlunsplit(parts._replace(query=f"{parts.query}&{query}" if parts.query else query))


def read_authorization_request(grants: Grants, query: Pairs) -> AuthorizationRequest | Refusal:
    """Judge an authorization request.

    A `Refusal` here must be shown to the person: with a wrong client or redirect URI nobody can be
    trusted with an answer (RFC 6749 section 4.1.2.1). Any other mistake is a request with a refusal of
    its own, which the redirect carries. A `scope` parameter is ignored: scopes belong to the application
    ([D] https://docs.gusto.com/app-integrations/docs/scopes).
    """
    given: dict[str, list[str]] = {}
    for name, value in query:
        given.setdefault(name, []).append(value)
    if given.get("client_id") != [grants.application.client_id]:
        return Refusal(error="invalid_client", description="No application has this client_id.")
    uris = given.get("redirect_uri", [])
    if len(uris) != 1 or not grants.is_redirect_uri(uris[0]):
        return Refusal(
            error="invalid_redirect_uri",
            description="The redirect_uri is not one that is registered for this application.",
        )
    states = given.get("state", [])
    return AuthorizationRequest(
        redirect_uri=uris[0],
        state=states[0] if len(states) == 1 else None,
        parameters=tuple((name, value) for name, value in query if name != "person"),
        refusal=_find_mistake(given),
    )


def _find_mistake(given: dict[str, list[str]]) -> Refusal | None:
    twice = next((name for name in ("response_type", "state") if len(given.get(name, [])) > 1), None)
    if twice is not None:
        return Refusal(error="invalid_request", description=f"The parameter {twice!r} comes more than once.")
    kinds = given.get("response_type", [])
    if not kinds:
        return Refusal(
            error="invalid_request", description="The required parameter 'response_type' is missing."
        )
    if kinds != ["code"]:
        return Refusal(
            error="unsupported_response_type",
            description="The authorization server supports the response type 'code' only.",
        )
    return None


class PendingRequests:
    """Requests whose consent page is open in a browser, by an unguessable id that the page's form carries."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        self._now = now
        self._pending: dict[str, tuple[datetime, AuthorizationRequest]] = {}

    def open(self, request: AuthorizationRequest) -> str:
        """Keep a request until it is answered or forgotten; return its id."""
        self._forget_old()
        request_id = make_secret()
        self._pending[request_id] = (self._now(), request)
        return request_id

    def find(self, request_id: str) -> AuthorizationRequest | None:
        """Return a request that still waits, or `None`."""
        self._forget_old()
        found = self._pending.get(request_id)
        return None if found is None else found[1]

    def close(self, request_id: str) -> None:
        """Forget a request: it was answered."""
        self._pending.pop(request_id, None)

    @property
    def waiting(self) -> Mapping[str, tuple[datetime, AuthorizationRequest]]:
        """Every request that waits, by its id, with the moment at which it came; oldest first."""
        return MappingProxyType(self._pending)

    def restore(self, waiting: Mapping[str, tuple[datetime, AuthorizationRequest]]) -> None:
        """Take over what waited before a restart."""
        self._pending = dict(waiting)

    def _forget_old(self) -> None:
        oldest = self._now() - PATIENCE
        while self._pending:
            request_id, (opened, _) = next(iter(self._pending.items()))
            if opened > oldest:
                return
            del self._pending[request_id]
