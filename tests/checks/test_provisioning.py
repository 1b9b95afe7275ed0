from dataclasses import replace

import pytest

from partner_qa.checks.provisioning import founds_companies, leads_to_connecting
from partner_qa.contract.names import PROVISION
from partner_qa.errors import NotObserved
from partner_qa.model import Kind

CLAIM = "https://app.gusto-demo.com/claim_account?token=abc"
USER = {"first_name": "Barnaby", "last_name": "Rudge", "email": "Barnaby@maypole.example"}
WISH = {"user": USER, "company": {"name": "The Maypole Inn"}}
TOLD = ["onboarding_needed"]


def ask(tape, *, sent=WISH, status=201, grant="system-1", times=1):
    told = {"account_claim_url": CLAIM} if status == 201 else {"errors": []}
    for _ in range(times):
        tape.add(
            "/v1/provision", method="POST", operation=PROVISION, sent=sent, status=status, grant=grant,
            answered=told,
        )  # fmt: skip


def answer(tape, told):
    action = tape.add("action:provision_company", kind=Kind.ACTION, answered=told)
    tape.exchanges[-1] = replace(action, during="provision_company")


def found(tape, *, claim=CLAIM, notices=TOLD, **asked):
    with tape.window("new"):
        ask(tape, **asked)
        answer(tape, {"status": "done", **({"claim_url": claim} if claim else {})})
        if notices is not None:
            tape.tells({"notices": [{"about": each} for each in notices]})
    return founds_companies(tape.recording(situation={"new_wish": WISH, **tape.windows}))


def test_a_company_that_is_founded_and_handed_over_is_fine(tape):
    assert found(tape) == ()


def test_leaving_out_what_nobody_needs_and_writing_the_mail_small_is_fine(tape):
    user = {**USER, "email": "barnaby@maypole.example", "phone": None}
    assert found(tape, sent={"user": user, "company": {"name": "The Maypole Inn", "states": []}}) == ()


def test_an_address_of_ones_own_that_leads_there_is_fine(tape):
    on_the_way = (
        "https://acme.example/go?to=https%3A%2F%2Fapp.gusto-demo.com%2Fclaim_account%3Ftoken%3Dabc&x=1"
    )
    assert found(tape, claim=on_the_way) == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"times": 2}, "found one company"),
        ({"status": 500}, "found one company"),
        ({"grant": "grant-1"}, "system token"),
        ({"sent": {**WISH, "user": {**USER, "first_name": "Account"}}}, "what the user entered"),
        ({"sent": {**WISH, "company": {**WISH["company"], "number_employees": 9}}}, "what the user entered"),
        ({"claim": "https://app.gusto-demo.com/login"}, "claims the account"),
        ({"notices": ["unmatched"]}, "an e-mail comes"),
    ],
)
def test_each_way_to_go_wrong_is_found(tape, change, words):
    (finding,) = found(tape, **change)
    assert words in finding.message


@pytest.mark.parametrize(("change", "name"), [({"claim": ""}, "claim_url"), ({"notices": None}, "notices")])
def test_what_cannot_be_seen_is_named(tape, change, name):
    with pytest.raises(NotObserved) as caught:
        found(tape, **change)
    assert name in caught.value.missing[0]


def test_without_a_request_nothing_was_founded(tape):
    with pytest.raises(NotObserved):
        found(tape, times=0)


def know(tape, *, notices=("company_exists",), connects=True, status=422, times=1):
    with tape.window("known"):
        ask(tape, status=status, times=times)
        if notices is not None:
            tape.tells({"notices": [{"about": each} for each in notices]})
    with tape.window("connected"):
        tape.code("a-code", status=200 if connects else 400)
    return leads_to_connecting(tape.recording())


def test_a_known_mail_that_leads_to_connecting_is_fine(tape):
    assert know(tape) == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"times": 3}, "for an answer"),
        ({"notices": ["sync_failed"]}, "a company already"),
        ({"connects": False}, "connect the company"),
    ],
)
def test_each_dead_end_is_found(tape, change, words):
    (finding,) = know(tape, **change)
    assert words in finding.message


@pytest.mark.parametrize("change", [{"status": 201}, {"times": 0}, {"notices": None}])
def test_where_no_mail_is_known_or_nobody_looks_nothing_is_said(tape, change):
    with pytest.raises(NotObserved):
        know(tape, **change)
