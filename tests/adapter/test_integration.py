"""Actions and observations through their doors, and every way in which an answer can be of no use."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import pytest

from partner_qa.adapter import deliveries, doors
from partner_qa.errors import AdapterError, HarnessBug, NotObserved
from partner_qa.model import Action, Body, Kind, Observation, Request

CONNECTED = {"state": "connected", "company_uuid": "c-1", "company_name": "Hill"}


@pytest.fixture
def product(bench: Any, stub: Any) -> Any:
    return bench.open(bench.profile())


def act(integration: Any, **payload: Any) -> Any:
    return integration.act(Action.SYNC_PEOPLE, account="anna & co", payload=payload or None)


def test_whatever_cannot_be_ended_the_rest_is(
    bench: Any, product: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise HarnessBug("it will not end")

    with monkeypatch.context() as broken:
        broken.setattr(product._supervision, "close", fail)
        with pytest.raises(HarnessBug, match="it will not end"):
            product.stop()
    assert "let go of the integration" in product.look(bench.base).trouble


# what is asked


def test_an_action_carries_the_token_and_the_template_with_the_payload(
    bench: Any, stub: Any, product: Any
) -> None:
    stub.answer("/sync", 200, {"status": "done", "detail": "3 people"})
    result = act(product, people=[1])
    assert (result.status, result.failed, result.detail) == ("done", False, "3 people")
    method, _, headers, body = stub.asked[0]
    assert (method, headers["Authorization"]) == ("POST", f"Bearer {bench.values['qa_token']}")
    assert json.loads(body) == {"tenant": "anna & co", "account": "anna & co", "people": [1]}
    (seen,) = bench.tape.of(Kind.ACTION)
    assert (seen.request.url, seen.response.status, seen.account) == (f"{bench.base}/sync", 200, "anna & co")


def test_an_observation_is_asked_by_url(bench: Any, stub: Any, product: Any) -> None:
    stub.answer("/connection", 200, CONNECTED)
    told = product.observe(Observation.CONNECTION, account="anna & co", payload={"since": "x y"})
    assert told == CONNECTED
    assert stub.asked[0][:2] == ("GET", "/connection?account=anna%20%26%20co&since=x+y")
    assert bench.tape.of(Kind.OBSERVATION)[0].account == "anna & co"


def test_what_the_profile_does_not_offer_is_not_observed(product: Any) -> None:
    assert not product.can(Action.SEND_HOURS)
    with pytest.raises(NotObserved) as caught:
        product.observe(Observation.HOURS, account="anna")
    assert str(caught.value) == "the profile does not say how to show hours"
    assert caught.value.missing == ("observations.hours in partner.yaml",)


def test_where_a_subscription_stands_nobody_is_asked_to_subscribe(bench: Any, stub: Any) -> None:
    hooks = {"url": f"{bench.base}/hooks", "subscription": "preset"}
    preset = bench.open(bench.profile(webhooks=hooks))
    assert preset.can(Action.SUBSCRIBE_WEBHOOKS)
    assert preset.act(Action.SUBSCRIBE_WEBHOOKS, account="anna").status == "done"
    assert (stub.asked, bench.tape.exchanges) == ([], [])
    stub.answer("/subscribe", 200, {"status": "done"})
    asked = {"subscribe_webhooks": {"post": f"{bench.base}/subscribe"}}
    both = bench.open(bench.profile(webhooks=hooks, actions=asked))
    both.act(Action.SUBSCRIBE_WEBHOOKS, account="anna")
    assert [each[1] for each in stub.asked] == ["/subscribe"]


# whether nothing is under way


def idling(bench: Any) -> Any:
    return bench.open(bench.profile(observations={"idle": {"get": f"{bench.base}/idle?account={{account}}"}}))


@pytest.mark.parametrize("says", [True, False])
def test_whether_nothing_is_under_way_is_asked_and_not_recorded(bench: Any, stub: Any, says: bool) -> None:
    stub.answer("/idle", 200, {"idle": says})
    assert idling(bench).says_idle("anna") is says
    assert stub.asked[0][:2] == ("GET", "/idle?account=anna")
    assert bench.tape.of(Kind.OBSERVATION) == []


def test_who_cannot_tell_is_not_taken_for_idle(product: Any, stub: Any) -> None:
    assert product.says_idle("anna") is False
    assert stub.asked == []


def test_an_answer_about_idleness_that_is_not_understood_is_shown_and_recorded(bench: Any, stub: Any) -> None:
    stub.answer("/idle", 200, {"idle": "perhaps"})
    with pytest.raises(AdapterError, match=r"schemas/adapter/idle\.json does not allow"):
        idling(bench).says_idle("anna")
    assert len(bench.tape.of(Kind.OBSERVATION)) == 1


# until it is over


def test_a_running_action_is_polled_until_it_is_done(bench: Any, stub: Any, product: Any) -> None:
    left = iter([{"status": "running", "poll": "/jobs/1"}, {"status": "done"}])
    stub.answer("/sync", 202, {"status": "running", "poll": f"{bench.base}/jobs/1"})
    stub.answers["/jobs/1"] = lambda handler, body: (200, {}, json.dumps(next(left)).encode())
    assert act(product).status == "done"
    first, last = bench.tape.of(Kind.ACTION)
    assert (first.request.url, last.request.url) == (f"{bench.base}/sync", f"{bench.base}/jobs/1")
    assert last.facts == {"polls": 2}
    assert all(each[2]["Authorization"].startswith("Bearer ") for each in stub.asked)


def test_an_action_that_is_still_running_at_the_cap_is_left_alone(bench: Any, stub: Any) -> None:
    product = bench.open(bench.profile(timing={"settle": 0.05, "cap": 0.3}))
    for path in ("/sync", "/jobs/1"):
        stub.answer(path, 200, {"status": "running", "poll": "/jobs/1"})
    assert act(product).status == "running"


@pytest.mark.parametrize("status", [200, 409, 422, 500])
def test_a_reported_failure_is_a_result(stub: Any, product: Any, status: int) -> None:
    stub.answer("/sync", status, {"status": "failed", "detail": "not connected \x1b[2J"})
    result = act(product)
    assert result.failed
    assert result.detail == r"not connected \x1b[2J"


def test_a_failure_found_by_polling_is_a_result(bench: Any, stub: Any, product: Any) -> None:
    stub.answer("/sync", 200, {"status": "running", "poll": "/jobs/1"})
    stub.answer("/jobs/1", 200, {"status": "failed", "detail": "Gusto said no"})
    assert act(product).failed


@pytest.mark.parametrize(
    ("poll", "words"),
    [
        ("https://api.gusto.com/v1/me", "production"),
        ("http://127.0.0.1:1/jobs", "127.0.0.1:1 is a host that partner.yaml does not name"),
        ("file:///etc/passwd", "not an http or https URL"),
    ],
)
def test_only_the_integration_itself_is_polled(stub: Any, product: Any, poll: str, words: str) -> None:
    stub.answer("/sync", 200, {"status": "running", "poll": poll})
    with pytest.raises(AdapterError, match=words):
        act(product)


# what cannot be understood


@pytest.mark.parametrize(
    ("status", "told", "words"),
    [
        (200, b"<html>\x1b[2J</html>", "answered 200 without JSON"),
        (200, b"", "answered 200 without JSON"),
        (200, b"[" * 100_000, "answered 200 without JSON"),
        (200, b'{"status": NaN}', r"\$\.status"),
        (200, {"status": "finished"}, r"schemas/adapter/sync_people\.json does not allow: \$\.status"),
        (200, {"status": "running"}, "poll"),
        (200, {"status": "failed"}, "detail"),
        (200, ["done"], "does not allow"),
        (500, {"error": "boom"}, "answered 500"),
        (401, {"status": "failed", "detail": "no"}, "answered 401: the QA token is not the one it knows"),
        (404, b"no such page", "answered 404: the address"),
        (302, b"", "answered 302"),
    ],
)
def test_an_answer_of_no_use_is_told_with_what_was_answered(
    bench: Any, stub: Any, product: Any, status: int, told: Any, words: str
) -> None:
    stub.answer("/sync", status, told)
    with pytest.raises(AdapterError, match=words) as caught:
        act(product)
    assert caught.value.problems[0].key == "actions.sync_people"
    text = caught.value.explain()
    assert "It answered: " in text
    assert f"POST {bench.base}/sync" in text
    assert "\x1b" not in text
    assert len(text) < 1_000
    assert bench.tape.of(Kind.ACTION)[0].response.status == status


def test_a_secret_in_an_answer_is_not_shown(bench: Any, stub: Any, product: Any) -> None:
    stub.answer("/sync", 500, {"debug": bench.values["client_secret"]})
    with pytest.raises(AdapterError) as caught:
        act(product)
    assert bench.values["client_secret"] not in caught.value.explain()
    assert "[client_secret]" in caught.value.explain()


def test_an_answer_that_never_comes_is_told_with_the_way_out(bench: Any, stub: Any) -> None:
    product = bench.open(bench.profile(timing={"settle": 0.05, "cap": 0.2}))
    over = threading.Event()
    stub.answers["/sync"] = lambda handler, body: over.wait(10) and None
    try:
        with pytest.raises(AdapterError, match=r"did not answer within 0.2 s") as caught:
            act(product)
    finally:
        over.set()
    assert '"running"' in caught.value.explain()
    (seen,) = bench.tape.of(Kind.ACTION)
    assert (seen.response.status, seen.response.reason) == (0, "did not answer within 0.2 s")


def test_fifty_megabytes_are_not_read(bench: Any, stub: Any, product: Any) -> None:
    stub.answer("/sync", 200, b" " * 50_000_000)
    with pytest.raises(AdapterError, match="more than 10,000,000 bytes"):
        act(product)
    assert bench.tape.of(Kind.ACTION)[0].response.body.content == b""


def test_an_observation_of_the_wrong_shape_names_the_place(stub: Any, product: Any) -> None:
    stub.answer("/connection", 200, {"state": "perhaps"})
    with pytest.raises(AdapterError, match=r"observations\.connection: .*\$\.state"):
        product.observe(Observation.CONNECTION, account="anna")


def test_an_action_of_a_killed_integration_is_an_error_not_a_hang(bench: Any) -> None:
    hang = bench.serve.replace(
        "def do_GET", "def do_POST(self): import time; time.sleep(600)\n    def do_GET"
    )
    product = bench.open(
        bench.profile(run=bench.launch({"web": bench.program(hang)}), timing={"settle": 0.05, "cap": 30})
    )
    product.start()
    caught: list[Any] = []

    def work() -> None:
        try:
            act(product)
        except AdapterError as error:
            caught.append(error)

    working = threading.Thread(target=work)
    working.start()
    product.kill()
    working.join(10)
    assert not working.is_alive()
    assert caught


# by command


def commanding(bench: Any, text: str, **changes: Any) -> Any:
    command = {"command": bench.program(text)}
    return bench.open(bench.profile(actions={"send_hours": command, "connect": command}, **changes))


def send_hours(integration: Any) -> Any:
    return integration.act(Action.SEND_HOURS, account="anna", payload={"shifts": []})


def test_a_command_reads_json_and_writes_json(bench: Any) -> None:
    text = "import json, sys; print(json.dumps(dict(status='done', detail=json.dumps(json.load(sys.stdin)))))"
    result = send_hours(commanding(bench, text))
    assert json.loads(result.detail) == {"account": "anna", "shifts": []}
    (seen,) = bench.tape.of(Kind.ACTION)
    assert (seen.request.method, seen.request.url, seen.response.status) == ("RUN", "action:send_hours", 200)
    assert json.loads(seen.request.body.content) == {"account": "anna", "shifts": []}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "import sys; sys.exit('no such account \\x1b[2J')",
            r"exit code 1; its last words: no such account \\x1b\[2J",
        ),
        ("import os; os.kill(os.getpid(), 9)", "ended with signal 9"),
        ("print('hello')", "printed no JSON"),
        ('print(\'{"status": "odd"}\')', "does not allow"),
        ("import sys; sys.stdout.write('x' * 11_000_000)", "more than 10,000,000 bytes"),
    ],
)
def test_a_command_of_no_use_is_told(bench: Any, text: str, words: str) -> None:
    with pytest.raises(AdapterError, match=words) as caught:
        send_hours(commanding(bench, text))
    assert "action:send_hours" in caught.value.explain()
    assert len(bench.tape.of(Kind.ACTION)) == 1


def test_a_command_that_hangs_ends_at_the_cap(bench: Any) -> None:
    product = commanding(bench, "import time; time.sleep(600)", timing={"settle": 0.05, "cap": 0.3})
    with pytest.raises(AdapterError, match=r"did not end within 0\.3 s"):
        send_hours(product)


def test_a_command_that_does_not_exist_is_told(bench: Any) -> None:
    product = bench.open(bench.profile(actions={"send_hours": {"command": ["./bin/qa"]}}))
    with pytest.raises(AdapterError, match=r"actions\.send_hours: \./bin/qa cannot be run: No such file"):
        send_hours(product)


def test_a_command_runs_in_the_environment_of_the_processes(bench: Any) -> None:
    text = "import json, os; print(json.dumps(dict(status='done', detail=os.environ['GUSTO'])))"
    command = {"command": bench.program(text)}
    product = bench.open(
        bench.profile(run=bench.launch({"web": bench.program("pass")}), actions={"send_hours": command})
    )
    assert send_hours(product).detail == bench.values["api_base"]


# webhooks


def webhook(bench: Any, *, host: str = "", signed: bool = True) -> Request:
    headers = (("Content-Type", "application/json"), *((("X-Gusto-Signature", "ab"),) if signed else ()))
    return Request(
        method="POST", url=f"{host or bench.base}/hooks", headers=headers, body=Body.of(b'{"a": 1}')
    )


def test_a_webhook_arrives_to_the_byte_and_is_recorded_as_genuine(
    bench: Any, stub: Any, product: Any
) -> None:
    stub.answer("/hooks", 202, b"ok")
    response = asyncio.run(product.deliver(webhook(bench)))
    assert response.status == 202
    assert stub.asked[0][3] == b'{"a": 1}'
    assert stub.asked[0][2]["X-Gusto-Signature"] == "ab"
    assert "Authorization" not in stub.asked[0][2]
    (seen,) = bench.tape.of(Kind.WEBHOOK)
    assert (seen.facts, seen.response.status) == ({"signature": "valid"}, 202)


def test_a_verification_is_no_forgery(bench: Any, stub: Any, product: Any) -> None:
    stub.answer("/hooks", 200, b"ok")
    asyncio.run(product.deliver(webhook(bench, signed=False)))
    assert bench.tape.of(Kind.WEBHOOK)[0].facts == {}


def test_a_forgery_is_recorded_as_what_it_is(bench: Any, stub: Any, product: Any) -> None:
    stub.answer("/hooks", 401, b"no")
    response = product.deliver_webhook(webhook(bench), facts={"signature": "forged"}, account="anna")
    assert response.status == 401
    (seen,) = bench.tape.of(Kind.WEBHOOK)
    assert (seen.facts, seen.account) == ({"signature": "forged"}, "anna")


def test_a_webhook_to_a_host_that_the_profile_does_not_name_is_not_sent(bench: Any, product: Any) -> None:
    for host in ("http://127.0.0.1:1", "https://api.gusto.com"):
        assert asyncio.run(product.deliver(webhook(bench, host=host))).status == 0
    reasons = [each.response.reason for each in bench.tape.of(Kind.WEBHOOK)]
    assert "does not name" in reasons[0]
    assert "production" in reasons[1]


@pytest.mark.parametrize("patience", [0.1, 5.0])
def test_a_receiver_that_does_not_answer_is_recorded_whoever_loses_patience(
    bench: Any, stub: Any, product: Any, monkeypatch: pytest.MonkeyPatch, patience: float
) -> None:
    monkeypatch.setattr(deliveries, "ANSWER_WITHIN", 0.3)
    over = threading.Event()
    stub.answers["/hooks"] = lambda handler, body: over.wait(10) and None

    async def send() -> int:
        try:
            async with asyncio.timeout(patience):
                return (await product.deliver(webhook(bench))).status
        except TimeoutError:
            return 0

    try:
        assert asyncio.run(send()) == 0
    finally:
        over.set()
    (seen,) = bench.tape.of(Kind.WEBHOOK)
    assert (seen.response.status, seen.response.reason) == (0, "did not answer within 0.3 s")


def test_the_refused_statuses_name_what_to_look_at() -> None:
    assert set(doors._REFUSED) == {401, 403, 404, 405}
