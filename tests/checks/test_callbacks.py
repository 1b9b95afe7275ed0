from dataclasses import replace

import pytest

from partner_qa.checks.callbacks import (
    asks_whose_token_it_is,
    exchanges_each_code_once,
    takes_no_for_an_answer,
)
from partner_qa.errors import NotObserved
from partner_qa.model import FiredFault, Kind


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


def refuse(tape, code):
    tape.code(code, status=400)
    tape.exchanges[-1] = replace(tape.exchanges[-1], fault=FAULT)


FAULT = FiredFault(name="respond", parameters={}, occurrence=1)


def codes(tape):
    return [each.key for each in exchanges_each_code_once(tape.recording())]


def connect_after_a_refusal(tape):
    refuse(tape, "c1")
    tape.browse("/cb?code=c2")
    tape.code("c2")
    tape.browse("/cb?code=c2", repeated=True)


def test_a_new_code_after_a_refused_one_is_fine(tape):
    connect_after_a_refusal(tape)
    assert codes(tape) == []


def test_a_code_that_is_sent_again_after_an_answer_is_found(tape):
    connect_after_a_refusal(tape)
    tape.code("c2", status=400)
    assert codes(tape) == ["use a code only once"]


def test_a_code_that_is_sent_again_after_no_answer_is_fine(tape):
    connect_after_a_refusal(tape)
    tape.code("c3", status=0)
    tape.code("c3")
    assert codes(tape) == []


def test_a_code_that_is_sent_late_is_found(tape):
    connect_after_a_refusal(tape)
    tape.browse("/cb?code=c3")
    tape.at += 601
    tape.code("c3", status=400)
    assert codes(tape) == ["exchange a code at once"]


def test_a_refusal_that_is_a_dead_end_is_found(tape):
    refuse(tape, "c1")
    tape.browse("/cb?code=c1", repeated=True)
    assert codes(tape) == ["let a customer start again after a code was refused"]


def test_who_starts_again_is_not_blamed_for_a_gusto_that_takes_no_code(tape):
    refuse(tape, "c1")
    tape.browse("/cb?code=c2")
    tape.code("c2", status=401)
    tape.browse("/cb?code=c2", repeated=True)
    with pytest.raises(NotObserved, match="refused as well"):
        codes(tape)


def test_a_refused_code_that_is_kept_for_the_next_consent_is_found(tape):
    refuse(tape, "c1")
    tape.browse("/cb?code=c2")
    tape.code("c1", status=400)
    tape.browse("/cb?code=c2", repeated=True)
    assert codes(tape) == ["use a code only once", "let a customer start again after a code was refused"]


def test_without_a_refused_code_nothing_is_known(tape):
    tape.code("c1")
    with pytest.raises(NotObserved):
        codes(tape)


def deny(tape, *, status=200, state="disconnected", exchanges=False):
    tape.browse("/oauth/authorize?client_id=x")
    tape.add("/cb?error=access_denied", kind=Kind.BROWSER, status=status, grant=None, company=None)
    if exchanges:
        tape.code("made-up", status=400)
    tape.tells({"state": state})
    tape.browse("/oauth/authorize?client_id=x")
    tape.code("c2")
    tape.tells({"state": "connected"})


def denials(tape):
    return [each.key for each in takes_no_for_an_answer(tape.recording())]


@pytest.mark.parametrize("status", [200, 303, 400])
def test_any_page_after_a_denial_is_fine(tape, status):
    deny(tape, status=status)
    assert denials(tape) == []


def test_a_server_error_after_a_denial_is_found(tape):
    deny(tape, status=500)
    assert denials(tape) == ["meet a denied consent with a page"]


def test_a_denial_that_is_answered_with_nothing_is_found(tape):
    deny(tape, status=0)
    assert denials(tape) == ["answer a denied consent at all"]


def test_a_refused_code_that_is_answered_with_nothing_is_no_dead_end_if_connecting_works(tape):
    tape.add("/cb?code=c1", kind=Kind.BROWSER, status=0, grant=None, company=None)
    connect_after_a_refusal(tape)
    assert codes(tape) == []


def test_a_token_request_after_a_denial_is_found(tape):
    deny(tape, exchanges=True)
    assert denials(tape) == ["leave the token endpoint alone after a denied consent"]


def test_a_half_connection_is_found(tape):
    deny(tape, state="connected")
    assert denials(tape) == ["stay unconnected after a denied consent"]


def test_a_denial_without_a_later_consent_proves_nothing(tape):
    tape.add("/cb?error=access_denied", kind=Kind.BROWSER)
    with pytest.raises(NotObserved):
        denials(tape)


def test_a_token_request_of_the_denied_callback_itself_is_found(tape):
    deny(tape)
    visit = tape.exchanges[1]
    asked = replace(tape.code("made-up", status=400), sequence=visit.sequence, started=visit.started)
    # The recorder numbers a call when it arrives, and a visit when it ends.
    after = [replace(each, sequence=each.sequence + 1) for each in tape.exchanges[1:-1]]
    tape.exchanges[1:] = [asked, *after]
    assert denials(tape) == ["leave the token endpoint alone after a denied consent"]
