"""Which authorization requests are answered by a redirect, what it says, and which wait for a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_qa.sandbox.authorization import AuthorizationRequest, PendingRequests, read_authorization_request
from partner_qa.sandbox.grant import Application, Refusal
from partner_qa.sandbox.oauth import Grants

CALLBACK = "http://127.0.0.1:4000/gusto/callback"
WITH_QUERY = "http://127.0.0.1:4000/gusto/callback?tenant=7"
GOOD = {"client_id": "client", "redirect_uri": CALLBACK, "response_type": "code", "state": "s"}
NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)


def make_grants() -> Grants:
    application = Application(
        name="Acme Time",
        client_id="client",
        client_secret="s3cret",
        redirect_uris=(CALLBACK, WITH_QUERY),
        scopes=("employees:read",),
    )
    return Grants(application, now=lambda: NOON)


def read(*extra: tuple[str, str], **changes: str | None) -> AuthorizationRequest | Refusal:
    given = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    return read_authorization_request(make_grants(), [*given.items(), *extra])


def require(answer: AuthorizationRequest | Refusal) -> AuthorizationRequest:
    assert isinstance(answer, AuthorizationRequest)
    return answer


def test_a_good_request_waits_for_a_decision() -> None:
    request = require(read())
    assert request.refusal is None
    assert request.state == "s"


@pytest.mark.parametrize("client", ["", "other", None])
def test_an_unknown_client_is_never_redirected(client: str | None) -> None:
    assert isinstance(read(client_id=client), Refusal)


@pytest.mark.parametrize(
    "uri", [None, "", CALLBACK + "/", CALLBACK + "?a=b", "http://evil.example/", "HTTP" + CALLBACK[4:]]
)
def test_an_unregistered_redirect_uri_is_never_redirected_to(uri: str | None) -> None:
    assert isinstance(read(redirect_uri=uri), Refusal)


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_a_repeated_client_or_redirect_uri_is_never_redirected(name: str) -> None:
    assert isinstance(read((name, GOOD[name])), Refusal)


@pytest.mark.parametrize(
    ("kind", "error"), [(None, "invalid_request"), ("token", "unsupported_response_type")]
)
def test_another_response_type_is_told_to_the_application(kind: str | None, error: str) -> None:
    request = require(read(response_type=kind))
    assert request.refusal is not None
    location = request.to_refusal(request.refusal)
    assert location.startswith(CALLBACK + "?")
    answer = dict(parse_qsl(urlsplit(location).query))
    assert answer["error"] == error
    assert answer["state"] == "s"


def test_a_repeated_state_is_an_invalid_request() -> None:
    request = require(read(("state", "t")))
    assert request.refusal is not None
    assert request.refusal.error == "invalid_request"


@given(st.text(max_size=60))
def test_the_state_comes_back_unchanged(state: str) -> None:
    location = require(read(state=state.encode(errors="replace").decode())).to_success("c0de")
    expected = state.encode(errors="replace").decode()
    assert parse_qsl(urlsplit(location).query, keep_blank_values=True) == [
        ("code", "c0de"),
        ("state", expected),
    ]


def test_no_state_comes_back_where_none_was_sent() -> None:
    assert "state" not in require(read(state=None)).to_success("c0de")


def test_the_redirect_uri_keeps_a_query_of_its_own() -> None:
    location = require(read(redirect_uri=WITH_QUERY)).to_success("c0de")
    assert location == WITH_QUERY + "&code=c0de&state=s"


def test_a_scope_parameter_is_ignored() -> None:
    assert require(read(("scope", "everything"))).refusal is None


def test_a_pending_request_is_found_by_its_id_until_it_is_answered() -> None:
    pending = PendingRequests(now=lambda: NOON)
    request = require(read())
    request_id = pending.open(request)
    assert len(request_id) >= 43
    assert pending.find(request_id) == request
    pending.close(request_id)
    assert pending.find(request_id) is None


def test_a_page_left_open_for_half_an_hour_is_out_of_date() -> None:
    now = NOON
    pending = PendingRequests(now=lambda: now)
    request_id = pending.open(require(read()))
    now += timedelta(minutes=29)
    later = pending.open(require(read()))
    now += timedelta(minutes=1)
    assert pending.find(request_id) is None
    assert pending.find(later) is not None
