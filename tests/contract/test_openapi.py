"""Facts about OpenAPI documents that cannot be imported: each is refused with all its problems."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from partner_qa.contract.openapi import load_openapi
from partner_qa.errors import ContractError


def refusal(tmp_path: Path, content: bytes | str) -> ContractError:
    path = tmp_path / "openapi.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ContractError) as caught:
        load_openapi(path)
    return caught.value


def test_a_good_document_is_read_with_its_hash(small_openapi: Path) -> None:
    found = load_openapi(small_openapi)
    assert found.version == "2030-01-02"
    assert len(found.sha256) == 64
    assert [method for method, _, _ in found.operations()] == ["GET", "POST", "DELETE", "GET", "GET"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "its top is not a mapping"),
        ("- a\n- b\n", "its top is not a mapping"),
        ("a: [1\n", "is not YAML"),
        (b"a: \xff\n", "is not UTF-8 text"),
        ("a: &x [1]\nb: *x\n", "an alias"),
        ("a: !!python/object/apply:os.system [id]\n", "is not YAML"),
        ("[" * 100_000, "nested more than 100 deep"),
        ("openapi: 3.1.0\ninfo: []\npaths: {}\n", "is not shaped like an OpenAPI document"),
        ("openapi: 3.1.0\ninfo: {version: 2030-01-02}\npaths: {/a: {get: 5}}\n", "is not shaped like"),
    ],
)
def test_what_is_no_openapi_document_is_refused(tmp_path: Path, content: bytes | str, words: str) -> None:
    assert words in str(refusal(tmp_path, content))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="No such file"):
        load_openapi(tmp_path / "nowhere.yaml")


def spoiled(small_openapi: Path, tmp_path: Path, change: Any) -> ContractError:
    document = yaml.safe_load(small_openapi.read_text())
    document["info"]["version"] = "2030-01-02"
    change(document)
    return refusal(tmp_path, yaml.safe_dump(document))


LISTING = ("/v1/shops/{shop_id}/cakes", "get")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("operationId", None, "has no operationId"),
        ("operationId", "bake-cake", "has the operationId of"),
        ("x-auth", "nobody", "x-auth is not one of company, system, none"),
        ("x-scopes", "cakes:read", "x-scopes is not a list of scopes"),
        ("x-version-required", None, "x-version-required is not one of"),
        ("responses", {"404": {}}, "declares no 2xx response"),
        ("responses", {"200": {}, "default": {}}, "declares the response default"),
        ("parameters", [{"name": "a", "in": "cookie"}], "parameter a stands in cookie"),
    ],
)
def test_an_operation_that_cannot_be_indexed_is_named(
    small_openapi: Path, tmp_path: Path, key: str, value: Any, words: str
) -> None:
    def change(document: dict[str, Any]) -> None:
        document["paths"][LISTING[0]][LISTING[1]][key] = value

    found = spoiled(small_openapi, tmp_path, change)
    assert any(words in problem.message for problem in found.problems)
    assert all(problem.key.partition(" ")[2].startswith("/v1/shops") for problem in found.problems)


def test_every_problem_is_found_at_once(small_openapi: Path, tmp_path: Path) -> None:
    def change(document: dict[str, Any]) -> None:
        document["openapi"] = "3.0.3"
        document["info"]["version"] = "1.0"
        del document["components"]["schemas"]["Cream"]
        del document["paths"][LISTING[0]][LISTING[1]]["x-scopes"]

    found = spoiled(small_openapi, tmp_path, change)
    assert [problem.key for problem in found.problems] == [
        "openapi",
        "info.version",
        "#/components/schemas/Cream",
        "GET /v1/shops/{shop_id}/cakes",
    ]
