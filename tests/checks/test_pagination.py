import pytest

from partner_qa.checks.pagination import reads_every_page
from partner_qa.errors import NotObserved


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
