"""Acme Time hires people once, finds whoever is there, asks where it has to, and takes back what it may."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from acme_time import hiring, jobs
from acme_time.notices import list_notices

EMPLOYEES = "/v1/companies/hill/employees"
MANON = {
    "id": "hire-manon",
    "first_name": "Manon",
    "last_name": "Poggenpuhl",
    "email": "manon@poggenpuhl.example",
    "date_of_birth": "1975-02-08",
}


class Office:
    """Gusto's side of hiring in the tiny Gusto, with answers that get lost and people who are onboarded."""

    def __init__(self, bench: Any, *defects: str) -> None:
        self.bench = bench
        self.acme = bench.make(*defects)
        bench.connect(self.acme)
        bench.gusto.between.append(self._answer)
        self.people = bench.gusto.companies["hill"]
        self.loses = 0
        self.onboarded = False
        self.made: list[dict[str, Any]] = []
        self.deleted: list[str] = []

    def _answer(self, request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST" and request.url.path == EMPLOYEES:
            return self._create(json.loads(request.content))
        if request.method == "DELETE":
            uuid = request.url.path.rpartition("/")[2]
            self.deleted.append(uuid)
            if self.onboarded:
                return httpx.Response(422, json={"errors": [{"category": "invalid_operation"}]})
            self.people[:] = [each for each in self.people if each["uuid"] != uuid]
            return httpx.Response(204)
        return None

    def _create(self, body: dict[str, Any]) -> httpx.Response:
        made = {**body, "uuid": f"made-{len(self.made)}"}
        self.made.append(made)
        self.people.append(made)
        if self.loses > 0:
            self.loses -= 1
            raise httpx.ReadError("the answer was lost")
        return httpx.Response(201, json=made)

    def hire(self, *, invites: bool = False, **facts: Any) -> hiring.Hire:
        hiring.keep_hire(self.acme.database, "anna", {**MANON, **facts}, invites=invites)
        return self.settle()

    def take_back(self) -> hiring.Hire:
        hiring.take_back(self.acme.database, "anna", MANON["id"])
        return self.settle()

    def settle(self) -> hiring.Hire:
        jobs.enqueue(self.acme.database, "anna", "settle_hires")
        self.bench.work_all(self.acme)
        return hiring.list_hires(self.acme.database, "anna")[0]

    def notices(self) -> list[str]:
        return [each["about"] for each in list_notices(self.acme.database, "anna")]


def test_somebody_new_is_created_with_what_is_known_and_nothing_else(bench: Any) -> None:
    office = Office(bench)
    hire = office.hire(work_email=None)
    assert (hire.state, hire.gusto_uuid) == ("created", "made-0")
    assert set(office.made[0]) == {"first_name", "last_name", "email", "date_of_birth", "uuid"}
    assert "onboarding_needed" in office.notices()


def test_pressing_the_button_twice_is_one_hire(bench: Any) -> None:
    office = Office(bench)
    office.hire()
    assert office.hire().state == "created"
    assert len(office.made) == 1


def test_whoever_is_there_is_found_and_not_created(bench: Any) -> None:
    office = Office(bench)
    office.people[1].update(MANON, terminated=True)
    hire = office.hire()
    assert (hire.state, hire.gusto_uuid) == ("found", "hill-1")
    assert office.made == []


def test_one_agreeing_fact_is_a_question(bench: Any) -> None:
    office = Office(bench)
    office.people[1]["email"] = MANON["email"]
    assert office.hire().state == "asked"
    assert office.made == []
    assert "partial_failure" in office.notices()


def test_an_answer_that_was_lost_leads_to_a_look_and_to_no_second_create(bench: Any) -> None:
    office = Office(bench)
    office.loses = 1
    hire = office.hire()
    assert (hire.state, hire.gusto_uuid, hire.is_ours) == ("created", "made-0", True)
    assert len(office.made) == 1


def test_an_invitation_without_an_address_is_asked_about(bench: Any) -> None:
    office = Office(bench)
    hire = office.hire(email=None, invites=True)
    assert (hire.state, hire.detail) == ("asked", hiring.NO_ADDRESS)
    assert office.made == []


def test_a_hire_that_falls_through_is_deleted_while_onboarding_lasts(bench: Any) -> None:
    office = Office(bench)
    office.hire()
    assert office.take_back().state == "withdrawn"
    assert office.deleted == ["made-0"]
    assert "made-0" not in bench.held(office.acme)


def test_after_onboarding_the_way_out_is_told_and_nothing_is_repeated(bench: Any) -> None:
    office = Office(bench)
    office.hire()
    office.onboarded = True
    hire = office.take_back()
    assert (hire.state, hire.detail) == ("asked", hiring.DISMISS)
    assert office.deleted == ["made-0"]


def test_whoever_was_there_before_is_never_deleted(bench: Any) -> None:
    office = Office(bench)
    office.people[1].update(MANON)
    office.people[1]["uuid"] = "hill-1"
    office.hire()
    assert office.take_back().detail == hiring.NOT_OURS
    assert office.deleted == []


def test_a_hire_whose_create_was_never_answered_is_found_and_deleted(bench: Any) -> None:
    office = Office(bench)
    office.hire()
    with office.acme.database.transaction() as db:
        db.execute("UPDATE hires SET gusto_uuid = NULL, state = 'tried'")
    assert office.take_back().state == "withdrawn"
    assert office.deleted == ["made-0"]


@pytest.mark.parametrize(
    ("defect", "made"), [("repeats_a_lost_create", 2), ("creates_without_looking", 2), ("invents_an_ssn", 1)]
)
def test_defects_make_what_they_say(bench: Any, defect: str, made: int) -> None:
    office = Office(bench, defect)
    office.loses = 1
    office.hire()
    assert len(office.made) == made
    assert ("ssn" in office.made[0]) is (defect == "invents_an_ssn")
