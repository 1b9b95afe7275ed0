"""A small Gusto behind a recorder on a real port: tokens, token_info, a company, a list in pages."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import httpx
import pytest

from partner_qa.cassette.files import load_recording
from partner_qa.contract.catalogue import Contract, load_contract
from partner_qa.model import Exchange, Kind, Recording, Target, Tenant
from partner_qa.recorder.recorder import Recorder
from partner_qa.redaction.redactor import Redactor
from partner_qa.serving import LoopbackServer

COMPANY_A = "aaaaaaaa-0000-4000-8000-000000000001"
COMPANY_B = "bbbbbbbb-0000-4000-8000-000000000002"


class SmallGusto:
    """Answers a few operations; remembers what reached it, and which company a token is for."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.bodies: list[bytes] = []
        self.companies: dict[str, str] = {}
        self.codes: dict[str, str] = {}
        self.answer: tuple[int, list[tuple[bytes, bytes]], bytes] | None = None
        self.breaks = False
        self.count = 0

    def company_of(self, token: str) -> str | None:
        return self.companies.get(token)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        body = (await receive()).get("body", b"")
        path, query = scope["path"], parse_qs(scope["query_string"].decode())
        self.seen.append(f"{scope['method']} {path}?{scope['query_string'].decode()}".rstrip("?"))
        self.bodies.append(body)
        if self.breaks:
            raise RuntimeError("out of order")
        headers = [(b"content-type", b"application/json")]
        if self.answer is not None:
            status, headers, content = self.answer
        elif path == "/oauth/authorize":
            status, content = 302, b""
            code = self.issue_code(COMPANY_A)
            told = urlencode({"code": code, "state": query.get("state", [""])[0]})
            headers = [(b"location", f"http://127.0.0.1:4000/callback?{told}".encode())]
        elif path == "/oauth/token":
            status, content = 200, json.dumps(self.issue(json.loads(body))).encode()
        elif path == "/v1/token_info":
            status, content = 200, json.dumps({"resource": {"type": "Company", "uuid": COMPANY_B}}).encode()
        else:
            status, content = (
                200,
                json.dumps([{"uuid": "1", "onboarding_status": "x", "jobs": [{}]}]).encode(),
            )
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def issue_code(self, company: str) -> str:
        self.count += 1
        code = f"code-{self.count:04}-of-the-sandbox-abcdefgh"
        self.codes[code] = company
        return code

    def issue(self, asked: dict[str, str]) -> dict[str, str]:
        self.count += 1
        access, refresh = (
            f"access-{self.count:04}-0123456789abcdef",
            f"refresh-{self.count:04}-0123456789abcdef",
        )
        self.companies[access] = self.codes.get(asked.get("code", ""), COMPANY_A)
        return {"access_token": access, "refresh_token": refresh, "token_type": "Bearer"}


@dataclass(kw_only=True)
class Desk:
    """A recorder on a port, its Gusto, and a client that plays the integration."""

    recorder: Recorder
    gusto: SmallGusto
    http: httpx.Client
    folder: Path
    redactor: Redactor
    base_url: str
    codes: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, token: str | None = None, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.http.get(path, headers=headers, **more)

    def connect(self, company: str = COMPANY_A) -> dict[str, str]:
        """Exchange a code that the recorder has not seen being issued; return the pair."""
        return self.exchange(self.gusto.issue_code(company))

    def exchange(self, code: str) -> dict[str, str]:
        answer = self.http.post("/oauth/token", json={"grant_type": "authorization_code", "code": code})
        return dict(answer.json())

    def refresh(self, token: str) -> dict[str, str]:
        answer = self.http.post("/oauth/token", json={"grant_type": "refresh_token", "refresh_token": token})
        return dict(answer.json())

    def people(self, token: str | None, company: str = COMPANY_A, **query: Any) -> httpx.Response:
        return self.get(f"/v1/companies/{company}/employees", token, params=query)

    def open(self, scenario: str, company: str = COMPANY_A) -> None:
        self.recorder.open(scenario)
        self.recorder.add_tenant(Tenant(account=f"account-of-{scenario}", company=company))

    def calls(self, scenario: str, *kinds: Kind) -> tuple[Exchange, ...]:
        return self.recording(scenario).of_kind(*(kinds or (Kind.API,)))

    def recording(self, scenario: str) -> Recording:
        return load_recording(self.folder / f"{scenario}.yaml")

    def text(self, scenario: str) -> str:
        return (self.folder / f"{scenario}.yaml").read_text()


@pytest.fixture(scope="session")
def contract() -> Contract:
    return load_contract()


@pytest.fixture
def gusto() -> SmallGusto:
    return SmallGusto()


@pytest.fixture
def desk(contract: Contract, gusto: SmallGusto, tmp_path: Path) -> Iterator[Desk]:
    redactor = Redactor(mode=Target.EMBEDDED)
    recorder = Recorder(
        gusto, contract=contract, redactor=redactor, folder=tmp_path, company_of=gusto.company_of
    )
    with LoopbackServer(recorder) as server, httpx.Client(base_url=server.base_url, timeout=10) as http:
        yield Desk(
            recorder=recorder,
            gusto=gusto,
            http=http,
            folder=tmp_path,
            redactor=redactor,
            base_url=server.base_url,
        )
    recorder.finish()
