"""People who have several jobs, each of which pays otherwise."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from partner_qa.driving.stage import Stage
from partner_qa.model import Action, Json, Observation
from partner_qa.suite import scenario

_ZONE = "America/Denver"
_SHEETS = "/v1/companies/{company}/time_tracking/time_sheets"
_NAMES = (
    ("Armin", "Fuchs", "1981-02-03"),
    ("Barbara", "Reh", "1982-04-05"),
    ("Cornelius", "Hirsch", "1983-06-07"),
    ("Dorothea", "Dachs", "1984-08-09"),
    ("Eberhard", "Wolf", "1985-10-11"),
)
_ONE, _SEVERAL = "colleague-2", "colleague-5"


@scenario(
    title="Somebody has two jobs",
    needs=(Action.CONNECT, Action.SET_PEOPLE, Action.SYNC_PEOPLE),
    observes=(Observation.HOURS, Observation.NOTICES),
)
def somebody_with_two_jobs(stage: Stage) -> None:
    """Somebody works as Customer Support and as Barista; a colleague is Barista and nothing besides.

    1. In Gusto there is a company of five people. The fifth has two jobs, Customer Support first. The second
       has one, and it is called Barista as well. Put all five into the integration, connect, sync people, and
       confirm matches where it asks for that.
    2. Where the integration sends hours, send five shifts, a day each: the colleague's without a job; of the
       fifth person one as Customer Support, one as Barista, one as Lifeguard, and one without a job. Look at
       what became of them, at what the customer is told, and at the time sheets in Gusto.
    3. Where it updates payrolls, contribute hours of that person: 3 as Barista and 2 as Lifeguard. Look at
       the payroll in Gusto.
    """
    tenant = stage.tenant(roster=[_to_person(each) for each in _NAMES])
    people = stage.gusto.roster(tenant)
    ours = [{"id": f"colleague-{at}", **_to_person(each)} for at, each in enumerate(_NAMES, 1)]
    stage.act(Action.SET_PEOPLE, tenant, {"people": ours})
    stage.connect(tenant)
    stage.act(Action.SYNC_PEOPLE, tenant)
    stage.confirm_proposals(tenant)
    stage.gusto.audit(tenant, "/v1/companies/{company}/employees")
    shifts = _shifts_from(stage.gusto.payday.open_periods(tenant)[0].start)
    stage.note("shifts", shifts)
    stage.note("people", {_ONE: people[1], _SEVERAL: people[4]})
    with stage.window("hours"):
        stage.act_where_possible(Action.SEND_HOURS, tenant, {"shifts": shifts})
        stage.observe_where_possible(Observation.HOURS, tenant)
        stage.observe_where_possible(Observation.NOTICES, tenant)
    stage.gusto.audit(tenant, _SHEETS)
    lines = [_to_line("Barista", "3.000"), _to_line("Lifeguard", "2.000")]
    stage.note("lines", lines)
    with stage.window("payroll"):
        stage.act_where_possible(Action.UPDATE_PAYROLL, tenant, {"lines": lines})
        stage.observe_where_possible(Observation.NOTICES, tenant)
    stage.gusto.desk.calculate(tenant, stage.gusto.desk.next_payroll(tenant))


def _to_person(name: tuple[str, str, str]) -> dict[str, Json]:
    first, last, born = name
    mail = f"{first}.{last}@tierpark.example".lower()
    return {"first_name": first, "last_name": last, "email": mail, "date_of_birth": born}


def _shifts_from(first: date) -> list[dict[str, Json]]:
    """Return five shifts of four hours, one on each day."""
    whose = (
        ("single", _ONE, None),
        ("first", _SEVERAL, "Customer Support"),
        ("second", _SEVERAL, "Barista"),
        ("unknown", _SEVERAL, "Lifeguard"),
        ("untold", _SEVERAL, None),
    )
    return [
        _to_shift(name, person, job, first + timedelta(days=at))
        for at, (name, person, job) in enumerate(whose)
    ]


def _to_shift(name: str, person: str, job: str | None, day: date) -> dict[str, Json]:
    began = datetime.combine(day, time(9), ZoneInfo(_ZONE))
    shift: dict[str, Json] = {
        "id": name,
        "person_id": person,
        "status": "approved",
        "started_at": began.isoformat(),
        "ended_at": (began + timedelta(hours=4)).isoformat(),
        "time_zone": _ZONE,
    }
    return shift if job is None else {**shift, "job": job}


def _to_line(job: str, hours: str) -> dict[str, Json]:
    return {"person_id": _SEVERAL, "earning": "Regular Hours", "hours": hours, "job": job}
