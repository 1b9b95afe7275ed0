import asyncio
import socket
import threading
import time

import httpx
import pytest

from partner_qa.errors import HarnessBug, SetupError
from partner_qa.serving import LoopbackServer, abort_connection


class App:
    """Answers with what it is told to; remembers being closed."""

    def __init__(self) -> None:
        self.closed_in: list[int] = []
        self.entered = threading.Event()

    async def __call__(self, scope, receive, send):
        self.entered.set()
        match scope["path"]:
            case "/abort":
                await abort_connection(send)
                return
            case "/abort-in-the-middle":
                await send(
                    {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"99")]}
                )
                await send({"type": "http.response.body", "body": b"half", "more_body": True})
                await abort_connection(send)
                return
            case "/slow":
                await asyncio.sleep(60)
            case "/broken":
                raise RuntimeError("out of order")
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    async def aclose(self) -> None:
        self.closed_in.append(threading.get_ident())


@pytest.fixture
def server():
    with LoopbackServer(App()) as server:
        yield server


def talk(server: LoopbackServer, path: str) -> bytes:
    with socket.create_connection((server.host, server.port), timeout=10) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        answer = b""
        try:
            while chunk := line.recv(65536):
                answer += chunk
        except ConnectionResetError:
            pass
        return answer


def test_it_answers_on_loopback_as_soon_as_it_has_started(server):
    assert server.base_url == f"http://127.0.0.1:{server.port}"
    assert httpx.get(server.base_url).text == "ok"


def test_it_says_nothing_of_itself(server):
    assert not {"server", "date"} & set(httpx.get(server.base_url).headers)


def test_the_port_is_known_before_anything_runs():
    server = LoopbackServer(App())
    assert server.port > 0
    server._socket.close()


def test_a_taken_port_is_the_users_problem_with_a_way_out(server):
    with pytest.raises(SetupError, match=f"port {server.port} on 127.0.0.1 cannot be used") as caught:
        LoopbackServer(App(), port=server.port)
    assert "choose another port" in caught.value.explain()


def test_a_port_is_free_again_after_stopping():
    first = LoopbackServer(App())
    with first:
        httpx.get(first.base_url)
    with LoopbackServer(App(), port=first.port) as again:
        assert httpx.get(again.base_url).text == "ok"


def test_after_stopping_nobody_answers(server):
    server.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.base_url)


def test_stopping_is_prompt_with_a_connection_kept_alive():
    server = LoopbackServer(App())
    server.start()
    with httpx.Client(base_url=server.base_url) as http:
        http.get("/")
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 3
    assert not server._thread.is_alive()


def test_stopping_takes_no_time_where_nothing_is_under_way():
    took = []
    for _ in range(5):
        server = LoopbackServer(App())
        with server:
            httpx.get(server.base_url)
            began = time.monotonic()
        took.append(time.monotonic() - began)
    assert min(took) < 0.09, "uvicorn by itself takes a tenth of a second and more"


def test_stopping_does_not_wait_for_a_request_that_takes_forever():
    app = App()
    server = LoopbackServer(app)
    server.start()
    with socket.create_connection((server.host, server.port)) as line:
        line.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        assert app.entered.wait(10)
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 4.5
    assert not server._thread.is_alive()


def test_stopping_twice_is_no_harm(server):
    server.stop()
    server.stop()


def test_the_app_is_closed_in_the_loop_that_has_served_it():
    app = App()
    with LoopbackServer(app) as server:
        thread = server._thread.ident
    assert app.closed_in == [thread]


def test_an_app_that_breaks_is_a_500_and_the_next_request_works(server):
    assert httpx.get(f"{server.base_url}/broken").status_code == 500
    assert httpx.get(server.base_url).status_code == 200


def test_an_aborted_connection_ends_without_an_answer(server):
    assert talk(server, "/abort") == b""
    assert httpx.get(server.base_url).status_code == 200


def test_an_answer_can_be_aborted_in_the_middle(server):
    assert talk(server, "/abort-in-the-middle").endswith(b"half")


def test_only_a_connection_of_this_server_can_be_aborted():
    async def send(message: object) -> None:
        raise AssertionError(message)

    with pytest.raises(HarnessBug, match="only under LoopbackServer"):
        asyncio.run(abort_connection(send))


def test_keep_alive_requests_are_not_delayed(server):
    with httpx.Client(base_url=server.base_url) as http:
        http.get("/")
        took = []
        for _ in range(20):
            began = time.monotonic()
            http.get("/")
            took.append(time.monotonic() - began)
    assert min(took) < 0.03, "without TCP_NODELAY each takes 40 ms"


def test_an_idle_connection_outlives_the_patience_of_a_client(server):
    with httpx.Client(base_url=server.base_url, trust_env=False) as client:
        client.get("/")
        gives_up_after = client._transport._pool._keepalive_expiry
    assert server._server.config.timeout_keep_alive > 2 * gives_up_after
