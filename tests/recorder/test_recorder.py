import base64
import json
import socket
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from partner_qa.cassette.files import load_recording
from partner_qa.errors import CassetteError, HarnessBug
from partner_qa.model import Body, Kind, Request, Response, Target
from partner_qa.recorder.faults import respond
from partner_qa.recorder.passage import BODY_LIMIT
from partner_qa.recorder.recorder import KEPT_LIMIT, Recorder
from partner_qa.redaction.redactor import PREFIX, Redactor

A = "aaaaaaaa-0000-4000-8000-000000000001"
B = "bbbbbbbb-0000-4000-8000-000000000002"
LIST = "get-v1-companies-company_id-employees"


def raw(desk, request: bytes) -> bytes:
    """Send bytes as they are, and return everything that comes back until the connection ends."""
    host, port = desk.base_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := line.recv(65536):
            answer += chunk
    return answer


def act(desk, **facts):
    return desk.recorder.record(
        kind=Kind.ACTION,
        started=datetime.now(UTC),
        elapsed=0.1,
        request=Request(method="RUN", url="action:send_hours"),
        response=Response(status=200),
        **facts,
    )


def test_a_call_is_recorded_as_it_was_sent_and_answered(desk):
    desk.open("calls", A)
    token = desk.connect(A)["access_token"]
    answer = desk.people(token, page=1)
    assert answer.json()[0]["uuid"] == "1"
    desk.recorder.finish()
    call = desk.calls("calls")[-1]
    assert call.operation == LIST
    assert call.company == A
    assert call.grant == "grant-1"
    assert call.request.url == f"{desk.base_url}/v1/companies/{A}/employees?page=1"
    assert call.request.body.content == b""
    assert call.response.status == 200
    assert call.response.body.content == answer.content
    assert (datetime.now(UTC) - call.started).total_seconds() < 60


def test_a_call_is_on_disk_before_it_is_answered(desk):
    desk.open("calls", A)
    desk.people(None)
    assert len(desk.calls("calls")) == 1


def test_one_token_is_one_pseudonym_wherever_it_stands(desk):
    desk.open("calls", A)
    pair = desk.connect(A)
    desk.people(pair["access_token"])
    desk.people(None, access_token=pair["access_token"])
    desk.recorder.finish()
    issued = json.loads(desk.calls("calls")[0].response.body.content)["access_token"]
    assert issued.startswith(PREFIX)
    assert ("authorization", f"Bearer {issued}") in desk.calls("calls")[1].request.headers
    assert desk.calls("calls")[2].request.url.endswith(f"access_token={issued}")


def test_no_secret_of_an_oauth_request_reaches_the_disk(desk):
    desk.open("calls", A)
    secrets = {
        name: f"{name}/of+the partner&{index}"
        for index, name in enumerate(("client_secret", "code", "token"))
    }
    desk.http.post("/oauth/token", json={"grant_type": "authorization_code", **secrets})
    desk.http.post("/oauth/token?client_secret=in-the-query-0123456789", json={})
    pair = base64.b64encode(b"client:in-the-basic-header-0123456789").decode()
    desk.http.post("/oauth/token", json={}, headers={"Authorization": f"Basic {pair}"})
    desk.get(f"/v1/companies/{A}", params={"note": "in-the-basic-header-0123456789"})
    desk.recorder.finish()
    text = desk.text("calls")
    for secret in (*secrets.values(), "in-the-query-0123456789", "in-the-basic-header-0123456789", pair):
        assert secret not in text


def test_the_facts_of_a_state_survive_its_redaction(desk):
    desk.open("calls", A)
    desk.get("/oauth/authorize?state=0123456789abcdef0123456789abcdef")
    desk.recorder.finish()
    visit = desk.calls("calls", Kind.BROWSER)[0]
    assert visit.facts == {"state_length": 32, "state_entropy_bits": 128.0}
    assert "0123456789abcdef" not in desk.text("calls")


def test_what_breaks_the_contract_is_a_fact(desk):
    desk.open("calls", A)
    desk.people(None, A, page="many")
    desk.recorder.finish()
    violation = desk.calls("calls")[0].facts["violations"]
    assert {"where": "query", "pointer": "page", "rule": "type", "mild": False}.items() <= violation[
        0
    ].items()


def test_the_same_request_again_has_the_same_facts(desk):
    desk.open("calls", A)
    for _ in range(3):
        desk.people(None, A, page="many")
    desk.people(None, A, page="1")
    desk.recorder.finish()
    facts = [len(call.facts.get("violations", [])) for call in desk.calls("calls")]
    assert facts == [1, 1, 1, 0]


def test_the_harnesss_own_calls_are_audit_reads(desk):
    desk.open("calls", A)
    own = desk.connect(A)["access_token"]
    desk.recorder.own(own)
    desk.people(own, A, page="many")
    desk.recorder.finish()
    assert [each.kind for each in desk.recording("calls").exchanges] == [Kind.API, Kind.AUDIT]
    assert desk.calls("calls", Kind.AUDIT)[0].facts == {}
    assert own not in desk.text("calls")


def test_what_the_adapter_saw_is_recorded_with_the_action_under_way(desk):
    desk.open("calls", A)
    with desk.recorder.during("send_hours", "qa-a"):
        kept = act(desk, facts={"hours": 3})
    desk.recorder.finish()
    assert (kept.sequence, kept.during, kept.account) == (1, "send_hours", "qa-a")
    assert desk.recording("calls").exchanges[0].facts == {"hours": 3}


def test_numbers_count_through_everything_that_happens(desk):
    desk.open("calls", A)
    assert desk.recorder.next_sequence == 1
    act(desk)
    desk.people(None)
    assert desk.recorder.next_sequence == 3
    act(desk)
    desk.recorder.finish()
    assert [each.sequence for each in desk.recording("calls").exchanges] == [1, 2, 3]


def test_secrets_in_facts_and_situations_are_replaced(desk):
    desk.open("calls", A)
    pair = desk.connect(A)
    secret = pair["access_token"]
    act(desk, facts={"seen": {"list": [f"it was {secret}"]}, secret: 1})
    desk.recorder.note("held", {"access_token": "never-registered-0123", "note": f"<{secret}>", "n": 1})
    desk.recorder.close(
        reason=f"stopped at {secret}", missing=(f"no {secret}",), trouble=f"broke at {secret}"
    )
    recording = desk.recording("calls")
    assert secret not in desk.text("calls")
    assert "never-registered-0123" not in desk.text("calls")
    assert recording.situation["held"]["n"] == 1
    assert recording.trouble.startswith(f"broke at {PREFIX}")
    assert recording.missing[0].startswith(f"no {PREFIX}")
    assert recording.reason.startswith(f"stopped at {PREFIX}")


def test_a_scenario_is_whole_as_soon_as_it_is_closed(desk):
    desk.open("calls", A)
    desk.recorder.note("pages", 3)
    desk.people(None)
    desk.recorder.close(trouble="it rained")
    recording = desk.recording("calls")
    assert recording.ended is not None
    assert recording.situation == {"pages": 3}
    assert recording.tenants[0].company == A
    assert recording.trouble == "it rained"
    assert len(recording.exchanges) == 1


def test_a_run_that_is_interrupted_leaves_whole_recordings(desk):
    desk.open("first", A)
    desk.people(None)
    desk.recorder.close()
    desk.open("second", B)
    desk.people(None, B)
    desk.people(None, A)
    for scenario, count in (("first", 2), ("second", 1)):
        recording = desk.recording(scenario)
        assert len(recording.exchanges) == count
    assert desk.recording("second").ended is None


def test_after_the_end_calls_pass_and_are_not_recorded(desk):
    desk.open("calls", A)
    desk.people(None)
    desk.recorder.finish()
    assert desk.people(None).status_code == 200
    assert len(desk.calls("calls")) == 1
    with pytest.raises(HarnessBug, match="after the run has been finished"):
        act(desk)


def test_a_body_above_a_megabyte_is_recorded_by_its_hash(desk):
    desk.open("calls", A)
    body = b"[" + b"1," * (KEPT_LIMIT // 2) + b"1]"
    desk.gusto.answer = (200, [(b"content-type", b"application/json")], body)
    answer = desk.http.post(f"/v1/companies/{A}/employees", content=body)
    assert answer.content == body
    assert desk.gusto.bodies[-1] == body
    desk.recorder.finish()
    call = desk.calls("calls")[0]
    for kept in (call.request.body, call.response.body):
        assert kept == Body(content=b"", size=len(body), sha256=Body.of(body).sha256)


def test_a_body_of_a_megabyte_is_kept(desk):
    desk.open("calls", A)
    body = b"[" + b"1," * ((KEPT_LIMIT - 4) // 2) + b"10]"
    assert len(body) <= KEPT_LIMIT
    desk.http.post(f"/v1/companies/{A}/employees", content=body)
    desk.recorder.finish()
    assert desk.calls("calls")[0].request.body.content == body


def test_a_body_above_ten_megabytes_is_refused_and_never_reaches_gusto(desk):
    desk.open("calls", A)
    answer = desk.http.post(f"/v1/companies/{A}/employees", content=b" " * (BODY_LIMIT + 1))
    assert answer.status_code == 413
    assert desk.gusto.seen == []
    desk.recorder.finish()
    assert desk.calls("calls")[0].request.body.size == BODY_LIMIT + 1


def test_a_request_that_breaks_off_never_reaches_gusto(desk):
    desk.open("calls", A)
    head = f"POST /v1/companies/{A}/employees HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
    assert raw(desk, head.encode() + b'{"first_name": "Z') == b""
    deadline = time.monotonic() + 10
    while desk.recorder.next_sequence == 1 or not desk.calls("calls"):
        assert time.monotonic() < deadline
    desk.recorder.finish()
    assert desk.gusto.seen == []
    call = desk.calls("calls")[0]
    assert call.response.status == 0
    assert call.response.reason == "the integration hung up in the middle of its request"


def test_duplicate_headers_keep_their_order(desk):
    desk.open("calls", A)
    lines = "X-One: 1\r\nX-Two: 2\r\nX-One: 3\r\n"
    raw(desk, f"GET /v1/companies/{A} HTTP/1.1\r\nHost: x\r\n{lines}Connection: close\r\n\r\n".encode())
    desk.recorder.finish()
    headers = desk.calls("calls")[0].request.headers
    assert [pair for pair in headers if pair[0].startswith("x-")] == [
        ("x-one", "1"),
        ("x-two", "2"),
        ("x-one", "3"),
    ]


def test_a_sandbox_that_breaks_is_an_answer_500_that_says_so(desk):
    desk.open("calls", A)
    desk.gusto.breaks = True
    assert desk.people(None).status_code == 500
    desk.recorder.finish()
    assert desk.calls("calls")[0].response.reason == "the sandbox raised RuntimeError"


def test_bytes_that_are_no_text_are_recorded_by_their_size(desk):
    desk.open("calls", A)
    desk.http.post(f"/v1/companies/{A}/employees", content=b"\xff\xfe\x00secret")
    desk.recorder.finish()
    body = desk.calls("calls")[0].request.body
    assert (body.content, body.size) == (b"", 9)
    assert body.sha256 != Body.of(b"\xff\xfe\x00secret").sha256, "the hash of a short body can be guessed"


def test_it_is_quiet_when_the_last_answer_is_long_ago(desk):
    desk.open("calls", A)
    assert desk.recorder.quiet_for(A) == float("inf")
    token = desk.connect(A)["access_token"]
    desk.people(token)
    first = desk.recorder.quiet_for(A)
    assert 0 <= first < 5
    deadline = time.monotonic() + 5
    while desk.recorder.quiet_for(A) <= first:
        assert time.monotonic() < deadline


def test_another_companys_traffic_does_not_disturb_the_quiet(desk):
    desk.open("calls", A)
    other = desk.connect(B)["access_token"]
    moment = desk.recorder.quiet_for(A)
    desk.people(other, B)
    assert desk.recorder.quiet_for(A) > moment, "B's call does not begin A's quiet anew"
    assert desk.recorder.quiet_for(None) <= desk.recorder.quiet_for(A)


def test_a_disk_that_fills_up_loses_nothing_and_is_told(desk, monkeypatch):
    desk.open("calls", A)
    desk.people(None)
    full = desk.recorder._scenarios["calls"].writer

    def refuse(exchange: object) -> None:
        raise CassetteError("the disk is full")

    monkeypatch.setattr(full, "write", refuse)
    assert desk.people(None).status_code == 200, "the integration is answered all the same"
    with pytest.raises(CassetteError, match="the disk is full"):
        desk.recorder.close()
    assert len(load_recording(desk.folder / "calls.yaml").exchanges) == 1


def test_people_stay_readable_on_the_embedded_sandbox_only(contract, gusto, tmp_path):
    for target, kept in ((Target.EMBEDDED, True), (Target.LIVE, False)):
        recorder = Recorder(
            gusto,
            contract=contract,
            redactor=Redactor(mode=target),
            target=target,
            folder=tmp_path / target,
        )
        recorder.open("people")
        recorder.record(
            kind=Kind.OBSERVATION,
            started=datetime.now(UTC),
            elapsed=0.0,
            request=Request(method="RUN", url="observation:people"),
            response=Response(
                status=200,
                headers=(("content-type", "application/json"),),
                body=Body.of(b'{"first_name": "Ada", "email": "ada@acme.example"}'),
            ),
        )
        recorder.finish()
        text = (tmp_path / target / "people.yaml").read_text()
        assert ("Ada" in text) is kept
        assert ("ada@acme.example" in text) is kept


def test_what_the_adapter_saw_is_told_missing_when_the_disk_is_full(desk, monkeypatch):
    desk.open("calls", A)
    written = desk.recorder._scenarios["calls"].writer.write

    def refuse(exchange):
        raise CassetteError("the disk is full")

    monkeypatch.setattr(desk.recorder._scenarios["calls"].writer, "write", refuse)
    act(desk)  # perhaps in a thread whose errors nobody sees
    monkeypatch.setattr(desk.recorder._scenarios["calls"].writer, "write", written)
    with pytest.raises(CassetteError, match="the disk is full"):
        desk.recorder.close()


@pytest.mark.parametrize("host", ["[", "[::1", "a:b", "x:99999", "", "a b", "u@x/y", "x?q"])
def test_a_host_that_no_url_could_have_leaves_a_url_that_can_be_read(desk, host):
    desk.open("calls", A)
    answer = raw(desk, f"GET /v1/companies/{A}/employees HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    desk.recorder.finish()
    for call in desk.calls("calls"):
        parts = urlsplit(call.request.url)
        assert parts.path == f"/v1/companies/{A}/employees"
        assert parts.port is None
        assert (b" 200 " in answer) == (call.response.status == 200)


def test_a_body_that_is_nested_without_end_is_recorded(desk):
    desk.open("calls", A)
    desk.gusto.answer = (400, [(b"content-type", b"application/json")], b"{}")
    assert desk.http.post("/oauth/token", content=b"[" * 200_000).status_code == 400
    desk.recorder.finish()
    (call,) = desk.calls("calls")
    assert call.request.body.size == 200_000


@pytest.mark.parametrize(
    ("status", "put_off"), [(429, True), (500, True), (503, True), (403, False), (404, False)]
)
def test_an_answer_that_puts_off_is_remembered_until_the_next_request(desk, status, put_off):
    desk.open("calls", A)
    token = desk.connect(A)["access_token"]
    desk.recorder.arm(respond(status).on(occurrence=1))
    desk.people(token, A)
    assert desk.recorder.is_put_off(A) is put_off
    assert desk.recorder.is_put_off(B) is False
    desk.people(token, A)
    assert desk.recorder.is_put_off(A) is False


def test_what_gusto_itself_answers_puts_nothing_off(desk):
    desk.open("calls", A)
    token = desk.connect(A)["access_token"]
    desk.gusto.answer = (503, [], b"")
    desk.people(token, A)
    assert desk.recorder.is_put_off(A) is False
