"""One run by hand, with an item for every verdict, and characters that no view may pass on."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import allure_commons
import pytest
from allure_commons.logger import AllureFileLogger
from allure_commons.model2 import TestResult as Result
from allure_commons.reporter import AllureReporter
from allure_pytest.listener import AllureListener

from partner_qa.gate import Decision, ExitCode, Judged, Results
from partner_qa.model import (
    Attestation,
    Basis,
    Blame,
    Body,
    Evidence,
    Exchange,
    Finding,
    FiredFault,
    Item,
    Kind,
    Level,
    Outcome,
    Place,
    Proof,
    Recording,
    Request,
    Response,
    Run,
    Source,
    Target,
    Tenant,
    Verdict,
    VerifiedBy,
    Waiver,
)
from partner_qa.report.allure import describe
from partner_qa.report.results import Record

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
COMPANY = "c0000000-0000-4000-8000-000000000001"
HOSTILE = "\x1b]0;owned\x07 ]]> <script>alert(1)</script> \x00 \u202e ``` '; rm -rf ~ #"


HOSTILE_WORDS = [
    "::error::owned",
    "ok\n::add-mask::x",
    "ok%0A::error::owned",
    "ok\r\n::stop-commands::x",
    "a,title=b,line=9::owned",
    "```\n# heading",
    "<img src=x onerror=alert(1)>",
    "a | b | c",
    "![x](http://evil.example/p.png) [click](http://evil.example)",
    "@octocat #1 :tada: $x$ **bold** _it_ ~~no~~ `code`",
    "www.evil.example https://evil.example me@evil.example",
    "\u202egnp.exe \x1b[31m",
]


class Builder:
    """Makes values of one example run; every method takes what shall differ."""

    now = NOW
    hostile = HOSTILE

    def item(self, name: str = "RATE-02", **more: object) -> Item:
        whole = Item(
            id=name,
            section="rate_limit",
            title="A 429 is waited out",
            requirement="After a 429 the integration sends nothing for Retry-After seconds, then goes on.",
            level=Level.MUST,
            basis=Basis.DOCUMENTED,
            applies_to=frozenset(("all",)),
            verified_by=VerifiedBy.TEST,
            proof=Proof.ANY,
            source=Source(
                title="Rate limits",
                url="https://docs.gusto.com/app-integrations/docs/rate-limits",
                retrieved=date(2026, 11, 23),
            ),
            advice="Sleep for Retry-After seconds before any further call of the same company.",
            why="A client that hammers on loses its customers' data behind the limit.",
        )
        return replace(whole, **more)  # type: ignore[arg-type]

    def exchange(self, sequence: int, *, status: int = 200, sent: object = None, **more: object) -> Exchange:
        whole = Exchange(
            sequence=sequence,
            kind=Kind.API,
            started=NOW + timedelta(seconds=sequence),
            elapsed=0.012,
            request=Request(
                method="GET" if sent is None else "POST",
                url=f"http://127.0.0.1:4321/v1/companies/{COMPANY}/employees?page={sequence}&per=100",
                headers=(("Authorization", "Bearer <token-1>"), ("X-Gusto-API-Version", "2026-06-15")),
                body=Body.of(b"" if sent is None else json.dumps(sent).encode()),
            ),
            response=Response(
                status=status,
                reason="",
                headers=(("Content-Type", "application/json"),),
                body=Body.of(b'[{"uuid":"e1","first_name":"Zo\xc3\xab"}]'),
            ),
            operation="get-v1-companies-company_id-employees",
            grant="grant-1",
            company=COMPANY,
            account="qa-rate-limited-sync-a",
            during="sync_people",
        )
        return replace(whole, **more)  # type: ignore[arg-type]

    def recording(self, scenario: str = "rate_limited_sync", **more: object) -> Recording:
        action = self.exchange(
            1,
            kind=Kind.ACTION,
            request=Request(method="POST", url="http://127.0.0.1:4000/qa/sync-people"),
            operation=None,
            grant=None,
        )
        fault = FiredFault(name="respond", parameters={"status": 429, "retry_after": 2}, occurrence=1)
        whole = Recording(
            scenario=scenario,
            target=Target.EMBEDDED,
            started=NOW,
            ended=NOW + timedelta(seconds=9),
            tenants=(Tenant(account="qa-rate-limited-sync-a", company=COMPANY),),
            exchanges=(
                action,
                self.exchange(2, status=429, fault=fault),
                self.exchange(3),
                self.exchange(4),
            ),
        )
        return replace(whole, **more)  # type: ignore[arg-type]

    def run(self, **more: object) -> Run:
        whole = Run(
            id="20261123T120000Z",
            started=NOW,
            ended=NOW + timedelta(seconds=61),
            target=Target.EMBEDDED,
            harness="0.1.0",
            profile={
                "integration": {"name": "Acme Time", "version": "4.2.0", "company": "Acme Inc."},
                "gusto": {"api_version": "2026-06-15", "scopes": ["companies:read", "employees:read"]},
                "use_cases": ["hris", "webhooks"],
            },
            contract={"version": "2026-06-15", "source_sha256": "ab" * 32, "derivation": "derived by us"},
            checklist={"sha256": "cd" * 32, "items": 18},
            recordings=(self.recording(),),
        )
        return replace(whole, **more)  # type: ignore[arg-type]

    def finding(self, **more: object) -> Finding:
        whole = Finding(
            check="honours_retry_after",
            message="does not wait as long as the 429 asked it to",
            places=(
                Place(scenario="rate_limited_sync", sequence=2),
                Place(scenario="rate_limited_sync", sequence=3),
            ),
            expected="no request of this grant for 2 s after the 429",
            seen="2 requests, the first after 0.10 s",
            hint="sleep for Retry-After seconds before any further call of the same company",
            key="too early",
        )
        return replace(whole, **more)  # type: ignore[arg-type]

    def verdict(self, item: str = "RATE-02", outcome: Outcome = Outcome.PASS, **more: object) -> Verdict:
        whole = Verdict(
            item=item,
            outcome=outcome,
            reason="",
            evidence=Evidence.WIRE,
            scenarios=("rate_limited_sync",),
        )
        return replace(whole, **more)  # type: ignore[arg-type]

    def failure(self, item: str = "RATE-02", **more: object) -> Verdict:
        finding = self.finding()
        given: dict[str, object] = {
            "reason": finding.message,
            "findings": (finding,),
            "blame": Blame.INTEGRATION,
        }
        return self.verdict(item, Outcome.FAIL, **{**given, **more})

    def waiver(self, **more: object) -> Waiver:
        whole = Waiver(
            item="RATE-02",
            fingerprint=self.finding().fingerprint,
            owner="dana@acme.example",
            reason="fixed in 4.3, out on Monday",
            expires=date(2026, 12, 31),
        )
        return replace(whole, **more)  # type: ignore[arg-type]

    def attestation(self) -> Attestation:
        return Attestation(
            item="PROC-01",
            person="Dana Doe",
            role="Head of Product",
            given=date(2026, 11, 20),
            answer="We have a support address and answer within a day.",
            evidence=("support-page.pdf",),
        )

    def rows(self) -> tuple[tuple[Item, Verdict], ...]:
        """One row for every outcome, and one of them waived."""
        refresh = self.item("AUTH-11", section="tokens", title="A spent refresh token is never sent again")
        forged = self.item(
            "WH-02", section="webhooks", title="Forged webhooks are refused", basis=Basis.REVIEW
        )
        paged = self.item("PAGE-01", section="pagination", title="Every page of a list is read")
        matched = self.item(
            "EMP-01", section="people", title="Like names are not mixed up", level=Level.SHOULD
        )
        return (
            (refresh, self.failure("AUTH-11", waiver=self.waiver(item="AUTH-11"))),
            (self.item(), self.failure()),
            (self.item("RATE-03", title="The whole window is waited out"), self.verdict("RATE-03")),
            (paged, self.not_observed("PAGE-01")),
            (forged, self.verdict("WH-02", Outcome.NOT_APPLICABLE, reason="no use case has webhooks")),
            (matched, self.failure("EMP-01")),
            (
                self.item("ERR-04", section="errors", title="Server errors are retried"),
                self.verdict("ERR-04", Outcome.ERROR, reason="the control arm failed", blame=Blame.HARNESS),
            ),
            (
                self.item("PROC-01", section="process", title="Support can be reached"),
                self.verdict("PROC-01", Outcome.ATTESTED, attestation=self.attestation(), scenarios=()),
            ),
            (
                self.item("PROC-02", section="process", title="Customers are told of outages"),
                self.verdict("PROC-02", Outcome.NEEDS_ATTESTATION, reason="nobody answered", scenarios=()),
            ),
        )

    def not_observed(self, item: str) -> Verdict:
        return self.verdict(
            item,
            Outcome.NOT_OBSERVED,
            reason="no list of more than one page was read",
            missing=("actions.sync_people in partner.yaml",),
            evidence=None,
        )

    def results(self, rows: tuple[tuple[Item, Verdict], ...] | None = None, **more: object) -> Results:
        rows = self.rows() if rows is None else rows
        sick = self.finding(
            check="contract",
            message="answers with a field of the wrong type",
            places=(Place(scenario="rate_limited_sync", sequence=4),),
            blame=Blame.SANDBOX,
            expected="a string at $[0].uuid",
            seen="null",
            hint="",
            key="type",
        )
        whole = Results(
            run=self.run(),
            judged=tuple(
                Judged(item=item, verdict=verdict, duration=0.002, test="") for item, verdict in rows
            ),
            health=(sick,),
            decision=Decision(
                exit_code=ExitCode.FAILED,
                headline="not verified: 1 must failed",
                reasons=("RATE-02 failed", "PAGE-01 was not observed"),
                counts=Counter(verdict.outcome for _, verdict in rows),
            ),
        )
        return replace(whole, **more)  # type: ignore[arg-type]

    def record(self, rows: tuple[tuple[Item, Verdict], ...] | None = None, **more: object) -> Record:
        titles = {"rate_limit": "Rate limits", "tokens": "Tokens", "people": "People and matching"}
        return Record(results=self.results(rows, **more), titles=titles, versions={"partner-qa": "0.1.0"})

    def hostile_record(self) -> Record:
        """A record in which every foreign text is as bad as it gets."""
        bad = HOSTILE + "x" * 1_000_000
        request = Request(
            method="POST", url=f"http://h/{HOSTILE}", headers=(("X-A", bad),), body=Body.of(bad.encode())
        )
        exchange = self.exchange(2, request=request, response=Response(status=200, reason=HOSTILE))
        finding = self.finding(message=f"does not {HOSTILE}", expected=bad, seen=bad, hint=HOSTILE)
        verdict = self.failure(
            findings=(finding,), reason=bad, missing=(bad,), waiver=self.waiver(owner=HOSTILE, reason=bad)
        )
        run = self.run(
            recordings=(self.recording(exchanges=(exchange,)),),
            profile={"integration": {"name": HOSTILE, "version": bad, "company": bad}},
        )
        return self.record(((self.item(), verdict),), run=run, health=(finding,))


class Session:
    """Plays allure-pytest's part: holds one result open while `describe` is called, then writes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def tell(self, *arguments: Any, status: str = "failed", **options: Any) -> dict[str, Any]:
        before = set(self.folder.glob("*-result.json"))
        listener = AllureListener(config=_NoConfig())
        reporter: AllureReporter = listener.allure_logger
        writer = AllureFileLogger(str(self.folder))
        allure_commons.plugin_manager.register(listener)
        allure_commons.plugin_manager.register(writer)
        try:
            uuid = f"result-{len(before)}"
            reporter.schedule_test(uuid, Result(name="test", uuid=uuid, status=status))
            describe(*arguments, **options)
            reporter.close_test(uuid)
        finally:
            allure_commons.plugin_manager.unregister(listener)
            allure_commons.plugin_manager.unregister(writer)
        (path,) = set(self.folder.glob("*-result.json")) - before
        result: dict[str, Any] = json.loads(path.read_text())
        return result

    def read(self, attachment: dict[str, str]) -> str:
        return (self.folder / attachment["source"]).read_text()

    def tell_all(self, record: Record) -> None:
        """Write a result for every item of a record, as a judging session does."""
        said = {Outcome.PASS: "passed", Outcome.ATTESTED: "passed", Outcome.NOT_APPLICABLE: "skipped"}
        said[Outcome.FAIL] = "failed"
        for each in record.results.judged:
            status = said.get(each.verdict.outcome, "broken")
            self.tell(each.item, each.verdict, record.results.run, status=status, titles=record.titles)


class _NoConfig:
    class option:  # noqa: N801 - pytest's name
        allure_link_pattern: tuple[str, ...] = ()


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(tmp_path)


INSTALLS = """
import json, pathlib, time
here = pathlib.Path.cwd()
(here.parent / "calls").open("a").write("x")
for name in json.loads((here / "package-lock.json").read_text())["packages"]:
    folder = here / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").touch()
"""


class Programs:
    """Programs that play Node and npm on a bad day, and the environment in which only they are found."""

    INSTALLS = INSTALLS

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True)
        self.environment = {"PATH": str(folder), "HOME": str(folder.parent)}

    def python(self, name: str, code: str) -> Path:
        return self._write(name, f"#!{sys.executable} -I\n{code}\n")

    def shell(self, name: str, code: str) -> Path:
        return self._write(name, f"#!/bin/sh\n{code}\n")

    def node(self, version: str = "v20.11.0") -> Path:
        return self.shell("node", f"echo {version}")

    def _write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    @staticmethod
    def has_ended(pid: int, *, within: float = 5.0) -> bool:
        """Wait until a process is gone, or dead and not yet collected by its parent."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return True
            state = Path(f"/proc/{pid}/stat")
            if state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
            time.sleep(0.02)
        return False


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    return Programs(tmp_path / "bin")


@pytest.fixture
def build() -> Builder:
    return Builder()


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compare a text with a file under golden/; `UPDATE_GOLDEN=1` writes the file instead."""

    def compare(name: str, text: str) -> None:
        path = Path(__file__).parent / "golden" / name
        if os.environ.get("UPDATE_GOLDEN"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture(params=HOSTILE_WORDS)
def hostile_words(request: pytest.FixtureRequest) -> str:
    """Give texts that would act on GitHub: commands to its runner, Markdown, HTML, mentions, links."""
    return str(request.param)
