"""Reads an OpenAPI 3.1 document from disk and says everything that is wrong with it, at once.

What comes out can be derived from without another look: every reference resolves, every operation has
its id and the vendor keys that say what the document's own vocabulary cannot (scopes, token, paging,
where `version` goes). `importing.py` comes here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from partner_qa.contract.operation import Paging, ParameterIn, Token, VersionIn
from partner_qa.contract.structure import COMPONENT, references_of
from partner_qa.errors import ContractError, Problem

METHODS = ("delete", "get", "head", "options", "patch", "post", "put")
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_PARAMETER = "#/components/parameters/"
_VENDOR_ENUMS = {"x-auth": Token, "x-paginated": Paging, "x-version-required": VersionIn}
_VENDOR_LISTS = ("x-scopes", "x-additional-scopes")
_SIZE_LIMIT = 20_000_000
_DEPTH_LIMIT = 100


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # libyaml is optional
    """Safe YAML in which dates stay text, as OpenAPI's JSON schema for YAML wants it."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own name for its table
        first: [(tag, pattern) for tag, pattern in rules if not tag.endswith(":timestamp")]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenApi:
    """A usable document: its content as plain data, and the SHA-256 of the bytes it was read from."""

    path: Path
    document: dict[str, Any]
    sha256: str

    @property
    def version(self) -> str:
        """The API version that the document describes."""
        return str(self.document["info"]["version"])

    @property
    def schemas(self) -> Mapping[str, dict[str, Any]]:
        """The component schemas by name."""
        found: dict[str, dict[str, Any]] = self.document.get("components", {}).get("schemas", {})
        return found

    def operations(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield method, path and operation object, by path and then by method."""
        for path in sorted(self.document["paths"]):
            for method in METHODS:
                if method in self.document["paths"][path]:
                    yield method.upper(), path, self.document["paths"][path][method]

    def parameters(self, path: str, operation: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the parameters of an operation, those of its path first, references replaced."""
        given = [*self.document["paths"][path].get("parameters", ()), *operation.get("parameters", ())]
        found = [self._parameter(each) for each in given]
        return list({(each["in"], each["name"]): each for each in found}.values())

    def _parameter(self, given: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in given:
            return given
        name = given["$ref"].removeprefix(_PARAMETER)
        found: dict[str, Any] = self.document["components"]["parameters"][name]
        return found


def load_openapi(path: Path) -> OpenApi:
    """Read and check a document; raise `ContractError` with every problem found."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ContractError([Problem(file=str(path), message=error.strerror or str(error))]) from error
    document = _parse(path, content)
    try:
        problems = [
            Problem(file=str(path), key=key, message=words) for key, words in _find_problems(document)
        ]
    except (AttributeError, KeyError, TypeError) as error:
        problem = Problem(file=str(path), message=f"is not shaped like an OpenAPI document: {error}")
        raise ContractError([problem]) from error
    if problems:
        raise ContractError(problems)
    return OpenApi(path=path, document=document, sha256=hashlib.sha256(content).hexdigest())


def _parse(path: Path, content: bytes) -> dict[str, Any]:
    line = None
    try:
        text = _require_text(content)
        _refuse_tricks(text)
        return _require_mapping(yaml.load(text, Loader=_Loader))  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        words = f"is not YAML: {error.problem or error.context}"
    except UnicodeDecodeError:
        words = "is not UTF-8 text"
    except (ValueError, yaml.YAMLError) as error:
        words = str(error)
    raise ContractError([Problem(file=str(path), line=line, message=words)])


def _require_text(content: bytes) -> str:
    if len(content) > _SIZE_LIMIT:
        raise ValueError(f"is larger than {_SIZE_LIMIT // 1_000_000} MB")
    return content.decode("utf-8")


def _refuse_tricks(text: str) -> None:
    """Refuse aliases, which expand without end and for which OpenAPI has `$ref`, and deep nesting."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        mark: Any = event.start_mark
        if isinstance(event, yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="an alias; use $ref instead", problem_mark=mark)
        if depth > _DEPTH_LIMIT:
            raise yaml.MarkedYAMLError(problem=f"nested more than {_DEPTH_LIMIT} deep", problem_mark=mark)


def _require_mapping(document: object) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise ValueError("is not an OpenAPI document: its top is not a mapping")  # noqa: TRY004 - not a type
    return document


def _find_problems(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if not str(document.get("openapi", "")).startswith("3.1"):
        yield "openapi", "is not 3.1; only OpenAPI 3.1 documents can be imported"
    if not _VERSION.fullmatch(str(document.get("info", {}).get("version", ""))):
        yield "info.version", "is not an API version (YYYY-MM-DD)"
    paths = document.get("paths")
    if not isinstance(paths, dict) or not paths:
        yield "paths", "is missing or empty"
        return
    yield from _find_dangling(document)
    ids: dict[str, str] = {}
    for path, item in paths.items():
        for method in (each for each in METHODS if each in item):
            place = f"{method.upper()} {path}"
            operation = item[method]
            for words in _find_operation_problems(operation):
                yield place, words
            name = str(operation.get("operationId", ""))
            if name in ids:
                yield place, f"has the operationId of {ids[name]} ({name})"
            elif name:
                ids[name] = place


def _find_operation_problems(operation: dict[str, Any]) -> Iterator[str]:
    if not operation.get("operationId"):
        yield "has no operationId"
    for key, words in _VENDOR_ENUMS.items():
        if operation.get(key) not in list(words):
            yield f"{key} is not one of {', '.join(words)}"
    for key in _VENDOR_LISTS:
        scopes = operation.get(key)
        if not isinstance(scopes, list) or not all(isinstance(each, str) for each in scopes):
            yield f"{key} is not a list of scopes"
    statuses = [str(status) for status in operation.get("responses", {})]
    if not any(status.isdigit() and status.startswith("2") for status in statuses):
        yield "declares no 2xx response"
    for status in (each for each in statuses if not each.isdigit()):
        yield f"declares the response {status}, which is not a status code"
    for parameter in operation.get("parameters", ()):
        if "$ref" not in parameter and parameter.get("in") not in list(ParameterIn):
            yield f"parameter {parameter.get('name')} stands in {parameter.get('in')}, which is not supported"


def _find_dangling(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each reference that leads nowhere; only component schemas and parameters can be led to."""
    components = document.get("components", {})
    known = {COMPONENT + name for name in components.get("schemas", {})}
    known |= {_PARAMETER + name for name in components.get("parameters", {})}
    pending: list[Any] = [document]
    seen: set[str] = set()
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending += node
        elif isinstance(node, dict):
            ref = node.get("$ref")
            if isinstance(ref, str) and ref not in known and ref not in seen:
                seen.add(ref)
                yield ref, "is referred to but not defined"
            pending += node.values()


def reachable_from(names: frozenset[str], definitions: Mapping[str, Any]) -> frozenset[str]:
    """Return `names` and every definition they lead to."""
    found: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += references_of(definitions[name])
    return frozenset(found)
