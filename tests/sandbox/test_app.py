"""The sandbox as an app: routes, bad input of every kind, ids of requests, and who is asked first."""

from __future__ import annotations

import asyncio
import json
import socket
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from partner_qa.contract.catalogue import Contract
from partner_qa.contract.operation import Operation, Token
from partner_qa.model import Json
from partner_qa.sandbox import app as app_module
from partner_qa.sandbox.app import BODY_LIMIT, Sandbox
from partner_qa.sandbox.call import Call, Reply
from partner_qa.sandbox.embedded import EmbeddedRoutes
from partner_qa.sandbox.operations import collect_handlers
from partner_qa.sandbox.world import World
from partner_qa.serving import LoopbackServer

SOMEWHERE = "11111111-1111-4111-8111-111111111111"


def every_scope(gusto: Any) -> tuple[str, ...]:
    operations: tuple[Operation, ...] = gusto.contract.operations
    return tuple({scope for each in operations for scope in (*each.scopes, *each.additional_scopes)})


def speak(gusto: Any, data: bytes) -> bytes:
    """Send bytes as no HTTP client would; return all that comes back until the connection ends."""
    parts = urlsplit(gusto.base_url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(data)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        return received


def request_line(gusto: Any, line: bytes) -> int:
    """Send one request line with a good token; return the status."""
    token = gusto.admin.issue_grant(gusto.company)
    head = f"\r\nHost: gusto\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    answer = speak(gusto, line + b" HTTP/1.1" + head.encode())
    return int(answer.split(b" ", 2)[1])


# -- who is asked ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/v1"),
        ("POST", "/v1/me"),
        ("GET", "/v1/companies"),
        ("GET", "/v1/companies/"),
        ("GET", f"/v1/companies/{SOMEWHERE}/"),
        ("GET", f"/v2/companies/{SOMEWHERE}"),
        ("PATCH", f"/v1/companies/{SOMEWHERE}"),
        ("DELETE", f"/v1/companies/{SOMEWHERE}"),
        ("OPTIONS", f"/v1/companies/{SOMEWHERE}"),
        ("GET", "/oauth/token"),
        ("PUT", "/oauth/authorize"),
        ("GET", "/V1/token_info"),
    ],
)
def test_what_is_nowhere_is_404_in_the_envelope(shared_gusto: Any, method: str, path: str) -> None:
    answer = shared_gusto.http.request(method, path)
    assert answer.status_code == 404
    assert shared_gusto.error(answer)["category"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"/v1/companies/{SOMEWHERE}/payrolls"),
        ("PUT", f"/v1/companies/{SOMEWHERE}/payrolls/{SOMEWHERE}/submit"),
        ("GET", f"/v1/companies/{SOMEWHERE}/payrolls/blockers"),
        ("GET", f"/v1/companies/{SOMEWHERE}/pay_schedules/preview"),
        ("GET", f"/v1/companies/{SOMEWHERE}/bank_accounts"),
        ("POST", "/v1/partner_managed_companies"),
        ("GET", f"/v1/employees/{SOMEWHERE}/jobs"),
    ],
)
def test_what_only_embedded_payroll_has_is_404_and_says_so(shared_gusto: Any, method: str, path: str) -> None:
    answer = shared_gusto.http.request(method, path)
    assert answer.status_code == 404
    assert shared_gusto.error(answer)["category"] == "missing_permissions"
    assert "Embedded" in shared_gusto.error(answer)["message"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/me"), ("PUT", f"/v1/companies/{SOMEWHERE}/payrolls/2021-02-01/2021-02-15")],
)
def test_what_only_older_versions_had_is_404_and_says_so(shared_gusto: Any, method: str, path: str) -> None:
    answer = shared_gusto.http.request(method, path)
    assert answer.status_code == 404
    row = shared_gusto.error(answer)
    assert (row["error_key"], row["category"]) == ("request", "deprecated_endpoint")
    assert row["message"] == "The requested endpoint is no longer supported in the requested API version."


def test_no_operation_of_app_integrations_is_taken_for_one_of_embedded(shared_gusto: Any) -> None:
    routes = EmbeddedRoutes()
    taken = [
        each.id
        for each in shared_gusto.contract.operations
        if routes.has(each.method, each.path.replace("{", "").replace("}", ""))
    ]
    assert taken == []


def test_every_operation_answers_something_that_fits_the_contract(open_gusto: Callable[..., Any]) -> None:
    """Asked with plausible ids, as Gusto would: none breaks, and none says that it is not played."""
    gusto = open_gusto()
    gusto.world.grants.set_scopes(every_scope(gusto))
    tokens = {
        Token.COMPANY: gusto.admin.issue_grant(gusto.company),
        Token.SYSTEM: gusto.world.grants.issue_system().access_token,
        Token.NONE: "none",
    }
    person, admin = gusto.admin.people(gusto.company)[0]["uuid"], gusto.admin.admins(gusto.company)[0]["uuid"]
    assert person != admin
    for operation in gusto.contract.operations:
        path = operation.path
        for name in [each.name for each in operation.parameters if each.place == "path"]:
            known = {"company": gusto.company, "employee": person}
            path = path.replace(f"{{{name}}}", known.get(name.partition("_")[0], SOMEWHERE))
        query = {each.name: "vacation" for each in operation.parameters if each.required}
        answer = gusto.call(operation.method, path, tokens[operation.token], params=query)
        assert answer.status_code < 500, operation.id
        assert answer.status_code != 401 or operation.token is Token.NONE, operation.id


def test_every_operation_of_the_contract_has_a_handler_and_no_other_has_one(shared_gusto: Any) -> None:
    assert set(collect_handlers()) == {each.id for each in shared_gusto.contract.operations}


def test_an_operation_that_the_sandbox_does_not_play_is_501_and_says_which(shared_gusto: Any) -> None:
    """A contract of a later version may have more than the sandbox: here one operation is invented."""
    known = shared_gusto.contract
    invented = Operation(
        id="get-v1-unicorns",
        method="GET",
        path="/v1/unicorns",
        tag="Unicorns",
        summary="Get all unicorns",
        token=Token.COMPANY,
        responses={200: None},
    )
    contract = Contract(
        identity=known.identity,
        operations=(*known.operations, invented),
        definitions={name: known.find_schema(name) for name in known.schema_names},
    )
    sandbox = Sandbox(contract=contract, settings=shared_gusto.world.settings)
    token = sandbox.admin.issue_grant(sandbox.admin.create_company(people=1))
    try:
        with LoopbackServer(sandbox) as server:
            answer = httpx.get(
                f"{server.base_url}/v1/unicorns",
                headers={"Authorization": f"Bearer {token}"},
                trust_env=False,
            )
    finally:
        sandbox.close()
    assert answer.status_code == 501
    assert "get-v1-unicorns" in shared_gusto.error(answer)["message"]


@pytest.mark.parametrize(
    ("reply", "complaint"),
    [
        (Reply.of(200, {"uuid": 7}), "200: body $"),
        (Reply(status=200, body=b"[]"), "Content-Type"),
        (Reply.of(418, {"error": "a teapot"}), "418: is not in the envelope"),
    ],
)
def test_an_answer_that_does_not_fit_fails_its_test(
    open_gusto: Any, unfit_answers: list[str], monkeypatch: Any, reply: Reply, complaint: str
) -> None:
    wrong = {"get-v1-companies-company_id-employees": lambda _world, _call: reply}
    monkeypatch.setattr("partner_qa.sandbox.app.collect_handlers", lambda: wrong)
    gusto = open_gusto()
    bearer = {"Authorization": f"Bearer {gusto.partner()}"}
    gusto.http.get(f"/v1/companies/{gusto.company}/employees", headers=bearer)
    assert complaint in " ".join(unfit_answers)
    unfit_answers.clear()


# -- bad input -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        b"/v1/companies/%00/employees",
        b"/v1/companies/%ff%fe/employees",
        b"/v1/companies/../../etc/passwd",
        b"/v1/companies/..%2f..%2fetc%2fpasswd/employees",
        b"//v1//companies//x",
        b"/v1/companies/" + b"a" * 8000 + b"/employees",
        b"/v1/companies/%",
        b"/v1/companies/%zz/employees",
        b"/v1/companies/{company_id}/employees",
        b"/v1/companies/;drop/employees",
        b"/v1/companies/%f0%9f%92%a9/employees",
        b"/" + b"/" * 4000,
        b"/v1" + b"/x" * 4000,
        b"*",
        b"http://127.0.0.1/v1/companies/x",
        b"/v1/employees/%0d%0aX-Evil:%201",
    ],
)
def test_a_hostile_path_is_404_and_nothing_worse(shared_gusto: Any, path: bytes) -> None:
    assert request_line(shared_gusto, b"GET " + path) in {400, 404}
    assert shared_gusto.http.get("/v1/token_info").status_code == 401


@pytest.mark.parametrize(
    "query",
    [b"%", b"%ff=%ff", b"&&&===", b"page=%00", b"a" * 8000, b"page[]=1&page[$gt]=1", b"include=%ed%a0%80"],
)
def test_a_hostile_query_is_ignored(shared_gusto: Any, query: bytes) -> None:
    path = f"/v1/companies/{shared_gusto.company}/employees?".encode()
    assert request_line(shared_gusto, b"GET " + path + query) == 200


def test_a_query_of_too_many_parameters_is_400(shared_gusto: Any) -> None:
    path = f"/v1/companies/{shared_gusto.company}/employees?".encode()
    assert request_line(shared_gusto, b"GET " + path + b"a&" * 1001) == 400


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke", "/oauth/authorize", "/v1/token_info"])
@pytest.mark.parametrize(
    "body",
    [b"\x00\xff", b"[" * 200_000, b"{", b"a=b&" * 5000, b"request=%ff&person=%ed%a0%80&decision=allow"],
)
@pytest.mark.parametrize("media_type", ["application/json", "application/x-www-form-urlencoded", "x"])
def test_no_bytes_break_the_endpoints_without_a_token(
    shared_gusto: Any, path: str, body: bytes, media_type: str
) -> None:
    answer = shared_gusto.http.post(path, content=body, headers={"Content-Type": media_type})
    assert 400 <= answer.status_code < 500


def test_a_state_that_is_no_text_is_shown_and_comes_back_as_it_was(shared_gusto: Any) -> None:
    query = "client_id=client&redirect_uri=http://127.0.0.1:4000/gusto/callback&state=%FF%fe%ED%A0%80"
    page = shared_gusto.http.get(f"/oauth/authorize?{query}&response_type=code")
    assert page.status_code == 200
    refused = shared_gusto.http.get(f"/oauth/authorize?{query}&response_type=token")
    assert refused.status_code == 302
    assert refused.headers["location"].endswith("state=%FF%FE%ED%A0%80")


def test_a_body_above_the_limit_is_413(shared_gusto: Any) -> None:
    token = shared_gusto.admin.issue_grant(shared_gusto.company)
    answer = shared_gusto.call(
        "POST", f"/v1/companies/{shared_gusto.company}/employees", token, content=b" " * (BODY_LIMIT + 1)
    )
    assert answer.status_code == 413
    assert shared_gusto.error(answer)["category"] == "invalid_request_error"


@pytest.mark.parametrize(
    "body",
    [
        b'"\\' * 1_000_000,
        b'["' * 1_000_000,
        b'{"a":"' + b"[" * 3_000_000 + b'"}',
        b"{" + b",".join(b'"%d":""' % number for number in range(200_000)) + b"}",
    ],
    ids=["escapes", "texts", "one text", "members"],
)
def test_a_large_hostile_body_takes_no_longer_than_a_large_good_one(shared_gusto: Any, body: bytes) -> None:
    """In quadratic time each of these would take minutes; the client waits 20 seconds."""
    headers = {"Content-Type": "application/json"}
    assert 400 <= shared_gusto.http.post("/oauth/token", content=body, headers=headers).status_code < 500
    token = shared_gusto.partner("companies:write")
    path = f"/v1/companies/{shared_gusto.company}"
    answer = shared_gusto.call("PUT", path, token, content=body, headers=headers)
    assert answer.status_code in {400, 422}


def test_a_client_that_leaves_in_the_middle_of_its_body_is_not_answered(shared_gusto: Any) -> None:
    sent: list[Any] = []
    messages = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/oauth/token", "query_string": b"", "headers": []}
    asyncio.run(shared_gusto.sandbox(scope, receive, send))
    assert sent == []


# -- what every answer has -------------------------------------------------------------------------------


def test_every_answer_has_an_id_of_its_own(gusto: Any) -> None:
    answers = [
        gusto.http.get("/nowhere"),
        gusto.http.get("/v1/token_info"),
        gusto.http.get("/oauth/authorize"),
        gusto.get("/v1/token_info", gusto.partner()),
        gusto.get("/v1/token_info", gusto.partner(), version="2023"),
    ]
    found = {str(uuid.UUID(each.headers["x-request-id"])) for each in answers}
    assert len(found) == len(answers)


def test_an_answer_without_a_body_has_no_length(open_gusto: Callable[..., Any]) -> None:
    gusto = open_gusto(scopes=("companies:disconnect_app_integration",))
    gusto.partner()
    answer = gusto.call("POST", f"/v1/companies/{gusto.company}/disconnect_app_integration", gusto.system())
    assert answer.status_code == 204
    assert "content-length" not in answer.headers


def test_a_handler_that_breaks_is_500_in_the_envelope_and_heard_of(
    gusto: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(world: World, call: Call) -> Reply:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(app_module, "collect_handlers", lambda: {"get-v1-token-info": break_down})
    sandbox = Sandbox(contract=gusto.contract, settings=gusto.world.settings)
    token = sandbox.world.grants.issue_system().access_token
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/v1/token_info",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {token}".encode())],
    }
    with pytest.raises(ZeroDivisionError):
        asyncio.run(sandbox(scope, receive, send))
    assert sent[0]["status"] == 500
    body: dict[str, Json] = json.loads(sent[1]["body"])
    assert body == {
        "errors": [
            {
                "error_key": "request",
                "category": "internal_error",
                "message": "An unexpected error has occurred.",
            }
        ]
    }


def test_a_lifespan_is_answered_and_a_websocket_closed(shared_gusto: Any) -> None:
    async def converse(kind: str, *messages: str) -> list[str]:
        given, sent = iter(messages), []

        async def receive() -> Any:
            return {"type": next(given)}

        async def send(message: Any) -> None:
            sent.append(message["type"])

        await shared_gusto.sandbox({"type": kind}, receive, send)
        return sent

    assert asyncio.run(converse("lifespan", "lifespan.startup", "lifespan.shutdown")) == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    assert asyncio.run(converse("websocket", "websocket.connect")) == ["websocket.close"]


# -- for the recorder ------------------------------------------------------------------------------------


def test_the_company_of_a_token_is_known_dead_or_alive(gusto: Any) -> None:
    token = gusto.partner()
    assert gusto.sandbox.company_of(token) == gusto.company
    gusto.admin.disconnect(gusto.company)
    assert gusto.sandbox.company_of(token) == gusto.company
    assert gusto.sandbox.company_of(gusto.system()) is None
    assert gusto.sandbox.company_of("unknown") is None
