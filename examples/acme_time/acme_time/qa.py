"""Doors for a test harness: do this for an account, show what you hold for it. Never in production.

They exist only when `QA_TOKEN` is set, and answer only to that token. They call what the pages call and hold
no logic of their own.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from acme_time import (
    accounts,
    benefits,
    contractors,
    custom_fields,
    events,
    grants,
    hiring,
    jobs,
    journal,
    people,
    time_off,
)
from acme_time.connecting import begin_disconnect
from acme_time.expenses import replace_expenses
from acme_time.gusto import GustoError
from acme_time.jobs import SYSTEM_LANE
from acme_time.log import read_log
from acme_time.notices import list_notices
from acme_time.parts import Parts
from acme_time.payroll_sync import list_syncs, request_sync
from acme_time.provisioning import provision_company
from acme_time.retention import count_stored
from acme_time.shares import save_draft
from acme_time.shifts import TRYING, list_shifts, replace_shifts

Json = dict[str, Any]
Door = Callable[[Parts, str, Json], Json]


def sign_in_for_qa(parts: Parts, account: str) -> str | None:
    """Sign a browser in without a passcode; `None` unless QA is configured and the account has a name."""
    if not parts.config.qa_token or not account:
        return None
    if not accounts.account_exists(parts.database, account):
        accounts.create_account(parts.database, account)
    return accounts.start_session(parts.database, account)


def qa_routes(parts: Parts) -> list[Route]:
    """Return the routes: POST for actions, GET for observations."""
    routes = [Route(f"/qa/{name}", _guard(parts, door), methods=["POST"]) for name, door in ACTIONS.items()]
    routes += [Route(f"/qa/{name}", _guard(parts, door)) for name, door in OBSERVATIONS.items()]
    routes.append(Route("/qa/hire", _guard(parts, _show_hire)))
    return [*routes, Route("/qa/jobs/{job}", _guard(parts, _job))]


def _guard(parts: Parts, door: Door) -> Callable[[Request], Any]:
    expected = f"Bearer {parts.config.qa_token}".encode()

    async def endpoint(request: Request) -> Response:
        given = request.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(given, expected):
            return JSONResponse({"status": "failed", "detail": "the QA token is wrong"}, status_code=401)
        try:
            payload: Json = dict(await request.json()) if request.method == "POST" else {}
            payload |= dict(request.query_params) | request.path_params
            answer = await run_in_threadpool(door, parts, str(payload.get("account", "")), payload)
        except (KeyError, TypeError, ValueError):
            return JSONResponse({"status": "failed", "detail": "the input is incomplete"}, status_code=422)
        return JSONResponse(answer)

    return endpoint


def _running(parts: Parts, job: int) -> Json:
    return {"status": "running", "poll": f"{parts.config.base_url}/qa/jobs/{job}"}


def _job(parts: Parts, _account: str, payload: Json) -> Json:
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


def _show_hours(parts: Parts, account: str, _payload: Json) -> Json:
    return {
        "shifts": [
            {
                "id": each.id,
                "state": "pending" if each.state == TRYING else each.state,
                "time_sheet_uuid": each.sheet_uuid,
                "detail": each.detail,
            }
            for each in list_shifts(parts.database, account)
        ],
        "syncs": [
            {"uuid": each.uuid, "status": each.status, "warnings": list(each.messages)}
            for each in list_syncs(parts.database, account)
            if each.uuid
        ],
    }


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


def _show_hire(parts: Parts, account: str, payload: Json) -> Json:
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


def _show_connection(parts: Parts, account: str, _payload: Json) -> Json:
    found = grants.find_connection(parts.database, account)
    if found is None or found.state == grants.DISCONNECTED:
        return {"state": grants.DISCONNECTED, "company_uuid": None, "company_name": None}
    return {"state": found.state, "company_uuid": found.company_uuid, "company_name": found.company_name}


def _show_people(parts: Parts, account: str, _payload: Json) -> Json:
    found = people.list_employees(parts.database, parts.config, account)
    return {"people": [_show_person(parts, account, each) for each in found]}


def _show_person(parts: Parts, account: str, employee: Json) -> Json:
    employment = people.find_employment(parts.config, employee)
    fields = custom_fields.list_definitions(parts.database, account)
    answers: list[Json] = [
        {
            "company_custom_field_id": field["uuid"],
            "value": custom_fields.find_answer(parts.config, employee["custom_fields"], field),
        }
        for field in fields
    ]
    shown = {**_without(employee, "uuid"), "custom_fields": answers}
    return {"gusto_uuid": employee["uuid"], "employment": employment, **shown}


def _without(record: Json, name: str) -> Json:
    return {key: value for key, value in record.items() if key != name}


def _show_time_off(parts: Parts, account: str, _payload: Json) -> Json:
    found = time_off.list_time_off(parts.database, account)
    return {
        "time_off": [{"request_uuid": each["uuid"], **_without(each, "uuid")} for each in found],
        "balances": time_off.list_balances(parts.database, account),
    }


def _show_contractors(parts: Parts, account: str, _payload: Json) -> Json:
    found = contractors.list_known(parts.database, account)
    return {"contractors": [{"gusto_uuid": each["uuid"], **_without(each, "uuid")} for each in found]}


def _show_matches(parts: Parts, account: str, _payload: Json) -> Json:
    found = people.list_matches(parts.database, account)
    return {
        "matches": [
            {"person_id": each.person_id, "gusto_uuid": each.gusto_uuid, "state": each.state}
            for each in found
        ]
    }


def _show_events(parts: Parts, account: str, _payload: Json) -> Json:
    found = events.list_events(parts.database, account)
    names = ("uuid", "event_type", "entity_uuid", "state")
    return {"events": [{name: getattr(each, name) for name in names} for each in found]}


def _show_notices(parts: Parts, account: str, _payload: Json) -> Json:
    return {"notices": list_notices(parts.database, account)}


def _show_journal(parts: Parts, account: str, _payload: Json) -> Json:
    return {"entries": journal.list_entries(parts.database, account)}


def _show_stored_data(parts: Parts, account: str, _payload: Json) -> Json:
    return {"stored": count_stored(parts.database, account)}


def _show_logs(parts: Parts, _account: str, _payload: Json) -> Json:
    return {"logs": read_log(parts.config.data_dir)}


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

OBSERVATIONS: dict[str, Door] = {
    "connection": _show_connection,
    "people": _show_people,
    "matches": _show_matches,
    "hours": _show_hours,
    "time-off": _show_time_off,
    "contractors": _show_contractors,
    "events": _show_events,
    "notices": _show_notices,
    "journal": _show_journal,
    "logs": _show_logs,
    "stored-data": _show_stored_data,
}
