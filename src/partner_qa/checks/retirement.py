"""Does Gusto learn what a 401(k) needs: who may catch up, who earns much, what was saved elsewhere?"""

from __future__ import annotations

from collections.abc import Iterator

from partner_qa.checks import traffic
from partner_qa.checks.enrolments import audited_in, enrolled_in, to_amount, wishes_in
from partner_qa.contract.names import LIST_ELSEWHERE, LIST_EXCLUSIONS, LIST_HIGH_EARNERS
from partner_qa.errors import NotObserved
from partner_qa.model import Finding, Kind, Recording

_TOLD = frozenset({"excluded", "partial_failure", "sync_failed"})
_ELSEWHERE = (("ytd_employee_deduction_amount", "5000.00"), ("ytd_company_contribution_amount", "1200.00"))
_EXCLUDED = "Bonus"


def carries_retirement_rules(recording: Recording) -> tuple[Finding, ...]:
    """Judge what Gusto knew of the 401(k) after it was enrolled in, or that the customer was told otherwise.

    Looked at are the enrolment's catch_up, the high earner status of the year, the amounts of elsewhere, and
    the excluded bonuses. A product that has no such thing says so to its customers, by a notice. Sources:
    https://docs.gusto.com/app-integrations/reference/post-v1-employees-employee_uuid-section603_high_earner_statuses,
    https://docs.gusto.com/app-integrations/reference/put-v1-company_benefits-company_benefit_id-contribution_exclusions
    """
    wishes = [each for each in wishes_in(recording, "first") if each.catch_up]
    enrolments = [row for each in wishes for row in enrolled_in(recording, "first", each)]
    if not enrolments:
        raise NotObserved(
            "nobody was enrolled in a 401(k)",
            missing=("an actions.enroll_benefit in partner.yaml that enrols people in a 401(k)",),
        )
    lacks = dict(_find_lacks(recording, catches_up=enrolments[0].get("catch_up") is True))
    notices = traffic.notices_in(recording, "first") or frozenset()
    if notices & _TOLD:
        return ()
    reads = traffic.within(recording, "first", Kind.AUDIT)
    return tuple(
        Finding(
            check="carries_retirement_rules",
            message=f"does not tell Gusto {what}",
            places=traffic.places(recording, reads),
            expected="Gusto knows what limits contributions, or the customer is told that it does not",
            seen=seen,
            hint="write catch_up with the enrolment, the section 603 status of the year, the year-to-date "
            "amounts of another company, and the contribution exclusions of the company benefit",
            key=what,
        )
        for what, seen in lacks.items()
    )


def _find_lacks(recording: Recording, *, catches_up: bool) -> Iterator[tuple[str, str]]:
    if not catches_up:
        yield "who may catch up", "catch_up of the enrolment is false"
    year = recording.situation.get("year")
    statuses = audited_in(recording, "first", LIST_HIGH_EARNERS)
    if not any(row.get("effective_year") == year and row.get("is_high_earner") is True for row in statuses):
        yield "who is a high earner", f"no such status for {year}"
    elsewhere = audited_in(recording, "first", LIST_ELSEWHERE)
    if not any(
        all(to_amount(row.get(name)) == to_amount(amount) for name, amount in _ELSEWHERE) for row in elsewhere
    ):
        yield "what somebody saved elsewhere", f"{len(elsewhere)} rows of amounts, none of them those"
    exclusions = audited_in(recording, "first", LIST_EXCLUSIONS)
    if not any(
        row.get("contribution_type") == _EXCLUDED and row.get("excluded") is True for row in exclusions
    ):
        yield "which earnings do not count", f"{_EXCLUDED} is not excluded"
