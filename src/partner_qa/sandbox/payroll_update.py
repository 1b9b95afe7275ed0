"""What an update of a payroll says of each person: read, judged, and written into their rows.

[D] https://docs.gusto.com/app-integrations/reference/put-v1-companies-company_id-payrolls: a field or an
entry that is left out stays as it is. [O] entries of hours and of fixed pay are known by name and job and
replaced; reimbursements are added by each call, unless their `uuid` is given; an entry without its
`job_uuid` is refused although the contract lets it be absent; names must be spelt exactly.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from partner_qa.model import Json
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.earning_types import list_payable
from partner_qa.sandbox.locking import write
from partner_qa.sandbox.payroll import Payroll, Row
from partner_qa.sandbox.payroll_people import Payee, find_payees
from partner_qa.sandbox.payroll_reckoning import forget, rows_in
from partner_qa.sandbox.payroll_rows import reprice, to_hours_key, to_off_key
from partner_qa.sandbox.payroll_standing import to_item_key
from partner_qa.sandbox.problem import Entry, to_entry, to_nested
from partner_qa.sandbox.time_off_hours import PAY_NAMES
from partner_qa.sandbox.wire import find_number, to_hours, to_money

_PLAIN = ("excluded", "memo", "payment_method", "custom_withholdings")
_OPTIONS = ("withholding_pay_period", "fixed_withholding_rate", "skip_regular_deductions")
_OWNERS_DRAW = "Owner's Draw"  # [D] a fixed compensation that no company lists
_VALUE = "invalid_attribute_value"


class RowForm:
    """One person's part of an update: `row` is theirs as it shall be, `mistakes` why it cannot be.

    `edited` are the entries that were written, which a later prepare leaves alone.
    """

    def __init__(self, company: Company, payroll: Payroll, row: Row, person: Record) -> None:
        self.row: Row = {name: _copy(value) for name, value in row.items()}
        self.mistakes: list[Entry] = []
        self.edited: set[str] = set()
        self._company = company
        self._payroll = payroll
        self._person = person
        self._jobs = frozenset(
            str(job["uuid"]) for job in company.jobs.values() if job["employee_uuid"] == row["employee_uuid"]
        )

    def read(self, item: Mapping[str, Json]) -> None:
        """Read everything that a person's object says."""
        for name in _PLAIN:
            if name in item:
                self._take_plain(name, item[name])
        for name, take in (
            ("hourly_compensations", self._take_hours),
            ("fixed_compensations", self._take_fixed),
            ("paid_time_off", self._take_time_off),
            ("reimbursements", self._take_reimbursement),
            ("deductions", self._take_deduction),
        ):
            for entry in _objects(item.get(name)):
                take(entry)

    def _take_plain(self, name: str, value: Json) -> None:
        has_bank = self._person["payment_method"] == "Direct Deposit"
        if name == "payment_method":
            self.edited.add(name)
            if value == "Direct Deposit" and not has_bank:  # [D] version 2025-11-15; [I] the words
                self.refuse(name, "Employee does not have a bank account for direct deposit.")
                return
        if name == "custom_withholdings" and isinstance(value, dict):
            old = self.row[name]
            value = {**(old if isinstance(old, dict) else {}), **value}
        self.row[name] = value

    def _take_hours(self, entry: Record) -> None:
        if not self._has_job(entry, "hourly_compensations"):
            return
        known = {to_hours_key(each): each for each in rows_in(self.row, "hourly_compensations")}
        key = to_hours_key({"name": None, **entry})
        if key not in known:
            self.refuse("hourly_compensations", f"{entry.get('name')} is not a valid hourly compensation")
            return
        hours = self._read_amount(entry, "hours", "hourly_compensations", "Hours")
        if hours is not None:
            known[key]["hours"] = to_hours(hours)
            self.edited.add(key)

    def _take_fixed(self, entry: Record) -> None:
        if not self._has_job(entry, "fixed_compensations"):
            return
        names = [*list_payable(self._company), _OWNERS_DRAW]
        if self._payroll.is_off_cycle:  # [D] 2025-11-15: only regular payrolls have them apart
            names.append("Reimbursement")
        name = entry.get("name")
        if name not in names:
            self.refuse("fixed_compensations", f"{name} is not a valid fixed compensation")
            return
        amount = self._read_amount(entry, "amount", "fixed_compensations", "Amount")
        if amount is None:
            return
        kept = rows_in(self.row, "fixed_compensations")
        others: list[Json] = [
            each for each in kept if (each["name"], each["job_uuid"]) != (name, entry["job_uuid"])
        ]
        written: Record = {"name": name, "amount": to_money(amount), "job_uuid": entry["job_uuid"]}
        self.row["fixed_compensations"] = [*others, written]

    def _take_time_off(self, entry: Record) -> None:
        known = {str(each["name"]): each for each in rows_in(self.row, "paid_time_off")}
        if ("name" in entry) is ("policy_uuid" in entry):  # [D] one of the two; [I] the words
            self.refuse("paid_time_off", "Pass either name or policy_uuid, and not both")
            return
        policy = self._company.time_off_policies.get(str(entry.get("policy_uuid")), {})
        name = str(entry.get("name") or PAY_NAMES.get(str(policy.get("policy_type")), ""))
        found = known.get(name)
        if found is None:
            self.refuse("paid_time_off", f"{entry.get('name', 'The policy')} is not valid for this employee")
            return
        if "hours" in entry:
            hours = self._read_amount(entry, "hours", "paid_time_off", "Hours")
            if hours is not None:
                found["hours"] = to_hours(hours)
        if "final_payout_unused_hours_input" in entry:
            self._take_payout(found, entry)
        self.edited.add(to_off_key(found))

    def _take_payout(self, found: Record, entry: Record) -> None:
        field = "final_payout_unused_hours_input"
        if entry[field] is None:
            found[field] = None
            return
        hours = self._read_amount(entry, field, "paid_time_off", "Final payout unused hours input")
        if hours is not None:
            found[field] = to_hours(hours)

    def _take_reimbursement(self, entry: Record) -> None:
        amount = self._read_amount(entry, "amount", "reimbursements", "Amount")
        if amount is None:
            return
        kept = rows_in(self.row, "reimbursements")
        if "uuid" not in entry:
            added: Record = {
                "uuid": str(uuid.uuid4()),
                "amount": to_money(amount),
                "description": entry.get("description"),
                "recurring": False,
            }
            self.row["reimbursements"] = [*kept, added]
            return
        found = next((each for each in kept if each["uuid"] == entry["uuid"]), None)
        if found is None:
            self.refuse("reimbursements", "Reimbursement could not be found")
            return
        self.edited.add(to_item_key(found))
        found["amount"] = to_money(amount)
        found["description"] = entry.get("description", found["description"])

    def _take_deduction(self, entry: Record) -> None:
        key = "uuid" if "uuid" in entry else "name"
        found = next((each for each in rows_in(self.row, "deductions") if each[key] == entry.get(key)), None)
        if found is None or not found["updatable_via_payroll"]:
            self.refuse("deductions", "Deduction could not be found")
            return
        self.edited.add(to_item_key(found))
        amount = self._read_amount(entry, "amount", "deductions", "Amount")
        if amount is not None:
            found["amount"] = float(amount)
        found["amount_type"] = entry.get("amount_type", found["amount_type"])

    def _has_job(self, entry: Record, key: str) -> bool:
        if "job_uuid" not in entry:
            self.refuse(key, "Job uuid is required")
        elif entry["job_uuid"] not in self._jobs:
            self.refuse(key, "Job uuid is invalid")
        return entry.get("job_uuid") in self._jobs

    def _read_amount(self, entry: Record, name: str, key: str, word: str) -> Decimal | None:
        number = find_number(entry.get(name))
        if number is None:
            self.refuse(key, f"{word} is not a valid number")
        elif number < 0:
            self.refuse(key, f"{word} must be greater than or equal to 0")
        return number if number is not None and number >= 0 else None

    def refuse(self, key: str, message: str) -> None:
        """Add a row for an entry that is not allowed ([I] the words)."""
        self.mistakes.append(to_entry(key, _VALUE, message))


def find_strangers(company: Company, uuids: Iterable[str]) -> list[Entry]:
    """Return a mistake for each of these who is nobody's employee here. [D] the literal and its metadata."""
    return [
        to_entry(
            "employee_uuids",
            "invalid_parameter",
            "Invalid Employee UUID(s).",
            {"entity_type": "Employee", "entity_uuid": each},
        )
        for each in dict.fromkeys(uuids)
        if each not in company.employees
    ]


def read_update(
    company: Company, payroll: Payroll, items: Sequence[Mapping[str, Json]]
) -> tuple[list[RowForm], list[Entry]]:
    """Return what an update changes and what is wrong with it; every row is on the payroll already.

    [D] mistakes are nested under `employee_compensations` (2025-11-15), with whose they are.
    """
    forms: list[RowForm] = []
    mistakes: list[Entry] = []
    for item in items:
        employee = str(item["employee_uuid"])
        form = RowForm(company, payroll, (payroll.rows or {})[employee], company.employees[employee])
        form.read(item)
        forms.append(form)
        if form.mistakes:
            whose = {"entity_type": "Employee", "entity_uuid": employee}
            mistakes.append(to_nested("employee_compensations", form.mistakes, whose))
    return forms, mistakes


def write_update(
    company: Company, payroll: Payroll, forms: Iterable[RowForm], options: Mapping[str, Json]
) -> None:
    """Write what was read; rows get new versions, and a calculation is out of date [I]."""
    payees = {each.uuid: each for each in find_payees(company, payroll)}
    for form in forms:
        employee = str(form.row["employee_uuid"])
        row = (payroll.rows or {})[employee]
        _reprice(company, payroll, form.row, payees.get(employee))
        write(row, form.row)
        payroll.edited |= {(employee, key) for key in form.edited}
    for name in _OPTIONS:
        if name in options:
            setattr(payroll, name, options[name])
    drop_calculation(payroll)


def drop_calculation(payroll: Payroll) -> None:
    """Take a calculation back: something that it rested on is different."""
    payroll.calculated_at, payroll.status = None, None
    for row in (payroll.rows or {}).values():
        forget(row)


def _reprice(company: Company, payroll: Payroll, row: Row, payee: Payee | None) -> None:
    if payee is not None:  # who has gone since the prepare goes with the next one
        reprice(company, payroll, row, payee)


def _objects(value: Json) -> list[Record]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _copy(value: Json) -> Json:
    if isinstance(value, list):
        return [_copy(each) for each in value]
    return {key: _copy(each) for key, each in value.items()} if isinstance(value, dict) else value
