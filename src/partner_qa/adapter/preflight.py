"""Before any verdict: is the integration fit to be driven? Most real failures are configuration.

That its processes are ready is known already when this begins. Nothing is decided here about items: what is
found ends the run before its first scenario, with what to change. The scopes are held against the contract
when the profile is loaded.
"""

from __future__ import annotations

import os
import re
import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, urlsplit

from partner_qa.adapter.concealment import shown
from partner_qa.adapter.doors import Misshapen
from partner_qa.adapter.integration import Integration
from partner_qa.contract.hosts import is_gusto
from partner_qa.errors import AdapterError, Problem
from partner_qa.model import Action, Observation, find_header
from partner_qa.profile.profile import Profile

ACCOUNT = "qa-preflight"
CLOCK_TOLERANCE = 60.0  # seconds; signatures, expiry and Retry-After are about as coarse
_SEEN_ALREADY = frozenset({Observation.CONNECTION, Observation.IDLE})
_OLDEST = datetime(2026, 1, 1, tzinfo=UTC)
_POSIX_ZONE = re.compile(r"([A-Za-z]{3,}|<[A-Za-z0-9+-]+>)[+-]?\d")  # EST5EDT, POSIX.1 section 8.3


def require_ready(profile: Profile, integration: Integration) -> None:
    """Raise `AdapterError` with everything that keeps a started integration from being driven."""
    problems = find_problems(profile, integration)
    if problems:
        raise AdapterError(
            problems, hint="Nothing was judged. Mend this in partner.yaml or in the integration."
        )


def find_problems(profile: Profile, integration: Integration) -> tuple[Problem, ...]:
    """Return everything that keeps a started integration from being driven.

    An account is made where there is a way to; the connect button is pressed up to Gusto's consent page,
    where nothing is decided.
    """
    looks: tuple[Callable[[Profile, Integration], Iterator[Problem]], ...] = (
        _find_mute_doors,
        _find_wrong_consent,
        _find_mute_webhooks,
        _find_wrong_clock,
        _find_wrong_zone,
        _find_escapes,
    )
    problems: list[Problem] = []
    for look in looks:
        try:
            problems += look(profile, integration)
        except AdapterError as error:
            hint = "; ".join(error.hint.splitlines())
            problems += (replace(each, hint=each.hint or hint) for each in error.problems)
    return tuple(dict.fromkeys(_explain_tokenless(profile, each) for each in problems))


def _explain_tokenless(profile: Profile, problem: Problem) -> Problem:
    """Add that nobody told the integration its QA token, where that explains that its routes are shut."""
    launch = profile.run if profile.run is not None else profile.by_hand
    where = "run.env" if profile.run is not None else "by_hand.env"
    shut = problem.message.startswith(("answered 401", "answered 403", "answered 404"))
    if not shut or any("{qa_token}" in value for value in launch.env.values()):
        return problem
    told = f"nothing in {where} hands it {{qa_token}}, and without one its QA routes are shut"
    return replace(problem, hint="; ".join(filter(None, (told, problem.hint))))


def _find_mute_doors(profile: Profile, integration: Integration) -> Iterator[Problem]:
    """An action answers, and an observation: the token is right, and so are their shapes."""
    account = profile.tenancy.account_name(ACCOUNT)
    if profile.door(Action.CREATE_ACCOUNT) is not None:
        made = integration.act(Action.CREATE_ACCOUNT, account=account)
        if made.failed:
            yield Problem(key="actions.create_account", message=f"failed for {account}: {made.detail}")
            return
    if profile.door(Observation.CONNECTION) is not None:
        integration.observe(Observation.CONNECTION, account=account)
    integration.says_idle(account)
    yield from _find_misshapen(profile, integration, account)


def _find_misshapen(profile: Profile, integration: Integration, account: str) -> Iterator[Problem]:
    """What observations answer has their shape; one that cannot answer before a company is connected may."""
    for observation in Observation:
        if observation in _SEEN_ALREADY or profile.door(observation) is None:
            continue
        try:
            integration.peek(observation, account)
        except Misshapen as error:
            hint = "; ".join(error.hint.splitlines())
            yield from (replace(each, hint=each.hint or hint) for each in error.problems)
        except AdapterError:
            continue


def _find_wrong_consent(profile: Profile, integration: Integration) -> Iterator[Problem]:
    """The connect button leads to Gusto, and asks with a redirect URI that is registered."""
    account = profile.tenancy.account_name(ACCOUNT)
    browser = integration.browser(account)
    page = browser.reach_consent(integration.connect_start(account))
    asked = dict(parse_qsl(urlsplit(page.request.url).query, keep_blank_values=True))
    given = asked.get("redirect_uri")
    if given not in profile.gusto.redirect_uris:
        yield Problem(
            key="gusto.redirect_uris",
            message="the request for consent has "
            + (f"the redirect_uri {shown(given)}" if given else "no redirect_uri"),
            hint="it must equal one of these to the letter: " + ", ".join(profile.gusto.redirect_uris),
        )
    elif page.response.status >= 400:
        raise browser.word_refusal(page)


def _find_mute_webhooks(profile: Profile, integration: Integration) -> Iterator[Problem]:
    """Something answers at the webhook URL, whatever it says to a request that is none of Gusto's."""
    if profile.webhooks is not None and (trouble := integration.look(profile.webhooks.url).trouble):
        yield Problem(key="webhooks.url", message=f"{profile.webhooks.url} {trouble}")


def _find_wrong_clock(profile: Profile, integration: Integration) -> Iterator[Problem]:
    """Its clock and ours agree, and ours can be right."""
    now = datetime.now(UTC)
    if now < _OLDEST:
        yield Problem(key="clock", message=f"it is not {now:%Y-%m-%d}", hint="set the clock of this machine")
    urls = [profile.webhooks.url] if profile.webhooks is not None else []
    if profile.ready is not None and profile.ready.url:
        urls.insert(0, profile.ready.url)
    for url in urls[:1]:
        answer = integration.look(url)
        there = _read_time(find_header(answer.response.headers, "Date"))
        skew = 0.0 if there is None else (there - answer.started).total_seconds()
        if abs(skew) > CLOCK_TOLERANCE:
            yield Problem(
                key="clock",
                message=f"the integration's clock is {abs(skew):.0f} s {'ahead' if skew > 0 else 'behind'}",
                hint="signatures, token lifetimes and Retry-After are judged by it; set it right",
            )


def _find_wrong_zone(_profile: Profile, _integration: Integration) -> Iterator[Problem]:
    """The time zone that the processes are given is one: an unknown name is taken for UTC, silently."""
    zone = os.environ.get("TZ", "").removeprefix(":")
    known = zoneinfo.available_timezones()
    if known and zone and not zone.startswith("/") and zone not in known and not _POSIX_ZONE.match(zone):
        yield Problem(key="TZ", message=f"{shown(zone)} is not a time zone", hint="like America/Los_Angeles")


def _read_time(text: str | None) -> datetime | None:
    """Return the time of a Date header (RFC 9110 section 6.6.1), or `None`."""
    try:
        found = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo is not None else found.replace(tzinfo=UTC)


def _find_escapes(_profile: Profile, integration: Integration) -> Iterator[Problem]:
    """It does not already ask Gusto past the recorder."""
    for host in integration.egress:
        if is_gusto(host):
            yield Problem(
                key="run.env",
                message=f"the integration asks {host} itself, past the harness",
                hint="have it take Gusto's address from its environment: {api_base}",
            )
