from datetime import date

import pytest

from partner_qa.checks.versions import sends_supported_version
from partner_qa.errors import NotObserved

OLDEST, MINIMUM = date(2025, 11, 15), date(2026, 6, 15)


def judge(tape):
    return sends_supported_version(tape.run(), oldest=OLDEST, minimum=MINIMUM)


def ask(tape, version):
    tape.add(tape.employees, headers={} if version is None else {"x-gusto-api-version": version})


def test_the_current_version_is_fine_whatever_the_case_of_the_header(tape):
    ask(tape, "2026-06-15")
    assert judge(tape) == ()


def test_no_header_means_the_minimum_and_is_fine(tape):
    ask(tape, None)
    assert judge(tape) == ()


@pytest.mark.parametrize(
    ("version", "why"),
    [
        ("2024-04-01", "older than 2025-11-15"),
        ("2026-02-01", "below 2026-06-15"),
        ("2027-01-01", "in the future"),
        ("v1", "not a date"),
        ("20260615", "not a date"),
        ("", "not a date"),
    ],
)
def test_a_version_gusto_refuses_is_found_with_its_reason(tape, version, why):
    ask(tape, version)
    (finding,) = judge(tape)
    assert why in finding.seen


def test_one_finding_gathers_all_requests_of_one_wrong_version(tape):
    for _ in range(3):
        ask(tape, "2024-04-01")
    (finding,) = judge(tape)
    assert len(finding.places) == 3


def test_the_token_endpoint_has_no_version(tape):
    tape.refresh("r1")
    with pytest.raises(NotObserved):
        judge(tape)
