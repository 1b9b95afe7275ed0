"""Every event that Gusto documents is told by what the table says, and none is told that it does not name."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from partner_qa.contract.catalogue import load_contract
from partner_qa.errors import HarnessBug
from partner_qa.sandbox.event_names import list_documented

TODAY = date(2026, 10, 20)
HOME = {"street_1": "7 Way", "city": "Boise", "state": "ID", "zip": "83702"}
K401 = 5


class Story:
    """A connected company of 30 people with every scope, in which each chapter does its acts."""

    def __init__(self, gusto: Any) -> None:
        self.gusto, self.admin, self.company = gusto, gusto.admin, gusto.company
        self.token = gusto.partner()
        self.kept = gusto.world.companies[gusto.company]

    def do(self, method: str, path: str, **body: Any) -> Any:
        rest = {"json": body} if body else {}
        answer = self.gusto.call(
            method, path.replace("…", f"/v1/companies/{self.company}"), self.token, **rest
        )
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def employee(self) -> Any:
        """Return somebody who is here to stay, with one job."""
        return next(
            each for each in self.admin.people(self.company) if each["onboarded"] and not each["terminations"]
        )

    def bank_accounts(self) -> None:
        desk, contractor = self.admin.bank_desk, next(iter(self.kept.contractors))
        for owner in (self.company, self.employee()["uuid"], contractor):
            account = desk.add(self.company, owner)
            desk.change(self.company, owner, account)
            if owner == self.company:
                desk.verify(self.company, account)
            desk.remove(self.company, owner, account)

    def companies(self) -> None:
        desk = self.admin.company_desk
        self.do("PUT", "…", contractor_only=False)
        desk.finish_onboarding(self.company)
        desk.question_approval(self.company)
        desk.refuse_approval(self.company)
        desk.approve(self.company)
        desk.suspend(self.company)
        desk.lift_suspension(self.company)
        desk.mark(self.company, "high_risk")
        desk.mark(self.company, "marijuana")
        self.admin.disconnect(self.company)

    def company_benefits(self) -> None:
        made = self.do("POST", "…/company_benefits", benefit_type=K401, description="Plan")
        path = f"/v1/company_benefits/{made['uuid']}"
        self.do("PUT", path, version=made["version"], description="Other")
        self.do("DELETE", path)

    def contractors(self) -> None:
        desk, day = self.admin.contractors, TODAY + timedelta(days=1)
        body = {"type": "Individual", "wage_type": "Fixed", "first_name": "A", "last_name": "B"}
        start = {"start_date": "2026-10-01", "email": "a@b.example", "self_onboarding": True}
        one = self.do("POST", "…/contractors", **body, **start)
        two = self.do("POST", "…/contractors", **body, start_date="2026-10-01")
        desk.delete(self.company, two["uuid"])
        self.do("PUT", f"/v1/contractors/{one['uuid']}", version=one["version"], first_name="C")
        desk.complete_self_onboarding(self.company, one["uuid"])
        desk.finish(self.company, one["uuid"])
        account = self.admin.bank_desk.add(self.company, one["uuid"])
        self.admin.bank_desk.remove(self.company, one["uuid"], account)
        desk.dismiss(self.company, one["uuid"], day)
        desk.cancel_dismissal(self.company, one["uuid"])
        desk.dismiss(self.company, one["uuid"], TODAY)
        self.admin.move_days(1)
        desk.rehire(self.company, one["uuid"], day + timedelta(days=5))
        desk.cancel_rehire(self.company, one["uuid"])
        desk.rehire(self.company, one["uuid"], day + timedelta(days=1))
        self.admin.move_days(1)

    def contractor_payments(self) -> None:
        contractor = next(key for key, each in self.kept.contractors.items() if each["payment_method"])
        day = TODAY + timedelta(days=9)
        payment = self.admin.contractors.pay(self.company, contractor, day, wage="100.00")
        self.admin.contractors.cancel_payment(self.company, payment)

    def employees(self) -> None:
        desk, place = self.admin.onboarding_desk, next(iter(self.kept.locations))
        body = {"last_name": "Ng", "date_of_birth": "1990-01-31"}
        invited = self.do(
            "POST", "…/employees", **body, first_name="A", email="a@b.example", self_onboarding=True
        )
        other = self.do("POST", "…/employees", **body, first_name="B")
        self.do("DELETE", f"/v1/employees/{other['uuid']}")
        path = f"/v1/employees/{invited['uuid']}"
        self.do("PUT", path, version=invited["version"], first_name="C")
        desk.complete_self_onboarding(self.company, invited["uuid"])
        desk.finish(self.company, invited["uuid"])
        account = self.admin.bank_desk.add(self.company, invited["uuid"])
        self.admin.bank_desk.remove(self.company, invited["uuid"], account)
        person, day = invited["uuid"], TODAY + timedelta(days=1)
        self.admin.dismiss(self.company, person, day)
        self.admin.cancel_dismissal(self.company, person)
        self.admin.dismiss(self.company, person, day)
        self.admin.move_days(2)
        again = {"effective_date": (day + timedelta(days=3)).isoformat(), "file_new_hire_report": True}
        self.do("POST", f"{path}/rehire", **again, work_location_uuid=place)
        self.do("DELETE", f"{path}/rehire")
        self.admin.rehire(self.company, person, day + timedelta(days=3))
        self.admin.move_days(3)

    def employee_benefits(self) -> None:
        benefit = self.do("POST", "…/company_benefits", benefit_type=K401, description="Plan")["uuid"]
        person = next(iter(self.admin.people(self.company)))["uuid"]
        row = self.do(
            "POST",
            f"/v1/employees/{person}/employee_benefits",
            company_benefit_uuid=benefit,
            employee_deduction="10.00",
            contribution={"type": "amount", "value": "20"},
        )
        path = f"/v1/employee_benefits/{row['uuid']}"
        self.do("PUT", path, version=row["version"], employee_deduction="11.00")
        self.do("DELETE", path)

    def addresses(self, kind: str, **body: Any) -> None:
        person = self.employee()["uuid"]
        made = self.do(
            "POST", f"/v1/employees/{person}/{kind}_addresses", **body, effective_date="2026-12-01"
        )
        path = f"/v1/{kind}_addresses/{made['uuid']}"
        self.do("PUT", path, version=made["version"], effective_date="2026-12-02")
        self.do("DELETE", path)

    def home_addresses(self) -> None:
        self.addresses("home", **HOME)

    def work_addresses(self) -> None:
        self.addresses("work", location_uuid=list(self.kept.locations)[-1])

    def compensations(self) -> None:
        job = next(
            each for each in self.kept.jobs.values() if each["employee_uuid"] == self.employee()["uuid"]
        )
        pay = {"rate": "99999.00", "payment_unit": "Year", "flsa_status": "Exempt"}
        made = self.do("POST", f"/v1/jobs/{job['uuid']}/compensations", **pay, effective_date="2026-12-01")
        path = f"/v1/compensations/{made['uuid']}"
        self.do("PUT", path, version=made["version"], rate="99998.00")
        self.do("DELETE", path)

    def locations(self) -> None:
        made = self.do("POST", "…/locations", **HOME, phone_number="4155550142")
        self.do("PUT", f"/v1/locations/{made['uuid']}", version=made["version"], street_1="8 Way")

    def notifications(self) -> None:
        self.admin.resolve_notification(self.company, self.admin.notify(self.company))

    def payrolls(self) -> None:
        payroll, desk = self.admin.next_payroll(self.company), self.admin.payroll_desk
        self.do("PUT", f"…/payrolls/{payroll}/prepare")
        self.admin.submit_payroll(self.company, payroll)
        self.admin.fail_payroll(self.company, payroll)
        self.admin.run_payroll(self.company, payroll)
        self.admin.cancel_payroll(self.company, payroll)
        self.admin.run_payroll(self.company, payroll)
        rows = next(each.rows for each in self.admin.payrolls(self.company) if each.uuid == payroll)
        desk.reverse(self.company, payroll, [next(iter(rows))])
        desk.reverse(self.company, payroll)
        bonus = self.admin.create_off_cycle_payroll(self.company, reason="Bonus", start=TODAY, end=TODAY)
        desk.delete(self.company, bonus)

    def pay_schedules(self) -> None:
        self.admin.assign_pay_schedules(self.company, "hourly_salaried")
        self.admin.change_pay_schedule(self.company, next(iter(self.kept.pay_schedules)), custom_name="Mine")

    def hours(self) -> dict[str, Any]:
        """Return a time sheet of somebody who is paid by the next payroll."""
        job = next(
            each for each in self.kept.jobs.values() if each["employee_uuid"] == self.employee()["uuid"]
        )
        open_one = self.admin.next_payroll(self.company)
        period = next(each for each in self.admin.payrolls(self.company) if each.uuid == open_one)
        return {
            "entity_type": "Employee",
            "entity_uuid": job["employee_uuid"],
            "job_uuid": job["uuid"],
            "time_zone": "America/New_York",
            "shift_started_at": f"{period.start}T13:00:00Z",
            "shift_ended_at": f"{period.start}T21:00:00Z",
            "entries": [{"pay_classification": "Regular", "hours_worked": 8}],
        }

    def payroll_syncs(self) -> None:
        self.do("POST", "…/time_tracking/time_sheets", **self.hours())
        open_one = self.admin.next_payroll(self.company)
        period = next(each for each in self.admin.payrolls(self.company) if each.uuid == open_one)
        sync = self.do(
            "POST",
            "…/time_tracking/payroll_syncs",
            kind="regular",
            pay_schedule_uuid=period.schedule,
            pay_period_start_date=period.start.isoformat(),
            pay_period_end_date=period.end.isoformat(),
        )
        self.admin.advance_sync(self.company, sync["uuid"])

    def time_off_requests(self) -> None:
        person = self.employee()["uuid"]
        asked = self.admin.request_time_off(self.company, person, {TODAY + timedelta(days=3): Decimal(8)})
        self.admin.approve_time_off(self.company, asked)
        self.admin.delete_time_off(self.company, asked)

    def time_sheet_batches(self) -> None:
        batch = self.do(
            "POST",
            "…/time_tracking/time_sheets_batches",
            idempotency_key="k1",
            time_sheets=[self.hours()],
        )
        deadline = time.monotonic() + 20
        while (
            self.do("GET", f"/v1/time_tracking/time_sheets_batches/{batch['uuid']}")["status"] != "completed"
        ):
            assert time.monotonic() < deadline
            time.sleep(0.02)


CHAPTERS: Mapping[str, Callable[[Story], None]] = {
    "BankAccount": Story.bank_accounts,
    "Company": Story.companies,
    "CompanyBenefit": Story.company_benefits,
    "Contractor": Story.contractors,
    "ContractorPayment": Story.contractor_payments,
    "Employee": Story.employees,
    "EmployeeBenefit": Story.employee_benefits,
    "EmployeeHomeAddress": Story.home_addresses,
    "EmployeeJobCompensation": Story.compensations,
    "EmployeeWorkAddress": Story.work_addresses,
    "Location": Story.locations,
    "Notification": Story.notifications,
    "Payroll": Story.payrolls,
    "PaySchedule": Story.pay_schedules,
    "PayrollSync": Story.payroll_syncs,
    "TimeOffRequest": Story.time_off_requests,
    "TimeSheetsBatch": Story.time_sheet_batches,
}


@pytest.fixture
def story(open_gusto: Callable[..., Any]) -> Story:
    scopes = {scope for each in load_contract().operations for scope in each.scopes}
    # `:benefit_type_limited` takes away
    wide = tuple(sorted(each for each in scopes if not each.endswith("limited")))
    return Story(open_gusto(people=30, scopes=wide, sync_seconds=0.02, guesses_batches=True))


def told_of(story: Story, entity_type: str) -> set[str]:
    every = story.gusto.world.events.list_since(0)
    return {each.event_type for each in every if each.entity_type == entity_type}


@pytest.mark.parametrize("entity_type", list(CHAPTERS))
def test_what_the_table_says_is_told_and_no_more(story: Story, entity_type: str) -> None:
    CHAPTERS[entity_type](story)
    wanted = {
        each.event_type for each in list_documented() if each.entity_type == entity_type and each.told_by
    }
    assert told_of(story, entity_type) == wanted


def test_every_type_whose_events_are_told_has_a_chapter_and_every_other_a_reason() -> None:
    assert set(CHAPTERS) == {each.entity_type for each in list_documented() if each.told_by}
    assert all(bool(each.told_by) != bool(each.untold) for each in list_documented())
    names = [each.event_type for each in list_documented()]
    assert len(names) == len(set(names))


def test_what_nothing_brings_about_can_be_told_by_hand_and_what_is_documented_nowhere_cannot(
    story: Story,
) -> None:
    story.admin.company_desk.tell(story.company, "company.form.signed", "a-form")
    event = story.gusto.world.events.list_since(0)[-1]
    assert (event.event_type, event.entity_type, event.entity_uuid) == (
        "company.form.signed",
        "Form",
        "a-form",
    )
    with pytest.raises(HarnessBug, match=r"no event company\.painted"):
        story.admin.company_desk.tell(story.company, "company.painted")


def test_a_bank_account_event_says_whose_it_is(story: Story) -> None:
    person = story.employee()["uuid"]
    account = story.admin.bank_desk.add(story.company, person)
    shown = next(
        each.to_json() for each in story.gusto.world.events.list_since(0) if each.entity_uuid == account
    )
    assert shown["references"] == {"employee_uuid": person}
    assert "references" not in story.gusto.world.events.list_since(0)[0].to_json()


def test_who_was_hired_by_an_application_is_paid_once_an_admin_completed_them(story: Story) -> None:
    body = {"first_name": "A", "last_name": "Ng", "date_of_birth": "1990-01-31"}
    person = story.do("POST", "…/employees", **body)["uuid"]
    payroll = story.admin.next_payroll(story.company)
    path = f"…/payrolls/{payroll}/prepare?per=100"
    assert person not in [each["employee_uuid"] for each in story.do("PUT", path)["employee_compensations"]]
    story.admin.onboarding_desk.finish(story.company, person, title="Smith", rate="31.00")
    shown = story.do("GET", f"/v1/employees/{person}")
    assert (shown["onboarded"], shown["onboarding_status"]) == (True, "onboarding_completed")
    assert (shown["title"], shown["jobs"][0]["rate"]) == ("Smith", "31.00")
    assert len(story.do("GET", f"/v1/employees/{person}/work_addresses")) == 1
    assert person in [each["employee_uuid"] for each in story.do("PUT", path)["employee_compensations"]]
    with pytest.raises(HarnessBug, match="who is being onboarded"):
        story.admin.onboarding_desk.finish(story.company, person)


def test_a_bank_account_decides_how_somebody_is_paid(story: Story) -> None:
    contractor = next(
        key for key, each in story.kept.contractors.items() if each["payment_method"] == "Check"
    )
    first = story.admin.bank_desk.add(story.company, contractor)
    second = story.admin.bank_desk.add(story.company, contractor)
    path = f"…/contractors/payment_details?contractor_uuid={contractor}"
    (shown,) = story.do("GET", path)
    assert (shown["payment_method"], shown["split_by"]) == ("Direct Deposit", "Amount")
    assert [each["bank_account_uuid"] for each in shown["splits"]] == [first, second]
    for account in story.admin.bank_desk.list(story.company, contractor):
        story.admin.bank_desk.remove(story.company, contractor, account)
    (shown,) = story.do("GET", path)
    assert (shown["payment_method"], shown["splits"]) == ("Check", None)
    with pytest.raises(HarnessBug, match="has no bank account"):
        story.admin.bank_desk.change(story.company, contractor, first)


def test_a_suspension_begins_on_its_day_and_can_be_lifted_before(story: Story) -> None:
    desk, shown = story.admin.company_desk, lambda: story.do("GET", "…")
    desk.suspend(story.company, start=TODAY + timedelta(days=2))
    assert (shown()["is_suspended"], shown()["company_status"]) == (False, "Approved")
    assert "company.suspended_effective" not in told_of(story, "Company")
    desk.lift_suspension(story.company)
    story.admin.move_days(2)
    assert shown()["is_suspended"] is False
    desk.suspend(story.company, start=TODAY + timedelta(days=4))
    story.admin.move_days(3)
    assert (shown()["is_suspended"], shown()["company_status"]) == (True, "Suspended")
    assert "company.suspended_effective" in told_of(story, "Company")
    desk.lift_suspension(story.company)
    assert shown()["company_status"] == "Approved"


def test_a_company_that_is_not_approved_writes_no_payroll(story: Story) -> None:
    payroll = story.admin.next_payroll(story.company)
    story.admin.company_desk.refuse_approval(story.company)
    path = f"/v1/companies/{story.company}/payrolls/{payroll}/prepare"
    refused = story.gusto.call("PUT", path, story.token)
    assert refused.status_code == 422
    assert story.gusto.error(refused)["message"].startswith("Payroll is currently blocked")
    with pytest.raises(HarnessBug, match="is not approved"):
        story.admin.company_desk.question_approval(story.company)
    story.admin.company_desk.approve(story.company)
    assert story.gusto.call("PUT", path, story.token).status_code == 200


def test_a_reversal_is_a_payroll_of_gustos_own_and_nobody_is_reversed_twice(story: Story) -> None:
    payroll, desk = story.admin.next_payroll(story.company), story.admin.payroll_desk
    with pytest.raises(HarnessBug, match="was not processed yet"):
        desk.reverse(story.company, payroll)
    story.admin.run_payroll(story.company, payroll)
    person = next(iter(next(e.rows for e in story.admin.payrolls(story.company) if e.uuid == payroll)))
    reversal = desk.reverse(story.company, payroll, [person])
    with pytest.raises(HarnessBug, match="reversed already"):
        desk.reverse(story.company, payroll, [person])
    shown = story.do("GET", f"…/payrolls/{reversal}")
    assert (shown["off_cycle"], shown["off_cycle_reason"], shown["processed"]) == (True, "Reversal", False)
    refused = story.gusto.call(
        "PUT", f"/v1/companies/{story.company}/payrolls/{reversal}/prepare", story.token
    )
    assert story.gusto.error(refused)["message"].endswith("It is reserved for system processes.")


def test_a_locked_payroll_refuses_so_many_updates_and_takes_the_same_one_then(story: Story) -> None:
    payroll = story.admin.next_payroll(story.company)
    row = story.do("PUT", f"…/payrolls/{payroll}/prepare")["employee_compensations"][0]
    item = {"employee_uuid": row["employee_uuid"], "version": row["version"], "memo": "Thanks"}
    body = {"employee_compensations": [item]}
    path = f"/v1/companies/{story.company}/payrolls/{payroll}"
    story.admin.payroll_desk.lock(story.company, payroll, 2)
    for _ in range(2):
        refused = story.gusto.call("PUT", path, story.token, json=body)
        assert refused.status_code == 409
        assert story.gusto.error(refused)["category"] == "invalid_operation"
    assert story.gusto.call("PUT", path, story.token, json=body).status_code == 200


@pytest.mark.parametrize("reason", ["regular", "processed"])
def test_a_payroll_that_stays_cannot_be_deleted(story: Story, reason: str) -> None:
    payroll = story.admin.next_payroll(story.company)
    if reason == "processed":
        payroll = story.admin.create_off_cycle_payroll(story.company, reason="Bonus", start=TODAY, end=TODAY)
        story.admin.run_payroll(story.company, payroll)
    with pytest.raises(HarnessBug, match=reason):
        story.admin.payroll_desk.delete(story.company, payroll)
