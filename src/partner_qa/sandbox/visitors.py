"""Who can sign in at the consent page, and which companies they may give access to.

Everybody in a company can sign in; only its primary and full-access admins can connect an application
([D] https://docs.gusto.com/app-integrations/docs/oauth2). Somebody who is such an admin of several
companies, as an accountant is, chooses one of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from partner_qa.sandbox.company import Record
from partner_qa.sandbox.world import World

_GIVES_ACCESS = frozenset({"primary", "full"})
_ROLE = {"primary": "primary admin", "full": "full-access admin", "limited": "limited admin"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody who can sign in; `companies` are those that they may give access to, none for most people."""

    uuid: str
    name: str
    role: str
    companies: tuple[str, ...]


def find_visitor(world: World, uuid: str) -> Visitor | None:
    """Return an admin or an employee of any company by their UUID, or `None`."""
    for company in world.companies.values():
        if uuid in company.admins:
            return _to_admin(world, uuid, company.uuid)
        if uuid in company.employees:
            return _to_employee(company.employees[uuid], company_name(world, company.uuid))
    return None


def find_primary(world: World, company: str) -> Visitor | None:
    """Return the primary admin of a company; `None` where there is no such company, or none in it."""
    found = world.companies.get(company)
    roles = {} if found is None else found.admin_roles
    primary = next((uuid for uuid, role in roles.items() if role == "primary"), None)
    return None if primary is None else _to_admin(world, primary, company)


def list_visitors(world: World) -> tuple[Visitor, ...]:
    """Return whom the page offers to sign in as: every admin once, and one employee of each company.

    Any other employee can sign in too, by their UUID; thousands of names would help nobody.
    """
    admins = {uuid: company.uuid for company in world.companies.values() for uuid in company.admins}
    employees = [
        _to_employee(next(iter(company.employees.values())), company_name(world, company.uuid))
        for company in world.companies.values()
        if company.employees
    ]
    return (*(_to_admin(world, uuid, company) for uuid, company in admins.items()), *employees)


def list_companies(world: World) -> tuple[str, ...]:
    """Return the UUIDs of all companies, oldest first; one that nobody has claimed yet is nobody's [I]."""
    return tuple(each.uuid for each in world.companies.values() if each.is_claimed)


def company_name(world: World, company: str) -> str:
    """Return the name of a company that is there."""
    return str(world.companies[company].profile["name"])


def _to_admin(world: World, uuid: str, company: str) -> Visitor:
    mine = tuple(
        each.uuid
        for each in world.companies.values()
        if each.is_claimed and each.admin_roles.get(uuid) in _GIVES_ACCESS
    )
    found = world.companies[company]
    where = company_name(world, company) if len(mine) < 2 else f"{len(mine)} companies"
    return Visitor(
        uuid=uuid,
        name=_full_name(found.admins[uuid]),
        role=f"{_ROLE[found.admin_roles[uuid]]} of {where}",
        companies=mine,
    )


def _to_employee(record: Record, company: str) -> Visitor:
    return Visitor(
        uuid=str(record["uuid"]), name=_full_name(record), role=f"employee of {company}", companies=()
    )


def _full_name(record: Record) -> str:
    return f"{record['first_name']} {record['last_name']}"
