"""Where the money of contractors goes: payment methods and bank accounts.

[D] https://docs.gusto.com/app-integrations/reference/get-v1-companies-company_id-contractors-payment_details
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.problem import not_found, unprocessable
from partner_qa.sandbox.world import World

_NUMBERS = "contractor_payment_methods:read:account_numbers"


def list_payment_details(world: World, call: Call) -> Reply:
    """Answer `get-v1-companies-company_id-contractors-payment_details`: of all who can be paid, or of some.

    [D] category of the refusal of both filters at once; [I] that they do not go together (as for
    employees), and that an unknown contractor or group of payments is not found.
    """
    company = world.companies[call.company]
    contractor = call.find_query("contractor_uuid")
    group = call.find_query("contractor_payment_group_uuid")
    if contractor and group:
        return unprocessable(
            "base",
            "invalid_request_error",
            "Only one of contractor_uuid and contractor_payment_group_uuid can be given.",
        )
    if contractor and contractor not in company.contractors:
        return not_found()
    in_group = {each["contractor_uuid"] for each in _list_group(company, group)}
    if group and not in_group:
        return not_found()
    rows = [
        each
        for each in company.contractors.values()
        if each["payment_method"] is not None
        and (not contractor or each["uuid"] == contractor)
        and (not group or each["uuid"] in in_group)
    ]
    return Reply.of(200, [_show(company, call, each) for each in rows])


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {"get-v1-companies-company_id-contractors-payment_details": list_payment_details}
)


def _list_group(company: Company, group: str | None) -> list[Record]:
    return [each for each in company.contractor_payments.values() if each["group_uuid"] == group]


def _show(company: Company, call: Call, contractor: Record) -> Record:
    """Return one row; [I] a business has no first and last name, which may not be null.

    [D] the account number comes masked, and encrypted only for whoever has the scope for it.
    """
    method = contractor["payment_method"]
    accounts = company.contractor_accounts.get(str(contractor["uuid"]), []) if method != "Check" else []
    shown: Record = {"contractor_uuid": contractor["uuid"]}
    if contractor["type"] == "Individual":
        shown |= {name: contractor[name] for name in ("first_name", "last_name")}
    splits: list[Json] = [
        {name: value for name, value in each.items() if name != "encrypted_account_number"}
        if not call.sees(_NUMBERS)
        else each
        for each in accounts
    ]
    is_percentage = sum(each["split_amount"] == 100 for each in accounts) == 1
    split_by = None if not splits else "Percentage" if is_percentage else "Amount"
    return {**shown, "payment_method": method, "split_by": split_by, "splits": splits or None}
