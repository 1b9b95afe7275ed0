"""Acme Time with a tiny Gusto of its own: in memory, answering just what these tests ask."""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "acme_time"
sys.path.insert(0, str(EXAMPLE))

from acme_time.config import Config  # noqa: E402 - the example is not installed
from acme_time.parts import Parts, assemble  # noqa: E402
from acme_time.web import make_app  # noqa: E402

Answer = Callable[[httpx.Request], httpx.Response | None]


class TinyGusto(httpx.BaseTransport):
    """Companies with employees, strict single-use refresh tokens, and answers a test may put in between."""

    def __init__(self) -> None:
        self.companies: dict[str, list[dict[str, Any]]] = {}
        self.codes: dict[str, str] = {}
        self.access: dict[str, str] = {}
        self.refresh: dict[str, str] = {}
        self.requests: list[httpx.Request] = []
        self.between: list[Answer] = []
        self.page_headers = True
        self.expires_in = 7200
        self.on_subscribe: Callable[[str], None] = lambda _token: None
        self.subscriptions: list[dict[str, Any]] = []
        self.secret = ""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        for answer in self.between:
            given = answer(request)
            if given is not None:
                return given
        return self._route(request)

    def calls(self, path: str) -> list[httpx.Request]:
        return [request for request in self.requests if request.url.path == path]

    def issue(self, company: str, **extra: Any) -> httpx.Response:
        access, refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        self.access[access], self.refresh[refresh] = company, company
        body = {"access_token": access, "refresh_token": refresh, "expires_in": self.expires_in, **extra}
        return httpx.Response(200, json=body)

    def _route(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/oauth/token":
            return self._token(json.loads(request.content))
        company = self.access.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if company is None:
            return httpx.Response(401, json={"errors": [{"category": "invalid_token"}]})
        if path == "/v1/token_info":
            return httpx.Response(200, json={"resource": {"type": "Company", "uuid": company}})
        if path == f"/v1/companies/{company}":
            return httpx.Response(200, json={"uuid": company, "name": f"{company} Inc."})
        if path == f"/v1/companies/{company}/employees":
            return self._page(request, self.companies[company])
        if path.startswith("/v1/employees/"):
            found = [each for each in self.companies[company] if path.endswith(each["uuid"])]
            return httpx.Response(200, json=found[0]) if found else httpx.Response(404)
        if company == "system":
            return self._system(request)
        return httpx.Response(404, json={"errors": [{"category": "not_found"}]})

    def _token(self, body: dict[str, str]) -> httpx.Response:
        if body["grant_type"] == "system_access":
            return self.issue("system", refresh_token=None)
        spent = self.codes if body["grant_type"] == "authorization_code" else self.refresh
        company = spent.pop(body.get("code") or body["refresh_token"], None)
        return self.issue(company) if company else httpx.Response(400, json={"error": "invalid_grant"})

    def _page(self, request: httpx.Request, people: list[dict[str, Any]]) -> httpx.Response:
        page, per = (int(request.url.params[name]) for name in ("page", "per"))
        headers = {"X-Total-Pages": str(-(-len(people) // per))} if self.page_headers else {}
        return httpx.Response(200, json=people[(page - 1) * per : page * per], headers=headers)

    def _system(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/v1/webhook_subscriptions" and request.method == "GET":
            return httpx.Response(200, json=self.subscriptions)
        if path == "/v1/webhook_subscriptions":
            self.secret = secrets.token_urlsafe(32)
            url = json.loads(request.content)["url"]
            self.subscriptions.append({"uuid": "subscription", "url": url, "status": "pending"})
            self.on_subscribe(self.secret)
            return httpx.Response(201, json=self.subscriptions[-1])
        if path.endswith("/verify"):
            if json.loads(request.content)["verification_token"] != self.secret:
                return httpx.Response(422, json={"errors": [{"category": "invalid_attribute_value"}]})
            self.subscriptions[-1]["status"] = "verified"
            return httpx.Response(200, json=self.subscriptions[-1])
        return httpx.Response(204)


class Browser:
    """A browser at Acme Time's web process: it keeps cookies and follows no redirect."""

    def __init__(self, parts: Parts) -> None:
        transport = httpx.ASGITransport(make_app(parts))
        self._http = httpx.AsyncClient(transport=transport, base_url=parts.config.base_url)

    def get(self, url: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._http.get(url, **options))

    def post(self, url: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._http.post(url, **options))

    def forget_cookies(self) -> None:
        self._http.cookies.clear()

    def as_qa(self) -> None:
        self._http.headers["Authorization"] = "Bearer qa-token"


@pytest.fixture
def make_browser() -> Callable[[Parts], Browser]:
    return Browser


@pytest.fixture
def gusto() -> TinyGusto:
    return TinyGusto()


@pytest.fixture
def make_acme(tmp_path: Path, gusto: TinyGusto) -> Iterator[Callable[..., Parts]]:
    key = Fernet.generate_key().decode()
    made: list[Parts] = []

    def make(*defects: str, qa_token: str = "qa-token") -> Parts:
        config = Config(
            client_id="acme-client",
            client_secret="acme-secret",
            secret_key=key,
            data_dir=tmp_path / "data",
            api_base="https://gusto.test",
            qa_token=qa_token,
            defects=frozenset(defects),
        )
        made.append(assemble(config, gusto))
        return made[-1]

    yield make
    for parts in made:
        parts.gusto.close()
