"""What arrives at the OAuth endpoints, read and answered by the rules of RFC 6749.

Parameters in, an `Issued` or a `Refusal` out; tokens.py puts either on the wire. The order of the checks
is Doorkeeper's: grant type, client, parameters, grant [I].
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from partner_qa.model import Headers, find_header
from partner_qa.sandbox.grant import Issued, Refusal
from partner_qa.sandbox.oauth import Grants

Parameters = Mapping[str, str]

_UNKNOWN_CLIENT = "Client authentication failed: the client id or secret is missing or wrong."
_HEADER_CLIENT = "Client authentication failed: client_id and client_secret belong in the request body."


def read_parameters(headers: Headers, body: bytes) -> Parameters | Refusal:
    """Return the parameters of a JSON or form body.

    [D] JSON is documented, form encoding works in the field. RFC 6749 section 3.2: a parameter must not
    come twice, one without a value counts as absent.
    """
    media_type = (find_header(headers, "content-type") or "").partition(";")[0].strip().lower()
    try:
        if media_type == "application/x-www-form-urlencoded":
            pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100)
        elif media_type == "application/json":
            pairs = _read_json(body)
        else:
            return Refusal(
                error="invalid_request",
                description="Send the parameters as application/json or application/x-www-form-urlencoded.",
            )
    except (ValueError, RecursionError):
        return Refusal(error="invalid_request", description="The request body cannot be read.")
    counts = Counter(name for name, _ in pairs)
    twice = next((name for name, count in counts.items() if count > 1), None)
    if twice is not None:
        return Refusal(error="invalid_request", description=f"The parameter {twice!r} comes more than once.")
    return {name: value for name, value in pairs if value}


def find_secret_in_query(query: Sequence[tuple[str, str]]) -> Refusal | None:
    """Refuse credentials in the URL ([D] https://docs.gusto.com/embedded-payroll/docs/company-access-tokens)."""
    if any(name == "client_secret" for name, _ in query):
        return Refusal(
            error="invalid_request",
            description="The client secret must be in the request body, never in the URL.",
        )
    return None


def check_client(grants: Grants, parameters: Parameters, headers: Headers) -> Refusal | None:
    """Refuse anybody but the application itself.

    [D] the credentials are body parameters. HTTP Basic is not documented, so it is not taken [I].
    """
    given = (parameters.get("client_id", ""), parameters.get("client_secret", ""))
    if grants.is_client(*given):
        return None
    has_header = (find_header(headers, "authorization") or "").lower().startswith("basic ")
    return Refusal(error="invalid_client", description=_HEADER_CLIENT if has_header else _UNKNOWN_CLIENT)


def issue_token(grants: Grants, parameters: Parameters, headers: Headers) -> Issued | Refusal:
    """Answer a token request (RFC 6749 sections 4.1.3 and 6, and Gusto's `system_access`)."""
    grant_type = parameters.get("grant_type")
    if grant_type is None:
        return _missing("grant_type")
    if grant_type not in {"authorization_code", "refresh_token", "system_access"}:
        return Refusal(
            error="unsupported_grant_type",
            description="The authorization server does not support this grant type.",
        )
    refusal = check_client(grants, parameters, headers)
    if refusal is not None:
        return refusal
    if grant_type == "system_access":
        return grants.issue_system()
    if grant_type == "refresh_token":
        token = parameters.get("refresh_token")
        return _missing("refresh_token") if token is None else grants.refresh(token)
    for name in ("code", "redirect_uri"):
        if name not in parameters:
            return _missing(name)
    return grants.exchange_code(parameters["code"], redirect_uri=parameters["redirect_uri"])


def _missing(name: str) -> Refusal:
    return Refusal(error="invalid_request", description=f"The required parameter {name!r} is missing.")


class _Members(list[tuple[str, object]]):
    """The members of a JSON object in order, duplicates kept."""


def _read_json(body: bytes) -> list[tuple[str, str]]:
    found: object = json.loads(body, object_pairs_hook=_Members)
    members = found if isinstance(found, _Members) else None
    if members is None:
        raise ValueError("the body is not a JSON object")
    given = [(name, "" if value is None else value) for name, value in members]
    texts = [(name, value) for name, value in given if isinstance(value, str)]
    if len(texts) < len(given):
        raise ValueError("every parameter is a string")
    for name, value in texts:
        (name + value).encode()  # a lone surrogate is no text
    return texts
