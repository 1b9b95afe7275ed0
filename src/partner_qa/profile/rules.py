"""What `partner.yaml` must hold to beyond its schema, each rule with the line that breaks it.

The rules read whatever was written, also where the schema has complaints, so that a person sees all
mistakes at once. `profile.py` comes here; what URLs may be is in `addresses.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from partner_qa.contract.catalogue import load_contract
from partner_qa.contract.versions import to_version
from partner_qa.contract.violation import find_nearest, offer, to_pointer
from partner_qa.document import Document, Pointer
from partner_qa.errors import Problem
from partner_qa.model import Json
from partner_qa.profile.addresses import find_uri_trouble, find_url_trouble, has_production_host
from partner_qa.profile.placeholders import find_placeholders

METHODS = ("get", "post", "put", "patch", "delete")
IN_COMMANDS = frozenset({"python", "api_base", "client_id"})
IN_ENVIRONMENT = IN_COMMANDS | {"client_secret", "qa_token", "webhook_secret"}
IN_HANDS = IN_ENVIRONMENT - {"python"}
IN_URLS = frozenset({"account"})
IN_MESSAGES = IN_HANDS | IN_URLS
IN_DOOR_COMMANDS = IN_COMMANDS | IN_URLS
EVERYWHERE = IN_ENVIRONMENT | IN_URLS
# Scopes that Gusto names but that no operation of the contract asks for: reference of scopes and changelog.
# https://docs.gusto.com/app-integrations/docs/scopes [D]
SCOPES_BY_NAME = frozenset(
    {
        "companies:read:limited",
        "company_reports:read:tier_2_only",
        "jobs:read",
        "jobs:write",
        "payrolls:run",
        "people_batches:write",
        "public",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """The document as rules ask it: a value by its path, and a problem with its line."""

    document: Document

    def at(self, *pointer: str | int) -> Json:
        """Return what stands there, or `None`."""
        value = self.document.value
        for key in pointer:
            if isinstance(value, dict) and isinstance(key, str):
                value = value.get(key)
            elif isinstance(value, list) and isinstance(key, int) and key < len(value):
                value = value[key]
            else:
                return None
        return value

    def map_at(self, *pointer: str | int) -> dict[str, Json]:
        """Return the mapping that stands there; an empty one where there is none."""
        value = self.at(*pointer)
        return value if isinstance(value, dict) else {}

    def texts_at(self, *pointer: str | int) -> Iterator[tuple[Pointer, str]]:
        """Yield every text from there downwards with its path."""
        yield from _walk(self.at(*pointer), pointer)

    def problem(self, pointer: Sequence[str | int], message: str, hint: str = "") -> Problem:
        """Return a problem at a path, on the line of the nearest thing that was written."""
        line = next(
            (
                found
                for end in range(len(pointer), -1, -1)
                if (found := self.document.line_of(pointer[:end])) is not None
            ),
            None,
        )
        key = to_pointer(pointer).removeprefix("$").removeprefix(".")
        return Problem(file=str(self.document.path), line=line, key=key, message=message, hint=hint)


def find_broken_rules(document: Document) -> Iterator[Problem]:
    """Yield every way in which a profile breaks a rule that its schema cannot express."""
    page = _Page(document=document)
    for rule in (
        _find_production_hosts,
        _find_wrong_placeholders,
        _find_wrong_urls,
        _find_wrong_application,
        _find_wrong_doors,
        _find_wrong_tenancy,
        _find_wrong_timing,
        _find_wrong_webhooks,
        _find_wrong_launch,
    ):
        yield from rule(page)


def known_scopes() -> frozenset[str]:
    """Return every scope that an operation of the contract asks for, and those that exist by name only."""
    return SCOPES_BY_NAME.union(
        *((*each.scopes, *each.additional_scopes) for each in load_contract().operations)
    )


def _walk(value: Json, pointer: Pointer) -> Iterator[tuple[Pointer, str]]:
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _walk(each, (*pointer, index))
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _walk(each, (*pointer, key))


def _find_production_hosts(page: _Page) -> Iterator[Problem]:
    for pointer, text in page.texts_at():
        if has_production_host(text):
            yield page.problem(
                pointer,
                "names Gusto's production host, which is always refused",
                "write {api_base} where the integration is told where Gusto is",
            )


def _find_wrong_placeholders(page: _Page) -> Iterator[Problem]:
    places: list[tuple[Pointer, frozenset[str]]] = [
        (("run", "setup"), IN_COMMANDS),
        (("run", "processes"), IN_COMMANDS),
        (("run", "env"), IN_ENVIRONMENT),
        (("run", "ready"), frozenset()),
        (("by_hand", "env"), IN_HANDS),
        (("by_hand", "ready"), frozenset()),
        (("webhooks", "url"), frozenset()),
        (("gusto", "redirect_uris"), frozenset()),
        (("tenancy", "account"), frozenset()),
    ]
    for pointer, door in _doors(page):
        places += [((*pointer, method), IN_URLS) for method in METHODS if method in door]
        places += [((*pointer, name), IN_MESSAGES) for name in ("json", "headers")]
        places.append(((*pointer, "command"), IN_DOOR_COMMANDS))
    for place, allowed in places:
        for pointer, text in page.texts_at(*place):
            for name in find_placeholders(text):
                if name not in allowed:
                    yield page.problem(pointer, *_word_placeholder(name, allowed))


def _word_placeholder(name: str, allowed: frozenset[str]) -> tuple[str, str]:
    if name in {"{", "}"}:
        return f"has a lone {name}", f"write {name * 2} for the brace itself"
    shown = "{" + name + "}"
    if name not in EVERYWHERE:
        near = find_nearest(name, EVERYWHERE)
        hint = f"did you mean {{{near}}}?" if near else f"write {{{shown}}} for the braces themselves"
        return f"{shown} is not a placeholder", hint
    if not allowed:
        return f"{shown} may not stand here", "write the value itself"
    if "python" in allowed and allowed <= IN_DOOR_COMMANDS:
        why = "command lines can be read by everybody on the machine; hand it over in run.env"
        return f"{shown} may not stand in a command", why if name != "account" else "there is no account yet"
    return f"{shown} may not stand here", "allowed are " + ", ".join(
        f"{{{each}}}" for each in sorted(allowed)
    )


def _find_wrong_urls(page: _Page) -> Iterator[Problem]:
    places: list[Pointer] = [("run", "ready", "url"), ("by_hand", "ready", "url"), ("webhooks", "url")]
    places += [(*pointer, method) for pointer, door in _doors(page) for method in METHODS if method in door]
    for pointer in places:
        text = page.at(*pointer)
        trouble = find_url_trouble(text) if isinstance(text, str) else None
        if trouble:
            yield page.problem(pointer, *trouble)
    for pointer, text in page.texts_at("gusto", "redirect_uris"):
        trouble = find_uri_trouble(text)
        if trouble:
            yield page.problem(pointer, *trouble)


def _find_wrong_application(page: _Page) -> Iterator[Problem]:
    version = page.at("gusto", "api_version")
    if isinstance(version, str) and to_version(version) is None:
        yield page.problem(("gusto", "api_version"), "is not a valid date", 'like "2026-06-15"')
    known = known_scopes()
    for pointer, text in page.texts_at("gusto", "scopes"):
        if text not in known:
            yield page.problem(pointer, f"{text} is not a scope of Gusto's", offer(text, known))


def _find_wrong_doors(page: _Page) -> Iterator[Problem]:
    for pointer, door in _doors(page):
        ways = [name for name in (*METHODS, "command") if name in door]
        if not ways:
            yield page.problem(pointer, "does not say how", "one of get, post, put, patch, delete, command")
        elif len(ways) > 1:
            yield page.problem(
                (*pointer, ways[1]), f"is a second way beside {ways[0]}", "one of them is enough"
            )
        elif ways == ["command"]:
            for name in ("json", "headers"):
                if name in door:
                    yield page.problem(
                        (*pointer, name), "has no place beside a command", "it reads JSON from standard input"
                    )
        elif ways == ["get"] and "json" in door:
            yield page.problem((*pointer, "json"), "has no place beside get", "use post, or the query")
    connect = page.map_at("actions", "connect")
    for method in ("post", "put", "patch", "delete"):
        if method in connect:
            yield page.problem(
                ("actions", "connect", method),
                "is not how a browser begins",
                "use get with the address of your connect button, or a command that prints start_url",
            )


def _doors(page: _Page) -> Iterator[tuple[Pointer, dict[str, Json]]]:
    for group in ("actions", "observations"):
        for name, door in page.map_at(group).items():
            if isinstance(door, dict):
                yield (group, name), door


def _find_wrong_tenancy(page: _Page) -> Iterator[Problem]:
    tenancy = page.map_at("tenancy")
    if tenancy.get("mode") == "single":
        if not tenancy.get("account"):
            yield page.problem(
                ("tenancy",), "does not have account", "single needs the name of the one account"
            )
        if "reset" not in page.map_at("actions"):
            yield page.problem(
                ("tenancy", "mode"),
                "single needs actions.reset",
                "it empties the account before each scenario",
            )
    elif "account" in tenancy:
        yield page.problem(
            ("tenancy", "account"), "is for single only", "per_scenario takes an account for each scenario"
        )


def _find_wrong_timing(page: _Page) -> Iterator[Problem]:
    settle, cap = (page.map_at("timing").get(name) for name in ("settle", "cap"))
    shortest = settle if _is_number(settle) else 2
    longest = cap if _is_number(cap) else 60
    if ("timing" in page.map_at()) and float(str(shortest)) >= float(str(longest)):
        key = "settle" if _is_number(settle) else "cap"
        yield page.problem(
            ("timing", key),
            f"settle ({shortest}) is not less than cap ({longest})",
            "cap is the longest wait for an action, settle the silence after it",
        )


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _find_wrong_webhooks(page: _Page) -> Iterator[Problem]:
    if "subscribe_webhooks" in page.map_at("actions") and "webhooks" not in page.map_at():
        yield page.problem(
            ("actions", "subscribe_webhooks"),
            "needs webhooks.url",
            "webhooks: {url: http://127.0.0.1:4000/gusto/webhooks, subscription: by_integration}",
        )
    is_preset = page.at("webhooks", "subscription") == "preset"
    if not is_preset and page.at("webhooks", "types") is not None:
        yield page.problem(
            ("webhooks", "types"),
            "belongs to a preset subscription",
            "whoever subscribes by API says there which types it wants",
        )
    for where in (("run",), ("by_hand", "env")) if is_preset else ():
        if page.at(*where) and not _hands_over(page, "webhook_secret", *where):
            yield page.problem(
                ("webhooks", "subscription"),
                f"preset needs {{webhook_secret}} in {where[0]}.env",
                "the integration cannot check signatures without it",
            )


def _find_wrong_launch(page: _Page) -> Iterator[Problem]:
    if "run" not in page.map_at():
        return
    if not _hands_over(page, "api_base", "run"):
        yield page.problem(
            ("run",),
            "does not say where Gusto is",
            'hand over {api_base}, as in env: {GUSTO_API_BASE: "{api_base}"}',
        )
    env = page.map_at("run", "env")
    for pointer, name in page.texts_at("run", "pass_env"):
        if name in env:
            yield page.problem(pointer, f"{name} stands in run.env too", "one of them is enough")


def _hands_over(page: _Page, name: str, *where: str | int) -> bool:
    given: Iterable[tuple[Pointer, str]] = page.texts_at(*where)
    return any(name in find_placeholders(text) for _, text in given)
