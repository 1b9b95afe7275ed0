"""Waivers and attestations travel and come back as they were."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from partner_qa.evidence.ledgers import (
    NamedFile,
    find_expired,
    measure_files,
    read_attestations,
    write_attestations,
    write_waivers,
)
from partner_qa.ledger import load_waivers
from partner_qa.model import Attestation

TODAY = date(2026, 11, 23)
ANSWER = Attestation(
    item="PROC-01",
    person="Dana Doe",
    role="Head of Product",
    given=TODAY,
    answer="Approved by Gusto on the 1st.",
    evidence=("mail.txt", "gone.txt"),
)


def test_waivers_load_as_they_were_whatever_people_wrote(bench: Any, tmp_path: Path) -> None:
    waivers = (
        bench.waiver(),
        bench.waiver(item="RATE-02", reason='a "quote", a: colon, # and {braces}\nand Ünïcödé 𝄞 & \\'),
    )
    path = tmp_path / "waivers.yaml"
    path.write_bytes(write_waivers(waivers))
    assert load_waivers(path, today=TODAY) == waivers
    path.write_bytes(write_waivers(()))
    assert load_waivers(path, today=TODAY) == ()


def test_attestations_come_back_without_their_files() -> None:
    other = replace(ANSWER, item="PROC-02", evidence=(), expires=TODAY)
    content = write_attestations([other, ANSWER], [NamedFile(name="mail.txt", sha256="ab" * 32, size=3)])
    assert read_attestations(content) == (ANSWER, other)
    assert b'"sha256": "abab' in content


def test_an_answer_that_did_not_count_when_it_was_packed_still_does_not() -> None:
    void = replace(ANSWER, trouble="its evidence gone.txt is not there")
    assert read_attestations(write_attestations([void], [])) == (void,)


def test_an_answer_whose_file_was_another_at_packing_does_not_count_whatever_is_said() -> None:
    answer = replace(ANSWER, evidence=("mail.txt",), digests=(("mail.txt", "ab" * 32),))
    same = NamedFile(name="mail.txt", sha256="ab" * 32, size=3)
    assert read_attestations(write_attestations([answer], [same])) == (answer,)
    (read,) = read_attestations(write_attestations([answer], [replace(same, sha256="cd" * 32)]))
    assert "mail.txt is not the file that it was given with" in read.trouble


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"format": 1, "attestations": [{}]}', b"[" * 100_000]
)
def test_what_are_no_attestations_is_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError):
        read_attestations(content)


def test_files_are_measured_and_missing_ones_are_told(tmp_path: Path) -> None:
    (tmp_path / "mail.txt").write_bytes(b"abc")
    found, missing = measure_files([ANSWER], tmp_path)
    assert [(each.name, each.size) for each in found] == [("mail.txt", 3)]
    assert missing == ["attestation PROC-01: the file gone.txt cannot be read"]


def test_a_file_that_has_changed_is_told(tmp_path: Path) -> None:
    (tmp_path / "mail.txt").write_bytes(b"abc")
    answer = replace(ANSWER, evidence=("mail.txt",), digests=(("mail.txt", "ab" * 32),))
    found, changed = measure_files([answer], tmp_path)
    assert len(found) == 1
    assert changed == ["attestation PROC-01: the file mail.txt has changed since"]


def test_what_has_expired_is_told_by_its_name(bench: Any) -> None:
    waiver = bench.waiver(expires=TODAY)
    answer = replace(ANSWER, expires=TODAY)
    assert find_expired([waiver], [answer], TODAY) == ()
    assert len(find_expired([waiver], [answer, ANSWER], TODAY + timedelta(days=1))) == 2
