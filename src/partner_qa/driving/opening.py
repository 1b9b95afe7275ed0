"""Builds the test stand of a run, for either target, and takes it down again whatever happens."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from partner_qa.adapter.integration import Integration
from partner_qa.contract.catalogue import Contract
from partner_qa.driving.consent import Consent, PersonalConsent, WalkedConsent
from partner_qa.driving.credentials import load_credentials, make_credentials, write_handout
from partner_qa.driving.stand import Site, Stand
from partner_qa.errors import SetupError
from partner_qa.evidence.canaries import make_canaries, plant_canaries, write_canaries
from partner_qa.model import Request, Response, Target
from partner_qa.profile.profile import Profile
from partner_qa.recorder.auditor import Auditor
from partner_qa.recorder.forwarder import Forwarder
from partner_qa.recorder.probe import Probe
from partner_qa.recorder.recorder import Recorder
from partner_qa.redaction.redactor import Redactor
from partner_qa.sandbox.admin import Admin
from partner_qa.sandbox.app import Sandbox, SandboxSettings
from partner_qa.sandbox.subscriptions import SUBSCRIPTION_TYPES
from partner_qa.serving import LoopbackServer

SYNC_SECONDS = 0.1  # between the states of a sync to payroll: long enough to be met, and no longer


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
        if site.target is Target.EMBEDDED:
            sandbox = Sandbox(
                contract=contract,
                settings=_sandbox_settings(profile, site, credentials, mark),
                deliver=deliverer,
                on_secret=keep_secret,
            )
            stack.callback(sandbox.close)
        else:
            probe = Probe(site.base_url, client_id=site.client_id, client_secret=site.client_secret)
            stack.callback(probe.close)
            probe.require_health()
        recorder = Recorder(
            sandbox if sandbox is not None else Forwarder(site.base_url),
            contract=contract,
            redactor=redactor,
            target=site.target,
            folder=folder / "cassettes",
            company_of=sandbox.company_of if sandbox is not None else None,
        )
        _plant_canaries(stack, recorder, redactor, site=site, folder=folder)
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
            _preset_webhooks(sandbox, profile, credentials)
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


def _plant_canaries(
    stack: ExitStack, recorder: Recorder, redactor: Redactor, *, site: Site, folder: Path
) -> None:
    """Plant what must never be found in a recording, and write at the end what it was, for the leak scan."""
    canaries = make_canaries(personal=site.target is Target.LIVE)
    stack.callback(lambda: write_canaries(folder, canaries, redactor.registered))
    stack.callback(recorder.finish)
    plant_canaries(canaries, recorder, redactor.register)


def _preset_webhooks(sandbox: Sandbox, profile: Profile, credentials: Mapping[str, str]) -> None:
    webhooks = profile.webhooks
    if webhooks is not None and webhooks.subscription == "preset":
        types = sorted(webhooks.types or SUBSCRIPTION_TYPES)
        sandbox.admin.add_subscription(url=webhooks.url, types=types, token=credentials["webhook_secret"])


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
    elif handout.changed:
        says(f"  it answers already; start it again if it does not know these: {', '.join(handout.changed)}")
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
