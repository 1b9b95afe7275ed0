"""OAuth as the integration performs it: the request for consent, the state, the bearer.

What happens to tokens afterwards (expiry, rotation, whose they are) is judged in `tokens.py`.
"""

from __future__ import annotations

from partner_qa.checks import traffic
from partner_qa.contract.names import TOKEN_ENDPOINT
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Kind, Recording, Run

_AUTHORIZE = "/oauth/authorize"
_GUESSABLE_BITS = 64  # our number; RFC 6749 section 10.10 asks for 128 and wants 160
_FORGERIES = {
    "missing": "a callback without state",
    "wrong": "a callback with a state it never issued",
    "replayed": "a callback with a state that was used before",
    "foreign": "a callback with a state that another browser was given",
}


def requests_consent_correctly(
    recording: Recording, *, client_id: str, redirect_uris: tuple[str, ...]
) -> tuple[Finding, ...]:
    """Judge the parameters of each visit to `/oauth/authorize`.

    Sources: https://docs.gusto.com/app-integrations/docs/oauth2; RFC 6749 section 4.1.1
    """
    visits = _visits(recording)
    if not visits:
        raise NotObserved(
            "the browser never reached Gusto's consent page",
            missing=("actions.connect in partner.yaml",),
        )
    wanted = {"client_id": (client_id,), "response_type": ("code",), "redirect_uri": redirect_uris}
    findings = []
    for name, accepted in wanted.items():
        wrong = [visit for visit in visits if traffic.find_query(visit, name) not in accepted]
        if wrong:
            findings.append(_wrong_parameter(recording, wrong, name, accepted))
    return tuple(findings)


def _visits(recording: Recording) -> tuple[Exchange, ...]:
    return tuple(
        exchange
        for exchange in recording.of_kind(Kind.BROWSER)
        if traffic.path_of(exchange) == _AUTHORIZE and exchange.request.method == "GET"
    )


def _wrong_parameter(
    recording: Recording, wrong: list[Exchange], name: str, accepted: tuple[str, ...]
) -> Finding:
    seen = traffic.find_query(wrong[0], name)
    return Finding(
        check="requests_consent_correctly",
        message=f"does not send the right {name} to {_AUTHORIZE}",
        places=traffic.places(recording, wrong),
        expected=f"{name} is {' or '.join(accepted)}",
        seen=f"no {name}" if seen is None else f"{name}={seen}",
        hint="redirect_uri must equal a registered one to the letter, percent-encoded; "
        "compare gusto.redirect_uris in partner.yaml",
        key=f"parameter={name}",
    )


def refuses_foreign_state(recording: Recording) -> tuple[Finding, ...]:
    """Judge that state is sent, hard to guess, used once and in its own browser; without it nothing changes.

    A forged callback is one whose browser exchange carries the fact `forged`. It is accepted when its
    code was sent to the token endpoint. Proof of life: a callback that is not forged led to an exchange.
    Source: RFC 6749 sections 10.10 and 10.12
    """
    forged = [
        exchange
        for exchange in recording.of_kind(Kind.BROWSER)
        if isinstance(exchange.facts.get("forged"), str)
    ]
    exchanged = _exchanged_codes(recording)
    if not forged:
        raise NotObserved("no callback was forged in this scenario", missing=traffic.CONNECTS)
    forged_codes = {traffic.find_query(exchange, "code") for exchange in forged}
    if not set(exchanged) - forged_codes:
        raise NotObserved(
            "no honest callback led to a connection, so refusing the forged ones proves nothing",
            missing=traffic.CONNECTS,
        )
    return (
        *_weak_state(recording),
        *(
            _accepted(recording, visit, exchanged[code])
            for visit in forged
            if (code := traffic.find_query(visit, "code")) in exchanged and code is not None
        ),
    )


def _exchanged_codes(recording: Recording) -> dict[str, Exchange]:
    codes: dict[str, Exchange] = {}
    for call in traffic.api_calls(recording, TOKEN_ENDPOINT):
        fields = {**dict(traffic.query_of(call)), **traffic.fields_of(call.request.body)}
        if "code" in fields:
            codes.setdefault(fields["code"], call)
    return codes


def _weak_state(recording: Recording) -> tuple[Finding, ...]:
    visits = _visits(recording)
    states = [traffic.find_query(visit, "state") for visit in visits]
    missing = [visit for visit, state in zip(visits, states, strict=True) if not state]
    guessable = [
        visit for visit, state in zip(visits, states, strict=True) if state and _bits(visit) < _GUESSABLE_BITS
    ]
    repeated = len({state for state in states if state}) < len([state for state in states if state])
    findings = []
    if missing:
        findings.append(_state_finding(recording, missing, "send a state", "no state parameter"))
    if guessable:
        bits = min(_bits(visit) for visit in guessable)
        findings.append(
            _state_finding(
                recording, guessable, "send a state that is hard to guess", f"about {bits:.0f} bits"
            )
        )
    if repeated:
        findings.append(
            _state_finding(
                recording, list(visits), "send a new state each time", "one state on several visits"
            )
        )
    return tuple(findings)


def _bits(visit: Exchange) -> float:
    value = visit.facts.get("state_entropy_bits")
    return float(value) if isinstance(value, int | float) else float("inf")


def _state_finding(recording: Recording, visits: list[Exchange], what: str, seen: str) -> Finding:
    return Finding(
        check="refuses_foreign_state",
        message=f"does not {what} with the request for consent",
        places=traffic.places(recording, visits),
        expected=f"a random state of at least {_GUESSABLE_BITS} bits, new for each attempt",
        seen=seen,
        hint="make state with a cryptographic random generator and bind it to the browser's session",
        key=what,
    )


def _accepted(recording: Recording, visit: Exchange, exchange: Exchange) -> Finding:
    how = str(visit.facts["forged"])
    return Finding(
        check="refuses_foreign_state",
        message=f"does not refuse {_FORGERIES.get(how, how)}",
        places=traffic.places(recording, [visit, exchange]),
        expected="the code of a forged callback is never sent to the token endpoint",
        seen="the code was exchanged",
        hint="compare state with the one kept in this browser's session, once, before anything else",
        key=f"forged={how}",
    )


def sends_bearer_on_every_call(run: Run) -> tuple[Finding, ...]:
    """Judge that each `/v1` request carries its token in the Authorization header and nowhere else.

    Sources: https://docs.gusto.com/app-integrations/docs/authentication; RFC 6750 section 2
    """
    calls = [
        (each, call)
        for each in run
        for call in traffic.api_calls(each)
        if traffic.path_of(call).startswith("/v1/")
    ]
    if not calls:
        raise NotObserved("the integration sent no request to /v1 in this run", missing=traffic.CALLS)
    bare = [(each, call) for each, call in calls if traffic.find_bearer(call) is None]
    leaking = [(each, call) for each, call in calls if traffic.find_query(call, "access_token") is not None]
    return (
        *_bearer_finding(bare, "send a bearer token with every call", "no Authorization: Bearer header"),
        *_bearer_finding(leaking, "keep the token out of the URL", "access_token in the query"),
    )


def _bearer_finding(faulty: list[tuple[Recording, Exchange]], what: str, seen: str) -> tuple[Finding, ...]:
    if not faulty:
        return ()
    return (
        Finding(
            check="sends_bearer_on_every_call",
            message=f"does not {what}",
            places=tuple(place for each, call in faulty[:20] for place in traffic.places(each, [call])),
            expected="Authorization: Bearer <token>, and no token in the URL",
            seen=f"{seen} on {len(faulty)} request{'s' if len(faulty) != 1 else ''}",
            hint="set the header in the one place that sends requests to Gusto",
            key=what,
        ),
    )
