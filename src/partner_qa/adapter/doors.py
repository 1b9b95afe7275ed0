"""One question to the integration through one door of the profile, by HTTP or by a command, and its answer.

Here a door's templates are filled, the question is asked and recorded, and the answer is read as JSON of
the shape that `schemas/adapter/` wants. What cannot be understood is an `AdapterError` that shows it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit, urlunsplit

from partner_qa.adapter.client import Answer, Client
from partner_qa.adapter.concealment import Concealment, shown
from partner_qa.adapter.supervision import Ended, NotStarted
from partner_qa.errors import AdapterError, Problem
from partner_qa.model import Action, Body, Facts, Headers, Json, Kind, Observation, Request, Response, Sink
from partner_qa.profile.placeholders import fill, fill_json, fill_url
from partner_qa.profile.profile import Door
from partner_qa.profile.shapes import find_shape_violations

Name = Action | Observation
_EXCERPT = 300
_LISTED = 3
_REFUSED = {401: "the QA token", 403: "the QA token", 404: "the address", 405: "the method"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked through a door: for which account, with what, and how many seconds it may take."""

    name: Name
    account: str
    payload: Mapping[str, Json]
    within: float

    @property
    def key(self) -> str:
        """Return where partner.yaml says how."""
        return f"{'actions' if isinstance(self.name, Action) else 'observations'}.{self.name}"

    @property
    def kind(self) -> Kind:
        """Return how it is recorded."""
        return Kind.ACTION if isinstance(self.name, Action) else Kind.OBSERVATION


class Misshapen(AdapterError):  # noqa: N818 - reads better without "Error"
    """The integration answered, and what it answered is not of the shape that was asked for."""


RunCommand = Callable[[str, tuple[str, ...], bytes, float], Ended | None]


class Doors:
    """Asks through doors. `values` fill templates; `run_command` runs a command line to its end."""

    def __init__(
        self,
        *,
        values: Mapping[str, str],
        client: Client,
        sink: Sink,
        conceal: Concealment,
        run_command: RunCommand,
    ) -> None:
        self._values = values
        self._client = client
        self._sink = sink
        self._conceal = conceal
        self._run_command = run_command

    def ask(self, door: Door, question: Question) -> Json:
        """Ask, record, and return the answer; raise `AdapterError` where it is not one."""
        answer = self.run(door, question) if door.command else self.call(door, question)
        self.record(answer, question)
        return self.read(answer, question)

    def peek(self, door: Door, question: Question) -> Json:
        """Ask and return the answer, as `ask` does; what is understood is not recorded."""
        answer = self.run(door, question) if door.command else self.call(door, question)
        try:
            return self.read(answer, question)
        except AdapterError:
            self.record(answer, question)
            raise

    def call(self, door: Door, question: Question) -> Answer:
        """Send the HTTP request of a door."""
        values = {**self._values, "account": question.account}
        url, content = fill_url(door.url, values), b""
        headers = [(name, fill(value, values)) for name, value in door.headers]
        if door.method in {"GET", "DELETE"} and door.json is None:
            url = _with_query(url, question.payload)
        else:
            content = json.dumps(self._to_json(door, question)).encode()
            headers.append(("Content-Type", "application/json"))
        return self.send(door.method, url, headers=tuple(headers), content=content, within=question.within)

    def send(
        self, method: str, url: str, *, headers: Headers = (), content: bytes = b"", within: float
    ) -> Answer:
        """Send one request with the QA token."""
        own = (("Accept", "application/json"), ("User-Agent", "partner-qa"))
        token = (("Authorization", f"Bearer {self._values.get('qa_token', '')}"),)
        given = {name.lower() for name, _ in headers}
        kept = tuple(pair for pair in (*own, *token) if pair[0].lower() not in given)
        request = Request(method=method, url=url, headers=(*kept, *headers), body=Body.of(content))
        return self._client.send(request, within=within)

    def run(self, door: Door, question: Question) -> Answer:
        """Run the command of a door; its standard output is the answer, if it ends with exit code 0."""
        values = {**self._values, "account": question.account}
        command = tuple(fill(word, values) for word in door.command)
        given = json.dumps(self._to_json(door, question)).encode()
        started, began = datetime.now(UTC), time.monotonic()
        request = Request(method="RUN", url=f"action:{question.name}", body=Body.of(given))
        if question.kind is Kind.OBSERVATION:
            request = replace(request, url=f"observation:{question.name}")
        trouble, output = "", b""
        try:
            ended = self._run_command(str(question.name), command, given, question.within)
        except NotStarted as refused:
            trouble = f"{shown(command[0])} cannot be run: {refused}"
        else:
            trouble = _find_command_trouble(ended, question.within)
            output = ended.output if ended is not None else b""
        response = Response(status=0 if trouble else 200, reason=trouble or "done", body=Body.of(output))
        elapsed = time.monotonic() - began
        return Answer(request=request, response=response, started=started, elapsed=elapsed, trouble=trouble)

    def record(self, answer: Answer, question: Question, facts: Facts | None = None) -> None:
        """Put a question and its answer into the recording."""
        self._sink.record(
            kind=question.kind,
            started=answer.started,
            elapsed=answer.elapsed,
            request=answer.request,
            response=answer.response,
            account=question.account,
            facts=facts,
        )

    def read(self, answer: Answer, question: Question) -> Json:
        """Return what an answer says; raise `AdapterError` where it says nothing that we understand."""
        key, status = question.key, answer.response.status
        if answer.trouble:
            raise self._error(key, answer.trouble, answer, hint=_hint_for(answer.trouble, question))
        if status in _REFUSED:
            message = f"answered {status}: {_REFUSED[status]} is not the one it knows"
            raise self._error(key, message, answer, show=True)
        try:
            told: Json = json.loads(answer.response.body.content)
        except (ValueError, RecursionError):
            said = "printed no JSON" if answer.request.method == "RUN" else f"answered {status} without JSON"
            unread = self._error(key, said, answer, show=True)
            if status == 200:
                raise Misshapen(unread.problems, hint=unread.hint) from None
            raise unread from None
        is_told_failure = isinstance(told, dict) and told.get("status") == "failed"
        if not 200 <= status < 300 and not (is_told_failure and question.kind is Kind.ACTION):
            raise self._error(key, f"answered {status}", answer, show=True)
        violations = find_shape_violations(question.name, "output", told)
        if violations:
            words = "; ".join(f"{each.pointer} {each.message}" for each in violations[:_LISTED])
            more = f" (and {len(violations) - _LISTED} more)" if len(violations) > _LISTED else ""
            message = (
                f"answered what schemas/adapter/{question.name}.json does not allow: {shown(words)}{more}"
            )
            hint = f"expected {violations[0].expected}" if violations[0].expected else ""
            error = self._error(key, message, answer, show=True, hint=hint)
            raise Misshapen(error.problems, hint=error.hint)
        return told

    def _to_json(self, door: Door, question: Question) -> Json:
        values = {**self._values, "account": question.account}
        template = fill_json(door.json, values)
        start = template if isinstance(template, dict) else {}
        return {**start, "account": question.account, **question.payload}

    def _error(
        self, key: str, message: str, answer: Answer, *, show: bool = False, hint: str = ""
    ) -> AdapterError:
        lines = [hint] if hint else []
        if show:
            text = answer.response.body.content.decode("utf-8", "replace")
            seen = shown(self._conceal(text), limit=_EXCERPT) if text else "(nothing)"
            lines.append(f"It answered: {seen}")
        asked = answer.request.url
        if answer.request.method != "RUN":
            asked = f"{answer.request.method} {urlunsplit(urlsplit(asked)._replace(query='', fragment=''))}"
        lines.append(f"Asked was: {shown(asked)}")
        return AdapterError([Problem(key=key, message=self._conceal(message))], hint="\n".join(lines))


def _with_query(url: str, payload: Mapping[str, Json]) -> str:
    if not payload:
        return url
    parts = urlsplit(url)
    pairs = {
        name: value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        for name, value in payload.items()
    }
    query = urlencode(pairs)
    return urlunsplit(parts._replace(query=f"{parts.query}&{query}" if parts.query else query))


def _find_command_trouble(ended: Ended | None, within: float) -> str:
    if ended is None:
        return f"did not end within {within:g} s"
    if ended.code != 0:
        last = ended.tail.strip().splitlines()
        word = f"exit code {ended.code}" if ended.code >= 0 else f"signal {-ended.code}"
        return f"ended with {word}" + (f"; its last words: {shown(last[-1])}" if last else "")
    return "wrote more than 10,000,000 bytes to standard output" if ended.overflow else ""


def _hint_for(trouble: str, question: Question) -> str:
    if "did not" in trouble and question.kind is Kind.ACTION:
        return 'Answer {"status": "running", "poll": …} at once and work on, or raise timing.cap.'
    return "Is the integration running?" if "connections" in trouble else ""
