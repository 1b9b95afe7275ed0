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
from partner_qa.errors import NotObserved
from partner_qa.model import Action, Tenant
from partner_qa.recorder.recorder import Recorder

PATIENCE = 300.0  # seconds that a person has for signing in and allowing
_REMINDERS = (60.0,)  # seconds before patience ends
_SOMEBODY = "a person who signs in and presses Allow"


class Consent(Protocol):
    """Connects a tenant, and is told when the connection has been ended on purpose."""

    def connect(self, tenant: Tenant, *, decision: str, bears_silence: bool = False) -> Walk:
        """Press the integration's connect button and decide on the consent page; return the walk.

        With `bears_silence` a callback that breaks off without an answer ends the walk with status 0.
        """
        ...

    def ended(self) -> None:
        """The integration has disconnected."""
        ...


class WalkedConsent:
    """The harness walks as a browser; works wherever the consent page is the embedded sandbox's."""

    def __init__(self, integration: Integration) -> None:
        self._integration = integration

    def connect(self, tenant: Tenant, *, decision: str, bears_silence: bool = False) -> Walk:
        """Walk the connect button, the consent page and the callback."""
        return self._integration.browser(tenant.account).connect(
            self._integration.connect_start(tenant.account),
            company=tenant.company or None,
            decision=decision,
            bears_silence=bears_silence,
        )

    def ended(self) -> None:
        """Nothing to do: the next walk is a new one."""


class PersonalConsent:
    """A person opens the address in their own browser; the recorder tells when it led to a token.

    `says` speaks to them, `name` is the integration's. Whoever did not come once is not asked again.
    """

    def __init__(
        self,
        integration: Integration,
        recorder: Recorder,
        *,
        name: str = "the integration",
        says: Callable[[str], None],
        opens: bool,
        patience: float = PATIENCE,
        opener: Callable[[str], bool] = webbrowser.open,
    ) -> None:
        self._integration = integration
        self._recorder = recorder
        self._name = name
        self._says = says
        self._opens = opens
        self._patience = patience
        self._opener = opener
        self._walk: Walk | None = None
        self._has_ended = False
        self._nobody_came = False

    def connect(self, tenant: Tenant, *, decision: str, bears_silence: bool = False) -> Walk:
        """Ask a person for consent, or go on with the consent that this run has already.

        Raises `NotObserved` where nobody consented in time, or where the way to the consent page is none
        that a person's browser can go.
        """
        if decision != "allow":
            raise NotObserved("a person is asked for consent, and not to refuse it")
        if self._walk is not None:
            self._recorder.adopt_grants()
            return self._walk
        if self._nobody_came:
            raise NotObserved("nobody allowed access when this run asked for it", missing=(_SOMEBODY,))
        start = self._integration.connect_start(tenant.account)
        if start.cookies or start.headers:
            raise NotObserved(
                "the connect button needs cookies or headers, which a person's browser has not",
                missing=("actions.connect in partner.yaml as an address that a browser can open",),
            )
        consents, refusals = self._recorder.consents, self._recorder.refused_consents
        self._ask(start.url)
        if self._wait(consents, refusals):
            self._walk = Walk(start=start.url)
        return Walk(start=start.url)

    def ended(self) -> None:
        """Ask again the next time."""
        self._has_ended = self._has_ended or self._walk is not None
        self._walk = None

    def _ask(self, address: str) -> None:
        why = (
            f"{self._name} has disconnected, as the checklist wants to see it. Allow access once more"
            if self._has_ended
            else f"A person has to give {self._name} access to the demo company"
        )
        self._says(f"{why}. In a browser on this machine, open")
        self._says(f"  {address}")
        self._says(f"sign in to Gusto and press Allow. This run waits {_words(self._patience)} for it.")
        if self._opens and not self._open(address):
            self._says("No browser could be opened from here: open the address yourself.")

    def _open(self, address: str) -> bool:
        try:
            return self._opener(address)
        except webbrowser.Error:
            return False

    def _wait(self, consents: int, refusals: int) -> bool:
        """Wait for the consent; return whether it led to a token, or else that Gusto refused the code."""
        deadline = time.monotonic() + self._patience
        reminders = [each for each in _REMINDERS if each < self._patience]
        while self._recorder.consents == consents:
            if self._recorder.refused_consents > refusals:
                self._says(f"Access was allowed, but {self._name} got no token for it; going on.")
                return False
            left = deadline - time.monotonic()
            if left <= 0:
                self._nobody_came = True
                raise NotObserved(
                    f"nobody allowed access within {_words(self._patience)}", missing=(_SOMEBODY,)
                )
            if reminders and left < reminders[0]:
                self._says(f"{_words(reminders.pop(0))} left to allow access.")
            time.sleep(min(0.1, left))
        self._says("Access was allowed; going on.")
        return True


def _words(seconds: float) -> str:
    """Return a span of time as a person would say it."""
    if seconds >= 120:
        return f"{seconds / 60:.0f} minutes" if seconds % 60 < 1 else f"{seconds / 60:.1f} minutes"
    return f"{seconds:g} s"


def ends_connection(action: Action) -> bool:
    """Return whether an action leaves a tenant without its connection."""
    return action in {Action.DISCONNECT, Action.RESET}
