"""The event log: who may learn of what, in which order, and by which pattern."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_qa.sandbox.events import Event, EventLog, fits_wildcard

NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)
ALL = frozenset({"employees:read", "companies:read", "payrolls:read"})


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def make_log(clock: Clock | None = None, connected: frozenset[str] = frozenset({"a", "b"})) -> EventLog:
    return EventLog(now=clock or Clock(), is_connected=lambda company: company in connected)


def append(log: EventLog, company: str = "a", event_type: str = "employee.updated") -> Event:
    return log.append(company, event_type, "Employee", "person")


def test_an_event_shows_ids_only_and_a_timestamp_in_seconds() -> None:
    event = append(make_log())
    assert event.to_json() == {
        "uuid": event.uuid,
        "event_type": "employee.updated",
        "resource_type": "Company",
        "resource_uuid": "a",
        "entity_type": "Employee",
        "entity_uuid": "person",
        "timestamp": int(NOON.timestamp()),
    }


def test_listeners_hear_of_each_event() -> None:
    log, heard = make_log(), []
    log.listen(heard.append)
    event = append(log)
    assert heard == [event]


def test_an_event_of_a_company_out_of_reach_is_neither_listed_nor_told() -> None:
    log, heard = make_log(connected=frozenset()), []
    log.listen(heard.append)
    event = append(log)
    assert heard == []
    assert log.find(event.uuid) is None
    assert log.find_page(scopes=ALL).events == ()
    assert not log.has_company("a")


def test_pages_follow_the_cursor_and_say_whether_more_follows() -> None:
    log = make_log()
    events = [append(log) for _ in range(5)]
    first = log.find_page(scopes=ALL, limit=2)
    assert first.events == tuple(events[:2])
    assert first.has_next
    last = log.find_page(scopes=ALL, limit=3, starting_after=events[1].uuid)
    assert last.events == tuple(events[2:])
    assert not last.has_next


def test_events_of_the_same_second_come_in_the_exact_reverse_order_when_descending() -> None:
    log = make_log()
    events = [append(log) for _ in range(4)]
    assert log.find_page(scopes=ALL, sort_order="desc").events == tuple(reversed(events))
    after = log.find_page(scopes=ALL, sort_order="desc", starting_after=events[2].uuid)
    assert after.events == (events[1], events[0])


def test_an_event_dated_back_is_listed_at_its_own_time() -> None:
    log = make_log()
    newer = append(log)
    older = log.append("a", "employee.created", "Employee", "person", at=NOON - timedelta(hours=1))
    assert log.find_page(scopes=ALL).events == (older, newer)


def test_events_are_kept_for_thirty_days() -> None:
    clock = Clock()
    log = make_log(clock)
    event = append(log)
    clock.now = NOON + timedelta(days=30)
    assert log.find(event.uuid) == event
    clock.now += timedelta(seconds=1)
    assert log.find(event.uuid) is None
    assert log.find_page(scopes=ALL).events == ()


def test_the_list_can_be_limited_to_a_company_and_a_type() -> None:
    log = make_log()
    append(log)
    created = append(log, event_type="employee.created")
    other = append(log, "b")
    assert log.find_page(scopes=ALL, company="b").events == (other,)
    assert log.find_page(scopes=ALL, event_type="*.created").events == (created,)


def test_events_need_the_read_scope_of_their_entity() -> None:
    log = make_log()
    append(log)
    assert log.find_page(scopes=frozenset({"employees:write", "public"})).events == ()


@pytest.mark.parametrize("event_type", ["company.provisioned", "company.deprovisioned"])
def test_connecting_and_disconnecting_are_told_whatever_the_scopes(event_type: str) -> None:
    log = make_log()
    event = log.append("a", event_type, "Company", "a")
    assert log.find_page(scopes=frozenset()).events == (event,)


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("employee.created", "employee.created", True),
        ("employee.created", "employee.created2", False),
        ("employee.*", "employee.bank_account.created", True),
        ("*.created", "employee.bank_account.created", True),
        ("employee.*.created", "employee.created", False),
        ("*", "", True),
        ("employee", "employee.created", False),
        ("employe.", "employee", False),
        ("a*a", "a", False),
    ],
)
def test_a_star_stands_for_any_run_of_characters(pattern: str, text: str, fits: bool) -> None:
    assert fits_wildcard(pattern, text) is fits


@given(st.text(alphabet="ab*", max_size=6), st.text(alphabet="ab", max_size=8))
def test_the_wildcard_agrees_with_its_definition(pattern: str, text: str) -> None:
    def by_definition(pattern: str, text: str) -> bool:
        if not pattern:
            return not text
        if pattern[0] == "*":
            return any(by_definition(pattern[1:], text[at:]) for at in range(len(text) + 1))
        return text[:1] == pattern[0] and by_definition(pattern[1:], text[1:])

    assert fits_wildcard(pattern, text) is by_definition(pattern, text)
