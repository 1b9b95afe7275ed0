"""What a request creates in Gusto, told from others of its kind, and whether Gusto came to hold two of it.

Two people are the same by their names, two time sheets by person, beginning and classification, two benefits
of a company by their kind, two enrolments by person and benefit, two reimbursements by person, amount and
description, two new companies by the e-mail of whoever founds them; anything else by its whole body.
Scenarios see to it that nothing is like another by accident.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from types import MappingProxyType

from partner_qa.checks import traffic
from partner_qa.checks.payroll_rows import rows_in, to_decimal
from partner_qa.checks.time_sheets import find_moment
from partner_qa.contract.names import (
    CREATE_COMPANY_BENEFIT,
    CREATE_EMPLOYEE,
    CREATE_ENROLMENT,
    CREATE_TIME_SHEET,
    ENROL_IN_BULK,
    LIST_COMPANY_BENEFITS,
    LIST_EMPLOYEES,
    LIST_ENROLMENTS,
    LIST_TIME_SHEETS,
    PROVISION,
    SHOW_PAYROLL,
    UPDATE_PAYROLL,
)
from partner_qa.model import Exchange, Json, Kind, Recording

Row = Mapping[str, Json]
Marks = tuple[str, ...]

PEOPLE, SHEETS, OFFERS, ENROLMENTS = "employees", "time_sheets", "company_benefits", "employee_benefits"
LINES = "reimbursements"
_WORDS = MappingProxyType({PEOPLE: "people", OFFERS: "benefits of the company", ENROLMENTS: "enrolments"})
_KINDS = MappingProxyType(
    {
        CREATE_EMPLOYEE: PEOPLE,
        CREATE_TIME_SHEET: SHEETS,
        CREATE_COMPANY_BENEFIT: OFFERS,
        CREATE_ENROLMENT: ENROLMENTS,
    }
)
_LISTS = MappingProxyType(
    {
        PEOPLE: LIST_EMPLOYEES,
        SHEETS: LIST_TIME_SHEETS,
        OFFERS: LIST_COMPANY_BENEFITS,
        ENROLMENTS: LIST_ENROLMENTS,
        LINES: SHOW_PAYROLL,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """One thing that a request creates: its kind, as paths have it, and what no two of them have in common.

    `is_doubled_by_repeating` is false where Gusto updates what is there, or refuses the version that is sent
    once more; it makes no other thing of it.
    """

    kind: str
    marks: Marks
    is_doubled_by_repeating: bool = field(default=True, compare=False)

    @property
    def words(self) -> str:
        """Return what many of its kind are called."""
        return _WORDS.get(self.kind, self.kind.replace("_", " "))


def creations_of(call: Exchange) -> frozenset[Creation]:
    """Return what a request asks Gusto to create, whatever was answered; nothing where it only changes."""
    path, sent = traffic.path_of(call), traffic.json_of(call.request.body)
    body: Row = sent if isinstance(sent, dict) else {}
    if call.operation == ENROL_IN_BULK:
        return frozenset(_in_bulk(path.split("/")[-2], traffic.rows_of(body.get("employee_benefits"))))
    if call.operation == UPDATE_PAYROLL:
        return frozenset(_on_payroll(body))
    if call.request.method != "POST":
        return frozenset()
    kind = _KINDS.get(call.operation or "")
    if kind is not None:
        employee = {"employee_uuid": path.split("/")[-2]} if kind == ENROLMENTS else {}
        return frozenset({Creation(kind=kind, marks=_MARKS[kind]({**body, **employee}))})
    marks = (path, json.dumps(sent, sort_keys=True))
    if call.operation == PROVISION:
        user = body.get("user")
        marks = (path, str(user.get("email") if isinstance(user, dict) else "").strip().casefold())
    return frozenset({Creation(kind=path.rpartition("/")[2], marks=marks)})


def _in_bulk(benefit: str, rows: Iterable[Row]) -> Iterator[Creation]:
    """Yield the enrolments that may be new. Who takes part is updated [D], unless a row says `create`.

    Source: https://docs.gusto.com/app-integrations/reference/put-v1-company_benefits-company_benefit_id-employee_benefits
    """
    for row in rows:
        if not row.get("uuid"):
            yield Creation(
                kind=ENROLMENTS,
                marks=_of_enrolment({**row, "company_benefit_uuid": benefit}),
                is_doubled_by_repeating=row.get("action") == "create",
            )


def _on_payroll(body: Row) -> Iterator[Creation]:
    """Yield the reimbursements that an update of a payroll adds: those without a UUID, whatever stands there.

    Source: https://docs.gusto.com/app-integrations/reference/put-v1-companies-company_id-payrolls
    """
    for line in _lines_in(body):
        if not line.get("uuid") and to_decimal(line.get("amount")):
            yield Creation(kind=LINES, marks=_of_line(line), is_doubled_by_repeating=False)


def _lines_in(payroll: Json | Row) -> Iterator[Row]:
    """Go through the reimbursements of a payroll, with whose each is."""
    for row in rows_in(payroll, "employee_compensations"):
        for line in rows_in(row, LINES):
            yield {**line, "employee_uuid": row.get("employee_uuid")}


def is_look_for(call: Exchange, wanted: Iterable[Creation]) -> bool:
    """Return whether a request read things of these kinds: their list, or one of them.

    Who takes part in a benefit may also come with the benefit itself (`with_employee_benefits`).
    """
    if call.request.method != "GET" or not traffic.is_success(call):
        return False
    seen = traffic.path_of(call).split("/")[-2:]
    kinds = {each.kind for each in wanted}
    if ENROLMENTS in kinds and traffic.find_query(call, "with_employee_benefits") == "true":
        return True
    return bool(kinds.intersection(seen))


def held_after(recording: Recording, lost: Exchange, created: Creation) -> list[Row]:
    """Return what Gusto held of one creation at the last audit reads; what stood there before is left out.

    None where nobody read such a list afterwards.
    """
    if created.kind not in _LISTS:
        return []
    reads = [
        each
        for each in recording.of_kind(Kind.AUDIT)
        if each.operation == _LISTS[created.kind] and each.company == lost.company
    ]
    before = {row.get("uuid") for each in reads if each.sequence < lost.sequence for row in _rows_of(each)}
    last: dict[tuple[str, str], list[Row]] = {}
    for each in reads:
        if each.sequence > lost.sequence:
            last[traffic.path_of(each), traffic.find_query(each, "page") or "1"] = _rows_of(each)
    return [
        row
        for rows in last.values()
        for row in rows
        if row.get("active") is not False
        and row.get("uuid") not in before
        and _MARKS[created.kind](row) == created.marks
    ]


def _rows_of(read: Exchange) -> list[Row]:
    told = traffic.json_of(read.response.body)
    return list(_lines_in(told) if read.operation == SHOW_PAYROLL else traffic.rows_of(told))


def _of_person(row: Row) -> Marks:
    return tuple(str(row.get(name)).strip().casefold() for name in ("first_name", "last_name"))


def _of_sheet(row: Row) -> Marks:
    began = find_moment(row.get("shift_started_at"))
    classes = {str(each.get("pay_classification")) for each in traffic.rows_of(row.get("entries"))}
    moment = began.astimezone(UTC).isoformat() if began else str(row.get("shift_started_at"))
    return (str(row.get("entity_uuid")), moment, *sorted(classes))


def _of_offer(row: Row) -> Marks:
    return (str(row.get("benefit_type")),)


def _of_enrolment(row: Row) -> Marks:
    return (str(row.get("employee_uuid")), str(row.get("company_benefit_uuid")))


def _of_line(row: Row) -> Marks:
    amount = f"{to_decimal(row.get('amount')):.2f}"
    return (str(row.get("employee_uuid")), amount, str(row.get("description")).strip())


_MARKS: Mapping[str, Callable[[Row], Marks]] = MappingProxyType(
    {PEOPLE: _of_person, SHEETS: _of_sheet, OFFERS: _of_offer, ENROLMENTS: _of_enrolment, LINES: _of_line}
)
