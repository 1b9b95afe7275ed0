"""One exchange as one entry of a VCR cassette, and back.

`request` and `response` are exactly what vcrpy reads; everything of ours stands beside them under
`partner_qa`. What is not HTTP is an entry too, with the method `RUN`; no answer is status 0. Source of the
format: https://vcrpy.readthedocs.io/ (cassette format version 1).
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

from partner_qa.cassette.notation import quote, to_line
from partner_qa.model import Body, Exchange, FiredFault, Headers, Json, Kind, Request, Response

OURS = "partner_qa"
_KNOWN = ("operation", "grant", "company", "account", "during")
_DEPTH_LIMIT = 60
_HEADER_LIMIT = 1000
_REMEMBERED = 64
_REMEMBERED_HEADERS = 1024
_REMEMBERED_BODY = 32_768  # bytes
_NAME_LIMIT = 150  # YAML's keys end at 1024 characters (libyaml), and an escape takes six


class Misshapen(ValueError):  # noqa: N818 - what the entry is
    """An entry is not one that this package wrote; says where in it."""


def to_interaction(exchange: Exchange) -> dict[str, Any]:
    """Return an exchange as a cassette entry of plain values; bodies that are not UTF-8 stay bytes."""
    request, response = exchange.request, exchange.response
    return {
        "request": {
            "method": request.method,
            "uri": request.url,
            "body": _to_text(request.body) if request.body.content else None,
            "headers": _to_lists(request.headers),
        },
        "response": {
            "status": {"code": response.status, "message": response.reason},
            "headers": _to_lists(response.headers),
            "body": {"string": _to_text(response.body)},
        },
        OURS: _to_ours(exchange),
    }


def _to_ours(exchange: Exchange) -> dict[str, Any]:
    ours: dict[str, Any] = {
        "sequence": exchange.sequence,
        "kind": exchange.kind.value,
        "started": exchange.started.isoformat(),
        "elapsed": round(exchange.elapsed, 6),
    }
    return ours | _to_known(exchange) | _to_more(exchange)


def _to_known(exchange: Exchange) -> dict[str, Any]:
    values = (exchange.operation, exchange.grant, exchange.company, exchange.account, exchange.during)
    return {name: str(value) for name, value in zip(_KNOWN, values, strict=True) if value is not None}


def _to_more(exchange: Exchange) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if exchange.fault is not None:
        more["fault"] = {
            "name": exchange.fault.name,
            "parameters": dict(exchange.fault.parameters),
            "occurrence": exchange.fault.occurrence,
        }
    if exchange.facts:
        more["facts"] = dict(exchange.facts)
    for name, message in (("request", exchange.request), ("response", exchange.response)):
        if message.body.size != len(message.body.content):
            more[f"{name}_body"] = {"size": message.body.size, "sha256": message.body.sha256}
        if _loses_order(message.headers):
            names = [key[:_NAME_LIMIT] for key, _ in message.headers]
            more.setdefault("header_order", {})[name] = names
    return more


class EntryLines:
    """Writes exchanges as lines of a cassette; headers and bodies that come again are encoded once."""

    def __init__(self) -> None:
        self._headers: dict[tuple[str, str], str] = {}
        self._bodies: dict[bytes, str] = {}
        self._last: tuple[Request, str] | None = None
        self._known: object = None
        self._known_line = ""

    def to_line(self, exchange: Exchange) -> str:
        """Return the line of `to_interaction`'s entry."""
        response = exchange.response
        return (
            f'{{"request": {self._of_request(exchange.request)}, "response": {{"status": '
            f'{{"code": {response.status:d}, "message": {quote(response.reason)}}}, '
            f'"headers": {self._of_headers(response.headers)}, '
            f'"body": {{"string": {self._of_body(response.body.content)}}}}}, "{OURS}": '
            f"{self._of_ours(exchange)}}}"
        )

    def _of_ours(self, exchange: Exchange) -> str:
        """Return the line of what is ours; most exchanges have nothing beyond who and when."""
        if _to_more(exchange):
            return to_line(_to_ours(exchange))
        known = (exchange.kind, exchange.operation, exchange.grant, exchange.company, exchange.account)
        if self._known != (known, exchange.during):
            told = _to_known(exchange)
            self._known = (known, exchange.during)
            self._known_line = f", {to_line(told)[1:-1]}" if told else ""
        return (
            f'{{"sequence": {exchange.sequence}, "kind": "{exchange.kind}", '
            f'"started": "{exchange.started.isoformat()}", "elapsed": {round(exchange.elapsed, 6)}'
            f"{self._known_line}}}"
        )

    def _of_request(self, request: Request) -> str:
        """Return the line of a request; the recorder hands in the very same one for the same head."""
        if self._last is not None and self._last[0] is request:
            return self._last[1]
        body = self._of_body(request.body.content) if request.body.content else "null"
        line = (
            f'{{"method": {quote(request.method)}, "uri": {quote(request.url)}, "body": {body}, '
            f'"headers": {self._of_headers(request.headers)}}}'
        )
        self._last = request, line
        return line

    def _of_headers(self, headers: Headers) -> str:
        if len({name[:_NAME_LIMIT] for name, _ in headers}) < len(headers):
            return to_line(_to_lists(headers))
        known = self._headers
        return "{" + ", ".join([known.get(header) or self._of_header(header) for header in headers]) + "}"

    def _of_header(self, header: tuple[str, str]) -> str:
        if len(self._headers) >= _REMEMBERED_HEADERS:
            self._headers.clear()
        line = self._headers[header] = f"{quote(header[0][:_NAME_LIMIT])}: [{quote(header[1])}]"
        return line

    def _of_body(self, content: bytes) -> str:
        if len(content) > _REMEMBERED_BODY:
            return to_scalar(content)
        line = self._bodies.get(content)
        if line is None:
            if len(self._bodies) >= _REMEMBERED:
                self._bodies.clear()
            line = self._bodies[content] = to_scalar(content)
        return line


def to_scalar(content: bytes) -> str:
    """Return a body as it stands in a line: text where it is UTF-8, else base64."""
    try:
        return quote(content.decode("utf-8"))
    except UnicodeDecodeError:
        return f'!!binary "{base64.b64encode(content).decode()}"'


def _to_text(body: Body) -> str | bytes:
    try:
        return body.content.decode("utf-8")
    except UnicodeDecodeError:
        return body.content


def _to_lists(headers: Headers) -> dict[str, list[str]]:
    """Return headers as VCR has them, by name; `header_order` keeps what this loses."""
    lists: dict[str, list[str]] = {}
    for name, value in headers:
        lists.setdefault(name[:_NAME_LIMIT], []).append(value)
    return lists


def _loses_order(headers: Headers) -> bool:
    """Return whether `_to_lists` brings headers into another order: one name stands apart from itself."""
    names = [name[:_NAME_LIMIT] for name, _ in headers]
    distinct = len(set(names))
    if distinct == len(names):
        return False
    return 1 + sum(before != after for before, after in pairwise(names)) != distinct


def from_interaction(entry: Any) -> Exchange:
    """Return the exchange of a cassette entry; raise `Misshapen` where it is not one of ours."""
    request, response, ours = (_map(_map(entry, "").get(key), key) for key in ("request", "response", OURS))
    status = _map(response.get("status"), "response.status")
    body = _map(response.get("body"), "response.body")
    order = _map(ours.get("header_order") or {}, "header_order")
    return Exchange(
        sequence=_whole(ours.get("sequence"), "sequence"),
        kind=_kind(ours.get("kind")),
        started=_time(ours.get("started")),
        elapsed=_seconds(ours.get("elapsed")),
        request=Request(
            method=_text(request.get("method"), "request.method"),
            url=_text(request.get("uri"), "request.uri"),
            headers=_headers(request.get("headers"), "request.headers", order.get("request")),
            body=_body(request.get("body"), ours.get("request_body"), "request.body"),
        ),
        response=Response(
            status=_whole(status.get("code"), "response.status.code", least=0),
            reason=_text(status.get("message") or "", "response.status.message"),
            headers=_headers(response.get("headers"), "response.headers", order.get("response")),
            body=_body(body.get("string"), ours.get("response_body"), "response.body"),
        ),
        operation=_maybe_text(ours, "operation"),
        grant=_maybe_text(ours, "grant"),
        company=_maybe_text(ours, "company"),
        account=_maybe_text(ours, "account"),
        during=_maybe_text(ours, "during"),
        fault=_fault(ours.get("fault")),
        facts=to_facts(ours.get("facts") or {}, "facts"),
    )


def to_facts(value: Any, where: str) -> dict[str, Json]:
    """Return a mapping of plain JSON values; raise `Misshapen` where it is anything else."""
    return {key: _json(each, f"{where}.{key}", _DEPTH_LIMIT) for key, each in _map(value, where).items()}


def _json(value: Any, where: str, depth: int) -> Json:
    if depth == 0:
        raise Misshapen(f"{where} is nested too deeply")
    if isinstance(value, dict):
        return {_text(key, where): _json(each, where, depth - 1) for key, each in value.items()}
    if isinstance(value, list):
        return [_json(each, where, depth - 1) for each in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise Misshapen(f"{where} holds a {type(value).__name__}")


def _map(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Misshapen(f"{where or 'an entry'} is not a mapping")
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise Misshapen(f"{where} is not text")
    return value


def _maybe_text(ours: Mapping[str, Any], name: str) -> str | None:
    value = ours.get(name)
    return None if value is None else _text(value, name)


def _whole(value: Any, where: str, *, least: int = 1) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise Misshapen(f"{where} is not a whole number from {least}")
    return value


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise Misshapen("elapsed is not a number of seconds")
    return float(value)


def _kind(value: Any) -> Kind:
    try:
        return Kind(value)
    except ValueError:
        raise Misshapen("kind is not one of " + ", ".join(Kind)) from None


def _time(value: Any) -> datetime:
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Misshapen("started is not a time") from None
    if time.tzinfo is None:
        raise Misshapen("started has no time zone")
    return time


def _headers(value: Any, where: str, order: Any) -> Headers:
    lists = {_text(name, where): _values(given) for name, given in _map(value or {}, where).items()}
    pairs = [(name, _text(each, where)) for name, given in lists.items() for each in given]
    if len(pairs) > _HEADER_LIMIT:
        raise Misshapen(f"{where} are more than {_HEADER_LIMIT}")
    return tuple(pairs) if order is None else _in_order(lists, order, where)


def _in_order(lists: Mapping[str, list[Any]], order: Any, where: str) -> Headers:
    names = order if isinstance(order, list) else []
    if sorted(map(str, names)) != sorted(name for name, given in lists.items() for _ in given):
        raise Misshapen(f"{where} are not those of header_order")
    values = {name: iter(given) for name, given in lists.items()}
    return tuple([(str(name), str(next(values[str(name)]))) for name in names])


def _values(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def _body(value: Any, left_out: Any, where: str) -> Body:
    if left_out is not None:
        told = _map(left_out, where)
        size = _whole(told.get("size"), f"{where}.size", least=0)
        return Body(size=size, sha256=_text(told.get("sha256"), where))
    if value is None:
        return Body.of(b"")
    if isinstance(value, bytes):
        return Body.of(value)
    try:
        return Body.of(_text(value, where).encode())
    except UnicodeEncodeError:
        raise Misshapen(f"{where} is not text that can be encoded") from None


def _fault(value: Any) -> FiredFault | None:
    if value is None:
        return None
    told = _map(value, "fault")
    return FiredFault(
        name=_text(told.get("name"), "fault.name"),
        parameters=to_facts(told.get("parameters") or {}, "fault.parameters"),
        occurrence=_whole(told.get("occurrence"), "fault.occurrence"),
    )
