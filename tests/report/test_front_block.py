"""The first page at the top of Allure's: no script, put in once, and known again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from partner_qa.errors import ReportError
from partner_qa.report.front import Packed, write_front
from partner_qa.report.front_block import is_first, put_first, render_block
from partner_qa.report.static import render_page

PAGE = "<html><head></head><body><div>Allure</div></body></html>"


def test_it_stands_before_allures_own_page_and_is_known_again(build: Any) -> None:
    front = write_front(build.record())
    page = put_first(PAGE, front)
    assert page.index("<body>") < page.index(front.headline) < page.index("<div>Allure</div>")
    assert is_first(page, front)
    assert not is_first(PAGE, front)


def test_another_first_page_takes_its_place(build: Any) -> None:
    front = write_front(build.record())
    other = replace(front, headline="something else", packed=Packed(seen=date.min, expires=date.max))
    page = put_first(put_first(PAGE, front), other)
    assert is_first(page, other)
    assert not is_first(page, front)
    assert put_first(page, front) == put_first(PAGE, front)


@pytest.mark.parametrize(
    "forge",
    [
        lambda page: page.replace("Allure</div>", "Allure</div><!-- partner-qa: the first page begins -->"),
        lambda page: page.replace("<body>", "<body><p>Approved</p>"),
        lambda page: page.replace("Driven against", "Approved against"),
        lambda page: page.replace("<body>", "<body class=a><p>Approved</p><div hidden><body>"),
    ],
)
def test_a_forged_one_is_not_taken_for_it(forge: Any, build: Any) -> None:
    front = write_front(build.record())
    assert not is_first(forge(put_first(PAGE, front)), front)


def test_hostile_texts_are_only_ever_text(build: Any) -> None:
    block = render_block(write_front(build.hostile_record()))
    assert "<script" not in block
    assert "<!--" not in block
    assert all(each.isprintable() or each == "\n" for each in block)


def test_a_page_of_another_form_is_refused(build: Any) -> None:
    with pytest.raises(ReportError, match="another form"):
        put_first("<html></html>", write_front(build.record()))


def test_what_is_long_is_folded_here_and_open_on_the_page_to_print(build: Any) -> None:
    front = replace(write_front(build.record()), reasons=[f"reason {number}" for number in range(20)])
    assert "<details><summary>Why it is not verified (20)</summary>" in render_block(front)
    few = replace(front, reasons=["one"])
    assert "<details open><summary>Why it is not verified (1)</summary>" in render_block(few)
    assert "<details>" not in render_page(build.record(), front=front)
