"""What surprises people at Gusto's API, and what nobody knows of it: each is as the sandbox says it is.

Those with a file of their own are tested there: pages, versions, rotation, rate limit, retries of webhooks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from partner_qa.contract.catalogue import load_contract
from partner_qa.contract.operation import Operation

TODAY = date(2026, 10, 20)
NEW = {"last_name": "Ng", "date_of_birth": "1990-01-31", "email": "twice@people.example"}


@pytest.fixture(scope="module")
def gusto(make_gusto: Callable[..., Any]) -> Iterator[Any]:
    """A sandbox with every scope that shows or allows more."""
    scopes = {scope for each in load_contract().operations for scope in each.scopes}
    opened = make_gusto(people=26, scopes=tuple(sorted(scopes)))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def token(gusto: Any) -> str:
    return str(gusto.admin.issue_grant(gusto.company))


def path(gusto: Any, rest: str) -> str:
    return f"/v1/companies/{gusto.company}/{rest}"


def reads() -> list[Operation]:
    """Return the operations that read one thing by its UUID; supported benefits have numbers."""
    return [
        each
        for each in load_contract().operations
        if each.method == "GET"
        and each.path.endswith(("_id}", "uuid}"))
        and each.path != "/v1/benefits/{benefit_id}"
    ]


@pytest.mark.parametrize("wrong", ["not-a-uuid", "7757616923515125", "%20", "11111111-1111-4111-8111"])
def test_what_is_no_uuid_is_404_in_every_path(gusto: Any, token: str, wrong: str) -> None:
    assert len(reads()) > 20
    for each in reads():
        begun = each.path.rpartition("/")[0].replace("{company_id}", gusto.company)
        asked = f"{begun.replace('{company_uuid}', gusto.company)}/{wrong}"
        answer = gusto.get(asked, gusto.system() if each.token == "system" else token)
        assert answer.status_code == 404, each.id
        assert gusto.error(answer)["category"] == "not_found", each.id


@pytest.mark.parametrize(
    "query",
    [
        [("processing_statuses", "processed,unprocessed")],
        [("processing_statuses", "processed"), ("processing_statuses", "unprocessed")],
        [("processing_statuses[]", "processed"), ("processing_statuses[]", "unprocessed")],
    ],
)
def test_a_list_in_a_query_is_joined_repeated_or_marked(gusto: Any, token: str, query: Any) -> None:
    rows = gusto.get(path(gusto, "payrolls"), token, params=[*query, ("per", "100")]).json()
    assert {each["processed"] for each in rows} == {True, False}


def test_no_list_knows_what_changed_since_and_says_nothing_of_it(gusto: Any, token: str) -> None:
    every = gusto.get(path(gusto, "employees"), token).json()
    later = gusto.get(path(gusto, "employees"), token, params={"updated_since": "2099-01-01"})
    assert later.json() == every


def test_a_zip_is_a_zip_on_the_wire(gusto: Any, token: str) -> None:
    rows = gusto.get(path(gusto, "locations"), token).json()
    assert all("zip" in each and "zip_code" not in each for each in rows)


def test_two_people_may_share_an_email(gusto: Any, token: str) -> None:
    for name in ("A", "B"):
        body = {**NEW, "first_name": name}
        assert gusto.call("POST", path(gusto, "employees"), token, json=body).status_code == 201


def test_a_definition_of_a_custom_field_has_a_uuid_and_a_value_an_id_and_is_a_text(
    gusto: Any, token: str
) -> None:
    definitions = gusto.get(path(gusto, "custom_fields"), token).json()["custom_fields"]
    kinds = {each["uuid"]: each["type"] for each in definitions}
    assert set(kinds.values()) == {"text", "currency", "number", "date", "radio"}
    people = gusto.get(path(gusto, "employees"), token, params={"include": "custom_fields"}).json()
    values = [value for each in people for value in each["custom_fields"]]
    assert {each["type"] for each in values} == set(kinds.values())
    assert all(kinds[each["company_custom_field_id"]] == each["type"] for each in values)
    assert all(each["id"] and "uuid" not in each for each in values)
    assert all(each["value"] is None or isinstance(each["value"], str) for each in values)


def test_an_admin_cannot_be_removed_by_an_application(gusto: Any, token: str) -> None:
    (first, *_) = gusto.get(path(gusto, "admins"), token).json()
    answer = gusto.call("DELETE", path(gusto, f"admins/{first['uuid']}"), token)
    assert answer.status_code == 404
    assert first in gusto.get(path(gusto, "admins"), token).json()


def test_earning_types_and_contractor_payments_hang_on_the_scopes_of_payrolls(gusto: Any) -> None:
    days = {"start_date": "2026-09-01", "end_date": "2026-10-01"}
    for scopes, status in ((["payrolls:read"], 200), (["companies:read", "contractors:read"], 403)):
        token = gusto.admin.issue_grant(gusto.company, scopes)
        assert gusto.get(path(gusto, "earning_types"), token).status_code == status
        assert gusto.get(path(gusto, "contractor_payments"), token, params=days).status_code == status


@pytest.mark.parametrize("kind", ["EmployeeHomeAddress", "EmployeeWorkAddress", "FastAchConfig"])
def test_some_types_of_the_guides_cannot_be_subscribed_to(gusto: Any, kind: str) -> None:
    body = {"url": "http://127.0.0.1:4000/hooks", "subscription_types": [kind]}
    refused = gusto.call("POST", "/v1/webhook_subscriptions", gusto.system(), json=body)
    assert refused.status_code == 422
    assert gusto.error(refused)["message"] == "Entity type is not included in the list"


@pytest.mark.parametrize("method", ["PATCH", "POST", "DELETE"])
def test_a_method_that_a_path_has_not_is_404_and_never_405(gusto: Any, token: str, method: str) -> None:
    answer = gusto.call(method, f"/v1/companies/{gusto.company}", token)
    assert answer.status_code == 404


def test_nobody_is_told_that_a_payroll_was_paid(open_gusto: Callable[..., Any]) -> None:
    gusto = open_gusto(people=12, scopes=("payrolls:read",))
    gusto.partner()
    payroll = gusto.admin.next_payroll(gusto.company)
    gusto.admin.run_payroll(gusto.company, payroll)
    check = next(each.check_date for each in gusto.admin.payrolls(gusto.company) if each.uuid == payroll)
    gusto.admin.move_days((check - TODAY + timedelta(days=5)).days)
    told = [what for what, whose in gusto.told() if whose == payroll]
    assert told[-1] == "payroll.processed"


def test_what_takes_effect_on_a_day_is_told_as_the_day_is_reached_with_the_time_of_the_clock(
    open_gusto: Callable[..., Any],
) -> None:
    gusto = open_gusto(people=12, scopes=("employees:read",))
    gusto.partner()
    person = next(
        each["uuid"]
        for each in gusto.admin.people(gusto.company)
        if each["onboarded"] and not each["terminations"]
    )
    gusto.admin.dismiss(gusto.company, person, TODAY)
    before = gusto.world.now()
    gusto.admin.move_days(1)
    event = next(
        each
        for each in gusto.world.events.list_since(0)
        if each.event_type == "employee.termination_effective" and each.entity_uuid == person
    )
    assert before <= event.at <= gusto.world.now()


def test_a_small_company_has_what_a_demo_company_has(gusto: Any) -> None:
    company = gusto.world.companies[gusto.admin.create_company(people=12)]
    people = company.employees.values()
    jobs = [each["employee_uuid"] for each in company.jobs.values()]
    ends = [end["effective_date"] for each in people for end in each["terminations"]]
    assert [each["onboarding_status"] for each in people if each["uuid"] not in jobs] == [
        "admin_onboarding_incomplete"
    ]
    assert len(jobs) > len(set(jobs))
    assert min(ends) < TODAY.isoformat() <= max(ends)
    assert {each["type"] for each in company.contractors.values()} == {"Individual", "Business"}
    assert {each["wage_type"] for each in company.contractors.values()} == {"Hourly", "Fixed"}
    assert len(company.locations) >= 2
    assert len(company.departments) >= 2
    assert sum(each.is_processed for each in company.payrolls.values()) >= 6
    open_ones = [each for each in company.payrolls.values() if not each.is_processed]
    assert sum(not each.is_off_cycle for each in open_ones) >= 3
    assert any(each.is_off_cycle for each in open_ones)
    assert {each["policy_type"] for each in company.time_off_policies.values()} == {"vacation", "sick"}
    assert {1, 5} <= {int(str(each["benefit_type"])) for each in company.company_benefits.values()}
    assert len(company.custom_fields) >= 2
    assert "open" in [each["status"] for each in company.notifications.values()]
