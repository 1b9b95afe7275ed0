"""How a customer of the integration gives it access to Gusto: the harness walks, or a person does.

On the embedded sandbox the harness is the browser. On the live one nobody but a person can sign in at
Gusto, so the address is shown, and the recorder sees when the consent has led to a token. One live
connection serves every scenario of a run, until the integration disconnects.
"""

from __future__ import annotations

import time
import webbrowser
from collections.abc import Callable
from typing import Protocol

from partner_qa.adapter.browser import Walk
from partner_qa.adapter.integration import Integration
from partner_qa.errors import AdapterError, NotObserved, Problem
from partner_qa.model import Action, Tenant
from partner_qa.recorder.recorder import Recorder

PATIENCE = 300.0  # seconds that a person has for signing in and allowing


class Consent(Protocol):
    """Connects a tenant, and is told when the connection has been ended on purpose."""

    def connect(self, tenant: Tenant, *, decision: str) -> Walk:
        """Press the integration's connect button and decide on the consent page; return the walk."""
        ...

    def ended(self) -> None:
        """The integration has disconnected."""
        ...


class WalkedConsent:
    """The harness walks as a browser; works wherever the consent page is the embedded sandbox's."""

    def __init__(self, integration: Integration) -> None:
        self._integration = integration

    def connect(self, tenant: Tenant, *, decision: str) -> Walk:
        """Walk the connect button, the consent page and the callback."""
        return self._integration.browser(tenant.account).connect(
            self._integration.connect_start(tenant.account),
            company=tenant.company or None,
            decision=decision,
        )

    def ended(self) -> None:
        """Nothing to do: the next walk is a new one."""


class PersonalConsent:
    """A person opens the address in their own browser; the recorder tells when it led to a token."""

    def __init__(
        self,
        integration: Integration,
        recorder: Recorder,
        *,
        says: Callable[[str], None],
        opens: bool,
        patience: float = PATIENCE,
    ) -> None:
        self._integration = integration
        self._recorder = recorder
        self._says = says
        self._opens = opens
        self._patience = patience
        self._walk: Walk | None = None

    def connect(self, tenant: Tenant, *, decision: str) -> Walk:
        """Ask a person for consent, or go on with the consent that this run has already.

        Raises `NotObserved` where nobody consented in time, `AdapterError` where the way to the consent
        page is none that a person's browser can go.
        """
        if self._walk is not None:
            self._recorder.adopt_grants()
            return self._walk
        if decision != "allow":
            raise NotObserved("a person is asked for consent once, and not to refuse it")
        start = self._integration.connect_start(tenant.account)
        if start.cookies or start.headers:
            raise AdapterError(
                [Problem(key="actions.connect", message="needs cookies or headers that a person has not")],
                hint="On the live sandbox, connect must be an address that can be opened in a browser.",
            )
        before = self._recorder.consents
        self._says(f"Open this address in a browser, sign in to Gusto and allow access:\n  {start.url}")
        if self._opens:
            webbrowser.open(start.url)
        deadline = time.monotonic() + self._patience
        while self._recorder.consents == before:
            if time.monotonic() > deadline:
                raise NotObserved(
                    f"nobody allowed access within {self._patience:.0f} s",
                    missing=("a person who signs in and presses Allow",),
                )
            time.sleep(0.1)
        self._walk = Walk(start=start.url)
        return self._walk

    def ended(self) -> None:
        """Ask again the next time."""
        self._walk = None


def ends_connection(action: Action) -> bool:
    """Return whether an action leaves a tenant without its connection."""
    return action in {Action.DISCONNECT, Action.RESET}
