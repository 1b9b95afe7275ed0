"""Renders HTML templates so that nothing foreign becomes markup, and no character does what is not seen.

The door to Jinja, for the plain page (static.py) and for the block at the top of Allure's (front_block.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from partner_qa.report import wording
from partner_qa.report.text import CLIP, shown

_COMMAND = re.compile("`([^`]+)`")
_TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, style: str, values: Mapping[str, object]) -> str:
    """Return a template filled in; `style` is what `load_style` gave, the only value that is markup."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["with_code"] = _with_code
    words = {"contradictions_mean": wording.CONTRADICTIONS, "nothing_to_decide": wording.NOTHING_TO_DECIDE}
    page = environment.get_template(template)
    return page.render(**words, **values, style=Markup(style)).lstrip()  # noqa: S704 - a file of ours


def load_style(name: str) -> str:
    """Return a style sheet that lies beside the templates."""
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _finalize(value: object) -> object:
    """Make every text printable and no text endless; what is Markup already is ours."""
    return shown(value, limit=2 * CLIP) if isinstance(value, str) and not isinstance(value, Markup) else value


def _with_code(value: object) -> object:
    """Return a sentence with what stands between backticks as code; nothing else in it becomes markup."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    parts = _COMMAND.split(shown(value, limit=2 * CLIP))
    pieces = [f"<code>{escape(each)}</code>" if at % 2 else escape(each) for at, each in enumerate(parts)]
    return Markup("".join(pieces))  # noqa: S704 - each piece is escaped
