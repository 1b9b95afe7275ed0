"""What stands before the sandbox when a person uses it: trouble as asked for, and a line for each request.

The line says what was answered, and what the contract says of the request: `valid`, or each thing that is
wrong with it and what was expected. The query and the body are never shown, so that no secret is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from partner_qa.contract.catalogue import Contract
from partner_qa.contract.violation import Violation
from partner_qa.recorder.faults import Fault
from partner_qa.recorder.head import Head, Heads
from partner_qa.recorder.passage import Passage, answer, perform
from partner_qa.recorder.trouble import Armed, Hit

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

_SHOWN = 5


class Watch:
    """Passes requests on with trouble where it is due, and tells of each."""

    def __init__(
        self, app: Any, contract: Contract, tell: Callable[[str], None], faults: Iterable[Fault] = ()
    ) -> None:
        self._app = app
        self._contract = contract
        self._tell = tell
        self._heads = Heads(contract)
        self._armed = Armed()
        for fault in faults:
            self._armed.arm(fault)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        head = self._heads.find(dict(scope))
        passage = await Passage.read(head, dict(scope), receive)
        hit = self._armed.meet(
            operation=head.match[0].id if head.match else None, during=None, company=None, token=head.token
        )
        outcome = await perform(self._app, passage, hit)
        status, reason = outcome.response.status, outcome.response.reason
        path = quote(scope["path"], safe="/:@!$&'()*+,;=~-._", errors="replace")
        self._tell(to_line(status, scope["method"], path) + self._verdict(head, passage, hit, reason))
        await answer(send, outcome)

    def _verdict(self, head: Head, passage: Passage, hit: Hit | None, reason: str) -> str:
        said = f"  fault {hit.fired.name}" if hit else ""
        if reason:
            said += f"  ({reason})"
        if head.match is None:
            return f"{said}  no operation of the contract"
        operation, params = head.match
        violations = self._contract.check_request(
            operation, path_params=params, query=head.query, headers=head.headers, body=passage.body
        )
        if not violations:
            return f"{said}  {operation.id}: valid"
        lines = [_to_words(each) for each in violations[:_SHOWN]]
        if len(violations) > _SHOWN:
            lines.append(f"and {len(violations) - _SHOWN} more")
        return f"{said}  {operation.id}: " + "; ".join(lines)


def to_line(status: int, method: str, where: str) -> str:
    """Return the beginning of a line of the log: time, status, method, place."""
    at = datetime.now().astimezone().strftime("%H:%M:%S")
    return f"{at}  {status:>3}  {method:<6} {where}"


def _to_words(violation: Violation) -> str:
    kind = "warning, " if violation.is_mild else ""
    return f"{kind}{violation}" + (f" (expected {violation.expected})" if violation.expected else "")
