"""Time off as people ask for it, admins decide about it, and payrolls pay it."""

from __future__ import annotations

from partner_qa.contract.names import LIST_TIME_OFF_REQUESTS
from partner_qa.driving.stage import Stage
from partner_qa.model import Action, Json, Observation, Tenant
from partner_qa.recorder.faults import drop_fields
from partner_qa.suite import scenario

_REQUESTS = "/v1/companies/{company}/time_off_requests"
_POLICIES = "/v1/companies/{company}/time_off_policies"


@scenario(
    title="Time off in every status",
    needs=(Action.CONNECT, Action.SYNC_TIME_OFF),
    observes=(Observation.TIME_OFF,),
)
def time_off_in_every_status(stage: Stage) -> None:
    """Requests for time off are pending, approved, declined and paid; then some of that changes.

    1. In Gusto there is a company of eight people. The first five have asked for time off: one request was
       paid, one is approved, one pending, one declined, and one, for sick leave today, approved. Approve
       three more: 2.125 hours of one day and 8 of the next, 3.5 hours under a policy without limit, a day.
    2. Put the same eight people into the integration; connect the company and sync people. Confirm matches
       where it asks for that.
    3. Sync time off. Look at the time off that the integration goes by. The deprecated `request_type` is
       missing from all answers, as if it were gone.
    4. In Gusto decline the second request, approve the third, take back the one of 3.5 hours, and move the
       day by one, to 4 hours. Sync time off and look again.
    5. In Gusto approve 6 hours of today for the second person; the next payroll has them by itself. Sync time
       off. Where the integration updates payrolls, contribute 4 hours of work for that person. Look at the
       payroll in Gusto.
    """
    colleagues = _colleagues()
    tenant = stage.tenant(roster=colleagues)
    people = stage.gusto.roster(tenant)
    day = stage.gusto.in_days
    stage.gusto.give_time_off(tenant, people[5], {day(20): "2.125", day(21): "8"})
    withdrawn = stage.gusto.give_time_off(tenant, people[6], {day(27): "3.5"})
    moved = stage.gusto.give_time_off(tenant, people[7], {day(34): "8"})
    stage.act_where_possible(Action.SET_PEOPLE, tenant, {"people": _numbered(colleagues)})
    stage.connect(tenant)
    stage.act_where_possible(Action.SYNC_PEOPLE, tenant)
    stage.confirm_proposals(tenant)
    stage.fault(drop_fields("request_type").on(operation=LIST_TIME_OFF_REQUESTS, company=tenant.company))
    requests = _sync_and_look(stage, tenant, "before")
    stage.gusto.decide_time_off(
        tenant,
        decline=[requests[1]],
        approve=[requests[2]],
        delete=[withdrawn],
        change={moved: {day(35): "4"}},
    )
    _sync_and_look(stage, tenant, "after")
    _contribute_hours(stage, tenant, people[1])


def _contribute_hours(stage: Stage, tenant: Tenant, person: str) -> None:
    """Contribute hours of work to a payroll that has time off of the same person, approved today."""
    stage.gusto.give_time_off(tenant, person, {stage.gusto.in_days(0): "6"})
    stage.note("contributed", {"person": person, "hours": "4.000"})
    with stage.window("paid"):
        stage.act(Action.SYNC_TIME_OFF, tenant, _span(stage))
        line = {"person_id": "colleague-2", "earning": "Regular Hours", "hours": "4.000"}
        stage.act_where_possible(Action.UPDATE_PAYROLL, tenant, {"lines": [line]})
        stage.gusto.audit(tenant, _REQUESTS)
        stage.gusto.desk.calculate(tenant, stage.gusto.desk.next_payroll(tenant))


def _span(stage: Stage) -> dict[str, str]:
    return {"start_date": str(stage.gusto.in_days(-60)), "end_date": str(stage.gusto.in_days(60))}


def _sync_and_look(stage: Stage, tenant: Tenant, window: str) -> list[str]:
    """Sync and look, in a window of this name; return the requests in the order in which they were made."""
    with stage.window(window):
        told = stage.gusto.audit(tenant, _REQUESTS)
        stage.gusto.audit(tenant, _POLICIES)
        stage.act(Action.SYNC_TIME_OFF, tenant, _span(stage))
        stage.observe_where_possible(Observation.TIME_OFF, tenant)
    return [str(each["uuid"]) for each in told if isinstance(each, dict)] if isinstance(told, list) else []


def _colleagues() -> list[dict[str, Json]]:
    names = (
        ("Botho", "Rienäcker", "1951-02-03"),
        ("Lene", "Nimptsch", "1956-04-05"),
        ("Käthe", "Sellenthin", "1958-06-07"),
        ("Gideon", "Franke", "1947-08-09"),
        ("Margarete", "Dörr", "1939-10-11"),
        ("Balafré", "Wedell", "1950-12-13"),
        ("Osten", "Gruffke", "1932-01-15"),
        ("Serge", "Pitt", "1949-03-17"),
    )
    return [
        {
            "first_name": first,
            "last_name": last,
            "email": f"colleague-{number}@irrungen.example",
            "date_of_birth": born,
        }
        for number, (first, last, born) in enumerate(names, 1)
    ]


def _numbered(people: list[dict[str, Json]]) -> list[dict[str, Json]]:
    """Return people as the partner has them: with ids of its own."""
    return [{"id": f"colleague-{number}", **each} for number, each in enumerate(people, 1)]
