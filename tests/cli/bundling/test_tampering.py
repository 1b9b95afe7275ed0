"""`partner-qa verify`: whatever was changed in a bundle is found and named, also where it is signed anew."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from partner_qa.cli import bundling
from partner_qa.evidence.canonical import sha256_of, to_canonical
from partner_qa.evidence.envelope import seal
from partner_qa.evidence.keys import make_key
from partner_qa.evidence.manifest import MANIFEST, SIGNATURE
from partner_qa.evidence.statement import PAYLOAD_TYPE, make_statement
from partner_qa.gate import ExitCode
from partner_qa.model import Target
from partner_qa.report.workbook import pack_parts


def test_a_flipped_byte_in_any_file_is_found_and_named(packed: Any) -> None:
    for path, content in packed.contents().items():
        middle = len(content) // 2
        flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        output = packed.repack(lambda files, path=path, flipped=flipped: files.update({path: flipped}))
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


def test_a_flipped_byte_of_the_zip_itself_is_never_accepted_unseen(packed: Any) -> None:
    whole = (packed.folder / "b.zip").read_bytes()
    for at in range(0, len(whole), len(whole) // 10):
        (packed.folder / "f.zip").write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        found = packed.verify_trusted("f.zip")
        if found.code != ExitCode.EVIDENCE:  # a byte that says nothing of a file, such as a time
            assert packed.contents("f.zip") == packed.contents()


def test_every_dropped_file_is_missed(packed: Any) -> None:
    for path in packed.contents():
        found = packed.verify_trusted(packed.repack(lambda files, path=path: files.pop(path)))
        expected = {MANIFEST: "manifest_missing", SIGNATURE: "signature_invalid"}.get(path, "file_missing")
        assert expected in found.codes, path


@pytest.mark.parametrize("path", ["cassettes/extra.yaml", "conftest.py", "run.command", "logs/web.log"])
def test_an_added_file_is_found_and_not_run(path: str, packed: Any) -> None:
    evil = b"import pathlib; pathlib.Path('owned').touch()"
    found = packed.verify_trusted(packed.repack(lambda files: files.update({path: evil})))
    assert "file_extra" in found.codes
    assert not Path("owned").exists()


def test_a_renamed_file_is_missed_and_found(packed: Any) -> None:
    def rename(files: dict[str, bytes]) -> None:
        files["cassettes/third.yaml"] = files.pop("cassettes/other.yaml")

    codes = packed.verify_trusted(packed.repack(rename)).codes
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


def in_allure(files: dict[str, bytes], old: bytes, new: bytes) -> dict[str, bytes]:
    """Return Allure's results with a text replaced."""
    return {
        path: content.replace(old, new) for path, content in files.items() if path.endswith("-result.json")
    }


def swap_cells(workbook: bytes) -> bytes:
    """Let two verdicts change places; each text is there still."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    for old, new in ((b"G2", b"G0"), (b"G4", b"G2"), (b"G0", b"G4")):
        parts[sheet] = parts[sheet].replace(b'r="%b"' % old, b'r="%b"' % new)
    return pack_parts(parts)


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
    "Allure's page telling another ending": (
        lambda files: files.update(
            {"report/index.html": files["report/index.html"].replace(b'"passed"', b'"failed"', 1)}
        ),
        "view_differs",
    ),
    "a cell of the spreadsheet moved to another row": (
        lambda files: files.update({"checklist.xlsx": swap_cells(files["checklist.xlsx"])}),
        "view_differs",
    ),
    "a record that says one thing twice": (
        lambda files: files.update(
            {"results.json": files["results.json"].replace(b"{", b'{"decision": {"exit_code": 0},', 1)}
        ),
        "record_differs",
    ),
    "the waivers left out": (lambda files: files.pop("waivers.yaml"), "file_missing"),
    "a sheet of another run": (
        lambda files: files.update({"sheet.csv": b"approved by Gusto,yes\n"}),
        "view_differs",
    ),
    "an Allure status repainted": (
        lambda files: files.update(in_allure(files, b'"status": "passed"', b'"status": "failed"')),
        "view_differs",
    ),
    "an Allure result of nothing": (
        lambda files: files.update(dict.fromkeys(in_allure(files, b"", b""), b"{}")),
        "view_differs",
    ),
    "an Allure result left out": (
        lambda files: files.pop(next(iter(in_allure(files, b"", b"")))),
        "view_differs",
    ),
    "an Allure result repainted": (
        lambda files: files.update(in_allure(files, b'"pass"', b'"attested"')),
        "view_differs",
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_with_new_hashes_and_another_key_is_caught(name: str, packed: Any) -> None:
    change, code = FORGERIES[name]
    found = packed.verify_trusted(packed.repack(change, key=make_key()))
    assert found.code == ExitCode.EVIDENCE
    assert {"key_untrusted", code} <= set(found.codes)
    assert not Path("owned").exists()


@pytest.mark.parametrize("name", [name for name, (_, code) in FORGERIES.items() if code != "key_untrusted"])
def test_what_does_not_follow_from_the_recordings_is_caught_even_with_the_trusted_key(
    name: str, packed: Any
) -> None:
    change, code = FORGERIES[name]
    found = packed.verify_trusted(packed.repack(change, key=packed.key))
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
        (edit_json("run.json", lambda told: told.update(base_url="http://[::1")), "record_differs"),
        (
            edit_json("run.json", lambda told: told.update(ended="9999-12-31T23:59:59+00:00")),
            "record_differs",
        ),
        (
            edit_json("run.json", lambda told: told.update(started="2026-11-23t12:00:00z")),
            "recordings_unreadable",
        ),
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
    change: Callable[[dict[str, bytes]], None], code: str, packed: Any
) -> None:
    found = packed.verify_trusted(packed.repack(change, key=packed.key))
    assert found.code == ExitCode.EVIDENCE
    assert code in found.codes


@pytest.mark.parametrize(
    ("unfit", "code"),
    [
        ({"filters": ("--only PAGE-01",)}, "not_verified"),
        ({"ended": None}, "not_verified"),
        ({"harness": "0.0.1"}, "other_harness"),
        ({"contract": {"version": "2026-06-15"}}, "other_contract"),
    ],
)
def test_what_packing_refuses_is_refused_here_too_whoever_packed_it(
    unfit: dict[str, Any], code: str, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.both()
    desk.run("live", target=Target.LIVE, **unfit)
    monkeypatch.setattr(bundling, "find_unfit_runs", lambda _: ())
    assert desk.submit().code == 0
    found = desk.verify_trusted()
    assert (found.code, found.codes) == (ExitCode.EVIDENCE, [code])


def test_another_version_is_told_with_the_line_that_installs_the_right_one(packed: Any) -> None:
    output = packed.repack(
        edit_json(MANIFEST, lambda told: told["harness"].update(version="9.9.9")), key=packed.key
    )
    (trouble,) = json.loads(packed.verify_trusted(output).out)["troubles"]
    assert "pip install 'gusto-partner-qa==9.9.9'" in trouble["hint"]


def test_a_signature_of_another_bundle_is_found(packed: Any) -> None:
    folder = packed.run("other")
    packed.bundle(folder, "--draft", "--key", packed.key_file, output="other.zip")
    other = packed.contents("other.zip")[SIGNATURE]
    found = packed.verify_trusted(packed.repack(lambda files: files.update({SIGNATURE: other})))
    assert "signature_of_another" in found.codes


def test_a_signature_that_says_something_else_than_the_manifest_is_found(packed: Any) -> None:
    def sign(files: dict[str, bytes]) -> None:
        statement = make_statement(
            root=sha256_of(files[MANIFEST]),
            artifact="",
            signer=packed.key.public,
            facts={"decision": {"exit_code": 0, "headline": "approved by Gusto"}},
            environ={},
        )
        files[SIGNATURE] = seal(statement, PAYLOAD_TYPE, packed.key)

    found = packed.verify_trusted(packed.repack(sign))
    assert (found.code, found.codes) == (ExitCode.EVIDENCE, ["signature_of_another"])


def test_age_is_told_and_an_old_bundle_has_expired(packed: Any) -> None:
    assert json.loads(packed.verify_trusted().out)["age_days"] == 1
    packed.today = date(2027, 2, 21)
    assert packed.verify_trusted().code == 0
    packed.today = date(2027, 2, 22)
    assert packed.verify_trusted().codes == ["expired"]
    packed.today = date(2026, 1, 1)
    assert packed.verify_trusted().codes == ["from_the_future"]


def test_scripts_in_bodies_reach_no_page_as_markup(desk: Any) -> None:
    folder = desk.run("embedded", says={"PAGE-01": "fail"})
    cassette = folder / "cassettes" / "sync.yaml"
    cassette.write_text(cassette.read_text().replace("/employees", "/<script>alert(1)</script>", 1))
    assert desk.bundle(folder, "--draft").code == 0
    files = desk.contents()
    for path in ("report/static.html", "SUBMISSION.md"):
        assert b"<script>alert" not in files[path]


def test_what_is_no_bundle_is_told_to_people_with_what_to_do(desk: Any) -> None:
    (desk.folder / "b.zip").write_bytes(b"hello")
    ran = desk.type("verify", desk.folder / "b.zip")
    assert ran.code == ExitCode.EVIDENCE
    assert ran.out.startswith("not accepted\n  zip_damaged")
    assert "Ask for it again." in ran.out
    assert desk.type("verify", desk.folder / "gone.zip").code == ExitCode.USAGE


def test_people_are_told_what_programs_are(packed: Any) -> None:
    ran = packed.type("verify", packed.folder / "b.zip", "--key", packed.key.public.fingerprint)
    assert ran.code == 0
    assert ran.out.startswith("verified\n")
    for text in ("Acme Time 4.2.0", "1 day ago", packed.key.public.fingerprint, "judged       again"):
        assert text in ran.out
