"""What companies define for themselves, and what people answer."""

from __future__ import annotations

from partner_qa.driving.stage import Stage
from partner_qa.model import Action, Observation
from partner_qa.suite import scenario


@scenario(
    title="Custom fields are answered, cleared, and never answered",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
    observes=(Observation.PEOPLE,),
)
def custom_fields_answered(stage: Stage) -> None:
    """Two custom fields of a company have the same name, and not everybody has answered both.

    1. In Gusto there is a company of three people. Define two custom fields for text, both called Size: of
       shirts and of shoes. The first person answers M and 44, the second 41 and clears the other, the third
       nothing.
    2. Connect the company and sync people. Look at the people, with their answers.
    """
    tenant = stage.tenant(people=3)
    both, one, _ = stage.gusto.roster(tenant)[:3]
    shirts, shoes = (stage.gusto.define_field(tenant, "Size") for _ in range(2))
    for person, field, value in (
        (both, shirts, "M"),
        (both, shoes, "44"),
        (one, shirts, ""),
        (one, shoes, "41"),
    ):
        stage.gusto.answer_field(tenant, person, field, value)
    stage.connect(tenant)
    stage.gusto.audit(tenant, "/v1/companies/{company}/custom_fields")
    stage.gusto.audit(tenant, "/v1/companies/{company}/employees", include="custom_fields")
    stage.act(Action.SYNC_PEOPLE, tenant)
    stage.observe_where_possible(Observation.PEOPLE, tenant)
