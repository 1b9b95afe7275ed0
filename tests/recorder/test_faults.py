import json
import socket
import threading
import time

import httpx
import pytest

from partner_qa.recorder.faults import (
    add_fields,
    awaited,
    delay,
    drop_fields,
    drop_response,
    empty_one,
    expire_token,
    force_pages,
    reset,
    respond,
    stale_version,
    unknown_enum,
    with_one_emptied,
)

A = "aaaaaaaa-0000-4000-8000-000000000001"
B = "bbbbbbbb-0000-4000-8000-000000000002"
LIST = "get-v1-companies-company_id-employees"
SHOW = "get-v1-companies-company_id"


@pytest.fixture
def token(desk):
    desk.open("trouble", A)
    return desk.connect(A)["access_token"]


def last(desk):
    desk.recorder.finish()
    return desk.calls("trouble")[-1]


def test_respond_answers_in_gustos_place(desk, token):
    desk.recorder.arm(respond(429, retry_after=2).on(operation=LIST))
    answer = desk.people(token)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "2"
    assert answer.json()["errors"][0]["category"] == "rate_limit_exceeded"
    assert not any("employees" in each for each in desk.gusto.seen)
    call = last(desk)
    assert call.response.status == 429
    assert (call.fault.name, call.fault.occurrence) == ("respond", 1)
    assert call.fault.parameters == {"status": 429, "retry_after": 2}


def test_what_a_fault_waits_for_is_said_in_words():
    assert awaited(delay(1)) == "a request"
    assert awaited(delay(1).on(operation=LIST)) == f"a request of {LIST}"
    assert awaited(delay(1).on(operation=LIST, occurrence=2)) == (
        f"request 2 (only 1 or fewer came) of {LIST}"
    )


def test_respond_can_say_anything(desk, token):
    desk.recorder.arm(respond(503, body={"maintenance": True}).on(operation=LIST))
    answer = desk.people(token)
    assert (answer.status_code, answer.json()) == (503, {"maintenance": True})


def test_stale_version_is_a_conflict(desk, token):
    desk.recorder.arm(stale_version().on(operation=LIST))
    answer = desk.people(token)
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["category"] == "invalid_resource_version"


def test_a_dropped_response_was_done_and_never_arrives(desk, token):
    desk.recorder.arm(drop_response().on(operation=LIST))
    with pytest.raises(httpx.RemoteProtocolError):
        desk.people(token)
    assert desk.gusto.seen[-1] == f"GET /v1/companies/{A}/employees"
    call = last(desk)
    assert call.response.status == 0
    assert call.response.reason == "the answer 200 was lost on its way (fault)"


def test_the_pair_of_a_refresh_whose_answer_was_dropped_is_redacted_all_the_same(desk, token):
    desk.recorder.arm(drop_response().on(operation="oauth-access-token"))
    with pytest.raises(httpx.RemoteProtocolError):
        desk.refresh("refresh-that-came-from-elsewhere")
    desk.recorder.finish()
    assert "refresh-that-came-from-elsewhere" not in desk.text("trouble")


def test_a_reset_never_reaches_gusto(desk, token):
    before = len(desk.gusto.seen)
    desk.recorder.arm(reset().on(operation=LIST))
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        desk.people(token)
    assert len(desk.gusto.seen) == before
    call = last(desk)
    assert call.response.status == 0
    assert call.fault.name == "reset"


def test_after_a_reset_the_next_request_is_answered(desk, token):
    desk.recorder.arm(reset().on(operation=LIST, occurrence=1))
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        desk.people(token)
    assert desk.people(token).status_code == 200


def test_a_delay_holds_the_request_and_lets_it_through(desk, token):
    desk.recorder.arm(delay(0.2).on(operation=LIST))
    began = time.monotonic()
    assert desk.people(token).status_code == 200
    assert time.monotonic() - began >= 0.2
    assert last(desk).elapsed >= 0.2


def test_a_delayed_request_goes_through_when_the_trouble_is_taken_back(desk, token):
    fault = desk.recorder.arm(delay(30).on(operation=LIST))
    answers = []
    asking = threading.Thread(target=lambda: answers.append(desk.people(token).status_code))
    asking.start()
    wait_until(lambda: desk.recorder.has_fired(fault))
    assert answers == []
    desk.recorder.disarm()
    asking.join(timeout=10)
    assert answers == [200]


def test_one_fault_is_taken_back_and_the_others_stay(desk, token):
    held = desk.recorder.arm(delay(30, per=2).on(operation=LIST, occurrence=1))
    desk.recorder.arm(respond(500).on(operation=LIST, occurrence=2))
    answers = []
    asking = threading.Thread(target=lambda: answers.append(desk.people(token).status_code))
    asking.start()
    wait_until(lambda: desk.recorder.has_fired(held))
    desk.recorder.lift(held)
    asking.join(timeout=10)
    assert answers == [200]
    assert desk.gusto.seen[-1] == f"GET /v1/companies/{A}/employees?page=1&per=2"
    assert desk.people(token).status_code == 500


def test_a_fault_that_was_taken_back_meets_nothing(desk, token):
    fault = desk.recorder.arm(respond(500).on(operation=LIST))
    desk.recorder.lift(fault)
    assert desk.people(token).status_code == 200
    assert not desk.recorder.has_fired(fault)


def test_a_delayed_request_whose_sender_hangs_up_never_reaches_gusto(desk, token):
    fault = desk.recorder.arm(delay(30).on(operation=LIST))
    before = len(desk.gusto.seen)
    host, port = desk.base_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as line:
        line.sendall(f"GET /v1/companies/{A}/employees HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        wait_until(lambda: desk.recorder.has_fired(fault))
    wait_until(lambda: desk.recorder.quiet_for(None) > 0)
    assert len(desk.gusto.seen) == before
    assert last(desk).response.reason == "the integration hung up before the answer"


def test_an_expired_token_stays_dead_and_others_live(desk, token):
    other = desk.connect(A)["access_token"]
    desk.recorder.arm(expire_token().on(operation=LIST, occurrence=1))
    assert desk.people(token).status_code == 401
    assert desk.people(token).status_code == 401
    assert desk.get(f"/v1/companies/{A}", token).status_code == 401
    assert desk.people(other).status_code == 200
    assert desk.recorder.disarm() == ()
    assert desk.people(token).status_code == 401
    desk.recorder.finish()
    fired = [call.fault for call in desk.calls("trouble") if call.fault]
    assert [each.name for each in fired] == ["expire_token"] * 4


def test_a_token_cannot_expire_where_none_was_sent(desk, token):
    fault = desk.recorder.arm(expire_token().on(operation=LIST, occurrence=1))
    assert desk.people(None).status_code == 200
    assert not desk.recorder.has_fired(fault)


def test_added_fields_are_in_every_object(desk, token):
    desk.recorder.arm(add_fields().on(operation=LIST))
    person = desk.people(token).json()[0]
    assert person["added_later"] == {"since": "tomorrow"}
    assert "added_later" in person["jobs"][0]
    assert b"added_later" in last(desk).response.body.content


def test_an_unknown_value_is_where_it_was_asked_for(desk, token):
    desk.recorder.arm(unknown_enum("onboarding_status").on(operation=LIST))
    person = desk.people(token).json()[0]
    assert person["onboarding_status"] == "not_in_any_list"
    assert person["uuid"] == "1"


def test_a_field_is_gone_where_it_was_asked_for(desk, token):
    desk.recorder.arm(drop_fields("uuid").on(operation=LIST))
    person = desk.people(token).json()[0]
    assert "uuid" not in person
    assert person["jobs"]
    assert not any("uuid" in job for job in person["jobs"])


def test_changes_leave_alone_what_is_not_json(desk, token):
    desk.gusto.answer = (200, [(b"content-type", b"text/plain"), (b"content-length", b"5")], b"hello")
    desk.recorder.arm(add_fields().on(operation=LIST))
    assert desk.people(token).text == "hello"


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({}, "page=1&per=100"),
        ({"per": "25"}, "page=1&per=25"),
        ({"per": "200", "page": "3"}, "page=3&per=100"),
        ({"per": "0"}, "page=1&per=100"),
        ({"per": "many", "terminated": "true"}, "terminated=true&page=1&per=100"),
    ],
)
def test_pages_are_forced_whatever_was_asked_for(desk, token, asked, sent):
    desk.recorder.arm(force_pages(100).on(operation=LIST))
    desk.people(token, **asked)
    assert desk.gusto.seen[-1] == f"GET /v1/companies/{A}/employees?{sent}"
    url = last(desk).request.url
    assert url.partition("?")[2] == str(httpx.QueryParams(asked)), "the record shows what was asked"


def test_pages_of_a_cursor_are_forced_too(desk, token):
    desk.recorder.arm(force_pages(1).on(operation="get-events"))
    desk.get("/v1/events?limit=100&starting_after_uuid=e1", token)
    assert desk.gusto.seen[-1] == "GET /v1/events?starting_after_uuid=e1&limit=1"


def test_a_fault_meets_the_occurrence_it_is_for(desk, token):
    fault = desk.recorder.arm(respond(500).on(operation=LIST, occurrence=2))
    assert [desk.people(token).status_code for _ in range(3)] == [200, 500, 200]
    assert desk.recorder.has_fired(fault)


def test_a_fault_may_meet_a_range_of_occurrences(desk, token):
    desk.recorder.arm(respond(500).on(operation=LIST, occurrence=range(2, 4)))
    assert [desk.people(token).status_code for _ in range(4)] == [200, 500, 500, 200]


def test_only_requests_that_the_fault_describes_are_counted(desk, token):
    desk.recorder.arm(respond(500).on(operation=LIST, occurrence=1))
    assert desk.get(f"/v1/companies/{A}", token).status_code == 200
    assert desk.people(token).status_code == 500


def test_faults_are_counted_each_for_itself(desk, token):
    desk.recorder.arm(respond(500).on(operation=LIST, occurrence=1))
    desk.recorder.arm(respond(503).on(operation=LIST, occurrence=2))
    assert [desk.people(token).status_code for _ in range(3)] == [500, 503, 200]


def test_a_fault_waits_for_its_action(desk, token):
    desk.recorder.arm(respond(500).on(operation=LIST, during="sync_people"))
    assert desk.people(token).status_code == 200
    with desk.recorder.during("sync_people", "a"):
        assert desk.people(token).status_code == 500
    assert desk.people(token).status_code == 200


def test_a_fault_meets_one_company_only(desk, token):
    other = desk.connect(B)["access_token"]
    desk.recorder.arm(respond(500).on(operation=LIST, company=B))
    assert desk.people(token, A).status_code == 200
    assert desk.people(other, B).status_code == 500


def test_what_never_fired_is_told(desk, token):
    fired = desk.recorder.arm(respond(500).on(operation=LIST))
    unfired = desk.recorder.arm(respond(500).on(operation=SHOW))
    desk.people(token)
    assert desk.recorder.disarm() == (unfired,)
    assert desk.recorder.has_fired(fired)


def test_equal_faults_are_told_apart(desk, token):
    first = desk.recorder.arm(respond(500).on(operation=LIST, occurrence=1))
    desk.people(token)
    desk.recorder.disarm()
    second = desk.recorder.arm(respond(500).on(operation=LIST, occurrence=1))
    assert first == second
    assert not desk.recorder.has_fired(second)


def test_faults_end_with_their_scenario(desk, token):
    desk.recorder.arm(respond(500).on(operation=LIST))
    desk.recorder.close()
    desk.open("next", B)
    assert desk.people(None, B).status_code == 200


def test_a_late_call_of_another_scenario_meets_no_fault(desk, token):
    desk.recorder.close()
    desk.open("next", B)
    fault = desk.recorder.arm(respond(500).on(operation=LIST, occurrence=1))
    assert desk.people(token, A).status_code == 200
    assert not desk.recorder.has_fired(fault)


def test_the_harness_meets_no_fault_with_its_own_token(desk, token):
    own = desk.connect(A)["access_token"]
    desk.recorder.own(own)
    fault = desk.recorder.arm(respond(500).on(operation=LIST, occurrence=1))
    assert desk.people(own).status_code == 200
    assert not desk.recorder.has_fired(fault)
    assert desk.people(token).status_code == 500


def test_sixteen_connections_at_once_meet_a_fault_once(desk, token):
    desk.recorder.arm(respond(500).on(operation=LIST, occurrence=5))
    seen: list[int] = []

    def call() -> None:
        with httpx.Client(base_url=desk.base_url) as http:
            seen.append(http.get(f"/v1/companies/{A}/employees").status_code)

    threads = [threading.Thread(target=call) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == [200] * 15 + [500]
    desk.recorder.finish()
    recorded = desk.recording("trouble").exchanges
    assert [each.sequence for each in recorded] == list(range(1, 18))


def test_error_bodies_have_gustos_shape(desk, token):
    desk.recorder.arm(respond(418).on(operation=LIST))
    error = json.loads(desk.people(token).content)["errors"][0]
    assert set(error) == {"error_key", "category", "message"}


def wait_until(holds) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline, "waited for ten seconds"
        time.sleep(0.005)


def test_an_emptied_answer_is_recorded_with_its_fault(desk, token):
    desk.recorder.arm(empty_one().on(operation=LIST))
    desk.people(token)
    assert last(desk).fault.name == "empty_one"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (
            [{"uuid": "a", "jobs": [1]}, {"uuid": "b", "jobs": [2], "email": "e"}],
            [{"uuid": "a", "jobs": [1]}, {"uuid": "b", "jobs": None, "email": None}],
        ),
        ([{"uuid": "a", "jobs": [1]}], [{"uuid": "a", "jobs": [1]}]),
        ({"uuid": "a", "jobs": [1]}, {"uuid": "a", "jobs": [1]}),
    ],
)
def test_one_object_of_a_list_is_emptied(sent, kept):
    assert json.loads(with_one_emptied(json.dumps(sent).encode())) == kept
