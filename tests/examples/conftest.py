"""Acme Time with a tiny Gusto of its own: in memory, answering just what these tests ask."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import hmac
import json
import secrets
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "acme_time"
sys.path[:0] = [str(EXAMPLE), str(Path(__file__).resolve().parent)]  # promises lie beside

from acme_time import accounts, events, jobs, people  # noqa: E402 - the example is not installed
from acme_time.config import Config  # noqa: E402
from acme_time.connecting import finish_connecting  # noqa: E402
from acme_time.parts import Parts, assemble  # noqa: E402
from acme_time.web import make_app  # noqa: E402
from acme_time.webhooks import receive  # noqa: E402
from acme_time.worker import Worker  # noqa: E402

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
        self.total_header = False
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
        if path == "/oauth/authorize":
            return self._consent(request.url.params)
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

    def _consent(self, asked: httpx.QueryParams) -> httpx.Response:
        code = secrets.token_urlsafe(32)
        self.codes[code] = next(iter(self.companies))
        back = httpx.URL(asked["redirect_uri"], params={"code": code, "state": asked["state"]})
        return httpx.Response(302, headers={"Location": str(back)})

    def _token(self, body: dict[str, str]) -> httpx.Response:
        if body["grant_type"] == "system_access":
            return self.issue("system", refresh_token=None)
        spent = self.codes if body["grant_type"] == "authorization_code" else self.refresh
        company = spent.pop(body.get("code") or body["refresh_token"], None)
        return self.issue(company) if company else httpx.Response(400, json={"error": "invalid_grant"})

    def _page(self, request: httpx.Request, people: list[dict[str, Any]]) -> httpx.Response:
        page, per = (int(request.url.params[name]) for name in ("page", "per"))
        headers = {"X-Total-Pages": str(-(-len(people) // per))} if self.page_headers else {}
        if self.total_header:
            headers["X-Total-Count"] = str(len(people))
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


class Bench:
    """A tiny Gusto, any number of Acme Time processes on one data folder, and what tests do with them."""

    def __init__(self, folder: Path) -> None:
        self.gusto = TinyGusto()
        self._folder = folder
        self._key = Fernet.generate_key().decode()
        self._made: list[Parts] = []

    def make(self, *defects: str, qa_token: str = "qa-token") -> Parts:
        """Return the parts of one more process of Acme Time."""
        config = Config(
            client_id="acme-client",
            client_secret="acme-secret",
            secret_key=self._key,
            data_dir=self._folder,
            api_base="https://gusto.test",
            qa_token=qa_token,
            defects=frozenset(defects),
        )
        self._made.append(assemble(config, self.gusto))
        return self._made[-1]

    def close(self) -> None:
        for parts in self._made:
            parts.gusto.close()

    def browser(self, acme: Parts) -> Browser:
        return Browser(acme)

    def people(self, count: int, *, prefix: str = "person") -> list[dict[str, Any]]:
        """Return employees as Gusto lists them, with a field that nobody knows yet."""
        return [
            {
                "uuid": f"{prefix}-{number}",
                "first_name": f"First{number}",
                "last_name": f"Last{number}",
                "email": f"{prefix}{number}@mail.test",
                "work_email": None,
                "date_of_birth": f"19{number % 60 + 30}-02-03",
                "a_field_from_next_year": {"deep": [1]},
            }
            for number in range(count)
        ]

    def connect(self, acme: Parts, account: str = "anna", company: str = "hill", count: int = 3) -> None:
        """Connect an account to a company of `count` people, as after a consent."""
        self.gusto.companies.setdefault(company, self.people(count, prefix=company))
        self.gusto.codes["code"] = company
        accounts.create_account(acme.database, account)
        finish_connecting(acme, account, "code")

    def work_all(self, acme: Parts, *, patience: float = 60.0) -> None:
        """Run the queue dry, jumping over pauses instead of sleeping through them."""
        worker = Worker(acme)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if not worker.work_once():
                with acme.database.transaction() as db:
                    db.execute("UPDATE jobs SET not_before = 0")
                    db.execute("DELETE FROM pauses")
                    waiting = db.execute("SELECT 1 FROM jobs WHERE state = 'queued'").fetchone()
                if waiting is None:
                    return
        raise AssertionError("the queue never ran dry")

    def sync(self, acme: Parts, account: str = "anna") -> dict[str, str]:
        job = jobs.enqueue(acme.database, account, "sync_people")
        self.work_all(acme)
        found = jobs.find_status(acme.database, job)
        assert found is not None
        return found

    def held(self, acme: Parts, account: str = "anna") -> list[str]:
        """Return the UUIDs of the people held for an account."""
        return [each["uuid"] for each in people.list_employees(acme.database, acme.config, account)]

    def matches_of(self, acme: Parts) -> dict[str, tuple[str, str | None]]:
        found = people.list_matches(acme.database, "anna")
        return {match.person_id: (match.state, match.gusto_uuid) for match in found}

    def subscribe(self, acme: Parts) -> None:
        """Subscribe to webhooks; the token of somebody else arrives before Gusto's."""

        def send_token(token: str) -> None:
            assert receive(acme, b'{"verification_token": "somebody else"}', None) == 200
            body = json.dumps({"verification_token": token}).encode()
            assert receive(acme, body, None) == 200

        self.gusto.on_subscribe = send_token
        jobs.enqueue(acme.database, "anna", "subscribe_webhooks", lane=jobs.SYSTEM_LANE)
        self.work_all(acme)

    def event(self, uuid: str = "e1", **fields: Any) -> bytes:
        """Return the bytes of a webhook, laid out as no JSON writer of Acme's would."""
        body = {
            "uuid": uuid,
            "event_type": "employee.updated",
            "resource_type": "Company",
            "resource_uuid": "hill",
            "entity_type": "Employee",
            "entity_uuid": "hill-1",
            "timestamp": int(time.time()) + 5,
            **fields,
        }
        return json.dumps(body, indent=1).encode()

    def sign(self, raw: bytes) -> str:
        return hmac.new(self.gusto.secret.encode(), raw, hashlib.sha256).hexdigest()

    def deliver(self, acme: Parts, raw: bytes) -> int:
        return receive(acme, raw, self.sign(raw))

    def states(self, acme: Parts) -> dict[str, str]:
        return {each.uuid: each.state for each in events.list_events(acme.database, "anna")}


class HastyConnection(sqlite3.Connection):
    """Waits for no disk: no test of this process cuts the power, and there are thousands of commits."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        super().execute("PRAGMA synchronous=OFF")

    def execute(self, sql: str, *given: Any) -> sqlite3.Cursor:
        return super().execute("SELECT 1" if sql.startswith("PRAGMA synchronous") else sql, *given)


@pytest.fixture(scope="session", autouse=True)
def hasty() -> Iterator[None]:
    """What Acme Time takes its time for on purpose is done in no time; its processes still do it whole."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", functools.partial(sqlite3.connect, factory=HastyConnection))
        cheap = functools.partial(hashlib.scrypt, n=2, r=8, p=1)
        patch.setattr(hashlib, "scrypt", lambda passcode, *, salt, **_cost: cheap(passcode, salt=salt))
        yield


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "data")
    yield made
    made.close()
