import pytest

from partner_qa.checks.callbacks import asks_whose_token_it_is
from partner_qa.errors import NotObserved


def exchange(tape, grant):
    tape.add(
        "/oauth/token",
        method="POST",
        sent={"grant_type": "authorization_code", "code": "c"},
        operation="oauth-access-token",
        grant=grant,
    )


def introspect(tape, grant, **more):
    tape.add("/v1/token_info", operation="get-v1-token-info", grant=grant, **more)


def test_asking_with_each_new_token_is_fine(tape):
    for grant in ("grant-1", "grant-2"):
        exchange(tape, grant)
        introspect(tape, grant)
    assert asks_whose_token_it_is(tape.run()) == ()


def test_asking_for_one_of_two_is_found(tape):
    exchange(tape, "grant-1")
    introspect(tape, "grant-1")
    exchange(tape, "grant-2")
    (finding,) = asks_whose_token_it_is(tape.run())
    assert [place.sequence for place in finding.places] == [3]


def test_asking_that_gusto_failed_to_answer_counts(tape):
    exchange(tape, "grant-1")
    introspect(tape, "grant-1", status=500)
    assert asks_whose_token_it_is(tape.run()) == ()


def test_the_call_of_old_is_found(tape):
    exchange(tape, "grant-1")
    introspect(tape, "grant-1")
    tape.add("/v1/me", operation=None, status=404)
    assert [each.key for each in asks_whose_token_it_is(tape.run())] == [
        "do without the call for the current user"
    ]


def test_without_a_connection_nothing_is_known_of_introspection(tape):
    tape.code("c", status=400)
    with pytest.raises(NotObserved):
        asks_whose_token_it_is(tape.run())
