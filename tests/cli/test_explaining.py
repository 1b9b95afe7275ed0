"""`partner-qa sandbox --explain` as a person types it."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    "asked",
    [
        "PUT /v1/employee_benefits/{employee_benefit_id}",
        "put   /v1/employee_benefits/11111111-1111-4111-8111-111111111111?x=1",
        "put-v1-employee_benefits-employee_benefit_id",
    ],
)
def test_an_operation_is_explained_with_needs_rules_and_sources(shared_desk: Any, asked: str) -> None:
    ran = shared_desk.run("sandbox", "--explain", asked)
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0] == "PUT /v1/employee_benefits/{employee_benefit_id}"
    assert "scopes: employee_benefits:write" in lines
    assert "version: in the body" in lines
    assert any(line.startswith("locking.py, is_stale") for line in lines)
    assert "  [O] a missing version is answered like a stale one." in lines
    assert any(line.strip().startswith("https://docs.gusto.com/") for line in lines)


def test_what_is_no_operation_is_refused_with_the_nearest(shared_desk: Any) -> None:
    ran = shared_desk.run("sandbox", "--explain", "PUT /v1/employee_benefit/x")
    assert ran.code == 2
    assert "--explain" in ran.err
    ran = shared_desk.run("sandbox", "--explain", "get-v1-benefit")
    assert ran.code == 2
    assert "did you mean get-v1-benefits?" in ran.err


@pytest.mark.parametrize(
    ("asked", "offered"),
    [
        ("PUT /v1/paroll", None),
        ("PUT /v1/employee_benefit/x", None),
        ("GET /v1/companies/{company_id}/payrols", "GET /v1/companies/{company_id}/payrolls?"),
        ("POST /v1/companies/{company_id}/admins", "GET /v1/companies/{company_id}/admins?"),
        ("/v1/token_info", "GET /v1/token_info?"),
    ],
)
def test_a_path_without_its_method_or_nearly_right_is_offered_what_there_is(
    shared_desk: Any, asked: str, offered: str | None
) -> None:
    ran = shared_desk.run("sandbox", "--explain", asked)
    assert ran.code == 2
    assert (f"did you mean {offered}" if offered else "--explain") in ran.err


@pytest.mark.parametrize(
    "wrong", ["nonsense", "/cb", "ftp://a.example/", "http://a.example/#part", "http://["]
)
def test_what_can_be_no_redirect_uri_is_refused_before_anything_starts(shared_desk: Any, wrong: str) -> None:
    ran = shared_desk.run("sandbox", "--redirect-uri", wrong, "--explain", "GET /v1/token_info")
    assert ran.code == 2
    assert "--redirect-uri" in ran.err
    assert "http://127.0.0.1:4000/gusto/callback" in ran.err
