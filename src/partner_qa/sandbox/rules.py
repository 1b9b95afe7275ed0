"""The rules that an operation follows, read out of the code that plays it.

Each rule is written once: as a labelled sentence in the docstring or comment of the function that carries it
out. So the rules of an operation are those of its handler and of every function that it calls, however far;
nothing is listed by hand, and a rule whose function is no longer called is no longer a rule. Labels: [D]
documented, [Dx] documented in an older edition, [O] observed, [I] inferred: our choice.
"""

from __future__ import annotations

import ast
import inspect
import io
import re
import sys
import textwrap
import tokenize
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import FunctionType

from partner_qa.contract.operation import Operation
from partner_qa.sandbox.gate import Gate
from partner_qa.sandbox.validity import ABSENT, LITERALS
from partner_qa.sandbox.words import find_words

_PACKAGE = "partner_qa.sandbox."
_LABEL = re.compile(r"\[(Dx?|O3?|I)\]")
_URL = re.compile(r"https://[^\s)>,;]+[^\s)>,;.:]")
# A piece ends with its sentence, or where the next label begins
_BREAK = re.compile(r"(?<=[.;:,])\s+(?=(?:and )?\[(?:Dx?|O3?|I)\])|(?<=[.;])\s+(?=[A-Z`\[])")
_NO_TEXTS = frozenset({"True", "False", "None"})
_REFERENCE = "https://docs.gusto.com/app-integrations/reference/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One labelled sentence of a function, and what that function is for (`about`).

    `source` is the page that the sentence names, else, where it is documented, the page of its module.
    """

    label: str
    text: str
    source: str
    about: str
    file: str
    line: int


def find_rules(
    operation: Operation, handler: Callable[..., object] | None, *, fields: Collection[str] = ()
) -> list[Rule]:
    """Return the rules of an operation, those of the gate first; the words of its refusals come last.

    `fields` are those of its body, by which the words that several operations share are chosen.
    """
    started: list[FunctionType] = [Gate.admit]  # type: ignore[list-item]  # a function, as its class holds it
    if isinstance(handler, FunctionType):
        started.append(handler)
    found: dict[tuple[str, str], Rule] = {}
    for function in follow_calls(started):
        for rule in _list_rules(function):
            found.setdefault((rule.label, rule.text), rule)
    rules = [*found.values(), *_list_literals(operation, fields)]
    return [*rules, *_list_words(started, told="\n".join(each.text for each in rules))]


def follow_calls(started: Sequence[FunctionType]) -> Iterator[FunctionType]:
    """Go through functions and all that they call in this package, each once, in the order of the calls."""
    seen: set[FunctionType] = set()
    waiting = list(reversed(started))
    while waiting:
        function = waiting.pop()
        if function in seen:
            continue
        seen.add(function)
        yield function
        waiting += reversed(_list_called(function))


@cache
def _list_called(function: FunctionType) -> tuple[FunctionType, ...]:
    return tuple(_called_by(function))


def _called_by(function: FunctionType) -> Iterator[FunctionType]:
    owner = _owner_of(function)
    for node in ast.walk(_parse(function)):
        target: object = None
        if isinstance(node, ast.Name):
            target = function.__globals__.get(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            value = node.value.id
            holder = owner if value == "self" else function.__globals__.get(value)
            target = getattr(holder, node.attr, None) if inspect.isclass(holder) else None
        target = getattr(target, "__func__", target)
        if isinstance(target, FunctionType) and target.__module__.startswith(_PACKAGE):
            yield target


def _owner_of(function: FunctionType) -> object:
    """Return the class that a method stands in, or `None` for a function."""
    name = function.__qualname__.rpartition(".")[0]
    return getattr(sys.modules[function.__module__], name, None) if name.isidentifier() else None


def _parse(function: FunctionType) -> ast.Module:
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


@cache
def _list_rules(function: FunctionType) -> tuple[Rule, ...]:
    return tuple(_read(function))


def _read(function: FunctionType) -> Iterator[Rule]:
    """Go through the labelled sentences of a function: its docstring, then its comments."""
    lines, first = inspect.getsourcelines(function)
    module = sys.modules[function.__module__]
    page = next(iter(_URL.findall(module.__doc__ or "")), "")
    file = function.__module__.rpartition(".")[2] + ".py"
    paragraphs = (inspect.getdoc(function) or "").split("\n\n")
    name, summary = function.__name__.lstrip("_"), " ".join(paragraphs[0].split())
    about = name if not summary or _LABEL.search(summary) else f"{name}: {summary}"
    for paragraph in paragraphs:
        for text in _split(paragraph):
            yield _make(text, page, about, file, first)
    for line, text in _read_comments(textwrap.dedent("".join(lines))):
        yield _make(text, page, about, file, first + line - 1)


def _split(paragraph: str) -> Iterator[str]:
    for piece in _BREAK.split(" ".join(paragraph.split())):
        if _LABEL.search(piece):
            yield piece


def _read_comments(source: str) -> Iterator[tuple[int, str]]:
    """Go through labelled comments; one that stands behind code speaks of the texts in that statement."""
    tree = ast.parse(source)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        comment = token.string.lstrip("# ")
        if token.type != tokenize.COMMENT or not _LABEL.search(comment):
            continue
        is_behind = bool(token.line[: token.start[1]].strip())
        said = (
            ", ".join(f"“{each}”" for each in dict.fromkeys(_texts_at(tree, token.start[0])))
            if is_behind
            else ""
        )
        yield token.start[0], f"{comment}: {said}" if said else comment


def _texts_at(tree: ast.Module, line: int) -> list[str]:
    """Return the sentences that the statement on a line says, or its single words where it says none."""
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    nearest = max(around, key=lambda node: node.lineno, default=None)
    if nearest is None:
        return []
    values = [each for each in ast.walk(nearest) if isinstance(each, ast.Constant | ast.JoinedStr)]
    parts = {id(part) for each in values if isinstance(each, ast.JoinedStr) for part in each.values}
    texts = [ast.unparse(each).strip("f\"'") for each in values if id(each) not in parts]
    sentences = [each for each in texts if " " in each]
    return sentences or [each for each in texts if each.isidentifier() and each not in _NO_TEXTS]


def _make(text: str, page: str, about: str, file: str, line: int) -> Rule:
    found = _LABEL.search(text)
    label = found.group(1) if found is not None else "I"
    named = _URL.findall(text)
    source = named[0] if named else page if label.startswith("D") else ""
    return Rule(label=label, text=_without_label(text), source=source, about=about, file=file, line=line)


def _without_label(text: str) -> str:
    """Return a sentence that begins with its label without it; elsewhere it stays where it stands."""
    found = _LABEL.match(text.removeprefix("and "))
    return text.removeprefix("and ")[found.end() :].strip(" :") if found is not None else text


def _list_words(started: Sequence[FunctionType], told: str) -> Iterator[Rule]:
    """Go through the sentences of refusals that no rule has told yet."""
    said: set[str] = set()
    for function in follow_calls(started):
        file = function.__module__.rpartition(".")[2] + ".py"
        page = next(iter(_URL.findall(sys.modules[function.__module__].__doc__ or "")), "")
        for each in find_words(function):
            if each.text not in said and each.text not in told:
                said.add(each.text)
                yield Rule(
                    label=each.label,
                    text=f"“{each.text}”",
                    source=page if each.label.startswith("D") else "",
                    about="words of refusals",
                    file=file,
                    line=each.line,
                )


def _list_literals(operation: Operation, fields: Collection[str]) -> Iterator[Rule]:
    """Go through the words with which wrong and missing fields of an operation are refused."""
    tables: tuple[tuple[str, Mapping[tuple[str, str], tuple[str, str, str]]], ...] = (
        ("is wrong", LITERALS),
        ("is missing", ABSENT),
    )
    for what, table in tables:
        for (owner, field), (key, category, message) in table.items():
            if owner == operation.id or (not owner and field in fields):
                yield Rule(
                    label="D",
                    text=f"422 where `{field}` {what}: `{key}` {category} “{message}”",
                    source=f"{_REFERENCE}{operation.id}",
                    about="words for fields that are wrong or missing",
                    file="validity.py",
                    line=0,
                )
