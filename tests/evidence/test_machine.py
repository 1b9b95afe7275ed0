"""What could name this machine or whoever sits at it."""

from __future__ import annotations

from pathlib import Path

import pytest

from partner_qa.evidence.machine import find_phrases


@pytest.fixture
def jane(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "janedoe")
    monkeypatch.setattr(Path, "home", lambda: Path("/home/janedoe"))


@pytest.mark.usefixtures("jane")
def test_home_and_name_are_looked_for() -> None:
    phrases = find_phrases({}, (), "")
    assert ("the home folder", b"/home/janedoe") in phrases
    assert ("the user's name", b'"janedoe"') in phrases


@pytest.mark.usefixtures("jane")
def test_a_name_that_is_said_openly_gives_nothing_away() -> None:
    assert {kind for kind, _ in find_phrases({}, (), "contact: janedoe@acme.example")} == {"the home folder"}


@pytest.mark.parametrize("name", ["root", "runner", "ci"])
def test_a_name_that_every_machine_has_is_not_looked_for(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: name)
    assert "the user's name" not in {kind for kind, _ in find_phrases({}, (), "")}


def test_a_machine_without_a_user_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("uid")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert find_phrases({}, (), "")


def test_values_of_telling_variables_are_looked_for_and_no_others() -> None:
    environ = {
        "STRIPE_SECRET": "value-of-it",
        "DATABASE_URL": "postgres://db",
        "API_KEY": "short",
        "LANG": "en_US.UTF-8",
        "MY_TOKEN": "said-openly",
    }
    kinds = {kind for kind, _ in find_phrases(environ, {"DATABASE_URL"}, "it is said-openly")}
    assert kinds - {"the home folder", "the user's name"} == {
        "the value of STRIPE_SECRET",
        "the value of DATABASE_URL",
    }
