"""Pages of a list, without HTTP and with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from partner_qa.sandbox.call import Call
from partner_qa.sandbox.paging import Page, reply_with_page, take_page

ROWS = list(range(1, 252))


def page(rows: list[int] | None = None, *, forced: bool = False, **query: str) -> Page[int]:
    call = Call(method="GET", path="/", query=tuple(query.items()))
    return take_page(call, ROWS if rows is None else rows, forced=forced)


def headers(of: Page[int]) -> dict[str, str]:
    return dict(of.headers)


def test_without_a_page_everything_comes_and_no_headers() -> None:
    everything = page()
    assert everything.rows == ROWS
    assert everything.headers == ()


def test_a_page_is_a_slice_with_four_headers() -> None:
    third = page(page="3", per="100")
    assert third.rows == ROWS[200:]
    assert headers(third) == {
        "X-Page": "3",
        "X-Per-Page": "100",
        "X-Total-Count": "251",
        "X-Total-Pages": "3",
    }


def test_a_page_has_25_rows_unless_asked() -> None:
    assert page(page="1").rows == ROWS[:25]
    assert headers(page(page="1"))["X-Total-Pages"] == "11"


def test_per_alone_asks_for_the_first_page() -> None:
    assert page(per="10").rows == ROWS[:10]
    assert headers(page(per="10"))["X-Page"] == "1"


def test_a_forced_list_pages_without_being_asked() -> None:
    forced = page(forced=True)
    assert forced.rows == ROWS[:25]
    assert headers(forced)["X-Total-Pages"] == "11"


def test_per_is_cut_down_to_100() -> None:
    assert len(page(page="1", per="101").rows) == 100
    assert headers(page(page="1", per="100000"))["X-Per-Page"] == "100"


@pytest.mark.parametrize("bad", ["0", "-1", "one", "", "1.5", "٣", "0x10", " 2"])
def test_what_is_no_positive_number_counts_as_absent(bad: str) -> None:
    assert page(page=bad, per="10").rows == ROWS[:10]
    assert page(page="1", per=bad).rows == ROWS[:25]


def test_a_page_past_the_end_is_empty() -> None:
    past = page(page="12")
    assert past.rows == []
    assert headers(past)["X-Total-Pages"] == "11"
    assert page(page="9" * 400).rows == []


def test_a_list_that_fills_its_pages_has_no_empty_one() -> None:
    assert headers(page(ROWS[:50], page="2"))["X-Total-Pages"] == "2"
    assert page(ROWS[:50], page="2").rows == ROWS[25:50]


def test_an_empty_list_has_no_pages() -> None:
    empty = page([], page="1")
    assert empty.rows == []
    assert headers(empty)["X-Total-Pages"] == "0"


def test_only_the_rows_of_the_page_are_made_into_json() -> None:
    made: list[int] = []

    def to_json(row: int) -> int:
        made.append(row)
        return row

    call = Call(method="GET", path="/", query=(("page", "2"), ("per", "5")))
    reply = reply_with_page(call, ROWS, to_json)
    assert json.loads(reply.body) == made == [6, 7, 8, 9, 10]


def test_the_pages_of_a_list_over_http_hold_everybody_once(open_gusto: Callable[..., Any]) -> None:
    gusto = open_gusto(people=60)
    token = gusto.partner()
    path = f"/v1/companies/{gusto.company}/employees"
    everybody = gusto.get(path, token)
    assert "x-total-pages" not in everybody.headers
    pages = [gusto.get(path, token, params={"page": number}) for number in (1, 2, 3)]
    assert [len(each.json()) for each in pages] == [25, 25, 10]
    assert {each.headers["x-total-count"] for each in pages} == {"60"}
    assert [row["uuid"] for each in pages for row in each.json()] == [row["uuid"] for row in everybody.json()]
