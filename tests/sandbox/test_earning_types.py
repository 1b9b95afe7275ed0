"""What a company pays beside hours, over HTTP: created, renamed, put to sleep, woken, refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

SCOPES = ("payrolls:read", "payrolls:write", "companies:read")
NOBODY = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def gusto(open_gusto: Callable[..., Any]) -> Any:
    return open_gusto(people=3, scopes=SCOPES)


@pytest.fixture
def token(gusto: Any) -> str:
    return str(gusto.partner())


def path(gusto: Any, uuid: str = "") -> str:
    return f"/v1/companies/{gusto.company}/earning_types" + (f"/{uuid}" if uuid else "")


def create(gusto: Any, token: str, name: Any) -> Any:
    return gusto.call("POST", path(gusto), token, json={"name": name})


def custom(gusto: Any, token: str) -> Any:
    return gusto.get(path(gusto), token).json()["custom"]


def test_the_default_ones_are_those_of_the_company(gusto: Any, token: str) -> None:
    shown = gusto.get(path(gusto), token).json()
    fixed = gusto.get(f"/v1/companies/{gusto.company}", token).json()["compensations"]["fixed"]
    named = [{"uuid": each["uuid"], "name": each["name"]} for each in fixed if each["uuid"]]
    assert shown == {"default": named, "custom": []}
    assert "Bonus" in [each["name"] for each in named]


def test_a_custom_one_is_created_renamed_and_put_to_sleep(gusto: Any, token: str) -> None:
    created = create(gusto, token, "  Gym Membership ")
    assert created.status_code == 201
    gym = created.json()
    assert (gym["name"], gym["active"]) == ("Gym Membership", True)
    renamed = gusto.call("PUT", path(gusto, gym["uuid"]), token, json={"name": "Yoga"})
    assert renamed.status_code == 200
    assert custom(gusto, token) == [renamed.json()] == [{**gym, "name": "Yoga"}]
    assert gusto.call("PUT", path(gusto, gym["uuid"]), token, json={}).json() == renamed.json()
    assert gusto.call("DELETE", path(gusto, gym["uuid"]), token).status_code == 204
    assert custom(gusto, token) == [{**renamed.json(), "active": False}]
    assert gusto.call("DELETE", path(gusto, gym["uuid"]), token).status_code == 204


def test_the_name_of_a_sleeping_one_wakes_it(gusto: Any, token: str) -> None:
    gym = create(gusto, token, "Gym").json()
    gusto.call("DELETE", path(gusto, gym["uuid"]), token)
    again = create(gusto, token, "gym")
    assert again.status_code == 201
    assert again.json() == {**gym, "name": "gym", "active": True}
    assert custom(gusto, token) == [again.json()]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Bonus", "There is already an earning called Bonus"),
        ("Gym", "There is already an earning called Gym"),
        (" ", "Name is required"),
    ],
)
def test_a_name_is_needed_and_taken_once(gusto: Any, token: str, name: str, message: str) -> None:
    create(gusto, token, "Gym")
    other = create(gusto, token, "Other").json()
    before = custom(gusto, token)
    renamed = gusto.call("PUT", path(gusto, other["uuid"]), token, json={"name": name})
    for refused in (create(gusto, token, name), renamed):
        assert refused.status_code == 422
        row = gusto.error(refused)
        assert (row["error_key"], row["category"], row["message"]) == (
            "name",
            "invalid_attribute_value",
            message,
        )
    assert custom(gusto, token) == before


def test_a_name_that_is_missing_is_required(gusto: Any, token: str) -> None:
    refused = gusto.call("POST", path(gusto), token, json={})
    assert refused.status_code == 422
    assert gusto.error(refused)["message"] == "Name is required"


def test_what_is_not_there_is_not_found(gusto: Any, token: str) -> None:
    elsewhere = f"/v1/companies/{gusto.admin.create_company(people=1)}/earning_types"
    assert gusto.get(elsewhere, token).status_code == 404
    assert gusto.call("POST", elsewhere, token, json={"name": "Gym"}).status_code == 404
    default = gusto.get(path(gusto), token).json()["default"][0]["uuid"]
    for uuid in (NOBODY, default):
        assert gusto.call("PUT", path(gusto, uuid), token, json={"name": "x"}).status_code == 404
        assert gusto.call("DELETE", path(gusto, uuid), token).status_code == 404


def test_reading_and_writing_are_different_scopes(gusto: Any) -> None:
    reader = gusto.partner("payrolls:read")
    assert create(gusto, reader, "Gym").status_code == 403
    assert gusto.get(path(gusto), gusto.partner("payrolls:write")).status_code == 403
