"""A sandbox on a loopback port with an HTTP client at it: what most tests of this folder begin with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from functools import cache
from typing import Any

import httpx
import pytest

from partner_qa.contract.catalogue import Contract, load_contract
from partner_qa.model import Request, Response
from partner_qa.sandbox.app import Sandbox, SandboxSettings
from partner_qa.serving import LoopbackServer

CALLBACK = "http://127.0.0.1:4000/gusto/callback"
CLIENT = {"client_id": "client", "client_secret": "s3cret"}
VERSION = "2026-06-15"
ANCHOR = date(2026, 10, 20)


@cache
def the_contract() -> Contract:
    return load_contract()


class Gusto:
    """A sandbox that listens; `received` are the webhooks it sent, `options` go into its settings.

    `get`, `post` and the like speak with a token and the version header; `http` speaks bare.
    """

    webhooks_answer = 200  # the status that the integration answers webhooks with

    def __init__(self, *, now: Any = None, people: int = 3, **options: Any) -> None:
        self.received: list[Request] = []
        self.contract = the_contract()
        settings = {
            "seed": 1,
            "anchor": ANCHOR,
            "redirect_uris": (CALLBACK,),
            "scopes": ("companies:read", "employees:read"),
            "minimum_version": VERSION,
            **CLIENT,
            **options,
        }
        clock = {} if now is None else {"now": now}
        self.sandbox = Sandbox(
            contract=self.contract, settings=SandboxSettings(**settings), deliver=self._receive, **clock
        )
        self.world = self.sandbox.world
        self.admin = self.sandbox.admin
        self.company = self.admin.create_company(people=people)
        self._server = LoopbackServer(self.sandbox)
        self._server.start()
        self.http = httpx.Client(base_url=self._server.base_url, trust_env=False, timeout=20)
        self.base_url = self._server.base_url

    async def _receive(self, request: Request) -> Response:
        self.received.append(request)
        return Response(status=self.webhooks_answer)

    def close(self) -> None:
        self.http.close()
        self._server.stop()
        self.sandbox.close()

    def partner(self, *scopes: str, company: str | None = None) -> str:
        """Return the access token of a new connection, with all scopes unless some are named."""
        token, _ = self.admin.connect(company or self.company, scopes or None)
        return token

    def system(self) -> str:
        return self.world.grants.issue_system().access_token

    def call(self, method: str, path: str, token: str, *, version: str | None = VERSION, **rest: Any) -> Any:
        """Send a request as an integration would; every answer must fit the contract."""
        headers = {"Authorization": f"Bearer {token}", **rest.pop("headers", {})}
        if version is not None:
            headers["X-Gusto-API-Version"] = version
        answer = self.http.request(method, path, headers=headers, **rest)
        self.require_fit(answer)
        return answer

    def get(self, path: str, token: str, **rest: Any) -> Any:
        return self.call("GET", path, token, **rest)

    def require_fit(self, answer: httpx.Response) -> None:
        """Fail where an answer is no answer of its operation."""
        path = answer.request.url.raw_path.partition(b"?")[0].decode("latin-1")
        found = self.contract.find_operation(answer.request.method, path)
        if found is None:
            return
        violations = self.contract.check_response(
            found[0],
            status=answer.status_code,
            headers=tuple(answer.headers.multi_items()),
            body=answer.content,
        )
        assert violations == (), f"{answer.request.method} {path} {answer.status_code}"

    def told(self) -> list[tuple[str, str]]:
        """Return what the partner was told of the company: event type and entity of each, oldest first."""
        scopes = frozenset(self.world.settings.scopes)
        page = self.world.events.find_page(scopes=scopes, company=self.company, limit=1000)
        return [(event.event_type, event.entity_uuid) for event in page.events]

    def error(self, answer: Any) -> dict[str, Any]:
        """Return the only row of an error answer."""
        (row,) = answer.json()["errors"]
        found: dict[str, Any] = row
        return found


@pytest.fixture
def open_gusto() -> Iterator[Callable[..., Gusto]]:
    """Open sandboxes with settings of one's own; all are closed at the end."""
    with ExitStack() as stack:

        def open_one(**options: Any) -> Gusto:
            opened = Gusto(**options)
            stack.callback(opened.close)
            return opened

        yield open_one


@pytest.fixture
def gusto(open_gusto: Callable[..., Gusto]) -> Gusto:
    """A sandbox with one company of three people."""
    return open_gusto()


@pytest.fixture(scope="session")
def make_gusto() -> Callable[..., Gusto]:
    """The class itself: with importlib import mode, no test can import it."""
    return Gusto


@pytest.fixture(scope="module")
def shared_gusto() -> Iterator[Gusto]:
    """One sandbox for the tests of a module that change nothing: opening one takes a fifth of a second."""
    opened = Gusto()
    yield opened
    opened.close()
