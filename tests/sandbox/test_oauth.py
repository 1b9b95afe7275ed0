"""The authorization server's memory, rule by rule, and as a state machine over both rotation wordings."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from partner_qa.sandbox.grant import Application, Issued, Refusal
from partner_qa.sandbox.oauth import Grants

CALLBACK = "http://127.0.0.1:4000/gusto/callback"
NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def make_grants(clock: Clock | None = None, **options: object) -> Grants:
    application = Application(
        name="Acme Time",
        client_id="client",
        client_secret="s3cret",
        redirect_uris=(CALLBACK,),
        scopes=("employees:read", "companies:read"),
    )
    return Grants(application, now=clock or Clock(), **options)  # type: ignore[arg-type]


def connect(grants: Grants, company: str = "company-a") -> Issued:
    code = grants.issue_code(company=company, owner="admin-1", redirect_uri=CALLBACK)
    issued = grants.exchange_code(code, redirect_uri=CALLBACK)
    assert isinstance(issued, Issued)
    return issued


def is_live(grants: Grants, clock: Callable[[], datetime], access_token: str) -> bool:
    grant = grants.find(access_token)
    return grant is not None and grant.is_live(clock())


def use(grants: Grants, issued: Issued) -> None:
    grant = grants.find(issued.access_token)
    assert grant is not None
    grants.note_use(grant)


def refresh(grants: Grants, issued: Issued) -> Issued:
    assert issued.refresh_token is not None
    fresh = grants.refresh(issued.refresh_token)
    assert isinstance(fresh, Issued)
    return fresh


def test_a_code_is_exchanged_for_a_pair_of_one_company() -> None:
    issued = connect(make_grants())
    assert issued.grant.company == "company-a"
    assert issued.grant.owner == "admin-1"
    assert issued.grant.scopes == {"employees:read", "companies:read", "public"}
    assert issued.expires_in == 7200
    assert issued.refresh_token


def test_a_code_works_once() -> None:
    grants = make_grants()
    code = grants.issue_code(company="company-a", owner="admin-1", redirect_uri=CALLBACK)
    grants.exchange_code(code, redirect_uri=CALLBACK)
    again = grants.exchange_code(code, redirect_uri=CALLBACK)
    assert isinstance(again, Refusal)
    assert again.error == "invalid_grant"


@pytest.mark.parametrize(("seconds", "good"), [(599, True), (600, False)])
def test_a_code_lives_for_ten_minutes(seconds: int, good: bool) -> None:
    clock = Clock()
    grants = make_grants(clock)
    code = grants.issue_code(company="company-a", owner="admin-1", redirect_uri=CALLBACK)
    clock.pass_seconds(seconds)
    assert isinstance(grants.exchange_code(code, redirect_uri=CALLBACK), Issued) is good


def test_a_code_is_bound_to_its_redirect_uri_and_survives_the_mistake() -> None:
    grants = make_grants()
    code = grants.issue_code(company="company-a", owner="admin-1", redirect_uri=CALLBACK)
    refused = grants.exchange_code(code, redirect_uri=CALLBACK + "/")
    assert isinstance(refused, Refusal)
    assert "redirect" in refused.description
    assert isinstance(grants.exchange_code(code, redirect_uri=CALLBACK), Issued)


def test_an_unknown_code_is_an_invalid_grant() -> None:
    refused = make_grants().exchange_code("nothing", redirect_uri=CALLBACK)
    assert isinstance(refused, Refusal)
    assert refused.error == "invalid_grant"


def test_every_secret_is_url_safe_long_and_reported_as_it_is_issued() -> None:
    reported: list[tuple[str, str]] = []
    grants = make_grants(on_secret=lambda kind, value: reported.append((kind, value)))
    issued = connect(grants)
    kinds = [kind for kind, _ in reported]
    assert kinds == ["client_secret", "code", "access_token", "refresh_token"]
    assert [value for _, value in reported[2:]] == [issued.access_token, issued.refresh_token]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43,}", value) for _, value in reported[1:])


def test_no_secret_is_in_a_repr() -> None:
    grants = make_grants()
    issued = connect(grants)
    shown = repr(issued) + repr(grants.application) + repr(grants.find(issued.access_token))
    assert not any(secret in shown for secret in (issued.access_token, str(issued.refresh_token), "s3cret"))


def test_the_credentials_must_both_be_right() -> None:
    grants = make_grants()
    assert grants.is_client("client", "s3cret")
    assert not grants.is_client("client", "s3cretx")
    assert not grants.is_client("klient", "s3cret")
    assert not grants.is_client("çlient", "s3cret")


def test_a_redirect_uri_is_compared_character_by_character() -> None:
    grants = make_grants()
    assert grants.is_redirect_uri(CALLBACK)
    assert not grants.is_redirect_uri(CALLBACK + "/")
    assert not grants.is_redirect_uri(CALLBACK + "?a=b")


def test_strict_rotation_spends_the_refresh_token_at_the_exchange() -> None:
    grants = make_grants(rotation="strict")
    first = connect(grants)
    refresh(grants, first)
    again = grants.refresh(str(first.refresh_token))
    assert isinstance(again, Refusal)
    assert again.error == "invalid_grant"


def test_grace_rotation_answers_a_lost_refresh_again_until_the_new_token_is_used() -> None:
    grants = make_grants(rotation="grace")
    first = connect(grants)
    refresh(grants, first)
    second = refresh(grants, first)
    use(grants, second)
    assert isinstance(grants.refresh(str(first.refresh_token)), Refusal)
    refresh(grants, second)


@pytest.mark.parametrize("rotation", ["strict", "grace"])
def test_the_old_access_token_lives_until_the_new_one_is_used(rotation: str) -> None:
    clock = Clock()
    grants = make_grants(clock, rotation=rotation)
    first = connect(grants)
    second = refresh(grants, first)
    assert is_live(grants, clock, first.access_token)
    use(grants, second)
    assert not is_live(grants, clock, first.access_token)
    assert is_live(grants, clock, second.access_token)


def test_using_a_grandchild_retires_the_whole_line() -> None:
    clock = Clock()
    grants = make_grants(clock, rotation="grace")
    first = connect(grants)
    second = refresh(grants, first)
    third = refresh(grants, second)
    use(grants, third)
    assert isinstance(grants.refresh(str(first.refresh_token)), Refusal)
    assert isinstance(grants.refresh(str(second.refresh_token)), Refusal)
    assert not is_live(grants, clock, second.access_token)


def test_a_refresh_token_does_not_age() -> None:
    clock = Clock()
    grants = make_grants(clock)
    first = connect(grants)
    clock.pass_seconds(365 * 24 * 3600)
    assert not is_live(grants, clock, first.access_token)
    assert is_live(grants, clock, refresh(grants, first).access_token)


def test_a_refresh_keeps_company_owner_scopes_and_the_name_of_the_grant() -> None:
    grants = make_grants()
    first = connect(grants)
    grants.set_scopes(("payrolls:read",))
    second = refresh(grants, first)
    kept = (second.grant.id, second.grant.company, second.grant.owner, second.grant.scopes)
    assert kept == (first.grant.id, first.grant.company, first.grant.owner, first.grant.scopes)
    assert connect(grants).grant.scopes == {"payrolls:read", "public"}


def test_a_system_token_has_no_company_and_no_refresh_token_and_siblings_live_on() -> None:
    clock = Clock()
    grants = make_grants(clock)
    first, second = grants.issue_system(), grants.issue_system()
    use(grants, second)
    assert first.refresh_token is None
    assert first.grant.kind == "system"
    assert first.grant.company is None
    assert first.grant.id != second.grant.id
    assert is_live(grants, clock, first.access_token)


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_revoking_either_token_ends_the_connection(which: str) -> None:
    clock = Clock()
    grants = make_grants(clock)
    first = connect(grants)
    assert grants.revoke(getattr(first, which))
    assert not is_live(grants, clock, first.access_token)
    assert isinstance(grants.refresh(str(first.refresh_token)), Refusal)
    assert not grants.is_connected("company-a")


def test_revoking_an_unknown_token_changes_nothing() -> None:
    grants = make_grants()
    connect(grants)
    assert not grants.revoke("unknown")
    assert grants.is_connected("company-a")


def test_revoking_a_company_ends_every_admins_connection_and_no_others() -> None:
    clock = Clock()
    grants = make_grants(clock)
    one, two, other = connect(grants), connect(grants), connect(grants, "company-b")
    own = grants.issue_own(company="company-a")
    code = grants.issue_code(company="company-a", owner="admin-1", redirect_uri=CALLBACK)
    assert grants.revoke_company("company-a") == 2
    assert not is_live(grants, clock, one.access_token)
    assert not is_live(grants, clock, two.access_token)
    assert is_live(grants, clock, other.access_token)
    assert is_live(grants, clock, own.access_token)
    assert isinstance(grants.exchange_code(code, redirect_uri=CALLBACK), Refusal)


def test_the_harnesss_own_grant_is_no_connection() -> None:
    grants = make_grants()
    own = grants.issue_own(company="company-a")
    assert own.grant.own
    assert own.refresh_token is None
    assert not grants.is_connected("company-a")
    connect(grants)
    assert grants.connected_companies() == ("company-a",)


def test_expiring_access_leaves_the_refresh_token_good() -> None:
    clock = Clock()
    grants = make_grants(clock)
    first, other = connect(grants), connect(grants, "company-b")
    assert grants.expire_access("company-a") == 1
    assert not is_live(grants, clock, first.access_token)
    assert is_live(grants, clock, other.access_token)
    refresh(grants, first)


def test_a_lifetime_can_be_set_for_one_company() -> None:
    grants = make_grants()
    grants.set_expires_in(5, company="company-a")
    assert connect(grants).expires_in == 5
    assert connect(grants, "company-b").expires_in == 7200
    grants.set_expires_in(60)
    assert connect(grants, "company-b").expires_in == 60
    with pytest.raises(ValueError, match="at least one second"):
        grants.set_expires_in(0)


class Rotation(RuleBasedStateMachine):
    """A second, naive account of which tokens are good, beside the real one.

    Each issued pair is a dict of plain flags; what the rules say happens is applied to them by hand.
    """

    pairs = Bundle("pairs")

    @initialize(rotation=st.sampled_from(["strict", "grace"]))
    def begin(self, rotation: str) -> None:
        self.clock = Clock()
        self.rotation = rotation
        self.grants = make_grants(self.clock, rotation=rotation)
        self.known: list[dict[str, object]] = []

    def note(self, issued: Issued, parent: dict[str, object] | None, line: int) -> dict[str, object]:
        pair: dict[str, object] = {
            "issued": issued,
            "parent": parent,
            "line": line,
            "expires": self.clock.now + timedelta(seconds=issued.expires_in),
            "access": True,
            "refresh": True,
        }
        self.known.append(pair)
        return pair

    @rule(target=pairs, company=st.sampled_from(["company-a", "company-b"]))
    def consent(self, company: str) -> dict[str, object]:
        return self.note(connect(self.grants, company), None, len(self.known))

    @rule(target=pairs, pair=pairs)
    def refresh(self, pair: dict[str, object]) -> dict[str, object]:
        issued = pair["issued"]
        assert isinstance(issued, Issued)
        answer = self.grants.refresh(str(issued.refresh_token))
        assert isinstance(answer, Issued) is pair["refresh"]
        if not isinstance(answer, Issued):
            return pair
        pair["refresh"] = self.rotation == "grace"
        return self.note(answer, pair, int(str(pair["line"])))

    @rule(pair=pairs)
    def use(self, pair: dict[str, object]) -> None:
        issued = pair["issued"]
        assert isinstance(issued, Issued)
        grant = self.grants.find(issued.access_token)
        assert grant is not None
        if not grant.is_live(self.clock.now):
            return
        self.grants.note_use(grant)
        parent = pair["parent"]
        while isinstance(parent, dict):
            parent["access"] = parent["refresh"] = False
            parent = parent["parent"]

    @rule(pair=consumes(pairs), which=st.sampled_from(["access_token", "refresh_token"]))
    def revoke(self, pair: dict[str, object], which: str) -> None:
        self.grants.revoke(getattr(pair["issued"], which))
        for each in self.known:
            if each["line"] == pair["line"]:
                each["access"] = each["refresh"] = False

    @rule(seconds=st.integers(1, 9000))
    def time_passes(self, seconds: int) -> None:
        self.clock.pass_seconds(seconds)

    @invariant()
    def the_two_accounts_agree(self) -> None:
        for pair in getattr(self, "known", []):
            issued = pair["issued"]
            good = bool(pair["access"]) and self.clock.now < pair["expires"]
            assert is_live(self.grants, self.clock, issued.access_token) is good


Rotation.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestRotation = Rotation.TestCase
