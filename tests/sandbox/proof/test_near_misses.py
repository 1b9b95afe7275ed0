"""Good requests with one value exchanged for another: nothing breaks, and a refusal is in Gusto's words.

What a schema generates seldom gets past a handler's first rule. What is one value away from a good request
gets into every corner behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

Path = tuple[str | int, ...]

_TEXTS = [
    "",
    " ",
    "0",
    "-1",
    "1e9",
    "NaN",
    "Infinity",
    "9" * 400,
    "\x00",
    "\u0661\u0662",
    "\u00e9" * 300,
    "true",
]
_DAYS = ["0001-01-01", "9999-12-31", "2026-02-30", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59"]
_OTHERS = [None, 0, -1, 10**30, 1e300, -0.0, 0.005, True, [], {}, [None], [[]], {"uuid": None}]
EDGES = st.sampled_from([*_TEXTS, *_DAYS, *_OTHERS])
VALUES = st.one_of(
    EDGES,
    st.text(max_size=20),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates().map(str),
    st.datetimes().map(str),
    st.recursive(st.none() | st.booleans() | st.text(max_size=5), lambda each: st.lists(each, max_size=3)),
)


def places_of(value: Any, place: Path = ()) -> Iterator[Path]:
    """Yield the place of every value in a body, the body itself first."""
    yield place
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, each in children:
        yield from places_of(each, (*place, name))


def with_value(body: Any, place: Path, value: Any) -> Any:
    """Return a body with another value at a place."""
    if not place:
        return value
    first, *rest = place
    changed = with_value(body[first], tuple(rest), value)
    if isinstance(body, dict):
        return {**body, first: changed}
    return [changed if index == first else each for index, each in enumerate(body)]


def with_missing(body: Any, place: Path) -> Any:
    """Return a body without what stands at a place."""
    first, *rest = place
    if rest:
        return with_value(body, (first,), with_missing(body[first], tuple(rest)))
    return {key: each for key, each in body.items() if key != first} if isinstance(body, dict) else []


def count_of(tools: Any) -> int:
    return len(tools.good_requests(tools.gusto()))


@pytest.mark.parametrize("number", range(19))
def test_one_other_value_is_taken_or_refused(tools: Any, number: int) -> None:
    @settings(
        max_examples=tools.examples * 5,
        deadline=None,
        database=None,
        derandomize=tools.examples < 10,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        gusto = tools.gusto()
        gusto.prepare(until=number)
        good = tools.good_requests(gusto)[number]
        place = data.draw(st.sampled_from(list(places_of(good.body))))
        is_left_out = bool(place) and data.draw(st.booleans(), label="left out")
        body = (
            with_missing(good.body, place) if is_left_out else with_value(good.body, place, data.draw(VALUES))
        )
        operation = gusto.contract.require_operation(good.operation)
        answer = gusto.call(operation.method, good.path, gusto.token_for(operation), body)
        note(f"{good.operation} {body!r} {answer.status} {answer.body[:500]!r}")
        if answer.status < 300:
            gusto.read_everything()
        gusto.close()
        assert answer.status < 500
        if answer.status >= 400:
            assert all(row["error_key"] and row["category"] for row in answer.json()["errors"])

    ask()


def test_each_good_request_is_asked_about(tools: Any) -> None:
    assert count_of(tools) == 19
