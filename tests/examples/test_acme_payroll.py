"""Acme Time adds its part to a payroll that others write into, once, whatever goes wrong on the way."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from acme_time.payroll_plan import make_plan
from acme_time.payrolls import Prepared
from acme_time.shares import Line, Share
from paydays import JOB, TinyPayroll, abouts, begin, contribute, send_expenses


@pytest.fixture
def acme(bench: Any) -> Any:
    return bench.make()


@pytest.fixture
def payroll(bench: Any, acme: Any) -> TinyPayroll:
    return begin(bench, acme)


def test_a_lost_answer_is_not_added_again(bench: Any, acme: Any, payroll: TinyPayroll) -> None:
    payroll.loses = 1
    contribute(bench, acme, "200.00")
    assert payroll.bonus == "350.00"
    contribute(bench, acme, "10.00")
    assert payroll.bonus == "160.00"


def test_a_calculation_that_stands_is_not_taken_back(bench: Any, acme: Any, payroll: TinyPayroll) -> None:
    contribute(bench, acme, "200.00")
    payroll.is_calculated = True
    contribute(bench, acme, "200.00")
    assert payroll.prepares == 1
    assert payroll.is_calculated


def test_who_is_not_on_the_payroll_is_left_out_and_named(bench: Any, acme: Any, payroll: TinyPayroll) -> None:
    status = contribute(bench, acme, "200.00", "hill-2")
    assert status["status"] == "done"
    assert abouts(acme) >= {"excluded"}


def test_an_expense_has_one_line_through_changes_and_withdrawal(
    bench: Any, acme: Any, payroll: TinyPayroll
) -> None:
    send_expenses(bench, acme, e1="42.50")
    send_expenses(bench, acme, e1="42.50")
    assert payroll.back() == ["20.00", "42.50"]
    send_expenses(bench, acme, e1="45.10", e2="1.00")
    assert payroll.back() == ["20.00", "45.10", "1.00"]
    send_expenses(bench, acme, e2="1.00")
    assert payroll.back() == ["20.00", "0.00", "1.00"]


def test_an_expense_whose_answer_was_lost_is_found_again(bench: Any, acme: Any, payroll: TinyPayroll) -> None:
    payroll.loses = 1
    send_expenses(bench, acme, e1="42.50")
    assert payroll.back() == ["20.00", "42.50"]


def test_a_line_that_the_admin_took_away_is_not_brought_back(
    bench: Any, acme: Any, payroll: TinyPayroll
) -> None:
    send_expenses(bench, acme, e1="42.50")
    payroll.rows["hill-0"]["reimbursements"].pop()
    send_expenses(bench, acme, e1="45.10")
    assert payroll.back() == ["20.00"]
    assert "excluded" in abouts(acme)


LINE = Line(employee="hill-0", is_hours=False, job=JOB, name="Bonus")


@pytest.mark.parametrize(
    ("share", "value", "own"),
    [
        (Share(), "150.00", "0"),
        (Share(amount=Decimal(200), total=Decimal(350)), "350.00", "200"),
        (Share(amount=Decimal(200), total=Decimal(350)), "100.00", "100"),
        (Share(next_amount=Decimal(200), next_total=Decimal(350)), "350.00", "200"),
        (Share(next_amount=Decimal(200), next_total=Decimal(350)), "150.00", "0"),
    ],
)
def test_what_of_a_line_is_ours(share: Share, value: str, own: str) -> None:
    assert share.find_own(Decimal(value)) == Decimal(own)


def test_a_line_no_longer_wanted_is_taken_back_to_what_others_put_there() -> None:
    rows = {"hill-0": TinyPayroll("350.00").rows["hill-0"]}
    shares = {LINE: Share(amount=Decimal(200), total=Decimal(350))}
    plan = make_plan(Prepared(rows=rows, fixed_names=["Bonus"]), {}, shares)
    assert plan.items[0]["fixed_compensations"][0]["amount"] == "150.00"


def test_names_are_sent_as_gusto_spells_them_and_unknown_ones_left_out() -> None:
    rows = {"hill-0": TinyPayroll("0.00").rows["hill-0"]}
    wanted = {
        ("hill-0", False, "bonus", None): Decimal("0.10"),
        ("hill-0", True, "regular hours", None): Decimal("37.125"),
        ("hill-0", True, "Overtime", None): Decimal(1),
    }
    plan = make_plan(Prepared(rows=rows, fixed_names=["Bonus"]), wanted, {})
    (item,) = plan.items
    assert item["fixed_compensations"] == [{"name": "Bonus", "job_uuid": JOB, "amount": "0.10"}]
    assert item["hourly_compensations"] == [{"name": "Regular Hours", "job_uuid": JOB, "hours": "37.125"}]
    assert plan.left_out == {"hill-0"}
