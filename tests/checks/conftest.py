"""A tape to write recordings on by hand: each call appends one exchange, a second after the last."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from partner_qa.model import (
    Body,
    Exchange,
    Facts,
    FiredFault,
    Json,
    Kind,
    Recording,
    Request,
    Response,
    Run,
    Target,
    Tenant,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
COMPANY = "c0000000-0000-4000-8000-000000000001"
OTHER = "c0000000-0000-4000-8000-000000000002"


class Tape:
    """Appends exchanges; `recording()` gives what was appended."""

    company = COMPANY
    other = OTHER
    employees = f"/v1/companies/{COMPANY}/employees"

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.at = 0.0
        self.windows: dict[str, Json] = {}

    def add(
        self,
        url: str,
        *,
        kind: Kind = Kind.API,
        method: str = "GET",
        status: int = 200,
        sent: Json = None,
        answered: Json = None,
        headers: dict[str, str] | None = None,
        answer_headers: dict[str, str] | None = None,
        operation: str | None = "get-v1-companies-company_id-employees",
        grant: str | None = "grant-1",
        company: str | None = COMPANY,
        account: str | None = None,
        fault: str | None = None,
        facts: Facts | None = None,
        after: float = 1.0,
        elapsed: float = 0.01,
    ) -> Exchange:
        self.at += after
        default = {"Authorization": "Bearer token-1"} if kind is Kind.API and url.startswith("/v1/") else {}
        exchange = Exchange(
            sequence=len(self.exchanges) + 1,
            kind=kind,
            started=NOW + timedelta(seconds=self.at),
            elapsed=elapsed,
            request=Request(
                method=method,
                url=f"http://127.0.0.1:4321{url}" if url.startswith("/") else url,
                headers=tuple((default if headers is None else headers).items()),
                body=Body.of(b"" if sent is None else json.dumps(sent).encode()),
            ),
            response=Response(
                status=status,
                headers=tuple((answer_headers or {}).items()),
                body=Body.of(b"" if answered is None else json.dumps(answered).encode()),
            ),
            operation=operation if kind in (Kind.API, Kind.AUDIT) else None,
            grant=grant,
            company=company,
            account=account,
            fault=None if fault is None else FiredFault(name=fault, parameters={}, occurrence=1),
            facts=facts or {},
        )
        self.exchanges.append(exchange)
        self.at += elapsed
        return exchange

    def page(self, number: int, of: int, *, url: str | None = None, **more: object) -> Exchange:
        return self.add(
            url or f"{self.employees}?page={number}&per=100",
            answer_headers={"X-Page": str(number), "X-Total-Pages": str(of)},
            **more,  # type: ignore[arg-type]
        )

    def refresh(self, token: str, *, status: int = 200, **more: object) -> Exchange:
        return self.add(
            "/oauth/token",
            method="POST",
            status=status,
            sent={"grant_type": "refresh_token", "refresh_token": token},
            operation="oauth-access-token",
            **more,  # type: ignore[arg-type]
        )

    def code(self, code: str, *, status: int = 200) -> Exchange:
        return self.add(
            "/oauth/token",
            method="POST",
            status=status,
            sent={"grant_type": "authorization_code", "code": code},
            operation="oauth-access-token",
            grant=None,
            company=None,
        )

    def browse(self, url: str, **facts: Json) -> Exchange:
        return self.add(url, kind=Kind.BROWSER, grant=None, company=None, facts=facts)

    def tells(self, answered: Json, *, account: str = "qa-a") -> Exchange:
        return self.add("/qa/told", kind=Kind.OBSERVATION, answered=answered, account=account, grant=None)

    def audits(self, answered: Json, *, company: str = COMPANY, page: int = 1, **more: Any) -> Exchange:
        """Add an audit read, by default of the list of people."""
        url = f"/v1/companies/{company}/employees?page={page}&per=100"
        return self.add(url, kind=Kind.AUDIT, answered=answered, company=company, grant=None, **more)

    @contextmanager
    def window(self, name: str) -> Iterator[None]:
        first = len(self.exchanges) + 1
        yield
        self.windows[name] = [first, len(self.exchanges)]

    def recording(self, **more: object) -> Recording:
        blank = Recording(scenario="some_scenario", target=Target.EMBEDDED, started=NOW)
        given = replace(blank, exchanges=tuple(self.exchanges), situation=dict(self.windows))
        return replace(given, **more)  # type: ignore[arg-type]

    def run(self, **gusto: Json) -> Run:
        return Run(
            id="run",
            started=NOW,
            target=Target.EMBEDDED,
            harness="test",
            profile={"gusto": {"api_version": "2026-06-15", **gusto}},
            contract={},
            checklist={},
            recordings=(self.recording(),),
        )

    @staticmethod
    def tenants() -> tuple[Tenant, ...]:
        return (Tenant(account="qa-a", company=COMPANY), Tenant(account="qa-b", company=OTHER))

    today: date = NOW.date()


@pytest.fixture
def tape() -> Tape:
    return Tape()
