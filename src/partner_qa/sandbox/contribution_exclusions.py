"""Which earnings a 401(k) leaves out of account: read and write contribution exclusions.

[D] https://docs.gusto.com/app-integrations/reference/put-v1-company_benefits-company_benefit_id-contribution_exclusions:
they are for 401(k) and Roth 401(k) alone. [I] the earnings are what the company's payrolls pay: hours, time
off and earning types; at first none is excluded. What is excluded counts for no percentage of that benefit.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from partner_qa.sandbox.benefit_types import K401S, type_of
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.dice import Dice
from partner_qa.sandbox.earning_types import list_payable
from partner_qa.sandbox.payroll_reckoning import MULTIPLES, NOT_WAGES
from partner_qa.sandbox.problem import not_found, unprocessable
from partner_qa.sandbox.time_off_hours import PAY_NAMES
from partner_qa.sandbox.world import World


def list_exclusions(world: World, call: Call) -> Reply:
    """Answer `get-v1-company_benefits-company_benefit_id-contribution_exclusions`.

    [I] 404 for other kinds.
    """
    company = world.companies[call.company]
    benefit = _find(company, call)
    return not_found() if benefit is None else Reply.of(200, list(_show(company, benefit)))


def update_exclusions(world: World, call: Call) -> Reply:
    """Answer `put-v1-company_benefits-company_benefit_id-contribution_exclusions`.

    [I] what is not sent stays as it is; an earning that the company has not is refused and nothing written.
    [I] it is a change of the company benefit: `company_benefit.updated`, but not another version.
    """
    company = world.companies[call.company]
    benefit = _find(company, call)
    if benefit is None:
        return not_found()
    key = str(benefit["uuid"])
    names = {
        str(each["contribution_uuid"]): str(each["contribution_type"]) for each in _show(company, benefit)
    }
    excluded = set(company.contribution_exclusions.get(key, ()))
    given = call.object().get("contribution_exclusions")
    for row in given if isinstance(given, list) else []:
        name = names.get(str(row["contribution_uuid"])) if isinstance(row, dict) else None
        if name is None or not isinstance(row, dict):
            message = "Contribution exclusions must be contribution types of the company"  # [I] the wording
            return unprocessable("contribution_exclusions", "invalid_attribute_value", message)
        (excluded.add if row["excluded"] is True else excluded.discard)(name)
    company.contribution_exclusions[key] = frozenset(excluded)
    world.events.append(company.uuid, "company_benefit.updated", "CompanyBenefit", key)
    return Reply.of(200, list(_show(company, benefit)))


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "get-v1-company_benefits-company_benefit_id-contribution_exclusions": list_exclusions,
        "put-v1-company_benefits-company_benefit_id-contribution_exclusions": update_exclusions,
    }
)


def _find(company: Company, call: Call) -> Record | None:
    found = company.company_benefits.get(call.params["company_benefit_id"])
    return found if found is not None and type_of(found).number in K401S else None


def _show(company: Company, benefit: Record) -> list[Record]:
    """Return every earning and whether it is excluded; `contribution_type` is the name that payrolls use."""
    excluded = company.contribution_exclusions.get(str(benefit["uuid"]), frozenset())
    fixed = [name for name in list_payable(company) if name not in NOT_WAGES]
    return [
        {
            "contribution_uuid": Dice("contribution", company.uuid, name).uuid(),
            "contribution_type": name,
            "excluded": name in excluded,
        }
        for name in sorted({*MULTIPLES, *PAY_NAMES.values(), *fixed})
    ]
