"""How a company is connected: for the first time, in spite of trouble, and not by a forger."""

from __future__ import annotations

from partner_qa.contract.names import TOKEN_ENDPOINT
from partner_qa.driving.stage import Stage
from partner_qa.model import Action, Observation, Tenant
from partner_qa.recorder.faults import refuse_grant
from partner_qa.suite import scenario


@scenario(
    title="A company connects for the first time",
    needs=(Action.CONNECT,),
    observes=(Observation.CONNECTION, Observation.STORED_DATA),
    targets=("embedded", "live"),
)
def first_connect(stage: Stage) -> None:
    """An admin connects a company, and everything the integration does once connected is done once.

    1. In Gusto there is a company of 12 people.
    2. As a new customer of the integration, press "connect", sign in as the company's admin, press "Allow".
    3. Do once whatever the integration offers of: subscribe to webhooks, sync people, catch up on events.
    4. Look at the state of the connection, and at how much is stored for the customer.
    5. Press "disconnect", where there is such a button. Look at the same again, and try to sync people.
    6. Connect again.
    """
    tenant = stage.tenant(people=12)
    stage.connect(tenant)
    for action in (Action.SUBSCRIBE_WEBHOOKS, Action.SYNC_PEOPLE, Action.CATCH_UP_EVENTS):
        stage.act_where_possible(action, tenant)
    stage.observe_where_possible(Observation.CONNECTION, tenant)
    stage.observe_where_possible(Observation.STORED_DATA, tenant)
    if stage.act_where_possible(Action.DISCONNECT, tenant):
        stage.observe_where_possible(Observation.CONNECTION, tenant)
        stage.observe_where_possible(Observation.STORED_DATA, tenant)
        stage.act_where_possible(Action.SYNC_PEOPLE, tenant)
        stage.connect(tenant)


@scenario(title="Somebody forges the callback", needs=(Action.CONNECT,))
def forged_callbacks(stage: Stage) -> None:
    """Callbacks arrive that no consent of this browser led to, between two honest connections.

    1. In Gusto there is a company of 12 people. Connect it, and keep the address of the callback.
    2. Begin again; on the way back from the consent page, stop. Visit the callback with the new code but
       without `state`, then with a `state` of one's own making.
    3. Begin again and stop on the way back. Visit the callback with the new code and the `state` of step 1.
    4. Begin again and stop on the way back. Open the callback, as it is, in another browser, where nobody is
       signed in.
    5. Connect again, honestly.
    """
    tenant = stage.tenant(people=12)
    used = stage.connect(tenant)
    for forgery in ("missing", "wrong", "replayed", "foreign"):
        stage.forge_callback(tenant, forgery, used_callback=used)
    stage.connect(tenant)


@scenario(
    title="Connecting goes wrong, and then right",
    needs=(Action.CONNECT,),
    observes=(Observation.CONNECTION,),
)
def troubled_connects(stage: Stage) -> None:
    """A consent is denied, a code is refused, and a callback is visited twice.

    1. In Gusto there is a company of 12 people. Press "connect", and on Gusto's page press "Deny". Look at
       the state of the connection.
    2. Press "connect" again and allow; the request that exchanges the code is refused, as it is when the code
       is too old. Look at the connection.
    3. Connect. Then go back in the browser and forward again, so that the callback is visited a second time.
       Look at the connection.
    """
    tenant = stage.tenant(people=12)
    stage.connect(tenant, decision="deny", bears_silence=True)
    stage.observe_where_possible(Observation.CONNECTION, tenant)
    stage.fault(refuse_grant().on(operation=TOKEN_ENDPOINT, occurrence=1))
    stage.connect(tenant, bears_silence=True)
    stage.lift_faults()
    stage.observe_where_possible(Observation.CONNECTION, tenant)
    stage.repeat_callback(tenant, stage.connect(tenant))
    stage.observe_where_possible(Observation.CONNECTION, tenant)


_READS = (Action.SYNC_PEOPLE, Action.SYNC_TIME_OFF, Action.LIST_CONTRACTORS, Action.POST_JOURNAL)


@scenario(
    title="An accountant with three companies",
    needs=(Action.CONNECT,),
    observes=(Observation.CONNECTION,),
)
def accountant_with_three_companies(stage: Stage) -> None:
    """One Gusto login administers three companies; two accounts connect one each, the third is never chosen.

    1. In Gusto there are three companies of 3 people; an outside accountant has full access to each.
    2. As one account of the integration press "connect", sign in at Gusto as the accountant, choose the first
       company and press "Allow". Do once what reads from the company: sync people, or time off, or list
       contractors, or post the books, whichever comes first of what the integration does.
    3. As another account do the same with the same Gusto login, and choose the second company. Where the
       integration declines, read whether it says why and what to do.
    4. Do once more for the first account what reads from its company.
    5. Look at the connection of both accounts.
    """
    first, second = stage.tenant(people=3), stage.tenant(people=3)
    stage.note("unchosen", stage.gusto.found_company(people=3))
    stage.connect_as_accountant(first)
    _read_company(stage, first, "first")
    with stage.window("second_consent"):
        stage.connect_as_accountant(second, bears_silence=True)
    _read_company(stage, second, "second")
    _read_company(stage, first, "first_again")
    for tenant in (first, second):
        stage.observe_where_possible(Observation.CONNECTION, tenant)


def _read_company(stage: Stage, tenant: Tenant, window: str) -> None:
    with stage.window(window):
        any(stage.act_where_possible(action, tenant) for action in _READS)
