"""`partner-qa bundle` and `partner-qa verify`: what is packed, what is refused, and that tampering is found.

The runs are made by hand and judged by a suite of two items, so that everything green is at hand; the last
tests pack the committed run of the example and judge it by the shipped suites.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import vcr
import yaml

from partner_qa.cli import bundling, deriving, verifying
from partner_qa.cli.main import run_command_line
from partner_qa.evidence.archive import Member, pack
from partner_qa.evidence.canaries import CANARIES, make_canaries, write_canaries
from partner_qa.evidence.canonical import sha256_of, to_canonical
from partner_qa.evidence.envelope import open_envelope, seal
from partner_qa.evidence.keys import SigningKey, make_key, write_key
from partner_qa.evidence.manifest import MANIFEST, SIGNATURE, find_role
from partner_qa.evidence.statement import PAYLOAD_TYPE, make_statement, read_statement
from partner_qa.gate import ExitCode
from partner_qa.judge import judge_run
from partner_qa.model import Item, Proof, Target, VerifiedBy
from partner_qa.report.generator import Page
from partner_qa.settings import harness_version

ROOT = Path(__file__).parents[2]
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


@pytest.fixture
def desk(
    bench: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    desk = Desk(bench, tmp_path, capsys)
    checklist = bench.checklist(*desk.items())
    suite = bench.suite()
    monkeypatch.setattr(deriving, "judge_run", partial(judge_run, suite=suite))
    for module in (deriving, bundling, verifying):
        monkeypatch.setattr(module, "load_checklist", lambda: checklist)
    for module in (bundling, verifying):
        monkeypatch.setattr(module, "now_and_today", lambda: (bench.now, desk.today))
    monkeypatch.setattr(bundling, "generate_page", write_allure_page)
    monkeypatch.delenv("PARTNER_QA_SIGNING_KEY", raising=False)
    return desk


def write_allure_page(record: Any, folders: Any, **_: Any) -> Page:
    """Stand in for Node: the title is all that is asked of the page here."""
    name = record.results.run.profile["integration"]["name"]
    folders.page.write_text(f"<title>{name}</title><body>{name}</body>")
    return Page(path=folders.page)


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


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repack(
    desk: Desk,
    change: Callable[[dict[str, bytes]], None],
    *,
    key: SigningKey | None = None,
    output: str = "forged.zip",
) -> str:
    """Write the bundle again after a change; with a key the hashes and the signature are made anew."""
    files = contents(desk.folder / "b.zip")
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
    pack([Member(path=path, content=content) for path, content in files.items()], desk.folder / output)
    return output


# packing


def test_a_whole_submission_is_packed_and_verified(packed: Desk) -> None:
    assert (packed.folder / "b.eml").exists()
    found = packed.verify_trusted()
    assert (found.code, found.codes) == (0, [])
    told = json.loads(found.out)
    assert told["verdict"] == "verified"
    assert told["judged_again"] is True
    files = contents(packed.folder / "b.zip")
    assert {
        *("manifest.json", "results.json", "checklist.csv", "checklist.xlsx", "report/index.html"),
        *("report/static.html", "run.json", "cassettes/sync.yaml", "embedded/run.json", "waivers.yaml"),
        *(
            "embedded/cassettes/sync.yaml",
            "attestations/attestations.json",
            "signature.json",
            "SUBMISSION.md",
        ),
    } <= set(files)
    assert any(path.startswith("allure-results/") for path in files)
    assert CANARIES not in " ".join(files)


def test_packing_twice_gives_the_same_bytes(packed: Desk) -> None:
    assert packed.submit("again.zip").code == 0
    assert (packed.folder / "again.zip").read_bytes() == (packed.folder / "b.zip").read_bytes()


def test_packing_on_another_day_gives_the_same_bytes(packed: Desk) -> None:
    packed.today += timedelta(days=30)
    assert packed.submit("again.zip").code == 0
    assert (packed.folder / "again.zip").read_bytes() == (packed.folder / "b.zip").read_bytes()


def test_what_is_packed_opens_without_this_tool(packed: Desk, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed.folder / "b.zip") as archive:
        archive.extractall(tmp_path / "out")
    rows = [*csv.DictReader(io.StringIO((tmp_path / "out/checklist.csv").read_text("utf-8-sig")))]
    assert len(rows) == 3
    with vcr.use_cassette(str(tmp_path / "out/cassettes/sync.yaml"), record_mode="none") as cassette:
        assert len(cassette.requests) == 3
    page = (tmp_path / "out/report/static.html").read_text()
    assert "<script" not in page
    assert "Counts until" in page


def test_the_unpacked_bundle_is_a_run_that_judges_again(packed: Desk, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed.folder / "b.zip") as archive:
        archive.extractall(tmp_path / "out")
    assert set(deriving.load_runs(tmp_path / "out")) == {"", "embedded"}


def test_the_first_page_says_whose_it_is_and_what_to_decide(packed: Desk) -> None:
    page = contents(packed.folder / "b.zip")["SUBMISSION.md"].decode()
    for text in (
        "Acme Time 4.2.0",
        "**verified**",
        "2027-02-21",
        packed.key.public.fingerprint,
        "Dana Doe",
        "mail.txt",
    ):
        assert text in page
    assert "embedded and live sandboxes" in page
    assert "DRAFT" not in page


def test_the_files_behind_an_answer_are_named_and_stay_at_home(packed: Desk) -> None:
    files = contents(packed.folder / "b.zip")
    told = json.loads(files["attestations/attestations.json"])
    assert told["files"] == [{"name": "mail.txt", "sha256": sha256_of(b"Approved."), "size": 9}]
    assert not any(content == b"Approved." for content in files.values())


def test_the_newest_whole_run_is_taken_with_the_live_run_that_fits(desk: Desk) -> None:
    embedded, live = desk.both()
    for folder in (embedded, live):
        shutil.copy(make_results(desk, folder), folder / "results.json")
    part = desk.run("part", filters=("--only PAGE-01",), started=desk.bench.now + timedelta(hours=5))
    shutil.copy(embedded / "results.json", part / "results.json")
    shutil.move(desk.reports, desk.folder / "elsewhere")
    desk.reports = desk.folder / "elsewhere"
    ran = desk.bundle()
    assert ran.code == 0, ran.err
    assert "elsewhere/live" in ran.err
    assert "part" not in ran.err


def make_results(desk: Desk, folder: Path) -> Path:
    """Return a record of a run, as `judge` tells it."""
    runs = {"": deriving.load_run(folder)}
    record = deriving.derive_record(runs, ledger=bundling.Ledger(), today=desk.today, strict=False)
    path = desk.folder / "results.tmp.json"
    path.write_bytes(to_canonical(deriving.to_json(record)))
    return path


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda desk: desk.run("embedded", says={"PAGE-01": "fail"}), "does not come in time"),
        (lambda desk: desk.both(says={"PAGE-01": "unseen"}), "it never arose"),
        (lambda desk: desk.run("embedded", filters=("--only PAGE-01",)), "left out: --only PAGE-01"),
        (lambda desk: desk.run("embedded", ended=None), "was interrupted"),
        (lambda desk: desk.run("embedded", harness="0.0.1"), "was made with partner-qa 0.0.1"),
        (lambda desk: (desk.folder / "attestations.yaml").unlink(), "nobody has yet"),
        (lambda desk: (desk.reports / "embedded" / CANARIES).unlink(), "no canaries"),
        (lambda desk: setattr(desk, "today", date(2027, 5, 1)), "counted until 2027-02-21"),
    ],
    ids=[
        "failing",
        "incomplete",
        "filtered",
        "interrupted",
        "another version",
        "unanswered",
        "unplanted",
        "old",
    ],
)
def test_what_is_not_ready_is_refused_with_its_reason(
    spoil: Callable[[Desk], object], said: str, desk: Desk
) -> None:
    desk.both()
    spoil(desk)
    ran = desk.submit()
    assert ran.code == ExitCode.EVIDENCE
    assert said in ran.err
    assert not (desk.folder / "b.zip").exists()


def test_a_demo_row_needs_gustos_own_host(desk: Desk) -> None:
    desk.answer()
    ran = desk.bundle(desk.run("embedded"))
    assert ran.code == ExitCode.EVIDENCE
    assert "must be seen on Gusto's own demo host" in ran.err


def test_an_expired_waiver_is_refused(desk: Desk) -> None:
    desk.both()
    desk.run("embedded", says={"PAGE-01": "fail"})
    fingerprint = desk.bench.finding().fingerprint
    (desk.folder / "waivers.yaml").write_text(
        f'format: 1\nwaivers:\n  - {{item: PAGE-01, fingerprint: "{fingerprint}", owner: dana@acme.example, '
        'reason: fixed in the next release, expires: "2026-12-01"}\n'
    )
    assert desk.bundle(desk.reports / "embedded", "--live", desk.reports / "live").code == 0
    desk.today = date(2026, 12, 2)
    ran = desk.bundle(desk.reports / "embedded", "--live", desk.reports / "live")
    assert ran.code == ExitCode.EVIDENCE
    assert f"waiver PAGE-01 {fingerprint}: expired on 2026-12-01" in ran.err
    assert "ledger_expired" in desk.verify().codes


@pytest.mark.parametrize(
    "leak", ["the-client-secret-of-this-run", "/home/janedoe/x", "AKIA" + "A1B2C3D4E5F6G7H8"]
)
def test_a_leak_is_refused_by_its_place_and_without_showing_it(
    leak: str, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/home/janedoe"))
    embedded, live = desk.both()
    cassette = embedded / "cassettes" / "sync.yaml"
    cassette.write_text(cassette.read_text().replace("/employees", f"/employees?debug={leak}", 1))
    ran = desk.bundle(embedded, "--live", live)
    assert ran.code == ExitCode.EVIDENCE
    assert "leak: embedded/cassettes/sync.yaml, line " in ran.err
    assert leak not in ran.err + ran.out


def test_a_file_behind_an_answer_that_is_gone_is_refused(desk: Desk) -> None:
    embedded, live = desk.both()
    (desk.folder / "mail.txt").unlink()
    ran = desk.bundle(embedded, "--live", live)
    assert ran.code == ExitCode.EVIDENCE
    assert "mail.txt is not there" in " ".join(ran.err.split())


def test_a_file_that_is_not_the_one_that_an_answer_was_given_with_is_refused(desk: Desk) -> None:
    embedded, live = desk.both()
    hashed = f"[{{file: mail.txt, sha256: {sha256_of(b'Approved.')}}}]"
    (desk.folder / "attestations.yaml").write_text(ANSWERS.replace("[mail.txt]", hashed))
    assert desk.submit().code == ExitCode.VERIFIED
    told = json.loads(contents(desk.folder / "b.zip")["attestations/attestations.json"])
    assert told["attestations"][0]["evidence"][0]["sha256"] == told["files"][0]["sha256"]
    assert desk.verify_trusted(desk.folder / "b.zip").code == ExitCode.VERIFIED
    (desk.folder / "mail.txt").write_text("Refused.")
    ran = desk.bundle(embedded, "--live", live)
    assert ran.code == ExitCode.EVIDENCE
    assert "mail.txt has changed since" in " ".join(ran.err.split())


def test_a_record_that_its_recordings_deny_is_refused(desk: Desk) -> None:
    desk.answer()
    folder = desk.run("embedded")
    record = json.loads(make_results(desk, folder).read_bytes())
    record["items"][0]["verdict"]["outcome"] = "not_applicable"
    (folder / "results.json").write_bytes(to_canonical(record))
    ran = desk.bundle(folder)
    assert "results.json of the run differs from its recordings: PAGE-01" in ran.err


def test_an_answer_that_came_after_the_run_is_no_difference(desk: Desk) -> None:
    folder = desk.run("embedded")
    shutil.move(make_results(desk, folder), folder / "results.json")
    desk.answer()
    ran = desk.bundle(folder)
    assert ran.code == ExitCode.EVIDENCE  # a demo row is missing, and nothing else
    assert "differs from its recordings" not in ran.err


def test_runs_that_do_not_belong_together_are_a_usage_error(desk: Desk) -> None:
    desk.answer()
    embedded = desk.run("embedded")
    other = desk.run("live", target=Target.LIVE, profile={"integration": {"name": "Other"}})
    assert desk.bundle(embedded, "--live", other).code == ExitCode.USAGE
    assert desk.bundle(embedded, "--live", embedded).code == ExitCode.USAGE
    assert desk.bundle(desk.folder / "nowhere").code == ExitCode.USAGE


def test_no_run_at_all_is_told(desk: Desk) -> None:
    ran = desk.bundle()
    assert ran.code == ExitCode.USAGE
    assert "there is no run" in ran.err


# drafts


def test_a_draft_is_packed_and_says_so_on_every_page(desk: Desk) -> None:
    folder = desk.run("embedded", says={"PAGE-01": "fail"})
    ran = desk.bundle(folder, "--draft", "--key", desk.key_file)
    assert ran.code == 0
    files = contents(desk.folder / "b.zip")
    assert json.loads(files[MANIFEST])["draft"] is True
    for path in ("SUBMISSION.md", "report/static.html", "report/index.html", "checklist.csv"):
        assert b"DRAFT" in files[path], path
    with zipfile.ZipFile(io.BytesIO(files["checklist.xlsx"])) as sheet:
        assert any(b"DRAFT" in sheet.read(name) for name in sheet.namelist())
    assert b"does not come in time" in files["SUBMISSION.md"]
    assert b"DRAFT" in (desk.folder / "b.eml").read_bytes()
    assert {"draft", "not_verified"} <= set(desk.verify_trusted().codes)


def test_a_draft_tells_its_leaks(desk: Desk) -> None:
    folder = desk.run("embedded")
    cassette = folder / "cassettes" / "sync.yaml"
    cassette.write_text(cassette.read_text().replace("/employees", "/the-client-secret-of-this-run", 1))
    assert desk.bundle(folder, "--draft").code == 0
    page = contents(desk.folder / "b.zip")["SUBMISSION.md"]
    assert b"leak: cassettes/sync.yaml" in page
    assert "view_differs" not in desk.verify().codes


def test_a_draft_of_a_part_is_judged_in_that_part(desk: Desk) -> None:
    folder = desk.run("embedded", filters=("--only PAGE-01",))
    assert desk.bundle(folder, "--draft").code == 0
    assert desk.verify().codes == ["origin_unknown", "draft"]


# the previous bundle


def test_what_has_changed_since_the_previous_bundle_is_on_the_first_page(packed: Desk) -> None:
    folder = packed.run("other", says={"PAGE-01": "fail"})
    made = packed.bundle(folder, "--draft", "--previous", packed.folder / "b.zip", output="new.zip")
    assert made.code == 0
    files = contents(packed.folder / "new.zip")
    assert "PAGE-01: was pass, is fail" in files["SUBMISSION.md"].decode()
    assert json.loads(files[MANIFEST])["previous"]["root"] == sha256_of(
        contents(packed.folder / "b.zip")[MANIFEST]
    )
    assert "view_differs" not in packed.verify(output="new.zip").codes


def test_a_previous_bundle_that_is_none_is_told(packed: Desk) -> None:
    ran = packed.bundle(packed.reports / "embedded", "--draft", "--previous", packed.key_file)
    assert ran.code == ExitCode.USAGE


@pytest.mark.parametrize("record", [b"[]", b'{"items": [{"item": {}, "verdict": {}}]}', b"[" * 100_000])
def test_a_previous_bundle_without_a_record_is_told(packed: Desk, record: bytes) -> None:
    forged = repack(packed, lambda files: files.update({"results.json": record}))
    before = packed.folder / forged
    ran = packed.bundle(packed.reports / "embedded", "--draft", "--previous", before, output="new.zip")
    assert ran.code == ExitCode.USAGE
    assert "--previous: its results.json is no record of a run" in ran.err


# keys and signatures


def test_the_key_is_nowhere_in_the_bundle(packed: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = packed.key_file.read_text()
    body = "".join(secret.splitlines()[1:-1])
    raw = (packed.folder / "b.zip").read_bytes() + b"".join(contents(packed.folder / "b.zip").values())
    assert body.encode() not in raw
    monkeypatch.setenv("PARTNER_QA_SIGNING_KEY", secret)
    ran = packed.bundle(packed.reports / "embedded", "--live", packed.reports / "live", output="env.zip")
    assert ran.code == 0, ran.err
    assert (packed.folder / "env.zip").read_bytes() == (packed.folder / "b.zip").read_bytes()


def test_without_a_trusted_key_the_best_answer_is_never_zero(packed: Desk) -> None:
    found = packed.verify()
    assert (found.code, found.codes) == (ExitCode.EVIDENCE, ["origin_unknown"])
    assert json.loads(found.out)["verdict"] == "intact, origin unknown"


def test_an_unsigned_bundle_is_intact_and_of_unknown_origin(packed: Desk) -> None:
    both = (packed.reports / "embedded", "--live", packed.reports / "live")
    ran = packed.bundle(*both, output="unsigned.zip")
    assert ran.code == 0
    assert "not signed" in ran.out
    assert packed.verify(output="unsigned.zip").codes == ["origin_unknown"]
    assert packed.verify_trusted("unsigned.zip").codes == ["key_untrusted"]


def test_another_key_is_not_the_trusted_one(packed: Desk) -> None:
    found = packed.verify("--key", make_key().public.fingerprint)
    assert (found.code, found.codes) == (ExitCode.EVIDENCE, ["key_untrusted"])


def test_a_key_can_be_named_by_either_file(packed: Desk) -> None:
    assert packed.verify("--key", packed.key_file).code == 0
    assert packed.verify("--key", Path(f"{packed.key_file}.pub")).code == 0


def test_commit_and_run_of_ci_are_recorded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_SHA", "ab" * 20)
    monkeypatch.setenv("GITHUB_RUN_ID", "17")
    embedded, live = desk.both()
    assert desk.bundle(embedded, "--live", live, "--key", desk.key_file).code == 0
    built = json.loads(desk.verify_trusted().out)["built_by"]
    assert built["commit"] == "ab" * 20
    assert built["run"] == "17"


def test_the_artifact_that_the_profile_names_is_signed_as_well(desk: Desk) -> None:
    profile = {**desk.bench.run().profile}
    profile["integration"] = {**profile["integration"], "artifact_sha256": "ef" * 32}
    folder = desk.run("embedded", profile=profile)
    assert desk.bundle(folder, "--draft", "--key", desk.key_file).code == 0
    envelope = open_envelope(contents(desk.folder / "b.zip")[SIGNATURE])
    assert read_statement(envelope.payload).digests["integration"] == "ef" * 32


# the partner's copy of Gusto's sheet

SHEET = "#,Question,Answer,Comment\n1,Are all pages read?,,\n2,Who approved it?,,\n"
SHEET_MAP = """format: 1
columns: {verdict: C, waiver or attestation: D}
words: {pass: "Yes", attested: "Yes"}
rows:
  PAGE-01: {row: 2, contains: pages}
  PROC-01: {row: 3}
"""


@pytest.fixture
def sheet(desk: Desk) -> tuple[str | Path, ...]:
    """What is typed to have a copy of the sheet packed."""
    copy, sheet_map = desk.folder / "gusto.csv", desk.folder / "map.yaml"
    copy.write_text(SHEET)
    sheet_map.write_text(SHEET_MAP)
    return ("--sheet", copy, "--map", sheet_map)


def test_the_sheet_is_packed_filled_in_and_verified(desk: Desk, sheet: tuple[str | Path, ...]) -> None:
    desk.both()
    words = (desk.reports / "embedded", "--live", desk.reports / "live", "--key", desk.key_file, *sheet)
    assert desk.bundle(*words).code == 0
    files = contents(desk.folder / "b.zip")
    rows = [*csv.reader(io.StringIO(files["sheet.csv"].decode()))]
    assert rows[1] == ["1", "Are all pages read?", "Yes", ""]
    assert rows[2][2] == "Yes"
    assert "Dana Doe" in rows[2][3]
    assert json.loads(files[MANIFEST])["sheet"] == "sheet.csv"
    assert "sheet.csv, filled in by sheet-map.yaml" in files["SUBMISSION.md"].decode()
    assert desk.verify_trusted().code == 0
    assert desk.bundle(*words, output="again.zip").code == 0
    assert (desk.folder / "again.zip").read_bytes() == (desk.folder / "b.zip").read_bytes()
    assert (desk.folder / "gusto.csv").read_text() == SHEET


SHEET_FORGERIES: dict[str, Callable[[dict[str, bytes]], None]] = {
    "an answer": lambda files: files.update({"sheet.csv": files["sheet.csv"].replace(b"Yes", b"Surely")}),
    "the map": lambda files: files.update(
        {"sheet-map.yaml": files["sheet-map.yaml"].replace(b"verdict: C", b"verdict: B")}
    ),
    "no map": lambda files: files.pop("sheet-map.yaml"),
    "a hostile map": lambda files: files.update(
        {"sheet-map.yaml": b"!!python/object/apply:os.system ['touch owned']"}
    ),
    "no sheet": lambda files: files.pop("sheet.csv"),
    "two sheets": lambda files: files.update({"sheet.xlsx": b"PK"}),
}


@pytest.mark.parametrize("name", SHEET_FORGERIES)
def test_a_forged_sheet_is_caught_even_with_the_trusted_key(
    name: str, desk: Desk, sheet: tuple[str | Path, ...]
) -> None:
    folder = desk.run("embedded")
    assert desk.bundle(folder, "--draft", "--key", desk.key_file, *sheet).code == 0
    assert "view_differs" not in desk.verify_trusted().codes
    found = desk.verify_trusted(repack(desk, SHEET_FORGERIES[name], key=desk.key))
    assert "view_differs" in found.codes
    assert not Path("owned").exists()


def test_a_leak_in_the_sheet_is_found(desk: Desk, sheet: tuple[str | Path, ...]) -> None:
    desk.both()
    (desk.folder / "gusto.csv").write_text(SHEET.replace("Who", "the-client-secret-of-this-run Who"))
    ran = desk.bundle(desk.reports / "embedded", "--live", desk.reports / "live", *sheet)
    assert ran.code == ExitCode.EVIDENCE
    assert "leak: sheet.csv, line 3: a secret of the run" in ran.err


def test_a_sheet_that_does_not_fit_its_map_is_told(desk: Desk, sheet: tuple[str | Path, ...]) -> None:
    folder = desk.run("embedded")
    (desk.folder / "gusto.csv").write_text(SHEET.replace("pages", "lists"))
    ran = desk.bundle(folder, "--draft", *sheet)
    assert ran.code == ExitCode.USAGE
    assert 'does not contain "pages"' in " ".join(ran.err.split())
    assert desk.bundle(folder, "--draft", *sheet[2:]).code == ExitCode.USAGE
    assert desk.bundle(folder, "--draft", "--sheet", desk.folder / "none.csv").code == ExitCode.USAGE


# tampering


def test_a_flipped_byte_in_any_file_is_found_and_named(packed: Desk) -> None:
    for path, content in contents(packed.folder / "b.zip").items():
        middle = len(content) // 2
        flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        output = repack(packed, lambda files, path=path, flipped=flipped: files.update({path: flipped}))
        found = packed.verify_trusted(output)
        assert found.code == ExitCode.EVIDENCE, path
        codes = set(found.codes)
        if path == MANIFEST:
            assert codes & {"manifest_invalid", "signature_of_another"}, path
        elif path == SIGNATURE:
            assert codes & {"signature_invalid", "key_untrusted", "signature_of_another"}, path
        else:
            assert "file_changed" in codes, path
            assert path in found.out


def test_a_flipped_byte_of_the_zip_itself_is_never_accepted_unseen(packed: Desk) -> None:
    whole = (packed.folder / "b.zip").read_bytes()
    for at in range(0, len(whole), len(whole) // 10):
        (packed.folder / "f.zip").write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        found = packed.verify_trusted("f.zip")
        if found.code != ExitCode.EVIDENCE:  # a byte that says nothing of a file, such as a time
            assert contents(packed.folder / "f.zip") == contents(packed.folder / "b.zip")


def test_every_dropped_file_is_missed(packed: Desk) -> None:
    for path in contents(packed.folder / "b.zip"):
        found = packed.verify_trusted(repack(packed, lambda files, path=path: files.pop(path)))
        expected = {MANIFEST: "manifest_missing", SIGNATURE: "signature_invalid"}.get(path, "file_missing")
        assert expected in found.codes, path


@pytest.mark.parametrize("path", ["cassettes/extra.yaml", "conftest.py", "run.command", "logs/web.log"])
def test_an_added_file_is_found_and_not_run(path: str, packed: Desk) -> None:
    evil = b"import pathlib; pathlib.Path('owned').touch()"
    found = packed.verify_trusted(repack(packed, lambda files: files.update({path: evil})))
    assert "file_extra" in found.codes
    assert not Path("owned").exists()


def test_a_renamed_file_is_missed_and_found(packed: Desk) -> None:
    def rename(files: dict[str, bytes]) -> None:
        files["cassettes/third.yaml"] = files.pop("cassettes/other.yaml")

    codes = packed.verify_trusted(repack(packed, rename)).codes
    assert {"file_missing", "file_extra"} <= set(codes)


def edit_cassette(edit: Callable[[Any], None]) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        told = yaml.safe_load(files["cassettes/sync.yaml"])
        edit(told)
        files["cassettes/sync.yaml"] = yaml.safe_dump(told, sort_keys=False).encode()

    return change


def swap_sequences(told: Any) -> None:
    first, second = (each["partner_qa"] for each in told["interactions"][:2])
    first["sequence"], second["sequence"] = second["sequence"], first["sequence"]


FORGERIES: dict[str, tuple[Callable[[dict[str, bytes]], None], str]] = {
    "an exchange left out": (edit_cassette(lambda told: told["interactions"].pop(1)), "recording_gap"),
    "exchanges reordered": (edit_cassette(swap_sequences), "key_untrusted"),
    "an answer edited": (
        edit_cassette(lambda told: told["interactions"][0]["response"]["status"].update(code=500)),
        "key_untrusted",
    ),
    "another run's cassette": (
        edit_cassette(lambda told: told["metadata"]["situation"].update(client_id="another")),
        "recording_foreign",
    ),
    "a cassette of another day": (
        edit_cassette(lambda told: told["metadata"].update(started="2026-11-01T12:00:00+00:00")),
        "recording_foreign",
    ),
    "a cassette of another sandbox": (
        edit_cassette(lambda told: told["metadata"].update(target="embedded")),
        "recording_foreign",
    ),
    "a finding made to vanish": (
        edit_cassette(lambda told: told["metadata"]["situation"].update({"PAGE-01": "fail"})),
        "verdict_differs",
    ),
    "a torn cassette": (
        lambda files: files.update({"cassettes/sync.yaml": b"version: 1\ninteractions: {"}),
        "recordings_unreadable",
    ),
    "a hostile cassette": (
        lambda files: files.update(
            {"cassettes/sync.yaml": b"!!python/object/apply:os.system ['touch owned']"}
        ),
        "recordings_unreadable",
    ),
    "a bomb of YAML": (
        lambda files: files.update(
            {
                "waivers.yaml": b"a: &a [x,x,x,x,x,x,x,x,x]\n"
                + b"".join(
                    b"%c: &%c [%b]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(9)
                )
            }
        ),
        "recordings_unreadable",
    ),
    "a page repainted": (
        lambda files: files.update(
            {"report/static.html": files["report/static.html"].replace(b"verified", b"certified")}
        ),
        "view_differs",
    ),
    "a first page rewritten": (
        lambda files: files.update({"SUBMISSION.md": b"# Approved by Gusto\n"}),
        "view_differs",
    ),
    "a row of the checklist rewritten": (
        lambda files: files.update({"checklist.csv": files["checklist.csv"].replace(b"pass", b"PASS")}),
        "view_differs",
    ),
    "Allure's first page repainted": (
        lambda files: files.update(
            {"report/index.html": files["report/index.html"].replace(b"verified", b"certified")}
        ),
        "view_differs",
    ),
    "a sheet of another run": (
        lambda files: files.update({"sheet.csv": b"approved by Gusto,yes\n"}),
        "view_differs",
    ),
    "an Allure result repainted": (
        lambda files: files.update(
            {
                path: content.replace(b'"pass"', b'"attested"')
                for path, content in files.items()
                if path.endswith("-result.json")
            }
        ),
        "view_differs",
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_with_new_hashes_and_another_key_is_caught(name: str, packed: Desk) -> None:
    change, code = FORGERIES[name]
    found = packed.verify_trusted(repack(packed, change, key=make_key()))
    assert found.code == ExitCode.EVIDENCE
    assert {"key_untrusted", code} <= set(found.codes)
    assert not Path("owned").exists()


@pytest.mark.parametrize("name", [name for name, (_, code) in FORGERIES.items() if code != "key_untrusted"])
def test_what_does_not_follow_from_the_recordings_is_caught_even_with_the_trusted_key(
    name: str, packed: Desk
) -> None:
    change, code = FORGERIES[name]
    found = packed.verify_trusted(repack(packed, change, key=packed.key))
    assert found.code == ExitCode.EVIDENCE
    assert code in found.codes


def edit_json(path: str, edit: Callable[[Any], None]) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        told = json.loads(files[path])
        edit(told)
        files[path] = to_canonical(told)

    return change


def in_results(edit: Callable[[Any], None]) -> Callable[[dict[str, bytes]], None]:
    return edit_json("results.json", edit)


def in_manifest(**more: Any) -> Callable[[dict[str, bytes]], None]:
    """Return a change that sets keys of the manifest; a mapping is set key by key."""

    def edit(told: Any) -> None:
        for name, value in more.items():
            told[name] = {**told[name], **value} if isinstance(value, dict) else value

    return edit_json(MANIFEST, edit)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (in_results(lambda told: told["items"][0]["verdict"].update(outcome="error")), "verdict_differs"),
        (in_results(lambda told: told["items"][0]["item"].update(level="should")), "record_differs"),
        (in_results(lambda told: told["decision"].update(headline="approved")), "record_differs"),
        (in_results(lambda told: told["run"]["recordings"].pop()), "record_differs"),
        (edit_json("run.json", lambda told: told["profile"].update(use_cases=[])), "record_differs"),
        (edit_json("run.json", lambda told: told.update(base_url="https://h.test")), "not_verified"),
        (in_manifest(expires="2036-01-01"), "record_differs"),
        (in_manifest(created="2026-12-23T12:00:00+00:00"), "record_differs"),
        (in_manifest(decision={"headline": "approved"}), "record_differs"),
        (in_manifest(integration={"name": "Other"}), "record_differs"),
        (in_manifest(harness={"version": "9.9.9"}), "other_harness"),
        (in_manifest(checklist={"sha256": "x"}), "other_checklist"),
        (in_manifest(contract={"version": "2020-01-01"}), "other_contract"),
        (in_manifest(draft=True), "draft"),
        (
            edit_json("attestations/attestations.json", lambda told: told["attestations"].clear()),
            "verdict_differs",
        ),
        (edit_json("attestations/attestations.json", lambda told: told.clear()), "recordings_unreadable"),
    ],
)
def test_a_changed_record_is_caught_even_with_the_trusted_key(
    change: Callable[[dict[str, bytes]], None], code: str, packed: Desk
) -> None:
    found = packed.verify_trusted(repack(packed, change, key=packed.key))
    assert found.code == ExitCode.EVIDENCE
    assert code in found.codes


def test_another_version_is_told_with_the_line_that_installs_the_right_one(packed: Desk) -> None:
    output = repack(
        packed, edit_json(MANIFEST, lambda told: told["harness"].update(version="9.9.9")), key=packed.key
    )
    (trouble,) = json.loads(packed.verify_trusted(output).out)["troubles"]
    assert "pip install 'gusto-partner-qa==9.9.9'" in trouble["hint"]


def test_a_signature_of_another_bundle_is_found(packed: Desk) -> None:
    folder = packed.run("other")
    packed.bundle(folder, "--draft", "--key", packed.key_file, output="other.zip")
    other = contents(packed.folder / "other.zip")[SIGNATURE]
    found = packed.verify_trusted(repack(packed, lambda files: files.update({SIGNATURE: other})))
    assert "signature_of_another" in found.codes


def test_age_is_told_and_an_old_bundle_has_expired(packed: Desk) -> None:
    assert json.loads(packed.verify_trusted().out)["age_days"] == 1
    packed.today = date(2027, 2, 21)
    assert packed.verify_trusted().code == 0
    packed.today = date(2027, 2, 22)
    assert packed.verify_trusted().codes == ["expired"]
    packed.today = date(2026, 1, 1)
    assert packed.verify_trusted().codes == ["from_the_future"]


def test_scripts_in_bodies_reach_no_page_as_markup(desk: Desk) -> None:
    folder = desk.run("embedded", says={"PAGE-01": "fail"})
    cassette = folder / "cassettes" / "sync.yaml"
    cassette.write_text(cassette.read_text().replace("/employees", "/<script>alert(1)</script>", 1))
    assert desk.bundle(folder, "--draft").code == 0
    files = contents(desk.folder / "b.zip")
    for path in ("report/static.html", "SUBMISSION.md"):
        assert b"<script>alert" not in files[path]


def test_what_is_no_bundle_is_told_in_one_line_for_people(desk: Desk) -> None:
    (desk.folder / "b.zip").write_bytes(b"hello")
    ran = desk.type("verify", desk.folder / "b.zip")
    assert ran.code == ExitCode.EVIDENCE
    assert ran.out.startswith("not accepted\n  zip_damaged")
    assert desk.type("verify", desk.folder / "gone.zip").code == ExitCode.USAGE


def test_people_are_told_what_programs_are(packed: Desk) -> None:
    ran = packed.type("verify", packed.folder / "b.zip", "--key", packed.key.public.fingerprint)
    assert ran.code == 0
    assert ran.out.startswith("verified\n")
    for text in ("Acme Time 4.2.0", "1 day ago", packed.key.public.fingerprint, "judged       again"):
        assert text in ran.out


# the real thing


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """The committed run of the example, as this checklist would have recorded it, with canaries."""
    folder = tmp_path / "reports" / "acme"
    shutil.copytree(ROOT / "cassettes" / "acme_time", folder)
    told = json.loads((folder / "run.json").read_text())
    told["checklist"] = dict(deriving.load_checklist().identity)
    told["harness"] = harness_version()
    (folder / "run.json").write_bytes(to_canonical(told))
    write_canaries(folder, make_canaries(personal=False), [])
    return folder


def test_the_committed_run_is_packed_without_a_leak_and_verified_by_the_shipped_suites(
    recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundling, "generate_page", write_allure_page)
    monkeypatch.setattr(bundling, "now_and_today", lambda: (datetime.now().astimezone(), date(2026, 11, 25)))
    monkeypatch.setattr(verifying, "now_and_today", lambda: (datetime.now().astimezone(), date(2026, 11, 25)))
    path = tmp_path / "b.zip"
    words = ["bundle", str(recorded), "--draft", "--output", str(path), "--profile", str(tmp_path / "p.yaml")]
    assert run_command_line(words) == 0
    assert "leak" not in capsys.readouterr().err
    run_command_line(["verify", str(path), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert {each["code"] for each in told["troubles"]} <= {"origin_unknown", "draft", "not_verified"}
    assert told["judged_again"] is True
