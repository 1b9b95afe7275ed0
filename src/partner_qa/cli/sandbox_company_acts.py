"""Acts of `/_sandbox` on a whole company: approval, suspension, its days, its connections, its notices."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import cast

from partner_qa.cli.sandbox_act import Act
from partner_qa.cli.sandbox_order import LAST_DAY, Order, Refused
from partner_qa.model import Json
from partner_qa.sandbox.admin import Admin
from partner_qa.sandbox.company_admin import Mark

_MOST_DAYS = 366


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


def _disconnect(admin: Admin, order: Order) -> Json:
    return {"connections_ended": admin.disconnect(order.company)}


def _expire_tokens(admin: Admin, order: Order) -> Json:
    return {"tokens_expired": admin.expire_tokens(order.company)}


def _remove_scope(admin: Admin, order: Order) -> Json:
    left: list[Json] = list(admin.remove_scope(order.text("scope")))
    return {"scopes_of_new_connections": left}


def _notify(admin: Admin, order: Order) -> Json:
    given = {name: order.text(name) for name in ("title", "message") if name in order.fields}
    return {"notification": admin.notify(order.company, **given)}


def _resolve_notification(admin: Admin, order: Order) -> Json:
    admin.resolve_notification(order.company, order.text("notification"))
    return {"resolved": order.text("notification")}


COMPANY_ACTS: Mapping[str, Act] = MappingProxyType(
    {
        "approve_company": Act(fields="", do=_approve),
        "disconnect": Act(fields="", do=_disconnect),
        "expire_tokens": Act(fields="", do=_expire_tokens),
        "mark_company": Act(fields="as", do=_mark),
        "move_days": Act(fields="days", do=_move_days),
        "notify": Act(fields="title? message?", do=_notify),
        "onboard_company": Act(fields="", do=_onboard_company),
        "question_approval": Act(fields="", do=_question_approval),
        "refuse_approval": Act(fields="", do=_refuse_approval),
        "remove_scope": Act(fields="scope", do=_remove_scope),
        "resolve_notification": Act(fields="notification", do=_resolve_notification),
        "suspend": Act(fields="from?", do=_suspend),
        "tell_event": Act(fields="event_type entity?", do=_tell_event),
        "unsuspend": Act(fields="", do=_unsuspend),
    }
)
