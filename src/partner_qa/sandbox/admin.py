"""What happens on Gusto's side of the sandbox: an admin's work there, and what a test must see or provoke.

No integration can reach any of it. Safe to call from any thread; what changes something tells the same
events as the operation that would change it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Literal

from partner_qa.errors import HarnessBug, Impossible, NotObserved
from partner_qa.model import Json
from partner_qa.sandbox.bank_accounts import BankDesk
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.company_admin import CompanyDesk, suspend_whoever_is_due
from partner_qa.sandbox.contractor_admin import ContractorAdmin
from partner_qa.sandbox.contractor_work import bring_contractors_to_today
from partner_qa.sandbox.custom_field_admin import CustomFieldAdmin
from partner_qa.sandbox.employee_admin import OnboardingDesk
from partner_qa.sandbox.employees import add_employee, change_employee, remove_employee, tell_departures
from partner_qa.sandbox.employment import Employment, bring_everybody_back
from partner_qa.sandbox.ledger_admin import LedgerAdmin
from partner_qa.sandbox.locking import write
from partner_qa.sandbox.notifications import notify, resolve
from partner_qa.sandbox.oauth_records import Rotation
from partner_qa.sandbox.pay_calendar import Period, shift_working_days
from partner_qa.sandbox.pay_schedules import Assignment, assign_schedules, change_schedule
from partner_qa.sandbox.payroll import Payroll
from partner_qa.sandbox.payroll_desk import PayrollDesk
from partner_qa.sandbox.payroll_opening import open_payrolls
from partner_qa.sandbox.payroll_running import (
    calculate_payroll,
    cancel_payroll,
    create_off_cycle,
    fail_payroll,
    run_payroll,
    submit_payroll,
)
from partner_qa.sandbox.payroll_syncs import begin_sync, finish_sync, start_sync
from partner_qa.sandbox.population import make_company
from partner_qa.sandbox.rehires import hire_again
from partner_qa.sandbox.subscriptions import Subscription, SubscriptionStatus
from partner_qa.sandbox.terminations import call_off, dismiss
from partner_qa.sandbox.time_off_requests import Kind, answer_request, delete_request, request_time_off
from partner_qa.sandbox.tokens import announce_connection, disconnect_company
from partner_qa.sandbox.visitors import company_name
from partner_qa.sandbox.wire import to_time
from partner_qa.sandbox.world import World

_SUBSCRIBE = (
    "actions.subscribe_webhooks in partner.yaml, or webhooks.subscription: preset, "
    "or a POST /v1/webhook_subscriptions when the integration starts"
)
_VERIFY = (
    "PUT /v1/webhook_subscriptions/{uuid}/verify with the verification_token that was posted to its URL; "
    "the uuid is the one that creating the subscription was answered with, and not in that post"
)


class Admin:
    """The verbs of Gusto's side. A company or employee that is not there is our own mistake: `Impossible`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.contractors = ContractorAdmin(world)
        self.payroll_desk = PayrollDesk(world)
        self.ledgers = LedgerAdmin(world)
        self.custom_fields = CustomFieldAdmin(world)
        self.company_desk = CompanyDesk(world)
        self.onboarding_desk = OnboardingDesk(world)
        self.bank_desk = BankDesk(world)

    # -- companies and people ------------------------------------------------------------------------

    def create_company(self, people: int = 12, employees: Sequence[Mapping[str, Json]] | None = None) -> str:
        """Found a company of so many people, or of exactly these, and return its UUID.

        Each of `employees` gives first_name, last_name, email and date_of_birth.
        """
        with self._world.lock:
            return make_company(self._world, people=people, roster=employees).uuid

    def company_name(self, company: str) -> str:
        """Return the name of a company."""
        with self._world.lock:
            return company_name(self._world, self._require(company).uuid)

    def admins(self, company: str) -> list[Record]:
        """Return the admins of a company, the primary one first, as Gusto shows them."""
        with self._world.lock:
            return [dict(each) for each in self._require(company).admins.values()]

    def people(self, company: str) -> list[Record]:
        """Return the employees of a company as Gusto keeps them, in the order in which they came."""
        with self._world.lock:
            return [dict(each) for each in self._require(company).employees.values()]

    def change_employee(self, company: str, employee: str, **fields: Json) -> Record:
        """Change fields of an employee, as somebody would in Gusto; tells `employee.updated`.

        Returns the record afterwards, with its new version.
        """
        with self._world.lock:
            record = self._require_employee(company, employee)
            unknown = sorted(set(fields) - set(record))
            if unknown:
                raise HarnessBug(f"an employee has no {', '.join(unknown)}")
            change_employee(self._world, self._require(company), record, fields)
            return dict(record)

    def add_employee(self, company: str, **fields: Json) -> str:
        """Begin to hire somebody, as an admin would, and return the UUID; tells `employee.created`."""
        with self._world.lock:
            return str(add_employee(self._world, self._require(company), fields)["uuid"])

    def remove_employee(self, company: str, employee: str) -> None:
        """Delete somebody who is still being onboarded; tells `employee.deleted`."""
        with self._world.lock:
            record = self._require(company).employees.get(employee)
            if record is None or record["onboarded"]:
                raise Impossible(f"company {company} has no employee {employee} who is being onboarded")
            remove_employee(self._world, self._require(company), record)

    def dismiss(
        self, company: str, employee: str, last_day: date, *, run_termination_payroll: bool = False
    ) -> None:
        """End somebody's employment on their last day of work; tells `employee.terminated`."""
        with self._world.lock:
            record = self._require_employee(company, employee)
            end: Record = {
                "effective_date": last_day.isoformat(),
                "run_termination_payroll": run_termination_payroll,
            }
            if Employment.of(self._require(company), record, self._world.today).find_termination():
                raise Impossible(f"employee {employee} is leaving or has left already")
            dismiss(self._world, self._require(company), record, end)

    def cancel_dismissal(self, company: str, employee: str) -> None:
        """Take somebody's dismissal back before it is in effect; tells `employee.termination_cancelled`."""
        with self._world.lock:
            found, record = self._require(company), self._require_employee(company, employee)
            employment = Employment.of(found, record, self._world.today)
            termination = employment.find_termination()
            if termination is None or employment.has_ended():
                raise Impossible(f"employee {employee} has no dismissal that could be cancelled")
            call_off(self._world, found, record, termination)

    def rehire(self, company: str, employee: str, first_day: date) -> None:
        """Hire somebody again who has left; tells `employee.rehired`, and that it is in effect."""
        with self._world.lock:
            found, record = self._require(company), self._require_employee(company, employee)
            if not Employment.of(found, record, self._world.today).has_ended():
                raise Impossible(f"employee {employee} has not left")
            given: Record = {
                "effective_date": first_day.isoformat(),
                "work_location_uuid": next(iter(found.locations)),
            }
            hire_again(self._world, found, record, given)

    # -- payday --------------------------------------------------------------------------------------

    def assign_pay_schedules(self, company: str, kind: Assignment) -> None:
        """Let a company pay some people twice per month, by a second schedule, or all by the first again."""
        with self._world.lock:
            if not self._require(company).pay_schedules:
                raise Impossible(f"company {company} has no pay schedule yet")
            assign_schedules(self._world, self._require(company), kind)

    def change_pay_schedule(self, company: str, schedule: str, **fields: Json) -> Record:
        """Change fields of a pay schedule, as somebody would in Gusto; tells `pay_schedule.updated`."""
        with self._world.lock:
            found = self._require(company)
            if schedule not in found.pay_schedules or set(fields) - set(found.pay_schedules[schedule]):
                raise Impossible(f"company {company} has no pay schedule {schedule} with {', '.join(fields)}")
            return dict(change_schedule(self._world, found, schedule, fields))

    def payrolls(self, company: str) -> list[Payroll]:
        """Return the payrolls of a company, as the sandbox keeps them, oldest pay period first."""
        with self._world.lock:
            kept = self._require(company).payrolls.values()
            return sorted((replace(each) for each in kept), key=lambda each: (each.start, each.check_date))

    def next_payroll(self, company: str) -> str:
        """Return the UUID of the regular payroll that is next to run."""
        for each in self.payrolls(company):
            if not each.is_processed and not each.is_off_cycle:
                return each.uuid
        raise Impossible(f"company {company} has no regular payroll to run")

    def calculate_payroll(self, company: str, payroll: str) -> None:
        """Calculate a payroll, as an admin does before submitting it; tells `payroll.calculated`."""
        self._run(calculate_payroll, company, payroll)

    def submit_payroll(self, company: str, payroll: str) -> None:
        """Submit a payroll and leave it in processing, so that it cannot be written for now."""
        self._run(submit_payroll, company, payroll)

    def fail_payroll(self, company: str, payroll: str) -> None:
        """Let a submitted payroll fail; it can be written again."""
        self._run(fail_payroll, company, payroll)

    def run_payroll(self, company: str, payroll: str) -> None:
        """Calculate, submit and process a payroll, which freezes it; tells each step."""
        self._run(run_payroll, company, payroll)

    def cancel_payroll(self, company: str, payroll: str) -> None:
        """Take a processed payroll back before its deadline; tells `payroll.cancelled`."""
        self._run(cancel_payroll, company, payroll)

    def create_off_cycle_payroll(
        self, company: str, *, reason: str, start: date, end: date, people: Collection[str] | None = None
    ) -> str:
        """Make an off-cycle payroll of everybody, or of these, paid a week after `end`; return its UUID."""
        with self._world.lock:
            period = Period(start=start, end=end, check_date=shift_working_days(end, 5))
            found = self._require(company)
            strangers = sorted(set(people or ()) - set(found.employees))
            if strangers:
                raise Impossible(f"company {company} has no employee {', '.join(strangers)}")
            return create_off_cycle(self._world, found, reason=reason, period=period, people=people).uuid

    def set_time_sheet_status(
        self, company: str, sheet: str, status: Literal["pending", "approved", "rejected"]
    ) -> None:
        """Approve or reject a time sheet, or take that back, as an admin does in Gusto."""
        with self._world.lock:
            found = self._require(company).time_sheets.get(sheet)
            if found is None:
                raise Impossible(f"company {company} has no time sheet {sheet}")
            write(found, {"status": status, "updated_at": to_time(self._world.now())})

    def payroll_syncs(self, company: str) -> dict[str, str]:
        """Return the syncs of hours into a company's payrolls, oldest first: UUID → status."""
        with self._world.lock:
            kept = self._require(company).payroll_syncs
            return {uuid: str(each["status"]) for uuid, each in kept.items()}

    def start_payroll_sync(self, company: str, period: Mapping[str, Json]) -> str | None:
        """Begin a sync of a period, named as its POST names it, as an admin does; `None` if refused."""
        with self._world.lock:
            made = start_sync(self._world, self._require(company), period)
            return None if made is None else str(made["uuid"])

    def advance_sync(self, company: str, sync: str) -> str:
        """Take a payroll sync one step further, without waiting for it; return its status."""
        with self._world.lock:
            kept = self._require(company)
            found = kept.payroll_syncs.get(sync)
            if found is None:
                raise Impossible(f"company {company} has no payroll sync {sync}")
            step = begin_sync if found["status"] == "pending" else finish_sync
            step(self._world, kept, found)
            return str(found["status"])

    def request_time_off(
        self, company: str, employee: str, days: Mapping[date, Decimal], kind: Kind = "vacation"
    ) -> str:
        """Let somebody ask for hours off on these days; return the request's UUID."""
        with self._world.lock:
            made = request_time_off(self._world, self._require(company), employee, days, kind)
            return str(made["uuid"])

    def approve_time_off(
        self, company: str, request: str, *, note: str = "", days: Mapping[date, Decimal] | None = None
    ) -> None:
        """Approve time off, for other `days` if given; a payroll pays it. `time_off_request.updated`."""
        with self._world.lock:
            found = self._require_request(company, request)
            answer_request(self._world, self._require(company), found, approves=True, note=note, days=days)

    def decline_time_off(self, company: str, request: str, *, note: str = "") -> None:
        """Decline a request for time off; tells `time_off_request.updated`."""
        with self._world.lock:
            found = self._require_request(company, request)
            answer_request(self._world, self._require(company), found, approves=False, note=note)

    def delete_time_off(self, company: str, request: str) -> None:
        """Take a request for time off back; tells `time_off_request.deleted`."""
        with self._world.lock:
            delete_request(self._world, self._require(company), self._require_request(company, request))

    def _require_request(self, company: str, request: str) -> Record:
        found = self._require(company).time_off_requests.get(request)
        if found is None:
            raise Impossible(f"company {company} has no time off request {request}")
        return found

    def _require_employee(self, company: str, employee: str) -> Record:
        found = self._require(company).employees.get(employee)
        if found is None:
            raise Impossible(f"company {company} has no employee {employee}")
        return found

    def _run(self, step: Callable[[World, Company, Payroll], None], company: str, payroll: str) -> None:
        with self._world.lock:
            found = self._require(company).payrolls.get(payroll)
            if found is None:
                raise Impossible(f"company {company} has no payroll {payroll}")
            step(self._world, self._require(company), found)

    def notify(self, company: str, **given: Json) -> str:
        """Give a company a notification and return its UUID; tells `notification.created`.

        `given` stands instead of a plain one: title, message, category, due_at, resources …
        """
        with self._world.lock:
            return str(notify(self._world, self._require(company), given)["uuid"])

    def resolve_notification(self, company: str, notification: str) -> None:
        """Deal with a notification of a company; tells `notification.resolved`."""
        with self._world.lock:
            found = self._require(company).notifications.get(notification)
            if found is None or found["status"] != "open":
                raise Impossible(f"company {company} has no open notification {notification}")
            resolve(self._world, self._require(company), found)

    # -- access --------------------------------------------------------------------------------------

    def issue_grant(self, company: str, scopes: Iterable[str] | None = None) -> str:
        """Return an access token of the harness's own, with the application's scopes unless others are named.

        It is no connection of the partner's: no rate limit, no event, and a disconnect leaves it alive.
        """
        with self._world.lock:
            issued = self._world.grants.issue_own(
                company=self._require(company).uuid, scopes=None if scopes is None else tuple(scopes)
            )
            return issued.access_token

    def connect(self, company: str, scopes: Iterable[str] | None = None) -> tuple[str, str | None]:
        """Connect the partner to a company without a consent page; return access and refresh token.

        Tells `company.provisioned`, as any connection does.
        """
        with self._world.lock:
            found = self._require(company)
            issued = self._world.grants.issue_to_partner(
                company=company,
                owner=next(iter(found.admins), ""),
                scopes=None if scopes is None else tuple(scopes),
            )
            announce_connection(self._world, company)
            return issued.access_token, issued.refresh_token

    def disconnect(self, company: str) -> int:
        """Remove the application from a company, as its admin can in Gusto; return how many grants ended."""
        with self._world.lock:
            return disconnect_company(self._world, self._require(company).uuid)

    def expire_tokens(self, company: str) -> int:
        """Let the partner's access tokens of a company expire now; return how many there were.

        The refresh tokens stay good.
        """
        with self._world.lock:
            return self._world.grants.expire_access(self._require(company).uuid)

    def set_token_lifetime(self, company: str, seconds: int) -> None:
        """Let the access tokens of a company that are issued from now on live so long."""
        with self._world.lock:
            self._world.grants.set_expires_in(seconds, company=self._require(company).uuid)

    def remove_scope(self, scope: str) -> tuple[str, ...]:
        """Take a scope from the application, as Gusto's partner team does; return those that are left.

        [I] connections made before keep it.
        """
        with self._world.lock:
            scopes = self._world.grants.application.scopes
            if scope not in scopes:
                raise Impossible(f"the application has no scope {scope}")
            self._world.grants.set_scopes(tuple(each for each in scopes if each != scope))
            return self._world.grants.application.scopes

    def set_rotation(self, rotation: Rotation) -> Rotation:
        """Set when a refresh token that was traded in dies; return how it was before."""
        with self._world.lock:
            before, self._world.grants.rotation = self._world.grants.rotation, rotation
            return before

    # -- webhooks ------------------------------------------------------------------------------------

    def add_subscription(self, url: str, types: Iterable[str], token: str) -> Subscription:
        """Add a verified subscription, as somebody would in the Developer Portal; `token` signs it."""
        with self._world.lock:
            return self._world.subscriptions.add_verified(url=url, types=types, token=token)

    def require_subscription(self) -> Subscription:
        """Return the newest verified subscription; raise `NotObserved` with what is missing for one."""
        with self._world.lock:
            current = self._world.subscriptions.current()
        verified = [each for each in current if each.status is SubscriptionStatus.VERIFIED]
        if verified:
            return verified[-1]
        if not current:
            raise NotObserved("the integration has not subscribed to webhooks", missing=(_SUBSCRIBE,))
        newest = current[-1]
        raise NotObserved(
            f"the webhook subscription for {newest.url} is {newest.status}, not verified"
            f"{self._world.subscriptions.explain_verification(newest.uuid)}",
            missing=(_VERIFY,),
        )

    def lose_webhooks(self, lost: bool) -> None:
        """Let every event from now on reach nobody, or everybody again; the list of events has them all."""
        with self._world.lock:
            self._world.subscriptions.loses_events = lost

    def wait_for_deliveries(self, timeout: float) -> bool:
        """Wait until every webhook owed was tried once; say whether that came within `timeout` seconds."""
        return self._world.subscriptions.wait_until_idle(timeout, retries=False)

    # -- time ----------------------------------------------------------------------------------------

    @property
    def today(self) -> date:
        """Return the business day."""
        with self._world.lock:
            return self._world.today

    def move_days(self, days: int) -> None:
        """Move business time forward; tokens, rate limits and signatures do not notice.

        Whoever has left by then is told of (`employee.termination_effective`), whoever is back
        (`employee.rehire_effective`), the companies that are suspended from then
        (`company.suspended_effective`), and the payrolls that have come within reach (`payroll.created`).
        [D] Gusto's demo tells what takes effect on a day at 01:00 Pacific; here it is told, and dated, as the
        day is moved to, for the time of the clock is real.
        """
        with self._world.lock:
            before = self._world.today
            self._world.move_days(days)
            tell_departures(self._world, before)
            bring_everybody_back(self._world, before)
            bring_contractors_to_today(self._world)
            suspend_whoever_is_due(self._world)
            for company in self._world.companies.values():
                self._world.touch(company.uuid)
                open_payrolls(self._world, company)

    def _require(self, company: str) -> Company:
        found = self._world.companies.get(company)
        if found is None:
            raise Impossible(f"the sandbox has no company {company}")
        self._world.touch(company)  # who asks for it here may change it
        return found
