"""The test stand of a run: sandbox, recorder and integration, wired to each other and running.

`opening.py` builds it and takes it down again. The runner puts scenarios on it; nothing here knows what a
scenario is.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from partner_qa.adapter.integration import Integration
from partner_qa.contract.hosts import DEMO_HOST
from partner_qa.driving.consent import PATIENCE, Consent
from partner_qa.errors import HarnessBug
from partner_qa.model import Json, Target, Tenant
from partner_qa.profile.profile import Profile
from partner_qa.recorder.auditor import Auditor
from partner_qa.recorder.probe import Probe
from partner_qa.recorder.recorder import Recorder
from partner_qa.sandbox.admin import Admin
from partner_qa.sandbox.app import Sandbox
from partner_qa.sandbox.oauth_records import Rotation


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
