"""What an operation writes is in the file of `--persist` before it is answered, and is read back the same."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from partner_qa.contract.catalogue import load_contract
from partner_qa.contract.operation import Operation, Token
from partner_qa.sandbox.app import Sandbox
from partner_qa.sandbox.keeping.file import StateFile
from partner_qa.sandbox.keeping.keeper import Keeper, open_file
from partner_qa.sandbox.keeping.rows import list_parts

WRITES = [each for each in load_contract().operations if each.method != "GET"]
READS = [each for each in load_contract().operations if each.method == "GET"]
MAKING = sorted(
    (each for each in WRITES if each.method != "DELETE" and "disconnect" not in each.id),
    key=lambda each: each.method,
)


def open_again(image: Path, desk: Any) -> tuple[Any, StateFile]:
    """Return what a restart makes of a file: a sandbox like the desk's, filled with nothing else."""
    file = open_file(image, desk.contract)
    again = copy.copy(desk.gusto)
    again.sandbox = Sandbox(contract=desk.contract, settings=desk.gusto.world.settings, now=desk.gusto.clock)
    again.world, again.admin = again.sandbox.world, again.sandbox.admin
    Keeper(file, again.world, pytest.fail).resume()
    return again, file


def rows_of(world: Any) -> dict[str, list[tuple[str, str]]]:
    """Return everything that a sandbox knows, in its order, as text."""
    return {
        part.name: [(row.name, json.dumps(row.to_plain())) for row in part.rows(None)]
        for part in list_parts(world)
    }


@pytest.fixture
def kept(desk: Any, tmp_path: Path) -> Iterator[Callable[[], Path]]:
    """Keep the desk's sandbox in a file, and return how a kill at this moment leaves it."""
    path = tmp_path / "sandbox.db"
    file = open_file(path, desk.contract)
    keeper = Keeper(file, desk.gusto.world, pytest.fail)
    keeper.begin(desk.gusto.world.settings, {})

    def kill() -> Path:
        image = tmp_path / "image.db"
        for ending in ("", "-journal"):
            if path.with_name(path.name + ending).exists():
                shutil.copy(path.with_name(path.name + ending), image.with_name(image.name + ending))
        return image

    yield kill
    keeper.close()


@pytest.mark.parametrize("asked", [pytest.param(each, id=each.id) for each in WRITES])
def test_what_an_operation_writes_is_in_the_file_before_it_is_answered(
    desk: Any, kept: Callable[[], Path], asked: Operation
) -> None:
    answer = desk.send(asked, desk.wish(asked))
    assert answer.status == asked.success, answer.body
    again, file = open_again(kept(), desk)
    assert rows_of(again.world) == rows_of(desk.gusto.world)
    again.close()
    file.close()


def test_after_all_writes_and_a_kill_every_read_is_answered_the_same(
    desk: Any, kept: Callable[[], Path]
) -> None:
    done = [each.id for each in MAKING if write(desk, each)]
    assert len(done) > 0.8 * len(MAKING), sorted({each.id for each in MAKING}.difference(done))
    asked = [each for operation in READS for each in targets_of(desk, operation)]
    tokens = {
        Token.COMPANY: desk.gusto.admin.issue_grant(desk.gusto.company),
        Token.SYSTEM: desk.gusto.world.grants.issue_system().access_token,
    }
    desk.gusto.world.keep()
    again, file = open_again(kept(), desk)
    seen = set()
    for operation, path, query in asked:
        token = tokens.get(operation.token, tokens[Token.COMPANY])
        before, after = (each.call("GET", path, token, **query) for each in (desk.gusto, again))
        assert after.body == before.body, path
        assert (after.status, without_id(after)) == (before.status, without_id(before)), path
        if before.status == 200:
            seen.add(operation.id)
    assert len(seen) > 0.9 * len(READS), sorted({each.id for each in READS} - seen)
    again.close()
    file.close()


def write(desk: Any, operation: Operation) -> bool:
    """Let an operation write where the others have left it something to do; say whether it did."""
    given = desk.requests.get(operation.id, {})
    for each in given.get("after", []):
        if each not in desk.names:
            desk.do(each)
    answer = desk.send(operation, {"at": {}, "query": {}, "body": None, **given})
    if answer.status == operation.success and answer.body and isinstance(answer.json(), dict):
        desk.names[operation.id] = answer.json().get("uuid")
    return bool(answer.status == operation.success)


def targets_of(desk: Any, operation: Operation) -> Iterator[tuple[Operation, str, dict[str, str]]]:
    """Yield the paths and queries of a read: as answers.yaml has it, and for each person there is."""
    requests = desk.requests.get(operation.id, {})
    query = {name: str(each) for name, each in desk.put(requests.get("query", {})).items()}
    yield operation, desk.path(operation, requests.get("at", {})), query
    if "/employees/{" in operation.path:
        for person in list(desk.gusto.world.companies[desk.gusto.company].employees):
            yield operation, desk.path(operation, {**requests.get("at", {}), "employees": person}), query


def without_id(answer: Any) -> list[tuple[str, str]]:
    return [(name, value) for name, value in answer.headers if name != "X-Request-Id"]
