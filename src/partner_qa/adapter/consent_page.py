"""Reads Gusto's consent page as a machine: the form `consent`, its hidden fields, its choice of companies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

FORM = "consent"


@dataclass(slots=True, kw_only=True)
class ConsentForm:
    """What the form asks for: where it is sent, what it carries, and which companies it offers."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    companies: list[str] = field(default_factory=list)

    def to_answer(self, company: str | None, decision: str, person: str = "") -> Mapping[str, str]:
        """Return the filled-in form; without a company the first one that is offered is taken.

        `person` is who signs in; without one it is whoever the page was shown to.
        """
        chosen = company or next(iter(self.companies), "")
        who = {"person": person} if person else {}
        return {**self.fields, **who, "company": chosen, "decision": decision}


def find_consent_form(page: str) -> ConsentForm | None:
    """Return the form of a consent page, or `None` where a page has none."""
    return _read(page).form


def read_words(page: str) -> str:
    """Return the words of a page on one line, without markup."""
    return " ".join(" ".join(_read(page).words).split())


def _read(page: str) -> _Page:
    found = _Page()
    found.feed(page)
    found.close()
    return found


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.form: ConsentForm | None = None
        self.words: list[str] = []
        self._is_inside = False
        self._is_hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the form and what is in it."""
        given = {name: value or "" for name, value in attrs}
        self._is_hidden = tag in {"style", "script", "title"}
        if tag == "form":
            self._is_inside = given.get("id") == FORM
            if self._is_inside:
                self.form = ConsentForm(action=given.get("action", ""))
        elif self._is_inside and self.form is not None:
            if tag == "input" and given.get("type") == "hidden":
                self.form.fields[given.get("name", "")] = given.get("value", "")
            elif tag == "option":
                self.form.companies.append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        """Leave the form."""
        self._is_hidden = False
        if tag == "form":
            self._is_inside = False

    def handle_data(self, data: str) -> None:
        """Keep what a person would read."""
        if not self._is_hidden:
            self.words.append(data)
