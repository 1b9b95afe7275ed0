"""The departments of a company over HTTP, and who is in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

SCOPES = ("departments:read", "departments:write", "employees:read", "contractors:read")


@pytest.fixture
def gusto(open_gusto: Callable[..., Any]) -> Any:
    return open_gusto(people=12, scopes=SCOPES)


@pytest.fixture
def token(gusto: Any) -> str:
    return str(gusto.partner())


def list_all(gusto: Any, token: str) -> Any:
    return gusto.get(f"/v1/companies/{gusto.company}/departments", token).json()


def create(gusto: Any, token: str, title: str = "Beekeeping") -> Any:
    return gusto.call("POST", f"/v1/companies/{gusto.company}/departments", token, json={"title": title})


def put(gusto: Any, token: str, department: Any, rest: str = "", **body: Any) -> Any:
    return gusto.call("PUT", f"/v1/departments/{department['uuid']}{rest}", token, json=body)


def person(gusto: Any, token: str, uuid: str) -> Any:
    return gusto.get(f"/v1/employees/{uuid}", token).json()


def test_departments_are_listed_with_their_people_and_without_pages(gusto: Any, token: str) -> None:
    listed = gusto.get(f"/v1/companies/{gusto.company}/departments", token, params={"page": 2, "per": 1})
    assert len(listed.json()) == 6
    assert "x-page" not in listed.headers
    members = {row["uuid"]: each["uuid"] for each in listed.json() for row in each["employees"]}
    people = gusto.get(f"/v1/companies/{gusto.company}/employees", token).json()
    assert members == {each["uuid"]: each["department_uuid"] for each in people if each["department_uuid"]}
    assert members


def test_a_department_is_created_renamed_and_deleted(gusto: Any, token: str) -> None:
    created = create(gusto, token, " Beekeeping ")
    assert created.status_code == 201
    department = created.json()
    assert (department["title"], department["employees"], department["contractors"]) == ("Beekeeping", [], [])
    assert list_all(gusto, token)[-1] == department
    renamed = put(gusto, token, department, version=department["version"], title="Honey")
    assert renamed.status_code == 200
    assert renamed.json()["version"] != department["version"]
    path = f"/v1/departments/{department['uuid']}"
    assert gusto.get(path, token).json() == renamed.json()
    assert gusto.call("DELETE", path, token).status_code == 204
    assert gusto.get(path, token).status_code == 404
    assert gusto.call("DELETE", path, token).status_code == 404


def test_no_two_departments_have_the_same_title(gusto: Any, token: str) -> None:
    department = create(gusto, token).json()
    for answer in (
        create(gusto, token, "BEEKEEPING"),
        put(gusto, token, department, version=department["version"], title="Operations"),
    ):
        assert answer.status_code == 422
        assert gusto.error(answer)["error_key"] == "title"
        assert gusto.error(answer)["message"] == "Department name has already been taken."
    kept = put(gusto, token, department, version=department["version"], title="beekeeping")
    assert kept.status_code == 200


def test_a_title_must_say_something(gusto: Any, token: str) -> None:
    assert gusto.error(create(gusto, token, "  "))["message"] == "Title is required"


def test_people_join_and_leave_and_their_own_record_shows_it(gusto: Any, token: str) -> None:
    department = create(gusto, token).json()
    uuid = str(gusto.admin.people(gusto.company)[0]["uuid"])
    former = person(gusto, token, uuid)["department_uuid"]
    body = {"employees": [{"uuid": uuid}]}
    joined = put(gusto, token, department, "/add", version=department["version"], **body)
    assert joined.status_code == 200
    assert joined.json()["employees"] == [{"uuid": uuid}]
    assert joined.json()["version"] != department["version"]
    shown = person(gusto, token, uuid)
    assert (shown["department"], shown["department_uuid"]) == ("Beekeeping", department["uuid"])
    assert {"uuid": uuid} not in gusto.get(f"/v1/departments/{former}", token).json()["employees"]
    assert gusto.told()[-1] == ("employee.updated", uuid)
    left = put(gusto, token, department, "/remove", version=joined.json()["version"], **body)
    assert left.json()["employees"] == []
    assert person(gusto, token, uuid)["department"] is None


def test_a_department_with_people_cannot_be_deleted_until_they_left(gusto: Any, token: str) -> None:
    department = next(each for each in list_all(gusto, token) if each["employees"])
    path = f"/v1/departments/{department['uuid']}"
    refused = gusto.call("DELETE", path, token)
    assert refused.status_code == 422
    assert gusto.error(refused)["message"] == (
        "You cannot delete a department that has active team members. Please remove them first."
    )
    members = {name: department[name] for name in ("employees", "contractors")}
    put(gusto, token, department, "/remove", version=department["version"], **members)
    assert gusto.call("DELETE", path, token).status_code == 204


def test_somebody_who_left_the_company_does_not_keep_a_department_alive(gusto: Any, token: str) -> None:
    gone = next(
        each
        for each in gusto.get(f"/v1/companies/{gusto.company}/employees", token).json()
        if each["terminated"]
    )
    department = create(gusto, token).json()
    body = {"version": department["version"], "employees": [{"uuid": gone["uuid"]}]}
    assert put(gusto, token, department, "/add", **body).status_code == 200
    assert gusto.call("DELETE", f"/v1/departments/{department['uuid']}", token).status_code == 204
    assert person(gusto, token, gone["uuid"])["department_uuid"] is None


def test_contractors_join_and_leave_and_keep_a_department_alive_while_they_work(
    gusto: Any, token: str
) -> None:
    department = create(gusto, token).json()
    (first, gone) = (
        next(
            each["uuid"] for each in gusto.admin.contractors.list(gusto.company) if each["is_active"] is works
        )
        for works in (True, False)
    )
    members = {"contractors": [{"uuid": first}, {"uuid": gone}]}
    joined = put(gusto, token, department, "/add", version=department["version"], **members).json()
    assert sorted(each["uuid"] for each in joined["contractors"]) == sorted([first, gone])
    shown = gusto.get(f"/v1/contractors/{first}", token).json()
    assert (shown["department_uuid"], shown["department"], shown["department_title"]) == (
        department["uuid"],
        "Beekeeping",
        "Beekeeping",
    )
    assert gusto.told()[-2:] == [("contractor.updated", first), ("contractor.updated", gone)]
    path = f"/v1/departments/{department['uuid']}"
    assert gusto.call("DELETE", path, token).status_code == 422
    body = {"version": joined["version"], "contractors": [{"uuid": first}]}
    left = put(gusto, token, department, "/remove", **body).json()
    assert left["contractors"] == [{"uuid": gone}]
    assert gusto.call("DELETE", path, token).status_code == 204
    assert gusto.get(f"/v1/contractors/{gone}", token).json()["department_uuid"] is None


@pytest.mark.parametrize("rest", ["/add", "/remove"])
def test_people_who_are_not_there_move_nobody(gusto: Any, token: str, rest: str) -> None:
    department = list_all(gusto, token)[0]
    other = gusto.admin.create_company(people=1)
    foreign = gusto.admin.people(other)[0]["uuid"]
    real = department["employees"][0]
    for body, key in (
        ({"employees": [real, {"uuid": foreign}]}, "employees"),
        ({"employees": [{}]}, "employees"),
        ({"employees": [real], "contractors": [{"uuid": "nobody"}]}, "contractors"),
    ):
        refused = put(gusto, token, department, rest, version=department["version"], **body)
        assert refused.status_code == 422
        assert gusto.error(refused)["message"] == f"{key.capitalize()} must be valid"
    assert list_all(gusto, token)[0] == department


@pytest.mark.parametrize("rest", ["", "/add", "/remove"])
@pytest.mark.parametrize("version", [{"version": "f" * 32}, {}])
def test_a_stale_or_missing_version_is_a_conflict(
    gusto: Any, token: str, rest: str, version: dict[str, str]
) -> None:
    department = list_all(gusto, token)[0]
    refused = put(gusto, token, department, rest, title="Other", **version)
    assert refused.status_code == 409
    assert list_all(gusto, token)[0] == department


def test_another_companys_department_is_not_found(gusto: Any, token: str) -> None:
    other = gusto.world.companies[gusto.admin.create_company(people=1)]
    foreign = next(iter(other.departments.values()))
    assert gusto.get(f"/v1/departments/{foreign['uuid']}", token).status_code == 404
    assert gusto.call("DELETE", f"/v1/departments/{foreign['uuid']}", token).status_code == 404
    assert put(gusto, token, foreign, version=foreign["version"], title="Mine").status_code == 404
    assert put(gusto, token, foreign, "/add", version=foreign["version"]).status_code == 404
    assert foreign["title"] != "Mine"


@pytest.mark.parametrize(("kind", "words"), [("employees", "Employees"), ("contractors", "Contractors")])
def test_who_is_nobody_of_the_company_joins_no_department(
    gusto: Any, token: str, kind: str, words: str
) -> None:
    department = create(gusto, token).json()
    nobody = [{"uuid": "00000000-0000-4000-8000-000000000000"}]
    refused = put(gusto, token, department, "/add", version=department["version"], **{kind: nobody})
    assert refused.status_code == 422
    row = gusto.error(refused)
    assert (row["error_key"], row["message"]) == (kind, f"{words} must be valid")
    assert list_all(gusto, token)[-1] == department
