"""Does an entry in the books hold all that a payroll cost, and does it stand there once?

All checks look at the scenario `payrolls_posted`, at the journal that the integration shows and at what the
payrolls came to in Gusto.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from partner_qa.checks import slow_reports, traffic
from partner_qa.checks.accounting import Entry, entries_in, payrolls_of
from partner_qa.contract.names import LIST_PAYROLLS
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Json, Kind, Recording

_COSTS = ("gross_pay", "employer_taxes", "reimbursements", "benefits")
_TOLERANCE = Decimal("0.05")  # our number: cents that rounding by person may come to
_OFTEN = Decimal("1.5")  # our number: between what is posted once and what is posted twice
_LATE = {
    "regular": "the regular payroll of this day",
    "periodless": "the off-cycle payroll of this day, without a pay period",
}
_WINDOWS = ("first", "again", "later")
_MISSING = ("an actions.post_journal that posts, and observations.journal, in partner.yaml",)


def posts_whole_and_balanced(recording: Recording) -> tuple[Finding, ...]:
    """Judge that debits are credits, and no less than wages, employer taxes, reimbursements and benefits.

    That holds of the entries that were there in the end, and of one that was there before the report of its
    payroll: what is not known yet is not posted, and what is known otherwise may be.

    Accounts, their number and names are the integration's own; whoever books through clearing accounts debits
    more, and whoever makes several entries of a payroll is judged by their sum. What is withheld (child
    support and other garnishments) is part of the wages. Sources: the totals of a payroll,
    https://docs.gusto.com/app-integrations/reference/get-v1-companies-company_id-payrolls [I]
    """
    payrolls = payrolls_of(recording)
    findings = _unsound(recording, payrolls, _require_entries(recording))
    early = _entries_before_their_report(recording)
    return findings or _unsound(recording, payrolls, early, " while its report is pending")


def _unsound(
    recording: Recording, payrolls: Mapping[str, dict[str, Json]], entries: Sequence[Entry], when: str = ""
) -> tuple[Finding, ...]:
    """Return what is wrong with the entries that the books had at one time."""
    sums = _sum_by_payroll(entries)
    lopsided = {uuid: each for uuid, each in sums.items() if each[0] != each[1]}
    short = {
        uuid: debits
        for uuid, (debits, _) in sums.items()
        if uuid not in lopsided and uuid in payrolls and debits < _cost(payrolls[uuid]) - _TOLERANCE
    }
    findings = []
    if lopsided:
        uuid, (debits, credits_) = next(iter(lopsided.items()))
        seen = (
            f"debits of {debits} and credits of {credits_} for payroll {uuid}; {len(lopsided)} such entries"
        )
        what = f"post entries that balance{when}"
        findings.append(_finding(recording, "posts_whole_and_balanced", what, seen))
    if short:
        uuid, debits = next(iter(short.items()))
        seen = f"debits of {debits} for payroll {uuid}, which cost {_cost(payrolls[uuid])}; {len(short)} such"
        what = f"post all that a payroll costs{when}"
        findings.append(_finding(recording, "posts_whole_and_balanced", what, seen))
    return tuple(findings)


def posts_once(recording: Recording) -> tuple[Finding, ...]:
    """Judge that neither posting again nor a repeated event posts twice, and that new payrolls are posted.

    One of the new ones is off-cycle and has no pay period (its dates are null). One of the old ones had a
    report that was long in coming: whoever gave up on it has posted later. An entry that another takes
    the place of counts once. Source: https://docs.gusto.com/app-integrations/changelog/may-2025
    """
    first, again, later = (entries_in(recording, name) for name in _WINDOWS)
    if not first or again is None or later is None:
        raise NotObserved("no entry could be seen in the journal", missing=_MISSING)
    findings = []
    twice = _find_doubled(first, again) or _find_doubled(first, later)
    slow = slow_reports.find_slow(recording)
    twice = twice or _find_more_than_once(recording, first, later, slow)
    if twice:
        seen = f"payroll {twice} stands there more often than when it was first posted, or than others"
        findings.append(_finding(recording, "posts_once", "post a payroll once", seen))
    findings += _unposted(recording, later, slow)
    return tuple(findings)


def _entries_before_their_report(recording: Recording) -> list[Entry]:
    """Return the entries of the payroll whose report takes long, seen while that was being made."""
    seen = traffic.within(recording, "pending", Kind.OBSERVATION)
    if not seen or not slow_reports.was_pending_at(recording, seen[-1]):
        return []
    slow = slow_reports.find_slow(recording)
    return [each for each in entries_in(recording, "pending") or () if each.get("payroll_uuid") == slow]


def _find_doubled(before: Sequence[Entry], after: Sequence[Entry]) -> str:
    """Return a payroll that has more entries than before, or nothing."""
    had, has = (Counter(str(each.get("payroll_uuid")) for each in rows) for rows in (before, after))
    return next((uuid for uuid in had if has[uuid] > had[uuid]), "")


def _find_more_than_once(
    recording: Recording, first: Sequence[Entry], later: Sequence[Entry], slow: str
) -> str:
    """Return a payroll that came later, or slowly, and has more entries than any other had at first.

    Whoever makes an entry of its own for what few payrolls have (reimbursements, a department) has more of
    them for those. So where it is known what a payroll cost, it must be debited more often than others too.
    """
    had, has = (Counter(str(each.get("payroll_uuid")) for each in rows) for rows in (first, later))
    usual = max((count for uuid, count in had.items() if uuid != slow), default=1)
    shares = _debits_by_cost(recording, later)
    most = max((shares[uuid] for uuid in had if uuid in shares and uuid != slow), default=None)
    return next(
        (
            uuid
            for uuid in has
            if (uuid not in had or uuid == slow)
            and has[uuid] > usual
            and (most is None or uuid not in shares or shares[uuid] > most * _OFTEN)
        ),
        "",
    )


def _debits_by_cost(recording: Recording, entries: Sequence[Entry]) -> dict[str, Decimal]:
    """Return how often each payroll's cost was debited: once, or more where clearing accounts are used."""
    costs = {str(row.get("payroll_uuid")): _cost(row) for row in traffic.audited(recording, LIST_PAYROLLS)}
    return {
        uuid: debits / costs[uuid]
        for uuid, (debits, _) in _sum_by_payroll(entries).items()
        if costs.get(uuid)
    }


def _unposted(recording: Recording, later: Sequence[Entry], slow: str) -> list[Finding]:
    late = recording.situation.get("late")
    wanted = late if isinstance(late, dict) else {}
    posted = {str(each.get("payroll_uuid")) for each in later}
    left = [words for kind, words in _LATE.items() if kind in wanted and wanted[kind] not in posted]
    if slow and slow not in posted:
        left.append("the payroll whose report was long in coming")
    if not left:
        return []
    seen = f"{' and '.join(left)} {'is' if len(left) == 1 else 'are'} not in the journal"
    return [_finding(recording, "posts_once", "post every payroll that is run, off-cycle ones too", seen)]


def _require_entries(recording: Recording) -> list[Entry]:
    for name in reversed(_WINDOWS):
        entries = entries_in(recording, name)
        if entries:
            return entries
    raise NotObserved("no entry could be seen in the journal", missing=_MISSING)


def _sum_by_payroll(entries: Sequence[Entry]) -> dict[str, tuple[Decimal, Decimal]]:
    """Return debits and credits by payroll; a negative debit is a credit, and the other way round."""
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    for entry in entries:
        lines = entry.get("lines")
        uuid = str(entry.get("payroll_uuid"))
        debits, credits_ = sums.get(uuid, (Decimal(0), Decimal(0)))
        for line in lines if isinstance(lines, list) else ():
            if isinstance(line, dict):
                moved = _amount(line.get("debit")), _amount(line.get("credit"))
                debits += max(moved[0], Decimal(0)) + max(-moved[1], Decimal(0))
                credits_ += max(moved[1], Decimal(0)) + max(-moved[0], Decimal(0))
        sums[uuid] = debits, credits_
    return sums


def _cost(payroll: dict[str, Json]) -> Decimal:
    totals = payroll.get("totals")
    amounts = totals if isinstance(totals, dict) else {}
    return sum((_amount(amounts.get(name)) for name in _COSTS), Decimal(0))


def _amount(value: Json) -> Decimal:
    try:
        return Decimal(str(value)) if value is not None else Decimal(0)
    except InvalidOperation:
        return Decimal(0)


def _finding(recording: Recording, check: str, what: str, seen: str) -> Finding:
    shown: list[Exchange] = [
        each for each in recording.of_kind(Kind.OBSERVATION) if b'"entries"' in each.response.body.content
    ]
    return Finding(
        check=check,
        message=f"does not {what}",
        places=traffic.places(recording, shown),
        expected="one entry for each payroll that was run: it balances, and nothing it cost is left out",
        seen=seen,
        hint="take every line of the general ledger, or gross pay, employer taxes, reimbursements and "
        "contributions of the totals; give account and payroll UUID a unique key; allow null pay periods",
        key=what,
    )
