"""RECORD: stands between the integration and the sandbox, watches every exchange, and makes trouble.

ASGI middleware round the embedded sandbox or round a forwarder. What the adapter does on its own side
(actions, webhooks, the browser elsewhere) comes in through `record`. Here exchanges get their number, their
grant, their scenario and their facts, and lose their secrets; the cassette gets them as they end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from partner_qa.cassette import CassetteWriter
from partner_qa.contract.catalogue import Contract
from partner_qa.model import Body, Exchange, Facts, Json, Kind, Request, Response, Target, Tenant
from partner_qa.recorder import facts as known_facts
from partner_qa.recorder.activity import Activity
from partner_qa.recorder.faults import Fault
from partner_qa.recorder.grants import Grants, Known
from partner_qa.recorder.passage import Passage, perform
from partner_qa.recorder.trouble import Armed
from partner_qa.redact import Redactor

KEPT_LIMIT = 1_000_000  # bytes of a body that are kept; above, its size and hash
UNATTRIBUTED = "unattributed"


@dataclass(slots=True, kw_only=True)
class _Open:
    """A scenario whose cassette still takes exchanges."""

    writer: CassetteWriter
    sequence: int = 0
    tenants: list[Tenant] = field(default_factory=list)
    situation: dict[str, Json] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    trouble: str = ""
    ended: datetime | None = None


class Recorder:
    """Records a run, scenario after scenario. Safe to call from several threads."""

    def __init__(
        self,
        app: Any,
        *,
        contract: Contract,
        redactor: Redactor,
        target: Target = Target.EMBEDDED,
        folder: Path,
        company_of: Callable[[str], str | None] | None = None,
    ) -> None:
        self._app = app
        self._contract = contract
        self._redactor = redactor
        self._target = target
        self._folder = folder
        self._company_of = company_of
        self._lock = threading.RLock()
        self._scenarios: dict[str, _Open] = {}
        self._current = UNATTRIBUTED
        self._during: str | None = None
        self._account: str | None = None
        self._own: set[str] = set()
        self.grants = Grants()
        self._activity = Activity()
        self._armed = Armed()

    # scenarios

    def open(self, scenario: str) -> None:
        """Begin to record a scenario; what cannot be attributed otherwise is its from now on."""
        with self._lock:
            self._require(scenario)
            self._current = scenario

    def close(self, *, missing: tuple[str, ...] = (), trouble: str = "") -> None:
        """End the scenario; late exchanges of its grants still find it, until `finish`."""
        with self._lock:
            scenario = self._require(self._current)
            scenario.missing, scenario.trouble, scenario.ended = missing, trouble, datetime.now(UTC)
            self._current = UNATTRIBUTED
        self._armed.disarm()

    def finish(self) -> None:
        """Close every cassette; nothing is recorded afterwards."""
        with self._lock:
            for scenario in self._scenarios.values():
                scenario.writer.close(
                    ended=scenario.ended or datetime.now(UTC),
                    tenants=scenario.tenants,
                    situation=scenario.situation,
                    missing=scenario.missing,
                    trouble=scenario.trouble,
                )
            self._scenarios.clear()

    def note(self, name: str, value: Json) -> None:
        """Keep a fact of the running scenario's situation."""
        with self._lock:
            self._require(self._current).situation[name] = value

    def add_tenant(self, tenant: Tenant) -> None:
        """Keep a tenant of the running scenario; requests that name its company are its own."""
        with self._lock:
            self._require(self._current).tenants.append(tenant)

    @property
    def next_sequence(self) -> int:
        """Return the number that the running scenario's next exchange will get."""
        with self._lock:
            return self._require(self._current).sequence + 1

    @contextmanager
    def during(self, action: str, account: str) -> Iterator[None]:
        """Mark what happens inside as happening during an action for an account."""
        before = self._during, self._account
        self._during, self._account = str(action), account
        try:
            yield
        finally:
            self._during, self._account = before

    def own(self, token: str) -> None:
        """Take an access token for the harness's own: its calls are audit reads, not the integration's."""
        self._own.add(token)
        self._redactor.register(token)

    @property
    def consents(self) -> int:
        """Return how many grants a person's consent has led to so far."""
        with self._lock:
            return self.grants.consents

    def adopt_grants(self) -> None:
        """Let every grant known so far belong to the running scenario."""
        with self._lock:
            self.grants.adopt(self._current)

    # trouble and quiet

    def arm(self, fault: Fault) -> Fault:
        """Make trouble ready; return the fault, to ask later whether it has fired."""
        return self._armed.arm(fault)

    def disarm(self) -> tuple[Fault, ...]:
        """Take all trouble back; return what never fired."""
        return self._armed.disarm()

    def has_fired(self, fault: Fault) -> bool:
        """Return whether a fault has met a request."""
        return self._armed.has_fired(fault)

    def quiet_for(self, company: str | None) -> float:
        """Return the seconds without traffic of a company (and of no known company)."""
        return self._activity.quiet_for(company)

    # what the adapter saw

    def record(
        self,
        *,
        kind: Kind,
        started: datetime,
        elapsed: float,
        request: Request,
        response: Response,
        account: str | None = None,
        facts: Facts | None = None,
    ) -> Exchange:
        """Number, attribute, redact and write one exchange; return what was written."""
        with self._lock:
            scenario = self._require(self._current)
            scenario.sequence += 1
            return self._write(
                scenario,
                Exchange(
                    sequence=scenario.sequence,
                    kind=kind,
                    started=started,
                    elapsed=elapsed,
                    request=request,
                    response=response,
                    account=account or self._account,
                    during=self._during,
                    facts=facts or {},
                ),
            )

    # what passes through

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Let a request pass, perhaps with trouble, and record it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, begun = datetime.now(UTC), perf_counter()
        passage = await Passage.read(scope, receive)
        match = self._contract.find_operation(passage.method, passage.raw_path)
        token = passage.token
        known = self.grants.find(token) or self._known_by_body(passage)
        company = self._company(token, known)
        with self._lock:
            name = self._attribute(passage, known)
            scenario = self._require(name)
            scenario.sequence += 1
            sequence, during, account = scenario.sequence, self._during, self._account
        hit = None
        if token not in self._own:
            hit = self._armed.meet(
                operation=match[0].id if match else None, during=during, company=company, token=token
            )
        self._activity.begins(company)
        try:
            response = await perform(self._app, passage, hit, send)
        finally:
            self._activity.ends(company)
        learned = self._learn(passage, response, name) if match and response.status == 200 else None
        exchange = Exchange(
            sequence=sequence,
            kind=self._kind(passage, token),
            started=started,
            elapsed=perf_counter() - begun,
            request=passage.to_request(),
            response=response,
            operation=match[0].id if match else None,
            grant=(known or learned).name if known or learned else None,  # type: ignore[union-attr]
            company=company,
            account=account,
            during=during,
            fault=hit.fired if hit else None,
            facts=known_facts.of_request(passage, match, self._contract),
        )
        with self._lock:
            if name in self._scenarios:
                self._write(self._scenarios[name], exchange)

    def _kind(self, passage: Passage, token: str | None) -> Kind:
        if token in self._own:
            return Kind.AUDIT
        return Kind.BROWSER if passage.raw_path.startswith("/oauth/authorize") else Kind.API

    def _known_by_body(self, passage: Passage) -> Known | None:
        if not passage.raw_path.startswith("/oauth/"):
            return None
        return self.grants.find(passage.fields.get("refresh_token")) or self.grants.find(
            passage.fields.get("token")
        )

    def _company(self, token: str | None, known: Known | None) -> str | None:
        if known is not None and known.company is None and token and self._company_of is not None:
            known.company = self._company_of(token)
        return known.company if known else None

    def _learn(self, passage: Passage, response: Response, scenario: str) -> Known | None:
        content = response.body.content
        if passage.raw_path == "/oauth/token":
            known, issued = self.grants.learn(passage.body, content, scenario=scenario)
            for secret in issued:
                self._redactor.register(secret)
            if known is not None and issued and known.company is None and self._company_of is not None:
                known.company = self._company_of(issued[0])
            return known
        if passage.raw_path == "/v1/token_info":
            known = self.grants.find(passage.token)
            if known is not None and known.company is None:
                known.company = known_facts.company_in(content)
        return None

    def _attribute(self, passage: Passage, known: Known | None) -> str:
        if known is not None and known.scenario in self._scenarios:
            return str(known.scenario)
        for name, scenario in self._scenarios.items():
            if any(tenant.company and tenant.company in passage.raw_path for tenant in scenario.tenants):
                return name
        return self._current

    def _require(self, name: str) -> _Open:
        if name not in self._scenarios:
            writer = CassetteWriter(
                self._folder / f"{name}.yaml", scenario=name, target=self._target, started=datetime.now(UTC)
            )
            self._scenarios[name] = _Open(writer=writer)
        return self._scenarios[name]

    def _write(self, scenario: _Open, exchange: Exchange) -> Exchange:
        request, response = (
            self._redactor.request(exchange.request),
            self._redactor.response(exchange.response),
        )
        kept = replace(
            exchange,
            request=replace(request, body=_cut(request.body)),
            response=replace(response, body=_cut(response.body)),
        )
        scenario.writer.write(kept)
        return kept


def _cut(body: Body) -> Body:
    if len(body.content) <= KEPT_LIMIT:
        return body
    return Body(content=b"", size=body.size, sha256=body.sha256)
