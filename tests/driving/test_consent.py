"""A person's consent: what is said, what is waited for, when it is asked again, when nobody comes."""

from __future__ import annotations

import threading
import webbrowser
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from partner_qa.adapter.browser import Start
from partner_qa.adapter.integration import Integration
from partner_qa.driving.consent import PersonalConsent, ends_connection
from partner_qa.errors import NotObserved
from partner_qa.model import Action, Tenant
from partner_qa.recorder.recorder import Recorder

ADDRESS = "http://127.0.0.1:4000/gusto/connect?account=qa-live-a"
TENANT = Tenant(account="qa-live-a", company="")
LONG = 60.0  # seconds; only ever spent when something is broken


@dataclass(kw_only=True)
class Button:
    """The connect button of an integration; counts how often it was looked for."""

    cookies: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def connect_start(self, account: str) -> Start:
        self.asked.append(account)
        return Start(url=ADDRESS, cookies=self.cookies, headers=self.headers)


@dataclass(kw_only=True)
class Watch:
    """What a recorder has seen of consents."""

    consents: int = 0
    refused_consents: int = 0
    adopted: int = 0

    def adopt_grants(self) -> None:
        self.adopted += 1


class Room:
    """A consent, and the person it speaks to: `hears` is called with every sentence."""

    def __init__(self, hears: Callable[[str], None] = lambda _: None, **more: Any) -> None:
        self.button, self.watch = Button(), Watch()
        self.said: list[str] = []
        self._hears = hears
        self.consent = PersonalConsent(
            cast("Integration", self.button),
            cast("Recorder", self.watch),
            says=self._say,
            **{"name": "Acme Time", "opens": False, "patience": LONG, **more},
        )

    def _say(self, text: str) -> None:
        self.said.append(text)
        self._hears(text)

    def connect(self, decision: str = "allow") -> Any:
        return self.consent.connect(TENANT, decision=decision)


def allowing(**more: Any) -> Room:
    """A person who allows as soon as the address is read."""

    def hear(text: str) -> None:
        room.watch.consents += ADDRESS in text

    room = Room(hear, **more)
    return room


def test_the_address_stands_on_a_line_of_its_own_and_how_long_is_waited_is_said() -> None:
    room = allowing(patience=300.0)
    assert room.connect().start == ADDRESS
    assert f"  {ADDRESS}" in room.said
    told = "\n".join(room.said)
    assert "Acme Time" in told
    assert "press Allow" in told
    assert "5 minutes" in told
    assert room.said[-1] == "Access was allowed; going on."


def test_consent_is_waited_for() -> None:
    room = Room()
    timer = threading.Timer(0.3, lambda: setattr(room.watch, "consents", 1))
    timer.start()
    room.connect()
    timer.join()
    assert room.said[-1] == "Access was allowed; going on."


def test_one_consent_serves_later_scenarios_which_adopt_its_grant() -> None:
    room = allowing()
    first, again = room.connect(), room.connect()
    assert first == again
    assert room.button.asked == ["qa-live-a"]
    assert room.watch.adopted == 1


def test_after_a_disconnect_a_person_is_asked_again_and_told_why() -> None:
    room = allowing()
    room.connect()
    room.consent.ended()
    room.connect()
    assert len(room.button.asked) == 2
    assert any("has disconnected" in each and "once more" in each for each in room.said)


def test_a_disconnect_before_any_consent_is_no_reason_to_say_once_more() -> None:
    room = allowing()
    room.consent.ended()
    room.connect()
    assert not any("once more" in each for each in room.said)


def test_nobody_consents_in_time() -> None:
    room = Room(patience=0.2)
    with pytest.raises(NotObserved, match=r"nobody allowed access within 0\.2 s") as caught:
        room.connect()
    assert caught.value.missing == ("a person who signs in and presses Allow",)


def test_whoever_did_not_come_is_not_waited_for_again() -> None:
    room = Room(patience=0.2)
    with pytest.raises(NotObserved):
        room.connect()
    said = len(room.said)
    with pytest.raises(NotObserved, match="when this run asked for it") as caught:
        room.connect()
    assert caught.value.missing
    assert len(room.said) == said
    assert len(room.button.asked) == 1


def test_a_code_that_gusto_refuses_ends_the_wait_and_no_consent_is_kept() -> None:
    def hear(text: str) -> None:
        room.watch.refused_consents += ADDRESS in text

    room = Room(hear)
    room.connect()
    assert room.said[-1] == "Access was allowed, but Acme Time got no token for it; going on."
    room.connect()
    assert len(room.button.asked) == 2


def test_shortly_before_the_end_a_person_is_reminded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partner_qa.driving.consent._REMINDERS", (0.3,))
    room = Room(patience=0.5)
    with pytest.raises(NotObserved):
        room.connect()
    assert room.said.count("0.3 s left to allow access.") == 1


def test_nobody_is_asked_to_refuse() -> None:
    room = Room()
    with pytest.raises(NotObserved, match="not to refuse"):
        room.connect("deny")
    assert not room.said


@pytest.mark.parametrize("kept", ["cookies", "headers"])
def test_a_button_that_a_persons_browser_cannot_press_is_not_observed(kept: str) -> None:
    room = Room()
    setattr(room.button, kept, {"session": "1"})
    with pytest.raises(NotObserved, match="cookies or headers") as caught:
        room.connect()
    assert "actions.connect" in caught.value.missing[0]
    assert not room.said


def test_the_browser_is_opened_where_it_was_asked_for() -> None:
    opened: list[str] = []

    def open_it(address: str) -> bool:
        opened.append(address)
        return True

    allowing(opens=True, opener=open_it).connect()
    assert opened == [ADDRESS]
    allowing(opens=False, opener=open_it).connect()
    assert opened == [ADDRESS]


def cannot_open(_: str) -> bool:
    raise webbrowser.Error("no runnable browser")


@pytest.mark.parametrize("opener", [cannot_open, lambda _: False])
def test_that_no_browser_could_be_opened_is_said(opener: Callable[[str], bool]) -> None:
    room = allowing(opens=True, opener=opener)
    room.connect()
    assert "No browser could be opened from here: open the address yourself." in room.said


def test_disconnect_and_reset_end_a_connection_and_nothing_else_does() -> None:
    assert {each for each in Action if ends_connection(each)} == {Action.DISCONNECT, Action.RESET}
