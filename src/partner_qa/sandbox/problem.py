"""Refusals in Gusto's envelope: `{"errors": [{"error_key", "category", "message", "metadata"}]}`.

One function for each situation, so that status, category and wording of a refusal stand in one place with
their source. The OAuth endpoints answer in the shape of RFC 6749 instead (tokens.py). Labels: [D] documented
by Gusto (https://docs.gusto.com/app-integrations/docs/api-error-categories unless another page is named),
[O] observed by Gusto's own engineers in their public tools, [I] our choice where both are silent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from partner_qa.model import Headers, Json
from partner_qa.sandbox.call import Reply

Entry = dict[str, Json]
Metadata = Mapping[str, Json]

NOT_FOUND = "The requested resource was not found."  # [D] schema Not-Found-Error-Object
STALE = "You are attempting to update a resource using an out-of-date version."  # [D] Conflict-Error-Object
UNREADABLE = "There is an error in the request body."  # [D] the generic example of the 422 schema


def to_entry(key: str, category: str, message: str, metadata: Metadata | None = None) -> Entry:
    """Return one row of the `errors` list; `key` is the field it is about, `base` or `request`."""
    entry: Entry = {"error_key": key, "category": category, "message": message}
    if metadata is not None:
        entry["metadata"] = dict(metadata)
    return entry


def to_nested(key: str, entries: Iterable[Entry], metadata: Metadata | None = None) -> Entry:
    """Return a row whose mistakes are those of its parts ([D] category `nested_errors`)."""
    entry: Entry = {"error_key": key, "category": "nested_errors", "errors": list(entries)}
    if metadata is not None:
        entry["metadata"] = dict(metadata)
    return entry


def refuse(status: int, entries: Iterable[Entry], *, headers: Headers = ()) -> Reply:
    """Return a refusal with these rows."""
    return Reply.of(status, {"errors": list(entries)}, headers=headers)


def unprocessable(key: str, category: str, message: str, metadata: Metadata | None = None) -> Reply:
    """Return a 422 with one row; the literals belong to the operation and stand with its handler."""
    return refuse(422, [to_entry(key, category, message, metadata)])


def not_found(message: str = NOT_FOUND) -> Reply:
    """Return the 404 of something that is not there, or not there for this grant.

    [D] the literal; [I] another company's things are answered alike, so that nothing can be probed.
    """
    return refuse(404, [to_entry("request", "not_found", message)])


def conflict() -> Reply:
    """Return the 409 of a stale `version`, or of none at all.

    [D] the literal, https://docs.gusto.com/app-integrations/docs/idempotency; [O] a missing version is
    answered like a stale one.
    """
    return refuse(409, [to_entry("base", "invalid_resource_version", STALE)])


def embedded_only() -> Reply:
    """Return the 404 of an operation that only Gusto Embedded Payroll has ([D] category and status)."""
    message = "This endpoint is part of Gusto Embedded Payroll; app integrations do not have access to it."
    return refuse(404, [to_entry("request", "missing_permissions", message)])


def retired() -> Reply:
    """Return the 404 of an endpoint that older API versions had.

    [D] status, category and literal, https://docs.gusto.com/embedded-payroll/docs/error-categories.
    """
    message = "The requested endpoint is no longer supported in the requested API version."
    return refuse(404, [to_entry("request", "deprecated_endpoint", message)])


def unauthorized(reason: str) -> Reply:
    """Return the 401 of a missing, unknown, expired or revoked token; `reason` is a sentence.

    [D] status and category. [I] the key, the wording and the challenge (RFC 6750 section 3).
    """
    challenge = f'Bearer realm="Gusto", error="invalid_token", error_description="{reason}"'
    entry = to_entry("request", "invalid_token", reason)
    return refuse(401, [entry], headers=(("WWW-Authenticate", challenge),))


def forbidden_scope(missing: Iterable[str]) -> Reply:
    """Return the 403 of scopes that the grant lacks, one row for each.

    [O] key, category, the name in the message and in `metadata.missing_scope_name` (since August 2026).
    """
    return refuse(403, [_missing_scope(scope) for scope in missing])


def _missing_scope(scope: str) -> Entry:
    message = (
        f"You do not have the necessary OAuth scopes for this request: {scope} is missing. "
        "Please reach out to developer@gusto.com for assistance."  # [O]
    )
    return to_entry("request", "missing_oauth_scopes", message, {"missing_scope_name": scope})


def forbidden_token(wanted: str) -> Reply:
    """Return the 403 of a token of the other kind; `wanted` is `company` or `system`.

    [D] which operations take which: https://docs.gusto.com/app-integrations/docs/system-access-tokens.
    [I] status and category: the token is good, so 401 would send a client into refreshing it.
    """
    message = f"This endpoint needs a {wanted} access token."
    return refuse(403, [to_entry("request", "missing_permissions", message)])


def rate_limited(retry_after: int, *, headers: Headers = ()) -> Reply:
    """Return the 429 of a grant that asked too often; `retry_after` is in whole seconds.

    [D] status and header, https://docs.gusto.com/app-integrations/docs/rate-limits; [I] the body.
    """
    entry = to_entry(
        "request", "rate_limit_exceeded", f"Rate limit exceeded. Retry in {retry_after} seconds."
    )
    return refuse(429, [entry], headers=(("Retry-After", str(retry_after)), *headers))


def not_acceptable(message: str) -> Reply:
    """Return the 406 of an API version that is none, too old, or in the future ([D])."""
    return refuse(406, [to_entry("request", "invalid_api_version", message)])


def bad_request(message: str = UNREADABLE) -> Reply:
    """Return the 400 of a request that cannot be read at all ([I]: Gusto does not say)."""
    return refuse(400, [to_entry("request", "invalid_request_error", message)])


def too_large(limit: int) -> Reply:
    """Return the 413 of a body above `limit` bytes ([I])."""
    message = f"The request body is longer than {limit} bytes."
    return refuse(413, [to_entry("request", "invalid_request_error", message)])


def unsupported_media_type(accepted: Iterable[str]) -> Reply:
    """Return the 415 of a body that does not say it is what the operation takes ([I])."""
    message = f"Send the request body as {' or '.join(accepted)}."
    return refuse(415, [to_entry("request", "invalid_request_error", message)])


def internal_error() -> Reply:
    """Return the 500 of a mistake of ours ([D] the literal)."""
    return refuse(500, [to_entry("request", "internal_error", "An unexpected error has occurred.")])


def not_built(operation: str) -> Reply:
    """Return the 501 of an operation that this sandbox does not play (ours: Gusto has it)."""
    message = f"The embedded sandbox does not play {operation} yet."
    return refuse(501, [to_entry("request", "not_built", message)])
