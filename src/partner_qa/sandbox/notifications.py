"""What Gusto wants somebody at a company to do or to know: the list of notifications.

Applications read them; they come and go on Gusto's side. [D] fields, categories and an example:
https://docs.gusto.com/embedded-payroll/changelog/added-fields-to-get-a-notifications-details. [I] the names
of the events, `notification.created` and `notification.resolved`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.dice import Dice
from partner_qa.sandbox.paging import reply_with_page
from partner_qa.sandbox.wire import to_time
from partner_qa.sandbox.world import World


def list_notifications(world: World, call: Call) -> Reply:
    """Answer `get-company-notifications`: all, or those of a `status`; the newest first [I].

    [O] an unknown status is that of none.
    """
    rows = [_show(world, each) for each in world.companies[call.company].notifications.values()]
    wanted = call.find_query("status")
    chosen = [each for each in reversed(rows) if wanted in {None, "", each["status"]}]
    return reply_with_page(call, chosen, lambda row: row)


OPERATIONS: Mapping[str, Handler] = MappingProxyType({"get-company-notifications": list_notifications})


def notify(world: World, company: Company, given: Mapping[str, Json]) -> Record:
    """Add a notification and return it; tells `notification.created`.

    `given` stands instead of a plain one: title, message, category, due_at (ISO 8601), resources …
    """
    notification: Record = {
        "uuid": str(uuid.uuid4()),
        "company_uuid": company.uuid,
        "title": "Action required",
        "message": "Sign in to Gusto to see what is missing.",
        "category": "information_request",
        "status": "open",
        "actionable": True,
        "can_block_payroll": False,
        "published_at": to_time(world.now()),
        "due_at": None,
        "template_variables": {},
        "resources": [],
        **given,
    }
    company.notifications[str(notification["uuid"])] = notification
    _tell(world, company, notification, "created")
    return notification


def resolve(world: World, company: Company, notification: Record) -> None:
    """Let a notification be dealt with; tells `notification.resolved`."""
    notification["status"] = "resolved"
    _tell(world, company, notification, "resolved")


def settle_notifications(company: Company, *, anchor: date, dice: Dice) -> None:
    """Give a company whose people are there one notification that is open, one dealt with, one expired."""
    people = [each for each in company.employees.values() if each["has_ssn"]]
    if not people:
        return
    rows: Iterable[tuple[str, str, str, int, int | None]] = (
        ("year_round_tax_accuracy", "Review last year's forms", "expired", -200, -170),
        ("company_setup.pay_schedule", "Confirm your pay schedule", "resolved", -60, None),
        ("invalid_ssn", "Action required: a Social Security number does not match", "open", -5, 25),
    )
    for category, title, status, published, due in rows:
        name = f"{people[0]['first_name']} {people[0]['last_name']}"
        is_personal = category == "invalid_ssn"
        notification: Record = {
            "uuid": dice.uuid(),
            "company_uuid": company.uuid,
            "title": title,
            "message": f"Ask {name} to check it." if is_personal else "Sign in to Gusto to see more.",
            "category": category,
            "status": status,
            "actionable": is_personal,
            "can_block_payroll": False,
            "published_at": f"{anchor + timedelta(days=published)}T16:00:00Z",
            "due_at": None if due is None else f"{anchor + timedelta(days=due)}T16:00:00Z",
            "template_variables": {"employee_name": name} if is_personal else {},
            "resources": [{"entity_type": "Employee", "entity_uuid": people[0]["uuid"]}]
            if is_personal
            else [],
        }
        company.notifications[str(notification["uuid"])] = notification


def _show(world: World, notification: Record) -> Record:
    """Return a notification (schema `Notification`); [I] an open one expires after the day it was due."""
    due = notification["due_at"]
    is_late = due is not None and str(due)[:10] < world.today.isoformat()
    status = "expired" if notification["status"] == "open" and is_late else notification["status"]
    return {**notification, "status": status}


def _tell(world: World, company: Company, notification: Record, what: str) -> None:
    world.events.append(company.uuid, f"notification.{what}", "Notification", str(notification["uuid"]))
