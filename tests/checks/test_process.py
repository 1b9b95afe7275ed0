from dataclasses import replace

import pytest

from partner_qa.checks.process import does_what_it_declares, leaves_production_alone
from partner_qa.contract.catalogue import load_contract
from partner_qa.errors import NotObserved
from partner_qa.model import Blame, Kind


def started(tape, **profile):
    run = tape.run()
    return replace(run, profile={**run.profile, "run": {"processes": {}}, **profile})


def escape(tape, host, *, production):
    tape.add(
        f"egress:{host}",
        kind=Kind.PROCESS,
        method="RUN",
        status=403,
        facts={"egress": host, "production": production},
    )


def test_calls_through_the_recorder_alone_are_fine(tape):
    tape.add(tape.employees)
    assert leaves_production_alone(started(tape)) == ()


def test_another_host_is_none_of_gustos(tape):
    tape.add(tape.employees)
    escape(tape, "telemetry.acme.example", production=False)
    assert leaves_production_alone(started(tape)) == ()


def test_production_is_found_once_for_each_host(tape):
    tape.add(tape.employees)
    escape(tape, "api.gusto.com", production=True)
    escape(tape, "api.gusto.com", production=True)
    (finding,) = leaves_production_alone(started(tape))
    assert [place.sequence for place in finding.places] == [2, 3]


def test_what_somebody_else_started_is_not_seen(tape):
    tape.add(tape.employees)
    with pytest.raises(NotObserved):
        leaves_production_alone(tape.run())


def test_without_a_call_nothing_is_known_of_hosts(tape):
    with pytest.raises(NotObserved):
        leaves_production_alone(started(tape))


@pytest.fixture(scope="module")
def contract():
    return load_contract()


def test_what_is_declared_and_shown_is_fine(tape, contract):
    tape.add(tape.employees)
    assert does_what_it_declares(started(tape, use_cases=["hris"]), contract=contract) == ()


def test_a_call_of_no_declared_use_case_is_found(tape, contract):
    tape.add(tape.employees)
    tape.add("/v1/x", operation="get-v1-companies-company_uuid-contractors")
    (finding,) = does_what_it_declares(started(tape, use_cases=["hris"]), contract=contract)
    assert finding.blame is Blame.INTEGRATION
    assert [place.sequence for place in finding.places] == [2]


def test_a_declared_use_case_that_nothing_shows_is_not_observed(tape, contract):
    tape.add(tape.employees)
    with pytest.raises(NotObserved, match="time"):
        does_what_it_declares(started(tape, use_cases=["hris", "time"]), contract=contract)


def test_expenses_may_be_lines_of_payrolls(tape, contract):
    tape.add("/v1/x", operation="put-v1-companies-company_id-payrolls")
    assert does_what_it_declares(started(tape, use_cases=["expenses"]), contract=contract) == ()


def test_without_use_cases_nothing_can_be_compared(tape, contract):
    tape.add(tape.employees)
    with pytest.raises(NotObserved):
        does_what_it_declares(started(tape), contract=contract)
