"""Finds the operation of a request line: one small tree of path segments for each method.

Literal segments win over parameters (OpenAPI 3.1, section 4.8.8.1). The sandbox and the recorder ask
for each request, so finding walks dictionaries and copies nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote

from partner_qa.contract.operation import Operation


@dataclass(slots=True)
class _Node:
    """One place in the tree; `names` are the parameters met on the way to `operation`."""

    literals: dict[str, _Node] = field(default_factory=dict)
    parameter: _Node | None = None
    operation: Operation | None = None
    names: tuple[str, ...] = ()


class Routes:
    """The paths of all operations, ready to be searched."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._methods: dict[str, _Node] = {}
        for operation in operations:
            self._add(operation)

    def _add(self, operation: Operation) -> None:
        node = self._methods.setdefault(operation.method, _Node())
        names = []
        for segment in operation.path.split("/")[1:]:
            if segment.startswith("{") and segment.endswith("}"):
                names.append(segment[1:-1])
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literals.setdefault(segment, _Node())
        node.operation = operation
        node.names = tuple(names)

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """Return the operation and its path parameters, percent-decoded.

        `path` is as sent, without the query. An empty segment is no parameter.
        """
        root = self._methods.get(method)
        if root is None or not path.startswith("/"):
            return None
        segments = path.split("/")
        values: list[str] = []
        found = _walk(root, segments, 1, values)
        if found is None or found.operation is None:
            return None
        return found.operation, dict(zip(found.names, map(unquote, values), strict=True))


def _walk(node: _Node, segments: list[str], index: int, values: list[str]) -> _Node | None:
    if index == len(segments):
        return node if node.operation is not None else None
    segment = segments[index]
    literal = node.literals.get(segment)
    if literal is not None:
        found = _walk(literal, segments, index + 1, values)
        if found is not None:
            return found
    if node.parameter is None or not segment:
        return None
    values.append(segment)
    found = _walk(node.parameter, segments, index + 1, values)
    if found is None:
        values.pop()
    return found
