"""Canaries: planted where a run records, redacted there, and found again by their hashes alone."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from partner_qa.cassette.files import load_recording
from partner_qa.contract.catalogue import Contract
from partner_qa.evidence.archive import Member
from partner_qa.evidence.canaries import (
    CANARIES,
    Canary,
    load_marks,
    make_canaries,
    plant_canaries,
    write_canaries,
)
from partner_qa.evidence.leaks import Search, find_leaks
from partner_qa.evidence.trouble import EvidenceError
from partner_qa.model import Kind, Target
from partner_qa.recorder.recorder import Recorder
from partner_qa.redaction.redactor import Redactor


def record(folder: Path, contract: Contract, target: Target) -> tuple[tuple[Canary, ...], Redactor, Path]:
    redactor = Redactor(mode=target)
    recorder = Recorder(None, contract=contract, redactor=redactor, target=target, folder=folder)
    canaries = make_canaries(personal=target is Target.LIVE)
    plant_canaries(canaries, recorder, redactor.register)
    recorder.finish()
    return canaries, redactor, folder / "unattributed.yaml"


@pytest.mark.parametrize("target", [*Target])
def test_no_canary_reaches_the_cassette(target: Target, tmp_path: Path, shipped_contract: Contract) -> None:
    canaries, redactor, cassette = record(tmp_path, shipped_contract, target)
    assert len(canaries) == (6 if target is Target.LIVE else 4)
    content = cassette.read_text()
    for canary in canaries:
        assert canary.value not in content, canary.kind
    write_canaries(tmp_path, canaries, redactor.registered)
    marks = load_marks(tmp_path)
    assert marks is not None
    assert not [*find_leaks([Member(path="c.yaml", content=cassette)], Search(marks=[marks]))]


def test_what_is_planted_is_judged_by_nobody(tmp_path: Path, shipped_contract: Contract) -> None:
    _, _, cassette = record(tmp_path, shipped_contract, Target.EMBEDDED)
    assert [each.kind for each in load_recording(cassette).exchanges] == [Kind.AUDIT]


def test_a_redaction_that_forgets_a_value_is_found_out(tmp_path: Path, shipped_contract: Contract) -> None:
    canaries, _, cassette = record(tmp_path, shipped_contract, Target.EMBEDDED)
    write_canaries(tmp_path, canaries, [])
    marks = load_marks(tmp_path)
    assert marks is not None
    for canary in canaries:
        spoiled = cassette.read_bytes() + f"# {canary.value}\n".encode()
        found = find_leaks([Member(path="c.yaml", content=spoiled)], Search(marks=[marks]))
        assert f"the planted {canary.kind}" in {each.kind for each in found}


def test_the_file_holds_hashes_only_and_is_for_its_owner(tmp_path: Path) -> None:
    canaries = make_canaries()
    known = ["a-real-secret-of-the-run-0123", "short", "with spaces and +++ signs"]
    write_canaries(tmp_path, canaries, known)
    path = tmp_path / CANARIES
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = path.read_text()
    for value in [*(each.value for each in canaries), *known]:
        assert value not in content
        assert value.replace("-", "") not in content
    told = json.loads(content)
    assert sum(row["kind"] == "secret" for row in told["marks"]) == 1  # what could be guessed is not kept


def test_a_secret_is_searched_for_by_its_longest_word(tmp_path: Path) -> None:
    write_canaries(tmp_path, [], ["sk.live.ABCDEFGHIJKLMNOPQRST"])
    marks = load_marks(tmp_path)
    assert marks is not None
    found = [
        *find_leaks([Member(path="x", content=b"x=sk.live.ABCDEFGHIJKLMNOPQRST")], Search(marks=[marks]))
    ]
    assert [each.kind for each in found] == ["a secret of the run"]


def test_canaries_differ_from_run_to_run_and_have_the_form_of_what_they_stand_for() -> None:
    one, other = ({each.kind: each.value for each in make_canaries()} for _ in range(2))
    assert all(one[kind] != other[kind] for kind in ("token", "bank digits", "e-mail", "client secret"))
    assert one["ssn"].startswith("000-")
    assert one["e-mail"].endswith("@canary.example")
    assert one["birth date"] < "1905"


def test_a_run_without_the_file_has_no_marks_and_a_broken_file_is_an_error(tmp_path: Path) -> None:
    assert load_marks(tmp_path) is None
    for broken in ("", "[]", '{"key": "zz"}', '{"key": "aa", "planted": 1, "marks": [{}]}'):
        (tmp_path / CANARIES).write_text(broken)
        with pytest.raises(EvidenceError):
            load_marks(tmp_path)
