"""Integrations that do their worst: `check` says what happened, in words, and leaves nothing behind."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import psutil
import pytest

from partner_qa.adapter.log import LIMIT
from partner_qa.cassette.files import load_run
from partner_qa.gate import ExitCode
from partner_qa.model import Kind

SYNCS = ("--only", "PAGE-01")


def check(desk: Any, does: str, *words: str, **changes: Any) -> Any:
    """Check a product, and find no stack, no control character and no process that is left."""
    ran = desk.check(does, *(words or SYNCS), **changes)
    assert "Traceback" not in ran.words
    assert (ran.out + ran.err).replace("\n", "").isprintable()
    desk.wait_for(lambda: not leftovers(desk))
    return ran


def leftovers(desk: Any) -> list[psutil.Process]:
    """Return the processes that listen on the product's port, or were told of it."""
    found = []
    for each in psutil.process_iter():
        try:
            if each.environ().get("PORT") == str(desk.port) and each.status() != psutil.STATUS_ZOMBIE:
                found.append(each)
        except (psutil.Error, OSError):
            continue
    return found


@pytest.mark.parametrize(
    ("does", "words"),
    [
        ("answers_garbage", "actions.sync_people: answered 200 without JSON"),
        ("answers_escapes", "$.status is not one of the allowed values"),
        ("hangs_up", "broke off or does not speak HTTP"),
        ("sends_bad_headers", "broke off or does not speak HTTP"),
        ("sends_50_megabytes", "answered with more than 10,000,000 bytes"),
    ],
)
def test_an_answer_of_no_use_is_told_and_nothing_passes(desk: Any, does: str, words: str) -> None:
    ran = check(desk, does)
    assert ran.code == ExitCode.INCOMPLETE
    assert words in ran.words
    assert "see logs/ in the run's folder" in ran.words
    assert "1 item: 1 not observed" in ran.out
    assert words in load_run(desk.newest).find("large_company_sync").reason
    assert sum(each.stat().st_size for each in desk.newest.rglob("*") if each.is_file()) < 2_000_000


def test_secrets_of_its_own_environment_are_nowhere(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUB_API_TOKEN", "sk-test-of-somebody-else-0123456789")
    ran = check(desk, "shows_its_environment", run={"pass_env": ["STUB_API_TOKEN"]})
    (told,) = load_run(desk.newest).find("large_company_sync").of_kind(Kind.ACTION)
    assert b"STUB_API_TOKEN" in told.response.body.content
    written = b"".join(each.read_bytes() for each in desk.newest.rglob("*") if each.is_file())
    assert b"sk-test-of-somebody-else" not in written + ran.words.encode()


def test_an_answer_that_never_comes_is_not_waited_for_beyond_the_cap(desk: Any) -> None:
    ran = check(desk, "never_answers", timing={"cap": 1})
    assert ran.code == ExitCode.INCOMPLETE
    assert "did not answer within 1 s" in ran.words
    assert "or raise timing.cap" in ran.words


def test_a_process_that_ends_is_said_to_have_and_is_started_again_for_the_next_scenario(desk: Any) -> None:
    ran = check(desk, "exits", *SYNCS, "--only", "AUTH-03", "--only", "RATE-02", timing={"cap": 5})
    assert ran.code == ExitCode.INCOMPLETE
    assert "run.processes.web: ended by itself, with exit code 3. Its last lines were: seg" in ran.words
    run = load_run(desk.newest)
    for scenario in ("large_company_sync", "rate_limited_sync"):  # each got as far as the first
        urls = [each.request.url for each in run.find(scenario).exchanges]
        assert any("/oauth/token" in each for each in urls)
    assert "3 items: 1 pass, 2 not observed" in ran.words


def test_a_process_that_ends_at_once_shows_its_last_words(desk: Any) -> None:
    ran = check(desk, "exits_at_once")
    assert ran.code == ExitCode.USAGE
    assert r"a module is missing: \x1b[31mflask" in ran.words
    assert f"No scenario was recorded; what the integration wrote is in {desk.newest / 'logs'}." in ran.err


def test_a_process_that_is_never_ready_is_not_waited_for_for_ever(desk: Any) -> None:
    ran = check(desk, "is_never_ready", run={"ready": {"url": f"{desk.base}/health", "timeout": 1}})
    assert ran.code == ExitCode.USAGE
    assert "was not ready within 1 s" in ran.words


def test_a_command_that_does_not_exist_names_its_key(desk: Any) -> None:
    ran = check(desk, "", run={"processes": {"web": ["no-such-program"]}})
    assert ran.code == ExitCode.USAGE
    assert "run.processes.web: no-such-program cannot be run: No such file or directory" in ran.words


@pytest.mark.parametrize("does", ["goes_to_the_background", "leaves_forks", "floods_its_output"])
def test_an_odd_integration_that_works_is_judged_and_leaves_nothing(desk: Any, does: str) -> None:
    assert check(desk, does).code == ExitCode.VERIFIED
    assert sum(each.stat().st_size for each in (desk.newest / "logs").iterdir()) < LIMIT + 100_000


def test_a_flood_of_calls_is_recorded_and_answered_in_kind(desk: Any) -> None:
    ran = check(desk, "floods_the_sandbox")
    assert ran.code == ExitCode.INCOMPLETE
    recording = load_run(desk.newest).find("large_company_sync")
    assert sum("/v1/flood" in each.request.url for each in recording.exchanges) == 300


@pytest.mark.parametrize(
    ("does", "words"),
    [
        ("redirects_for_ever", "actions.connect: redirects more than 20 times"),
        ("leads_to_production", "leads to api.gusto.com, Gusto's production, which is never visited"),
    ],
)
def test_a_connect_button_that_leads_astray_ends_the_run(desk: Any, does: str, words: str) -> None:
    ran = check(desk, does)
    assert ran.code == ExitCode.USAGE
    assert words in ran.words
    assert f"what the integration wrote is in {desk.newest / 'logs'}" in ran.words


def test_whoever_asks_production_past_the_harness_is_refused_and_passes_nothing(desk: Any) -> None:
    ran = check(desk, "asks_production")
    assert ran.code == ExitCode.INCOMPLETE
    assert "what the integration asks api.gusto.com for itself, past the harness" in ran.words
    recording = load_run(desk.newest).find("large_company_sync")
    asked = next(each for each in recording.exchanges if each.request.url == "egress:api.gusto.com")
    assert (asked.response.status, asked.facts["production"]) == (403, True)


def test_a_profile_that_names_production_is_refused_before_anything_is_started(desk: Any) -> None:
    ran = desk.check("", actions={"sync_people": {"post": "https://api.gusto.com/v1/sync"}})
    assert ran.code == ExitCode.USAGE
    assert "actions.sync_people.post" in ran.words
    assert "partner.yaml:" in ran.words
    assert not desk.output.exists()


def test_a_taken_port_is_said_with_who_has_it(desk: Any) -> None:
    with socket.create_server(("127.0.0.1", desk.port)):
        ran = desk.check("", *SYNCS)
    assert ran.code == ExitCode.USAGE
    assert f"something else listens at 127.0.0.1:{desk.port} already (process {os.getpid()})" in ran.words
    assert "Stop it, or change the port in partner.yaml" in ran.words


def test_a_name_with_escapes_does_nothing_to_whoever_reads_it(desk: Any) -> None:
    name = "Evil \x1b[2J\u202e]]><script>alert(1)</script>\n::error::owned"
    identity = {"name": name, "version": "1", "company": "Stub Inc.", "contact": "a@b.example"}
    ran = desk.check("", *SYNCS, integration=identity)
    assert ran.code in (ExitCode.VERIFIED, ExitCode.USAGE)
    assert (ran.out + ran.err).replace("\n", "").isprintable()
    assert "\n::error::" not in ran.out + ran.err


def test_the_control_arm_that_cannot_start_is_said_and_the_failure_stands(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr("partner_qa.cli.control._find_free_port", lambda: port)
        ran = desk.check("reads_one_page", *SYNCS)
    assert ran.code == ExitCode.FAILED
    assert "the control arm could not be driven, so what failed was not compared with it" in ran.err
    assert "something else listens at" in ran.err
    again = desk.run("judge", desk.newest)
    assert again.code == ExitCode.FAILED
    assert "says the same of 1 item" in again.err


class TestDisk:
    """A disk that is full: here, files that cannot grow beyond a size (RLIMIT_FSIZE)."""

    COMMAND = (
        "import resource, sys; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size})); "
        "from partner_qa.cli.main import main; main()"
    )

    @pytest.mark.parametrize("size", [0, 3_000, 20_000, 120_000])
    def test_what_was_recorded_until_then_is_whole_and_it_is_said(self, desk: Any, size: int) -> None:
        command = (desk.command[0], "-c", self.COMMAND.format(size=size))
        ran = desk.start(*desk.words("", "--only", "AUTH-03", *SYNCS), command=command).end()
        assert "Traceback" not in ran.err
        assert ran.code not in (ExitCode.VERIFIED, ExitCode.FAILED)
        assert "File too large" in ran.words, ran
        assert str(desk.newest) in ran.err
        if size > 3_000:
            assert load_run(desk.newest).recordings
        assert not leftovers(desk)


def test_hostile_words_reach_no_report_unwritten(desk: Any) -> None:
    check(desk, "answers_escapes")
    folder: Path = desk.newest
    for name in ("static.html", "junit.xml", "results.json"):
        text = (folder / name).read_text("utf-8")
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "<script" not in text or name.endswith(".json")
