"""What somebody is paid back with every payroll, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

SCOPES = ("employees:read", "employees:manage", "reimbursements:read", "reimbursements:write")


@pytest.fixture
def gusto(open_gusto: Callable[..., Any]) -> Any:
    return open_gusto(people=12, scopes=SCOPES)


@pytest.fixture
def token(gusto: Any) -> str:
    return str(gusto.partner())


@pytest.fixture
def person(gusto: Any) -> str:
    return str(gusto.admin.people(gusto.company)[0]["uuid"])


def path_of(person: str) -> str:
    return f"/v1/employees/{person}/recurring_reimbursements"


def create(gusto: Any, token: str, person: str, **body: Any) -> Any:
    return gusto.call("POST", path_of(person), token, json=body)


def update(gusto: Any, token: str, row: Any, **body: Any) -> Any:
    return gusto.call("PUT", f"/v1/recurring_reimbursements/{row['uuid']}", token, json=body)


def messages(answer: Any) -> list[tuple[str, str]]:
    return [(each["error_key"], each["message"]) for each in answer.json()["errors"]]


def test_somebody_in_the_company_has_one_from_the_beginning(gusto: Any, token: str) -> None:
    people = [each["uuid"] for each in gusto.admin.people(gusto.company)]
    found = [row for each in people for row in gusto.get(path_of(each), token).json()]
    assert found
    assert {row["employee_uuid"] for row in found} <= set(people)


def test_what_is_created_is_shown_in_the_list_and_alone(gusto: Any, token: str, person: str) -> None:
    created = create(gusto, token, person, description=" Bicycle ", amount=12.505)
    assert created.status_code == 201
    row = created.json()
    assert (row["description"], row["amount"], row["employee_uuid"]) == ("Bicycle", "12.51", person)
    assert row["created_at"] == row["updated_at"]
    assert gusto.get(f"/v1/recurring_reimbursements/{row['uuid']}", token).json() == row
    second = create(gusto, token, person, description="Bus", amount=3).json()
    assert gusto.get(path_of(person), token).json() == [row, second]
    page = gusto.get(path_of(person), token, params={"page": 2, "per": 1})
    assert (page.json(), page.headers["x-total-count"]) == ([second], "2")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"amount": 3}, [("description", "Description is required")]),
        ({"description": " ", "amount": 3}, [("description", "Description is required")]),
        ({"description": "Bus"}, [("amount", "Amount is required")]),
        ({"description": "Bus", "amount": 0}, [("amount", "Amount must be greater than 0")]),
        ({"description": "Bus", "amount": -2}, [("amount", "Amount must be greater than 0")]),
        ({"description": "Bus", "amount": "x"}, [("amount", "Amount is not a valid number")]),
        (
            {"description": "", "amount": 0},
            [("description", "Description is required"), ("amount", "Amount must be greater than 0")],
        ),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    gusto: Any, token: str, person: str, body: Any, expected: list[tuple[str, str]]
) -> None:
    refused = create(gusto, token, person, **body)
    assert refused.status_code == 422
    assert messages(refused) == expected
    assert gusto.get(path_of(person), token).json() == []


def test_a_change_shows_in_every_later_read(gusto: Any, token: str, person: str) -> None:
    before = create(gusto, token, person, description="Bus", amount=3).json()
    changed = update(gusto, token, before, version=before["version"], amount=4.5)
    assert changed.status_code == 200
    after = changed.json()
    assert (after["description"], after["amount"]) == ("Bus", "4.50")
    assert after["version"] != before["version"]
    assert gusto.get(path_of(person), token).json() == [after]
    refused = update(gusto, token, after, version=after["version"], amount=0, description="Train")
    assert (refused.status_code, messages(refused)[0][0]) == (422, "amount")
    assert gusto.get(path_of(person), token).json() == [after]


@pytest.mark.parametrize("version", [{"version": "stale"}, {}])
def test_a_stale_or_missing_version_is_a_conflict(
    gusto: Any, token: str, person: str, version: dict[str, str]
) -> None:
    before = create(gusto, token, person, description="Bus", amount=3).json()
    refused = update(gusto, token, before, amount=9, **version)
    assert refused.status_code == 409
    assert gusto.error(refused)["category"] == "invalid_resource_version"
    assert gusto.get(path_of(person), token).json() == [before]


def test_what_is_deleted_is_gone(gusto: Any, token: str, person: str) -> None:
    row = create(gusto, token, person, description="Bus", amount=3).json()
    path = f"/v1/recurring_reimbursements/{row['uuid']}"
    deleted = gusto.call("DELETE", path, token)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert gusto.get(path_of(person), token).json() == []
    assert gusto.get(path, token).status_code == 404
    assert gusto.call("DELETE", path, token).status_code == 404


def test_they_go_with_somebody_who_is_deleted(gusto: Any, token: str) -> None:
    body = {"first_name": "Effi", "last_name": "Briest"}
    person = gusto.call("POST", f"/v1/companies/{gusto.company}/employees", token, json=body).json()["uuid"]
    row = create(gusto, token, person, description="Bus", amount=3).json()
    assert gusto.call("DELETE", f"/v1/employees/{person}", token).status_code == 204
    assert gusto.get(f"/v1/recurring_reimbursements/{row['uuid']}", token).status_code == 404


def test_nobody_and_somebody_elses_are_not_found(gusto: Any, token: str) -> None:
    other = gusto.world.companies[gusto.admin.create_company(people=12)]
    foreign = next(iter(other.recurring_reimbursements.values()))
    for person in ("nobody", foreign["employee_uuid"]):
        assert gusto.get(path_of(person), token).status_code == 404
        assert create(gusto, token, person, description="Bus", amount=3).status_code == 404
    path = f"/v1/recurring_reimbursements/{foreign['uuid']}"
    assert gusto.get(path, token).status_code == 404
    assert update(gusto, token, foreign, version=foreign["version"], amount=1).status_code == 404
    assert gusto.call("DELETE", path, token).status_code == 404
    assert foreign["uuid"] in other.recurring_reimbursements


def test_reading_and_writing_need_their_scopes(gusto: Any, person: str) -> None:
    reader, writer = gusto.partner("reimbursements:read"), gusto.partner("reimbursements:write")
    assert create(gusto, reader, person, description="Bus", amount=3).status_code == 403
    row = create(gusto, writer, person, description="Bus", amount=3).json()
    assert gusto.get(path_of(person), writer).status_code == 403
    assert gusto.call("DELETE", f"/v1/recurring_reimbursements/{row['uuid']}", reader).status_code == 403
