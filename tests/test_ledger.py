"""Waivers and attestations as people write them: read, or refused with every mistake and its line."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest

from partner_qa.errors import LedgerError
from partner_qa.ledger import load_attestations, load_waivers, to_attestation, to_row

TODAY = date(2026, 11, 23)
WAIVERS = """\
format: 1
waivers:
  - item: PAGE-01
    fingerprint: 0a1b2c3d4e5f
    owner: dana@acme.example
    reason: fixed in 4.3, out on Monday
    expires: 2026-12-24
"""
ATTESTATIONS = """\
format: 1
attestations:
  - item: PROC-01
    person: Dana Doe
    role: Head of Product
    given: 2026-11-20
    answer: Gusto granted it on 20 November.
    evidence: [approval.pdf]
    expires: 2027-05-20
"""
HASHED = f"[{{file: approval.pdf, sha256: {hashlib.sha256(b'%PDF').hexdigest()}}}]"


def write(folder: Path, text: str) -> Path:
    path = folder / "ledger.yaml"
    path.write_text(text)
    return path


def test_waivers_are_read(tmp_path: Path) -> None:
    (waiver,) = load_waivers(write(tmp_path, WAIVERS), today=TODAY)
    assert (waiver.item, waiver.fingerprint) == ("PAGE-01", "0a1b2c3d4e5f")
    assert waiver.expires == date(2026, 12, 24)


def test_attestations_are_read(tmp_path: Path) -> None:
    (tmp_path / "approval.pdf").write_bytes(b"%PDF")
    (given,) = load_attestations(write(tmp_path, ATTESTATIONS))
    assert (given.person, given.given, given.expires) == (
        "Dana Doe",
        date(2026, 11, 20),
        date(2027, 5, 20),
    )
    assert given.evidence == ("approval.pdf",)


@pytest.mark.parametrize("path", [None, Path("nowhere.yaml")])
def test_no_file_is_an_empty_ledger(path: Path | None) -> None:
    assert load_waivers(path, today=TODAY) == ()
    assert load_attestations(path) == ()


def test_an_empty_list_is_an_empty_ledger(tmp_path: Path) -> None:
    assert load_waivers(write(tmp_path, "format: 1\nwaivers: []\n"), today=TODAY) == ()


@pytest.mark.parametrize(("expires", "refused"), [("2027-02-21", False), ("2027-02-22", True)])
def test_a_waiver_runs_for_ninety_days_at_most(tmp_path: Path, expires: str, refused: bool) -> None:
    path = write(tmp_path, WAIVERS.replace("2026-12-24", expires))
    if not refused:
        assert load_waivers(path, today=TODAY)
        return
    with pytest.raises(LedgerError) as caught:
        load_waivers(path, today=TODAY)
    (problem,) = caught.value.problems
    assert (problem.line, problem.key, problem.hint) == (7, "expires", "the latest is 2027-02-21")


def test_two_waivers_of_one_finding_are_refused(tmp_path: Path) -> None:
    twice = WAIVERS + WAIVERS.split("waivers:\n")[1]
    with pytest.raises(LedgerError) as caught:
        load_waivers(write(tmp_path, twice), today=TODAY)
    (problem,) = caught.value.problems
    assert problem.line == 8
    assert "stands twice" in problem.message


def test_two_answers_to_one_item_are_refused(tmp_path: Path) -> None:
    (tmp_path / "approval.pdf").write_bytes(b"%PDF")
    twice = ATTESTATIONS + ATTESTATIONS.split("attestations:\n")[1]
    with pytest.raises(LedgerError) as caught:
        load_attestations(write(tmp_path, twice))
    assert "stands twice" in str(caught.value)


def trouble_of(folder: Path, text: str) -> str:
    (given,) = load_attestations(write(folder, text))
    return given.trouble


def test_an_answer_with_a_name_and_its_evidence_has_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "approval.pdf").write_bytes(b"%PDF")
    assert trouble_of(tmp_path, ATTESTATIONS) == ""
    assert trouble_of(tmp_path, ATTESTATIONS.replace("[approval.pdf]", HASHED)) == ""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("Dana Doe", '""', "not signed: person missing"),
        ("    person: Dana Doe\n", "", "not signed: person missing"),
        ("    role: Head of Product\n", "", "not signed: role missing"),
        ("    evidence: [approval.pdf]\n", "", "names no evidence"),
        ("[approval.pdf]", "[]", "names no evidence"),
        ("[approval.pdf]", "[approval.pdf, gone.pdf]", "gone.pdf is not there"),
    ],
)
def test_an_answer_that_is_not_signed_or_not_shown_does_not_count(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    (tmp_path / "approval.pdf").write_bytes(b"%PDF")
    assert words in trouble_of(tmp_path, ATTESTATIONS.replace(old, new))


def test_evidence_that_has_changed_voids_the_answer_until_it_is_put_back(tmp_path: Path) -> None:
    text = ATTESTATIONS.replace("[approval.pdf]", HASHED)
    (tmp_path / "approval.pdf").write_bytes(b"%PDF, another")
    assert "approval.pdf is not the file that it was given with" in trouble_of(tmp_path, text)
    (tmp_path / "approval.pdf").write_bytes(b"%PDF")
    assert trouble_of(tmp_path, text) == ""


def test_an_answer_is_written_as_it_was_read(tmp_path: Path) -> None:
    (tmp_path / "approval.pdf").write_bytes(b"%PDF")
    (given,) = load_attestations(write(tmp_path, ATTESTATIONS.replace("[approval.pdf]", HASHED)))
    assert to_attestation(to_row(given)) == given


def test_a_hash_that_is_none_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(LedgerError) as caught:
        load_attestations(
            write(tmp_path, ATTESTATIONS.replace("[approval.pdf]", "[{file: approval.pdf, sha256: abc}]"))
        )
    assert caught.value.problems[0].line == 8


@pytest.mark.parametrize("name", ["../secret.pdf", "/etc/hostname", '"a\\0b"'])
def test_evidence_stays_in_the_folder_of_the_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(LedgerError) as caught:
        load_attestations(write(tmp_path, ATTESTATIONS.replace("approval.pdf", name)))
    (problem,) = caught.value.problems
    assert "is not in the folder of this file" in problem.message


def test_an_answer_that_expires_before_it_is_given_is_refused(tmp_path: Path) -> None:
    (tmp_path / "approval.pdf").write_bytes(b"%PDF")
    with pytest.raises(LedgerError) as caught:
        load_attestations(write(tmp_path, ATTESTATIONS.replace("2027-05-20", "2026-11-19")))
    (problem,) = caught.value.problems
    assert (problem.key, problem.line) == ("expires", 9)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("PAGE-01", "page one", 3, "item"),
        ("0a1b2c3d4e5f", "late", 4, "fingerprint"),
        ("2026-12-24", "Christmas", 7, "expires"),
        ("owner: dana@acme.example", "owners: dana@acme.example", 5, "did you mean owner?"),
        ("reason: fixed in 4.3, out on Monday", "reason: soon", 6, "reason"),
        ("format: 1", "format: 2", 1, "format"),
    ],
)
def test_a_mistake_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    with pytest.raises(LedgerError) as caught:
        load_waivers(write(tmp_path, WAIVERS.replace(old, new)), today=TODAY)
    assert line in [problem.line for problem in caught.value.problems]
    assert words in caught.value.explain()


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = WAIVERS.replace("PAGE-01", "page one").replace("2026-12-24", "Christmas")
    with pytest.raises(LedgerError) as caught:
        load_waivers(write(tmp_path, text), today=TODAY)
    assert len(caught.value.problems) == 2


def test_a_path_that_cannot_be_looked_at_is_an_error_and_no_empty_ledger(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="cannot be read"):
        load_attestations(tmp_path / ("x" * 300))
    long = ATTESTATIONS.replace("approval.pdf", "x" * 300)
    assert "cannot be read" in load_attestations(write(tmp_path, long))[0].trouble
