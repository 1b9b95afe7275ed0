"""What Allure is told of an item, seen in the files that a real pytest session writes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from allure_commons.types import AttachmentType

from partner_qa.model import Basis, Blame, Kind, Level, Outcome, Place, Request, VerifiedBy
from partner_qa.report.allure import labels_of
from partner_qa.report.exchanges import LIMIT

STORY = (
    "the integration makes 3 calls to Gusto (2 answered 200, 1 answered 429), #2 to #4; "
    "trouble made: respond at #2"
)


def labels(result: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in result["labels"]}


def test_an_item_is_told_by_id_title_section_and_source(build: Any, session: Any) -> None:
    result = session.tell(build.item(), build.verdict(), build.run(), titles={"rate_limit": "Rate limits"})
    assert result["name"] == "RATE-02 A 429 is waited out"
    assert labels(result)["epic"] == "Rate limits"
    assert labels(result)["feature"] == "RATE-02 A 429 is waited out"
    assert result["links"] == [
        {
            "type": "requirement",
            "url": "https://docs.gusto.com/app-integrations/docs/rate-limits",
            "name": "Rate limits",
        }
    ]


@pytest.mark.parametrize(
    ("level", "basis", "severity"),
    [
        (Level.MUST, Basis.REVIEW, "blocker"),
        (Level.MUST, Basis.DOCUMENTED, "critical"),
        (Level.SHOULD, Basis.REVIEW, "normal"),
        (Level.SHOULD, Basis.INFERRED, "minor"),
    ],
)
def test_severity_follows_level_and_basis(
    build: Any, session: Any, level: Level, basis: Basis, severity: str
) -> None:
    item = build.item(level=level, basis=basis)
    assert labels(session.tell(item, build.verdict(), build.run()))["severity"] == severity


def test_labels_say_basis_evidence_blame_level_and_outcome(build: Any) -> None:
    verdict = build.failure(waiver=build.waiver())
    assert labels_of(build.item(), verdict) == {
        "item": "RATE-02",
        "level": "must",
        "basis": "documented",
        "outcome": "fail",
        "evidence": "wire",
        "blame": "integration",
        "waiver": build.finding().fingerprint,
    }
    blamed = labels_of(build.item(), build.verdict(outcome=Outcome.ERROR, blame=Blame.SANDBOX))
    assert blamed["blame"] == "sandbox"
    assert "waiver" not in blamed


def test_the_description_holds_requirement_why_advice_and_how_we_look(build: Any, session: Any) -> None:
    text = session.tell(
        build.item(), build.failure(), build.run(), how_we_look="One page is\n    answered 429."
    )["description"]
    for part in (
        "**FAIL**",
        "**Requirement**: After a 429",
        "**Why it matters**: A client",
        "**Advice**: Sleep for",
        "**How we look**: One page is answered 429.",
        "`partner-qa check --only RATE-02`",
        "expected    no request of this grant for 2 s after the 429",
    ):
        assert part in text


def test_the_scenario_is_told_in_steps(build: Any, session: Any) -> None:
    story = session.tell(build.item(), build.verdict(), build.run())["steps"][0]
    assert story["name"] == "scenario rate_limited_sync"
    assert [each["name"] for each in story["steps"]] == [
        "asked to sync_people for qa-rate-limited-sync-a → 200 (#1)",
        STORY,
    ]


def test_of_many_scenarios_only_those_that_findings_rest_on_are_told(build: Any, session: Any) -> None:
    names = ("rate_limited_sync", "two", "three", "four")
    run = build.run(recordings=tuple(build.recording(name) for name in names))
    steps = session.tell(build.item(), build.failure(scenarios=names), run)["steps"]
    assert [(each["name"], "steps" in each) for each in steps[:4]] == [
        ("scenario rate_limited_sync", True),
        ("scenario two", False),
        ("scenario three", False),
        ("scenario four", False),
    ]


def test_a_delivery_is_repeated_by_a_line_of_its_own_and_no_line_twice(build: Any, session: Any) -> None:
    hook = build.exchange(
        3, kind=Kind.WEBHOOK, request=Request(method="POST", url="http://127.0.0.1:4000/hooks")
    )
    exchanges = (build.exchange(1), hook, build.exchange(4), replace(build.exchange(4), sequence=5))
    places = tuple(Place(scenario="rate_limited_sync", sequence=each) for each in (3, 4, 5))
    run = build.run(recordings=(build.recording(exchanges=exchanges),))
    result = session.tell(build.item(), build.failure(findings=(build.finding(places=places),)), run)
    repeat = session.read(result["steps"][1]["attachments"][-1])
    assert repeat.count('curl -sS -g -X GET --url "$API_BASE"') == 1
    assert repeat.count("curl -sS -g -X POST --url http://127.0.0.1:4000/hooks") == 1


def test_what_only_a_person_answers_is_not_repeated_by_a_command(build: Any, session: Any) -> None:
    item = build.item("PROC-01", verified_by=VerifiedBy.ATTESTATION)
    text = session.tell(item, build.verdict("PROC-01"), build.run())["description"]
    assert "partner-qa check" not in text


def test_long_lines_of_a_finding_are_wrapped_and_nothing_is_lost(build: Any, session: Any) -> None:
    seen = " ".join(str(number) for number in range(200))
    text = session.tell(build.item(), build.failure(findings=(build.finding(seen=seen),)), build.run())[
        "description"
    ]
    block = text.partition("```text\n")[2].partition("\n```")[0]
    assert max(map(len, block.splitlines())) <= 96
    assert seen in " ".join(block.split())


def test_a_pass_has_no_attachments(build: Any, session: Any) -> None:
    result = session.tell(build.item(), build.verdict(), build.run())
    assert "attachments" not in json.dumps(result)


def test_a_finding_is_a_failed_step_with_what_it_rests_on(build: Any, session: Any) -> None:
    result = session.tell(build.item(), build.failure(), build.run())
    step = result["steps"][1]
    assert (step["name"], step["status"]) == ("does not wait as long as the 429 asked it to", "failed")
    names = [each["name"] for each in step["attachments"]]
    assert names[0] == "expected beside seen"
    assert names[1].startswith("rate_limited_sync#2 GET /v1/companies/")
    assert names[1].endswith("→ 429")
    assert names[3] == "how to repeat it"
    assert {each["type"] for each in step["attachments"]} == {AttachmentType.TEXT.mime_type}
    assert "Retry-After" in session.read(step["attachments"][0])
    assert '"first_name": "Zoë"' in session.read(step["attachments"][2])
    repeat = session.read(step["attachments"][3])
    assert "partner-qa check --only RATE-02" in repeat
    assert '-H "Authorization: Bearer $ACCESS_TOKEN"' in repeat


def test_hostile_texts_are_written_out_and_attachments_are_small(build: Any, session: Any) -> None:
    record = build.hostile_record()
    judged = record.results.judged[0]
    result = session.tell(judged.item, judged.verdict, record.results.run)
    assert "\x1b" not in result["description"]
    assert "\u202e" not in result["description"]
    for attachment in result["steps"][-1]["attachments"]:
        text = session.read(attachment)
        assert len(text) <= LIMIT
        assert all(each.isprintable() or each == "\n" for each in text)


def test_no_finding_can_end_its_code_block(build: Any, session: Any) -> None:
    finding = build.finding(seen="```` ``` \n```\n# heading <b>bold</b>")
    text = session.tell(build.item(), build.failure(findings=(finding,)), build.run())["description"]
    fence = "`````text\n"
    assert fence in text
    block = text.split(fence)[1].split("\n`````\n")[0]
    assert "# heading <b>bold</b>" in block


def test_many_findings_are_counted_not_listed(build: Any, session: Any) -> None:
    findings = tuple(build.finding(message=f"does not do thing {number}") for number in range(50))
    result = session.tell(build.item(), build.failure(findings=findings), build.run())
    assert len(result["steps"]) == 9
    assert "… and 42 more findings" in result["description"]
