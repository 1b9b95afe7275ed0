"""A request as a handler sees it, after the gate let it through, and the answer that the handler gives."""

from __future__ import annotations

import functools
import json
import marshal
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from partner_qa.contract.operation import Operation
from partner_qa.errors import HarnessBug
from partner_qa.model import Headers, Json
from partner_qa.sandbox.grant import Grant
from partner_qa.sandbox.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. `params` and `query` are decoded; `operation` is `None` for pages of no operation.

    `holder` is the grant whose token was sent; `payload` the JSON body, already parsed by the gate.
    """

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    query: tuple[tuple[str, str], ...] = ()
    headers: Headers = ()
    body: bytes = b""
    payload: Json = None
    operation: Operation | None = None
    holder: Grant | None = None

    @property
    def grant(self) -> Grant:
        """Return the grant whose token was sent; the gate has seen that there is one."""
        if self.holder is None:
            raise HarnessBug(f"{self.method} {self.path} was let through without a token")
        return self.holder

    @property
    def company(self) -> str:
        """Return the company of the grant; the gate has seen that a company operation has one."""
        if self.grant.company is None:
            raise HarnessBug(f"{self.method} {self.path} was let through with a system token")
        return self.grant.company

    def sees(self, scope: str) -> bool:
        """Whether the grant has a scope: what handlers ask before they show what it opens."""
        return scope in self.grant.scopes

    def object(self) -> dict[str, Json]:
        """Return the JSON object of the body; an empty one where nothing or something else was sent."""
        return self.payload if isinstance(self.payload, dict) else {}

    def find_query(self, name: str) -> str | None:
        """Return the last value of a query parameter, or `None`: a repeated one counts once, last."""
        return next((value for key, value in reversed(self.query) if key == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer to a call."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    @classmethod
    def of(cls, status: int, payload: Json, *, headers: Headers = ()) -> Reply:
        """Return an answer with a JSON body."""
        return cls(status=status, headers=(_JSON_TYPE, *headers), body=_to_bytes(payload))

    @classmethod
    def of_rows(cls, status: int, rows: Iterable[Json], *, headers: Headers = ()) -> Reply:
        """Return an answer with a JSON array: what `of` gives, faster for rows that were shown before."""
        # marshal is only a faster name for what a row is: its bytes never leave this process
        content = b",".join([_to_known_bytes(marshal.dumps(row, 2)) for row in rows])
        return cls(status=status, headers=(_JSON_TYPE, *headers), body=b"[" + content + b"]")


_JSON_TYPE = ("Content-Type", "application/json")
_ROWS_KNOWN = 2000  # of a few kilobytes each


def _to_bytes(payload: Json) -> bytes:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


@functools.lru_cache(maxsize=_ROWS_KNOWN)
def _to_known_bytes(content: bytes) -> bytes:
    return _to_bytes(marshal.loads(content))  # noqa: S302 - made in the line that calls this


Handler = Callable[[World, Call], Reply]
