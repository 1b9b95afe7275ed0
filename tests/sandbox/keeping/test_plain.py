"""Values become JSON and the same values again; what does not fit its type is refused."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

import pytest

from partner_qa.errors import HarnessBug
from partner_qa.model import Json
from partner_qa.sandbox.keeping.plain import PlainError, describe, from_plain, to_plain


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, kw_only=True)
class Inner:
    at: datetime
    amounts: dict[tuple[str, str], Decimal] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Outer:
    day: date
    span: timedelta
    content: bytes
    anything: Json
    colour: Colour
    kind: Literal["a", "b"]
    inner: Inner | None
    names: frozenset[str]
    pairs: set[tuple[str, int]]
    many: tuple[Inner, ...]
    elapsed: float
    is_so: bool


WHOLE = Outer(
    day=date(2026, 2, 28),
    span=timedelta(days=3, microseconds=1),
    content=b"\x00\xff",
    anything={"list": [1, 2.5, None, True, "\ud800 and ü"], "empty": {}},
    colour=Colour.RED,
    kind="b",
    inner=Inner(at=datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), amounts={("x", "y"): Decimal("1.20")}),
    names=frozenset({"b", "a"}),
    pairs={("a", 1), ("b", 2)},
    many=(Inner(at=datetime(2026, 1, 1, tzinfo=UTC)),),
    elapsed=2,
    is_so=False,
)


def test_every_kind_of_value_comes_back_the_same_from_a_text() -> None:
    back = from_plain(json.loads(json.dumps(to_plain(WHOLE, Outer))), Outer)
    assert back == WHOLE
    assert (str(back.inner.amounts["x", "y"]), type(back.names), back.colour) == (
        "1.20",
        frozenset,
        Colour.RED,
    )


def test_the_order_of_a_set_does_not_show() -> None:
    assert to_plain({"b", "a"}, set[str]) == to_plain({"a", "b"}, set[str]) == ["a", "b"]


@pytest.mark.parametrize(
    ("plain", "kind"),
    [
        ("2026-02-31", date),
        ("soon", datetime),
        ("1,5", Decimal),
        ("a day", timedelta),
        ("?", bytes),
        ("blue", Colour),
        ("c", Literal["a", "b"]),
        (True, int),
        ("1", int),
        (1, str),
        (1, bool),
        ("ab", list[str]),
        ([1], tuple[str, ...]),
        (["a"], tuple[str, int]),
        ([["a"]], dict[tuple[str, str], str]),
        ([["a", 1, 2]], dict[int, str]),
        ({"at": "2026-01-01T00:00:00+00:00"}, Inner),
        ({"at": "2026-01-01T00:00:00+00:00", "amounts": [], "more": 1}, Inner),
        ([], Inner),
    ],
)
def test_what_does_not_fit_its_type_is_refused(plain: Json, kind: Any) -> None:
    with pytest.raises(PlainError):
        from_plain(plain, kind)


@pytest.mark.parametrize("kind", [object, complex, int | str])
def test_a_type_that_cannot_be_kept_is_our_mistake(kind: Any) -> None:
    with pytest.raises(HarnessBug, match="cannot be kept"):
        to_plain(1, kind)


def test_the_description_of_a_type_reaches_the_fields_of_its_fields() -> None:
    told = describe(Outer)
    assert "inner: Inner(at: datetime, amounts: dict[tuple[str, str], Decimal])?" in told
    assert "anything: Json" in told
    assert "kind: ('a', 'b')" in told
