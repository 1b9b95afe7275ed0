"""One request, one answer, within a time and a size; whatever goes wrong is told in words."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from partner_qa.adapter.client import SIZE_LIMIT, Client
from partner_qa.model import Body, Request


@pytest.fixture
def client() -> Iterator[Client]:
    made = Client()
    yield made
    made.close()


@pytest.fixture
def serve_raw() -> Iterator[Callable[..., str]]:
    """Return a function that serves one connection by a function of its socket, and returns the URL."""
    listening = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def serve(speak: Callable[[socket.socket], None]) -> str:
        def run() -> None:
            peer, _ = listening.accept()
            with peer:
                peer.recv(65536)
                try:
                    speak(peer)
                except OSError:
                    return

        threading.Thread(target=run, daemon=True).start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}/"

    serve.done = done  # type: ignore[attr-defined]
    yield serve
    done.set()
    listening.close()


def get(client: Client, url: str, within: float = 5.0) -> Any:
    return client.send(Request(method="GET", url=url), within=within)


def test_an_answer_is_given_as_it_came(client: Client, bench: Any, stub: Any) -> None:
    stub.answer("/a", 418, b"\x00short", X_Odd="1")
    request = Request(method="PUT", url=f"{bench.base}/a", headers=(("X-Ours", "2"),), body=Body.of(b"body"))
    answer = client.send(request, within=5)
    assert (answer.response.status, answer.response.body.content, answer.trouble) == (418, b"\x00short", "")
    assert ("X-Odd", "1") in answer.response.headers
    method, path, headers, body = stub.asked[0]
    assert (method, path, headers["X-Ours"], body) == ("PUT", "/a", "2", b"body")
    assert "Accept-Encoding" not in headers


def test_nothing_is_followed(client: Client, bench: Any, stub: Any) -> None:
    stub.redirect("/a", "/b")
    assert get(client, f"{bench.base}/a").response.status == 302
    assert len(stub.asked) == 1


def test_silence_ends_at_the_limit(client: Client, serve_raw: Any) -> None:
    answer = get(client, serve_raw(lambda peer: serve_raw.done.wait(10)), within=0.2)
    assert (answer.response.status, answer.trouble) == (0, "did not answer within 0.2 s")


def test_a_byte_now_and_then_does_not_lengthen_the_limit(client: Client, serve_raw: Any) -> None:
    def drip(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while not serve_raw.done.wait(0.02):
            peer.sendall(b"x")

    began = time.monotonic()
    assert "did not answer" in get(client, serve_raw(drip), within=0.3).trouble
    assert time.monotonic() - began < 3


def test_an_endless_body_ends_at_the_limit_of_size(client: Client, serve_raw: Any) -> None:
    def flood(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not serve_raw.done.is_set():
            peer.sendall(b"x" * 1_000_000)

    answer = get(client, serve_raw(flood), within=20)
    assert answer.trouble == "answered with more than 10,000,000 bytes"
    assert answer.response.status == 200
    assert answer.response.body.content == b""
    assert SIZE_LIMIT < answer.response.body.size < 2 * SIZE_LIMIT


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"\x1b[2Jhello\r\n\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx", "does not speak HTTP"),
        (b"", "does not speak HTTP"),
    ],
)
def test_what_is_not_http_is_told(client: Client, serve_raw: Any, said: bytes, words: str) -> None:
    answer = get(client, serve_raw(lambda peer: peer.sendall(said)))
    assert answer.response.status == 0
    assert words in answer.trouble
    assert "\x1b" not in answer.trouble


def test_nobody_there_is_told(client: Client, bench: Any) -> None:
    assert "nothing listens" in get(client, f"{bench.base}/").trouble


@pytest.mark.parametrize(
    "url",
    [
        "https://api.gusto.com/v1/me",
        "https://API.GUSTO.COM./",
        "http://gusto.com/",
        "https://app.gusto.com:443/x",
    ],
)
def test_production_is_never_called(client: Client, url: str) -> None:
    answer = get(client, url)
    assert answer.response.status == 0
    assert "production, which is never called" in answer.trouble


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "http://", "http://a:b/", "http://[", "\x1b[2J", "http://nobody.invalid/"]
)
def test_what_is_no_url_or_no_host_is_told(client: Client, url: str) -> None:
    answer = get(client, url)
    assert answer.response.status == 0
    assert "URL" in answer.trouble or "a host name that nobody knows" in answer.trouble
    assert "\x1b" not in answer.trouble


def test_it_can_be_asked_from_another_loop(client: Client, bench: Any, stub: Any) -> None:
    stub.answer("/a", 200, b"yes")
    answer = asyncio.run(client.send_async(Request(method="GET", url=f"{bench.base}/a"), within=5))
    assert answer.response.body.content == b"yes"


def test_whoever_asks_after_the_end_is_told(client: Client, bench: Any) -> None:
    client.close()
    assert "let go" in get(client, f"{bench.base}/").trouble
    assert (
        "let go"
        in asyncio.run(client.send_async(Request(method="GET", url=f"{bench.base}/"), within=5)).trouble
    )


def test_whoever_waits_when_it_ends_is_told(client: Client, serve_raw: Any) -> None:
    asked = threading.Event()
    url = serve_raw(lambda peer: (asked.set(), serve_raw.done.wait(10)))
    answers: list[Any] = []
    waiting = threading.Thread(target=lambda: answers.append(get(client, url, within=20)))
    waiting.start()
    assert asked.wait(5)
    client.close()
    waiting.join(5)
    assert "let go" in answers[0].trouble
