import pytest

from partner_qa.checks.wire import sends_valid_requests
from partner_qa.errors import NotObserved

VIOLATION = {"where": "body", "pointer": "$.version", "rule": "required", "message": "'version' is missing"}


def test_requests_without_violations_are_fine(tape):
    tape.add(tape.employees)
    assert sends_valid_requests(tape.run()) == ()


def test_a_violation_is_found_once_however_often_it_happened(tape):
    tape.add(tape.employees, facts={"violations": [VIOLATION]})
    tape.add(tape.employees, facts={"violations": [VIOLATION]})
    (finding,) = sends_valid_requests(tape.run())
    assert "2 requests" in finding.seen
    assert "'version' is missing" in finding.seen


def test_two_violations_are_two_findings(tape):
    tape.add(tape.employees, facts={"violations": [VIOLATION, {**VIOLATION, "pointer": "$.title"}]})
    assert len({each.fingerprint for each in sends_valid_requests(tape.run())}) == 2


def test_an_unknown_query_parameter_is_ignored_as_gusto_ignores_it(tape):
    tape.add(tape.employees, facts={"violations": [{**VIOLATION, "rule": "unknown-parameter", "mild": True}]})
    assert sends_valid_requests(tape.run()) == ()


def test_a_path_that_no_operation_has_is_found(tape):
    tape.add("/v1/me", operation=None)
    (finding,) = sends_valid_requests(tape.run())
    assert "GET /v1/me" in finding.seen


def test_credentials_in_a_header_are_shown_the_way_into_the_body(tape):
    tape.add(
        "/oauth/token",
        method="POST",
        status=401,
        headers={"Authorization": "Basic redacted-1"},
        operation="oauth-access-token",
        facts={"violations": [{**VIOLATION, "pointer": "$", "message": "does not have client_id"}]},
    )
    (finding,) = sends_valid_requests(tape.run())
    assert finding.hint.startswith("send client_id and client_secret in the body")


def test_a_run_without_requests_proves_nothing(tape):
    with pytest.raises(NotObserved):
        sends_valid_requests(tape.run())


def test_an_address_that_gusto_gave_is_no_unknown_path(tape):
    address = "http://127.0.0.1:4321/report_files?report=7&signature=abc"
    tape.add("/v1/reports/r-1", operation="get-reports-request_uuid", answered={"report_urls": [address]})
    tape.add("/report_files?report=7&signature=abc", operation=None, grant=None)
    assert sends_valid_requests(tape.run()) == ()
    tape.add("/report_files?report=8&signature=abc", operation=None, grant=None)
    tape.add("/report_files?report=7", operation=None, grant=None)
    (finding,) = sends_valid_requests(tape.run())
    assert "(2 requests" in finding.seen
