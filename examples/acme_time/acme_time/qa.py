"""Doors for a test harness: do this for an account, show what you hold for it. Never in production.

They exist only when `QA_TOKEN` is set, and answer only to that token. They call what the pages call and hold
no logic of their own: `qa_actions.py` has what can be asked for, `qa_observations.py` what can be seen.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from acme_time import accounts
from acme_time.parts import Parts
from acme_time.qa_actions import ACTIONS, Door, Json, show_hire, show_job
from acme_time.qa_observations import OBSERVATIONS


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
    routes.append(Route("/qa/hire", _guard(parts, show_hire)))
    return [*routes, Route("/qa/jobs/{job}", _guard(parts, show_job))]


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
