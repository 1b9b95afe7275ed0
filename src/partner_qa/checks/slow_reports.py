"""The report that is long in coming: was it met, was it asked for again meanwhile, when was it there?

Of the scenario `payrolls_posted`, whose situation names it: `slow` is its `payroll`, and the `seconds` that
the first report of it takes. accounting.py and ledgers.py judge by what is found here.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from partner_qa.checks import traffic
from partner_qa.contract.names import ASK_FOR_LEDGER, SHOW_REPORT
from partner_qa.model import Exchange, Json, Kind, Recording


def payroll_of(call: Exchange) -> str:
    """Return the payroll whose ledger a request asks for."""
    return traffic.path_of(call).partition("/payrolls/")[2].partition("/")[0]


def find_slow(recording: Recording) -> str:
    """Return the payroll whose report was long in coming, or nothing where none was asked for."""
    asks = _list_asks(recording)
    return payroll_of(asks[0]) if asks else ""


def list_asks_while_pending(recording: Recording) -> list[Exchange]:
    """Return the request for the report that takes long, and all for the same that came before it was over.

    Nothing where no more came. A ledger of another kind (by department, say) is another report.
    """
    asks = _list_asks(recording)
    same = [each for each in asks if _form_of(each) == _form_of(asks[0])]
    early = [each for each in same if each.started < _over_at(recording, asks[0])]
    return early if len(early) > 1 else []


def was_pending_at(recording: Recording, exchange: Exchange) -> bool:
    """Return whether the report that takes long was surely still being made when an exchange ended.

    It was not where somebody had read it, or another of the same payroll, by then.
    """
    asks, at = _list_asks(recording), traffic.ended(exchange)
    if not asks or not asks[0].started < at < _over_at(recording, asks[0]):
        return False
    reports = {traffic.find_text(each, "request_uuid") for each in asks}
    looks = traffic.api_calls(recording, SHOW_REPORT)
    theirs = [each for each in looks if traffic.path_of(each).rpartition("/")[2] in reports]
    return all(each.started > at or traffic.find_text(each, "status") == "pending" for each in theirs)


def _list_asks(recording: Recording) -> list[Exchange]:
    slow = recording.situation.get("slow")
    payroll = slow.get("payroll") if isinstance(slow, dict) else None
    asked = [
        each for each in traffic.within(recording, "first", Kind.API) if each.operation == ASK_FOR_LEDGER
    ]
    return [each for each in asked if traffic.is_success(each) and payroll_of(each) == payroll]


def _over_at(recording: Recording, ask: Exchange) -> datetime:
    """Return the moment before which the report cannot have been ready."""
    slow = recording.situation.get("slow")
    seconds = slow.get("seconds") if isinstance(slow, dict) else None
    return ask.started + timedelta(seconds=float(seconds) if isinstance(seconds, int | float) else 0.0)


def _form_of(call: Exchange) -> tuple[Json, Json]:
    sent = traffic.json_of(call.request.body)
    given = sent if isinstance(sent, dict) else {}
    return given.get("aggregation"), given.get("integration_type")
