from urllib.parse import quote

import pytest

from partner_qa.checks.authorization import (
    refuses_foreign_state,
    requests_consent_correctly,
    sends_bearer_on_every_call,
)
from partner_qa.errors import NotObserved

CALLBACK = "http://127.0.0.1:4000/gusto/callback"
GOOD = f"/oauth/authorize?client_id=me&response_type=code&redirect_uri={quote(CALLBACK, safe='')}"


def consent(tape):
    return requests_consent_correctly(tape.recording(), client_id="me", redirect_uris=(CALLBACK,))


def test_a_right_request_for_consent_is_fine(tape):
    tape.browse(f"{GOOD}&state=abc")
    assert consent(tape) == ()


@pytest.mark.parametrize(
    ("url", "parameter"),
    [
        (GOOD.replace("client_id=me", "client_id=you"), "client_id"),
        (GOOD.replace("response_type=code", "response_type=token"), "response_type"),
        (GOOD.replace("response_type=code", ""), "response_type"),
        (GOOD + "%2F", "redirect_uri"),
    ],
)
def test_each_wrong_parameter_is_found_by_name(tape, url, parameter):
    tape.browse(url)
    (finding,) = consent(tape)
    assert finding.key == f"parameter={parameter}"


def test_a_browser_that_never_saw_the_consent_page_proves_nothing(tape):
    tape.browse("/gusto/connect")
    with pytest.raises(NotObserved):
        consent(tape)


def honest(tape, code, state):
    tape.browse(f"/oauth/authorize?state={state}", state_entropy_bits=128)
    tape.browse(f"/gusto/callback?code={code}&state={state}")
    tape.code(code)


def forged(tape, code, how):
    tape.browse(f"/oauth/authorize?state=fresh-{code}", state_entropy_bits=128)
    tape.browse(f"/gusto/callback?code={code}&state=x", forged=how)


def test_forged_callbacks_that_change_nothing_are_fine(tape):
    honest(tape, "c1", "s1")
    for how in ("missing", "wrong", "replayed", "foreign"):
        forged(tape, f"f-{how}", how)
    assert refuses_foreign_state(tape.recording()) == ()


@pytest.mark.parametrize("how", ["missing", "wrong", "replayed", "foreign"])
def test_each_forgery_that_is_believed_is_found(tape, how):
    honest(tape, "c1", "s1")
    forged(tape, "f1", how)
    tape.code("f1", status=400)
    (finding,) = refuses_foreign_state(tape.recording())
    assert finding.key == f"forged={how}"


def test_refusing_everything_proves_nothing(tape):
    forged(tape, "f1", "wrong")
    with pytest.raises(NotObserved, match="no honest callback"):
        refuses_foreign_state(tape.recording())


def test_no_state_at_all_is_found(tape):
    honest(tape, "c1", "s1")
    tape.browse("/oauth/authorize?client_id=me")
    forged(tape, "f1", "wrong")
    assert "send a state" in refuses_foreign_state(tape.recording())[0].key


def test_a_guessable_state_is_found(tape):
    honest(tape, "c1", "s1")
    tape.browse("/oauth/authorize?state=1", state_entropy_bits=4)
    forged(tape, "f1", "wrong")
    assert "hard to guess" in refuses_foreign_state(tape.recording())[0].key


def test_one_state_for_all_attempts_is_found(tape):
    honest(tape, "c1", "same")
    honest(tape, "c2", "same")
    forged(tape, "f1", "wrong")
    assert "new state each time" in refuses_foreign_state(tape.recording())[0].key


def test_a_bearer_on_every_call_is_fine(tape):
    tape.add(tape.employees)
    tape.refresh("r1")
    assert sends_bearer_on_every_call(tape.run()) == ()


def test_a_call_without_a_bearer_is_found(tape):
    tape.add(tape.employees, headers={"Authorization": "Token abc"})
    (finding,) = sends_bearer_on_every_call(tape.run())
    assert "bearer" in finding.message


def test_a_token_in_the_url_is_found_even_beside_a_bearer(tape):
    tape.add(f"{tape.employees}?access_token=t")
    (finding,) = sends_bearer_on_every_call(tape.run())
    assert finding.key == "keep the token out of the URL"


def test_a_run_without_calls_proves_nothing_about_bearers(tape):
    tape.refresh("r1")
    with pytest.raises(NotObserved):
        sends_bearer_on_every_call(tape.run())
