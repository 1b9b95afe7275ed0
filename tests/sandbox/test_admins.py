"""The admins of a company over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def gusto(open_gusto: Callable[..., Any]) -> Any:
    return open_gusto(scopes=("company_admin:read", "companies:read"))


def test_admins_are_listed_with_the_primary_one_first_and_without_their_role(gusto: Any) -> None:
    rows = gusto.get(f"/v1/companies/{gusto.company}/admins", gusto.partner()).json()
    assert [each["uuid"] for each in rows] == list(gusto.world.companies[gusto.company].admins)
    assert len(rows) == 3
    for each in rows:
        assert set(each) == {"uuid", "email", "first_name", "last_name", "phone"}
    assert any(each["phone"] is None for each in rows)


def test_admins_come_in_pages(gusto: Any) -> None:
    path, token = f"/v1/companies/{gusto.company}/admins", gusto.partner()
    whole = gusto.get(path, token).json()
    last = gusto.get(path, token, params={"page": 2, "per": 2})
    assert last.json() == whole[2:]
    assert (last.headers["x-page"], last.headers["x-total-count"]) == ("2", "3")


def test_admins_need_their_scope_and_are_those_of_the_own_company(gusto: Any) -> None:
    assert (
        gusto.get(f"/v1/companies/{gusto.company}/admins", gusto.partner("companies:read")).status_code == 403
    )
    other = gusto.admin.create_company(people=1)
    assert gusto.get(f"/v1/companies/{other}/admins", gusto.partner()).status_code == 404
