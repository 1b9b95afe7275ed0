"""Whether hours reach Gusto as they were worked, once, of the right people, and then the right payroll."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from partner_qa.checks import declared, payroll_syncs, time, time_sheet_form, worked_hours
from partner_qa.contract.names import (
    CREATE_PAYROLL_SYNC,
    CREATE_TIME_SHEET,
    LIST_EMPLOYEES,
    LIST_TIME_SHEETS,
    SHOW_EMPLOYEE,
    UPDATE_PAYROLL,
)
from partner_qa.model import Evidence, Exchange, Json, Kind, Recording, Run
from partner_qa.spoiler import (
    Spoiler,
    changing,
    dropping,
    repeating,
    with_answer_json,
    with_operation,
    with_request_json,
)
from partner_qa.suite import item, require


def _calls(*operations: str) -> Any:
    def is_one(exchange: Exchange) -> bool:
        return exchange.kind is Kind.API and exchange.operation in operations

    return is_one


def _writes_hours(exchange: Exchange) -> Exchange:
    row: Json = {"hourly_compensations": [{"name": "Regular Hours", "hours": "8.000"}]}
    changed = with_operation(UPDATE_PAYROLL)(exchange)
    return with_request_json(lambda _: {"employee_compensations": [row]})(changed)


@item("TIME-01", spoiled_by=repeating(_calls(CREATE_TIME_SHEET), _writes_hours))
def test_sends_time_sheets(hours_into_payrolls: Recording) -> None:
    """Send shifts, sync them to payrolls, and look for payroll updates with hours meanwhile."""
    require(time.sends_time_sheets(hours_into_payrolls))


@item("TIME-03", spoiled_by=dropping(_calls(LIST_EMPLOYEES, SHOW_EMPLOYEE)))
def test_reads_people_before_hours(week_of_hours: Recording) -> None:
    """Watch what comes before the first sheet, and send a shift of somebody whose match is not confirmed."""
    require(time.reads_people_before_hours(week_of_hours))


def _with_long_hours(body: dict[str, Json]) -> Json:
    return {**body, "entries": [{"pay_classification": "Regular", "hours_worked": 8.33333}]}


@item("TIME-04", spoiled_by=changing(_calls(CREATE_TIME_SHEET), with_request_json(_with_long_hours)))
def test_sends_valid_time_sheets(week_of_hours: Recording) -> None:
    """Send shifts of all kinds, one of them of eight hours and twenty minutes, and read each time sheet."""
    require(time_sheet_form.sends_valid_time_sheets(week_of_hours))


def _reads_sheets(exchange: Exchange) -> bool:
    return exchange.kind is Kind.AUDIT and exchange.operation == LIST_TIME_SHEETS


def _held(edit: Any) -> Spoiler:
    """Return a spoiler after which Gusto held other time sheets, as it would after another integration."""
    return changing(_reads_sheets, with_answer_json(edit))


def _without_overtime(sheets: Any) -> Json:
    def flatten(sheet: dict[str, Any]) -> dict[str, Any]:
        rows = [{**each, "pay_classification": "Regular"} for each in sheet["entries"]]
        return {**sheet, "entries": rows}

    return [flatten(each) for each in sheets]


def _twice(sheets: Any) -> Json:
    return [*sheets, *({**each, "uuid": f"second {each['uuid']}"} for each in sheets)]


def _an_hour_less_at_night(sheets: Any) -> Json:
    return [
        _with_hours(each, "8.000") if each["entries"][0]["hours_worked"] in _ODD else each for each in sheets
    ]


_ODD = ("9.000", "7.000")  # what a night of eight hours has when the clocks change


def _with_hours(sheet: dict[str, Any], hours: str) -> dict[str, Any]:
    return {**sheet, "entries": [{**sheet["entries"][0], "hours_worked": hours}]}


def _stands_for_all(recording: Recording) -> Recording:
    """Let every shift that waited for approval stand in Gusto from the first sending on."""
    people: Any = recording.situation["people"]
    shifts: Any = recording.situation["shifts"]
    waiting = [each for each in shifts if each["status"] == "pending"]

    def add(sheets: Any) -> Json:
        return [
            *sheets,
            *(
                {
                    **sheets[0],
                    "uuid": each["id"],
                    "entity_uuid": people[each["person_id"]],
                    "shift_started_at": each["started_at"],
                    "shift_ended_at": each["ended_at"],
                }
                for each in waiting
            ),
        ]

    return _held(add)(recording)


@item("TIME-05", spoiled_by=_held(_without_overtime))
def test_classifies_hours(week_of_hours: Recording) -> None:
    """Send a week above 40 hours and a day above 12, take a day out of the week, and add up both times."""
    require(worked_hours.classifies_hours(week_of_hours))


def _doubled_at(look: int) -> Spoiler:
    """Return a spoiler after which one look at the sheets, counted from 0, shows each of them twice."""

    def double(recording: Recording) -> Recording:
        reads = [each.sequence for each in recording.exchanges if _reads_sheets(each)]
        return changing(lambda each: each.sequence == reads[look], with_answer_json(_twice))(recording)

    return double


@item("TIME-06", spoiled_by=_doubled_at(2))
def test_carries_corrections_over(week_of_hours: Recording) -> None:
    """End one shift earlier and delete another, send the rest again, and read the time sheets in Gusto."""
    require(time.carries_corrections_over(week_of_hours))


@item("TIME-07", spoiled_by=_doubled_at(1))
def test_sends_each_shift_once(week_of_hours: Recording) -> None:
    """Send the same shifts a second time, unchanged, and compare the time sheets before and after."""
    require(time.sends_each_shift_once(week_of_hours))


@item("TIME-08", spoiled_by=_held(_an_hour_less_at_night))
def test_reads_clocks_right(week_of_hours: Recording) -> None:
    """Send shifts over midnight, through a change of the clocks, in several zones, without end or hours."""
    require(worked_hours.reads_clocks_right(week_of_hours))


@item("TIME-09", spoiled_by=_stands_for_all)
def test_sends_approved_hours_only(week_of_hours: Recording) -> None:
    """Send shifts that wait or were rejected, approve one, reject another, and read the sheets in Gusto."""
    require(time.sends_approved_hours_only(week_of_hours))


def _may_sync(run: Run) -> bool:
    """Whether the integration may ask for syncs to payroll; otherwise the admin starts them in Gusto."""
    return "payroll_syncs:write" in declared.assigned_scopes(run)


def _with_another_schedule(body: dict[str, Json]) -> Json:
    return {**body, "pay_schedule_uuid": "00000000-0000-4000-8000-000000000000"}


@item("TIME-10", spoiled_by=changing(_calls(CREATE_PAYROLL_SYNC), with_request_json(_with_another_schedule)))
def test_takes_periods_from_gusto(hours_into_payrolls: Recording, run: Run) -> None:
    """Ask for syncs of the open pay periods of two schedules, and compare what is sent with the calendar."""
    require(payroll_syncs.takes_periods_from_gusto(hours_into_payrolls, may_sync=_may_sync(run)))


def _saying(edit: Callable[[dict[str, Any]], Json]) -> Spoiler:
    """Return a spoiler after which the integration said something else whenever it was asked."""

    def spoil(recording: Recording) -> Recording:
        change = with_answer_json(edit)
        return recording.with_exchanges(
            tuple(change(each) if each.kind is Kind.OBSERVATION else each for each in recording.exchanges)
        )

    return spoil


def _all_is_well(told: dict[str, Any]) -> Json:
    syncs: Json = [{**each, "status": "success", "warnings": []} for each in told.get("syncs", [])]
    return {**told, "syncs": syncs} if "syncs" in told else told


@item("TIME-11", spoiled_by=_saying(_all_is_well), evidence=Evidence.REPORTED)
def test_follows_syncs_to_their_end(hours_into_payrolls: Recording, run: Run) -> None:
    """Let one sync succeed, one fail and one succeed in part, and ask what the customer was told of each."""
    require(payroll_syncs.follows_syncs_to_their_end(hours_into_payrolls, may_sync=_may_sync(run)))


def _swallows(told: dict[str, Any]) -> Json:
    shifts: Json = [{**each, "state": "sent", "detail": None} for each in told.get("shifts", [])]
    changed = {**told, "shifts": shifts} if "shifts" in told else told
    return {**changed, "notices": []} if "notices" in told else changed


@item("TIME-12", spoiled_by=_saying(_swallows), evidence=Evidence.REPORTED)
def test_tells_of_late_changes(hours_into_payrolls: Recording) -> None:
    """Run the payroll that took a shift, send that shift with an hour more, and ask what became of it."""
    require(payroll_syncs.tells_of_late_changes(hours_into_payrolls))
