"""Two runs compared: what got worse, what is beside what, and what people declared otherwise."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from partner_qa.model import Evidence, Outcome
from partner_qa.report.comparing import Way, compare, to_json
from partner_qa.report.sides import Side

PASS, FAIL, ERROR = Outcome.PASS, Outcome.FAIL, Outcome.ERROR
UNSEEN, ATTESTED, NEEDS = Outcome.NOT_OBSERVED, Outcome.ATTESTED, Outcome.NEEDS_ATTESTATION
OUT = Outcome.NOT_APPLICABLE


def one(build: Any, outcome: Outcome | str, **more: Any) -> Side:
    """A side that judged one item."""
    if outcome == "waived":
        verdict = build.failure(waiver=build.waiver())
    else:
        verdict = build.failure() if outcome is FAIL else build.verdict(outcome=outcome)
    return Side(record=build.record(((build.item(), replace(verdict, **more)),)))


@pytest.mark.parametrize(
    ("was", "now", "way"),
    [
        (PASS, FAIL, Way.WORSE),
        (PASS, ERROR, Way.WORSE),
        (PASS, UNSEEN, Way.WORSE),
        (PASS, "waived", Way.WORSE),
        (ATTESTED, NEEDS, Way.WORSE),
        (UNSEEN, FAIL, Way.WORSE),
        ("waived", FAIL, Way.WORSE),
        (FAIL, "waived", Way.BETTER),
        (FAIL, PASS, Way.BETTER),
        (UNSEEN, PASS, Way.BETTER),
        (ERROR, PASS, Way.BETTER),
        (FAIL, ERROR, Way.CHANGED),
        (PASS, OUT, Way.CHANGED),
        (PASS, ATTESTED, Way.CHANGED),
    ],
)
def test_each_change_has_its_direction(build: Any, was: Outcome | str, now: Outcome | str, way: Way) -> None:
    comparison = compare(one(build, was), one(build, now))
    assert [each.way for each in comparison.changes] == [way]
    assert comparison.is_worse is (way is Way.WORSE)


@pytest.mark.parametrize("outcome", [*Outcome, "waived"])
def test_what_stayed_is_not_told(build: Any, outcome: Outcome | str) -> None:
    comparison = compare(one(build, outcome), one(build, outcome, reason="in other words"))
    assert comparison.changes == ()
    assert not comparison.is_worse
    assert comparison.compared == 1


def test_weaker_evidence_is_told(build: Any) -> None:
    change = compare(one(build, PASS), one(build, PASS, evidence=Evidence.REPORTED)).changes[0]
    assert change.way is Way.CHANGED


def test_a_new_finding_is_worse_and_a_gone_one_better(build: Any) -> None:
    old, new = build.finding(), build.finding(key="another")
    both = one(build, FAIL, findings=(old, new))
    change = compare(one(build, FAIL), both).changes[0]
    assert (change.way, change.new_findings, change.gone_findings) == (Way.WORSE, (new,), ())
    change = compare(both, one(build, FAIL)).changes[0]
    assert (change.way, change.gone_findings) == (Way.BETTER, (new,))
    swapped = compare(one(build, FAIL), one(build, FAIL, findings=(new,)))
    assert swapped.is_worse


def test_an_item_that_is_no_longer_judged_is_worse(build: Any) -> None:
    more = Side(
        record=build.record(((build.item(), build.verdict()), (build.item("X-01"), build.verdict("X-01"))))
    )
    change = compare(more, one(build, PASS)).changes[0]
    assert (change.item.id, change.after, change.way) == ("X-01", None, Way.WORSE)


@pytest.mark.parametrize(("outcome", "way"), [(PASS, Way.CHANGED), (FAIL, Way.WORSE), (UNSEEN, Way.CHANGED)])
def test_a_new_item_is_worse_where_it_fails(build: Any, outcome: Outcome, way: Way) -> None:
    more = build.record(
        ((build.item(), build.verdict()), (build.item("X-01"), build.verdict("X-01", outcome)))
    )
    assert [each.way for each in compare(one(build, PASS), Side(record=more)).changes] == [way]


def test_a_part_is_compared_in_that_part(build: Any) -> None:
    whole = Side(record=build.record())
    rows = tuple(row for row in build.rows() if row[0].id == "RATE-02")
    part = Side(record=build.record(rows, run=build.run(filters=("only RATE-02",))))
    for comparison in (compare(whole, part), compare(part, whole)):
        assert comparison.changes == ()
        assert comparison.compared == 1
        assert len(comparison.left_out) == 8


def test_what_is_worse_comes_first(build: Any) -> None:
    was = {"A-01": FAIL, "B-01": PASS, "C-01": PASS}
    now = {"A-01": PASS, "B-01": OUT, "C-01": FAIL}

    def side(told: dict[str, Outcome]) -> Side:
        rows = tuple((build.item(item), build.verdict(item, outcome)) for item, outcome in told.items())
        return Side(record=build.record(rows))

    changes = compare(side(was), side(now)).changes
    assert [each.item.id for each in changes] == ["C-01", "B-01", "A-01"]


# exchanges


def test_the_same_exchange_of_both_runs_stands_side_by_side(build: Any) -> None:
    other = build.recording(exchanges=(build.exchange(7), build.exchange(8, status=503), build.exchange(9)))
    before = replace(one(build, PASS), run=build.run(recordings=(other,)))
    after = replace(one(build, FAIL), run=build.run())
    pairs = compare(before, after).changes[0].exchanges
    told = [(str(each.before.place), str(each.after.place)) for each in pairs if each.before and each.after]
    assert told == [
        ("rate_limited_sync#7", "rate_limited_sync#2"),
        ("rate_limited_sync#8", "rate_limited_sync#3"),
    ]
    second = pairs[1].before
    assert second is not None
    assert second.exchange.response.status == 503


def test_without_the_recordings_of_both_no_exchange_is_taken_for_the_twin_of_another(build: Any) -> None:
    kept = build.recording(exchanges=(build.exchange(3, status=503),))  # of many, the only one that was kept
    before = Side(record=build.record(((build.item(), build.verdict()),), run=build.run(recordings=(kept,))))
    after = replace(one(build, FAIL), run=build.run())
    pairs = compare(before, after).changes[0].exchanges
    told = [(each.before and str(each.before.place), each.after and str(each.after.place)) for each in pairs]
    assert told == [(None, "rate_limited_sync#2"), ("rate_limited_sync#3", "rate_limited_sync#3")]


def test_a_fixed_failure_shows_what_is_done_now(build: Any) -> None:
    pairs = compare(one(build, FAIL), one(build, PASS)).changes[0].exchanges
    assert [str(each.after.place) for each in pairs if each.after] == [
        "rate_limited_sync#2",
        "rate_limited_sync#3",
    ]


def test_an_exchange_without_a_twin_stands_alone(build: Any) -> None:
    empty = build.run(recordings=(build.recording(exchanges=()),))
    before = Side(record=build.record(((build.item(), build.verdict()),), run=empty))
    pairs = compare(before, one(build, FAIL)).changes[0].exchanges
    assert [(each.before, str(each.after.place) if each.after else "") for each in pairs] == [
        (None, "rate_limited_sync#2"),
        (None, "rate_limited_sync#3"),
    ]


def test_a_pair_is_shown_once(build: Any) -> None:
    new = build.finding(key="another")
    pairs = compare(one(build, FAIL), one(build, FAIL, findings=(new,))).changes[0].exchanges
    assert len(pairs) == 2


# what people declared


def test_waivers_and_attestations_that_changed_are_told(build: Any) -> None:
    attested = build.verdict("PROC-01", ATTESTED, attestation=build.attestation())
    rows = ((build.item(), build.failure()), (build.item("PROC-01"), attested))
    before = Side(record=build.record(rows))
    rows = (
        (build.item(), build.failure(waiver=build.waiver())),
        (build.item("PROC-01"), replace(attested, attestation=replace(build.attestation(), person="Ed"))),
    )
    after = Side(record=build.record(rows))
    declared = compare(before, after).declared
    assert declared["waivers"] == ("RATE-02: new, by dana@acme.example until 2026-12-31",)
    assert declared["attestations"] == ("PROC-01: changed, by Ed",)
    assert compare(after, before).declared["waivers"][0].startswith("RATE-02: gone, by dana@acme.example")


def test_what_a_part_did_not_judge_is_no_decision_that_is_gone(build: Any) -> None:
    attested = build.verdict("PROC-01", ATTESTED, attestation=build.attestation())
    row = (build.item(), build.failure(waiver=build.waiver()))
    whole = Side(record=build.record((row, (build.item("PROC-01"), attested))))
    part = Side(record=build.record((row,), run=build.run(filters=("--only RATE-02",))))
    assert compare(whole, part).declared == {}


def test_scopes_use_cases_and_versions_that_changed_are_told(build: Any) -> None:
    profile = {
        "integration": {"name": "Acme Time", "version": "4.3.0"},
        "gusto": {"scopes": ["companies:read", "payrolls:read"]},
        "use_cases": ["hris"],
    }
    row = ((build.item(), build.verdict()),)
    after = Side(record=build.record(row, run=build.run(profile=profile)))
    comparison = compare(Side(record=build.record(row)), after)
    assert comparison.declared == {
        "scopes": ("payrolls:read: added", "employees:read: removed"),
        "use cases": ("webhooks: removed",),
        "versions": ("integration: 4.2.0, now 4.3.0",),
    }
    assert not comparison.is_worse


def test_a_comparison_is_json(build: Any) -> None:
    value = json.loads(json.dumps(to_json(compare(one(build, PASS), one(build, FAIL)))))
    assert value["worse"] is True
    item = value["items"][0]
    assert (item["item"], item["way"]) == ("RATE-02", "worse")
    assert (item["before"]["outcome"], item["after"]["outcome"]) == ("pass", "fail")
    assert item["new_findings"] == [build.finding().fingerprint]
    assert item["exchanges"][0]["after"]["headline"].endswith("→ 429")


def test_hostile_texts_are_compared_too(build: Any) -> None:
    record = build.hostile_record()
    assert to_json(compare(one(build, PASS), Side(record=record)))["worse"] is True
