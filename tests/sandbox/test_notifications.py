"""What Gusto wants somebody at a company to do, over HTTP: listed, chosen, told, dealt with, expired."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from partner_qa.errors import HarnessBug


@pytest.fixture
def gusto(open_gusto: Callable[..., Any]) -> Any:
    return open_gusto(scopes=("notifications:read", "employees:read"))


@pytest.fixture
def token(gusto: Any) -> str:
    return str(gusto.partner())


def list_all(gusto: Any, token: str, **query: Any) -> Any:
    answer = gusto.get(f"/v1/companies/{gusto.company}/notifications", token, params=query)
    assert answer.status_code == 200
    return answer.json()


def test_a_company_begins_with_one_of_each_kind_the_newest_first(gusto: Any, token: str) -> None:
    rows = list_all(gusto, token)
    assert [each["status"] for each in rows] == ["open", "resolved", "expired"]
    days = [each["published_at"] for each in rows]
    assert days == sorted(days, reverse=True)
    assert {each["due_at"] is None for each in rows} == {True, False}
    (about,) = rows[0]["resources"]
    assert gusto.get(f"/v1/employees/{about['entity_uuid']}", token).status_code == 200


def test_a_status_chooses_those_that_have_it(gusto: Any, token: str) -> None:
    rows = list_all(gusto, token)
    for each in rows:
        assert list_all(gusto, token, status=each["status"]) == [each]
    assert list_all(gusto, token, status="lost") == []


def test_they_come_in_pages(gusto: Any, token: str) -> None:
    rows = list_all(gusto, token)
    path = f"/v1/companies/{gusto.company}/notifications"
    page = gusto.get(path, token, params={"page": 2, "per": 2})
    assert (page.json(), page.headers["x-total-count"]) == (rows[2:], "3")


def test_what_comes_and_is_dealt_with_in_gusto_is_seen_and_told(gusto: Any, token: str) -> None:
    made = gusto.admin.notify(gusto.company, title="Sign a form", can_block_payroll=True)
    newest = list_all(gusto, token)[0]
    assert (newest["uuid"], newest["title"], newest["status"]) == (made, "Sign a form", "open")
    assert newest["can_block_payroll"] is True
    assert gusto.told()[-1] == ("notification.created", made)
    gusto.admin.resolve_notification(gusto.company, made)
    assert list_all(gusto, token)[0] == {**newest, "status": "resolved"}
    assert gusto.told()[-1] == ("notification.resolved", made)
    with pytest.raises(HarnessBug, match="no open notification"):
        gusto.admin.resolve_notification(gusto.company, made)


def test_what_is_not_dealt_with_in_time_expires(gusto: Any, token: str) -> None:
    made = gusto.admin.notify(gusto.company, due_at="2026-10-22T16:00:00Z")
    gusto.admin.move_days(2)
    assert made in [each["uuid"] for each in list_all(gusto, token, status="open")]
    gusto.admin.move_days(1)
    assert made in [each["uuid"] for each in list_all(gusto, token, status="expired")]
    assert made not in [each["uuid"] for each in list_all(gusto, token, status="open")]


def test_another_companys_are_not_found_and_a_scope_is_needed(gusto: Any, token: str) -> None:
    other = gusto.admin.create_company(people=1)
    assert gusto.get(f"/v1/companies/{other}/notifications", token).status_code == 404
    narrow = gusto.partner("employees:read")
    assert gusto.get(f"/v1/companies/{gusto.company}/notifications", narrow).status_code == 403
