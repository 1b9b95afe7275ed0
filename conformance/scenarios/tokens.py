"""Tokens expire, are lost and are refused, and grants end."""

from __future__ import annotations

from partner_qa.contract.names import TOKEN_ENDPOINT
from partner_qa.driving.stage import Stage
from partner_qa.model import Action, Observation, Tenant
from partner_qa.recorder.faults import Fault, delay, drop_response, expire_token, refuse_grant, respond
from partner_qa.suite import scenario

TWO_HOURS = 7200  # seconds


# The last of those on the live target: one connection serves them all, and whoever fails here may lose it.
@scenario(
    title="The access token expires in the middle of a sync",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
    any_list=True,
    observes=(Observation.CONNECTION, Observation.NOTICES),
    targets=("embedded", "live"),
)
def expired_token_sync(stage: Stage) -> None:
    """The access token dies before its time, as it does when an admin's session is ended in Gusto.

    1. In Gusto there is a company of 26 people. Connect it.
    2. Sync people; the request for the list is answered 401, and so is every other with that token.
    3. Look at the connection and at what the integration tells its user.
    """
    tenant = stage.tenant(people=26)
    stage.connect(tenant)
    stage.fault_reading(expire_token(), occurrence=1)
    stage.read(tenant)
    stage.observe_where_possible(Observation.CONNECTION, tenant)
    stage.observe_where_possible(Observation.NOTICES, tenant)


@scenario(
    title="The integration is killed after a refresh",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE, Action.RESTART),
    any_list=True,
)
def killed_after_refresh(stage: Stage) -> None:
    """All processes are killed while the first request with a fresh token is on its way.

    1. In Gusto there is a company of 26 people. Connect it.
    2. Sync people; the access token is refused, and the integration refreshes it.
    3. The next request with the new token gets no answer; kill every process of the integration.
    4. Start the integration again and sync people.
    """
    tenant = stage.tenant(people=26)
    stage.connect(tenant)
    stage.fault_reading(expire_token(), occurrence=1)
    held = stage.fault_reading(delay(10), occurrence=2)
    stage.act_and_kill(stage.reading.action, tenant, when=held)
    stage.lift_faults()
    stage.restart()
    stage.read(tenant)


@scenario(
    title="A token expires, and several jobs notice at once",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
    any_list=True,
)
def expired_before_jobs(stage: Stage) -> None:
    """An access token lives two seconds; when they have gone by, people are synced three times at once.

    1. In Gusto there is a company of 26 people. Its first access token expires after two seconds (really so;
       later ones after two hours). Connect it, and wait until the token has expired.
    2. Ask for three syncs of people at the same moment.
    """
    tenant = stage.tenant(people=26)
    stage.gusto.let_tokens_live(tenant, 2)
    stage.connect(tenant)
    stage.gusto.let_tokens_live(tenant, TWO_HOURS)
    stage.let_pass(2)
    with stage.window("parallel"):
        stage.act_together(stage.reading.action, tenant, times=3)


@scenario(
    title="The answer to a refresh is lost",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
    any_list=True,
    observes=(Observation.CONNECTION,),
)
def lost_refresh_answer(stage: Stage) -> None:
    """Gusto refreshes a token, and its answer never arrives.

    1. In Gusto there is a company of 26 people. Connect it.
    2. Sync people; the access token is refused. The refresh is done, but the connection breaks before the
       answer; the old refresh token stays good until a newer access token is used. The next refresh is
       answered 503, as while Gusto is down for a moment.
    3. Sync people again. Look at the connection.
    """
    tenant = stage.tenant(people=26)
    stage.connect(tenant)
    with stage.gusto.lenient_rotation():
        stage.fault_reading(expire_token(), occurrence=1)
        stage.fault(_refresh(stage, drop_response(), tenant, occurrence=1))
        stage.fault(_refresh(stage, respond(503), tenant, occurrence=2))
        stage.read(tenant)
        stage.lift_faults()
        stage.read(tenant)
    stage.observe_where_possible(Observation.CONNECTION, tenant)


@scenario(
    title="A grant is dead",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
    any_list=True,
    observes=(Observation.CONNECTION, Observation.NOTICES),
)
def dead_grant(stage: Stage) -> None:
    """The access token is refused, and so is the refresh token: only a new consent helps.

    1. In Gusto there is a company of 26 people. Connect it.
    2. Sync people; the access token is refused, and each refresh is answered `invalid_grant`. Sync people
       once more. Look at the connection and at what the integration tells its user.
    3. Connect again and sync people.
    """
    tenant = stage.tenant(people=26)
    stage.connect(tenant)
    stage.fault_reading(expire_token(), occurrence=1)
    stage.fault(_refresh(stage, refuse_grant(), tenant))
    with stage.window("dead"):
        _sync_twice_and_look(stage, tenant)
    stage.lift_faults()
    stage.connect(tenant)
    stage.read(tenant)


def _refresh(stage: Stage, fault: Fault, tenant: Tenant, *, occurrence: int | None = None) -> Fault:
    return fault.on(
        operation=TOKEN_ENDPOINT, occurrence=occurrence, during=stage.reading.action, company=tenant.company
    )


@scenario(
    title="An admin removes the integration in Gusto",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
    any_list=True,
    observes=(Observation.CONNECTION, Observation.NOTICES),
)
def removed_in_gusto(stage: Stage) -> None:
    """The connection is ended on Gusto's side, while the integration believes that it stands.

    1. In Gusto there is a company of 12 people. Connect it, subscribe to webhooks where there is a way to,
       and sync people.
    2. In Gusto remove the integration from the company; where there is a subscription, a webhook says so.
    3. Sync people twice. Look at the connection and at what the integration tells its user.
    4. Connect again and sync people.
    """
    tenant = stage.tenant(people=12)
    stage.connect(tenant)
    stage.act_where_possible(Action.SUBSCRIBE_WEBHOOKS, tenant)
    stage.read(tenant)
    stage.gusto.remove_application(tenant)
    with stage.window("removed"):
        _sync_twice_and_look(stage, tenant)
    stage.connect(tenant)
    stage.read(tenant)


def _sync_twice_and_look(stage: Stage, tenant: Tenant) -> None:
    for _ in range(2):
        stage.read(tenant)
    stage.observe_where_possible(Observation.CONNECTION, tenant)
    stage.observe_where_possible(Observation.NOTICES, tenant)
