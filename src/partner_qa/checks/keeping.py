"""What does the integration write into its logs, and what does it keep once a connection has ended?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from partner_qa.checks import traffic
from partner_qa.contract.names import LIST_CONTRACTORS, LIST_EMPLOYEES, TOKEN_ENDPOINT
from partner_qa.contract.readings import PEOPLE
from partner_qa.errors import NotObserved
from partner_qa.model import Action, Exchange, Finding, Json, Kind, Recording

_SSN = re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])")
_GONE = "[here]"
_AROUND = 100  # characters of a log line before what it should not hold, and after
_SECRET_FIELDS = ("access_token", "refresh_token", "client_secret")
_PERSONAL_FIELDS = {
    "email": "e-mail addresses",
    "work_email": "e-mail addresses",
    "date_of_birth": "birth dates",
}
_LOGS = ("observations.logs in partner.yaml",)
_STORED = ("observations.stored_data and actions.disconnect in partner.yaml",)


def keeps_logs_clean(recording: Recording) -> tuple[Finding, ...]:
    """Judge that the logs hold no token, no client secret and nothing that is personal beyond a name.

    Looked for are the secrets of the wire (redaction has given each one name for the whole run, wherever it
    stands), every e-mail address and birth date of the people read or put in (of contractors, where those
    are read), and whatever looks like an SSN. Spent codes and states do not count: an access log may have
    them. Proof of life: there are lines, and a list was read before; of people, where people are read.
    Source: https://docs.gusto.com/app-integrations/docs/security-review ([I] for logs)
    """
    looks = list(_told(recording, "logs"))
    people = _personal_values(recording)
    reading = traffic.reading_of(recording)
    is_read = bool(people) if reading is PEOPLE else bool(traffic.api_calls(recording, reading.operation))
    if not looks or not looks[-1][1] or not is_read:
        raise NotObserved(f"no logs were shown after {reading.rows} had been read", missing=_LOGS)
    seen, rows = looks[-1]
    lines = [str(line) for line in rows]
    wanted = {**people, **dict.fromkeys(_secrets(recording), "tokens or secrets")}
    found: dict[str, list[int]] = {}
    for number, line in enumerate(lines):
        kinds = {kind for value, kind in wanted.items() if value in line}
        for kind in kinds | ({"what looks like an SSN"} if _SSN.search(line) else set()):
            found.setdefault(kind, []).append(number)
    told = {
        kind: f"{len(where)} of {len(lines)} lines, {_tell_line(lines, where[0], wanted)}"
        for kind, where in found.items()
    }
    return tuple(_logged(recording, seen, kind, told[kind]) for kind in sorted(told))


def _tell_line(lines: Sequence[str], number: int, wanted: Mapping[str, str]) -> str:
    """Return a line by its number from 1 and its words, with what it should not hold left out of it."""
    line = _SSN.sub(_GONE, lines[number])
    for value in sorted(wanted, key=len, reverse=True):
        line = line.replace(value, _GONE)
    start = max(0, line.find(_GONE) - _AROUND)
    end = start + 2 * _AROUND
    words = ("…" if start else "") + line[start:end] + ("…" if end < len(line) else "")
    return f"the first of them line {number + 1}: {words}"


def _logged(recording: Recording, seen: Exchange, kind: str, told: str) -> Finding:
    return Finding(
        check="keeps_logs_clean",
        message=f"does not keep {kind} out of its logs",
        places=traffic.places(recording, [seen]),
        expected="identifiers and outcomes",
        seen=told,
        hint="log ids, statuses and counts; filter known keys in one place, for error trackers as well; "
        "never log whole requests, answers or records",
        key=kind,
    )


def _secrets(recording: Recording) -> Iterator[str]:
    """Yield the names that redaction gave to the tokens and secrets of a recording."""
    for call in traffic.api_calls(recording):
        token = traffic.find_bearer(call)
        if token:
            yield token
        if call.operation == TOKEN_ENDPOINT:
            for body in (call.request.body, call.response.body):
                fields = traffic.fields_of(body)
                yield from (fields[name] for name in _SECRET_FIELDS if fields.get(name))


def _personal_values(recording: Recording) -> dict[str, str]:
    """Return each e-mail address and birth date that the integration was given → what kind it is."""
    rows: list[Json] = []
    for call in traffic.api_calls(recording, LIST_EMPLOYEES, LIST_CONTRACTORS):
        told = traffic.json_of(call.response.body)
        rows += told if isinstance(told, list) else []
    for action in recording.of_kind(Kind.ACTION):
        given = traffic.json_of(action.request.body)
        people = given.get("people") if isinstance(given, dict) else None
        rows += people if isinstance(people, list) else []
    return {
        str(row[name]): kind
        for row in rows
        if isinstance(row, dict)
        for name, kind in _PERSONAL_FIELDS.items()
        if row.get(name)
    }


def deletes_after_disconnect(recording: Recording) -> tuple[Finding, ...]:
    """Judge that tokens are gone once the product was disconnected, and that what is kept has a reason.

    How long other data may stay is for the partner's policy to say: each kind that is left has its `detail`.
    Proof of life: before, tokens or people were stored. Source:
    https://docs.gusto.com/app-integrations/docs/security-review
    """
    over = [
        traffic.ended(each) for each in recording.of_kind(Kind.ACTION) if each.during == Action.DISCONNECT
    ]
    looks = list(_told(recording, "stored"))
    before = [rows for seen, rows in looks if over and seen.started < over[0]]
    after = [(seen, rows) for seen, rows in looks if over and seen.started >= over[-1]]
    had = {str(row.get("kind")) for row in traffic.rows_of(before[-1] if before else []) if row.get("count")}
    if not after or not had & {"tokens", "people"}:
        raise NotObserved(
            "what is stored could not be looked at before and after a disconnect", missing=_STORED
        )
    seen, rows = after[0]
    left = [row for row in traffic.rows_of(rows) if row.get("count")]
    return tuple(
        _left_over(recording, seen, str(row.get("kind")), row.get("count"))
        for row in left
        if row.get("kind") == "tokens" or not str(row.get("detail") or "").strip()
    )


def _left_over(recording: Recording, seen: Exchange, kind: str, count: Json) -> Finding:
    must_go = kind == "tokens"
    return Finding(
        check="deletes_after_disconnect",
        message=f"does not delete {kind} after a disconnect" + ("" if must_go else ", nor say why not"),
        places=traffic.places(recording, [seen]),
        expected="no tokens" if must_go else "nothing, or a `detail` with the reason and how long it is kept",
        seen=f"{count} left",
        hint="delete tokens and Gusto's data in the job that ends the connection; where your policy keeps "
        "something, say what and until when",
        key=kind,
    )


def _told(recording: Recording, name: str) -> Iterator[tuple[Exchange, list[Json]]]:
    for seen in recording.of_kind(Kind.OBSERVATION):
        told = traffic.json_of(seen.response.body)
        rows: Json = told.get(name) if isinstance(told, Mapping) else None
        if isinstance(rows, list):
            yield seen, rows
