"""Who takes part in what, alone and in bulk, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

SCOPES = (
    "company_benefits:read",
    "company_benefits:write",
    "employee_benefits:read",
    "employee_benefits:read:phi",
    "employee_benefits:write",
    "employees:read",
    "employees:manage",
)
NOWHERE = "00000000-0000-4000-8000-000000000000"
BUS, HSA, LIFE, K401, ROTH, SIMPLE, MEDICAL, CAR = 10, 6, 107, 5, 105, 8, 1, 106


class Office:
    """A company's benefits as an application sees them; `person` and `others` are enrolled in nothing."""

    def __init__(self, gusto: Any) -> None:
        self.gusto, self.token = gusto, gusto.partner()
        self.person, *self.others = [each["uuid"] for each in gusto.admin.people(gusto.company)]

    def offer(self, kind: int, **body: Any) -> str:
        path = f"/v1/companies/{self.gusto.company}/company_benefits"
        given = {"benefit_type": kind, "description": f"Plan {kind}", **body}
        return str(self.gusto.call("POST", path, self.token, json=given).json()["uuid"])

    def try_to_enrol(self, benefit: str, **body: Any) -> Any:
        path = f"/v1/employees/{body.pop('person', self.person)}/employee_benefits"
        return self.gusto.call("POST", path, self.token, json={"company_benefit_uuid": benefit, **body})

    def enrol(self, benefit: str, **body: Any) -> Any:
        answer = self.try_to_enrol(benefit, **{"employee_deduction": "10.00", **body})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def update(self, row: Any, **body: Any) -> Any:
        given = {"version": row["version"], **body}
        return self.gusto.call("PUT", f"/v1/employee_benefits/{row['uuid']}", self.token, json=given)

    def write_all(self, benefit: str, *rows: Any, token: str = "") -> Any:
        path = f"/v1/company_benefits/{benefit}/employee_benefits"
        body = {"employee_benefits": list(rows)}
        return self.gusto.call("PUT", path, token or self.token, json=body)

    def rows_of(self, benefit: str, token: str = "", **query: Any) -> Any:
        path = f"/v1/company_benefits/{benefit}/employee_benefits"
        return self.gusto.get(path, token or self.token, params=query).json()

    def rows_of_person(self, person: str = "", token: str = "", **query: Any) -> Any:
        path = f"/v1/employees/{person or self.person}/employee_benefits"
        return self.gusto.get(path, token or self.token, params=query).json()

    def show(self, row: Any, token: str = "") -> Any:
        return self.gusto.get(f"/v1/employee_benefits/{row['uuid']}", token or self.token)


@pytest.fixture
def office(open_gusto: Callable[..., Any]) -> Office:
    return Office(open_gusto(people=5, scopes=SCOPES))


def messages(answer: Any) -> list[tuple[str, str]]:
    return [(each["error_key"], each["message"]) for each in answer.json()["errors"]]


# -- create ----------------------------------------------------------------------------------------------


def test_an_enrolment_shows_in_both_lists_and_alone_and_is_told(office: Office) -> None:
    benefit = office.offer(K401)
    row = office.enrol(benefit, contribution={"type": "amount", "value": "20"}, limit_option=None)
    assert {name: row[name] for name in row if name not in {"uuid", "version"}} == {
        "employee_uuid": office.person,
        "company_benefit_uuid": benefit,
        "active": True,
        "employee_deduction": "10.00",
        "deduct_as_percentage": False,
        "employee_deduction_annual_maximum": None,
        "contribution": {"type": "amount", "value": "20.00"},
        "elective": False,
        "company_contribution_annual_maximum": None,
        "limit_option": None,
        "catch_up": False,
        "retirement_loan_identifier": None,
        "coverage_amount": None,
        "coverage_salary_multiplier": "0.00",
        "deduction_reduces_taxable_income": "unset",
        "effective_date": "1970-01-01",
        "expiration_date": None,
        "company_contribution": "20.00",
        "contribute_as_percentage": False,
    }
    assert office.show(row).json() == row
    assert office.rows_of(benefit) == office.rows_of_person() == [row]
    assert office.gusto.told()[-1] == ("employee_benefit.created", row["uuid"])


def test_a_match_in_tiers_is_elective_and_has_no_older_fields(office: Office) -> None:
    tiers = [{"rate": "100", "threshold": "3"}, {"rate": "50.50", "threshold": "5"}]
    row = office.enrol(office.offer(K401), contribution={"type": "tiered", "value": tiers})
    assert row["contribution"]["value"]["tiers"] == [
        {"rate": "100.0", "threshold": "3.0", "threshold_delta": "3.0"},
        {"rate": "50.5", "threshold": "5.0", "threshold_delta": "2.0"},
    ]
    assert row["elective"] is True
    assert {"company_contribution", "contribute_as_percentage"}.isdisjoint(row)
    plain = office.update(row, contribution={"type": "percentage", "value": "4"}).json()
    assert (plain["company_contribution"], plain["contribute_as_percentage"]) == ("4.00", True)


def test_the_older_fields_write_the_contribution_unless_it_is_sent_too(office: Office) -> None:
    benefit = office.offer(BUS)
    row = office.enrol(benefit, company_contribution="7.5", contribute_as_percentage=True)
    assert row["contribution"] == {"type": "percentage", "value": "7.50"}
    row = office.update(row, company_contribution="8").json()
    assert row["contribution"] == {"type": "percentage", "value": "8.00"}
    row = office.update(row, contribute_as_percentage=False).json()
    assert row["contribution"] == {"type": "amount", "value": "8.00"}
    row = office.update(row, company_contribution="1", contribution={"type": "amount", "value": "2"}).json()
    assert row["company_contribution"] == "2.00"


def test_what_its_requirements_give_as_default_is_taken(office: Office) -> None:
    row = office.enrol(office.offer(SIMPLE))
    assert row["contribution"] == {"type": "percentage", "value": "2.00"}


def test_catch_up_counts_for_401k_alone(office: Office) -> None:
    assert office.enrol(office.offer(K401), catch_up=True)["catch_up"] is True
    assert office.enrol(office.offer(ROTH), catch_up=True)["catch_up"] is True
    assert office.enrol(office.offer(BUS), catch_up=True)["catch_up"] is False


ONE_OF = 'Limit option must be one of "Family", "Individual"'
EITHER = "An active employee benefit must have either a company contribution or an employee deduction"


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        (BUS, {}, ("base", EITHER)),
        (BUS, {"employee_deduction": "0", "company_contribution": "0"}, ("base", EITHER)),
        (
            BUS,
            {"company_contribution": "-1"},
            ("company_contribution", "Company contribution must be greater than or equal to 0"),
        ),
        (
            BUS,
            {"contribution": {"type": "amount", "value": "-0.01"}},
            ("company_contribution", "Company contribution must be greater than or equal to 0"),
        ),
        (
            BUS,
            {"contribution": {"type": "percentage"}},
            ("company_contribution", "Company contribution is not a valid number"),
        ),
        (
            BUS,
            {"contribution": {"type": "percentage", "value": "100.01"}},
            ("company_contribution", "Company contribution must be less than or equal to 100"),
        ),
        (
            BUS,
            {"contribution": {"type": "tiered", "value": [{"rate": "1", "threshold": "1"}]}},
            ("contribution", "Contribution type is not included in the list"),
        ),
        *(
            (
                K401,
                {"contribution": {"type": "tiered", "value": tiers}},
                ("contribution", "Contribution tiers must rise, each with a rate and a threshold"),
            )
            for tiers in (
                [],
                "3",
                [{"rate": "100"}],
                [{"rate": "-1", "threshold": "3"}],
                [{"rate": "100", "threshold": "3"}, {"rate": "50", "threshold": "3"}],
                [{"rate": "100", "threshold": "101"}],
            )
        ),
        (
            BUS,
            {"employee_deduction": "-5"},
            ("employee_deduction", "Employee deduction must be greater than or equal to 0"),
        ),
        (
            BUS,
            {"employee_deduction": "much"},
            ("employee_deduction", "Employee deduction is not a valid number"),
        ),
        (
            BUS,
            {"employee_deduction": "101", "deduct_as_percentage": True},
            ("employee_deduction", "Employee deduction must be less than or equal to 100"),
        ),
        (
            BUS,
            {"employee_deduction": "1", "employee_deduction_annual_maximum": "x"},
            ("employee_deduction_annual_maximum", "Employee deduction annual maximum is not a valid number"),
        ),
        (
            CAR,
            {"employee_deduction": "1", "deduct_as_percentage": True},
            ("deduct_as_percentage", "This benefit does not support percentage amounts"),
        ),
        (HSA, {"employee_deduction": "1"}, ("limit_option", ONE_OF)),
        (
            HSA,
            {"employee_deduction": "1", "limit_option": "Joint Filing or Single"},
            ("limit_option", ONE_OF),
        ),
        (HSA, {"employee_deduction": "1", "limit_option": "family"}, ("limit_option", ONE_OF)),
        (
            11,
            {"employee_deduction": "1", "limit_option": "Family"},
            (
                "limit_option",
                'Limit option must be one of "Joint Filing or Single", "Married and Filing Separately"',
            ),
        ),
        (
            BUS,
            {"employee_deduction": "1", "coverage_amount": "50000"},
            ("coverage_amount", "Coverage amount is only applicable for group term life employee benefit."),
        ),
        (
            BUS,
            {"employee_deduction": "1", "coverage_salary_multiplier": "2"},
            (
                "coverage_salary_multiplier",
                "Coverage salary multiplier is only applicable for group term life employee benefit.",
            ),
        ),
        (
            LIFE,
            {"coverage_amount": "50000", "company_contribution": "5"},
            ("company_contribution", "Company contribution cannot be present if coverage amount is set"),
        ),
        (
            LIFE,
            {"coverage_amount": "50000", "coverage_salary_multiplier": "2"},
            (
                "coverage_salary_multiplier",
                "Coverage salary multiplier cannot be set if coverage amount is set",
            ),
        ),
        (
            BUS,
            {"employee_deduction": "1", "effective_date": "2026-02-30"},
            ("effective_date", "Effective date is not a valid date"),
        ),
        (
            BUS,
            {"employee_deduction": "1", "effective_date": "2026-02-02", "expiration_date": "2026-02-01"},
            ("expiration_date", "Expiration date must be on or after the effective date"),
        ),
    ],
)
def test_a_wrong_enrolment_is_422_alone_and_in_bulk_and_is_not_kept(
    office: Office, kind: int, body: Any, expected: tuple[str, str]
) -> None:
    benefit = office.offer(kind)
    answer = office.try_to_enrol(benefit, **body)
    assert (answer.status_code, messages(answer)) == (422, [expected])
    assert office.rows_of(benefit, include="all_benefits") == []
    if isinstance(body.get("contribution", {}).get("value"), list):
        return  # in bulk, tiers come in an object
    bulk = office.write_all(benefit, {"employee_uuid": office.person, **body})
    assert bulk.status_code == 422
    assert expected[1] in bulk.text.replace('\\"', '"')
    assert office.rows_of(benefit, include="all_benefits") == []


def test_a_life_insurance_by_coverage_needs_nothing_else(office: Office) -> None:
    row = office.try_to_enrol(office.offer(LIFE), coverage_amount="100000").json()
    assert (row["coverage_amount"], row["active"]) == ("100000.00", True)
    other = office.try_to_enrol(
        office.offer(LIFE), coverage_salary_multiplier="1.5", deduction_reduces_taxable_income="unset"
    )
    assert other.json()["coverage_salary_multiplier"] == "1.50"


def test_an_inactive_enrolment_may_cost_nothing(office: Office) -> None:
    row = office.try_to_enrol(office.offer(BUS), active=False)
    assert (row.status_code, row.json()["active"]) == (201, False)
    refused = office.update(row.json(), active=True)
    assert messages(refused) == [("base", EITHER)]


@pytest.mark.parametrize("kind", [K401, HSA])
def test_nobody_is_in_two_benefits_with_a_yearly_limit_at_once(office: Office, kind: int) -> None:
    name = {K401: "401(k)", HSA: "Health Savings Account"}[kind]
    option = {"limit_option": "Family"} if kind == HSA else {}
    one, two = office.offer(kind), office.offer(kind)
    row = office.enrol(one, expiration_date="2026-12-31", **option)
    for benefit in (one, two):
        refused = office.try_to_enrol(benefit, employee_deduction="1", **option)
        assert messages(refused) == [("base", f"Employee cannot have more than one {name}")]
        assert refused.status_code == 422
    office.enrol(two, effective_date="2027-01-01", **option)
    office.enrol(two, person=office.others[0], **option)
    assert messages(office.update(row, expiration_date="2027-01-01"))[0][0] == "base"


def test_nobody_is_in_one_benefit_twice_at_once(office: Office) -> None:
    benefit = office.offer(BUS)
    office.enrol(benefit)
    refused = office.try_to_enrol(benefit, employee_deduction="1")
    assert messages(refused) == [("base", "Employee is already enrolled in this benefit")]
    office.enrol(office.offer(BUS))


def test_nobody_is_enrolled_in_what_is_not_active(office: Office) -> None:
    refused = office.try_to_enrol(office.offer(BUS, active=False), employee_deduction="1")
    assert messages(refused) == [
        ("base", "Employees cannot be enrolled in a company benefit that is not active")
    ]


# -- update and delete -----------------------------------------------------------------------------------


def test_an_update_needs_the_newest_version_and_is_told(office: Office) -> None:
    row = office.enrol(office.offer(BUS))
    changed = office.update(row, employee_deduction="12.345", expiration_date="2026-12-31")
    assert changed.status_code == 200
    after = changed.json()
    assert (after["employee_deduction"], after["expiration_date"]) == ("12.35", "2026-12-31")
    assert after["version"] != row["version"]
    assert office.show(row).json() == after
    assert office.gusto.told()[-1] == ("employee_benefit.updated", row["uuid"])
    path = f"/v1/employee_benefits/{row['uuid']}"
    for body in ({"version": row["version"]}, {}):
        assert office.gusto.call("PUT", path, office.token, json=body).status_code == 409
    assert office.update(after, expiration_date=None).json()["expiration_date"] is None


def test_a_deleted_enrolment_is_gone_everywhere(office: Office) -> None:
    benefit = office.offer(BUS)
    row = office.enrol(benefit)
    path = f"/v1/employee_benefits/{row['uuid']}"
    assert office.gusto.call("DELETE", path, office.token).status_code == 204
    assert office.gusto.told()[-1] == ("employee_benefit.deleted", row["uuid"])
    assert office.rows_of(benefit) == office.rows_of_person() == []
    assert office.show(row).status_code == office.update(row).status_code == 404
    assert office.gusto.call("DELETE", path, office.token).status_code == 404


def test_whoever_is_deleted_leaves_their_benefits(office: Office) -> None:
    path = f"/v1/companies/{office.gusto.company}/employees"
    body = {"first_name": "Nell", "last_name": "Trent"}
    newcomer = office.gusto.call("POST", path, office.token, json=body).json()["uuid"]
    benefit = office.offer(BUS)
    row = office.enrol(benefit, person=newcomer)
    assert office.gusto.call("DELETE", f"/v1/employees/{newcomer}", office.token).status_code == 204
    assert office.rows_of(benefit) == []
    assert office.show(row).status_code == 404


# -- lists -----------------------------------------------------------------------------------------------


def test_lists_show_the_enrolments_of_today_and_all_when_asked(office: Office) -> None:
    benefit = office.offer(BUS)
    past = office.enrol(benefit, expiration_date="2026-10-19")
    present = office.enrol(benefit, effective_date="2026-10-20", expiration_date="2026-10-20")
    future = office.enrol(benefit, effective_date="2026-10-21")
    assert office.rows_of(benefit) == office.rows_of_person() == [present]
    every = [past, present, future]
    assert office.rows_of(benefit, include="all_benefits") == every
    assert office.rows_of_person(include="all_benefits") == every
    office.gusto.admin.move_days(1)
    assert office.rows_of(benefit) == [future]


def test_lists_come_by_pages(office: Office) -> None:
    benefit = office.offer(BUS)
    rows = [office.enrol(benefit, person=each) for each in (office.person, *office.others)]
    path = f"/v1/company_benefits/{benefit}/employee_benefits"
    page = office.gusto.get(path, office.token, params={"page": 2, "per": 2})
    assert page.json() == rows[2:4]
    assert (page.headers["x-total-count"], page.headers["x-total-pages"]) == ("5", "3")


def test_what_tells_of_health_is_hidden_without_its_scope(office: Office) -> None:
    medical, bus = office.offer(MEDICAL), office.offer(BUS)
    hidden, shown = office.enrol(medical), office.enrol(bus)
    plain = office.gusto.partner(*(each for each in SCOPES if not each.endswith("phi")))
    assert office.rows_of_person(token=plain) == [shown]
    assert office.rows_of(medical, token=plain) == []
    assert office.show(hidden, token=plain).status_code == 404
    written = office.write_all(
        medical, {"employee_uuid": office.person, "employee_deduction": "11"}, token=plain
    )
    assert (written.status_code, written.json()) == (200, [])
    assert office.show(hidden).json()["employee_deduction"] == "11.00"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/employees/{}/employee_benefits"),
        ("POST", "/v1/employees/{}/employee_benefits"),
        ("GET", "/v1/employee_benefits/{}"),
        ("PUT", "/v1/employee_benefits/{}"),
        ("DELETE", "/v1/employee_benefits/{}"),
    ],
)
def test_what_is_not_there_is_404(office: Office, method: str, path: str) -> None:
    body = {"version": "x", "company_benefit_uuid": office.offer(BUS)}
    sent = {} if method in {"GET", "DELETE"} else {"json": body}
    answer = office.gusto.call(method, path.format(NOWHERE), office.token, **sent)
    assert answer.status_code == 404


def test_another_company_s_enrolments_are_not_found(office: Office) -> None:
    row = office.enrol(office.offer(BUS))
    other = office.gusto.admin.create_company(people=3)
    stranger = office.gusto.partner(company=other)
    assert office.show(row, token=stranger).status_code == 404
    assert office.try_to_enrol(NOWHERE, employee_deduction="1").status_code == 404


# -- in bulk ---------------------------------------------------------------------------------------------


def test_a_bulk_update_creates_whoever_is_not_enrolled_and_updates_whoever_is(office: Office) -> None:
    benefit, (second, third, *_) = office.offer(BUS), office.others
    row = office.enrol(benefit)
    answer = office.write_all(
        benefit,
        {"employee_uuid": second, "employee_deduction": "5"},
        {"employee_uuid": office.person, "employee_deduction": "6", "version": "ignored"},
        {"employee_uuid": third, "contribution": {"type": "amount", "value": "7"}},
    )
    assert answer.status_code == 200
    assert [each["employee_uuid"] for each in answer.json()] == [second, office.person, third]
    assert answer.json()[1]["uuid"] == row["uuid"]
    assert office.show(row).json()["employee_deduction"] == "6.00"
    assert [what for what, _ in office.gusto.told()[-3:]] == [
        "employee_benefit.created",
        "employee_benefit.updated",
        "employee_benefit.created",
    ]
    assert {each["uuid"] for each in office.rows_of(benefit)} == {each["uuid"] for each in answer.json()}


def test_one_wrong_row_keeps_all_from_being_written_and_says_whose_it_is(office: Office) -> None:
    benefit = office.offer(BUS)
    row = office.enrol(benefit)
    told = office.gusto.told()
    answer = office.write_all(
        benefit,
        {"employee_uuid": office.person, "employee_deduction": "6"},
        {"employee_uuid": office.others[0], "employee_deduction": "-1"},
        {"employee_uuid": NOWHERE, "employee_deduction": "1"},
    )
    assert answer.status_code == 422
    first, second = answer.json()["errors"]
    assert (first["category"], first["metadata"]["entity_uuid"]) == ("nested_errors", office.others[0])
    assert first["errors"][0]["error_key"] == "employee_deduction"
    assert (second["errors"][0]["error_key"], second["metadata"]["entity_uuid"]) == ("employee_uuid", NOWHERE)
    assert office.rows_of(benefit) == [row]
    assert office.gusto.told() == told


@pytest.mark.parametrize("body", [{}, {"employee_benefits": None}, {"employee_benefits": "x"}])
def test_a_bulk_update_without_rows_is_refused_in_its_own_words(office: Office, body: Any) -> None:
    path = f"/v1/company_benefits/{office.offer(BUS)}/employee_benefits"
    answer = office.gusto.call("PUT", path, office.token, json=body)
    assert answer.status_code == 422
    assert messages(answer) == [("employee_benefits", "Missing or invalid parameter 'employee_benefits'.")]
    assert office.gusto.error(answer)["category"] == "invalid_parameter"


def test_a_bulk_update_can_begin_a_second_enrolment_which_ends_the_first(office: Office) -> None:
    benefit = office.offer(BUS)
    first = office.enrol(benefit)
    start = office.gusto.world.today + timedelta(days=30)
    answer = office.write_all(
        benefit,
        {
            "employee_uuid": office.person,
            "action": "create",
            "effective_date": start.isoformat(),
            "employee_deduction": "9",
        },
    )
    assert answer.status_code == 200
    rows = office.rows_of(benefit, include="all_benefits")
    assert [each["employee_deduction"] for each in rows] == ["10.00", "9.00"]
    assert rows[0]["expiration_date"] == (start - timedelta(days=1)).isoformat()
    assert answer.json() == rows
    again = office.write_all(
        benefit,
        {
            "employee_uuid": office.person,
            "action": "update",
            "uuid": first["uuid"],
            "employee_deduction": "3",
        },
    )
    assert [each["uuid"] for each in again.json()] == [first["uuid"]]
    assert office.rows_of(benefit)[0]["employee_deduction"] == "3.00"


@pytest.mark.parametrize("row", [{"action": "update"}, {"uuid": NOWHERE}])
def test_a_bulk_update_of_an_enrolment_that_is_none_is_refused(office: Office, row: Any) -> None:
    given = {"employee_uuid": office.person, "employee_deduction": "1", **row}
    answer = office.write_all(office.offer(BUS), given)
    assert answer.status_code == 422
    assert office.gusto.error(answer)["errors"][0]["message"] == "Employee benefit not found"
