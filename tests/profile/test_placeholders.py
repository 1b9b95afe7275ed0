"""Facts about `{name}` in partner.yaml."""

from __future__ import annotations

import pytest

from partner_qa.errors import HarnessBug
from partner_qa.profile.placeholders import fill, fill_json, fill_url, find_placeholders, is_placeholder

VALUES = {"account": "Ada & Söhne/1", "api_base": "http://127.0.0.1:9"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ()),
        ("plain", ()),
        ("{a}/{b_2}/{a}", ("a", "b_2", "a")),
        ("{{a}}", ()),
        ("{{{a}}}", ("a",)),
        ("{", ("{",)),
        ("a}b", ("}",)),
        ("{a", ("{",)),
        ("{}", ("",)),
        ("{{}", ("}",)),
        ("${HOME}", ("HOME",)),
        ("{a{b}", ("{", "b")),
    ],
)
def test_names_and_lone_braces_are_found(text: str, names: tuple[str, ...]) -> None:
    assert find_placeholders(text) == names


@pytest.mark.parametrize(
    ("text", "answer"),
    [("{a}", True), ("{a}b", False), ("{{a}}", False), ("{", False), ("{}", False), ("", False)],
)
def test_a_lone_placeholder_is_told_from_other_texts(text: str, answer: bool) -> None:
    assert is_placeholder(text) is answer


def test_values_are_filled_in_and_doubled_braces_halved() -> None:
    assert fill("{api_base}/{{x}}/{account}", VALUES) == "http://127.0.0.1:9/{x}/Ada & Söhne/1"


def test_a_value_with_braces_is_not_filled_again() -> None:
    assert fill("{a}", {"a": "{b}", "b": "no"}) == "{b}"


def test_a_value_cannot_break_out_of_its_place_in_a_url() -> None:
    filled = fill_url("http://localhost/connect?account={account}&x={{1}}", VALUES)
    assert filled == "http://localhost/connect?account=Ada%20%26%20S%C3%B6hne%2F1&x={1}"


def test_json_is_filled_in_its_texts_only() -> None:
    template = {"{account}": [{"n": 1, "t": "{account}"}, None, True, "{{}}"]}
    assert fill_json(template, VALUES) == {"{account}": [{"n": 1, "t": "Ada & Söhne/1"}, None, True, "{}"]}


@pytest.mark.parametrize("text", ["{nobody}", "{", "{}"])
def test_what_the_loader_should_have_refused_is_our_mistake(text: str) -> None:
    with pytest.raises(HarnessBug, match="nothing is known for"):
        fill(text, VALUES)
