"""A whole run on the live target, merged with an embedded one: verdicts, reports, and what reaches disk."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

from partner_qa.cassette.files import load_run
from partner_qa.model import Kind, Target
from partner_qa.suite import load_scenarios

LIVE = {each.id for each in load_scenarios() if Target.LIVE in each.targets}
WORDS = 4  # characters; a shorter value might stand anywhere


def files_of(folder: Path) -> dict[str, str]:
    """Every file of a run but Allure's page, whose script has words of its own; what is zipped, unzipped."""
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as parts:
                found |= {
                    f"{name}/{part}": parts.read(part).decode("utf-8", "replace") for part in parts.namelist()
                }
        elif path.is_file() and path.name != "index.html":
            found[name] = path.read_text("utf-8")
    return found


def test_both_targets_together_verify_the_example(both: Any) -> None:
    assert both.done.code == 0, both.done.err
    assert set(both.done.outcomes.values()) <= {"pass", "needs_attestation", "not_applicable"}
    assert "verified" in both.done.out


def test_every_live_scenario_was_recorded_on_the_live_target(both: Any) -> None:
    run = load_run(both.done.folder)
    assert run.target is Target.LIVE
    assert run.base_url == both.facts["base_url"]
    driven = {each.scenario: each for each in run if each.scenario != "unattributed"}
    assert set(driven) == LIVE
    for recording in driven.values():
        assert recording.target is Target.LIVE
        assert not recording.missing
        assert not recording.reason
        assert not recording.trouble
        assert any(call.kind is Kind.API and call.response.status == 200 for call in recording.exchanges)


def test_one_connection_serves_every_scenario_and_its_calls_belong_to_the_one_that_made_them(
    both: Any,
) -> None:
    run = load_run(both.done.folder)
    assert len({tenant.account for each in run for tenant in each.tenants}) == 1
    for name in LIVE:
        recording = run.find(name)
        assert recording is not None
        lists = [
            call for call in recording.of_kind(Kind.API) if call.operation and "employees" in call.operation
        ]
        assert lists, name
        assert all(call.started >= recording.started for call in lists)
    refreshed = run.find("expired_token_sync")
    assert refreshed is not None
    assert {call.grant for call in refreshed.of_kind(Kind.API)} == {"grant-2"}


def test_a_person_is_asked_again_after_a_disconnect(both: Any) -> None:
    assert len(both.person.opened) == 2
    assert "has disconnected" in both.done.err
    assert both.done.err.count("Access was allowed; going on.") == 2


def test_the_live_proof_of_a_row_is_named(both: Any) -> None:
    verdict = both.done.verdicts["PAGE-01"]
    assert verdict["outcome"] == "pass"
    assert {"large_company_sync", "large_company_sync_on_live"} <= set(verdict["scenarios"])


def test_a_demo_row_that_the_live_run_could_not_show_rests_on_the_embedded_one(both: Any) -> None:
    verdict = both.done.verdicts["SCOPE-02"]  # no live scenario sends hours or writes payrolls
    assert verdict["outcome"] == "pass"
    assert "first_connect" in verdict["scenarios"]
    assert not any(each.endswith("_on_live") for each in verdict["scenarios"])


def test_what_only_the_embedded_sandbox_can_show_is_taken_from_there(both: Any) -> None:
    assert both.done.verdicts["DATA-02"]["scenarios"] == ["two_tenants"]


def test_every_report_says_both_targets(both: Any) -> None:
    assert "embedded and live sandboxes" in " ".join(both.done.out.split())
    files = files_of(both.done.folder)
    assert "embedded and live sandboxes" in files["static.html"]
    assert "Sandbox=embedded\\ and\\ live" in files["allure-results/environment.properties"]
    assert both.facts["base_url"] in files["static.html"]
    targets = {each["scenario"]: each["target"] for each in both.done.results["run"]["recordings"]}
    assert targets["first_connect"] == "embedded"
    assert targets["first_connect_on_live"] == "live"


def test_allure_has_one_result_for_each_item(both: Any) -> None:
    told = [
        json.loads(path.read_bytes()) for path in (both.done.folder / "allure-results").glob("*-result.json")
    ]
    labels = [{each["name"]: each["value"] for each in result["labels"]} for result in told]
    assert sorted(each["item"] for each in labels) == sorted(both.done.outcomes)
    assert {each["item"]: each["outcome"] for each in labels} == both.done.outcomes
    for result, label in zip(told, labels, strict=True):
        assert (result["status"] == "passed") == (label["outcome"] in {"pass", "attested"}), label["item"]
    assert not list(both.done.folder.glob("allure-results-*"))


def test_nothing_of_the_remotes_people_reaches_disk(both: Any) -> None:
    personal = {
        str(person[name])
        for person in both.people
        for name in ("first_name", "last_name", "email", "date_of_birth")
        if person.get(name) and len(str(person[name])) >= WORDS
    }
    personal |= {each["name"] for each in both.facts["companies"]}
    assert len(personal) > 60
    for name, text in files_of(both.done.folder).items():
        if name.startswith(("cassettes/", "logs/")) or name == "run.json":
            words = set(re.split(r"[^\w@.-]+", text))
            assert not {each for each in personal if each in words or (" " in each and each in text)}, name


def test_no_secret_of_the_application_reaches_disk(both: Any) -> None:
    secrets = (both.facts["client_secret"], both.facts["access_token"])
    for name, text in files_of(both.done.folder).items():
        assert not any(each in text for each in secrets), name
        assert not re.search(r"Bearer (?!redacted-)[\w-]{12,}", text), name
        tokens = re.findall(r'"(?:access|refresh)_token\\?": ?\\?"([^"\\]+)', text)
        assert all(each.startswith("redacted-") for each in tokens), name


def test_the_reports_can_be_made_again(both: Any) -> None:
    page = both.done.folder / "static.html"
    before = page.read_bytes()
    page.unlink()
    done = both.desk.run("report", str(both.done.folder))
    assert done.code == 0, done.err
    assert page.read_bytes() == before


def test_the_folder_holds_all_that_both_were_judged_on_and_comes_to_the_same_again(both: Any) -> None:
    done = both.desk.run("judge", "--json", str(both.done.folder))
    assert done.code == 0, done.err
    assert f"results.json says the same of {len(both.done.outcomes)} items" in done.err
    told = json.loads(done.out)
    assert {each["item"]["id"]: each["verdict"]["outcome"] for each in told["items"]} == both.done.outcomes


def test_a_record_of_both_that_says_something_else_is_noticed(both: Any, tmp_path: Path) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(both.done.folder, folder, ignore=shutil.ignore_patterns("allure-*", "*.html"))
    told = json.loads((folder / "results.json").read_bytes())
    row = next(each for each in told["items"] if each["item"]["id"] == "DATA-02")
    row["verdict"] |= {"outcome": "not_observed"}
    (folder / "results.json").write_text(json.dumps(told), "utf-8")
    done = both.desk.run("judge", str(folder))
    assert done.code == 7
    assert "DATA-02: recorded not_observed, derived pass" in done.err


def test_the_live_recordings_alone_are_incomplete_and_say_what_is_missing(both: Any, tmp_path: Path) -> None:
    folder = tmp_path / "live"
    shutil.copytree(both.done.folder / "cassettes", folder / "cassettes")
    shutil.copy2(both.done.folder / "run.json", folder / "run.json")
    done = both.desk.run("judge", "--json", str(folder))
    assert done.code == 3, done.err
    told = {each["item"]["id"]: each["verdict"] for each in json.loads(done.out)["items"]}
    assert told["PAGE-01"]["outcome"] == "pass"
    assert told["DATA-02"]["outcome"] == "not_observed"
    assert told["DATA-02"]["missing"] == ["scenario two_tenants (against the embedded sandbox)"]


def test_a_stand_in_is_no_proof_for_a_submission(both: Any) -> None:
    done = both.desk.run("judge", "--submission", "--json", str(both.done.folder))
    assert (
        "SCOPE-02 Every assigned scope is used: must be seen on Gusto's own demo host"
        in (json.loads(done.out)["decision"]["reasons"])
    )
