from dataclasses import replace

import pytest

from partner_qa.checks.subscriptions import (
    CHANGE,
    CREATE,
    VERIFY,
    subscribes_to_what_it_needs,
    verifies_its_subscription,
)
from partner_qa.errors import NotObserved

PATH = "/v1/webhook_subscriptions"
PUBLIC = "https://app.acme.example/webhooks"


def subscribe(tape, *types, uuid="s1", operation=CREATE, status=201):
    tape.add(
        PATH,
        method="POST",
        status=status,
        operation=operation,
        sent={"url": "http://127.0.0.1:4000/webhooks", "subscription_types": list(types or ["Employee"])},
        answered={"uuid": uuid, "status": "pending"},
    )


def verify(tape, uuid="s1", status=200):
    tape.add(
        f"{PATH}/{uuid}/verify",
        method="PUT",
        status=status,
        operation=VERIFY,
        answered={"uuid": uuid, "status": "verified"} if status == 200 else {"errors": []},
    )


def production(url=PUBLIC):
    return {"webhook_url": url, "redirect_uris": []}


def test_a_verified_subscription_and_a_public_address_are_fine(tape):
    subscribe(tape)
    verify(tape, status=422)
    verify(tape)
    assert verifies_its_subscription(tape.run(production=production())) == ()


def test_a_subscription_that_was_refused_needs_no_verifying(tape):
    subscribe(tape, uuid="s0", status=422)
    subscribe(tape)
    verify(tape)
    assert verifies_its_subscription(tape.run(production=production())) == ()


@pytest.mark.parametrize("status", [None, 422])
def test_a_subscription_that_stays_pending_is_found(tape, status):
    subscribe(tape)
    if status:
        verify(tape, status=status)
    (finding,) = verifies_its_subscription(tape.run(production=production()))
    assert finding.key == "unverified"


@pytest.mark.parametrize("url", ["http://app.acme.example/webhooks", "https://localhost/webhooks"])
def test_an_address_that_gusto_can_not_reach_is_found(tape, url):
    subscribe(tape)
    verify(tape)
    (finding,) = verifies_its_subscription(tape.run(production=production(url)))
    assert url in finding.seen


def test_a_subscription_of_the_portal_was_verified_there(tape):
    run = tape.run(production=production())
    preset = replace(run, profile={**run.profile, "webhooks": {"subscription": "preset"}})
    assert verifies_its_subscription(preset) == ()


def test_without_a_subscription_or_an_address_the_missing_is_named(tape):
    with pytest.raises(NotObserved) as caught:
        verifies_its_subscription(tape.run())
    assert len(caught.value.missing) == 2


SCOPES = ["employees:read", "companies:read"]


def test_types_that_the_scopes_open_are_fine(tape):
    subscribe(tape, "Company", "Employee", "Form")
    assert subscribes_to_what_it_needs(tape.run(scopes=SCOPES)) == ()


def test_a_type_that_no_scope_opens_is_found(tape):
    subscribe(tape, "Employee", "Payroll", "Contractor")
    (finding,) = subscribes_to_what_it_needs(tape.run(scopes=SCOPES))
    assert finding.seen.startswith("Payroll, Contractor:")


def test_a_subscription_that_was_narrowed_later_is_fine(tape):
    subscribe(tape, "Employee", "Payroll")
    subscribe(tape, "Employee", operation=CHANGE, status=200)
    assert subscribes_to_what_it_needs(tape.run(scopes=SCOPES)) == ()


def preset(tape, **more):
    run = tape.run(scopes=SCOPES)
    return replace(run, profile={**run.profile, "webhooks": {"subscription": "preset", **more}})


def test_without_a_subscription_nothing_is_known_of_its_types(tape):
    with pytest.raises(NotObserved) as caught:
        subscribes_to_what_it_needs(tape.run(scopes=SCOPES))
    assert caught.value.missing == ("actions.subscribe_webhooks in partner.yaml",)


def test_a_subscription_of_the_portal_is_not_seen_and_its_types_are_asked_for(tape):
    with pytest.raises(NotObserved) as caught:
        subscribes_to_what_it_needs(preset(tape))
    assert caught.value.missing[0].startswith("webhooks.types in partner.yaml")


def test_a_subscription_of_the_portal_is_judged_by_what_was_ticked_there(tape):
    assert subscribes_to_what_it_needs(preset(tape, types=["Company", "Employee"])) == ()
    (finding,) = subscribes_to_what_it_needs(preset(tape, types=["Employee", "Payroll"]))
    assert (finding.places, finding.seen.startswith("Payroll:")) == ((), True)
