"""SARIF that code scanning and editors read: valid, located, stable, and silent about what is not a finding.

The shape is checked by a schema of our own with what the standard demands of the parts we write. Where
`PARTNER_QA_SARIF_SCHEMA` names a copy of the standard's own schema, that one judges as well.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from partner_qa.model import Outcome, Source
from partner_qa.report.locating import Locator, find_root, load_locator
from partner_qa.report.results import Record
from partner_qa.report.sarif import render_sarif, to_sarif, write_sarif

ESSENTIALS = Path(__file__).parents[1] / "data" / "sarif-essentials.json"
STANDARD = os.environ.get("PARTNER_QA_SARIF_SCHEMA", "")
PROFILE = """\
format: 1
integration: {name: Acme Time, version: "4.2.0"}
gusto:
  api_version: "2026-06-15"
  scopes: [companies:read]
  redirect_uris: [http://127.0.0.1:4000/callback]
webhooks: {url: http://127.0.0.1:4000/webhooks}
actions:
  connect: {get: http://127.0.0.1:4000/connect}
  sync_people: {post: http://127.0.0.1:4000/sync}
"""


@pytest.fixture
def locator(tmp_path: Path, build: Any) -> Locator:
    (tmp_path / "qa").mkdir()
    (tmp_path / "qa" / "partner.yaml").write_text(PROFILE)
    return load_locator(tmp_path / "qa" / "partner.yaml", build.run(), root=tmp_path)


def run_of(record: Record, locator: Locator | None = None) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(render_sarif(record, locator or Locator()))
    check_shape(log)
    run: dict[str, Any] = log["runs"][0]
    return run


def check_shape(log: dict[str, Any]) -> None:
    schema = json.loads(ESSENTIALS.read_bytes())
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(log)


def result_of(run: dict[str, Any], item: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in run["results"] if each["ruleId"] == item)
    return found


def line_of(result: dict[str, Any]) -> int:
    line: int = result["locations"][0]["physicalLocation"]["region"]["startLine"]
    return line


def test_each_item_is_a_rule_that_leads_to_its_source(build: Any) -> None:
    run = run_of(build.record())
    rules = {each["id"]: each for each in run["tool"]["driver"]["rules"]}
    assert len(rules) == 9
    rule = rules["RATE-02"]
    assert rule["helpUri"] == "https://docs.gusto.com/app-integrations/docs/rate-limits"
    assert rule["fullDescription"]["text"].startswith("After a 429")
    assert rule["properties"]["tags"] == ["rate_limit", "must", "documented"]


def test_only_failures_are_results(build: Any) -> None:
    run = run_of(build.record())
    assert [each["ruleId"] for each in run["results"]] == ["AUTH-11", "RATE-02", "EMP-01"]
    assert {each["kind"] for each in run["results"]} == {"fail"}


def test_a_result_points_at_its_rule(build: Any) -> None:
    run = run_of(build.record())
    for each in run["results"]:
        assert run["tool"]["driver"]["rules"][each["ruleIndex"]]["id"] == each["ruleId"]


def test_must_is_an_error_and_should_a_warning(build: Any) -> None:
    run = run_of(build.record())
    assert result_of(run, "RATE-02")["level"] == "error"
    assert result_of(run, "EMP-01")["level"] == "warning"


def test_a_waiver_is_a_suppression_with_its_reason(build: Any) -> None:
    run = run_of(build.record())
    said = {
        "kind": "external",
        "status": "accepted",
        "justification": "dana@acme.example, until 2026-12-31: fixed in 4.3, out on Monday",
    }
    assert result_of(run, "AUTH-11")["suppressions"] == [said]
    assert "suppressions" not in result_of(run, "RATE-02")


def test_the_fingerprint_is_the_findings(build: Any) -> None:
    result = result_of(run_of(build.record()), "RATE-02")
    fingerprint = build.finding().fingerprint
    assert result["fingerprints"] == {"partnerQaFinding/v1": fingerprint}
    assert result["partialFingerprints"] == {"primaryLocationLineHash": f"{fingerprint}:1"}


def test_each_finding_is_a_result_of_its_own(build: Any) -> None:
    findings = (build.finding(), build.finding(key="another"))
    run = run_of(build.record(((build.item(), build.failure(findings=findings)),)))
    assert len({each["fingerprints"]["partnerQaFinding/v1"] for each in run["results"]}) == 2


def test_what_kept_us_from_judging_is_told_as_the_tools_own(build: Any) -> None:
    invocation = run_of(build.record())["invocations"][0]
    told = {each["associatedRule"]["id"]: each for each in invocation["toolExecutionNotifications"]}
    assert set(told) == {"PAGE-01", "ERR-04", "PROC-02"}
    assert told["ERR-04"]["level"] == "error"
    assert "missing: actions.sync_people in partner.yaml" in told["PAGE-01"]["message"]["text"]
    assert (invocation["exitCode"], invocation["executionSuccessful"]) == (1, False)


def test_a_run_of_which_every_item_was_judged_was_a_success(build: Any) -> None:
    invocation = run_of(build.record(((build.item(), build.failure()),)))["invocations"][0]
    assert invocation["executionSuccessful"] is True


def test_a_finding_is_at_the_action_that_was_under_way(build: Any, locator: Locator) -> None:
    result = result_of(run_of(build.record(), locator), "RATE-02")
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "qa/partner.yaml", "uriBaseId": "%SRCROOT%"}
    assert line_of(result) == 10
    names = [each["fullyQualifiedName"] for each in result["locations"][0]["logicalLocations"]]
    assert names == ["rate_limited_sync#2", "rate_limited_sync#3"]


@pytest.mark.parametrize(
    ("section", "line"),
    [("scopes", 5), ("versions", 4), ("authorization", 6), ("webhooks", 7), ("tokens", 9), ("people", 1)],
)
def test_a_finding_without_exchanges_is_at_the_key_its_section_is_about(
    build: Any, locator: Locator, section: str, line: int
) -> None:
    verdict = build.failure(findings=(build.finding(places=()),))
    run = run_of(build.record(((build.item(section=section), verdict),)), locator)
    assert line_of(run["results"][0]) == line


@pytest.mark.parametrize(("section", "line"), [("scopes", 5), ("versions", 4), ("webhooks", 10)])
def test_what_the_profile_declares_is_shown_there_whatever_was_under_way(
    build: Any, locator: Locator, section: str, line: int
) -> None:
    run = run_of(build.record(((build.item(section=section), build.failure()),)), locator)
    assert line_of(run["results"][0]) == line


def test_what_is_missing_is_shown_where_it_belongs(build: Any, locator: Locator) -> None:
    verdict = build.not_observed("PAGE-01")
    assert locator.find_line(build.run(), "pagination", verdict) == 10
    gone = build.verdict(missing=("observations.people in partner.yaml",))
    assert locator.find_line(build.run(), "pagination", gone) == 1
    near = build.verdict(missing=("actions.send_hours in partner.yaml",))
    assert locator.find_line(build.run(), "pagination", near) == 8


def test_a_profile_of_another_integration_lends_no_lines(build: Any, tmp_path: Path) -> None:
    path = tmp_path / "partner.yaml"
    path.write_text(PROFILE.replace("Acme Time", "Other"))
    assert load_locator(path, build.run(), root=tmp_path) == Locator()


@pytest.mark.parametrize("text", [None, "integration: [", "- a\n", "integration: 5\n"])
def test_a_profile_that_cannot_be_read_now_lends_no_lines(
    build: Any, tmp_path: Path, text: str | None
) -> None:
    path = tmp_path / "partner.yaml"
    if text is not None:
        path.write_text(text)
    assert load_locator(path, build.run(), root=tmp_path).lines == {}


def test_no_path_of_a_machine_is_told(build: Any, tmp_path: Path) -> None:
    path = tmp_path / "partner.yaml"
    path.write_text(PROFILE)
    locator = load_locator(path, build.run(), root=tmp_path / "elsewhere")
    assert locator.uri == "partner.yaml"
    assert str(tmp_path) not in render_sarif(build.record(), locator).decode()


def test_the_repository_is_where_ci_says(tmp_path: Path) -> None:
    assert find_root({"GITHUB_WORKSPACE": "/srv/checkout"}) == Path("/srv/checkout")
    assert find_root({"CI_PROJECT_DIR": "/builds/a"}) == Path("/builds/a")
    assert find_root({}) == Path.cwd()


def test_hostile_texts_leave_json_of_the_right_shape(build: Any) -> None:
    locator = Locator(uri="a b/#?\u202e.yaml")
    content = render_sarif(build.hostile_record(), locator)
    run = run_of(build.hostile_record(), locator)
    assert len(content) < 60_000
    assert "\\u001b" not in content.decode()
    assert "#" not in run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]


def test_an_address_that_is_none_of_the_web_is_no_help(build: Any) -> None:
    source = Source(title="x", url="javascript:alert(1)", retrieved=build.now.date())
    run = run_of(build.record(((build.item(source=source), build.verdict()),)))
    assert "helpUri" not in run["tool"]["driver"]["rules"][0]


def test_github_takes_no_more_results_than_five_thousand(build: Any) -> None:
    findings = tuple(build.finding(key=str(n), places=()) for n in range(5_001))
    run = to_sarif(build.record(((build.item(), build.failure(findings=findings)),)), Locator())["runs"]
    assert len(run[0]["results"]) == 5_000  # type: ignore[index,call-overload,arg-type]


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_the_right_shape(build: Any, outcome: Outcome) -> None:
    run_of(build.record(((build.item(), build.verdict(outcome=outcome)),)))


def test_equal_records_are_equal_bytes(build: Any, tmp_path: Path) -> None:
    write_sarif(build.record(), tmp_path / "a.sarif", Locator())
    assert (tmp_path / "a.sarif").read_bytes() == render_sarif(build.record(), Locator())


def test_our_schema_notices_what_the_standard_forbids(build: Any) -> None:
    log: Any = to_sarif(build.record(), Locator())
    log["runs"][0]["results"][0]["level"] = "must"
    with pytest.raises(jsonschema.ValidationError):
        check_shape(log)
    log = to_sarif(build.record(), Locator())
    log["runs"][0]["results"][0]["rule_id"] = "x"
    with pytest.raises(jsonschema.ValidationError):
        check_shape(log)


@pytest.mark.skipif(not STANDARD, reason="PARTNER_QA_SARIF_SCHEMA names no schema")
def test_the_standards_own_schema_is_content(build: Any, locator: Locator) -> None:
    schema = json.loads(Path(STANDARD).read_bytes())
    for record in (build.record(), build.hostile_record()):
        log = json.loads(render_sarif(record, locator))
        jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker()).validate(log)


def test_contradicted_use_cases_are_a_notification_about_the_configuration(
    build: Any, tmp_path: Path
) -> None:
    path = tmp_path / "partner.yaml"
    path.write_text(f"{PROFILE}use_cases: [hris]\n")
    locator = load_locator(path, build.run(), root=tmp_path)
    finding = build.finding(message="does not declare it", seen="gusto.scopes has x", hint="add it")
    run = run_of(build.record(contradictions=(finding,)), locator)
    (told,) = run["invocations"][0]["toolConfigurationNotifications"]
    assert told["level"] == "warning"
    assert told["message"]["text"].startswith("does not declare it; seen gusto.scopes has x; add it.")
    assert told["locations"][0]["physicalLocation"]["region"] == {"startLine": 11}
    assert run["results"] == run_of(build.record(), locator)["results"]
    assert "toolConfigurationNotifications" not in run_of(build.record())["invocations"][0]


def test_no_text_of_others_becomes_a_link(build: Any) -> None:
    link = "[look here](https://evil.example/)"
    finding = build.finding(message=f"does not {link}", expected=link, seen=link)
    rows = (
        (build.item(), build.failure(findings=(finding,), waiver=build.waiver(reason=link))),
        (build.item("PAGE-01"), build.verdict("PAGE-01", Outcome.NOT_OBSERVED, reason=link, missing=(link,))),
    )
    run = run_of(build.record(rows, contradictions=(finding,)))
    assert "](" not in json.dumps(run)
    assert "[look here] (https://evil.example/)" in run["results"][0]["message"]["text"]


def test_a_path_that_is_not_utf_8_is_an_address_all_the_same(build: Any) -> None:
    record = build.record(((build.item(), build.failure()),))
    place = run_of(record, Locator(uri="qa \udce9/partner.yaml"))["results"][0]["locations"][0]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "qa%20%E9/partner.yaml"
