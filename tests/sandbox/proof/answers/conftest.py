"""A prepared company at which every operation can be asked something good, and something that is refused.

The requests stand in answers.yaml. The questions of this folder come out of the contract: an operation or a
status that is new there and has no request here fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from partner_qa.contract.operation import Operation

STALE = "0" * 32
NOBODY = "00000000-0000-4000-8000-000000000000"
# What stands in a path, by the segment before it: a name of `name_things`, or of an operation that makes it.
USUAL = {
    "benefits": "supported_benefit",
    "companies": "company",
    "company_benefits": "company_benefit",
    "compensations": "compensation",
    "contractor_payments": "contractor_payment",
    "contractors": "contractor",
    "departments": "department",
    "earning_types": "earning_type",
    "employee_benefits": "post-v1-employees-employee_id-employee_benefits",
    "employees": "employee",
    "garnishments": "garnishment",
    "home_addresses": "home_address",
    "jobs": "job",
    "locations": "location",
    "pay_schedules": "pay_schedule",
    "payroll_syncs": "payroll_sync",
    "payrolls": "payroll",
    "recurring_reimbursements": "recurring_reimbursement",
    "reports": "report",
    "salary_estimates": "post-v1-employees-employee_id-salary_estimates",
    "terminations": "employee",
    "time_off_policies": "time_off_policy",
    "time_sheets": "time_sheet",
    "webhook_subscriptions": "webhook_subscription",
    "work_addresses": "work_address",
}


@cache
def load_requests() -> Mapping[str, Any]:
    text = (Path(__file__).parent / "answers.yaml").read_text("utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


class Desk:
    """A prepared company, its things by name, and the requests of answers.yaml about them."""

    def __init__(self, tools: Any) -> None:
        self.gusto = tools.gusto(sync_seconds=3600)  # nothing happens by itself while a test looks on
        self.gusto.prepare()
        self.company = self.gusto.world.companies[self.gusto.company]
        self.names = name_things(self.gusto)
        self.names |= {"row_version": self.row_version, "protected_enrolment": self.enrol_protected}
        self.reality = tools.reality(gusto=self.gusto, random=Random(1))
        self.contract = tools.contract
        self.requests = load_requests()
        self.is_stale = False

    def wish(self, operation: Operation, *, refused: bool = False) -> dict[str, Any]:
        """Return the request for an operation, good or refused, not filled in; do what has to come first."""
        good = self.requests.get(operation.id, {})
        wrong = good["refused"] if refused else {}
        for each in [*good.get("after", []), *wrong.get("after", [])]:
            self.do(each)
        body = wrong.get("body", good.get("body"))
        return {
            "at": {**good.get("at", {}), **wrong.get("at", {})},
            "query": {**good.get("query", {}), **wrong.get("query", {})},
            "body": {**body, **wrong.get("but", {})} if isinstance(body, dict) else body,
        }

    def path(self, operation: Operation, at: Mapping[str, str]) -> str:
        segments = operation.path.split("/")
        for index, segment in enumerate(segments):
            if segment.startswith("{"):
                before = segments[index - 1]
                segments[index] = str(self.put(at[before] if before in at else f"${USUAL[before]}"))
        return "/".join(segments)

    def put(self, value: Any) -> Any:
        """Return a value with things for their names."""
        if isinstance(value, dict):
            return {name: self.put(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.put(each) for each in value]
        if isinstance(value, str) and value.startswith("$"):
            return self.find(value[1:])
        return value

    def find(self, name: str) -> Any:
        return self.names[name]() if callable(self.names.get(name)) else self.names[name]

    def fill(self, operation: Operation, wish: Mapping[str, Any]) -> tuple[str, Any]:
        """Return path and body of a request, with things for names and the newest version, or a stale one."""
        path = self.path(operation, wish["at"])
        if operation.version_in in {"body", "query"}:
            whole = path.removesuffix("/add").removesuffix("/remove")
            shown = self.reality.version_of(whole, self.gusto.token_for(operation))
            self.names["version"] = STALE if self.is_stale else shown
        body = self.put(wish["body"])
        if operation.version_in == "body" and isinstance(body, dict):
            body = {"version": self.names["version"], **body}
        return path, body

    def send(self, operation: Operation, wish: Mapping[str, Any]) -> Any:
        path, body = self.fill(operation, wish)
        query = {name: str(each) for name, each in self.put(wish["query"]).items()}
        return self.gusto.call(operation.method, path, self.gusto.token_for(operation), body, **query)

    def do(self, operation_id: str) -> None:
        """Make an operation succeed; its answer's UUID is a name from then on."""
        operation = self.contract.require_operation(operation_id)
        answer = self.send(operation, self.wish(operation))
        assert answer.status == operation.success, (operation_id, answer.body)
        made = answer.json() if answer.body else {}
        self.names[operation_id] = made.get("uuid") if isinstance(made, dict) else None

    def row_version(self) -> str:
        if self.is_stale:
            return STALE
        payroll = self.company.payrolls[self.names["payroll"]]
        return str(payroll.rows[self.names["employee"]]["version"])

    def enrol_protected(self) -> str:
        """Enrol somebody as an application may that is not limited to some types of benefits."""
        scopes = [
            each for each in self.gusto.world.settings.scopes if not each.endswith("benefit_type_limited")
        ]
        token = self.gusto.admin.issue_grant(self.gusto.company, scopes)
        body = {"company_benefit_uuid": self.names["protected_benefit"], "employee_deduction": "20.00"}
        path = f"/v1/employees/{self.names['employee']}/employee_benefits"
        return str(self.gusto.call("POST", path, token, body).json()["uuid"])


def name_things(gusto: Any) -> dict[str, Any]:
    """Return the things of a prepared company by the names that answers.yaml uses."""
    company = gusto.world.companies[gusto.company]
    employee, leaving, gone, hire = list(company.employees)
    payroll = company.payrolls[gusto.admin.next_payroll(gusto.company)]
    access, refresh = gusto.admin.connect(gusto.company)
    own = [uuid for uuid, each in company.compensations.items() if each["employee_uuid"] == employee]
    homes = [uuid for uuid, each in company.home_addresses.items() if each["employee_uuid"] == employee]
    works = [uuid for uuid, each in company.work_addresses.items() if each["employee_uuid"] == employee]
    benefits = {each["benefit_type"]: uuid for uuid, each in company.company_benefits.items()}
    subscription = next(iter(gusto.world.subscriptions.current()))
    return {
        "nobody": NOBODY,
        "company": gusto.company,
        "access_token": access,
        "refresh_token": refresh,
        "employee": employee,
        "leaving": leaving,
        "gone": gone,
        "hire": hire,
        "job": next(uuid for uuid, each in company.jobs.items() if each["employee_uuid"] == employee),
        "past_compensation": own[0],
        "compensation": own[-1],
        "active_home_address": homes[-2],
        "home_address": homes[-1],
        "active_work_address": works[0],
        "work_address": works[-1],
        "department": list(company.departments)[-1],
        "company_benefit": benefits[5],
        "protected_benefit": benefits[1],
        "supported_benefit": "1",
        "occupation": "15-1252",
        "payroll": payroll.uuid,
        "paid": next(each.uuid for each in company.payrolls.values() if each.is_processed),
        "period_start": payroll.start.isoformat(),
        "period_end": payroll.end.isoformat(),
        "time_off_policy": next(iter(company.time_off_policies)),
        "webhook_subscription": subscription.uuid,
        "verification_token": subscription.secret,
        **{
            name: list(getattr(company, f"{name}s"))[-1]
            for name in (
                "contractor",
                "contractor_payment",
                "earning_type",
                "garnishment",
                "location",
                "pay_schedule",
                "payroll_sync",
                "recurring_reimbursement",
                "report",
                "time_sheet",
            )
        },
    }


@pytest.fixture
def open_desk(tools: Any) -> Iterator[Callable[[], Desk]]:
    """Open desks; all are closed at the end."""
    with ExitStack() as stack:

        def open_one() -> Desk:
            opened = Desk(tools)
            stack.callback(opened.gusto.close)
            return opened

        yield open_one


@pytest.fixture
def desk(open_desk: Callable[[], Desk]) -> Desk:
    return open_desk()
