"""The words of refusals that are known of Gusto are found in the code that says them, with their label."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from partner_qa.contract.catalogue import Contract, load_contract
from partner_qa.sandbox.operations import collect_handlers
from partner_qa.sandbox.problem import unprocessable
from partner_qa.sandbox.rules import Rule, find_rules
from partner_qa.sandbox.words import find_words


@cache
def the_contract() -> Contract:
    return load_contract()


def known_words() -> list[Any]:
    told = yaml.safe_load((Path(__file__).parent / "literals.yaml").read_text("utf-8"))
    return [
        pytest.param(operation, text, id=f"{operation} {text}")
        for operation, texts in told.items()
        for text in texts
    ]


@cache
def rules_of(operation_id: str) -> list[Rule]:
    operation = the_contract().require_operation(operation_id)
    fields = the_contract().list_body_fields(operation)
    return find_rules(operation, collect_handlers()[operation_id], fields=fields)


def says(rule: Rule, text: str) -> bool:
    """Whether a rule tells a sentence; `…`, or a field in braces, stands for what depends on the request."""
    quoted = re.findall("“(.+?)”", rule.text)
    return text in rule.text or any(re.fullmatch(_to_pattern(each), text) for each in quoted)


def _to_pattern(sentence: str) -> str:
    return ".+".join(re.escape(each) for each in re.split(r"…|\{[^}]*\}", sentence))


@pytest.mark.parametrize(("operation", "text"), known_words())
def test_words_that_are_known_are_shown_and_not_as_our_choice(operation: str, text: str) -> None:
    labels = {each.label for each in rules_of(operation) if says(each, text)}
    assert labels
    assert labels != {"I"}


def test_every_operation_that_refuses_tells_its_words() -> None:
    for operation in the_contract().operations:
        if 422 in operation.responses:
            told = [each for each in rules_of(operation.id) if "“" in each.text]
            assert told, operation.id


LITERAL = "This one stands elsewhere"  # [O]


def refuse_oddly(what: str) -> Any:
    """Refuse; [D] "This one is quoted". [I] other words."""
    if what == "quoted":
        return unprocessable("base", "x", "This one is quoted")
    if what == "constant":
        return unprocessable("base", "x", LITERAL)
    if what == "marked":
        return unprocessable("base", "x", f"This one names {what}")  # [Dx] from an old page
    return unprocessable("base", "two words", "This one is ours")


def test_each_sentence_has_the_label_that_stands_nearest() -> None:
    found = {each.text: each.label for each in find_words(refuse_oddly)}
    assert found == {
        "This one is quoted": "D",
        "This one stands elsewhere": "O",
        "This one names …": "Dx",
        "This one is ours": "I",
    }


def say_nothing() -> str:
    """[D] every literal."""
    return "One function of this module that refuses nothing"


def test_a_module_says_nothing_where_it_cannot_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [each.label for each in find_words(say_nothing)] == ["D"]
    monkeypatch.delitem(globals(), "unprocessable")
    find_words.cache_clear()
    assert find_words(say_nothing) == ()
