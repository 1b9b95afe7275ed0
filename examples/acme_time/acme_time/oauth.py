"""Tokens: asking for consent, exchanging the code, refreshing, and never using a pair that is not stored.

A refresh token works once (https://docs.gusto.com/app-integrations/docs/oauth2), so three rules hold here:
one refresh at a time per grant, across threads and processes; the new pair is committed before anybody may
use it; and a refresh whose answer got lost is asked again with the stored token, never with a guess.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from acme_time import grants
from acme_time.config import Config
from acme_time.database import Database
from acme_time.grants import Grant, Pair
from acme_time.gusto import Gusto, Refused, Unavailable, read_json, with_patience
from acme_time.notices import post_notice

MARGIN = 60.0  # seconds before expiry at which we refresh


class ReconnectNeeded(Exception):  # noqa: N818 - says what must happen
    """The grant is dead: only the customer can bring it back, by connecting again."""


def authorize_url(config: Config, state: str) -> str:
    """Return where to send a browser for consent (RFC 6749 section 4.1.1)."""
    response_type = "token" if "wrong_response_type" in config.defects else "code"
    query = {
        "client_id": config.client_id,
        "redirect_uri": config.redirect_uri,
        "response_type": response_type,
        "state": state,
    }
    return f"{config.api_base}/oauth/authorize?{urlencode(query)}"


def exchange_code(config: Config, gusto: Gusto, code: str) -> Pair:
    """Exchange an authorization code for the first pair: once, from the server, secrets in the body.

    A code is good for one use. When the answer is lost the customer starts again: a second exchange
    would look like a stolen code.
    """
    mark = "#connected" if "fragment_in_redirect_uri" in config.defects else ""
    return _ask_for_pair(
        gusto,
        {
            **_client(config),
            "grant_type": "authorization_code",
            "redirect_uri": config.redirect_uri + mark,
            "code": code,
        },
        in_query="secrets_in_query" in config.defects,
    )


def _client(config: Config) -> dict[str, str]:
    return {"client_id": config.client_id, "client_secret": config.client_secret}


def _ask_for_pair(gusto: Gusto, body: dict[str, str], *, in_query: bool = False) -> Pair:
    query = body if in_query else None  # only the defect secrets_in_query wants that
    answer = read_json(gusto.send("POST", "/oauth/token", token=None, query=query, json=body))
    given = answer if isinstance(answer, dict) else {}
    access_token, refresh_token = given.get("access_token"), given.get("refresh_token")
    if not isinstance(access_token, str) or not isinstance(refresh_token, str):
        raise Unavailable("the token answer lacks a token")
    return Pair(
        access_token=access_token,
        refresh_token=refresh_token,
        fresh_until=time.time() + read_freshness(given),
    )


def read_freshness(answer: dict[str, Any]) -> float:
    """Return for how many seconds a token is used; a short-lived one is not refreshed on every call."""
    lifetime = float(answer.get("expires_in") or 7200)
    return lifetime - min(MARGIN, lifetime / 2)


class TokenKeeper:
    """Hands out usable grants; the only place that refreshes."""

    def __init__(self, config: Config, database: Database, gusto: Gusto) -> None:
        self._config = config
        self._database = database
        self._gusto = gusto
        self._unsaved: dict[str, Grant] = {}  # only the defect reuses_refresh_token puts anything in

    def require_grant(self, account: str) -> Grant:
        """Return the account's grant with a fresh access token, or raise `ReconnectNeeded`."""
        if account in self._unsaved:
            return self._unsaved[account]
        grant = grants.find_grant(self._database, account)
        if grant is None:
            raise ReconnectNeeded
        waits = not self._config.defects.isdisjoint({"never_refreshes", "waits_for_a_401"})
        if grant.pair.fresh_until > time.time() or waits:
            return grant
        return self.refresh(grant)

    def refresh(self, stale: Grant) -> Grant:
        """Return a newer grant than `stale`: somebody else's fresh one, or our own, stored already."""
        with self._database.exclusive(f"refresh {stale.account}"):
            current = grants.find_grant(self._database, stale.account)
            if current is None:
                raise ReconnectNeeded
            if current.generation != stale.generation and stale.account not in self._unsaved:
                return current
            pair = self._ask_for_newer(current)
            if "refreshes_without_a_lock" in self._config.defects:
                self._race(current)
            if "refresh_storm" in self._config.defects:
                for _ in range(3):
                    current = self._store(current, pair)
                    pair = self._ask_for_newer(current)
            return self._store(current, pair)

    def _ask_for_newer(self, grant: Grant) -> Pair:
        body = {
            **_client(self._config),
            "grant_type": "refresh_token",
            "refresh_token": grant.pair.refresh_token,
        }
        attempts = 1 if "gives_up_on_a_lost_refresh" in self._config.defects else 3
        try:
            return with_patience(lambda: self._ask(body), attempts=attempts)
        except Refused as error:
            if "ignores_invalid_grant" in self._config.defects:
                raise Unavailable("the refresh was refused") from error
            if "invalid_grant" in error.categories:
                self.give_up(grant.account)
                raise ReconnectNeeded from error
            raise
        except Unavailable as error:
            if attempts == 1:
                self.give_up(grant.account)
                raise ReconnectNeeded from error
            raise

    def _ask(self, body: dict[str, str]) -> Pair:
        try:
            return _ask_for_pair(self._gusto, body)
        except Unavailable as error:
            if "takes_a_503_for_the_end" in self._config.defects and "answered 5" in str(error):
                raise Refused(400, frozenset({"invalid_grant"}), ()) from error
            raise

    def _race(self, grant: Grant) -> None:
        """Refresh as a second worker would that knows of no lock, with the same token; a defect."""
        body = {
            **_client(self._config),
            "grant_type": "refresh_token",
            "refresh_token": grant.pair.refresh_token,
        }
        with contextlib.suppress(Refused):
            _ask_for_pair(self._gusto, body)

    def _store(self, current: Grant, pair: Pair) -> Grant:
        if "reuses_refresh_token" in self._config.defects:
            return self._unsaved.setdefault(current.account, replace(current, pair=pair))
        stored = grants.save_pair(self._database, current, pair)
        if stored is None:
            raise Unavailable("the connection was ended or made anew during a refresh")
        return stored

    def save_late(self) -> None:
        """Store what the defect `reuses_refresh_token` held back; without it there is nothing to store."""
        for grant in self._unsaved.values():
            grants.save_pair(self._database, grant, grant.pair)
        self._unsaved.clear()

    def give_up(self, account: str) -> None:
        """Mark a connection as dead and tell the customer; no job calls Gusto for it any more."""
        if "ignores_deprovisioning" in self._config.defects:
            return
        grants.mark(self._database, account, grants.RECONNECT_NEEDED)
        post_notice(
            self._database,
            account,
            "reconnect_needed",
            "Gusto no longer accepts our connection to your company. Please connect again.",
        )
