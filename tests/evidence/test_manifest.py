"""The manifest: a hash for every file, one root for all, and no place for what is no evidence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from partner_qa.errors import HarnessBug
from partner_qa.evidence.archive import Member
from partner_qa.evidence.canonical import sha256_of, to_canonical
from partner_qa.evidence.manifest import find_role, make_manifest, read_manifest


def facts(**more: Any) -> dict[str, Any]:
    run = {
        "folder": "",
        "id": "20261123T120000Z",
        "target": "embedded",
        "started": "2026-11-23T12:00:00+00:00",
        "ended": None,
        "base_url": "",
        "filters": [],
        "recordings": 1,
        "exchanges": 2,
    }
    return {
        "draft": False,
        "integration": {"name": "Acme Time"},
        "harness": {"name": "gusto-partner-qa", "version": "0.1.0"},
        "contract": {},
        "checklist": {},
        "profile": {},
        "runs": [run],
        "created": "2026-11-23T12:00:00+00:00",
        "expires": "2027-02-21",
        "judged_on": "2026-11-23",
        "decision": {"exit_code": 0, "headline": "verified"},
        "strict": False,
        "signer": None,
        "notes": [],
        "sheet": None,
        "previous": None,
        "leaks": {"canaries": 4, "secrets": 7},
        **more,
    }


MEMBERS = [Member(path="run.json", content=b"{}"), Member(path="cassettes/a.yaml", content=b"a")]


def test_a_manifest_says_again_what_it_was_made_of() -> None:
    content = make_manifest(facts(), MEMBERS)
    manifest = read_manifest(content)
    assert manifest.root == sha256_of(content)
    assert {path: each.size for path, each in manifest.files.items()} == {
        "run.json": 2,
        "cassettes/a.yaml": 1,
    }
    assert manifest.files["run.json"].sha256 == sha256_of(b"{}")
    assert (str(manifest.expires), manifest.signer, manifest.is_draft) == ("2027-02-21", "", False)


def test_the_order_of_files_does_not_matter() -> None:
    assert make_manifest(facts(), MEMBERS) == make_manifest(facts(), MEMBERS[::-1])


def test_a_file_that_has_no_place_in_a_bundle_cannot_be_packed() -> None:
    with pytest.raises(HarnessBug, match="role"):
        make_manifest(facts(), [Member(path="conftest.py", content=b"")])


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("run.json", "run"),
        ("embedded/control/run.json", "run"),
        ("embedded/cassettes/two_tenants.yaml", "cassette"),
        ("allure-results/0a-1-result.json", "allure"),
        ("report/index.html", "report"),
        ("conftest.py", None),
        ("cassettes/conftest.py", None),
        ("cassettes/../run.json", None),
        ("cassettes/a.yaml/b.yaml", None),
        ("allure-results/evil.sh", None),
        ("results.json\n", None),
        ("logs/web.log", None),
        ("canaries.json", None),
        ("partner.yaml", None),
    ],
)
def test_what_a_file_is_for_is_said_by_its_path(path: str, role: str | None) -> None:
    assert find_role(path) == role


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"created": "yesterday"},
        {"expires": "2027-02-30"},
        {"judged_on": None},
        {"files": [{"path": "run.json", "sha256": "x", "size": 1, "role": "run"}]},
        {"files": [{"path": "run.json", "sha256": "a" * 64, "size": 1, "role": "run"}] * 2},
        {"harness": {"name": "gusto-partner-qa", "version": "1.0; rm -rf ~"}},
        {"signer": "me"},
        {"surprise": 1},
    ],
)
def test_a_manifest_that_breaks_its_schema_is_a_value_error(change: dict[str, Any]) -> None:
    told = json.loads(make_manifest(facts(), MEMBERS)) | change
    with pytest.raises(ValueError):
        read_manifest(to_canonical(told))


def test_a_manifest_that_tells_two_readers_two_things_is_a_value_error() -> None:
    content = make_manifest(facts(), MEMBERS)
    for changed in (content.replace(b"{", b'{"draft": true,', 1), content + b" "):
        assert json.loads(changed) == json.loads(content)
        with pytest.raises(ValueError, match="each key once"):
            read_manifest(changed)


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_what_is_no_manifest_is_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError):
        read_manifest(content)
