"""Those who work for a company and are not its employees."""

from __future__ import annotations

from partner_qa.driving.stage import Stage
from partner_qa.model import Action, Observation, Tenant
from partner_qa.suite import scenario

_CONTRACTORS = "/v1/companies/{company}/contractors"


@scenario(
    title="Contractors of every kind",
    needs=(Action.CONNECT,),
    observes=(Observation.CONTRACTORS, Observation.NOTICES),
)
def contractors_of_every_kind(stage: Stage) -> None:
    """A company has contractors: individuals and businesses, at work, unfinished, leaving, gone, coming back.

    1. In Gusto there is a company of 12 people and 8 contractors. Connect it.
    2. Sync people and list contractors, as far as the integration does such things. Look at the contractors
       that it holds and at what it tells the customer.
    3. In Gusto give a business the name of a person, Wilkins Micawber. Do the same as before, and look again.
    """
    tenant = stage.tenant(people=12)
    stage.connect(tenant)
    _list_and_look(stage, tenant, "before")
    business = next(each for each in stage.gusto.contractors(tenant) if each["type"] == "Business")
    stage.gusto.change_contractor(tenant, str(business["uuid"]), business_name="Wilkins Micawber")
    _list_and_look(stage, tenant, "after")
    stage.gusto.audit(tenant, _CONTRACTORS)


def _list_and_look(stage: Stage, tenant: Tenant, window: str) -> None:
    with stage.window(window):
        stage.gusto.audit(tenant, _CONTRACTORS)
        stage.act_where_possible(Action.SYNC_PEOPLE, tenant)
        stage.act_where_possible(Action.LIST_CONTRACTORS, tenant)
        stage.observe_where_possible(Observation.CONTRACTORS, tenant)
        stage.observe_where_possible(Observation.NOTICES, tenant)
