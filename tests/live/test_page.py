"""The page on the demo host: its commands are typed as they stand, against a second sandbox."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

from partner_qa.profile.profile import load_profile
from partner_qa.suite import load_scenarios

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "run-against-the-demo-host.md"
COMMANDS = [
    shlex.split(line.removeprefix("$ partner-qa "))
    for block in re.findall(r"^```console\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
]


def command(name: str, option: str) -> list[str]:
    return next(words for words in COMMANDS if words[0] == name and option in words)


def value_of(words: list[str], option: str) -> str:
    return words[words.index(option) + 1]


def test_its_commands_lead_from_the_stand_in_to_a_verdict_on_both(desk: Any) -> None:
    sandbox, alone, merged = (
        command("sandbox", "--port"),
        command("check", "--base-url"),
        command("check", "--merge"),
    )
    port = value_of(sandbox, "--port")
    assert value_of(alone, "--base-url") == f"http://127.0.0.1:{port}"
    example = Path(__file__).parents[2] / value_of(alone, "--profile")
    assert load_profile(example).gusto.redirect_uris == (value_of(sandbox, "--redirect-uri"),)
    options = [each for each in sandbox[1:] if each not in {"--port", port}]
    options[options.index("--redirect-uri") + 1] = load_profile(desk.profile).gusto.redirect_uris[0]
    opener = {"BROWSER": "true"}  # a browser that opens nothing; the person of the test does
    with desk.remote(*options) as remote:
        words = [remote.base_url if each == value_of(alone, "--base-url") else each for each in alone]
        words[words.index("--profile") + 1] = str(desk.profile)
        typed = [*words, "--output", str(desk.output), "--no-report"]
        person = desk.Person()
        done = desk.run(*typed, person=person, **remote.credentials, **opener)
        assert done.code == 3, done.err
        assert len(person.opened) == 2
        folder = desk.embedded_run()
        words = [str(folder) if each == value_of(merged, "--merge") else each for each in merged]
        typed = [*words, "--base-url", remote.base_url, "--profile", str(desk.profile)]
        typed += ["--output", str(desk.folder / "merged"), "--no-report"]
        done = desk.run(*typed, person=desk.Person(), **remote.credentials, **opener)
        assert done.code == 0, done.err


def test_the_words_it_shows_are_those_that_are_printed(both: Any) -> None:
    shown = next(
        block
        for block in re.findall(r"^```text\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
        if "Allow" in block
    )
    printed = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:4010", both.done.err)
    assert shown in printed


def test_the_scenario_that_may_cost_the_one_connection_is_the_last_on_live() -> None:
    live = [each.id for each in load_scenarios() if "live" in each.targets]
    assert live[-1] == "expired_token_sync"
