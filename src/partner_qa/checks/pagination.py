"""Does the integration read whole lists? Judged on the page headers of the answers it was given."""

from __future__ import annotations

from collections import defaultdict
from urllib.parse import urlencode

from partner_qa.checks import traffic
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Recording

_PAGE_PARAMETERS = frozenset({"page", "per"})


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
