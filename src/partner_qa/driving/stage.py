"""What a scenario may do: prepare a company, act through the integration, cause trouble, look.

A scenario gets one `Stage` and nothing else; `stage.gusto` is Gusto's side of it (gusto_side.py), and
`stage.webhooks` posts what Gusto would post (webhook_side.py). Every verb waits until the integration has
settled, so that what a later verb does cannot be confused with what an earlier one caused. The stage never
judges; what it cannot do because the profile lacks it ends the scenario as not observed.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from partner_qa.adapter.browser import Walk
from partner_qa.adapter.integration import ActionResult
from partner_qa.checks.traffic import rows_of
from partner_qa.contract.readings import PEOPLE, Reading, find_reading
from partner_qa.driving.consent import ends_connection
from partner_qa.driving.gusto_side import GustoSide
from partner_qa.driving.review import find_decisions
from partner_qa.driving.stand import Stand
from partner_qa.driving.webhook_side import WebhookSide
from partner_qa.errors import AdapterError, NotObserved
from partner_qa.model import Action, Json, Observation, Tenant
from partner_qa.recorder.faults import Fault, awaited

Person = Mapping[str, Json]
Payload = Mapping[str, object]  # any JSON object
LIVE_PAGE_SIZE = 2


class Stage:
    """The verbs of scenarios, on one stand, for one scenario."""

    def __init__(self, stand: Stand, scenario: str) -> None:
        self._stand = stand
        self._scenario = scenario
        self.gusto = GustoSide(stand)
        self.webhooks = WebhookSide(stand)
        self._tenants: list[Tenant] = []
        self._own_people: dict[str, list[dict[str, Json]]] = {}  # by account: who was put in

    @property
    def tenants(self) -> tuple[Tenant, ...]:
        """Return the tenants made so far, in order."""
        return tuple(self._tenants)

    @property
    def reading(self) -> Reading:
        """Return how the integration reads a list of a company; where it is not people, that is noted."""
        found = find_reading(self._can)
        if found is not None and found is not PEOPLE:
            self.note("reading", found.action.value)
        return found or PEOPLE

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
            company = self._stand.admin.create_company(
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

    def connect(self, tenant: Tenant, *, decision: str = "allow", bears_silence: bool = False) -> Walk:
        """Press the integration's connect button, and decide on Gusto's consent page.

        A callback that breaks off without an answer stops the scenario, unless it `bears_silence`, because
        what the customer sees then is judged.
        """
        walk = self._stand.consent.connect(tenant, decision=decision, bears_silence=bears_silence)
        if bears_silence:
            self._revive_after(walk)
        self._stand.settle(tenant)
        return walk

    def _revive_after(self, walk: Walk) -> None:
        """Start the integration again where a visit has ended it, as whoever runs it would."""
        if not walk.status and self._stand.integration.find_end(within=0.5):
            self._stand.integration.revive()

    def connect_as_accountant(self, tenant: Tenant, *, bears_silence: bool = False) -> Walk:
        """Press the connect button as the tenant, and sign in at Gusto as the outside accountant.

        That is another admin of the company than its primary one, and the same person in every company. A
        callback that breaks off stops the scenario, unless it `bears_silence`.
        """
        other = str(self._stand.admin.admins(tenant.company)[1]["uuid"])
        walk = self._stand.integration.browser(tenant.account).connect(
            self._stand.integration.connect_start(tenant.account),
            company=tenant.company,
            person=other,
            bears_silence=bears_silence,
        )
        if bears_silence:
            self._revive_after(walk)
        self._stand.settle(tenant)
        return walk

    def repeat_callback(self, tenant: Tenant, walk: Walk) -> None:
        """Visit the callback of a walk once more in the same browser, as going back and forth does."""
        browser = self._stand.integration.browser(tenant.account)
        self._revive_after(browser.get(walk.callback, facts={"repeated": True}))
        self._stand.settle(tenant)

    def act(self, action: Action, tenant: Tenant, payload: Payload | None = None) -> ActionResult:
        """Have the integration do something, and wait until it has settled."""
        self._need(action)
        given = _to_payload(payload)
        if action is Action.SET_PEOPLE and given is not None:
            self._own_people[tenant.account] = rows_of(given.get("people"))
        with self._stand.recorder.during(action, tenant.account):
            result = self._stand.integration.act(action, account=tenant.account, payload=given)
            self._stand.settle(tenant)
            if result.status == "done":  # said before its work was: a queue goes on with it
                self._stand.wait_for_retry(tenant)
        if ends_connection(action):
            self._stand.consent.ended()
        return result

    def read(self, tenant: Tenant) -> ActionResult:
        """Have the integration read a list from Gusto: people, or whatever else it reads (`reading`)."""
        return self.act(self.reading.action, tenant)

    def time_action(self, action: Action, tenant: Tenant) -> float:
        """Have the integration do something, and return how many seconds it took until it had settled."""
        began = time.monotonic()
        self.act(action, tenant)
        return time.monotonic() - began

    def act_where_possible(self, action: Action, tenant: Tenant, payload: Payload | None = None) -> bool:
        """Have the integration do something if the profile says how; return whether it does."""
        if not self._can(action):
            return False
        self.act(action, tenant, payload)
        return True

    def act_together(self, action: Action, tenant: Tenant, *, times: int) -> None:
        """Have the integration do something several times at once, and wait until all of it has settled."""
        self._need(action)
        failures: list[Exception] = []
        with self._stand.recorder.during(action, tenant.account):
            for worker in [self._begin(action, tenant, failures) for _ in range(times)]:
                worker.join()
            self._stand.settle(tenant)
        if failures:
            raise failures[0]

    @contextmanager
    def acting(
        self, action: Action, tenant: Tenant, payload: Payload | None = None, *, since: Fault
    ) -> Iterator[None]:
        """Have the integration do something, and do what is inside as soon as a fault has met it.

        At the end it is waited for. Raises `NotObserved` where it never met the fault.
        """

        def met() -> bool:
            return self._stand.recorder.has_fired(since)

        with self.acting_until(action, tenant, payload, reached=met) as is_met:
            if not is_met:
                raise _never_met(action, since)
            yield

    @contextmanager
    def acting_until(
        self,
        action: Action,
        tenant: Tenant,
        payload: Payload | None = None,
        *,
        reached: Callable[[], bool],
    ) -> Iterator[bool]:
        """Have the integration do something, and do what is inside as soon as it has come so far.

        Gives whether it has, before the action was over and its traffic had settled; an integration that
        works in another way need not. At the end it is waited for.
        """
        self._need(action)
        failures: list[Exception] = []
        with self._stand.recorder.during(action, tenant.account):
            worker = self._begin(action, tenant, failures, payload)
            try:
                yield self._wait_until(reached, worker, tenant)
            finally:  # or it would go on in the next scenario
                worker.join(timeout=self._stand.profile.timing.cap)
            self._stand.settle(tenant)
        if failures:
            raise failures[0]

    def _begin(
        self,
        action: Action,
        tenant: Tenant,
        failures: list[Exception],
        payload: Payload | None = None,
    ) -> threading.Thread:
        given = _to_payload(payload)

        def act() -> None:
            try:
                self._stand.integration.act(action, account=tenant.account, payload=given)
            except Exception as failure:  # noqa: BLE001 - in a thread nobody would hear of it
                failures.append(failure)

        worker = threading.Thread(target=act, daemon=True)
        worker.start()
        return worker

    def confirm_proposals(
        self, tenant: Tenant, *, but: Collection[str] = (), only: Collection[str] | None = None
    ) -> None:
        """Confirm every match that waits for a person, and make those that nobody has proposed by hand.

        Where the integration has such a step. Whoever is named in `but`, by the partner's own id, goes on
        waiting; with `only`, everybody else does.
        """
        if not (self._can(Action.CONFIRM_MATCHES) and self._can(Observation.MATCHES)):
            return
        told = self.observe(Observation.MATCHES, tenant)
        rows = told.get("matches") if isinstance(told, dict) else None
        shown = [row for row in (rows if isinstance(rows, list) else []) if isinstance(row, dict)]
        ours = self._own_people.get(tenant.account, [])
        theirs = [] if self._stand.sandbox is None else self.gusto.people(tenant)
        known = dict.fromkeys(
            [*(str(row.get("person_id")) for row in shown), *(str(each["id"]) for each in ours)]
        )
        wanted = [each for each in known if each not in but and (only is None or each in only)]
        decisions = find_decisions(shown, ours, theirs, wanted=wanted)
        if decisions:
            self.act(Action.CONFIRM_MATCHES, tenant, {"decisions": decisions})

    def act_and_kill(self, action: Action, tenant: Tenant, *, when: Fault) -> None:
        """Have the integration do something, and kill all its processes as soon as a fault has fired."""
        self._need(action)
        self._stand.integration.require_killable()
        failures: list[Exception] = []
        with self._stand.recorder.during(action, tenant.account):
            worker = self._begin(action, tenant, failures)
            fired = self._wait_until(lambda: self._stand.recorder.has_fired(when), worker, tenant)
            if fired:
                self._stand.integration.kill()
            worker.join(timeout=self._stand.profile.timing.cap)
        for failure in failures:
            if not isinstance(failure, AdapterError):  # which is expected: whoever answers is killed
                raise failure
        if not fired:
            raise _never_met(action, when)

    def _wait_until(self, reached: Callable[[], bool], worker: threading.Thread, tenant: Tenant) -> bool:
        """Return whether something was reached before the action was over and its traffic had settled."""
        timing = self._stand.profile.timing
        busy = time.monotonic()
        deadline = busy + timing.cap
        while (now := time.monotonic()) < deadline:
            if reached():
                return True
            busy = now if worker.is_alive() else busy
            if min(now - busy, self._stand.recorder.quiet_for(tenant.company or None)) >= timing.settle:
                return False
            time.sleep(0.02)
        return False

    def restart(self) -> None:
        """Start the integration's processes again and wait until it is ready."""
        self._stand.integration.restart()

    # trouble

    def fault(self, fault: Fault) -> Fault:
        """Prepare trouble for the requests that the fault describes; return it as armed."""
        return self._stand.recorder.arm(fault)

    def fault_reading(self, fault: Fault, *, occurrence: int | None = None) -> Fault:
        """Prepare trouble for the list that `read` reads; return it as armed."""
        reading = self.reading
        return self.fault(fault.on(operation=reading.operation, occurrence=occurrence, during=reading.action))

    def page_size(self, size: int) -> int:
        """Return the size of pages to force: as wished, or tiny on live, where few people may be."""
        return size if self._stand.sandbox is not None else LIVE_PAGE_SIZE

    def lift_faults(self) -> None:
        """Take back all trouble prepared so far."""
        self._stand.recorder.disarm()

    def lift(self, fault: Fault) -> None:
        """Take back one fault, as it was armed; a request that it holds goes through now."""
        self._stand.recorder.lift(fault)

    @contextmanager
    def window(self, name: str) -> Iterator[None]:
        """Keep the first and last sequence number of what happens inside, under this name."""
        first = self._stand.recorder.next_sequence
        yield
        self.note(name, [first, self._stand.recorder.next_sequence - 1])

    def forge_callback(self, tenant: Tenant, forgery: str, *, used_callback: Walk) -> None:
        """Visit the callback with the code of a real consent and a state that does not belong to it.

        `forgery` is `missing`, `wrong`, `replayed` (the state of `used_callback`) or `foreign`: nothing of
        the address is changed, and it is opened in another browser, where nobody is signed in.
        """
        browser = self._stand.integration.browser(tenant.account)
        walk = browser.connect(
            self._stand.integration.connect_start(tenant.account),
            company=tenant.company or None,
            decision="allow",
            stop_before_callback=True,
        )
        states = {"missing": None, "wrong": secrets.token_urlsafe(32), "replayed": used_callback.state}
        forged = walk.callback
        if forgery == "foreign":
            browser = self._stand.integration.another_browser(tenant.account)
        else:
            forged = _with_query(forged, "state", states[forgery])
        self._revive_after(browser.get(forged, facts={"forged": forgery}))
        self._stand.settle(tenant)

    def let_pass(self, seconds: float) -> None:
        """Let real time go by."""
        time.sleep(seconds)

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

    # what is there

    def _can(self, name: Action | Observation) -> bool:
        return self._stand.integration.can(name)

    def _need(self, name: Action | Observation) -> None:
        if not self._can(name):
            group, how = ("actions", name) if isinstance(name, Action) else ("observations", f"show {name}")
            raise NotObserved(
                f"the profile does not say how to {how}", missing=(f"{group}.{name} in partner.yaml",)
            )


def _never_met(action: Action, fault: Fault) -> NotObserved:
    reason = f"{action} never met the trouble prepared for it"
    return NotObserved(reason, missing=(f"{awaited(fault)}, while {action} is under way",))


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
