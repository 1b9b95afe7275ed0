import pytest

from partner_qa.checks.payroll_amounts import (
    adds_to_what_others_entered,
    keeps_to_the_template,
    replaces_only_its_own_part,
    sends_exact_decimals,
)
from partner_qa.errors import NotObserved

JOB = "job-1"


def synced(payday, *, told=(), status="done", sent=True, **totals):
    """Let the bonus be so much at the end of each window, as sent and as Gusto has it."""
    for window, amount in totals.items():
        with payday.tape.window(window):
            payday.asked(status)
            payday.prepare(payday.row())
            if sent:
                payday.update(payday.row(bonus=amount))
            payday.notices(*told)
            payday.audit(payday.row(bonus=amount))
    return payday.recording()


def test_the_sum_of_both_parts_is_right(payday):
    assert adds_to_what_others_entered(synced(payday, first="350.00")) == ()


def test_a_line_of_its_own_beside_that_of_others_is_right(payday):
    mine = {"name": "Acme", "amount": "200.00", "job_uuid": JOB}
    both = [{"name": "Bonus", "amount": "150.00", "job_uuid": JOB}, mine]
    with payday.tape.window("first"):
        payday.update(payday.row(fixed_compensations=[mine]))
        payday.audit(payday.row(fixed_compensations=both))
    assert adds_to_what_others_entered(payday.recording()) == ()


@pytest.mark.parametrize("amount", ["200.00", "550.00", "0.00", "350.01"])
def test_any_other_sum_is_found(payday, amount):
    (finding,) = adds_to_what_others_entered(synced(payday, first=amount))
    assert "350.00" in finding.expected


def test_leaving_the_line_to_the_customer_is_right_where_it_is_said(payday):
    assert adds_to_what_others_entered(synced(payday, told=["conflict"], first="150.00")) == ()
    assert len(adds_to_what_others_entered(synced(payday, first="150.00"))) == 1


def test_what_was_sent_counts_as_much_as_what_stands_there(payday):
    with payday.tape.window("first"):
        payday.update(payday.row(bonus="200.00"))
        payday.audit(payday.row(bonus="350.00"))
    assert len(adds_to_what_others_entered(payday.recording())) == 1


def test_a_payroll_that_nobody_read_shows_no_sum(payday):
    with payday.tape.window("first"):
        payday.update(payday.row(bonus="350.00"))
    with pytest.raises(NotObserved):
        adds_to_what_others_entered(payday.recording())


def test_sending_again_leaves_the_sum_and_follows_edits(payday):
    assert (
        replaces_only_its_own_part(synced(payday, first="350.00", repeated="350.00", edited="420.00")) == ()
    )


@pytest.mark.parametrize(
    ("repeated", "edited", "keys"),
    [
        ("550.00", "820.00", ["repeated", "edited"]),
        ("350.00", "370.00", ["edited"]),
        ("350.00", "220.00", ["edited"]),
    ],
)
def test_doubling_and_undoing_others_edits_are_found(payday, repeated, edited, keys):
    found = replaces_only_its_own_part(synced(payday, first="350.00", repeated=repeated, edited=edited))
    assert [finding.key for finding in found] == keys


def test_a_first_sync_that_was_wrong_tells_nothing_of_the_second(payday):
    with pytest.raises(NotObserved):
        replaces_only_its_own_part(synced(payday, first="200.00", repeated="200.00", edited="220.00"))


def lost_and_found(payday, found, *, told=(), status="done", fault="drop_response"):
    """Lose the answer to an update of 440.00, send the same again, and let so much stand there in the end."""
    synced(payday, first="350.00", repeated="350.00", edited="420.00")
    with payday.tape.window("lost"):
        payday.update(payday.row(bonus="440.00"), status=0, fault=fault)
    with payday.tape.window("found"):
        payday.asked(status)
        payday.notices(*told)
        payday.audit(payday.row(bonus=found))
    return payday.recording(found_totals={"shared": "440.00", "cents": "0.30"})


def test_a_sum_that_stands_there_once_after_a_lost_answer_is_right(payday):
    assert replaces_only_its_own_part(lost_and_found(payday, "440.00")) == ()


def test_an_amount_that_is_added_again_after_a_lost_answer_is_found(payday):
    (finding,) = replaces_only_its_own_part(lost_and_found(payday, "460.00"))
    assert finding.key == "lost"
    assert "440.00" in finding.expected


@pytest.mark.parametrize(
    ("found", "how", "count"),
    [("420.00", {}, 1), ("420.00", {"status": "failed"}, 0), ("460.00", {"told": ["conflict"]}, 1)],
)
def test_leaving_a_lost_update_to_the_customer_is_right_where_nothing_is_doubled(payday, found, how, count):
    assert len(replaces_only_its_own_part(lost_and_found(payday, found, **how))) == count


def test_where_no_answer_was_lost_the_last_sum_is_not_judged(payday):
    assert replaces_only_its_own_part(lost_and_found(payday, "999.00", fault=None)) == ()


def taken_back(payday, cents, *, told=()):
    """Let the second line hold so much after the integration's part of it was taken back."""
    synced(payday, first="350.00", repeated="350.00")
    with payday.tape.window("edited"):
        payday.notices(*told)
        payday.audit(payday.row(bonus="420.00"), payday.row("cents", bonus=cents))
    return payday.recording(taken_back={"cents": "0.10"})


def test_a_part_that_was_taken_back_leaves_what_others_entered(payday):
    assert replaces_only_its_own_part(taken_back(payday, "0.10")) == ()


@pytest.mark.parametrize("cents", ["0.30", "0.00", "0.20"])
def test_a_part_that_stays_and_one_that_takes_others_along_are_found(payday, cents):
    (finding,) = replaces_only_its_own_part(taken_back(payday, cents))
    assert finding.key == "taken back"
    assert "0.10" in finding.expected


def test_a_part_that_stays_is_right_where_it_is_said(payday):
    assert replaces_only_its_own_part(taken_back(payday, "0.30", told=["conflict"])) == ()


def test_what_others_entered_may_not_go_along_even_where_it_is_said(payday):
    assert len(replaces_only_its_own_part(taken_back(payday, "0.00", told=["conflict"]))) == 1


def written(payday, **fields):
    """Send a row with these fields after a prepare."""
    payday.prepare(payday.row())
    payday.update({"employee_uuid": "u-shared", "version": "v1", **fields})
    return payday.recording()


def fixed(name="Bonus", job=JOB, amount="1.00"):
    return {"fixed_compensations": [{"name": name, "job_uuid": job, "amount": amount}]}


def hours(name="Regular Hours", job=JOB, amount="1.000"):
    return {"hourly_compensations": [{"name": name, "job_uuid": job, "hours": amount}]}


@pytest.mark.parametrize("fields", [{}, fixed(), hours(), {"excluded": False, "memo": None}])
def test_lines_of_the_prepare_and_fields_as_they_were_are_right(payday, fields):
    assert keeps_to_the_template(written(payday, **fields)) == ()


@pytest.mark.parametrize(
    "fields",
    [
        fixed(name="bonus"),
        fixed(job="job-of-another"),
        hours(name="Overtime"),
        hours(job="job-of-another"),
        {"excluded": True},
        {"memo": "Ours"},
        {"payment_method": "Check"},
        {"paid_time_off": [{"name": "Sick Hours", "policy_uuid": "u", "hours": "1.000"}]},
    ],
)
def test_each_departure_from_the_prepare_is_found(payday, fields):
    assert len(keeps_to_the_template(written(payday, **fields))) == 1


def test_an_earning_type_made_since_may_be_paid(payday):
    payday.tape.add(
        "/v1/x",
        method="POST",
        operation="post-v1-companies-company_id-earning_types",
        status=201,
        answered={"name": "Night Premium"},
    )
    assert keeps_to_the_template(written(payday, **fixed(name="Night Premium"))) == ()


def test_a_row_that_the_admin_set_aside_must_still_be_set_aside(payday):
    with payday.tape.window("edited"):
        payday.audit(payday.row("set_aside", excluded=True, memo=None))
    (finding,) = keeps_to_the_template(written(payday))
    assert "admin" in finding.message


@pytest.mark.parametrize("fields", [fixed(amount="350"), fixed(amount="0.30"), hours(amount="37.125")])
def test_texts_of_few_places_are_right(payday, fields):
    assert sends_exact_decimals(written(payday, **fields)) == ()


@pytest.mark.parametrize(
    "fields",
    [
        fixed(amount=350.0),
        fixed(amount="0.30000000000000004"),
        fixed(amount="1e2"),
        hours(amount="37.1250001"),
        {"reimbursements": [{"amount": 5}]},
        {"paid_time_off": [{"name": "Sick Hours", "hours": 8}]},
    ],
)
def test_numbers_and_remains_of_floats_are_found(payday, fields):
    assert len(sends_exact_decimals(written(payday, **fields))) == 1


def test_hours_that_were_rounded_on_the_way_are_found(payday):
    rounded = [{"name": "Regular Hours", "hours": "37.130", "job_uuid": JOB}]
    with payday.tape.window("first"):
        payday.update(payday.row("hourly", hourly_compensations=rounded))
        payday.audit(payday.row("hourly", hourly_compensations=rounded))
    (finding,) = sends_exact_decimals(payday.recording())
    assert "37.130" in finding.seen


@pytest.mark.parametrize(
    "check",
    [
        adds_to_what_others_entered,
        replaces_only_its_own_part,
        keeps_to_the_template,
        sends_exact_decimals,
    ],
)
def test_without_an_update_nothing_is_known(payday, check):
    with pytest.raises(NotObserved):
        check(payday.recording())
