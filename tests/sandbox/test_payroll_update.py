"""What an update of a payroll can say, over HTTP: written, kept by the next prepare, refused whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

SCOPES = ("payrolls:read", "payrolls:write", "employees:read")
NOBODY = "11111111-1111-4111-8111-111111111111"
TODAY = date(2026, 10, 20)


class Bench:
    """A prepared payroll: `hourly` and `salaried` are rows of two people on it."""

    def __init__(self, gusto: Any) -> None:
        self.gusto = gusto
        self.token = gusto.partner()
        self.payroll = gusto.admin.next_payroll(gusto.company)
        people = self.prepare()
        self.hourly = next(
            row
            for row in people.values()
            if len(row["hourly_compensations"]) == 3 and row["hourly_compensations"][0]["hours"] == "0.000"
        )
        self.salaried = next(
            row
            for row in people.values()
            if row["hourly_compensations"][0]["hours"] == "80.000" and not row["reimbursements"]
        )

    @property
    def path(self) -> str:
        return f"/v1/companies/{self.gusto.company}/payrolls/{self.payroll}"

    def prepare(self) -> Any:
        answer = self.gusto.call("PUT", f"{self.path}/prepare", self.token, params={"per": 100})
        return {each["employee_uuid"]: each for each in answer.json()["employee_compensations"]}

    def send(self, *items: Any, **options: Any) -> Any:
        body = {"employee_compensations": list(items), **options}
        return self.gusto.call("PUT", self.path, self.token, json=body)

    def item(self, row: Any, **fields: Any) -> Any:
        return {"employee_uuid": row["employee_uuid"], "version": row["version"], **fields}

    def job(self, row: Any) -> str:
        return str(row["hourly_compensations"][0]["job_uuid"])

    def write(self, row: Any, **fields: Any) -> Any:
        answer = self.send(self.item(row, **fields))
        assert answer.status_code == 200, answer.text
        (after,) = answer.json()["employee_compensations"]
        return after


@pytest.fixture
def bench(open_gusto: Callable[..., Any]) -> Bench:
    return Bench(open_gusto(people=30, scopes=SCOPES))


def test_hours_are_replaced_priced_kept_and_told(bench: Bench) -> None:
    job = bench.job(bench.hourly)
    hours = [{"name": "Regular Hours", "hours": "40", "job_uuid": job}]
    overtime = [{"name": "Overtime", "hours": "2.5", "job_uuid": job}]
    first = bench.write(bench.hourly, hourly_compensations=hours)
    assert first["version"] != bench.hourly["version"]
    second = bench.write(first, hourly_compensations=overtime)
    regular, extra, double = second["hourly_compensations"]
    assert [each["hours"] for each in (regular, extra, double)] == ["40.000", "2.500", "0.000"]
    rate = float(regular["amount"]) / 40
    assert float(extra["amount"]) == pytest.approx(rate * 2.5 * 1.5, abs=0.01)
    again = bench.write(second, hourly_compensations=[{**hours[0], "hours": "0"}])
    assert again["hourly_compensations"][0]["hours"] == "0.000"
    assert bench.prepare()[again["employee_uuid"]] == again
    assert bench.gusto.told()[-1] == ("payroll.updated", bench.payroll)


def test_only_the_people_of_the_update_are_answered(bench: Bench) -> None:
    answer = bench.send(bench.item(bench.salaried, memo="a"), bench.item(bench.hourly, memo="b"))
    memos = {each["employee_uuid"]: each["memo"] for each in answer.json()["employee_compensations"]}
    assert memos == {bench.salaried["employee_uuid"]: "a", bench.hourly["employee_uuid"]: "b"}
    after = bench.prepare()
    assert {uuid for uuid, row in after.items() if row["memo"]} == set(memos)


def test_fixed_pay_is_known_by_name_and_job_and_nothing_is_shown_as_nothing(bench: Bench) -> None:
    job = bench.job(bench.salaried)
    bonus = {"name": "Bonus", "amount": "100", "job_uuid": job}
    first = bench.write(bench.salaried, fixed_compensations=[bonus, {**bonus, "name": "Severance"}])
    assert [(each["name"], each["amount"]) for each in first["fixed_compensations"]] == [
        ("Bonus", "100.00"),
        ("Severance", "100.00"),
    ]
    zero = [{**bonus, "amount": "0"}, {**bonus, "name": "Severance", "amount": "0"}]
    second = bench.write(first, fixed_compensations=zero)
    assert [(each["name"], each["amount"]) for each in second["fixed_compensations"]] == [
        ("Severance", "0.00")
    ]


def test_a_custom_earning_type_can_be_paid_while_it_is_active(bench: Bench) -> None:
    types = f"/v1/companies/{bench.gusto.company}/earning_types"
    gym = bench.gusto.call("POST", types, bench.token, json={"name": "Gym"}).json()
    paid = [{"name": "Gym", "amount": "30.00", "job_uuid": bench.job(bench.salaried)}]
    after = bench.write(bench.salaried, fixed_compensations=paid)
    assert after["fixed_compensations"] == paid
    bench.gusto.call("DELETE", f"{types}/{gym['uuid']}", bench.token)
    assert bench.send(bench.item(after, fixed_compensations=paid)).status_code == 422


def test_reimbursements_are_added_each_time_and_replaced_by_uuid(bench: Bench) -> None:
    lunch = {"amount": "12.5", "description": "Lunch"}
    first = bench.write(bench.salaried, reimbursements=[lunch])
    second = bench.write(first, reimbursements=[lunch])
    assert [each["amount"] for each in second["reimbursements"]] == ["12.50", "12.50"]
    one = second["reimbursements"][0]["uuid"]
    third = bench.write(second, reimbursements=[{"uuid": one, "amount": "3.00"}])
    assert [(each["amount"], each["description"]) for each in third["reimbursements"]] == [
        ("3.00", "Lunch"),
        ("12.50", "Lunch"),
    ]
    bench.gusto.admin.run_payroll(bench.gusto.company, bench.payroll)
    shown = bench.gusto.get(bench.path, bench.token, params={"include": "totals", "per": 100}).json()
    every = [each for row in shown["employee_compensations"] for each in row["reimbursements"]]
    assert Decimal(shown["totals"]["reimbursements"]) == sum(Decimal(each["amount"]) for each in every)
    paid = next(
        row for row in shown["employee_compensations"] if row["employee_uuid"] == third["employee_uuid"]
    )
    assert Decimal(paid["check_amount"]) - Decimal(paid["net_pay"]) == Decimal("15.50")


def test_a_recurring_reimbursement_comes_by_itself_and_can_be_changed_for_once(bench: Bench) -> None:
    table = bench.gusto.world.companies[bench.gusto.company].recurring_reimbursements
    people = bench.prepare()
    kept = next(each for each in table.values() if each["employee_uuid"] in people)
    row = people[kept["employee_uuid"]]
    assert row["reimbursements"] == [
        {
            "uuid": kept["uuid"],
            "amount": kept["amount"],
            "description": kept["description"],
            "recurring": True,
        }
    ]
    after = bench.write(row, reimbursements=[{"uuid": kept["uuid"], "amount": "1.00"}])
    assert [each["amount"] for each in after["reimbursements"]] == ["1.00"]
    assert bench.prepare()[row["employee_uuid"]] == after
    del table[kept["uuid"]]
    assert bench.prepare()[row["employee_uuid"]]["reimbursements"] == []


def test_a_garnishment_is_deducted_while_it_is_active(bench: Bench) -> None:
    table = bench.gusto.world.companies[bench.gusto.company].garnishments
    people = bench.prepare()
    kept = next(each for each in table.values() if each["employee_uuid"] in people)
    uuids = [each["uuid"] for each in people[kept["employee_uuid"]]["deductions"]]
    assert uuids[0] == kept["uuid"]
    kept["active"] = False
    after = bench.prepare()[kept["employee_uuid"]]
    assert [each["uuid"] for each in after["deductions"]] == uuids[1:]
    assert after["version"] != people[kept["employee_uuid"]]["version"]


def test_reimbursements_of_an_off_cycle_payroll_are_fixed_pay(bench: Bench) -> None:
    paid = [{"name": "Reimbursement", "amount": "5.00", "job_uuid": bench.job(bench.salaried)}]
    assert bench.send(bench.item(bench.salaried, fixed_compensations=paid)).status_code == 422
    bench.payroll = bench.gusto.admin.create_off_cycle_payroll(
        bench.gusto.company, reason="Adhoc", start=TODAY, end=TODAY
    )
    row = bench.prepare()[bench.salaried["employee_uuid"]]
    assert bench.write(row, fixed_compensations=paid)["fixed_compensations"] == paid


def test_somebody_can_be_left_out_and_paid_by_check(bench: Bench) -> None:
    direct = next(row for row in bench.prepare().values() if row["payment_method"] == "Direct Deposit")
    after = bench.write(direct, excluded=True, payment_method="Check", memo="unpaid leave")
    assert (after["excluded"], after["payment_method"]) == (True, "Check")
    assert bench.prepare()[after["employee_uuid"]] == after
    bench.gusto.admin.calculate_payroll(bench.gusto.company, bench.payroll)
    shown = bench.gusto.get(bench.path, bench.token, params={"per": 100}).json()["employee_compensations"]
    row = next(each for each in shown if each["employee_uuid"] == after["employee_uuid"])
    assert (row["gross_pay"], row["net_pay"]) == ("0.00", "0.00")
    back = bench.write(after, payment_method="Direct Deposit", excluded=False)
    assert back["payment_method"] == "Direct Deposit"


def test_a_deduction_is_changed_by_uuid_or_by_name(bench: Bench) -> None:
    row = next(
        each
        for each in bench.prepare().values()
        if [deduction["name"] for deduction in each["deductions"]] == ["Parking"]
    )
    uuid = row["deductions"][0]["uuid"]
    first = bench.write(row, deductions=[{"uuid": uuid, "amount": 20}])
    assert first["deductions"][0]["amount"] == 20
    second = bench.write(first, deductions=[{"name": "Parking", "amount": 1, "amount_type": "percent"}])
    assert (second["deductions"][0]["amount"], second["deductions"][0]["amount_type"]) == (1, "percent")
    assert bench.send(bench.item(second, deductions=[{"name": "Boat", "amount": 1}])).status_code == 422
    assert bench.prepare()[row["employee_uuid"]] == second


def test_withholdings_and_options_are_kept(bench: Bench) -> None:
    federal = {"override_type": "one_time", "amount": "10.00", "amount_type": "percent"}
    item = bench.item(bench.salaried, custom_withholdings={"federal": federal})
    answer = bench.send(
        item, withholding_pay_period="Monthly", fixed_withholding_rate=True, skip_regular_deductions=True
    ).json()
    assert answer["employee_compensations"][0]["custom_withholdings"] == {"federal": federal, "state": []}
    shown = bench.gusto.get(bench.path, bench.token).json()
    assert shown["withholding_pay_period"] == "Monthly"
    assert (shown["fixed_withholding_rate"], shown["skip_regular_deductions"]) == (True, True)


def test_an_update_drops_a_calculation(bench: Bench) -> None:
    bench.gusto.admin.calculate_payroll(bench.gusto.company, bench.payroll)
    bench.write(bench.salaried, memo="x")
    assert bench.gusto.get(bench.path, bench.token).json()["calculated_at"] is None


@pytest.mark.parametrize("version", ["stale", None])
def test_a_stale_or_missing_version_is_a_conflict_and_nothing_is_written(
    bench: Bench, version: str | None
) -> None:
    before = bench.prepare()
    bad = {"employee_uuid": bench.hourly["employee_uuid"], "memo": "x"}
    if version is not None:
        bad["version"] = version
    refused = bench.send(bench.item(bench.salaried, memo="y"), bad)
    assert refused.status_code == 409
    assert bench.gusto.error(refused)["category"] == "invalid_resource_version"
    assert bench.prepare() == before


def test_a_version_is_good_once(bench: Bench) -> None:
    bench.write(bench.salaried, memo="x")
    assert bench.send(bench.item(bench.salaried, memo="y")).status_code == 409
    twice = bench.item(bench.hourly, memo="y")
    assert bench.send(twice, twice).status_code == 409


HOURS = "hourly_compensations"
FIXED = "fixed_compensations"


@pytest.mark.parametrize(
    ("field", "entry", "message"),
    [
        (HOURS, {"name": "Regular Hours", "hours": "1"}, "Job uuid is required"),
        (HOURS, {"name": "Regular Hours", "hours": "1", "job_uuid": NOBODY}, "Job uuid is invalid"),
        (HOURS, {"name": "regular hours", "hours": "1", "job_uuid": ""}, "not a valid hourly compensation"),
        (HOURS, {"name": "Regular Hours", "hours": "-1", "job_uuid": ""}, "greater than or equal to 0"),
        (HOURS, {"name": "Regular Hours", "hours": "many", "job_uuid": ""}, "Hours is not a valid number"),
        (HOURS, {"name": "Regular Hours", "hours": "1e3", "job_uuid": ""}, "Hours is not a valid number"),
        (FIXED, {"name": "bonus", "amount": "1", "job_uuid": ""}, "not a valid fixed compensation"),
        (FIXED, {"name": "Bonus", "amount": "1"}, "Job uuid is required"),
        (FIXED, {"name": "Bonus", "amount": "NaN", "job_uuid": ""}, "Amount is not a valid number"),
        ("paid_time_off", {"name": "Vacation Hours", "policy_uuid": NOBODY, "hours": "1"}, "not both"),
        ("paid_time_off", {"hours": "1"}, "not both"),
        ("paid_time_off", {"name": "Lunar Hours", "hours": "1"}, "not valid for this employee"),
        ("reimbursements", {"amount": "-3", "description": "x"}, "greater than or equal to 0"),
        ("reimbursements", {"uuid": NOBODY, "amount": "3"}, "Reimbursement could not be found"),
        ("deductions", {"name": "Boat", "amount": 3}, "Deduction could not be found"),
    ],
)
def test_one_wrong_entry_is_named_and_nothing_is_written(
    bench: Bench, field: str, entry: dict[str, Any], message: str
) -> None:
    if entry.get("job_uuid") == "":
        entry = {**entry, "job_uuid": bench.job(bench.hourly)}
    before = bench.prepare()
    good = bench.item(bench.salaried, memo="good")
    refused = bench.send(good, bench.item(bench.hourly, memo="bad", **{field: [entry]}))
    assert refused.status_code == 422
    outer = bench.gusto.error(refused)
    assert (outer["error_key"], outer["category"]) == ("employee_compensations", "nested_errors")
    assert outer["metadata"] == {"entity_type": "Employee", "entity_uuid": bench.hourly["employee_uuid"]}
    (inner,) = outer["errors"]
    assert inner["error_key"] == field
    assert message in inner["message"]
    assert bench.prepare() == before


def test_the_salaried_exempt_have_no_overtime(bench: Bench) -> None:
    exempt = next(row for row in bench.prepare().values() if len(row["hourly_compensations"]) == 1)
    entry = {"name": "Overtime", "hours": "1", "job_uuid": bench.job(exempt)}
    assert bench.send(bench.item(exempt, hourly_compensations=[entry])).status_code == 422


def test_direct_deposit_needs_a_bank_account(bench: Bench) -> None:
    row = next(each for each in bench.prepare().values() if each["payment_method"] == "Check")
    refused = bench.send(bench.item(row, payment_method="Direct Deposit"))
    assert refused.status_code == 422
    assert bench.gusto.error(refused)["errors"][0]["error_key"] == "payment_method"


def test_strangers_and_too_many_are_refused(bench: Bench) -> None:
    refused = bench.send({"employee_uuid": NOBODY, "version": "x"})
    assert refused.status_code == 422
    assert bench.gusto.error(refused)["message"] == "Invalid Employee UUID(s)."
    refused = bench.send(*[{"employee_uuid": NOBODY, "version": "x"}] * 101)
    assert refused.status_code == 422
    assert bench.gusto.error(refused)["message"] == "Exceeded maximum of 100 for lookup."
    assert bench.gusto.call("PUT", bench.path, bench.token, json={}).status_code == 422


def test_who_is_not_on_the_payroll_has_no_version_to_send(bench: Bench) -> None:
    outside = next(each for each in bench.gusto.admin.people(bench.gusto.company) if not each["onboarded"])
    assert bench.send({"employee_uuid": outside["uuid"], "version": outside["version"]}).status_code == 409
