import pytest

from partner_qa.checks.earnings import maps_earning_types
from partner_qa.errors import NotObserved

PATH = "/v1/companies/c/earning_types"


def lists(payday, **more):
    payday.tape.add(PATH, operation="get-v1-companies-company_id-earning_types", **more)


def makes(payday, name, status=201):
    operation = "post-v1-companies-company_id-earning_types"
    payday.tape.add(PATH, method="POST", operation=operation, status=status, sent={"name": name})


def paid(payday, *names, told=()):
    lines = [{"name": each, "amount": "1.00", "job_uuid": "job-1"} for each in names]
    with payday.tape.window("first"):
        payday.update(payday.row())
        payday.notices(*told)
        payday.audit(payday.row("special", fixed_compensations=lines))
    return payday.recording()


def test_looking_first_and_making_each_once_is_right(payday):
    lists(payday)
    makes(payday, "Night Premium")
    makes(payday, "Hazard Pay")
    assert maps_earning_types(paid(payday, "night premium", "Hazard Pay")) == ()


def test_making_none_is_right_where_it_is_said(payday):
    lists(payday)
    assert maps_earning_types(paid(payday, told=["partial_failure"])) == ()


def test_amounts_that_vanish_in_silence_are_found(payday):
    lists(payday)
    makes(payday, "Night Premium")
    (finding,) = maps_earning_types(paid(payday, "Night Premium"))
    assert finding.seen == "hazard pay"


@pytest.mark.parametrize("second", ["Night Premium", " night premium "])
def test_making_one_again_is_found_even_where_gusto_refuses(payday, second):
    lists(payday)
    makes(payday, "Night Premium")
    makes(payday, second, status=422)
    (finding,) = maps_earning_types(paid(payday, "Night Premium", "Hazard Pay"))
    assert "once" in finding.message


@pytest.mark.parametrize("look", ["never", "refused", "afterwards"])
def test_making_one_without_a_look_is_found(payday, look):
    if look == "refused":
        lists(payday, status=403)
    makes(payday, "Hazard Pay")
    if look == "afterwards":
        lists(payday)
    (finding,) = maps_earning_types(paid(payday, "Night Premium", "Hazard Pay"))
    assert "look" in finding.message


def test_without_an_audit_it_is_not_known_what_was_paid(payday):
    payday.update(payday.row())
    with pytest.raises(NotObserved):
        maps_earning_types(payday.recording())
