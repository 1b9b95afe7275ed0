"""What a test harness may have Acme Time do; each door calls what the pages call.

Most of it is a job: the answer says under which address it is to be asked how it went.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from acme_time import accounts, benefits, hiring, jobs, people
from acme_time.connecting import begin_disconnect
from acme_time.expenses import replace_expenses
from acme_time.gusto import GustoError
from acme_time.jobs import SYSTEM_LANE
from acme_time.parts import Parts
from acme_time.payroll_sync import request_sync
from acme_time.provisioning import provision_company
from acme_time.shares import save_draft
from acme_time.shifts import replace_shifts

Json = dict[str, Any]
Door = Callable[[Parts, str, Json], Json]


def _running(parts: Parts, job: int) -> Json:
    return {"status": "running", "poll": f"{parts.config.base_url}/qa/jobs/{job}"}


def show_job(parts: Parts, _account: str, payload: Json) -> Json:
    """Answer how far a job is: `running`, `done` or `failed`."""
    found = jobs.find_status(parts.database, int(payload["job"]))
    if found is None:
        return {"status": "failed", "detail": "there is no such job"}
    return _running(parts, int(payload["job"])) if found["status"] == "running" else dict(found)


def _queue(kind: str, *, lane: str | None = None) -> Door:
    def door(parts: Parts, account: str, _payload: Json) -> Json:
        return _running(parts, jobs.enqueue(parts.database, account, kind, lane=lane))

    return door


def _create_account(parts: Parts, account: str, _payload: Json) -> Json:
    accounts.create_account(parts.database, account)
    return {"status": "done"}


def _disconnect(parts: Parts, account: str, _payload: Json) -> Json:
    return _running(parts, begin_disconnect(parts, account))


def _set_people(parts: Parts, account: str, payload: Json) -> Json:
    people.replace_own_people(parts.database, account, payload["people"])
    return {"status": "done"}


def _update_payroll(parts: Parts, account: str, payload: Json) -> Json:
    save_draft(parts.database, account, payload["lines"], payload.get("period"))
    return _running(parts, jobs.enqueue(parts.database, account, "update_payroll"))


def _add_reimbursement(parts: Parts, account: str, payload: Json) -> Json:
    replace_expenses(parts.database, account, payload["reimbursements"])
    return _running(parts, jobs.enqueue(parts.database, account, "add_reimbursements"))


def _confirm_matches(parts: Parts, account: str, payload: Json) -> Json:
    try:
        people.decide_matches(parts.database, parts.config, account, payload["decisions"])
    except people.DecisionRefused as error:
        return {"status": "failed", "detail": str(error)}
    return {"status": "done"}


def _send_hours(parts: Parts, account: str, payload: Json) -> Json:
    replace_shifts(parts.database, account, payload["shifts"], payload.get("overtime", {}))
    if payload.get("period"):
        request_sync(parts.database, account, payload["period"])
    return _running(parts, jobs.enqueue(parts.database, account, "send_hours"))


def _enroll_benefit(parts: Parts, account: str, payload: Json) -> Json:
    names = ("enrollments", "retirement", "exclusions")
    benefits.keep_wishes(parts.database, account, {name: payload.get(name, []) for name in names})
    return _running(parts, jobs.enqueue(parts.database, account, "enroll_benefits"))


def _provision_company(parts: Parts, account: str, payload: Json) -> Json:
    try:
        founded = provision_company(parts, account, payload["user"], payload["company"])
    except GustoError as error:
        return {"status": "failed", "detail": str(error)}
    if not founded.claim_url:
        return {"status": "failed", "detail": founded.advice}
    return {"status": "done", "claim_url": founded.claim_url}


def _create_hire(parts: Parts, account: str, payload: Json) -> Json:
    person = payload["person"]
    hiring.keep_hire(parts.database, account, person, invites=bool(payload.get("self_onboarding")))
    return _wait_for_hire(parts, account, person["id"])


def _withdraw_hire(parts: Parts, account: str, payload: Json) -> Json:
    hiring.take_back(parts.database, account, payload["person_id"])
    return _wait_for_hire(parts, account, payload["person_id"])


def _wait_for_hire(parts: Parts, account: str, person_id: str) -> Json:
    asked = {"account": account, "person_id": person_id}
    asked["job"] = str(jobs.enqueue(parts.database, account, "settle_hires"))
    return {"status": "running", "poll": f"{parts.config.base_url}/qa/hire?{urlencode(asked)}"}


def show_hire(parts: Parts, account: str, payload: Json) -> Json:
    """Answer what became of a hire, once the job that settles it has ended."""
    job = jobs.find_status(parts.database, int(payload["job"]))
    if job is not None and job["status"] == "running":
        return _wait_again(parts, account, payload)
    for hire in hiring.list_hires(parts.database, account):
        if hire.person_id == payload["person_id"]:
            status = "done" if hire.state in hiring.SETTLED else "failed"
            detail = hire.detail or (job or {}).get("detail") or "nothing was done"
            return {"status": status, "detail": detail, "gusto_uuid": hire.gusto_uuid}
    return {"status": "failed", "detail": "there is no such hire"}


def _wait_again(parts: Parts, account: str, payload: Json) -> Json:
    asked = {"account": account, **{name: payload[name] for name in ("person_id", "job")}}
    return {"status": "running", "poll": f"{parts.config.base_url}/qa/hire?{urlencode(asked)}"}


ACTIONS: dict[str, Door] = {
    "create-account": _create_account,
    "disconnect": _disconnect,
    "set-people": _set_people,
    "sync-people": _queue("sync_people"),
    "create-hire": _create_hire,
    "withdraw-hire": _withdraw_hire,
    "send-hours": _send_hours,
    "update-payroll": _update_payroll,
    "add-reimbursement": _add_reimbursement,
    "confirm-matches": _confirm_matches,
    "sync-time-off": _queue("sync_time_off"),
    "list-contractors": _queue("list_contractors"),
    "subscribe-webhooks": _queue("subscribe_webhooks", lane=SYSTEM_LANE),
    "post-journal": _queue("post_journal"),
    "enroll-benefit": _enroll_benefit,
    "provision-company": _provision_company,
    "catch-up-events": _queue("catch_up_events", lane=SYSTEM_LANE),
}
