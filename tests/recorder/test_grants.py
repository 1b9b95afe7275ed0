"""Which grant a token belongs to, and whose scenario it is when one connection serves several."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from partner_qa.recorder.grants import Grants, Known


def exchange(grants: Grants, scenario: str, sent: dict[str, str], told: dict[str, str]) -> Known | None:
    known, _ = grants.learn(json.dumps(sent).encode(), json.dumps(told).encode(), scenario=scenario)
    return known


def connect(grants: Grants, scenario: str, number: int = 1) -> Known | None:
    sent = {"grant_type": "authorization_code", "code": f"code-{number}"}
    return exchange(
        grants, scenario, sent, {"access_token": f"access-{number}", "refresh_token": f"refresh-{number}"}
    )


def scenario_of(grants: Grants, secret: str) -> str | None:
    known = grants.find(secret)
    assert known is not None
    return known.scenario


def test_an_adopted_grant_belongs_to_the_scenario_that_goes_on_with_it() -> None:
    grants = Grants()
    connect(grants, "first")
    assert scenario_of(grants, "access-1") == "first"
    grants.adopt("second")
    assert {scenario_of(grants, each) for each in ("access-1", "refresh-1", "code-1")} == {"second"}


def test_a_refresh_in_between_changes_neither_the_grant_nor_whose_it_is() -> None:
    grants = Grants()
    first = connect(grants, "first")
    grants.adopt("second")
    sent = {"grant_type": "refresh_token", "refresh_token": "refresh-1"}
    told = {"access_token": "access-2", "refresh_token": "refresh-2"}
    assert exchange(grants, "third", sent, told) is first
    assert scenario_of(grants, "access-2") == "second"
    grants.adopt("third")
    assert {scenario_of(grants, each) for each in ("access-1", "access-2")} == {"third"}


def test_the_applications_own_grant_is_nobodys() -> None:
    grants = Grants()
    exchange(grants, "first", {"grant_type": "system_access"}, {"access_token": "system"})
    grants.adopt("second")
    assert scenario_of(grants, "system") is None


def test_a_second_consent_is_a_second_grant() -> None:
    grants = Grants()
    names = [known.name for number in (1, 2) if (known := connect(grants, "first", number))]
    assert names == ["grant-1", "grant-2"]
    assert grants.consents == 2


@pytest.mark.parametrize(
    "encode", [lambda sent: json.dumps(sent).encode(), lambda sent: urlencode(sent).encode()]
)
def test_only_the_refusal_of_a_code_is_one_of_a_consent(encode: object) -> None:
    grants = Grants()
    assert callable(encode)
    grants.note_refusal(encode({"grant_type": "refresh_token", "refresh_token": "spent"}))
    grants.note_refusal(b"")
    assert grants.refused == 0
    grants.note_refusal(encode({"grant_type": "authorization_code", "code": "old"}))
    assert grants.refused == 1
    assert grants.consents == 0


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"a":' * 200_000, b"\xff\xfe", b"[1]", b"1" * 5_000])
def test_a_body_that_is_no_token_request_says_nothing(body: bytes) -> None:
    grants = Grants()
    grants.note_refusal(body)
    assert grants.refused == 0
    assert grants.learn(body, body, scenario="first") == (None, [])
