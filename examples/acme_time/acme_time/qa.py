"""Doors for a test harness: do this for an account, show what you hold for it. Never in production.

They exist only when `QA_TOKEN` is set, and answer only to that token. They call what the pages call and hold
no logic of their own.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from acme_time import accounts, events, grants, jobs, people
from acme_time.connecting import begin_disconnect
from acme_time.jobs import SYSTEM_LANE
from acme_time.log import read_log
from acme_time.notices import list_notices
from acme_time.parts import Parts

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


def _confirm_matches(parts: Parts, account: str, payload: Json) -> Json:
    try:
        people.decide_matches(parts.database, parts.config, account, payload["decisions"])
    except people.DecisionRefused as error:
        return {"status": "failed", "detail": str(error)}
    return {"status": "done"}


def _show_connection(parts: Parts, account: str, _payload: Json) -> Json:
    found = grants.find_connection(parts.database, account)
    if found is None or found.state == grants.DISCONNECTED:
        return {"state": grants.DISCONNECTED, "company_uuid": None, "company_name": None}
    return {"state": found.state, "company_uuid": found.company_uuid, "company_name": found.company_name}


def _show_people(parts: Parts, account: str, _payload: Json) -> Json:
    found = people.list_employees(parts.database, parts.config, account)
    return {"people": [_show_person(parts, each) for each in found]}


def _show_person(parts: Parts, employee: Json) -> Json:
    employment = people.find_employment(parts.config, employee)
    return {"gusto_uuid": employee["uuid"], "employment": employment, **_without(employee, "uuid")}


def _without(record: Json, name: str) -> Json:
    return {key: value for key, value in record.items() if key != name}


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


def _show_logs(parts: Parts, _account: str, _payload: Json) -> Json:
    return {"logs": read_log(parts.config.data_dir)}


ACTIONS: dict[str, Door] = {
    "create-account": _create_account,
    "disconnect": _disconnect,
    "set-people": _set_people,
    "sync-people": _queue("sync_people"),
    "confirm-matches": _confirm_matches,
    "subscribe-webhooks": _queue("subscribe_webhooks", lane=SYSTEM_LANE),
    "catch-up-events": _queue("catch_up_events", lane=SYSTEM_LANE),
}

OBSERVATIONS: dict[str, Door] = {
    "connection": _show_connection,
    "people": _show_people,
    "matches": _show_matches,
    "events": _show_events,
    "notices": _show_notices,
    "logs": _show_logs,
}
