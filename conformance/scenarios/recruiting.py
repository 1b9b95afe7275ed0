"""People are hired: some are in Gusto already, one create is lost on its way, two hires fall through."""

from __future__ import annotations

from partner_qa.contract.names import CREATE_EMPLOYEE
from partner_qa.driving.stage import Stage
from partner_qa.model import Action, Json, Observation, Tenant
from partner_qa.recorder.faults import drop_response
from partner_qa.suite import scenario


@scenario(
    title="People are hired, and some do not come",
    needs=(Action.CONNECT, Action.CREATE_HIRE),
    observes=(Observation.NOTICES,),
)
def people_are_hired(stage: Stage) -> None:
    """Hires reach Gusto once each, whoever was there before and whatever is lost on the way.

    1. In Gusto there is a company of two people; the last day of the second was a month ago. Connect it.
    2. Hire both of them in the integration, as if they were new.
    3. Hire somebody who is new, and have them invited by e-mail; the answer to the request that creates them
       is lost. When that has come to an end, hire the same person again.
    4. Hire somebody without an e-mail address, and have them invited; and somebody with one, not invited.
    5. Take the last of them back. Take the one of step 3 back as well, after their onboarding was completed
       in Gusto. Look at the notices.
    """
    known = [_person("Leo", "Poggenpuhl", "1965-04-12"), _person("Sophie", "Poggenpuhl", "1971-10-03")]
    tenant = stage.tenant(roster=known)
    uuids = stage.gusto.roster(tenant)
    stage.gusto.dismiss(tenant, uuids[1], days=-30)
    stage.connect(tenant)
    lost = _person("Manon", "Poggenpuhl", "1975-02-08")
    plain = _person("Therese", "Bartenstein", "1960-06-30")
    silent = {**_person("Eberhard", "Pogge", "1958-01-19"), "email": None}
    stage.note("hired", {"known": known, "lost": [lost], "without_e_mail": [silent], "plain": [plain]})
    with stage.window("known"):
        for person in known:
            _hire(stage, tenant, person)
    with stage.window("lost"):
        stage.fault(drop_response().on(operation=CREATE_EMPLOYEE, occurrence=1, company=tenant.company))
        _hire(stage, tenant, lost, invites=True)
        stage.lift_faults()
        _hire(stage, tenant, lost, invites=True)
    with stage.window("without_e_mail"):
        _hire(stage, tenant, silent, invites=True)
    with stage.window("plain"):
        _hire(stage, tenant, plain)
    with stage.window("withdrawn"):
        _take_back(stage, tenant, plain)
    with stage.window("too_late"):
        stage.gusto.set_onboarded(tenant, stage.gusto.roster(tenant)[2:], onboarded=True)
        _take_back(stage, tenant, lost)
        stage.observe_where_possible(Observation.NOTICES, tenant)
    stage.gusto.audit(tenant, "/v1/companies/{company}/employees")


def _person(first: str, last: str, born: str) -> dict[str, Json]:
    return {
        "first_name": first,
        "last_name": last,
        "email": f"{first.lower()}@poggenpuhl.example",
        "date_of_birth": born,
    }


def _hire(stage: Stage, tenant: Tenant, person: dict[str, Json], *, invites: bool = False) -> None:
    given: Json = {"id": f"hire-{str(person['first_name']).lower()}", **person}
    stage.act(Action.CREATE_HIRE, tenant, {"person": given, "self_onboarding": invites})


def _take_back(stage: Stage, tenant: Tenant, person: dict[str, Json]) -> None:
    named = f"hire-{str(person['first_name']).lower()}"
    stage.act_where_possible(Action.WITHDRAW_HIRE, tenant, {"person_id": named})
