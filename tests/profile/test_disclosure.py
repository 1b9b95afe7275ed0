"""Facts about what of a profile may leave this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from partner_qa.profile.disclosure import HIDDEN, describe_door, describe_environment, without_homes

FOLDER = Path("/srv/acme")


def door(**given: Any) -> dict[str, Any]:
    told = {"method": "POST", "url": "http://localhost/", "json": None, "headers": (), "command": ()}
    return describe_door(**(told | given), folder=FOLDER)


def test_values_of_variables_stay_here_unless_they_are_a_placeholder() -> None:
    env = {"A": "{api_base}", "B": "{api_base}/v1", "C": "hunter2", "D": ""}
    assert describe_environment(env) == {"A": "{api_base}", "B": None, "C": None, "D": None}


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("{qa_token}", "{qa_token}"),
        ("Bearer {qa_token}", "Bearer {qa_token}"),
        ("Bearer hunter2", None),
        ("application/json", None),
    ],
)
def test_values_of_headers_stay_here_likewise(value: str, kept: str | None) -> None:
    assert door(headers=(("X-A", value),))["headers"] == {"X-A": kept}


def test_json_keeps_its_shape_and_loses_what_is_named_like_a_secret() -> None:
    json = {"a": [1, {"api_key": "hunter2", "Password": ["hunter2"]}], "secret": "{client_secret}", "n": None}
    assert door(json=json)["json"] == {
        "a": [1, {"api_key": None, "Password": [None]}],
        "secret": "{client_secret}",
        "n": None,
    }


def test_queries_lose_secrets_and_keep_placeholders() -> None:
    url = "http://localhost/x?account={account}&token=hunter2&key={qa_token}"
    assert door(url=url)["post"] == "http://localhost/x?account={account}&token=(hidden)&key={qa_token}"


def test_a_url_without_secrets_is_kept_to_the_letter() -> None:
    url = "http://localhost/x?a=%20b+c&&d"
    assert door(url=url)["post"] == url


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("qa", "--token", "hunter2", "x"), ("qa", "--token", HIDDEN, "x")),
        (("qa", "--token={account}"), ("qa", "--token={account}")),
        (("env", "DB_PASSWORD=hunter2", "A=b"), ("env", f"DB_PASSWORD={HIDDEN}", "A=b")),
        (("curl", "http://localhost/?token=hunter2"), ("curl", "http://localhost/?token=(hidden)")),
    ],
)
def test_command_lines_lose_secrets(words: tuple[str, ...], told: tuple[str, ...]) -> None:
    assert without_homes(words, FOLDER) == told


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("/srv/acme/bin/qa", "./bin/qa"),
        ("/srv/acme-other/bin", "/srv/acme-other/bin"),
        ("/home/ada/bin/qa", "~/bin/qa"),
        ("--config=/Users/ada.l/x.yml", "--config=~/x.yml"),
        ("PATH=/home/ada/bin:/home/bob/bin", "PATH=~/bin:~/bin"),
        (r"C:\Users\Ada\qa.exe", r"~\qa.exe"),
        ("/root/qa", "~/qa"),
        ("/rooted/qa", "/rooted/qa"),
        ("file:///home/ada/x", "file://~/x"),
        ("http://127.0.0.1:4000/home/ada", "http://127.0.0.1:4000/home/ada"),
        ("/usr/bin/env", "/usr/bin/env"),
    ],
)
def test_command_lines_name_no_home(word: str, told: str) -> None:
    assert without_homes((word,), FOLDER) == (told,)


def test_the_home_of_whoever_runs_it_is_hidden_wherever_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", classmethod(lambda _cls: Path("/var/people/ada")))
    assert without_homes(("/var/people/ada/bin/qa", "/var/people/adam/x"), FOLDER) == (
        "~/bin/qa",
        "/var/people/adam/x",
    )
