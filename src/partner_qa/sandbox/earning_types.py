"""What a company pays beside hours: list, create, rename and deactivate earning types.

The default ones are Gusto's, the same names as in the company's `compensations.fixed`; custom ones are kept
here, and an active one can be paid by a payroll. [D] https://docs.gusto.com/app-integrations/reference.
No event is told of them: Gusto names none.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.problem import not_found, unprocessable
from partner_qa.sandbox.world import World


def list_earning_types(world: World, call: Call) -> Reply:
    """Answer `get-v1-companies-company_id-earning_types`; [I] those that were deactivated are listed too.

    [I] for a default one nothing says whether it is `active`: it always is.
    """
    company = world.companies[call.company]
    default: list[Json] = [dict(each) for each in list_defaults(company)]
    custom: list[Json] = [dict(each) for each in company.earning_types.values()]
    return Reply.of(200, {"default": default, "custom": custom})


def create_earning_type(world: World, call: Call) -> Reply:
    """Answer `post-v1-companies-company_id-earning_types`.

    [D] the name of one that was deactivated makes it active again.
    """
    company = world.companies[call.company]
    name = str(call.object()["name"]).strip()
    sleeping = next(
        (each for each in company.earning_types.values() if _is_named(each, name) and not each["active"]),
        None,
    )
    if sleeping is not None:
        sleeping.update({"active": True, "name": name})
        return Reply.of(201, sleeping)
    refusal = _find_refusal(company, name, None)
    if refusal is not None:
        return refusal
    created: Record = {"uuid": str(uuid.uuid4()), "name": name, "active": True}
    company.earning_types[str(created["uuid"])] = created
    return Reply.of(201, created)


def update_earning_type(world: World, call: Call) -> Reply:
    """Answer `put-v1-companies-company_id-earning_types-earning_type_uuid`; without a name nothing changes.

    [I] a default one cannot be renamed, and is not found here.
    """
    company = world.companies[call.company]
    found = company.earning_types.get(call.params["earning_type_uuid"])
    if found is None:
        return not_found()
    given = call.object().get("name")
    if given is not None:
        name = str(given).strip()
        refusal = _find_refusal(company, name, found)
        if refusal is not None:
            return refusal
        found["name"] = name
    return Reply.of(200, found)


def deactivate_earning_type(world: World, call: Call) -> Reply:
    """Answer `delete-v1-companies-company_id-earning_types-earning_type_uuid`: it is kept, and inactive [D].

    [I] again is as good as once; a default one is not found.
    """
    found = world.companies[call.company].earning_types.get(call.params["earning_type_uuid"])
    if found is None:
        return not_found()
    found["active"] = False
    return Reply(status=204)


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "get-v1-companies-company_id-earning_types": list_earning_types,
        "post-v1-companies-company_id-earning_types": create_earning_type,
        "put-v1-companies-company_id-earning_types-earning_type_uuid": update_earning_type,
        "delete-v1-companies-company_id-earning_types-earning_type_uuid": deactivate_earning_type,
    }
)


def list_defaults(company: Company) -> list[Record]:
    """Return Gusto's own earning types; one without a UUID (a reimbursement) is none [D] required."""
    pay = company.profile["compensations"]
    fixed = pay["fixed"] if isinstance(pay, dict) else []
    rows = [each for each in fixed if isinstance(each, dict)] if isinstance(fixed, list) else []
    return [{"uuid": each["uuid"], "name": each["name"]} for each in rows if each["uuid"] is not None]


def list_payable(company: Company) -> list[str]:
    """Return the names that a payroll can pay as a fixed compensation, Gusto's own first."""
    own = [str(each["name"]) for each in list_defaults(company)]
    return own + [str(each["name"]) for each in company.earning_types.values() if each["active"]]


def _find_refusal(company: Company, name: str, own: Record | None) -> Reply | None:
    """Return why an earning type cannot be called so, or `None`. [D] literals; [I] case does not count."""
    if not name:
        return unprocessable("name", "invalid_attribute_value", "Name is required")
    others = [*list_defaults(company), *company.earning_types.values()]
    if any(_is_named(each, name) for each in others if each is not own):
        return unprocessable("name", "invalid_attribute_value", f"There is already an earning called {name}")
    return None


def _is_named(earning_type: Record, name: str) -> bool:
    return str(earning_type["name"]).casefold() == name.casefold()
