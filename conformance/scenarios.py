"""The situations an integration is put into. Each could be performed by hand from its docstring.

A scenario prepares, acts and watches; it never judges. Scenarios are expensive, so they are few, and each
is looked at by many tests. The name of a scenario is the name of the recording that tests ask for.
"""

from __future__ import annotations

from collections.abc import Mapping

from partner_qa.model import Action, Json, Observation, Tenant
from partner_qa.recorder.faults import (
    Fault,
    add_fields,
    delay,
    drop_response,
    expire_token,
    force_pages,
    respond,
    unknown_enum,
)
from partner_qa.stage import Stage
from partner_qa.suite import scenario

Person = Mapping[str, str]

LIST_EMPLOYEES = "get-v1-companies-company_id-employees"
LIST_EVENTS = "get-events"
TOKEN_ENDPOINT = "oauth-access-token"  # noqa: S105 - an operationId
TWO_HOURS = 7200  # seconds
EVERY_TIME = range(1, 1001)
SHOW_EMPLOYEE = "get-v1-employees"


@scenario(
    title="A company connects for the first time",
    needs=(Action.CONNECT,),
    observes=(Observation.CONNECTION,),
    targets=("embedded", "live"),
)
def first_connect(stage: Stage) -> None:
    """An admin connects a company, and everything the integration does once connected is done once.

    1. In Gusto there is a company of 12 people.
    2. As a new customer of the integration, press "connect", sign in as the company's admin, press "Allow".
    3. Do once whatever the integration offers of: subscribe to webhooks, sync people, catch up on events.
    4. Look at the state of the connection.
    5. Press "disconnect", where there is such a button. Look at the connection again, and try to sync people.
    6. Connect again.
    """
    tenant = stage.tenant(people=12)
    stage.connect(tenant)
    for action in (Action.SUBSCRIBE_WEBHOOKS, Action.SYNC_PEOPLE, Action.CATCH_UP_EVENTS):
        stage.act_where_possible(action, tenant)
    stage.observe_where_possible(Observation.CONNECTION, tenant)
    if stage.act_where_possible(Action.DISCONNECT, tenant):
        stage.observe_where_possible(Observation.CONNECTION, tenant)
        stage.act_where_possible(Action.SYNC_PEOPLE, tenant)
        stage.connect(tenant)


@scenario(title="Somebody forges the callback", needs=(Action.CONNECT,))
def forged_callbacks(stage: Stage) -> None:
    """Callbacks arrive that no consent of this browser led to, between two honest connections.

    1. In Gusto there is a company of 12 people. Connect it, and keep the address of the callback.
    2. Begin again; on the way back from the consent page, stop. Visit the callback with the new code but
       without `state`, then with a `state` of one's own making.
    3. Begin again and stop on the way back. Visit the callback with the new code and the `state` of step 1.
    4. Connect again, honestly.
    """
    tenant = stage.tenant(people=12)
    used = stage.connect(tenant)
    for forgery in ("missing", "wrong", "replayed"):
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
    stage.connect(tenant, decision="deny")
    stage.observe_where_possible(Observation.CONNECTION, tenant)
    stage.fault(respond(400, body=DEAD).on(operation=TOKEN_ENDPOINT, occurrence=1))
    stage.connect(tenant)
    stage.lift_faults()
    stage.observe_where_possible(Observation.CONNECTION, tenant)
    stage.repeat_callback(tenant, stage.connect(tenant))
    stage.observe_where_possible(Observation.CONNECTION, tenant)


DEAD: Json = {"error": "invalid_grant", "error_description": "It does not exist, is too old or was revoked."}


@scenario(
    title="A company of 251 people is synced",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
    observes=(Observation.PEOPLE,),
    targets=("embedded", "live"),
)
def large_company_sync(stage: Stage) -> None:
    """A list has more people than fit on one page.

    1. In Gusto there is a company of 251 people; lists come in pages of at most 100 (forced; on the live
       sandbox, whatever its company has, in pages of at most 2).
    2. Connect it and sync people.
    3. Look at the people the integration holds.
    """
    tenant = stage.tenant(people=251)
    stage.connect(tenant)
    stage.fault(force_pages(stage.page_size(100)).on(operation=LIST_EMPLOYEES, company=tenant.company))
    stage.act(Action.SYNC_PEOPLE, tenant)
    stage.observe_where_possible(Observation.PEOPLE, tenant)


@scenario(
    title="Gusto says: too many requests",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
    observes=(Observation.PEOPLE,),
    targets=("embedded", "live"),
)
def rate_limited_sync(stage: Stage) -> None:
    """The first request for the list of people is answered 429 with `Retry-After: 2`.

    1. In Gusto there is a company of 26 people. Connect it.
    2. Sync people; the first request for the list is answered 429 and asks for two seconds of silence.
    3. Look at the people the integration holds.
    """
    tenant = stage.tenant(people=26)
    stage.connect(tenant)
    stage.fault(
        respond(429, retry_after=2).on(operation=LIST_EMPLOYEES, occurrence=1, during=Action.SYNC_PEOPLE)
    )
    stage.act(Action.SYNC_PEOPLE, tenant)
    stage.observe_where_possible(Observation.PEOPLE, tenant)


@scenario(
    title="Gusto fails, for a moment and for longer",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
    observes=(Observation.NOTICES,),
)
def server_errors_sync(stage: Stage) -> None:
    """The list of people is answered 500 and 503 once each, later 500 until the integration gives up.

    1. In Gusto there is a company of 26 people. Connect it.
    2. Sync people; the first two requests for the list fail, the third would succeed.
    3. Sync people; every request for the list fails. Wait until the integration has given up.
    4. Sync people; nothing fails any more.
    """
    tenant = stage.tenant(people=26)
    stage.connect(tenant)
    stage.fault(respond(500).on(operation=LIST_EMPLOYEES, occurrence=1, during=Action.SYNC_PEOPLE))
    stage.fault(respond(503).on(operation=LIST_EMPLOYEES, occurrence=2, during=Action.SYNC_PEOPLE))
    with stage.window("passing"):
        stage.act(Action.SYNC_PEOPLE, tenant)
    stage.lift_faults()
    stage.fault(
        respond(500).on(operation=LIST_EMPLOYEES, occurrence=range(1, 1001), during=Action.SYNC_PEOPLE)
    )
    with stage.window("lasting"):
        stage.act(Action.SYNC_PEOPLE, tenant)
    stage.observe_where_possible(Observation.NOTICES, tenant)
    stage.lift_faults()
    with stage.window("afterwards"):
        stage.act(Action.SYNC_PEOPLE, tenant)


# The last of those on the live target: one connection serves them all, and whoever fails here may lose it.
@scenario(
    title="The access token expires in the middle of a sync",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
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
    stage.fault(expire_token().on(operation=LIST_EMPLOYEES, occurrence=1, during=Action.SYNC_PEOPLE))
    stage.act(Action.SYNC_PEOPLE, tenant)
    stage.observe_where_possible(Observation.CONNECTION, tenant)
    stage.observe_where_possible(Observation.NOTICES, tenant)


@scenario(
    title="The integration is killed after a refresh",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE, Action.RESTART),
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
    stage.fault(expire_token().on(operation=LIST_EMPLOYEES, occurrence=1, during=Action.SYNC_PEOPLE))
    held = stage.fault(delay(10).on(operation=LIST_EMPLOYEES, occurrence=2, during=Action.SYNC_PEOPLE))
    stage.act_and_kill(Action.SYNC_PEOPLE, tenant, when=held)
    stage.lift_faults()
    stage.restart()
    stage.act(Action.SYNC_PEOPLE, tenant)


@scenario(
    title="A token expires, and several jobs notice at once",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
)
def expired_before_jobs(stage: Stage) -> None:
    """An access token lives two seconds; when they have gone by, people are synced three times at once.

    1. In Gusto there is a company of 26 people. Its first access token expires after two seconds (really so;
       later ones after two hours). Connect it, and wait until the token has expired.
    2. Ask for three syncs of people at the same moment.
    """
    tenant = stage.tenant(people=26)
    stage.let_tokens_live(tenant, 2)
    stage.connect(tenant)
    stage.let_tokens_live(tenant, TWO_HOURS)
    stage.let_pass(2)
    with stage.window("parallel"):
        stage.act_together(Action.SYNC_PEOPLE, tenant, times=3)


@scenario(
    title="The answer to a refresh is lost",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
    observes=(Observation.CONNECTION,),
)
def lost_refresh_answer(stage: Stage) -> None:
    """Gusto refreshes a token, and its answer never arrives.

    1. In Gusto there is a company of 26 people. Connect it.
    2. Sync people; the access token is refused. The refresh is done, but the connection breaks before the
       answer; the old refresh token stays good until a newer access token is used.
    3. Sync people again. Look at the connection.
    """
    tenant = stage.tenant(people=26)
    stage.connect(tenant)
    with stage.lenient_rotation():
        stage.fault(expire_token().on(operation=LIST_EMPLOYEES, occurrence=1, during=Action.SYNC_PEOPLE))
        stage.fault(_refresh(drop_response(), tenant, range(1, 2)))
        stage.act(Action.SYNC_PEOPLE, tenant)
        stage.lift_faults()
        stage.act(Action.SYNC_PEOPLE, tenant)
    stage.observe_where_possible(Observation.CONNECTION, tenant)


@scenario(
    title="A grant is dead",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
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
    stage.fault(expire_token().on(operation=LIST_EMPLOYEES, occurrence=1, during=Action.SYNC_PEOPLE))
    stage.fault(_refresh(respond(400, body=DEAD), tenant, EVERY_TIME))
    with stage.window("dead"):
        _sync_twice_and_look(stage, tenant)
    stage.lift_faults()
    stage.connect(tenant)
    stage.act(Action.SYNC_PEOPLE, tenant)


def _refresh(fault: Fault, tenant: Tenant, occurrence: range) -> Fault:
    return fault.on(
        operation=TOKEN_ENDPOINT, occurrence=occurrence, during=Action.SYNC_PEOPLE, company=tenant.company
    )


def _sync_twice_and_look(stage: Stage, tenant: Tenant) -> None:
    for _ in range(2):
        stage.act(Action.SYNC_PEOPLE, tenant)
    stage.observe_where_possible(Observation.CONNECTION, tenant)
    stage.observe_where_possible(Observation.NOTICES, tenant)


@scenario(
    title="An admin removes the integration in Gusto",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
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
    stage.act(Action.SYNC_PEOPLE, tenant)
    stage.remove_application(tenant)
    with stage.window("removed"):
        _sync_twice_and_look(stage, tenant)
    stage.connect(tenant)
    stage.act(Action.SYNC_PEOPLE, tenant)


@scenario(
    title="A company is connected again, also by another admin",
    needs=(Action.CONNECT, Action.SET_PEOPLE, Action.SYNC_PEOPLE),
    observes=(Observation.MATCHES, Observation.PEOPLE),
)
def connected_again(stage: Stage) -> None:
    """A company that is connected already is connected again, by the same admin and by another.

    1. In Gusto there is a company of two people; put two into the integration, one who is alike in all and
       one in the name only. Connect the company, sync people, and confirm the matches where it asks for that.
    2. Connect the same company for the same customer again, without disconnecting. Sync people.
    3. Do so once more, signed in at Gusto as another admin of the company.
    4. Look at matches and people before, in between and at the end.
    """
    pairs = [pair for pair in _lookalikes() if pair[1]["id"] in {"all-alike", "name-only"}]
    tenant = stage.tenant(roster=[theirs for theirs, _ in pairs])
    stage.act(Action.SET_PEOPLE, tenant, {"people": [ours for _, ours in pairs]})
    stage.connect(tenant)
    stage.act(Action.SYNC_PEOPLE, tenant)
    stage.confirm_proposals(tenant)
    _look_again(stage, tenant, "before")
    stage.connect(tenant)
    stage.act(Action.SYNC_PEOPLE, tenant)
    _look_again(stage, tenant, "again")
    stage.connect_as_another_admin(tenant)
    stage.act(Action.SYNC_PEOPLE, tenant)
    _look_again(stage, tenant, "another_admin")


def _look_again(stage: Stage, tenant: Tenant, window: str) -> None:
    with stage.window(window):
        stage.observe_where_possible(Observation.MATCHES, tenant)
        stage.observe_where_possible(Observation.PEOPLE, tenant)


@scenario(
    title="Gusto refuses",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
    observes=(Observation.NOTICES, Observation.PEOPLE),
)
def refused_requests(stage: Stage) -> None:
    """The list of people is refused in four ways, with syncs that work in between.

    1. In Gusto there is a company of 12 people. Connect it and sync people. Look at the people.
    2. Sync people; the list is answered 403, because a scope is missing. Look at notices and people.
    3. Sync people; it works. Sync people; the same 403 comes with another message. Look again.
    4. Sync people; the list is answered 406, because of the API version. Look again.
    5. Sync people; the list is answered 422, with errors inside of errors. Look again.
    6. Sync people; it works.
    """
    tenant = stage.tenant(people=12)
    stage.connect(tenant)
    stage.act(Action.SYNC_PEOPLE, tenant)
    with stage.window("before"):
        stage.observe_where_possible(Observation.PEOPLE, tenant)
    _refuse(stage, tenant, "forbidden", respond(403))
    stage.act(Action.SYNC_PEOPLE, tenant)
    _refuse(stage, tenant, "reworded", respond(403, body=_error("missing_oauth_scopes", "Kein Zutritt.")))
    outdated = _error("invalid_api_version", "The API version is not supported any more.")
    _refuse(stage, tenant, "outdated", respond(406, body=outdated))
    inside = _error("invalid_attribute_value", "is not a number")
    _refuse(stage, tenant, "invalid", respond(422, body=_error("nested_errors", "See inside.", inside)))
    with stage.window("afterwards"):
        stage.act(Action.SYNC_PEOPLE, tenant)


def _refuse(stage: Stage, tenant: Tenant, window: str, fault: Fault) -> None:
    stage.fault(fault.on(operation=LIST_EMPLOYEES, occurrence=EVERY_TIME, during=Action.SYNC_PEOPLE))
    with stage.window(window):
        stage.act(Action.SYNC_PEOPLE, tenant)
        stage.observe_where_possible(Observation.NOTICES, tenant)
        stage.observe_where_possible(Observation.PEOPLE, tenant)
    stage.lift_faults()


def _error(category: str, message: str, inside: dict[str, Json] | None = None) -> dict[str, Json]:
    error: dict[str, Json] = {"error_key": "request", "category": category, "message": message}
    return {"errors": [error | ({"errors": inside["errors"]} if inside else {})]}


@scenario(
    title="Answers have a new shape",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
    observes=(Observation.PEOPLE,),
)
def changed_shapes(stage: Stage) -> None:
    """The list of people has fields that nobody knew, later values that nobody knew, and a date is missing.

    1. In Gusto there is a company of 12 people. Connect it.
    2. Sync people; every object of the list has a field more. Look at the people.
    3. In Gusto somebody's birth date is taken out. Sync people; their employment and onboarding status have
       values that no list of values has. Look at the people.
    """
    tenant = stage.tenant(people=12)
    stage.connect(tenant)
    people = stage.roster(tenant)
    stage.note("roster", people)
    stage.fault(add_fields().on(operation=LIST_EMPLOYEES, during=Action.SYNC_PEOPLE))
    with stage.window("added"):
        stage.act(Action.SYNC_PEOPLE, tenant)
        stage.observe_where_possible(Observation.PEOPLE, tenant)
    stage.lift_faults()
    stage.change_person(tenant, people[0], date_of_birth=None)
    unknown = unknown_enum("onboarding_status", "current_employment_status")
    stage.fault(unknown.on(operation=LIST_EMPLOYEES, during=Action.SYNC_PEOPLE))
    with stage.window("unknown"):
        stage.act(Action.SYNC_PEOPLE, tenant)
        stage.observe_where_possible(Observation.PEOPLE, tenant)


@scenario(
    title="One customer of two is told to wait",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
)
def one_of_two_throttled(stage: Stage) -> None:
    """While one company waits out a 429, another is synced.

    1. In Gusto there are two companies of 12 people. As two customers of the integration, connect one each.
    2. Sync people of the first; its list is answered 429 and asks for three seconds of silence.
    3. At once sync people of the second.
    """
    first, second = stage.tenant(people=12), stage.tenant(people=12)
    for tenant in (first, second):
        stage.connect(tenant)
    throttled = respond(429, retry_after=3)
    throttled = throttled.on(operation=LIST_EMPLOYEES, occurrence=1, company=first.company)
    with stage.acting(Action.SYNC_PEOPLE, first, since=stage.fault(throttled)):
        stage.act(Action.SYNC_PEOPLE, second)


@scenario(
    title="Two customers side by side",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
    observes=(Observation.PEOPLE, Observation.CONNECTION),
)
def two_tenants(stage: Stage) -> None:
    """Two customers of the integration connect two companies and sync in turn.

    1. In Gusto there are a company of 12 people and one of 26.
    2. As two customers of the integration, connect one company each.
    3. Sync people of the first, of the second, and of the first again.
    4. Look at the people and the connection that the integration holds for each.
    """
    first, second = stage.tenant(people=12), stage.tenant(people=26)
    for tenant in (first, second):
        stage.connect(tenant)
    for tenant in (first, second, first):
        stage.act(Action.SYNC_PEOPLE, tenant)
    stage.note("rosters", {tenant.company: stage.roster(tenant) for tenant in (first, second)})
    for tenant in (first, second):
        stage.observe_where_possible(Observation.PEOPLE, tenant)
        stage.observe_where_possible(Observation.CONNECTION, tenant)


@scenario(
    title="Somebody forges webhooks",
    needs=(Action.CONNECT, Action.SUBSCRIBE_WEBHOOKS),
    observes=(Observation.EVENTS,),
)
def webhook_forgeries(stage: Stage) -> None:
    """Between two genuine webhooks come one unsigned, one signed with another key, one altered.

    1. In Gusto there is a company of 12 people. Connect it and subscribe to webhooks.
    2. Somebody's name changes in Gusto; a webhook says so.
    3. Post webhooks about three other people: without a signature; signed with another key; with the
       signature of another body.
    4. Somebody else's name changes in Gusto; a webhook says so.
    5. Look at the events that the integration accepted.
    6. Have it catch up on events, where it can; the list comes one by one (forced).
    """
    tenant = stage.tenant(people=12)
    stage.connect(tenant)
    stage.act(Action.SUBSCRIBE_WEBHOOKS, tenant)
    people = stage.roster(tenant)
    stage.change_person(tenant, people[0], first_name="Ottilie")
    for person, forgery in zip(people[1:4], ("missing", "forged", "altered"), strict=True):
        stage.forge_webhook(tenant, person, forgery)
    stage.change_person(tenant, people[4], first_name="Leberecht")
    stage.observe_where_possible(Observation.EVENTS, tenant)
    stage.fault(force_pages(1).on(operation=LIST_EVENTS))
    stage.act_where_possible(Action.CATCH_UP_EVENTS, tenant)


@scenario(
    title="Webhooks that are slow to work off, come twice, come late, or make no sense",
    needs=(Action.CONNECT, Action.SUBSCRIBE_WEBHOOKS),
    observes=(Observation.EVENTS, Observation.PEOPLE),
)
def webhook_deliveries(stage: Stage) -> None:
    """Genuine webhooks arrive in every way that Gusto allows itself.

    1. In Gusto there is a company of 12 people. Connect it, subscribe to webhooks and sync people.
    2. Somebody's name changes in Gusto, and a webhook says so, while every read of people is held.
    3. Post a signed event about a second person; post the same bytes twice more.
    4. Post two signed events about a third person: of an hour ago, that a dismissal was taken back; then of
       two hours ago, that there was one. In Gusto nobody was dismissed. Look at the people.
    5. Post signed events of a type that does not exist, of a company that is not connected, and that the
       company was provisioned, for which nobody asked.
    6. A fourth person's name changes in Gusto; a webhook says so. Look at the events.
    """
    tenant = stage.tenant(people=12)
    stage.connect(tenant)
    stage.act(Action.SUBSCRIBE_WEBHOOKS, tenant)
    stage.act_where_possible(Action.SYNC_PEOPLE, tenant)
    people = stage.roster(tenant)
    for operation in (SHOW_EMPLOYEE, LIST_EMPLOYEES):
        stage.fault(delay(12).on(operation=operation, company=tenant.company))
    stage.change_person_while_slow(tenant, people[0], first_name="Ottilie")
    twice = stage.event(tenant, people[1])
    for delivered in ("first", "duplicate", "duplicate"):
        stage.deliver_webhook(tenant, twice, delivered)
    for hours, what, delivered in ((1, "termination_cancelled", "newer"), (2, "terminated", "older")):
        news = {"event_type": f"employee.{what}"}
        stage.deliver_webhook(tenant, stage.event(tenant, people[2], news, hours_ago=hours), delivered)
    stage.observe_where_possible(Observation.PEOPLE, tenant)
    for delivered, fields in _strange_events(tenant).items():
        stage.deliver_webhook(tenant, stage.event(tenant, people[3], fields), delivered)
    stage.deliver_webhook(tenant, stage.event(tenant, people[4]), "last")
    stage.observe_where_possible(Observation.EVENTS, tenant)


def _strange_events(tenant: Tenant) -> dict[str, dict[str, str]]:
    company, person = "5d1a5f0e-7b0c-4c37-9f4e-0d6a1e8b2c93", "b82e0f6a-41d7-4e0b-8a55-c2f6d3904e71"
    return {
        "unknown_type": {"event_type": "warp_core.breached", "entity_type": "WarpCore"},
        "foreign_company": {"resource_uuid": company, "entity_uuid": person},
        "unasked": {
            "event_type": "company.provisioned",
            "entity_type": "Company",
            "entity_uuid": tenant.company,
        },
    }


@scenario(
    title="Webhooks that come all at once, and webhooks that never come",
    needs=(Action.CONNECT, Action.SUBSCRIBE_WEBHOOKS),
    observes=(Observation.EVENTS,),
)
def webhook_outage(stage: Stage) -> None:
    """Two hundred webhooks arrive within seconds; later the address is down, and some are lost for good.

    1. In Gusto there is a company of 12 people. Connect it and subscribe to webhooks.
    2. Post 200 signed events about its people, 16 at a time. Look at the events.
    3. Somebody's name changes in Gusto, but no webhook arrives: Gusto has given up trying.
    4. Catch up on events; where the integration does not offer that, sync people.
    """
    tenant = stage.tenant(people=12)
    stage.connect(tenant)
    stage.act(Action.SUBSCRIBE_WEBHOOKS, tenant)
    people = stage.roster(tenant)
    stage.deliver_burst(tenant, [stage.event(tenant, people[each % len(people)]) for each in range(200)])
    stage.observe_where_possible(Observation.EVENTS, tenant)
    with stage.webhooks_lost():
        stage.change_person(tenant, people[0], first_name="Ottilie")
    stage.note("missed", [people[0]])
    with stage.window("catching_up"):
        if not stage.act_where_possible(Action.CATCH_UP_EVENTS, tenant):
            stage.act_where_possible(Action.SYNC_PEOPLE, tenant)


@scenario(
    title="People who look alike",
    needs=(Action.CONNECT, Action.SET_PEOPLE, Action.SYNC_PEOPLE),
    observes=(Observation.MATCHES,),
)
def lookalike_people(stage: Stage) -> None:
    """Some people agree with somebody in Gusto on everything, some on two data points, some on one.

    1. In Gusto there is a company of the people listed under `gusto_people` below.
    2. Put the people listed under `partner_people` into the integration. Connect the company and sync people.
    3. Look at who was matched with whom.
    4. Confirm, where the integration has such a step, that two of its people are the same person in Gusto.
       Look again.
    """
    pairs = _lookalikes()
    ours = [*(each for _, each in pairs), *_partners_twins()]
    tenant = stage.tenant(roster=[*(each for each, _ in pairs), *_gustos_twins()])
    stage.act(Action.SET_PEOPLE, tenant, {"people": ours})
    stage.connect(tenant)
    stage.act(Action.SYNC_PEOPLE, tenant)
    stage.note("partner_people", ours)
    stage.note("gusto_people", stage.people(tenant))
    stage.observe(Observation.MATCHES, tenant)
    annie = _uuid_of(stage, tenant, "Annie")
    both = [{"person_id": each, "gusto_uuid": annie} for each in ("twin-a", "twin-b")]
    if stage.act_where_possible(Action.CONFIRM_MATCHES, tenant, {"decisions": both}):
        stage.observe(Observation.MATCHES, tenant)


def _lookalikes() -> list[tuple[Person, Person]]:
    """Return pairs of (person in Gusto, person in the integration), from all alike to one thing alike."""
    return [
        (
            _person("Effi", "Briest", "effi@hohen-cremmen.example", "1978-08-03"),
            _person("Effi", "Briest", "effi@hohen-cremmen.example", "1978-08-03", id="all-alike"),
        ),
        (
            _person("Geert", "Innstetten", "geert@kessin.example", "1957-02-11"),
            _person("Geert", "Innstetten", "g.i@elsewhere.example", "1957-02-11", id="no-e-mail"),
        ),
        (
            _person("Wilhelm", "Kraut", "kraut@kessin.example", "1969-04-04"),
            _person("Friedrich", "Kruse", "kraut@kessin.example", "1969-04-04", id="personal-e-mail"),
        ),
        (
            _person("Detlev", "Crampas", "crampas@kessin.example", "1955-12-17"),
            _person(
                "Golchowski",
                "Wirth",
                "wirth@hotel.example",
                "1955-12-17",
                id="work-e-mail",
                work_email="CRAMPAS@kessin.example",
            ),
        ),
        (
            _person("Alonzo", "Gieshübler", "post@apotheke.example", "1950-05-20"),
            _person("Sidonie", "Grasenabb", "post@apotheke.example", "1961-10-09", id="e-mail-only"),
        ),
        (
            _person("Hulda", "Niemeyer", "pfarrhaus@cremmen.example", "1977-06-14"),
            _person("Bertha", "Jahnke", "pfarrhaus@cremmen.example", "1979-06-14", id="e-mail-and-birthday"),
        ),
        (
            _person("Marietta", "Tripelli", "marietta@opera.example", "1966-01-30"),
            _person("Marietta", "Tripelli", "m.tripelli@choir.example", "1981-12-05", id="name-only"),
        ),
        (
            _person("Roswitha", "Gellenhagen", "roswitha@kessin.example", "1962-07-07"),
            _person("Johanna", "Paaschen", "johanna@berlin.example", "1962-07-07", id="birth-date-only"),
        ),
        (
            _person("Theophil", "Rummschuettel", "praxis@berlin.example", "1944-03-22"),
            _person("Theophil", "Rumschuettel", "t.r@berlin.example", "1944-03-22", id="similar-name"),
        ),
    ]


def _partners_twins() -> list[Person]:
    """Return two records of the integration that are both one person in Gusto, and one that may be two."""
    annie = ("Annie", "Innstetten", "annie@berlin.example", "1999-07-03")
    dagobert = ("Dagobert", "Briest", "dagobert@berlin.example", "1980-02-02")
    return [
        _person(*annie, id="twin-a"),
        _person(*annie, id="twin-b"),
        _person(*dagobert, id="one-of-two"),
    ]


def _gustos_twins() -> list[Person]:
    return [
        _person("Annie", "Innstetten", "annie@berlin.example", "1999-07-03"),
        _person("Dagobert", "Briest", "d.briest@one.example", "1980-02-02"),
        _person("Dagobert", "Briest", "d.briest@two.example", "1980-02-02"),
    ]


def _person(first: str, last: str, email: str, born: str, **more: str) -> Person:
    return {**more, "first_name": first, "last_name": last, "email": email, "date_of_birth": born}


@scenario(
    title="Somebody who was matched changes name",
    needs=(Action.CONNECT, Action.SET_PEOPLE, Action.SYNC_PEOPLE),
    observes=(Observation.MATCHES,),
)
def renamed_person(stage: Stage) -> None:
    """A person who was matched marries: another last name, another e-mail.

    1. In Gusto there is a company of two people; put the same two into the integration.
    2. Connect the company, sync people, and confirm the matches where the integration asks for it.
    3. In Gusto change the last name and the e-mail of one of them. Sync people again.
    4. Look at who is matched with whom, before and after.
    """
    twins = [
        _person("Lene", "Nimptsch", "lene@gaertnerei.example", "1984-04-18"),
        _person("Botho", "Rienaecker", "botho@landgrafenstrasse.example", "1979-09-01"),
    ]
    tenant = stage.tenant(roster=twins)
    stage.act(
        Action.SET_PEOPLE,
        tenant,
        {"people": [{"id": f"person-{number}", **each} for number, each in enumerate(twins, 1)]},
    )
    stage.connect(tenant)
    stage.act(Action.SYNC_PEOPLE, tenant)
    stage.confirm_proposals(tenant)
    stage.observe(Observation.MATCHES, tenant)
    stage.note("renamed", [_uuid_of(stage, tenant, "Lene")])
    stage.change_person(
        tenant, _uuid_of(stage, tenant, "Lene"), last_name="Franke", email="lene.franke@werkstatt.example"
    )
    stage.act(Action.SYNC_PEOPLE, tenant)
    stage.observe(Observation.MATCHES, tenant)


def _uuid_of(stage: Stage, tenant: Tenant, first_name: str) -> str:
    return next(str(each["uuid"]) for each in stage.people(tenant) if each["first_name"] == first_name)


@scenario(
    title="People leave, stay after all, and come back",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
    observes=(Observation.PEOPLE, Observation.MATCHES, Observation.LOGS),
)
def people_come_and_go(stage: Stage) -> None:
    """Somebody has left, somebody will, somebody returns, and of one person hardly anything is known.

    1. In Gusto there is a company of six people. The last day of one was yesterday, of two it is tomorrow, of
       one it was a month ago. One has no e-mail, birth date, department or manager.
    2. Put the one who left a month ago into the integration, and somebody of whom only a name is known.
       Connect the company, sync people, and confirm the matches where the integration asks for it.
    3. Look at the people, and at who is matched with whom.
    4. In Gusto take one of the two dismissals of tomorrow back, and hire the one of a month ago again, from
       today. Sync people. Look at the same again, and at the logs.
    """
    colleagues = _colleagues()
    tenant = stage.tenant(roster=[_person(*each) for each in colleagues.values()])
    uuids = dict(zip(colleagues, stage.roster(tenant), strict=True))
    for who, days in (("gone", -1), ("leaving", 1), ("staying_after_all", 1), ("returning", -30)):
        stage.dismiss(tenant, uuids[who], days=days)
    blank = dict.fromkeys(("email", "work_email", "date_of_birth", "department_uuid", "manager_uuid"))
    stage.change_person(tenant, uuids["bare"], **blank)
    ours = [_person(*colleagues["returning"], id="returning"), _bare_person()]
    stage.act_where_possible(Action.SET_PEOPLE, tenant, {"people": ours})
    stage.note("colleagues", uuids)
    stage.connect(tenant)
    stage.act(Action.SYNC_PEOPLE, tenant)
    stage.confirm_proposals(tenant)
    with stage.window("before"):
        _look_at_colleagues(stage, tenant)
    stage.cancel_dismissal(tenant, uuids["staying_after_all"])
    stage.rehire(tenant, uuids["returning"])
    stage.act(Action.SYNC_PEOPLE, tenant)
    with stage.window("after"):
        _look_at_colleagues(stage, tenant)
    stage.observe_where_possible(Observation.LOGS, tenant)


def _colleagues() -> dict[str, tuple[str, str, str, str]]:
    return {
        "staying": ("Dubslav", "Stechlin", "dubslav@stechlin.example", "1948-01-05"),
        "gone": ("Engelke", "Diener", "engelke@stechlin.example", "1951-03-09"),
        "leaving": ("Melusine", "Ghiberti", "melusine@kronprinzenufer.example", "1975-05-13"),
        "staying_after_all": ("Armgard", "Barby", "armgard@kronprinzenufer.example", "1979-07-17"),
        "returning": ("Woldemar", "Stechlin", "woldemar@regiment.example", "1972-09-21"),
        "bare": ("Uncke", "Gendarm", "uncke@stechlin.example", "1960-11-25"),
    }


def _bare_person() -> dict[str, str | None]:
    return {"id": "bare", "first_name": "Pyterke", "last_name": "Wachtmeister", "email": None}


def _look_at_colleagues(stage: Stage, tenant: Tenant) -> None:
    stage.observe_where_possible(Observation.PEOPLE, tenant)
    stage.observe_where_possible(Observation.MATCHES, tenant)
