"""Spoils a good recording in one place, to prove that a check would notice.

A suite names its spoiler beside the item; the house test applies it to the committed recordings and
demands a finding. Every function here returns a spoiler: a function that takes a recording and gives back
a changed copy. Only what the integration sent or answered is ever changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from partner_qa.model import Body, Exchange, Json, Recording, Response, Run

Spoiler = Callable[[Recording], Recording]
Chooser = Callable[[Exchange], bool]
Change = Callable[[Exchange], Exchange]


def dropping(chosen: Chooser) -> Spoiler:
    """Return a spoiler that removes the chosen exchanges."""

    def spoil(recording: Recording) -> Recording:
        return recording.with_exchanges(tuple(each for each in recording.exchanges if not chosen(each)))

    return spoil


def changing(chosen: Chooser, change: Change, *, last: bool = False) -> Spoiler:
    """Return a spoiler that changes the first (or last) chosen exchange."""

    def spoil(recording: Recording) -> Recording:
        hits = [each.sequence for each in recording.exchanges if chosen(each)]
        if not hits:
            return recording
        target = hits[-1 if last else 0]
        return recording.with_exchanges(
            tuple(change(each) if each.sequence == target else each for each in recording.exchanges)
        )

    return spoil


def repeating(chosen: Chooser, change: Change) -> Spoiler:
    """Return a spoiler that appends a changed copy of the first chosen exchange, as if sent at the end."""

    def spoil(recording: Recording) -> Recording:
        hit = next((each for each in recording.exchanges if chosen(each)), None)
        if hit is None:
            return recording
        last = max(recording.exchanges, key=lambda each: each.sequence)
        again = replace(
            hit,
            sequence=last.sequence + 1,
            started=max(last.started + timedelta(seconds=last.elapsed), hit.started) + timedelta(seconds=1),
        )
        return recording.with_exchanges((*recording.exchanges, change(again)))

    return spoil


def in_every_recording(spoiler: Spoiler) -> Callable[[Run], Run]:
    """Return a spoiler of runs that spoils each recording."""

    def spoil(run: Run) -> Run:
        return replace(run, recordings=tuple(map(spoiler, run.recordings)))

    return spoil


def with_query(name: str, value: str | None) -> Change:
    """Return a change that sets a query parameter, or removes it."""

    def change(exchange: Exchange) -> Exchange:
        parts = urlsplit(exchange.request.url)
        pairs = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != name]
        if value is not None:
            pairs.append((name, value))
        url = urlunsplit(parts._replace(query=urlencode(pairs)))
        return replace(exchange, request=replace(exchange.request, url=url))

    return change


def with_path(change_path: Callable[[str], str]) -> Change:
    """Return a change of the request's path."""

    def change(exchange: Exchange) -> Exchange:
        parts = urlsplit(exchange.request.url)
        url = urlunsplit(parts._replace(path=change_path(parts.path)))
        return replace(exchange, request=replace(exchange.request, url=url))

    return change


def with_header(name: str, value: str | None) -> Change:
    """Return a change that sets a request header, or removes it."""

    def change(exchange: Exchange) -> Exchange:
        kept = tuple(pair for pair in exchange.request.headers if pair[0].lower() != name.lower())
        headers = kept if value is None else (*kept, (name, value))
        return replace(exchange, request=replace(exchange.request, headers=headers))

    return change


def with_fact(name: str, value: Json) -> Change:
    """Return a change that sets one of the facts kept beside an exchange."""

    def change(exchange: Exchange) -> Exchange:
        return replace(exchange, facts={**exchange.facts, name: value})

    return change


def with_operation(operation: str) -> Change:
    """Return a change of the operation that was called."""

    def change(exchange: Exchange) -> Exchange:
        return replace(exchange, operation=operation)

    return change


def with_status(status: int) -> Change:
    """Return a change of the status that the integration answered."""

    def change(exchange: Exchange) -> Exchange:
        return replace(exchange, response=replace(exchange.response, status=status))

    return change


def with_request_json(edit: Callable[[dict[str, Json]], Json]) -> Change:
    """Return a change of the JSON object that the integration sent."""

    def change(exchange: Exchange) -> Exchange:
        body = Body.of(json.dumps(edit(json.loads(exchange.request.body.content))).encode())
        return replace(exchange, request=replace(exchange.request, body=body))

    return change


def with_answer_json(edit: Callable[[dict[str, Json]], Json]) -> Change:
    """Return a change of the JSON object that the integration answered."""

    def change(exchange: Exchange) -> Exchange:
        answer = edit(json.loads(exchange.response.body.content))
        response = Response(
            status=exchange.response.status,
            reason=exchange.response.reason,
            headers=exchange.response.headers,
            body=Body.of(json.dumps(answer).encode()),
        )
        return replace(exchange, response=response)

    return change
