"""What there is to offer and what a company offers, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

SCOPES = (
    "benefits:read",
    "company_benefits:read",
    "company_benefits:read:phi",
    "company_benefits:write",
    "employee_benefits:read",
    "employee_benefits:read:phi",
    "employee_benefits:write",
)
NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def gusto(open_gusto: Callable[..., Any]) -> Any:
    return open_gusto(people=12, scopes=(*SCOPES, "company_benefits:write:benefit_type_limited"))


@pytest.fixture
def token(gusto: Any) -> str:
    return str(gusto.partner(*SCOPES))


def list_path(gusto: Any) -> str:
    return f"/v1/companies/{gusto.company}/company_benefits"


def create(gusto: Any, token: str, **body: Any) -> Any:
    return gusto.call("POST", list_path(gusto), token, json=body)


def update(gusto: Any, token: str, row: Any, **body: Any) -> Any:
    return gusto.call("PUT", f"/v1/company_benefits/{row['uuid']}", token, json=body)


def delete(gusto: Any, token: str, row: Any) -> Any:
    return gusto.call("DELETE", f"/v1/company_benefits/{row['uuid']}", token)


def enrol(gusto: Any, token: str, row: Any, person: int = 0, **body: Any) -> Any:
    employee = gusto.admin.people(gusto.company)[person]["uuid"]
    given = {"company_benefit_uuid": row["uuid"], "employee_deduction": "10", **body}
    answer = gusto.call("POST", f"/v1/employees/{employee}/employee_benefits", token, json=given)
    assert answer.status_code == 201, answer.text
    return answer.json()


def find(gusto: Any, token: str, **wanted: Any) -> Any:
    rows = gusto.get(list_path(gusto), token).json()
    return next(each for each in rows if all(each[name] == value for name, value in wanted.items()))


def messages(answer: Any) -> list[tuple[str, str, str]]:
    return [(each["error_key"], each["category"], each["message"]) for each in answer.json()["errors"]]


# -- what there is ---------------------------------------------------------------------------------------


def test_every_supported_benefit_is_listed_and_shows_alone(gusto: Any, token: str) -> None:
    rows = gusto.get("/v1/benefits", token).json()
    assert len(rows) == len({each["benefit_type"] for each in rows}) == 32
    for row in rows:
        assert gusto.get(f"/v1/benefits/{row['benefit_type']}", token).json() == row
        assert row["pretax"] is not row["posttax"], row["name"]
    medical = next(each for each in rows if each["benefit_type"] == 1)
    assert medical == {
        "benefit_type": 1,
        "name": "Medical Insurance",
        "description": "Deductions and contributions for Medical Insurance",
        "category": "Health",
        "pretax": True,
        "posttax": False,
        "imputed": False,
        "healthcare": True,
        "retirement": False,
        "yearly_limit": False,
        "writable_by_application": True,
    }


@pytest.mark.parametrize("number", ["4", "0", "-1", "x", "1.5", "9" * 400, "%D9%A1"])
def test_a_benefit_that_is_none_is_404(gusto: Any, token: str, number: str) -> None:
    for path in (f"/v1/benefits/{number}", f"/v1/benefits/{number}/requirements"):
        assert gusto.get(path, token).status_code == 404


def test_requirements_say_what_an_enrolment_is_refused_without(gusto: Any, token: str) -> None:
    person = gusto.admin.people(gusto.company)[0]["uuid"]
    checked = 0
    for row in gusto.get("/v1/benefits", token).json():
        needs = gusto.get(f"/v1/benefits/{row['benefit_type']}/requirements", token).json()
        benefit = create(gusto, token, benefit_type=row["benefit_type"], description=row["name"]).json()
        body = {"company_benefit_uuid": benefit["uuid"], "employee_deduction": "5"}
        answer = gusto.call("POST", f"/v1/employees/{person}/employee_benefits", token, json=body)
        missing = {name for name, each in needs.items() if each["required"] and each["default_value"] is None}
        if missing:
            assert {each[0] for each in messages(answer)} == missing, row["name"]
            checked += 1
            body |= {name: needs[name]["choices"][0] for name in missing}
            answer = gusto.call("POST", f"/v1/employees/{person}/employee_benefits", token, json=body)
        assert answer.status_code == 201, (row["name"], answer.text)
    assert checked == 2


def test_requirements_name_default_and_choices(gusto: Any, token: str) -> None:
    simple = gusto.get("/v1/benefits/8/requirements", token).json()
    assert simple["contribution"] == {
        "required": True,
        "editable": True,
        "default_value": {"type": "percentage", "value": "2"},
        "choices": ["percentage"],
    }
    savings = gusto.get("/v1/benefits/11/requirements", token).json()
    assert savings["limit_option"]["choices"] == ["Joint Filing or Single", "Married and Filing Separately"]
    life = gusto.get("/v1/benefits/107/requirements", token).json()
    assert life["coverage_amount"]["editable"] is True
    assert life["deduct_as_percentage"]["editable"] is False
    assert gusto.get("/v1/benefits/5/requirements", token).json()["catch_up"]["editable"] is True


# -- create, list, show ----------------------------------------------------------------------------------


def test_what_is_created_shows_in_the_list_and_alone_and_is_told(gusto: Any, token: str) -> None:
    answer = create(gusto, token, benefit_type=5, description=" Satis 401(k) ", catch_up_type="elective")
    assert answer.status_code == 201
    row = answer.json()
    assert {name: row[name] for name in row if name not in {"uuid", "version"}} == {
        "company_uuid": gusto.company,
        "benefit_type": 5,
        "active": True,
        "description": "Satis 401(k)",
        "source": "external",
        "partner_name": None,
        "deletable": True,
        "supports_percentage_amounts": True,
        "responsible_for_employer_taxes": False,
        "responsible_for_employee_w2": False,
        "catch_up_type": "elective",
    }
    assert gusto.get(f"/v1/company_benefits/{row['uuid']}", token).json() == row
    assert gusto.get(list_path(gusto), token).json()[-1] == row
    assert gusto.told()[-1] == ("company_benefit.created", row["uuid"])


def test_responsibilities_are_kept_for_sick_pay_alone(gusto: Any, token: str) -> None:
    given = {"description": "x", "responsible_for_employer_taxes": True, "responsible_for_employee_w2": True}
    for kind, expected in ((998, True), (1, False)):
        row = create(gusto, token, benefit_type=kind, **given).json()
        assert row["responsible_for_employer_taxes"] is row["responsible_for_employee_w2"] is expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"description": "x"}, ("base", "missing_parameter", "benefit_type is required.")),
        (
            {"description": "x", "benefit_type": 4},
            (
                "benefit_type",
                "invalid_attribute_value",
                "Benefit type does not correspond with a supported benefit",
            ),
        ),
        ({"benefit_type": 1}, ("description", "invalid_attribute_value", "Description is required")),
        (
            {"benefit_type": 1, "description": "  "},
            ("description", "invalid_attribute_value", "Description is required"),
        ),
        (
            {"benefit_type": 1, "description": "x", "catch_up_type": "deemed"},
            (
                "catch_up_type",
                "invalid_attribute_value",
                "Catch up type is only applicable to pre-tax 401(k) and 403(b) benefits",
            ),
        ),
    ],
)
def test_a_wrong_company_benefit_is_422_and_is_not_kept(
    gusto: Any, token: str, body: Any, expected: tuple[str, str, str]
) -> None:
    before = gusto.get(list_path(gusto), token).json()
    answer = create(gusto, token, **body)
    assert (answer.status_code, messages(answer)) == (422, [expected])
    assert gusto.get(list_path(gusto), token).json() == before


def test_the_list_is_chosen_by_kind_and_activity_and_counts_who_is_enrolled(gusto: Any, token: str) -> None:
    idle = create(gusto, token, benefit_type=5, description="Idle", active=False).json()
    path = list_path(gusto)
    assert gusto.get(path, token, params={"active": "false"}).json() == [idle]
    assert idle not in gusto.get(path, token, params={"active": "true"}).json()
    kinds = gusto.get(path, token, params={"benefit_type": "5"}).json()
    assert [each["benefit_type"] for each in kinds] == [5, 5]
    assert gusto.get(path, token, params={"benefit_type": "five"}).json() == []
    counted = gusto.get(path, token, params={"enrollment_count": "true"}).json()
    enrolled = {each["uuid"]: each["enrollment_count"] for each in counted}
    assert enrolled[idle["uuid"]] == 0
    for each in counted:
        rows = gusto.get(f"/v1/company_benefits/{each['uuid']}/employee_benefits", token).json()
        assert enrolled[each["uuid"]] == len({row["employee_uuid"] for row in rows})
    assert sum(enrolled.values()) > 0
    assert all("enrollment_count" not in each for each in gusto.get(path, token).json())


def test_a_benefit_shows_who_is_enrolled_to_whoever_may_know(gusto: Any, token: str) -> None:
    path = f"/v1/company_benefits/{find(gusto, token, benefit_type=5)['uuid']}"
    rows = gusto.get(f"{path}/employee_benefits", token).json()
    shown = gusto.get(path, token, params={"with_employee_benefits": "true"}).json()["employee_benefits"]
    assert [each["employee_uuid"] for each in shown] == [each["employee_uuid"] for each in rows]
    assert shown[0]["contribution"]["type"] == "tiered"
    assert "company_contribution" not in shown[0]
    assert "expiration_date" not in shown[0]
    assert "employee_benefits" not in gusto.get(path, token).json()
    less = gusto.partner("company_benefits:read")
    hidden = gusto.get(path, less, params={"with_employee_benefits": "true"})
    assert (hidden.status_code, "employee_benefits" in hidden.json()) == (200, False)
    health = f"/v1/company_benefits/{find(gusto, token, benefit_type=1)['uuid']}"
    plain = gusto.partner("company_benefits:read", "employee_benefits:read")
    seen = [
        gusto.get(health, each, params={"with_employee_benefits": "true"}).json()["employee_benefits"]
        for each in (token, plain)
    ]
    assert (bool(seen[0]), seen[1]) == (True, [])


def test_what_tells_of_health_is_left_out_without_its_scope(gusto: Any, token: str) -> None:
    plain = gusto.partner("company_benefits:read")
    every = gusto.get(list_path(gusto), token).json()
    seen = gusto.get(list_path(gusto), plain).json()
    assert [each for each in every if each not in seen] == [find(gusto, token, benefit_type=1)]
    health = find(gusto, token, benefit_type=1)["uuid"]
    assert gusto.get(f"/v1/company_benefits/{health}/summary", token).status_code == 200
    assert gusto.get(f"/v1/company_benefits/{health}/summary", plain).status_code == 404


# -- update ----------------------------------------------------------------------------------------------


def test_an_update_needs_the_newest_version_and_is_told(gusto: Any, token: str) -> None:
    row = create(gusto, token, benefit_type=5, description="One").json()
    changed = update(
        gusto, token, row, version=row["version"], description="Two", catch_up_type="deemed", active=False
    )
    assert changed.status_code == 200
    after = changed.json()
    assert (after["description"], after["catch_up_type"], after["active"]) == ("Two", "deemed", False)
    assert after["version"] != row["version"]
    assert gusto.get(f"/v1/company_benefits/{row['uuid']}", token).json() == after
    assert gusto.told()[-1] == ("company_benefit.updated", row["uuid"])
    for body in ({"version": row["version"]}, {}, {"version": "x", "description": ""}):
        assert update(gusto, token, row, **body).status_code == 409


def test_a_benefit_stays_of_its_kind_and_needs_a_description(gusto: Any, token: str) -> None:
    row = create(gusto, token, benefit_type=5, description="One").json()
    answer = update(gusto, token, row, version=row["version"], benefit_type=1, description="")
    assert answer.status_code == 422
    assert messages(answer) == [
        ("description", "invalid_attribute_value", "Description is required"),
        ("benefit_type", "invalid_attribute_value", "The associated benefit cannot be changed"),
    ]
    same = update(gusto, token, row, version=row["version"], benefit_type=5)
    assert same.status_code == 200


def test_a_benefit_is_not_disabled_while_somebody_is_or_will_be_enrolled(gusto: Any, token: str) -> None:
    row = create(gusto, token, benefit_type=10, description="Bus").json()
    enrolment = enrol(gusto, token, row, effective_date="2027-01-01")
    refused = update(gusto, token, row, version=row["version"], active=False)
    assert refused.status_code == 422
    assert messages(refused) == [
        (
            "base",
            "invalid_operation",
            "Company benefit cannot be disabled while employees are still enrolled",
        )
    ]
    left = {"version": enrolment["version"], "active": False}
    assert (
        gusto.call("PUT", f"/v1/employee_benefits/{enrolment['uuid']}", token, json=left).status_code == 200
    )
    assert update(gusto, token, row, version=row["version"], active=False).status_code == 200


# -- delete ----------------------------------------------------------------------------------------------


def test_an_unused_benefit_is_deleted_and_gone_everywhere(gusto: Any, token: str) -> None:
    row = create(gusto, token, benefit_type=5, description="One").json()
    assert delete(gusto, token, row).status_code == 204
    assert gusto.told()[-1] == ("company_benefit.deleted", row["uuid"])
    assert row["uuid"] not in {each["uuid"] for each in gusto.get(list_path(gusto), token).json()}
    for method, path in (
        ("GET", ""),
        ("PUT", ""),
        ("DELETE", ""),
        ("GET", "/employee_benefits"),
        ("PUT", "/employee_benefits"),
        ("GET", "/summary"),
        ("GET", "/contribution_exclusions"),
        ("PUT", "/contribution_exclusions"),
    ):
        body = {"version": "x", "employee_benefits": [], "contribution_exclusions": []}
        sent = {"json": body} if method == "PUT" else {}
        answer = gusto.call(method, f"/v1/company_benefits/{row['uuid']}{path}", token, **sent)
        assert answer.status_code == 404, (method, path)


def test_a_benefit_with_people_in_it_is_not_deleted(gusto: Any, token: str) -> None:
    row = create(gusto, token, benefit_type=10, description="Bus").json()
    enrolment = enrol(gusto, token, row)
    assert find(gusto, token, uuid=row["uuid"])["deletable"] is False
    refused = delete(gusto, token, row)
    assert refused.status_code == 422
    message = (
        "There are employees associated with this benefit, please remove these employees before deleting "
        "the benefit."
    )
    assert messages(refused) == [("base", "invalid_operation", message)]
    assert gusto.call("DELETE", f"/v1/employee_benefits/{enrolment['uuid']}", token).status_code == 204
    assert delete(gusto, token, row).status_code == 204


def test_a_benefit_of_a_partner_or_of_gusto_is_not_deleted(gusto: Any, token: str) -> None:
    partnered, internal = (find(gusto, token, source=each) for each in ("partnered", "internal"))
    refused = delete(gusto, token, partnered)
    message = "This benefit is managed by the partner and cannot be deleted."
    assert (refused.status_code, messages(refused)) == (422, [("base", "invalid_operation", message)])
    refused = delete(gusto, token, internal)
    message = "This benefit is managed by Gusto and cannot be deleted."
    assert (refused.status_code, messages(refused)) == (422, [("base", "invalid_operation", message)])


def test_a_benefit_that_a_payroll_paid_is_not_deleted_unless_it_is_cancelled(gusto: Any, token: str) -> None:
    row = create(gusto, token, benefit_type=10, description="Bus").json()
    enrolment = enrol(gusto, token, row)
    payroll = gusto.admin.next_payroll(gusto.company)
    gusto.admin.run_payroll(gusto.company, payroll)
    gusto.call("DELETE", f"/v1/employee_benefits/{enrolment['uuid']}", token)
    refused = delete(gusto, token, row)
    message = "This benefit has been used on a payroll and cannot be deleted."
    assert (refused.status_code, messages(refused)) == (422, [("base", "invalid_operation", message)])
    gusto.admin.cancel_payroll(gusto.company, payroll)
    assert find(gusto, token, uuid=row["uuid"])["deletable"] is True
    assert delete(gusto, token, row).status_code == 204


def test_a_benefit_that_past_payrolls_paid_is_not_deleted(gusto: Any, token: str) -> None:
    row = find(gusto, token, benefit_type=5)
    for each in gusto.get(f"/v1/company_benefits/{row['uuid']}/employee_benefits", token).json():
        gusto.call("DELETE", f"/v1/employee_benefits/{each['uuid']}", token)
    assert find(gusto, token, benefit_type=5)["deletable"] is False
    assert "payroll" in messages(delete(gusto, token, row))[0][2]


# -- who may ---------------------------------------------------------------------------------------------


def test_an_application_that_is_limited_to_some_kinds_writes_only_those(gusto: Any, token: str) -> None:
    limited = gusto.partner(*SCOPES, "company_benefits:write:benefit_type_limited")
    bus = create(gusto, token, benefit_type=100, description="Bus").json()
    enrolment = enrol(gusto, token, bus)
    flags = {row["benefit_type"]: row for row in gusto.get("/v1/benefits", limited).json()}
    assert (flags[5]["writable_by_application"], flags[100]["writable_by_application"]) == (True, False)
    person, version = enrolment["employee_uuid"], bus["version"]
    benefit = f"/v1/company_benefits/{bus['uuid']}"
    for method, path, body in (
        ("POST", list_path(gusto), {"benefit_type": 100, "description": "x"}),
        ("PUT", benefit, {"version": version}),
        ("DELETE", benefit, None),
        ("PUT", f"{benefit}/employee_benefits", {"employee_benefits": []}),
        ("POST", f"/v1/employees/{person}/employee_benefits", {"company_benefit_uuid": bus["uuid"]}),
        ("PUT", f"/v1/employee_benefits/{enrolment['uuid']}", {"version": enrolment["version"]}),
        ("DELETE", f"/v1/employee_benefits/{enrolment['uuid']}", None),
    ):
        refused = gusto.call(method, path, limited, **({} if body is None else {"json": body}))
        message = "This application is not permitted to modify benefits of type 100 (Other (taxable))."
        assert refused.status_code == 422, (method, path)
        assert messages(refused) == [("benefit_type", "invalid_parameter", message)]
    assert create(gusto, limited, benefit_type=5, description="401(k)").status_code == 201


@pytest.mark.parametrize("scope", [*(each for each in SCOPES if not each.endswith("phi"))])
def test_each_operation_needs_its_scope(gusto: Any, token: str, scope: str) -> None:
    other = gusto.partner(*(each for each in SCOPES if each != scope))
    row, person = find(gusto, token, benefit_type=5), gusto.admin.people(gusto.company)[0]["uuid"]
    benefit = f"/v1/company_benefits/{row['uuid']}"
    calls = {
        "benefits:read": [("GET", "/v1/benefits"), ("GET", "/v1/benefits/1/requirements")],
        "company_benefits:read": [("GET", list_path(gusto)), ("GET", benefit), ("GET", f"{benefit}/summary")],
        "company_benefits:write": [("POST", list_path(gusto)), ("PUT", benefit), ("DELETE", benefit)],
        "employee_benefits:read": [
            ("GET", f"{benefit}/employee_benefits"),
            ("GET", f"/v1/employees/{person}/employee_benefits"),
        ],
        "employee_benefits:write": [
            ("PUT", f"{benefit}/employee_benefits"),
            ("POST", f"/v1/employees/{person}/employee_benefits"),
        ],
    }[scope]
    for method, path in calls:
        answer = gusto.call(method, path, other, json={} if method in {"POST", "PUT"} else None)
        assert answer.status_code == 403, path
        assert gusto.error(answer)["metadata"]["missing_scope_name"] == scope


def test_another_company_s_benefits_are_not_found(gusto: Any, token: str) -> None:
    other = gusto.admin.create_company(people=3)
    stranger = gusto.partner(*SCOPES, company=other)
    row = find(gusto, token, benefit_type=5)
    assert gusto.get(f"/v1/company_benefits/{row['uuid']}", stranger).status_code == 404
    assert gusto.get(list_path(gusto), stranger).status_code == 404
    assert gusto.get(f"/v1/company_benefits/{NOWHERE}", token).status_code == 404


def test_a_small_company_offers_benefits_in_which_nobody_is_yet(open_gusto: Callable[..., Any]) -> None:
    gusto = open_gusto(people=3, scopes=SCOPES)
    rows = gusto.get(list_path(gusto), gusto.partner(), params={"enrollment_count": "true"}).json()
    assert [(each["source"], each["enrollment_count"]) for each in rows] == [
        ("external", 0),
        ("internal", 0),
        ("partnered", 0),
    ]
    assert rows[2]["partner_name"] == "Meryton Commuters"
