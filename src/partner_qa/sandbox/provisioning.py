"""A partner founds a company at Gusto for a customer of its own, who then claims the account.

[D] https://docs.gusto.com/app-integrations/reference/post-v1-provision: a new company, a new user who is its
primary payroll admin, a welcome e-mail, and a URL to which the partner sends the user. The company's UUID is
not in the answer: it comes with the connection. [I] until the account is claimed nobody can connect it.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlencode

from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.consent import render_page
from partner_qa.sandbox.employees import is_mail
from partner_qa.sandbox.locking import fresh_version
from partner_qa.sandbox.own_address import find_base
from partner_qa.sandbox.problem import Entry, refuse, to_entry, unprocessable
from partner_qa.sandbox.wire import to_time
from partner_qa.sandbox.world import World

_PATH = "/claim_account"
_LINES = ("street_1", "city", "state", "zip")


def provision_company(world: World, call: Call) -> Reply:
    """Answer `post-v1-provision`.

    [D] "Invalid email address."; [O] an e-mail that somebody has at Gusto already is refused with 422
    (https://gusto.com/about/bd/company-provisioning), [I] in the words of a duplicate.
    """
    user, details = (_object(call.object().get(name)) for name in ("user", "company"))
    blanks = _find_blanks({"user": (user, ("first_name", "last_name")), "company": (details, ("name",))})
    if blanks:
        return refuse(422, blanks)
    email = str(user["email"]).strip()
    if not is_mail(email):
        return unprocessable("base", "invalid_attribute_value", "Invalid email address.")
    if email.casefold() in _list_known(world):
        message = "A resource with these attributes already exists."  # [D] the literal of the category
        return unprocessable("base", "duplicate_operation", message)
    company = _found(world, {**user, "email": email}, details)
    world.companies[company.uuid] = company
    query = urlencode({"token": company.claim_token})
    return Reply.of(201, {"account_claim_url": f"{find_base(call)}{_PATH}?{query}"})


def claim_account(world: World, call: Call) -> Reply:
    """Answer the page to which a user of a new company is sent; whoever has the URL claims the account.

    [I] the page, and that the URL is good for the first visit and says so afterwards.
    """
    token = call.find_query("token") or ""
    company = next((each for each in world.companies.values() if _fits(each, token)), None)
    if company is None:
        message = "This link cannot be used. Begin again where you came from."
        return render_page(404, "claimed.html", heading="No such account", message=message)
    name, partner = company.profile["name"], world.grants.application.name
    is_first = not company.is_claimed
    company.is_claimed = True
    world.touch(company.uuid)
    message = f"{name} is set up at Gusto. Go back to {partner} and connect it."
    heading = "Your account is ready" if is_first else "Your account was claimed already"
    return render_page(200, "claimed.html", heading=heading, message=message)


OPERATIONS: Mapping[str, Handler] = MappingProxyType({"post-v1-provision": provision_company})
PAGES: Mapping[tuple[str, str], Handler] = MappingProxyType({("GET", _PATH): claim_account})


def _object(given: Json) -> Record:
    return given if isinstance(given, dict) else {}


def _find_blanks(parts: Mapping[str, tuple[Record, tuple[str, ...]]]) -> list[Entry]:
    """Return a row for each name that is blank ([I] the wording; the gate has seen that all were sent)."""
    return [
        to_entry(
            f"{part}.{name}", "invalid_attribute_value", f"{name.replace('_', ' ').capitalize()} is required"
        )
        for part, (given, names) in parts.items()
        for name in names
        if not str(given.get(name, "")).strip()
    ]


def _list_known(world: World) -> frozenset[str]:
    """Return the private e-mail addresses of everybody who can sign in at Gusto."""
    return frozenset(
        str(person["email"]).casefold()
        for company in world.companies.values()
        for table in (company.admins, company.employees, company.contractors)
        for person in table.values()
        if person["email"]
    )


def _found(world: World, user: Record, details: Record) -> Company:
    """Return a new company: an admin, the places that were named, and nobody who works there."""
    company = Company(uuid=str(uuid.uuid4()), profile={})
    company.claim_token, company.is_claimed = secrets.token_urlsafe(24), False
    admin = str(uuid.uuid4())
    names: Record = {name: str(user[name]).strip() for name in ("first_name", "last_name", "email")}
    company.admins[admin] = {"uuid": admin, **names, "phone": user.get("phone")}
    company.admin_roles[admin] = "primary"
    company.profile = {
        "uuid": company.uuid,
        "name": str(details["name"]).strip(),
        "trade_name": details.get("trade_name"),
        **({"ein": details["ein"]} if details.get("ein") else {}),
        "entity_type": None,
        "company_status": "Not Approved",
        "tier": None,
        "is_suspended": False,
        "is_partner_managed": False,
        "is_high_risk_business": False,
        "is_marijuana_business": False,
        "contractor_only": False,
        "slug": f"company-{secrets.token_hex(4)}",
        "join_date": None,
        "funding_type": None,
        "pay_schedule_type": None,
        "primary_signatory": None,
        "compensations": {"hourly": [], "fixed": [], "paid_time_off": []},
    }
    given = details.get("addresses")
    for row in given if isinstance(given, list) else []:
        _open(world, company, _object(row))
    return company


def _open(world: World, company: Company, row: Record) -> None:
    """Open a place that was named; [I] one without all of its lines is not kept."""
    if not all(isinstance(row.get(name), str) and str(row[name]).strip() for name in _LINES):
        return
    is_first = not company.locations
    now = to_time(world.now())
    location: Record = {
        "uuid": str(uuid.uuid4()),
        "version": fresh_version(),
        "company_uuid": company.uuid,
        "phone_number": row.get("phone") or "",
        **{name: str(row[name]).strip() for name in _LINES},
        "street_2": row.get("street_2") or None,
        "country": "USA",
        "filing_address": is_first,
        "mailing_address": is_first,
        "active": True,
        "inactive": False,
        "warnings": [],
        "created_at": now,
        "updated_at": now,
    }
    company.locations[str(location["uuid"])] = location


def _fits(company: Company, token: str) -> bool:
    return bool(company.claim_token) and secrets.compare_digest(company.claim_token.encode(), token.encode())
