"""What the checks of benefits look at: what was wished for, what was written, and what stood in Gusto then.

All of it is of the scenario `benefits_enrolled`, whose windows are `first`, `again`, `more`, `refused` and
`withdrawn`; at the end of each the harness read the company's benefits and who takes part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from partner_qa.checks import traffic
from partner_qa.contract.names import (
    CREATE_COMPANY_BENEFIT,
    CREATE_ENROLMENT,
    ENROL_IN_BULK,
    LIST_COMPANY_BENEFITS,
    LIST_ENROLMENTS,
    UPDATE_ENROLMENT,
)
from partner_qa.model import Exchange, Json, Kind, Recording

Row = Mapping[str, Json]
ENROLLING = (ENROL_IN_BULK, CREATE_ENROLMENT, UPDATE_ENROLMENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the integration was asked to bring about for one person and kind of benefit."""

    employee: str
    benefit_type: int
    deduction: Decimal
    contribution: Decimal
    active: bool
    catch_up: bool


def wishes_in(recording: Recording, window: str) -> list[Wish]:
    """Return what the integration was asked for in a window."""
    uuids = recording.situation.get("colleagues")
    given = recording.situation.get(f"{window}_wishes")
    known = uuids if isinstance(uuids, dict) else {}
    return [
        Wish(
            employee=str(known.get(str(each["person_id"]))),
            benefit_type=int(str(each["benefit_type"])),
            deduction=to_amount(each["employee_deduction"]),
            contribution=to_amount(each.get("company_contribution")),
            active=each["active"] is True,
            catch_up=each.get("catch_up") is True,
        )
        for each in (given if isinstance(given, list) else [])
        if isinstance(each, dict)
    ]


def audited_in(recording: Recording, window: str, operation: str) -> list[Row]:
    """Return what audit reads of an operation showed in a window, of all paths and pages."""
    reads = traffic.within(recording, window, Kind.AUDIT)
    told = [traffic.json_of(each.response.body) for each in reads if each.operation == operation]
    flat = [row for rows in told for row in (rows if isinstance(rows, list) else [rows])]
    return [row for row in flat if isinstance(row, dict)]


def types_of(recording: Recording) -> dict[str, int]:
    """Return the kind of each company benefit that Gusto ever had in this scenario, by UUID."""
    return {
        str(row["uuid"]): int(str(row["benefit_type"]))
        for each in recording.of_kind(Kind.AUDIT)
        if each.operation == LIST_COMPANY_BENEFITS
        for row in traffic.rows_of(traffic.json_of(each.response.body))
    }


def enrolled_in(recording: Recording, window: str, wish: Wish) -> list[Row]:
    """Return the enrolments in force that somebody had in a kind of benefit at the end of a window."""
    types = types_of(recording)
    return [
        row
        for row in audited_in(recording, window, LIST_ENROLMENTS)
        if row.get("active") is True
        and row.get("employee_uuid") == wish.employee
        and types.get(str(row.get("company_benefit_uuid"))) == wish.benefit_type
    ]


def types_written(recording: Recording, call: Exchange) -> frozenset[int]:
    """Return which kinds of benefit a request writes: none where that cannot be told."""
    types, body = types_of(recording), traffic.json_of(call.request.body)
    sent = body if isinstance(body, dict) else {}
    if call.operation == CREATE_COMPANY_BENEFIT:
        found: list[int | None] = [_to_number(sent.get("benefit_type"))]
    elif call.operation == CREATE_ENROLMENT:
        found = [types.get(str(sent.get("company_benefit_uuid")))]
    else:
        found = [number for uuid, number in types.items() if uuid in traffic.path_of(call)]
    return frozenset(each for each in found if each is not None)


def rows_sent(call: Exchange) -> Iterator[Row]:
    """Yield each enrolment that a request writes."""
    body = traffic.json_of(call.request.body)
    if isinstance(body, dict):
        rows = body.get("employee_benefits")
        yield from traffic.rows_of(rows) if isinstance(rows, list) else [body]


def contribution_of(enrolment: Row) -> Decimal:
    """Return the company's share of an enrolment as an amount; in tiers it is none."""
    given = enrolment.get("contribution")
    return to_amount(given.get("value")) if isinstance(given, dict) else Decimal(0)


def to_amount(value: Json) -> Decimal:
    """Return a decimal text as a number; 0 for what is none."""
    try:
        return Decimal(str(value)) if value is not None else Decimal(0)
    except InvalidOperation:
        return Decimal(0)


def _to_number(value: Json) -> int | None:
    return int(str(value)) if str(value).isdigit() else None
