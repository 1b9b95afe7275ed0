"""Does the integration take webhooks as they come: promptly, twice, late, unknown, many at once, not at all?

What was delivered on purpose says so in its fact `delivered`: `first`, `duplicate`, `newer`, `older`,
`unknown_type`, `foreign_company`, `unasked`, `last`, `burst`. An event tells only that something changed, so
what an integration does about one is seen as a read: of that person, or of the whole list.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from partner_qa.checks import traffic
from partner_qa.contract.names import LIST_EMPLOYEES, LIST_EVENTS, SHOW_EMPLOYEE
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Json, Kind, Recording

ANSWER_WITHIN = 10.0  # seconds [D] https://docs.gusto.com/app-integrations/docs/best-practices
_MANY = 6  # our number: people read one by one; more than the events of a scenario are about
_WHERE = "webhooks.url and actions.subscribe_webhooks in partner.yaml"
_STRANGE = {
    "unknown_type": "an event of a type that it does not know",
    "foreign_company": "an event of a company that it does not know",
    "unasked": "company.provisioned, which comes unasked",
}


def acknowledges_webhooks_in_time(recording: Recording) -> tuple[Finding, ...]:
    """Judge that what Gusto signed is answered 2xx within ten seconds, while Gusto itself is slow.

    Reads of people are held meanwhile, so an integration that reads before it answers is late. The limit is
    Gusto's [D]; 2xx of any kind will do. Events that make no sense are another
    item's. Source: https://docs.gusto.com/app-integrations/docs/best-practices
    """
    usual = [each for each in _signed(recording) if each.facts.get("delivered") not in _STRANGE]
    if not usual:
        raise NotObserved("no webhook was delivered", missing=(_WHERE,))
    return tuple(
        _finding(
            recording,
            [each],
            check="acknowledges_webhooks_in_time",
            message="does not acknowledge webhooks within ten seconds",
            expected="2xx within 10 s, however slow Gusto is to answer what is asked because of it",
            seen=_answer(each),
            hint="store the event, answer, and let a worker do the rest; aim for well below 5 s",
            key="late" if each.elapsed >= ANSWER_WITHIN else "refused",
        )
        for each in usual
        if not traffic.is_success(each) or each.elapsed > ANSWER_WITHIN
    )[:1]


def processes_duplicates_once(recording: Recording) -> tuple[Finding, ...]:
    """Judge that an event delivered again, with the same `uuid`, is answered 2xx and not acted upon again.

    Seen as the same read of the person once more after the repetition, or as an event that the integration
    lists twice. A queue may come to the first delivery after the repetition has arrived. A read of the whole
    list does not count: it may be a schedule's; nor does one of a person among others, after news of others:
    that is how a list is read by whoever reads people one by one. Proof of life: the first delivery led to a
    read, or is listed among the events. Source:
    https://docs.gusto.com/app-integrations/docs/best-practices
    """
    first, again = _delivered(recording, "first"), _delivered(recording, "duplicate")
    if not first or not again:
        raise NotObserved("no webhook was delivered twice", missing=(_WHERE,))
    uuid, person = _told(first[0], "uuid"), _told(first[0], "entity_uuid")
    listed = [each for each in _events(recording) if each.get("uuid") == uuid]
    acted = _reads(recording, person, after=first[0].started)
    if not acted and not listed:
        raise NotObserved(
            "nothing shows that the first delivery was taken",
            missing=("observations.events in partner.yaml",),
        )
    refused = [each for each in again if not traffic.is_success(each)]
    named = [each for each in acted if _names(each, person)]
    repeated = [
        each
        for at, each in enumerate(named)
        if each.started > again[0].started
        and any(each.request.url == before.request.url for before in named[:at])
        and not _is_one_of_many(recording, each, after=again[-1])
    ]
    findings = []
    if refused:
        findings.append(_duplicate(recording, refused, f"the repetition was answered: {_answer(refused[0])}"))
    if repeated:
        findings.append(_duplicate(recording, [again[0], *repeated], "it read the same person again"))
    if len(listed) > 1:
        findings.append(_duplicate(recording, again, f"it lists the event {len(listed)} times"))
    return tuple(findings)


def _is_one_of_many(recording: Recording, read: Exchange, *, after: Exchange) -> bool:
    """Whether a person was read among others, once something else than this event was told of."""
    news = [each.started for each in _signed(recording) if each.started > after.started]
    if not news or read.started < min(news):
        return False
    uuids = {
        traffic.path_of(call).split("/")[3]
        for call in traffic.api_calls(recording, SHOW_EMPLOYEE)
        if call.started >= min(news)
    }
    return len(uuids) >= _MANY


def _duplicate(recording: Recording, exchanges: list[Exchange], seen: str) -> Finding:
    return _finding(
        recording,
        exchanges,
        check="processes_duplicates_once",
        message="does not recognise an event that is delivered again",
        expected="2xx, and nothing else",
        seen=seen,
        hint="store the uuid of each event under a unique key; answer 2xx and stop where it is there already",
        key=seen,
    )


def keeps_newer_state(recording: Recording) -> tuple[Finding, ...]:
    """Judge that an event which arrives late does not undo what a newer one said.

    A dismissal was taken back, and the news arrive in the wrong order. Right is whoever asks Gusto for the
    present state, and whoever drops events older than the last one by `timestamp`; afterwards the person is
    held, and not as terminated. Source: https://docs.gusto.com/app-integrations/docs/best-practices
    """
    newer, older = _delivered(recording, "newer"), _delivered(recording, "older")
    if not newer or not older:
        raise NotObserved("no webhooks were delivered in the wrong order", missing=(_WHERE,))
    person = _told(older[0], "entity_uuid")
    refused = [each for each in (*newer, *older) if not traffic.is_success(each)]
    if refused:
        return (_order(recording, refused, f"it refused the news: {_answer(refused[0])}"),)
    held = _people_after(recording, older[0].started)
    row = next((each for each in held if each.get("gusto_uuid") == person), None)
    if held and row is None:
        return (_order(recording, older, "the person is no longer held, though nobody left"),)
    if row is not None and row.get("employment") == "terminated":
        return (_order(recording, older, "the person counts as terminated, though the dismissal was undone"),)
    told = row is not None and "employment" in row
    if not told and not _reads(recording, person, after=newer[0].started):
        raise NotObserved(
            "nothing shows what became of the news",
            missing=("observations.people, with people[].employment, in partner.yaml",),
        )
    return ()


def _order(recording: Recording, exchanges: Iterable[Exchange], seen: str) -> Finding:
    return _finding(
        recording,
        list(exchanges),
        check="keeps_newer_state",
        message="does not keep the newer state when news arrive in the wrong order",
        expected="the person as Gusto has them now: at work",
        seen=seen,
        hint="take an event for a hint that something changed, and read the person from Gusto; or compare "
        "timestamps, and drop what is older than the last event of the same person",
        key=seen.partition(":")[0],
    )


def tolerates_strange_events(recording: Recording) -> tuple[Finding, ...]:
    """Judge that events of unknown types and companies are answered 2xx and left alone.

    Proof of life: a usual event afterwards was answered 2xx. Source:
    https://docs.gusto.com/app-integrations/docs/webhooks
    """
    strange = [each for each in _signed(recording) if each.facts.get("delivered") in _STRANGE]
    if not strange or not any(map(traffic.is_success, _delivered(recording, "last"))):
        raise NotObserved("no strange event was delivered before a usual one", missing=(_WHERE,))
    findings = []
    for each in strange:
        what = _STRANGE[str(each.facts["delivered"])]
        if not traffic.is_success(each):
            findings.append(_strange(recording, [each], what, _answer(each)))
        foreign = each.facts["delivered"] == "foreign_company"
        names = (_told(each, "resource_uuid"), _told(each, "entity_uuid")) if foreign else ()
        asked = [
            call
            for call in traffic.api_calls(recording)
            if call.started > each.started and any(name in traffic.path_of(call) for name in names)
        ]
        if asked:
            findings.append(_strange(recording, [each, *asked], what, "it asked Gusto about it"))
    return tuple(findings)


def _strange(recording: Recording, exchanges: list[Exchange], what: str, seen: str) -> Finding:
    return _finding(
        recording,
        exchanges,
        check="tolerates_strange_events",
        message=f"does not take {what} calmly",
        expected="2xx, and nothing else",
        seen=seen,
        hint="answer 2xx to whatever is signed, and act only on types and companies that you know",
        key=what,
    )


def survives_a_burst(recording: Recording) -> tuple[Finding, ...]:
    """Judge that events which come many at once are all answered 2xx in time, and none is lost.

    Lost is an event that the integration lists as failed, or does not list although it lists others and
    nobody was read for it; where it lists none and the events are about people, that nothing was read
    afterwards. Reading each person once, or the whole list, or one by one is all right. Source:
    https://docs.gusto.com/app-integrations/docs/best-practices
    """
    burst = _delivered(recording, "burst")
    if not burst:
        raise NotObserved("no burst of webhooks was delivered", missing=(_WHERE,))
    late = [each for each in burst if not traffic.is_success(each) or each.elapsed > ANSWER_WITHIN]
    if late:
        count = f"{len(late)} of {len(burst)} were not answered 2xx within 10 s"
        return (_burst(recording, late, f"{count}; the first: {_answer(late[0])}"),)
    listed = {str(each.get("uuid")): each.get("state") for each in _events(recording)}
    lost = [each for each in burst if _is_lost(recording, each, listed.get(_told(each, "uuid")))]
    if listed and lost:
        seen = f"{len(lost)} of {len(burst)} failed, or are not among its events and led to no read"
        return (_burst(recording, lost, seen),)
    person = _told(burst[-1], "entity_uuid")
    if not listed and _told(burst[-1], "entity_type") == "Company":  # which nobody need read for that
        raise NotObserved(
            "nothing shows whether an event of the burst was lost",
            missing=("observations.events in partner.yaml",),
        )
    if not listed and not _reads(recording, person, after=burst[0].started):
        return (_burst(recording, burst[-1:], "nobody was read from Gusto afterwards"),)
    return ()


def _is_lost(recording: Recording, event: Exchange, state: Json) -> bool:
    """Whether an event of the burst failed, or is not listed and nobody read what it was about afterwards.

    A queue that keeps one entry for each person has nothing more to tell than that. What was read in order to
    catch up, later, does not count.
    """
    if state is not None:
        return state == "failed"
    later = {each.sequence for each in traffic.within(recording, "catching_up", Kind.API)}
    reads = _reads(recording, _told(event, "entity_uuid"), after=event.started)
    return all(each.sequence in later for each in reads)


def _burst(recording: Recording, exchanges: list[Exchange], seen: str) -> Finding:
    return _finding(
        recording,
        exchanges[:5],
        check="survives_a_burst",
        message="does not cope with many webhooks at once",
        expected="each is answered 2xx within 10 s, and none is lost",
        seen=seen,
        hint="write each event to a queue, under its uuid, and answer; take several about one person "
        "together afterwards",
        key="burst",
    )


def recovers_missed_events(recording: Recording) -> tuple[Finding, ...]:
    """Judge that what happened while no webhook arrived is read once the address is back.

    The situation holds `missed` (UUIDs of the people who changed) and `catching_up` (the window in which the
    integration caught up). Whoever reads the list of events and then these people, and whoever reads the
    whole list of people again, is right. Source: https://docs.gusto.com/app-integrations/reference/get-events
    """
    given, window = recording.situation.get("missed"), recording.situation.get("catching_up")
    missed = [str(each) for each in given] if isinstance(given, list) else []
    first, last = window if isinstance(window, list) and len(window) == 2 else (1, 0)
    asked = [
        each for each in recording.of_kind(Kind.ACTION) if int(str(first)) <= each.sequence <= int(str(last))
    ]
    if not missed or not asked:
        raise NotObserved(
            "the integration could not be asked to catch up",
            missing=("actions.catch_up_events, or actions.sync_people, in partner.yaml",),
        )
    return tuple(
        _finding(
            recording,
            asked[:1],
            check="recovers_missed_events",
            message="does not find out what happened while its webhook address was down",
            expected="somebody who changed meanwhile is read from Gusto when it catches up",
            seen="neither the person nor the list of people was read"
            + (", though the list of events was" if _reads_events(recording, since=asked[0].started) else ""),
            hint="read GET /v1/events from the last event you have seen, and act on what you missed; or read "
            "the list of people again on a schedule. Where a nightly batch works events off, let it run at "
            "the end of actions.catch_up_events",
            key="missed",
        )
        for person in missed
        if not _reads(recording, person, after=asked[0].started)
    )[:1]


def _reads_events(recording: Recording, *, since: datetime) -> bool:
    calls = traffic.api_calls(recording, LIST_EVENTS)
    return any(traffic.is_success(call) and call.started > since for call in calls)


def _signed(recording: Recording) -> list[Exchange]:
    return [each for each in recording.of_kind(Kind.WEBHOOK) if each.facts.get("signature") == "valid"]


def _delivered(recording: Recording, what: str) -> list[Exchange]:
    return [each for each in _signed(recording) if each.facts.get("delivered") == what]


def _told(delivery: Exchange, name: str) -> str:
    event = traffic.json_of(delivery.request.body)
    return str(event.get(name)) if isinstance(event, dict) else ""


def _reads(recording: Recording, person: str, *, after: datetime) -> list[Exchange]:
    """Return the good reads of a person, or of the whole list, that began after a moment."""
    return [
        call
        for call in traffic.api_calls(recording)
        if call.request.method == "GET"
        and traffic.is_success(call)
        and call.started > after
        and (_names(call, person) or call.operation == LIST_EMPLOYEES)
    ]


def _names(call: Exchange, person: str) -> bool:
    return person in traffic.path_of(call)


def _events(recording: Recording) -> list[dict[str, Json]]:
    """Return the events that the integration listed when it was last asked."""
    return _rows(recording.of_kind(Kind.OBSERVATION), "events")


def _people_after(recording: Recording, moment: datetime) -> list[dict[str, Json]]:
    """Return the people that the integration held when it was first asked after a moment."""
    later = [each for each in recording.of_kind(Kind.OBSERVATION) if each.started > moment]
    return _rows(tuple(reversed(later)), "people")


def _rows(seen: tuple[Exchange, ...], name: str) -> list[dict[str, Json]]:
    for each in reversed(seen):
        told = traffic.json_of(each.response.body)
        rows = told.get(name) if isinstance(told, dict) else None
        if isinstance(rows, list):
            return [row for row in rows if isinstance(row, dict)]
    return []


def _answer(delivery: Exchange) -> str:
    if not delivery.response.status:
        return f"no answer after {delivery.elapsed:.1f} s"
    return f"answered {delivery.response.status} after {delivery.elapsed:.1f} s"


def _finding(
    recording: Recording,
    exchanges: list[Exchange],
    *,
    check: str,
    message: str,
    expected: str,
    seen: str,
    hint: str,
    key: str,
) -> Finding:
    return Finding(
        check=check,
        message=message,
        places=traffic.places(recording, exchanges),
        expected=expected,
        seen=seen,
        hint=hint,
        key=key,
    )
