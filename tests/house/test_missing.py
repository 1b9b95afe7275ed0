"""What was not observed names what to add: a key of partner.yaml, or something that one can do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from partner_qa.checks import payroll_rows, traffic

CHECKS = Path(traffic.__file__).parent
# What is in nobody's profile: the run itself, and an item that has to be right first.
DONE_OTHERWISE = ("record the run again", "that PAY-04 finds right", "while it is tested")
SHARED = {
    **{f"traffic.{name}": value for name, value in vars(traffic).items() if name.isupper()},
    **{f"payroll_rows.{name}": value for name, value in vars(payroll_rows).items() if name.isupper()},
    "MISSING": payroll_rows.MISSING,
}


def find_reasons() -> Iterator[tuple[str, ast.Module, ast.Call]]:
    for path in sorted(CHECKS.glob("*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(module):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "NotObserved"
            ):
                yield f"{path.name}:{node.lineno}", module, node


REASONS = list(find_reasons())


def read_texts(node: ast.AST, module: ast.Module, known: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield the texts that an expression comes to; names stand for all that is ever assigned to them."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(each.value) for each in node.values if isinstance(each, ast.Constant))
    elif ast.unparse(node) in SHARED:
        yield from SHARED[ast.unparse(node)]
    elif isinstance(node, ast.Name) and node.id not in known:
        for each in ast.walk(module):
            if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == node.id:
                yield from read_texts(each.value, module, known | {node.id})
    elif isinstance(node, ast.IfExp):
        yield from [*read_texts(node.body, module, known), *read_texts(node.orelse, module, known)]
    elif isinstance(node, ast.Call | ast.Tuple | ast.List | ast.Starred | ast.GeneratorExp):
        for each in ast.iter_child_nodes(node):
            yield from read_texts(each, module, known)


@pytest.mark.parametrize(
    ("module", "call"), [each[1:] for each in REASONS], ids=[each[0] for each in REASONS]
)
def test_what_was_not_observed_names_what_to_add(module: ast.Module, call: ast.Call) -> None:
    given = [each.value for each in call.keywords if each.arg == "missing"]
    assert given, "no `missing`"
    texts = list(read_texts(given[0], module))
    assert texts or ast.unparse(given[0]).startswith("tuple("), ast.unparse(given[0])
    for text in texts:
        assert "partner.yaml" in text or text.endswith(DONE_OTHERWISE) or "record the run again" in text, text


def test_texts_are_found_wherever_they_stand() -> None:
    module = ast.parse(
        "A = ('one',)\nif x:\n    m = (*A, 'two')\nm = [f'{y} three', *m, *(['four'] if z else [])]"
    )
    assert sorted(read_texts(ast.Name("m"), module)) == [" three", "four", "one", "two"]
