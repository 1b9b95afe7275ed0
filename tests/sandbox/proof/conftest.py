"""What the proofs share: a sandbox without a network, its ids by kind, and the contract as OpenAPI again.

The generators know nothing of the sandbox. So that their requests get past 404, ids that they made up are
replaced by ids that are there, and versions by the newest, as an integration would have read them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from partner_qa.contract.catalogue import Contract, load_contract
from partner_qa.contract.files import load_files
from partner_qa.contract.operation import Operation, Token
from partner_qa.model import Headers, Json, find_header
from partner_qa.sandbox.app import Sandbox, SandboxSettings
from partner_qa.sandbox.operations import collect_handlers
from partner_qa.settings import find_shipped

CLIENT = {"client_id": "client", "client_secret": "s3cret"}
CALLBACK = "http://127.0.0.1:4000/gusto/callback"
ANCHOR = date(2026, 10, 20)
START = datetime(2026, 10, 20, 15, tzinfo=UTC)
TABLES = {"terminations": "employees", "section603_high_earner_statuses": "employees"}
OAUTH = frozenset({"oauth-access-token", "revoke-access-token"})  # their errors are RFC 6749's


@cache
def the_contract() -> Contract:
    return load_contract()


@cache
def every_scope() -> tuple[str, ...]:
    operations = the_contract().operations
    return tuple(sorted({each for one in operations for each in (*one.scopes, *one.additional_scopes)}))


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: Headers
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str:
        return find_header(self.headers, name) or ""


class Clock:
    """Protocol time in the test's hand."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at

    def forward(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Gusto:
    """A sandbox that is called as ASGI and never waits; every declared answer must fit the contract."""

    def __init__(self, *, people: int = 3, deliver: Any = None, **options: Any) -> None:
        self.clock = Clock()
        self.contract = the_contract()
        settings = {
            "seed": 1,
            "anchor": ANCHOR,
            "redirect_uris": (CALLBACK,),
            "scopes": every_scope(),
            "minimum_version": self.contract.version,
            **CLIENT,
            **options,
        }
        self.sandbox = Sandbox(
            contract=self.contract, settings=SandboxSettings(**settings), now=self.clock, deliver=deliver
        )
        self.admin, self.world = self.sandbox.admin, self.sandbox.world
        self.company = self.admin.create_company(people=people)

    def close(self) -> None:
        self.sandbox.close()

    def call(self, method: str, path: str, token: str | None, payload: Json = None, **query: str) -> Answer:
        """Send a request as an integration would."""
        body = b"" if payload is None else json.dumps(payload).encode()
        headers = (("Content-Type", "application/json"),) if body else ()
        target = f"{path}?{urlencode(query)}" if query else path
        return self.send(method, target, token, body=body, headers=headers)

    def send(
        self,
        method: str,
        target: str,
        token: str | None,
        *,
        body: bytes = b"",
        headers: Headers = (),
        version: str | None = None,
    ) -> Answer:
        """Send whatever is given; the version header and the token are added."""
        path, _, query = target.partition("?")
        given = [("X-Gusto-API-Version", version or self.contract.version), *headers]
        if token is not None:
            given.append(("Authorization", f"Bearer {token}"))
        answer = drive(self.sandbox, method, path, query, given, body)
        found = self.contract.find_operation(method, path)
        if found is not None:
            violations = self.contract.check_response(
                found[0], status=answer.status, headers=answer.headers, body=answer.body
            )
            assert violations == (), f"{method} {target} was answered {answer.status}: {answer.body[:2000]!r}"
        return answer

    def prepare(self, *, until: int | None = None, without: str = "") -> None:
        """Make one of every kind of thing, or the first so many; one request of `without` is left out."""
        wanted = list(good_requests(self)[:until])
        left_out = next((each for each in wanted if each.operation == without), None)
        for good in wanted:
            if good is left_out:
                continue
            operation = self.contract.require_operation(good.operation)
            answer = self.call(operation.method, good.path, self.token_for(operation), good.body)
            assert answer.status < 300, (good.operation, answer.body)

    def read_everything(self) -> None:
        """Ask for every list of the company and every person in it: what was written must show in all."""
        token = self.admin.issue_grant(self.company)
        company = self.world.companies[self.company]
        for operation in self.contract.operations:
            if operation.method == "GET" and operation.token is Token.COMPANY:
                path = operation.path.replace("{company_id}", self.company)
                path = path.replace("{company_uuid}", self.company)
                for person in list(company.employees)[:3] if "{employee_id}" in path else [""]:
                    filled = path.replace("{employee_id}", person)
                    if "{" not in filled:
                        assert (
                            self.call("GET", filled, token).status < 500
                            or operation.id not in collect_handlers()
                        ), filled

    def token_for(self, operation: Operation) -> str | None:
        """Return a token of the kind that an operation takes."""
        if operation.token is Token.NONE:
            return None
        own = self.company if operation.token is Token.COMPANY else None
        return self.world.grants.issue_own(company=own).access_token


def drive(app: Any, method: str, path: str, query: str, headers: Any, body: bytes) -> Answer:
    """Call an ASGI app that waits for nothing, from the first step of its coroutine to the last."""
    sent: list[Mapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode("utf-8", "surrogateescape"),
        "query_string": query.encode("utf-8", "surrogateescape"),
        "headers": [(name.lower().encode("latin-1"), value.encode("utf-8")) for name, value in headers],
    }
    running = app(scope, receive, send)
    try:
        running.send(None)
    except StopIteration:
        start, end = sent
        told = tuple((name.decode("latin-1"), value.decode("utf-8")) for name, value in start["headers"])
        return Answer(status=start["status"], headers=told, body=end["body"])
    raise AssertionError("the sandbox waited for something in the middle of a request")


@dataclass(frozen=True, kw_only=True)
class Good:
    """A request that Gusto would take, as an integration would send it."""

    operation: str
    path: str
    body: dict[str, Any]


def good_requests(gusto: Gusto) -> tuple[Good, ...]:
    """Return a good request for each operation that makes something, with ids that are there."""
    company = gusto.world.companies[gusto.company]
    home = f"/v1/companies/{gusto.company}"
    job = next(iter(company.jobs.values()))
    first, second, third = list(company.employees)[:3]
    worker = str(job["employee_uuid"])
    location = next(iter(company.locations))
    payroll = company.payrolls[gusto.admin.next_payroll(gusto.company)]
    paid = next(each.uuid for each in company.payrolls.values() if each.is_processed)
    period = {"start_date": payroll.start.isoformat(), "end_date": payroll.end.isoformat()}
    town = {"street_1": "300 3rd Street", "city": "San Francisco", "state": "CA", "zip": "94107"}
    shift = {"shift_started_at": f"{payroll.start}T16:00:00Z", "shift_ended_at": f"{payroll.start}T23:00:00Z"}
    user = {"first_name": "Betsey", "last_name": "Trotwood", "email": "betsey@trotwood.example"}
    person = {**user, "email": "new@hire.example", "date_of_birth": "1990-02-28", "ssn": "900990001"}
    back = {"effective_date": "2027-03-01", "file_new_hire_report": True, "work_location_uuid": location}
    return (
        Good(
            operation="post-v1-companies-company_id-earning_types",
            path=f"{home}/earning_types",
            body={"name": "Bonus of the proof"},
        ),
        Good(
            operation="post-v1-companies-company_id-locations",
            path=f"{home}/locations",
            body={**town, "phone_number": "4155550100"},
        ),
        Good(operation="post-departments", path=f"{home}/departments", body={"title": "Proof"}),
        Good(operation="post-v1-employees", path=f"{home}/employees", body=person),
        Good(
            operation="post-v1-employees-employee_id-garnishments",
            path=f"/v1/employees/{first}/garnishments",
            body={
                "amount": "150",
                "court_ordered": True,
                "garnishment_type": "creditor_garnishment",
                "times": 3,
                "recurring": False,
                "description": "Court",
            },
        ),
        Good(
            operation="post-v1-employees-employee_id-home_addresses",
            path=f"/v1/employees/{first}/home_addresses",
            body={**town, "effective_date": "2026-12-01"},
        ),
        Good(
            operation="post-v1-employees-employee_id-work_addresses",
            path=f"/v1/employees/{first}/work_addresses",
            body={"location_uuid": location, "effective_date": "2026-12-01"},
        ),
        Good(
            operation="post-v1-employees-employee_id-recurring_reimbursements",
            path=f"/v1/employees/{first}/recurring_reimbursements",
            body={"description": "Telephone", "amount": 20},
        ),
        Good(
            operation="post-v1-compensations-compensation_id",
            path=f"/v1/jobs/{job['uuid']}/compensations",
            body={
                "rate": "31.50",
                "payment_unit": "Hour",
                "flsa_status": "Nonexempt",
                "effective_date": "2026-12-01",
            },
        ),
        Good(
            operation="post-v1-employees-employee_id-terminations",
            path=f"/v1/employees/{second}/terminations",
            body={"effective_date": "2026-10-30", "run_termination_payroll": True},
        ),
        Good(
            operation="post-v1-employees-employee_id-terminations",
            path=f"/v1/employees/{third}/terminations",
            body={"effective_date": "2026-10-19"},
        ),
        Good(
            operation="post-v1-employees-employee_id-rehire", path=f"/v1/employees/{third}/rehire", body=back
        ),
        Good(
            operation="post-v1-companies-company_uuid-contractors",
            path=f"{home}/contractors",
            body={
                "type": "Individual",
                "wage_type": "Hourly",
                "start_date": "2026-10-01",
                "hourly_rate": "40.5",
                "first_name": "Uriah",
                "last_name": "Heep",
            },
        ),
        Good(
            operation="post-companies-company_uuid-time_tracking-time_sheets",
            path=f"{home}/time_tracking/time_sheets",
            body={
                "entity_type": "Employee",
                "entity_uuid": worker,
                "job_uuid": job["uuid"],
                "time_zone": "America/Denver",
                "status": "approved",
                **shift,
                "entries": [{"hours_worked": 7, "pay_classification": "Regular"}],
            },
        ),
        Good(
            operation="post-companies-company_uuid-time_tracking-payroll_syncs",
            path=f"{home}/time_tracking/payroll_syncs",
            body={
                "kind": "regular",
                "pay_schedule_uuid": payroll.schedule,
                "pay_period_start_date": period["start_date"],
                "pay_period_end_date": period["end_date"],
            },
        ),
        Good(
            operation="post-payrolls-payroll_uuid-reports-general_ledger",
            path=f"/v1/payrolls/{paid}/reports/general_ledger",
            body={"aggregation": "default"},
        ),
        Good(
            operation="post-v1-companies-company_id-reports-employees_annual_fica_wage",
            path=f"{home}/reports/employees_annual_fica_wage",
            body={"start_year": 2025, "end_year": 2025},
        ),
        Good(
            operation="post-v1-provision",
            path="/v1/provision",
            body={"user": user, "company": {"name": "Trotwood Donkeys", "addresses": [town]}},
        ),
        Good(
            operation="post-v1-webhook-subscription",
            path="/v1/webhook_subscriptions",
            body={"url": "http://127.0.0.1:9/hooks", "subscription_types": ["Employee"]},
        ),
    )


@dataclass(kw_only=True)
class Reality:
    """The ids that are there, by table, and a seeded choice among them."""

    gusto: Gusto
    random: Random
    chosen: dict[str, str] = field(default_factory=dict)

    def ids(self, table: str) -> list[str]:
        """Return the ids of a table of the company; of none that the sandbox does not keep."""
        if table == "companies":
            return [self.gusto.company]
        if table == "webhook_subscriptions":
            return [each.uuid for each in self.gusto.world.subscriptions.current()]
        kept = getattr(self.gusto.world.companies[self.gusto.company], TABLES.get(table, table), None)
        return list(kept) if isinstance(kept, dict) else []

    def fill(self, operation: Operation, made_up: Mapping[str, Any]) -> str:
        """Return the path of an operation with ids that are there; where none is, with what was made up."""
        segments = operation.path.split("/")
        for index, segment in enumerate(segments):
            if segment.startswith("{"):
                name = segment.strip("{}")
                there = self.ids(segments[index - 1])
                value = self.random.choice(there) if there else str(made_up.get(name, "x"))
                segments[index] = quote(value, safe="") or "x"
        return "/".join(segments)

    def settle(self, payload: Any, version: str) -> Any:
        """Return a body whose references lead somewhere and whose versions are the newest, mostly."""
        if isinstance(payload, list):
            return [self.settle(each, version) for each in payload]
        if not isinstance(payload, dict):
            return payload
        return {name: self._settle_field(name, value, version) for name, value in payload.items()}

    def _settle_field(self, name: str, value: Any, version: str) -> Any:
        if name == "version" and version and self.random.random() < 0.8:
            return version
        for ending in ("_uuids", "_uuid", "_ids", "_id"):
            if name.endswith(ending) and self.random.random() < 0.8:
                there = self.ids(name.removesuffix(ending) + "s")
                if there and isinstance(value, str):
                    return self.random.choice(there)
                if there and isinstance(value, list):
                    return [self.random.choice(there) for _ in value[:3]]
        return self.settle(value, version)

    def version_of(self, path: str, token: str | None) -> str:
        """Return the version that the resource shows at this path; empty where it shows none."""
        if self.gusto.contract.find_operation("GET", path) is None:
            return ""
        answer = self.gusto.call("GET", path, token)
        shown = answer.json() if answer.status == 200 else None
        return str(shown.get("version", "")) if isinstance(shown, dict) else ""


@cache
def the_document() -> dict[str, Any]:
    """Return the contract as the OpenAPI 3.1 document that it was once derived from, in its own words."""
    files = load_files(find_shipped("schemas") / "gusto", the_contract().version)
    paths: dict[str, dict[str, Any]] = {}
    for each in files.operations:
        paths.setdefault(each.path, {})[each.method.lower()] = to_openapi(each)
    schemas = {to_name(name): repoint(schema) for name, schema in files.definitions.items()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "App Integrations", "version": the_contract().version},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def to_openapi(operation: Operation) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "operationId": operation.id,
        "parameters": [
            {
                "name": each.name,
                "in": str(each.place),
                "required": each.required or each.place == "path",
                "schema": repoint(each.schema),
            }
            for each in operation.parameters
        ],
        "responses": {
            str(status): {
                "description": f"{status}",
                **({} if schema is None else {"content": {"application/json": {"schema": repoint(schema)}}}),
            }
            for status, schema in operation.responses.items()
        },
    }
    if operation.body is not None:
        schema = repoint(operation.body.schema)
        content = {media: {"schema": schema} for media in operation.body.media_types}
        entry["requestBody"] = {"required": operation.body.required, "content": content}
    return entry


def to_name(name: str) -> str:
    return name.replace(" ", "_")


def repoint(value: Any) -> Any:
    """Return a schema whose references lead into an OpenAPI document."""
    if isinstance(value, list):
        return [repoint(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    return {
        name: to_name(each.replace("#/$defs/", "#/components/schemas/"))
        if name == "$ref" and isinstance(each, str)
        else repoint(each)
        for name, each in value.items()
    }


def open_validator(schema: Mapping[str, Any]) -> Draft202012Validator:
    """Return jsonschema's own judgement on a schema of the document, with the formats the contract means."""
    whole = {**schema, "components": the_document()["components"]}
    formats = FormatChecker(formats=("date", "date-time", "email", "uuid"))
    return Draft202012Validator(whole, format_checker=formats)


@dataclass(frozen=True, kw_only=True, eq=False)
class Tools:
    """What a test of this folder may use: with importlib import mode, none can import from here."""

    gusto: type[Gusto] = Gusto
    reality: type[Reality] = Reality
    good_requests: Callable[[Gusto], tuple[Good, ...]] = good_requests
    contract: Contract = field(default_factory=the_contract)
    document: dict[str, Any] = field(default_factory=the_document)
    built: frozenset[str] = field(default_factory=lambda: frozenset(collect_handlers()))
    examples: int = int(os.environ.get("PROOF_EXAMPLES", "3"))
    client: Mapping[str, str] = field(default_factory=lambda: CLIENT)
    callback: str = CALLBACK
    oauth: frozenset[str] = OAUTH
    repoint: Callable[[Any], Any] = repoint
    open_validator: Callable[[Mapping[str, Any]], Draft202012Validator] = open_validator


@pytest.fixture(scope="session")
def tools() -> Tools:
    return Tools()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask each question of this folder that names an operation about every operation."""
    if "operation" in metafunc.fixturenames:
        operations = the_contract().operations
        metafunc.parametrize("operation", operations, ids=[each.id for each in operations])


@pytest.fixture(scope="session")
def open_gusto() -> Callable[..., Gusto]:
    return Gusto
