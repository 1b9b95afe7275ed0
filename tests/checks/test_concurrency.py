from dataclasses import replace

import pytest

from partner_qa.checks.concurrency import (
    pauses_before_a_locked_payroll,
    reckons_again_after_a_conflict,
    repeats_without_effect,
    sends_the_version_just_read,
)
from partner_qa.contract.catalogue import load_contract
from partner_qa.errors import NotObserved

STALE = {"errors": [{"error_key": "base", "category": "invalid_resource_version", "message": "Old"}]}
LOCKED = {"errors": [{"error_key": "base", "category": "invalid_operation", "message": "Busy"}]}
UPDATE_SHEET = "put-time_tracking-time_sheets-time_sheet_uuid"


@pytest.fixture(scope="module")
def contract():
    return load_contract()


def run_of(payday, *recordings):
    return replace(payday.tape.run(), recordings=recordings or (payday.recording(),))


def row(payday, version, bonus="0.00"):
    return payday.row(version=version, bonus=bonus)


def test_the_version_of_the_prepare_and_of_the_answer_are_right(payday, contract):
    payday.prepare(row(payday, "v1"))
    payday.update(row(payday, "v1"), answered={"employee_compensations": [row(payday, "v2")]})
    payday.update(row(payday, "v2"))
    assert sends_the_version_just_read(run_of(payday), contract=contract) == ()


def test_resending_after_a_lost_answer_is_right(payday, contract):
    payday.prepare(row(payday, "v1"))
    payday.update(row(payday, "v1"), status=0)
    payday.update(row(payday, "v1"), status=409)
    assert sends_the_version_just_read(run_of(payday), contract=contract) == ()


@pytest.mark.parametrize("version", ["v0", None, ""])
def test_a_version_that_was_never_read_or_none_is_found(payday, contract, version):
    payday.prepare(row(payday, "v1"))
    payday.update(row(payday, version), status=409)
    assert len(sends_the_version_just_read(run_of(payday), contract=contract)) == 1


def test_a_version_that_an_own_write_has_spent_is_found(payday, contract):
    payday.prepare(row(payday, "v1"))
    payday.update(row(payday, "v1"), answered={"employee_compensations": [row(payday, "v2")]})
    payday.update(row(payday, "v1"), status=409)
    assert len(sends_the_version_just_read(run_of(payday), contract=contract)) == 1


@pytest.mark.parametrize(("version", "count"), [("s1", 0), ("s0", 1)])
def test_whatever_has_a_version_counts(payday, contract, version, count):
    payday.tape.add("/v1/sheets", operation="list", answered=[{"uuid": "s", "version": "s1"}])
    path = "/v1/time_tracking/time_sheets/s"
    payday.tape.add(path, method="PUT", operation=UPDATE_SHEET, sent={"version": version}, status=422)
    assert len(sends_the_version_just_read(run_of(payday), contract=contract)) == count


def test_without_a_write_there_is_no_version(payday, contract):
    payday.prepare(row(payday, "v1"))
    with pytest.raises(NotObserved):
        sends_the_version_just_read(run_of(payday), contract=contract)


def contested(payday, *after, final, told=(), status="done"):
    """Let the first update meet a newer version; `after` are (version, bonus) of those that follow."""
    with payday.tape.window("stale"):
        payday.asked(status)
        payday.prepare(row(payday, "v1", "150.00"))
        payday.update(row(payday, "v1", "350.00"), status=409, answered=STALE)
        payday.prepare(row(payday, "v2", "180.00"))
        for version, bonus in after:
            payday.update(row(payday, version, bonus))
        payday.notices(*told)
        payday.audit(row(payday, "v3", final))
    return payday.recording()


def test_a_sum_of_what_stands_there_now_is_right(payday):
    assert reckons_again_after_a_conflict(contested(payday, ("v2", "380.00"), final="380.00")) == ()


def contested_in_bulk(payday, *, reads_again):
    """Let an update of two rows be refused for one of them, and both be sent again."""
    others = payday.row("hourly", version="h1")
    with payday.tape.window("stale"):
        payday.prepare(row(payday, "v1", "150.00"), others)
        payday.update(row(payday, "v1", "350.00"), others, status=409, answered=STALE)
        payday.prepare(row(payday, "v2", "180.00"), *([others] if reads_again else []))
        payday.update(row(payday, "v2", "380.00"), others)
        payday.audit(row(payday, "v3", "380.00"))
    return payday.recording()


def test_a_row_that_a_new_read_shows_unchanged_goes_out_with_its_old_version(payday):
    assert reckons_again_after_a_conflict(contested_in_bulk(payday, reads_again=True)) == ()


def test_a_row_that_was_not_read_again_is_found_in_bulk_too(payday):
    (finding,) = reckons_again_after_a_conflict(contested_in_bulk(payday, reads_again=False))
    assert "read again" in finding.message


@pytest.mark.parametrize("how", [{"told": ["conflict"]}, {"status": "failed"}])
def test_leaving_it_to_the_customer_is_right_where_it_is_said(payday, how):
    assert reckons_again_after_a_conflict(contested(payday, final="180.00", **how)) == ()


@pytest.mark.parametrize(
    ("after", "final", "words"),
    [
        ([("v2", "350.00")], "350.00", "let go of old values"),
        ([("v2", "200.00")], "200.00", "reckon again"),
        ([], "180.00", "send again"),
        ([("v1", "350.00"), ("v2", "380.00")], "380.00", "read again"),
    ],
)
def test_each_wrong_way_out_of_a_conflict_is_found(payday, after, final, words):
    (finding,) = reckons_again_after_a_conflict(contested(payday, *after, final=final))
    assert words in finding.message


def test_a_lock_is_no_conflict(payday):
    with payday.tape.window("stale"):
        payday.update(row(payday, "v1"), status=409, answered=LOCKED)
    with pytest.raises(NotObserved):
        reckons_again_after_a_conflict(payday.recording())


def lock(payday, window, tries, *, pause=1.0):
    for _ in range(tries):
        payday.update(row(payday, "v1"), status=409, answered=LOCKED, fault="respond", after=pause)


def locked(payday, *, pause=1.0, lasting=4, succeeds=True):
    with payday.tape.window("passing"):
        lock(payday, "passing", 2, pause=pause)
        if succeeds:
            payday.update(row(payday, "v1"), after=pause)
    with payday.tape.window("lasting"):
        lock(payday, "lasting", lasting, pause=pause)
    return payday.recording()


def test_a_few_tries_with_pauses_are_right(payday):
    assert pauses_before_a_locked_payroll(locked(payday)) == ()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"pause": 0.02}, "pause"),
        ({"lasting": 16}, "stop trying"),
        ({"succeeds": False}, "try again"),
    ],
)
def test_hammering_never_ending_and_giving_up_at_once_are_found(payday, how, words):
    (finding,) = pauses_before_a_locked_payroll(locked(payday, **how))
    assert words in finding.message


def test_fifteen_tries_are_still_a_few(payday):
    assert pauses_before_a_locked_payroll(locked(payday, lasting=15)) == ()


def test_without_a_lock_nothing_is_known(payday):
    payday.update(row(payday, "v1"))
    with pytest.raises(NotObserved):
        pauses_before_a_locked_payroll(payday.recording())


def twice(payday, *, again=(), second="350.00", **more):
    with payday.tape.window("first"):
        payday.update(row(payday, "v1", "350.00"))
        payday.audit(row(payday, "v2", "350.00"))
    with payday.tape.window("repeated"):
        for each in again:
            payday.update(each)
        payday.audit(payday.row(version="v3", bonus=second, **more))
    return run_of(payday)


def test_the_same_state_is_right_with_and_without_another_write(payday):
    assert repeats_without_effect(twice(payday)) == ()


def test_writing_the_same_again_is_right(payday):
    assert repeats_without_effect(twice(payday, again=[row(payday, "v2", "350.00")])) == ()


@pytest.mark.parametrize(
    "how",
    [
        {"second": "550.00"},
        {"memo": "twice"},
        {"reimbursements": [{"amount": "1.00", "description": "x", "uuid": "r"}]},
        {"excluded": True},
    ],
)
def test_each_difference_is_found(payday, how):
    assert len(repeats_without_effect(twice(payday, **how))) == 1


def test_an_update_that_said_something_else_is_found_whatever_became_of_it(payday):
    again = [{"employee_uuid": "u-shared", "version": "v2", "reimbursements": [{"amount": "1.00"}]}]
    assert len(repeats_without_effect(twice(payday, again=again))) == 1


def repaid(payday, *again):
    """Pay a taxi back, and send `again` (rows of reimbursements, an update each) when the same is synced."""
    taxi = {"uuid": "r", "amount": "12.00", "description": "Taxi"}
    with payday.tape.window("first"):
        payday.update(row(payday, "v1", "350.00"))
        payday.audit(payday.row(version="v2", reimbursements=[taxi]))
    with payday.tape.window("repeated"):
        for lines in again:
            payday.update({"employee_uuid": "u-shared", "version": "v2", "reimbursements": lines})
        payday.audit(payday.row(version="v3", reimbursements=[{**taxi, "uuid": "s"}]))
    return run_of(payday)


GONE, ANEW = {"uuid": "r", "amount": "0.00"}, {"amount": "12.00", "description": "Taxi"}


@pytest.mark.parametrize("again", [[[GONE, ANEW]], [[GONE], [ANEW]]])
def test_a_reimbursement_that_takes_its_own_place_is_right(payday, again):
    assert repeats_without_effect(repaid(payday, *again)) == ()


@pytest.mark.parametrize("again", [[[ANEW]], [[GONE, ANEW, ANEW]], [[GONE, {**ANEW, "amount": "13.00"}]]])
def test_a_reimbursement_that_is_added_beside_its_like_is_found(payday, again):
    assert len(repeats_without_effect(repaid(payday, *again))) == 1


def test_a_first_sync_that_wrote_nothing_proves_nothing(payday):
    with payday.tape.window("first"):
        payday.audit(row(payday, "v2"))
    with payday.tape.window("repeated"):
        payday.audit(row(payday, "v2"))
    with pytest.raises(NotObserved):
        repeats_without_effect(run_of(payday))
