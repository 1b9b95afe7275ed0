"""Amounts that somebody put into a 401(k) at another company, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

SCOPES = ("employee_benefits:read", "employee_benefits:write")
GIVEN = {
    "benefit_type": 5,
    "tax_year": 2026,
    "ytd_employee_deduction_amount": "1000",
    "ytd_company_contribution_amount": "250.5",
}


@pytest.fixture
def gusto(open_gusto: Callable[..., Any]) -> Any:
    return open_gusto(scopes=SCOPES)


@pytest.fixture
def token(gusto: Any) -> str:
    return str(gusto.partner())


@pytest.fixture
def path(gusto: Any) -> str:
    person = gusto.admin.people(gusto.company)[0]["uuid"]
    return f"/v1/employees/{person}/ytd_benefit_amounts_from_different_company"


def test_what_is_written_shows_in_its_year(gusto: Any, token: str, path: str) -> None:
    assert gusto.get(path, token).json() == []
    written = gusto.call("POST", path, token, json=GIVEN)
    assert (written.status_code, written.content) == (204, b"")
    gusto.call("POST", path, token, json={**GIVEN, "benefit_type": 105, "tax_year": 2025.0})
    (row,) = gusto.get(path, token).json()
    assert {name: row[name] for name in row if name != "uuid"} == {
        "benefit_type": 5,
        "ytd_employee_deduction_amount": "1000.00",
        "ytd_company_contribution_amount": "250.50",
    }
    (older,) = gusto.get(path, token, params={"tax_year": 2025}).json()
    assert older["benefit_type"] == 105
    assert gusto.get(path, token, params={"tax_year": 2024}).json() == []


def test_an_amount_to_date_takes_the_place_of_the_one_before(gusto: Any, token: str, path: str) -> None:
    gusto.call("POST", path, token, json=GIVEN)
    (before,) = gusto.get(path, token).json()
    gusto.call("POST", path, token, json={**GIVEN, "ytd_employee_deduction_amount": "1100"})
    (after,) = gusto.get(path, token).json()
    assert after == {**before, "ytd_employee_deduction_amount": "1100.00"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"tax_year": 1999}, ("tax_year", "Tax year must be greater than or equal to 2000")),
        ({"tax_year": 2026.5}, ("tax_year", "Tax year is not a valid number")),
        ({"benefit_type": 1}, ("benefit_type", "Benefit type must be a 401(k) benefit")),
        (
            {"ytd_employee_deduction_amount": "-1"},
            (
                "ytd_employee_deduction_amount",
                "Ytd employee deduction amount must be greater than or equal to 0",
            ),
        ),
        (
            {"ytd_company_contribution_amount": "x"},
            ("ytd_company_contribution_amount", "Ytd company contribution amount is not a valid number"),
        ),
    ],
)
def test_wrong_amounts_are_422_and_are_not_kept(
    gusto: Any, token: str, path: str, change: Any, expected: tuple[str, str]
) -> None:
    answer = gusto.call("POST", path, token, json={**GIVEN, **change})
    assert answer.status_code == 422
    error = gusto.error(answer)
    assert (error["error_key"], error["message"]) == expected
    assert error["category"] == "invalid_attribute_value"
    assert gusto.get(path, token).json() == []


@pytest.mark.parametrize("name", GIVEN)
def test_every_field_is_needed(gusto: Any, token: str, path: str, name: str) -> None:
    body = {key: value for key, value in GIVEN.items() if key != name}
    answer = gusto.call("POST", path, token, json=body)
    assert (answer.status_code, gusto.error(answer)["error_key"]) == (422, name)


def test_nobody_is_404_and_a_scope_is_needed(gusto: Any, token: str, path: str) -> None:
    nobody = f"/v1/employees/{gusto.company}/ytd_benefit_amounts_from_different_company"
    assert gusto.get(nobody, token).status_code == 404
    assert gusto.call("POST", nobody, token, json=GIVEN).status_code == 404
    reader, writer = gusto.partner(SCOPES[0]), gusto.partner(SCOPES[1])
    assert gusto.get(path, writer).status_code == 403
    assert gusto.call("POST", path, reader, json=GIVEN).status_code == 403
