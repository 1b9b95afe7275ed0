"""What a scenario did, told as short steps from its recording: actions, trouble, calls, observations.

Runs of Gusto calls are counted, not listed: a person reads ten steps, not four hundred.
"""

from __future__ import annotations

from itertools import groupby

from partner_qa.model import Exchange, Kind, Recording
from partner_qa.report.exchanges import count_statuses
from partner_qa.report.text import counted, shown

_LONGEST = 60
_COUNTED = (Kind.API, Kind.AUDIT)


def tell_story(recording: Recording) -> tuple[str, ...]:
    """Return the steps of a recording in order, one line each, at most sixty."""
    steps: list[str] = []
    for kind, group in groupby(recording.exchanges, key=_kind_of_step):
        exchanges = list(group)
        if kind in _COUNTED:
            steps.append(_count(kind, exchanges))
        else:
            steps += [_tell(each) for each in exchanges]
    if recording.trouble:
        steps.append("the harness stopped here, by a mistake of its own")
    steps += [f"not possible: {shown(each, limit=300)}" for each in recording.missing]
    more = len(steps) - _LONGEST
    return (*steps[:_LONGEST], f"and {more} more steps") if more > 0 else tuple(steps)


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
        Kind.WEBHOOK: "a webhook is delivered",
        Kind.BROWSER: f"a browser opens {_last_word(exchange)}",
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
