"""The head of a request: all of it but its body. Integrations send the same heads again and again.

What follows from a head alone (operation, token, address, what of it may be kept) is found once and
remembered for as long as the head is. `passage.py` adds the body.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from partner_qa.contract.catalogue import Contract
from partner_qa.contract.operation import Operation
from partner_qa.model import Facts, Headers, Request, find_header

Match = tuple[Operation, dict[str, str]]
_REMEMBERED = 512


class Head:
    """Method, target and headers of a request, as they arrived.

    `raw_path` is percent-encoded, without the query; `query` decoded pairs; `token` the access token, from
    the header or, where somebody put it there, from the query. `kept` is for the recorder's own use: what
    it has made of a request without a body, and how many secrets it knew then.
    """

    __slots__ = ("headers", "is_oauth", "kept", "match", "method", "query", "raw_path", "token", "url")

    def __init__(self, scope: dict[str, Any], contract: Contract) -> None:
        self.method: str = scope["method"]
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        self.raw_path = raw.split(b"?", 1)[0].decode("latin-1")
        self.is_oauth = self.raw_path.startswith("/oauth/")
        query = scope["query_string"].decode("latin-1")
        self.query = tuple(parse_qsl(query, keep_blank_values=True)) if query else ()
        self.headers: Headers = tuple(
            [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        )
        place = _find_host(self.headers) + ("" if self.raw_path.startswith("/") else "/") + self.raw_path
        self.url = f"{scope['scheme']}://{place}" + (f"?{query}" if query else "")
        self.token = self._find_token()
        self.match: Match | None = contract.find_operation(self.method, self.raw_path)
        self.kept: tuple[int, Request, Facts] | None = None

    def _find_token(self) -> str | None:
        scheme, _, token = (find_header(self.headers, "authorization") or "").partition(" ")
        if scheme.lower() in {"bearer", "token"} and token.strip():
            return token.strip()
        return self.find_query("access_token")

    def find_query(self, name: str) -> str | None:
        """Return the first value of a query parameter, or `None`."""
        return next((value for key, value in self.query if key == name), None)


def _find_host(headers: Headers) -> str:
    """Return the host that a client wrote, or our own where it wrote none that a URL could have."""
    host = find_header(headers, "host") or ""
    try:
        parts = urlsplit(f"//{host}")
        is_one = parts.netloc == host and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_one = False
    return host if is_one else "127.0.0.1"


class Heads:
    """Remembers the heads that were met lately."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._known: dict[tuple[object, ...], Head] = {}

    def find(self, scope: dict[str, Any]) -> Head:
        """Return the head of an ASGI scope."""
        key = (
            scope["method"],
            scope.get("raw_path") or scope["path"],
            scope["query_string"],
            tuple(map(tuple, scope["headers"])),
        )
        head = self._known.get(key)
        if head is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            head = self._known[key] = Head(scope, self._contract)
        return head

    def forget(self) -> None:
        """Forget all heads; what was made of them holds no longer."""
        self._known = {}
