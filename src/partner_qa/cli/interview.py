"""Asks for what the options of `partner-qa init` leave open, and proposes what most answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

import click

from partner_qa.cli.profile_answers import (
    read_base_url,
    read_contact,
    read_redirect_uris,
    read_scopes,
    read_text,
    read_url,
    read_use_cases,
    read_web_command,
)
from partner_qa.cli.profile_page import Answers, propose_scopes
from partner_qa.contract.versions import NEWEST
from partner_qa.model import UseCase

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Interview:
    """What the options say, and, where `asks`, what the person says about the rest."""

    given: Mapping[str, object]
    asks: bool

    def answer(self, name: str, question: str, read: Callable[[str], _T], default: str = "") -> _T:
        """Return an option's value, else the answer to the question, else the default."""
        told = self.given[name]
        if told:
            return cast("_T", told)
        if not self.asks:
            return read(default)
        answer: _T = click.prompt(question, default=default or None, value_proc=read)
        return answer

    def answer_or_nothing(self, name: str, question: str, read: Callable[[str], _T]) -> _T | None:
        """Return an option's value, else the answer to the question, which may be nothing."""

        def read_or_nothing(text: str) -> _T | None:
            return read(text) if text.strip() else None

        told = self.given[name]
        if told or not self.asks:
            return cast("_T | None", told or None)
        shown = f"{question} [nothing]"
        answer: _T | None = click.prompt(shown, default="", show_default=False, value_proc=read_or_nothing)
        return answer


def interview(given: Mapping[str, object], *, asks: bool) -> Answers:
    """Return what is to be written: the options by their names, and, where it `asks`, answers to the rest."""
    ask = _Interview(given=given, asks=asks)
    name = ask.answer("name", "What is your product called?", read_text)
    version = ask.answer("product_version", "Which version is it?", read_text, "1.0.0")
    company = ask.answer("company", "Which company makes it?", read_text)
    contact = ask.answer("contact", "Which e-mail address may Gusto write to?", read_contact)
    if asks and not given["use_cases"]:
        click.echo(f"Use cases: {', '.join(UseCase)}")
    use_cases = ask.answer("use_cases", "Which of them (with commas)?", read_use_cases)
    proposal = ", ".join(propose_scopes(use_cases))
    scopes = ask.answer("scopes", "Which scopes has Gusto assigned?", read_scopes, proposal)
    base_url = ask.answer("base_url", "Where does it run for a test?", read_base_url, "http://127.0.0.1:4000")
    callback = f"{base_url}/gusto/callback"
    redirect_uris = ask.answer("redirect_uris", "Which redirect URI?", read_redirect_uris, callback)
    webhook_url = given["webhook_url"]
    if UseCase.WEBHOOKS in use_cases:
        hooks = f"{base_url}/gusto/webhooks"
        webhook_url = ask.answer("webhook_url", "Where do webhooks arrive?", read_url, hooks)
    commands = ask.answer_or_nothing("commands", "Which command starts it?", read_web_command)
    return Answers(
        name=name,
        version=version,
        company=company,
        contact=contact,
        api_version=str(NEWEST),
        scopes=scopes,
        base_url=base_url,
        redirect_uris=redirect_uris,
        use_cases=use_cases,
        commands=commands or {},
        webhook_url=str(webhook_url or ""),
    )
