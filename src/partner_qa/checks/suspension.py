"""Does the integration leave a company alone that Gusto has suspended, and say so?

The scenario keeps three windows: `before` (hours are sent, where the integration does so), `suspended` (it is
asked to send more) and `afterwards`.
"""

from __future__ import annotations

from partner_qa.checks import traffic
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Kind, Recording

_SUSPENDED = "company.suspended"
_READS = frozenset({"GET", "HEAD"})
_OPENS_COMPANIES = "companies:read"


def pauses_while_suspended(recording: Recording) -> tuple[Finding, ...]:
    """Judge that nothing is written to a suspended company, and that its customer is told.

    A notice about `blocked`, or a connection that is shown as `suspended`, tells it. Proof of life: the
    webhook about it was answered 2xx. Whoever does without the scope `companies:read` is told nothing of it,
    and can look nowhere ([D] events are filtered by scopes, [I] by this one): that is no fault. Sources:
    https://docs.gusto.com/app-integrations/docs/company-events,
    https://docs.gusto.com/app-integrations/reference/get-events
    """
    if _cannot_know(recording):
        return ()
    if not any(map(traffic.is_success, filter(_tells_of_it, recording.of_kind(Kind.WEBHOOK)))):
        raise NotObserved(
            "no webhook about the suspension was taken",
            missing=(
                "an actions.subscribe_webhooks in partner.yaml that names the type Company, and 2xx for it",
            ),
        )
    written = [
        call
        for call in traffic.within(recording, "suspended", Kind.API)
        if call.request.method not in _READS and traffic.path_of(call).startswith("/v1/")
    ]
    if written:
        return (_finding(recording, written, "pause", f"{len(written)} requests that write"),)
    told = traffic.notices_in(recording, "suspended")
    states = traffic.told_in(recording, "suspended", "state")
    if "blocked" in (told or ()) or "suspended" in states:
        return ()
    if told is None:
        raise NotObserved(
            "what the customer is told was not shown", missing=("observations.notices in partner.yaml",)
        )
    looks = list(traffic.within(recording, "suspended", Kind.OBSERVATION))
    seen = f"notices about {', '.join(sorted(told)) or 'nothing'}"
    return (_finding(recording, looks, "say that Gusto has suspended the company", seen),)


def _tells_of_it(delivered: Exchange) -> bool:
    told = traffic.json_of(delivered.request.body)
    return isinstance(told, dict) and told.get("event_type") == _SUSPENDED


def _cannot_know(recording: Recording) -> bool:
    """Whether Gusto told nothing, to a grant that opens no company, though somebody was asked to go on."""
    if any(map(_tells_of_it, recording.of_kind(Kind.WEBHOOK))):
        return False
    answers = [traffic.json_of(each.response.body) for each in traffic.code_exchanges(recording)]
    granted = [str(each["scope"]).split() for each in answers if isinstance(each, dict) and "scope" in each]
    has_gone_on = bool(traffic.within(recording, "suspended", Kind.ACTION))
    return has_gone_on and bool(granted) and not any(_OPENS_COMPANIES in each for each in granted)


def _finding(recording: Recording, where: list[Exchange], what: str, seen: str) -> Finding:
    return Finding(
        check="pauses_while_suspended",
        message=f"does not {what}",
        places=traffic.places(recording, where[:20]),
        expected="no request that writes, and a notice (about blocked), while the company is suspended",
        seen=seen,
        hint="at company.suspended read the company, hold back what would write, and show why",
        key=what,
    )
