"""What stands before every operation: version, token, rate limit, scopes, company, validity."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

ALL = ("companies:read", "employees:read", "employees:write", "employees:manage", "events:read")
ELSEWHERE = "11111111-1111-4111-8111-111111111111"


class Clock:
    """Protocol time that a test moves; it begins now, as API versions are judged by the calendar."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def company(gusto: Any) -> str:
    return f"/v1/companies/{gusto.company}"


# -- the version -----------------------------------------------------------------------------------------


def test_the_version_in_effect_is_sent_back(shared_gusto: Any) -> None:
    answer = shared_gusto.get(company(shared_gusto), shared_gusto.partner())
    assert answer.status_code == 200
    assert answer.headers["x-gusto-api-version"] == "2026-06-15"


def test_without_a_version_the_minimum_of_the_application_counts(open_gusto: Callable[..., Any]) -> None:
    gusto = open_gusto(minimum_version="2026-02-01")
    answer = gusto.get(company(gusto), gusto.partner(), version=None)
    assert answer.headers["x-gusto-api-version"] == "2026-02-01"


def test_a_day_between_two_releases_means_the_older(open_gusto: Callable[..., Any]) -> None:
    gusto = open_gusto(minimum_version="2025-11-15")
    answer = gusto.get(company(gusto), gusto.partner(), version="2026-03-01")
    assert answer.headers["x-gusto-api-version"] == "2026-02-01"


@pytest.mark.parametrize("version", ["2025-11-14", "2025-06-15", "2024-04-01", "2015-01-01", "0001-01-01"])
def test_a_version_that_gusto_no_longer_answers_is_406(open_gusto: Callable[..., Any], version: str) -> None:
    gusto = open_gusto(minimum_version="2024-04-01")
    answer = gusto.get(company(gusto), gusto.partner(), version=version)
    assert answer.status_code == 406
    error = gusto.error(answer)
    assert (error["error_key"], error["category"]) == ("request", "invalid_api_version")
    assert f"`{version}`" in error["message"]


def test_a_version_below_the_minimum_of_the_application_is_406(shared_gusto: Any) -> None:
    answer = shared_gusto.get(company(shared_gusto), shared_gusto.partner(), version="2026-02-01")
    assert answer.status_code == 406
    assert "`2026-06-15`" in shared_gusto.error(answer)["message"]


def test_a_version_in_the_future_is_406(shared_gusto: Any) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    assert (
        shared_gusto.get(company(shared_gusto), shared_gusto.partner(), version=tomorrow).status_code == 406
    )


@pytest.mark.parametrize("version", ["2023", "", "latest", "2026-06-31", "20260615", "2026-6-15", "x" * 500])
def test_a_version_that_is_no_date_is_406_and_says_the_format(shared_gusto: Any, version: str) -> None:
    answer = shared_gusto.get(company(shared_gusto), shared_gusto.partner(), version=version)
    assert answer.status_code == 406
    assert shared_gusto.error(answer)["message"].endswith("Expected format: YYYY-MM-DD")


def test_the_version_is_judged_before_the_token(shared_gusto: Any) -> None:
    assert shared_gusto.get(company(shared_gusto), "wrong", version="2023").status_code == 406


# -- the token -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Token {token}", "Basic {token}", "{token}", "Bearer wrong", "Bearer é"],
)
def test_without_a_good_token_it_is_401_with_a_challenge(
    shared_gusto: Any, authorization: str | None
) -> None:
    token = shared_gusto.partner()
    headers = {} if authorization is None else {"Authorization": authorization.format(token=token).encode()}
    answer = shared_gusto.http.get(company(shared_gusto), headers=headers)
    assert answer.status_code == 401
    assert shared_gusto.error(answer)["category"] == "invalid_token"
    assert answer.headers["www-authenticate"].startswith("Bearer ")


def test_a_token_in_the_address_does_not_count(shared_gusto: Any) -> None:
    token = shared_gusto.partner()
    assert shared_gusto.http.get(company(shared_gusto), params={"access_token": token}).status_code == 401


def test_the_scheme_may_be_written_in_any_case(shared_gusto: Any) -> None:
    answer = shared_gusto.http.get(
        company(shared_gusto), headers={"Authorization": f"bearer {shared_gusto.partner()}"}
    )
    assert answer.status_code == 200


def test_an_expired_a_revoked_and_an_unknown_token_are_told_apart(gusto: Any) -> None:
    expired, revoked = gusto.partner(), None
    gusto.admin.expire_tokens(gusto.company)
    assert "expired" in gusto.error(gusto.get(company(gusto), expired))["message"]
    revoked = gusto.partner()
    gusto.admin.disconnect(gusto.company)
    assert "revoked" in gusto.error(gusto.get(company(gusto), revoked))["message"]
    assert "invalid" in gusto.error(gusto.get(company(gusto), "unknown"))["message"]


def test_a_token_is_good_for_as_long_as_was_said(open_gusto: Callable[..., Any]) -> None:
    clock = Clock()
    gusto = open_gusto(now=clock)
    token = gusto.partner()
    clock.move(7199)
    assert gusto.get(company(gusto), token).status_code == 200
    clock.move(1)
    assert gusto.get(company(gusto), token).status_code == 401


def test_a_system_token_cannot_read_a_company(shared_gusto: Any) -> None:
    answer = shared_gusto.get(company(shared_gusto), shared_gusto.system())
    assert answer.status_code == 403
    assert shared_gusto.error(answer)["category"] == "missing_permissions"
    assert "company access token" in shared_gusto.error(answer)["message"]


def test_a_company_token_cannot_do_what_the_system_token_is_for(open_gusto: Callable[..., Any]) -> None:
    gusto = open_gusto(scopes=ALL)
    answer = gusto.get("/v1/events", gusto.partner())
    assert answer.status_code == 403
    assert "system access token" in gusto.error(answer)["message"]
    assert gusto.get("/v1/events", gusto.system()).status_code == 200


def test_both_kinds_of_token_can_ask_what_they_are(shared_gusto: Any) -> None:
    assert shared_gusto.get("/v1/token_info", shared_gusto.partner()).status_code == 200
    assert shared_gusto.get("/v1/token_info", shared_gusto.system()).status_code == 200


@pytest.mark.parametrize("refused", ["scope", "company", "validity", "not_found", "rate"])
def test_a_refresh_is_complete_once_the_new_token_was_taken_even_if_the_call_is_refused(
    open_gusto: Callable[..., Any], refused: str
) -> None:
    gusto = open_gusto(scopes=ALL, rotation="grace")
    first, refresh = gusto.admin.connect(gusto.company)
    issued = gusto.world.grants.refresh(refresh)
    path = {
        "scope": f"{company(gusto)}/admins",
        "company": f"/v1/companies/{ELSEWHERE}",
        "validity": f"/v1/employees/{ELSEWHERE}/time_off_activities",
        "not_found": f"/v1/employees/{ELSEWHERE}",
        "rate": company(gusto),
    }[refused]
    if refused == "rate":
        for _ in range(200):
            gusto.get("/v1/token_info", first)
    answer = gusto.get(path, issued.access_token)
    assert answer.status_code in {403, 404, 422, 429}
    assert gusto.get("/v1/token_info", first).status_code == 401


def test_a_call_that_does_not_authenticate_does_not_complete_a_refresh(
    open_gusto: Callable[..., Any],
) -> None:
    gusto = open_gusto(rotation="grace")
    first, refresh = gusto.admin.connect(gusto.company)
    issued = gusto.world.grants.refresh(refresh)
    assert gusto.get("/v1/token_info", issued.access_token, version="2023").status_code == 406
    assert gusto.get("/v1/token_info", first).status_code == 200


# -- the rate limit --------------------------------------------------------------------------------------


def test_the_201st_request_in_a_minute_is_429_until_retry_after_has_passed(
    open_gusto: Callable[..., Any],
) -> None:
    clock = Clock()
    gusto = open_gusto(now=clock)
    token, path = gusto.partner(), "/v1/token_info"
    first = gusto.get(path, token)
    assert first.headers["x-ratelimit-limit"] == "200"
    assert first.headers["x-ratelimit-remaining"] == "199"
    clock.move(20)
    statuses = {gusto.get(path, token).status_code for _ in range(199)}
    assert statuses == {200}
    refused = gusto.get(path, token)
    assert refused.status_code == 429
    assert gusto.error(refused)["category"] == "rate_limit_exceeded"
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert refused.headers["retry-after"] == "40"
    clock.move(39)
    assert gusto.get(path, token).status_code == 429
    clock.move(1)
    assert gusto.get(path, token).status_code == 200


def test_the_reset_is_a_time_with_its_offset(open_gusto: Callable[..., Any]) -> None:
    clock = Clock()
    gusto = open_gusto(now=clock)
    text = gusto.get("/v1/token_info", gusto.partner()).headers["x-ratelimit-reset"]
    reset = datetime.strptime(text, "%Y-%m-%d %H:%M:%S %z")
    assert timedelta(seconds=60) <= reset - clock.at < timedelta(seconds=61)


def test_grants_do_not_share_the_limit_but_a_refreshed_one_keeps_its_count(
    open_gusto: Callable[..., Any],
) -> None:
    gusto = open_gusto()
    token, refresh = gusto.admin.connect(gusto.company)
    other = gusto.partner()
    assert gusto.get("/v1/token_info", token).headers["x-ratelimit-remaining"] == "199"
    renewed = gusto.world.grants.refresh(refresh).access_token
    assert gusto.get("/v1/token_info", renewed).headers["x-ratelimit-remaining"] == "198"
    assert gusto.get("/v1/token_info", other).headers["x-ratelimit-remaining"] == "199"


def test_refused_calls_count_too(gusto: Any) -> None:
    token = gusto.partner("employees:read")
    assert gusto.get(company(gusto), token).status_code == 403
    assert gusto.get("/v1/token_info", token).headers["x-ratelimit-remaining"] == "198"


def test_the_harness_itself_is_not_limited(gusto: Any) -> None:
    token = gusto.admin.issue_grant(gusto.company)
    answers = [gusto.get("/v1/token_info", token) for _ in range(201)]
    assert {each.status_code for each in answers} == {200}
    assert "x-ratelimit-limit" not in answers[0].headers


# -- the scopes ------------------------------------------------------------------------------------------


def test_a_missing_scope_is_403_and_named(shared_gusto: Any) -> None:
    answer = shared_gusto.get(company(shared_gusto), shared_gusto.partner("employees:read"))
    assert answer.status_code == 403
    error = shared_gusto.error(answer)
    assert (error["error_key"], error["category"]) == ("request", "missing_oauth_scopes")
    assert error["metadata"] == {"missing_scope_name": "companies:read"}


def test_every_missing_scope_is_named(shared_gusto: Any) -> None:
    answer = shared_gusto.call(
        "PUT", f"{company(shared_gusto)}/payrolls/{ELSEWHERE}/prepare", shared_gusto.partner("public")
    )
    names = [each["metadata"]["missing_scope_name"] for each in answer.json()["errors"]]
    assert names == ["payrolls:write", "employees:read"]


def test_scopes_are_those_of_the_token_not_of_the_application(open_gusto: Callable[..., Any]) -> None:
    gusto = open_gusto(scopes=("employees:read",))
    token = gusto.partner()
    gusto.world.grants.set_scopes(("employees:read", "companies:read"))
    assert gusto.get(company(gusto), token).status_code == 403
    assert gusto.get(company(gusto), gusto.partner()).status_code == 200


def test_a_data_level_scope_hides_fields_and_refuses_nothing(open_gusto: Callable[..., Any]) -> None:
    gusto = open_gusto(scopes=(*ALL, "company_admin:read", "compensations:read"))
    whole = gusto.get(company(gusto), gusto.partner()).json()
    less = gusto.get(company(gusto), gusto.partner("companies:read", "employees:read")).json()
    assert "primary_payroll_admin" in whole
    assert set(whole) - set(less) == {"primary_payroll_admin"}
    path = f"{company(gusto)}/employees"
    paid = gusto.get(path, gusto.partner()).json()[0]["jobs"][0]
    unpaid = gusto.get(path, gusto.partner("employees:read")).json()[0]["jobs"][0]
    assert set(paid) - set(unpaid) == {"rate", "payment_unit", "current_compensation_uuid", "compensations"}


# -- the company -----------------------------------------------------------------------------------------


def test_another_company_is_not_found_whatever_is_asked(open_gusto: Callable[..., Any]) -> None:
    gusto = open_gusto(scopes=ALL)
    other = gusto.admin.create_company(people=3)
    token = gusto.partner()
    person = gusto.admin.people(other)[0]["uuid"]
    for method, path in (
        ("GET", f"/v1/companies/{other}"),
        ("GET", f"/v1/companies/{other}/employees"),
        ("POST", f"/v1/companies/{other}/employees"),
        ("GET", f"/v1/employees/{person}"),
        ("DELETE", f"/v1/employees/{person}"),
    ):
        answer = gusto.call(method, path, token)
        assert answer.status_code == 404, path
        assert gusto.error(answer)["message"] == "The requested resource was not found."
    assert len(gusto.admin.people(other)) == 3


@pytest.mark.parametrize("wrong", ["1", "me", ELSEWHERE, "%00", "%2e%2e", "..", "é", "x" * 4000])
def test_what_is_no_company_is_not_found(shared_gusto: Any, wrong: str) -> None:
    path = f"/v1/companies/{wrong}/employees"
    answer = shared_gusto.call("GET", path, shared_gusto.partner())
    assert answer.status_code == 404


# -- the validity ----------------------------------------------------------------------------------------


def create(gusto: Any, token: str, **request: Any) -> Any:
    return gusto.call("POST", f"{company(gusto)}/employees", token, **request)


@pytest.fixture(scope="module")
def writing_gusto(make_gusto: Callable[..., Any]) -> Iterator[Any]:
    opened = make_gusto(scopes=ALL)
    yield opened
    opened.close()


@pytest.fixture
def writer(writing_gusto: Any) -> tuple[Any, str]:
    """A sandbox and a token that may write, in a company of its own."""
    writing_gusto.company = writing_gusto.admin.create_company(people=3)
    return writing_gusto, writing_gusto.partner()


def test_every_missing_field_is_named_in_gustos_words(writer: tuple[Any, str]) -> None:
    gusto, token = writer
    answer = create(gusto, token, json={})
    assert answer.status_code == 422
    assert [(each["error_key"], each["message"]) for each in answer.json()["errors"]] == [
        ("first_name", "First name is required"),
        ("last_name", "Last name is required"),
    ]
    assert {each["category"] for each in answer.json()["errors"]} == {"invalid_attribute_value"}


def test_no_body_counts_as_an_empty_one(writer: tuple[Any, str]) -> None:
    gusto, token = writer
    assert create(gusto, token).json() == create(gusto, token, json={}).json()


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"first_name": 5}, "first_name"),
        ({"first_name": None}, "first_name"),
        ({"last_name": ["x"]}, "last_name"),
        ({"self_onboarding": "yes"}, "self_onboarding"),
        ({"ssn": "12-3"}, "ssn"),
    ],
)
def test_a_wrong_type_is_422_with_its_field(
    writer: tuple[Any, str], change: dict[str, Any], key: str
) -> None:
    gusto, token = writer
    answer = create(gusto, token, json={"first_name": "Effi", "last_name": "Briest", **change})
    assert answer.status_code == 422
    assert gusto.error(answer)["error_key"] == key
    assert len(gusto.admin.people(gusto.company)) == 3


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b'{"first_name": NaN, "last_name": "x"}',
        b'{"first_name": "\\ud800", "last_name": "x"}',
        b'{"first_name": "x", "last_name": ' + b"1" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 500 + b"1" + b"}" * 500,
        b'{"a":' * 65 + b"1" + b"}" * 65,
    ],
)
def test_a_body_that_cannot_be_read_is_400(writer: tuple[Any, str], body: bytes) -> None:
    gusto, token = writer
    answer = create(gusto, token, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert gusto.error(answer)["category"] == "invalid_request_error"


@pytest.mark.parametrize("body", [b"[]", b"5", b'"text"', b"null", b"[[[[]]]]"])
def test_a_body_that_is_no_object_is_422(writer: tuple[Any, str], body: bytes) -> None:
    gusto, token = writer
    answer = create(gusto, token, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert gusto.error(answer)["message"] == "There is an error in the request body."


def test_brackets_inside_of_a_text_are_no_nesting(writer: tuple[Any, str]) -> None:
    gusto, token = writer
    name = "[{" * 100 + '"'
    answer = create(gusto, token, json={"first_name": name, "last_name": "Briest"})
    assert answer.status_code == 201
    assert answer.json()["first_name"] == name


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "nonsense", ""])
def test_a_body_of_another_kind_is_415(writer: tuple[Any, str], media_type: str) -> None:
    gusto, token = writer
    body = json.dumps({"first_name": "Effi", "last_name": "Briest"})
    answer = create(gusto, token, content=body, headers={"Content-Type": media_type})
    assert answer.status_code == 415
    assert "application/json" in gusto.error(answer)["message"]


@pytest.mark.parametrize("query", [{}, {"time_off_type": "vacation", "colour": "blue", "page": "many"}])
def test_a_query_parameter_that_is_required_is_missed_and_others_are_ignored(
    open_gusto: Callable[..., Any], query: dict[str, str]
) -> None:
    gusto = open_gusto(scopes=("employee_time_off_activities:read",))
    person = gusto.admin.people(gusto.company)[0]["uuid"]
    answer = gusto.get(f"/v1/employees/{person}/time_off_activities", gusto.partner(), params=query)
    if query:
        assert answer.status_code == 200
    else:
        assert answer.status_code == 422
        assert gusto.error(answer)["error_key"] == "time_off_type"
        assert gusto.error(answer)["category"] == "missing_parameter"


def test_unknown_words_in_a_filter_match_nothing_and_an_unknown_order_is_refused(shared_gusto: Any) -> None:
    path, token = f"{company(shared_gusto)}/employees", shared_gusto.partner()
    everybody = shared_gusto.get(path, token).json()
    assert shared_gusto.get(path, token, params={"include": "unicorns"}).json() == everybody
    assert shared_gusto.get(path, token, params={"terminated": "perhaps"}).status_code == 200
    refused = shared_gusto.get(path, token, params={"sort_by": "shoe_size"})
    assert refused.status_code == 422
    assert shared_gusto.error(refused)["error_key"] == "sort_by"


# -- the version of a resource ---------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["stale", "", None, 5, ["x"]])
def test_a_stale_missing_or_odd_version_is_409_and_changes_nothing(
    writer: tuple[Any, str], version: Any
) -> None:
    gusto, token = writer
    person = gusto.admin.people(gusto.company)[0]
    path = f"/v1/employees/{person['uuid']}"
    body = {"first_name": "Changed", **({} if version is None else {"version": version})}
    answer = gusto.call("PUT", path, token, json=body)
    assert answer.status_code == 409
    error = gusto.error(answer)
    assert (error["error_key"], error["category"]) == ("base", "invalid_resource_version")
    assert gusto.admin.people(gusto.company)[0] == person


def test_the_newest_version_is_taken_and_another_one_comes_back(writer: tuple[Any, str]) -> None:
    gusto, token = writer
    person = gusto.admin.people(gusto.company)[0]
    path = f"/v1/employees/{person['uuid']}"
    body = {"first_name": "Changed", "version": person["version"]}
    changed = gusto.call("PUT", path, token, json=body)
    assert (changed.status_code, changed.json()["first_name"]) == (200, "Changed")
    assert changed.json()["version"] != person["version"]
    assert gusto.call("PUT", path, token, json=body).status_code == 409
