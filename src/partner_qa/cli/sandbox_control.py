"""`/_sandbox`: what a Gusto admin does in Gusto's own pages, as POST routes for a person or a script.

    POST /_sandbox/run_payroll   Authorization: Bearer <control token>   {"company": "…"}

Thin over `sandbox/admin.py`; what an admin's change shares with an operation is done by that operation, with
a token of the harness's own. Only for this machine: another `Host` is refused, so that no web page can reach
it by a name of its own (DNS rebinding), and so is a request without the token that was printed at the start.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from partner_qa.adapter.hosts import is_loopback
from partner_qa.errors import HarnessBug
from partner_qa.model import Json
from partner_qa.sandbox.app import Sandbox

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

PREFIX = "/_sandbox"
_LIMIT = 100_000
_MOST_PEOPLE = 1000
_MOST_DAYS = 366


class _Refused(Exception):  # noqa: N818 - an answer, caught in this file
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """A route's company and fields; each getter refuses what is missing or of another kind."""

    company: str
    fields: Mapping[str, Json]

    def text(self, name: str, default: str | None = None) -> str:
        value = self.fields.get(name, default)
        if not isinstance(value, str) or not value:
            raise _Refused(400, f"{name} is a text, and needed")
        return value

    def day(self, name: str) -> date:
        try:
            return date.fromisoformat(self.text(name))
        except ValueError as error:
            raise _Refused(400, f"{name} is a day like 2026-11-30") from error

    def number(self, name: str, most: int) -> int:
        value = self.fields.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            raise _Refused(400, f"{name} is a whole number from 1 to {most}")
        return value


class Control:
    """Answers `/_sandbox/…` and hands everything else on."""

    def __init__(self, app: Any, sandbox: Sandbox, token: str) -> None:
        self._app = app
        self._sandbox = sandbox
        self._token = token
        self._routes: dict[str, Callable[[_Order], Awaitable[Json]]] = {
            "add_people": self._add_people,
            "approve_time_off": self._approve_time_off,
            "change_salary": self._change_salary,
            "decline_time_off": self._decline_time_off,
            "disconnect": self._disconnect,
            "dismiss": self._dismiss,
            "expire_tokens": self._expire_tokens,
            "move_days": self._move_days,
            "remove_scope": self._remove_scope,
            "request_time_off": self._request_time_off,
            "run_payroll": self._run_payroll,
            "suspend": self._suspend,
            "unsuspend": self._unsuspend,
        }

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] != "http" or not (scope["path"] + "/").startswith(f"{PREFIX}/"):
            await self._app(scope, receive, send)
            return
        body = await _read(receive)
        try:
            status, told = 200, await self._answer(scope, body)
        except _Refused as refused:
            status, told = refused.status, {"error": str(refused)}
        except (HarnessBug, ValueError) as error:  # something that is not there, or not to be done now
            status, told = 422, {"error": str(error)}
        with self._sandbox.world.lock:
            for company in self._sandbox.world.companies:  # on Gusto's side anything may have been changed
                self._sandbox.world.touch(company)
            if not self._sandbox.world.keep():
                status, told = 500, {"error": "this could not be written to the file of --persist"}
        content = json.dumps(told, ensure_ascii=False).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _answer(self, scope: Message, body: bytes) -> Json:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if not is_loopback(_host_of(headers.get("host", ""))):
            raise _Refused(403, "this machine only: the Host header names another")
        given = headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            raise _Refused(401, "the control token is needed, as the sandbox printed it at its start")
        name = scope["path"].removeprefix(PREFIX).strip("/")
        if name == "" and scope["method"] == "GET":
            return {"routes": [f"POST {PREFIX}/{each}" for each in sorted(self._routes)]}
        route = self._routes.get(name)
        if route is None:
            raise _Refused(404, f"there are {', '.join(sorted(self._routes))}")
        if scope["method"] != "POST":
            raise _Refused(405, "POST it")
        return await route(self._read_order(body))

    def _read_order(self, body: bytes) -> _Order:
        try:
            fields = json.loads(body or b"{}")
        except (ValueError, RecursionError) as error:
            raise _Refused(400, "the body is not JSON") from error
        if not isinstance(fields, dict):
            raise _Refused(400, "the body is not a JSON object")
        with self._sandbox.world.lock:
            companies = list(self._sandbox.world.companies)
        company = fields.get("company", companies[0] if companies else None)
        if company not in companies:
            raise _Refused(404, "the sandbox has no such company; company is its UUID")
        return _Order(company=company, fields=fields)

    # -- the routes: each returns what somebody wants to see next --------------------------------------

    async def _approve_time_off(self, order: _Order) -> Json:
        self._sandbox.admin.approve_time_off(order.company, order.text("request"))
        return {"approved": order.text("request")}

    async def _decline_time_off(self, order: _Order) -> Json:
        self._sandbox.admin.decline_time_off(order.company, order.text("request"))
        return {"declined": order.text("request")}

    async def _request_time_off(self, order: _Order) -> Json:
        days = {order.day("day"): _to_hours(order.fields.get("hours", 8))}
        made = self._sandbox.admin.request_time_off(order.company, order.text("employee"), days)
        return {"request": made}

    async def _run_payroll(self, order: _Order) -> Json:
        admin = self._sandbox.admin
        given = order.fields.get("payroll")
        payroll = admin.next_payroll(order.company) if given is None else order.text("payroll")
        admin.run_payroll(order.company, payroll)
        return {"processed": payroll}

    async def _dismiss(self, order: _Order) -> Json:
        self._sandbox.admin.dismiss(order.company, order.text("employee"), order.day("last_day"))
        return {"dismissed": order.text("employee")}

    async def _change_salary(self, order: _Order) -> Json:
        employee = order.text("employee")
        person = await self._operate(order, "GET", f"/v1/employees/{employee}")
        jobs = person.get("jobs") if isinstance(person, dict) else None
        job = next((each for each in jobs or [] if each["primary"]), None)
        if job is None:
            raise _Refused(422, f"employee {employee} has no job")
        path = f"/v1/compensations/{job['current_compensation_uuid']}"
        shown = await self._operate(order, "GET", path)
        body = {"version": shown["version"], "rate": order.text("rate")}
        changed: Json = await self._operate(order, "PUT", path, body)
        return changed

    async def _add_people(self, order: _Order) -> Json:
        begun = len(self._sandbox.admin.people(order.company))
        made: list[Json] = []
        for number in range(begun + 1, begun + 1 + order.number("count", _MOST_PEOPLE)):
            body: Json = {
                "first_name": "Added",
                "last_name": f"Person {number}",
                "email": f"added.{number}@people.example",
                "date_of_birth": "1990-01-31",
            }
            person = await self._operate(order, "POST", f"/v1/companies/{order.company}/employees", body)
            made.append(person["uuid"])
        return {"added": made}

    async def _disconnect(self, order: _Order) -> Json:
        return {"connections_ended": self._sandbox.admin.disconnect(order.company)}

    async def _expire_tokens(self, order: _Order) -> Json:
        return {"tokens_expired": self._sandbox.admin.expire_tokens(order.company)}

    async def _suspend(self, order: _Order) -> Json:
        self._sandbox.admin.suspend_company(order.company)
        return {"suspended": order.company}

    async def _unsuspend(self, order: _Order) -> Json:
        self._sandbox.admin.suspend_company(order.company, suspended=False)
        return {"unsuspended": order.company}

    async def _remove_scope(self, order: _Order) -> Json:
        """[I] connections made before keep it, as `Grants.set_scopes` says."""
        world = self._sandbox.world
        with world.lock:
            scopes = world.grants.application.scopes
            if order.text("scope") not in scopes:
                raise _Refused(422, f"the application has no scope {order.text('scope')}")
            left = tuple(each for each in scopes if each != order.text("scope"))
            world.grants.set_scopes(left)
        return {"scopes_of_new_connections": list(left)}

    async def _move_days(self, order: _Order) -> Json:
        self._sandbox.admin.move_days(order.number("days", _MOST_DAYS))
        return {"today": self._sandbox.world.today.isoformat()}

    async def _operate(self, order: _Order, method: str, path: str, payload: Json = None) -> Any:
        """Do what an operation does, with a token of the harness's own; a refusal is handed on."""
        token = self._sandbox.admin.issue_grant(order.company)
        sent: list[Any] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"" if payload is None else json.dumps(payload).encode()}

        async def send(message: Message) -> None:
            sent.append(message)

        headers = [(b"authorization", f"Bearer {token}".encode()), (b"content-type", b"application/json")]
        scope: Message = {"type": "http", "method": method, "path": path, "headers": headers}
        await self._sandbox(scope, receive, send)
        told = json.loads(sent[1]["body"])
        if sent[0]["status"] >= 400:
            raise _Refused(sent[0]["status"], "; ".join(str(each.get("message")) for each in told["errors"]))
        return told


def _to_hours(value: Json) -> Decimal:
    try:
        hours = Decimal(str(value))
    except InvalidOperation as error:
        raise _Refused(400, "hours is a number") from error
    if not hours.is_finite() or not 0 < hours <= 24:
        raise _Refused(400, "hours is a number up to 24")
    return hours


def _host_of(header: str) -> str:
    host = header.rpartition(":")[0] if ":" in header.rpartition("]")[2] else header
    return host.strip("[]")


async def _read(receive: Receive) -> bytes:
    body, more = b"", True
    while more and len(body) <= _LIMIT:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body if len(body) <= _LIMIT else b"["
