import pytest

from partner_qa.checks.webhooks import refuses_forged_webhooks
from partner_qa.errors import NotObserved
from partner_qa.model import Kind


def deliver(tape, signature, status, *, uuid="event-1", person="person-1"):
    tape.add(
        "http://127.0.0.1:4000/gusto/webhooks",
        kind=Kind.WEBHOOK,
        method="POST",
        status=status,
        sent={"uuid": uuid, "event_type": "employee.updated", "entity_uuid": person},
        facts={"signature": signature},
    )


def test_refusing_forgeries_between_genuine_webhooks_is_fine(tape):
    deliver(tape, "valid", 200)
    for number, forgery in enumerate(("missing", "forged", "altered")):
        deliver(tape, forgery, 401, uuid=f"f{number}", person=f"forged-{number}")
    deliver(tape, "valid", 202)
    tape.tells({"events": [{"uuid": "event-1", "event_type": "employee.updated", "state": "processed"}]})
    assert refuses_forged_webhooks(tape.recording()) == ()


@pytest.mark.parametrize("forgery", ["missing", "forged", "altered"])
def test_each_forgery_that_is_welcomed_is_found(tape, forgery):
    deliver(tape, "valid", 200)
    deliver(tape, forgery, 200, person="forged")
    assert len(refuses_forged_webhooks(tape.recording())) == 1


def test_no_answer_to_a_forgery_is_a_refusal(tape):
    deliver(tape, "valid", 200)
    deliver(tape, "forged", 0)
    assert refuses_forged_webhooks(tape.recording()) == ()


def test_refused_but_acted_upon_is_found_on_the_wire(tape):
    deliver(tape, "valid", 200)
    deliver(tape, "forged", 401, person="forged")
    tape.add("/v1/employees/forged", operation="get-v1-employees")
    (finding,) = refuses_forged_webhooks(tape.recording())
    assert "asked Gusto for the entity" in finding.seen


def test_reading_everybody_one_by_one_to_catch_up_is_no_effect_of_a_forgery(tape):
    deliver(tape, "valid", 200)
    deliver(tape, "forged", 401, person="forged")
    with tape.window("catching_up"):
        tape.add("/v1/employees/forged", operation="get-v1-employees")
    assert refuses_forged_webhooks(tape.recording()) == ()


def test_refused_but_processed_by_its_own_account_is_found(tape):
    deliver(tape, "valid", 200)
    deliver(tape, "missing", 401, uuid="bad")
    tape.tells({"events": [{"uuid": "bad", "event_type": "employee.updated", "state": "processed"}]})
    (finding,) = refuses_forged_webhooks(tape.recording())
    assert "says that it processed" in finding.seen


def test_refusing_genuine_webhooks_is_found(tape):
    deliver(tape, "valid", 401)
    deliver(tape, "forged", 401)
    assert [each.key for each in refuses_forged_webhooks(tape.recording())] == ["accept a genuine webhook"]


def test_forgeries_alone_prove_nothing(tape):
    deliver(tape, "forged", 401)
    with pytest.raises(NotObserved):
        refuses_forged_webhooks(tape.recording())
