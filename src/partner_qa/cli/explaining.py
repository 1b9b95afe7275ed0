"""`partner-qa sandbox --explain`: what the sandbox does with an operation, rule by rule, with each source."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from partner_qa.contract.catalogue import Contract
from partner_qa.contract.operation import Operation
from partner_qa.contract.violation import find_nearest
from partner_qa.errors import Problem, UsageError
from partner_qa.sandbox.operations import collect_handlers
from partner_qa.sandbox.rules import Rule, find_rules

_REQUEST_LINE = re.compile(r"([A-Za-z]+)\s+(/\S*)")
_MEANINGS = (
    ("D", "documented"),
    ("Dx", "documented in an older edition"),
    ("O", "observed"),
    ("I", "our choice, where nothing is known"),
)
_WIDTH = 100
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_ID = re.compile(r"\{[^/]*\}|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|(?<=/)…(?=/|$)")


def explain_operation(contract: Contract, asked: str) -> Iterator[str]:
    """Go through the lines that explain an operation, asked for as `PUT /v1/…` or by its operationId.

    Raises `UsageError` for one that the contract has not.
    """
    operation = _require(contract, asked.strip())
    fields = contract.list_body_fields(operation)
    rules = find_rules(operation, collect_handlers().get(operation.id), fields=fields)
    yield f"{operation.method} {operation.path}"
    yield f"{operation.id}: {operation.summary}"
    yield from _list_needs(operation)
    yield ""
    yield "labels: " + ", ".join(f"[{label}] {meaning}" for label, meaning in _MEANINGS)
    about = ""
    for rule in rules:
        heading = f"{rule.file}, {rule.about}"
        if heading != about:
            about = heading
            yield ""
            yield from _wrap(heading, "", "  ")
        yield from _show(rule)


def _list_needs(operation: Operation) -> Iterator[str]:
    yield f"token: {operation.token}"
    if operation.scopes:
        yield f"scopes: {', '.join(operation.scopes)}"
    if operation.additional_scopes:
        yield f"scopes that show or allow more, or less: {', '.join(operation.additional_scopes)}"
    if operation.version_in != "none":
        yield f"version: in the {operation.version_in}"
    if operation.paging != "none":
        yield f"pages: {operation.paging}"
    yield f"answers: {', '.join(str(status) for status in sorted(operation.responses))}"


def _show(rule: Rule) -> Iterator[str]:
    yield from _wrap(f"[{rule.label}] {rule.text}", "  ", "      ")
    if rule.source and rule.source not in rule.text:
        yield f"      {rule.source}"


def _wrap(text: str, first: str, others: str) -> list[str]:
    """Return lines of a text; no address is broken, so that it can be followed."""
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _find_near_path(contract: Contract, method: str, path: str) -> str | None:
    """Return another method of a path, or the operation whose path is most like it, ids left aside."""
    others = [each for each in _METHODS if contract.find_operation(each, path)]
    if others:
        return " or ".join(f"{each} {path}" for each in others)
    known = {f"{each.method} {_ID.sub('{}', each.path)}": each for each in contract.operations}
    near = find_nearest(f"{method} {_ID.sub('{}', path)}", known)
    return f"{known[near].method} {known[near].path}" if near else None


def _require(contract: Contract, asked: str) -> Operation:
    line = _REQUEST_LINE.fullmatch(asked)
    if line is not None:
        method, path = line.group(1).upper(), line.group(2).partition("?")[0]
        found = contract.find_operation(method, path)
        if found is not None:
            return found[0]
        near = _find_near_path(contract, method, path)
    else:
        ids = {each.id: each for each in contract.operations}
        if asked in ids:
            return ids[asked]
        methods = [each for each in _METHODS if contract.find_operation(each, asked.partition("?")[0])]
        near = " or ".join(f"{each} {asked}" for each in methods) or find_nearest(asked, ids)
    hint = f"did you mean {near}?" if near else "partner-qa contract show lists them"
    raise UsageError([Problem(key="--explain", message=f"{asked} is no operation", hint=hint)])
