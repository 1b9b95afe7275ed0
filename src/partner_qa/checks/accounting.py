"""Are the right payrolls posted, from reports that were waited for, and each of them once?

All checks look at the scenario `payrolls_posted`. Its windows `first`, `again` and `later` are the three
times at which the journal was posted and looked at; `older`, `failing` and `late` name payrolls. What each
payroll came to is known from an audit read. What an entry holds is ledgers.py; of the report that takes long,
slow_reports.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import pairwise
from urllib.parse import parse_qsl, urlsplit

from partner_qa.checks import slow_reports, traffic
from partner_qa.checks.slow_reports import payroll_of
from partner_qa.contract.names import ASK_FOR_LEDGER, LIST_PAYROLLS, SHOW_REPORT
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Json, Kind, Recording

Entry = Mapping[str, Json]
_WINDOWS = ("first", "again", "later")
_LONGEST_SPAN = 367  # days [O]: a year, and a little
_SHORTEST_PAUSE = 0.2  # our number: seconds between looks at one report, on average, below which it hammers
_MOST_LOOKS = 30  # our number: looks at one report, none of which takes three seconds
_FAILURES = frozenset({"partial_failure", "sync_failed"})
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_JOURNAL = ("observations.journal in partner.yaml",)


def entries_in(recording: Recording, window: str) -> list[Entry] | None:
    """Return the entries that the journal had at the end of a window, or `None` where nobody looked."""
    told = traffic.told_in(recording, window, "entries")
    rows = told[-1] if told else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else None


def payrolls_of(recording: Recording) -> dict[str, dict[str, Json]]:
    """Return the payrolls that Gusto had in the end, by UUID; raise `NotObserved` where nobody read them."""
    audited = traffic.audited(recording, LIST_PAYROLLS)
    if not audited:
        raise NotObserved("what was run in Gusto was not read", missing=traffic.RECORD_AGAIN)
    return {str(row["payroll_uuid"]): row for row in audited}


def posts_what_was_run(recording: Recording) -> tuple[Finding, ...]:
    """Judge that only payrolls that were run are posted or asked for, and older ones are not overlooked.

    A list without dates reaches back half a year; whoever lists payrolls by dates, or goes by events, may
    choose how far back the books go. Source:
    https://docs.gusto.com/app-integrations/reference/get-v1-companies-company_id-payrolls
    """
    payrolls = payrolls_of(recording)
    run = {uuid for uuid, row in payrolls.items() if row.get("processed") is True}
    asked, lists = _asked_for(recording), traffic.api_calls(recording, LIST_PAYROLLS)
    entries = [each for name in _WINDOWS for each in entries_in(recording, name) or ()]
    posted = {str(each.get("payroll_uuid")) for each in entries}
    if not (asked or lists or posted):
        raise NotObserved("no payroll was read or posted", missing=_JOURNAL)
    early = [call for uuid, calls in asked.items() if uuid in payrolls and uuid not in run for call in calls]
    findings = []
    if early or posted & (payrolls.keys() - run):
        seen = f"{len(early)} ledgers asked for, and {len(posted - run)} entries, of payrolls not run"
        findings.append(
            _finding(recording, "posts_what_was_run", early, "wait until a payroll was run", seen)
        )
    older = str(recording.situation.get("older"))
    bare = [call for call in lists if not traffic.find_query(call, "start_date")]
    if bare and older not in posted and not _has_read(recording, older):
        seen = "a list without start_date, and a payroll of eight months ago that was never posted"
        what = "look further back than the half year that a list has by default"
        findings.append(_finding(recording, "posts_what_was_run", bare, what, seen))
    long = [call for call in lists if _span(call) > _LONGEST_SPAN]
    if long:
        seen = f"{_span(long[0])} days in one request, answered {long[0].response.status}"
        what = "ask for a year of payrolls at most in one request"
        findings.append(_finding(recording, "posts_what_was_run", long, what, seen))
    return tuple(findings)


def waits_for_reports(recording: Recording) -> tuple[Finding, ...]:
    """Judge that reports are looked at until they are over, failures are told of, and no URL is logged.

    Whoever makes the entries of payrolls without a report has none to wait for, and of the one whose report
    failed nothing to tell. While a report is pending the same is not asked for again; whoever has given up
    may do so later. The pauses are our number. Source:
    https://docs.gusto.com/app-integrations/reference/get-reports-request_uuid
    """
    looks = _looks_by_report(recording)
    asked = [call for calls in _asked_for(recording).values() for call in calls]
    if not asked and any(
        each.get("lines") for name in _WINDOWS for each in entries_in(recording, name) or ()
    ):
        return ()
    if not asked:
        raise NotObserved("no report was asked for, and no entry was made without one", missing=_JOURNAL)
    findings = [*_hasty(recording, looks), *_given_up(recording, asked, looks), *_impatient(recording)]
    silent, untold = _silent_failures(recording, looks)
    leaks = _logged(recording, looks)
    if silent:
        seen = "no notice, and no entry for that payroll"
        what = "say that a report could not be made"
        findings.append(_finding(recording, "waits_for_reports", silent, what, seen))
    if leaks:
        seen = "the signed address of a report stands in the log"
        what = "keep the addresses of reports out of its log"
        findings.append(_finding(recording, "waits_for_reports", leaks, what, seen))
    missing = [*(["observations.notices in partner.yaml"] if untold else [])]
    if not any(_logs(recording)):
        missing.append("observations.logs in partner.yaml")
    if missing and not findings:
        raise NotObserved("what becomes of reports could not be seen whole", missing=tuple(missing))
    return tuple(findings)


def _looks_by_report(recording: Recording) -> dict[str, list[Exchange]]:
    looks: dict[str, list[Exchange]] = {}
    for call in traffic.api_calls(recording, SHOW_REPORT):
        if traffic.is_success(call):
            looks.setdefault(traffic.path_of(call).rpartition("/")[2], []).append(call)
    return looks


def _hasty(recording: Recording, looks: Mapping[str, list[Exchange]]) -> list[Finding]:
    for calls in looks.values():
        pauses = [
            (after.started - traffic.ended(before)).total_seconds() for before, after in pairwise(calls)
        ]
        if len(calls) > _MOST_LOOKS or (len(pauses) > 1 and sum(pauses) / len(pauses) < _SHORTEST_PAUSE):
            seen = f"{len(calls)} looks at one report"
            seen += f", {sum(pauses) / len(pauses):.2f} s apart on average" if pauses else ""
            what = "pause between looks at a report"
            return [_finding(recording, "waits_for_reports", calls, what, seen)]
    return []


def _given_up(
    recording: Recording, asked: Iterable[Exchange], looks: Mapping[str, list[Exchange]]
) -> list[Finding]:
    """Return a finding for a report that was asked for and never seen to its end, nor asked for anew."""
    over: set[str] = set()
    waiting: dict[str, list[Exchange]] = {}
    for call in asked:
        payroll, report = payroll_of(call), traffic.find_text(call, "request_uuid")
        if not report:
            continue
        seen = looks.get(report, [])
        if seen and traffic.find_text(seen[-1], "status") != "pending":
            over.add(payroll)
        else:
            waiting.setdefault(payroll, []).extend([call, *seen])
    for payroll, calls in waiting.items():
        if payroll not in over:
            seen_words = f"{len(calls) - 1} looks, the last of which found it pending"
            what = "wait for a report until it is over"
            return [_finding(recording, "waits_for_reports", calls, what, seen_words)]
    return []


def _impatient(recording: Recording) -> list[Finding]:
    """Return a finding for a report that was asked for again while the first was surely being made."""
    asks = slow_reports.list_asks_while_pending(recording)
    if not asks:
        return []
    later = (asks[1].started - traffic.ended(asks[0])).total_seconds()
    seen = f"asked for again {later:.1f} s later, when it was still pending; {len(asks)} times in all"
    what = "look at the report that it has asked for, before it asks for another"
    return [_finding(recording, "waits_for_reports", asks, what, seen)]


def _silent_failures(
    recording: Recording, looks: Mapping[str, list[Exchange]]
) -> tuple[list[Exchange], bool]:
    """Return the looks that found a failure of which nobody was told, and whether nobody could be asked."""
    every = [call for calls in looks.values() for call in calls]
    failed = [call for call in every if traffic.find_text(call, "status") == "failed"]
    failing = str(recording.situation.get("failing"))
    later = [each for name in _WINDOWS for each in entries_in(recording, name) or ()]
    if not failed or any(each.get("payroll_uuid") == failing and each.get("lines") for each in later):
        return [], False
    notices = traffic.notices_in(recording, "first")
    if notices is None:
        return [], True
    return ([] if notices & _FAILURES else failed), False


def _logged(recording: Recording, looks: Mapping[str, list[Exchange]]) -> list[Exchange]:
    """Return the looks whose answer had an address that stands in the log with what signs it."""
    logs = _logs(recording)
    text = "\n".join(line for _, lines in logs for line in lines)
    for calls in looks.values():
        for call in calls:
            told = traffic.json_of(call.response.body)
            urls = told.get("report_urls") if isinstance(told, dict) else None
            if any(_key_of(str(url)) in text for url in (urls if isinstance(urls, list) else ())):
                return [call, *(seen for seen, _ in logs)]
    return []


def _key_of(url: str) -> str:
    """Return the part of a signed address that nobody could guess: its longest parameter that is no UUID."""
    values = [value for _, value in parse_qsl(urlsplit(url).query) if not _UUID.fullmatch(value)]
    return max(values, key=len, default=url)


def _logs(recording: Recording) -> list[tuple[Exchange, list[str]]]:
    found = []
    for seen in recording.of_kind(Kind.OBSERVATION):
        told = traffic.json_of(seen.response.body)
        lines = told.get("logs") if isinstance(told, dict) else None
        if isinstance(lines, list):
            found.append((seen, [str(line) for line in lines]))
    return found


def _asked_for(recording: Recording) -> dict[str, list[Exchange]]:
    """Return the requests for a ledger, by payroll."""
    asked: dict[str, list[Exchange]] = {}
    for call in traffic.api_calls(recording, ASK_FOR_LEDGER):
        asked.setdefault(payroll_of(call), []).append(call)
    return asked


def _has_read(recording: Recording, payroll: str) -> bool:
    return any(f"/payrolls/{payroll}" in traffic.path_of(call) for call in traffic.api_calls(recording))


def _span(call: Exchange) -> int:
    """Return how many days a list spans from its first to its last; 0 where it does not say both."""
    days = [traffic.find_query(call, name) for name in ("start_date", "end_date")]
    try:
        start, end = (date.fromisoformat(str(day)) for day in days)
    except ValueError:
        return 0
    return (end - start).days


def _finding(recording: Recording, check: str, where: list[Exchange], what: str, seen: str) -> Finding:
    return Finding(
        check=check,
        message=f"does not {what}",
        places=traffic.places(recording, where[:20]),
        expected="each payroll that was run, with its report waited for, and told where there is none",
        seen=seen,
        hint="list with start_date and end_date, a year at most; ask for the ledger once, look with growing "
        "pauses, fetch it at once and keep the address to yourself",
        key=what,
    )
