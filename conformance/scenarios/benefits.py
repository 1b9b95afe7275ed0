"""Benefits: people are enrolled, enrolled again, and withdrawn; and what a 401(k) asks for beside that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from partner_qa.contract.names import (
    CREATE_COMPANY_BENEFIT,
    CREATE_ENROLMENT,
    DELETE_COMPANY_BENEFIT,
    DELETE_ENROLMENT,
    ENROL_IN_BULK,
    UPDATE_COMPANY_BENEFIT,
    UPDATE_ENROLMENT,
)
from partner_qa.driving.stage import Stage
from partner_qa.model import Action, Json, Observation, Tenant
from partner_qa.recorder.faults import drop_response, respond
from partner_qa.suite import scenario

_K401, _COMMUTING, _ROTH_K401 = 5, 10, 105
_WRITES = (
    ENROL_IN_BULK,
    CREATE_ENROLMENT,
    UPDATE_ENROLMENT,
    DELETE_ENROLMENT,
    UPDATE_COMPANY_BENEFIT,
    DELETE_COMPANY_BENEFIT,
)
_CREATES = (CREATE_COMPANY_BENEFIT, CREATE_ENROLMENT, ENROL_IN_BULK)


@scenario(
    title="People take part in benefits, a 401(k) among them",
    needs=(Action.CONNECT, Action.SET_PEOPLE, Action.SYNC_PEOPLE, Action.ENROLL_BENEFIT),
    observes=(Observation.NOTICES,),
)
def benefits_enrolled(stage: Stage) -> None:
    """Two people are enrolled in a 401(k), twice; one more is wished for, one given up, one lost on its way.

    1. In Gusto there is a company of three people which offers a 401(k). Put the same three people into the
       integration. Connect, sync people and confirm who is who.
    2. Enrol two of them in the 401(k), by amounts. One may catch up, is a high earner, and has saved
       elsewhere this year; bonuses do not count. Look at notices, and at Gusto. Do the same again.
    3. Enrol the third in commuter benefits as well, which not every application may write.
    4. End the enrolment of one, while Gusto refuses every change (422). Look at notices. Do it again while
       Gusto refuses nothing.
    5. Let the first deduct 110.00 instead of 100.00. Enrol the third in the 401(k) as well, and in a Roth
       401(k), which the company does not offer yet. The answers are lost to the first request that enrols
       somebody and to the first that creates a benefit of the company. When that has come to an end, do the
       same again. Look at Gusto.
    """
    roster = _people()
    tenant = stage.tenant(roster=[{key: each[key] for key in each if key != "id"} for each in roster])
    stage.act(Action.SET_PEOPLE, tenant, {"people": roster})
    stage.connect(tenant)
    stage.act(Action.SYNC_PEOPLE, tenant)
    stage.confirm_proposals(tenant)
    uuids = {each["id"]: stage.gusto.uuid_of(tenant, each["first_name"]) for each in roster}
    year = stage.gusto.in_days(0).year
    stage.note("colleagues", uuids)
    stage.note("year", year)
    both = [_wish("stanhope", "100.00", "50.00", catch_up=True), _wish("varden", "80.00", "0.00")]
    _enrol(stage, tenant, "first", both, year)
    _enrol(stage, tenant, "again", both, year)
    more = [*both, _wish("gashford", "45.00", "0.00", benefit_type=_COMMUTING)]
    _enrol(stage, tenant, "more", more, year)
    fewer = [both[0], {**both[1], "active": False}]
    refusal = respond(422, body=_refusal())
    for operation in _WRITES:
        stage.fault(refusal.on(operation=operation, during=Action.ENROLL_BENEFIT))
    _enrol(stage, tenant, "refused", fewer, year)
    stage.lift_faults()
    _enrol(stage, tenant, "withdrawn", fewer, year)
    last = [_wish("gashford", "60.00", "0.00"), _wish("gashford", "30.00", "0.00", benefit_type=_ROTH_K401)]
    for operation in _CREATES:
        stage.fault(drop_response().on(operation=operation, occurrence=1, company=tenant.company))
    changed = [{**both[0], "employee_deduction": "110.00"}, fewer[1], *last]
    _enrol(stage, tenant, "lost", changed, year)
    stage.lift_faults()
    _enrol(stage, tenant, "found", changed, year)


def _enrol(
    stage: Stage, tenant: Tenant, window: str, wishes: Sequence[Mapping[str, object]], year: int
) -> None:
    """Have the integration bring Gusto to these wishes, and keep what is told and what is there then."""
    facts = {
        "person_id": "stanhope",
        "year": year,
        "high_earner": True,
        "employee_deduction_elsewhere": "5000.00",
        "company_contribution_elsewhere": "1200.00",
    }
    excluded = {"benefit_type": _K401, "earnings": ["Bonus"]}
    payload = {"enrollments": list(wishes), "retirement": [facts], "exclusions": [excluded]}
    stage.note(f"{window}_wishes", list(wishes))
    with stage.window(window):
        stage.act(Action.ENROLL_BENEFIT, tenant, payload)
        stage.observe_where_possible(Observation.NOTICES, tenant)
        _audit(stage, tenant, window)


def _audit(stage: Stage, tenant: Tenant, window: str) -> None:
    offered = stage.gusto.audit(tenant, "/v1/companies/{company}/company_benefits")
    for benefit in offered if isinstance(offered, list) else []:
        if isinstance(benefit, dict) and benefit["benefit_type"] in {_K401, _COMMUTING, _ROTH_K401}:
            path = f"/v1/company_benefits/{benefit['uuid']}"
            stage.gusto.audit(tenant, f"{path}/employee_benefits")
            if window == "first" and benefit["benefit_type"] == _K401:
                stage.gusto.audit(tenant, f"{path}/contribution_exclusions")
    if window == "first":
        person = stage.gusto.uuid_of(tenant, "Edward")
        stage.gusto.audit(tenant, f"/v1/employees/{person}/section603_high_earner_statuses")
        stage.gusto.audit(tenant, f"/v1/employees/{person}/ytd_benefit_amounts_from_different_company")


def _people() -> list[dict[str, str]]:
    rows = (
        ("stanhope", "Edward", "Stanhope", "edward@warren.example", "1965-03-04"),
        ("varden", "Gabriel", "Varden", "gabriel@locksmith.example", "1984-06-02"),
        ("gashford", "Simon", "Gashford", "simon@maypole.example", "1990-11-20"),
    )
    names = ("id", "first_name", "last_name", "email", "date_of_birth")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _wish(
    person: str, deduction: str, contribution: str, *, benefit_type: int = _K401, catch_up: bool = False
) -> dict[str, object]:
    wish: dict[str, object] = {
        "id": f"{person}-{benefit_type}",
        "person_id": person,
        "benefit_type": benefit_type,
        "employee_deduction": deduction,
        "company_contribution": contribution,
        "active": True,
    }
    return {**wish, "catch_up": True} if catch_up else wish


def _refusal() -> Json:
    message = "This benefit is being changed by somebody else and cannot be changed at this time."
    return {"errors": [{"error_key": "base", "category": "invalid_operation", "message": message}]}
