"""Expenses on their way into the next payroll: a reimbursement line of our own for each, never a wage.

A line without a UUID is added by every request that has it, so whoever sends twice pays twice. Before the
request goes out it is written down that a line was asked for; each line's description ends with the expense's
id, so that one whose answer was lost is found again instead of added. After that its UUID is used. Lines of
the admin and of other programs are not touched. An expense whose payroll was run is paid, and done.
Source: https://docs.gusto.com/app-integrations/reference/put-v1-companies-company_id-payrolls
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from acme_time import grants, people
from acme_time.database import Database
from acme_time.gusto import Unavailable
from acme_time.jobs import Job
from acme_time.oauth import ReconnectNeeded
from acme_time.parts import Parts
from acme_time.payroll import MOST_CONFLICTS, remind, tell_left_out
from acme_time.payrolls import Changed, Payroll, Row, find_payroll, in_chunks, prepare, read_rows, write

log = logging.getLogger(__name__)

Expense = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The line that was asked for: on which payroll, for whom, and under which UUID, once that is known."""

    payroll: str
    employee: str
    uuid: str | None


def replace_expenses(database: Database, account: str, expenses: Sequence[Expense]) -> None:
    """Make these the account's approved expenses; of one that is gone, the line will be set to nothing."""
    with database.transaction() as db:
        db.execute("DELETE FROM expenses WHERE account = ?", (account,))
        db.executemany(
            "INSERT INTO expenses VALUES (?, ?, ?)",
            [(account, each["id"], database.seal(dict(each))) for each in expenses],
        )


def add_reimbursements(parts: Parts, job: Job) -> str:
    """Bring the lines of the next payroll to what was approved; return what to tell whoever asked."""
    account = job.account
    if grants.find_connection(parts.database, account) is None:
        raise ReconnectNeeded
    payroll = find_payroll(parts, account)
    if payroll is None:
        return "There is no payroll in Gusto that is still to be run, so nothing was written."
    expenses = _list_expenses(parts.database, account)
    for _ in range(MOST_CONFLICTS):
        try:
            left_out = _bring_about(parts, account, payroll, expenses)
        except Changed:
            log.info("payroll %s was changed by somebody else; reading it again", payroll.uuid)
        else:
            tell_left_out(parts, account, left_out)
            return f"{len(expenses)} expenses. {remind(payroll)}"
    raise Unavailable("the payroll is being changed all the time")


def _bring_about(parts: Parts, account: str, payroll: Payroll, expenses: Mapping[str, Expense]) -> set[str]:
    """Write what differs from what stands there; return whom it could not be written for.

    A payroll that the admin has calculated is looked at first: a prepare takes the calculation back.
    """
    if payroll.is_calculated:
        standing = _make_plan(parts, account, payroll, expenses, read_rows(parts, account, payroll))
        if not standing.entries:
            return standing.left_out
    rows = prepare(parts, account, payroll).rows
    plan = _make_plan(parts, account, payroll, expenses, rows)
    _remember(parts.database, account, plan.asked)
    items = [_to_item(rows[each], entries, parts.config.defects) for each, entries in plan.entries.items()]
    for chunk in in_chunks(items):
        _find_lost_lines(parts.database, account, payroll, write(parts, account, payroll, chunk))
    return plan.left_out


@dataclass(slots=True, kw_only=True)
class _Plan:
    """Lines to write for each person, what they were asked for, and who is not on the payroll."""

    entries: dict[str, list[Row]] = field(default_factory=dict)
    asked: dict[str, Sent] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)


def _make_plan(
    parts: Parts, account: str, payroll: Payroll, expenses: Mapping[str, Expense], rows: Mapping[str, Row]
) -> _Plan:
    if "adds_lost_expenses_again" not in parts.config.defects:
        _find_lost_lines(parts.database, account, payroll, rows)
    plan, sent = _Plan(), _list_sent(parts.database, account)
    matches = {each.person_id: each for each in people.list_matches(parts.database, account)}
    for key, expense in expenses.items():
        match, known = matches.get(expense["person_id"]), sent.get(key)
        person = match.gusto_uuid if match is not None and match.state == "matched" else None
        if known is not None and known.payroll != payroll.uuid:
            continue  # it was on a payroll that has been run since
        if person is None or person not in rows or _was_removed(known, rows[person]):
            plan.left_out.add(expense["person_id"])
            continue
        entry = _to_entry(key, expense, known, rows[person], parts.config.defects)
        if entry is not None:
            plan.entries.setdefault(person, []).append(entry)
            plan.asked[key] = known or Sent(payroll=payroll.uuid, employee=person, uuid=None)
    for key, line in sent.items() if "leaves_withdrawn_expenses" not in parts.config.defects else ():
        if key not in expenses and line.payroll == payroll.uuid and line.uuid and line.employee in rows:
            nothing = {"uuid": line.uuid, "amount": "0.00"}
            if not _was_removed(line, rows[line.employee]) and not _has(rows[line.employee], nothing):
                plan.entries.setdefault(line.employee, []).append(nothing)
    return plan


def _to_entry(
    key: str, expense: Expense, known: Sent | None, row: Row, defects: frozenset[str]
) -> Row | None:
    """Return the line that an expense wants, under its UUID where it has one; `None` where it stands so."""
    entry: Row = {"amount": f"{Decimal(expense['amount']):.2f}", "description": describe(key, expense)}
    if known is not None and known.uuid and "adds_expenses_again" not in defects:
        entry["uuid"] = known.uuid
    return None if _has(row, entry) else entry


def _was_removed(known: Sent | None, row: Row) -> bool:
    """Whether somebody has taken our line away in Gusto; then it is theirs to decide."""
    lines = [line.get("uuid") for line in row.get("reimbursements") or []]
    return known is not None and known.uuid is not None and known.uuid not in lines


def describe(key: str, expense: Expense) -> str:
    """Return what the person reads on the pay slip, with the id by which the line is known again."""
    return f"{expense['description']} (Acme Time {key})"


def _has(row: Row, entry: Row) -> bool:
    """Whether a line stands in a row already as it is to be; a new one never does."""
    for line in row.get("reimbursements") or []:
        if line.get("uuid") == entry.get("uuid"):
            wanted = (Decimal(entry["amount"]), entry.get("description", line.get("description")))
            return (Decimal(line["amount"]), line.get("description")) == wanted
    return False


def _to_item(row: Row, entries: list[Row], defects: frozenset[str]) -> Row:
    item: Row = {"employee_uuid": row["employee_uuid"], "version": row["version"]}
    if "pays_expenses_as_wages" in defects:
        job = row["hourly_compensations"][0]["job_uuid"]
        total = sum((Decimal(each["amount"]) for each in entries), Decimal(0))
        return {**item, "fixed_compensations": [{"name": "Bonus", "amount": f"{total:.2f}", "job_uuid": job}]}
    return {**item, "reimbursements": entries}


def _find_lost_lines(database: Database, account: str, payroll: Payroll, rows: Mapping[str, Row]) -> None:
    """Write down the UUIDs of lines that we have asked for, as rows show them."""
    expenses = _list_expenses(database, account)
    found = {}
    for key, sent in _list_sent(database, account).items():
        if sent.uuid or sent.payroll != payroll.uuid or key not in expenses:
            continue
        for line in rows.get(sent.employee, {}).get("reimbursements") or []:
            if line.get("uuid") and line.get("description") == describe(key, expenses[key]):
                found[key] = Sent(payroll=sent.payroll, employee=sent.employee, uuid=line["uuid"])
    _remember(database, account, found)


def _list_expenses(database: Database, account: str) -> dict[str, Expense]:
    with database.reading() as db:
        rows = db.execute(
            "SELECT id, facts FROM expenses WHERE account = ? ORDER BY id", (account,)
        ).fetchall()
    return {row["id"]: database.unseal(row["facts"]) for row in rows}


def _list_sent(database: Database, account: str) -> dict[str, Sent]:
    with database.reading() as db:
        rows = db.execute("SELECT * FROM expense_lines WHERE account = ?", (account,)).fetchall()
    return {
        row["expense"]: Sent(payroll=row["payroll"], employee=row["employee"], uuid=row["uuid"])
        for row in rows
    }


def _remember(database: Database, account: str, sent: Mapping[str, Sent]) -> None:
    with database.transaction() as db:
        db.executemany(
            "INSERT INTO expense_lines VALUES (?, ?, ?, ?, ?) ON CONFLICT (account, expense) DO UPDATE"
            " SET payroll = excluded.payroll, employee = excluded.employee, uuid = excluded.uuid",
            [(account, key, each.payroll, each.employee, each.uuid) for key, each in sent.items()],
        )
