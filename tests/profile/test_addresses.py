"""Facts about the URLs that a profile may name."""

from __future__ import annotations

import pytest

from partner_qa.profile.addresses import find_uri_trouble, find_url_trouble, has_production_host


@pytest.mark.parametrize(
    "text",
    [
        "api.gusto.com",
        "https://api.gusto.com/v1",
        "HTTPS://API.GUSTO.COM.",
        "--base=https://api.gusto.com:443",
        "https://me@api.gusto.com",
        "https://api%2Egusto%2Ecom",
        "https://x.api.gusto.com",
        "https://localhost/?next=https%3A%2F%2Fapi.gusto.com%2Fv1",
    ],
)
def test_production_is_recognised_however_it_is_spelt(text: str) -> None:
    assert has_production_host(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://api.gusto-demo.com",
        "https://api.gusto.com.acme.example",
        "myapi.gusto.comx",
        "our-api.gusto.com",
    ],
)
def test_other_hosts_are_not_production(text: str) -> None:
    assert not has_production_host(text)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:4000/x?account={account}",
        "http://127.9.9.9/",
        "http://[::1]:4000/",
        "http://localhost",
        "https://acme.test/qa",
        "http://web_1:3000/",
        "https://bücher.example/",
        "https://gusto.acme.example/callback",
    ],
)
def test_this_machine_and_named_hosts_are_fine(url: str) -> None:
    assert find_url_trouble(url) is None
    assert find_uri_trouble(url) is None


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "[::]",
        "[fe80::1]",
        "2130706433",
        "0x7f000001",
        "127.1",
        "0177.0.0.1",
    ],
)
def test_addresses_by_number_are_refused_but_loopback(host: str) -> None:
    trouble = find_url_trouble(f"http://{host}/")
    assert trouble is not None
    assert "is not this machine's own" in trouble[0]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "is not an absolute http or https URL"),
        ("http://", "is not an absolute http or https URL"),
        ("javascript:alert(1)", "is not an absolute http or https URL"),
        ("file:///etc/passwd", "is not an absolute http or https URL"),
        ("http://[::1", "is not a URL"),
        ("http://localhost:99999/", "is not a URL"),
        ("http://a b/", "has a space or a control character"),
        ("http://localhost/\u202e", "has a space or a control character"),
        ("http://{account}.acme.example/", "the host {account}.acme.example is not a name"),
        ("http://-x/", "the host -x is not a name"),
        ("https://user@acme.example/", "holds a user name or a password"),
        ("https://app.gusto.com/", "app.gusto.com is Gusto's"),
        ("https://gusto-demo.com./", "gusto-demo.com. is Gusto's"),
    ],
)
def test_what_is_no_address_of_the_integration_is_refused(url: str, words: str) -> None:
    trouble = find_url_trouble(url)
    assert trouble is not None
    assert trouble[0] == words
    assert trouble[1]
