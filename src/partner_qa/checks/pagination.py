"""Does the integration read whole lists? Judged on the page headers of the answers it was given."""

from __future__ import annotations

from collections import defaultdict
from urllib.parse import urlencode

from partner_qa.checks import payroll_rows, traffic
from partner_qa.contract.names import LIST_EMPLOYEES, LIST_EVENTS, SHOW_PAYROLL, UPDATE_PAYROLL
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Json, Kind, Recording, find_header

_Pages = list[tuple[Exchange, tuple[int, int]]]  # with number and total
_Lists = dict[tuple[str, str, str, str], _Pages]  # by path, grant, action and page size

_PAGE_PARAMETERS = frozenset({"page", "per"})
_CURSOR = "starting_after_uuid"
_ROWS = "employee_compensations"
_MOST_ROWS = 100  # [D] in one update of a payroll


def reads_every_page(recording: Recording) -> tuple[Finding, ...]:
    """Judge that each list which announced more pages was read to its last page.

    A list is one path and query (paging parameters apart) read for one grant during one action; a reading
    that does not begin with page 1 goes on with the one before. It may be read anew in pages of another size:
    one whole reading is enough. A single row that is asked for to learn how many there are is no reading. A
    page counts as read when its answer was 2xx. Source:
    https://docs.gusto.com/app-integrations/docs/pagination
    """
    lists = _lists_of_several_pages(recording)
    if not lists:
        raise NotObserved("no list of several pages was read in this scenario", missing=traffic.READS_PEOPLE)
    readings: dict[tuple[str, str, str], list[tuple[list[Exchange], list[int], int]]] = defaultdict(list)
    for (name, grant, action, _), pages in lists.items():
        total = max(numbers[1] for _, numbers in pages)
        unread = sorted(set(range(1, total + 1)) - {numbers[0] for _, numbers in pages})
        readings[name, grant, action].append(([each for each, _ in pages], unread, total))
    findings = []
    for (name, _, _), tried in readings.items():
        pages_read, unread, total = min(tried, key=lambda each: len(each[1]))
        if unread:
            findings.append(_pages_left_unread(recording, name, pages_read, unread, total))
    return tuple(findings)


def _lists_of_several_pages(recording: Recording) -> _Lists:
    lists: _Lists = defaultdict(list)
    for call in traffic.api_calls(recording):
        numbers = traffic.page_numbers(call)
        if numbers and traffic.is_success(call):
            rest = [pair for pair in traffic.query_of(call) if pair[0] not in _PAGE_PARAMETERS]
            where = traffic.path_of(call) + (f"?{urlencode(rest)}" if rest else "")
            size = traffic.find_query(call, "per") or ""
            lists[where, call.grant or "", call.during or "", size].append((call, numbers))
    joined = _join_resumed(lists)
    return {
        key: pages
        for key, pages in joined.items()
        if any(total > 1 for _, (_, total) in pages) and not _only_counts(key[-1], pages)
    }


def _only_counts(size: str, pages: _Pages) -> bool:
    """Whether one row was asked for, and no more: that tells how many there are."""
    return size == "1" and all(number == 1 for _, (number, _) in pages)


def _join_resumed(lists: _Lists) -> _Lists:
    """Return the lists with each reading that goes on where an earlier one had to stop joined to that one."""
    joined: _Lists = {}
    last: dict[tuple[str, str, str], tuple[str, str, str, str]] = {}
    for key, pages in sorted(lists.items(), key=lambda each: each[1][0][0].sequence):
        alike = (key[0], key[1], key[3])
        begun = last.get(alike)
        if begun is not None and pages[0][1][0] > 1:
            joined[begun] = [*joined[begun], *pages]
        else:
            joined[key] = pages
            last[alike] = key
    return joined


def _pages_left_unread(
    recording: Recording, name: str, pages: list[Exchange], unread: list[int], total: int
) -> Finding:
    return Finding(
        check="reads_every_page",
        message=f"does not read every page of {name}",
        places=traffic.places(recording, pages),
        expected=f"pages 1 to {total} are requested before the list is used",
        seen=f"{len(pages)} request{'s' if len(pages) != 1 else ''}; "
        f"never asked for page {', '.join(map(str, unread))}",
        hint="loop until X-Page equals X-Total-Pages",
        key=f"operation={pages[0].operation}",
    )


def follows_the_cursor(recording: Recording) -> tuple[Finding, ...]:
    """Judge that events are read on from the last one seen for as long as there is a next page.

    What is next is told by `X-Has-Next-Page`, and asked for with `starting_after_uuid`. Whoever reads the
    newest first may stop at an event that the list has told before, or that is older than the scenario; that
    a webhook told of one says nothing of those before it. Whoever never reads that list, and reads everybody
    again to make up for what was missed (WH-08 allows both), has no cursor to lose; that the list is not read
    elsewhere is judged by SCOPE-02. Source:
    https://docs.gusto.com/app-integrations/docs/pagination
    """
    if not traffic.api_calls(recording, LIST_EVENTS) and _reads_everybody_instead(recording):
        return ()
    calls = [call for call in traffic.api_calls(recording, LIST_EVENTS) if traffic.is_success(call)]
    unfinished = [call for call in calls if _has_next(call)]
    if not unfinished:
        raise NotObserved(
            "no list of events had a next page in this scenario",
            missing=("actions.catch_up_events, or actions.sync_people, in partner.yaml",),
        )
    left = []
    for call in unfinished:
        cursors = {traffic.find_query(later, _CURSOR) for later in calls if later.started > call.started}
        if _last_uuid(call) not in cursors and not _has_met_what_it_knew(recording, call):
            left.append(call)
    if not left:
        return ()
    return (
        Finding(
            check="follows_the_cursor",
            message="does not read events to their end",
            places=traffic.places(recording, left),
            expected=f"{_CURSOR} with the last event's UUID, until X-Has-Next-Page is false",
            seen=f"{len(left)} of {len(unfinished)} answers with a next page were not followed",
            hint="keep the UUID of the last event that you have stored, and go on from there, also next time",
            key="cursor",
        ),
    )


def _reads_everybody_instead(recording: Recording) -> bool:
    calls = traffic.within(recording, "catching_up", Kind.API)
    return any(call.operation == LIST_EMPLOYEES and traffic.is_success(call) for call in calls)


def _has_met_what_it_knew(recording: Recording, call: Exchange) -> bool:
    """Whether a page of the newest first has an event on it that was read before, here or earlier."""
    if traffic.find_query(call, "sort_order") != "desc":
        return False
    read = [each for each in traffic.api_calls(recording, LIST_EVENTS) if each.started < call.started]
    known = {row.get("uuid") for each in read for row in _rows_of(each)}
    since = recording.started.timestamp()
    return any(
        row.get("uuid") in known or float(str(row.get("timestamp") or since)) < int(since)
        for row in _rows_of(call)
    )


def _rows_of(call: Exchange) -> list[dict[str, Json]]:
    return traffic.rows_of(traffic.json_of(call.response.body))


def _has_next(call: Exchange) -> bool:
    return (find_header(call.response.headers, "X-Has-Next-Page") or "").lower() == "true"


def _last_uuid(call: Exchange) -> str | None:
    told: Json = traffic.json_of(call.response.body)
    last = told[-1] if isinstance(told, list) and told else None
    return str(last.get("uuid")) if isinstance(last, dict) else None


def merges_and_chunks_big_payrolls(recording: Recording) -> tuple[Finding, ...]:
    """Judge that a payroll of several pages is written whole, and no update carries more than 100 people.

    Preparing some people by name instead of page by page is right too: what counts is that everybody of
    `bonuses` who is on the payroll has theirs. Source:
    https://docs.gusto.com/app-integrations/reference/put-v1-companies-company_id-payrolls
    """
    updates = traffic.api_calls(recording, UPDATE_PAYROLL)
    if not updates:
        raise NotObserved("no payroll was updated in this scenario", missing=payroll_rows.MISSING)
    sizes = {
        call.sequence: len(list(payroll_rows.rows_in(traffic.json_of(call.request.body), _ROWS)))
        for call in updates
    }
    big = [call for call in updates if sizes[call.sequence] > _MOST_ROWS]
    if big:
        seen = f"{max(sizes.values())} people in one update"
        return (_big_payroll(recording, big, "cut its updates into pieces of 100 people", seen),)
    rows, wanted = _rows_of_everybody(recording), recording.situation.get("bonuses")
    due = wanted if isinstance(wanted, dict) else {}
    if not rows:
        raise NotObserved("the payroll was not seen after the sync", missing=payroll_rows.MISSING)
    lacking = [
        each
        for each, row in rows.items()
        if each in due and sum(payroll_rows.fixed_lines(row).values()) != payroll_rows.to_decimal(due[each])
    ]
    if not lacking:
        return ()
    seen = f"{len(lacking)} of {len(rows)} people are not paid what was sent for them"
    return (_big_payroll(recording, list(updates), "write for everybody of a big payroll", seen),)


def _rows_of_everybody(recording: Recording) -> dict[str, payroll_rows.Row]:
    return {
        str(row.get("employee_uuid")): row
        for page in traffic.audited(recording, SHOW_PAYROLL)
        for row in payroll_rows.rows_in(page, _ROWS)
    }


def _big_payroll(recording: Recording, calls: list[Exchange], what: str, seen: str) -> Finding:
    return Finding(
        check="merges_and_chunks_big_payrolls",
        message=f"does not {what}",
        places=traffic.places(recording, calls[:20]),
        expected="every page of the prepare is read, and each update has 100 people at most",
        seen=seen,
        hint="prepare page by page until X-Total-Pages, put the rows together, and send them 100 at a time",
        key=what,
    )
