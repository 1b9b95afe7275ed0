"""The people of a company over HTTP: every filter, include and order; written, read again, told, refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

SCOPES = ("employees:read", "employees:write", "employees:manage", "compensations:read", "departments:read")
TODAY = "2026-10-20"


@pytest.fixture
def gusto(open_gusto: Callable[..., Any]) -> Any:
    return open_gusto(people=40, scopes=SCOPES)


@pytest.fixture
def token(gusto: Any) -> str:
    return str(gusto.partner())


def path_of(gusto: Any) -> str:
    return f"/v1/companies/{gusto.company}/employees"


def list_all(gusto: Any, token: str, **query: Any) -> Any:
    answer = gusto.get(path_of(gusto), token, params=query)
    assert answer.status_code == 200
    return answer.json()


def show(gusto: Any, token: str, uuid: str, **query: Any) -> Any:
    return gusto.get(f"/v1/employees/{uuid}", token, params=query)


def create(gusto: Any, token: str, **body: Any) -> Any:
    return gusto.call("POST", path_of(gusto), token, json=body)


def update(gusto: Any, token: str, employee: Any, **body: Any) -> Any:
    return gusto.call("PUT", f"/v1/employees/{employee['uuid']}", token, json=body)


def names(rows: Any) -> list[str]:
    return [each["uuid"] for each in rows]


# -- lists


def test_everybody_is_listed_in_order_of_arrival_those_who_left_too(gusto: Any, token: str) -> None:
    rows = list_all(gusto, token)
    assert names(rows) == list(gusto.world.companies[gusto.company].employees)
    assert any(each["terminated"] for each in rows)
    assert any(not each["onboarded"] for each in rows)


def test_the_list_comes_in_pages_where_pages_are_asked_for(gusto: Any, token: str) -> None:
    whole = list_all(gusto, token)
    first = gusto.get(path_of(gusto), token, params={"page": 1})
    assert first.json() == whole[:25]
    headers = {
        name: first.headers[f"x-{name}"] for name in ("page", "per-page", "total-count", "total-pages")
    }
    assert headers == {"page": "1", "per-page": "25", "total-count": "40", "total-pages": "2"}
    assert list_all(gusto, token, page=3, per=15) == whole[30:]
    assert list_all(gusto, token, page=4, per=15) == []


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("onboarded", lambda each: each["onboarded"]),
        ("onboarded_active", lambda each: each["onboarded"] and not each["terminated"]),
        ("terminated_today", lambda each: each["terminated"]),
        (
            "terminated",
            lambda each: any(end["active"] or end["effective_date"] >= TODAY for end in each["terminations"]),
        ),
    ],
)
def test_a_flag_chooses_those_it_names_and_its_opposite_the_others(
    gusto: Any, token: str, name: str, holds: Callable[[Any], bool]
) -> None:
    rows = list_all(gusto, token)
    chosen, others = list_all(gusto, token, **{name: "true"}), list_all(gusto, token, **{name: "false"})
    assert names(chosen) == [each["uuid"] for each in rows if holds(each)]
    assert names(others) == [each["uuid"] for each in rows if not holds(each)]
    assert chosen
    assert others


def test_somebody_about_to_leave_counts_as_terminated_but_not_today(gusto: Any, token: str) -> None:
    leaving = set(names(list_all(gusto, token, terminated="true")))
    gone = set(names(list_all(gusto, token, terminated_today="true")))
    assert gone < leaving


def test_flags_work_together(gusto: Any, token: str) -> None:
    rows = list_all(gusto, token, onboarded="true", terminated_today="false", page=1, per=100)
    assert rows
    assert all(each["onboarded"] and not each["terminated"] for each in rows)


def test_a_place_chooses_those_who_work_there(gusto: Any, token: str) -> None:
    rows = list_all(gusto, token)
    place = rows[0]["jobs"][0]["location_uuid"]
    chosen = list_all(gusto, token, location_uuid=place)
    expected = [each for each in rows if each["jobs"] and each["jobs"][0]["location_uuid"] == place]
    assert 0 < len(chosen) < len(rows)
    assert chosen == expected
    assert list_all(gusto, token, location_uuid="nowhere") == []


@pytest.mark.parametrize("style", ["comma", "repeated", "brackets"])
def test_uuids_choose_exactly_these(gusto: Any, token: str, style: str) -> None:
    rows = list_all(gusto, token)
    wanted = [rows[3]["uuid"], rows[1]["uuid"], "nobody"]
    key = "uuids[]" if style == "brackets" else "uuids"
    query = {"uuids": ",".join(wanted)} if style == "comma" else {key: wanted}
    assert names(list_all(gusto, token, **query)) == [rows[1]["uuid"], rows[3]["uuid"]]


def test_an_unknown_payroll_has_nobody(gusto: Any, token: str) -> None:
    assert list_all(gusto, token, payroll_uuid="11111111-1111-4111-8111-111111111111") == []


def test_a_search_finds_parts_of_names_in_any_case_and_script(gusto: Any, token: str) -> None:
    rows = list_all(gusto, token)
    for each in (rows[1], rows[2], next(row for row in rows if not row["first_name"].isascii())):
        term = f"{each['last_name'][1:].upper()} {each['first_name']}"
        assert each["uuid"] in names(list_all(gusto, token, search_term=term))
    assert list_all(gusto, token, search_term="Zaphod") == []
    assert len(list_all(gusto, token, search_term=" ")) == len(rows)


def test_a_search_does_not_look_at_addresses(gusto: Any, token: str) -> None:
    assert list_all(gusto, token, search_term="example") == []


@pytest.mark.parametrize(
    ("sort_by", "key", "backwards"),
    [
        ("created_at:desc", None, True),
        ("created_at", None, False),
        ("name", lambda each: (each["last_name"].casefold(), each["first_name"].casefold()), False),
        ("name:desc", lambda each: (each["last_name"].casefold(), each["first_name"].casefold()), True),
        ("onboarding_status:asc", lambda each: each["onboarding_status"] or "", False),
    ],
)
def test_the_list_is_sorted_as_asked(
    gusto: Any, token: str, sort_by: str, key: Callable[[Any], Any] | None, backwards: bool
) -> None:
    rows = list_all(gusto, token)
    expected = list(rows) if key is None else sorted(rows, key=key, reverse=backwards)
    if key is None and backwards:
        expected.reverse()
    assert names(list_all(gusto, token, sort_by=sort_by)) == names(expected)


def test_the_first_field_of_an_order_counts_most(gusto: Any, token: str) -> None:
    rows = list_all(gusto, token)
    place = {each["uuid"]: index for index, each in enumerate(rows)}
    expected = sorted(rows, key=lambda each: (each["onboarding_status"] or "", -place[each["uuid"]]))
    assert names(list_all(gusto, token, sort_by="onboarding_status,created_at:desc")) == names(expected)


def test_an_order_that_is_none_is_refused_and_odd_values_of_flags_are_ignored(gusto: Any, token: str) -> None:
    assert gusto.get(path_of(gusto), token, params={"sort_by": "salary"}).status_code == 422
    assert len(list_all(gusto, token, onboarded="perhaps", nonsense="1")) == 40


# -- what is included


ON_DEMAND = {
    "custom_fields": {"custom_fields"},
    "portal_invitations": {"member_portal_invitation_status", "partner_portal_invitation_sent"},
    "company_name": {"company_name"},
    "current_home_address": {"current_home_address"},
    "all_home_addresses": {"all_home_addresses"},
}


@pytest.mark.parametrize("token_of_include", [*ON_DEMAND])
def test_what_is_included_comes_on_demand_only(gusto: Any, token: str, token_of_include: str) -> None:
    plain, more = list_all(gusto, token), list_all(gusto, token, include=f"{token_of_include},nonsense")
    for before, after in zip(plain, more, strict=True):
        assert set(after) - set(before) == ON_DEMAND[token_of_include]
        assert {name: after[name] for name in before} == before
        one = show(gusto, token, before["uuid"], include=token_of_include) if before is plain[0] else None
        assert one is None or one.json() == after


def test_includes_go_together_in_every_notation(gusto: Any, token: str) -> None:
    comma = list_all(gusto, token, include="company_name,custom_fields")
    assert comma[0]["company_name"] == gusto.admin.company_name(gusto.company)
    assert {each["value"].__class__ for row in comma for each in row["custom_fields"]} == {str}
    assert list_all(gusto, token, include=["company_name", "custom_fields"]) == comma
    assert list_all(gusto, token, **{"include[]": ["company_name", "custom_fields"]}) == comma


def test_jobs_carry_the_current_compensation_or_all_of_them(gusto: Any, token: str) -> None:
    plain, more = list_all(gusto, token), list_all(gusto, token, include="all_compensations")
    for row in plain:
        for job in row["jobs"]:
            assert [each["uuid"] for each in job["compensations"]] == [
                uuid for uuid in [job["current_compensation_uuid"]] if uuid
            ]
    assert any(len(job["compensations"]) > 1 for row in more for job in row["jobs"])
    for row in more:
        for job in row["jobs"]:
            days = [each["effective_date"] for each in job["compensations"]]
            assert days == sorted(days)
            begun = [each for each in job["compensations"] if each["effective_date"] <= TODAY]
            assert job["current_compensation_uuid"] == (begun[-1]["uuid"] if begun else None)
            assert job["rate"] == (begun[-1]["rate"] if begun else "0.00")


def test_of_several_homes_the_active_one_is_current(gusto: Any, token: str) -> None:
    rows = list_all(gusto, token, include="current_home_address,all_home_addresses")
    moved = [each for each in rows if len(each["all_home_addresses"]) > 1]
    assert moved
    for each in moved:
        (active,) = [home for home in each["all_home_addresses"] if home["active"]]
        assert {name: active[name] for name in each["current_home_address"]} == each["current_home_address"]
    homeless = [each for each in rows if not each["all_home_addresses"]]
    assert homeless
    assert all(set(each["current_home_address"].values()) == {None} for each in homeless)


def test_without_their_scope_nobodys_pay_is_shown(gusto: Any) -> None:
    poor = gusto.partner("employees:read")
    rows = list_all(gusto, poor, include="all_compensations")
    jobs = [job for row in rows for job in row["jobs"]]
    hidden = {"rate", "payment_unit", "current_compensation_uuid", "compensations"}
    assert jobs
    assert all(not hidden & set(job) and job["title"] != "" for job in jobs)
    one = show(gusto, poor, rows[0]["uuid"]).json()
    assert not hidden & set(one["jobs"][0])
    rich = show(gusto, gusto.partner(), rows[0]["uuid"]).json()
    assert hidden <= set(rich["jobs"][0])


# -- writes


def test_somebody_new_is_unfinished_trimmed_shown_listed_and_told(gusto: Any, token: str) -> None:
    created = create(
        gusto,
        token,
        first_name=" Käthe ",
        last_name="Möhring",
        email="kaethe@moehring.example",
        date_of_birth="1998-02-28",
        ssn="000000000",
    )
    assert created.status_code == 201
    person = created.json()
    assert (person["first_name"], person["onboarded"], person["jobs"]) == ("Käthe", False, [])
    assert person["onboarding_status"] == "admin_onboarding_incomplete"
    assert (person["ssn"], person["has_ssn"]) == ("", True)
    assert "000000000" not in created.text
    assert not {"title", "hired_at", "flsa_status"} & set(person)
    assert show(gusto, token, person["uuid"]).json() == person
    assert list_all(gusto, token)[-1] == person
    assert list_all(gusto, token, onboarded="false")[-1] == person
    assert gusto.told()[-1] == ("employee.created", person["uuid"])


def test_somebody_invited_onboards_themselves(gusto: Any, token: str) -> None:
    body = {"first_name": "Jenny", "last_name": "Treibel", "self_onboarding": True}
    refused = create(gusto, token, **body)
    assert (refused.status_code, gusto.error(refused)["error_key"]) == (422, "email")
    person = create(gusto, token, **body, email="jenny@treibel.example").json()
    assert person["onboarding_status"] == "self_onboarding_pending_invite"
    assert gusto.told()[-2:] == [
        ("employee.created", person["uuid"]),
        ("employee.marked_for_self_onboarding", person["uuid"]),
    ]


@pytest.mark.parametrize(
    ("changes", "key", "message"),
    [
        ({"first_name": " "}, "first_name", "First name is required"),
        ({"last_name": ""}, "last_name", "Last name is required"),
        ({"date_of_birth": "1998-02-30"}, "date_of_birth", "Date of birth is not a valid date"),
        ({"date_of_birth": "2030-01-01"}, "date_of_birth", "Date of birth is not a valid date"),
        ({"ssn": "12-34"}, "ssn", "Ssn is invalid"),
        ({"email": "nobody"}, "email", "Email is invalid"),
    ],
)
def test_what_is_wrong_with_somebody_is_named_and_nobody_comes(
    gusto: Any, token: str, changes: dict[str, str], key: str, message: str
) -> None:
    refused = create(gusto, token, **{"first_name": "Effi", "last_name": "Briest", **changes})
    assert refused.status_code == 422
    assert (gusto.error(refused)["error_key"], gusto.error(refused)["message"]) == (key, message)
    assert len(list_all(gusto, token)) == 40


def test_nobody_comes_without_a_body(gusto: Any, token: str) -> None:
    refused = gusto.call("POST", path_of(gusto), token)
    assert refused.status_code == 422
    assert {each["message"] for each in refused.json()["errors"]} == {
        "First name is required",
        "Last name is required",
    }


def test_a_change_shows_in_every_later_read_and_is_told(gusto: Any, token: str) -> None:
    before = list_all(gusto, token)[2]
    updated = update(
        gusto,
        token,
        before,
        version=before["version"],
        last_name=" Franke ",
        email="franke@werkstatt.example",
        middle_initial=None,
        two_percent_shareholder=True,
    )
    assert updated.status_code == 200
    after = updated.json()
    assert (after["last_name"], after["email"], after["first_name"]) == (
        "Franke",
        "franke@werkstatt.example",
        before["first_name"],
    )
    assert after["two_percent_shareholder"] is True
    assert after["version"] != before["version"]
    assert show(gusto, token, before["uuid"]).json() == after
    assert list_all(gusto, token, search_term="franke") == [after]
    assert gusto.told()[-1] == ("employee.updated", before["uuid"])


@pytest.mark.parametrize("version", [{"version": "stale"}, {}])
def test_a_stale_or_missing_version_is_a_conflict_and_changes_nothing(
    gusto: Any, token: str, version: dict[str, str]
) -> None:
    before = list_all(gusto, token)[0]
    refused = update(gusto, token, before, first_name="Other", **version)
    assert refused.status_code == 409
    assert gusto.error(refused) == {
        "error_key": "base",
        "category": "invalid_resource_version",
        "message": "You are attempting to update a resource using an out-of-date version.",
    }
    assert show(gusto, token, before["uuid"]).json() == before
    assert "employee.updated" not in dict(gusto.told())


def test_a_wrong_change_changes_nothing(gusto: Any, token: str) -> None:
    before = list_all(gusto, token)[0]
    refused = update(gusto, token, before, version=before["version"], first_name="A", last_name="")
    assert refused.status_code == 422
    assert show(gusto, token, before["uuid"]).json() == before


def test_only_somebody_unfinished_can_be_deleted(gusto: Any, token: str) -> None:
    settled = list_all(gusto, token)[0]["uuid"]
    refused = gusto.call("DELETE", f"/v1/employees/{settled}", token)
    assert refused.status_code == 422
    assert gusto.error(refused)["message"] == "Cannot delete onboarded employee"
    company = gusto.world.companies[gusto.company]
    for unfinished in list_all(gusto, token, onboarded="false"):
        uuid = unfinished["uuid"]
        assert gusto.call("DELETE", f"/v1/employees/{uuid}", token).status_code == 204
        assert show(gusto, token, uuid).status_code == 404
        assert gusto.told()[-1] == ("employee.deleted", uuid)
        for table in (company.jobs, company.compensations, company.home_addresses, company.work_addresses):
            assert not [row for row in table.values() if row["employee_uuid"] == uuid]
    assert list_all(gusto, token, onboarded="false") == []
    assert show(gusto, token, settled).status_code == 200


def test_custom_fields_of_somebody_come_in_an_object_and_in_pages(gusto: Any, token: str) -> None:
    person = list_all(gusto, token, include="custom_fields")[0]
    path = f"/v1/employees/{person['uuid']}/custom_fields"
    assert gusto.get(path, token).json() == {"custom_fields": person["custom_fields"]}
    page = gusto.get(path, token, params={"page": 2, "per": 1})
    assert page.json()["custom_fields"] == person["custom_fields"][1:2]
    assert page.headers["x-total-count"] == str(len(person["custom_fields"]))
    assert gusto.get("/v1/employees/nobody/custom_fields", token).status_code == 404


def test_another_companys_people_are_not_found(gusto: Any, token: str) -> None:
    other = gusto.admin.create_company(people=1)
    foreign = gusto.admin.people(other)[0]
    assert gusto.get(f"/v1/companies/{other}/employees", token).status_code == 404
    for uuid in (foreign["uuid"], "nobody"):
        assert show(gusto, token, uuid).status_code == 404
        assert update(gusto, token, {"uuid": uuid}, version=foreign["version"]).status_code == 404
        assert gusto.call("DELETE", f"/v1/employees/{uuid}", token).status_code == 404
    assert list_all(gusto, token, uuids=foreign["uuid"]) == []
    assert gusto.admin.people(other) == [foreign]


# -- the business day


def test_a_last_day_of_work_goes_by(gusto: Any, token: str) -> None:
    (leaving,) = [
        each
        for each in list_all(gusto, token)
        if any(end["cancelable"] for end in each["terminations"]) and not each["terminated"]
    ][:1]
    (end,) = leaving["terminations"]
    assert end["active"] is False
    gusto.admin.move_days(12)
    last_day = show(gusto, token, leaving["uuid"]).json()
    assert last_day["terminated"] is False
    assert last_day["terminations"][0]["cancelable"] is False
    assert ("employee.termination_effective", leaving["uuid"]) not in gusto.told()
    gusto.admin.move_days(1)
    gone = show(gusto, token, leaving["uuid"]).json()
    assert gone["terminated"] is True
    assert gone["terminations"][0]["active"] is True
    assert leaving["uuid"] in names(list_all(gusto, token, terminated_today="true"))
    assert gusto.told().count(("employee.termination_effective", leaving["uuid"])) == 1
    gusto.admin.move_days(1)
    assert gusto.told().count(("employee.termination_effective", leaving["uuid"])) == 1


def test_somebody_hired_begins_to_be_paid_on_their_day(gusto: Any, token: str) -> None:
    waiting = next(each for each in list_all(gusto, token, onboarded="true") if each["hired_at"] > TODAY)
    assert waiting["jobs"][0]["current_compensation_uuid"] is None
    assert waiting["jobs"][0]["rate"] == "0.00"
    gusto.admin.move_days(40)
    working = show(gusto, token, waiting["uuid"]).json()
    assert working["jobs"][0]["current_compensation_uuid"]
    assert working["jobs"][0]["rate"] != "0.00"
