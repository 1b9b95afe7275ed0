"""Acts of `/_sandbox` on money: payrolls, their reports and schedules, payments, bank accounts."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import cast

from partner_qa.cli.sandbox_act import Act
from partner_qa.cli.sandbox_order import Order, Refused
from partner_qa.model import Json
from partner_qa.sandbox.admin import Admin
from partner_qa.sandbox.pay_schedules import Assignment
from partner_qa.sandbox.payroll import REASONS

_MOST_DAYS = 366
_MOST_LOCKS = 1000
_MOST_SECONDS = 86_400


def _payroll(admin: Admin, order: Order) -> str:
    """Return the payroll that an order names; without one that is next to run."""
    given = order.find_text("payroll")
    return admin.next_payroll(order.company) if given is None else given


def _calculate_payroll(admin: Admin, order: Order) -> Json:
    payroll = _payroll(admin, order)
    admin.calculate_payroll(order.company, payroll)
    return {"calculated": payroll}


def _submit_payroll(admin: Admin, order: Order) -> Json:
    payroll = _payroll(admin, order)
    admin.submit_payroll(order.company, payroll)
    return {"submitted": payroll}


def _run_payroll(admin: Admin, order: Order) -> Json:
    payroll = _payroll(admin, order)
    admin.run_payroll(order.company, payroll)
    return {"processed": payroll}


def _fail_payroll(admin: Admin, order: Order) -> Json:
    payroll = _payroll(admin, order)
    admin.fail_payroll(order.company, payroll)
    return {"failed": payroll}


def _delay_report(admin: Admin, order: Order) -> Json:
    payroll, seconds = _known_payroll(admin, order), order.number("seconds", _MOST_SECONDS)
    admin.ledgers.let_next_report_take(order.company, payroll, seconds)
    return {"next_report_of": payroll, "takes_seconds": seconds}


def _fail_report(admin: Admin, order: Order) -> Json:
    payroll = _known_payroll(admin, order)
    admin.ledgers.let_report_fail(order.company, payroll)
    return {"reports_fail_of": payroll}


def _known_payroll(admin: Admin, order: Order) -> str:
    """Return the payroll that an order names, where the company has it."""
    payroll = order.text("payroll")
    if all(each.uuid != payroll for each in admin.payrolls(order.company)):
        raise Refused(422, f"the company has no payroll {payroll[:60]}")
    return payroll


def _cancel_payroll(admin: Admin, order: Order) -> Json:
    admin.cancel_payroll(order.company, order.text("payroll"))
    return {"cancelled": order.text("payroll")}


def _reverse_payroll(admin: Admin, order: Order) -> Json:
    people = order.texts("employees")
    return {"reversal": admin.payroll_desk.reverse(order.company, order.text("payroll"), people)}


def _lock_payroll(admin: Admin, order: Order) -> Json:
    payroll, requests = _payroll(admin, order), order.number("requests", _MOST_LOCKS, 1)
    admin.payroll_desk.lock(order.company, payroll, requests)
    return {"locked": payroll, "requests": requests}


def _create_payroll(admin: Admin, order: Order) -> Json:
    start, end = order.day("start"), order.day("end")
    if not 0 <= (end - start).days <= _MOST_DAYS:
        raise Refused(400, f"end lies before start, or more than {_MOST_DAYS} days after it")
    reason = order.one_of("reason", *REASONS) if "reason" in order.fields else "Bonus"
    people = order.texts("employees")
    made = admin.create_off_cycle_payroll(order.company, reason=reason, start=start, end=end, people=people)
    return {"payroll": made}


def _delete_payroll(admin: Admin, order: Order) -> Json:
    admin.payroll_desk.delete(order.company, order.text("payroll"))
    return {"deleted": order.text("payroll")}


def _assign_pay_schedules(admin: Admin, order: Order) -> Json:
    kinds = ("single", "hourly_salaried", "by_employee", "by_department")
    admin.assign_pay_schedules(order.company, cast("Assignment", order.one_of("kind", *kinds)))
    return {"assigned": order.text("kind")}


def _change_pay_schedule(admin: Admin, order: Order) -> Json:
    changed = admin.change_pay_schedule(
        order.company, order.text("pay_schedule"), custom_name=order.text("name")
    )
    return {"changed": changed["uuid"]}


def _pay_contractor(admin: Admin, order: Order) -> Json:
    contractor, day = order.text("contractor"), order.day("day")
    return {"payment": admin.contractors.pay(order.company, contractor, day, wage=order.money("wage"))}


def _cancel_contractor_payment(admin: Admin, order: Order) -> Json:
    admin.contractors.cancel_payment(order.company, order.text("payment"))
    return {"cancelled": order.text("payment")}


def _list_bank_accounts(admin: Admin, order: Order) -> Json:
    return {"bank_accounts": list(admin.bank_desk.list(order.company, order.text("owner")))}


def _add_bank_account(admin: Admin, order: Order) -> Json:
    return {"bank_account": admin.bank_desk.add(order.company, order.text("owner"))}


def _change_bank_account(admin: Admin, order: Order) -> Json:
    admin.bank_desk.change(order.company, order.text("owner"), order.text("bank_account"))
    return {"changed": order.text("bank_account")}


def _verify_bank_account(admin: Admin, order: Order) -> Json:
    admin.bank_desk.verify(order.company, order.text("bank_account"))
    return {"verified": order.text("bank_account")}


def _remove_bank_account(admin: Admin, order: Order) -> Json:
    admin.bank_desk.remove(order.company, order.text("owner"), order.text("bank_account"))
    return {"removed": order.text("bank_account")}


PAYROLL_ACTS: Mapping[str, Act] = MappingProxyType(
    {
        "add_bank_account": Act(fields="owner", do=_add_bank_account),
        "assign_pay_schedules": Act(fields="kind", do=_assign_pay_schedules),
        "calculate_payroll": Act(fields="payroll?", do=_calculate_payroll),
        "cancel_contractor_payment": Act(fields="payment", do=_cancel_contractor_payment),
        "cancel_payroll": Act(fields="payroll", do=_cancel_payroll),
        "change_bank_account": Act(fields="owner bank_account", do=_change_bank_account),
        "change_pay_schedule": Act(fields="pay_schedule name", do=_change_pay_schedule),
        "create_payroll": Act(fields="start end reason? employees?", do=_create_payroll),
        "delay_report": Act(fields="payroll seconds", do=_delay_report),
        "delete_payroll": Act(fields="payroll", do=_delete_payroll),
        "fail_payroll": Act(fields="payroll?", do=_fail_payroll),
        "fail_report": Act(fields="payroll", do=_fail_report),
        "list_bank_accounts": Act(fields="owner", do=_list_bank_accounts),
        "lock_payroll": Act(fields="payroll? requests?", do=_lock_payroll),
        "pay_contractor": Act(fields="contractor day wage", do=_pay_contractor),
        "remove_bank_account": Act(fields="owner bank_account", do=_remove_bank_account),
        "reverse_payroll": Act(fields="payroll employees?", do=_reverse_payroll),
        "run_payroll": Act(fields="payroll?", do=_run_payroll),
        "submit_payroll": Act(fields="payroll?", do=_submit_payroll),
        "verify_bank_account": Act(fields="bank_account", do=_verify_bank_account),
    }
)
