"""Every time that somebody was at the company: the history of their employments."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Record
from partner_qa.sandbox.employment import STATUSES, Employment, Spell
from partner_qa.sandbox.problem import not_found
from partner_qa.sandbox.world import World

# The published schema knows neither `seasonal` nor `not_set`, but "seasonal - not_set": for these two there
# is no right word, so none is said [I].
_WORDS = frozenset({"part_time", "full_time", "part_time_eligible", "variable"})


def list_employments(world: World, call: Call) -> Reply:
    """Answer `get-v1-employees-employee_id-employment_history`: oldest first [I], scheduled ones too [I]."""
    company = world.companies[call.company]
    record = company.employees.get(call.params["employee_id"])
    if record is None:
        return not_found()
    found = Employment.of(company, record, world.today)
    spells = found.list_spells()
    begun = [each for each in spells if each.hired <= found.today]
    present = begun[-1] if begun else next(iter(spells), None)
    return Reply.of(200, [_show(each, record if each is present else {}) for each in spells])


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {"get-v1-employees-employee_id-employment_history": list_employments}
)


def _show(spell: Spell, record: Record) -> Record:
    """Return one employment (schema `Employment-History-List`); `record` is empty for all but the present.

    [I] the first hire was reported to the state, and of former employments no status is kept.
    """
    rehire = spell.rehire or {}
    shown: Record = {
        "hire_date": spell.hired,
        "termination_date": spell.last_day,
        "file_new_hire_report": rehire.get("file_new_hire_report", True),
        "two_percent_shareholder": bool(
            record.get("two_percent_shareholder", rehire.get("two_percent_shareholder", False))
        ),
    }
    status = _find_word(record["current_employment_status"]) if record else rehire.get("employment_status")
    if status in _WORDS:
        shown["employment_status"] = status
    return shown


def _find_word(status: Json) -> str | None:
    return next((word for word, meaning in STATUSES.items() if meaning == status), None)
