"""What a process inherits, and which of its values are secrets."""

from __future__ import annotations

from typing import Any

from partner_qa.adapter.environment import build_environment, find_secrets, find_sure_secrets
from partner_qa.profile.profile import Launch

OWN = {
    "PATH": "/bin",
    "LC_ALL": "C.UTF-8",
    "HTTPS_PROXY": "http://corporate.example:3128",
    "PYTHONPATH": "/elsewhere",
    "DATABASE_URL": "postgres://acme:hunter22hunter@db/acme",
}
VALUES = {"api_base": "http://127.0.0.1:9", "client_id": "id", "qa_token": "token-1", "python": "/bin/python"}


def build(**changes: Any) -> dict[str, str]:
    run = Launch(processes={}, **changes)
    return build_environment(run, own=OWN, values=VALUES, proxy="http://127.0.0.1:1")


def test_only_what_any_program_needs_is_inherited() -> None:
    built = build()
    assert (built["PATH"], built["LC_ALL"]) == ("/bin", "C.UTF-8")
    assert "PYTHONPATH" not in built
    assert "DATABASE_URL" not in built


def test_proxies_lead_to_the_sink_and_loopback_is_spared() -> None:
    built = build()
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        assert built[name] == "http://127.0.0.1:1"
    assert built["NO_PROXY"] == built["no_proxy"] == "localhost,127.0.0.1"


def test_the_profile_has_the_last_word() -> None:
    built = build(env={"PATH": "/opt/bin", "BASE": "{api_base}/v1"}, pass_env=("DATABASE_URL", "UNSET"))
    assert (built["PATH"], built["BASE"]) == ("/opt/bin", "http://127.0.0.1:9/v1")
    assert built["DATABASE_URL"] == OWN["DATABASE_URL"]
    assert "UNSET" not in built


def test_secrets_are_known_by_name_and_addresses_of_the_run_are_none() -> None:
    run = Launch(
        processes={},
        env={"APP_SECRET_KEY": "literal-key", "PORT": "4000", "TOKEN": "{qa_token}"},
        pass_env=("DATABASE_URL", "UNSET"),
    )
    assert find_secrets(run, own=OWN, values=VALUES) == {
        "qa_token": "token-1",
        "APP_SECRET_KEY": "literal-key",
        "DATABASE_URL": OWN["DATABASE_URL"],
        "password in DATABASE_URL": "hunter22hunter",
    }


def test_recordings_are_kept_free_of_what_cannot_be_a_word_or_an_address() -> None:
    run = Launch(
        processes={},
        env={
            "APP_SECRET_KEY": "0123456789abcdef-literal",
            "TOKEN_PATH": "/oauth/token/of/acme",
            "TOKEN_URL": "http://127.0.0.1:4000/token",
            "CACHE_KEY": "production",
            "MAIL": "smtp://acme:pa55word-pa55word@mail.example",
            "TOKEN": "{qa_token}",
            "GREETING": "good morning, everybody",
        },
        pass_env=("STRIPE_KEY", "RAILS_ENV", "UNSET"),
    )
    own = {"STRIPE_KEY": "sk_test_0123456789", "RAILS_ENV": "production-like-staging"}
    assert find_sure_secrets(run, own=own, values={**VALUES, "qa_token": "made-for-this-run"}) == {
        "0123456789abcdef-literal",
        "pa55word-pa55word",
        "sk_test_0123456789",
        "made-for-this-run",
    }


def test_an_integration_that_is_started_by_hand_has_the_secrets_of_the_run_all_the_same() -> None:
    assert find_secrets(None, own=OWN, values=VALUES) == {"qa_token": "token-1"}
