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
        during: str | None = None,
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
            during=during,
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


class Payday:
    """Writes payrolls on a tape: prepares, updates, and audits of one person's row, by default `shared`."""

    payroll = "p-next"
    job = "job-1"

    def __init__(self, tape: Tape) -> None:
        self.tape = tape

    def row(self, person: str = "shared", *, version: str = "v1", bonus: str = "0.00", **more: Json) -> Json:
        fixed: Json = [{"name": "Bonus", "amount": bonus, "job_uuid": self.job}]
        hours: Json = [{"name": "Regular Hours", "hours": "0.000", "job_uuid": self.job}]
        return {
            "employee_uuid": f"u-{person}",
            "version": version,
            "excluded": False,
            "memo": None,
            "fixed_compensations": fixed,
            "hourly_compensations": hours,
            **more,
        }

    def _call(self, what: str, operation: str, *, payroll: str, **more: Any) -> Exchange:
        url = f"/v1/companies/{COMPANY}/payrolls/{payroll}{what}"
        return self.tape.add(url, operation=operation, **more)

    def prepare(self, *rows: Json, payroll: str = payroll, **more: Any) -> Exchange:
        types: Json = [{"name": "Bonus"}]
        told: Json = {"employee_compensations": list(rows), "fixed_compensation_types": types}
        operation = "put-v1-companies-company_id-payrolls-payroll_id-prepare"
        return self._call("/prepare", operation, payroll=payroll, method="PUT", **{"answered": told, **more})

    def update(self, *rows: Json, payroll: str = payroll, **more: Any) -> Exchange:
        sent: Json = {"employee_compensations": list(rows)}
        operation = "put-v1-companies-company_id-payrolls"
        return self._call(
            "", operation, payroll=payroll, method="PUT", sent=sent, **{"answered": sent, **more}
        )

    def audit(self, *rows: Json, page: int = 1) -> Exchange:
        told: Json = {"employee_compensations": list(rows)}
        operation = "get-v1-companies-company_id-payrolls-payroll_id"
        what = f"?page={page}&per=100"
        return self._call(what, operation, payroll=self.payroll, kind=Kind.AUDIT, answered=told, grant=None)

    def asked(self, status: str = "done") -> Exchange:
        return self.tape.add("/qa/update-payroll", kind=Kind.ACTION, answered={"status": status}, grant=None)

    def notices(self, *about: str) -> Exchange:
        told: Json = [{"about": each, "message": "Words"} for each in about]
        return self.tape.tells({"notices": told})

    def recording(self, **situation: Json) -> Recording:
        people: Json = {
            each: f"u-{each}" for each in ("shared", "hourly", "cents", "special", "set_aside", "gone")
        }
        given: dict[str, Json] = {
            "payroll": self.payroll,
            "off_cycle": "p-off",
            "people": people,
            "shared_totals": {"first": "350.00", "repeated": "350.00", "edited": "420.00", "stale": "380.00"},
            "earnings": ["Night Premium", "Hazard Pay"],
            **situation,
            **self.tape.windows,
        }
        return self.tape.recording(situation=given)


@pytest.fixture
def payday(tape: Tape) -> Payday:
    return Payday(tape)
