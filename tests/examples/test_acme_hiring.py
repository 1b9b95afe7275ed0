"""Acme Time hires people once, finds whoever is there, asks where it has to, and takes back what it may."""

from __future__ import annotations

from typing import Any

import pytest
from acme_time import hiring
from rosters import MANON, Office


def test_somebody_new_is_created_with_what_is_known_and_nothing_else(bench: Any) -> None:
    office = Office(bench, bench.make())
    hire = office.hire(work_email=None)
    assert (hire.state, hire.gusto_uuid) == ("created", "made-0")
    assert set(office.made[0]) == {"first_name", "last_name", "email", "date_of_birth", "uuid"}
    assert "onboarding_needed" in office.notices()


def test_pressing_the_button_twice_is_one_hire(bench: Any) -> None:
    office = Office(bench, bench.make())
    office.hire()
    assert office.hire().state == "created"
    assert len(office.made) == 1


def test_whoever_is_there_is_found_and_not_created(bench: Any) -> None:
    office = Office(bench, bench.make())
    office.people[1].update(MANON, terminated=True)
    hire = office.hire()
    assert (hire.state, hire.gusto_uuid) == ("found", "hill-1")
    assert office.made == []


def test_one_agreeing_fact_is_a_question(bench: Any) -> None:
    office = Office(bench, bench.make())
    office.people[1]["email"] = MANON["email"]
    assert office.hire().state == "asked"
    assert office.made == []
    assert "partial_failure" in office.notices()


def test_an_answer_that_was_lost_leads_to_a_look_and_to_no_second_create(bench: Any) -> None:
    office = Office(bench, bench.make())
    office.loses = 1
    hire = office.hire()
    assert (hire.state, hire.gusto_uuid, hire.is_ours) == ("created", "made-0", True)
    assert len(office.made) == 1


def test_an_invitation_without_an_address_is_asked_about(bench: Any) -> None:
    office = Office(bench, bench.make())
    hire = office.hire(email=None, invites=True)
    assert (hire.state, hire.detail) == ("asked", hiring.NO_ADDRESS)
    assert office.made == []


def test_a_hire_that_falls_through_is_deleted_while_onboarding_lasts(bench: Any) -> None:
    office = Office(bench, bench.make())
    office.hire()
    assert office.take_back().state == "withdrawn"
    assert office.deleted == ["made-0"]
    assert "made-0" not in bench.held(office.acme)


def test_after_onboarding_the_way_out_is_told_and_nothing_is_repeated(bench: Any) -> None:
    office = Office(bench, bench.make())
    office.hire()
    office.onboarded = True
    hire = office.take_back()
    assert (hire.state, hire.detail) == ("asked", hiring.DISMISS)
    assert office.deleted == ["made-0"]


def test_whoever_was_there_before_is_never_deleted(bench: Any) -> None:
    office = Office(bench, bench.make())
    office.people[1].update(MANON)
    office.people[1]["uuid"] = "hill-1"
    office.hire()
    assert office.take_back().detail == hiring.NOT_OURS
    assert office.deleted == []


def test_a_hire_whose_create_was_never_answered_is_found_and_deleted(bench: Any) -> None:
    office = Office(bench, bench.make())
    office.hire()
    with office.acme.database.transaction() as db:
        db.execute("UPDATE hires SET gusto_uuid = NULL, state = 'tried'")
    assert office.take_back().state == "withdrawn"
    assert office.deleted == ["made-0"]


@pytest.mark.parametrize(
    ("defect", "made"), [("repeats_a_lost_create", 2), ("creates_without_looking", 2), ("invents_an_ssn", 1)]
)
def test_defects_make_what_they_say(bench: Any, defect: str, made: int) -> None:
    office = Office(bench, bench.make(defect))
    office.loses = 1
    office.hire()
    assert len(office.made) == made
    assert ("ssn" in office.made[0]) is (defect == "invents_an_ssn")
