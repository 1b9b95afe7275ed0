"""Every check can fail: its spoiler, applied to the committed run, must be noticed.

The committed run passes as it is. Spoiled in the one place that the suite names, the item must fail with a
finding that is blamed on the integration; an exception or a mere "not observed" would prove nothing.
"""

from dataclasses import replace
from functools import cache

import pytest

from partner_qa.gate import Ledger
from partner_qa.judge import Choice, judge_run
from partner_qa.model import Blame, Outcome
from partner_qa.suite import load_tests

TESTS = {test.declared.item: test for test in load_tests()}
AUTOMATED = sorted(TESTS)


@pytest.fixture(scope="session")
def judge(checklist, contract):
    def judge_items(run, *item_ids):
        today = run.started.date()
        choice = Choice(items=item_ids)
        results = judge_run(
            run, checklist=checklist, contract=contract, today=today, ledger=Ledger(), choice=choice
        )
        return {each.item.id: each.verdict for each in results.judged}

    return judge_items


@pytest.fixture(scope="session")
def verdicts(judge, recorded):
    return judge(recorded)


def spoil(run, test):
    """Return the run with the suite's one change: to the scenario it asks for first, else to all of it."""
    spoiled_by = test.declared.spoiled_by
    if not test.scenarios:
        return spoiled_by(run)
    good = run.find(test.scenarios[0])
    assert good is not None
    bad = spoiled_by(good)
    return replace(run, recordings=tuple(bad if each is good else each for each in run))


def batch_of(item_id):
    """Return the items that are spoiled in one run: each is handed one recording, and no two the same.

    So none can see what another's spoiler changed, and pytest is started a dozen times instead of a hundred.
    Whoever looks at several recordings, or at all of them, is alone.
    """
    test = TESTS[item_id]
    if test.is_of_run or len(test.scenarios) != 1:
        return (item_id,)
    by_scenario = {}
    for each in AUTOMATED:
        if not TESTS[each].is_of_run and len(TESTS[each].scenarios) == 1:
            by_scenario.setdefault(TESTS[each].scenarios[0], []).append(each)
    place = by_scenario[test.scenarios[0]].index(item_id)
    return tuple(each[place] for each in by_scenario.values() if place < len(each))


@pytest.fixture(scope="session")
def judge_spoiled(judge, recorded):
    """Judge an item on a run with its spoiler, and with those of its batch."""

    @cache
    def judge_batch(batch):
        run = recorded
        for each in batch:
            run = spoil(run, TESTS[each])
        return judge(run, *batch)

    return lambda item_id: judge_batch(batch_of(item_id))[item_id]


@pytest.mark.parametrize("item_id", AUTOMATED)
def test_the_committed_run_passes(verdicts, item_id):
    verdict = verdicts[item_id]
    # A person still has to answer for some of them; nobody is asked before the test has passed.
    assert verdict.outcome in (Outcome.PASS, Outcome.NEEDS_ATTESTATION), verdict.reason


@pytest.mark.parametrize("item_id", AUTOMATED)
def test_a_spoiled_run_fails_with_a_finding(judge_spoiled, recorded, item_id):
    assert spoil(recorded, TESTS[item_id]) != recorded, "the spoiler changed nothing"
    verdict = judge_spoiled(item_id)
    assert verdict.outcome is Outcome.FAIL, f"{verdict.outcome}: {verdict.reason}"
    assert any(finding.blame is Blame.INTEGRATION for finding in verdict.findings)
    assert all(finding.message.startswith("does not ") for finding in verdict.findings)


@pytest.mark.parametrize("item_id", AUTOMATED)
def test_a_spoiler_changes_only_what_the_integration_said_or_left_unsaid(recorded, item_id):
    spoiled = spoil(recorded, TESTS[item_id])
    for before, after in zip(recorded, spoiled, strict=True):
        assert replace(after, exchanges=()) == replace(before, exchanges=())
        by_number = {each.sequence: each for each in after.exchanges}
        for exchange in before.exchanges:
            changed = by_number.get(exchange.sequence, exchange)
            assert changed.kind is exchange.kind
            assert changed.fault == exchange.fault
