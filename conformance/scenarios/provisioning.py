"""A customer who is new to Gusto is given a company there, or turns out to have one."""

from __future__ import annotations

import secrets

from partner_qa.contract.names import PROVISION
from partner_qa.driving.stage import Stage
from partner_qa.model import Action, Observation, Tenant
from partner_qa.recorder.faults import drop_response
from partner_qa.suite import scenario


@scenario(
    title="A company is founded at Gusto from the integration",
    needs=(Action.CONNECT, Action.PROVISION_COMPANY),
    observes=(Observation.NOTICES, Observation.CONNECTION),
)
def company_provisioned(stage: Stage) -> None:
    """Somebody asks for a company with an e-mail that Gusto knows, then with others, and then connects.

    1. In Gusto there is a company with an admin.
    2. As a new customer of the integration, ask for a new company with the admin's e-mail. Look at notices.
    3. Ask for a new company with an e-mail that nobody has at Gusto. Look at notices.
    4. Ask for another, with another e-mail that nobody has; the answer to the request that founds it is lost.
       Look at notices. When that has come to an end, ask for the same once more. Look at notices.
    5. Press "connect", and sign in as the admin of the company of step 1. Look at the connection.
    """
    tenant = stage.tenant(people=3)
    _ask(stage, tenant, "known", stage.gusto.admin_mail(tenant))
    _ask(stage, tenant, "new", _newcomer())
    unlucky = _newcomer()
    stage.fault(drop_response().on(operation=PROVISION, occurrence=1, during=Action.PROVISION_COMPANY))
    _ask(stage, tenant, "lost", unlucky)
    stage.lift_faults()
    _ask(stage, tenant, "asked_again", unlucky)
    with stage.window("connected"):
        stage.connect(tenant)
        stage.observe_where_possible(Observation.CONNECTION, tenant)


def _newcomer() -> str:
    """Return an e-mail address that nobody has at Gusto."""
    return f"barnaby.{secrets.token_hex(4)}@maypole.example"


def _ask(stage: Stage, tenant: Tenant, window: str, email: str) -> None:
    """Have the integration found a company for somebody with this e-mail, and look at what it tells."""
    wish = {
        "user": {"first_name": "Barnaby", "last_name": "Rudge", "email": email},
        "company": {"name": "The Maypole Inn"},
    }
    stage.note(f"{window}_wish", wish)
    with stage.window(window):
        stage.act(Action.PROVISION_COMPANY, tenant, wish)
        stage.observe_where_possible(Observation.NOTICES, tenant)
