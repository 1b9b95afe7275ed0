"""Hours on their way to Gusto: a week with all that happens in one, and how they get into payrolls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from partner_qa.contract.names import CREATE_TIME_SHEET
from partner_qa.driving.payday_side import OpenPeriod
from partner_qa.driving.stage import Stage
from partner_qa.model import Action, Json, Observation, Tenant
from partner_qa.recorder.faults import drop_response
from partner_qa.suite import scenario

_SHEETS = "/v1/companies/{company}/time_tracking/time_sheets"


class _Shift(NamedTuple):
    """A shift of somebody; `began` and `ended` are what the clock on the wall showed there."""

    id: str
    person: str
    began: datetime
    ended: datetime | None
    zone: str = "America/Denver"
    status: str = "approved"
    hours: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Json]:
        shown: dict[str, Json] = {
            "id": self.id,
            "person_id": self.person,
            "status": self.status,
            "started_at": self._to_moment(self.began),
            "ended_at": None if self.ended is None else self._to_moment(self.ended),
            "time_zone": self.zone,
        }
        if self.hours:
            shown["hours"] = [{"classification": name, "hours": count} for name, count in self.hours]
        return shown

    def _to_moment(self, wall: datetime) -> str:
        return wall.replace(tzinfo=ZoneInfo(self.zone)).isoformat()


@scenario(
    title="A week of hours is sent, sent again, and corrected",
    needs=(Action.CONNECT, Action.SET_PEOPLE, Action.SYNC_PEOPLE, Action.SEND_HOURS),
    observes=(Observation.HOURS, Observation.MATCHES),
)
def week_of_hours(stage: Stage) -> None:
    """A week has overtime, nights, a change of the clocks, and shifts that nobody approved.

    1. In Gusto there is a company of nine people; put six of them into the integration. Five agree in all
       facts; of the sixth only the name agrees, and nobody confirms that match.
    2. Connect the company and sync people; confirm the other five matches where the integration asks for it.
       Send the shifts listed under `shifts` below. Each person's overtime is by `overtime`; the hours that
       are right are listed under `golden`.
    3. Send the same shifts again, unchanged.
    4. Send them with six changes: two shifts ended earlier, one was an hour later, one was deleted, one that
       waited was approved, and one that was approved is rejected.
    5. Send one shift more; the answer to the request that creates its time sheet is lost. Send them all once
       more.
    6. After each sending look at what became of the shifts, and at the time sheets in Gusto.
    """
    colleagues = _colleagues()
    tenant = stage.tenant(roster=list(colleagues.values()))
    uuids = dict(zip(colleagues, stage.gusto.roster(tenant), strict=True))
    period = stage.gusto.payday.open_periods(tenant)[0]
    week = _week_of(period.start + timedelta(days=2), stage.gusto.payday.today)
    corrected = _correct(week)
    stage.note("people", {each: uuids[each] for each in _SENT_FOR})
    stage.note("shifts", [each.to_json() for each in week])
    stage.note("corrected_shifts", [each.to_json() for each in corrected])
    stage.note("overtime", _RULES)
    stage.note("golden", _GOLDEN)
    stage.act(Action.SET_PEOPLE, tenant, {"people": _partners(colleagues)})
    stage.connect(tenant)
    stage.act(Action.SYNC_PEOPLE, tenant)
    stage.confirm_proposals(tenant, but={"unconfirmed"})
    one_more = [*corrected, _an_hour_more(week)]
    sendings = (("first", week), ("again", week), ("corrected", corrected), ("lost", one_more))
    for window, shifts in (*sendings, ("found", one_more)):
        if window == "lost":
            lost = drop_response().on(operation=CREATE_TIME_SHEET, occurrence=1, company=tenant.company)
            stage.fault(lost)
        with stage.window(window):
            stage.act(Action.SEND_HOURS, tenant, _to_payload(shifts))
            stage.observe_where_possible(Observation.HOURS, tenant)
            stage.gusto.audit(tenant, _SHEETS)


# Whose hours count by which rule, and what is right. weekly: above 40 hours of a workweek (29 CFR 778.101).
# weekly_and_daily: besides above 8 hours of a day, double above 12 (California Labor Code section 510).
_RULES = {"weekly": "weekly", "daily": "weekly_and_daily", "uneven": "weekly", "night": "weekly"}
_GOLDEN = {
    "first": {
        "weekly": {"Regular": "40", "Overtime": "5"},  # five times nine hours
        "daily": {"Regular": "16", "Overtime": "4", "Double overtime": "1"},  # 13 hours and 8
        "classified": {"Regular": "6.5", "Overtime": "1.25"},  # as given
        "uneven": {"Regular": "16"},  # 8 hours and 20 minutes, 7 hours and 40 minutes
    },
    "corrected": {
        "weekly": {"Regular": "35"},  # three times nine, and eight: what was overtime is not any more
        "daily": {"Regular": "16", "Overtime": "1"},  # 9 hours and 8
        "classified": {"Regular": "6.5", "Overtime": "1.25"},
        "uneven": {"Regular": "16"},
    },
}
_SENT_FOR = ("weekly", "daily", "classified", "uneven", "night", "unconfirmed")


def _colleagues() -> dict[str, Mapping[str, Json]]:
    """Return nine people; those who are sent hours for are paid by the hour, as their places have it."""
    names = {
        "unconfirmed": ("Hermann", "Gast", "1991-01-19"),
        "weekly": ("Lorenz", "Kessler", "1984-02-03"),
        "filler-1": ("Karla", "Winter", "1976-03-09"),
        "daily": ("Elsbeth", "Moor", "1990-04-27"),
        "filler-2": ("Justus", "Anders", "1969-05-15"),
        "filler-3": ("Rahel", "Sommer", "1988-06-21"),
        "night": ("Gregor", "Nacht", "1979-07-07"),
        "uneven": ("Ottilie", "Brink", "1995-08-30"),
        "classified": ("Ludwig", "Hain", "1982-09-11"),
    }
    return {
        each: {
            "first_name": first,
            "last_name": last,
            "email": f"{first}.{last}@werk.example".lower(),
            "date_of_birth": born,
        }
        for each, (first, last, born) in names.items()
    }


def _partners(colleagues: Mapping[str, Mapping[str, Json]]) -> list[Json]:
    """Return the people as the integration has them: of one only the name agrees."""
    people: list[Json] = [{**colleagues[each], "id": each} for each in _SENT_FOR[:-1]]
    stranger = {"email": "h.gast@elsewhere.example", "date_of_birth": "1967-12-24"}
    return [*people, {**colleagues["unconfirmed"], **stranger, "id": "unconfirmed"}]


def _week_of(monday: date, today: date) -> list[_Shift]:
    """Return the shifts of a week from Monday on, and one in the last night in which the clocks changed."""
    work = [
        _work(f"weekly-{day}", "weekly", monday, day, "08:00", 9, zone="America/Chicago") for day in range(5)
    ]
    work += [
        _work("daily-0", "daily", monday, 0, "07:00", 13, zone="America/Los_Angeles"),
        _work("daily-2", "daily", monday, 2, "09:00", 8, zone="America/Los_Angeles"),
        _work("uneven-1", "uneven", monday, 1, "12:00", 8 + 1 / 3, zone="Pacific/Honolulu"),
        _work("uneven-2", "uneven", monday, 2, "12:00", 7 + 2 / 3, zone="Pacific/Honolulu"),
        _work("night-pending", "night", monday, 0, "09:00", 3, status="pending"),
        _work("night-over", "night", monday, 1, "22:00", 8),
        _work("night-until-midnight", "night", monday, 3, "20:00", 4),
        _work("night-rejected", "night", monday, 4, "09:00", 2, status="rejected"),
        _work("night-open", "night", monday, 4, "13:00", 0)._replace(ended=None),
        _work("night-empty", "night", monday, 2, "12:00", 0),
        _work("unconfirmed-1", "unconfirmed", monday, 1, "08:00", 8),
        _clock_change(today),
    ]
    given = (("Regular", "6.5"), ("Overtime", "1.25"))
    return [*work, _work("classified-1", "classified", monday, 1, "08:00", 7.75)._replace(hours=given)]


def _correct(week: Iterable[_Shift]) -> list[_Shift]:
    """Return the shifts after six changes; of each rule of overtime, one is corrected."""
    changes: dict[str, dict[str, Any]] = {
        "weekly-1": {"ended": -timedelta(hours=1)},
        "daily-0": {"ended": -timedelta(hours=4)},
        "uneven-1": {"began": timedelta(hours=1), "ended": timedelta(hours=1)},
        "night-pending": {"status": "approved"},
        "night-until-midnight": {"status": "rejected"},
    }
    return [_change(each, **changes.get(each.id, {})) for each in week if each.id != "weekly-2"]


def _an_hour_more(week: Iterable[_Shift]) -> _Shift:
    """Return another shift of whoever has the fewest hours, later on the last of their days."""
    last = [each for each in week if each.person == "uneven"][-1]
    began = last.began + timedelta(hours=10)
    return last._replace(id="uneven-late", began=began, ended=began + timedelta(hours=1))


def _change(shift: _Shift, **changes: Any) -> _Shift:
    if "began" in changes:
        changes["began"] = shift.began + changes["began"]
    if "ended" in changes and shift.ended is not None:
        changes["ended"] = shift.ended + changes["ended"]
    return shift._replace(**changes)


def _work(name: str, person: str, monday: date, day: int, at: str, hours: float, **more: Any) -> _Shift:
    began = datetime.combine(monday + timedelta(days=day), time.fromisoformat(at))
    return _Shift(id=name, person=person, began=began, ended=began + timedelta(hours=hours), **more)


def _clock_change(today: date) -> _Shift:
    """Return a shift through the last night in which the clocks in Denver changed: nine hours, or seven."""
    zone = ZoneInfo("America/Denver")
    day = today - timedelta(days=2)
    while _offset(day, zone) == _offset(day - timedelta(days=1), zone):
        day -= timedelta(days=1)
    evening = datetime.combine(day - timedelta(days=1), time(22))
    return _Shift(id="night-clocks", person="night", began=evening, ended=evening + timedelta(hours=8))


def _offset(day: date, zone: ZoneInfo) -> timedelta | None:
    return datetime.combine(day, time(12), zone).utcoffset()


def _to_payload(shifts: Iterable[_Shift], period: Mapping[str, Json] | None = None) -> dict[str, Json]:
    payload: dict[str, Json] = {
        "shifts": [each.to_json() for each in shifts],
        "overtime": dict(_RULES),
    }
    if period is not None:
        payload["period"] = {name: period[name] for name in ("start_date", "end_date")}
    return payload


@scenario(
    title="Hours go into the payrolls of two schedules, and a change comes too late",
    needs=(Action.CONNECT, Action.SET_PEOPLE, Action.SYNC_PEOPLE, Action.SEND_HOURS),
    observes=(Observation.HOURS, Observation.NOTICES, Observation.MATCHES),
)
def hours_into_payrolls(stage: Stage) -> None:
    """A company pays by two schedules. Syncs to payroll succeed, fail, and succeed in part.

    1. In Gusto there is a company that pays every second person by another schedule. Put three of its people,
       who are paid by the hour, into the integration. Connect the company, sync people, and confirm the
       matches where it asks for that.
    2. Send a shift of each, and ask for a sync of the open pay period of the first schedule. It succeeds.
    3. In Gusto submit the payroll of the second schedule, and ask for a sync of its period. It fails, since
       the payroll takes nothing while it is processed. In Gusto let the payroll come back.
    4. In Gusto dismiss somebody as of the day before that period, and ask for the same sync again. It
       succeeds for everybody but that person, and a warning says so.
    5. In Gusto run the payroll of the first schedule. Then send the shift that it took with an hour more.
    6. After each step look at hours and notices, and at the syncs or time sheets in Gusto. Where the
       integration asks for no sync, the admin starts it in Gusto.
    """
    colleagues = _paid_by_two_schedules()
    tenant = stage.tenant(roster=list(colleagues.values()))
    uuids = dict(zip(colleagues, stage.gusto.roster(tenant), strict=True))
    payday = stage.gusto.payday
    payday.pay_by_two_schedules(tenant)
    first, second = payday.open_periods(tenant)
    begins = {"first": first.start, "staying": second.start, "dismissed": second.start}
    shifts = [_a_day(each, max(day, payday.today - timedelta(days=1))) for each, day in begins.items()]
    stage.note("people", {each: uuids[each] for each in begins})
    stage.note("left_out", str(colleagues["dismissed"]["last_name"]))
    stage.note(
        "periods", {"success": first.to_json(), "failure": second.to_json(), "partial": second.to_json()}
    )
    people: list[Json] = [{**colleagues[each], "id": each} for each in begins]
    stage.act(Action.SET_PEOPLE, tenant, {"people": people})
    stage.connect(tenant)
    stage.act(Action.SYNC_PEOPLE, tenant)
    stage.confirm_proposals(tenant)
    _sync(stage, tenant, "success", shifts, first)
    payday.submit_payroll(tenant, second.payroll)
    _sync(stage, tenant, "failure", shifts, second)
    payday.reopen_payroll(tenant, second.payroll)
    stage.gusto.dismiss(tenant, uuids["dismissed"], days=(second.start - payday.today).days - 1)
    _sync(stage, tenant, "partial", shifts, second)
    stage.gusto.desk.run(tenant, first.payroll)
    late = [_change(shifts[0], ended=timedelta(hours=1)), *shifts[1:]]
    stage.note("late_shifts", [late[0].to_json()])
    with stage.window("late"):
        stage.act(Action.SEND_HOURS, tenant, _to_payload(late))
        _look(stage, tenant)
        stage.gusto.audit(tenant, _SHEETS)


def _sync(stage: Stage, tenant: Tenant, window: str, shifts: list[_Shift], period: OpenPeriod) -> None:
    """Ask for a sync of a period, and look at what became of it, on both sides."""
    payday = stage.gusto.payday
    before = payday.list_syncs(tenant)
    with stage.window(window):
        stage.act(Action.SEND_HOURS, tenant, _to_payload(shifts, period.to_json()))
        if payday.list_syncs(tenant) == before:
            payday.start_sync(tenant, period)
        syncs = payday.finish_syncs(tenant)
        _look(stage, tenant)
        if syncs:
            stage.gusto.audit(tenant, f"/v1/time_tracking/payroll_syncs/{syncs[-1]}")
        stage.gusto.audit(tenant, "/v1/companies/{company}/pay_periods", end_date=str(period.end))


def _look(stage: Stage, tenant: Tenant) -> None:
    stage.observe_where_possible(Observation.HOURS, tenant)
    stage.observe_where_possible(Observation.NOTICES, tenant)


def _paid_by_two_schedules() -> dict[str, Mapping[str, Json]]:
    """Return seven people: the second and the fourth are paid by the second schedule, the last by the first.

    All three are paid by the hour.
    """
    names = ("Adam", "staying", "Berta", "dismissed", "Claus", "Dora", "first")
    known = {
        "staying": ("Stine", "Rehbein"),
        "dismissed": ("Pauline", "Pittelkow"),
        "first": ("Waldemar", "Haldern"),
    }
    people: dict[str, Mapping[str, Json]] = {}
    for number, each in enumerate(names):
        first, last = known.get(each, (each, "Invaliden"))
        born, mail = f"198{number}-03-1{number}", f"{first}.{last}@strasse.example".lower()
        people[each] = {"first_name": first, "last_name": last, "email": mail, "date_of_birth": born}
    return people


def _a_day(person: str, day: date) -> _Shift:
    began = datetime.combine(day, time(8))
    return _Shift(id=f"{person}-day", person=person, began=began, ended=began + timedelta(hours=8))
