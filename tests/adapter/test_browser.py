"""The walk through consent: a stub product, and the embedded sandbox behind a loopback port."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from partner_qa.adapter.browser import REDIRECT_LIMIT, Start
from partner_qa.contract.catalogue import load_contract
from partner_qa.errors import AdapterError
from partner_qa.model import Kind
from partner_qa.sandbox.app import Sandbox, SandboxSettings
from partner_qa.serving import LoopbackServer

STATE = "s=1&t=é/+ "


class Gusto:
    """The embedded sandbox on a port, with two companies."""

    def __init__(self, callback: str) -> None:
        settings = SandboxSettings(
            seed=1,
            anchor=date(2026, 11, 23),
            client_id="the-client-id",
            client_secret="s3cr3t-of-the-client",
            redirect_uris=(callback,),
            scopes=("employees:read",),
            minimum_version="2026-06-15",
        )
        self.sandbox = Sandbox(contract=load_contract(), settings=settings)
        self.companies = [self.sandbox.admin.create_company(people=2) for _ in range(2)]
        self.server = LoopbackServer(self.sandbox)


@pytest.fixture
def gusto(bench: Any) -> Iterator[Gusto]:
    made = Gusto(f"{bench.base}/callback")
    with made.server:
        yield made
    made.sandbox.close()


@pytest.fixture
def walker(bench: Any, stub: Any, gusto: Gusto) -> Any:
    """A stub product whose connect button leads to Gusto's demo host, and its integration."""
    authorize(bench, stub)
    stub.answer("/callback", 200, b"connected")
    return bench.open(bench.profile(), api_base=gusto.server.base_url)


def authorize(bench: Any, stub: Any, *, base: str = "https://api.gusto-demo.com", **changes: str) -> None:
    """Have the connect button lead to Gusto with these parameters."""
    asked = {
        "client_id": "the-client-id",
        "response_type": "code",
        "redirect_uri": f"{bench.base}/callback",
        "state": STATE,
        **changes,
    }
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked.items())
    stub.redirect("/connect", f"{base}/oauth/authorize?{query}", Set_Cookie="session=abc; HttpOnly; Secure")


def connect(walker: Any, **choices: Any) -> Any:
    return walker.browser("anna").connect(walker.connect_start("anna"), **choices)


def asked_of(stub: Any, path: str) -> list[Any]:
    return [each for each in stub.asked if urlsplit(each[1]).path == path]


def test_a_walk_ends_at_the_callback_with_a_code_and_the_state_unchanged(
    bench: Any, stub: Any, walker: Any, gusto: Gusto
) -> None:
    walk = connect(walker, company=gusto.companies[1])
    assert (walk.state, walk.error, walk.status) == (STATE, None, 200)
    assert walk.code
    (callback,) = asked_of(stub, "/callback")
    assert parse_qs(urlsplit(callback[1]).query) == {"code": [walk.code], "state": [STATE]}
    assert callback[2]["Cookie"] == "session=abc"


def test_the_company_that_was_chosen_is_the_one_that_is_granted(
    bench: Any, walker: Any, gusto: Gusto
) -> None:
    walk = connect(walker, company=gusto.companies[1], stop_before_callback=True)
    told = {
        "grant_type": "authorization_code",
        "code": walk.code,
        "redirect_uri": f"{bench.base}/callback",
        "client_id": "the-client-id",
        "client_secret": "s3cr3t-of-the-client",
    }
    answer = httpx.post(f"{gusto.server.base_url}/oauth/token", json=told)
    assert gusto.sandbox.company_of(answer.json()["access_token"]) == gusto.companies[1]


def test_a_refusal_comes_back_as_an_error(stub: Any, walker: Any) -> None:
    walk = connect(walker, decision="deny")
    assert (walk.code, walk.error, walk.state) == (None, "access_denied", STATE)
    assert len(asked_of(stub, "/callback")) == 1


def test_a_walk_can_stop_before_the_callback(stub: Any, walker: Any) -> None:
    walk = connect(walker, stop_before_callback=True)
    assert walk.callback.endswith(urlsplit(walk.callback).query)
    assert walk.code
    assert asked_of(stub, "/callback") == []


def test_a_forged_callback_is_visited_with_its_facts_and_the_session(
    bench: Any, stub: Any, walker: Any
) -> None:
    walk = connect(walker, stop_before_callback=True)
    stub.redirect("/callback", "/sorry")
    stub.answer("/sorry", 400, b"no")
    seen = walker.browser("anna").get(walk.callback, facts={"forged": "missing"})
    assert (seen.status, seen.url) == (400, f"{bench.base}/sorry")
    first, second = bench.tape.of(Kind.BROWSER)[-2:]
    assert (first.facts, second.facts) == ({"forged": "missing"}, {})
    assert first.account == "anna"
    assert asked_of(stub, "/callback")[0][2]["Cookie"] == "session=abc"


def test_a_callback_that_hangs_up_stops_the_walk_unless_that_is_to_be_judged(
    bench: Any, stub: Any, walker: Any
) -> None:
    stub.answers["/callback"] = lambda handler, body: None
    with pytest.raises(AdapterError, match="broke off"):
        connect(walker, decision="deny")
    walk = connect(walker, decision="deny", bears_silence=True)
    assert (walk.error, walk.status) == ("access_denied", 0)
    assert bench.tape.of(Kind.BROWSER)[-1].response.status == 0
    assert walker.browser("anna").get(walk.callback).status == 0


def test_an_integration_that_is_gone_is_no_callback_that_hangs_up(stub: Any, walker: Any) -> None:
    walk = connect(walker, stop_before_callback=True)
    stub.close()
    with pytest.raises(AdapterError, match="does not take connections"):
        walker.browser("anna").get(walk.callback)


def test_what_is_asked_of_gusto_is_left_to_the_recorder(bench: Any, walker: Any) -> None:
    connect(walker)
    hosts = {urlsplit(url).netloc for url in bench.tape.urls(Kind.BROWSER)}
    assert hosts == {urlsplit(bench.base).netloc}


def test_gusto_never_gets_the_cookies_of_the_product(
    bench: Any, stub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    authorize(bench, stub)
    other = type(stub)(bench.find_free_port())
    other.answer(
        "/oauth/authorize", 302, b"", Location=f"{bench.base}/callback?error=x", Set_Cookie="gusto=1"
    )
    try:
        walker = bench.open(bench.profile(), api_base=other.base)
        connect(walker)
        assert "Cookie" not in other.asked[0][2]
        assert "gusto" not in asked_of(stub, "/callback")[0][2]["Cookie"]
    finally:
        other.close()


def test_each_account_has_a_browser_of_its_own_that_stays(walker: Any) -> None:
    assert walker.browser("anna") is walker.browser("anna")
    assert walker.browser("anna") is not walker.browser("bert")


def test_another_browser_brings_nothing_along(bench: Any, stub: Any, walker: Any) -> None:
    authorize(bench, stub)
    connect(walker)
    assert asked_of(stub, "/callback")[-1][2].get("Cookie")
    walker.another_browser("anna").get(f"{bench.base}/callback?code=c")
    assert "Cookie" not in asked_of(stub, "/callback")[-1][2]


def test_a_wrong_redirect_uri_is_told_in_gustos_words(bench: Any, stub: Any, walker: Any) -> None:
    authorize(bench, stub, redirect_uri=f"{bench.base}/elsewhere")
    with pytest.raises(AdapterError, match=r"\(400\).*The redirect_uri is not one that is registered"):
        connect(walker)


def test_production_is_never_visited(bench: Any, stub: Any, walker: Any) -> None:
    authorize(bench, stub, base="https://api.gusto.com")
    with pytest.raises(AdapterError, match=r"api\.gusto\.com, Gusto's production, which is never visited"):
        connect(walker)


def test_a_host_that_the_profile_does_not_name_is_not_visited(bench: Any, stub: Any, walker: Any) -> None:
    stub.redirect("/connect", "http://169.254.169.254/latest?secret=1")
    with pytest.raises(
        AdapterError, match=r"leads to http://169\.254\.169\.254/latest, a host that"
    ) as caught:
        connect(walker)
    assert "secret" not in caught.value.explain()
    assert bench.tape.urls(Kind.BROWSER) == [f"{bench.base}/connect?account=anna"]


@pytest.mark.parametrize("target", ["file:///etc/passwd", "javascript:alert(1)", "http://[", "http://a:b/"])
def test_a_redirect_to_something_odd_is_told(stub: Any, walker: Any, target: str) -> None:
    stub.redirect("/connect", target)
    with pytest.raises(AdapterError, match=r"actions\.connect"):
        connect(walker)


def test_a_landing_page_elsewhere_is_not_visited_and_no_error(bench: Any, stub: Any, walker: Any) -> None:
    stub.redirect("/callback", "https://app.acme.example/dashboard")
    walk = connect(walker)
    assert (walk.status, urlsplit(walk.url).path) == (302, "/callback")


def test_endless_redirects_end(bench: Any, stub: Any, walker: Any) -> None:
    stub.redirect("/connect", "/connect")
    with pytest.raises(AdapterError, match=f"redirects more than {REDIRECT_LIMIT} times"):
        connect(walker)
    assert len(asked_of(stub, "/connect")) == REDIRECT_LIMIT + 1


def test_a_page_instead_of_a_redirect_is_told(stub: Any, walker: Any) -> None:
    stub.answer("/connect", 200, b"<button>Connect</button>")
    with pytest.raises(
        AdapterError, match=r"ends at .*/connect \(200\) and not at Gusto's consent page"
    ) as caught:
        connect(walker)
    assert "start_url" in caught.value.explain()


def test_a_command_says_where_to_begin_and_what_signs_in(bench: Any, stub: Any, gusto: Gusto) -> None:
    authorize(bench, stub)
    stub.redirect("/begin", "/connect")
    stub.answer("/callback", 200, b"connected")
    signed_in = "cookies=dict(sid='1'), headers={'X-As': 'anna'}"
    told = f"import json; print(json.dumps(dict(start_url='{bench.base}/begin', {signed_in})))"
    walker = bench.open(
        bench.profile(actions={"connect": {"command": bench.program(told)}}), api_base=gusto.server.base_url
    )
    start = walker.connect_start("anna")
    assert start == Start(url=f"{bench.base}/begin", cookies={"sid": "1"}, headers={"X-As": "anna"})
    walk = walker.browser("anna").connect(start)
    assert walk.status == 200
    begin = asked_of(stub, "/begin")[0]
    assert (begin[2]["Cookie"], begin[2]["X-As"]) == ("sid=1", "anna")
    assert "X-As" not in asked_of(stub, "/callback")[0][2]
    assert bench.tape.urls(Kind.ACTION) == ["action:connect"]


def test_a_command_that_names_production_is_refused(bench: Any) -> None:
    told = "import json; print(json.dumps(dict(start_url='https://app.' + 'gusto.com/oauth/authorize')))"
    walker = bench.open(bench.profile(actions={"connect": {"command": bench.program(told)}}))
    with pytest.raises(AdapterError, match="production, which is never called"):
        walker.connect_start("anna")
