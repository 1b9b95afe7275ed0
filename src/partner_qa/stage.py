"""What a scenario may do: prepare a company, act through the integration, cause trouble, look.

A scenario gets one `Stage` and nothing else. Every verb waits until the integration has settled, so that
what a later verb does cannot be confused with what an earlier one caused. The stage never judges; what it
cannot do because the profile lacks it ends the scenario as not observed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from partner_qa.adapter.browser import Walk
from partner_qa.adapter.integration import ActionResult
from partner_qa.consent import ends_connection
from partner_qa.errors import AdapterError, HarnessBug, NotObserved
from partner_qa.model import Action, Body, Json, Observation, Request, Target, Tenant
from partner_qa.recorder.faults import Fault
from partner_qa.sandbox.admin import Admin
from partner_qa.stand import Stand

Person = Mapping[str, Json]
Payload = Mapping[str, object]  # any JSON object
LIVE_PAGE_SIZE = 2
IN_FLIGHT_AT_ONCE = 16  # webhooks of a burst


class Stage:
    """The verbs of scenarios, on one stand, for one scenario."""

    def __init__(self, stand: Stand, scenario: str) -> None:
        self._stand = stand
        self._scenario = scenario
        self._tenants: list[Tenant] = []

    @property
    def tenants(self) -> tuple[Tenant, ...]:
        """Return the tenants made so far, in order."""
        return tuple(self._tenants)

    def note(self, name: str, value: object) -> None:
        """Keep a fact of the situation, any JSON, in the recording, for checks to read."""
        self._stand.recorder.note(name, _to_json(value))

    # preparing

    def tenant(self, *, people: int = 12, roster: Sequence[Person] | None = None) -> Tenant:
        """Make a company in Gusto and an account for it in the integration.

        On the live target the one shared account is used as it is, and the company is whichever a person
        chooses there: its UUID stays open. With `tenancy.mode: single` the one account is reset, and a
        second tenant is not to be had.
        """
        account = self._make_account()
        company = ""
        if self._stand.sandbox is not None:
            company = self._admin.create_company(
                people=people, employees=None if roster is None else [dict(each) for each in roster]
            )
        tenant = Tenant(account=account, company=company)
        self._tenants.append(tenant)
        self._stand.recorder.add_tenant(tenant)
        is_new = account not in self._stand.accounts
        self._stand.accounts.add(account)
        if self._stand.profile.tenancy.mode == "single" and self._stand.sandbox is not None:
            self.act(Action.RESET, tenant)
        elif is_new and self._can(Action.CREATE_ACCOUNT):
            self.act(Action.CREATE_ACCOUNT, tenant)
        return tenant

    def _make_account(self) -> str:
        """Return the name of the next tenant's account: one for all on live, else one of its own."""
        tenancy = self._stand.profile.tenancy
        is_shared = tenancy.mode == "single" or self._stand.sandbox is None
        if is_shared and self._tenants:
            raise NotObserved(
                "the integration was given one customer account only",
                missing=("tenancy.mode: per_scenario in partner.yaml, and the embedded sandbox",),
            )
        letter = "abcdefgh"[len(self._tenants)]
        wanted = "live-a" if is_shared else f"{self._scenario.replace('_', '-')}-{letter}"
        mark = f"{self._stand.mark}-" if self._stand.mark else ""
        return tenancy.account_name(f"qa-{mark}{wanted}")

    # acting

    def connect(self, tenant: Tenant, *, decision: str = "allow") -> Walk:
        """Press the integration's connect button, and decide on Gusto's consent page."""
        walk = self._stand.consent.connect(tenant, decision=decision)
        self._settle(tenant)
        return walk

    def connect_as_another_admin(self, tenant: Tenant) -> Walk:
        """Press the connect button as the tenant, and sign in at Gusto as another admin of its company."""
        other = str(self._admin.admins(tenant.company)[1]["uuid"])
        walk = self._stand.integration.browser(tenant.account).connect(
            self._stand.integration.connect_start(tenant.account), company=tenant.company, person=other
        )
        self._settle(tenant)
        return walk

    def repeat_callback(self, tenant: Tenant, walk: Walk) -> None:
        """Visit the callback of a walk once more in the same browser, as going back and forth does."""
        self._stand.integration.browser(tenant.account).get(walk.callback, facts={"repeated": True})
        self._settle(tenant)

    def act(self, action: Action, tenant: Tenant, payload: Payload | None = None) -> ActionResult:
        """Have the integration do something, and wait until it has settled."""
        self._need(action)
        with self._stand.recorder.during(action, tenant.account):
            result = self._stand.integration.act(action, account=tenant.account, payload=_to_payload(payload))
            self._settle(tenant)
        if ends_connection(action):
            self._stand.consent.ended()
        return result

    def act_where_possible(self, action: Action, tenant: Tenant, payload: Payload | None = None) -> bool:
        """Have the integration do something if the profile says how; return whether it does."""
        if not self._can(action):
            return False
        self.act(action, tenant, payload)
        return True

    def act_together(self, action: Action, tenant: Tenant, *, times: int) -> None:
        """Have the integration do something several times at once, and wait until all of it has settled."""
        self._need(action)
        failures: list[AdapterError] = []
        with self._stand.recorder.during(action, tenant.account):
            for worker in [self._begin(action, tenant, failures) for _ in range(times)]:
                worker.join()
            self._settle(tenant)
        if failures:
            raise failures[0]

    @contextmanager
    def acting(self, action: Action, tenant: Tenant, *, since: Fault) -> Iterator[None]:
        """Have the integration do something, and do what is inside as soon as a fault has met it.

        At the end it is waited for. Raises `NotObserved` where it never met the fault.
        """
        self._need(action)
        failures: list[AdapterError] = []
        with self._stand.recorder.during(action, tenant.account):
            worker = self._begin(action, tenant, failures)
            fired = self._wait_for_fault(since)
            if not fired:
                worker.join(timeout=self._stand.profile.timing.cap)
                raise NotObserved(f"{action} never met the trouble prepared for it")
            yield
            worker.join(timeout=self._stand.profile.timing.cap)
            self._settle(tenant)
        if failures:
            raise failures[0]

    def _begin(self, action: Action, tenant: Tenant, failures: list[AdapterError]) -> threading.Thread:
        def act() -> None:
            try:
                self._stand.integration.act(action, account=tenant.account)
            except AdapterError as failure:
                failures.append(failure)

        worker = threading.Thread(target=act, daemon=True)
        worker.start()
        return worker

    def confirm_proposals(self, tenant: Tenant) -> None:
        """Confirm every match that waits for a person, where the integration has such a step."""
        if not (self._can(Action.CONFIRM_MATCHES) and self._can(Observation.MATCHES)):
            return
        told = self.observe(Observation.MATCHES, tenant)
        rows = told.get("matches") if isinstance(told, dict) else None
        proposed: list[Json] = [
            {"person_id": row["person_id"], "gusto_uuid": row["gusto_uuid"]}
            for row in (rows if isinstance(rows, list) else [])
            if isinstance(row, dict) and row.get("state") == "proposed"
        ]
        if proposed:
            self.act(Action.CONFIRM_MATCHES, tenant, {"decisions": proposed})

    def act_and_kill(self, action: Action, tenant: Tenant, *, when: Fault) -> None:
        """Have the integration do something, and kill all its processes as soon as a fault has fired."""
        self._need(action)
        self._stand.integration.require_killable()
        with self._stand.recorder.during(action, tenant.account):
            worker = self._begin(action, tenant, [])  # that it fails is expected: whoever answers is killed
            fired = self._wait_for_fault(when)
            if fired:
                self._stand.integration.kill()
            worker.join(timeout=self._stand.profile.timing.cap)
        if not fired:
            raise NotObserved(f"{action} never met the trouble prepared for it")

    def _wait_for_fault(self, fault: Fault) -> bool:
        deadline = time.monotonic() + self._stand.profile.timing.cap
        while time.monotonic() < deadline:
            if self._stand.recorder.has_fired(fault):
                return True
            time.sleep(0.02)
        return False

    def restart(self) -> None:
        """Start the integration's processes again and wait until it is ready."""
        self._stand.integration.restart()

    # trouble

    def fault(self, fault: Fault) -> Fault:
        """Prepare trouble for the requests that the fault describes; return it as armed."""
        return self._stand.recorder.arm(fault)

    def page_size(self, size: int) -> int:
        """Return the size of pages to force: as wished, or tiny on live, where few people may be."""
        return size if self._stand.sandbox is not None else LIVE_PAGE_SIZE

    def lift_faults(self) -> None:
        """Take back all trouble prepared so far."""
        self._stand.recorder.disarm()

    @contextmanager
    def window(self, name: str) -> Iterator[None]:
        """Keep the first and last sequence number of what happens inside, under this name."""
        first = self._stand.recorder.next_sequence
        yield
        self.note(name, [first, self._stand.recorder.next_sequence - 1])

    def forge_callback(self, tenant: Tenant, forgery: str, *, used_callback: Walk) -> None:
        """Visit the callback with the code of a real consent and a state that does not belong to it.

        `forgery` is `missing`, `wrong` or `replayed` (the state of `used_callback`).
        """
        browser = self._stand.integration.browser(tenant.account)
        walk = browser.connect(
            self._stand.integration.connect_start(tenant.account),
            company=tenant.company or None,
            decision="allow",
            stop_before_callback=True,
        )
        state = {"missing": None, "wrong": secrets.token_urlsafe(32), "replayed": used_callback.state}[
            forgery
        ]
        browser.get(_with_query(walk.callback, "state", state), facts={"forged": forgery})
        self._settle(tenant)

    def forge_webhook(self, tenant: Tenant, person: str, forgery: str) -> None:
        """Post a webhook that Gusto never sent; `forgery` is `missing`, `forged` or `altered`."""
        subscription = self._admin.require_subscription()
        event = _employee_event(tenant.company, person)
        body = json.dumps(event).encode()
        signed = body if forgery == "forged" else body.replace(b"employee.updated", b"employee.created")
        key = secrets.token_urlsafe(32) if forgery == "forged" else subscription.secret
        headers = [("Content-Type", "application/json")]
        if forgery != "missing":
            headers.append(("X-Gusto-Signature", hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()))
        self._stand.integration.deliver_webhook(
            _post(subscription.url, headers, body), facts={"signature": forgery}, account=tenant.account
        )
        self._settle(tenant, since=time.monotonic())

    def event(
        self, tenant: Tenant, person: str, fields: Mapping[str, str] | None = None, *, hours_ago: int = 0
    ) -> dict[str, Json]:
        """Return an event about a person as Gusto tells it; `fields` stand instead of the usual ones."""
        told = int(time.time()) - 3600 * hours_ago
        return {**_employee_event(tenant.company, person), "timestamp": told, **(fields or {})}

    def deliver_webhook(self, tenant: Tenant, event: Mapping[str, Json], delivered: str) -> None:
        """Post an event signed as Gusto signs it; `delivered` is kept beside it as the fact of that name."""
        self._post_signed(tenant, event, delivered)
        self._settle(tenant, since=time.monotonic())

    def deliver_burst(self, tenant: Tenant, events: Sequence[Mapping[str, Json]]) -> None:
        """Post many events at once, 16 at a time as Gusto may; each has the fact `delivered: burst`."""
        with ThreadPoolExecutor(max_workers=IN_FLIGHT_AT_ONCE) as pool:
            list(pool.map(lambda event: self._post_signed(tenant, event, "burst"), events))
        self._settle(tenant, since=time.monotonic())

    def _post_signed(self, tenant: Tenant, event: Mapping[str, Json], delivered: str) -> None:
        subscription = self._admin.require_subscription()
        body = json.dumps(event).encode()
        signature = hmac.new(subscription.secret.encode(), body, hashlib.sha256).hexdigest()
        headers = [("Content-Type", "application/json"), ("X-Gusto-Signature", signature)]
        self._stand.integration.deliver_webhook(
            _post(subscription.url, headers, body),
            facts={"signature": "valid", "delivered": delivered},
            account=tenant.account,
        )

    @contextmanager
    def webhooks_lost(self) -> Iterator[None]:
        """Let no webhook of what happens inside arrive, nor be tried again, as after days of being down."""
        self._admin.lose_webhooks(True)
        try:
            yield
        finally:
            self._admin.lose_webhooks(False)

    # Gusto's side

    def let_tokens_live(self, tenant: Tenant, seconds: int) -> None:
        """Let the tokens that a company's consents and refreshes lead to from now on live so long."""
        self._admin.set_token_lifetime(tenant.company, seconds)

    def let_pass(self, seconds: float) -> None:
        """Let real time go by."""
        time.sleep(seconds)

    @contextmanager
    def lenient_rotation(self) -> Iterator[None]:
        """Let a refresh token that was traded in be good until the new access token is used."""
        before = self._admin.set_rotation("grace")
        try:
            yield
        finally:
            self._admin.set_rotation(before)

    def remove_application(self, tenant: Tenant) -> None:
        """Remove the integration in Gusto, as an admin does, and wait until webhooks have told of it."""
        self._admin.disconnect(tenant.company)
        self._admin.wait_for_deliveries(timeout=self._stand.profile.timing.cap)
        self._settle(tenant)

    def roster(self, tenant: Tenant) -> list[str]:
        """Return the UUIDs of the people of a company, as Gusto has them."""
        return [str(each["uuid"]) for each in self.people(tenant)]

    def people(self, tenant: Tenant) -> list[dict[str, Json]]:
        """Return the people of a company, as Gusto has them."""
        return self._admin.people(tenant.company)

    def change_person(self, tenant: Tenant, person: str, **fields: Json) -> None:
        """Change somebody in Gusto, as an admin would, and wait until the webhooks about it have arrived."""
        self._admin.change_employee(tenant.company, person, **fields)
        self._wait_for_webhooks(tenant)

    def change_person_while_slow(self, tenant: Tenant, person: str, **fields: Json) -> None:
        """Do the same while trouble holds requests; it is taken back once the webhooks were answered."""
        self._admin.change_employee(tenant.company, person, **fields)
        self._admin.wait_for_deliveries(timeout=self._stand.profile.timing.cap)
        self.lift_faults()
        self._settle(tenant, since=time.monotonic())

    def dismiss(self, tenant: Tenant, person: str, *, days: int) -> None:
        """Dismiss somebody in Gusto; their last day of work is so many days from today (or ago: negative)."""
        self._admin.dismiss(tenant.company, person, self._stand.site.anchor + timedelta(days=days))
        self._wait_for_webhooks(tenant)

    def cancel_dismissal(self, tenant: Tenant, person: str) -> None:
        """Take a dismissal back that is not in effect yet."""
        self._admin.cancel_dismissal(tenant.company, person)
        self._wait_for_webhooks(tenant)

    def rehire(self, tenant: Tenant, person: str) -> None:
        """Hire somebody again who has left, from today."""
        self._admin.rehire(tenant.company, person, self._stand.site.anchor)
        self._wait_for_webhooks(tenant)

    def _wait_for_webhooks(self, tenant: Tenant) -> None:
        """Wait until what is owed was delivered, and what follows from it was done."""
        self._admin.wait_for_deliveries(timeout=self._stand.profile.timing.cap)
        self._settle(tenant, since=time.monotonic())

    # looking

    def observe(self, observation: Observation, tenant: Tenant, payload: Payload | None = None) -> Json:
        """Ask the integration what it holds."""
        self._need(observation)
        return self._stand.integration.observe(
            observation, account=tenant.account, payload=_to_payload(payload)
        )

    def observe_where_possible(self, observation: Observation, tenant: Tenant) -> None:
        """Ask the integration what it holds, if the profile says how."""
        if self._can(observation):
            self.observe(observation, tenant)

    # settling

    def _settle(self, tenant: Tenant, *, since: float = float("-inf")) -> None:
        """Wait until the tenant's traffic was quiet for `timing.settle`, all of it after `since`."""
        timing = self._stand.profile.timing
        deadline = time.monotonic() + timing.cap
        while (now := time.monotonic()) < deadline:
            quiet = min(self._stand.recorder.quiet_for(tenant.company or None), now - since)
            if quiet >= timing.settle:
                return
            time.sleep(min(0.05, max(timing.settle - quiet, 0.005)))

    # what is there

    def _can(self, name: Action | Observation) -> bool:
        return self._stand.integration.can(name)

    def _need(self, name: Action | Observation) -> None:
        if not self._can(name):
            group = "actions" if isinstance(name, Action) else "observations"
            raise NotObserved(f"the profile does not say how to {name}", missing=(f"{group}.{name}",))

    @property
    def _admin(self) -> Admin:
        if self._stand.sandbox is None:
            raise HarnessBug(f"scenario {self._scenario} uses Gusto's admin side on the {Target.LIVE} target")
        return self._stand.sandbox.admin


def _to_json(value: object) -> Json:
    """Return a value as JSON; what is none is a mistake of the scenario's."""
    told: Json = json.loads(json.dumps(value))
    return told


def _to_payload(given: Payload | None) -> dict[str, Json] | None:
    told = _to_json(given)
    return told if isinstance(told, dict) else None


def _with_query(url: str, name: str, value: str | None) -> str:
    parts = urlsplit(url)
    pairs = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != name]
    if value is not None:
        pairs.append((name, value))
    return urlunsplit(parts._replace(query=urlencode(pairs)))


def _employee_event(company: str, person: str) -> dict[str, Json]:
    return {
        "uuid": str(uuid.uuid4()),
        "event_type": "employee.updated",
        "resource_type": "Company",
        "resource_uuid": company,
        "entity_type": "Employee",
        "entity_uuid": person,
        "timestamp": int(time.time()),
    }


def _post(url: str, headers: Sequence[tuple[str, str]], body: bytes) -> Request:
    return Request(method="POST", url=url, headers=tuple(headers), body=Body.of(body))
