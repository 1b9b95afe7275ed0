"""JUnit XML that CI systems read."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from partner_qa.model import Outcome, VerifiedBy
from partner_qa.report.junit import render_junit, write_junit
from partner_qa.report.results import Record


def cases_of(record: Record) -> dict[str, ET.Element]:
    root = ET.fromstring(render_junit(record))
    return {(case.get("name") or "").split()[0]: case for case in root.iter("testcase")}


def properties_of(case: ET.Element) -> dict[str, str]:
    return {each.get("name", ""): each.get("value", "") for each in case.iter("property")}


@pytest.mark.parametrize(
    ("outcome", "element"),
    [
        (Outcome.PASS, None),
        (Outcome.ATTESTED, None),
        (Outcome.FAIL, "failure"),
        (Outcome.NOT_OBSERVED, "error"),
        (Outcome.NEEDS_ATTESTATION, "error"),
        (Outcome.ERROR, "error"),
        (Outcome.NOT_APPLICABLE, "skipped"),
    ],
)
def test_only_what_does_not_apply_is_skipped(build: Any, outcome: Outcome, element: str | None) -> None:
    record = build.record(((build.item(), build.verdict(outcome=outcome, reason="because")),))
    case = cases_of(record)["RATE-02"]
    assert [each.tag for each in case if each.tag != "properties"] == ([element] if element else [])


def test_suites_are_sections_and_count_their_cases(build: Any) -> None:
    root = ET.fromstring(render_junit(build.record()))
    assert (root.get("tests"), root.get("failures"), root.get("errors"), root.get("skipped")) == (
        "9",
        "3",
        "3",
        "1",
    )
    rate_limits = next(each for each in root if each.get("name") == "Rate limits")
    assert (rate_limits.get("tests"), rate_limits.get("failures")) == ("2", "1")


def test_a_case_carries_level_basis_blame_and_evidence(build: Any) -> None:
    given = properties_of(cases_of(build.record())["RATE-02"])
    assert given["level"] == "must"
    assert given["basis"] == "documented"
    assert given["blame"] == "integration"
    assert given["evidence"] == "wire"
    assert given["fingerprints"] == build.finding().fingerprint


def test_a_waived_failure_stays_a_failure_with_a_property(build: Any) -> None:
    case = cases_of(build.record())["AUTH-11"]
    assert case.find("failure") is not None
    assert properties_of(case)["waiver"] == "dana@acme.example until 2026-12-31"


def test_a_failure_explains_itself(build: Any) -> None:
    failure = cases_of(build.record())["RATE-02"].find("failure")
    assert failure is not None
    assert failure.get("message") == "FAIL: does not wait as long as the 429 asked it to"
    for part in ("expected    no request", "seen        2 requests", "partner-qa check --only RATE-02"):
        assert part in (failure.text or "")


def test_hostile_texts_leave_xml_that_parses_and_says_no_more_than_it_should(build: Any) -> None:
    written = render_junit(build.hostile_record())
    root = ET.fromstring(written)
    assert root.find(".//script") is None
    text = "".join(root.itertext())
    assert all(each.isprintable() or each == "\n" for each in text)
    assert b"\x1b" not in written
    assert len(written) < 100_000


def test_the_file_is_replaced_whole(build: Any, tmp_path: Path) -> None:
    path = tmp_path / "new" / "junit.xml"
    write_junit(build.record(), path)
    write_junit(build.record(), path)
    assert path.read_bytes() == render_junit(build.record())
    assert [each.name for each in path.parent.iterdir()] == ["junit.xml"]


def test_every_suite_says_where_the_use_cases_are_contradicted(build: Any) -> None:
    finding = build.finding(message="does not declare it", seen="gusto.scopes has x", hint="add it\x00")
    record = build.record(contradictions=(finding,))
    for suite in ET.fromstring(render_junit(record)).iter("testsuite"):
        told = [each.get("value") for each in suite.findall("properties/property[@name='contradiction']")]
        assert told == ["does not declare it; seen gusto.scopes has x; add it\\x00"]
    assert b"contradiction" not in render_junit(build.record())


def test_what_nobody_has_answered_is_not_told_to_be_driven_again(build: Any) -> None:
    item = build.item("PROC-02", verified_by=VerifiedBy.ATTESTATION)
    record = build.record(((item, build.verdict("PROC-02", Outcome.NEEDS_ATTESTATION)),))
    told = render_junit(record).decode()
    assert "answer      partner-qa attest --item PROC-02" in told
    assert "partner-qa check" not in told
