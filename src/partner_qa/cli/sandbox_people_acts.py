"""Acts of `/_sandbox` on those who work: coming, going, onboarding, time off and time sheets."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, cast

from partner_qa.cli.sandbox_act import Act
from partner_qa.cli.sandbox_order import Order
from partner_qa.model import Json
from partner_qa.sandbox.admin import Admin

_MOST_PEOPLE = 1000
_WHO = "employee|contractor"


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


PEOPLE_ACTS: Mapping[str, Act] = MappingProxyType(
    {
        "add_people": Act(fields="count", do=_add_people),
        "approve_time_off": Act(fields="request", do=_approve_time_off),
        "cancel_dismissal": Act(fields=_WHO, do=_cancel_dismissal),
        "cancel_rehire": Act(fields="contractor", do=_cancel_rehire),
        "complete_self_onboarding": Act(fields=_WHO, do=_complete_self_onboarding),
        "decline_time_off": Act(fields="request", do=_decline_time_off),
        "delete_contractor": Act(fields="contractor", do=_delete_contractor),
        "delete_time_off": Act(fields="request", do=_delete_time_off),
        "dismiss": Act(fields=f"{_WHO} last_day", do=_dismiss),
        "finish_onboarding": Act(fields=f"{_WHO} title? rate?", do=_finish_onboarding),
        "rehire": Act(fields=f"{_WHO} first_day", do=_rehire),
        "request_time_off": Act(fields="employee day hours?", do=_request_time_off),
        "set_time_sheet_status": Act(fields="time_sheet status", do=_set_time_sheet_status),
    }
)
