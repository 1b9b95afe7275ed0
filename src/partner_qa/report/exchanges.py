"""The exchanges that findings rest on: which they are, cut to a size, and written so that people read them.

What comes in is redacted already; nothing here sees a secret. Every view shows exchanges through this
module, so a page, the Allure report and the terminal tell the same story.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from partner_qa.model import Body, Exchange, Finding, Headers, Kind, Place, Run
from partner_qa.report.indenting import indented
from partner_qa.report.text import clipped, counted, printable, shown

LIMIT = 64 * 1024
"""Characters that one exchange takes in any view or record, at most."""
CITED = 12
"""Exchanges shown for one finding; a finding that names more says how many."""
CUT = "…"
"""Where something was left out; no header has this name, and no URL on the wire this character."""
_BODY = 18 * 1024  # bytes kept of a body
_SHOWN = 24 * 1024  # characters shown of it, white space of ours included
_HEADERS = 30
_FIELD = 400
_URL = 4_000
_WHO: Mapping[Kind, str] = {
    Kind.API: "the integration asks Gusto",
    Kind.WEBHOOK: "a webhook is delivered to the integration",
    Kind.BROWSER: "the harness is the person's browser",
    Kind.ACTION: "the harness asks the integration to do something",
    Kind.OBSERVATION: "the harness asks the integration what it holds",
    Kind.AUDIT: "the harness reads what Gusto holds, with a grant of its own",
    Kind.PROCESS: "the harness starts or ends processes",
    Kind.CLOCK: "the harness moves business time",
}
_UTF_8 = codecs.getincrementaldecoder("utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """An exchange with its address in the run."""

    place: Place
    exchange: Exchange


def find_cited(run: Run, findings: Iterable[Finding]) -> tuple[Cited, ...]:
    """Return the exchanges that findings rest on, cut to size, each once, in the order of their places.

    A place whose exchange the run does not hold is left out; the finding still prints its address.
    """
    places = dict.fromkeys(place for finding in findings for place in finding.places[:CITED])
    held = {place: find_exchange(run, place) for place in places}
    return tuple(
        Cited(place=place, exchange=cut(exchange)) for place, exchange in held.items() if exchange is not None
    )


def find_exchange(run: Run, place: Place) -> Exchange | None:
    """Return the exchange at a place, whole, or `None` where the run does not hold it."""
    recording = run.find(place.scenario)
    if recording is None:
        return None
    return next((each for each in recording.exchanges if each.sequence == place.sequence), None)


def cut(exchange: Exchange) -> Exchange:
    """Return an exchange with long bodies, URLs and headers cut, so that it is small enough to show."""
    asked, answered = exchange.request, exchange.response
    return replace(
        exchange,
        request=replace(
            asked,
            url=clipped(asked.url, _URL),
            headers=_cut_headers(asked.headers),
            body=_cut_body(asked.body),
        ),
        response=replace(
            answered,
            reason=clipped(answered.reason, _FIELD),
            headers=_cut_headers(answered.headers),
            body=_cut_body(answered.body),
        ),
    )


def _cut_headers(headers: Headers) -> Headers:
    kept = tuple((clipped(name, _FIELD), clipped(value, _FIELD)) for name, value in headers[:_HEADERS])
    more = len(headers) - _HEADERS
    return (*kept, (CUT, f"and {counted(more, 'more header')}")) if more > 0 else kept


def _cut_body(body: Body) -> Body:
    if len(body.content) <= _BODY:
        return body
    head = body.content[:_BODY]
    with suppress(UnicodeDecodeError):  # what is no text has no letter that the cut could split
        head = _UTF_8().decode(head).encode()
    return replace(body, content=head)


def headline_of(exchange: Exchange) -> str:
    """Return an exchange in one line: `GET /v1/me → 200`; what the harness itself read in Gusto says so."""
    status = exchange.response.status
    answer = str(status) if status else "no answer"
    whose = " (read by the harness)" if exchange.kind is Kind.AUDIT else ""
    return f"{shown(exchange.request.method, limit=20)} {_address(exchange)} → {answer}{whose}"


def _address(exchange: Exchange) -> str:
    """Return an address; of Gusto's without the port of the recorder, which is another in each run."""
    url = exchange.request.url
    if exchange.kind not in (Kind.API, Kind.AUDIT):
        return shown(url, limit=300)
    try:
        parts = urlsplit(url)
    except ValueError:
        return shown(url, limit=300)
    return shown(parts.path + (f"?{parts.query}" if parts.query else ""), limit=300)


def as_text(exchange: Exchange) -> str:
    """Return request and answer as a person reads them, at most `LIMIT` characters."""
    exchange = cut(exchange)
    asked, answered = exchange.request, exchange.response
    status = (
        f"{answered.status} {shown(answered.reason)}".strip() if answered.status else _unanswered(exchange)
    )
    facts = [f"# {line}" for line in describe_facts(exchange)]
    lines = [
        *facts,
        f"{shown(asked.method, limit=20)} {shown(asked.url, limit=_URL)}",
        *_header_lines(asked.headers),
        *_body_lines(asked.body),
        "",
        status,
        *_header_lines(answered.headers),
        *_body_lines(answered.body),
    ]
    return "\n".join(lines)[:LIMIT]


def describe_facts(exchange: Exchange) -> list[str]:
    """Return what is known of an exchange besides its bytes, one fact a line."""
    grant = f"grant {exchange.grant}" if exchange.grant else ""
    during = f"during {exchange.during}" if exchange.during else ""
    account = f"account {exchange.account}" if exchange.account else ""
    about = ", ".join(each for each in (_WHO[exchange.kind], grant, account, during) if each)
    lines = [f"{exchange.started:%Y-%m-%d %H:%M:%S.%f} UTC, {exchange.elapsed:.3f} s; {about}"]
    if exchange.fault is not None:
        given = json.dumps(dict(exchange.fault.parameters), sort_keys=True)
        lines.append(f"made by the harness: fault {exchange.fault.name} {given}")
    if exchange.facts:
        lines.append("kept beside it: " + json.dumps(dict(exchange.facts), sort_keys=True))
    return [shown(line, limit=1_000) for line in lines]


def _unanswered(exchange: Exchange) -> str:
    reason = shown(exchange.response.reason, limit=_FIELD)
    return f"(no answer: {reason})" if reason else "(no answer)"


def _header_lines(headers: Headers) -> list[str]:
    return [f"{printable(name)}: {printable(value)}" for name, value in headers]


def _body_lines(body: Body) -> list[str]:
    if not body.size and not body.content:
        return []
    try:
        text = body.content.decode()
    except UnicodeDecodeError:
        return ["", f"[{body.size:,} bytes that are not text; SHA-256 {body.sha256}]"]
    lines = ["", *([_laid_out(text)] if text else [])]
    if not body.is_whole:
        lines.append(f"[{len(body.content):,} of {body.size:,} bytes; SHA-256 of all {body.sha256}]")
    return lines


def _laid_out(text: str) -> str:
    pretty = printable(indented(text), lines=True)
    return pretty if len(pretty) <= _SHOWN else f"{pretty[:_SHOWN]}\n[cut here; the cassette has the rest]"


def count_statuses(exchanges: Iterable[Exchange]) -> Mapping[int, int]:
    """Return how many answers had which status, by status."""
    counts: dict[int, int] = {}
    for each in exchanges:
        counts[each.response.status] = counts.get(each.response.status, 0) + 1
    return dict(sorted(counts.items()))
