"""Where a run takes place, by what was typed and what the environment holds."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from partner_qa.cli.choosing import Chosen
from partner_qa.cli.execution import copy_cassettes, make_site
from partner_qa.driving.consent import PATIENCE
from partner_qa.driving.stand import Site
from partner_qa.errors import SandboxUnreachable, SetupError, UsageError
from partner_qa.model import Target

DAY = date(2026, 11, 23)
ENVIRON = {"PARTNER_QA_CLIENT_ID": "a-client", "PARTNER_QA_CLIENT_SECRET": "a-secret"}


def site(
    target: Target = Target.LIVE, *, base_url: str | None = None, environ: dict[str, str] | None = None
) -> Site:
    given = ENVIRON if environ is None else environ
    return make_site(target, base_url=base_url, opens=True, seed=7, anchor=DAY, environ=given)


def test_the_embedded_sandbox_takes_nothing_from_the_environment() -> None:
    made = site(Target.EMBEDDED)
    assert (made.target, made.seed, made.anchor) == (Target.EMBEDDED, 7, DAY)
    assert (made.client_id, made.client_secret) == ("", "")


def test_the_embedded_sandbox_has_no_address() -> None:
    with pytest.raises(UsageError, match="--base-url goes with --sandbox live"):
        site(Target.EMBEDDED, base_url="http://127.0.0.1:8080")


def test_the_live_sandbox_is_the_demo_host_unless_it_is_named() -> None:
    assert site().base_url == "https://api.gusto-demo.com"
    assert site(base_url="http://127.0.0.1:8080/").base_url == "http://127.0.0.1:8080"


def test_the_live_sandbox_takes_the_applications_credentials_and_the_wish_for_a_browser() -> None:
    made = site()
    assert (made.client_id, made.client_secret, made.opens) == ("a-client", "a-secret", True)
    assert made.patience == PATIENCE
    assert "a-secret" not in repr(made)


def test_patience_is_what_was_typed() -> None:
    made = make_site(
        Target.LIVE, base_url=None, opens=False, patience=20.0, seed=1, anchor=DAY, environ=ENVIRON
    )
    assert made.patience == 20.0


@pytest.mark.parametrize("environ", [{}, {"PARTNER_QA_CLIENT_ID": "", "PARTNER_QA_CLIENT_SECRET": ""}])
def test_every_missing_credential_is_named(environ: dict[str, str]) -> None:
    with pytest.raises(UsageError) as caught:
        site(environ=environ)
    told = caught.value.explain()
    assert "PARTNER_QA_CLIENT_ID: is not set in the environment" in told
    assert "PARTNER_QA_CLIENT_SECRET: is not set in the environment" in told
    assert "Developer Portal" in told


@pytest.mark.parametrize(
    "address", ["https://api.gusto.com", "https://API.GUSTO.COM.", "http://demo.example"]
)
def test_what_is_never_driven_against_is_refused(address: str) -> None:
    with pytest.raises(SandboxUnreachable, match="--base-url"):
        site(base_url=address)


def test_a_copy_that_fails_says_why(tmp_path: Path) -> None:
    run = tmp_path / "run"
    (run / "cassettes").mkdir(parents=True)
    (run / "run.json").write_text("{}")
    (run / "cassettes" / "sync.yaml").symlink_to("gone")
    chosen = Chosen(folders=(run,), is_stored_whole=True)
    for copy in (lambda to: copy_cassettes(run, to / "one"), lambda to: chosen.arrange(to / "two")):
        with pytest.raises(SetupError, match=r"cannot be copied to: .*No such file or directory"):
            copy(tmp_path)
