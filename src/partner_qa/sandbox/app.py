"""The embedded sandbox as an ASGI app: from bytes to a handler and back.

Finds what a request is for, lets the gate judge it, runs the handler with the world's lock held, and writes
the answer. Nothing here knows Gusto's rules beyond which requests are for nobody. The recorder stands in
front of it; `admin` is how the harness acts on Gusto's side.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from partner_qa.contract.catalogue import Contract
from partner_qa.model import Headers
from partner_qa.sandbox import consent, provisioning, reports
from partner_qa.sandbox.admin import Admin
from partner_qa.sandbox.call import Call, Reply
from partner_qa.sandbox.embedded import EmbeddedRoutes
from partner_qa.sandbox.gate import Arrival, Gate
from partner_qa.sandbox.oauth import OnSecret
from partner_qa.sandbox.operations import collect_handlers
from partner_qa.sandbox.postman import Deliver
from partner_qa.sandbox.problem import (
    bad_request,
    embedded_only,
    internal_error,
    not_built,
    not_found,
    retired,
    too_large,
)
from partner_qa.sandbox.retirement import is_retired
from partner_qa.sandbox.time_sheet_batches import GUESSES, find_guess
from partner_qa.sandbox.world import SandboxSettings, World

__all__ = ["Sandbox", "SandboxSettings"]

BODY_LIMIT = 10 * 1024 * 1024  # [I] bytes
MOST_PARAMETERS = 1000  # [I] in a query
_PAGES = (consent.PAGES, provisioning.PAGES, reports.PAGES)  # what is no operation of the contract
_WORDS = frozenset({"blockers", "preview"})  # ends of Embedded's routes that look like an id here

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Sandbox:
    """A stand-in of Gusto in memory. Use `admin` from any thread; `close` it at the end."""

    def __init__(
        self,
        *,
        contract: Contract,
        settings: SandboxSettings,
        deliver: Deliver | None = None,
        on_secret: OnSecret | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.world = World(settings, now=now, deliver=deliver, on_secret=on_secret)
        self.admin = Admin(self.world)
        self._contract = contract
        self._gate = Gate(self.world, contract)
        self._handlers = {**collect_handlers(), **GUESSES}
        self._embedded = EmbeddedRoutes()

    def company_of(self, access_token: str) -> str | None:
        """Return the company that an access token stands for, dead or alive; `None` for any other token."""
        with self.world.lock:
            holder = self.world.grants.find(access_token)
        return None if holder is None else holder.company

    def close(self) -> None:
        """Send no more webhooks and do no more chores; returns when both have ended."""
        self.world.chores.close()
        self.world.subscriptions.close()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request ([ASGI] https://asgi.readthedocs.io/en/latest/specs/www.html).

        A mistake of ours is answered 500 and raised again, so that nobody takes it for Gusto's.
        """
        if scope["type"] != "http":
            await _end(scope["type"], receive, send)
            return
        body = await _read_body(receive)
        if body is None:
            return
        try:
            reply = too_large(BODY_LIMIT) if len(body) > BODY_LIMIT else self._answer(scope, body)
        except Exception:
            await _write(internal_error(), send)
            raise
        await _write(reply, send)

    def _answer(self, scope: Message, body: bytes) -> Reply:
        method = scope["method"]
        path = _path_of(scope)
        page = next((each[method, path] for each in _PAGES if (method, path) in each), None)
        found = None if page is not None else self._contract.find_operation(method, path)
        if found is None and self.world.settings.guesses_batches:
            found = find_guess(method, path)
        if page is None and (found is None or self._is_embedded(method, path, found[1])):
            if self._embedded.has(method, path):
                return embedded_only()
            return retired() if is_retired(method, path) else not_found()
        query = _read_query(scope, errors="surrogateescape" if page is not None else "replace")
        if query is None:
            return bad_request("The query has too many parameters.")
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
        with self.world.lock:
            if page is not None:
                reply = page(
                    self.world, Call(method=method, path=path, query=query, headers=headers, body=body)
                )
            else:
                assert found is not None  # noqa: S101 - said to mypy, seen above
                reply = self._operate(
                    Arrival(
                        method=method,
                        path=path,
                        operation=found[0],
                        params=found[1],
                        query=query,
                        headers=headers,
                        body=body,
                    )
                )
            return reply if self.world.keep() else internal_error()

    def _operate(self, arrival: Arrival) -> Reply:
        admission = self._gate.admit(arrival)
        outcome = admission.outcome
        if isinstance(outcome, Call):
            if arrival.method != "GET" and outcome.holder is not None and outcome.holder.company is not None:
                self.world.touch(outcome.holder.company)
            handler = self._handlers.get(arrival.operation.id)
            outcome = not_built(arrival.operation.id) if handler is None else handler(self.world, outcome)
        if not admission.headers:
            return outcome
        return Reply(status=outcome.status, headers=(*outcome.headers, *admission.headers), body=outcome.body)

    def _is_embedded(self, method: str, path: str, params: dict[str, str]) -> bool:
        return not _WORDS.isdisjoint(params.values()) and self._embedded.has(method, path, named=True)


def _path_of(scope: Message) -> str:
    """Return the path as it was sent, percent-encoded and without the query."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode(errors="surrogateescape")
    return raw.partition(b"?")[0].decode("latin-1")


def _read_query(scope: Message, *, errors: str) -> tuple[tuple[str, str], ...] | None:
    raw: bytes = scope.get("query_string", b"")
    if not raw:
        return ()
    try:
        return tuple(
            parse_qsl(
                raw.decode("latin-1"), keep_blank_values=True, errors=errors, max_num_fields=MOST_PARAMETERS
            )
        )
    except ValueError:
        return None


async def _read_body(receive: Receive) -> bytes | None:
    """Return the body, cut where it is longer than the limit; `None` where the client has left."""
    message = await receive()
    if message["type"] == "http.disconnect":
        return None
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body
    chunks, size = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        if size <= BODY_LIMIT:  # the rest is read to be polite, and kept by nobody
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
    return b"".join(chunks)


async def _write(reply: Reply, send: Send) -> None:
    headers: Headers = (*reply.headers, ("X-Request-Id", str(uuid.uuid4())))
    if reply.status != 204:
        headers = (*headers, ("Content-Length", str(len(reply.body))))
    await send(
        {
            "type": "http.response.start",
            "status": reply.status,
            "headers": [(name.encode("latin-1"), value.encode("utf-8")) for name, value in headers],
        }
    )
    await send({"type": "http.response.body", "body": reply.body})


async def _end(kind: str, receive: Receive, send: Send) -> None:
    """Answer what is not HTTP: nothing begins or ends with a server, and no socket is opened."""
    if kind == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1000})
        return
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
