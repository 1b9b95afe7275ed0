"""Trouble, as values: what happens to which requests. The recorder makes it happen, on either target.

A fault describes the requests that it meets (`on`) by operation, by how many such requests came before,
by the action under way and by company. It fires in the recorder, so Gusto's own sandbox needs no switch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from partner_qa.model import Json


class Trouble(StrEnum):
    """What a fault does to a request."""

    RESPOND = "respond"
    DROP_RESPONSE = "drop_response"
    RESET = "reset"
    DELAY = "delay"
    EXPIRE_TOKEN = "expire_token"  # noqa: S105 - what happens to one
    ADD_FIELDS = "add_fields"
    UNKNOWN_ENUM = "unknown_enum"
    DROP_FIELDS = "drop_fields"
    STALE_VERSION = "stale_version"
    EMPTY_ONE = "empty_one"
    FORCE_PAGES = "force_pages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One kind of trouble, and the requests that it is for (`None`: any; occurrences count from 1)."""

    trouble: Trouble
    parameters: Mapping[str, Json] = field(default_factory=dict)
    operation: str | None = None
    occurrences: range = range(1, 1 << 31)
    during: str | None = None
    company: str | None = None

    def on(
        self,
        *,
        operation: str | None = None,
        occurrence: int | range | None = None,
        during: str | None = None,
        company: str | None = None,
    ) -> Fault:
        """Return this fault for the requests described."""
        occurrences = self.occurrences if occurrence is None else occurrence
        if isinstance(occurrences, int):
            occurrences = range(occurrences, occurrences + 1)
        return replace(
            self, operation=operation, occurrences=occurrences, during=during, company=company or None
        )


def awaited(fault: Fault) -> str:
    """Return in words the request that a fault waits for, for whoever asks why it never met one."""
    first = fault.occurrences.start
    which = "a request" if first == 1 else f"request {first} (only {first - 1} or fewer came)"
    return f"{which} of {fault.operation}" if fault.operation else which


def respond(status: int, *, retry_after: int | None = None, body: Json = None) -> Fault:
    """Return a fault that answers in Gusto's place, by default with an error envelope."""
    return Fault(
        trouble=Trouble.RESPOND,
        parameters={"status": status, "retry_after": retry_after, "body": body or envelope(status)},
    )


def refuse_grant() -> Fault:
    """Return a fault that refuses a code or refresh token, as RFC 6749 section 5.2 says of a bad one."""
    described = "It does not exist, is too old or was revoked."
    return respond(400, body={"error": "invalid_grant", "error_description": described})


def drop_response() -> Fault:
    """Return a fault that lets Gusto do what was asked and loses the answer."""
    return Fault(trouble=Trouble.DROP_RESPONSE)


def reset() -> Fault:
    """Return a fault that closes the connection before Gusto hears of the request."""
    return Fault(trouble=Trouble.RESET)


def delay(seconds: float, *, per: int | None = None) -> Fault:
    """Return a fault that holds the request for a while, or until it is taken back, and lets it through.

    With `per` the list then comes in pages of at most so many, as with `force_pages`.
    """
    pages: dict[str, Json] = {} if per is None else {"per": per}
    return Fault(trouble=Trouble.DELAY, parameters={"seconds": seconds, **pages})


def expire_token() -> Fault:
    """Return a fault that answers 401 to this access token from now on, until it is replaced by a new one."""
    return Fault(trouble=Trouble.EXPIRE_TOKEN, parameters={"status": 401, "body": envelope(401)})


def stale_version() -> Fault:
    """Return a fault that answers 409, as if somebody had changed the object meanwhile."""
    return Fault(trouble=Trouble.STALE_VERSION, parameters={"status": 409, "body": envelope(409)})


def add_fields() -> Fault:
    """Return a fault that adds a field nobody knows to every object of the answer."""
    return Fault(trouble=Trouble.ADD_FIELDS)


def unknown_enum(*fields: str) -> Fault:
    """Return a fault that sets these fields of the answer to a value nobody knows."""
    return Fault(trouble=Trouble.UNKNOWN_ENUM, parameters={"fields": list(fields)})


def drop_fields(*fields: str) -> Fault:
    """Return a fault that leaves these fields out of the answer, as once a deprecated field is gone."""
    return Fault(trouble=Trouble.DROP_FIELDS, parameters={"fields": list(fields)})


def empty_one() -> Fault:
    """Return a fault that leaves of the second object of a list nothing but its UUID: the rest is null."""
    return Fault(trouble=Trouble.EMPTY_ONE)


def force_pages(per: int) -> Fault:
    """Return a fault that has a list come in pages of at most `per`, whatever was asked for."""
    return Fault(trouble=Trouble.FORCE_PAGES, parameters={"per": per})


_CATEGORIES = {
    401: ("request", "invalid_token", "The access token is expired, revoked or unknown."),
    403: ("request", "missing_oauth_scopes", "This application lacks a scope that the request needs."),
    404: ("request", "not_found", "The requested resource was not found."),
    409: ("base", "invalid_resource_version", "The version sent is not the newest version of the resource."),
    429: ("request", "rate_limit_exceeded", "Too many requests. Wait as long as Retry-After says."),
}


def envelope(status: int) -> Json:
    """Return an error body of Gusto's shape for a status.

    Source: https://docs.gusto.com/app-integrations/docs/error-categories
    """
    key, category, message = _CATEGORIES.get(
        status, ("request", "internal_error", "Something went wrong on our side.")
    )
    return {"errors": [{"error_key": key, "category": category, "message": message}]}


def with_added_fields(body: bytes) -> bytes:
    """Return a JSON answer whose objects each have one more field."""
    return _rewritten(body, _add_field)


def with_one_emptied(body: bytes) -> bytes:
    """Return a JSON list whose second object has kept its `uuid` only; a shorter list stays as it is."""

    def change(value: Json) -> Json:
        if not isinstance(value, list) or len(value) < 2 or not isinstance(value[1], dict):
            return value
        empty = {key: each if key == "uuid" else None for key, each in value[1].items()}
        return [value[0], empty, *value[2:]]

    return _rewritten(body, change)


def with_unknown_values(body: bytes, fields: frozenset[str]) -> bytes:
    """Return a JSON answer in which these fields hold a value that no enumeration has."""

    def change(value: Json) -> Json:
        if isinstance(value, list):
            return [change(each) for each in value]
        if isinstance(value, dict):
            return {
                key: "not_in_any_list" if key in fields and isinstance(each, str) else change(each)
                for key, each in value.items()
            }
        return value

    return _rewritten(body, change)


def without_fields(body: bytes, fields: frozenset[str]) -> bytes:
    """Return a JSON answer without these fields, wherever they stand."""

    def change(value: Json) -> Json:
        if isinstance(value, list):
            return [change(each) for each in value]
        if isinstance(value, dict):
            return {key: change(each) for key, each in value.items() if key not in fields}
        return value

    return _rewritten(body, change)


def _add_field(value: Json) -> Json:
    if isinstance(value, list):
        return [_add_field(each) for each in value]
    if isinstance(value, dict):
        return {
            **{key: _add_field(each) for key, each in value.items()},
            "added_later": {"since": "tomorrow"},
        }
    return value


def _rewritten(body: bytes, change: object) -> bytes:
    try:
        parsed = json.loads(body)
    except ValueError:
        return body
    return json.dumps(change(parsed), separators=(",", ":")).encode()  # type: ignore[operator]
