"""A customer who is new to Gusto is given a company there, or turns out to have one."""

from __future__ import annotations

import secrets

from partner_qa.driving.stage import Stage
from partner_qa.model import Action, Observation
from partner_qa.suite import scenario


@scenario(
    title="A company is founded at Gusto from the integration",
    needs=(Action.CONNECT, Action.PROVISION_COMPANY),
    observes=(Observation.NOTICES, Observation.CONNECTION),
)
def company_provisioned(stage: Stage) -> None:
    """Somebody asks for a company with an e-mail that Gusto knows, then with another, and then connects.

    1. In Gusto there is a company with an admin.
    2. As a new customer of the integration, ask for a new company with the admin's e-mail. Look at notices.
    3. Ask for a new company with an e-mail that nobody has at Gusto. Look at notices.
    4. Press "connect", and sign in as the admin of the company of step 1. Look at the connection.
    """
    tenant = stage.tenant(people=3)
    known = stage.gusto.admin_mail(tenant)
    newcomer = f"barnaby.{secrets.token_hex(4)}@maypole.example"
    for window, email in (("known", known), ("new", newcomer)):
        wish = {
            "user": {"first_name": "Barnaby", "last_name": "Rudge", "email": email},
            "company": {"name": "The Maypole Inn"},
        }
        stage.note(f"{window}_wish", wish)
        with stage.window(window):
            stage.act(Action.PROVISION_COMPANY, tenant, wish)
            stage.observe_where_possible(Observation.NOTICES, tenant)
    with stage.window("connected"):
        stage.connect(tenant)
        stage.observe_where_possible(Observation.CONNECTION, tenant)
