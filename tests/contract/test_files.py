"""Facts about reading an imported contract back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from partner_qa.contract.catalogue import load_contract
from partner_qa.contract.files import load_files
from partner_qa.contract.importing import import_contract
from partner_qa.errors import ContractError


@pytest.fixture
def home(small_openapi: Path, tmp_path: Path) -> Path:
    import_contract(small_openapi, tmp_path)
    return tmp_path


def test_a_missing_version_names_those_that_are_there(home: Path) -> None:
    with pytest.raises(ContractError) as caught:
        load_contract("2026-06-15", folder=home)
    assert "There is: 2030-01-02" in caught.value.explain()


@pytest.mark.parametrize("version", ["..", "../2030-01-02", "", "2030-01-02/"])
def test_a_version_is_a_name_and_not_a_path(home: Path, version: str) -> None:
    with pytest.raises(ContractError, match="there is no contract of this version"):
        load_files(home, version)


@pytest.mark.parametrize("name", ["operations.json", "components.json"])
def test_a_file_that_was_edited_is_refused(home: Path, name: str) -> None:
    path = home / "2030-01-02" / name
    path.write_text(path.read_text().replace("Cake", "Cookie"))
    with pytest.raises(ContractError, match=f"{name}: is not the file that identity.json names"):
        load_files(home, "2030-01-02")


def test_line_ends_of_another_system_are_no_edit(home: Path) -> None:
    path = home / "2030-01-02" / "operations.json"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert len(load_files(home, "2030-01-02").operations) == 5


@pytest.mark.parametrize("name", ["operations.json", "components.json"])
def test_a_missing_file_is_refused(home: Path, name: str) -> None:
    (home / "2030-01-02" / name).unlink()
    with pytest.raises(ContractError, match=f"{name}: cannot be read"):
        load_files(home, "2030-01-02")


@pytest.mark.parametrize("content", ["", "{", "[]", "\x00"])
def test_an_identity_that_is_none_is_refused(home: Path, content: str) -> None:
    (home / "2030-01-02" / "identity.json").write_text(content)
    with pytest.raises(ContractError):
        load_files(home, "2030-01-02")


def test_another_format_is_refused(home: Path) -> None:
    path = home / "2030-01-02" / "identity.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 2}))
    with pytest.raises(ContractError, match="is not of format 1"):
        load_files(home, "2030-01-02")
