import gzip
import json
import socket
from pathlib import Path

import httpx
import pytest

from partner_qa.contract.hosts import DEMO_HOST
from partner_qa.errors import SandboxUnreachable
from partner_qa.recorder.forwarder import Forwarder, require_sandbox
from partner_qa.serving import LoopbackServer

PRODUCTION = [
    "https://api.gusto.com",
    "https://API.GUSTO.COM",
    "https://api.gusto.com.",
    "https://api.gusto.com..",
    "https://gusto.com",
    "https://gusto.com/",
    "http://api.gusto.com",
    "https://anything.at.all.gusto.com/v1",
    "https://api.gusto.com:443",
    "https://api.gusto.com:8443/",
    "https://api.gusto.com:",
    "HTTPS://Api.Gusto.Com",
]

UNCLEAR = [
    "https://api.gusto-demo.com@api.gusto.com",
    "https://api.gusto-demo.com:pass@api.gusto.com/",
    "https://user@api.gusto-demo.com",
    "https://api.gusto%2ecom",
    "https://api%2egusto%2Ecom",
    "https://%61pi.gusto.com",
    "https://\uff41\uff50\uff49.gusto.com",
    "https://api\u3002gusto\u3002com",
    "https://api.gusto.c\u00adom",
    "https://\u24d0pi.gusto.com",
    "https://api.gusto.com\\@api.gusto-demo.com",
    "https://api.gusto-demo.com\\.api.gusto.com",
    "https://api.gusto-demo.com#@api.gusto.com",
    "https://api.gusto-demo.com?@api.gusto.com",
    "https://api.gus\tto.com",
    "https://api.gusto.com\n",
    " https://api.gusto.com",
    "https:///api.gusto.com",
    "https:api.gusto.com",
    "//api.gusto.com",
    "api.gusto.com",
    "ftp://api.gusto-demo.com",
    "file:///etc/hosts",
    "https://",
    "",
    "https://[::1",
    "https://api.gusto-demo.com:port",
    "https://-.gusto.com",
]


@pytest.mark.parametrize("address", PRODUCTION)
def test_production_is_refused_under_every_spelling(address):
    with pytest.raises(SandboxUnreachable) as caught:
        Forwarder(address)
    assert "is production, and is never driven against" in caught.value.explain()
    assert DEMO_HOST in caught.value.explain()


@pytest.mark.parametrize("address", UNCLEAR, ids=ascii)
def test_an_address_that_could_be_misread_is_refused(address):
    with pytest.raises(SandboxUnreachable):
        Forwarder(address)


@pytest.mark.parametrize("address", ["http://api.gusto-demo.com", "http://192.0.2.1:80"])
def test_tokens_are_not_sent_in_clear(address):
    with pytest.raises(SandboxUnreachable, match="in clear"):
        require_sandbox(address)


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://api.gusto-demo.com", "https://api.gusto-demo.com"),
        ("https://api.gusto-demo.com/", "https://api.gusto-demo.com"),
        ("https://api.gusto-demo.com.", "https://api.gusto-demo.com."),
        ("https://sandbox.acme.example:8443/gusto/", "https://sandbox.acme.example:8443/gusto"),
        ("https://notgusto.com", "https://notgusto.com"),
        ("https://gusto.com.acme.example", "https://gusto.com.acme.example"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_a_sandbox_is_taken_as_it_is(address, kept):
    assert require_sandbox(address) == kept


class Live:
    """Stands in for the live sandbox; remembers what it was asked."""

    def __init__(self) -> None:
        self.scope: dict = {}
        self.body = b""
        self.status = 200
        self.headers = [(b"content-type", b"application/json")]
        self.content = b"{}"

    async def __call__(self, scope, receive, send):
        self.scope, self.body = scope, b""
        while True:
            message = await receive()
            self.body += message.get("body", b"")
            if not message.get("more_body"):
                break
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.content})

    @property
    def names(self) -> list[bytes]:
        return [name for name, _ in self.scope["headers"]]


@pytest.fixture
def live():
    return Live()


@pytest.fixture
def line(live):
    with LoopbackServer(live) as server, LoopbackServer(Forwarder(f"{server.base_url}/base")) as front:
        yield front


@pytest.fixture
def http(line):
    with httpx.Client(base_url=line.base_url) as client:
        yield client


def test_a_request_arrives_as_it_was_sent(http, live):
    path = "/v1/companies/a%2Fb/employees"
    http.post(
        f"{path}?page=1&page=2&x=%20", content=b'{"a": 1}', headers={"X-Gusto-API-Version": "2026-06-15"}
    )
    assert live.scope["method"] == "POST"
    assert live.scope["raw_path"] == f"/base{path}".encode()
    assert live.scope["query_string"] == b"page=1&page=2&x=%20"
    assert live.body == b'{"a": 1}'
    assert (b"x-gusto-api-version", b"2026-06-15") in live.scope["headers"]


def test_an_answer_comes_back_as_it_was_given(http, live):
    live.status = 429
    live.headers = [(b"retry-after", b"2"), (b"x-one", b"1"), (b"x-two", b"2"), (b"x-one", b"\xe9")]
    live.content = b"\xff\x00"
    answer = http.get("/v1/me")
    assert (answer.status_code, answer.content) == (429, b"\xff\x00")
    assert [pair for pair in answer.headers.raw if pair[0].startswith((b"x-", b"retry"))] == live.headers


def test_headers_of_the_connection_stay_there(http, live):
    sent = {"Connection": "keep-alive, X-Private", "X-Private": "1", "TE": "trailers", "Keep-Alive": "5"}
    live.headers = [(b"connection", b"x-mine"), (b"x-mine", b"1"), (b"keep-alive", b"5"), (b"x-ours", b"1")]
    answer = http.get("/v1/me", headers=sent)
    assert not {b"x-private", b"te", b"keep-alive"} & set(live.names)
    assert "x-ours" in answer.headers
    assert "x-mine" not in answer.headers


def test_the_host_is_the_sandboxes_own(http, live, line):
    http.get("/v1/me")
    host = dict(live.scope["headers"])[b"host"].decode()
    assert host != f"{line.host}:{line.port}"


def test_nothing_is_added_to_what_the_integration_sent(line, live):
    with socket.create_connection((line.host, line.port), timeout=10) as wire:
        wire.sendall(b"GET /v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        while wire.recv(65536):
            pass
    assert set(live.names) <= {b"host", b"accept-encoding", b"connection"}


def test_a_cookie_that_was_set_is_not_sent_by_itself(http, live):
    live.headers = [(b"set-cookie", b"session=of-one-customer; Path=/")]
    assert "of-one-customer" in http.get("/v1/me").headers["set-cookie"]
    http.cookies.clear()
    http.get("/v1/me")
    assert b"cookie" not in live.names
    http.get("/v1/me", headers={"Cookie": "session=of-another"})
    assert (b"cookie", b"session=of-another") in live.scope["headers"]


def test_a_compressed_answer_comes_back_readable(http, live):
    live.content = gzip.compress(b'{"plain": true}')
    live.headers = [(b"content-encoding", b"gzip"), (b"content-type", b"application/json")]
    answer = http.get("/v1/me", headers={"Accept-Encoding": "br, zstd"})
    assert dict(live.scope["headers"])[b"accept-encoding"] == b"gzip, deflate"
    assert answer.json() == {"plain": True}
    assert "content-encoding" not in answer.headers


def test_a_redirect_is_handed_on_and_not_followed(http, live):
    live.status, live.headers = 302, [(b"location", b"https://api.gusto.com/v1/me")]
    answer = http.get("/v1/me")
    assert (answer.status_code, answer.headers["location"]) == (302, "https://api.gusto.com/v1/me")


def test_a_person_is_sent_to_the_sandboxes_own_consent_page(http, live):
    answer = http.get("/oauth/authorize?client_id=c&state=s%20t")
    assert answer.status_code == 302
    assert answer.headers["location"].endswith("/base/oauth/authorize?client_id=c&state=s%20t")
    assert live.scope == {}


def ask_for(target: str, line) -> bytes:
    with socket.create_connection((line.host, line.port), timeout=10) as wire:
        wire.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while chunk := wire.recv(65536):
            answer += chunk
    return answer


@pytest.mark.parametrize("target", ["@api.gusto.com/v1/me", ".gusto.com/v1/me", ":99/v1/me", "*"])
def test_a_request_target_that_is_no_path_is_refused(target, line, live):
    assert ask_for(target, line).startswith(b"HTTP/1.1 400")
    assert live.scope == {}


def test_a_host_named_in_the_request_target_is_never_called(line, live):
    assert ask_for("https://api.gusto.com/v1/me", line).startswith(b"HTTP/1.1 200")
    assert live.scope["path"].endswith("/v1/me")  # asked of the one host that is forwarded to


def test_a_sandbox_that_does_not_answer_is_a_502_that_says_so():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with LoopbackServer(Forwarder(address)) as front:
            answer = httpx.get(f"{front.base_url}/v1/me")
    assert (answer.status_code, answer.text) == (502, "the live sandbox did not answer: ConnectError")


def test_a_proxy_in_the_environment_is_not_used(monkeypatch, live):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    front = LoopbackServer(live)
    with front, LoopbackServer(Forwarder(front.base_url)) as line, httpx.Client(trust_env=False) as client:
        assert client.get(f"{line.base_url}/v1/me").status_code == 200


def test_the_harness_names_no_production_address_to_call():
    source = Path(__file__).parents[2] / "src" / "partner_qa"
    held = [path.name for path in source.rglob("*.py") if "https://api.gusto.com" in path.read_text()]
    assert held == [], json.dumps(held)
