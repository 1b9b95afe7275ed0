"""Which employees a list asks for, and in which order: the query of get-v1-companies-company_id-employees.

[D] the parameters and what they choose. A parameter that cannot be read counts as absent; a value that fits
nobody gives an empty list ([O] unknown values of Gusto's filters give `200 []`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from partner_qa.sandbox.call import Call
from partner_qa.sandbox.company import Record
from partner_qa.sandbox.employee_record import People, is_leaving, is_terminated
from partner_qa.sandbox.payroll_rows import rows_of

INCLUDES = frozenset(
    {
        "all_compensations",
        "all_home_addresses",
        "company_name",
        "current_home_address",
        "custom_fields",
        "portal_invitations",
    }
)
_FLAGS: Mapping[str, Callable[[Record, People], bool]] = MappingProxyType(
    {
        "onboarded": lambda record, _: bool(record["onboarded"]),
        "onboarded_active": lambda record, people: (
            bool(record["onboarded"]) and not is_terminated(record, people.work)
        ),
        "terminated": lambda record, people: is_leaving(record, people.work),
        "terminated_today": lambda record, people: is_terminated(record, people.work),
    }
)


def read_list(call: Call, name: str) -> frozenset[str] | None:
    """Return the entries of an array parameter, or `None` where it is not sent.

    The entries may be comma-joined, repeated, or named `name[]`.
    """
    texts = [value for key, value in call.query if key.removesuffix("[]") == name]
    if not texts:
        return None
    return frozenset(part.strip() for text in texts for part in text.split(",") if part.strip())


def read_include(call: Call) -> frozenset[str]:
    """Return what a call wants included; [O] an unknown token is dropped silently."""
    return (read_list(call, "include") or frozenset()) & INCLUDES


def choose(call: Call, people: People) -> list[Record]:
    """Return the employees that a list asks for, in its order; without one in the order of creation."""
    rows = list(people.company.employees.values())
    for name, holds in _FLAGS.items():
        wanted = {"true": True, "false": False}.get(call.find_query(name) or "")
        if wanted is not None:
            rows = [row for row in rows if holds(row, people) is wanted]
    uuids = read_list(call, "uuids")
    if uuids is not None:
        rows = [row for row in rows if row["uuid"] in uuids]
    location = call.find_query("location_uuid")
    if location:
        rows = [row for row in rows if _works_at(row, people, location)]
    payroll_uuid = call.find_query("payroll_uuid")
    if payroll_uuid:
        payroll = people.company.payrolls.get(payroll_uuid)
        on_it = {} if payroll is None else rows_of(people.company, payroll)
        rows = [row for row in rows if row["uuid"] in on_it]
    term = (call.find_query("search_term") or "").strip()
    if term:
        # [I] `sort_by` does not go together with a search ([D]); it is left out then, not refused
        return [row for row in rows if _is_called(row, term)]
    return _sort(rows, call.find_query("sort_by") or "")


def _works_at(record: Record, people: People, location: str) -> bool:
    """Whether a place is where somebody works ([D] "primary work location")."""
    return people.work.workplaces.get(str(record["uuid"])) == location


def _is_called(record: Record, term: str) -> bool:
    """Whether every word of a search is in somebody's name; case does not count [I]."""
    names = (record["first_name"], record["preferred_first_name"], record["last_name"])
    name = " ".join(str(each) for each in names if each).casefold()
    return all(word in name for word in term.casefold().split())


def _sort(rows: Sequence[Record], sort_by: str) -> list[Record]:
    """Sort by `field[:asc|desc]`, the first field counting most; [I] a name is sorted by its last part."""
    kept = list(enumerate(rows))
    for part in reversed(sort_by.split(",")):
        name, _, direction = part.strip().partition(":")
        key = _KEYS.get(name)
        if key is not None:
            kept.sort(key=key, reverse=direction == "desc")
    return [row for _, row in kept]


# each takes a row with its place in the order of creation
_KEYS: Mapping[str, Callable[[tuple[int, Record]], tuple[int | str, ...]]] = MappingProxyType(
    {
        "created_at": lambda each: (each[0],),
        "name": lambda each: (str(each[1]["last_name"]).casefold(), str(each[1]["first_name"]).casefold()),
        "onboarding_status": lambda each: (str(each[1]["onboarding_status"] or ""),),
    }
)
