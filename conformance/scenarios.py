"""The situations an integration is put into. Each could be performed by hand from its docstring.

A scenario prepares, acts and watches; it never judges. Scenarios are expensive, so they are few, and each
is looked at by many tests. The name of a scenario is the name of the recording that tests ask for.
"""

from __future__ import annotations

from partner_qa.model import Action, Observation, Tenant
from partner_qa.recorder.faults import delay, expire_token, force_pages, respond
from partner_qa.stage import Stage
from partner_qa.suite import scenario

LIST_EMPLOYEES = "get-v1-companies-company_id-employees"


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


@scenario(
    title="People who look alike",
    needs=(Action.CONNECT, Action.SET_PEOPLE, Action.SYNC_PEOPLE),
    observes=(Observation.MATCHES,),
)
def lookalike_people(stage: Stage) -> None:
    """Some people agree with somebody in Gusto on everything, some on two data points, some on one.

    1. In Gusto there is a company of the people listed under `gusto` below.
    2. Put the people listed under `partner` into the integration. Connect the company and sync people.
    3. Look at who was matched with whom.
    """
    pairs = _lookalikes()
    tenant = stage.tenant(roster=[theirs for theirs, _ in pairs])
    stage.act(Action.SET_PEOPLE, tenant, {"people": [ours for _, ours in pairs]})
    stage.connect(tenant)
    stage.act(Action.SYNC_PEOPLE, tenant)
    stage.note("partner_people", [ours for _, ours in pairs])
    stage.note("gusto_people", stage.people(tenant))
    stage.observe(Observation.MATCHES, tenant)


def _lookalikes() -> list[tuple[dict[str, str], dict[str, str]]]:
    """Return pairs of (person in Gusto, person in the integration), from all alike to one thing alike."""
    return [
        (
            _person("Effi", "Briest", "effi@hohen-cremmen.example", "1978-08-03"),
            _person("Effi", "Briest", "effi@hohen-cremmen.example", "1978-08-03", "all-alike"),
        ),
        (
            _person("Geert", "Innstetten", "geert@kessin.example", "1957-02-11"),
            _person(
                "Geert",
                "Innstetten",
                "g.innstetten@elsewhere.example",
                "1957-02-11",
                "no-e-mail",
            ),
        ),
        (
            _person("Alonzo", "Gieshübler", "post@apotheke.example", "1950-05-20"),
            _person("Sidonie", "Grasenabb", "post@apotheke.example", "1961-10-09", "e-mail-only"),
        ),
        (
            _person("Marietta", "Tripelli", "marietta@opera.example", "1966-01-30"),
            _person("Marietta", "Tripelli", "m.tripelli@choir.example", "1981-12-05", "name-only"),
        ),
        (
            _person("Roswitha", "Gellenhagen", "roswitha@kessin.example", "1962-07-07"),
            _person(
                "Johanna",
                "Paaschen",
                "johanna@berlin.example",
                "1962-07-07",
                "birth-date-only",
            ),
        ),
    ]


def _person(first: str, last: str, email: str, born: str, partner_id: str | None = None) -> dict[str, str]:
    facts = {"first_name": first, "last_name": last, "email": email, "date_of_birth": born}
    return facts if partner_id is None else {"id": partner_id, **facts}


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
