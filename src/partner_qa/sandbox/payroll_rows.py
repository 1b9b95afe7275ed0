"""The rows of a payroll: made and refreshed as it is prepared, and for the past when somebody first looks.

[D] https://docs.gusto.com/app-integrations/reference/put-v1-companies-company_id-payrolls-payroll_id-prepare.
A row's version is another one only where the row is ([I]: so a prepare does not spoil what another client
has just read).
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from partner_qa.model import Json
from partner_qa.sandbox.benefit_reckoning import reckon_benefits, take_benefits
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.dice import Dice
from partner_qa.sandbox.locking import fresh_version
from partner_qa.sandbox.pay_calendar import PER_YEAR
from partner_qa.sandbox.payroll import Payroll, Row
from partner_qa.sandbox.payroll_people import Payee, find_payees
from partner_qa.sandbox.payroll_reckoning import FULL_YEAR, MULTIPLES, calculate, forget, price, rows_in
from partner_qa.sandbox.payroll_standing import Standing, to_item_key
from partner_qa.sandbox.time_off_hours import PAY_NAMES, list_types, sum_approved
from partner_qa.sandbox.wire import to_hours, to_money

_KEPT = ("excluded", "memo", "fixed_compensations", "custom_withholdings")


def prepare_rows(company: Company, payroll: Payroll) -> bool:
    """Bring the rows of an unprocessed payroll up to date; say whether anything is different.

    [D] people who have become eligible are added, others removed, and a calculation is dropped. What an
    update or a sync wrote stays.
    """
    before, standing = payroll.rows or {}, Standing.of(company, payroll)
    rows: dict[str, Row] = {}
    for payee in find_payees(company, payroll):
        row = _make_row(company, payroll, payee, standing)
        _keep_written(payroll, row, before.get(payee.uuid))
        reprice(company, payroll, row, payee)
        old = before.get(payee.uuid)
        if old is not None:
            forget(old)
            row["version"] = old["version"]
        rows[payee.uuid] = row if row == old else {**row, "version": fresh_version()}
    is_changed = payroll.rows != rows or payroll.calculated_at is not None
    payroll.rows, payroll.calculated_at, payroll.status = rows, None, None
    return is_changed


def rows_of(company: Company, payroll: Payroll) -> dict[str, Row]:
    """Return the rows of a payroll, none where it was never prepared.

    Those of the past are made of the company as it was when the sandbox began, whatever was written since.
    """
    if payroll.rows is None and payroll.is_seeded and company.founding is not None:
        payroll.rows = _make_past_rows(company.founding, payroll)
        note_compensations(company.founding, payroll)
    return payroll.rows or {}


def reprice(company: Company, payroll: Payroll, row: Row, payee: Payee) -> None:
    """Put amounts to the hours of a row."""
    price(row, payee.pays, str(payee.jobs[0]["uuid"]), _full_hours(company, payroll))


def is_paid(company: Company, compensation: Record) -> bool:
    """Whether a compensation was processed on a payroll."""
    for payroll in company.payrolls.values():
        if (
            payroll.is_processed
            and rows_of(company, payroll)
            and compensation["uuid"] in payroll.compensations
        ):
            return True
    return False


def note_compensations(company: Company, payroll: Payroll) -> None:
    """Keep in mind which compensations a payroll pays, as it is processed."""
    payroll.compensations = frozenset(
        str(pay["uuid"]) for payee in find_payees(company, payroll) for pay in payee.pays.values()
    )


def note_benefits(company: Company, payroll: Payroll) -> None:
    """Keep in mind which company benefits a payroll has items of, as it is processed."""
    payroll.benefits = frozenset(
        str(each["company_benefit_uuid"])
        for row in rows_of(company, payroll).values()
        for each in rows_in(row, "benefits")
    )


def _full_hours(company: Company, payroll: Payroll) -> Decimal:
    """Return the hours of a whole period, rounded as they are shown."""
    schedule = company.pay_schedules.get(payroll.schedule or "")
    per_year = 26 if schedule is None else PER_YEAR[str(schedule["frequency"])]
    return Decimal(to_hours(Decimal(FULL_YEAR) / per_year))


def _make_row(company: Company, payroll: Payroll, payee: Payee, standing: Standing) -> Row:
    hourly: list[Json] = [
        {"name": name, "hours": to_hours(hours), "amount": "0.00", "job_uuid": job["uuid"]}
        for job in payee.jobs
        for name, hours in _usual_hours(company, payroll, payee, job)
    ]
    off: list[Json] = [
        {
            "name": PAY_NAMES[kind],
            "hours": to_hours(
                sum_approved(company, payee.uuid, kind, payroll.start, payroll.end)
                if payroll.schedule is not None
                else Decimal(0)
            ),
            "amount": "0.00",
            "final_payout_unused_hours_input": None,
        }
        for kind in list_types(company, payee.uuid)
    ]
    return {
        "employee_uuid": payee.uuid,
        "version": "",
        "excluded": False,
        "payment_method": payee.record["payment_method"],
        "memo": None,
        "gross_pay": None,
        "net_pay": None,
        "check_amount": None,
        "hourly_compensations": hourly,
        "fixed_compensations": [],
        "paid_time_off": off,
        "reimbursements": standing.list_reimbursements(payee.uuid),
        "deductions": standing.list_deductions(payee.uuid),
        "custom_withholdings": {"federal": None, "state": []},
    }


def _usual_hours(company: Company, payroll: Payroll, payee: Payee, job: Record) -> list[tuple[str, Decimal]]:
    """Return what a job is paid for before anybody says otherwise: a salary, or no hours yet.

    [I] of a period in which somebody came or went, a salary is paid for the working days between.
    """
    pay = payee.pays.get(str(job["uuid"]))
    if pay is None:
        return [("Regular Hours", Decimal(0))]
    hours = Decimal(0)
    if pay["payment_unit"] in {"Week", "Month", "Year"} and payroll.schedule is not None:
        hired = date.fromisoformat(str(job["hire_date"]))
        first, last = max(payroll.start, hired), min(payroll.end, payee.last_day or payroll.end)
        whole = _count_working_days(payroll.start, payroll.end)
        hours = _full_hours(company, payroll) * _count_working_days(first, last) / whole
    kinds = tuple(MULTIPLES) if "Nonexempt" in str(pay["flsa_status"]) else ("Regular Hours",)
    return [(kind, hours if kind == "Regular Hours" else Decimal(0)) for kind in kinds]


def _count_working_days(first: date, last: date) -> int:
    days = (last - first).days + 1
    return sum((first + timedelta(days=each)).weekday() < 5 for each in range(days))


def _keep_written(payroll: Payroll, row: Row, old: Row | None) -> None:
    """Put into a new row what somebody wrote into the one before."""
    if old is None:
        return
    employee = str(row["employee_uuid"])
    row.update({name: old[name] for name in _KEPT})
    if (employee, "payment_method") in payroll.edited:
        row["payment_method"] = old["payment_method"]
    for name, key in (("hourly_compensations", to_hours_key), ("paid_time_off", to_off_key)):
        known = {key(each): each for each in rows_in(old, name)}
        for each in rows_in(row, name):
            if (employee, key(each)) in payroll.edited and key(each) in known:
                each["hours"] = known[key(each)]["hours"]
                if name == "paid_time_off":
                    field = "final_payout_unused_hours_input"
                    each[field] = known[key(each)][field]

    for name, field in (("reimbursements", "description"), ("deductions", "amount_type")):
        known = {to_item_key(each): each for each in rows_in(old, name)}
        for each in rows_in(row, name):
            if (employee, to_item_key(each)) in payroll.edited and to_item_key(each) in known:
                each |= {what: known[to_item_key(each)][what] for what in ("amount", field)}
    once: list[Json] = [each for each in rows_in(old, "reimbursements") if not each["recurring"]]
    row["reimbursements"] = [*rows_in(row, "reimbursements"), *once]


def to_hours_key(entry: Record) -> str:
    """Return by what an entry of worked hours is known: its job and its name [D]."""
    return f"{entry['job_uuid']} {entry['name']}"


def to_off_key(entry: Record) -> str:
    """Return by what an entry of time off is known: its name [D]."""
    return f"off {entry['name']}"


def _make_past_rows(founding: Company, payroll: Payroll) -> dict[str, Row]:
    """Return the rows of a payroll of the past, calculated; [I] who worked how much is chance."""
    dice, standing = Dice("rows", payroll.uuid), Standing.of(founding, payroll)
    rows: dict[str, Row] = {}
    for payee in find_payees(founding, payroll):
        row = {**_make_row(founding, payroll, payee, standing), "version": dice.hexadecimal(32)}
        if payroll.is_off_cycle:
            job, amount = payee.jobs[0]["uuid"], Decimal(100 + 25 * dice.roll(40))
            row["fixed_compensations"] = [{"name": "Bonus", "amount": to_money(amount), "job_uuid": job}]
        elif not payee.is_salaried:
            _work(row, dice)
        reprice(founding, payroll, row, payee)
        rows[payee.uuid] = row
    take_benefits(founding, payroll, rows)
    for row in rows.values():
        reckon_benefits(row)
        calculate(row)
    return rows


def _work(row: Row, dice: Dice) -> None:
    entries = rows_in(row, "hourly_compensations")
    share = max(1, sum(each["name"] == "Regular Hours" for each in entries))
    for each in entries:
        if each["name"] == "Regular Hours":
            each["hours"] = to_hours(Decimal(64 + dice.roll(65) / 4) / share)
        elif each["name"] == "Overtime" and dice.happens(3):
            each["hours"] = to_hours(Decimal(dice.roll(24) + 1) / 4)
