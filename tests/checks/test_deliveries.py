import pytest

from partner_qa.checks.deliveries import (
    acknowledges_webhooks_in_time,
    keeps_newer_state,
    processes_duplicates_once,
    recovers_missed_events,
    survives_a_burst,
    tolerates_strange_events,
)
from partner_qa.errors import NotObserved
from partner_qa.model import Kind

PERSON = "person-1"


def deliver(tape, delivered, *, status=200, uuid="event-1", person=PERSON, elapsed=0.02, **fields):
    return tape.add(
        "http://127.0.0.1:4000/gusto/webhooks",
        kind=Kind.WEBHOOK,
        method="POST",
        status=status,
        elapsed=elapsed,
        sent={"uuid": uuid, "event_type": "employee.updated", "entity_uuid": person, **fields},
        facts={"signature": "valid", "delivered": delivered},
    )


def read(tape, person=PERSON, **more):
    return tape.add(f"/v1/employees/{person}", operation="get-v1-employees", **more)


def read_list(tape):
    return tape.add(tape.employees)


def events(tape, *states, uuid="event-1"):
    tape.tells(
        {"events": [{"uuid": uuid, "event_type": "employee.updated", "state": each} for each in states]}
    )


# acknowledges_webhooks_in_time


def test_prompt_answers_of_any_2xx_are_fine(tape):
    deliver(tape, "first", status=204)
    deliver(tape, "last", status=202, elapsed=9.9)
    assert acknowledges_webhooks_in_time(tape.recording()) == ()


@pytest.mark.parametrize(
    ("status", "elapsed", "key"), [(200, 10.1, "late"), (0, 10.0, "late"), (500, 0.1, "refused")]
)
def test_a_late_a_missing_and_a_refusing_answer_are_found(tape, status, elapsed, key):
    deliver(tape, "first", status=status, elapsed=elapsed)
    assert [each.key for each in acknowledges_webhooks_in_time(tape.recording())] == [key]


def test_refusing_an_event_that_makes_no_sense_is_another_items(tape):
    deliver(tape, "first")
    deliver(tape, "unknown_type", status=422)
    assert acknowledges_webhooks_in_time(tape.recording()) == ()


def test_without_webhooks_nothing_is_timed(tape):
    with pytest.raises(NotObserved):
        acknowledges_webhooks_in_time(tape.recording())


# processes_duplicates_once


def test_a_repetition_that_leads_to_nothing_is_fine(tape):
    deliver(tape, "first")
    read(tape)
    deliver(tape, "duplicate")
    read_list(tape)  # a schedule's
    events(tape, "processed")
    assert processes_duplicates_once(tape.recording()) == ()


def test_an_event_that_is_of_no_use_is_fine_too(tape):
    deliver(tape, "first")
    deliver(tape, "duplicate")
    events(tape, "ignored")
    assert processes_duplicates_once(tape.recording()) == ()


def test_reading_the_person_again_is_found(tape):
    deliver(tape, "first")
    read(tape)
    deliver(tape, "duplicate")
    read(tape)
    (finding,) = processes_duplicates_once(tape.recording())
    assert "read the same person again" in finding.seen


def test_a_queue_may_come_to_the_first_delivery_after_the_repetition(tape):
    deliver(tape, "first")
    deliver(tape, "duplicate")
    read(tape)
    tape.add(f"/v1/employees/{PERSON}/jobs", operation="get-v1-employees-employee_id-jobs")
    assert processes_duplicates_once(tape.recording()) == ()


def test_a_queue_that_comes_to_the_event_twice_is_found(tape):
    deliver(tape, "first")
    deliver(tape, "duplicate")
    read(tape)
    read(tape)
    (finding,) = processes_duplicates_once(tape.recording())
    assert "read the same person again" in finding.seen


def repeat_then_tell_of_another(tape, *people):
    for delivered in ("first", "duplicate", "duplicate"):
        deliver(tape, delivered)
        if delivered == "first":
            read(tape)
    deliver(tape, "newer", uuid="event-2", person="person-2")
    for each in people:
        read(tape, each)
    return processes_duplicates_once(tape.recording())


def test_whoever_reads_everybody_one_by_one_after_other_news_is_fine(tape):
    assert repeat_then_tell_of_another(tape, *(f"person-{each}" for each in range(12))) == ()


def test_reading_the_person_again_with_one_other_is_found(tape):
    (finding,) = repeat_then_tell_of_another(tape, PERSON, "person-2")
    assert finding.seen == "it read the same person again"


def test_reading_everybody_one_by_one_because_of_the_repetition_is_found(tape):
    for delivered in ("first", "duplicate"):
        deliver(tape, delivered)
        for each in range(12):
            read(tape, f"person-{each}")
    deliver(tape, "newer", uuid="event-2", person="person-2")
    assert len(processes_duplicates_once(tape.recording())) == 1


def test_listing_the_event_twice_is_found(tape):
    deliver(tape, "first")
    deliver(tape, "duplicate")
    events(tape, "processed", "pending")
    (finding,) = processes_duplicates_once(tape.recording())
    assert "2 times" in finding.seen


def test_refusing_the_repetition_is_found(tape):
    deliver(tape, "first")
    read(tape)
    deliver(tape, "duplicate", status=409)
    (finding,) = processes_duplicates_once(tape.recording())
    assert "answered 409" in finding.seen


def test_a_first_delivery_that_led_to_nothing_proves_nothing(tape):
    deliver(tape, "first")
    deliver(tape, "duplicate")
    with pytest.raises(NotObserved):
        processes_duplicates_once(tape.recording())


# keeps_newer_state


def out_of_order(tape, **more):
    deliver(tape, "newer", uuid="newer")
    deliver(tape, "older", uuid="older", **more)


def holds(tape, employment, person=PERSON):
    tape.tells({"people": [{"gusto_uuid": person, "employment": employment}, {"gusto_uuid": "other"}]})


@pytest.mark.parametrize("employment", ["active", "onboarding"])
def test_the_newer_state_is_kept(tape, employment):
    out_of_order(tape)
    holds(tape, employment)
    assert keeps_newer_state(tape.recording()) == ()


def test_a_read_after_the_newer_event_is_enough_where_employment_is_not_told(tape):
    out_of_order(tape)
    read_list(tape)
    tape.tells({"people": [{"gusto_uuid": PERSON}]})
    assert keeps_newer_state(tape.recording()) == ()


def test_believing_the_older_event_is_found(tape):
    out_of_order(tape)
    read(tape)
    holds(tape, "terminated")
    (finding,) = keeps_newer_state(tape.recording())
    assert "counts as terminated" in finding.seen


def test_dropping_the_person_is_found(tape):
    out_of_order(tape)
    holds(tape, "active", person="somebody-else")
    (finding,) = keeps_newer_state(tape.recording())
    assert "no longer held" in finding.seen


def test_refusing_the_older_event_is_found(tape):
    out_of_order(tape, status=400)
    assert len(keeps_newer_state(tape.recording())) == 1


def test_news_that_leave_no_trace_prove_nothing(tape):
    out_of_order(tape)
    with pytest.raises(NotObserved):
        keeps_newer_state(tape.recording())


# tolerates_strange_events


def strange(tape, *, status=200):
    deliver(tape, "unknown_type", uuid="u", event_type="warp_core.breached")
    deliver(tape, "foreign_company", uuid="f", person="stranger", resource_uuid="far", status=status)
    deliver(tape, "unasked", uuid="p", event_type="company.provisioned")


def test_answering_strange_events_and_leaving_them_alone_is_fine(tape):
    strange(tape)
    deliver(tape, "last", uuid="last")
    read(tape)
    assert tolerates_strange_events(tape.recording()) == ()


def test_refusing_a_strange_event_is_found(tape):
    strange(tape, status=500)
    deliver(tape, "last", uuid="last")
    (finding,) = tolerates_strange_events(tape.recording())
    assert "a company that it does not know" in finding.message


@pytest.mark.parametrize("path", ["/v1/employees/stranger", "/v1/companies/far/employees"])
def test_asking_gusto_about_a_foreign_company_is_found(tape, path):
    strange(tape)
    tape.add(path, status=404)
    deliver(tape, "last", uuid="last")
    (finding,) = tolerates_strange_events(tape.recording())
    assert "asked Gusto" in finding.seen


@pytest.mark.parametrize("status", [0, 500])
def test_whoever_is_down_afterwards_proves_nothing(tape, status):
    strange(tape)
    deliver(tape, "last", status=status)
    with pytest.raises(NotObserved):
        tolerates_strange_events(tape.recording())


# survives_a_burst


def burst(tape, count=3, **more):
    for number in range(count):
        deliver(tape, "burst", uuid=f"b{number}", **more)


def listed(tape, *states):
    tape.tells({"events": [{"uuid": f"b{number}", "state": each} for number, each in enumerate(states)]})


@pytest.mark.parametrize("states", [("processed",) * 3, ("pending", "ignored", "processed")])
def test_a_burst_that_is_kept_whole_is_fine(tape, states):
    burst(tape)
    listed(tape, *states)
    assert survives_a_burst(tape.recording()) == ()


def test_a_burst_that_leads_to_one_read_is_fine_where_events_are_not_told(tape):
    burst(tape)
    read_list(tape)
    assert survives_a_burst(tape.recording()) == ()


def test_an_event_of_the_burst_that_is_refused_is_found(tape):
    burst(tape)
    deliver(tape, "burst", uuid="b3", status=503)
    (finding,) = survives_a_burst(tape.recording())
    assert finding.seen.startswith("1 of 4")


@pytest.mark.parametrize("states", [("processed",), ("processed", "failed", "processed")])
def test_an_event_of_the_burst_that_is_lost_is_found(tape, states):
    burst(tape)
    listed(tape, *states)
    assert len(survives_a_burst(tape.recording())) == 1


def test_a_queue_that_keeps_one_entry_for_each_person_loses_nothing(tape):
    burst(tape)
    read(tape)
    listed(tape, "processed")
    assert survives_a_burst(tape.recording()) == ()


def test_a_read_before_the_last_event_or_in_order_to_catch_up_saves_none(tape):
    burst(tape, 2)
    read(tape)
    deliver(tape, "burst", uuid="b2")
    listed(tape, "processed")
    with tape.window("catching_up"):
        read(tape)
    (finding,) = survives_a_burst(tape.recording())
    assert finding.seen.startswith("1 of 3")


def test_a_burst_that_leads_to_nothing_is_found(tape):
    burst(tape)
    assert len(survives_a_burst(tape.recording())) == 1


def test_a_burst_about_the_company_needs_no_reading_and_proves_nothing_without_events(tape):
    burst(tape, event_type="company.updated", entity_type="Company")
    with pytest.raises(NotObserved) as stopped:
        survives_a_burst(tape.recording())
    assert stopped.value.missing == ("observations.events in partner.yaml",)
    listed(tape, *("ignored",) * 3)
    assert survives_a_burst(tape.recording()) == ()


def test_without_a_burst_there_is_nothing_to_survive(tape):
    with pytest.raises(NotObserved):
        survives_a_burst(tape.recording())


# recovers_missed_events


def catch_up(tape, *answers):
    tape.add("action:catch_up_events", kind=Kind.ACTION, method="RUN")
    first = len(tape.exchanges)
    for answer in answers:
        answer(tape)
    return tape.recording(
        situation={"missed": [PERSON], "catching_up": [first, len(tape.exchanges)]},
    )


@pytest.mark.parametrize("answer", [read, read_list])
def test_reading_the_person_or_the_list_when_catching_up_is_fine(tape, answer):
    assert recovers_missed_events(catch_up(tape, answer)) == ()


def test_reading_only_before_the_outage_is_found(tape):
    read(tape)
    (finding,) = recovers_missed_events(catch_up(tape))
    assert finding.key == "missed"


def test_reading_the_events_and_leaving_them_for_the_night_is_found_and_told_so(tape):
    def read_events(each):
        each.add("/v1/events", operation="get-events", grant="system-1", company=None)

    (finding,) = recovers_missed_events(catch_up(tape, read_events))
    assert finding.seen == "neither the person nor the list of people was read, though the list of events was"
    assert "nightly batch" in finding.hint


def test_a_read_that_failed_does_not_count(tape):
    assert len(recovers_missed_events(catch_up(tape, lambda each: read(each, status=500)))) == 1


def test_whoever_can_not_be_asked_to_catch_up_was_not_observed(tape):
    read(tape)
    with pytest.raises(NotObserved):
        recovers_missed_events(tape.recording(situation={"missed": [PERSON], "catching_up": [2, 1]}))
