"""Which hosts are Gusto's, and which of them is production."""

from __future__ import annotations

import pytest

from partner_qa.contract.hosts import DEMO_HOST, is_gusto, is_production


@pytest.mark.parametrize(
    "host", ["gusto.com", "api.gusto.com", "API.Gusto.COM.", "app.gusto.com", "a.b.gusto.com"]
)
def test_every_host_of_production_is_known(host: str) -> None:
    assert is_production(host)


@pytest.mark.parametrize("host", ["api.gusto-demo.com", "notgusto.com", "gusto.com.example", "127.0.0.1", ""])
def test_other_hosts_are_not_production(host: str) -> None:
    assert not is_production(host)


@pytest.mark.parametrize("host", [DEMO_HOST, "app.gusto-demo.com.", "Gusto-Demo.com", "api.gusto.com"])
def test_the_demo_is_gustos_too(host: str) -> None:
    assert is_gusto(host)


@pytest.mark.parametrize("host", ["gusto-demo.com.example", "mygusto-demo.com", "localhost", ""])
def test_other_hosts_are_not_gustos(host: str) -> None:
    assert not is_gusto(host)
