import pytest

from partner_qa.checks.worked_hours import classifies_hours, reads_clocks_right
from partner_qa.contract.names import LIST_TIME_SHEETS
from partner_qa.errors import NotObserved

GOLDEN = {
    "first": {"weekly": {"Regular": "40", "Overtime": "5"}, "daily": {"Regular": "8"}},
    "corrected": {"weekly": {"Regular": "36"}},
}
PEOPLE = {"weekly": "u-weekly", "daily": "u-daily", "night": "u-night", "uneven": "u-uneven"}
TIMES = {
    "night-over": ("2026-11-17T22:00:00-07:00", "2026-11-18T06:00:00-07:00", "America/Denver"),
    "night-until-midnight": ("2026-11-19T20:00:00-07:00", "2026-11-20T00:00:00-07:00", "America/Denver"),
    "night-clocks": ("2026-10-31T22:00:00-06:00", "2026-11-01T06:00:00-07:00", "America/Denver"),
    "night-open": ("2026-11-20T13:00:00-07:00", None, "America/Denver"),
    "night-empty": ("2026-11-18T12:00:00-07:00", "2026-11-18T12:00:00-07:00", "America/Denver"),
    "weekly-0": ("2026-11-16T08:00:00-06:00", "2026-11-16T17:00:00-06:00", "America/Chicago"),
    "daily-2": ("2026-11-18T09:00:00-08:00", "2026-11-18T17:00:00-08:00", "America/Los_Angeles"),
    "uneven-1": ("2026-11-17T14:00:00-10:00", "2026-11-17T22:20:00-10:00", "Pacific/Honolulu"),
}
HOURS = {
    "night-over": "8.000",
    "night-until-midnight": "4.000",
    "night-clocks": "9.000",
    "weekly-0": "9.000",
    "daily-2": "8.000",
    "uneven-1": "8.333",
}
SHIFTS = [
    {
        "id": name,
        "person_id": name.partition("-")[0],
        "status": "approved",
        "started_at": start,
        "ended_at": end,
        "time_zone": zone,
    }
    for name, (start, end, zone) in TIMES.items()
]


def sheet(name, hours=None, **changes):
    start, end, zone = TIMES[name]
    return {
        "uuid": f"sheet-{name}",
        "entity_uuid": PEOPLE[name.partition("-")[0]],
        "shift_started_at": start,
        "shift_ended_at": end,
        "time_zone": zone,
        "entries": [{"pay_classification": "Regular", "hours_worked": hours or HOURS[name]}],
        **changes,
    }


def worked(person, **sums):
    entries = [{"pay_classification": name, "hours_worked": hours} for name, hours in sums.items()]
    return {**sheet("night-over"), "entity_uuid": PEOPLE[person], "entries": entries}


ALL = {name: sheet(name) for name in HOURS}
GOOD = ([worked("weekly", Regular="40", Overtime="5")], [worked("weekly", Regular="36")])


@pytest.fixture
def record(tape):
    def make(first, corrected=(), states=None, **given):
        for window, held in (("first", first), ("corrected", corrected)):
            with tape.window(window):
                tape.audits(list(held), operation=LIST_TIME_SHEETS)
                rows = [{"id": name, "state": state} for name, state in (states or {}).items()]
                tape.tells({"shifts": rows})
        situation = {**tape.windows, "people": PEOPLE, "shifts": SHIFTS, "golden": GOLDEN, **given}
        return tape.recording(situation=situation)

    return make


def test_golden_sums_are_fine_however_shifts_are_cut(record):
    first = [worked("weekly", Regular="40"), worked("weekly", Overtime="5")]
    assert classifies_hours(record(first, GOOD[1])) == ()


@pytest.mark.parametrize(
    ("first", "corrected"),
    [
        ([worked("weekly", Regular="45")], GOOD[1]),
        ([worked("weekly", Regular="40", Overtime="4.9")], GOOD[1]),
        ([worked("weekly", Regular="40", **{"Double overtime": "5"})], GOOD[1]),
        (GOOD[0], [worked("weekly", Regular="31", Overtime="5")]),
        ([*GOOD[0], worked("daily", Regular="8", Overtime="1")], GOOD[1]),
    ],
)
def test_each_other_sum_is_found(record, first, corrected):
    (finding,) = classifies_hours(record(first, corrected))
    assert "Regular" in finding.expected


def test_rounding_is_no_difference(record):
    assert classifies_hours(record([worked("weekly", Regular="40.004", Overtime="4.996")], GOOD[1])) == ()


def test_who_was_withheld_for_want_of_a_rule_is_left_out(record):
    assert classifies_hours(record(*GOOD)) == ()


def test_without_overtime_nothing_is_seen(record):
    with pytest.raises(NotObserved):
        classifies_hours(record([worked("daily", Regular="8")]))


def test_without_golden_results_nothing_is_judged(record):
    with pytest.raises(NotObserved):
        classifies_hours(record(*GOOD, golden={}))


def test_hours_that_went_by_are_fine(record):
    assert reads_clocks_right(record(ALL.values())) == ()


def test_a_night_may_be_cut_at_midnight(record):
    halves = [
        sheet("night-over", hours="2.000"),
        sheet("night-over", hours="6.000", shift_started_at="2026-11-18T00:00:00-07:00"),
    ]
    others = [each for name, each in ALL.items() if name != "night-over"]
    assert reads_clocks_right(record([*others, *halves])) == ()


@pytest.mark.parametrize(
    ("name", "changes", "seen"),
    [
        ("night-clocks", {"hours": "8.000"}, "8.000 hours"),
        ("night-over", {"hours": "16.000"}, "16.000 hours"),
        ("uneven-1", {"time_zone": "America/Denver"}, "America/Denver"),
        ("weekly-0", {"time_zone": "Central time"}, "Central time"),
        ("daily-2", {"shift_started_at": "2026-11-18T09:30:00-08:00"}, "begins at"),
    ],
)
def test_each_shift_that_is_read_wrong_is_found(record, name, changes, seen):
    (finding,) = reads_clocks_right(record({**ALL, name: sheet(name, **changes)}.values()))
    assert seen in finding.seen


@pytest.mark.parametrize("zone", ["US/Mountain", "America/Boise"])
def test_another_name_of_the_same_clock_is_fine(record, zone):
    assert (
        reads_clocks_right(record({**ALL, "night-over": sheet("night-over", time_zone=zone)}.values())) == ()
    )


def test_an_end_that_was_made_up_is_found(record):
    made_up = sheet("night-open", hours="8.000", shift_ended_at="2026-11-20T21:00:00-07:00")
    (finding,) = reads_clocks_right(record([*ALL.values(), made_up]))
    assert "still open" in finding.message


def test_an_open_sheet_without_hours_is_fine(record):
    running = {**sheet("night-open", hours="1"), "entries": [], "shift_ended_at": None}
    assert reads_clocks_right(record([*ALL.values(), running])) == ()


def test_hours_of_an_empty_shift_are_found(record):
    (finding,) = reads_clocks_right(record([*ALL.values(), sheet("night-empty", hours="24.000")]))
    assert "without hours" in finding.message


def test_a_shift_that_is_lost_without_a_word_is_found(record):
    others = [each for name, each in ALL.items() if name != "night-over"]
    (finding,) = reads_clocks_right(record(others, states={"night-over": "sent"}))
    assert "no time sheet" in finding.seen


@pytest.mark.parametrize("states", [{"night-over": "withheld"}, {}])
def test_a_shift_that_is_kept_back_is_not_judged_unless_something_else_is_said(record, states):
    others = [each for name, each in ALL.items() if name != "night-over"]
    assert reads_clocks_right(record(others, states=states)) == ()


def test_without_any_shift_no_clock_was_read(record):
    with pytest.raises(NotObserved):
        reads_clocks_right(record([], states=dict.fromkeys(HOURS, "withheld")))
