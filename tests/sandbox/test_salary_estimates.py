"""Salary estimates and the occupations they are made of, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

SCOPES = ("salary_estimates:read", "salary_estimates:write", "employees:read")
DEVELOPER = {"code": "151252", "experience_level": "skilled", "time_percentage": "1.0", "primary": True}
GIVEN = {"annual_net_revenue": 500000, "zip_code": "80202", "occupations": [DEVELOPER]}


@pytest.fixture
def gusto(open_gusto: Callable[..., Any]) -> Any:
    return open_gusto(scopes=SCOPES)


@pytest.fixture
def token(gusto: Any) -> str:
    return str(gusto.partner())


@pytest.fixture
def person(gusto: Any) -> str:
    return str(gusto.admin.people(gusto.company)[0]["uuid"])


def create(gusto: Any, token: str, person: str, **change: Any) -> Any:
    path = f"/v1/employees/{person}/salary_estimates"
    return gusto.call("POST", path, token, json={**GIVEN, **change})


def update(gusto: Any, token: str, row: Any, **change: Any) -> Any:
    return gusto.call("PUT", f"/v1/salary_estimates/{row['uuid']}", token, json={**GIVEN, **change})


def accept(gusto: Any, token: str, row: Any, job: str) -> Any:
    path = f"/v1/salary_estimates/{row['uuid']}/accept"
    return gusto.call("POST", path, token, json={"employee_job_uuid": job})


def job_of(gusto: Any, token: str, person: str) -> str:
    return str(gusto.get(f"/v1/employees/{person}", token).json()["jobs"][0]["uuid"])


def occupation(**change: Any) -> Any:
    return {**DEVELOPER, **change}


# -- occupations -----------------------------------------------------------------------------------------


def test_occupations_are_found_by_the_words_of_their_title(gusto: Any) -> None:
    path, system = "/v1/salary_estimates/occupations", gusto.system()
    rows = gusto.get(path, system, params={"search": "SOFTware dev"}).json()
    assert [(each["code"], each["title"]) for each in rows] == [("15-1252", "Software Developers")]
    assert gusto.get(path, system, params={"search": "managers"}).json() != []
    assert gusto.get(path, system, params={"search": "zookeepers of Mars"}).json() == []


@pytest.mark.parametrize("search", ["", "so", "   s   "])
def test_a_search_of_less_than_three_characters_is_422(gusto: Any, search: str) -> None:
    path, system = "/v1/salary_estimates/occupations", gusto.system()
    answer = gusto.get(path, system, params={"search": search})
    assert (answer.status_code, gusto.error(answer)["error_key"]) == (422, "search")


def test_occupations_need_a_search_and_a_system_token(gusto: Any, token: str) -> None:
    path = "/v1/salary_estimates/occupations"
    assert gusto.get(path, gusto.system()).status_code == 422
    assert gusto.get(path, token, params={"search": "software"}).status_code == 403


# -- estimates -------------------------------------------------------------------------------------------


def test_an_estimate_shows_as_it_was_created(gusto: Any, token: str, person: str) -> None:
    answer = create(gusto, token, person)
    assert answer.status_code == 201
    row = answer.json()
    assert {name: row[name] for name in row if name not in {"uuid", "created_at", "updated_at"}} == {
        "employee_uuid": person,
        "employee_job_uuid": None,
        "annual_net_revenue": "500000",
        "zip_code": "80202",
        "result": 16_500_000,
        "accepted_at": None,
        "occupations": [
            {
                "code": "15-1252",
                "name": "Software Developers",
                "experience_level": "skilled",
                "time_percentage": "1.0",
                "primary": True,
            }
        ],
    }
    assert gusto.get(f"/v1/salary_estimates/{row['uuid']}", token).json() == row


def test_the_result_follows_experience_time_place_and_revenue(gusto: Any, token: str, person: str) -> None:
    row = create(gusto, token, person).json()

    def result(**change: Any) -> int:
        answer = update(gusto, token, row, **change)
        assert answer.status_code == 200, answer.text
        assert gusto.get(f"/v1/salary_estimates/{row['uuid']}", token).json() == answer.json()
        return int(answer.json()["result"])

    levels = ("novice", "intermediate", "average", "skilled", "expert")
    ladder = [result(occupations=[occupation(experience_level=each)]) for each in levels]
    assert ladder == sorted(set(ladder))
    halves = [
        occupation(time_percentage="0.5"),
        occupation(code="47-2031", time_percentage="0.50", primary=False),
    ]
    assert result(occupations=halves) == (13_200_000 + 5_600_000) * 5 // 8
    assert result(zip_code="94107") > result()
    assert result(annual_net_revenue=90_000.5) == 9_000_050
    assert result(annual_net_revenue=None) == result()


def test_the_first_occupation_is_primary_where_none_is(gusto: Any, token: str, person: str) -> None:
    halves = [occupation(time_percentage="0.5", primary=False), occupation(time_percentage="0.5")]
    del halves[1]["primary"]
    rows = create(gusto, token, person, occupations=halves).json()["occupations"]
    assert [each["primary"] for each in rows] == [True, False]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"annual_net_revenue": 0}, "annual_net_revenue"),
        ({"annual_net_revenue": -1}, "annual_net_revenue"),
        ({"annual_net_revenue": "much"}, "annual_net_revenue"),
        ({"annual_net_revenue": 1e30}, "annual_net_revenue"),
        ({"zip_code": "8020"}, "zip_code"),
        ({"zip_code": None}, "zip_code"),
        ({"occupations": []}, "occupations"),
        ({"occupations": [occupation(code="00-0000")]}, "occupations.code"),
        ({"occupations": [occupation(time_percentage="1.1")]}, "occupations.time_percentage"),
        ({"occupations": [occupation(time_percentage="all")]}, "occupations.time_percentage"),
        ({"occupations": [occupation(time_percentage="0.9")]}, "occupations"),
        ({"occupations": [occupation(time_percentage="0.5")] * 2}, "occupations"),
        ({"occupations": [occupation(experience_level="wizard")]}, "occupations.experience_level"),
    ],
)
def test_a_wrong_estimate_is_422_new_or_changed(
    gusto: Any, token: str, person: str, change: Any, key: str
) -> None:
    refused = create(gusto, token, person, **change)
    assert (refused.status_code, gusto.error(refused)["error_key"]) == (422, key)
    row = create(gusto, token, person).json()
    again = update(gusto, token, row, **change)
    assert (again.status_code, gusto.error(again)["error_key"]) == (422, key)
    assert gusto.get(f"/v1/salary_estimates/{row['uuid']}", token).json() == row


def test_somebody_has_one_estimate_in_progress(gusto: Any, token: str, person: str) -> None:
    row = create(gusto, token, person).json()
    refused = create(gusto, token, person)
    assert refused.status_code == 422
    assert gusto.error(refused)["category"] == "invalid_operation"
    other = gusto.admin.people(gusto.company)[1]["uuid"]
    assert create(gusto, token, other).status_code == 201
    assert accept(gusto, token, row, job_of(gusto, token, person)).status_code == 200
    assert create(gusto, token, person).status_code == 201


def test_an_accepted_estimate_is_bound_to_a_job_and_read_only(gusto: Any, token: str, person: str) -> None:
    row, job = create(gusto, token, person).json(), job_of(gusto, token, person)
    accepted = accept(gusto, token, row, job)
    assert accepted.status_code == 200
    after = accepted.json()
    assert after["employee_job_uuid"] == job
    assert after["accepted_at"] is not None
    assert after["result"] == row["result"]
    for refused in (update(gusto, token, row), accept(gusto, token, row, job)):
        assert refused.status_code == 422
        assert gusto.error(refused)["error_key"] == "base"
    assert gusto.get(f"/v1/salary_estimates/{row['uuid']}", token).json() == after


def test_an_estimate_is_for_a_job_of_that_person(gusto: Any, token: str, person: str) -> None:
    row = create(gusto, token, person).json()
    other = gusto.admin.people(gusto.company)[1]["uuid"]
    for job in (job_of(gusto, token, other), "00000000-0000-4000-8000-000000000000"):
        refused = accept(gusto, token, row, job)
        assert (refused.status_code, gusto.error(refused)["error_key"]) == (422, "employee_job_uuid")
    path = f"/v1/salary_estimates/{row['uuid']}/accept"
    assert gusto.call("POST", path, token, json={}).status_code == 422
    assert gusto.get(f"/v1/salary_estimates/{row['uuid']}", token).json() == row


def test_what_is_not_there_is_404_and_scopes_are_needed(gusto: Any, token: str, person: str) -> None:
    row = create(gusto, token, person).json()
    reader, writer = gusto.partner(SCOPES[0]), gusto.partner(SCOPES[1])
    stranger = gusto.partner(company=gusto.admin.create_company(people=3))
    assert gusto.get(f"/v1/salary_estimates/{row['uuid']}", writer).status_code == 403
    assert create(gusto, reader, person).status_code == 403
    assert update(gusto, reader, row).status_code == 403
    assert accept(gusto, reader, row, "x").status_code == 403
    assert create(gusto, token, gusto.company).status_code == 404
    for nobody, sent in ((stranger, row), (token, {"uuid": gusto.company})):
        assert gusto.get(f"/v1/salary_estimates/{sent['uuid']}", nobody).status_code == 404
        assert update(gusto, nobody, sent).status_code == 404
        assert accept(gusto, nobody, sent, "x").status_code == 404
