"""`partner-qa sandbox` as a process: what it prints works, it can be ended, a taken port is said."""

from __future__ import annotations

import json
import os
import selectors
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

PATIENCE = 60.0  # seconds; only ever spent when something is broken
COMMAND = [sys.executable, "-c", "from partner_qa.cli.main import main; main()", "sandbox"]

Process = subprocess.Popen[str]


@pytest.fixture
def run() -> Iterator[Callable[..., Process]]:
    """Start the command with options; whatever still runs at the end is killed."""
    started: list[Process] = []

    def run_one(*options: str) -> Process:
        process = subprocess.Popen(
            [*COMMAND, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        started.append(process)
        return process

    yield run_one
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=PATIENCE)


def read_until(process: Process, wanted: str, stream: Any) -> str:
    """Return what a stream says until a whole line holds `wanted`."""
    said = b""
    deadline = time.monotonic() + PATIENCE
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while time.monotonic() < deadline and wanted.encode() not in said.rpartition(b"\n")[0]:
            if selector.select(timeout=1):
                chunk = os.read(stream.fileno(), 65536)  # a text stream would hide what it has read ahead
                if not chunk:
                    break
                said += chunk
    assert wanted in said.decode(), said
    return said.decode()


def facts_of(process: Process) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(read_until(process, "}", process.stdout))
    return found


def end(process: Process, how: signal.Signals = signal.SIGINT) -> tuple[int, str]:
    process.send_signal(how)
    _, told = process.communicate(timeout=PATIENCE)
    return process.returncode, told


def test_the_printed_curl_works_as_it_stands(run: Callable[..., Process]) -> None:
    process = run("--people", "3")
    said = read_until(process, "curl ", process.stdout)
    for label in ("base URL", "client id", "client secret", "redirect URI", "3 people"):
        assert label in said
    words = shlex.split(next(line for line in said.splitlines() if line.strip().startswith("curl ")))
    headers = dict(each.split(": ", 1) for each, flag in zip(words[3::2], words[2::2], strict=True) if flag)
    answer = httpx.get(words[1], headers=headers, trust_env=False)
    assert answer.status_code == 200
    assert len(answer.json()) == 3
    assert answer.headers["x-total-count"] == "3"
    code, told = end(process)
    assert code == 0
    assert "200  GET    /v1/companies/" in told
    assert words[3].removeprefix("Authorization: Bearer ") not in told
    assert "Traceback" not in told


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_when_it_is_asked_to(run: Callable[..., Process], how: signal.Signals) -> None:
    process = run("--people", "0", "--json")
    facts = facts_of(process)
    code, told = end(process, how)
    assert code == 0
    assert told.strip().endswith("stopped")
    with pytest.raises(httpx.ConnectError):
        httpx.get(facts["base_url"], trust_env=False)


def test_a_taken_port_is_said_with_a_way_out(run: Callable[..., Process]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = run("--port", str(port), "--people", "0")
        said, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert said == ""
    assert f"port {port}" in told
    assert "choose another port" in told
    assert "Traceback" not in told


def test_the_printed_credentials_connect_a_company_and_its_webhooks_arrive(
    run: Callable[..., Process],
) -> None:
    received: list[dict[str, Any]] = []
    arrived = threading.Event()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()
            arrived.set()

        def log_message(self, *_: Any) -> None:
            return

    process = run("--people", "2", "--people", "1", "--json")
    facts = facts_of(process)
    assert [each["people"] for each in facts["companies"]] == [2, 1]
    client = {name: facts[name] for name in ("client_id", "client_secret")}
    with HTTPServer(("127.0.0.1", 0), Receiver) as server, httpx.Client(trust_env=False) as http:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = http.get(facts["authorize_url"]).text
        request = page.split('name="request" value="', 1)[1].partition('"')[0]
        chosen = {
            "request": request,
            "person": "",
            "company": facts["companies"][1]["uuid"],
            "decision": "allow",
        }
        location = http.post(f"{facts['base_url']}/oauth/authorize", data=chosen).headers["location"]
        assert location.startswith(facts["redirect_uris"][0])
        exchange = {
            **client,
            "grant_type": "authorization_code",
            "redirect_uri": facts["redirect_uris"][0],
            "code": parse_qs(urlsplit(location).query)["code"][0],
        }
        assert http.post(f"{facts['base_url']}/oauth/token", json=exchange).status_code == 200
        system = {**client, "grant_type": "system_access"}
        token = http.post(f"{facts['base_url']}/oauth/token", json=system).json()["access_token"]
        subscription = {
            "url": f"http://127.0.0.1:{server.server_port}/hooks?secret=1",
            "subscription_types": ["Employee"],
        }
        made = http.post(
            f"{facts['base_url']}/v1/webhook_subscriptions",
            json=subscription,
            headers={"Authorization": f"Bearer {token}"},
        )
        assert made.status_code == 201
        assert arrived.wait(PATIENCE)
        assert "verification_token" in received[0]
        told = read_until(process, "(webhook)", process.stderr)
        server.shutdown()
    assert "/hooks  (webhook)" in told
    assert "secret=1" not in told
    assert end(process)[0] == 0


def test_a_webhook_for_another_machine_is_not_delivered_and_said_so(run: Callable[..., Process]) -> None:
    process = run("--people", "0", "--json")
    facts = facts_of(process)
    system = {name: facts[name] for name in ("client_id", "client_secret")} | {"grant_type": "system_access"}
    with httpx.Client(trust_env=False, base_url=facts["base_url"]) as http:
        token = http.post("/oauth/token", json=system).json()["access_token"]
        subscription = {"url": "https://app.acme.example/hooks", "subscription_types": ["Employee"]}
        headers = {"Authorization": f"Bearer {token}"}
        assert http.post("/v1/webhook_subscriptions", json=subscription, headers=headers).status_code == 201
    told = read_until(process, "(webhook)", process.stderr)
    assert "to this machine only" in told
    assert end(process)[0] == 0


def test_a_sandbox_that_is_kept_goes_on_after_a_kill(run: Callable[..., Process], tmp_path: Path) -> None:
    file = tmp_path / "sandbox.db"
    uri = "http://127.0.0.1:4001/callback"
    first = run("--persist", str(file), "--people", "2", "--seed", "7", "--redirect-uri", uri, "--json")
    begun = facts_of(first)
    company = begun["companies"][0]["uuid"]
    with httpx.Client(trust_env=False) as http:
        answer = http.post(
            f"{begun['control_url']}/add_people",
            headers={"Authorization": f"Bearer {begun['control_token']}"},
            json={"company": company, "count": 1},
        )
        assert answer.status_code == 200
        client = {name: begun[name] for name in ("client_id", "client_secret")}
        system = {**client, "grant_type": "system_access"}
        token = http.post(f"{begun['base_url']}/oauth/token", json=system).json()["access_token"]
    end(first, signal.SIGKILL)
    second = run("--persist", str(file), "--people", "5", "--seed", "8", "--json")
    facts = facts_of(second)
    for name in ("client_id", "client_secret", "redirect_uris", "control_token", "today"):
        assert facts[name] == begun[name]
    assert facts["companies"] == [{**begun["companies"][0], "people": 3}]
    path = f"/v1/companies/{company}/employees"
    people = httpx.get(
        f"{facts['base_url']}{path}",
        headers={"Authorization": f"Bearer {begun['access_token']}"},
        trust_env=False,
    )
    assert answer.json()["added"] == [people.json()[-1]["uuid"]]
    info = httpx.get(
        f"{facts['base_url']}/v1/token_info", headers={"Authorization": f"Bearer {token}"}, trust_env=False
    )
    assert info.status_code == 200
    code, told = end(second)
    assert code == 0
    assert "--seed 8 has no effect: the file was begun with seed 7" in told
    assert "--people 5 has no effect" in told


def test_the_redirect_uri_of_a_kept_sandbox_can_be_changed_at_a_start(
    run: Callable[..., Process], tmp_path: Path
) -> None:
    file = str(tmp_path / "sandbox.db")
    end(start_kept(run, file))
    uri = "http://127.0.0.1:4002/callback"
    for options in (["--redirect-uri", uri], []):
        process = run("--persist", file, *options, "--json")
        assert facts_of(process)["redirect_uris"] == [uri]
        assert end(process)[0] == 0


def start_kept(run: Callable[..., Process], file: str, *options: str) -> Process:
    process = run("--persist", file, "--people", "0", "--json", *options)
    facts_of(process)
    return process


def test_a_kept_sandbox_says_where_it_is_kept(run: Callable[..., Process], tmp_path: Path) -> None:
    file = tmp_path / "sandbox.db"
    process = run("--persist", str(file), "--people", "1")
    said = read_until(process, "curl ", process.stdout)
    assert f"{file} keeps everything" in said
    assert end(process)[0] == 0


def test_a_second_sandbox_on_one_file_is_refused_and_the_first_goes_on(
    run: Callable[..., Process], tmp_path: Path
) -> None:
    file = str(tmp_path / "sandbox.db")
    first = start_kept(run, file)
    second = run("--persist", file)
    said, told = second.communicate(timeout=PATIENCE)
    assert (second.returncode, said) == (2, "")
    assert file in told
    assert "another process has the file open" in told
    assert "Traceback" not in told
    assert end(first)[0] == 0


def test_a_file_of_something_else_is_refused_and_left_alone(
    run: Callable[..., Process], tmp_path: Path
) -> None:
    file = tmp_path / "partner.yaml"
    file.write_text("format: 1\n")
    process = run("--persist", str(file))
    _, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "no file of a sandbox" in told
    assert file.read_text() == "format: 1\n"
