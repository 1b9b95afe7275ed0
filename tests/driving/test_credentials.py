"""Facts about the credentials of an integration that is started by hand: kept, out of sight, never leaked."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from partner_qa.driving.credentials import (
    FOLDER,
    VARIABLES,
    load_credentials,
    make_credentials,
    write_handout,
)
from partner_qa.errors import SetupError, UsageError
from partner_qa.profile.profile import Profile, load_profile

PROFILE = """\
format: 1
integration: {name: Acme, version: "1.0", company: Acme Inc., contact: dev@acme.example}
gusto:
  api_version: "2026-06-15"
  scopes: [companies:read, employees:read]
  redirect_uris: [http://127.0.0.1:4000/gusto/callback]
use_cases: [hris]
actions:
  connect: {get: "http://127.0.0.1:4000/gusto/connect?account={account}"}
"""
GIVEN = {variable: f"{name}-from-the-environment" for name, variable in VARIABLES.items()}
Load = Callable[..., Profile]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def load_text(more: str = "", name: str = "partner.yaml") -> Profile:
        path = tmp_path / name
        path.write_text(PROFILE + more)
        return load_profile(path)

    return load_text


def kept(profile: Profile) -> Path:
    return profile.folder / FOLDER / "credentials.json"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_new_credentials_are_all_different() -> None:
    made = make_credentials()
    assert set(made) == set(VARIABLES)
    assert len({*made.values(), *make_credentials().values()}) == 8


def test_they_stay_from_run_to_run(load: Load) -> None:
    first = load_credentials(load(), {})
    assert load_credentials(load(), {}) == first
    assert len(set(first.values())) == len(VARIABLES)


def test_two_profiles_of_a_folder_share_them(load: Load) -> None:
    assert load_credentials(load(), {}) == load_credentials(load(name="other.yaml"), {})


def test_only_their_owner_can_read_them(load: Load) -> None:
    load_credentials(load(), {})
    assert mode(kept(load())) == 0o600
    kept(load()).chmod(0o644)
    load_credentials(load(), {})
    assert mode(kept(load())) == 0o600


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")
def test_git_does_not_see_them(load: Load) -> None:
    profile = load()
    load_credentials(profile, {})
    write_handout(profile, {**make_credentials(), "api_base": "http://127.0.0.1:8910"}, {})
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    for words in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", *words], cwd=profile.folder, env=clean, check=True)
    listed = subprocess.run(
        ["git", "ls-files"], cwd=profile.folder, env=clean, capture_output=True, text=True, check=True
    )
    assert listed.stdout.split() == ["partner.yaml"]


def test_the_environment_comes_first_and_is_never_written(load: Load) -> None:
    profile = load()
    made = load_credentials(profile, {"PARTNER_QA_CLIENT_SECRET": GIVEN["PARTNER_QA_CLIENT_SECRET"]})
    assert made["client_secret"] == "client_secret-from-the-environment"
    handout = write_handout(profile, {**made, "api_base": "http://127.0.0.1:8910"}, GIVEN)
    written = "".join(each.read_text() for each in (profile.folder / FOLDER).iterdir())
    assert "client_secret-from" not in written
    assert "# GUSTO_CLIENT_SECRET: see PARTNER_QA_CLIENT_SECRET\n" in handout.path.read_text()
    assert "GUSTO_CLIENT_SECRET  (PARTNER_QA_CLIENT_SECRET)" in handout.lines


def test_where_the_environment_has_them_all_nothing_is_kept(load: Load) -> None:
    assert load_credentials(load(), GIVEN) == {name: GIVEN[each] for name, each in VARIABLES.items()}
    assert not (load().folder / FOLDER).exists()


@pytest.mark.parametrize(
    ("value", "why"),
    [("tiny-value", "shorter than 16"), ("with a blank and long", "blank"), ("é" * 20, "header")],
)
def test_a_variable_that_cannot_be_used_is_refused_by_name_and_not_shown(
    value: str, why: str, load: Load
) -> None:
    with pytest.raises(UsageError) as caught:
        load_credentials(load(), {"PARTNER_QA_QA_TOKEN": value})
    told = caught.value.explain()
    assert "PARTNER_QA_QA_TOKEN" in told
    assert why in told
    assert value not in told


@pytest.mark.parametrize("text", ["", "{", "[]", '{"client_id": "only"}', '{"qa_token": 7}'])
def test_a_damaged_file_is_refused_with_what_to_do(text: str, load: Load) -> None:
    load_credentials(load(), {})
    kept(load()).write_text(text)
    with pytest.raises(SetupError, match="does not hold what was written") as caught:
        load_credentials(load(), {})
    assert "Delete it" in caught.value.explain()


def test_a_folder_that_cannot_be_made_is_told(load: Load) -> None:
    profile = load()
    (profile.folder / FOLDER).write_text("a file in its place")
    with pytest.raises(SetupError) as caught:
        load_credentials(profile, {})
    assert FOLDER in str(caught.value)
    assert "PARTNER_QA_CLIENT_ID" in caught.value.explain()


# what the integration is handed


def test_the_handout_is_read_by_a_shell_as_it_was_meant(load: Load) -> None:
    env = {"BASE": "{api_base}/v1", "TOKEN": "{qa_token}", "NAME": "it's $HOME & more", "EMPTY": ""}
    profile = load(f"by_hand: {{env: {json.dumps(env)}}}\n")
    values = {**make_credentials(), "api_base": "http://127.0.0.1:8910"}
    handout = write_handout(profile, values, {})
    show = 'set -a; . "$0"; printf "%s|%s|%s|%s" "$BASE" "$TOKEN" "$NAME" "$EMPTY"'
    told = subprocess.run(
        ["/bin/sh", "-c", show, str(handout.path)], capture_output=True, text=True, check=True
    )
    assert told.stdout == f"http://127.0.0.1:8910/v1|{values['qa_token']}|it's $HOME & more|"
    assert mode(handout.path) == 0o600


def test_a_screen_shows_no_secret(load: Load) -> None:
    profile = load(
        "by_hand: {env: {BASE: '{api_base}', ID: '{client_id}', KEY: in-clear, T: '{qa_token}'}}\n"
    )
    values = {**make_credentials(), "api_base": "http://127.0.0.1:8910"}
    handout = write_handout(profile, values, {})
    assert handout.lines == (
        "BASE=http://127.0.0.1:8910",
        f"ID={values['client_id']}",
        "KEY  (in the file)",
        "T  (in the file)",
    )


def test_each_profile_has_a_handout_of_its_own(load: Load) -> None:
    values = {**make_credentials(), "api_base": "http://127.0.0.1:8910"}
    names = [write_handout(load(name=name), values, {}).path.name for name in ("partner.yaml", "beta.yaml")]
    assert names == ["partner.env", "beta.env"]


def test_a_name_over_two_lines_stays_a_comment(load: Load, tmp_path: Path) -> None:
    path = tmp_path / "partner.yaml"
    path.write_text(PROFILE.replace("name: Acme,", 'name: "Acme\\nEVIL=1",'))
    values = {**make_credentials(), "api_base": "http://127.0.0.1:8910"}
    lines = write_handout(load_profile(path), values, {}).path.read_text().splitlines()
    assert [each for each in lines if each.startswith("EVIL")] == []


def test_what_has_changed_since_the_integration_was_started_is_named(load: Load) -> None:
    values = {**make_credentials(), "api_base": "http://127.0.0.1:8910"}
    usual = 'by_hand: {env: {GUSTO_API_BASE: "{api_base}", QA_TOKEN: "{qa_token}"%s}}\n'
    assert write_handout(load(usual % ""), values, {}).changed == ("GUSTO_API_BASE", "QA_TOKEN")
    assert write_handout(load(usual % ""), values, {}).changed == ()
    more = load(usual % ', HOOK: "{webhook_secret}"')
    assert write_handout(more, {**values, "api_base": "http://127.0.0.1:9999"}, {}).changed == (
        "GUSTO_API_BASE",
        "HOOK",
    )
