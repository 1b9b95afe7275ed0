"""What contractors were paid: the list with its totals, and one payment.

An application reads them; they are made and cancelled on Gusto's side. Money is kept to the cent.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.entry_form import find_day
from partner_qa.sandbox.paging import take_page
from partner_qa.sandbox.problem import not_found, unprocessable
from partner_qa.sandbox.wire import to_money
from partner_qa.sandbox.world import World

_PRIVATE = frozenset({"group_uuid"})  # [D] app integrations have no operation for groups of payments


def list_payments(world: World, call: Call) -> Reply:
    """Answer `get-v1-companies-company_id-contractor_payments`: those of some days, newest first.

    [O] both days are required. [I] pages count contractors (or their days), the totals count everything.
    """
    company = world.companies[call.company]
    days = {name: find_day(call.find_query(name)) for name in ("start_date", "end_date")}
    for name, day in days.items():
        if day is None:  # [I] the wording, as for other parameters
            return unprocessable(name, "invalid_parameter", f"Invalid parameter '{name}'.")
    contractor = call.find_query("contractor_uuid")
    chosen = [
        each
        for each in company.contractor_payments.values()
        if str(days["start_date"]) <= str(each["date"]) <= str(days["end_date"])
        and contractor in {None, "", each["contractor_uuid"]}
    ]
    chosen.sort(key=lambda each: str(each["date"]), reverse=True)
    by_date = call.find_query("group_by_date") == "true"
    page = take_page(call, _group(chosen, by_date=by_date))
    rows: list[Json] = [_show_group(world, rows, by_date=by_date) for rows in page.rows]
    total: Json = {
        "reimbursements": _sum(chosen, "reimbursement"),
        "wages": _sum(chosen, "wage_total"),
    }
    return Reply.of(200, {"total": total, "contractor_payments": rows}, headers=page.headers)


def show_payment(world: World, call: Call) -> Reply:
    """Answer `get-v1-companies-company_id-contractor_payment-contractor-payment`."""
    found = world.companies[call.company].contractor_payments.get(call.params["contractor_payment_id"])
    return not_found() if found is None else Reply.of(200, _show(world, found))


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "get-v1-companies-company_id-contractor_payments": list_payments,
        "get-v1-companies-company_id-contractor_payment-contractor-payment": show_payment,
    }
)


def pay(world: World, company: Company, contractor: Record, day: date, given: Mapping[str, Json]) -> Record:
    """Pay a contractor on a day, and return the payment; tells `contractor_payment.created`.

    `given` may hold hours, wage, bonus and reimbursement as texts, and a memo and an invoice number.
    """
    payment = make_payment(contractor, day, str(uuid.uuid4()), str(uuid.uuid4()), given)
    company.contractor_payments[str(payment["uuid"])] = payment
    _tell(world, company, payment, "created")
    return payment


def cancel(world: World, company: Company, payment: Record) -> None:
    """Take back a payment; it is not there any more [I]. Tells `contractor_payment.cancelled`."""
    del company.contractor_payments[str(payment["uuid"])]
    _tell(world, company, payment, "cancelled")


def may_cancel(world: World, payment: Record) -> bool:
    """Whether a payment lies ahead [I]."""
    return str(payment["date"]) > world.today.isoformat()


def make_payment(
    contractor: Record, day: date, payment_uuid: str, group: str, given: Mapping[str, Json]
) -> Record:
    """Return the record of a payment; [D] `wage_total` is hours by rate, and wage, and bonus."""
    hours, rate = Decimal(str(given.get("hours", "0"))), Decimal(str(contractor["hourly_rate"]))
    wage, bonus = (Decimal(str(given.get(name, "0"))) for name in ("wage", "bonus"))
    return {
        "uuid": payment_uuid,
        "group_uuid": group,
        "contractor_uuid": contractor["uuid"],
        "date": day.isoformat(),
        "wage_type": contractor["wage_type"],
        "payment_method": contractor["payment_method"] or "Check",
        "hourly_rate": to_money(rate),
        "hours": to_money(hours),
        "wage": to_money(wage),
        "bonus": to_money(bonus),
        "reimbursement": to_money(Decimal(str(given.get("reimbursement", "0")))),
        "wage_total": to_money(hours * rate + wage + bonus),
        "memo": given.get("memo"),
        "invoice_number": given.get("invoice_number"),
    }


def _group(payments: Iterable[Record], *, by_date: bool) -> list[list[Record]]:
    """Return payments by contractor, or by day and contractor, in the order in which they come."""
    groups: dict[tuple[str, str], list[Record]] = {}
    for each in payments:
        day = str(each["date"]) if by_date else ""
        groups.setdefault((day, str(each["contractor_uuid"])), []).append(each)
    return list(groups.values())


def _show_group(world: World, payments: list[Record], *, by_date: bool) -> Record:
    shown: Record = {"check_date": payments[0]["date"]} if by_date else {}
    return {
        **shown,
        "contractor_uuid": payments[0]["contractor_uuid"],
        "reimbursement_total": _sum(payments, "reimbursement"),
        "wage_total": _sum(payments, "wage_total"),
        "payments": [_show(world, each) for each in payments],
    }


def _sum(payments: Iterable[Record], name: str) -> str:
    return to_money(sum((Decimal(str(each[name])) for each in payments), Decimal(0)))


def _show(world: World, payment: Record) -> Record:
    """Return a payment (schema `Contractor-Payment`); [I] it is funded when its day has come."""
    is_ahead = may_cancel(world, payment)
    shown: Record = {name: value for name, value in payment.items() if name not in _PRIVATE}
    return {**shown, "status": "Unfunded" if is_ahead else "Funded", "may_cancel": is_ahead}


def _tell(world: World, company: Company, payment: Record, what: str) -> None:
    world.events.append(company.uuid, f"contractor_payment.{what}", "ContractorPayment", str(payment["uuid"]))
