"""One HTTP request on its way through the recorder to the sandbox, and its answer on the way back.

Reads the request whole, lets trouble happen to it, hands it on, and gives back what the integration was
answered. Knows ASGI (https://asgi.readthedocs.io/en/latest/specs/www.html) and nothing of scenarios.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote_plus, urlencode

from partner_qa.contract.operation import Paging
from partner_qa.model import Body, Headers, Request, Response, find_header
from partner_qa.recorder.faults import (
    Trouble,
    with_added_fields,
    with_one_emptied,
    with_unknown_values,
    without_fields,
)
from partner_qa.recorder.grants import read_fields
from partner_qa.recorder.head import Head
from partner_qa.recorder.trouble import Hit
from partner_qa.serving import abort_connection

BODY_LIMIT = 10 * 1024 * 1024
_TOO_LARGE = b'{"errors":[{"error_key":"request","category":"invalid_request_error","message":"Too large."}]}'
_READ_LIMIT = 10 * BODY_LIMIT  # what is read, and dropped, so that the answer 413 can arrive
_EMPTY = Body.of(b"")
_GLANCE = 0.02  # seconds between two looks at whether trouble was taken back
_CUT_OFF = Response(status=0, reason="the integration hung up in the middle of its request")
_CLIENT_LEFT = Response(status=0, reason="the integration hung up before the answer")

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Passage:
    """A request as it arrived; `is_whole` is false where the integration hung up in the middle of it."""

    def __init__(
        self,
        head: Head,
        scope: dict[str, Any],
        receive: Receive,
        *,
        body: bytes,
        size: int,
        is_whole: bool,
    ) -> None:
        self.head = head
        self.scope = scope
        self.receive = receive
        self.body = body
        self.size = size
        self.is_whole = is_whole

    @classmethod
    async def read(cls, head: Head, scope: dict[str, Any], receive: Receive) -> Passage:
        """Return the request with its whole body; of a body above the limit only the size is kept."""
        chunks: list[bytes] = []
        size = 0
        more, is_whole = True, True
        while more and size <= _READ_LIMIT:
            message = await receive()
            if message["type"] == "http.disconnect":
                is_whole = False
                break
            chunk = message.get("body", b"")
            size += len(chunk)
            if size <= BODY_LIMIT:
                chunks.append(chunk)
            more = message.get("more_body", False)
        body = b"".join(chunks) if size <= BODY_LIMIT else b""
        return cls(head, scope, receive, body=body, size=size, is_whole=is_whole)

    @cached_property
    def fields(self) -> dict[str, str]:
        """Return the text fields of a JSON or form body."""
        return read_fields(self.body)

    @cached_property
    def basic_password(self) -> str | None:
        """Return the password of `Authorization: Basic`, where clients may send their secret, or `None`.

        Source: RFC 6749 section 2.3.1; both parts are form-encoded before they are joined.
        """
        value = find_header(self.head.headers, "authorization") or ""
        scheme, _, encoded = value.partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            _, _, password = base64.b64decode(encoded.strip()).decode().partition(":")
        except ValueError:
            return None
        return unquote_plus(password)

    def find_parameter(self, name: str) -> str | None:
        """Return a parameter of an OAuth request, from its body or its query, or `None`."""
        return self.fields.get(name) or self.head.find_query(name)

    def to_request(self) -> Request:
        """Return the request as it was sent, with an absolute URL."""
        body = Body.of(self.body) if self.body else _EMPTY
        if self.size > BODY_LIMIT:
            body = Body(size=self.size)
        return Request(method=self.head.method, url=self.head.url, headers=self.head.headers, body=body)

    def with_forced_pages(self, per: int) -> dict[str, Any]:
        """Return the ASGI scope of the same request for pages of at most `per`, by number or by cursor."""
        operation = self.head.match[0] if self.head.match else None
        if operation is not None and operation.paging is Paging.CURSOR:
            rest = [pair for pair in self.head.query if pair[0] != "limit"]
            return {**self.scope, "query_string": urlencode([*rest, ("limit", str(per))]).encode()}
        asked = self.head.find_query("per")
        size = min(per, int(asked)) if asked and asked.isdigit() and int(asked) > 0 else per
        kept = [pair for pair in self.head.query if pair[0] not in {"per", "page"}]
        query = urlencode([*kept, ("page", self.head.find_query("page") or "1"), ("per", str(size))])
        return {**self.scope, "query_string": query.encode()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What becomes of a request: its answer, and whether the connection is closed in place of giving it."""

    response: Response
    is_aborted: bool = False


async def perform(app: Any, passage: Passage, hit: Hit | None) -> Outcome:
    """Hand the request on, with the trouble that meets it, and return what is to be answered."""
    if not passage.is_whole:
        return Outcome(response=_CUT_OFF, is_aborted=True)
    if passage.size > BODY_LIMIT:
        return Outcome(response=Response(status=413, headers=_JSON, body=Body.of(_TOO_LARGE)))
    if hit is None:
        return Outcome(response=await _ask(app, passage, passage.scope))
    return await _with_trouble(app, passage, hit)


_JSON: Headers = (("content-type", "application/json"),)


async def _with_trouble(app: Any, passage: Passage, hit: Hit) -> Outcome:
    trouble, given = hit.fault.trouble, hit.fault.parameters
    if trouble in {Trouble.RESPOND, Trouble.EXPIRE_TOKEN, Trouble.STALE_VERSION}:
        return Outcome(response=_made_up(given))
    if trouble is Trouble.RESET:
        reason = "the connection was closed before Gusto heard of it (fault)"
        return Outcome(response=Response(status=0, reason=reason), is_aborted=True)
    if trouble is Trouble.DELAY and not await _still_there_after(float(str(given["seconds"])), passage, hit):
        return Outcome(response=_CLIENT_LEFT, is_aborted=True)
    scope = passage.scope
    if trouble in {Trouble.FORCE_PAGES, Trouble.DELAY} and "per" in given:
        scope = passage.with_forced_pages(int(str(given["per"])))
    response = await _ask(app, passage, scope)
    if trouble is Trouble.DROP_RESPONSE:
        reason = f"the answer {response.status} was lost on its way (fault)"
        return Outcome(response=Response(status=0, reason=reason), is_aborted=True)
    return Outcome(response=_changed(response, hit))


def _made_up(given: Any) -> Response:
    headers = _JSON
    if given.get("retry_after") is not None:
        headers = (*headers, ("retry-after", str(given["retry_after"])))
    return Response(
        status=int(given["status"]), headers=headers, body=Body.of(json.dumps(given["body"]).encode())
    )


def _changed(response: Response, hit: Hit) -> Response:
    content = response.body.content
    if hit.fault.trouble is Trouble.ADD_FIELDS:
        content = with_added_fields(content)
    elif hit.fault.trouble is Trouble.EMPTY_ONE:
        content = with_one_emptied(content)
    elif hit.fault.trouble is Trouble.UNKNOWN_ENUM:
        content = with_unknown_values(content, _fields_of(hit))
    elif hit.fault.trouble is Trouble.DROP_FIELDS:
        content = without_fields(content, _fields_of(hit))
    else:
        return response
    headers = tuple(pair for pair in response.headers if pair[0].lower() != "content-length")
    return Response(status=response.status, headers=headers, body=Body.of(content))


def _fields_of(hit: Hit) -> frozenset[str]:
    fields = hit.fault.parameters["fields"]
    return frozenset(map(str, fields if isinstance(fields, list) else []))


async def _still_there_after(seconds: float, passage: Passage, hit: Hit) -> bool:
    """Wait so long, or until the trouble is taken back; say whether the client waited too."""
    clock = asyncio.get_running_loop()
    ends = clock.time() + seconds
    leaving = asyncio.ensure_future(_until_client_leaves(passage.receive))
    while not leaving.done() and not hit.lifted.is_set() and clock.time() < ends:
        await asyncio.wait({leaving}, timeout=min(_GLANCE, ends - clock.time()))
    has_left = leaving.done()
    leaving.cancel()
    return not has_left


async def _until_client_leaves(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _ask(app: Any, passage: Passage, scope: dict[str, Any]) -> Response:
    """Return the sandbox's answer; what goes wrong inside it becomes a 500 that says so."""
    status = 0
    headers: Headers = ()
    chunks: list[bytes] = []

    async def replay() -> dict[str, Any]:
        return {"type": "http.request", "body": passage.body, "more_body": False}

    async def capture(message: dict[str, Any]) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = tuple(
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in message.get("headers", ())
            )
        elif message["type"] == "http.response.body":
            chunks.append(message.get("body", b""))

    try:
        await app(scope, replay, capture)
    except Exception as error:  # noqa: BLE001 - the sandbox broke: that is recorded, and the run goes on
        reason = f"the sandbox raised {type(error).__name__}"
        if status:
            return Response(status=status, reason=reason, headers=headers, body=Body.of(b"".join(chunks)))
        broken = {
            "errors": [{"error_key": "request", "category": "internal_error", "message": "sandbox broke"}]
        }
        return Response(status=500, reason=reason, headers=_JSON, body=Body.of(json.dumps(broken).encode()))
    content = b"".join(chunks)
    return Response(status=status, headers=headers, body=Body(content=content, size=len(content)))


async def answer(send: Send, outcome: Outcome) -> None:
    """Give the integration its answer, or close the connection."""
    if outcome.is_aborted:
        await abort_connection(send)
        return
    response = outcome.response
    headers = [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, value in response.headers
        if name.lower() not in {"content-length", "transfer-encoding"}
    ]
    if response.status not in {204, 304}:
        headers.append((b"content-length", b"%d" % len(response.body.content)))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body.content})
