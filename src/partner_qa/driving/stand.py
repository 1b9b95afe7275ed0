"""The test stand of a run: sandbox, recorder and integration, wired to each other and running.

`open_stand` builds it for either target and takes it down again whatever happens. The runner puts
scenarios on it; nothing here knows what a scenario is.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from partner_qa.adapter.integration import Integration
from partner_qa.contract.catalogue import Contract
from partner_qa.contract.hosts import DEMO_HOST
from partner_qa.driving.consent import PATIENCE, Consent, PersonalConsent, WalkedConsent
from partner_qa.driving.credentials import load_credentials, make_credentials, write_handout
from partner_qa.errors import HarnessBug, SetupError
from partner_qa.evidence.canaries import make_canaries, plant_canaries, write_canaries
from partner_qa.model import Json, Request, Response, Target, Tenant
from partner_qa.profile.profile import Profile
from partner_qa.recorder.auditor import Auditor
from partner_qa.recorder.forwarder import Forwarder
from partner_qa.recorder.probe import Probe
from partner_qa.recorder.recorder import Recorder
from partner_qa.redaction.redactor import Redactor
from partner_qa.sandbox.admin import Admin
from partner_qa.sandbox.app import Sandbox, SandboxSettings
from partner_qa.sandbox.oauth_records import Rotation
from partner_qa.sandbox.subscriptions import SUBSCRIPTION_TYPES
from partner_qa.serving import LoopbackServer

SYNC_SECONDS = 0.1  # between the states of a sync to payroll: long enough to be met, and no longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a run takes place. On `live`, `base_url` and the credentials are Gusto's; else they are ours."""

    target: Target = Target.EMBEDDED
    base_url: str = f"https://{DEMO_HOST}"
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    seed: int = 1
    anchor: date
    rotation: Rotation = "strict"
    opens: bool = False  # the browser of whoever sits here, for consent on live
    patience: float = PATIENCE  # seconds that consent is waited for on live


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """A running stand. `sandbox` and `auditor` are `None` on the live target, `probe` on the embedded one."""

    profile: Profile
    site: Site
    recorder: Recorder
    integration: Integration
    sandbox: Sandbox | None
    consent: Consent
    probe: Probe | None
    auditor: Auditor | None
    client_id: str
    mark: str = ""  # tells this run's accounts from those of earlier runs, where they may still be held
    accounts: set[str] = field(default_factory=set)  # made so far, throughout the run

    @property
    def admin(self) -> Admin:
        """Return Gusto's admin side; a scenario that asks for it on the live target is a mistake of ours."""
        if self.sandbox is None:
            raise HarnessBug(f"a scenario uses Gusto's admin side on the {Target.LIVE} target")
        return self.sandbox.admin

    def audit(self, tenant: Tenant, path: str, query: Mapping[str, str]) -> Json:
        """Read what Gusto holds of a tenant into the recording; on live that is a mistake of ours."""
        if self.auditor is None:
            raise HarnessBug(f"a scenario audits Gusto on the {Target.LIVE} target")
        return self.auditor.read(tenant.company, path, query)

    def wait_for_webhooks(self, tenant: Tenant) -> None:
        """Wait until what is owed was delivered, and what follows from it was done."""
        self.admin.wait_for_deliveries(timeout=self.profile.timing.cap)
        self.settle(tenant, since=time.monotonic())

    def wait_for_retry(self, tenant: Tenant) -> None:
        """Wait while a request that was put off is not tried again, `timing.retry_delay_max` each time.

        All of it ends at `timing.cap`, or with the first such pause where that is longer.
        """
        timing = self.profile.timing
        end = time.monotonic() + max(timing.cap, timing.retry_delay_max)
        while self.recorder.is_put_off(tenant.company or None) and time.monotonic() < end:
            patience = time.monotonic() + timing.retry_delay_max
            while self.recorder.is_put_off(tenant.company or None):
                if time.monotonic() >= min(patience, end):
                    return
                time.sleep(0.05)
            self.settle(tenant)

    def settle(self, tenant: Tenant, *, since: float = float("-inf")) -> None:
        """Wait until the tenant's traffic was quiet for `timing.settle`, all of it after `since`.

        Or until the integration says that nothing is under way, and nothing was while it said so.
        """
        timing = self.profile.timing
        deadline = time.monotonic() + timing.cap
        while (now := time.monotonic()) < deadline:
            quiet = min(self.recorder.quiet_for(tenant.company or None), now - since)
            if quiet >= timing.settle or self._is_idle(tenant):
                return
            time.sleep(min(0.05, max(timing.settle - quiet, 0.005)))

    def _is_idle(self, tenant: Tenant) -> bool:
        asked = time.monotonic()
        is_idle = self.integration.says_idle(tenant.account)
        return is_idle and self.recorder.quiet_for(tenant.company or None) >= time.monotonic() - asked


class _Deliverer:
    """Hands the sandbox's webhooks to the integration, which exists only after the sandbox does."""

    def __init__(self) -> None:
        self.integration: Integration | None = None

    async def __call__(self, request: Request) -> Response:
        if self.integration is None:
            return Response(status=0, reason="the integration is not running yet")
        return await self.integration.deliver(request)


@contextmanager
def open_stand(
    profile: Profile, site: Site, *, contract: Contract, folder: Path, says: Callable[[str], None]
) -> Iterator[Stand]:
    """Start sandbox (or forwarder), recorder and integration; stop them in reverse order at the end.

    Cassettes go to `folder/cassettes`, the output of the processes to `folder/logs`; `says` speaks to the
    person who watches. Raises `SandboxUnreachable`, `AdapterError` or `SetupError` (a taken port) with what
    to type next.
    """
    credentials = _find_credentials(profile, site)
    mark = secrets.token_hex(4) if profile.run is None else ""
    redactor = Redactor(mode=site.target)
    for name, value in credentials.items():
        if name != "client_id":
            redactor.register(value)

    def keep_secret(_kind: str, value: str) -> None:
        redactor.register(value)

    deliverer = _Deliverer()
    with ExitStack() as stack:
        sandbox, probe = None, None
        app: Any = None
        if site.target is Target.EMBEDDED:
            app = sandbox = Sandbox(
                contract=contract,
                settings=_sandbox_settings(profile, site, credentials, mark),
                deliver=deliverer,
                on_secret=keep_secret,
            )
            stack.callback(sandbox.close)
        else:
            app = Forwarder(site.base_url)
            probe = Probe(site.base_url, client_id=site.client_id, client_secret=site.client_secret)
            stack.callback(probe.close)
            probe.require_health()
        recorder = Recorder(
            app,
            contract=contract,
            redactor=redactor,
            target=site.target,
            folder=folder / "cassettes",
            company_of=sandbox.company_of if sandbox is not None else None,
        )
        canaries = make_canaries(personal=site.target is Target.LIVE)
        stack.callback(lambda: write_canaries(folder, canaries, redactor.registered))
        stack.callback(recorder.finish)
        plant_canaries(canaries, recorder, redactor.register)
        server = stack.enter_context(_serve(recorder, profile))
        values = {**credentials, "api_base": server.base_url}
        integration = Integration(profile, sink=recorder, values=values, logs=folder / "logs")
        for secret in integration.secrets:
            redactor.register(secret)
        deliverer.integration = integration
        stack.callback(integration.stop)
        if profile.run is not None:
            integration.start()
        else:
            _wait_for_hands(profile, integration, values, says)
        auditor = None
        if sandbox is not None:
            auditor = Auditor(server.base_url, token_for=_token_giver(sandbox.admin, recorder, contract))
            stack.callback(auditor.close)
        webhooks = profile.webhooks
        if sandbox is not None and webhooks is not None and webhooks.subscription == "preset":
            sandbox.admin.add_subscription(
                url=webhooks.url, types=sorted(SUBSCRIPTION_TYPES), token=credentials["webhook_secret"]
            )
        yield Stand(
            profile=profile,
            site=site,
            recorder=recorder,
            integration=integration,
            sandbox=sandbox,
            consent=_make_consent(profile, site, integration, recorder, says),
            probe=probe,
            auditor=auditor,
            client_id=credentials["client_id"],
            mark=mark,
        )


def _make_consent(
    profile: Profile, site: Site, integration: Integration, recorder: Recorder, says: Callable[[str], None]
) -> Consent:
    if site.target is not Target.LIVE:
        return WalkedConsent(integration)
    return PersonalConsent(
        integration,
        recorder,
        name=profile.integration.name,
        says=says,
        opens=site.opens,
        patience=site.patience,
    )


def _token_giver(admin: Admin, recorder: Recorder, contract: Contract) -> Callable[[str], str]:
    """Return what gives the harness a token of its own for a company, with every scope there is."""
    scopes = sorted(
        {
            scope
            for operation in contract.operations
            for scope in (*operation.scopes, *operation.additional_scopes)
        }
    )

    def give(company: str) -> str:
        token = admin.issue_grant(company, scopes)
        recorder.own(token)
        return token

    return give


def _find_credentials(profile: Profile, site: Site) -> dict[str, str]:
    """Return what the integration is told: new each time, or what it was started with by hand.

    On the live target the application's own come from Gusto.
    """
    by_hand = profile.run is None
    found = load_credentials(profile, os.environ) if by_hand else make_credentials()
    if site.target is Target.LIVE:
        found |= {"client_id": site.client_id, "client_secret": site.client_secret}
    return found


def _serve(recorder: Recorder, profile: Profile) -> LoopbackServer:
    """Return the recorder's server, on the port that somebody who starts the integration can rely on."""
    if profile.run is not None:
        return LoopbackServer(recorder)
    try:
        return LoopbackServer(recorder, port=profile.by_hand.port)
    except SetupError as error:
        problems = [replace(each, key="by_hand.port") for each in error.problems]
        hint = "Is another check running? Stop whatever listens there, or name another port in partner.yaml."
        raise SetupError(problems, hint=hint) from error


def _wait_for_hands(
    profile: Profile, integration: Integration, values: Mapping[str, str], says: Callable[[str], None]
) -> None:
    """Tell how to start the integration, and wait until somebody has."""
    handout = write_handout(profile, values, os.environ)
    name = profile.integration.name
    says(f"{name} is started by hand; what it needs is in {handout.path}")
    unready = integration.find_unready()
    if unready and profile.ready is not None:
        says("".join(f"\n  {line}" for line in handout.lines).removeprefix("\n"))
        says(f"waiting for it, {profile.ready.timeout:g} s at most: {unready}")
    integration.start(environment=handout.path)


def _sandbox_settings(
    profile: Profile, site: Site, credentials: Mapping[str, str], mark: str
) -> SandboxSettings:
    return SandboxSettings(
        seed=site.seed,
        mask=int.from_bytes(hashlib.sha256(mark.encode()).digest()[:16]) if mark else 0,
        anchor=site.anchor,
        rotation=site.rotation,
        client_id=credentials["client_id"],
        client_secret=credentials["client_secret"],
        redirect_uris=profile.gusto.redirect_uris,
        scopes=profile.gusto.scopes,
        minimum_version=profile.gusto.api_version,
        application_name=profile.integration.name,
        sync_seconds=SYNC_SECONDS,
    )
