"""Reads what a person says of an integration, as an option or as an answer, so that it is fit for a profile.

Each reader raises `click.BadParameter` with words for what cannot be meant; click asks again, or ends.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable
from typing import TypeVar

import click

from partner_qa.contract.violation import offer
from partner_qa.model import UseCase
from partner_qa.profile.addresses import find_uri_trouble, find_url_trouble
from partner_qa.profile.placeholders import find_placeholders

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PROCESS = re.compile(r"[a-z][a-z0-9_-]*")
_T = TypeVar("_T")


def read_text(text: str) -> str:
    """Return a text without blanks around it; refuse an empty one, and what a terminal would act on."""
    told = text.strip()
    if not told:
        raise click.BadParameter("is empty")
    if not told.isprintable():
        raise click.BadParameter("has a control character")
    return told


def read_contact(text: str) -> str:
    """Return an e-mail address."""
    told = read_text(text)
    if not _ADDRESS.fullmatch(told):
        raise click.BadParameter(f"{told} is not an e-mail address")
    return told


def read_url(text: str) -> str:
    """Return a URL of the integration."""
    return _read_address(text, find_url_trouble)


def read_base_url(text: str) -> str:
    """Return the address of the integration without a slash at its end."""
    told = read_url(text).rstrip("/")
    if "?" in told or "#" in told:
        raise click.BadParameter("is to have no query and no fragment")
    return told


def read_redirect_uris(text: str) -> tuple[str, ...]:
    """Return redirect URIs that are separated by commas or blanks."""
    return tuple(_read_address(each, find_uri_trouble) for each in _split(text))


def read_use_cases(text: str) -> tuple[UseCase, ...]:
    """Return use cases that are separated by commas or blanks."""
    found = _split(text)
    for each in found:
        if each not in list(UseCase):
            raise click.BadParameter(f"{each} is not a use case; {offer(each, UseCase)}")
    return tuple(UseCase(each) for each in found)


def read_scopes(text: str) -> tuple[str, ...]:
    """Return scopes that are separated by commas or blanks."""
    from partner_qa.profile.rules import known_scopes  # noqa: PLC0415 - it reads the contract

    found, known = _split(text), known_scopes()
    for each in found:
        if each not in known:
            raise click.BadParameter(f"{each} is not a scope of Gusto's; {offer(each, known)}")
    return found


def read_command(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the name of a process and its command from `web=bin/rails server`."""
    from partner_qa.profile.rules import IN_COMMANDS  # noqa: PLC0415

    name, sign, command = text.partition("=")
    if not sign or not _PROCESS.fullmatch(name):
        raise click.BadParameter(f"{text} is not like web=bin/server")
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise click.BadParameter(f"{name}: {error}") from error
    if not words or not all(each.isprintable() for each in words):
        raise click.BadParameter(f"{name} has no command that can be run")
    for each in (found for word in words for found in find_placeholders(word)):
        if each not in IN_COMMANDS:
            raise click.BadParameter(f"{name}: {{{each}}} may not stand in a command; {{{{ }}}} are braces")
    return name, words


def read_web_command(text: str) -> dict[str, tuple[str, ...]]:
    """Return the one process `web` that a command line starts."""
    return dict([read_command(f"web={text}")])


def _read_address(text: str, find_trouble: Callable[[str], tuple[str, str] | None]) -> str:
    told = text.strip()
    trouble = find_trouble(told)
    if trouble:
        raise click.BadParameter(f"{told or 'it'} {trouble[0]} ({trouble[1]})")
    if find_placeholders(told):
        raise click.BadParameter("is to have no braces")
    return told


def _split(text: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(text.replace(",", " ").split()))
    if not found:
        raise click.BadParameter("is empty")
    return found


def read_option(read: Callable[[str], _T]) -> Callable[[click.Context, click.Parameter, object], _T | None]:
    """Return a callback that reads an option as a question's answer is read; repeated ones are joined."""

    def callback(_context: click.Context, _parameter: click.Parameter, given: object) -> _T | None:
        if isinstance(given, str):
            return read(given)
        return read(" ".join(given)) if isinstance(given, tuple) and given else None

    return callback


def read_commands(
    _context: click.Context, _parameter: click.Parameter, given: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """Return the processes that a repeated option names; a callback."""
    found: dict[str, tuple[str, ...]] = {}
    for name, words in map(read_command, given):
        if name in found:
            raise click.BadParameter(f"{name} is given twice")
        found[name] = words
    return found
