import pytest

from partner_qa.checks.time_off import (
    adds_no_time_off_twice,
    counts_hours_by_day,
    follows_request_statuses,
    tells_policies_apart,
)
from partner_qa.contract.names import (
    LIST_TIME_OFF_POLICIES,
    LIST_TIME_OFF_REQUESTS,
    SHOW_PAYROLL,
    UPDATE_PAYROLL,
)
from partner_qa.errors import NotObserved
from partner_qa.model import Kind

REQUESTS = "/v1/companies/c/time_off_requests"
LIMITLESS = {"uuid": "p-free", "accrual_method": "unlimited"}


def request(uuid, status, days=None, policy="p-paid"):
    days = days or {"2026-12-01": "8.000"}
    return {"uuid": uuid, "status": status, "days": days, "policy_uuid": policy, "policy_type": "vacation"}


BEFORE = (
    request("standing", "approved", {"2026-12-01": "2.125", "2026-12-02": "8.000"}),
    request("falling", "approved"),
    request("rising", "pending"),
    request("refused", "declined"),
    request("paid", "consumed"),
    request("leaving", "approved", policy="p-free"),
    request("moving", "approved"),
)
AFTER = (
    BEFORE[0],
    request("falling", "declined"),
    request("rising", "approved"),
    *BEFORE[3:5],
    request("moving", "approved", {"2026-12-03": "4.000"}),
)


def hold(requests, **changes):
    """Return what is held of these requests: as they are, or with changes by UUID (`None`: not at all)."""
    rows = {
        each["uuid"]: {
            "request_uuid": each["uuid"],
            "employee_uuid": "e",
            **{name: each[name] for name in ("status", "days", "policy_uuid", "policy_type")},
        }
        for each in requests
    }
    rows |= {uuid: changes[uuid] and {**rows.get(uuid, {}), **changes[uuid]} for uuid in changes}
    return [row for row in rows.values() if row]


class Looks:
    """Both windows: what Gusto had, and what the integration says that it goes by."""

    def __init__(self, tape):
        self.tape = tape

    def look(self, window, had, held, **told):
        with self.tape.window(window):
            for operation, answered in (
                (LIST_TIME_OFF_REQUESTS, list(had)),
                (LIST_TIME_OFF_POLICIES, [LIMITLESS]),
            ):
                self.audit(operation, answered)
            self.tape.add(REQUESTS, operation=LIST_TIME_OFF_REQUESTS, fault="drop_fields")
            if held is not None:
                self.tape.tells({"time_off": held, **told})
        return self

    def audit(self, operation, answered):
        self.tape.add(REQUESTS, kind=Kind.AUDIT, operation=operation, answered=answered)

    def both(self, before=None, after=None, **told):
        self.look("before", BEFORE, hold(BEFORE) if before is None else before, **told)
        return self.look("after", AFTER, hold(AFTER) if after is None else after, **told).tape.recording()


@pytest.fixture
def looks(tape):
    return Looks(tape)


def test_going_by_every_status_is_fine(looks):
    assert follows_request_statuses(looks.both()) == ()


def test_holding_only_what_counts_is_fine(looks):
    before = hold(BEFORE, rising=None, refused=None, paid=None)
    assert (
        follows_request_statuses(looks.both(before, hold(AFTER, falling=None, refused=None, paid=None))) == ()
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"standing": None}, "an approved request does not count"),
        ({"standing": {"status": "pending"}}, "an approved request does not count"),
        ({"rising": {"status": "approved"}}, "nobody has decided"),
        ({"refused": {"status": "approved"}}, "a declined request counts"),
        ({"paid": {"status": "approved"}}, "has paid"),
    ],
)
def test_each_status_that_is_not_gone_by_is_found(looks, changes, words):
    (finding,) = follows_request_statuses(looks.both(hold(BEFORE, **changes)))
    assert words in finding.message


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"leaving": {**hold(BEFORE)[5]}}, "taken back"),
        ({"falling": {"status": "approved"}}, "a declined request counts"),
        ({"moving": {"days": {"2026-12-01": "8.000"}}}, "old days"),
    ],
)
def test_what_is_withdrawn_or_changed_afterwards_is_found(looks, row, words):
    (finding,) = follows_request_statuses(looks.both(after=hold(AFTER, **row)))
    assert words in finding.message


def test_what_was_taken_back_may_be_held_as_declined(looks):
    kept = {"leaving": {**hold(BEFORE)[5], "status": "declined"}}
    assert follows_request_statuses(looks.both(after=hold(AFTER, **kept))) == ()


@pytest.mark.parametrize("check", [follows_request_statuses, tells_policies_apart, counts_hours_by_day])
def test_what_is_gone_by_has_to_be_told(looks, check):
    looks.look("before", BEFORE, None)
    with pytest.raises(NotObserved) as caught:
        check(looks.look("after", AFTER, None).tape.recording())
    assert "observations.time_off" in caught.value.missing[0]


def test_without_requests_there_is_nothing_to_go_by(looks):
    looks.look("before", (), [])
    with pytest.raises(NotObserved):
        follows_request_statuses(looks.look("after", (), []).tape.recording())


@pytest.mark.parametrize("gone", ["policy_uuid", "policy_type"])
def test_either_uuid_or_type_of_a_policy_is_enough(looks, gone):
    rows = [{name: each[name] for name in each if name != gone} for each in hold(BEFORE)]
    assert tells_policies_apart(looks.both(rows)) == ()


@pytest.mark.parametrize(
    "change",
    [{"policy_uuid": None, "policy_type": None}, {"policy_uuid": "p-other"}, {"policy_type": "not known"}],
)
def test_a_policy_that_is_lost_or_another_is_found(looks, change):
    (finding,) = tells_policies_apart(looks.both(hold(BEFORE, standing=change)))
    assert finding.key == "read"


def test_whoever_tells_no_policies_was_not_observed(looks):
    bare = [{name: row[name] for name in ("request_uuid", "status", "days")} for row in hold(BEFORE)]
    with pytest.raises(NotObserved) as caught:
        tells_policies_apart(looks.both(bare, bare))
    assert "policy_uuid" in caught.value.missing[0]


def test_whoever_never_asked_without_the_old_field_was_not_observed(looks):
    recording = looks.both()
    met = [each for each in recording.exchanges if each.kind is not Kind.API]
    with pytest.raises(NotObserved):
        tells_policies_apart(recording.with_exchanges(tuple(met)))


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ({"name": "Vacation Hours", "hours": "8.000"}, 0),
        ({"policy_uuid": "p-paid", "hours": "8.000"}, 0),
        ({"name": "Vacation Hours", "policy_uuid": "p-paid", "hours": "8.000"}, 1),
    ],
)
def test_a_payroll_names_time_off_in_one_way(looks, entry, found):
    sent = {"employee_compensations": [{"employee_uuid": "e", "paid_time_off": [entry]}]}
    looks.tape.add("/v1/companies/c/payrolls/p", method="PUT", sent=sent)
    assert [each.key for each in tells_policies_apart(looks.both())] == ["write"] * found


def test_hours_by_day_are_fine_however_many_zeros_they_end_in(looks):
    same = {"standing": {"days": {"2026-12-01": "2.125", "2026-12-02": "8", "2026-12-03": "0"}}}
    assert counts_hours_by_day(looks.both(hold(BEFORE, **same))) == ()


def test_part_of_a_day_that_becomes_a_day_is_found(looks):
    whole = {"standing": {"days": {"2026-12-01": "8.000", "2026-12-02": "8.000"}}}
    (finding,) = counts_hours_by_day(looks.both(hold(BEFORE, **whole)))
    assert "2.125 hours of a day are 8" in finding.message


def test_whoever_holds_no_part_of_a_day_was_not_observed(looks):
    with pytest.raises(NotObserved):
        counts_hours_by_day(looks.both([], []))


@pytest.mark.parametrize(
    ("balance", "found"),
    [
        ({"employee_uuid": "e", "policy_uuid": "p-free", "hours": None}, 0),
        ({"employee_uuid": "e", "policy_uuid": "p-free", "hours": "0.000"}, 1),
        ({"employee_uuid": "e", "policy_uuid": "p-paid", "hours": "0.000"}, 0),
        ({"employee_uuid": "e", "hours": "12.000"}, 0),
    ],
)
def test_no_limit_is_no_balance_of_nothing(looks, balance, found):
    assert len(counts_hours_by_day(looks.both(balances=[balance]))) == found


class Payday:
    """An update of a payroll that has 6 hours of somebody's approved time off by itself."""

    def __init__(self, tape):
        self.tape = tape

    def write(self, *, paid="6.000", worked="4.000", status=200, somebody_else="0.000"):
        path = "/v1/companies/c/payrolls/p"
        rows = [
            {
                "employee_uuid": "e",
                "hourly_compensations": [{"hours": worked}, {"hours": "0.000"}],
                "paid_time_off": [{"name": "Vacation Hours", "hours": paid}],
            },
            {"employee_uuid": "f", "paid_time_off": [{"name": "Sick Hours", "hours": somebody_else}]},
        ]
        period = {"start_date": "2026-11-30", "end_date": "2026-12-06"}
        shown = {"pay_period": period, "employee_compensations": rows}
        with self.tape.window("paid"):
            self.tape.add(path, method="PUT", operation=UPDATE_PAYROLL, status=status)
            asked = [
                {**request("today", "approved", {"2026-12-01": "6.000"}), "employee": {"uuid": "e"}},
                {**request("later", "approved", {"2026-12-07": "8.000"}), "employee": {"uuid": "e"}},
                {**request("refused", "declined"), "employee": {"uuid": "f"}},
            ]
            self.tape.add(REQUESTS, kind=Kind.AUDIT, operation=LIST_TIME_OFF_REQUESTS, answered=asked)
            self.tape.add(path, kind=Kind.AUDIT, operation=SHOW_PAYROLL, answered=shown)
        contributed = {"person": "e", "hours": "4.000"}
        return self.tape.recording(situation={**self.tape.windows, "contributed": contributed})


@pytest.fixture
def payday(tape):
    return Payday(tape)


def test_time_off_that_stays_as_it_was_approved_is_fine(payday):
    assert adds_no_time_off_twice(payday.write()) == ()


@pytest.mark.parametrize("paid", ["12.000", "14.000", "0.000"])
def test_time_off_that_is_there_twice_or_no_more_is_found(payday, paid):
    (finding,) = adds_no_time_off_twice(payday.write(paid=paid))
    assert "6 hours that were approved" in finding.message


def test_time_off_without_a_request_is_the_partners_own_to_write(payday):
    assert adds_no_time_off_twice(payday.write(somebody_else="8.000")) == ()


@pytest.mark.parametrize("trouble", [{"worked": "0.000"}, {"status": 422}])
def test_a_payroll_that_was_not_written_shows_nothing(payday, trouble):
    with pytest.raises(NotObserved) as caught:
        adds_no_time_off_twice(payday.write(**trouble))
    assert "update_payroll" in caught.value.missing[0]


def test_who_writes_no_payrolls_and_read_the_time_off_has_added_nothing(tape):
    with tape.window("paid"):
        tape.add(REQUESTS, answered=[], operation=LIST_TIME_OFF_REQUESTS)
    assert adds_no_time_off_twice(tape.recording()) == ()


def test_who_reads_nothing_shows_nothing(tape):
    with tape.window("paid"):
        tape.add(REQUESTS, status=500, operation=LIST_TIME_OFF_REQUESTS)
    with pytest.raises(NotObserved):
        adds_no_time_off_twice(tape.recording())
