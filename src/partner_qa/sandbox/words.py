"""The words with which an operation refuses, read out of the code that says them.

A sentence has the label of the comment that stands at it. Where none does, it is documented if its function
or its module says so of its literals ("The literals are [D] unless they are marked"), and else our choice.
`rules.py` hands over the functions that an operation calls; `--explain` shows both.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import FunctionType

_LABEL = re.compile(r"#.*\[(Dx?|O3?|I)\]")
_LITERALS_ARE = re.compile(r"[Ll]iterals?\b[^.;]*\[(Dx?|O3?|I)\]|\[(Dx?|O3?|I)\][^.;\[]*\bliterals?\b")
_QUOTED = re.compile(r"(?=\[(?:Dx?|O3?|I)\])")
_SHORTEST = 3  # words of a sentence
_SPEAK = frozenset({"partner_qa.sandbox.problem", "partner_qa.sandbox.entry_form"})  # who refuses knows one


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One sentence that a function may say, with its label and the line on which it stands.

    `…` stands for what depends on the request.
    """

    text: str
    label: str
    line: int


@cache
def find_words(function: FunctionType) -> tuple[Word, ...]:
    """Return the sentences of a function, and of the constants of its module that it uses."""
    return tuple(_read_words(function))


def _read_words(function: FunctionType) -> Iterator[Word]:
    module = sys.modules[function.__module__]
    if _SPEAK.isdisjoint(str(getattr(each, "__module__", "")) for each in vars(module).values()):
        return
    lines, first = inspect.getsourcelines(function)
    tree = ast.parse(textwrap.dedent("".join(lines))).body[0]
    told = " ".join((inspect.getdoc(function) or "").split())
    usual = _find_usual(told, inspect.getdoc(module) or "")
    for node in _walk(tree):
        text = _read_sentence(node)
        if text:
            label = _find_label(lines, node) or _find_quoted(told, text) or usual
            yield Word(text=text, label=label, line=first + _line_of(node) - 1)
        elif isinstance(node, ast.Name):
            yield from _read_constants(function.__module__, node.id, usual)


def _walk(tree: ast.AST) -> Iterator[ast.AST]:
    """Go through a tree, but for its docstring, its records, and the parts of texts that are put together."""
    if isinstance(tree, ast.FunctionDef) and ast.get_docstring(tree) is not None:
        tree.body = tree.body[1:]
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.JoinedStr | ast.Dict):
            waiting += reversed(list(ast.iter_child_nodes(node)))


def _read_sentence(node: ast.AST) -> str:
    text = ""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = node.value
    elif isinstance(node, ast.JoinedStr):
        text = "".join(str(each.value) if isinstance(each, ast.Constant) else "…" for each in node.values)
    begins = text[:1].isupper() or text.endswith(" is required.") or (text[:1] == "…" and text[1:2] == " ")
    return text if begins and len(text.split()) >= _SHORTEST else ""


def _read_constants(module: str, name: str, usual: str) -> Iterator[Word]:
    for node, lines in _list_constants(module).get(name, ()):
        for each in _walk(node):
            text = _read_sentence(each)
            if text:
                yield Word(text=text, label=_find_label(lines, each) or usual, line=_line_of(each))


@cache
def _list_constants(module: str) -> dict[str, tuple[tuple[ast.AST, list[str]], ...]]:
    """Return the values of a module's own texts by name, each with the lines of the module."""
    lines = inspect.getsource(sys.modules[module]).splitlines(keepends=True)
    found: dict[str, tuple[tuple[ast.AST, list[str]], ...]] = {}
    for node in ast.parse("".join(lines)).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant | ast.JoinedStr):
            found |= {each.id: ((node.value, lines),) for each in node.targets if isinstance(each, ast.Name)}
    return found


def _find_usual(function: str, module: str) -> str:
    """Return the label of the sentences that have none of their own."""
    for text in (function, " ".join(module.split())):
        found = _LITERALS_ARE.search(text)
        if found is not None:
            return found.group(1) or found.group(2)
    return "I"


def _find_quoted(docstring: str, text: str) -> str:
    """Return the label of the passage of a docstring that quotes a sentence, or nothing."""
    for passage in _QUOTED.split(docstring):
        if f'"{text}"' in passage and passage.startswith("["):
            return passage[1 : passage.index("]")]
    return ""


def _find_label(lines: list[str], node: ast.AST) -> str:
    """Return the label of the comment behind a sentence or on the line above it, or nothing."""
    last = getattr(node, "end_lineno", None) or _line_of(node)
    above = lines[_line_of(node) - 2].strip() if _line_of(node) > 1 else ""
    for line in (*lines[_line_of(node) - 1 : last], above if above.startswith("#") else ""):
        found = _LABEL.search(line)
        if found is not None:
            return found.group(1)
    return ""


def _line_of(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 1))
