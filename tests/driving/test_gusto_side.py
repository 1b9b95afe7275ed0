"""Facts about Gusto's side: what a scenario has done there is there, and what nobody wants is not posted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from partner_qa.contract.catalogue import load_contract
from partner_qa.driving.gusto_side import GustoSide
from partner_qa.driving.webhook_side import WebhookSide
from partner_qa.model import Request, Response, Tenant
from partner_qa.sandbox.app import Sandbox, SandboxSettings

TODAY = date(2026, 11, 24)


async def deliver(request: Request) -> Response:
    """Take a webhook and forget it."""
    return Response(status=200)


@pytest.fixture
def stand() -> Iterator[Any]:
    settings = SandboxSettings(
        seed=1,
        anchor=TODAY,
        client_id="client",
        client_secret="s3cret",
        redirect_uris=("http://127.0.0.1:4000/gusto/callback",),
        scopes=("companies:read",),
        minimum_version="2026-06-15",
    )
    sandbox = Sandbox(contract=load_contract(), settings=settings, deliver=deliver)
    posted: list[Request] = []
    yield SimpleNamespace(
        admin=sandbox.admin,
        site=SimpleNamespace(anchor=TODAY),
        profile=SimpleNamespace(timing=SimpleNamespace(cap=5)),
        settle=lambda tenant, since: None,
        wait_for_webhooks=lambda tenant: sandbox.admin.wait_for_deliveries(timeout=5),
        integration=SimpleNamespace(deliver_webhook=lambda request, **_: posted.append(request)),
        posted=posted,
        sandbox=sandbox,
    )
    sandbox.close()


@pytest.fixture
def tenant(stand: Any) -> Tenant:
    return Tenant(account="qa-a", company=stand.admin.create_company(people=7))


def find_payroll(stand: Any, tenant: Tenant, uuid: str) -> Any:
    return next(each for each in stand.admin.payrolls(tenant.company) if each.uuid == uuid)


def test_a_bonus_is_a_payroll_that_was_run_on_its_day(stand: Any, tenant: Tenant) -> None:
    payroll = find_payroll(stand, tenant, GustoSide(stand).pay_bonus(tenant, days_ago=240))
    assert payroll.is_processed
    assert payroll.is_off_cycle
    assert payroll.start == payroll.end == date(2026, 3, 29)


def test_the_next_payroll_is_run_and_pays_somebody_back(stand: Any, tenant: Tenant) -> None:
    side = GustoSide(stand)
    before = side.newest_processed_payroll(tenant)
    uuid = side.run_next_payroll(tenant, paying_back="42.50")
    assert side.newest_processed_payroll(tenant) == uuid != before
    rows = find_payroll(stand, tenant, uuid).rows
    back = [Decimal(each["amount"]) for row in rows.values() for each in row["reimbursements"]]
    assert Decimal("42.50") in back


def test_a_company_founded_beside_a_tenants_has_the_same_accountant(stand: Any, tenant: Tenant) -> None:
    third = GustoSide(stand).found_company(people=3)
    primary, accountant, *_ = zip(stand.admin.admins(tenant.company), stand.admin.admins(third), strict=True)
    assert third != tenant.company
    assert primary[0]["uuid"] != primary[1]["uuid"]
    assert accountant[0]["uuid"] == accountant[1]["uuid"]


def test_days_are_counted_from_the_business_day(stand: Any) -> None:
    side = GustoSide(stand)
    assert [str(side.in_days(each)) for each in (0, -1, 7)] == ["2026-11-24", "2026-11-23", "2026-12-01"]


@pytest.mark.parametrize(
    ("types", "about"), [(["Company", "Payroll"], "Company"), (["Company", "Employee"], "Employee")]
)
def test_an_event_of_a_burst_is_one_that_was_subscribed_to(
    stand: Any, tenant: Tenant, types: list[str], about: str
) -> None:
    stand.admin.add_subscription(url="http://127.0.0.1:4000/hook", types=types, token="t" * 32)
    event = WebhookSide(stand).wanted_event(tenant, "anna")
    assert (event["entity_type"], event["event_type"]) == (about, f"{about.lower()}.updated")
    assert event["entity_uuid"] == ("anna" if about == "Employee" else tenant.company)


@pytest.mark.parametrize(("types", "wanted"), [(None, False), (["Employee"], False), (["Payroll"], True)])
def test_an_event_is_posted_to_whoever_wants_such(
    stand: Any, tenant: Tenant, types: list[str] | None, wanted: bool
) -> None:
    side = WebhookSide(stand)
    if types is not None:
        stand.admin.add_subscription(url="http://127.0.0.1:4000/hook", types=types, token="t" * 32)
    event = side.event(tenant, "payroll", {"entity_type": "Payroll"})
    assert side.deliver_where_wanted(tenant, event, "again") is wanted
    assert len(stand.posted) == int(wanted)
