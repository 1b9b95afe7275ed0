"""Amounts and hours on their way into the next payroll: added to what others put there, and never twice.

The work is a comparison (payroll_plan.py) of what our customer has confirmed with what stands in each line by
now. Our part of a line is known (shares.py); the rest is not ours and stays. Who is not on the payroll is
left out, and it is said. Where somebody else writes at the same time, everything is read and reckoned again.
Running the payroll is left to the admin, in Gusto.
Source: https://docs.gusto.com/app-integrations/docs/updating-payrolls
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from acme_time import grants, people
from acme_time.earnings import settle_earnings
from acme_time.gusto import GustoError, Unavailable
from acme_time.jobs import Job
from acme_time.notices import clear_notices, post_notice
from acme_time.oauth import ReconnectNeeded
from acme_time.parts import Parts
from acme_time.payroll_plan import Plan, Wanted, make_plan
from acme_time.payrolls import (
    Changed,
    Payroll,
    Prepared,
    find_payroll,
    in_chunks,
    prepare,
    read_rows,
    write,
)
from acme_time.planning import find_job
from acme_time.shares import NOTHING, confirm, find_draft, intend, list_shares
from acme_time.time_off import add_again

log = logging.getLogger(__name__)

MOST_CONFLICTS = 4  # how often in a row everything is read again before the job makes a pause
LATE = (
    "The payroll of these days was run already; nothing was written. Correct it with an adjustment in Gusto."
)
NONE = "There is no payroll in Gusto for these days, so nothing was written."


def update_payroll(parts: Parts, job: Job) -> str:
    """Bring our part of a payroll to what the customer has confirmed; return what to tell whoever asked."""
    if grants.find_connection(parts.database, job.account) is None:
        raise ReconnectNeeded
    lines, period = find_draft(parts.database, job.account)
    payroll = find_payroll(parts, job.account, period)
    if payroll is None or payroll.is_processed:
        reason = NONE if payroll is None else LATE
        post_notice(parts.database, job.account, "late_change", reason)
        return reason
    wanted, left_out = sum_lines(parts, job.account, lines)
    left_out |= bring_about(parts, job.account, payroll, wanted)
    tell_left_out(parts, job.account, left_out)
    return f"Written for {len({each[0] for each in wanted} - left_out)} people. {remind(payroll)}"


def remind(payroll: Payroll) -> str:
    """Return what the customer is told after every write: the rest is theirs."""
    return (
        f"Please review the payroll of {payroll.start} to {payroll.end} in Gusto, and submit it there"
        f" before {payroll.deadline}."
    )


def tell_left_out(parts: Parts, account: str, left_out: set[str]) -> None:
    """Tell the customer for whom nothing was written, and that everything else is well."""
    clear_notices(parts.database, account, "excluded", "blocked", "late_change", "sync_failed")
    if left_out and "leaves_out_in_silence" not in parts.config.defects:
        message = f"{len(left_out)} of your people are not on this payroll, so nothing was written for them."
        post_notice(parts.database, account, "excluded", message)


def sum_lines(parts: Parts, account: str, lines: Sequence[Mapping[str, Any]]) -> tuple[Wanted, set[str]]:
    """Return what we contribute to each line of each person in all, and whose match or job is not certain.

    Money is decimal from the first text to the last: a float would not add up.
    """
    matches = {each.person_id: each for each in people.list_matches(parts.database, account)}
    employees = {each["uuid"]: each for each in people.list_employees(parts.database, parts.config, account)}
    wanted: dict[tuple[str, bool, str, str | None], Decimal] = {}
    unmatched = set()
    for line in lines:
        match = matches.get(line["person_id"])
        if match is None or match.state != "matched" or not match.gusto_uuid:
            unmatched.add(line["person_id"])
            continue
        job = None
        if "hours" in line or line.get("job"):
            found = find_job(employees.get(match.gusto_uuid, {}), line.get("job"), parts.config.defects)
            if found is None:
                unmatched.add(line["person_id"])
                continue
            job = found["uuid"]
        key = (match.gusto_uuid, "hours" in line, line["earning"], job)
        wanted[key] = wanted.get(key, NOTHING) + Decimal(line.get("hours") or line["amount"])
    return wanted, unmatched


def bring_about(parts: Parts, account: str, payroll: Payroll, wanted: Wanted) -> set[str]:
    """Write what differs from what stands there; return whom it could not be written for.

    After a conflict nothing that was reckoned is used again: what has changed may be an amount of others.
    """
    standing = _find_standing(parts, account, payroll, wanted)
    if standing is not None:
        return standing.left_out
    settle_earnings(parts, account, {name for _, is_hours, name, _ in wanted if not is_hours})
    stale: Plan | None = None
    for _ in range(MOST_CONFLICTS):
        prepared = prepare(parts, account, payroll)
        shares = list_shares(parts.database, account, payroll.uuid)
        plan = make_plan(prepared, wanted, shares, parts.config.defects)
        if "adds_time_off_again" in parts.config.defects:
            add_again(parts, account, prepared.rows, plan.items)
        if stale is not None and "puts_new_version_on_old_values" in parts.config.defects:
            plan = _put_versions(stale, prepared)
        try:
            _write(parts, account, payroll, plan)
        except Changed:
            log.info("payroll %s was changed by somebody else; reading it again", payroll.uuid)
            stale = plan
        else:
            _force(parts, account, payroll, plan)
            return plan.left_out
    raise Unavailable("the payroll is being changed all the time")


def _find_standing(parts: Parts, account: str, payroll: Payroll, wanted: Wanted) -> Plan | None:
    """Return the plan by which nothing is to be done, or `None`.

    A payroll that the admin has calculated can be looked at; a prepare would take the calculation back.
    """
    rows = read_rows(parts, account, payroll) if payroll.is_calculated else {}
    if not rows:
        return None
    prepared = Prepared(rows=rows, fixed_names=[name for _, _, name, _ in wanted])
    shares = list_shares(parts.database, account, payroll.uuid)
    plan = make_plan(prepared, wanted, shares, parts.config.defects)
    return None if plan.items else plan


def _write(parts: Parts, account: str, payroll: Payroll, plan: Plan) -> None:
    """Send a plan in requests of at most 100 rows; what went through is written down after each."""
    size = 1000 if "sends_all_rows_at_once" in parts.config.defects else 100
    for items in in_chunks(plan.items, size):
        people_in = [each["employee_uuid"] for each in items]
        values = {line: each for person in people_in for line, each in plan.values[person].items()}
        if "forgets_lost_updates" not in parts.config.defects:
            intend(parts.database, account, payroll.uuid, values)
        write(parts, account, payroll, items)
        confirm(parts.database, account, payroll.uuid, values)


def _put_versions(plan: Plan, prepared: Prepared) -> Plan:
    """Put the versions just read on what was reckoned before; only a defect does."""
    for each in plan.items:
        each["version"] = prepared.rows[each["employee_uuid"]]["version"]
    return plan


def _force(parts: Parts, account: str, payroll: Payroll, plan: Plan) -> None:
    """Write rows for people who are not on the payroll; only a defect does."""
    for person in plan.left_out if "forces_the_ineligible" in parts.config.defects else ():
        try:
            write(parts, account, payroll, [{"employee_uuid": person, "version": "0" * 32}])
        except GustoError as error:
            log.warning("nobody could be forced onto the payroll: %s", error)
