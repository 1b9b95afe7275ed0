"""The probe: what it takes for health, what for sickness, and that it waits as it is asked to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from partner_qa.errors import SandboxUnreachable, UsageError
from partner_qa.recorder.probe import LONGEST_WAIT, TRIES, USUAL_WAIT, Probe

SECRET = "a-secret-that-nobody-may-read"
TOKEN = httpx.Response(200, json={"access_token": "system-token", "token_type": "bearer"})
WELL = httpx.Response(200, json={"scope": "public"})


class Host:
    """Answers what it was told to, in order, the last one ever after; keeps what it was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []
        self.waited: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    @property
    def paths(self) -> list[str]:
        return [each.url.path for each in self.asked]

    def probe(self) -> Probe:
        return Probe(
            "https://api.gusto-demo.com",
            client_id="client",
            client_secret=SECRET,
            transport=httpx.MockTransport(self),
            sleep=self.waited.append,
        )


@pytest.fixture
def probing() -> Iterator[Callable[..., tuple[Host, Probe]]]:
    made: list[Probe] = []

    def probe_of(*answers: httpx.Response | Exception) -> tuple[Host, Probe]:
        host = Host(*answers)
        made.append(host.probe())
        return host, made[-1]

    yield probe_of
    for each in made:
        each.close()


def throttled(after: str = "7") -> httpx.Response:
    return httpx.Response(429, headers={"Retry-After": after})


def test_a_token_is_asked_for_once_and_shows_itself_each_time(
    probing: Callable[..., tuple[Host, Probe]],
) -> None:
    host, probe = probing(TOKEN, WELL)
    probe.require_health()
    probe.require_health()
    assert host.paths == ["/oauth/token", "/v1/token_info", "/v1/token_info"]
    assert json.loads(host.asked[0].content)["grant_type"] == "system_access"
    assert host.asked[1].headers["authorization"] == "Bearer system-token"
    assert host.asked[1].headers["x-gusto-api-version"]


def test_a_429_is_waited_out_as_long_as_it_asks(probing: Callable[..., tuple[Host, Probe]]) -> None:
    host, probe = probing(throttled(), TOKEN, throttled("3"), WELL)
    probe.require_health()
    assert host.waited == [7, 3]
    assert host.paths == ["/oauth/token", "/oauth/token", "/v1/token_info", "/v1/token_info"]


@pytest.mark.parametrize(
    ("asked", "waits"), [("", USUAL_WAIT), ("soon", USUAL_WAIT), ("-1", USUAL_WAIT), ("86400", LONGEST_WAIT)]
)
def test_a_wait_that_cannot_be_read_or_borne_is_a_usual_one(
    asked: str, waits: float, probing: Callable[..., tuple[Host, Probe]]
) -> None:
    host, probe = probing(throttled(asked), TOKEN, WELL)
    probe.require_health()
    assert host.waited == [waits]


def test_retry_after_may_be_a_date(probing: Callable[..., tuple[Host, Probe]]) -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    past = format_datetime(datetime.now(UTC) - timedelta(seconds=30), usegmt=True)
    host, probe = probing(throttled(until), throttled(past), TOKEN, WELL)
    probe.require_health()
    assert 20 < host.waited[0] <= 30
    assert host.waited[1] == 0


def test_a_host_that_answers_429_for_ever_is_given_up(probing: Callable[..., tuple[Host, Probe]]) -> None:
    host, probe = probing(throttled())
    with pytest.raises(SandboxUnreachable, match="still answers 429"):
        probe.require_health()
    assert len(host.asked) == TRIES


@pytest.mark.parametrize("status", [500, 502, 503])
@pytest.mark.parametrize("before", [(), (TOKEN,)])
def test_a_5xx_is_a_sick_sandbox(
    status: int, before: tuple[httpx.Response, ...], probing: Callable[..., tuple[Host, Probe]]
) -> None:
    _, probe = probing(*before, httpx.Response(status))
    with pytest.raises(SandboxUnreachable, match=f"answers {status} to /") as caught:
        probe.require_health()
    assert "Wait until" in caught.value.explain()


@pytest.mark.parametrize("error", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow")])
def test_a_host_that_does_not_answer_is_named(
    error: Exception, probing: Callable[..., tuple[Host, Probe]]
) -> None:
    _, probe = probing(error)
    with pytest.raises(SandboxUnreachable, match=r"gusto-demo\.com does not answer") as caught:
        probe.require_health()
    assert "--base-url" in caught.value.explain()


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>Welcome</html>"),
        httpx.Response(200, json=["no", "token"]),
        httpx.Response(200, json={"access_token": None}),
        httpx.Response(200, json={"access_token": "split\nheader"}),
        httpx.Response(404, text="nothing here"),
        httpx.Response(302, headers={"Location": "https://login.example/"}),
    ],
)
def test_a_host_that_is_no_gusto_is_noticed(
    answer: httpx.Response, probing: Callable[..., tuple[Host, Probe]]
) -> None:
    _, probe = probing(answer)
    with pytest.raises(SandboxUnreachable) as caught:
        probe.require_health()
    assert "Is --base-url Gusto's API?" in caught.value.explain()


@pytest.mark.parametrize("status", [400, 401, 403])
def test_refused_credentials_are_a_matter_of_configuration(
    status: int, probing: Callable[..., tuple[Host, Probe]]
) -> None:
    _, probe = probing(httpx.Response(status, json={"error": "invalid_client"}))
    with pytest.raises(UsageError) as caught:
        probe.require_health()
    told = caught.value.explain()
    assert "PARTNER_QA_CLIENT_ID: is refused by api.gusto-demo.com (invalid_client)" in told
    assert "PARTNER_QA_CLIENT_SECRET" in told
    assert SECRET not in told


def test_a_token_that_died_of_age_is_replaced(probing: Callable[..., tuple[Host, Probe]]) -> None:
    host, probe = probing(TOKEN, WELL, httpx.Response(401), TOKEN, WELL)
    probe.require_health()
    probe.require_health()
    assert host.paths[2:] == ["/v1/token_info", "/oauth/token", "/v1/token_info"]


def test_a_host_that_refuses_the_token_it_has_just_given_is_sick(
    probing: Callable[..., tuple[Host, Probe]],
) -> None:
    _, probe = probing(TOKEN, httpx.Response(401), TOKEN, httpx.Response(401))
    with pytest.raises(SandboxUnreachable, match="answers 401 to /v1/token_info"):
        probe.require_health()


def test_production_is_never_probed() -> None:
    with pytest.raises(SandboxUnreachable, match="production"):
        Probe("https://api.gusto.com", client_id="client", client_secret=SECRET)
