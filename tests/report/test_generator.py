"""The Allure page as people get it: made by the real generator, and opened in a browser where there is one.

These tests need Node and the generator in this user's cache (any report that was made before put it there);
those that open the page need Chromium. Without them they are skipped, and say what is missing.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from partner_qa.cli.retelling import list_endings
from partner_qa.errors import ReportError
from partner_qa.report import generator as room
from partner_qa.report.allure_folder import finish_folder
from partner_qa.report.front import write_front
from partner_qa.report.generator import Folders, generate_page, write_task
from partner_qa.report.node import RECIPE, cache_folder, require_generator, require_node
from partner_qa.report.page_data import find_frame, find_lie
from partner_qa.report.results import Record

ATTACK = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
PROBE = "document.documentElement.dataset.ran = 'yes'"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
OPENS = """
setTimeout(() => document.querySelectorAll('[data-testid=test-result-attachment]')
  .forEach((each) => each.querySelector('button').click()), 1500)
"""


@pytest.fixture(scope="module")
def installed() -> None:
    try:
        node = require_node(os.environ)
        require_generator(
            type(node)(node=node.node, npm=()), cache=cache_folder(os.environ), environment={}, says=print
        )
    except ReportError as error:
        pytest.skip(
            f"the Allure generator is not installed here: {error}; any `partner-qa check` installs it"
        )


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    history = tmp_path / "reports" / "history.jsonl"
    return Folders(results=tmp_path / "results", page=tmp_path / "reports" / "index.html", history=history)


@pytest.fixture
def make(session: Any, folders: Folders, installed: None) -> Callable[[Record], str]:
    def make(record: Record) -> str:
        shutil.rmtree(folders.results, ignore_errors=True)
        folders.results.mkdir()
        session.folder = folders.results
        session.tell_all(record)
        finish_folder(folders.results, record)
        page = generate_page(record, folders, says=lambda text: None)
        assert page.reason == ""
        return folders.page.read_text(encoding="utf-8")

    return make


@pytest.fixture
def hostile(build: Any) -> Record:
    """A record in which an integration sent markup wherever it could."""
    finding = build.finding(message=f"does not {ATTACK}", expected=ATTACK, seen=ATTACK, hint=ATTACK)
    exchange = build.exchange(2, sent={"note": ATTACK})
    named = {"integration": {"name": ATTACK, "version": "1", "company": ATTACK}}
    run = build.run(recordings=(build.recording(exchanges=(exchange,)),), profile=named)
    verdict = build.failure(findings=(finding,), reason=f"does not {ATTACK}")
    failed: Record = build.record(((build.item(title=f"Title {ATTACK}"), verdict),), run=run)
    return failed


def test_the_page_is_found_to_tell_how_each_item_ended(make: Callable[[Record], str], build: Any) -> None:
    record = build.record()
    page, endings = make(record), list_endings(record)
    assert find_lie(page, endings) == ""
    assert find_lie(make(record), endings) == ""  # a second one, with a history
    name = next(iter(endings))
    other = replace(endings[name], status="passed" if endings[name].status != "passed" else "failed")
    assert "another ending" in find_lie(page, {**endings, name: other})


def test_the_frame_of_the_page_is_the_one_that_verify_knows(
    make: Callable[[Record], str], build: Any
) -> None:
    frame = hashlib.sha256(find_frame(make(build.record())).encode()).hexdigest()
    assert f"{frame}\n" == (RECIPE / "frame.sha256").read_text(encoding="ascii")


def test_a_page_full_of_markup_is_still_found_to_be_true(
    make: Callable[[Record], str], hostile: Record
) -> None:
    assert find_lie(make(hostile), list_endings(hostile)) == ""


class References(HTMLParser):
    """Collects what a browser would load for a page."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        wanted = {"link": "href", "object": "data", "form": "action", "base": "href"}.get(tag, "src")
        if tag != "a" and (address := given.get(wanted)):
            self.loaded.append(address)
        assert tag != "meta" or given.get("http-equiv", "").lower() != "refresh"


def browse(
    page: Path, folder: Path, *, fragment: str = "", script: str = "", is_allowed: bool = True
) -> tuple[str, list[str]]:
    """Open a page from disk; return what it became, and what the browser complained of.

    `script` is put into the page, and into its policy where `is_allowed`: a foreign one and one of ours.
    """
    if CHROMIUM is None:
        pytest.skip("there is no chromium on PATH to open the page with")
    text = page.read_text(encoding="utf-8")
    if script:
        head, _, tail = text.rpartition("</body>")
        text = f"{head}<script>{script}</script></body>{tail}"
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        if is_allowed:
            text = text.replace("script-src ", f"script-src &#x27;sha256-{digest}&#x27; ", 1)
    copy = folder / "opened.html"
    copy.write_text(text, encoding="utf-8")
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'user'}"]
    command += ["--enable-logging=stderr", "--v=0", "--virtual-time-budget=5000", "--dump-dom"]
    done = subprocess.run(
        [*command, f"{copy.as_uri()}{fragment}"], capture_output=True, text=True, timeout=120, check=True
    )
    body = re.sub(r"<script.*?</script>", "", done.stdout, flags=re.DOTALL)
    return body, [line for line in done.stderr.splitlines() if ":CONSOLE:" in line]


def test_the_page_is_one_file_that_loads_nothing(
    make: Callable[[Record], str], build: Any, folders: Folders
) -> None:
    page = make(build.record())
    references = References()
    references.feed(page)
    assert references.loaded
    assert all(each.startswith(("data:", "#")) for each in references.loaded), references.loaded
    assert {each.name for each in folders.page.parent.iterdir()} == {"index.html", "history.jsonl"}
    for word in ("googletagmanager", "google-analytics", "gtag(", "dataLayer"):
        assert word not in page
    assert "unsafe-eval" not in page.partition("</title>")[0]


def test_the_page_opens_from_disk_and_runs_its_own_scripts_only(
    make: Callable[[Record], str], build: Any, folders: Folders, tmp_path: Path
) -> None:
    make(build.record())
    body, complaints = browse(folders.page, tmp_path, script=PROBE, is_allowed=False)
    assert 'id="partner-qa-front"' not in body
    assert "Partner Checklist: Acme Time 4.2.0" in body
    assert body.index("Tokens") < body.index("Rate limits") < body.index("People and matching")
    assert "RATE-02 A 429 is waited out" in body
    assert 'data-ran="yes"' not in body
    (complaint,) = complaints
    assert "Executing inline script violates the following Content Security Policy" in complaint


def test_what_an_integration_sent_is_shown_and_does_not_run(
    make: Callable[[Record], str], hostile: Record, folders: Folders, tmp_path: Path
) -> None:
    make(hostile)
    (found,) = set(re.findall(r"data/test-results/([0-9a-f]{32})\.json", folders.page.read_text()))
    body, complaints = browse(folders.page, tmp_path, fragment=f"#{found}", script=OPENS)
    assert complaints == []
    assert 'data-testid="code-attachment-content"' in body
    assert "does not &lt;/script&gt;&lt;script&gt;document.title='owned'" in body
    assert "<title>owned" not in body
    assert 'src="x"' not in body


def test_the_first_page_stands_at_the_top_beside_allures_own(
    make: Callable[[Record], str], hostile: Record, folders: Folders, tmp_path: Path
) -> None:
    make(hostile)
    front = write_front(hostile)
    assert generate_page(hostile, folders, says=print, front=front).path == folders.page
    body, complaints = browse(folders.page, tmp_path)
    assert complaints == []
    assert body.index('id="partner-qa-front"') < body.index("What a person must decide")
    assert body.index("What a person must decide") < body.index('id="app"')
    assert "RATE-02 Title" in body.partition('id="app"')[2]
    assert "<title>owned" not in body


def test_a_second_run_shows_the_first_and_a_page_made_again_adds_none(
    make: Callable[[Record], str], build: Any, folders: Folders
) -> None:
    assert folders.history is not None
    folders.history.parent.mkdir()
    folders.history.write_text('{"uuid": "torn')  # a run that was killed; it costs nothing but itself
    make(build.record(((build.item(), build.verdict()),)))
    failed = build.record(((build.item(), build.failure()),))
    page = make(failed)
    told = [json.loads(line) for line in folders.history.read_text().splitlines()[1:] if line]
    statuses = [next(iter(each["testResults"].values()))["status"] for each in told]
    assert statuses == ["passed", "failed"]
    (data,) = re.findall(r'data/test-results/[0-9a-f]{32}\.json"?,\s*"([A-Za-z0-9+/=]+)"', page)
    result = json.loads(base64.b64decode(data))
    assert [each["status"] for each in result["history"]] == ["passed"]
    assert result["transition"] == "regressed"
    before = folders.history.read_bytes()
    assert generate_page(failed, replace(folders, adds_history=False), says=print).path == folders.page
    assert folders.history.read_bytes() == before


def test_without_node_there_is_a_reason_and_no_page(build: Any, folders: Folders, programs: Any) -> None:
    page = generate_page(build.record(), folders, says=print, environ=programs.environment)
    assert page.path is None
    assert "pip install 'gusto-partner-qa[node]'" in page.reason
    assert "\n" not in page.reason
    assert not folders.page.exists()


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("echo 'Error: no room'; exit 3", "Allure ended with exit code 3: Error: no room"),
        ("exit 1", "Allure ended with exit code 1: it said nothing"),
        ("exec /bin/sleep 300", "Allure took longer than 1 s"),
        ("exit 0", "No such file or directory"),
        ("printf '\\033[31mError: red\\033[0m'; exit 1", r"Error: red"),
    ],
)
def test_a_generator_that_fails_becomes_a_reason(
    build: Any,
    folders: Folders,
    programs: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    code: str,
    reason: str,
) -> None:
    monkeypatch.setattr(room, "_GENERATE_SECONDS", 1.0)
    programs.shell("node", f'[ "$1" = --version ] && echo v20.0.0 && exit 0\n{code}')
    programs.python("npm", programs.INSTALLS)
    environ = {**programs.environment, "PARTNER_QA_CACHE": str(tmp_path / "cache")}
    page = generate_page(build.record(), folders, says=lambda text: None, environ=environ)
    assert page.path is None
    assert reason in page.reason
    assert page.reason.isprintable()


def test_the_generator_sees_nothing_of_the_environment(
    build: Any, folders: Folders, programs: Any, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    programs.shell("node", f'[ "$1" = --version ] && echo v20.0.0 && exit 0\n/usr/bin/env > {seen}')
    programs.python("npm", programs.INSTALLS)
    environ = {**programs.environment, "PARTNER_QA_CACHE": str(tmp_path / "cache"), "GITHUB_TOKEN": "ghp_x"}
    generate_page(build.record(), folders, says=lambda text: None, environ=environ)
    assert "ghp_x" not in seen.read_text()


def test_the_task_names_no_markup_and_only_what_there_is(
    build: Any, folders: Folders, tmp_path: Path
) -> None:
    named = {"integration": {"name": "<b>A&B", "version": "1"}}
    record = build.record(run=build.run(profile=named))
    task = write_task(record, folders, modules=tmp_path, scratch=tmp_path)
    assert task["config"]["name"] == "Partner Checklist: (b)A+B 1"
    assert [each["comment"] for each in task["config"]["resolutions"]["rules"]] == [
        "waived by dana@acme.example until 2026-12-31: fixed in 4.3, out on Monday (6c2efbb1503e)"
    ]
    bare = Folders(results=folders.results, page=folders.page)
    assert "historyPath" not in write_task(record, bare, modules=tmp_path, scratch=tmp_path)["config"]
