"""How OAuth requests are read and refused, before any HTTP."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_qa.model import Headers
from partner_qa.sandbox.grant import Application, Issued, Refusal
from partner_qa.sandbox.oauth import Grants
from partner_qa.sandbox.token_request import find_secret_in_query, issue_token, read_parameters

CALLBACK = "http://127.0.0.1:4000/gusto/callback"
JSON: Headers = (("Content-Type", "application/json; charset=utf-8"),)
FORM: Headers = (("content-type", "application/x-www-form-urlencoded"),)
CLIENT = {"client_id": "client", "client_secret": "s3cret"}


def make_grants() -> Grants:
    application = Application(
        name="Acme Time",
        client_id="client",
        client_secret="s3cret",
        redirect_uris=(CALLBACK,),
        scopes=("employees:read",),
    )
    return Grants(application, now=lambda: datetime(2026, 10, 20, tzinfo=UTC))


def ask(grants: Grants, headers: Headers = (), **parameters: str) -> Issued | Refusal:
    return issue_token(grants, parameters, headers)


def test_json_and_form_bodies_say_the_same() -> None:
    given = {"grant_type": "system_access", "client_id": "a b&c=ü"}
    assert read_parameters(JSON, json.dumps(given).encode()) == given
    assert read_parameters(FORM, urlencode(given).encode()) == given


def test_a_parameter_without_a_value_counts_as_absent() -> None:
    assert read_parameters(FORM, b"code=&grant_type=x") == {"grant_type": "x"}
    assert read_parameters(JSON, b'{"code": null, "grant_type": "x"}') == {"grant_type": "x"}


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (JSON, b""),
        (JSON, b"[]"),
        (JSON, b'"text"'),
        (JSON, b'{"code": 7}'),
        (JSON, b'{"code": ["a"]}'),
        (JSON, b'{"code": "a", "code": "b"}'),
        (JSON, b'{"code": "\\ud800"}'),
        (JSON, b"{" * 100_000),
        (JSON, b"\xff"),
        (FORM, b"code=a&code=b"),
        (FORM, b"\xff"),
        (FORM, b"&".join(b"a%d=1" % each for each in range(200))),
        ((), b"grant_type=system_access"),
        ((("Content-Type", "text/plain"),), b"grant_type=system_access"),
    ],
)
def test_a_body_that_cannot_be_read_is_an_invalid_request(headers: Headers, body: bytes) -> None:
    refused = read_parameters(headers, body)
    assert isinstance(refused, Refusal)
    assert refused.error == "invalid_request"


@given(st.binary(max_size=200), st.sampled_from([JSON, FORM]))
def test_no_body_makes_reading_crash(body: bytes, headers: Headers) -> None:
    assert isinstance(read_parameters(headers, body), (dict, Refusal))


def test_a_client_secret_in_the_url_is_refused() -> None:
    refused = find_secret_in_query([("grant_type", "x"), ("client_secret", "s3cret")])
    assert refused is not None
    assert refused.error == "invalid_request"
    assert find_secret_in_query([("client_id", "client")]) is None


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "client_credentials", **CLIENT}, "unsupported_grant_type"),
        ({"grant_type": "password", "client_id": "client"}, "unsupported_grant_type"),
        ({"grant_type": "system_access"}, "invalid_client"),
        ({"grant_type": "system_access", **CLIENT, "client_secret": "wrong"}, "invalid_client"),
        ({"grant_type": "refresh_token", **CLIENT}, "invalid_request"),
        ({"grant_type": "refresh_token", **CLIENT, "refresh_token": "unknown"}, "invalid_grant"),
        ({"grant_type": "authorization_code", **CLIENT, "code": "c"}, "invalid_request"),
        ({"grant_type": "authorization_code", **CLIENT, "redirect_uri": CALLBACK}, "invalid_request"),
        (
            {"grant_type": "authorization_code", **CLIENT, "code": "c", "redirect_uri": CALLBACK},
            "invalid_grant",
        ),
    ],
)
def test_each_mistake_has_its_error_code(parameters: dict[str, str], error: str) -> None:
    refused = ask(make_grants(), **parameters)
    assert isinstance(refused, Refusal)
    assert refused.error == error
    assert refused.description


def test_all_three_grant_types_issue_a_token() -> None:
    grants = make_grants()
    code = grants.issue_code(company="a", owner="admin", redirect_uri=CALLBACK)
    first = ask(grants, grant_type="authorization_code", code=code, redirect_uri=CALLBACK, **CLIENT)
    assert isinstance(first, Issued)
    second = ask(grants, grant_type="refresh_token", refresh_token=str(first.refresh_token), **CLIENT)
    assert isinstance(second, Issued)
    assert second.grant.company == "a"
    system = ask(grants, grant_type="system_access", **CLIENT)
    assert isinstance(system, Issued)
    assert system.grant.kind == "system"


def test_http_basic_is_refused_with_a_hint_where_the_credentials_belong() -> None:
    refused = ask(
        make_grants(), (("Authorization", "Basic Y2xpZW50OnMzY3JldA=="),), grant_type="system_access"
    )
    assert isinstance(refused, Refusal)
    assert refused.error == "invalid_client"
    assert "request body" in refused.description


def test_a_wrong_client_does_not_spend_the_code() -> None:
    grants = make_grants()
    code = grants.issue_code(company="a", owner="admin", redirect_uri=CALLBACK)
    wrong = {**CLIENT, "client_secret": "wrong"}
    ask(grants, grant_type="authorization_code", code=code, redirect_uri=CALLBACK, **wrong)
    right = ask(grants, grant_type="authorization_code", code=code, redirect_uri=CALLBACK, **CLIENT)
    assert isinstance(right, Issued)
