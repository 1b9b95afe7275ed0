"""Section 603 high earner statuses, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

SCOPES = ("employee_benefits:read", "employee_benefits:write")


@pytest.fixture
def gusto(open_gusto: Callable[..., Any]) -> Any:
    return open_gusto(scopes=SCOPES)


@pytest.fixture
def token(gusto: Any) -> str:
    return str(gusto.partner())


@pytest.fixture
def path(gusto: Any) -> str:
    person = gusto.admin.people(gusto.company)[0]["uuid"]
    return f"/v1/employees/{person}/section603_high_earner_statuses"


def create(gusto: Any, token: str, path: str, year: Any, status: Any = True) -> Any:
    return gusto.call("POST", path, token, json={"effective_year": year, "is_high_earner": status})


def test_a_status_shows_in_the_list_by_year_and_alone(gusto: Any, token: str, path: str) -> None:
    assert gusto.get(path, token).json() == []
    created = create(gusto, token, path, 2027)
    assert created.status_code == 201
    later = created.json()
    assert {name: later[name] for name in later if name != "id"} == {
        "effective_year": 2027,
        "is_high_earner": True,
    }
    earlier = create(gusto, token, path, 2026.0, status=False).json()
    assert gusto.get(path, token).json() == [earlier, later]
    assert gusto.get(f"{path}/2026", token).json() == earlier
    other = gusto.admin.people(gusto.company)[1]["uuid"]
    assert gusto.get(f"/v1/employees/{other}/section603_high_earner_statuses", token).json() == []


def test_a_year_has_one_status(gusto: Any, token: str, path: str) -> None:
    first = create(gusto, token, path, 2026).json()
    again = create(gusto, token, path, 2026, status=False)
    assert again.status_code == 409
    assert gusto.error(again) == {
        "error_key": "base",
        "category": "duplicate_operation",
        "message": "A resource with these attributes already exists.",
    }
    assert gusto.get(f"{path}/2026", token).json() == first


def test_a_status_is_changed_without_a_version(gusto: Any, token: str, path: str) -> None:
    row = create(gusto, token, path, 2026).json()
    changed = gusto.call("PATCH", f"{path}/2026", token, json={"is_high_earner": False})
    assert (changed.status_code, changed.json()) == (200, {**row, "is_high_earner": False})
    assert gusto.get(path, token).json() == [changed.json()]


@pytest.mark.parametrize("year", ["1999", "3000", "0", "-1", "MMXXVI", "2026.5", "9" * 300])
def test_a_year_that_is_none_is_422_in_the_path(gusto: Any, token: str, path: str, year: str) -> None:
    for method, sent in (("GET", {}), ("PATCH", {"json": {"is_high_earner": True}})):
        answer = gusto.call(method, f"{path}/{year}", token, **sent)
        assert (answer.status_code, gusto.error(answer)["error_key"]) == (422, "effective_year")


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"effective_year": 1999, "is_high_earner": True}, "effective_year"),
        ({"effective_year": "soon", "is_high_earner": True}, "effective_year"),
        ({"is_high_earner": True}, "effective_year"),
        ({"effective_year": 2026, "is_high_earner": None}, "is_high_earner"),
        ({"effective_year": 2026, "is_high_earner": "yes"}, "is_high_earner"),
        ({"effective_year": 2026}, "is_high_earner"),
    ],
)
def test_a_wrong_status_is_422_and_is_not_kept(
    gusto: Any, token: str, path: str, body: Any, key: str
) -> None:
    answer = gusto.call("POST", path, token, json=body)
    assert (answer.status_code, gusto.error(answer)["error_key"]) == (422, key)
    assert gusto.get(path, token).json() == []


def test_a_change_to_nothing_is_422(gusto: Any, token: str, path: str) -> None:
    row = create(gusto, token, path, 2026).json()
    for body in ({}, {"is_high_earner": None}):
        assert gusto.call("PATCH", f"{path}/2026", token, json=body).status_code == 422
    assert gusto.get(f"{path}/2026", token).json() == row


def test_what_is_not_there_is_404_and_scopes_are_needed(gusto: Any, token: str, path: str) -> None:
    change = {"json": {"is_high_earner": True}}
    assert gusto.get(f"{path}/2026", token).status_code == 404
    assert gusto.call("PATCH", f"{path}/2026", token, **change).status_code == 404
    nobody = path.replace(path.split("/")[3], gusto.company)
    assert gusto.get(nobody, token).status_code == 404
    assert create(gusto, token, nobody, 2026).status_code == 404
    assert gusto.get(f"{nobody}/2026", token).status_code == 404
    assert gusto.call("PATCH", f"{nobody}/2026", token, **change).status_code == 404
    reader, writer = gusto.partner(SCOPES[0]), gusto.partner(SCOPES[1])
    assert gusto.get(path, writer).status_code == gusto.get(f"{path}/2026", writer).status_code == 403
    assert create(gusto, reader, path, 2026).status_code == 403
    assert gusto.call("PATCH", f"{path}/2026", reader, **change).status_code == 403
