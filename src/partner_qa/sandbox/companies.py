"""A company's own record, its custom fields, and the one thing about it that can be written.

Companies are founded by `POST /v1/provision` (provisioning.py) or on Gusto's side (population.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.paging import take_page
from partner_qa.sandbox.problem import unprocessable
from partner_qa.sandbox.visibility import COMPANY, hides, leave_out
from partner_qa.sandbox.world import World

_ADDRESS = ("street_1", "street_2", "city", "state", "zip", "country", "active", "inactive")
_ADMIN = ("first_name", "last_name", "email", "phone")


def show_company(world: World, call: Call) -> Reply:
    """Answer `get-v1-companies`."""
    return Reply.of(200, _to_json(world.companies[call.company], call))


def update_company(world: World, call: Call) -> Reply:
    """Answer `put-v1-companies`: only `contractor_only` can be written [D], and only as `false`.

    [D] the literals. Tells `company.updated`.
    """
    company = world.companies[call.company]
    wanted = call.object().get("contractor_only")
    if not isinstance(wanted, bool):
        return unprocessable("base", "missing_parameter", "contractor_only is required.")
    if wanted:
        return unprocessable(
            "contractor_only",
            "invalid_attribute_value",
            "Contractor only cannot be enabled for existing companies.",
        )
    company.profile["contractor_only"] = wanted
    world.events.append(company.uuid, "company.updated", "Company", company.uuid)
    return Reply.of(200, _to_json(company, call))


def list_custom_fields(world: World, call: Call) -> Reply:
    """Answer `get-v1-companies-company_id-custom_fields`: an object that holds the page [D]."""
    page = take_page(call, list(world.companies[call.company].custom_fields.values()))
    return Reply.of(200, {"custom_fields": list(page.rows)}, headers=page.headers)


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "get-v1-companies": show_company,
        "put-v1-companies": update_company,
        "get-v1-companies-company_id-custom_fields": list_custom_fields,
    }
)


def to_company(company: Company) -> Record:
    """Return a company (schema `Company`) as it is now: its profile, its places, its primary admin.

    [I] while it is suspended its `company_status` is so too.
    """
    shown: Record = {**company.profile, "locations": _list_addresses(company, list(company.locations))}
    if company.profile["is_suspended"]:
        shown["company_status"] = "Suspended"
    primary = next((uuid for uuid, role in company.admin_roles.items() if role == "primary"), None)
    if primary is not None:
        shown["primary_payroll_admin"] = {name: company.admins[primary][name] for name in _ADMIN}
    return shown


def _to_json(company: Company, call: Call) -> Record:
    """Return a company as a grant may see it.

    [D] operation get-v1-companies: without employees:read the signatory's `home_address` and all locations
    but those of work are left out. [I] a location of work is one where somebody works.
    """
    shown = leave_out(call, to_company(company), COMPANY)
    if not hides(call, "employees:read"):
        return shown
    staffed = {each["location_uuid"] for each in company.work_addresses.values()}
    shown["locations"] = _list_addresses(company, [uuid for uuid in company.locations if uuid in staffed])
    signatory = shown.get("primary_signatory")
    if isinstance(signatory, dict):
        shown["primary_signatory"] = {
            name: value for name, value in signatory.items() if name != "home_address"
        }
    return shown


def _list_addresses(company: Company, uuids: list[str]) -> list[Json]:
    """Return locations as the company's record shows them (schema `Company-Address`)."""
    return [{name: company.locations[uuid][name] for name in _ADDRESS} for uuid in uuids]
