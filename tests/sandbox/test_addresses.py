"""Where people live and work, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

SCOPES = ("employees:read", "employees:write", "employees:manage", "companies:read")
HOME = {"street_1": " 7 Hohen-Cremmen Way ", "city": "Denver", "state": "CO", "zip": "80202"}


@pytest.fixture
def gusto(open_gusto: Callable[..., Any]) -> Any:
    return open_gusto(people=12, scopes=SCOPES)


@pytest.fixture
def token(gusto: Any) -> str:
    return str(gusto.partner())


@pytest.fixture
def person(gusto: Any) -> str:
    return str(gusto.admin.people(gusto.company)[1]["uuid"])


def list_of(gusto: Any, token: str, person: str, kind: str) -> Any:
    return gusto.get(f"/v1/employees/{person}/{kind}_addresses", token)


def create(gusto: Any, token: str, person: str, kind: str, **body: Any) -> Any:
    return gusto.call("POST", f"/v1/employees/{person}/{kind}_addresses", token, json=body)


def other_place(gusto: Any, token: str, person: str) -> str:
    (here,) = list_of(gusto, token, person, "work").json()
    places = gusto.get(f"/v1/companies/{gusto.company}/locations", token).json()
    return next(str(each["uuid"]) for each in places if each["uuid"] != here["location_uuid"])


def test_a_new_home_is_the_current_one_and_is_told(gusto: Any, token: str, person: str) -> None:
    (before,) = list_of(gusto, token, person, "home").json()
    created = create(gusto, token, person, "home", **HOME, effective_date=None)
    assert created.status_code == 201
    home = created.json()
    assert (home["street_1"], home["effective_date"], home["active"]) == (
        "7 Hohen-Cremmen Way",
        "2026-10-20",
        True,
    )
    assert list_of(gusto, token, person, "home").json() == [{**before, "active": False}, home]
    assert gusto.get(f"/v1/home_addresses/{home['uuid']}", token).json() == home
    shown = gusto.get(f"/v1/employees/{person}", token, params={"include": "current_home_address"}).json()
    assert shown["current_home_address"]["street_1"] == "7 Hohen-Cremmen Way"
    assert gusto.told()[-1] == ("employee_home_address.created", home["uuid"])


def test_a_home_is_changed_with_its_version_only(gusto: Any, token: str, person: str) -> None:
    (before,) = list_of(gusto, token, person, "home").json()
    path = f"/v1/home_addresses/{before['uuid']}"
    assert gusto.call("PUT", path, token, json={"version": "stale", "city": "Ely"}).status_code == 409
    after = gusto.call("PUT", path, token, json={"version": before["version"], "city": "Ely"}).json()
    assert (after["city"], after["zip"]) == ("Ely", before["zip"])
    assert after["version"] != before["version"]
    assert gusto.get(path, token).json() == after
    assert gusto.told()[-1] == ("employee_home_address.updated", before["uuid"])


def test_an_active_address_cannot_be_deleted_and_another_can(gusto: Any, token: str, person: str) -> None:
    place = other_place(gusto, token, person)
    for kind, body in (("home", HOME), ("work", {"location_uuid": place})):
        (active,) = list_of(gusto, token, person, kind).json()
        planned = create(gusto, token, person, kind, **body, effective_date="2027-01-01").json()
        assert (active["active"], planned["active"]) == (True, False)
        refused = gusto.call("DELETE", f"/v1/{kind}_addresses/{active['uuid']}", token)
        assert refused.status_code == 422
        assert gusto.call("DELETE", f"/v1/{kind}_addresses/{planned['uuid']}", token).status_code == 204
        assert list_of(gusto, token, person, kind).json() == [active]
        assert gusto.told()[-1] == (f"employee_{kind}_address.deleted", planned["uuid"])


def test_a_new_place_of_work_is_where_the_jobs_are(gusto: Any, token: str, person: str) -> None:
    place = other_place(gusto, token, person)
    created = create(gusto, token, person, "work", location_uuid=place, effective_date="2026-10-22").json()
    location = gusto.get(f"/v1/locations/{place}", token).json()
    assert (created["street_1"], created["zip"]) == (location["street_1"], location["zip"])
    path = f"/v1/employees/{person}"
    assert gusto.get(path, token).json()["jobs"][0]["location_uuid"] != place
    gusto.admin.move_days(2)
    assert gusto.get(path, token).json()["jobs"][0]["location"] == location
    there = gusto.get(f"/v1/companies/{gusto.company}/employees", token, params={"location_uuid": place})
    assert person in [each["uuid"] for each in there.json()]
    assert gusto.get(f"/v1/work_addresses/{created['uuid']}", token).json()["active"] is True
    assert gusto.told()[-1] == ("employee_work_address.created", created["uuid"])


def test_a_place_of_work_is_changed_with_its_version(gusto: Any, token: str, person: str) -> None:
    (before,) = list_of(gusto, token, person, "work").json()
    place = other_place(gusto, token, person)
    path = f"/v1/work_addresses/{before['uuid']}"
    assert gusto.call("PUT", path, token, json={"location_uuid": place}).status_code == 409
    after = gusto.call("PUT", path, token, json={"version": before["version"], "location_uuid": place})
    assert after.json()["location_uuid"] == place
    assert gusto.told()[-1] == ("employee_work_address.updated", before["uuid"])


def test_wrong_lines_and_places_are_named(gusto: Any, token: str, person: str) -> None:
    refused = create(gusto, token, person, "home", street_1="", city="Ely", state="Nevada", zip="1")
    assert refused.status_code == 422
    assert {each["error_key"] for each in refused.json()["errors"]} == {"street_1", "state", "zip"}
    nowhere = create(gusto, token, person, "work", location_uuid="nowhere", effective_date="2026-10-20")
    assert gusto.error(nowhere)["message"] == "Work location not found"


@pytest.mark.parametrize("kind", ["home", "work"])
def test_another_companys_addresses_are_not_found(gusto: Any, token: str, kind: str) -> None:
    other = gusto.world.companies[gusto.admin.create_company(people=1)]
    (stranger,) = other.employees
    address = next(iter(getattr(other, f"{kind}_addresses").values()))
    assert list_of(gusto, token, stranger, kind).status_code == 404
    assert create(gusto, token, stranger, kind, **(HOME if kind == "home" else {})).status_code == 404
    path = f"/v1/{kind}_addresses/{address['uuid']}"
    assert gusto.get(path, token).status_code == 404
    assert gusto.call("PUT", path, token, json={"version": address["version"]}).status_code == 404
    assert gusto.call("DELETE", path, token).status_code == 404
