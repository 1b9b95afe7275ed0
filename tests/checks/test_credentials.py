from dataclasses import replace

import pytest

from partner_qa.checks.credentials import (
    keeps_secrets_from_browsers,
    sends_credentials_in_body,
    uses_the_right_kind_of_token,
)
from partner_qa.contract.catalogue import load_contract
from partner_qa.errors import NotObserved
from partner_qa.model import Kind

SECRET = "redacted-aaaaaaaaaaaaaaaaaaaaaaaa"


def test_secrets_in_the_body_are_fine(tape):
    tape.code("c1")
    tape.refresh("r1")
    assert sends_credentials_in_body(tape.run()) == ()


def test_basic_authorization_is_fine(tape):
    tape.add(
        "/oauth/token", method="POST", operation="oauth-access-token", headers={"Authorization": "Basic x"}
    )
    assert sends_credentials_in_body(tape.run()) == ()


def test_a_secret_in_the_query_is_found(tape):
    tape.add("/oauth/token?client_secret=s&grant_type=x", method="POST", operation="oauth-access-token")
    assert [each.key for each in sends_credentials_in_body(tape.run())] == ["query=client_secret"]


def test_a_token_in_the_query_of_a_revocation_is_found(tape):
    tape.add("/oauth/revoke?token=t", method="POST", operation="revoke-access-token")
    assert [each.key for each in sends_credentials_in_body(tape.run())] == ["query=token"]


def test_without_a_token_request_nothing_is_known_of_credentials(tape):
    tape.add(tape.employees)
    with pytest.raises(NotObserved):
        sends_credentials_in_body(tape.run())


def issue(tape):
    tape.add(
        "/oauth/token",
        method="POST",
        operation="oauth-access-token",
        sent={
            "code": "redacted-cccccccccccccccccccccccc",
            "client_secret": "redacted-bbbbbbbbbbbbbbbbbbbbbbbb",
        },
        answered={"access_token": SECRET, "refresh_token": "redacted-dddddddddddddddddddddddd"},
    )


def test_a_browser_that_sees_no_token_is_fine(tape):
    issue(tape)
    tape.browse("/gusto/callback?code=redacted-cccccccccccccccccccccccc&state=s")
    assert keeps_secrets_from_browsers(tape.run()) == ()


@pytest.mark.parametrize("where", ["page", "address", "header"])
def test_a_token_that_a_browser_sees_is_found(tape, where):
    issue(tape)
    tape.add(
        f"/app?t={SECRET}" if where == "address" else "/app",
        kind=Kind.BROWSER,
        answered={"html": SECRET} if where == "page" else None,
        answer_headers={"Set-Cookie": f"t={SECRET}"} if where == "header" else None,
    )
    (finding,) = keeps_secrets_from_browsers(tape.run())
    assert finding.key == "secret=access_token"


def test_a_client_secret_that_a_browser_sees_is_found(tape):
    issue(tape)
    tape.browse("/oauth/authorize?client_secret=redacted-bbbbbbbbbbbbbbbbbbbbbbbb")
    assert [each.key for each in keeps_secrets_from_browsers(tape.run())] == ["secret=client_secret"]


def test_without_a_browser_nothing_is_known_of_what_it_sees(tape):
    issue(tape)
    with pytest.raises(NotObserved):
        keeps_secrets_from_browsers(tape.run())


@pytest.fixture(scope="module")
def contract():
    return load_contract()


def read_events(tape, grant="system-1"):
    tape.add("/v1/events", operation="get-events", grant=grant, company=None)


def test_each_kind_of_token_in_its_place_is_fine(tape, contract):
    read_events(tape)
    tape.add(tape.employees)
    tape.add("/v1/token_info", operation="get-v1-token-info", grant="system-1")
    assert uses_the_right_kind_of_token(tape.run(), contract=contract) == ()


def test_a_system_token_for_a_company_is_found(tape, contract):
    read_events(tape)
    tape.add(tape.employees, grant="system-1", status=403)
    (finding,) = uses_the_right_kind_of_token(tape.run(), contract=contract)
    assert finding.key == "use a company's own token for its data"


def test_a_companys_token_for_events_is_found(tape, contract):
    read_events(tape, grant="grant-1")
    (finding,) = uses_the_right_kind_of_token(tape.run(), contract=contract)
    assert finding.key == "use a system token for what belongs to the application"


def test_the_token_scheme_of_old_is_found(tape, contract):
    read_events(tape)
    tape.add("/v1/events", operation="get-events", headers={"Authorization": "Token abc"}, grant=None)
    (finding,) = uses_the_right_kind_of_token(tape.run(), contract=contract)
    assert finding.key == "do without the organisation's API token"


PRESET = {"webhooks": {"subscription": "preset"}, "use_cases": ["hris", "webhooks"]}


def test_a_subscription_of_the_developer_portal_needs_no_system_token(tape, contract):
    tape.add(tape.employees)
    run = replace(tape.run(), profile=PRESET)
    assert uses_the_right_kind_of_token(run, contract=contract) == ()


def test_the_wrong_kind_is_found_with_such_a_subscription_too(tape, contract):
    tape.add(tape.employees, grant="system-1", status=403)
    (finding,) = uses_the_right_kind_of_token(replace(tape.run(), profile=PRESET), contract=contract)
    assert finding.key == "use a company's own token for its data"


@pytest.mark.parametrize(
    "profile", [{**PRESET, "use_cases": ["provisioning"]}, {"use_cases": ["hris", "webhooks"]}]
)
def test_who_founds_companies_or_subscribes_needs_one(tape, contract, profile):
    tape.add(tape.employees)
    with pytest.raises(NotObserved):
        uses_the_right_kind_of_token(replace(tape.run(), profile=profile), contract=contract)


def test_without_a_system_operation_nothing_is_known_of_tokens(tape, contract):
    tape.add(tape.employees)
    with pytest.raises(NotObserved):
        uses_the_right_kind_of_token(tape.run(), contract=contract)
