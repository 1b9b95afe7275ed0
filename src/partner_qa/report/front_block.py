"""The reviewer's first page at the top of the Allure report: a block of HTML before Allure's own page.

Allure has no room for it: its environment is a list of short values, and whatever is a result would be
counted as one. The block holds no script and is put in after the page was made safe (page.py), whose policy
allows styles. It stands between two marks, so that whoever verifies a bundle can compare it.
"""

from __future__ import annotations

from partner_qa.errors import ReportError
from partner_qa.report.front import Front
from partner_qa.report.rendering import load_style, render

_BODY = "<body>"
_BEGINS = "<!-- partner-qa: the first page begins -->"
_ENDS = "<!-- partner-qa: the first page ends -->"


def put_first(page: str, front: Front) -> str:
    """Return an Allure page with the first page at its top, in place of one that is there.

    Raises `ReportError` where the page has no body to put it into.
    """
    head, body, tail = without_first(page).partition(_BODY)
    if not body:
        raise ReportError("the Allure page has another form than the one this version knows")
    return f"{head}{body}{_BEGINS}{render_block(front)}{_ENDS}{tail}"


def without_first(page: str) -> str:
    """Return an Allure page without the first page, where it has one."""
    bare, _, rest = page.partition(_BEGINS)
    return bare + rest.partition(_ENDS)[2] if rest else page


def render_block(front: Front) -> str:
    """Return the first page as a piece of HTML."""
    return render("front_block.html", load_style("front_block.css"), {"front": front})


def is_first(page: str, front: Front) -> bool:
    """Return whether this first page, and no other, stands at the top of an Allure page."""
    first = f">{_BEGINS}{render_block(front)}{_ENDS}"
    return page.count(_BEGINS) == 1 and page.partition(_BODY[:-1])[2].startswith(first)
