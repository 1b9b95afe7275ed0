"""results.json, the Allure results and JUnit tell the same of every item.

They are written on different ways: Allure's and ours while pytest judges, JUnit from the record. The run that
is judged here has every outcome in it, made from the committed one.
"""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import timedelta

import pytest

from partner_qa.gate import Ledger
from partner_qa.judge import judge_run
from partner_qa.model import Attestation, Outcome, Waiver
from partner_qa.report.allure_folder import finish_folder
from partner_qa.report.junit import write_junit
from partner_qa.report.results import Record, judging_versions, load_results, write_results
from partner_qa.suite import load_tests

ALLURE = {  # design: verdicts and what they are to Allure
    Outcome.PASS: "passed",
    Outcome.FAIL: "failed",
    Outcome.NOT_OBSERVED: "broken",
    Outcome.NOT_APPLICABLE: "skipped",
    Outcome.ATTESTED: "passed",
    Outcome.NEEDS_ATTESTATION: "broken",
    Outcome.ERROR: "broken",
}
JUNIT = {
    Outcome.PASS: "ok",
    Outcome.FAIL: "failure",
    Outcome.NOT_OBSERVED: "error",
    Outcome.NOT_APPLICABLE: "skipped",
    Outcome.ATTESTED: "ok",
    Outcome.NEEDS_ATTESTATION: "error",
    Outcome.ERROR: "error",
}


def spoiled(run, item_id):
    test = next(each for each in load_tests() if each.declared.item == item_id)
    name = test.scenarios[0]
    return with_recording(run, name, test.declared.spoiled_by)


def with_recording(run, name, change):
    changed = (change(each) if each.scenario == name else each for each in run)
    return replace(run, recordings=tuple(each for each in changed if each is not None))


def troubled(run):
    """Return the run with an item of each outcome that a test can have."""
    run = spoiled(run, "RATE-02")
    run = spoiled(run, "PAGE-01")
    run = with_recording(run, "lookalike_people", lambda each: None)
    run = with_recording(run, "server_errors_sync", lambda each: replace(each, trouble="it broke"))
    return replace(run, profile={**run.profile, "use_cases": ["hris"]})


@pytest.fixture(scope="module", params=["as recorded", "troubled", "attested and waived"])
def told(request, recorded, checklist, contract, tmp_path_factory):
    """Return what the three say, by item: results.json, Allure's folder, JUnit."""
    today = recorded.started.date()
    run = recorded if request.param == "as recorded" else troubled(recorded)

    def judge(ledger, folder=None):
        return judge_run(
            run, checklist=checklist, contract=contract, today=today, ledger=ledger, allure_dir=folder
        )

    ledger = Ledger()
    if request.param == "attested and waived":
        ledger = decided(judge(ledger), today)
    folder = tmp_path_factory.mktemp("reports")
    results = judge(ledger, folder / "allure-results")
    record = Record(results=results, titles=checklist.titles, versions=judging_versions())
    write_results(folder / "results.json", record)
    write_junit(record, folder / "junit.xml")
    finish_folder(folder / "allure-results", record)
    return folder


def decided(results, today):
    """Return the decisions of a person who waives what rates are about, and attests the one row."""
    finding = next(each for each in results.judged if each.item.id == "RATE-02").verdict.findings[0]
    waiver = Waiver(
        item="RATE-02",
        fingerprint=finding.fingerprint,
        owner="Dora",
        reason="the fix is on its way",
        expires=today + timedelta(days=30),
    )
    given = Attestation(item="PROC-01", person="Dora", role="owner", given=today, answer="granted in May")
    return Ledger(waivers=(waiver,), attestations=(given,))


def verdicts_of(folder):
    return {each.item.id: each.verdict for each in load_results(folder / "results.json").results.judged}


def read_allure(folder):
    """Return each result of Allure by the item that it names; two for one item are a mistake."""
    found = {}
    for path in (folder / "allure-results").glob("*-result.json"):
        result = json.loads(path.read_bytes())
        labels = {each["name"]: each["value"] for each in result["labels"]}
        assert labels["item"] not in found, f"Allure has two results for {labels['item']}"
        found[labels["item"]] = (result, labels)
    return found


def read_junit(folder):
    """Return each case of JUnit by the item that it names: the kind of its outcome, and its properties."""
    found = {}
    for case in ET.parse(folder / "junit.xml").getroot().iter("testcase"):
        item_id = case.get("name").split(" ", 1)[0]
        assert item_id not in found, f"JUnit has two cases for {item_id}"
        kinds = [each.tag for each in case if each.tag in {"failure", "error", "skipped"}] or ["ok"]
        properties = {each.get("name"): each.get("value") for each in case.iter("property")}
        found[item_id] = (kinds, properties)
    return found


def test_all_three_tell_of_every_item(told, checklist):
    wanted = {item.id for item in checklist.items}
    assert set(verdicts_of(told)) == set(read_allure(told)) == set(read_junit(told)) == wanted


def test_allure_says_what_results_json_says(told):
    allure = read_allure(told)
    for item_id, verdict in verdicts_of(told).items():
        result, labels = allure[item_id]
        assert result["status"] == ALLURE[verdict.outcome], item_id
        assert labels["outcome"] == verdict.outcome, item_id
        assert labels.get("waiver") == (verdict.waiver.fingerprint if verdict.waiver else None), item_id


def test_junit_says_what_results_json_says(told):
    junit = read_junit(told)
    for item_id, verdict in verdicts_of(told).items():
        kinds, properties = junit[item_id]
        assert kinds == [JUNIT[verdict.outcome]], item_id
        assert properties["outcome"] == verdict.outcome, item_id
        fingerprints = " ".join(each.fingerprint for each in verdict.findings)
        assert properties.get("fingerprints", "") == fingerprints, item_id


def test_the_counts_of_junit_add_up(told):
    root = ET.parse(told / "junit.xml").getroot()
    kinds = [kind for kinds, _ in read_junit(told).values() for kind in kinds]
    for name, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(root.get(name)) == kinds.count(kind)
        assert sum(int(suite.get(name)) for suite in root.iter("testsuite")) == kinds.count(kind)


def test_the_troubled_runs_have_every_outcome(recorded, checklist, contract):
    today, run = recorded.started.date(), troubled(recorded)
    plain = judge_run(run, checklist=checklist, contract=contract, today=today)
    ledger = decided(plain, today)
    waived = judge_run(run, checklist=checklist, contract=contract, today=today, ledger=ledger)
    seen = {each.verdict.outcome for results in (plain, waived) for each in results.judged}
    assert seen == set(Outcome)
    assert any(each.verdict.waiver for each in waived.judged)
