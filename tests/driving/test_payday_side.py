"""Facts about payday on Gusto's side: on whatever day a scenario runs, there are open periods to work in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from partner_qa.contract.catalogue import load_contract
from partner_qa.driving.payday_side import PaydaySide
from partner_qa.model import Request, Response, Tenant
from partner_qa.sandbox.app import Sandbox, SandboxSettings

# Two weeks, and the days on which periods of a month begin and end
DAYS = [
    *(date(2026, 11, 16) + timedelta(days=each) for each in range(14)),
    *(date(2027, 1, each) for each in (1, 15, 16, 31)),
]
Open = Callable[..., tuple[PaydaySide, Tenant, Any]]


async def deliver(request: Request) -> Response:
    """Take a webhook and forget it."""
    return Response(status=200)


@pytest.fixture
def open_payday() -> Iterator[Open]:
    opened: list[Sandbox] = []

    def open_one(anchor: date) -> tuple[PaydaySide, Tenant, Any]:
        settings = SandboxSettings(
            seed=1,
            anchor=anchor,
            client_id="client",
            client_secret="s3cret",
            redirect_uris=("http://127.0.0.1:4000/gusto/callback",),
            scopes=("companies:read",),
            minimum_version="2026-06-15",
            sync_seconds=3600,
        )
        sandbox = Sandbox(contract=load_contract(), settings=settings, deliver=deliver)
        opened.append(sandbox)
        stand: Any = SimpleNamespace(
            admin=sandbox.admin,
            site=SimpleNamespace(anchor=anchor),
            profile=SimpleNamespace(timing=SimpleNamespace(cap=5)),
            wait_for_webhooks=lambda tenant: sandbox.admin.wait_for_deliveries(timeout=5),
        )
        tenant = Tenant(account="qa-a", company=sandbox.admin.create_company(people=7))
        return PaydaySide(stand), tenant, sandbox

    yield open_one
    for each in opened:
        each.close()


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_each_schedule_has_one_open_period_and_the_first_has_a_whole_week_behind_it(
    open_payday: Open, today: date
) -> None:
    payday, tenant, _ = open_payday(today)
    payday.pay_by_two_schedules(tenant)
    first, second = payday.open_periods(tenant)
    assert first.schedule != second.schedule
    assert all(each.start <= today <= each.end for each in (first, second))
    assert first.start.strftime("%A") == "Saturday"
    assert first.start + timedelta(days=7) <= today


def test_with_one_schedule_there_is_one_open_period_until_it_is_run(open_payday: Open) -> None:
    payday, tenant, sandbox = open_payday(date(2026, 11, 24))
    (only,) = payday.open_periods(tenant)
    assert only.to_json() == {
        "pay_schedule_uuid": only.schedule,
        "start_date": "2026-11-14",
        "end_date": "2026-11-27",
    }
    sandbox.admin.run_payroll(tenant.company, only.payroll)
    assert payday.open_periods(tenant) == []


def test_a_submitted_payroll_can_come_back(open_payday: Open) -> None:
    payday, tenant, sandbox = open_payday(date(2026, 11, 24))
    (only,) = payday.open_periods(tenant)
    payday.submit_payroll(tenant, only.payroll)
    payday.reopen_payroll(tenant, only.payroll)
    kept = next(each for each in sandbox.admin.payrolls(tenant.company) if each.uuid == only.payroll)
    assert not kept.is_processed
    assert payday.open_periods(tenant) == [only]


def test_where_no_sync_was_asked_for_there_is_none_to_finish(open_payday: Open) -> None:
    payday, tenant, _ = open_payday(date(2026, 11, 24))
    assert payday.finish_syncs(tenant) == []


def test_where_there_are_no_hours_the_admin_cannot_start_a_sync_either(open_payday: Open) -> None:
    payday, tenant, _ = open_payday(date(2026, 11, 24))
    (only,) = payday.open_periods(tenant)
    payday.start_sync(tenant, only)
    assert payday.list_syncs(tenant) == []
