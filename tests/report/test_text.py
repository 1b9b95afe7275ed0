"""Foreign text, made safe to show."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_qa.report.text import clipped, counted, printable, shown, xml_safe


def test_a_terminal_escape_is_written_out() -> None:
    assert printable("\x1b[31mred\x07") == "\\x1b[31mred\\x07"


@pytest.mark.parametrize(
    "hostile", ["\u202e", "\u2066", "\x00", "\x9b", "\u2028", "\ud800", "\r", "\U000e0001"]
)
def test_a_character_that_readers_act_on_is_written_out(hostile: str) -> None:
    assert printable(f"a{hostile}b").isprintable()
    assert hostile not in printable(f"a{hostile}b", lines=True)


def test_names_beyond_ascii_stay_as_they_are() -> None:
    assert printable("Zoë Łukasz 李 عمر") == "Zoë Łukasz 李 عمر"


def test_line_feeds_stay_only_where_lines_are_wanted() -> None:
    assert printable("a\nb") == "a\\nb"
    assert printable("a\nb", lines=True) == "a\nb"


def test_a_long_text_is_cut_and_says_how_long_it_was() -> None:
    assert clipped("x" * 1_000_000, 5) == "xxxxx… (1,000,000 characters in all)"
    assert clipped("short", 5) == "short"


def test_a_text_that_is_cut_again_still_says_how_long_it_was_at_first() -> None:
    once = clipped("x" * 5_000, 2_000)
    assert clipped(once, 2_000) == once
    assert clipped(once, 600) == "x" * 600 + "… (5,000 characters in all)"


@given(st.text(st.characters(codec=None)))
def test_whatever_is_shown_is_printable(text: str) -> None:
    assert shown(text).isprintable()


@given(st.text(st.characters(codec=None)))
def test_whatever_is_made_safe_for_xml_parses(text: str) -> None:
    element = ET.Element("a")
    element.text = xml_safe(text)
    ET.fromstring(ET.tostring(element))


def test_things_are_counted_with_their_plural() -> None:
    assert counted(1, "call") == "1 call"
    assert counted(1200, "call") == "1,200 calls"
    assert counted(2, "is", "are") == "2 are"
