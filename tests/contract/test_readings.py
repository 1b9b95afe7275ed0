"""Facts about which action reads a list: people where that is offered, else contractors, else payrolls."""

from __future__ import annotations

import pytest

from partner_qa.contract.catalogue import load_contract
from partner_qa.contract.readings import PEOPLE, READINGS, find_reading, require_reading
from partner_qa.model import Action


@pytest.mark.parametrize(
    ("offered", "action"),
    [
        (set(Action), Action.SYNC_PEOPLE),
        ({Action.POST_JOURNAL, Action.LIST_CONTRACTORS}, Action.LIST_CONTRACTORS),
        ({Action.POST_JOURNAL, Action.CONNECT}, Action.POST_JOURNAL),
    ],
)
def test_people_are_read_before_anything_else(offered: set[Action], action: Action) -> None:
    found = find_reading(offered.__contains__)
    assert found is not None
    assert found.action is action


def test_whoever_reads_no_list_has_no_reading() -> None:
    assert find_reading({Action.CONNECT, Action.PROVISION_COMPANY}.__contains__) is None


@pytest.mark.parametrize("reading", READINGS, ids=lambda each: each.action)
def test_each_reading_begins_with_an_operation_of_the_contract(reading: object) -> None:
    known = {each.id: each for each in load_contract().operations}
    assert known[reading.operation].method == "GET"  # type: ignore[attr-defined]
    assert require_reading(reading.action) is reading  # type: ignore[attr-defined]


def test_a_recording_that_names_no_reading_is_of_people() -> None:
    assert require_reading("") is PEOPLE
