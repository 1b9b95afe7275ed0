import pytest

from partner_qa.checks.refusals import (
    decides_by_category,
    never_repeats_what_was_refused,
    reports_a_missing_scope,
    takes_a_406_for_an_alarm,
)
from partner_qa.errors import NotObserved


def refuse(tape, window, status, *, notices=("sync_failed",), times=1, versions=("2026-06-15",), people=()):
    with tape.window(window):
        for number in range(times):
            version = versions[min(number, len(versions) - 1)]
            headers = {"Authorization": "Bearer t", "X-Gusto-API-Version": version}
            tape.add(tape.employees, status=status, fault="respond", headers=headers)
        if notices is not None:
            tape.tells({"notices": [{"about": each, "message": "…"} for each in notices]})
        if people:
            tape.tells({"people": [{"gusto_uuid": each} for each in people]})


def keys(findings):
    return [each.key for each in findings]


@pytest.mark.parametrize("notice", ["missing_scope", "sync_failed", "partial_failure"])
def test_a_missing_scope_that_is_told_of_is_fine(tape, notice):
    refuse(tape, "forbidden", 403, notices=[notice])
    assert reports_a_missing_scope(tape.recording()) == ()


def test_a_missing_scope_that_nobody_hears_of_is_found(tape):
    refuse(tape, "forbidden", 403, notices=["unmatched"])
    assert len(reports_a_missing_scope(tape.recording())) == 1


def test_people_that_go_with_a_403_are_found(tape):
    with tape.window("before"):
        tape.tells({"people": [{"gusto_uuid": "g1"}, {"gusto_uuid": "g2"}]})
    refuse(tape, "forbidden", 403, people=["g1"])
    assert keys(reports_a_missing_scope(tape.recording())) == ["keep what it has when Gusto withholds a list"]


def test_without_notices_nothing_is_known_of_a_missing_scope(tape):
    refuse(tape, "forbidden", 403, notices=None)
    with pytest.raises(NotObserved):
        reports_a_missing_scope(tape.recording())


@pytest.mark.parametrize("notices", [["outdated_version"], ["sync_failed"], None])
def test_one_attempt_and_an_alarm_is_fine(tape, notices):
    refuse(tape, "outdated", 406, notices=notices)
    assert takes_a_406_for_an_alarm(tape.recording()) == ()


def test_asking_with_another_version_is_fine(tape):
    refuse(tape, "outdated", 406, times=2, versions=("2026-09-15", "2026-06-15"))
    assert takes_a_406_for_an_alarm(tape.recording()) == ()


def test_asking_with_the_same_version_again_is_found(tape):
    refuse(tape, "outdated", 406, times=3)
    assert keys(takes_a_406_for_an_alarm(tape.recording())) == [
        "stop asking with an API version that was refused"
    ]


def test_requests_side_by_side_that_are_all_answered_406_are_one_attempt(tape):
    with tape.window("outdated"):
        for page in range(1, 4):
            tape.page(page, 3, status=406, fault="respond", after=0.0 if page == 1 else -0.4, elapsed=0.4)
        tape.tells({"notices": [{"about": "outdated_version", "message": "…"}]})
    assert takes_a_406_for_an_alarm(tape.recording()) == ()


def test_a_406_that_nobody_hears_of_is_found(tape):
    refuse(tape, "outdated", 406, notices=[])
    assert keys(takes_a_406_for_an_alarm(tape.recording())) == [
        "raise an alarm when its API version is refused"
    ]


def test_without_a_406_nothing_is_known(tape):
    with pytest.raises(NotObserved):
        takes_a_406_for_an_alarm(tape.recording())


def differ(tape, plain, reworded, *, works=True):
    refuse(tape, "forbidden", 403, notices=plain)
    refuse(tape, "reworded", 403, notices=reworded)
    refuse(tape, "invalid", 422)
    with tape.window("afterwards"):
        tape.add(tape.employees, status=200 if works else 500)
    return keys(decides_by_category(tape.recording()))


def test_the_same_reaction_to_other_words_is_fine(tape):
    assert differ(tape, ["missing_scope", "sync_failed"], ["sync_failed", "missing_scope"]) == []


def test_another_reaction_to_other_words_is_found(tape):
    assert differ(tape, ["missing_scope"], ["sync_failed"]) == ["decide by the category of an error"]


def test_nested_errors_that_break_the_next_sync_are_found(tape):
    found = differ(tape, ["missing_scope"], ["missing_scope"], works=False)
    assert found == ["work again after an error with errors inside"]


@pytest.mark.parametrize(("notices", "what"), [(None, "observations.notices"), ([], "a notice of what")])
def test_a_reaction_that_nobody_can_see_proves_nothing(tape, notices, what):
    with pytest.raises(NotObserved) as caught:
        differ(tape, notices, notices)
    assert caught.value.missing[0].startswith(what)


def test_one_attempt_at_each_refusal_is_fine(tape):
    refuse(tape, "invalid", 422)
    refuse(tape, "outdated", 406, times=2, versions=("2026-09-15", "2026-06-15"))
    assert never_repeats_what_was_refused(tape.recording()) == ()


@pytest.mark.parametrize("status", [400, 403, 404, 422])
def test_a_second_attempt_at_a_refusal_is_found(tape, status):
    refuse(tape, "invalid", status, times=2)
    assert keys(never_repeats_what_was_refused(tape.recording())) == [f"take a {status} for an answer"]


@pytest.mark.parametrize("status", [401, 408, 409, 425, 429])
def test_what_may_pass_by_itself_may_be_tried_again(tape, status):
    refuse(tape, "forbidden", 403)
    refuse(tape, "invalid", status, times=2)
    assert never_repeats_what_was_refused(tape.recording()) == ()


def test_a_sync_that_is_asked_for_anew_is_no_second_attempt(tape):
    refuse(tape, "forbidden", 403)
    refuse(tape, "reworded", 403)
    assert never_repeats_what_was_refused(tape.recording()) == ()


def test_without_a_refusal_nothing_is_known_of_repeating(tape):
    with pytest.raises(NotObserved):
        never_repeats_what_was_refused(tape.recording())
