"""A bench to judge on: items, runs and suites made by hand; recordings say what a test shall find.

And a middleware round every sandbox of every test: an answer that is none of its operation fails the test.
"""

from __future__ import annotations

import functools
import json
import os
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from partner_qa.cassette.files import CassetteWriter, write_run
from partner_qa.checklist import Checklist, Section
from partner_qa.contract.catalogue import Contract, load_contract
from partner_qa.contract.operation import Operation, Token
from partner_qa.gate import Results
from partner_qa.judge import judge_run
from partner_qa.model import (
    Attestation,
    Basis,
    Body,
    Exchange,
    Finding,
    FiredFault,
    Item,
    Kind,
    Level,
    Outcome,
    Proof,
    Recording,
    Request,
    Response,
    Run,
    Source,
    Target,
    Verdict,
    VerifiedBy,
    Waiver,
)
from partner_qa.sandbox.app import Sandbox

# The files whose tests take ten seconds and more in all, the longest first.
LONGEST = (
    "live/test_both_targets.py",
    "live/test_submission.py",
    "live/test_page.py",
    "house/test_docs.py",
    "examples/test_shift_board.py",
    "live/test_check_live.py",
    "cli/test_interrupted.py",
    "sandbox/proof/test_schemathesis.py",
    "cli/bundling/test_tampering.py",
    "cli/test_bad_integrations.py",
    "cassette/test_files.py",
    "examples/test_acme_defects.py",
    "cli/bundling/test_packing.py",
    "house/test_spoilers.py",
    "sandbox/proof/answers/test_wrong_values.py",
    "house/test_benchmarks.py",
    "report/test_generator.py",
    "cli/test_check.py",
    "cli/bundling/test_committed_run.py",
    "test_plugin.py",
    "cli/test_judge.py",
    "cli/test_kill_matrix.py",
    "house/test_agreement.py",
    "cli/test_sandbox.py",
    "cli/test_diff.py",
    "cli/test_exit_codes.py",
    "report/test_writing.py",
)
LIVE_RUN = LONGEST[:3]  # look at one run, which takes a minute: they are one worker's

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

SCENARIOS = '''
from partner_qa.suite import scenario

@scenario(title="A sync", needs=())
def sync(stage):
    """1. Sync."""

@scenario(title="Another", needs=())
def other(stage):
    """1. Sync otherwise."""
'''

# Each test does what the situation of its recording says, under the name of the item.
SUITE = '''
import pytest
from partner_qa.errors import NotObserved
from partner_qa.model import Blame, Finding, Place, Recording, Run
from partner_qa.suite import item, require

def unspoiled(recording):
    return recording

def find(recording, key="late"):
    place = Place(scenario=recording.scenario, sequence=1)
    return Finding(check="is_on_time", message="does not come in time", places=(place,), key=key)

def do_as_told(recording, name):
    told = recording.situation.get(name, "pass")
    if told == "fail":
        require([find(recording)])
    if told == "fail twice":
        require([find(recording), find(recording, "later")])
    if told == "absent":
        require([Finding(check="comes", message="does not come", key="absent")])
    if told == "configured":
        require([Finding(check="is_set", message="does not fit", blame=Blame.CONFIGURATION)])
    if told == "unseen":
        raise NotObserved("it never arose", missing=("actions.sync in partner.yaml",))
    if told == "crash":
        raise ZeroDivisionError("a mistake of ours")
    if told == "skip":
        pytest.skip("not today")

@item("PAGE-01", spoiled_by=unspoiled)
def test_reads(sync: Recording) -> None:
    """Look at the sync."""
    do_as_told(sync, "PAGE-01")

@item("PAGE-02", spoiled_by=unspoiled)
def test_reads_all(run: Run) -> None:
    """Look at everything."""
    for recording in run:
        do_as_told(recording, "PAGE-02")
'''


class Bench:
    """Makes values; every method takes what shall differ."""

    now = NOW
    today: date = NOW.date()

    def __init__(self, folder: Path, contract: Contract) -> None:
        self.folder = folder
        self.contract = contract

    def item(self, name: str = "PAGE-01", **more: Any) -> Item:
        whole = Item(
            id=name,
            section="pages",
            title="Pages are read",
            requirement="Every page is read.",
            level=Level.MUST,
            basis=Basis.DOCUMENTED,
            applies_to=frozenset(("all",)),
            verified_by=VerifiedBy.TEST,
            proof=Proof.ANY,
            source=Source(title="Pages", url="https://docs.gusto.com/pages", retrieved=self.today),
            advice="Read them.",
        )
        return replace(whole, **more)

    def checklist(self, *items: Item) -> Checklist:
        given = items or (self.item(), self.item("PAGE-02"))
        names = dict.fromkeys(item.section for item in given)
        return Checklist(
            items=given,
            sections=tuple(Section(name=each, title=each.title(), order=1) for each in names),
            identity={"sha256": "cd" * 32, "items": len(given)},
        )

    def call(self, sequence: int = 1, *, status: int = 200, fault: str = "", **more: Any) -> Exchange:
        whole = Exchange(
            sequence=sequence,
            kind=Kind.API,
            started=NOW + timedelta(seconds=sequence),
            elapsed=0.01,
            request=Request(
                method="GET",
                url="http://127.0.0.1:4321/v1/companies/c-1/employees?page=1&per=100",
                headers=(("Authorization", "Bearer token-1"),),
            ),
            response=Response(
                status=status,
                headers=(("Content-Type", "application/json"),),
                body=Body.of(json.dumps([]).encode()),
            ),
            operation="get-v1-companies-company_id-employees",
            grant="grant-1",
            company="c-1",
            fault=FiredFault(name=fault, parameters={}, occurrence=1) if fault else None,
        )
        return replace(whole, **more)

    def recording(self, scenario: str = "sync", *, says: Mapping[str, str] = {}, **more: Any) -> Recording:
        whole = Recording(
            scenario=scenario,
            target=Target.EMBEDDED,
            started=NOW,
            ended=NOW + timedelta(seconds=9),
            situation=dict(says),
            exchanges=(self.call(),),
        )
        return replace(whole, **more)

    def run(self, *recordings: Recording, **more: Any) -> Run:
        whole = Run(
            id="20261123T120000Z",
            started=NOW,
            ended=NOW + timedelta(seconds=60),
            target=Target.EMBEDDED,
            harness="0.1.0",
            profile={
                "integration": {"name": "Acme Time", "version": "4.2.0", "company": "Acme Inc."},
                "gusto": {"api_version": "2026-06-15", "scopes": ["employees:read"]},
                "use_cases": ["hris"],
            },
            contract={"version": "2026-06-15"},
            checklist={"sha256": "cd" * 32, "items": 2},
            recordings=recordings or (self.recording(), self.recording("other")),
        )
        return replace(whole, **more)

    def suite(self, tests: str = SUITE, *, name: str = "test_pages.py") -> Path:
        """Return the folder of a suite with this text."""
        folder = self.folder / "suite"
        folder.mkdir(exist_ok=True)
        (folder / "scenarios").mkdir(exist_ok=True)
        (folder / "scenarios" / "people.py").write_text(SCENARIOS)
        (folder / name).write_text(tests)
        return folder

    def judge(self, run: Run, *, checklist: Checklist | None = None, **more: Any) -> Results:
        """Judge a run by the suite above."""
        given = {"today": self.today, **more}
        given["suite"] = given.get("suite") or self.suite()
        return judge_run(run, checklist=checklist or self.checklist(), contract=self.contract, **given)

    def told(self, **says: str) -> Run:
        """Return a run whose sync says what a test shall find (`PAGE_01="fail"`)."""
        given = {name.replace("_", "-"): word for name, word in says.items()}
        return self.run(self.recording(says=given), self.recording("other"))

    def finding(self, key: str = "late") -> Finding:
        """Return what the suite above finds, as far as its fingerprint goes."""
        return Finding(check="is_on_time", message="does not come in time", key=key)

    def verdict(self, item: str = "PAGE-01", outcome: Outcome = Outcome.PASS, **more: Any) -> Verdict:
        return replace(Verdict(item=item, outcome=outcome), **more)

    def waiver(self, **more: Any) -> Waiver:
        whole = Waiver(
            item="PAGE-01",
            fingerprint=self.finding().fingerprint,
            owner="dana@acme.example",
            reason="fixed in 4.3, out on Monday",
            expires=self.today + timedelta(days=30),
        )
        return replace(whole, **more)

    def attestation(self, **more: Any) -> Attestation:
        whole = Attestation(
            item="PROC-01",
            person="Dana Doe",
            role="Head of Product",
            given=self.today - timedelta(days=3),
            answer="Gusto granted it on 20 November.",
        )
        return replace(whole, **more)

    def by_person(self, name: str = "PROC-01", **more: Any) -> Item:
        given = {"verified_by": VerifiedBy.ATTESTATION, "not_testable": "people decide", **more}
        return self.item(name, **given)

    def save(self, run: Run, name: str = "saved") -> Path:
        """Write a run folder and return it."""
        folder = self.folder / name
        for recording in run:
            writer = CassetteWriter(
                folder / "cassettes" / f"{recording.scenario}.yaml",
                scenario=recording.scenario,
                target=recording.target,
                started=recording.started,
            )
            for exchange in recording.exchanges:
                writer.write(exchange)
            writer.close(
                ended=recording.ended or NOW,
                situation=recording.situation,
                reason=recording.reason,
                missing=recording.missing,
                trouble=recording.trouble,
            )
        write_run(folder, run)
        return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest: at the end, no worker is left alone with it."""
    here = Path(__file__).parent
    assert all((here / each).is_file() for each in LONGEST), "a file that takes long has moved"
    order = {here / each: number for number, each in enumerate(LONGEST)}
    items.sort(key=lambda each: order.get(each.path, len(order)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each worker whole files, as `--dist loadfile` does, and the files of one run together."""
    from xdist.scheduler import LoadFileScheduling  # noqa: PLC0415 - called where xdist is installed

    class Files(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = str(super()._split_scope(nodeid))
            return LIVE_RUN[0] if file.removeprefix("tests/") in LIVE_RUN else file

    return Files(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session", autouse=True)
def trust_read_once() -> Iterator[None]:
    """Each HTTP client reads the machine's trusted certificates, in 20 ms; nobody here ever changes them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", functools.cache(ssl.create_default_context))
        yield


@pytest.fixture(scope="session")
def shipped_contract() -> Contract:
    return load_contract()


@pytest.fixture
def bench(tmp_path: Path, shipped_contract: Contract) -> Bench:
    return Bench(tmp_path, shipped_contract)


@pytest.fixture(scope="session")
def given_answers() -> Iterator[set[tuple[str, str, int]]]:
    """Which operation gave which test file which answer; ANSWERS_TO names a file to keep that in.

    docs/sandbox_page.py shows it. `make answers` runs the sandbox's tests for it.
    """
    given: set[tuple[str, str, int]] = set()
    yield given
    if (name := os.environ.get("ANSWERS_TO")) is not None:
        rows = {(operation, file): [] for operation, file, _ in sorted(given)}
        for operation, file, status in sorted(given):
            rows[operation, file].append(str(status))
        lines = [f"{operation}\t{file}\t{' '.join(each)}\n" for (operation, file), each in rows.items()]
        Path(name).write_text("".join(lines), encoding="utf-8")


@pytest.fixture(autouse=True)
def unfit_answers(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    shipped_contract: Contract,
    given_answers: set[tuple[str, str, int]],
) -> Iterator[list[str]]:
    """What was wrong with the answers of any sandbox in this process; fails the test at its end.

    A declared answer fits its schema, any other refusal has Gusto's envelope.
    """
    found: list[str] = []
    answer = Sandbox.__call__

    async def judge(self: Sandbox, scope: Any, receive: Any, send: Any) -> None:
        started: list[Any] = []

        async def look(message: Any) -> None:
            if message["type"] == "http.response.start":
                started.append(message)
            elif message["type"] == "http.response.body":  # before the client sees it, and the test may end
                operation = find_operation(shipped_contract, scope)
                found.extend(find_unfit(shipped_contract, operation, scope, started[0], message))
                if operation is not None:
                    given_answers.add((operation.id, request.path.name, started[0]["status"]))
            await send(message)

        await answer(self, scope, receive, look)

    monkeypatch.setattr(Sandbox, "__call__", judge)
    yield found
    assert found == []


def find_operation(contract: Contract, scope: Any) -> Operation | None:
    path = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0].decode("latin-1")
    found = contract.find_operation(scope["method"], path)
    return None if found is None else found[0]


def find_unfit(
    contract: Contract, operation: Operation | None, scope: Any, start: Any, end: Any
) -> Iterator[str]:
    """Yield what is wrong with an answer as it was sent; nothing is asked of pages and of OAuth's errors."""
    status, line = start["status"], f"{scope['method']} {scope['path']} {start['status']}"
    if operation is not None and status in operation.responses:
        headers = tuple((name.decode("latin-1"), value.decode()) for name, value in start["headers"])
        for each in contract.check_response(operation, status=status, headers=headers, body=end["body"]):
            yield f"{line}: {each}"
    elif operation is not None and status >= 400 and operation.token is not Token.NONE:
        rows = json.loads(end["body"]).get("errors")
        if not rows or not all({"error_key", "category"} <= row.keys() for row in rows):
            yield f"{line}: is not in the envelope of Gusto's errors"
