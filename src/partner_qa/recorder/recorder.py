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

from partner_qa.cassette.files import CassetteWriter
from partner_qa.contract.catalogue import Contract
from partner_qa.errors import CassetteError, HarnessBug
from partner_qa.model import Exchange, Facts, Json, Kind, Request, Response, Target, Tenant
from partner_qa.recorder.activity import Activity
from partner_qa.recorder.attribution import AUTHORIZE
from partner_qa.recorder.facts import company_of_event, of_request
from partner_qa.recorder.faults import Fault
from partner_qa.recorder.grants import Grants, Known
from partner_qa.recorder.head import Heads
from partner_qa.recorder.oauth_watch import OAuthWatch
from partner_qa.recorder.passage import Outcome, Passage, answer, perform
from partner_qa.recorder.trouble import Armed, Hit
from partner_qa.redaction.redactor import Redactor

KEPT_LIMIT = 1_000_000  # bytes of a body that are kept; above, its size and hash
UNATTRIBUTED = "unattributed"
_RUN_ENDED = Outcome(response=Response(status=0, reason="the run ended before the answer"))


@dataclass(slots=True, kw_only=True)
class _Open:
    """A scenario whose cassette takes exchanges; after `ended`, late ones still."""

    writer: CassetteWriter
    sequence: int = 0
    tenants: list[Tenant] = field(default_factory=list)
    situation: dict[str, Json] = field(default_factory=dict)
    ended: datetime | None = None
    failure: CassetteError | None = None


@dataclass(slots=True, kw_only=True)
class _Arrival:
    """What was known of a request when it arrived."""

    scenario: str
    sequence: int
    known: Known | None
    company: str | None
    account: str | None
    during: str | None
    hit: Hit | None


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
        self._lock = threading.RLock()
        self._scenarios: dict[str, _Open] = {}
        self._current = UNATTRIBUTED
        self._during: str | None = None
        self._account: str | None = None
        self._own: set[str] = set()
        self._is_finished = False
        self._watch = OAuthWatch(redactor, company_of)
        self._heads = Heads(contract)
        self._activity = Activity()
        self._armed = Armed()

    # scenarios

    def open(self, scenario: str) -> None:
        """Begin to record a scenario; what cannot be attributed otherwise is its from now on."""
        with self._lock:
            self._require(scenario)
            self._current = scenario

    def close(self, *, reason: str = "", missing: tuple[str, ...] = (), trouble: str = "") -> None:
        """End the scenario and write its cassette; late exchanges of its grants still find it.

        Raises `CassetteError` where anything of it could not be written; what was written is whole.
        """
        self._armed.disarm()
        with self._lock:
            scenario = self._require(self._current)
            self._current = UNATTRIBUTED
            self._write_ending(scenario, reason, missing, trouble)

    def finish(self) -> None:
        """Close every cassette; nothing is recorded afterwards. Raises `CassetteError` as `close` does."""
        with self._lock:
            self._is_finished = True
            scenarios = list(self._scenarios.values())
            self._scenarios.clear()
            failures: list[CassetteError] = []
            for scenario in scenarios:
                try:
                    if scenario.ended is None or scenario.failure is not None:
                        self._write_ending(scenario, "", (), "")
                except CassetteError as failure:
                    failures.append(failure)
                finally:
                    scenario.writer.release()
        if failures:
            raise failures[0]

    def _write_ending(self, scenario: _Open, reason: str, missing: tuple[str, ...], trouble: str) -> None:
        if scenario.failure is not None:
            failure, scenario.failure = scenario.failure, None
            raise failure
        scenario.writer.close(
            ended=datetime.now(UTC),
            tenants=scenario.tenants,
            situation=self._redactor.facts(scenario.situation),
            reason=self._redactor.text(reason),
            missing=[self._redactor.text(each) for each in missing],
            trouble=self._redactor.text(trouble),
        )
        scenario.ended = datetime.now(UTC)

    def note(self, name: str, value: Json) -> None:
        """Keep a fact of the running scenario's situation."""
        with self._lock:
            self._require(self._current).situation[name] = value

    def add_tenant(self, tenant: Tenant) -> None:
        """Keep a tenant of the running scenario; requests that name its company are its own."""
        with self._lock:
            self._require(self._current).tenants.append(tenant)
            self._watch.attribution.add_company(tenant.company, self._current)

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
        self._heads.forget()

    @property
    def grants(self) -> Grants:
        """Return what is known of grants so far."""
        return self._watch.grants

    @property
    def consents(self) -> int:
        """Return how many grants a person's consent has led to so far."""
        with self._lock:
            return self.grants.consents

    @property
    def refused_consents(self) -> int:
        """Return how often the code that a consent has led to was refused."""
        with self._lock:
            return self.grants.refused

    def adopt_grants(self) -> None:
        """Let every grant known so far belong to the running scenario."""
        with self._lock:
            self.grants.adopt(self._current)

    # trouble and quiet

    def arm(self, fault: Fault) -> Fault:
        """Make trouble ready; return the fault, to ask later whether it has fired."""
        return self._armed.arm(fault)

    def lift(self, fault: Fault) -> None:
        """Take one fault back; a request that it holds goes through now."""
        self._armed.lift(fault)

    def disarm(self) -> tuple[Fault, ...]:
        """Take all trouble back; return what never fired."""
        return self._armed.disarm()

    def has_fired(self, fault: Fault) -> bool:
        """Return whether a fault has met a request."""
        return self._armed.has_fired(fault)

    def quiet_for(self, company: str | None) -> float:
        """Return the seconds without traffic of a company (and of no known company)."""
        return self._activity.quiet_for(company)

    def is_put_off(self, company: str | None = None) -> bool:
        """Return whether the last answer was trouble of ours after which a client tries again later."""
        return self._activity.is_put_off(company)

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
        """Number, attribute, redact and write one exchange; return what was written.

        What cannot be written is raised when the scenario is closed: nobody might see an error here.
        """
        company = company_of_event(request.body.content) if kind is Kind.WEBHOOK else None
        with self._lock:
            name, scenario = self._find_scenario(self._watch.attribution.find_by_company(company))
            is_running = name == self._current
            scenario.sequence += 1
            exchange = Exchange(
                sequence=scenario.sequence,
                kind=kind,
                started=started,
                elapsed=elapsed,
                request=request,
                response=response,
                account=account or self._account_of(scenario, company, is_running=is_running),
                during=self._during if is_running else None,
                facts=facts or {},
            )
            kept = _cut(self._redactor.exchange(exchange))
            self._write(scenario, kept)
            return kept

    # what passes through

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Let a request pass, perhaps with trouble, and record it."""
        if scope["type"] != "http" or self._is_finished:
            await self._app(scope, receive, send)
            return
        started, begun = datetime.now(UTC), perf_counter()
        passage = await Passage.read(self._heads.find(scope), scope, receive)
        arrival = self._arrive(passage)
        is_own = passage.head.token in self._own
        if not is_own:
            self._activity.begins(arrival.company)
        outcome = _RUN_ENDED
        try:
            outcome = await perform(self._app, passage, arrival.hit)
        finally:
            self._leave(passage, arrival, outcome.response, started, perf_counter() - begun)
            if not is_own:
                later = arrival.hit is not None and _is_to_be_tried_later(outcome.response.status)
                self._activity.ends(arrival.company, put_off=later)
        # It is on disk before it is answered: whoever has the answer can rely on the record.
        await answer(send, outcome)

    async def aclose(self) -> None:
        """Let the sandbox close what it holds open in the loop that has served it."""
        close = getattr(self._app, "aclose", None)
        if close is not None:
            await close()

    def _arrive(self, passage: Passage) -> _Arrival:
        head = passage.head
        token = head.token
        known = self._watch.find_grant(passage)
        company = self._watch.find_company(token, known)
        with self._lock:
            name, scenario = self._find_scenario(self._watch.attribution.find(passage, known))
            scenario.sequence += 1
            sequence, is_running = scenario.sequence, name == self._current
            during = self._during if is_running else None
            account = self._account_of(scenario, company, is_running=is_running)
        hit = None
        if is_running and token not in self._own:
            operation = head.match[0].id if head.match else None
            hit = self._armed.meet(operation=operation, during=during, company=company, token=token)
        return _Arrival(
            scenario=name,
            sequence=sequence,
            known=known,
            company=company,
            account=account,
            during=during,
            hit=hit,
        )

    def _find_scenario(self, name: str | None) -> tuple[str, _Open]:
        """Return the scenario of this name if it was begun, else the one that is running."""
        found = name if name is not None and name in self._scenarios else self._current
        return found, self._require(found)

    def _account_of(self, scenario: _Open, company: str | None, *, is_running: bool) -> str | None:
        """Return the account of a company, else the one for which something is done now."""
        now = self._account if is_running else None
        tenants = (each for each in reversed(scenario.tenants) if company is not None)
        return next((each.account for each in tenants if each.company == company), now)

    def _leave(
        self, passage: Passage, arrival: _Arrival, response: Response, started: datetime, elapsed: float
    ) -> None:
        """Record what passed."""
        known = self._watch.learn(passage, response, arrival.scenario) or arrival.known
        match = passage.head.match
        request, facts = self._kept(passage)
        exchange = Exchange(
            sequence=arrival.sequence,
            kind=self._kind(passage),
            started=started,
            elapsed=elapsed,
            request=request,
            response=self._redactor.response(response),
            operation=match[0].id if match else None,
            grant=known.name if known else None,
            company=arrival.company or (known.company if known else None),
            account=arrival.account,
            during=arrival.during,
            fault=arrival.hit.fired if arrival.hit else None,
            facts=facts,
        )
        with self._lock:
            scenario = self._scenarios.get(arrival.scenario)
            if scenario is not None:
                self._write(scenario, _cut(exchange))

    @staticmethod
    def _write(scenario: _Open, exchange: Exchange) -> None:
        try:
            scenario.writer.write(exchange)
        except CassetteError as failure:
            scenario.failure = scenario.failure or failure

    def _kept(self, passage: Passage) -> tuple[Request, Facts]:
        """Return what may be kept of a request, and its facts; the same head is not searched again."""
        head, generation = passage.head, self._redactor.generation
        if passage.size == 0 and head.kept is not None and head.kept[0] == generation:
            return head.kept[1], head.kept[2]
        facts = {} if head.token in self._own else of_request(passage, self._contract)
        kept = self._redactor.request(passage.to_request()), self._redactor.facts(facts)
        if passage.size == 0:
            head.kept = (generation, *kept)
        return kept

    def _kind(self, passage: Passage) -> Kind:
        if passage.head.token in self._own:
            return Kind.AUDIT
        return Kind.BROWSER if passage.head.raw_path.startswith(AUTHORIZE) else Kind.API

    def _require(self, name: str) -> _Open:
        if name not in self._scenarios:
            if self._is_finished:
                raise HarnessBug(f"{name} is to be recorded after the run has been finished")
            writer = CassetteWriter(
                self._folder / f"{name}.yaml", scenario=name, target=self._target, started=datetime.now(UTC)
            )
            self._scenarios[name] = _Open(writer=writer)
        return self._scenarios[name]


def _is_to_be_tried_later(status: int) -> bool:
    """Whether an answer is 429 or 5xx (RFC 6585 section 4, RFC 9110 section 15.6)."""
    return status == 429 or 500 <= status <= 599


def _cut(exchange: Exchange) -> Exchange:
    request, response = exchange.request, exchange.response
    if len(request.body.content) > KEPT_LIMIT:
        request = replace(request, body=replace(request.body, content=b""))
    if len(response.body.content) > KEPT_LIMIT:
        response = replace(response, body=replace(response.body, content=b""))
    if request is exchange.request and response is exchange.response:
        return exchange
    return replace(exchange, request=request, response=response)
