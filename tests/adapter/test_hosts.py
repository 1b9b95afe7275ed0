"""Which hosts are called, and which never."""

from __future__ import annotations

from typing import Any

import pytest

from partner_qa.adapter.hosts import (
    find_named_hosts,
    find_refusal,
    host_of,
    is_loopback,
    is_same_place,
    own_addresses,
)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "LOCALHOST.", "acme.localhost"]
)
def test_this_machine_is_known(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "localhost.example", "0.0.0.0", "app.acme.example"])
def test_other_machines_are_not_this_one(host: str) -> None:
    assert not is_loopback(host)


def test_a_host_is_written_with_its_port() -> None:
    assert host_of("http://Acme.example./x") == "acme.example:80"
    assert host_of("https://acme.example/x") == "acme.example:443"
    assert host_of("http://127.0.0.1:4000/x") == "127.0.0.1:4000"


def test_named_hosts_are_those_of_doors_redirects_webhooks_and_ready(bench: Any) -> None:
    profile = bench.profile(
        gusto={"redirect_uris": ["http://127.0.0.1:1/cb"]},
        webhooks={"url": "https://hooks.acme.example/"},
        run=bench.launch({"web": ["true"]}, ready={"url": "http://localhost:3/up"}),
    )
    assert find_named_hosts(profile) == {
        f"127.0.0.1:{bench.port}",
        "127.0.0.1:1",
        "hooks.acme.example:443",
        "localhost:3",
    }
    assert set(own_addresses(profile)) == {("127.0.0.1", bench.port), ("localhost", 3)}


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://api.gusto.com/", "production"),
        ("ftp://127.0.0.1/", "not an http or https URL"),
        ("http://[::1", "is not a URL"),
        ("http://127.0.0.1:99999/", "is not a URL"),
        ("http://127.0.0.1:2/", "127.0.0.1:2 is a host that partner.yaml does not name"),
    ],
)
def test_a_refusal_says_why(url: str, words: str) -> None:
    assert words in find_refusal(url, frozenset({"127.0.0.1:1"}))


def test_a_named_host_is_not_refused() -> None:
    assert find_refusal("http://127.0.0.1:1/x", frozenset({"127.0.0.1:1"})) == ""


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        ("http://127.0.0.1:8910/oauth", True),
        ("http://localhost:8910/oauth", True),
        ("http://host.docker.internal:8910/oauth", True),
        ("http://Host.Docker.Internal:8910/oauth", True),
        ("http://host.docker.internal:8911/oauth", False),
        ("http://host.docker.internal.evil.example:8910/oauth", False),
        ("http://10.0.0.1:8910/oauth", False),
    ],
)
def test_our_own_place_is_known_by_every_name_of_this_machine(url: str, answer: bool) -> None:
    assert is_same_place(url, "http://127.0.0.1:8910") is answer
