"""Does the integration read whole lists? Judged on the page headers of the answers it was given."""

from __future__ import annotations

from collections import defaultdict
from urllib.parse import urlencode

from partner_qa.checks import traffic
from partner_qa.contract.names import LIST_EVENTS
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Json, Recording, find_header

_PAGE_PARAMETERS = frozenset({"page", "per"})
_CURSOR = "starting_after_uuid"


def reads_every_page(recording: Recording) -> tuple[Finding, ...]:
    """Judge that each list which announced more pages was read to its last page.

    A list is one path and query (paging parameters apart) read for one grant during one action. A page
    counts as read when its answer was 2xx. Source: https://docs.gusto.com/app-integrations/docs/pagination
    """
    lists = _lists_of_several_pages(recording)
    if not lists:
        raise NotObserved(
            "no list of several pages was read in this scenario",
            missing=("an action that reads people (actions.sync_people in partner.yaml)",),
        )
    findings = []
    for (name, _, _), pages in lists.items():
        total = max(numbers[1] for _, numbers in pages)
        unread = sorted(set(range(1, total + 1)) - {numbers[0] for _, numbers in pages})
        if unread:
            findings.append(_pages_left_unread(recording, name, [each for each, _ in pages], unread, total))
    return tuple(findings)


def _lists_of_several_pages(
    recording: Recording,
) -> dict[tuple[str, str, str], list[tuple[Exchange, tuple[int, int]]]]:
    lists: dict[tuple[str, str, str], list[tuple[Exchange, tuple[int, int]]]] = defaultdict(list)
    for call in traffic.api_calls(recording):
        numbers = traffic.page_numbers(call)
        if numbers and traffic.is_success(call):
            rest = [pair for pair in traffic.query_of(call) if pair[0] not in _PAGE_PARAMETERS]
            where = traffic.path_of(call) + (f"?{urlencode(rest)}" if rest else "")
            lists[(where, call.grant or "", call.during or "")].append((call, numbers))
    return {key: pages for key, pages in lists.items() if any(total > 1 for _, (_, total) in pages)}


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

    What is next is told by `X-Has-Next-Page`, and asked for with `starting_after_uuid`. Source:
    https://docs.gusto.com/app-integrations/docs/pagination
    """
    calls = [call for call in traffic.api_calls(recording, LIST_EVENTS) if traffic.is_success(call)]
    unfinished = [call for call in calls if _has_next(call)]
    if not unfinished:
        raise NotObserved(
            "no list of events had a next page in this scenario",
            missing=("actions.catch_up_events in partner.yaml",),
        )
    left = []
    for call in unfinished:
        cursors = {traffic.find_query(later, _CURSOR) for later in calls if later.started > call.started}
        if _last_uuid(call) not in cursors:
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


def _has_next(call: Exchange) -> bool:
    return (find_header(call.response.headers, "X-Has-Next-Page") or "").lower() == "true"


def _last_uuid(call: Exchange) -> str | None:
    told: Json = traffic.json_of(call.response.body)
    last = told[-1] if isinstance(told, list) and told else None
    return str(last.get("uuid")) if isinstance(last, dict) else None
