"""Which action reads a list of a company from Gusto, where a scenario wants one and does not care which.

What becomes of an expired token, of a 429 or of a 500 shows with any list. Most integrations read people; one
that keeps books reads contractors or payrolls instead, and is judged by that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from partner_qa.contract.names import LIST_CONTRACTORS, LIST_EMPLOYEES, LIST_PAYROLLS
from partner_qa.model import Action, Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An action, the operation of the list that it reads first, and how to see what is held of it.

    `path` is the list's; `uuid` names what identifies a row of it. `observation` shows `rows`, each with the
    same UUID as `held_as`.
    """

    action: Action
    operation: str
    path: str
    uuid: str
    observation: Observation
    rows: str
    held_as: str


PEOPLE = Reading(
    action=Action.SYNC_PEOPLE,
    operation=LIST_EMPLOYEES,
    path="/v1/companies/{company}/employees",
    uuid="uuid",
    observation=Observation.PEOPLE,
    rows="people",
    held_as="gusto_uuid",
)
READINGS = (
    PEOPLE,
    Reading(
        action=Action.LIST_CONTRACTORS,
        operation=LIST_CONTRACTORS,
        path="/v1/companies/{company}/contractors",
        uuid="uuid",
        observation=Observation.CONTRACTORS,
        rows="contractors",
        held_as="gusto_uuid",
    ),
    Reading(
        action=Action.POST_JOURNAL,
        operation=LIST_PAYROLLS,
        path="/v1/companies/{company}/payrolls",
        uuid="payroll_uuid",
        observation=Observation.JOURNAL,
        rows="entries",
        held_as="payroll_uuid",
    ),
)


def find_reading(offers: Callable[[Action], bool]) -> Reading | None:
    """Return the first reading whose action is offered, people before anything else, or `None`."""
    return next((each for each in READINGS if offers(each.action)), None)


def require_reading(action: str) -> Reading:
    """Return the reading of an action, by its name; people where it is none that reads a list."""
    return next((each for each in READINGS if each.action == action), PEOPLE)
