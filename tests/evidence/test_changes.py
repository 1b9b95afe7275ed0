"""What has changed between two bundles, item by item."""

from __future__ import annotations

from typing import Any

from partner_qa.evidence.changes import find_changes


def record(outcomes: dict[str, str], **profile: Any) -> dict[str, Any]:
    told = {
        "integration": {"version": "1"},
        "gusto": {"api_version": "a", "scopes": ["x"]},
        "use_cases": ["hris"],
    }
    return {
        "run": {"profile": told | profile},
        "items": [
            {"item": {"id": name}, "verdict": {"outcome": outcome, "waiver": None, "attestation": None}}
            for name, outcome in outcomes.items()
        ],
    }


def test_equal_records_have_no_changes() -> None:
    assert find_changes(record({"A-01": "pass"}), record({"A-01": "pass"})) == ()


def test_every_kind_of_change_is_a_sentence() -> None:
    before = record({"A-01": "pass", "A-02": "fail", "A-03": "pass"})
    after = record(
        {"A-01": "fail", "A-02": "fail", "A-04": "pass"},
        integration={"version": "2"},
        gusto={"api_version": "b", "scopes": ["x", "y"]},
        use_cases=[],
    )
    after["items"][1]["verdict"]["waiver"] = {"owner": "dana"}
    assert find_changes(before, after) == (
        "integration version: 1 became 2",
        "API version: a became b",
        "scope y: new",
        "use case hris: gone",
        "A-01: was pass, is fail",
        "A-02: waiver is new",
        "A-04: new on the checklist, pass",
        "A-03: no longer on the checklist",
    )


def test_an_answer_that_was_changed_or_taken_back_is_told() -> None:
    before, after = (
        record({"A-01": "attested", "A-02": "attested"}),
        record({"A-01": "attested", "A-02": "attested"}),
    )
    for row in before["items"]:
        row["verdict"]["attestation"] = {"answer": "yes"}
    after["items"][0]["verdict"]["attestation"] = {"answer": "yes, but"}
    assert find_changes(before, after) == ("A-01: attestation was changed", "A-02: attestation is gone")


def test_a_hostile_record_is_compared_as_far_as_it_goes() -> None:
    for hostile in (
        {},
        {"run": 1, "items": 2},
        {"run": {"profile": []}, "items": [1, {"item": 1}, {"verdict": {}}]},
    ):
        assert "A-01: new on the checklist, pass" in find_changes(hostile, record({"A-01": "pass"}))


def test_changes_without_end_are_counted() -> None:
    found = find_changes(record({}), record({f"A-{number}": "pass" for number in range(1_000)}))
    assert len(found) == 201
    assert found[-1].startswith("and ")
