"""A company's own record and its custom fields over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

SCOPES = ("companies:read", "companies:write", "employees:read", "company_admin:read", "signatories:read")


@pytest.fixture
def gusto(open_gusto: Callable[..., Any]) -> Any:
    return open_gusto(people=12, scopes=SCOPES)


def path_of(gusto: Any, rest: str = "") -> str:
    return f"/v1/companies/{gusto.company}{rest}"


def test_a_company_shows_its_places_and_its_primary_admin(gusto: Any) -> None:
    shown = gusto.get(path_of(gusto), gusto.partner()).json()
    company = gusto.world.companies[gusto.company]
    assert shown["uuid"] == gusto.company
    assert shown["name"] == gusto.admin.company_name(gusto.company)
    assert [each["street_1"] for each in shown["locations"]] == [
        each["street_1"] for each in company.locations.values()
    ]
    assert shown["primary_payroll_admin"]["email"] == next(iter(company.admins.values()))["email"]
    assert shown["primary_signatory"]["home_address"]["country"] == "USA"


@pytest.mark.parametrize(
    ("scope", "field"),
    [("company_admin:read", "primary_payroll_admin"), ("signatories:read", "primary_signatory")],
)
def test_a_field_is_left_out_without_its_scope(gusto: Any, scope: str, field: str) -> None:
    shown = gusto.get(path_of(gusto), gusto.partner("companies:read", scope)).json()
    assert field in shown
    shown = gusto.get(path_of(gusto), gusto.partner(*(each for each in SCOPES if each != scope))).json()
    assert field not in shown
    assert shown["name"]


def test_only_places_of_work_and_no_home_are_shown_without_the_scope_for_people(gusto: Any) -> None:
    all_of_it = gusto.get(path_of(gusto), gusto.partner()).json()
    token = gusto.partner("companies:read", "signatories:read")
    shown = gusto.get(path_of(gusto), token).json()
    assert "home_address" not in shown["primary_signatory"]
    assert shown["primary_signatory"]["email"]
    box = [each for each in all_of_it["locations"] if each["street_1"].startswith("PO Box")]
    assert box
    assert shown["locations"] == [each for each in all_of_it["locations"] if each not in box]


def test_contractor_only_cannot_be_switched_on_but_written_as_it_is(gusto: Any) -> None:
    token = gusto.partner()
    refused = gusto.call("PUT", path_of(gusto), token, json={"contractor_only": True})
    assert refused.status_code == 422
    assert gusto.error(refused)["message"] == "Contractor only cannot be enabled for existing companies."
    assert ("company.updated", gusto.company) not in gusto.told()
    written = gusto.call("PUT", path_of(gusto), token, json={"contractor_only": False})
    assert written.status_code == 200
    assert written.json()["contractor_only"] is False
    assert ("company.updated", gusto.company) in gusto.told()


def test_contractor_only_must_be_said(gusto: Any) -> None:
    refused = gusto.call("PUT", path_of(gusto), gusto.partner(), json={})
    assert (refused.status_code, gusto.error(refused)["message"]) == (422, "contractor_only is required.")


def test_custom_fields_come_in_an_object_and_in_pages(gusto: Any) -> None:
    token = gusto.partner()
    whole = gusto.get(path_of(gusto, "/custom_fields"), token)
    assert {each["type"] for each in whole.json()["custom_fields"]} == {
        "text",
        "currency",
        "number",
        "date",
        "radio",
    }
    assert "x-total-pages" not in whole.headers
    second = gusto.get(path_of(gusto, "/custom_fields"), token, params={"page": 2, "per": 2})
    assert second.json()["custom_fields"] == whole.json()["custom_fields"][2:4]
    assert second.headers["x-total-pages"] == "3"


def test_another_company_is_not_found(gusto: Any) -> None:
    other = gusto.admin.create_company(people=1)
    for rest in ("", "/custom_fields"):
        assert gusto.get(f"/v1/companies/{other}{rest}", gusto.partner()).status_code == 404
    written = gusto.call("PUT", f"/v1/companies/{other}", gusto.partner(), json={"contractor_only": False})
    assert written.status_code == 404
