"""How a company stands with Gusto: approved, suspended, marked. `Admin.company_desk` is one.

What Gusto's own staff decides; no integration can reach any of it; safe to call from any thread. [D] the
events and what they mean: https://docs.gusto.com/app-integrations/docs/company-events. What is not there, or
cannot be done now, is our own mistake: `Impossible`.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from partner_qa.errors import Impossible
from partner_qa.sandbox.company import Company
from partner_qa.sandbox.event_names import find_documented
from partner_qa.sandbox.world import World

Mark = Literal["high_risk", "marijuana"]
_APPROVED, _NOT_APPROVED = "Approved", "Not Approved"


class CompanyDesk:
    """The verbs for whole companies. Each takes the UUID of the company."""

    def __init__(self, world: World) -> None:
        self._world = world

    def approve(self, company: str) -> None:
        """Approve a company, which may run payrolls from now on; tells `company.approved`."""
        with self._world.lock:
            self._require(company).profile["company_status"] = _APPROVED
            self._tell(company, "approved")

    def refuse_approval(self, company: str) -> None:
        """Refuse to approve a company, which blocks its payrolls; tells `company.not_approved`."""
        with self._world.lock:
            self._require(company).profile["company_status"] = _NOT_APPROVED
            self._tell(company, "not_approved")

    def question_approval(self, company: str) -> None:
        """Let an approved company need approval again; tells `company.needs_approval`.

        [D] the status was "Approved" and is not any more; [I] it is shown as "Not Approved", for the contract
        has no other word.
        """
        with self._world.lock:
            found = self._require(company)
            if found.profile["company_status"] != _APPROVED:
                raise Impossible(f"company {company} is not approved")
            found.profile["company_status"] = _NOT_APPROVED
            self._tell(company, "needs_approval")

    def finish_onboarding(self, company: str) -> None:
        """Complete the setup of a company; tells `company.onboarded`, and nothing else shows it."""
        with self._world.lock:
            self._require(company)
            self._tell(company, "onboarded")

    def mark(self, company: str, mark: Mark) -> None:
        """Flag a company; tells `company.marked_as_high_risk_business` or the one for marijuana."""
        with self._world.lock:
            self._require(company).profile[f"is_{mark}_business"] = True
            self._tell(company, f"marked_as_{mark}_business")

    def suspend(self, company: str, *, start: date | None = None) -> None:
        """Suspend a company from a day on, today unless another is given; its payrolls are blocked from then.

        Tells `company.suspended` now and `company.suspended_effective` on the day.
        """
        with self._world.lock:
            found = self._require(company)
            found.suspended_from = (start or self._world.today).isoformat()
            self._tell(company, "suspended")
            _suspend_if_due(self._world, found)

    def lift_suspension(self, company: str) -> None:
        """Suspend a company no more, or not as was planned; tells `company.unsuspended`."""
        with self._world.lock:
            found = self._require(company)
            found.profile["is_suspended"], found.suspended_from = False, ""
            self._tell(company, "unsuspended")

    def tell(self, company: str, event_type: str, entity: str | None = None) -> str:
        """Tell an event that Gusto documents, and change nothing else; return its UUID.

        For what nothing in this sandbox brings about, so that a receiver can be tried with it. `entity` is
        a UUID; without one it is the company's own.
        """
        with self._world.lock:
            found = self._require(company)
            known = find_documented(event_type)
            if known is None:
                raise Impossible(f"Gusto documents no event {event_type}")
            event = self._world.events.append(found.uuid, event_type, known.entity_type, entity or found.uuid)
            return event.uuid

    def _tell(self, company: str, what: str) -> None:
        self._world.events.append(company, f"company.{what}", "Company", company)

    def _require(self, company: str) -> Company:
        found = self._world.companies.get(company)
        if found is None:
            raise Impossible(f"the sandbox has no company {company}")
        self._world.touch(company)
        return found


def suspend_whoever_is_due(world: World) -> None:
    """Let the suspensions begin whose day has come."""
    for company in world.companies.values():
        _suspend_if_due(world, company)


def _suspend_if_due(world: World, company: Company) -> None:
    """Let a suspension begin on its day.

    [D] `company.suspended_effective`, which `company.suspended` may precede:
    https://docs.gusto.com/embedded-payroll/changelog/added-companysuspended_effective-webhook
    """
    if company.suspended_from and company.suspended_from <= world.today.isoformat():
        company.suspended_from = ""
        company.profile["is_suspended"] = True
        world.events.append(company.uuid, "company.suspended_effective", "Company", company.uuid)
