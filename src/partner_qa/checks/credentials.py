"""Who gets to see a secret: the body of a token request and nothing else, the server and no browser, the
right kind of token for each operation.

Secrets are compared by the pseudonyms that redaction left, each of which stands for one secret throughout a
run.
"""

from __future__ import annotations

from partner_qa.checks import declared, traffic
from partner_qa.contract.catalogue import Contract
from partner_qa.contract.operation import Token
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Kind, Place, Recording, Run, find_header

_OAUTH_PATHS = frozenset({"/oauth/token", "/oauth/revoke"})
_SECRETS = ("client_secret", "code", "refresh_token", "access_token", "token")
_SYSTEM = "system-"  # how the grants of system tokens are named
_SHORTEST = 8  # characters below which a text is no secret, but might stand anywhere by chance

_Where = list[tuple[Recording, Exchange]]


def sends_credentials_in_body(run: Run) -> tuple[Finding, ...]:
    """Judge that requests for tokens carry no secret in their URL.

    A body of JSON or of a form is right. `Authorization: Basic` for the client's own leaks nothing (RFC 6749
    section 2.3.1); that Gusto documents the body alone is WIRE-01's affair. That production is asked over TLS
    is the host's doing; loopback is exempt. Source:
    https://docs.gusto.com/app-integrations/reference/oauth-access-token
    """
    calls = [
        (each, call)
        for each in run
        for call in traffic.api_calls(each)
        if traffic.path_of(call) in _OAUTH_PATHS
    ]
    if not calls:
        raise NotObserved("the integration asked for no token in this run", missing=traffic.CONNECTS)
    leaking: dict[str, _Where] = {}
    for each, call in calls:
        for name, _ in traffic.query_of(call):
            if name in _SECRETS:
                leaking.setdefault(name, []).append((each, call))
    return tuple(
        Finding(
            check="sends_credentials_in_body",
            message=f"does not keep {name} out of the URL of a token request",
            places=_places(where),
            expected="client_secret, codes and tokens stand in the body of the POST",
            seen=f"{name} in the query of {len(where)} request{'s' if len(where) != 1 else ''}",
            hint="send the parameters as the body (JSON or a form); URLs end up in logs",
            key=f"query={name}",
        )
        for name, where in leaking.items()
    )


def keeps_secrets_from_browsers(run: Run) -> tuple[Finding, ...]:
    """Judge that no token and no client secret reaches a browser, in an address, a header or a page.

    Every secret is one that the run has seen on the wire between server and Gusto. The authorization code is
    none of them: the browser carries it by design (RFC 6749 section 4.1.2). Source:
    https://docs.gusto.com/app-integrations/docs/authentication
    """
    secrets = _secrets_of(run)
    visits = [(each, visit) for each in run for visit in each.of_kind(Kind.BROWSER)]
    if not secrets or not visits:
        raise NotObserved(
            "no browser was seen together with an integration that holds tokens", missing=traffic.CONNECTS
        )
    exposed: dict[str, _Where] = {}
    for each, visit in visits:
        for kind in sorted({secrets[text] for text in secrets if text in _text_of(visit)}):
            exposed.setdefault(kind, []).append((each, visit))
    return tuple(
        Finding(
            check="keeps_secrets_from_browsers",
            message=f"does not keep {kind} on the server",
            places=_places(where),
            expected="browsers see neither tokens nor the client secret",
            seen=f"{kind} in {len(where)} exchange{'s' if len(where) != 1 else ''} with a browser, first at "
            f"{traffic.path_of(where[0][1])}",
            hint="keep tokens in your own storage and give the browser a session of yours; call Gusto from "
            "the server only",
            key=f"secret={kind}",
        )
        for kind, where in exposed.items()
    )


def _secrets_of(run: Run) -> dict[str, str]:
    """Return each secret of the run that no browser may see, with what it is."""
    found: dict[str, str] = {}
    for recording in run:
        for call in traffic.api_calls(recording):
            given: dict[str, str] = {}
            if traffic.path_of(call) in _OAUTH_PATHS:
                sent = {**dict(traffic.query_of(call)), **traffic.fields_of(call.request.body)}
                given = {**sent, **traffic.fields_of(call.response.body)}
            bearer = traffic.find_bearer(call)
            if bearer:
                given["access_token"] = bearer
            for name in ("client_secret", "access_token", "refresh_token"):
                if len(given.get(name, "")) >= _SHORTEST:
                    found.setdefault(given[name], name)
    return found


def _text_of(visit: Exchange) -> str:
    sent, answered = visit.request, visit.response
    headers = "\n".join(value for _, value in (*sent.headers, *answered.headers))
    bodies = b"\n".join((sent.body.content, answered.body.content)).decode("utf-8", "replace")
    return "\n".join((sent.url, headers, bodies))


def uses_the_right_kind_of_token(run: Run, *, contract: Contract) -> tuple[Finding, ...]:
    """Judge that system tokens are used for system operations and company tokens for companies' data.

    The organisation token of old (`Authorization: Token`) is used for nothing. `token_info` takes either.
    Whoever subscribed in the Developer Portal, and founds no companies, may do without system tokens. Source:
    https://docs.gusto.com/app-integrations/docs/api-tokens
    """
    kinds = {each.id: each.token for each in contract.operations if each.scopes}
    calls = [(each, call) for each in run for call in traffic.api_calls(each)]
    guarded = [(each, call) for each, call in calls if call.operation in kinds and call.grant]
    is_system_used = any(kinds[str(call.operation)] is Token.SYSTEM for _, call in guarded)
    if not is_system_used and not (guarded and _needs_no_system_token(run)):
        raise NotObserved(
            "nothing was done that needs a system token",
            missing=("actions.subscribe_webhooks or actions.provision_company in partner.yaml",),
        )
    legacy = [(each, call) for each, call in calls if _is_legacy(call)]
    wrong: dict[Token, _Where] = {}
    for each, call in guarded:
        kind = kinds[str(call.operation)]
        if kind is not (Token.SYSTEM if str(call.grant).startswith(_SYSTEM) else Token.COMPANY):
            wrong.setdefault(kind, []).append((each, call))
    words = {
        Token.SYSTEM: "use a system token for what belongs to the application",
        Token.COMPANY: "use a company's own token for its data",
    }
    return (
        *(_kind_finding(where, words[kind]) for kind, where in wrong.items()),
        *([_kind_finding(legacy, "do without the organisation's API token")] if legacy else []),
    )


def _needs_no_system_token(run: Run) -> bool:
    return declared.has_preset_subscription(run) and "provisioning" not in declared.use_cases(run)


def _is_legacy(call: Exchange) -> bool:
    return (find_header(call.request.headers, "Authorization") or "").lower().startswith("token ")


def _kind_finding(where: _Where, what: str) -> Finding:
    operations = ", ".join(sorted({str(call.operation or traffic.path_of(call)) for _, call in where}))
    return Finding(
        check="uses_the_right_kind_of_token",
        message=f"does not {what}",
        places=_places(where),
        expected="grant_type=system_access for webhooks, events, provisioning and disconnecting; a company's "
        "token for everything in a company",
        seen=f"{operations}: {len(where)} request{'s' if len(where) != 1 else ''}, "
        f"first answered {where[0][1].response.status}",
        hint="`partner-qa contract show OPERATION` says which token an operation takes",
        key=what,
    )


def _places(where: _Where) -> tuple[Place, ...]:
    return tuple(place for each, call in where[:20] for place in traffic.places(each, [call]))
