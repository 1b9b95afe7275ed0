"""Pages of a list: `page` and `per` in, rows and the X-… headers out.

Handlers hand in all rows of a list and get back those to show; only these need to be put into JSON.
[D] https://docs.gusto.com/app-integrations/docs/pagination: pages count from 1, 25 to a page, and the
headers come only with pages. Without a paging parameter everything comes at once, except where an
operation always pages (`forced`). The cursor of `get-events` is in webhooks.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from partner_qa.model import Headers, Json
from partner_qa.sandbox.call import Call, Reply

Row = TypeVar("Row")

DEFAULT_PER = 25  # [D]
LARGEST_PER = 100  # [D] for the payroll operations; [I] for all others, and that more is cut down to it
_LONGEST = 9  # digits of a number that is worth reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Row]):
    """The rows to show, and the headers that say where they stand (none where everything is shown)."""

    rows: Sequence[Row]
    headers: Headers = ()


def take_page(call: Call, rows: Sequence[Row], *, forced: bool = False) -> Page[Row]:
    """Return the page that a call asks for.

    `per` alone asks for the first page ([D] the headers come when "pagination parameters" were sent).
    [I] bad values count as absent, a `per` above 100 as 100, and a page past the end is empty.
    """
    page, per = call.find_query("page"), call.find_query("per")
    if page is None and per is None and not forced:
        return Page(rows=rows)
    number = _read_positive(page, 1)
    size = min(_read_positive(per, DEFAULT_PER), LARGEST_PER)
    count = len(rows)
    start = (number - 1) * size
    headers = (
        ("X-Page", str(number)),
        ("X-Per-Page", str(size)),
        ("X-Total-Count", str(count)),
        ("X-Total-Pages", str(-(-count // size))),
    )
    return Page(rows=rows[start : start + size], headers=headers)


def reply_with_page(
    call: Call, rows: Sequence[Row], to_json: Callable[[Row], Json], *, forced: bool = False
) -> Reply:
    """Return the answer of a list: a bare array, and the headers where it is a page of it."""
    page = take_page(call, rows, forced=forced)
    return Reply.of_rows(200, (to_json(row) for row in page.rows), headers=page.headers)


def _read_positive(text: str | None, default: int) -> int:
    if text is None or not (text.isascii() and text.isdigit()):
        return default
    return int(text[:_LONGEST]) or default
