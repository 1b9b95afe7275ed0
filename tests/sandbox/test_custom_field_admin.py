"""What an admin does with custom fields in Gusto, seen as an application sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from partner_qa.errors import HarnessBug

NOBODY = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def gusto(open_gusto: Callable[..., Any]) -> Any:
    return open_gusto(people=3, scopes=("companies:read", "employees:read"))


@pytest.fixture
def token(gusto: Any) -> str:
    return str(gusto.partner())


@pytest.fixture
def person(gusto: Any) -> str:
    return str(gusto.admin.people(gusto.company)[0]["uuid"])


def answers(gusto: Any, token: str, person: str) -> dict[str, Any]:
    rows = gusto.get(f"/v1/employees/{person}/custom_fields", token).json()["custom_fields"]
    return {each["company_custom_field_id"]: each["value"] for each in rows}


def test_a_field_that_is_defined_is_the_companys_and_nobody_has_answered_it(gusto: Any, token: str) -> None:
    fields = [gusto.admin.custom_fields.define(gusto.company, "Size", "text") for _ in range(2)]
    listed = gusto.get(f"/v1/companies/{gusto.company}/custom_fields", token).json()["custom_fields"]
    assert [each["uuid"] for each in listed if each["name"] == "Size"] == fields
    for each in gusto.admin.people(gusto.company):
        assert not set(fields) & set(answers(gusto, token, each["uuid"]))


def test_an_answer_can_be_changed_cleared_and_forgotten(gusto: Any, token: str, person: str) -> None:
    admin, company = gusto.admin.custom_fields, gusto.company
    field = admin.define(company, "Size", "radio", options=["S", "M"])
    others = answers(gusto, token, person)
    for value in ("S", "M", ""):
        admin.answer(company, person, field, value)
        assert answers(gusto, token, person) == {**others, field: value}
        assert gusto.told()[-1] == ("employee.updated", person)
    admin.forget(company, person, field)
    assert answers(gusto, token, person) == others


def test_what_is_not_there_cannot_be_answered(gusto: Any, person: str) -> None:
    with pytest.raises(HarnessBug):
        gusto.admin.custom_fields.answer(gusto.company, person, NOBODY, "S")
    with pytest.raises(HarnessBug):
        gusto.admin.custom_fields.forget(gusto.company, NOBODY, NOBODY)
