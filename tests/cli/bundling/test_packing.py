"""`partner-qa bundle`: what is packed, what is refused and why, drafts, earlier bundles, signatures."""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import vcr

from partner_qa.cli import bundling, deriving
from partner_qa.evidence.canaries import CANARIES
from partner_qa.evidence.canonical import sha256_of, to_canonical
from partner_qa.evidence.envelope import open_envelope
from partner_qa.evidence.keys import make_key
from partner_qa.evidence.manifest import MANIFEST, SIGNATURE
from partner_qa.evidence.statement import read_statement
from partner_qa.gate import ExitCode
from partner_qa.model import Target


def test_a_whole_submission_is_packed_and_verified(packed: Any) -> None:
    assert (packed.folder / "b.eml").exists()
    found = packed.verify_trusted()
    assert (found.code, found.codes) == (0, [])
    told = json.loads(found.out)
    assert told["verdict"] == "verified"
    assert told["judged_again"] is True
    files = packed.contents()
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


def test_packing_twice_gives_the_same_bytes(packed: Any) -> None:
    assert packed.submit("again.zip").code == 0
    assert (packed.folder / "again.zip").read_bytes() == (packed.folder / "b.zip").read_bytes()


def test_packing_on_another_day_gives_the_same_bytes(packed: Any) -> None:
    packed.today += timedelta(days=30)
    assert packed.submit("again.zip").code == 0
    assert (packed.folder / "again.zip").read_bytes() == (packed.folder / "b.zip").read_bytes()


def test_what_is_packed_opens_without_this_tool(packed: Any, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed.folder / "b.zip") as archive:
        archive.extractall(tmp_path / "out")
    rows = [*csv.DictReader(io.StringIO((tmp_path / "out/checklist.csv").read_text("utf-8-sig")))]
    assert len(rows) == 3
    with vcr.use_cassette(str(tmp_path / "out/cassettes/sync.yaml"), record_mode="none") as cassette:
        assert len(cassette.requests) == 3
    page = (tmp_path / "out/report/static.html").read_text()
    assert "<script" not in page
    assert "Counts until" in page


def test_the_unpacked_bundle_is_a_run_that_judges_again(packed: Any, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed.folder / "b.zip") as archive:
        archive.extractall(tmp_path / "out")
    assert set(deriving.load_runs(tmp_path / "out")) == {"", "embedded"}


def test_the_first_page_says_whose_it_is_and_what_to_decide(packed: Any) -> None:
    page = packed.contents()["SUBMISSION.md"].decode()
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


def test_the_files_behind_an_answer_are_named_and_stay_at_home(packed: Any) -> None:
    files = packed.contents()
    told = json.loads(files["attestations/attestations.json"])
    assert told["files"] == [{"name": "mail.txt", "sha256": sha256_of(b"Approved."), "size": 9}]
    assert not any(content == b"Approved." for content in files.values())


def test_the_newest_whole_run_is_taken_with_the_live_run_that_fits(desk: Any) -> None:
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


def make_results(desk: Any, folder: Path) -> Path:
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
        (lambda desk: desk.run("embedded", contract={"version": "0"}), "another edition of the contract"),
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
        "another contract",
        "unanswered",
        "unplanted",
        "old",
    ],
)
def test_what_is_not_ready_is_refused_with_its_reason(
    spoil: Callable[[Any], object], said: str, desk: Any
) -> None:
    desk.both()
    spoil(desk)
    ran = desk.submit()
    assert ran.code == ExitCode.EVIDENCE
    assert said in ran.err
    assert not (desk.folder / "b.zip").exists()


def test_a_demo_row_needs_gustos_own_host(desk: Any) -> None:
    desk.answer()
    ran = desk.bundle(desk.run("embedded"))
    assert ran.code == ExitCode.EVIDENCE
    assert "must be seen on Gusto's own demo host" in ran.err


def test_an_expired_waiver_is_refused(desk: Any) -> None:
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
    leak: str, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/home/janedoe"))
    embedded, live = desk.both()
    cassette = embedded / "cassettes" / "sync.yaml"
    cassette.write_text(cassette.read_text().replace("/employees", f"/employees?debug={leak}", 1))
    ran = desk.bundle(embedded, "--live", live)
    assert ran.code == ExitCode.EVIDENCE
    assert "leak: embedded/cassettes/sync.yaml, line " in ran.err
    assert leak not in ran.err + ran.out


def test_a_file_behind_an_answer_that_is_gone_is_refused(desk: Any) -> None:
    embedded, live = desk.both()
    (desk.folder / "mail.txt").unlink()
    ran = desk.bundle(embedded, "--live", live)
    assert ran.code == ExitCode.EVIDENCE
    assert "mail.txt is not there" in " ".join(ran.err.split())


def test_a_file_that_is_not_the_one_that_an_answer_was_given_with_is_refused(desk: Any) -> None:
    embedded, live = desk.both()
    hashed = f"[{{file: mail.txt, sha256: {sha256_of(b'Approved.')}}}]"
    answers = desk.folder / "attestations.yaml"
    answers.write_text(answers.read_text().replace("[mail.txt]", hashed))
    assert desk.submit().code == ExitCode.VERIFIED
    told = json.loads(desk.contents()["attestations/attestations.json"])
    assert told["attestations"][0]["evidence"][0]["sha256"] == told["files"][0]["sha256"]
    assert desk.verify_trusted(desk.folder / "b.zip").code == ExitCode.VERIFIED
    (desk.folder / "mail.txt").write_text("Refused.")
    ran = desk.bundle(embedded, "--live", live)
    assert ran.code == ExitCode.EVIDENCE
    assert "mail.txt has changed since" in " ".join(ran.err.split())


def test_a_record_that_its_recordings_deny_is_refused(desk: Any) -> None:
    desk.answer()
    folder = desk.run("embedded")
    record = json.loads(make_results(desk, folder).read_bytes())
    record["items"][0]["verdict"]["outcome"] = "not_applicable"
    (folder / "results.json").write_bytes(to_canonical(record))
    ran = desk.bundle(folder)
    assert "results.json of the run differs from its recordings: PAGE-01" in ran.err


def test_an_answer_that_came_after_the_run_is_no_difference(desk: Any) -> None:
    folder = desk.run("embedded")
    shutil.move(make_results(desk, folder), folder / "results.json")
    desk.answer()
    ran = desk.bundle(folder)
    assert ran.code == ExitCode.EVIDENCE  # a demo row is missing, and nothing else
    assert "differs from its recordings" not in ran.err


def test_runs_that_do_not_belong_together_are_a_usage_error(desk: Any) -> None:
    desk.answer()
    embedded = desk.run("embedded")
    other = desk.run("live", target=Target.LIVE, profile={"integration": {"name": "Other"}})
    assert desk.bundle(embedded, "--live", other).code == ExitCode.USAGE
    assert desk.bundle(embedded, "--live", embedded).code == ExitCode.USAGE
    assert desk.bundle(desk.folder / "nowhere").code == ExitCode.USAGE


def test_no_run_at_all_is_told(desk: Any) -> None:
    ran = desk.bundle()
    assert ran.code == ExitCode.USAGE
    assert "there is no run" in ran.err


# drafts


def test_a_draft_is_packed_and_says_so_on_every_page(desk: Any) -> None:
    folder = desk.run("embedded", says={"PAGE-01": "fail"})
    ran = desk.bundle(folder, "--draft", "--key", desk.key_file)
    assert ran.code == 0
    files = desk.contents()
    assert json.loads(files[MANIFEST])["draft"] is True
    for path in ("SUBMISSION.md", "report/static.html", "report/index.html", "checklist.csv"):
        assert b"DRAFT" in files[path], path
    with zipfile.ZipFile(io.BytesIO(files["checklist.xlsx"])) as sheet:
        assert any(b"DRAFT" in sheet.read(name) for name in sheet.namelist())
    assert b"does not come in time" in files["SUBMISSION.md"]
    assert b"DRAFT" in (desk.folder / "b.eml").read_bytes()
    assert {"draft", "not_verified"} <= set(desk.verify_trusted().codes)


def test_a_draft_tells_its_leaks(desk: Any) -> None:
    folder = desk.run("embedded")
    cassette = folder / "cassettes" / "sync.yaml"
    cassette.write_text(cassette.read_text().replace("/employees", "/the-client-secret-of-this-run", 1))
    assert desk.bundle(folder, "--draft").code == 0
    page = desk.contents()["SUBMISSION.md"]
    assert b"leak: cassettes/sync.yaml" in page
    assert "view_differs" not in desk.verify().codes


def test_a_draft_of_a_part_is_judged_in_that_part(desk: Any) -> None:
    folder = desk.run("embedded", filters=("--only PAGE-01",))
    assert desk.bundle(folder, "--draft").code == 0
    assert desk.verify().codes == ["origin_unknown", "draft", "not_verified"]


# the previous bundle


def test_what_has_changed_since_the_previous_bundle_is_on_the_first_page(packed: Any) -> None:
    folder = packed.run("other", says={"PAGE-01": "fail"})
    made = packed.bundle(folder, "--draft", "--previous", packed.folder / "b.zip", output="new.zip")
    assert made.code == 0
    files = packed.contents("new.zip")
    assert "PAGE-01: was pass, is fail" in files["SUBMISSION.md"].decode()
    assert json.loads(files[MANIFEST])["previous"]["root"] == sha256_of(packed.contents()[MANIFEST])
    assert "view_differs" not in packed.verify(output="new.zip").codes


def test_a_previous_bundle_that_is_none_is_told(packed: Any) -> None:
    ran = packed.bundle(packed.reports / "embedded", "--draft", "--previous", packed.key_file)
    assert ran.code == ExitCode.USAGE


@pytest.mark.parametrize("record", [b"[]", b'{"items": [{"item": {}, "verdict": {}}]}', b"[" * 100_000])
def test_a_previous_bundle_without_a_record_is_told(packed: Any, record: bytes) -> None:
    forged = packed.repack(lambda files: files.update({"results.json": record}))
    before = packed.folder / forged
    ran = packed.bundle(packed.reports / "embedded", "--draft", "--previous", before, output="new.zip")
    assert ran.code == ExitCode.USAGE
    assert "--previous: its results.json is no record of a run" in ran.err


# keys and signatures


def test_what_verify_would_not_open_is_not_packed(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.both()
    monkeypatch.setattr("partner_qa.evidence.opening.MOST_FILES", 10)
    ran = desk.submit()
    assert ran.code == ExitCode.USAGE
    assert "would be refused: has more than 10 files" in ran.err
    assert not (desk.folder / "b.zip").exists()
    assert not (desk.folder / "b.eml").exists()


def test_the_key_is_nowhere_in_the_bundle(packed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = packed.key_file.read_text()
    body = "".join(secret.splitlines()[1:-1])
    raw = (packed.folder / "b.zip").read_bytes() + b"".join(packed.contents().values())
    assert body.encode() not in raw
    monkeypatch.setenv("PARTNER_QA_SIGNING_KEY", secret)
    ran = packed.bundle(packed.reports / "embedded", "--live", packed.reports / "live", output="env.zip")
    assert ran.code == 0, ran.err
    assert (packed.folder / "env.zip").read_bytes() == (packed.folder / "b.zip").read_bytes()


def test_without_a_trusted_key_the_best_answer_is_never_zero(packed: Any) -> None:
    found = packed.verify()
    assert (found.code, found.codes) == (ExitCode.EVIDENCE, ["origin_unknown"])
    assert json.loads(found.out)["verdict"] == "intact, origin unknown"


def test_an_unsigned_bundle_is_intact_and_of_unknown_origin(packed: Any) -> None:
    both = (packed.reports / "embedded", "--live", packed.reports / "live")
    ran = packed.bundle(*both, output="unsigned.zip")
    assert ran.code == 0
    assert "not signed" in ran.out
    assert packed.verify(output="unsigned.zip").codes == ["origin_unknown"]
    assert packed.verify_trusted("unsigned.zip").codes == ["key_untrusted"]


def test_another_key_is_not_the_trusted_one(packed: Any) -> None:
    found = packed.verify("--key", make_key().public.fingerprint)
    assert (found.code, found.codes) == (ExitCode.EVIDENCE, ["key_untrusted"])


def test_a_key_can_be_named_by_either_file(packed: Any) -> None:
    assert packed.verify("--key", packed.key_file).code == 0
    assert packed.verify("--key", Path(f"{packed.key_file}.pub")).code == 0


def test_commit_and_run_of_ci_are_recorded(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_SHA", "ab" * 20)
    monkeypatch.setenv("GITHUB_RUN_ID", "17")
    embedded, live = desk.both()
    assert desk.bundle(embedded, "--live", live, "--key", desk.key_file).code == 0
    built = json.loads(desk.verify_trusted().out)["built_by"]
    assert built["commit"] == "ab" * 20
    assert built["run"] == "17"


def test_the_artifact_that_the_profile_names_is_signed_as_well(desk: Any) -> None:
    profile = {**desk.bench.run().profile}
    profile["integration"] = {**profile["integration"], "artifact_sha256": "ef" * 32}
    folder = desk.run("embedded", profile=profile)
    assert desk.bundle(folder, "--draft", "--key", desk.key_file).code == 0
    envelope = open_envelope(desk.contents()[SIGNATURE])
    assert read_statement(envelope.payload).digests["integration"] == "ef" * 32


# the partner's copy of Gusto's sheet
