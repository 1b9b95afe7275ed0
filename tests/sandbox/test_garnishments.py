"""What is kept back from somebody's pay, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

SCOPES = ("employees:read", "garnishments:read", "garnishments:write")
COURT = {"amount": "150", "court_ordered": True, "garnishment_type": "creditor_garnishment"}
SUPPORT = {
    "state": "AZ",
    "fips_code": "0400000",
    "payment_period": "Monthly",
    "case_number": " C-1 ",
    "remittance_number": "R-1",
}
CHILD = {"amount": "80.5", "court_ordered": True, "garnishment_type": "child_support"}


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
    return f"/v1/employees/{person}/garnishments"


def create(gusto: Any, token: str, person: str, **body: Any) -> Any:
    return gusto.call("POST", path_of(person), token, json=body)


def update(gusto: Any, token: str, row: Any, **body: Any) -> Any:
    return gusto.call("PUT", f"/v1/garnishments/{row['uuid']}", token, json=body)


def messages(answer: Any) -> list[tuple[str, str]]:
    return [(each["error_key"], each["message"]) for each in answer.json()["errors"]]


def test_what_is_created_shows_in_the_list_alone_and_in_its_employee(
    gusto: Any, token: str, person: str
) -> None:
    created = create(gusto, token, person, **COURT, description=" Order 7 ", recurring=True, times=3.0)
    assert created.status_code == 201
    row = created.json()
    assert {name: row[name] for name in row if name not in {"uuid", "version"}} == {
        "employee_uuid": person,
        "active": True,
        "amount": "150.00",
        "description": "Order 7",
        "court_ordered": True,
        "times": 3,
        "recurring": True,
        "annual_maximum": None,
        "pay_period_maximum": None,
        "total_amount": None,
        "deduct_as_percentage": False,
        "garnishment_type": "creditor_garnishment",
        "child_support": None,
    }
    assert gusto.get(f"/v1/garnishments/{row['uuid']}", token).json() == row
    assert gusto.get(f"/v1/employees/{person}", token).json()["garnishments"] == [row]
    second = create(gusto, token, person, amount="1", court_ordered=False).json()
    assert gusto.get(path_of(person), token).json() == [row, second]
    page = gusto.get(path_of(person), token, params={"page": 2, "per": 1})
    assert (page.json(), page.headers["x-total-count"]) == ([second], "2")
    assert gusto.told()[-1] == ("employee.updated", person)


def test_somebody_in_the_company_has_one_from_the_beginning(gusto: Any, token: str) -> None:
    people = gusto.get(f"/v1/companies/{gusto.company}/employees", token).json()
    rows = [row for each in people for row in each["garnishments"]]
    assert {each["garnishment_type"] for each in rows} == {"child_support", "creditor_garnishment"}
    for each in rows:
        assert gusto.get(f"/v1/garnishments/{each['uuid']}", token).json() == each


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"court_ordered": True}, ("amount", "Amount is required")),
        ({"amount": "1"}, ("court_ordered", "Court ordered is required")),
        ({**COURT, "amount": "-1"}, ("amount", "Amount must be greater than or equal to 0")),
        ({**COURT, "amount": "much"}, ("amount", "Amount is not a valid number")),
        (
            {**COURT, "amount": "101", "deduct_as_percentage": True},
            ("amount", "Amount must be less than or equal to 100"),
        ),
        (
            {**COURT, "pay_period_maximum": "50", "annual_maximum": "50.00"},
            ("pay_period_maximum", "Pay period maximum must be less than annual maximum"),
        ),
        (
            {**COURT, "annual_maximum": "-5"},
            ("annual_maximum", "Annual maximum must be greater than or equal to 0"),
        ),
        ({**COURT, "total_amount": "x"}, ("total_amount", "Total amount is not a valid number")),
        ({**COURT, "times": 0}, ("times", "Times must be greater than 0")),
        (
            {**COURT, "garnishment_type": "gambling"},
            ("garnishment_type", "Garnishment type is not included in the list"),
        ),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    gusto: Any, token: str, person: str, body: Any, expected: tuple[str, str]
) -> None:
    refused = create(gusto, token, person, **body)
    assert refused.status_code == 422
    assert messages(refused) == [expected]
    assert gusto.get(path_of(person), token).json() == []


def test_child_support_says_where_it_goes(gusto: Any, token: str, person: str) -> None:
    created = create(gusto, token, person, **CHILD, child_support=SUPPORT)
    assert created.status_code == 201
    assert created.json()["child_support"] == {**SUPPORT, "case_number": "C-1", "order_number": None}
    plain = create(gusto, token, person, **COURT, child_support=SUPPORT).json()
    assert plain["child_support"] is None


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({"state": "ZZ"}, ["state"]),
        ({"fips_code": "0600000"}, ["fips_code"]),
        ({"case_number": " ", "remittance_number": None}, ["case_number", "remittance_number"]),
        ({"payment_period": None, "case_number": ""}, ["payment_period", "case_number"]),
    ],
)
def test_the_mistakes_of_child_support_come_nested(
    gusto: Any, token: str, person: str, changes: Any, keys: list[str]
) -> None:
    support = {name: value for name, value in {**SUPPORT, **changes}.items() if value is not None}
    refused = create(gusto, token, person, **CHILD, child_support=support)
    assert refused.status_code == 422
    row = gusto.error(refused)
    assert (row["error_key"], row["category"]) == ("child_support", "nested_errors")
    assert [each["error_key"] for each in row["errors"]] == keys
    assert gusto.get(path_of(person), token).json() == []


def test_child_support_needs_its_details(gusto: Any, token: str, person: str) -> None:
    nested = gusto.error(create(gusto, token, person, **CHILD))["errors"]
    assert [each["error_key"] for each in nested] == ["state", "payment_period"]


def test_a_change_shows_in_every_later_read(gusto: Any, token: str, person: str) -> None:
    before = create(gusto, token, person, **CHILD, child_support=SUPPORT).json()
    changed = update(gusto, token, before, version=before["version"], active=False, annual_maximum="900")
    assert changed.status_code == 200
    after = changed.json()
    assert (after["active"], after["annual_maximum"], after["child_support"]) == (
        False,
        "900.00",
        before["child_support"],
    )
    assert after["version"] != before["version"]
    assert gusto.get(path_of(person), token).json() == [after]
    assert gusto.told()[-1] == ("employee.updated", person)
    refused = update(gusto, token, after, version=after["version"], pay_period_maximum="900")
    assert messages(refused)[0][0] == "pay_period_maximum"
    emptied = update(gusto, token, after, version=after["version"], annual_maximum=None)
    assert emptied.json()["annual_maximum"] is None


def test_the_type_stays_what_it_is(gusto: Any, token: str, person: str) -> None:
    before = create(gusto, token, person, **COURT).json()
    refused = update(gusto, token, before, version=before["version"], garnishment_type="student_loan")
    assert refused.status_code == 422
    assert messages(refused) == [("garnishment_type", "Garnishment type cannot change")]
    same = update(gusto, token, before, version=before["version"], garnishment_type="creditor_garnishment")
    assert same.status_code == 200


@pytest.mark.parametrize("version", [{"version": "stale"}, {}])
def test_a_stale_or_missing_version_is_a_conflict(
    gusto: Any, token: str, person: str, version: dict[str, str]
) -> None:
    before = create(gusto, token, person, **COURT).json()
    refused = update(gusto, token, before, amount="9", **version)
    assert refused.status_code == 409
    assert gusto.get(path_of(person), token).json() == [before]


def test_the_agencies_are_those_of_all_states(gusto: Any, token: str, person: str) -> None:
    agencies = gusto.get("/v1/garnishments/child_support", token).json()["agencies"]
    assert len({each["state"] for each in agencies}) == len(agencies) == 51
    assert {each["manual_payment_required"] for each in agencies} == {True, False}
    for each in (agencies[0], agencies[1], agencies[2]):
        support = {
            "state": each["state"],
            "fips_code": each["fips_codes"][0]["code"],
            "payment_period": "Every week",
            **{row["key"]: "7" for row in each["required_attributes"]},
        }
        assert create(gusto, token, person, **CHILD, child_support=support).status_code == 201


def test_nobody_and_somebody_elses_are_not_found(gusto: Any, token: str) -> None:
    other = gusto.world.companies[gusto.admin.create_company(people=12)]
    foreign = next(iter(other.garnishments.values()))
    for person in ("nobody", foreign["employee_uuid"]):
        assert gusto.get(path_of(person), token).status_code == 404
        assert create(gusto, token, person, **COURT).status_code == 404
    assert gusto.get(f"/v1/garnishments/{foreign['uuid']}", token).status_code == 404
    assert update(gusto, token, foreign, version=foreign["version"], amount="1").status_code == 404


def test_reading_and_writing_need_their_scopes(gusto: Any, person: str) -> None:
    reader, writer = gusto.partner("garnishments:read"), gusto.partner("garnishments:write")
    assert create(gusto, reader, person, **COURT).status_code == 403
    row = create(gusto, writer, person, **COURT).json()
    assert gusto.get(path_of(person), writer).status_code == 403
    assert gusto.get("/v1/garnishments/child_support", writer).status_code == 403
    assert update(gusto, reader, row, version=row["version"]).status_code == 403
