"""What benefits take and add on payday, what limits them, and what is told of it afterwards, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from partner_qa.sandbox.general_ledger import make_ledger

BENEFITS = ("company_benefits", "employee_benefits")
SCOPES = (
    *(f"{name}:{what}" for name in BENEFITS for what in ("read", "read:phi", "write")),
    "company_reports:read",
    "company_reports:write",
    "employees:read",
    "payrolls:read",
    "payrolls:write",
)
BUS, CAR, K401, ROTH, MEDICAL, HSA = 10, 106, 5, 105, 1, 6
YEAR = 2026


class Payday:
    """A company whose `person` has a salary; benefits are given to them and payrolls calculated."""

    def __init__(self, gusto: Any) -> None:
        self.gusto, self.token, self.company = gusto, gusto.partner(), gusto.company
        self.payroll = gusto.admin.next_payroll(self.company)
        rows = {each["employee_uuid"]: each for each in self.show()["employee_compensations"]}
        self.person = next(key for key, each in rows.items() if Decimal(each["gross_pay"]) > 2000)
        self.before = rows[self.person]

    @property
    def gross(self) -> Decimal:
        return Decimal(self.before["gross_pay"])

    def call(self, method: str, path: str, **body: Any) -> Any:
        answer = self.gusto.call(method, path, self.token, **({"json": body} if body else {}))
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def give(self, kind: int, *, offer: Any = None, **body: Any) -> Any:
        """Offer a benefit and enrol the person in it."""
        path = f"/v1/companies/{self.company}/company_benefits"
        benefit = self.call("POST", path, benefit_type=kind, description=f"Plan {kind}", **(offer or {}))
        return self.call(
            "POST",
            f"/v1/employees/{self.person}/employee_benefits",
            company_benefit_uuid=benefit["uuid"],
            **body,
        )

    def show(self, payroll: str = "", token: str = "", include: str = "benefits,taxes,totals") -> Any:
        """Calculate a payroll of today and return it as the application sees it."""
        which = payroll or self.payroll
        path = f"/v1/companies/{self.company}/payrolls/{which}"
        if not self.gusto.get(path, self.token).json()["processed"]:
            self.gusto.call("PUT", f"{path}/prepare", self.token)
            self.gusto.admin.calculate_payroll(self.company, which)
        return self.gusto.get(path, token or self.token, params={"include": include}).json()

    def row(self, payroll: str = "", token: str = "") -> Any:
        shown = self.show(payroll, token)
        rows = shown["employee_compensations"]
        return next(each for each in rows if each["employee_uuid"] == self.person)

    def amounts(self, payroll: str = "") -> list[tuple[str, str]]:
        """Return deduction and contribution of each of the person's benefits."""
        benefits = self.row(payroll)["benefits"]
        return [(each["employee_deduction"], each["company_contribution"]) for each in benefits]

    def share(self, percent: str, of: Decimal | None = None) -> str:
        part = (self.gross if of is None else of) * Decimal(percent) / 100
        return str(part.quantize(Decimal("0.01"), rounding="ROUND_HALF_UP"))


@pytest.fixture
def payday(open_gusto: Callable[..., Any]) -> Payday:
    return Payday(open_gusto(people=5, scopes=SCOPES))


def tax_of(row: Any, name: str) -> Decimal:
    return next(
        Decimal(each["amount"]) for each in row["taxes"] if each["name"] == name and not each["employer"]
    )


def test_a_benefit_is_taken_from_net_pay_and_shows_in_row_and_totals(payday: Payday) -> None:
    assert payday.before["benefits"] == []
    payday.give(BUS, employee_deduction="100", contribution={"type": "amount", "value": "30"})
    shown = payday.show()
    row = payday.row()
    assert row["benefits"] == [
        {
            "name": "Plan 10",
            "employee_deduction": "100.00",
            "company_contribution": "30.00",
            "imputed": False,
        }
    ]
    assert tax_of(payday.before, "Federal Income Tax") - tax_of(row, "Federal Income Tax") == 10
    assert tax_of(payday.before, "Medicare") == tax_of(row, "Medicare")
    assert Decimal(payday.before["net_pay"]) - Decimal(row["net_pay"]) == 90
    assert row["gross_pay"] == payday.before["gross_pay"]
    assert shown["totals"]["employee_benefits_deductions"] == "100.00"
    assert (shown["totals"]["benefits"], shown["totals"]["imputed_pay"]) == ("30.00", "0.00")


def test_what_is_deducted_after_taxes_leaves_them_alone(payday: Payday) -> None:
    payday.give(ROTH, employee_deduction="100")
    row = payday.row()
    assert row["taxes"] == payday.before["taxes"]
    assert Decimal(payday.before["net_pay"]) - Decimal(row["net_pay"]) == 100


def test_what_is_imputed_shows_in_the_totals(payday: Payday) -> None:
    payday.give(CAR, contribution={"type": "amount", "value": "55"})
    assert payday.row()["benefits"][0]["imputed"] is True
    assert payday.show()["totals"]["imputed_pay"] == "55.00"


def test_a_prepared_payroll_does_not_show_benefits(payday: Payday) -> None:
    payday.give(BUS, employee_deduction="100")
    path = f"/v1/companies/{payday.company}/payrolls/{payday.payroll}"
    prepared = payday.gusto.call("PUT", f"{path}/prepare", payday.token).json()
    assert all("benefits" not in each for each in prepared["employee_compensations"])


@pytest.mark.parametrize(
    ("body", "deduction", "contribution"),
    [
        ({"employee_deduction": "5", "deduct_as_percentage": True}, "5", "0"),
        ({"contribution": {"type": "percentage", "value": "3"}}, "0", "3"),
        (
            {
                "employee_deduction": "2",
                "deduct_as_percentage": True,
                "contribution": {"type": "percentage", "value": "3"},
                "elective": True,
            },
            "2",
            "2",
        ),
        (
            {
                "employee_deduction": "8",
                "deduct_as_percentage": True,
                "contribution": {
                    "type": "tiered",
                    "value": [{"rate": "100", "threshold": "3"}, {"rate": "50", "threshold": "5"}],
                },
            },
            "8",
            "4",
        ),
        (
            {
                "employee_deduction": "4",
                "deduct_as_percentage": True,
                "contribution": {
                    "type": "tiered",
                    "value": [{"rate": "100", "threshold": "3"}, {"rate": "50", "threshold": "5"}],
                },
            },
            "4",
            "3.5",
        ),
    ],
)
def test_percentages_matches_and_tiers_are_shares_of_pay(
    payday: Payday, body: Any, deduction: str, contribution: str
) -> None:
    payday.give(K401, **body)
    ((deducted, added),) = payday.amounts()
    assert deducted == payday.share(deduction)
    assert abs(Decimal(added) - Decimal(payday.share(contribution))) <= Decimal("0.01")


def test_a_benefit_counts_on_check_dates_within_its_days(payday: Payday) -> None:
    check_date = payday.show()["check_date"]
    row = payday.give(BUS, employee_deduction="10", effective_date=check_date, expiration_date=check_date)
    assert payday.amounts() == [("10.00", "0.00")]
    path = f"/v1/employee_benefits/{row['uuid']}"
    row = payday.call(
        "PUT", path, version=row["version"], effective_date="2000-01-01", expiration_date="2026-10-20"
    )
    assert payday.amounts() == []
    row = payday.call("PUT", path, version=row["version"], expiration_date=None, active=False)
    assert payday.amounts() == []


def test_an_off_cycle_payroll_takes_percentages_alone_and_nothing_when_told_so(payday: Payday) -> None:
    payday.give(BUS, employee_deduction="10", contribution={"type": "amount", "value": "10"})
    payday.give(K401, employee_deduction="10", deduct_as_percentage=True)
    extra = payday.gusto.admin.create_off_cycle_payroll(
        payday.company, reason="Bonus", start=date(2026, 10, 20), end=date(2026, 10, 20)
    )
    path = f"/v1/companies/{payday.company}/payrolls/{extra}"
    prepared = payday.gusto.call("PUT", f"{path}/prepare", payday.token).json()
    row = next(each for each in prepared["employee_compensations"] if each["employee_uuid"] == payday.person)
    job = row["hourly_compensations"][0]["job_uuid"]
    bonus = {"name": "Bonus", "amount": "1000", "job_uuid": job}
    change = {"employee_uuid": payday.person, "version": row["version"], "fixed_compensations": [bonus]}
    payday.call("PUT", path, employee_compensations=[change])
    assert payday.amounts(extra) == [("0.00", "0.00"), ("100.00", "0.00")]
    payday.call("PUT", path, employee_compensations=[], skip_regular_deductions=True)
    assert payday.amounts(extra) == []


def test_somebody_who_is_left_out_of_a_payroll_pays_nothing(payday: Payday) -> None:
    payday.give(BUS, employee_deduction="10", contribution={"type": "amount", "value": "10"})
    path = f"/v1/companies/{payday.company}/payrolls/{payday.payroll}"
    version = payday.gusto.call("PUT", f"{path}/prepare", payday.token).json()["employee_compensations"]
    row = next(each for each in version if each["employee_uuid"] == payday.person)
    change = {"employee_uuid": payday.person, "version": row["version"], "excluded": True}
    payday.call("PUT", path, employee_compensations=[change])
    assert payday.amounts() == [("0.00", "0.00")]


def test_nobody_pays_more_than_they_earned(payday: Payday) -> None:
    payday.give(BUS, employee_deduction="999999")
    payday.give(HSA, employee_deduction="5", limit_option="Family")
    assert [each[0] for each in payday.amounts()] == [str(payday.gross), "0.00"]
    assert payday.row()["net_pay"] == "0.00"


# -- limits ----------------------------------------------------------------------------------------------


def test_agreed_maxima_of_a_year_are_kept_and_begin_again(payday: Payday) -> None:
    payday.give(
        BUS,
        employee_deduction="60",
        employee_deduction_annual_maximum="100",
        contribution={"type": "amount", "value": "50"},
        company_contribution_annual_maximum="70",
    )
    payrolls = [
        each.uuid
        for each in payday.gusto.admin.payrolls(payday.company)
        if not each.is_processed and not each.is_off_cycle
    ]
    seen = []
    for each in payrolls[:3]:
        seen += payday.amounts(each)
        payday.gusto.admin.run_payroll(payday.company, each)
    assert seen == [("60.00", "50.00"), ("40.00", "20.00"), ("0.00", "0.00")]
    next_year = next(
        each for each in payday.gusto.admin.payrolls(payday.company) if each.check_date.year == YEAR + 1
    )
    assert payday.amounts(next_year.uuid) == [("60.00", "50.00")]


def put_elsewhere(payday: Payday, amount: str, kind: int = K401) -> None:
    payday.call(
        "POST",
        f"/v1/employees/{payday.person}/ytd_benefit_amounts_from_different_company",
        benefit_type=kind,
        tax_year=YEAR,
        ytd_employee_deduction_amount=amount,
        ytd_company_contribution_amount="0",
    )


@pytest.mark.parametrize("kind", [K401, ROTH])
def test_what_was_deferred_elsewhere_counts_against_what_the_law_allows(payday: Payday, kind: int) -> None:
    payday.give(kind, employee_deduction="100")
    assert payday.amounts() == [("100.00", "0.00")]
    put_elsewhere(payday, "24460")
    assert payday.amounts() == [("40.00", "0.00")]
    put_elsewhere(payday, "30000")
    assert payday.amounts() == [("0.00", "0.00")]


@pytest.mark.parametrize(
    ("born", "elsewhere", "expected"),
    [
        (1977, "24450", "50.00"),
        (1976, "24450", "100.00"),
        (1976, "32450", "50.00"),
        (1966, "35700", "50.00"),
        (1963, "35700", "50.00"),
        (1962, "32450", "50.00"),
        (1962, "35700", "0.00"),
    ],
)
def test_a_catch_up_goes_by_age(payday: Payday, born: int, elsewhere: str, expected: str) -> None:
    payday.gusto.admin.change_employee(payday.company, payday.person, date_of_birth=f"{born}-12-31")
    payday.give(K401, employee_deduction="100", catch_up=True)
    put_elsewhere(payday, elsewhere)
    assert payday.amounts() == [(expected, "0.00")]


def test_a_high_earner_catches_up_after_taxes_alone(payday: Payday) -> None:
    payday.gusto.admin.change_employee(payday.company, payday.person, date_of_birth="1970-01-01")
    row = payday.give(K401, employee_deduction="100", catch_up=True)
    put_elsewhere(payday, "24500")
    assert payday.amounts() == [("100.00", "0.00")]
    statuses = f"/v1/employees/{payday.person}/section603_high_earner_statuses"
    payday.call("POST", statuses, effective_year=YEAR - 1, is_high_earner=True)
    assert payday.amounts() == [("100.00", "0.00")]
    payday.call("POST", statuses, effective_year=YEAR, is_high_earner=True)
    assert payday.amounts() == [("0.00", "0.00")]
    benefit = f"/v1/company_benefits/{row['company_benefit_uuid']}"
    version = payday.call("GET", benefit)["version"]
    payday.call("PUT", benefit, version=version, catch_up_type="deemed")
    assert payday.amounts() == [("100.00", "0.00")]
    payday.call("PUT", benefit, version=payday.call("GET", benefit)["version"], catch_up_type="elective")
    assert payday.amounts() == [("0.00", "0.00")]
    payday.call("PATCH", f"{statuses}/{YEAR}", is_high_earner=False)
    assert payday.amounts() == [("100.00", "0.00")]


# -- contribution exclusions -----------------------------------------------------------------------------


def test_excluded_earnings_count_for_no_percentage(payday: Payday) -> None:
    row = payday.give(K401, employee_deduction="10", deduct_as_percentage=True)
    path = f"/v1/company_benefits/{row['company_benefit_uuid']}/contribution_exclusions"
    listed = payday.call("GET", path)
    assert {each["excluded"] for each in listed} == {False}
    assert {"Bonus", "Commission", "Overtime", "Regular Hours"} <= {
        each["contribution_type"] for each in listed
    }
    assert len({each["contribution_uuid"] for each in listed}) == len(listed)
    regular = next(each for each in listed if each["contribution_type"] == "Regular Hours")
    answer = payday.call("PUT", path, contribution_exclusions=[{**regular, "excluded": True}])
    assert [each for each in answer if each["excluded"]] == [{**regular, "excluded": True}]
    assert payday.call("GET", path) == answer
    assert payday.gusto.told()[-1] == ("company_benefit.updated", row["company_benefit_uuid"])
    assert payday.amounts() == [("0.00", "0.00")]
    payday.call("PUT", path, contribution_exclusions=[{**regular, "excluded": False}])
    assert payday.amounts() == [(payday.share("10"), "0.00")]


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (None, "Expected contribution_exclusions array of hashes."),
        ("x", "Expected contribution_exclusions array of hashes."),
        (
            [
                {
                    "contribution_uuid": "00000000-0000-4000-8000-000000000000",
                    "contribution_type": "Bonus",
                    "excluded": True,
                }
            ],
            "Contribution exclusions must be contribution types of the company",
        ),
    ],
)
def test_wrong_exclusions_are_422_and_change_nothing(payday: Payday, sent: Any, message: str) -> None:
    row = payday.give(K401, employee_deduction="10")
    path = f"/v1/company_benefits/{row['company_benefit_uuid']}/contribution_exclusions"
    before = payday.call("GET", path)
    answer = payday.gusto.call("PUT", path, payday.token, json={"contribution_exclusions": sent})
    assert answer.status_code == 422
    error = payday.gusto.error(answer)
    assert (error["error_key"], error["message"]) == ("contribution_exclusions", message)
    assert payday.call("GET", path) == before


def test_only_a_401k_has_exclusions(payday: Payday) -> None:
    row = payday.give(BUS, employee_deduction="10")
    path = f"/v1/company_benefits/{row['company_benefit_uuid']}/contribution_exclusions"
    assert payday.gusto.get(path, payday.token).status_code == 404
    body = {"contribution_exclusions": []}
    assert payday.gusto.call("PUT", path, payday.token, json=body).status_code == 404


# -- afterwards ------------------------------------------------------------------------------------------


def test_a_summary_adds_up_what_processed_payrolls_took_and_added(payday: Payday) -> None:
    row = payday.give(BUS, employee_deduction="60", contribution={"type": "amount", "value": "20"})
    payday.give(BUS, employee_deduction="1")
    path = f"/v1/company_benefits/{row['company_benefit_uuid']}/summary"
    query = {"start_date": "2026-01-01", "end_date": "2026-12-31"}
    empty = payday.gusto.get(path, payday.token, params=query).json()
    assert (empty["company_benefit_deduction"], empty["employees"]) == ("0.00", [])
    payrolls = [each for each in payday.gusto.admin.payrolls(payday.company) if not each.is_processed]
    regular = [each for each in payrolls if not each.is_off_cycle][:2]
    payday.show()
    for each in regular:
        payday.gusto.admin.run_payroll(payday.company, each.uuid)
    found = payday.gusto.get(path, payday.token, params={**query, "detailed": "true"}).json()
    assert (found["company_benefit_deduction"], found["company_benefit_contribution"]) == ("120.00", "40.00")
    assert (found["start_date"], found["end_date"], found["description"]) == (*query.values(), "Plan 10")
    (person,) = found["employees"]
    assert (person["uuid"], person["benefit_deduction"]) == (payday.person, "122.00")
    assert [
        (each["payroll_uuid"], each["company_benefit_deduction"]) for each in person["payroll_benefits"]
    ] == [(each.uuid, "60.00") for each in regular]
    assert person["payroll_benefits"][0]["payroll_type"] == "Regular"
    assert person["payroll_benefits"][0]["pay_period"]["start_date"] == regular[0].start.isoformat()
    plain = payday.gusto.get(path, payday.token, params=query).json()
    assert "payroll_benefits" not in plain["employees"][0]
    one = {"start_date": "2026-01-01", "end_date": regular[0].check_date.isoformat()}
    assert payday.gusto.get(path, payday.token, params=one).json()["company_benefit_deduction"] == "60.00"
    today = payday.gusto.get(path, payday.token, params={"end_date": "nonsense"}).json()
    assert (today["start_date"], today["end_date"]) == ("2026-01-01", "2026-10-20")


def test_past_payrolls_of_a_larger_company_have_benefits(open_gusto: Callable[..., Any]) -> None:
    gusto = open_gusto(people=12, scopes=SCOPES)
    token = gusto.partner()
    rows = gusto.get(f"/v1/companies/{gusto.company}/company_benefits", token).json()
    savings = next(each["uuid"] for each in rows if each["benefit_type"] == K401)
    summary = gusto.get(f"/v1/company_benefits/{savings}/summary", token, params={"detailed": "true"}).json()
    assert Decimal(summary["company_benefit_deduction"]) > 0
    assert (
        0 < Decimal(summary["company_benefit_contribution"]) < Decimal(summary["company_benefit_deduction"])
    )
    off_cycle = [
        each
        for person in summary["employees"]
        for each in person["payroll_benefits"]
        if each["payroll_type"] == "Bonus"
    ]
    assert off_cycle
    assert off_cycle[0]["pay_period"] == {"start_date": None, "end_date": None}
    past = summary["employees"][0]["payroll_benefits"][0]["payroll_uuid"]
    path = f"/v1/companies/{gusto.company}/payrolls/{past}"
    shown = gusto.get(path, token, params={"include": "benefits,totals"}).json()
    deducted = sum(
        Decimal(each["employee_deduction"])
        for row in shown["employee_compensations"]
        for each in row["benefits"]
    )
    assert Decimal(shown["totals"]["employee_benefits_deductions"]) == deducted > 0


def test_a_payroll_shows_benefits_to_whoever_may_know_of_them(payday: Payday) -> None:
    payday.give(MEDICAL, employee_deduction="10")
    payday.give(BUS, employee_deduction="20")
    names = [each["name"] for each in payday.row()["benefits"]]
    assert names == ["Plan 1", "Plan 10"]
    plain = payday.gusto.partner("payrolls:read", "employee_benefits:read")
    assert [each["name"] for each in payday.row(token=plain)["benefits"]] == ["Plan 10"]
    none = payday.gusto.partner("payrolls:read")
    assert "benefits" not in payday.row(token=none)


def test_the_ledger_of_a_payroll_with_benefits_balances(payday: Payday) -> None:
    payday.give(BUS, employee_deduction="100", contribution={"type": "amount", "value": "30"})
    payday.show()
    payday.gusto.admin.run_payroll(payday.company, payday.payroll)
    company = payday.gusto.world.companies[payday.company]
    ledger: Any = make_ledger(company, company.payrolls[payday.payroll], "default")
    rows = ledger[0]["rows"]
    debited, credited = (sum(Decimal(row[side] or 0) for row in rows) for side in (2, 3))
    assert debited == credited
    assert ["Liability", "Benefits", None, "130.00"] in rows
    assert ["Expense", "Company contributions to benefits", "30.00", None] in rows
