"""The acts of `/_sandbox`: for each route the fields it takes and what an admin does with them.

Each is a line or two over `sandbox/admin.py` and its desks, and returns what somebody wants to see next. What
takes an operation (a salary) is in sandbox_control.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, cast

from partner_qa.cli.sandbox_order import LAST_DAY, Order, Refused
from partner_qa.model import Json
from partner_qa.sandbox.admin import Admin
from partner_qa.sandbox.company_admin import Mark
from partner_qa.sandbox.pay_schedules import Assignment
from partner_qa.sandbox.payroll import REASONS

_MOST_DAYS = 366
_MOST_LOCKS = 1000
_MOST_PEOPLE = 1000
_MOST_SECONDS = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One route: `fields` are the names it takes, those that may be left out with a question mark."""

    fields: str
    do: Callable[[Admin, Order], Json]


def list_names(fields: str) -> list[str]:
    """Return the names of the fields of an act, and `company`, which every act takes."""
    return [*(each.rstrip("?") for each in fields.replace("|", " ").split()), "company"]


# -- companies ---------------------------------------------------------------------------------------


def _suspend(admin: Admin, order: Order) -> Json:
    admin.company_desk.suspend(order.company, start=order.find_day("from"))
    return {"suspended": order.company}


def _unsuspend(admin: Admin, order: Order) -> Json:
    admin.company_desk.lift_suspension(order.company)
    return {"unsuspended": order.company}


def _approve(admin: Admin, order: Order) -> Json:
    admin.company_desk.approve(order.company)
    return {"approved": order.company}


def _refuse_approval(admin: Admin, order: Order) -> Json:
    admin.company_desk.refuse_approval(order.company)
    return {"not_approved": order.company}


def _question_approval(admin: Admin, order: Order) -> Json:
    admin.company_desk.question_approval(order.company)
    return {"needs_approval": order.company}


def _onboard_company(admin: Admin, order: Order) -> Json:
    admin.company_desk.finish_onboarding(order.company)
    return {"onboarded": order.company}


def _mark(admin: Admin, order: Order) -> Json:
    mark = cast("Mark", order.one_of("as", "high_risk", "marijuana"))
    admin.company_desk.mark(order.company, mark)
    return {"marked": mark}


def _tell_event(admin: Admin, order: Order) -> Json:
    event = admin.company_desk.tell(order.company, order.text("event_type"), order.find_text("entity"))
    return {"event": event}


def _move_days(admin: Admin, order: Order) -> Json:
    days = order.number("days", _MOST_DAYS)
    if (LAST_DAY - admin.today).days < days:
        raise Refused(422, f"days leads past {LAST_DAY}; the sandbox is at {admin.today}")
    admin.move_days(days)
    return {"today": admin.today.isoformat()}


# -- access ------------------------------------------------------------------------------------------


def _disconnect(admin: Admin, order: Order) -> Json:
    return {"connections_ended": admin.disconnect(order.company)}


def _expire_tokens(admin: Admin, order: Order) -> Json:
    return {"tokens_expired": admin.expire_tokens(order.company)}


def _remove_scope(admin: Admin, order: Order) -> Json:
    left: list[Json] = list(admin.remove_scope(order.text("scope")))
    return {"scopes_of_new_connections": left}


# -- people ------------------------------------------------------------------------------------------


def _add_people(admin: Admin, order: Order) -> Json:
    """All at once: a sandbox in a file is written for one act as for one person."""
    begun = len(admin.people(order.company)) + 1
    made: list[Json] = [
        admin.add_employee(
            order.company,
            first_name="Added",
            last_name=f"Person {number}",
            email=f"added.{number}@people.example",
            date_of_birth="1990-01-31",
        )
        for number in range(begun, begun + order.number("count", _MOST_PEOPLE))
    ]
    return {"added": made}


def _dismiss(admin: Admin, order: Order) -> Json:
    if order.is_contractor():
        admin.contractors.dismiss(order.company, order.text("contractor"), order.day("last_day"))
        return {"dismissed": order.text("contractor")}
    admin.dismiss(order.company, order.text("employee"), order.day("last_day"))
    return {"dismissed": order.text("employee")}


def _cancel_dismissal(admin: Admin, order: Order) -> Json:
    if order.is_contractor():
        admin.contractors.cancel_dismissal(order.company, order.text("contractor"))
        return {"stays": order.text("contractor")}
    admin.cancel_dismissal(order.company, order.text("employee"))
    return {"stays": order.text("employee")}


def _rehire(admin: Admin, order: Order) -> Json:
    if order.is_contractor():
        admin.contractors.rehire(order.company, order.text("contractor"), order.day("first_day"))
        return {"rehired": order.text("contractor")}
    admin.rehire(order.company, order.text("employee"), order.day("first_day"))
    return {"rehired": order.text("employee")}


def _cancel_rehire(admin: Admin, order: Order) -> Json:
    admin.contractors.cancel_rehire(order.company, order.text("contractor"))
    return {"stays_away": order.text("contractor")}


def _complete_self_onboarding(admin: Admin, order: Order) -> Json:
    if order.is_contractor():
        admin.contractors.complete_self_onboarding(order.company, order.text("contractor"))
        return {"completed": order.text("contractor")}
    admin.onboarding_desk.complete_self_onboarding(order.company, order.text("employee"))
    return {"completed": order.text("employee")}


def _finish_onboarding(admin: Admin, order: Order) -> Json:
    if order.is_contractor():
        admin.contractors.finish(order.company, order.text("contractor"))
        return {"onboarded": order.text("contractor")}
    job: dict[str, str] = {"title": order.text("title")} if "title" in order.fields else {}
    job |= {"rate": order.money("rate")} if "rate" in order.fields else {}
    admin.onboarding_desk.finish(order.company, order.text("employee"), **job)
    return {"onboarded": order.text("employee")}


def _delete_contractor(admin: Admin, order: Order) -> Json:
    admin.contractors.delete(order.company, order.text("contractor"))
    return {"deleted": order.text("contractor")}


def _request_time_off(admin: Admin, order: Order) -> Json:
    days = {order.day("day"): order.hours("hours", 8)}
    return {"request": admin.request_time_off(order.company, order.text("employee"), days)}


def _approve_time_off(admin: Admin, order: Order) -> Json:
    admin.approve_time_off(order.company, order.text("request"))
    return {"approved": order.text("request")}


def _decline_time_off(admin: Admin, order: Order) -> Json:
    admin.decline_time_off(order.company, order.text("request"))
    return {"declined": order.text("request")}


def _delete_time_off(admin: Admin, order: Order) -> Json:
    admin.delete_time_off(order.company, order.text("request"))
    return {"deleted": order.text("request")}


def _set_time_sheet_status(admin: Admin, order: Order) -> Json:
    status = cast(
        "Literal['pending', 'approved', 'rejected']",
        order.one_of("status", "pending", "approved", "rejected"),
    )
    admin.set_time_sheet_status(order.company, order.text("time_sheet"), status)
    return {order.text("time_sheet"): status}


# -- money -------------------------------------------------------------------------------------------


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


# -- notifications -----------------------------------------------------------------------------------


def _notify(admin: Admin, order: Order) -> Json:
    given = {name: order.text(name) for name in ("title", "message") if name in order.fields}
    return {"notification": admin.notify(order.company, **given)}


def _resolve_notification(admin: Admin, order: Order) -> Json:
    admin.resolve_notification(order.company, order.text("notification"))
    return {"resolved": order.text("notification")}


_WHO = "employee|contractor"

ACTS: Mapping[str, Act] = MappingProxyType(
    {
        "add_bank_account": Act(fields="owner", do=_add_bank_account),
        "add_people": Act(fields="count", do=_add_people),
        "approve_company": Act(fields="", do=_approve),
        "approve_time_off": Act(fields="request", do=_approve_time_off),
        "assign_pay_schedules": Act(fields="kind", do=_assign_pay_schedules),
        "calculate_payroll": Act(fields="payroll?", do=_calculate_payroll),
        "cancel_contractor_payment": Act(fields="payment", do=_cancel_contractor_payment),
        "cancel_dismissal": Act(fields=_WHO, do=_cancel_dismissal),
        "cancel_payroll": Act(fields="payroll", do=_cancel_payroll),
        "cancel_rehire": Act(fields="contractor", do=_cancel_rehire),
        "change_bank_account": Act(fields="owner bank_account", do=_change_bank_account),
        "change_pay_schedule": Act(fields="pay_schedule name", do=_change_pay_schedule),
        "complete_self_onboarding": Act(fields=_WHO, do=_complete_self_onboarding),
        "create_payroll": Act(fields="start end reason? employees?", do=_create_payroll),
        "decline_time_off": Act(fields="request", do=_decline_time_off),
        "delay_report": Act(fields="payroll seconds", do=_delay_report),
        "delete_contractor": Act(fields="contractor", do=_delete_contractor),
        "delete_payroll": Act(fields="payroll", do=_delete_payroll),
        "delete_time_off": Act(fields="request", do=_delete_time_off),
        "disconnect": Act(fields="", do=_disconnect),
        "dismiss": Act(fields=f"{_WHO} last_day", do=_dismiss),
        "expire_tokens": Act(fields="", do=_expire_tokens),
        "fail_payroll": Act(fields="payroll?", do=_fail_payroll),
        "fail_report": Act(fields="payroll", do=_fail_report),
        "finish_onboarding": Act(fields=f"{_WHO} title? rate?", do=_finish_onboarding),
        "list_bank_accounts": Act(fields="owner", do=_list_bank_accounts),
        "lock_payroll": Act(fields="payroll? requests?", do=_lock_payroll),
        "mark_company": Act(fields="as", do=_mark),
        "move_days": Act(fields="days", do=_move_days),
        "notify": Act(fields="title? message?", do=_notify),
        "onboard_company": Act(fields="", do=_onboard_company),
        "pay_contractor": Act(fields="contractor day wage", do=_pay_contractor),
        "question_approval": Act(fields="", do=_question_approval),
        "refuse_approval": Act(fields="", do=_refuse_approval),
        "rehire": Act(fields=f"{_WHO} first_day", do=_rehire),
        "remove_bank_account": Act(fields="owner bank_account", do=_remove_bank_account),
        "remove_scope": Act(fields="scope", do=_remove_scope),
        "request_time_off": Act(fields="employee day hours?", do=_request_time_off),
        "resolve_notification": Act(fields="notification", do=_resolve_notification),
        "reverse_payroll": Act(fields="payroll employees?", do=_reverse_payroll),
        "run_payroll": Act(fields="payroll?", do=_run_payroll),
        "set_time_sheet_status": Act(fields="time_sheet status", do=_set_time_sheet_status),
        "submit_payroll": Act(fields="payroll?", do=_submit_payroll),
        "suspend": Act(fields="from?", do=_suspend),
        "tell_event": Act(fields="event_type entity?", do=_tell_event),
        "unsuspend": Act(fields="", do=_unsuspend),
        "verify_bank_account": Act(fields="bank_account", do=_verify_bank_account),
    }
)
