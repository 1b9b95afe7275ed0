"""The harness as Gusto: webhooks on their way to the integration, each of them recorded.

The sandbox decides what is delivered and when; a scenario may deliver forgeries. Only hosts that
partner.yaml names get any.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from partner_qa.adapter.client import Answer, Client
from partner_qa.adapter.hosts import find_refusal
from partner_qa.model import Facts, Kind, Request, Response, Sink, find_header

ANSWER_WITHIN = 10.0  # [D] seconds, https://docs.gusto.com/app-integrations/docs/best-practices
_SIGNATURE = "X-Gusto-Signature"


class Deliveries:
    """Sends webhooks to the hosts that partner.yaml names."""

    def __init__(self, *, client: Client, sink: Sink, hosts: frozenset[str]) -> None:
        self._client = client
        self._sink = sink
        self._hosts = hosts

    async def deliver(self, request: Request) -> Response:
        """Deliver what the sandbox sends; status 0 where no answer came in time.

        What is signed is recorded as genuine (the fact `signature` is `valid`): only the sandbox sends here.
        """
        is_signed = find_header(request.headers, _SIGNATURE) is not None
        facts: Facts = {"signature": "valid"} if is_signed else {}
        answer = self._refuse(request)
        if answer is None:
            started, began = datetime.now(UTC), time.monotonic()
            answer = _give_up(request, started, 0.0)
            try:
                answer = await self._client.send_async(request, within=ANSWER_WITHIN)
            except BaseException:  # whoever sends has lost patience; what was sent was sent
                self._record(_give_up(request, started, time.monotonic() - began), facts, None)
                raise
        self._record(answer, facts, None)
        return answer.response

    def forge(self, request: Request, *, facts: Facts, account: str | None) -> Response:
        """Deliver a webhook of the harness's own making; `facts` say in what it differs from Gusto's."""
        answer = self._refuse(request) or self._client.send(request, within=ANSWER_WITHIN)
        self._record(answer, facts, account)
        return answer.response

    def _refuse(self, request: Request) -> Answer | None:
        trouble = find_refusal(request.url, self._hosts)
        if not trouble:
            return None
        response = Response(status=0, reason=trouble)
        return Answer(request=request, response=response, started=datetime.now(UTC), elapsed=0.0)

    def _record(self, answer: Answer, facts: Facts, account: str | None) -> None:
        self._sink.record(
            kind=Kind.WEBHOOK,
            started=answer.started,
            elapsed=answer.elapsed,
            request=answer.request,
            response=answer.response,
            account=account,
            facts=facts,
        )


def _give_up(request: Request, started: datetime, elapsed: float) -> Answer:
    response = Response(status=0, reason=f"did not answer within {ANSWER_WITHIN:g} s")
    return Answer(request=request, response=response, started=started, elapsed=elapsed)
