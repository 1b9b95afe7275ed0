"""What contractors were paid, over HTTP: days, totals, groups, pages; paid and taken back in Gusto."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

TODAY = date(2026, 10, 20)
ALWAYS = {"start_date": "2000-01-01", "end_date": "2100-01-01"}


@pytest.fixture
def gusto(open_gusto: Callable[..., Any]) -> Any:
    return open_gusto(people=12, scopes=("payrolls:read", "contractors:read"))


@pytest.fixture
def token(gusto: Any) -> str:
    return str(gusto.partner())


def path_of(gusto: Any) -> str:
    return f"/v1/companies/{gusto.company}/contractor_payments"


def read(gusto: Any, token: str, **query: Any) -> Any:
    answer = gusto.get(path_of(gusto), token, params={**ALWAYS, **query})
    assert answer.status_code == 200
    return answer.json()


def payments(summary: Any) -> list[Any]:
    return [each for row in summary["contractor_payments"] for each in row["payments"]]


def test_payments_come_by_contractor_newest_first_with_totals_that_add_up(gusto: Any, token: str) -> None:
    summary = read(gusto, token)
    rows = summary["contractor_payments"]
    assert len({each["contractor_uuid"] for each in rows}) == len(rows) >= 3
    for row in rows:
        days = [each["date"] for each in row["payments"]]
        assert days == sorted(days, reverse=True)
        assert {each["contractor_uuid"] for each in row["payments"]} == {row["contractor_uuid"]}
        assert Decimal(row["wage_total"]) == sum(Decimal(each["wage_total"]) for each in row["payments"])
    total = sum(Decimal(each["wage_total"]) for each in rows)
    assert Decimal(summary["total"]["wages"]) == total > 0
    back = sum(Decimal(each["reimbursement_total"]) for each in rows)
    assert Decimal(summary["total"]["reimbursements"]) == back > 0


def test_a_wage_is_hours_by_rate_and_wage_and_bonus(gusto: Any, token: str) -> None:
    kinds = set()
    for each in payments(read(gusto, token)):
        kinds.add(each["wage_type"])
        earned = Decimal(each["hours"]) * Decimal(each["hourly_rate"])
        assert Decimal(each["wage_total"]) == earned + Decimal(each["wage"]) + Decimal(each["bonus"])
    assert kinds == {"Hourly", "Fixed"}


def test_what_lies_ahead_is_unfunded_until_its_day(gusto: Any, token: str) -> None:
    ahead = [each for each in payments(read(gusto, token)) if each["date"] > TODAY.isoformat()]
    assert ahead
    assert {(each["status"], each["may_cancel"]) for each in ahead} == {("Unfunded", True)}
    gusto.admin.move_days(3)
    for each in ahead:
        shown = gusto.get(f"{path_of(gusto)}/{each['uuid']}", token).json()
        assert shown == {**each, "status": "Funded", "may_cancel": False}


def test_days_choose_both_ends_included(gusto: Any, token: str) -> None:
    everything = payments(read(gusto, token))
    day = sorted(each["date"] for each in everything)[4]
    chosen = payments(read(gusto, token, start_date=day, end_date=day))
    assert chosen
    assert sorted(each["uuid"] for each in chosen) == sorted(
        each["uuid"] for each in everything if each["date"] == day
    )
    assert read(gusto, token, start_date="2100-01-01") == {
        "total": {"reimbursements": "0.00", "wages": "0.00"},
        "contractor_payments": [],
    }


def test_a_contractor_chooses_their_own(gusto: Any, token: str) -> None:
    everything = read(gusto, token)
    wanted = everything["contractor_payments"][1]
    chosen = read(gusto, token, contractor_uuid=wanted["contractor_uuid"])
    assert chosen["contractor_payments"] == [wanted]
    assert chosen["total"]["wages"] == wanted["wage_total"]
    assert read(gusto, token, contractor_uuid="nobody")["contractor_payments"] == []


def test_payments_can_come_by_day(gusto: Any, token: str) -> None:
    plain, grouped = read(gusto, token), read(gusto, token, group_by_date="true")
    rows = grouped["contractor_payments"]
    days = [each["check_date"] for each in rows]
    assert days == sorted(days, reverse=True)
    assert len(set(days)) < len(days)
    for row in rows:
        assert {each["date"] for each in row["payments"]} == {row["check_date"]}
    assert grouped["total"] == plain["total"]
    assert sorted(each["uuid"] for each in payments(grouped)) == sorted(
        each["uuid"] for each in payments(plain)
    )


def test_rows_come_in_pages_and_the_totals_are_of_all(gusto: Any, token: str) -> None:
    everything = read(gusto, token)
    page = gusto.get(path_of(gusto), token, params={**ALWAYS, "page": 2, "per": 2})
    assert page.json() == {**everything, "contractor_payments": everything["contractor_payments"][2:4]}
    assert page.headers["x-total-count"] == str(len(everything["contractor_payments"]))


@pytest.mark.parametrize(
    ("query", "key", "category"),
    [
        ({"end_date": "2026-01-01"}, "start_date", "missing_parameter"),
        ({"start_date": "2026-01-01"}, "end_date", "missing_parameter"),
        ({**ALWAYS, "end_date": "soon"}, "end_date", "invalid_parameter"),
        ({**ALWAYS, "start_date": "2026-02-30"}, "start_date", "invalid_parameter"),
    ],
)
def test_both_days_are_required(
    gusto: Any, token: str, query: dict[str, str], key: str, category: str
) -> None:
    refused = gusto.get(path_of(gusto), token, params=query)
    assert refused.status_code == 422
    assert (gusto.error(refused)["error_key"], gusto.error(refused)["category"]) == (key, category)


def test_a_payment_made_and_taken_back_in_gusto_is_seen_and_told(gusto: Any, token: str) -> None:
    hourly = next(
        each for each in gusto.admin.contractors.list(gusto.company) if each["wage_type"] == "Hourly"
    )
    made = gusto.admin.contractors.pay(
        gusto.company,
        hourly["uuid"],
        TODAY + timedelta(days=5),
        hours="10.5",
        bonus="3",
        reimbursement="1.5",
        memo="Fence",
    )
    assert gusto.told()[-1] == ("contractor_payment.created", made)
    shown = gusto.get(f"{path_of(gusto)}/{made}", token).json()
    wage = Decimal(hourly["hourly_rate"]) * Decimal("10.5") + 3
    assert (Decimal(shown["wage_total"]), shown["reimbursement"]) == (wage, "1.50")
    assert (shown["memo"], shown["invoice_number"], shown["status"]) == ("Fence", None, "Unfunded")
    assert made in [each["uuid"] for each in payments(read(gusto, token))]
    gusto.admin.contractors.cancel_payment(gusto.company, made)
    assert gusto.told()[-1] == ("contractor_payment.cancelled", made)
    assert gusto.get(f"{path_of(gusto)}/{made}", token).status_code == 404
    assert made not in [each["uuid"] for each in payments(read(gusto, token))]


def test_other_payments_and_other_companies_are_not_found(gusto: Any, token: str) -> None:
    other = gusto.admin.create_company(people=2)
    foreign = next(iter(gusto.world.companies[other].contractor_payments))
    assert gusto.get(f"{path_of(gusto)}/{foreign}", token).status_code == 404
    assert gusto.get(f"{path_of(gusto)}/nothing", token).status_code == 404
    assert gusto.get(f"/v1/companies/{other}/contractor_payments", token, params=ALWAYS).status_code == 404
    assert gusto.get(path_of(gusto), gusto.partner("contractors:read"), params=ALWAYS).status_code == 403
