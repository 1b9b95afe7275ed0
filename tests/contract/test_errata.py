"""Facts about the corrections of Gusto's document, each seen on the shipped contract."""

from __future__ import annotations

import json

import pytest

from partner_qa.contract.catalogue import Contract
from partner_qa.contract.errata import ERRATA, apply_errata
from partner_qa.contract.violation import Violation

JSON = (("Content-Type", "application/json"),)
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
CLIENT = {"client_id": "a", "client_secret": "b"}
TOKEN = {"access_token": "a", "created_at": 1, "expires_in": 7200, "token_type": "Bearer"}


def answer(gusto: Contract, operation: str, status: int, body: object) -> tuple[Violation, ...]:
    found = gusto.require_operation(operation)
    return gusto.check_response(found, status=status, headers=JSON, body=json.dumps(body).encode())


def ask(gusto: Contract, operation: str, body: bytes, headers: object = JSON) -> tuple[Violation, ...]:
    found = gusto.require_operation(operation)
    params = {each.name: "x" for each in found.parameters if each.place == "path"}
    return gusto.check_request(found, path_params=params, query=(), headers=headers, body=body)  # type: ignore[arg-type]


@pytest.mark.parametrize("extra", [{}, {"refresh_token": None}, {"refresh_token": "r", "scope": "public"}])
def test_every_token_answer_fits_although_the_branches_overlap(gusto: Contract, extra: object) -> None:
    assert answer(gusto, "oauth-access-token", 200, {**TOKEN, **extra}) == ()  # type: ignore[dict-item]


def test_a_token_answer_without_a_token_does_not_fit(gusto: Contract) -> None:
    assert answer(gusto, "oauth-access-token", 200, {**TOKEN, "access_token": None}) != ()


@pytest.mark.parametrize("metadata", [{}, {"key": "a"}, {"entities": [{"entity_uuid": "u"}]}])
def test_error_metadata_fits_although_the_branches_overlap(gusto: Contract, metadata: object) -> None:
    error = {"error_key": "base", "category": "invalid_operation", "metadata": metadata}
    assert answer(gusto, "post-v1-employees", 422, {"errors": [error]}) == ()


def test_error_metadata_of_the_wrong_type_does_not_fit(gusto: Contract) -> None:
    error = {"error_key": "base", "category": "invalid_operation", "metadata": {"entities": [1]}}
    assert answer(gusto, "post-v1-employees", 422, {"errors": [{**error, "metadata": "a"}]}) != ()


@pytest.mark.parametrize(
    "body",
    [
        {**CLIENT, "grant_type": "authorization_code", "code": "c", "redirect_uri": "https://a.example/cb"},
        {**CLIENT, "grant_type": "refresh_token", "refresh_token": "r"},
        {**CLIENT, "grant_type": "system_access"},
    ],
)
def test_each_documented_grant_may_be_asked_for_as_json_and_as_a_form(gusto: Contract, body: object) -> None:
    pairs = dict(body)  # type: ignore[call-overload]
    form = "&".join(f"{key}={value}" for key, value in pairs.items())
    assert ask(gusto, "oauth-access-token", json.dumps(body).encode()) == ()
    assert ask(gusto, "oauth-access-token", form.encode(), FORM) == ()


def test_a_code_request_without_its_redirect_uri_says_just_that(gusto: Contract) -> None:
    body = json.dumps({**CLIENT, "grant_type": "authorization_code", "code": "c"}).encode()
    (violation,) = ask(gusto, "oauth-access-token", body)
    assert violation.message == "does not have redirect_uri"


def test_only_the_oauth_operations_take_forms(gusto: Contract) -> None:
    assert ask(gusto, "revoke-access-token", b"client_id=a&client_secret=b&token=c", FORM) == ()
    found = ask(gusto, "post-departments", b"title=Sales", FORM)
    assert [violation.rule for violation in found] == ["content-type"]


def test_a_running_shift_may_have_no_end(gusto: Contract) -> None:
    update = b'{"version": "v", "shift_ended_at": null}'
    assert ask(gusto, "put-time_tracking-time_sheets-time_sheet_uuid", update) == ()


def test_a_contractor_uuid_may_be_text(gusto: Contract) -> None:
    summary = {"contractor_payments": [{"contractor_uuid": "123e4567-e89b-12d3-a456-426614174000"}]}
    operation = "get-v1-companies-company_id-contractor_payments"
    assert not [each for each in answer(gusto, operation, 200, summary) if "contractor_uuid" in each.pointer]


def test_errata_are_named_once_and_rest_on_a_public_page() -> None:
    assert len({each.name for each in ERRATA}) == len(ERRATA)
    assert all(each.source.startswith("https://") for each in ERRATA)


def test_an_erratum_without_its_place_is_not_applied() -> None:
    document = {"paths": {}, "components": {"schemas": {"Authentication": {"type": "object"}}}}
    assert apply_errata(document) == ()
    assert document == {"paths": {}, "components": {"schemas": {"Authentication": {"type": "object"}}}}


def test_an_enum_whose_type_allows_null_takes_null_and_no_other_stranger(gusto: Contract) -> None:
    company = {"ein": "00-0000000", "uuid": "123e4567-e89b-12d3-a456-426614174000", "tier": None}
    operation = "get-v1-companies"
    assert not [each for each in answer(gusto, operation, 200, company) if "tier" in each.pointer]
    wrong = answer(gusto, operation, 200, {**company, "tier": "platinum"})
    assert [each.pointer for each in wrong if "tier" in each.pointer] == ["$.tier"]


def test_an_enum_without_null_in_its_type_is_left_alone() -> None:
    schema = {"type": "string", "enum": ["a"]}
    document = {"components": {"schemas": {"Letter": schema}}}
    assert apply_errata(document) == ()
    assert schema == {"type": "string", "enum": ["a"]}
