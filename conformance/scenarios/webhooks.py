"""Webhooks: forged, repeated, out of order, meaningless, many at once, and lost."""

from __future__ import annotations

from datetime import timedelta

from partner_qa.contract.names import LIST_EMPLOYEES, LIST_EVENTS, SHOW_EMPLOYEE
from partner_qa.driving.stage import Stage
from partner_qa.model import Action, Json, Observation, Tenant
from partner_qa.recorder.faults import delay, force_pages
from partner_qa.suite import scenario


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
    6. Have it catch up on events; the list comes one by one (forced). Where it does not read that list, sync
       people.
    """
    tenant = stage.tenant(people=12)
    stage.connect(tenant)
    stage.act(Action.SUBSCRIBE_WEBHOOKS, tenant)
    people = stage.gusto.roster(tenant)
    stage.gusto.change_person(tenant, people[0], first_name="Ottilie")
    for person, forgery in zip(people[1:4], ("missing", "forged", "altered"), strict=True):
        stage.webhooks.forge(tenant, person, forgery)
    stage.gusto.change_person(tenant, people[4], first_name="Leberecht")
    stage.observe_where_possible(Observation.EVENTS, tenant)
    stage.fault(force_pages(1).on(operation=LIST_EVENTS))
    with stage.window("catching_up"):
        if not stage.act_where_possible(Action.CATCH_UP_EVENTS, tenant):
            stage.act_where_possible(Action.SYNC_PEOPLE, tenant)


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
    6. Post a signed event about a fifth person, as any other. Look at the events.
    """
    tenant = stage.tenant(people=12)
    stage.connect(tenant)
    stage.act(Action.SUBSCRIBE_WEBHOOKS, tenant)
    stage.act_where_possible(Action.SYNC_PEOPLE, tenant)
    people = stage.gusto.roster(tenant)
    for operation in (SHOW_EMPLOYEE, LIST_EMPLOYEES):
        stage.fault(delay(12).on(operation=operation, company=tenant.company))
    stage.gusto.change_person_while_slow(tenant, people[0], first_name="Ottilie")
    twice = stage.webhooks.event(tenant, people[1])
    for delivered in ("first", "duplicate", "duplicate"):
        stage.webhooks.deliver(tenant, twice, delivered)
    for hours, what, delivered in ((1, "termination_cancelled", "newer"), (2, "terminated", "older")):
        news = {"event_type": f"employee.{what}"}
        stage.webhooks.deliver(
            tenant, stage.webhooks.event(tenant, people[2], news, hours_ago=hours), delivered
        )
    stage.observe_where_possible(Observation.PEOPLE, tenant)
    for delivered, fields in _strange_events(tenant).items():
        stage.webhooks.deliver(tenant, stage.webhooks.event(tenant, people[3], fields), delivered)
    stage.webhooks.deliver(tenant, stage.webhooks.event(tenant, people[4]), "last")
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
    2. Post 200 signed events about its people (about the company, where the subscription is for that and not
       for people), 16 at a time. Look at the events.
    3. Somebody's name changes in Gusto, but no webhook arrives: Gusto has given up trying.
    4. Catch up on events; where the integration does not offer that, sync people.
    """
    tenant = stage.tenant(people=12)
    stage.connect(tenant)
    stage.act(Action.SUBSCRIBE_WEBHOOKS, tenant)
    people = stage.gusto.roster(tenant)
    stage.webhooks.deliver_burst(
        tenant, [stage.webhooks.wanted_event(tenant, people[each % len(people)]) for each in range(200)]
    )
    stage.observe_where_possible(Observation.EVENTS, tenant)
    with stage.webhooks.lost():
        stage.gusto.change_person(tenant, people[0], first_name="Ottilie")
    stage.note("missed", [people[0]])
    with stage.window("catching_up"):
        if not stage.act_where_possible(Action.CATCH_UP_EVENTS, tenant):
            stage.act_where_possible(Action.SYNC_PEOPLE, tenant)


@scenario(
    title="Gusto suspends a company, and lifts that again",
    needs=(Action.CONNECT, Action.SUBSCRIBE_WEBHOOKS),
    observes=(Observation.CONNECTION, Observation.NOTICES),
)
def suspended_company(stage: Stage) -> None:
    """Webhooks say that a company is suspended, while its customer goes on working.

    1. In Gusto there is a company of two people; put them into the integration. Connect the company,
       subscribe to webhooks and sync people; confirm the matches where the integration asks for it.
    2. Send a shift of each, where the integration sends hours.
    3. In Gusto suspend the company. Send a shift more of each. Look at the connection and at what the
       integration tells its user.
    4. Lift the suspension, and send the same again.
    """
    people = [_colleague("Anton", "Meller", "1958-01-12"), _colleague("Abel", "Hradscheck", "1961-06-30")]
    ours: list[Json] = [{"id": f"person-{at}", **each} for at, each in enumerate(people, 1)]
    tenant = stage.tenant(roster=people)
    stage.act_where_possible(Action.SET_PEOPLE, tenant, {"people": ours})
    stage.connect(tenant)
    stage.act(Action.SUBSCRIBE_WEBHOOKS, tenant)
    stage.act_where_possible(Action.SYNC_PEOPLE, tenant)
    stage.confirm_proposals(tenant)
    with stage.window("before"):
        stage.act_where_possible(Action.SEND_HOURS, tenant, _shifts(stage, days=1))
    stage.gusto.desk.suspend(tenant)
    with stage.window("suspended"):
        stage.act_where_possible(Action.SEND_HOURS, tenant, _shifts(stage, days=2))
        stage.observe_where_possible(Observation.CONNECTION, tenant)
        stage.observe_where_possible(Observation.NOTICES, tenant)
    stage.gusto.desk.lift_suspension(tenant)
    with stage.window("afterwards"):
        stage.act_where_possible(Action.SEND_HOURS, tenant, _shifts(stage, days=2))


def _colleague(first: str, last: str, born: str) -> dict[str, str]:
    email = f"{first.lower()}@muehle.example"
    return {"first_name": first, "last_name": last, "email": email, "date_of_birth": born}


def _shifts(stage: Stage, *, days: int) -> dict[str, list[dict[str, str]]]:
    """Return a shift of four hours of each person on each of so many days before today."""
    today = stage.gusto.payday.today
    dates = [(today - timedelta(days=before)).isoformat() for before in range(days, 0, -1)]
    return {
        "shifts": [
            {
                "id": f"{person}-{day}",
                "person_id": person,
                "status": "approved",
                "started_at": f"{day}T15:00:00+00:00",
                "ended_at": f"{day}T19:00:00+00:00",
                "time_zone": "America/Denver",
            }
            for day in dates
            for person in ("person-1", "person-2")
        ]
    }
