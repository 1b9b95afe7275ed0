"""Calls on behalf of somebody: one company (its own grant) or the application itself (a system token).

Both know how to answer a 401: one new token, one replay, and no third attempt.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import httpx

from acme_time import grants
from acme_time.config import Config
from acme_time.database import Database
from acme_time.grants import Grant
from acme_time.gusto import Gusto, Unauthorized, Unavailable, read_json
from acme_time.oauth import ReconnectNeeded, TokenKeeper, read_freshness


class CompanyCalls:
    """Calls about one customer's company. The company in a path is always the one its token was given for."""

    def __init__(self, config: Config, database: Database, gusto: Gusto, keeper: TokenKeeper) -> None:
        self._config = config
        self._database = database
        self._gusto = gusto
        self._keeper = keeper

    def get(self, account: str, path: str, query: Mapping[str, str | int] | None = None) -> httpx.Response:
        """GET a path, as `send` does."""
        return self.send("GET", account, path, query=query)

    def send(
        self,
        method: str,
        account: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        json: Any = None,
    ) -> httpx.Response:
        """Send one request about an account's company, which `{company}` in the path stands for.

        Raise a `GustoError`, or `ReconnectNeeded` when a new token was refused as well. Only a 401 is
        answered by sending again: it says that nothing was done.
        """
        grant = self._keeper.require_grant(account)
        try:
            return self._send(grant, method, path, query, json)
        except Unauthorized:
            if "never_refreshes" in self._config.defects:
                raise
            fresh = self._keeper.refresh(grant)
        if fresh.company_uuid != grant.company_uuid:
            raise Unavailable("the account was connected to another company meanwhile")
        try:
            return self._send(fresh, method, path, query, json)
        except Unauthorized as error:
            self._keeper.give_up(account)
            raise ReconnectNeeded from error

    def _send(
        self, grant: Grant, method: str, path: str, query: Mapping[str, str | int] | None, json: Any
    ) -> httpx.Response:
        token = grant.pair.access_token
        if "one_token_for_all" in self._config.defects:
            token = (grants.find_newest_grant(self._database) or grant).pair.access_token
        path = path.format(company=grant.company_uuid)
        return self._gusto.send(method, path, token=token, query=query, json=json)


class SystemCalls:
    """Calls with a system token: webhooks, events, disconnecting. Such a token can not read a company.

    It is cheap to get and several may live side by side, so it is kept in memory only.
    Source: https://docs.gusto.com/app-integrations/docs/system-access-tokens
    """

    def __init__(self, config: Config, gusto: Gusto) -> None:
        self._config = config
        self._gusto = gusto
        self._token = ""
        self._fresh_until = 0.0

    def send(
        self, method: str, path: str, *, query: Mapping[str, str | int] | None = None, json: Any = None
    ) -> httpx.Response:
        """Send one request with a system token; raise a `GustoError`."""
        token = self.token()
        try:
            return self._gusto.send(method, path, token=token, query=query, json=json)
        except Unauthorized:
            self._fresh_until = 0.0
        token = self.token()
        return self._gusto.send(method, path, token=token, query=query, json=json)

    def token(self) -> str:
        """Return a system token that is still good."""
        if self._fresh_until <= time.time():
            body = {
                "client_id": self._config.client_id,
                "client_secret": self._config.client_secret,
                "grant_type": "system_access",
            }
            answer = read_json(self._gusto.send("POST", "/oauth/token", token=None, json=body))
            if not isinstance(answer, dict) or not answer.get("access_token"):
                raise Unavailable("the token answer lacks a token")
            self._token = answer["access_token"]
            self._fresh_until = time.time() + read_freshness(answer)
        return self._token
