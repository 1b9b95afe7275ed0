"""Does the integration ask for news in a sensible way, or again and again for what has not changed?"""

from __future__ import annotations

from collections import defaultdict

from partner_qa.checks import traffic
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Kind, Recording, Run

_SPARE = 5  # our number: equal answers beyond two for each thing that happened
_STILL_WORKING = (b'"pending"', b'"processing"', b'"in_progress"', b'"calculating"')


def polls_sparingly(run: Run) -> tuple[Finding, ...]:
    """Judge that nothing is read over and over while it stays the same and nothing has happened.

    In each scenario the reads of one address by one grant that got equal answers are counted, and so is what
    may be a reason to look: actions, webhooks, connections made. Waiting for work that Gusto has not
    finished is no polling of this kind. What is watched is the length of a scenario, so a poll once a minute
    is not seen. Source: https://docs.gusto.com/app-integrations/docs/payrolls
    """
    if not any(traffic.api_calls(recording) for recording in run):
        raise NotObserved("the integration sent no request in this run", missing=traffic.CALLS)
    findings: list[Finding] = []
    for recording in run:
        reasons = _count_reasons(recording)
        most = 2 * reasons + _SPARE
        often = [reads for reads in _equal_reads(recording).values() if len(reads) > most]
        findings += [_finding(recording, reads, reasons) for reads in often]
    return tuple(findings)


def _count_reasons(recording: Recording) -> int:
    """Return how many things happened that may make an integration look; asking how far it is, is none."""
    return (
        len(traffic.askings(recording))
        + len(recording.of_kind(Kind.WEBHOOK))
        + len(traffic.code_exchanges(recording))
    )


def _equal_reads(recording: Recording) -> dict[tuple[str, str, str], list[Exchange]]:
    found: dict[tuple[str, str, str], list[Exchange]] = defaultdict(list)
    for call in traffic.api_calls(recording):
        body = call.response.body
        is_read = call.request.method == "GET" and call.response.status == 200
        if is_read and not any(each in body.content for each in _STILL_WORKING):
            found[call.grant or "", call.request.url, body.sha256].append(call)
    return found


def _finding(recording: Recording, reads: list[Exchange], reasons: int) -> Finding:
    seconds = (reads[-1].started - reads[0].started).total_seconds()
    return Finding(
        check="polls_sparingly",
        message=f"does not stop asking for {traffic.path_of(reads[0])} while it stays the same",
        places=traffic.places(recording, reads[:20]),
        expected=f"at most {2 * reasons + _SPARE} equal answers where {reasons} things happened",
        seen=f"{len(reads)} equal answers within {seconds:.1f} s",
        hint="subscribe to webhooks and read what they name; else read every few minutes, with filters",
        key=f"operation={reads[0].operation}",
    )
