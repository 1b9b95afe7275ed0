"""The gate before every operation: version, token, rate limit, scopes, company, validity, in this order.

What it lets through is a `Call` with the holder of the token and the parsed body; what it does not is a
`Reply` in Gusto's words. Handlers behind it judge values, not shapes, and never see another company in a
path. Everything here runs for each request with the world's lock held, so nothing is computed twice.
Labels as in problem.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from partner_qa.contract.catalogue import Contract
from partner_qa.contract.operation import Operation, Token
from partner_qa.contract.versions import HEADER, find_version, oldest_answered, to_version
from partner_qa.model import Headers, Json, find_header
from partner_qa.sandbox.call import Call, Reply
from partner_qa.sandbox.grant import Grant
from partner_qa.sandbox.problem import (
    bad_request,
    forbidden_scope,
    forbidden_token,
    not_acceptable,
    not_found,
    rate_limited,
    unauthorized,
)
from partner_qa.sandbox.rate_limit import Allowance, RateLimit
from partner_qa.sandbox.validity import refuse_violations
from partner_qa.sandbox.world import World

DEEPEST = 64  # [I] levels of nesting in a body; Gusto's own bodies have five
# Possessive, and closing or not: in linear time, whatever the bytes are.
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NO_BRACKET = re.compile(rb"[^\[\]{}]++")
_COMPANY_PARAMETERS = ("company_id", "company_uuid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A request that was found to be for an operation, not judged yet. `params` and `query` are decoded."""

    method: str
    path: str
    operation: Operation
    params: Mapping[str, str]
    query: tuple[tuple[str, str], ...]
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What the gate says: a call to hand on or a refusal, and headers for whatever is answered."""

    outcome: Call | Reply
    headers: Headers = ()


class Gate:
    """Judges arrivals. Not thread-safe: the world's lock stands around every call."""

    def __init__(self, world: World, contract: Contract, *, rate_limit: RateLimit | None = None) -> None:
        self._world = world
        self._contract = contract
        self._rate_limit = rate_limit or RateLimit()
        self._versions: dict[tuple[str | None, date], str | Reply] = {}

    def admit(self, arrival: Arrival) -> Admission:
        """Let an arrival through or refuse it.

        [D] operations without a token (the OAuth endpoints) are judged by their handlers. A live token
        counts as used (`note_use`) even where the call is refused further on.
        """
        if arrival.operation.token is Token.NONE:
            return Admission(outcome=_to_call(arrival, None, None))
        now = self._world.now()
        version = self._read_version(find_header(arrival.headers, HEADER), now.astimezone(UTC).date())
        if isinstance(version, Reply):
            return Admission(outcome=version)
        holder = self._authenticate(find_header(arrival.headers, "authorization"), now)
        if isinstance(holder, Reply):
            return Admission(outcome=holder, headers=((HEADER, version),))
        self._world.grants.note_use(holder)
        headers: Headers = ((HEADER, version),)
        if not holder.own:  # the harness's own reads must neither fail nor wait
            allowance = self._rate_limit.take(holder.id, now.timestamp())
            headers = (*headers, *_to_headers(allowance, now))
            if allowance.retry_after is not None:
                return Admission(outcome=rate_limited(allowance.retry_after), headers=headers)
        return Admission(outcome=self._judge(arrival, holder), headers=headers)

    def _judge(self, arrival: Arrival, holder: Grant) -> Call | Reply:
        operation = arrival.operation
        if operation.scopes and operation.token != holder.kind:  # token_info needs no scope and takes both
            return forbidden_token(operation.token)
        if not holder.scopes.issuperset(operation.scopes):
            return forbidden_scope(scope for scope in operation.scopes if scope not in holder.scopes)
        if not self._may_enter(arrival.params, holder):
            return not_found()
        return self._read(arrival, holder)

    def _read_version(self, given: str | None, today: date) -> str | Reply:
        key = (given, today)
        found = self._versions.get(key)
        if found is None:
            if len(self._versions) > 1000:  # a client that sends a new one each time
                self._versions.clear()
            found = self._versions[key] = _judge_version(given, today, self._world.settings.minimum_version)
        return found

    def _authenticate(self, authorization: str | None, now: datetime) -> Grant | Reply:
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return unauthorized("The access token is missing")
        holder = self._world.grants.find(token.strip())
        if holder is None:
            return unauthorized("The access token is invalid")
        if holder.is_live(now):
            return holder
        return unauthorized("The access token was revoked" if holder.revoked else "The access token expired")

    def _may_enter(self, params: Mapping[str, str], holder: Grant) -> bool:
        """Whether the company in the path is the grant's own; a system token has none of its own."""
        for name in _COMPANY_PARAMETERS:
            if name in params and holder.kind == "company" and params[name] != holder.company:
                return False
        return holder.company is None or holder.company in self._world.companies

    def _read(self, arrival: Arrival, holder: Grant) -> Call | Reply:
        operation, headers, body = arrival.operation, arrival.headers, arrival.body
        if not body.strip() and operation.body is not None:  # then the words name what is missing
            body, headers = b"{}", (*_without_type(headers), ("content-type", "application/json"))
        if body.count(b"[") + body.count(b"{") > DEEPEST and _is_deep(body):
            return bad_request()
        violations = self._contract.check_request(
            operation, path_params=arrival.params, query=arrival.query, headers=headers, body=body
        )
        refusal = refuse_violations(operation, violations) if violations else None
        if refusal is not None:
            return refusal
        payload: Json = json.loads(body) if body.strip() and operation.body is not None else None
        if b"\\u" in body and not _is_text(payload):
            return bad_request()
        return _to_call(arrival, holder, payload)


def _judge_version(given: str | None, today: date, minimum: str) -> str | Reply:
    """Return the version in effect, or the 406.

    [D] https://docs.gusto.com/app-integrations/docs/getting-setup: without the header the application's
    minimum counts, and what is sent lies between it and today; sunset versions are answered 406. [I] a day
    between two releases means the older of them; a minimum that has been sunset is no help.
    """
    if given is None:
        return minimum
    asked = to_version(given)
    if asked is None:
        shown = given[:40]
        return not_acceptable(f"Invalid API Version `{shown}`. Expected format: YYYY-MM-DD")  # [D]
    least = max(minimum, oldest_answered(today).isoformat())
    version = find_version(asked)
    if version is None or given < least or asked > today:
        return not_acceptable(
            # [Dx] the literal, of the older envelope
            f"Invalid API Version `{given}`. Version must be >= your application's minimum API version "
            f"`{least}` and not in the future."
        )
    return str(version)


def _to_call(arrival: Arrival, holder: Grant | None, payload: Json) -> Call:
    return Call(
        method=arrival.method,
        path=arrival.path,
        params=arrival.params,
        query=arrival.query,
        headers=arrival.headers,
        body=arrival.body,
        payload=payload,
        operation=arrival.operation,
        holder=holder,
    )


def _to_headers(allowance: Allowance, now: datetime) -> Headers:
    """[D] names and form of the three, https://docs.gusto.com/embedded-payroll/docs/rate-limits (July 2025).

    [I] the reset is when one more request is free, rounded up.
    """
    reset = now + timedelta(seconds=allowance.resets_in)
    if reset.microsecond:
        reset = reset.replace(microsecond=0) + timedelta(seconds=1)
    return (
        ("X-RateLimit-Limit", str(allowance.limit)),
        ("X-RateLimit-Remaining", str(allowance.remaining)),
        ("X-RateLimit-Reset", f"{reset.isoformat(' ')[:19]} {reset:%z}"),
    )


def _without_type(headers: Headers) -> Headers:
    return tuple(each for each in headers if each[0].lower() != "content-type")


def _is_deep(body: bytes) -> bool:
    """Whether brackets of a body stand more than 64 deep, those inside of texts not counted."""
    depth = 0
    for bracket in _NO_BRACKET.sub(b"", _TEXT.sub(b"", body)):
        depth += 1 if bracket in b"[{" else -1
        if depth > DEEPEST:
            return True
    return False


def _is_text(payload: Json) -> bool:
    """Whether every text of a body can be written again: half a surrogate pair is no character."""
    try:
        json.dumps(payload, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
