"""The OAuth operations on the wire: token, revoke, token_info, disconnect.

The rules are in token_request.py and oauth.py; here they become HTTP. The OAuth endpoints answer errors
in the shape of RFC 6749 section 5.2, not in Gusto's envelope.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.grant import Grant, Issued, Refusal
from partner_qa.sandbox.problem import not_found
from partner_qa.sandbox.token_request import check_client, find_secret_in_query, issue_token, read_parameters
from partner_qa.sandbox.world import World

_NO_STORE = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))  # RFC 6749 section 5.1


def create_token(world: World, call: Call) -> Reply:
    """Answer `POST /oauth/token` for all three grant types.

    [D] operation oauth-access-token and https://docs.gusto.com/app-integrations/docs/oauth2; the codes and
    statuses of refusals are those of RFC 6749 section 5.2 [I].
    """
    parameters = find_secret_in_query(call.query) or read_parameters(call.headers, call.body)
    if isinstance(parameters, Refusal):
        return _refuse(parameters)
    issued = issue_token(world.grants, parameters, call.headers)
    if isinstance(issued, Refusal):
        return _refuse(issued)
    if parameters["grant_type"] == "authorization_code" and issued.grant.company is not None:
        announce_connection(world, issued.grant.company)
    return _oauth_reply(200, _to_json(issued))


def revoke_token(world: World, call: Call) -> Reply:
    """Answer `POST /oauth/revoke`: 200 whether or not the token existed (RFC 7009 section 2.2)."""
    parameters = find_secret_in_query(call.query) or read_parameters(call.headers, call.body)
    if isinstance(parameters, Refusal):
        return _refuse(parameters)
    refusal = check_client(world.grants, parameters, call.headers)
    if refusal is not None:
        return _refuse(refusal)
    token = parameters.get("token")
    if token is None:
        return _refuse(
            Refusal(error="invalid_request", description="The required parameter 'token' is missing.")
        )
    world.grants.revoke(token)
    return _oauth_reply(200, {})


def show_token_info(world: World, call: Call) -> Reply:
    """Answer `GET /v1/token_info` ([D] schema `Token-Info`; a system token belongs to the application)."""
    grant = call.grant
    if grant.company is None:
        application = world.grants.application
        resource: Json = {"type": "Oauth::Application", "uuid": application.uuid}
    else:
        resource = {"type": "Company", "uuid": grant.company}
    owner: Json = None if grant.owner is None else {"type": "CompanyAdmin", "uuid": grant.owner}
    return Reply.of(200, {"scope": _to_scope(grant), "resource": resource, "resource_owner": owner})


def disconnect_application(world: World, call: Call) -> Reply:
    """Answer `POST /v1/companies/{company_id}/disconnect_app_integration`.

    [D] every user of the company who authorised the application loses its tokens. [I] a company that is
    not connected is not found.
    """
    company = call.params["company_id"]
    if not world.grants.is_connected(company):
        return not_found()
    disconnect_company(world, company)
    return Reply(status=204)


def announce_connection(world: World, company: str) -> None:
    """Tell that a company was connected ([D] `company.provisioned`: an OAuth connection was made)."""
    world.events.append(company, "company.provisioned", "Company", company)


def disconnect_company(world: World, company: str) -> int:
    """End the partner's connections to a company and tell it; return how many there were.

    The same happens when an admin removes the application inside Gusto. The event comes first: after it
    the company is out of reach. [D] its name, https://docs.gusto.com/app-integrations/docs/webhook-events;
    [I] that this call causes it.
    """
    if world.grants.is_connected(company):
        world.events.append(company, "company.deprovisioned", "Company", company)
    return world.grants.revoke_company(company)


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "oauth-access-token": create_token,
        "revoke-access-token": revoke_token,
        "get-v1-token-info": show_token_info,
        "post-v1-disconnect-app-integration": disconnect_application,
    }
)


def _to_json(issued: Issued) -> dict[str, Json]:
    answer: dict[str, Json] = {
        "access_token": issued.access_token,
        "token_type": "Bearer",
        "expires_in": issued.expires_in,
        "refresh_token": issued.refresh_token,
        "created_at": int(issued.created_at.timestamp()),
    }
    if issued.grant.kind == "company":  # [D] code and refresh answers only
        answer["scope"] = _to_scope(issued.grant)
    return answer


def _to_scope(grant: Grant) -> str:
    return " ".join(sorted(grant.scopes))


def _refuse(refusal: Refusal) -> Reply:
    challenge: tuple[tuple[str, str], ...] = ()
    status = 400
    if refusal.error == "invalid_client":
        status = 401
        challenge = (("WWW-Authenticate", 'Bearer realm="Gusto", error="invalid_client"'),)
    return _oauth_reply(status, {"error": refusal.error, "error_description": refusal.description}, challenge)


def _oauth_reply(status: int, payload: Json, more: tuple[tuple[str, str], ...] = ()) -> Reply:
    headers = (("Content-Type", "application/json; charset=utf-8"), *_NO_STORE, *more)
    return Reply(status=status, headers=headers, body=json.dumps(payload).encode())
