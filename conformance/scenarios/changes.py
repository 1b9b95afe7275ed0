"""Gusto changes while it is read: people come and go between two pages of the list."""

from __future__ import annotations

from partner_qa.contract.names import LIST_EMPLOYEES
from partner_qa.driving.stage import Stage
from partner_qa.model import Action, Observation, Tenant
from partner_qa.recorder.faults import Fault, delay, force_pages
from partner_qa.suite import scenario

_PER_PAGE = 4
_NAMES = (
    *("Abel", "Bruno", "Clara", "Doris", "Emil", "Frieda", "Georg"),
    *("Hanna", "Ida", "Jakob", "Klara", "Lotte", "Moritz", "Nora"),
)


@scenario(
    title="People change while they are read",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
    observes=(Observation.PEOPLE, Observation.MATCHES, Observation.NOTICES),
)
def people_change_while_read(stage: Stage) -> None:
    """People are deleted and hired in Gusto while the integration is between two pages of the list.

    1. In Gusto there is a company of 14 people; lists come in pages of at most 4 (forced). The first two and
       the last two, by name as by age of the record, are still being onboarded. Put the second and the fifth
       into the integration, and connect the company.
    2. Sync people for the first time. When the second page is asked for, hold the request, delete the first
       and the last person in Gusto, and let it go. Confirm the matches where the integration asks for it.
       Look at people and matches.
    3. Sync again, and in the same way delete those who are now the first and the last. Look at people,
       matches and notices.
    4. Sync again, and in the same way begin to hire somebody whose name comes before all others. Look at the
       people.
    5. Sync once more, with nothing in between. Look at the people.
    """
    tenant = stage.tenant(roster=[_person(name) for name in _NAMES])
    uuids = stage.gusto.roster(tenant)
    stage.gusto.set_onboarded(tenant, [*uuids[:2], *uuids[-2:]], onboarded=False)
    ours = [{"id": f"person-{_NAMES[each]}", **_person(_NAMES[each])} for each in (1, 4)]
    stage.act_where_possible(Action.SET_PEOPLE, tenant, {"people": ours})
    stage.connect(tenant)
    with stage.window("imported"):
        _sync_while_deleting(stage, tenant, [uuids[0], uuids[-1]])
        _look(stage, tenant)
    stage.confirm_proposals(tenant)
    with stage.window("before"):
        stage.observe_where_possible(Observation.MATCHES, tenant)
    with stage.window("removed"):
        _sync_while_deleting(stage, tenant, [uuids[1], uuids[-2]])
        _look(stage, tenant)
    stage.note("removed_people", [uuids[each] for each in (0, 1, -2, -1)])
    with stage.window("added"):
        held = _hold_second_page(stage, tenant)
        with stage.acting(Action.SYNC_PEOPLE, tenant, since=held):
            stage.note("added_people", [stage.gusto.begin_hire(tenant, **_person("Aaron"))])
            stage.lift(held)
        stage.observe_where_possible(Observation.PEOPLE, tenant)
    stage.lift_faults()
    with stage.window("afterwards"):
        stage.act(Action.SYNC_PEOPLE, tenant)
        stage.observe_where_possible(Observation.PEOPLE, tenant)
    stage.gusto.audit(tenant, "/v1/companies/{company}/employees")


def _sync_while_deleting(stage: Stage, tenant: Tenant, people: list[str]) -> None:
    held = _hold_second_page(stage, tenant)
    with stage.acting(Action.SYNC_PEOPLE, tenant, since=held):
        for each in people:
            stage.gusto.delete_person(tenant, each)
        stage.lift(held)
    stage.lift_faults()


def _hold_second_page(stage: Stage, tenant: Tenant) -> Fault:
    """Force small pages, and hold the second request for the list until it is let go."""
    held = delay(8, per=_PER_PAGE).on(
        operation=LIST_EMPLOYEES, occurrence=2, during=Action.SYNC_PEOPLE, company=tenant.company
    )
    stage.fault(held)
    stage.fault(force_pages(_PER_PAGE).on(operation=LIST_EMPLOYEES, company=tenant.company))
    return held


def _look(stage: Stage, tenant: Tenant) -> None:
    for each in (Observation.PEOPLE, Observation.MATCHES, Observation.NOTICES):
        stage.observe_where_possible(each, tenant)


def _person(name: str) -> dict[str, str]:
    """Return somebody whose last name sorts as the first does; no two share anything."""
    born = f"19{50 + ord(name[0]) - ord('A')}-0{1 + len(name)}-1{len(name)}"
    return {
        "first_name": name,
        "last_name": f"{name}sen",
        "email": f"{name.lower()}@alphabet.example",
        "date_of_birth": born,
    }
