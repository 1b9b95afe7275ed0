import pytest

from partner_qa.checks.lost_creates import looks_before_creating_again
from partner_qa.errors import NotObserved

MANON = {"first_name": "Manon", "last_name": "Poggenpuhl"}


def create(tape, body=MANON, **more):
    tape.add(tape.employees, method="POST", sent=body, operation="post-v1-employees", **more)


def lose(tape):
    create(tape, status=0, fault="drop_response")


def test_never_creating_it_again_is_fine(tape):
    lose(tape)
    assert looks_before_creating_again(tape.run()) == ()


def test_looking_and_then_creating_is_fine(tape):
    lose(tape)
    tape.add(tape.employees)
    create(tape)
    assert looks_before_creating_again(tape.run()) == ()


def test_creating_it_again_at_once_is_found(tape):
    lose(tape)
    create(tape)
    (finding,) = looks_before_creating_again(tape.run())
    assert [each.sequence for each in finding.places] == [1, 2]


@pytest.mark.parametrize(
    "look",
    [
        {"status": 500},
        {"grant": "grant-2"},
        {"url": "/v1/companies/c/departments"},
        {"method": "PUT"},
    ],
)
def test_what_is_no_look_does_not_count(tape, look):
    lose(tape)
    tape.add(**{"url": tape.employees, **look})
    create(tape)
    assert len(looks_before_creating_again(tape.run())) == 1


def test_a_look_after_it_comes_too_late(tape):
    lose(tape)
    create(tape)
    tape.add(tape.employees)
    assert len(looks_before_creating_again(tape.run())) == 1


def test_creating_something_else_is_no_repetition(tape):
    lose(tape)
    create(tape, {**MANON, "first_name": "Therese"})
    assert looks_before_creating_again(tape.run()) == ()


def test_reading_one_of_them_is_a_look(tape):
    lose(tape)
    tape.add("/v1/employees/e1", operation="get-v1-employees")
    create(tape)
    assert looks_before_creating_again(tape.run()) == ()


@pytest.mark.parametrize("fault", [None, "respond"])
def test_creates_that_were_answered_prove_nothing(tape, fault):
    create(tape, fault=fault)
    with pytest.raises(NotObserved):
        looks_before_creating_again(tape.run())


def test_a_lost_refresh_is_another_items_business(tape):
    tape.refresh("token", status=0, fault="drop_response")
    with pytest.raises(NotObserved):
        looks_before_creating_again(tape.run())
