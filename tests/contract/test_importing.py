"""Facts about making a contract from an OpenAPI document."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from partner_qa.contract.catalogue import Contract, load_contract
from partner_qa.contract.importing import import_contract
from partner_qa.contract.operation import Paging, ParameterIn, Token, VersionIn
from partner_qa.errors import ContractError
from partner_qa.settings import find_shipped


def everything(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def test_the_same_input_gives_the_same_bytes(small_openapi: Path, tmp_path: Path) -> None:
    first = import_contract(small_openapi, tmp_path / "a")
    second = import_contract(small_openapi, tmp_path / "b")
    assert everything(first.folder) == everything(second.folder)
    assert set(everything(first.folder)) == {"operations.json", "components.json", "identity.json"}


def test_an_import_says_what_it_wrote(small_openapi: Path, tmp_path: Path) -> None:
    done = import_contract(small_openapi, tmp_path)
    assert (done.version, done.operations, done.errata) == ("2030-01-02", 5, ())
    assert done.folder == tmp_path / "2030-01-02"


def test_the_identity_holds_the_hash_of_the_input_and_no_path(small_openapi: Path, tmp_path: Path) -> None:
    done = import_contract(small_openapi, tmp_path, derivation="written for this test")
    identity = json.loads((done.folder / "identity.json").read_text())
    assert identity["source_sha256"] == hashlib.sha256(small_openapi.read_bytes()).hexdigest()
    assert identity["derivation"] == "written for this test"
    assert identity["left_out"] == ["maxDecimalPlaces"]
    assert str(small_openapi) not in json.dumps(identity)


def test_the_index_says_what_each_operation_needs(bakery: Contract) -> None:
    listing = bakery.require_operation("list-cakes")
    assert (listing.method, listing.path) == ("GET", "/v1/shops/{shop_id}/cakes")
    assert (listing.tag, listing.summary) == ("Cakes", "List the cakes")
    assert (listing.scopes, listing.additional_scopes) == (("cakes:read",), ("recipes:read",))
    assert (listing.token, listing.paging, listing.version_in) == (
        Token.COMPANY,
        Paging.PAGE,
        VersionIn.NONE,
    )
    assert bakery.require_operation("eat-cake").version_in is VersionIn.QUERY
    assert bakery.require_operation("show-todays-cake").token is Token.SYSTEM


def test_parameters_of_the_path_and_of_the_operation_are_joined(bakery: Contract) -> None:
    listing = bakery.require_operation("list-cakes")
    assert [each.name for each in listing.parameters] == ["shop_id", "page", "kinds", "ripe"]
    assert [each.name for each in listing.parameters_in(ParameterIn.QUERY) if each.is_array] == ["kinds"]


def test_the_version_header_belongs_to_no_operation(bakery: Contract) -> None:
    names = {each.name for operation in bakery.operations for each in operation.parameters}
    assert "X-Gusto-API-Version" not in names


def test_responses_know_their_statuses_and_the_absence_of_a_body(bakery: Contract) -> None:
    listing = bakery.require_operation("list-cakes")
    assert listing.responses == {
        200: {"$ref": "#/$defs/list-cakes.200"},
        404: {"$ref": "#/$defs/Trouble"},
    }
    assert listing.success == 200
    assert bakery.require_operation("eat-cake").responses == {204: None}


def test_what_is_required_depends_on_who_writes_it(bakery: Contract) -> None:
    baking = bakery.require_operation("bake-cake")
    assert baking.body is not None
    assert baking.body.schema == {"$ref": "#/$defs/Cake.writable"}
    assert bakery.resolve(baking.body.schema)["required"] == ["name", "pin"]
    assert bakery.resolve({"$ref": "#/$defs/Cake"})["required"] == ["uuid", "name"]


def test_a_component_that_leads_to_a_writable_one_is_writable_too(bakery: Contract) -> None:
    recipe: Any = bakery.find_schema("Recipe.writable")
    assert recipe["properties"]["cake"] == {"$ref": "#/$defs/Cake.writable"}
    assert bakery.find_schema("Cream.writable") is None


def test_no_prose_example_or_vendor_key_is_carried_over(small_openapi: Path, tmp_path: Path) -> None:
    done = import_contract(small_openapi, tmp_path)
    text = (done.folder / "components.json").read_text() + (done.folder / "operations.json").read_text()
    assert "Prose" not in text
    assert "Sacher" not in text
    assert "x-" not in text


def test_a_property_named_like_a_keyword_of_prose_is_kept(bakery: Contract) -> None:
    cake: Any = bakery.find_schema("Cake")
    assert cake["properties"]["description"] == {"type": "string"}


def test_definitions_that_no_operation_reaches_are_left_out(bakery: Contract) -> None:
    assert "Unused" not in bakery.schema_names


def test_a_contract_made_from_something_else_is_only_replaced_on_demand(
    small_openapi: Path, tmp_path: Path
) -> None:
    done = import_contract(small_openapi, tmp_path)
    before = everything(done.folder)
    changed = tmp_path / "changed.yaml"
    changed.write_text(small_openapi.read_text() + "\n# changed\n")
    with pytest.raises(ContractError, match="made from something else"):
        import_contract(changed, tmp_path)
    assert everything(done.folder) == before
    import_contract(changed, tmp_path, replace=True)
    assert everything(done.folder) != before
    import_contract(changed, tmp_path)


def test_a_folder_that_cannot_be_written_is_a_contract_error(small_openapi: Path, tmp_path: Path) -> None:
    (tmp_path / "2030-01-02").write_text("a file in the way")
    with pytest.raises(ContractError):
        import_contract(small_openapi, tmp_path)


def test_the_shipped_contract_is_whole() -> None:
    contract = load_contract()
    assert len(contract.operations) == 137
    assert len({each.path for each in contract.operations}) == 85
    assert {each.token for each in contract.operations} == set(Token)
    paged = [each for each in contract.operations if each.paging is Paging.PAGE]
    assert len(paged) == 18
    assert [each.id for each in contract.operations if each.paging is Paging.CURSOR] == ["get-events"]


def test_the_shipped_contract_says_that_it_is_derived() -> None:
    identity = json.loads((find_shipped("schemas") / "gusto" / "2026-06-15" / "identity.json").read_text())
    assert identity["derivation"] == "derived from public sources"
    assert [each["name"] for each in identity["errata"]] == [
        "token-answer-any-of",
        "error-metadata-any-of",
        "token-code-grant",
        "oauth-form-encoding",
        "running-shift-null",
        "contractor-uuid-string",
        "nullable-enum-null",
    ]
