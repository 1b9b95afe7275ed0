"""Rules are found where they are written: in the functions that carry them out."""

from __future__ import annotations

from typing import Any

import pytest

from partner_qa.contract.catalogue import Contract, load_contract
from partner_qa.sandbox.call import Call, Reply
from partner_qa.sandbox.operations import collect_handlers
from partner_qa.sandbox.problem import not_found
from partner_qa.sandbox.rules import Rule, find_rules
from partner_qa.sandbox.world import World


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load_contract()


def rules_of(contract: Contract, operation: str, handler: Any = None) -> list[Rule]:
    found = handler or collect_handlers()[operation]
    return find_rules(contract.require_operation(operation), found)


def test_every_operation_has_rules_with_label_and_place(contract: Contract) -> None:
    for operation in contract.operations:
        rules = rules_of(contract, operation.id)
        assert len(rules) > 5, operation.id
        for rule in rules:
            assert rule.label in {"D", "Dx", "O", "O3", "I"}
            assert rule.text, (operation.id, rule)
            assert rule.file.endswith(".py")


def test_a_rule_of_a_function_that_the_handler_calls_counts(contract: Contract) -> None:
    rules = rules_of(contract, "put-v1-employee_benefits-employee_benefit_id")
    stale = next(each for each in rules if "missing version" in each.text)
    assert (stale.label, stale.file) == ("O", "locking.py")
    assert stale.about.startswith("is_stale: ")
    limit = next(each for each in rules if "more than one benefit" in each.text)
    assert (limit.label, limit.source[:23]) == ("D", "https://docs.gusto.com/")
    assert any("employee-benefit-events" in each.source for each in rules)


def test_a_rule_of_no_function_that_is_called_does_not(contract: Contract) -> None:
    texts = {each.text for each in rules_of(contract, "get-v1-benefits")}
    assert not any("more than one benefit" in each for each in texts)
    assert any("operations without a token" in each for each in texts)


def made_up(_world: World, _call: Call) -> Reply:
    """Answer nothing; [D] a documented rule (https://docs.gusto.com/x). This has no label.

    An observed one [O]. [I] and a choice of ours.
    """
    # [Dx] a comment that stands alone
    return not_found(
        "Words that are said",
    )  # [I] the wording


def test_sentences_are_taken_apart_by_label(contract: Contract) -> None:
    found = rules_of(contract, "get-v1-benefits", made_up)
    rules = [(each.label, each.text, each.source) for each in found if each.file == "test_rules.py"]
    assert rules == [
        ("D", "a documented rule (https://docs.gusto.com/x).", "https://docs.gusto.com/x"),
        ("O", "An observed one [O].", ""),
        ("I", "and a choice of ours.", ""),
        ("Dx", "a comment that stands alone", ""),
        ("I", "the wording: “Words that are said”", ""),
    ]
    lines = [each.line for each in found if each.file == "test_rules.py"]
    assert lines == sorted(lines)


def test_the_words_for_wrong_fields_are_rules_too(contract: Contract) -> None:
    rules = rules_of(contract, "post-v1-webhook-subscription")
    words = [each.text for each in rules if each.file == "validity.py" and each.line == 0]
    assert any("`url`" in each and "URL can't be blank" in each for each in words)
    assert any("is missing" in each and "subscription_types is required." in each for each in words)
