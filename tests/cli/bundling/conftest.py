"""A desk with runs, a key and the two commands: `partner-qa bundle` and `partner-qa verify`.

The runs are made by hand and judged by a suite of two items, so that everything green is at hand.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from partner_qa.cli import bundling, deriving, fitness, retelling, verifying
from partner_qa.cli.main import run_command_line
from partner_qa.contract.catalogue import load_contract
from partner_qa.evidence.archive import Member, pack
from partner_qa.evidence.canaries import make_canaries, write_canaries
from partner_qa.evidence.canonical import sha256_of, to_canonical
from partner_qa.evidence.envelope import seal
from partner_qa.evidence.keys import SigningKey, make_key, write_key
from partner_qa.evidence.manifest import MANIFEST, SIGNATURE, find_role
from partner_qa.evidence.statement import PAYLOAD_TYPE, make_statement
from partner_qa.judge import judge_run
from partner_qa.model import Item, Proof, Target, VerifiedBy
from partner_qa.report.generator import Page
from partner_qa.report.page_data import Ending
from partner_qa.settings import harness_version

ANSWERS = """format: 1
attestations:
  - item: PROC-01
    person: Dana Doe
    role: Head of Product
    given: "2026-11-23"
    answer: Approved by Gusto on the first of the month.
    evidence: [mail.txt]
"""


@dataclass
class Ran:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def codes(self) -> list[str]:
        """The codes of the troubles, of `verify --json`."""
        return [each["code"] for each in json.loads(self.out)["troubles"]]


class Desk:
    """A folder with runs, and the two commands; `today` is the day on which they are typed."""

    def __init__(self, bench: Any, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.bench = bench
        self.folder = folder
        self.reports = folder / "reports"
        self.capsys = capsys
        self.today = bench.today + timedelta(days=1)
        self.key = make_key()
        self.key_file = folder / "signing.key"
        write_key(self.key, self.key_file)

    def items(self) -> tuple[Item, ...]:
        return (
            self.bench.item("PAGE-01"),
            self.bench.item("PAGE-02", proof=Proof.DEMO),
            self.bench.item("PROC-01", verified_by=VerifiedBy.ATTESTATION),
        )

    def run(
        self, name: str, *, target: Target = Target.EMBEDDED, says: Mapping[str, str] = {}, **more: Any
    ) -> Path:
        """Write a run folder as `check` leaves it, but for the reports."""
        bench, shift = self.bench, timedelta(hours=1 if target is Target.LIVE else 0)
        recordings = [
            bench.recording(
                each,
                target=target,
                started=bench.now + shift + timedelta(seconds=1),
                ended=bench.now + shift + timedelta(seconds=9),
                situation={"client_id": f"client-{name}", **(says if each == "sync" else {})},
                exchanges=tuple(bench.call(number) for number in (1, 2, 3)),
            )
            for each in ("sync", "other")
        ]
        run = bench.run(
            *recordings,
            target=target,
            started=bench.now + shift,
            ended=bench.now + shift + timedelta(seconds=60),
            harness=harness_version(),
            checklist=dict(bench.checklist(*self.items()).identity),
            contract=dict(load_contract().identity),
            base_url="https://api.gusto-demo.com" if target is Target.LIVE else "",
        )
        folder: Path = bench.save(replace(run, **more), f"reports/{name}")
        write_canaries(folder, make_canaries(), ["the-client-secret-of-this-run"])
        return folder

    def answer(self) -> None:
        (self.folder / "attestations.yaml").write_text(ANSWERS)
        (self.folder / "mail.txt").write_text("Approved.")

    def both(self, **more: Any) -> tuple[Path, Path]:
        """Write what a submission is made of: an embedded run, a live one, and the answers of people."""
        self.answer()
        return self.run("embedded", **more), self.run("live", target=Target.LIVE, **more)

    def type(self, *words: str | Path) -> Ran:
        self.capsys.readouterr()
        code = run_command_line([str(each) for each in words])
        said = self.capsys.readouterr()
        return Ran(code, said.out, said.err)

    def bundle(self, *words: str | Path, output: str = "b.zip") -> Ran:
        profile, path = self.folder / "partner.yaml", self.folder / output
        return self.type("bundle", *words, "--profile", profile, "--reports", self.reports, "--output", path)

    def submit(self, output: str = "b.zip") -> Ran:
        """Pack what `both` wrote, signed."""
        embedded, live = self.reports / "embedded", self.reports / "live"
        return self.bundle(embedded, "--live", live, "--key", self.key_file, output=output)

    def verify(self, *words: str | Path, output: str | Path = "b.zip") -> Ran:
        return self.type("verify", self.folder / output, *words, "--json")

    def verify_trusted(self, output: str | Path = "b.zip") -> Ran:
        return self.verify("--key", self.key.public.fingerprint, output=output)

    def contents(self, output: str = "b.zip") -> dict[str, bytes]:
        """Return the files of a bundle by their paths."""
        with zipfile.ZipFile(self.folder / output) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def repack(
        self,
        change: Callable[[dict[str, bytes]], None],
        *,
        key: SigningKey | None = None,
        output: str = "forged.zip",
    ) -> str:
        """Write the bundle again after a change; with a key the hashes and the signature are made anew."""
        files = self.contents()
        change(files)
        if key is not None:
            manifest = json.loads(files[MANIFEST])
            manifest["signer"] = key.public.fingerprint
            manifest["files"] = [
                {"path": path, "sha256": sha256_of(content), "size": len(content), "role": find_role(path)}
                for path, content in sorted(files.items())
                if path not in {MANIFEST, SIGNATURE}
            ]
            files[MANIFEST] = to_canonical(manifest)
            statement = make_statement(
                root=sha256_of(files[MANIFEST]), artifact="", signer=key.public, facts={}, environ={}
            )
            files[SIGNATURE] = seal(statement, PAYLOAD_TYPE, key)
        pack([Member(path=path, content=content) for path, content in files.items()], self.folder / output)
        return output


@pytest.fixture
def desk(
    bench: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    without_node: None,
) -> Desk:
    desk = Desk(bench, tmp_path, capsys)
    checklist = bench.checklist(*desk.items())
    suite = bench.suite()
    monkeypatch.setattr(deriving, "judge_run", partial(judge_run, suite=suite))
    for module in (deriving, fitness, bundling, verifying):
        monkeypatch.setattr(module, "load_checklist", lambda: checklist)
    for module in (bundling, verifying):
        monkeypatch.setattr(module, "now_and_today", lambda: (bench.now, desk.today))
    monkeypatch.delenv("PARTNER_QA_SIGNING_KEY", raising=False)
    return desk


@pytest.fixture
def without_node(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no bundle wait for Node; what it would tell stands as JSON in the page."""
    monkeypatch.setattr(bundling, "generate_page", write_allure_page)
    monkeypatch.setattr(retelling, "find_lie", find_lie)


def write_allure_page(record: Any, folders: Any, **_: Any) -> Page:
    """Stand in for Node: the title, and how each item ended, are all that is asked of the page here."""
    name = record.results.run.profile["integration"]["name"]
    told = json.dumps(_tell(retelling.list_endings(record)))
    folders.page.write_text(f"<title>{name}</title><body>{name}<pre>{told}</pre></body>")
    return Page(path=folders.page)


def find_lie(page: str, endings: Mapping[str, Ending], *, is_part: bool) -> str:
    """Stand in for reading Allure's own page (`tests/report/test_page_data.py` does)."""
    told = json.loads(page.partition("<pre>")[2].partition("</pre>")[0])
    return "" if is_part or told == _tell(endings) else "tells another ending"


def _tell(endings: Mapping[str, Ending]) -> dict[str, list[object]]:
    return {name: [each.name, each.status, each.message, each.waived] for name, each in endings.items()}


@pytest.fixture(scope="module")
def earlier() -> list[tuple[SigningKey, Path]]:
    """What `packed` has made once: packing takes longer than copying."""
    return []


@pytest.fixture
def packed(desk: Desk, earlier: list[tuple[SigningKey, Path]]) -> Desk:
    """A desk with a bundle that is ready for submission, signed."""
    if earlier:
        desk.key, before = earlier[0]
        shutil.copytree(before, desk.folder, dirs_exist_ok=True)
        return desk
    desk.both()
    made = desk.submit()
    assert made.code == 0, made.err
    kept = desk.folder.parent / f"{desk.folder.name}-kept"
    shutil.copytree(desk.folder, kept)
    earlier.append((desk.key, kept))
    return desk
