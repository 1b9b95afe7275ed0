"""`/_sandbox`: what a Gusto admin does in Gusto's own pages, as POST routes for a person or a script.

    POST /_sandbox/run_payroll   Authorization: Bearer <control token>   {"company": "…"}

The acts are in sandbox_acts.py; what an admin's change shares with an operation is done by that operation,
with a token of the harness's own. Only for this machine: another `Host` is refused, so that no web page can
reach it by a name of its own (DNS rebinding), and so is a request without the token that was printed at the
start.
"""

from __future__ import annotations

import hmac
import json
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from partner_qa.adapter.hosts import is_loopback
from partner_qa.cli.sandbox_act import list_names
from partner_qa.cli.sandbox_acts import ACTS
from partner_qa.cli.sandbox_order import Order, Refused
from partner_qa.contract.violation import find_nearest
from partner_qa.errors import Impossible
from partner_qa.model import Json
from partner_qa.sandbox.app import Sandbox

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

PREFIX = "/_sandbox"
_LIMIT = 100_000
_MISTYPED = (400, 422)
_FIELDS = {**{name: act.fields for name, act in ACTS.items()}, "change_salary": "employee rate"}


class Control:
    """Answers `/_sandbox/…` and hands everything else on."""

    def __init__(self, app: Any, sandbox: Sandbox, token: str, tell: Callable[[str], None]) -> None:
        self._app = app
        self._sandbox = sandbox
        self._token = token
        self._tell = tell
        self._operated: dict[str, Callable[[Order], Awaitable[Json]]] = {
            "change_salary": self._change_salary,
        }

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] != "http" or not (scope["path"] + "/").startswith(f"{PREFIX}/"):
            await self._app(scope, receive, send)
            return
        try:
            status, told = 200, await self._answer(scope, await _read(receive))
        except Refused as refused:
            status, told = refused.status, {"error": str(refused), **_takes(scope["path"], refused.status)}
        except Impossible as error:  # it is not there, or not to be done now
            status, told = 422, {"error": str(error), **_takes(scope["path"], 422)}
        except Exception as bug:  # noqa: BLE001 - else the server would close the connection without a word
            status, told = 500, {"error": self._tell_bug(scope["path"], bug)}
        with self._sandbox.world.lock:
            for company in self._sandbox.world.companies:  # on Gusto's side anything may have been changed
                self._sandbox.world.touch(company)
            if not self._sandbox.world.keep():
                status, told = 500, {"error": "this could not be written to the file of --persist"}
        content = json.dumps(told).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _answer(self, scope: Message, body: bytes) -> Json:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if not is_loopback(_host_of(headers.get("host", ""))):
            raise Refused(403, "this machine only: the Host header names another")
        given = headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            raise Refused(401, "the control token is needed, as the sandbox printed it at its start")
        name = _name_of(scope["path"])
        if name == "" and scope["method"] == "GET":
            fields: dict[str, Json] = {**_FIELDS}
            return {"routes": [f"POST {PREFIX}/{each}" for each in _FIELDS], "fields": fields}
        if name not in _FIELDS:
            near = find_nearest(name, _FIELDS)
            hint = f"did you mean {near}? " if near else ""
            raise Refused(404, f"{name[:60]} is no act: {hint}GET {PREFIX} lists them all")
        if scope["method"] != "POST":
            raise Refused(405, "POST it")
        order = self._read_order(name, body)
        if name in self._operated:
            return await self._operated[name](order)
        return ACTS[name].do(self._sandbox.admin, order)

    def _tell_bug(self, path: str, bug: Exception) -> str:
        """Write a line and the stack to the log of the sandbox; return the words for whoever asked."""
        where = f"POST {PREFIX}/{_name_of(path)}"
        self._tell(f"{where} met a bug of partner-qa:\n{''.join(traceback.format_exception(bug)).rstrip()}")
        seen = f"{type(bug).__name__}: {bug}"[:200]
        return f"this is a bug of partner-qa, not of yours: {seen} (attach what the sandbox printed)"

    def _read_order(self, name: str, body: bytes) -> Order:
        try:
            fields = json.loads(body or b"{}")
            json.dumps(fields, ensure_ascii=False).encode()  # half a surrogate pair is no text
        except (ValueError, RecursionError) as error:
            raise Refused(400, "the body is not JSON") from error
        if not isinstance(fields, dict):
            raise Refused(400, "the body is not a JSON object")
        known = list_names(_FIELDS[name])
        unknown = [each for each in fields if each not in known]
        if unknown:
            raise Refused(400, f"{name} has no {', '.join(unknown)[:200]}; it takes {', '.join(known)}")
        with self._sandbox.world.lock:
            companies = list(self._sandbox.world.companies)
        company = fields.get("company", companies[0] if companies else None)
        if company not in companies:
            raise Refused(404, "the sandbox has no such company; company is its UUID")
        return Order(company=company, fields=fields)

    # -- acts that take operations ---------------------------------------------------------------------

    async def _change_salary(self, order: Order) -> Json:
        employee = order.text("employee")
        person = await self._operate(order, "GET", f"/v1/employees/{employee}")
        jobs = person.get("jobs") if isinstance(person, dict) else None
        job = next((each for each in jobs or [] if each["primary"]), None)
        if job is None:
            raise Refused(422, f"employee {employee} has no job")
        path = f"/v1/compensations/{job['current_compensation_uuid']}"
        shown = await self._operate(order, "GET", path)
        body = {"version": shown["version"], "rate": order.text("rate")}
        changed: Json = await self._operate(order, "PUT", path, body)
        return changed

    async def _operate(self, order: Order, method: str, path: str, payload: Json = None) -> Any:
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
            raise Refused(sent[0]["status"], "; ".join(str(each.get("message")) for each in told["errors"]))
        return told


def _name_of(path: str) -> str:
    return path.removeprefix(PREFIX).strip("/")


def _takes(path: str, status: int) -> dict[str, Json]:
    """Return what the route takes, for whoever typed something else."""
    fields = _FIELDS.get(_name_of(path))
    return {} if fields is None or status not in _MISTYPED else {"takes": fields}


def _host_of(header: str) -> str:
    host = header.rpartition(":")[0] if ":" in header.rpartition("]")[2] else header
    return host.strip("[]")


async def _read(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > _LIMIT:
            raise Refused(413, f"the body is larger than {_LIMIT:,} bytes")
    return body
