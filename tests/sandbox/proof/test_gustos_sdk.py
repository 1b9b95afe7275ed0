"""Gusto's own Python SDK against the sandbox: every operation that both know, through its own models.

It speaks an older API version, so its transport puts the sandbox's version into the header, and what the two
versions call differently is listed here. It is the extra `proof`; without it these tests are skipped.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from random import Random
from typing import Any

import httpx
import pytest

pydantic = pytest.importorskip("pydantic", reason="comes with Gusto's SDK: pip install -e '.[proof]'")
sdk = pytest.importorskip(
    "gusto_app_integration", reason="Gusto's SDK is not installed: pip install -e '.[proof]'"
)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the SDK's own, of pydantic


class Transport(httpx.BaseTransport):
    """Hands the SDK's requests to the sandbox, in the sandbox's version."""

    def __init__(self, gusto: Any, token: str) -> None:
        self.gusto, self.token = gusto, token
        self.asked: list[tuple[str, str]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        kept = {"content-type"}
        headers = tuple((name, value) for name, value in request.headers.items() if name in kept)
        target = request.url.raw_path.decode()
        found = self.gusto.contract.find_operation(request.method, target.partition("?")[0])
        token = self.token if found is None else self.gusto.token_for(found[0])
        answer = self.gusto.send(request.method, target, token, body=request.read(), headers=headers)
        self.asked.append((found[0].id if found else "", str(answer.status)))
        return httpx.Response(answer.status, headers=[*answer.headers], content=answer.body)


def methods_of(client: Any) -> Iterator[tuple[Any, str, str]]:
    """Yield each method of the SDK with the HTTP method and path that it asks for."""
    for name in inspect.get_annotations(type(client)):
        part = getattr(client, name)
        for attribute, method in inspect.getmembers(part, inspect.ismethod):
            if attribute.startswith("_") or attribute.endswith("_async"):
                continue
            source = inspect.getsource(method)
            asked = re.search(r'method="(\w+)",\s+path="([^"]+)"', source)
            if asked:
                yield method, asked[1], asked[2]


def shape_of(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "{}", path)


# What a method wants beyond ids, versions and the fields of a good request.
EXTRA: dict[str, Any] = {
    "security": {"system_access_auth": "system"},
    "client_id": "client",
    "client_secret": "s3cret",
    "grant_type": "refresh_token",
    "time_off_type": "vacation",
    "start_date": "2026-07-01",
    "end_date": "2026-10-20",
    "subscription_types": ["Employee"],
    "effective_date": "2026-12-01",
    "contractor_only": False,
    "employees": [],
    "tax_year": 2026,
    "employee_compensations": [],
    "employee_benefits": [],
    "description": "Proof",
    "name": "Proof",
    "file_new_hire_report": True,
}
# The SDK's models of 2024-04-01 against answers of 2026-06-15: what changed between the two.
CHANGED = {
    "get-version-employees-time_off_activities": "was one object, is a list",
    "get-v1-benefits-company_benefit_id-summary": "`employees` was one object, is a list",
}


def arguments_of(tools: Any, gusto: Any, method: Any, http_method: str, operation: Any) -> dict[str, Any]:
    """Return arguments for a method of the SDK: ids that are there, newest versions, good fields."""
    reality = tools.reality(gusto=gusto, random=Random(1))
    path = reality.fill(operation, {})
    _, ids = gusto.contract.find_operation(http_method, path)
    by_position = iter(ids.values())
    good = next((each.body for each in tools.good_requests(gusto) if each.operation == operation.id), {})
    fields = {"zip_code" if name == "zip" else name: value for name, value in good.items()}
    version = reality.version_of(path, gusto.token_for(operation))
    given: dict[str, Any] = {}
    source = inspect.getsource(method)
    in_path = re.findall(r"\{(\w+)\}", re.search(r'path="([^"]+)"', source)[1])
    for name, parameter in inspect.signature(method).parameters.items():
        if name in in_path:
            given[name] = ids.get(name) or next(by_position)
        elif name in fields:
            given[name] = fields[name]
        elif parameter.default is inspect.Parameter.empty:
            given[name] = version if name == "version" else EXTRA.get(name, "x")
    return given


def drive(tools: Any) -> dict[str, tuple[str, str]]:
    """Call every method that both know; return what became of each: status, and what the SDK said."""
    told: dict[str, tuple[str, str]] = {}
    operations = {(each.method, shape_of(each.path)): each for each in tools.contract.operations}
    for method, http_method, path in methods_of(sdk.GustoAppIntegration(server_url="http://gusto.test")):
        operation = operations.get((http_method, shape_of(path)))
        if operation is None or operation.id not in tools.built:
            continue
        gusto = tools.gusto()
        gusto.prepare(without=operation.id)
        transport = Transport(gusto, gusto.admin.issue_grant(gusto.company))
        with httpx.Client(transport=transport) as http:
            client = sdk.GustoAppIntegration("token", server_url="http://gusto.test", client=http)
            part = next(
                getattr(client, name)
                for name in inspect.get_annotations(type(client))
                if type(getattr(client, name)) is type(method.__self__)
            )
            given = arguments_of(tools, gusto, method, http_method, operation)
            said = ""
            try:
                getattr(part, method.__name__)(**given)
            except (sdk.models.UnprocessableEntityErrorObject, sdk.models.APIError):
                pass  # a refusal that the SDK could read; the status is looked at below
            except pydantic.ValidationError as error:
                said = str(error)
        told[operation.id] = (transport.asked[-1][1] if transport.asked else "not sent", said)
        gusto.close()
    return told


@pytest.fixture(scope="module")
def told(tools: Any) -> dict[str, tuple[str, str]]:
    return drive(tools)


def test_every_operation_that_both_know_is_asked_and_answered(tools: Any, told: dict[str, Any]) -> None:
    assert len(told) > 80
    assert {name: status for name, (status, _) in told.items() if not status.isdigit() or status >= "5"} == {}
    done = [name for name, (status, _) in told.items() if status < "3"]
    assert len(done) > len(told) * 0.7


def test_the_sdk_reads_every_answer_but_those_that_changed_between_the_versions(told: dict[str, Any]) -> None:
    unread = {name: said for name, (_, said) in told.items() if said and name not in CHANGED}
    assert unread == {}
