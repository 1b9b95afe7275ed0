"""How a sandbox is opened: what the command line says, what the file says, and which of them counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from partner_qa.cli.sandbox_opening import REDIRECT_URI, SEED, Opening, Wishes
from partner_qa.contract.catalogue import load_contract
from partner_qa.model import Request, Response

NOTHING: dict[str, Any] = {"seed": None, "sizes": (0,), "rotation": None, "redirect_uris": ()}


async def deliver(_request: Request) -> Response:
    return Response(status=200)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., tuple[Opening, list[str]]]]:
    """Open a sandbox in one file or in memory, and return it with what was told; the last one is closed."""
    with ExitStack() as stack:

        def open_one(*, in_memory: bool = False, **wishes: Any) -> tuple[Opening, list[str]]:
            stack.pop_all().close()
            told: list[str] = []
            path = None if in_memory else tmp_path / "sandbox.db"
            found = Opening(
                load_contract(), Wishes(**{**NOTHING, **wishes}), path, deliver=deliver, tell=told.append
            )
            stack.callback(found.close)
            return found, told

        yield open_one


def test_without_wishes_it_is_the_usual_one(opened: Callable[..., Any]) -> None:
    opening, told = opened(in_memory=True)
    settings = opening.settings
    assert (settings.seed, settings.rotation, settings.redirect_uris) == (SEED, "strict", (REDIRECT_URI,))
    assert (told, opening.is_new) == ([], True)


def test_the_file_wins_over_seed_and_people_and_only_what_differs_is_told(opened: Callable[..., Any]) -> None:
    first, _ = opened(seed=7, sizes=(2, 1))
    settings = first.settings
    again, told = opened(seed=7, sizes=(2, 1))
    assert (again.settings, told, again.is_new) == (settings, [], False)
    _, told = opened()
    assert told == ["--people 0 has no effect: the file has its companies already"]
    other, told = opened(seed=8, sizes=())
    assert told == ["--seed 8 has no effect: the file was begun with seed 7"]
    sizes = [len(other.sandbox.admin.people(each)) for each in other.sandbox.world.companies]
    assert sizes == [2, 1]


def test_the_rotation_can_be_changed_at_any_start_and_stays_so(opened: Callable[..., Any]) -> None:
    for wish, expected in (("grace", "grace"), (None, "grace"), ("strict", "strict"), (None, "strict")):
        opening, told = opened(rotation=wish)
        assert (opening.sandbox.world.grants.rotation, told) == (expected, [])


def test_what_an_opening_did_not_say_is_kept_at_its_end(opened: Callable[..., Any]) -> None:
    opening, _ = opened(sizes=(1,))
    company = next(iter(opening.sandbox.world.companies))
    (person,) = opening.sandbox.admin.people(company)
    opening.sandbox.admin.change_employee(company, str(person["uuid"]), first_name="Jane")
    again, _ = opened(sizes=(1,))
    assert [each["first_name"] for each in again.sandbox.admin.people(company)] == ["Jane"]
