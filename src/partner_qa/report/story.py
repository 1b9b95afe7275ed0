"""What a scenario did, told as short steps from its recording: actions, trouble, calls, observations.

Runs of Gusto calls are counted, not listed: a person reads ten steps, not four hundred.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from urllib.parse import urlsplit

from partner_qa.model import Exchange, Kind, Recording
from partner_qa.report.exchanges import count_statuses
from partner_qa.report.text import counted, shown

_LONGEST = 60
_COUNTED = (Kind.API, Kind.AUDIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: what happened, and from when to when."""

    text: str
    began: datetime
    ended: datetime


class Stories:
    """The stories of recordings, each told once: many items are judged on one scenario."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, datetime], tuple[Step, ...]] = {}

    def of(self, recording: Recording) -> tuple[Step, ...]:
        """Return what `tell_steps` says of a recording; all that are asked for are of one run."""
        key = (recording.scenario, recording.started)
        if key not in self._told:
            self._told[key] = tell_steps(recording)
        return self._told[key]


def tell_story(recording: Recording) -> tuple[str, ...]:
    """Return the steps of a recording in order, one line each, at most sixty."""
    return tuple(each.text for each in tell_steps(recording))


def tell_steps(recording: Recording) -> tuple[Step, ...]:
    """Return the steps of a recording in order, with their times, at most sixty."""
    steps: list[Step] = []
    for kind, group in groupby(recording.exchanges, key=_kind_of_step):
        exchanges = list(group)
        if kind in _COUNTED:
            steps.append(_step(_count(kind, exchanges), exchanges))
        else:
            steps += [_step(_tell(each), [each]) for each in exchanges]
    end = recording.ended or (steps[-1].ended if steps else recording.started)
    last = ["the harness stopped here, by a mistake of its own"] if recording.trouble else []
    last += [f"it stopped: {shown(recording.reason, limit=300)}"] if recording.reason else []
    last += [f"missing: {shown(each, limit=300)}" for each in recording.missing]
    steps += [Step(text=text, began=end, ended=end) for text in last]
    more = len(steps) - _LONGEST
    if more <= 0:
        return tuple(steps)
    return (
        *steps[:_LONGEST],
        Step(text=f"and {counted(more, 'more step')}", began=steps[_LONGEST].began, ended=end),
    )


def _step(text: str, exchanges: list[Exchange]) -> Step:
    return Step(text=text, began=exchanges[0].started, ended=max(end_of(each) for each in exchanges))


def end_of(exchange: Exchange) -> datetime:
    """Return when the last byte of an exchange's answer was there."""
    return exchange.started + timedelta(seconds=exchange.elapsed)


def _kind_of_step(exchange: Exchange) -> Kind:
    return exchange.kind


def _count(kind: Kind, exchanges: list[Exchange]) -> str:
    who = "the integration makes" if kind is Kind.API else "the harness reads the sandbox with"
    noun = "call to Gusto" if kind is Kind.API else "call"
    plural = "calls to Gusto" if kind is Kind.API else "calls"
    answers = ", ".join(
        f"{number} answered {status}" if status else f"{number} not answered"
        for status, number in count_statuses(exchanges).items()
    )
    faults = [f"{each.fault.name} at #{each.sequence}" for each in exchanges if each.fault is not None]
    trouble = f"; trouble made: {', '.join(faults[:5])}{' …' if len(faults) > 5 else ''}" if faults else ""
    first, last = exchanges[0].sequence, exchanges[-1].sequence
    span = f"#{first}" if first == last else f"#{first} to #{last}"
    return f"{who} {counted(len(exchanges), noun, plural)} ({answers}), {span}{trouble}"


def _tell(exchange: Exchange) -> str:
    what = {
        Kind.ACTION: f"asked to {_action(exchange)}",
        Kind.OBSERVATION: f"asked what it holds: {_last_word(exchange)}",
        Kind.WEBHOOK: _delivery(exchange),
        Kind.BROWSER: f"a browser opens {_path(exchange)}",
        Kind.PROCESS: f"its processes: {_last_word(exchange)}",
        Kind.CLOCK: f"business time moves: {_last_word(exchange)}",
    }[exchange.kind]
    account = f" for {exchange.account}" if exchange.account else ""
    answer = exchange.response.status
    ended = "" if exchange.kind in (Kind.PROCESS, Kind.CLOCK) else f" → {answer or 'no answer'}"
    return shown(f"{what}{account}{ended} (#{exchange.sequence})", limit=300)


def _action(exchange: Exchange) -> str:
    return exchange.during or _last_word(exchange)


def _last_word(exchange: Exchange) -> str:
    url = exchange.request.url.split("?", 1)[0]
    return url.rsplit("/", 1)[-1].rsplit(":", 1)[-1] or url


def _path(exchange: Exchange) -> str:
    try:
        return urlsplit(exchange.request.url).path or "/"
    except ValueError:
        return exchange.request.url


def _delivery(exchange: Exchange) -> str:
    """Return what a delivery was: its event, and its signature where that was not Gusto's own."""
    try:
        body = json.loads(exchange.request.body.content)
    except (ValueError, RecursionError):
        body = None
    event = str(body.get("event_type") or "") if isinstance(body, dict) else ""
    signature = str(exchange.facts.get("signature") or "")
    told = ", ".join(each for each in (event, f"signature {signature}" if signature else "") if each)
    return f"a webhook is delivered ({told})" if told else "a webhook is delivered"
