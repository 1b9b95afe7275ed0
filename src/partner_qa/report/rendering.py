"""Renders HTML templates so that nothing foreign becomes markup, and no character does what is not seen.

The door to Jinja, for the plain page (static.py) and for the block at the top of Allure's (front_block.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from partner_qa.report import wording
from partner_qa.report.text import CLIP, shown

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
    words = {"contradictions_mean": wording.CONTRADICTIONS, "nothing_to_decide": wording.NOTHING_TO_DECIDE}
    page = environment.get_template(template)
    return page.render(**words, **values, style=Markup(style)).lstrip()  # noqa: S704 - a file of ours


def load_style(name: str) -> str:
    """Return a style sheet that lies beside the templates."""
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _finalize(value: object) -> object:
    """Make every text printable and no text endless; what is Markup already is ours."""
    return shown(value, limit=2 * CLIP) if isinstance(value, str) and not isinstance(value, Markup) else value
