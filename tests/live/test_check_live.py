"""`partner-qa check --sandbox live` as its user meets it: consent, refusals, a sick remote, a defect."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from partner_qa.cassette.files import load_run
from partner_qa.cli.main import run_command_line
from partner_qa.model import Kind
from partner_qa.profile.profile import load_profile

CREDENTIALS = {"PARTNER_QA_CLIENT_ID": "a-client", "PARTNER_QA_CLIENT_SECRET": "a-secret-nobody-may-read"}


def is_listening(desk: Any) -> bool:
    """Whether the integration still takes connections."""
    address = load_profile(desk.profile).gusto.redirect_uris[0].split("/")[2].split(":")
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((address[0], int(address[1]))) == 0


# consent


def test_without_the_embedded_run_what_is_not_live_is_not_observed(desk: Any) -> None:
    """The person denies first, and may then still allow; `--quiet` hides no address."""
    person = desk.Person(decides=lambda _: ("deny", "allow"))
    with desk.remote() as remote:
        done = desk.check(
            remote, "--only", "PAGE-01", "--only", "ERR-04", "--no-report", "--quiet", person=person
        )
    assert done.code == 3, done.err
    assert done.outcomes == {"PAGE-01": "pass", "ERR-04": "not_observed"}
    assert done.verdicts["ERR-04"]["missing"] == [
        "scenario server_errors_sync (left out by --only PAGE-01, --only ERR-04)"
    ]
    assert len(person.opened) == 1
    assert "starting" not in done.err


def test_nobody_consents_in_time(desk: Any) -> None:
    with desk.remote() as remote:
        done = desk.check(remote, "--only", "PAGE-01", "--only", "RATE-02", "--wait", "1", "--no-report")
    assert done.code == 3, done.err
    assert set(done.outcomes.values()) == {"not_observed"}
    assert "This run waits 1 s for it." in done.err
    for verdict in done.verdicts.values():
        assert "a person who signs in and presses Allow" in verdict["missing"]
    assert done.err.count("In a browser on this machine, open") == 1


def test_a_run_can_be_interrupted_while_it_waits(desk: Any) -> None:
    with desk.remote() as remote:
        process = desk.start(
            "--only", "PAGE-01", "--no-report", base_url=remote.base_url, environ=remote.credentials
        )
        done = desk.finish(process, desk.Person(decides=lambda _: process.send_signal(signal.SIGINT) or ()))
    assert done.code == 130, done.err
    assert "Traceback" not in done.err
    assert f"partner-qa judge {done.folder}" in done.err
    assert load_run(done.folder).find("large_company_sync") is not None
    assert not is_listening(desk)


def test_one_account_for_all_is_enough(desk_of: Callable[[Mapping[str, str]], Any]) -> None:
    desk = desk_of(
        {
            "tenancy: {mode: per_scenario}": "tenancy: {mode: single, account: the-one}",
            "\nactions:\n": "\nactions:\n  reset: {post: http://127.0.0.1:4010/qa/create-account, "
            'json: {account: "{account}"}}\n',
        }
    )
    person = desk.Person()
    with desk.remote() as remote:
        done = desk.check(remote, "--only", "PAGE-01", "--only", "RATE-02", "--no-report", person=person)
    assert done.code == 0, done.err
    assert len(person.opened) == 1
    assert "account=the-one" in person.opened[0]


# a finding on live


def test_a_defect_seen_on_live_only_fails_the_merged_run_and_can_be_looked_up(desk: Any) -> None:
    embedded = desk.embedded_run()
    with desk.remote() as remote:
        done = desk.check(
            *(remote, "--only", "PAGE-01", "--merge", str(embedded)),
            person=desk.Person(),
            ACME_DEFECTS="first_page_only",
        )
    assert done.code == 1, done.err
    verdict = done.verdicts["PAGE-01"]
    assert verdict["outcome"] == "fail"
    places = [place for finding in verdict["findings"] for place in finding["places"]]
    assert places
    assert all(place.startswith("large_company_sync_on_live#") for place in places)
    pages = [(done.folder / name).read_text("utf-8") for name in ("static.html", "junit.xml")]
    for place in places:
        assert place in done.results["exchanges"]
        assert all(place in page for page in pages)
        assert place in done.out
    (result,) = (done.folder / "allure-results").glob("*-result.json")
    told = json.loads(result.read_bytes())
    assert told["status"] == "failed"
    assert places[0] in told["description"]
    assert any(places[0] in each["name"] for step in told["steps"] for each in step.get("attachments", ()))


# a remote that fails


def test_a_remote_that_was_stopped_before_is_an_unusable_sandbox(desk: Any) -> None:
    with desk.remote() as remote:
        remote.end()
        done = desk.check(remote, "--no-report")
    assert done.code == 5, done.err
    assert f"{remote.base_url} does not answer" in done.err
    assert "partner-qa judge" not in done.err
    assert "Traceback" not in done.err


def test_a_remote_that_is_killed_in_the_middle_is_never_the_integrations_fault(desk: Any) -> None:
    with desk.remote() as remote:
        done = desk.check(
            *(remote, "--only", "RATE-02", "--only", "AUTH-10", "--no-report"),
            person=desk.Person(leaves=remote.end),
        )
    assert done.code == 5, done.err
    assert "does not answer" in done.err
    assert f"partner-qa judge {done.folder}" in done.err
    run = load_run(done.folder)
    assert run.ended is None  # it did not come to its end
    statuses = [call.response.status for each in run for call in each.of_kind(Kind.API)]
    assert 200 in statuses
    judged = desk.run("judge", "--json", str(done.folder))
    outcomes = {each["item"]["id"]: each["verdict"] for each in json.loads(judged.out)["items"]}
    assert all(each["blame"] != "integration" for each in outcomes.values())
    assert not is_listening(desk)


@contextmanager
def answering(status: int, body: bytes = b"{}") -> Iterator[str]:
    """A host that answers everything alike; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the library's name

        def log_message(self, *_: Any) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def type_check(
    desk: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Type `check` into this very process; what it would start must never be reached."""
    for name in [each for each in os.environ if each.startswith("PARTNER_QA_")]:
        monkeypatch.delenv(name)
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)

    def type_it(*options: str) -> tuple[int, str]:
        words = ("check", "--profile", str(desk.profile), "--output", str(desk.output), *options)
        code = run_command_line(words)
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        assert CREDENTIALS["PARTNER_QA_CLIENT_SECRET"] not in told.err + told.out
        assert not is_listening(desk)
        return code, told.err

    return type_it


def test_a_remote_that_answers_503_is_an_unusable_sandbox(type_check: Callable[..., tuple[int, str]]) -> None:
    with answering(503) as address:
        code, told = type_check("--sandbox", "live", "--base-url", address)
    assert code == 5
    assert "answers 503 to /oauth/token" in told


def test_wrong_credentials_are_a_mistake_of_configuration(type_check: Callable[..., tuple[int, str]]) -> None:
    with answering(401, b'{"error": "invalid_client"}') as address:
        code, told = type_check("--sandbox", "live", "--base-url", address)
    assert code == 2
    assert "PARTNER_QA_CLIENT_SECRET: is refused by 127.0.0.1 (invalid_client)" in told
    assert "Developer Portal" in told


@pytest.mark.parametrize("missing", sorted(CREDENTIALS))
def test_missing_credentials_are_named(
    missing: str, type_check: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(missing, "")
    code, told = type_check("--sandbox", "live")
    assert code == 2
    assert f"{missing}: is not set in the environment" in told
    assert all(each not in told for each in CREDENTIALS if each != missing)


@pytest.mark.parametrize(
    "address",
    [
        "https://api.gusto.com",
        "https://API.Gusto.COM./v1",
        "http://api.gusto.com:8080",
        "https://app.gusto.com",
        "https://gusto.com",
    ],
)
def test_production_is_refused_before_anything_is_started(
    address: str, type_check: Callable[..., tuple[int, str]], desk: Any
) -> None:
    code, told = type_check("--sandbox", "live", "--base-url", address)
    assert code == 5
    assert "is production, and is never driven against" in told
    assert not desk.output.exists()


def test_an_embedded_run_takes_no_base_url(type_check: Callable[..., tuple[int, str]]) -> None:
    code, told = type_check("--base-url", "http://127.0.0.1:1")
    assert code == 2
    assert "Add --sandbox live." in told


# what cannot be merged is said before anybody is asked for consent


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"target": "live"}, "the run is on the live sandbox"),
        ({"checklist": {"sha256": "0" * 64, "items": 1}}, "another edition of the checklist"),
        ({"profile": {}}, "integration of partner.yaml was another"),
    ],
)
def test_a_run_that_cannot_be_merged_is_refused_at_once(
    change: dict[str, Any], said: str, type_check: Callable[..., tuple[int, str]], desk: Any
) -> None:
    embedded = desk.embedded_run()
    told = json.loads((embedded / "run.json").read_bytes())
    (embedded / "run.json").write_text(json.dumps({**told, **change}), "utf-8")
    code, err = type_check("--sandbox", "live", "--base-url", "http://127.0.0.1:1", "--merge", str(embedded))
    assert code == 2
    assert said in err
    assert not desk.output.exists()


def test_what_is_no_run_cannot_be_merged(
    type_check: Callable[..., tuple[int, str]], tmp_path: Path, desk: Any
) -> None:
    code, _ = type_check("--sandbox", "live", "--merge", str(tmp_path / "nowhere"))
    assert code == 2
    code, told = type_check("--merge", str(desk.embedded_run()))
    assert code == 2
    assert "--merge goes with --sandbox live" in told
