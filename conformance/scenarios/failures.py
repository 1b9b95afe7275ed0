"""Gusto refuses, fails, asks for patience, or answers in a shape that nobody knew."""

from __future__ import annotations

import math

from partner_qa.contract.names import LIST_EMPLOYEES
from partner_qa.driving.stage import Stage
from partner_qa.model import Action, Json, Observation, Tenant
from partner_qa.recorder.faults import Fault, add_fields, empty_one, expire_token, respond, unknown_enum
from partner_qa.suite import scenario

_VALUES = {
    Action.SYNC_PEOPLE: ("onboarding_status", "current_employment_status"),
    Action.LIST_CONTRACTORS: ("onboarding_status", "payment_method"),
    Action.POST_JOURNAL: ("withholding_pay_period", "off_cycle_reason"),
}  # fields of a list whose values are from a list of values


@scenario(
    title="Gusto says: too many requests",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
    any_list=True,
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
    stage.fault_reading(respond(429, retry_after=2), occurrence=1)
    stage.read(tenant)
    stage.observe_where_possible(Observation.PEOPLE, tenant)


@scenario(
    title="One customer of two is told to wait",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
    any_list=True,
)
def one_of_two_throttled(stage: Stage) -> None:
    """While one company waits out a 429, another is synced.

    1. In Gusto there are three companies of 12 people. As three customers of the integration, connect one
       each.
    2. Sync people of the third, and see how long that takes.
    3. Sync people of the first; its list is answered 429 and asks for three seconds of silence, or for a
       second more than two syncs of the third would take, where that is longer.
    4. At once sync people of the second.
    """
    first, second, third = (stage.tenant(people=12) for _ in range(3))
    for tenant in (first, second, third):
        stage.connect(tenant)
    pace = stage.time_action(stage.reading.action, third)
    throttled = respond(429, retry_after=min(30, max(3, math.ceil(2 * pace) + 1)))
    throttled = throttled.on(operation=stage.reading.operation, occurrence=1, company=first.company)
    with stage.acting(stage.reading.action, first, since=stage.fault(throttled)):
        stage.read(second)


@scenario(
    title="Gusto fails, for a moment and for longer",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
    any_list=True,
    observes=(Observation.NOTICES, Observation.PEOPLE),
)
def server_errors_sync(stage: Stage) -> None:
    """The list of people is answered 500 and 503 once each, later 500 until the integration gives up.

    1. In Gusto there is a company of 26 people. Connect it.
    2. Sync people; the first two requests for the list fail, the third would succeed. Look at the people.
    3. Sync people; every request for the list fails. Wait until the integration has given up. Look at people
       and notices.
    4. Sync people; nothing fails any more.
    """
    tenant = stage.tenant(people=26)
    stage.connect(tenant)
    stage.fault_reading(respond(500), occurrence=1)
    stage.fault_reading(respond(503), occurrence=2)
    with stage.window("passing"):
        stage.read(tenant)
    stage.lift_faults()
    with stage.window("held"):
        stage.observe_where_possible(Observation.PEOPLE, tenant)
    stage.fault_reading(respond(500))
    with stage.window("lasting"):
        stage.read(tenant)
    with stage.window("kept"):
        stage.observe_where_possible(Observation.PEOPLE, tenant)
        stage.observe_where_possible(Observation.NOTICES, tenant)
    stage.lift_faults()
    with stage.window("afterwards"):
        stage.read(tenant)


@scenario(
    title="Gusto refuses",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
    any_list=True,
    observes=(Observation.NOTICES, Observation.PEOPLE, Observation.LOGS),
)
def refused_requests(stage: Stage) -> None:
    """The list of people is refused in four ways, with syncs that work in between.

    1. In Gusto there is a company of 12 people; put somebody into the integration who is none of them.
       Connect the company and sync people. Look at the people.
    2. Sync people; the list is answered 403, because a scope is missing. Look at notices and people.
    3. Sync people; it works. Sync people; the same 403 comes with another message. Look again.
    4. Sync people; the list is answered 406, because of the API version. Look again.
    5. Sync people; the list is answered 422, with errors inside of errors. Look again.
    6. Sync people; it works.
    7. Sync once more, and let everything go wrong that is logged elsewhere: the access token is refused; with
       the new one the list is answered 500; asked for again, it is answered 422. Look at the logs.
    """
    tenant = stage.tenant(people=12)
    stage.act_where_possible(Action.SET_PEOPLE, tenant, {"people": [_STRANGER]})
    stage.connect(tenant)
    stage.read(tenant)
    with stage.window("before"):
        stage.observe_where_possible(Observation.PEOPLE, tenant)
    _refuse(stage, tenant, "forbidden", respond(403))
    stage.read(tenant)
    _refuse(stage, tenant, "reworded", respond(403, body=_error("missing_oauth_scopes", "Kein Zutritt.")))
    outdated = _error("invalid_api_version", "The API version is not supported any more.")
    _refuse(stage, tenant, "outdated", respond(406, body=outdated))
    inside = _error("invalid_attribute_value", "is not a number")
    _refuse(stage, tenant, "invalid", respond(422, body=_error("nested_errors", "See inside.", inside)))
    with stage.window("afterwards"):
        stage.read(tenant)
    for occurrence, fault in enumerate((expire_token(), respond(500), respond(422)), 1):
        stage.fault_reading(fault, occurrence=occurrence)
    with stage.window("trouble"):
        stage.read(tenant)
    stage.lift_faults()
    stage.observe_where_possible(Observation.LOGS, tenant)


_STRANGER = {
    "id": "a-stranger",
    "first_name": "Hugo",
    "last_name": "Cramer",
    "email": "hugo@kessin.example",
    "date_of_birth": "1970-02-14",
}


def _refuse(stage: Stage, tenant: Tenant, window: str, fault: Fault) -> None:
    stage.fault_reading(fault)
    with stage.window(window):
        stage.read(tenant)
        stage.observe_where_possible(Observation.NOTICES, tenant)
        stage.observe_where_possible(Observation.PEOPLE, tenant)
    stage.lift_faults()


def _error(category: str, message: str, inside: dict[str, Json] | None = None) -> dict[str, Json]:
    error: dict[str, Json] = {"error_key": "request", "category": category, "message": message}
    return {"errors": [error | ({"errors": inside["errors"]} if inside else {})]}


@scenario(
    title="Answers have a new shape",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
    any_list=True,
    observes=(Observation.PEOPLE, Observation.NOTICES),
)
def changed_shapes(stage: Stage) -> None:
    """One person of a list is broken; later all have fields, and then values, that nobody knew.

    1. In Gusto there is a company of 12 people. Connect it.
    2. Sync people for the first time; of the second person of the list everything is null but the UUID. Look
       at people and notices.
    3. Sync people; every object of the list has a field more. Look at the people.
    4. In Gusto somebody's birth date is taken out. Sync people; their employment and onboarding status have
       values that no list of values has. Look at the people. (Of contractors that is their onboarding status
       and way of being paid; of payrolls, which pay period is withheld for, and why they are off cycle.)
    """
    tenant = stage.tenant(people=12)
    stage.connect(tenant)
    people = stage.gusto.roster(tenant)
    stage.gusto.audit(tenant, "/v1/companies/{company}/employees")
    stage.fault(empty_one().on(operation=LIST_EMPLOYEES, during=stage.reading.action))
    with stage.window("one_broken"):
        stage.read(tenant)
        stage.observe_where_possible(Observation.PEOPLE, tenant)
        stage.observe_where_possible(Observation.NOTICES, tenant)
    stage.lift_faults()
    stage.fault_reading(add_fields())
    with stage.window("added"):
        stage.read(tenant)
        stage.observe_where_possible(Observation.PEOPLE, tenant)
    stage.lift_faults()
    stage.gusto.change_person(tenant, people[0], date_of_birth=None)
    stage.fault_reading(unknown_enum(*_VALUES[stage.reading.action]))
    with stage.window("unknown"):
        stage.read(tenant)
        stage.observe_where_possible(Observation.PEOPLE, tenant)
