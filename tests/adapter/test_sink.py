"""The sink: refuses what would pass by the recorder, and writes down the host."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from partner_qa.adapter import sink as room
from partner_qa.adapter.sink import EgressSink
from partner_qa.model import Kind


@pytest.fixture
def sink(bench: Any) -> Iterator[EgressSink]:
    made = EgressSink(bench.tape)
    yield made
    made.close()


def test_a_tunnel_to_production_is_refused_and_recorded(bench: Any, sink: EgressSink) -> None:
    with httpx.Client(proxy=sink.url) as client, pytest.raises(httpx.ProxyError, match="403"):
        client.get("https://api.gusto.com/v1/me")
    (seen,) = bench.tape.of(Kind.PROCESS)
    assert (seen.request.method, seen.request.url) == ("RUN", "egress:api.gusto.com")
    assert seen.facts == {"egress": "api.gusto.com", "production": True}
    assert sink.hosts == {"api.gusto.com": 1}


def test_a_plain_request_is_refused_with_the_reason(bench: Any, sink: EgressSink) -> None:
    with httpx.Client(proxy=sink.url) as client:
        answer = client.post("http://telemetry.example/v1", content=b"x")
    assert answer.status_code == 403
    assert "partner-qa" in answer.text
    assert bench.tape.of(Kind.PROCESS)[0].facts == {"egress": "telemetry.example", "production": False}


def test_a_host_that_is_asked_for_again_and_again_is_counted_not_recorded(
    bench: Any, sink: EgressSink
) -> None:
    with httpx.Client(proxy=sink.url) as client:
        for _ in range(10):
            client.get("http://telemetry.example/")
    assert sink.hosts == {"telemetry.example": 10}
    assert len(bench.tape.exchanges) == room._RECORDED_EACH


@pytest.mark.parametrize("line", [b"CONNECT \x1b[2J:443", b"GET /no-host", b"GET http://[", b"CONNECT a b"])
def test_garbage_is_never_recorded_as_a_host(bench: Any, sink: EgressSink, line: bytes) -> None:
    host, port = sink.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as peer:
        peer.sendall(line + b" HTTP/1.1\r\n\r\n")
        assert b"40" in peer.recv(100)
    assert set(sink.hosts) <= {"(unreadable)"}


def test_a_started_process_is_led_to_it(bench: Any) -> None:
    ask = (
        "import urllib.request\n"
        "try: urllib.request.urlopen('https://api.' + 'gusto.com/v1/me', timeout=5)\n"
        "except OSError as error: open('seen', 'w').write(str(error))\n"
    )
    integration = bench.open(bench.profile(run=bench.launch({"web": bench.program(ask + bench.serve)})))
    integration.start()
    assert "403" in (bench.folder / "seen").read_text()
    assert integration.egress == {"api.gusto.com": 1}
