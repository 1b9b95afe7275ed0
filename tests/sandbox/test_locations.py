"""The places of a company over HTTP: written, read again, told, refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

SCOPES = ("companies:read", "companies:write", "employees:read", "compensations:read")
HILL = {
    "phone_number": "4155550142",
    "street_1": "  1 Casterbridge Hill ",
    "city": "San Francisco",
    "state": "CA",
    "zip": "94107",
}


@pytest.fixture
def gusto(open_gusto: Callable[..., Any]) -> Any:
    return open_gusto(people=12, scopes=SCOPES)


@pytest.fixture
def token(gusto: Any) -> str:
    return str(gusto.partner())


def list_all(gusto: Any, token: str) -> Any:
    return gusto.get(f"/v1/companies/{gusto.company}/locations", token).json()


def create(gusto: Any, token: str, **changes: Any) -> Any:
    body = {**HILL, **changes}
    return gusto.call("POST", f"/v1/companies/{gusto.company}/locations", token, json=body)


def update(gusto: Any, token: str, location: Any, **changes: Any) -> Any:
    return gusto.call("PUT", f"/v1/locations/{location['uuid']}", token, json=changes)


def test_a_location_is_created_trimmed_shown_listed_and_told(gusto: Any, token: str) -> None:
    created = create(gusto, token)
    assert created.status_code == 201
    location = created.json()
    assert location["street_1"] == "1 Casterbridge Hill"
    assert (location["country"], location["street_2"], location["active"]) == ("USA", None, True)
    assert location["company_uuid"] == gusto.company
    assert gusto.get(f"/v1/locations/{location['uuid']}", token).json() == location
    assert list_all(gusto, token)[-1] == location
    company = gusto.get(f"/v1/companies/{gusto.company}", token).json()
    assert company["locations"][-1]["street_1"] == "1 Casterbridge Hill"
    assert gusto.told()[-1] == ("location.created", location["uuid"])


def test_a_location_is_updated_and_every_later_read_shows_it(gusto: Any, token: str) -> None:
    before = list_all(gusto, token)[0]
    updated = update(
        gusto, token, before, version=before["version"], street_1="9 New Street", street_2="Floor 9"
    )
    assert updated.status_code == 200
    after = updated.json()
    assert (after["street_1"], after["street_2"], after["city"]) == (
        "9 New Street",
        "Floor 9",
        before["city"],
    )
    assert after["version"] != before["version"]
    assert after["updated_at"] != before["updated_at"]
    assert list_all(gusto, token)[0] == after
    people = gusto.get(f"/v1/companies/{gusto.company}/employees", token).json()
    places = [job["location"] for each in people for job in each["jobs"]]
    assert after in places
    assert before not in places
    assert gusto.told()[-1] == ("location.updated", before["uuid"])


@pytest.mark.parametrize("version", [{"version": "0" * 32}, {}])
def test_a_stale_or_missing_version_is_a_conflict_and_changes_nothing(
    gusto: Any, token: str, version: dict[str, str]
) -> None:
    before = list_all(gusto, token)[0]
    refused = update(gusto, token, before, city="Nowhere", **version)
    assert refused.status_code == 409
    assert gusto.error(refused)["category"] == "invalid_resource_version"
    assert list_all(gusto, token)[0] == before
    assert "location.updated" not in dict(gusto.told())


def test_a_version_is_good_for_one_write(gusto: Any, token: str) -> None:
    before = list_all(gusto, token)[0]
    assert update(gusto, token, before, version=before["version"], city="Denver").status_code == 200
    assert update(gusto, token, before, version=before["version"], city="Boston").status_code == 409


def test_every_wrong_line_is_named_at_once(gusto: Any, token: str) -> None:
    refused = create(gusto, token, street_1=" ", city="", state="XX", zip="9410", phone_number="12345678901")
    assert refused.status_code == 422
    rows = refused.json()["errors"]
    assert {each["error_key"]: each["message"] for each in rows} == {
        "street_1": "Must include a street address",
        "city": "Must include a city",
        "state": "State is in the wrong format",
        "zip": "Please enter a valid zip code (e.g. 12345).",
        "phone_number": "Phone number must be 10 digits",
    }
    assert {each["category"] for each in rows} == {"invalid_attribute_value"}
    assert "location.created" not in dict(gusto.told())


def test_a_location_without_its_lines_is_refused(gusto: Any, token: str) -> None:
    refused = gusto.call("POST", f"/v1/companies/{gusto.company}/locations", token, json={"city": "Ely"})
    assert refused.status_code == 422
    assert {each["error_key"] for each in refused.json()["errors"]} == {
        "street_1",
        "state",
        "zip",
        "phone_number",
    }


def test_an_update_with_a_wrong_line_changes_nothing(gusto: Any, token: str) -> None:
    before = list_all(gusto, token)[0]
    refused = update(gusto, token, before, version=before["version"], city="Ely", zip="elsewhere")
    assert refused.status_code == 422
    assert list_all(gusto, token)[0] == before


def test_there_is_one_filing_and_one_mailing_address(gusto: Any, token: str) -> None:
    before = list_all(gusto, token)
    location = create(gusto, token, filing_address=True, mailing_address=True).json()
    after = list_all(gusto, token)
    for name in ("filing_address", "mailing_address"):
        assert sum(each[name] for each in before) == 1
        assert [each["uuid"] for each in after if each[name]] == [location["uuid"]]


def test_locations_come_in_pages(gusto: Any, token: str) -> None:
    whole = list_all(gusto, token)
    page = gusto.get(
        f"/v1/companies/{gusto.company}/locations", token, params={"page": 1, "per": len(whole) - 1}
    )
    assert page.json() == whole[:-1]
    assert page.headers["x-total-pages"] == "2"


def test_what_is_not_there_or_elsewhere_is_not_found(gusto: Any, token: str) -> None:
    other = gusto.world.companies[gusto.admin.create_company(people=1)]
    (foreign,) = other.locations.values()
    for location in (foreign, {"uuid": "nowhere", "version": ""}):
        assert gusto.get(f"/v1/locations/{location['uuid']}", token).status_code == 404
        assert gusto.get(f"/v1/locations/{location['uuid']}/minimum_wages", token).status_code == 404
        assert update(gusto, token, location, version=location["version"], city="Ely").status_code == 404
    assert foreign["city"] != "Ely"


def test_minimum_wages_are_those_in_force_on_a_day(gusto: Any, token: str) -> None:
    path = f"/v1/locations/{list_all(gusto, token)[0]['uuid']}/minimum_wages"
    (wage,) = gusto.get(path, token).json()
    assert (wage["wage"], wage["authority"]) == ("7.25", "Federal")
    assert gusto.get(path, token, params={"effective_date": "2009-07-24"}).json() == [wage]
    assert gusto.get(path, token, params={"effective_date": "2009-07-23"}).json() == []
