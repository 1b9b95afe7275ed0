"""Questions that every check asks of an exchange: its path, its query, its JSON, its token, its page.

Checks never parse a URL or a body themselves. Values that redaction replaced are still comparable here:
a pseudonym stands for one secret throughout a run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from partner_qa.contract.names import TOKEN_ENDPOINT
from partner_qa.contract.readings import Reading, require_reading
from partner_qa.model import Action, Body, Exchange, Json, Kind, Place, Recording, Run, find_header

# What makes a situation arise that any integration can come to, as reasons of `NotObserved` name it.
CONNECTS = ("an actions.connect in partner.yaml that ends with a connection",)
CALLS = ("an action in partner.yaml that makes it call Gusto, such as actions.sync_people",)
RECORD_AGAIN = ("this scenario, driven to its end (record the run again)",)
READS_A_LIST = ("an actions.sync_people (or another) in partner.yaml that reads a list of the company's",)
MATCHES_PEOPLE = (
    "actions.set_people, sync_people and confirm_matches, and observations.matches, in partner.yaml",
)
READS_PEOPLE = ("an actions.sync_people in partner.yaml that reads the list of people",)

_ADDRESS = re.compile(rb'"(https?://[^"\s]+)"')  # a text of JSON that is an address and nothing else

# Running a payroll is for Gusto Embedded, or for a person in Gusto.
_RUNS_PAYROLL = re.compile(r"/v1/companies/[^/]+/payrolls/[^/]+/(?:calculate|submit|cancel)")


def path_of(exchange: Exchange) -> str:
    """Return the decoded path of the request, without the query."""
    return unquote(urlsplit(exchange.request.url).path)


def query_of(exchange: Exchange) -> tuple[tuple[str, str], ...]:
    """Return the query of the request as pairs, in order, decoded."""
    return tuple(parse_qsl(urlsplit(exchange.request.url).query, keep_blank_values=True))


def find_query(exchange: Exchange, name: str) -> str | None:
    """Return the first value of a query parameter, or `None`."""
    return next((value for key, value in query_of(exchange) if key == name), None)


def json_of(body: Body) -> Json:
    """Return the body as JSON; `None` where it is not JSON or was too large to keep."""
    try:
        parsed: Json = json.loads(body.content) if body.content else None
    except ValueError:
        return None
    return parsed


def rows_of(told: Json) -> list[dict[str, Json]]:
    """Return the objects of a JSON list; none where it is no list."""
    return [row for row in told if isinstance(row, dict)] if isinstance(told, list) else []


def find_text(exchange: Exchange, name: str) -> str:
    """Return a field of the answer's JSON object as text; nothing where it is missing or null."""
    told = json_of(exchange.response.body)
    return str(told.get(name) or "") if isinstance(told, dict) else ""


def fields_of(body: Body) -> dict[str, str]:
    """Return the top-level text fields of a JSON object or of a form, as OAuth requests carry them."""
    parsed = json_of(body)
    if isinstance(parsed, dict):
        return {key: value for key, value in parsed.items() if isinstance(value, str)}
    form = parse_qs(body.content.decode("utf-8", "replace"), keep_blank_values=True)
    return {key: values[0] for key, values in form.items()}


def find_bearer(exchange: Exchange) -> str | None:
    """Return the (redacted) token of `Authorization: Bearer`, or `None` (RFC 6750 section 2.1)."""
    value = find_header(exchange.request.headers, "Authorization") or ""
    scheme, _, token = value.partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def is_running_payroll(exchange: Exchange) -> bool:
    """Return whether the request is to calculate, submit or cancel a payroll, whatever was answered."""
    return _RUNS_PAYROLL.fullmatch(path_of(exchange)) is not None


def is_success(exchange: Exchange) -> bool:
    """Return whether the answer was 2xx."""
    return 200 <= exchange.response.status < 300


def asks_again(call: Exchange, before: Exchange) -> bool:
    """Return whether a request asks for what an earlier one asked for, perhaps in pages of another size."""
    asked, given = dict(query_of(call)), dict(query_of(before))
    if asked.pop("per", None) != given.pop("per", None):
        asked.pop("page", None)
        given.pop("page", None)
    alike = (call.request.method, path_of(call)) == (before.request.method, path_of(before))
    return alike and asked == given


def serves_company(exchange: Exchange) -> bool:
    """Return whether a company's token got something done: people read, or anything else of the company."""
    return is_success(exchange) and exchange.company is not None and path_of(exchange).startswith("/v1/")


def ended(exchange: Exchange) -> datetime:
    """Return when the last byte of the answer was sent."""
    return exchange.started + timedelta(seconds=exchange.elapsed)


def reading_of(recording: Recording) -> Reading:
    """Return the action that read lists in a scenario that any list will do for, and the list's operation."""
    return require_reading(str(recording.situation.get("reading", "")))


def api_calls(recording: Recording, *operations: str) -> tuple[Exchange, ...]:
    """Return the integration's calls to Gusto, of these operations where any are named."""
    calls = recording.of_kind(Kind.API)
    return tuple(call for call in calls if not operations or call.operation in operations)


def given_addresses(run: Run) -> frozenset[bytes]:
    """Return the addresses that answers of Gusto's named, as they name those of reports.

    A request to one carries no token, so it may stand in another recording than the answer.
    """
    answers = (each for recording in run for each in api_calls(recording) if each.operation is not None)
    return frozenset(address for each in answers for address in _ADDRESS.findall(each.response.body.content))


def is_given_address(call: Exchange, given: frozenset[bytes]) -> bool:
    """Return whether a call goes to one of these very addresses."""
    return json.dumps(call.request.url)[1:-1].encode() in given


def audited(recording: Recording, operation: str, company: str | None = None) -> tuple[dict[str, Json], ...]:
    """Return what Gusto held at the last audit read of a list (or of one thing), all its pages.

    None where the scenario did not read it. Several companies are told apart by `company`.
    """
    reads = [
        each
        for each in recording.of_kind(Kind.AUDIT)
        if each.operation == operation and company in (None, each.company) and is_success(each)
    ]
    first = max((at for at, each in enumerate(reads) if find_query(each, "page") in (None, "1")), default=0)
    rows = [json_of(each.response.body) for each in reads[first:]]
    flat = [row for told in rows for row in (told if isinstance(told, list) else [told])]
    return tuple(row for row in flat if isinstance(row, dict))


def askings(recording: Recording) -> tuple[Exchange, ...]:
    """Return what the integration was asked to do; asking how far it is with that does not count."""
    found, polls = [], set[Json]()
    for action in recording.of_kind(Kind.ACTION):
        told = json_of(action.response.body)
        poll = told.get("poll") if isinstance(told, dict) else None
        if action.request.url not in polls:
            found.append(action)
        polls.add(poll if isinstance(poll, str) else None)
    return tuple(found)


def refreshes(recording: Recording) -> tuple[Exchange, ...]:
    """Return the token requests with `grant_type=refresh_token` (RFC 6749 section 6)."""
    return tuple(
        call
        for call in api_calls(recording, TOKEN_ENDPOINT)
        if fields_of(call.request.body).get("grant_type") == "refresh_token"
    )


def within(recording: Recording, window: str, *kinds: Kind) -> tuple[Exchange, ...]:
    """Return the exchanges of these kinds in a window that the scenario kept; none where it has no such."""
    given = recording.situation.get(window)
    if not isinstance(given, list) or len(given) != 2:
        return ()
    first, last = (each if isinstance(each, int) else 0 for each in given)
    return tuple(each for each in recording.of_kind(*kinds) if first <= each.sequence <= last)


def told_in(recording: Recording, window: str, name: str) -> tuple[Json, ...]:
    """Return what the observations of a window told under a name (`notices`, `people`, `state`), in order."""
    found = []
    for seen in within(recording, window, Kind.OBSERVATION):
        told = json_of(seen.response.body)
        if isinstance(told, dict) and name in told:
            found.append(told[name])
    return tuple(found)


def notices_in(recording: Recording, window: str) -> frozenset[str] | None:
    """Return what customers were told about at the end of a window, or `None` where nobody looked."""
    told = told_in(recording, window, "notices")
    rows = told[-1] if told else None
    if not isinstance(rows, list):
        return None
    return frozenset(str(row.get("about")) for row in rows if isinstance(row, dict))


def code_exchanges(recording: Recording) -> tuple[Exchange, ...]:
    """Return the token requests that carry an authorization code (RFC 6749 section 4.1.3)."""
    return tuple(
        call for call in api_calls(recording, TOKEN_ENDPOINT) if "code" in fields_of(call.request.body)
    )


def categories_of(exchange: Exchange) -> frozenset[str]:
    """Return the error categories of an answer, nested ones included.

    Source: https://docs.gusto.com/app-integrations/docs/error-categories
    """
    return frozenset(_walk_categories(json_of(exchange.response.body)))


def _walk_categories(told: Json) -> Iterator[str]:
    if isinstance(told, dict):
        if isinstance(told.get("category"), str):
            yield str(told["category"])
        for name in ("errors", "nested_errors"):
            yield from _walk_categories(told.get(name))
    elif isinstance(told, list):
        for each in told:
            yield from _walk_categories(each)


def driven_actions(run: Run) -> frozenset[str]:
    """Return the actions that the integration was asked for in a scenario; connecting is part of any."""
    asked = {call.during for recording in run for call in recording.of_kind(Kind.ACTION) if call.during}
    return frozenset(asked | {Action.CONNECT.value})


def places(recording: Recording, exchanges: Iterable[Exchange]) -> tuple[Place, ...]:
    """Return the printed addresses of exchanges of one recording."""
    return tuple(Place(scenario=recording.scenario, sequence=each.sequence) for each in exchanges)


def page_numbers(exchange: Exchange) -> tuple[int, int] | None:
    """Return (page, total pages) from the answer's `X-Page` and `X-Total-Pages`, or `None`.

    Source: https://docs.gusto.com/app-integrations/docs/pagination
    """
    page = find_header(exchange.response.headers, "X-Page")
    total = find_header(exchange.response.headers, "X-Total-Pages")
    if page is None or total is None or not page.isdigit() or not total.isdigit():
        return None
    return int(page), int(total)
