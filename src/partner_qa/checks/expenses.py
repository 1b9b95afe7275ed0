"""Does the integration pay expenses back in lines of its own, once, and never as wages?

Looks at the scenario `reimbursed_expenses`. Its situation holds the `people` (`shared` has a taxi of others,
`hourly` something that recurs) and the windows `first`, `repeated`, `edited` and `taken_back`, at the end of
each of which the payroll was calculated and read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType

from partner_qa.checks import payroll_rows, traffic
from partner_qa.checks.payroll_rows import Row
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Json, Recording

_MISSING = ("actions.set_people, actions.sync_people and actions.add_reimbursement in partner.yaml",)
_OTHERS = MappingProxyType({"shared": Decimal("20.00"), "hourly": Decimal("30.00")})
_TOLD = frozenset({"conflict", "partial_failure", "sync_failed"})
_OWN = MappingProxyType(
    {
        "first": {"shared": Decimal("42.50"), "hourly": Decimal("18.90")},
        "repeated": {"shared": Decimal("42.50"), "hourly": Decimal("18.90")},
        "edited": {"shared": Decimal("45.10"), "hourly": Decimal("18.90")},
    }
)


def pays_back_in_lines_of_its_own(recording: Recording) -> tuple[Finding, ...]:
    """Judge that an expense is a reimbursement with a description, under one UUID, beside those of others.

    A line that was set to nothing and another in its place, by one update or by two, are right too. Whoever
    is asked to take an expense back pays it no more, or says that they do. Source:
    https://docs.gusto.com/app-integrations/reference/put-v1-companies-company_id-payrolls
    """
    if not payroll_rows.audited_rows(recording, "first"):
        raise NotObserved("no expense was sent in this scenario", missing=_MISSING)
    found: dict[str, list[Exchange]] = {}
    for window, due in _OWN.items():
        rows = payroll_rows.audited_rows(recording, window)
        for who, own in due.items():
            row = rows.get(payroll_rows.find_text(recording, "people", who) or "", {})
            for words in _mistakes(row, own, _OTHERS[who]):
                found.setdefault(words, payroll_rows.audits_of(recording, window))
    if _is_still_paid(recording):
        found["an expense that was taken back is still paid"] = payroll_rows.audits_of(
            recording, "taken_back"
        )
    for window in ("repeated", "edited"):
        added = _added_without_taking(recording, window)
        if added:
            found.setdefault("a line that is there already is sent without its uuid", added)
    return tuple(
        Finding(
            check="pays_back_in_lines_of_its_own",
            message=f"does not pay expenses back as lines of its own: {words}",
            places=traffic.places(recording, seen),
            expected="one described reimbursement for each expense, and those of others as they were",
            seen=words,
            hint="add a line with a description once, keep the uuid of the answer, and send it with a change",
            key=words,
        )
        for words, seen in found.items()
    )


def _is_still_paid(recording: Recording) -> bool:
    """Whether the expense that was taken back at last stands there, and nobody is told that it does."""
    row = payroll_rows.audited_rows(recording, "taken_back").get(
        payroll_rows.find_text(recording, "people", "hourly") or "", {}
    )
    is_there = any(
        _amount(each) == _OWN["edited"]["hourly"] for each in payroll_rows.rows_in(row, "reimbursements")
    )
    told = traffic.notices_in(recording, "taken_back") or frozenset()
    return is_there and not (told & _TOLD or payroll_rows.says_failed(recording, "taken_back"))


def _mistakes(row: Row, own: Decimal, others: Decimal) -> Iterator[str]:
    lines = [each for each in payroll_rows.rows_in(row, "reimbursements") if _amount(each)]
    foreign = next((each for each in lines if _amount(each) == others), None)
    if foreign is None:
        yield "a reimbursement of others is gone or different"
        return
    ours = [each for each in lines if each is not foreign]
    if payroll_rows.fixed_lines(row):
        yield "an expense is paid as a wage"
    if [_amount(each) for each in ours] != [own] and not payroll_rows.fixed_lines(row):
        amounts = ", ".join(str(_amount(each)) for each in ours)
        yield f"{amounts or 'nothing'} instead of {own}"
    if any(not str(each.get("description") or "").strip() for each in ours):
        yield "a line has no description"


def _amount(line: Mapping[str, Json]) -> Decimal:
    return payroll_rows.to_decimal(line.get("amount"))


def _added_without_taking(recording: Recording, window: str) -> list[Exchange]:
    """Return the updates of a window that add a line of somebody for whom none was set to nothing in it."""
    sent = payroll_rows.sent_rows(recording, window)
    lines = [(each, line) for each in sent for line in payroll_rows.rows_in(each.row, "reimbursements")]
    taken = {each.employee for each, line in lines if line.get("uuid") and not _amount(line)}
    return payroll_rows.calls_of(
        each for each, line in lines if not line.get("uuid") and each.employee not in taken
    )
