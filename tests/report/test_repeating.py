"""The lines that people paste into a shell, run in a real shell."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import pytest

from partner_qa.gate import Judged
from partner_qa.merging import merge_runs
from partner_qa.model import Body, Exchange, Kind, Outcome, Place, Request, Target, VerifiedBy
from partner_qa.report.exchanges import cut
from partner_qa.report.repeating import check_command, find_curl_line, next_command

SHELL = shutil.which("sh") or ""


def arguments_of(line: str) -> list[str]:
    """Have a real shell split the line; `curl` is a function that prints its arguments."""
    script = f"""curl() {{ for each in "$@"; do printf '%s\\0' "$each"; done; }}
API_BASE=http://127.0.0.1:1
ACCESS_TOKEN=secret
QA_TOKEN=qa
{line}
"""
    done = subprocess.run([SHELL, "-c", script], capture_output=True, check=True, timeout=20)
    assert done.stderr == b""
    return done.stdout.decode().split("\0")[:-1]


def line_of(exchange: Exchange) -> str:
    line = find_curl_line(exchange)
    assert line is not None
    return line


def test_one_item_is_judged_again_by_its_id() -> None:
    assert check_command("RATE-02") == "partner-qa check --only RATE-02"
    assert check_command("a; rm -rf ~") == "partner-qa check --only 'a; rm -rf ~'"


def test_a_request_is_repeated_with_the_readers_own_token_and_base(build: Any) -> None:
    line = line_of(build.exchange(2))
    assert '"Authorization: Bearer $ACCESS_TOKEN"' in line
    given = arguments_of(line)
    url = given[given.index("--url") + 1]
    assert url.startswith("http://127.0.0.1:1/v1/companies/")
    assert url.endswith("/employees?page=2&per=100")
    assert "Authorization: Bearer secret" in given
    assert "X-Gusto-API-Version: 2026-06-15" in given


def test_a_body_is_sent_as_it_was(build: Any) -> None:
    body = {"name": 'it\'s $HOME `id` "quoted" \\ end'}
    given = arguments_of(line_of(build.exchange(2, sent=body)))
    assert given[given.index("--data-raw") + 1] == build.exchange(2, sent=body).request.body.content.decode()


@pytest.mark.parametrize(
    "inject", ["'; touch pwned #", "$(touch pwned)", "`touch pwned`", "\n touch pwned", "&"]
)
def test_no_part_of_a_request_is_run_by_the_shell(build: Any, inject: str, tmp_path: Any) -> None:
    request = Request(
        method="POST",
        url=f"http://127.0.0.1:9/v1/{inject}?q={inject}",
        headers=(("X-Test", inject), (inject, "x"), ("Authorization", inject)),
        body=Body.of(inject.encode()),
    )
    given = arguments_of(line_of(build.exchange(1, request=request)))
    assert given[0] == "-sS"
    assert given[given.index("--data-raw") + 1] == inject
    assert not [each for each in given if each.startswith("touch") or each == "pwned"]


def test_curl_reads_no_file_and_globs_nothing(build: Any) -> None:
    request = Request(
        method="POST",
        url="http://h/v1/{a,b}/[1-9]",
        headers=(("@etc", "x"), ("X-A", "@/etc/passwd")),
        body=Body.of(b"@/etc/passwd"),
    )
    line = line_of(build.exchange(1, request=request))
    assert " -g " in line
    assert "--data-raw @/etc/passwd" in line
    assert "@etc" not in line


def test_a_body_that_is_long_or_not_text_is_not_put_on_the_line(build: Any) -> None:
    for content in (b"x" * 1_000_000, b"\xff\x00", b"\x1b[2J"):
        request = Request(method="POST", url="http://h/v1/a", body=Body.of(content))
        line = line_of(build.exchange(1, request=request))
        assert "--data-binary @body" in line
        assert line.isprintable()


def test_what_the_harness_asked_takes_its_own_token(build: Any) -> None:
    request = Request(
        method="POST", url="http://127.0.0.1:4000/qa/sync", headers=(("Authorization", "Bearer <qa>"),)
    )
    given = arguments_of(line_of(build.exchange(1, kind=Kind.ACTION, request=request)))
    assert "Authorization: Bearer qa" in given
    assert "http://127.0.0.1:4000/qa/sync" in given


@pytest.mark.parametrize("url", ["process:kill", "http://[bad/", "file:///etc/passwd", "http://h/\ud800"])
def test_what_is_not_http_has_no_curl_line(build: Any, url: str) -> None:
    assert find_curl_line(build.exchange(1, request=Request(method="RUN", url=url))) is None


def test_a_method_that_is_no_token_has_no_curl_line(build: Any) -> None:
    request = Request(method="GET /; id", url="http://h/v1")
    assert find_curl_line(build.exchange(1, request=request)) is None


def test_what_was_started_by_hand_is_started_by_hand_again(build: Any) -> None:
    run = build.run(profile={"file": "qa.yaml", "by_hand": {"port": 8910}})
    assert check_command("WH-02", run) == "partner-qa check --profile qa.yaml --by-hand --only WH-02"


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (None, "partner-qa check --only PAGE-01"),
        ("qa/partner.yaml", "partner-qa check --profile qa/partner.yaml --only PAGE-01"),
        ("my qa/it's.yaml", "partner-qa check --profile 'my qa/it'\"'\"'s.yaml' --only PAGE-01"),
    ],
)
def test_the_command_names_the_profile_that_was_judged(build: Any, file: str | None, told: str) -> None:
    run = build.run(profile={} if file is None else {"file": file})
    assert check_command("PAGE-01", run) == told


def test_what_failed_on_the_live_sandbox_is_driven_there_again(build: Any) -> None:
    run = build.run(target=Target.LIVE, base_url="https://api.gusto-demo.com")
    assert check_command("WH-02", run) == "partner-qa check --sandbox live --only WH-02"
    elsewhere = build.run(target=Target.LIVE, base_url="https://other.example/a b")
    told = check_command("WH-02", elsewhere)
    assert told == "partner-qa check --sandbox live --base-url 'https://other.example/a b' --only WH-02"


@pytest.mark.parametrize(
    ("scenario", "told"),
    [
        ("rate_limited_sync", "partner-qa check --only RATE-02"),
        ("rate_limited_sync_on_live", "partner-qa check --sandbox live --only RATE-02"),
    ],
)
def test_of_a_merged_run_the_sandbox_that_a_finding_was_seen_on_is_driven(
    build: Any, scenario: str, told: str
) -> None:
    seen_live = build.run(target=Target.LIVE, recordings=(build.recording(target=Target.LIVE),))
    run = merge_runs(build.run(), seen_live)
    finding = build.finding(places=(Place(scenario=scenario, sequence=2),))
    assert check_command("RATE-02", run, build.failure(findings=(finding,))) == told


def test_what_nobody_has_answered_is_answered_and_not_driven(build: Any) -> None:
    item = build.item("PROC-02", verified_by=VerifiedBy.ATTESTATION)
    run = build.run(profile={"file": "qa/partner.yaml"})
    asked = Judged(item=item, verdict=build.verdict("PROC-02", Outcome.NEEDS_ATTESTATION))
    told = "partner-qa attest --profile qa/partner.yaml --item PROC-02"
    assert next_command(asked, run) == ("answer", told)
    assert next_command(Judged(item=item, verdict=build.verdict("PROC-02", Outcome.ATTESTED)), run) is None
    tested = Judged(item=build.item(), verdict=build.failure())
    told = "partner-qa check --profile qa/partner.yaml --only RATE-02"
    assert next_command(tested, run) == ("repeat", told)


@pytest.mark.parametrize(
    "request_of",
    [
        Request(method="GET", url="http://h/v1/" + "u" * 10_000),
        Request(method="GET", url="http://h/v1", headers=(("X-A", "v" * 1_000),)),
        Request(method="GET", url="http://h/v1", headers=(("X-A", "v"),) * 40),
    ],
)
def test_half_a_request_is_no_request(build: Any, request_of: Request) -> None:
    whole = build.exchange(1, request=request_of)
    assert find_curl_line(whole) is not None
    assert find_curl_line(cut(whole)) is None


def test_what_the_harness_read_for_itself_is_nothing_to_repeat(build: Any) -> None:
    assert find_curl_line(build.exchange(1, kind=Kind.AUDIT)) is None


def test_a_profile_whose_path_is_not_utf_8_is_still_a_line_that_can_be_written(build: Any) -> None:
    run = build.run(profile={"file": "qa \udce9/partner.yaml"})
    assert check_command("WH-02", run) == "partner-qa check --profile 'qa \\udce9/partner.yaml' --only WH-02"
