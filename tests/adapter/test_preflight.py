"""Pre-flight: each way in which a configuration is wrong is told before anything is judged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

import pytest

from partner_qa.adapter import preflight
from partner_qa.adapter.preflight import find_problems, require_ready
from partner_qa.errors import AdapterError

PAGE = b"<form id=consent action=/oauth/authorize></form>"


class Gusto:
    """A stub of Gusto's consent page."""

    def __init__(self, stub: Any) -> None:
        self.stub = stub
        self.stub.answer("/oauth/authorize", 200, PAGE)


@pytest.fixture
def gusto(bench: Any, stub: Any) -> Any:
    made = Gusto(type(stub)(bench.find_free_port()))
    yield made
    made.stub.close()


def prepare(bench: Any, stub: Any, gusto: Any, **changes: Any) -> tuple[Any, Any]:
    """Return a profile and an integration in which everything is right."""
    lead_to_gusto(bench, stub, gusto, f"{bench.base}/callback")
    stub.answer("/create", 200, {"status": "done"})
    stub.answer("/connection", 200, {"state": "disconnected", "company_uuid": None, "company_name": None})
    actions = {"create_account": {"post": f"{bench.base}/create"}}
    hooks = {"url": f"{bench.base}/hooks"}
    profile = bench.profile(**{"actions": actions, "webhooks": hooks, **changes})
    return profile, bench.open(profile, api_base=gusto.stub.base)


def lead_to_gusto(bench: Any, stub: Any, gusto: Any, redirect_uri: str) -> None:
    query = f"redirect_uri={quote(redirect_uri, safe='')}" if redirect_uri else "x=1"
    stub.redirect("/connect", f"{gusto.stub.base}/oauth/authorize?{query}")


def test_an_integration_that_is_fit_has_no_problems(bench: Any, stub: Any, gusto: Any) -> None:
    profile, integration = prepare(bench, stub, gusto)
    assert find_problems(profile, integration) == ()
    require_ready(profile, integration)


def test_nothing_is_decided_on_the_consent_page(bench: Any, stub: Any, gusto: Any) -> None:
    find_problems(*prepare(bench, stub, gusto))
    assert [each[0] for each in gusto.stub.asked] == ["GET"]


def test_all_problems_are_told_at_once(bench: Any, stub: Any, gusto: Any) -> None:
    profile, integration = prepare(bench, stub, gusto, webhooks={"url": "http://127.0.0.1:1/hooks"})
    stub.answer("/create", 401, b"no")
    lead_to_gusto(bench, stub, gusto, f"{bench.base}/other")
    with pytest.raises(AdapterError) as caught:
        require_ready(profile, integration)
    assert [each.key for each in caught.value.problems] == [
        "actions.create_account",
        "gusto.redirect_uris",
        "webhooks.url",
    ]


def test_an_action_that_fails_is_told(bench: Any, stub: Any, gusto: Any) -> None:
    profile, integration = prepare(bench, stub, gusto)
    stub.answer("/create", 200, {"status": "failed", "detail": "no database"})
    (problem,) = find_problems(profile, integration)
    assert "no database" in problem.message


def test_an_observation_of_the_wrong_shape_is_told_with_the_answer(bench: Any, stub: Any, gusto: Any) -> None:
    profile, integration = prepare(bench, stub, gusto)
    stub.answer("/connection", 200, {"connected": True})
    (problem,) = find_problems(profile, integration)
    assert problem.key == "observations.connection"
    assert '"connected": true' in problem.hint


@pytest.mark.parametrize(
    ("redirect_uri", "words"),
    [("http://127.0.0.1/x", "the redirect_uri http://127.0.0.1/x"), ("", "no redirect_uri")],
)
def test_a_redirect_uri_that_is_not_registered_is_told_beside_those_that_are(
    bench: Any, stub: Any, gusto: Any, redirect_uri: str, words: str
) -> None:
    profile, integration = prepare(bench, stub, gusto)
    lead_to_gusto(bench, stub, gusto, redirect_uri)
    (problem,) = find_problems(profile, integration)
    assert words in problem.message
    assert f"{bench.base}/callback" in problem.hint


def test_what_gusto_refuses_is_told_in_its_words(bench: Any, stub: Any, gusto: Any) -> None:
    profile, integration = prepare(bench, stub, gusto)
    gusto.stub.answer("/oauth/authorize", 400, b"<h1>No application has this client_id.</h1>")
    (problem,) = find_problems(profile, integration)
    assert "No application has this client_id." in problem.message


def test_a_connect_button_that_leads_nowhere_is_told(bench: Any, stub: Any, gusto: Any) -> None:
    profile, integration = prepare(bench, stub, gusto)
    stub.answer("/connect", 200, b"please sign in")
    (problem,) = find_problems(profile, integration)
    assert problem.key == "actions.connect"


@pytest.mark.parametrize(("minutes", "word"), [(10, "600 s ahead"), (-10, "600 s behind")])
def test_a_clock_that_is_wrong_is_told(
    bench: Any, stub: Any, gusto: Any, minutes: int, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile, integration = prepare(bench, stub, gusto)
    there = format_datetime(datetime.now(UTC) + timedelta(minutes=minutes), usegmt=True)
    monkeypatch.setattr(stub.handler, "date_time_string", lambda *_: there)
    (problem,) = find_problems(profile, integration)
    assert problem.key == "clock"
    assert int(problem.message.split()[-3]) in range(598, 602)
    assert problem.message.split()[-1] == word.rsplit(maxsplit=1)[-1]


@pytest.mark.parametrize(
    ("zone", "is_told"),
    [
        ("America/Los_Angles", True),
        ("America/Los_Angeles", False),
        (":UTC", False),
        ("EST5EDT,M3.2.0", False),
    ],
)
def test_a_time_zone_that_nobody_knows_is_told(
    bench: Any, stub: Any, gusto: Any, monkeypatch: pytest.MonkeyPatch, zone: str, is_told: bool
) -> None:
    monkeypatch.setenv("TZ", zone)
    assert [each.key for each in find_problems(*prepare(bench, stub, gusto))] == ["TZ"] * is_told


@pytest.mark.parametrize("text", [None, "", "yesterday", "Mon, 99 Foo 2026 00:00:00 GMT"])
def test_a_date_that_is_none_says_nothing(text: str | None) -> None:
    assert preflight._read_time(text) is None


def test_a_call_past_the_harness_is_told(bench: Any, stub: Any, gusto: Any) -> None:
    profile, integration = prepare(bench, stub, gusto)
    integration._egress._refuse("CONNECT", "api.gusto.com:443")
    integration._egress._refuse("CONNECT", "telemetry.example:443")
    (problem,) = find_problems(profile, integration)
    assert "asks api.gusto.com itself" in problem.message


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((200, {"notice": []}), ["$ does not have notices"]),
        ((200, b"<p>Hello</p>"), ["answered 200 without JSON"]),
        ((200, {"notices": []}), []),
        ((404, {}), []),  # nobody is connected yet
    ],
)
def test_an_observation_of_the_wrong_shape_is_told_before_anything_is_driven(
    bench: Any, stub: Any, gusto: Any, answer: tuple[int, Any], words: list[str]
) -> None:
    doors = {
        "connection": {"get": f"{bench.base}/connection?account={{account}}"},
        "notices": {"get": f"{bench.base}/notices?account={{account}}"},
    }
    profile, integration = prepare(bench, stub, gusto, observations=doors)
    stub.answer("/notices", *answer)
    problems = find_problems(profile, integration)
    assert [each.key for each in problems] == ["observations.notices"] * len(words)
    assert all(word in each.message for each, word in zip(problems, words, strict=True))


@pytest.mark.parametrize("token", ["{qa_token}", "my-own"])
def test_routes_that_are_shut_for_want_of_a_token_are_explained(
    bench: Any, stub: Any, gusto: Any, token: str
) -> None:
    by_hand = {"env": {"GUSTO_API_BASE": "{api_base}", "QA_TOKEN": token}}
    profile, integration = prepare(bench, stub, gusto, by_hand=by_hand)
    stub.answer("/connection", 404, {})
    (problem,) = find_problems(profile, integration)
    explained = "nothing in by_hand.env hands it {qa_token}" in problem.hint
    assert explained is (token == "my-own")


@pytest.mark.parametrize(("status", "answer"), [(200, {"idle": "perhaps"}), (404, {})])
def test_a_route_that_cannot_say_whether_nothing_is_under_way_is_told(
    bench: Any, stub: Any, gusto: Any, status: int, answer: Any
) -> None:
    stub.answer("/idle", status, answer)
    changed = {"observations": {"idle": {"get": f"{bench.base}/idle?account={{account}}"}}}
    problems = find_problems(*prepare(bench, stub, gusto, **changed))
    assert [each.key for each in problems] == ["observations.idle"]
