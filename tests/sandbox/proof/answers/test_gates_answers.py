"""What the gate refuses, it refuses before every operation alike: token, scopes, version, company, rate."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from partner_qa.contract.operation import Operation, Token

COMPANY = re.compile(r"\{company_(uu)?id\}")
NOBODY = "00000000-0000-4000-8000-000000000000"


class Doorstep:
    """A company that nobody gets into: one sandbox for every operation, since nothing is changed."""

    def __init__(self, tools: Any) -> None:
        self.gusto = tools.gusto(people=1)
        self.scopes = self.gusto.world.settings.scopes
        self.other_company = self.gusto.admin.create_company(people=1)
        self.partners = {
            Token.COMPANY: self.gusto.admin.connect(self.gusto.company)[0],
            Token.SYSTEM: self.gusto.world.grants.issue_system().access_token,
        }

    def ask(self, operation: Operation, token: str | None, **options: Any) -> Any:
        path = COMPANY.sub(self.gusto.company, operation.path)
        path = re.sub(r"\{[^}]+\}", NOBODY, path)
        return self.gusto.send(operation.method, path, token, **options)

    def issue(self, kind: Token, *, company: str = "", scopes: tuple[str, ...] | None = None) -> str:
        """Return a token of the harness's own, which no rate limit counts."""
        own = None if kind is Token.SYSTEM else company or self.gusto.company
        return str(self.gusto.world.grants.issue_own(company=own, scopes=scopes).access_token)


@pytest.fixture(scope="module")
def doorstep(tools: Any) -> Iterator[Doorstep]:
    opened = Doorstep(tools)
    yield opened
    opened.gusto.close()


def row_of(answer: Any) -> tuple[int, str, str]:
    (row,) = answer.json()["errors"]
    return answer.status, row["error_key"], row["category"]


def is_open(operation: Operation) -> bool:
    """Whether an operation takes no token: the two of OAuth, whose errors are RFC 6749's."""
    return operation.token is Token.NONE


def test_nobody_gets_in_without_a_token(doorstep: Doorstep, operation: Operation) -> None:
    if is_open(operation):
        assert doorstep.ask(operation, None).json()["error"] in {"invalid_request", "invalid_client"}
        return
    for token in (None, "made-up"):
        answer = doorstep.ask(operation, token)
        assert row_of(answer) == (401, "request", "invalid_token")
        assert answer.header("WWW-Authenticate").startswith("Bearer ")


def test_a_token_of_the_other_kind_is_refused(doorstep: Doorstep, operation: Operation) -> None:
    if is_open(operation) or not operation.scopes:  # token_info takes both kinds
        return
    other = Token.COMPANY if operation.token is Token.SYSTEM else Token.SYSTEM
    assert row_of(doorstep.ask(operation, doorstep.issue(other))) == (403, "request", "missing_permissions")


def test_each_scope_that_is_missing_is_named(doorstep: Doorstep, operation: Operation) -> None:
    if is_open(operation):
        return
    others = tuple(each for each in doorstep.scopes if each not in operation.scopes)
    answer = doorstep.ask(operation, doorstep.issue(operation.token, scopes=others))
    if not operation.scopes:
        assert answer.status == 200
        return
    assert answer.status == 403
    rows = answer.json()["errors"]
    assert {row["metadata"]["missing_scope_name"] for row in rows} == set(operation.scopes)
    assert {row["category"] for row in rows} == {"missing_oauth_scopes"}


@pytest.mark.parametrize("version", ["2024-04-01", "2999-01-01", "newest"])
def test_a_version_that_is_not_served_is_refused(
    doorstep: Doorstep, operation: Operation, version: str
) -> None:
    if is_open(operation):
        return
    answer = doorstep.ask(operation, doorstep.issue(operation.token), version=version)
    assert row_of(answer) == (406, "request", "invalid_api_version")


def test_another_company_is_not_found(doorstep: Doorstep, operation: Operation) -> None:
    if not COMPANY.search(operation.path) or operation.token is not Token.COMPANY:
        return
    token = doorstep.issue(operation.token, company=doorstep.other_company)
    assert row_of(doorstep.ask(operation, token)) == (404, "request", "not_found")


def test_what_cannot_be_read_is_refused(doorstep: Doorstep, operation: Operation) -> None:
    if operation.body is None or is_open(operation):
        return
    token = doorstep.issue(operation.token)
    json_type = (("Content-Type", "application/json"),)
    for body, status in ((b"{", 400), (b"\xff", 400), (b"[" * 100 + b"]" * 100, 400), (b"{}x", 400)):
        assert doorstep.ask(operation, token, body=body, headers=json_type).status == status
    text = doorstep.ask(operation, token, body=b"{}", headers=(("Content-Type", "text/plain"),))
    assert row_of(text) == (415, "request", "invalid_request_error")
    large = doorstep.ask(operation, token, body=b" " * (10 * 2**20 + 1), headers=json_type)
    assert row_of(large) == (413, "request", "invalid_request_error")


def test_too_many_calls_are_refused_until_there_is_room(doorstep: Doorstep, operation: Operation) -> None:
    if is_open(operation):
        return
    token = doorstep.partners[operation.token]
    for _ in range(1000):  # the clock stands: what is spent once is spent for every operation
        if doorstep.gusto.send("GET", "/v1/token_info", token).status == 429:
            break
    answer = doorstep.ask(operation, token)
    assert row_of(answer) == (429, "request", "rate_limit_exceeded")
    assert int(answer.header("Retry-After")) > 0
    assert answer.header("X-RateLimit-Remaining") == "0"
