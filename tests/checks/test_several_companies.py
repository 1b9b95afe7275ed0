import pytest

from partner_qa.checks.several_companies import connects_each_company
from partner_qa.errors import NotObserved
from partner_qa.model import Kind

THIRD = "c0000000-0000-4000-8000-000000000003"
LOST = "keep the first company when its admin connects a second"
MIXED = "connect a second company of the same admin"
WORDS = "tell which company an account is connected to"


def read(tape, window, *companies, status="done", answered=200):
    """An account is asked to read, which leads to calls with the tokens of these companies."""
    with tape.window(window):
        for company in companies:
            path = f"/v1/companies/{company}/employees"
            tape.add(path, company=company, grant=f"grant of {company}", status=answered)
        tape.add("/qa/sync", kind=Kind.ACTION, answered={"status": "running"}, grant=None, company=None)
        tape.add("/qa/jobs/1", kind=Kind.ACTION, answered={"status": status}, grant=None, company=None)


def consent(tape, *, status=200):
    with tape.window("second_consent"):
        tape.add("/v1/token_info", operation="get-v1-token-info", company=tape.other, grant="grant-2")
        tape.add("/callback", kind=Kind.BROWSER, status=status, grant=None, company=None)


def tell(tape, account, state, company=None):
    told = {"state": state, "company_uuid": company, "company_name": None}
    tape.tells(told, account=account)


def keys(tape, **more):
    given = tape.recording(tenants=tape.tenants())
    given = tape.recording(tenants=tape.tenants(), situation={**given.situation, "unchosen": THIRD}, **more)
    return [each.key for each in connects_each_company(given)]


def connect_both(tape):
    read(tape, "first", tape.company)
    consent(tape)
    read(tape, "second", tape.other)


def test_two_connections_of_one_login_are_fine(tape):
    connect_both(tape)
    read(tape, "first_again", tape.company)
    tell(tape, "qa-a", "connected", tape.company)
    tell(tape, "qa-b", "connected", tape.other)
    assert keys(tape) == []


def test_who_has_no_observation_is_judged_by_the_wire(tape):
    connect_both(tape)
    read(tape, "first_again", tape.company)
    assert keys(tape) == []


def test_an_account_that_is_connected_and_names_no_company_is_fine(tape):
    connect_both(tape)
    read(tape, "first_again", tape.company)
    tell(tape, "qa-a", "connected")
    tell(tape, "qa-b", "connected")
    assert keys(tape) == []


def test_other_traffic_of_the_second_company_beside_the_first_is_fine(tape):
    connect_both(tape)
    read(tape, "first_again", tape.other, tape.company)
    assert keys(tape) == []


def test_a_second_company_that_takes_the_place_of_the_first_is_found(tape):
    connect_both(tape)
    read(tape, "first_again", tape.other)
    tell(tape, "qa-a", "connected", tape.other)
    assert keys(tape) == [LOST, WORDS]


def test_where_it_went_is_shown(tape):
    connect_both(tape)
    read(tape, "first_again", tape.other)
    (finding,) = connects_each_company(tape.recording(tenants=tape.tenants()))
    assert "the token of the second company" in finding.seen
    assert [place.sequence for place in finding.places] == [tape.windows["first_again"][0]]


@pytest.mark.parametrize("state", ["disconnected", "reconnect_needed"])
def test_a_first_company_that_is_disconnected_by_the_second_is_found(tape, state):
    connect_both(tape)
    read(tape, "first_again")
    tell(tape, "qa-a", state)
    assert keys(tape) == [LOST]


def test_a_first_company_whose_tokens_are_refused_is_found(tape):
    connect_both(tape)
    read(tape, "first_again", tape.company, answered=401)
    assert keys(tape) == [LOST]


def test_a_first_account_whose_work_fails_is_found(tape):
    connect_both(tape)
    read(tape, "first_again", status="failed")
    assert keys(tape) == [LOST]


def test_a_second_account_that_is_served_from_the_first_company_is_found(tape):
    read(tape, "first", tape.company)
    consent(tape)
    read(tape, "second", tape.company)
    read(tape, "first_again", tape.company)
    tell(tape, "qa-b", "connected", tape.company)
    assert keys(tape) == [MIXED, WORDS]


def decline(tape, *, status=200, done="failed"):
    read(tape, "first", tape.company)
    consent(tape, status=status)
    read(tape, "second", status=done)
    read(tape, "first_again", tape.company)


@pytest.mark.parametrize("status", [200, 303, 409])
def test_who_takes_one_company_of_a_login_and_says_so_is_left_to_a_person(tape, status):
    decline(tape, status=status)
    tell(tape, "qa-b", "disconnected")
    assert keys(tape) == []


def test_a_second_account_whose_work_fails_is_declined_where_nothing_is_told(tape):
    decline(tape)
    assert keys(tape) == []


@pytest.mark.parametrize("status", [0, 500])
def test_declining_without_a_page_is_found(tape, status):
    decline(tape, status=status)
    tell(tape, "qa-b", "disconnected")
    assert keys(tape) == ["decline a second company with a page"]


def test_declining_the_second_and_losing_the_first_is_found(tape):
    read(tape, "first", tape.company)
    consent(tape)
    read(tape, "second", status="failed")
    read(tape, "first_again", status="failed")
    tell(tape, "qa-a", "disconnected")
    tell(tape, "qa-b", "disconnected")
    assert keys(tape) == [LOST]


def test_an_account_that_is_told_as_connected_and_cannot_be_used_is_found(tape):
    decline(tape)
    tell(tape, "qa-b", "connected", tape.other)
    assert keys(tape) == [MIXED]


def test_an_account_that_is_told_as_disconnected_and_served_from_the_first_is_found(tape):
    read(tape, "first", tape.company)
    consent(tape)
    read(tape, "second", tape.company)
    read(tape, "first_again", tape.company)
    tell(tape, "qa-b", "disconnected")
    assert keys(tape) == [MIXED]


def test_asking_for_the_company_that_was_never_chosen_is_found(tape):
    connect_both(tape)
    read(tape, "first_again", tape.company)
    tape.add(f"/v1/companies/{THIRD}", operation="get-v1-companies", status=404)
    assert keys(tape) == ["leave a company alone that was never chosen"]


def test_asking_whose_the_token_is_reads_nothing_of_the_company(tape):
    with tape.window("first"):
        tape.add("/v1/token_info", operation="get-v1-token-info")
    with pytest.raises(NotObserved, match="never read"):
        keys(tape)


@pytest.mark.parametrize("tenants", [(), "one"])
def test_with_one_account_nothing_is_known(tape, tenants):
    connect_both(tape)
    given = tape.tenants()[:1] if tenants else ()
    with pytest.raises(NotObserved) as caught:
        connects_each_company(tape.recording(tenants=given))
    assert "tenancy.mode: per_scenario" in caught.value.missing[0]


def test_a_second_company_of_which_nothing_is_seen_proves_nothing(tape):
    decline(tape, done="done")
    with pytest.raises(NotObserved) as caught:
        keys(tape)
    assert "observations.connection in partner.yaml" in caught.value.missing


def test_a_first_company_that_is_not_read_again_proves_nothing(tape):
    connect_both(tape)
    read(tape, "first_again")
    tell(tape, "qa-a", "connected", tape.company)
    with pytest.raises(NotObserved, match="after the second consent"):
        keys(tape)


def test_what_was_not_seen_hides_no_finding(tape):
    decline(tape, done="done")
    tell(tape, "qa-a", "connected", tape.other)
    assert keys(tape) == [WORDS]
