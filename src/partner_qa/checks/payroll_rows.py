"""What went into a payroll: rows as they were read, as they were sent, and as Gusto ended up with them.

A row is one person's part of a payroll. Checks about payrolls ask here; the scenarios that they look at keep
in their situation the windows (`first`, `repeated`, …), in each of which the integration wrote, the payroll
was calculated in Gusto, and every row of it was read by an audit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from partner_qa.checks import traffic
from partner_qa.contract.names import PREPARE_PAYROLL, SHOW_PAYROLL, UPDATE_PAYROLL
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Json, Kind, Recording

Row = Mapping[str, Json]
Line = tuple[str, str]  # the name and the job
MISSING = ("actions.set_people, actions.sync_people and actions.update_payroll in partner.yaml",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One person's row in an update that the integration sent."""

    call: Exchange
    payroll: str
    employee: str
    row: Row


def payroll_of(call: Exchange) -> str:
    """Return the UUID of the payroll in a request's path (`/v1/companies/{}/payrolls/{}`)."""
    parts = traffic.path_of(call).split("/")
    return parts[5] if len(parts) > 5 else ""


def sent_rows(recording: Recording, window: str | None = None) -> tuple[Sent, ...]:
    """Return the rows of all updates, or of those in a window, in order, whatever was answered."""
    calls = recording.of_kind(Kind.API) if window is None else traffic.within(recording, window, Kind.API)
    return tuple(
        Sent(call=call, payroll=payroll_of(call), employee=str(row.get("employee_uuid")), row=row)
        for call in calls
        if call.operation == UPDATE_PAYROLL
        for row in rows_in(traffic.json_of(call.request.body), "employee_compensations")
    )


def calls_of(sent: Iterable[Sent]) -> list[Exchange]:
    """Return the updates that rows were sent in, each once, to point at."""
    return list({each.call.sequence: each.call for each in sent}.values())


def require_sent(recording: Recording) -> tuple[Sent, ...]:
    """Return the rows of all updates; raise `NotObserved` where there is none."""
    sent = sent_rows(recording)
    if not sent:
        raise NotObserved("no payroll was updated in this scenario", missing=MISSING)
    return sent


def find_read_before(recording: Recording, sent: Sent, *, since: datetime | None = None) -> Row | None:
    """Return the row as Gusto had shown it last when it was sent, or `None` where it never did.

    With `since` only what was asked for from then on counts.
    """
    found = None
    for call in traffic.api_calls(recording, PREPARE_PAYROLL, UPDATE_PAYROLL, SHOW_PAYROLL):
        if traffic.ended(call) > sent.call.started or not traffic.is_success(call):
            continue
        if since is not None and call.started < since:
            continue
        if payroll_of(call) == sent.payroll:
            for row in rows_in(traffic.json_of(call.response.body), "employee_compensations"):
                if row.get("employee_uuid") == sent.employee:
                    found = row
    return found


def audited_rows(recording: Recording, window: str) -> dict[str, Row]:
    """Return the rows of the payroll by person, as Gusto had them at the end of a window."""
    return {
        str(row.get("employee_uuid")): row
        for seen in traffic.within(recording, window, Kind.AUDIT)
        if seen.operation == SHOW_PAYROLL and traffic.is_success(seen)
        for row in rows_in(traffic.json_of(seen.response.body), "employee_compensations")
    }


def audits_of(recording: Recording, window: str) -> list[Exchange]:
    """Return the audit reads of the payroll in a window, to point at."""
    seen = traffic.within(recording, window, Kind.AUDIT)
    return [each for each in seen if each.operation == SHOW_PAYROLL]


def rows_in(told: Json | Row, name: str) -> Iterator[Row]:
    """Go through the objects in a list of an object."""
    rows = told.get(name) if isinstance(told, Mapping) else None
    return (each for each in (rows if isinstance(rows, list) else []) if isinstance(each, dict))


def fixed_lines(row: Row) -> dict[Line, Decimal]:
    """Return the amounts of a row that are not hours, by name and job; those of nothing are left out."""
    return _lines(row, "fixed_compensations", "amount")


def hourly_lines(row: Row) -> dict[Line, Decimal]:
    """Return the hours of a row, by name and job; those of nothing are left out."""
    return _lines(row, "hourly_compensations", "hours")


def _lines(row: Row, kind: str, value: str) -> dict[Line, Decimal]:
    found = {}
    for entry in rows_in(row, kind):
        number = to_decimal(entry.get(value))
        if number:
            found[(str(entry.get("name")), str(entry.get("job_uuid")))] = number
    return found


def fixed_totals(recording: Recording, window: str, employee: str) -> tuple[Decimal, Decimal] | None:
    """Return what somebody gets besides hours: as Gusto had it, and as the integration has sent it.

    The second is the first, with each line as the last update of the window that was taken has it. They
    differ where something else happened to a line. `None` where no audit shows the person.
    """
    row = audited_rows(recording, window).get(employee)
    if row is None:
        return None
    lines = fixed_lines(row)
    told = dict(lines)
    for sent in sent_rows(recording, window):
        if sent.employee == employee and traffic.is_success(sent.call):
            told |= fixed_lines(sent.row)
    return sum(lines.values(), Decimal(0)), sum(told.values(), Decimal(0))


def adds_reimbursements(sent: Iterable[Sent], stood: Row) -> bool:
    """Return whether rows of one person add more than they take away of what stood there.

    A line without a UUID is added, whatever stands there; one that is set to nothing is taken away. Whoever
    takes a line away and adds its like, in one update or in two, has added nothing.
    """
    lines = [line for each in sent for line in rows_in(each.row, "reimbursements")]
    added = Counter(to_decimal(each.get("amount")) for each in lines if not each.get("uuid"))
    zeroed = {each["uuid"] for each in lines if each.get("uuid") and not to_decimal(each.get("amount"))}
    taken = (each for each in rows_in(stood, "reimbursements") if each.get("uuid") in zeroed)
    del added[Decimal(0)]
    return bool(added - Counter(to_decimal(each.get("amount")) for each in taken))


def to_decimal(value: Json) -> Decimal:
    """Return a number of Gusto's, text or not; what is none counts as nothing."""
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)


def text_of(recording: Recording, name: str) -> str:
    """Return a text of the situation; raise `NotObserved` where the scenario did not come so far."""
    given = recording.situation.get(name)
    if not isinstance(given, str):
        raise NotObserved("the payroll of this situation was never there", missing=MISSING)
    return given


def find_text(recording: Recording, table: str, key: str) -> str | None:
    """Return one text of a table of the situation, or `None`."""
    given = recording.situation.get(table)
    found = given.get(key) if isinstance(given, Mapping) else None
    return found if isinstance(found, str) else None


def says_failed(recording: Recording, window: str) -> bool:
    """Return whether the action of a window was reported as failed."""
    for seen in traffic.within(recording, window, Kind.ACTION):
        told = traffic.json_of(seen.response.body)
        if isinstance(told, Mapping) and told.get("status") == "failed":
            return True
    return False


def actions_in(recording: Recording, window: str) -> list[Exchange]:
    """Return what was asked of the integration in a window, to point at."""
    return list(traffic.within(recording, window, Kind.ACTION))
