import pytest

from partner_qa.checks.pagination import (
    follows_the_cursor,
    merges_and_chunks_big_payrolls,
    reads_every_page,
)
from partner_qa.errors import NotObserved
from partner_qa.model import Kind


def test_a_list_read_to_its_last_page_is_fine(tape):
    for number in (1, 2, 3):
        tape.page(number, 3)
    assert reads_every_page(tape.recording()) == ()


def test_a_page_left_out_is_found_and_named(tape):
    tape.page(1, 3)
    tape.page(3, 3)
    (finding,) = reads_every_page(tape.recording())
    assert finding.message.startswith("does not read every page")
    assert "never asked for page 2" in finding.seen
    assert [place.sequence for place in finding.places] == [1, 2]


def test_a_page_that_failed_counts_as_unread_until_it_succeeds(tape):
    tape.page(1, 2)
    tape.page(2, 2, status=500)
    assert reads_every_page(tape.recording())
    tape.page(2, 2)
    assert reads_every_page(tape.recording()) == ()


def test_a_reading_that_goes_on_where_it_had_to_stop_is_fine(tape):
    for number, during in ((1, "sync_people"), (2, "sync_people"), (3, None)):
        tape.page(number, 3, during=during)
    assert reads_every_page(tape.recording()) == ()
    tape.page(3, 3, during="another")
    assert reads_every_page(tape.recording()) == ()


def test_a_reading_that_begins_anew_must_come_to_its_end_too(tape):
    for number, during in ((1, "sync_people"), (2, "sync_people"), (1, "another")):
        tape.page(number, 2, during=during)
    (finding,) = reads_every_page(tape.recording())
    assert "never asked for page 2" in finding.seen


def read_in_pages(tape, size, numbers, of):
    for number in numbers:
        tape.page(number, of, url=f"{tape.employees}?page={number}&per={size}")


def test_one_row_that_tells_how_many_there_are_is_no_reading(tape):
    read_in_pages(tape, 1, [1], 251)
    with pytest.raises(NotObserved):
        reads_every_page(tape.recording())
    read_in_pages(tape, 100, [1, 2, 3], 3)
    assert reads_every_page(tape.recording()) == ()


def test_a_list_that_is_read_anew_in_smaller_pages_is_fine(tape):
    read_in_pages(tape, 100, [1, 2], 3)
    read_in_pages(tape, 50, [1, 2, 3, 4, 5, 6], 6)
    assert reads_every_page(tape.recording()) == ()


def test_two_readings_of_which_none_is_whole_are_one_finding(tape):
    read_in_pages(tape, 100, [1], 3)
    read_in_pages(tape, 50, [1, 2, 3, 4, 5], 6)
    (finding,) = reads_every_page(tape.recording())
    assert "never asked for page 6" in finding.seen


def test_other_filters_make_another_list(tape):
    tape.page(1, 2, url=f"{tape.employees}?page=1&terminated=true")
    tape.page(2, 2, url=f"{tape.employees}?page=2&terminated=false")
    assert len(reads_every_page(tape.recording())) == 2


def test_two_grants_do_not_share_their_pages(tape):
    tape.page(1, 2, grant="grant-1")
    tape.page(2, 2, grant="grant-2")
    assert len(reads_every_page(tape.recording())) == 2


def test_lists_of_one_page_prove_nothing(tape):
    tape.page(1, 1)
    tape.add(tape.employees)
    with pytest.raises(NotObserved):
        reads_every_page(tape.recording())


def read_events(tape, *uuids, after=None, more):
    cursor = f"?starting_after_uuid={after}" if after else ""
    tape.add(
        f"/v1/events{cursor}",
        operation="get-events",
        answered=[{"uuid": each} for each in uuids],
        answer_headers={"X-Has-Next-Page": more},
    )


def test_a_cursor_that_is_followed_to_the_end_is_fine(tape):
    read_events(tape, "e1", "e2", more="true")
    read_events(tape, "e3", after="e2", more="false")
    assert follows_the_cursor(tape.recording()) == ()


def read_newest_first(tape, *events, after=None):
    cursor = f"&starting_after_uuid={after}" if after else ""
    rows = [each if isinstance(each, dict) else {"uuid": each} for each in events]
    url = f"/v1/events?sort_order=desc{cursor}"
    tape.add(url, operation="get-events", answered=rows, answer_headers={"X-Has-Next-Page": "true"})


def test_the_newest_first_may_end_where_the_list_was_read_before(tape):
    read_events(tape, "e1", more="false")
    read_newest_first(tape, "e3")
    read_newest_first(tape, "e2", "e1", after="e3")
    assert follows_the_cursor(tape.recording()) == ()


def test_the_newest_first_may_end_at_what_is_older_than_the_scenario(tape):
    before = tape.recording().started.timestamp() - 60
    read_newest_first(tape, "e3", {"uuid": "e2", "timestamp": before})
    assert follows_the_cursor(tape.recording()) == ()


def test_the_newest_first_that_ends_at_what_a_webhook_told_is_found(tape):
    tape.add("/hooks", kind=Kind.WEBHOOK, sent={"uuid": "e3"})
    read_newest_first(tape, "e3")
    assert len(follows_the_cursor(tape.recording())) == 1


def test_stopping_at_the_first_page_of_events_is_found(tape):
    read_events(tape, "e1", "e2", more="true")
    assert len(follows_the_cursor(tape.recording())) == 1


def test_going_on_from_the_wrong_event_is_found(tape):
    read_events(tape, "e1", "e2", more="true")
    read_events(tape, "e2", "e3", after="e1", more="false")
    assert len(follows_the_cursor(tape.recording())) == 1


def test_reading_everybody_instead_of_events_is_fine(tape):
    with tape.window("catching_up"):
        tape.page(1, 1)
    assert follows_the_cursor(tape.recording()) == ()


def test_reading_nothing_at_all_instead_of_events_proves_nothing(tape):
    with tape.window("catching_up"):
        tape.page(1, 1, status=500)
    with pytest.raises(NotObserved):
        follows_the_cursor(tape.recording())


def test_events_that_were_begun_must_be_read_on_whoever_else_is_read(tape):
    with tape.window("catching_up"):
        read_events(tape, "e1", more="true")
        tape.page(1, 1)
    assert len(follows_the_cursor(tape.recording())) == 1


def test_one_page_of_events_proves_nothing(tape):
    read_events(tape, "e1", more="false")
    with pytest.raises(NotObserved):
        follows_the_cursor(tape.recording())


def big_payroll(payday, *, sizes=(100, 50), paid=150):
    """Let updates carry so many people each, and so many of them be paid in the end."""
    people = [f"person-{number}" for number in range(sum(sizes))]
    at = 0
    for size in sizes:
        payday.update(*(payday.row(each, bonus="1.00") for each in people[at : at + size]))
        at += size
    rows = [payday.row(each, bonus="1.00" if at < paid else "0.00") for at, each in enumerate(people)]
    for page in range(1, 2 + (len(rows) - 1) // 100):
        payday.audit(*rows[(page - 1) * 100 : page * 100], page=page)
    return payday.recording(bonuses={f"u-{each}": "1.00" for each in people})


def test_everybody_written_in_pieces_of_a_hundred_is_fine(payday):
    assert merges_and_chunks_big_payrolls(big_payroll(payday)) == ()


def test_one_person_too_many_in_an_update_is_found(payday):
    (finding,) = merges_and_chunks_big_payrolls(big_payroll(payday, sizes=(101, 49)))
    assert finding.seen == "101 people in one update"


def test_people_of_later_pages_who_are_not_paid_are_found(payday):
    (finding,) = merges_and_chunks_big_payrolls(big_payroll(payday, paid=100))
    assert finding.seen.startswith("50 of 150 people")


def test_without_an_update_a_big_payroll_proves_nothing(payday):
    payday.audit(payday.row())
    with pytest.raises(NotObserved):
        merges_and_chunks_big_payrolls(payday.recording())
