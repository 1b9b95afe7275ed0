from datetime import date

import pytest

from partner_qa.checks.versions import (
    names_its_version,
    sends_supported_version,
    speaks_a_stable_version,
)
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


def test_a_header_on_every_request_is_fine(tape):
    ask(tape, "2026-06-15")
    assert names_its_version(tape.run()) == ()


def test_a_request_without_the_header_is_found(tape):
    ask(tape, "2026-06-15")
    tape.add(tape.employees)
    (finding,) = names_its_version(tape.run())
    assert [place.sequence for place in finding.places] == [2]


def test_the_token_endpoint_needs_no_version(tape):
    ask(tape, "2026-06-15")
    tape.refresh("r1")
    assert names_its_version(tape.run()) == ()


def test_no_request_proves_nothing_of_naming(tape):
    with pytest.raises(NotObserved):
        names_its_version(tape.run())


def stable(tape, minimum="2026-06-15"):
    return speaks_a_stable_version(tape.run(), minimum=date.fromisoformat(minimum))


def test_a_stable_version_is_fine(tape):
    ask(tape, "2026-06-15")
    assert stable(tape) == ()


def test_a_version_whose_end_is_announced_is_found(tape):
    ask(tape, "2025-11-15")
    assert [each.key for each in stable(tape)] == ["version=2025-11-15"]


def test_without_the_header_the_minimum_is_judged(tape):
    tape.add(tape.employees)
    assert [each.key for each in stable(tape, "2026-02-01")] == ["version=2026-02-01"]


def test_what_is_no_version_is_left_to_another_check(tape):
    ask(tape, "yesterday")
    assert stable(tape) == ()
