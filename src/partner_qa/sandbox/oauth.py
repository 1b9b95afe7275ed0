"""The authorization server's memory: codes, grants, and the access and refresh tokens in use.

It knows the rules of RFC 6749 and what Gusto adds to them, and nothing of HTTP: consent.py and tokens.py
speak to the wire. Rules carry a label: [D] documented by Gusto, [I] our own choice where Gusto is silent.
Time here is protocol time and therefore real; tests hand in a clock. Not thread-safe: the world's lock
stands around every call.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from partner_qa.sandbox.grant import Application, Grant, GrantKind, Issued, Refusal
from partner_qa.sandbox.oauth_records import Code, Connection, GrantsState, Pair, PairState, Rotation

OnSecret = Callable[[str, str], None]

CODE_LIFETIME = timedelta(minutes=10)  # [D] https://docs.gusto.com/app-integrations/docs/oauth2
ACCESS_TOKEN_SECONDS = 7200  # [D] same page
BASELINE_SCOPE = "public"  # [D] every granted scope string of the OpenAPI examples carries it

_INVALID_GRANT = (
    "The grant was not issued to this client, does not exist, or has expired, been used or revoked."
)


def make_secret() -> str:
    """Return 43 URL-safe random characters (256 bits), the form of Gusto's own tokens."""
    return secrets.token_urlsafe(32)


class Grants:
    """Issues, rotates, finds and revokes tokens."""

    def __init__(
        self,
        application: Application,
        *,
        now: Callable[[], datetime],
        rotation: Rotation = "strict",
        expires_in: int = ACCESS_TOKEN_SECONDS,
        on_secret: OnSecret | None = None,
    ) -> None:
        self.application = application
        self.rotation: Rotation = rotation
        self._now = now
        self._expires_in = expires_in
        self._expires_in_for: dict[str, int] = {}
        self._on_secret = on_secret
        self._codes: dict[str, Code] = {}
        self._by_access: dict[str, Pair] = {}
        self._by_refresh: dict[str, Pair] = {}
        self._pairs: list[Pair] = []
        self._connections: list[Connection] = []
        self.changes = 0  # grows with every change that a restart must not forget
        if on_secret is not None:
            on_secret("client_secret", application.client_secret)

    # -- who is asking -------------------------------------------------------------------------------

    def is_client(self, client_id: str, client_secret: str) -> bool:
        """Whether these are the application's credentials, compared in constant time."""
        same_id = hmac.compare_digest(client_id.encode(), self.application.client_id.encode())
        same_secret = hmac.compare_digest(client_secret.encode(), self.application.client_secret.encode())
        return same_id and same_secret

    def is_redirect_uri(self, uri: str) -> bool:
        """Whether the URI is registered, character by character ([D] the oauth2 page)."""
        return uri in self.application.redirect_uris

    # -- issuing -------------------------------------------------------------------------------------

    def issue_code(self, *, company: str, owner: str, redirect_uri: str) -> str:
        """Return an authorization code for one company, good once and for ten minutes."""
        code = self._make("code")
        self._codes[code] = Code(
            company=company,
            owner=owner,
            redirect_uri=redirect_uri,
            expires_at=self._now() + CODE_LIFETIME,
        )
        return code

    def exchange_code(self, code: str, *, redirect_uri: str) -> Issued | Refusal:
        """Trade an authorization code for the first token pair of a new connection.

        The redirect URI must be the one of the authorization request (RFC 6749 section 4.1.3). A refused
        exchange does not spend the code [I].
        """
        found = self._codes.get(code)
        if found is None or found.used or self._now() >= found.expires_at:
            return Refusal(error="invalid_grant", description=_INVALID_GRANT)
        if found.redirect_uri != redirect_uri:
            return Refusal(
                error="invalid_grant",
                description="The redirect URI differs from the one of the authorization request.",
            )
        found.used = True
        connection = self._connect("company", found.company, self.application.scopes, owner=found.owner)
        return self._issue(connection, parent=None)

    def refresh(self, refresh_token: str) -> Issued | Refusal:
        """Trade a refresh token for a new pair.

        [D] A refresh token is good once. `strict`: it dies here. `grace`: it dies when the new access
        token is first used, so that a lost answer can be asked for again
        (https://docs.gusto.com/app-integrations/v2024-04-01/reference/refresh-access-token).
        """
        pair = self._by_refresh.get(refresh_token)
        if pair is None or pair.refresh_dead or pair.connection.revoked:
            return Refusal(error="invalid_grant", description=_INVALID_GRANT)
        if self.rotation == "strict":
            pair.refresh_dead = True
        return self._issue(pair.connection, parent=pair)

    def issue_system(self) -> Issued:
        """Issue a system access token: no company, no refresh token, several may live in parallel [D]."""
        return self._issue(self._connect("system", None, self.application.scopes), parent=None)

    def issue_own(
        self, *, company: str | None, scopes: tuple[str, ...] | None = None, owner: str | None = None
    ) -> Issued:
        """Issue a token to the harness itself, with the application's scopes unless others are named."""
        kind: GrantKind = "system" if company is None else "company"
        granted = self.application.scopes if scopes is None else scopes
        return self._issue(self._connect(kind, company, granted, owner=owner, own=True), parent=None)

    def issue_to_partner(self, *, company: str, owner: str, scopes: tuple[str, ...] | None = None) -> Issued:
        """Issue the token pair of a new connection without a walk through the consent page."""
        granted = self.application.scopes if scopes is None else scopes
        return self._issue(self._connect("company", company, granted, owner=owner), parent=None)

    # -- using ---------------------------------------------------------------------------------------

    def find(self, access_token: str) -> Grant | None:
        """Return what an access token stands for, dead or alive, or `None` where none was issued."""
        pair = self._by_access.get(access_token)
        return None if pair is None else _to_grant(pair)

    def note_use(self, grant: Grant) -> None:
        """Note an authenticated call: the first one of a pair retires every pair it descends from.

        [D] the refresh token that was traded in is revoked now. [I] so is its access token: Gusto does
        not say how long the old one stays good.
        """
        pair = self._pairs[grant.issue]
        if pair.used:
            return
        pair.used = True
        self.changes += 1
        for ancestor in _ancestors(pair):
            ancestor.access_dead = ancestor.refresh_dead = True

    def is_connected(self, company: str) -> bool:
        """Whether the partner holds a connection to this company that nobody has revoked."""
        return any(each.company == company and not each.own for each in self._live_connections())

    def connected_companies(self) -> tuple[str, ...]:
        """Return the companies the partner is connected to, in the order of connecting."""
        companies = (each.company for each in self._live_connections() if not each.own)
        return tuple(dict.fromkeys(company for company in companies if company is not None))

    # -- ending --------------------------------------------------------------------------------------

    def revoke(self, token: str) -> bool:
        """End the connection that an access or refresh token belongs to; say whether there was one.

        [D] the token is then unusable and cannot be refreshed. RFC 7009 section 2.1: what was issued from
        the same authorization goes with it.
        """
        pair = self._by_access.get(token) or self._by_refresh.get(token)
        if pair is None or pair.connection.revoked:
            return False
        pair.connection.revoked = True
        self.changes += 1
        return True

    def revoke_company(self, company: str) -> int:
        """End every connection of the partner to a company; return how many there were.

        [D] post-v1-disconnect-app-integration: all users of the company who authorised lose their tokens.
        Codes not yet exchanged die too [I].
        """
        ended = [each for each in self._live_connections() if each.company == company and not each.own]
        for connection in ended:
            connection.revoked = True
        for code in self._codes.values():
            code.used = code.used or code.company == company
        self.changes += 1
        return len(ended)

    def expire_access(self, company: str | None) -> int:
        """Let the partner's access tokens of a company (`None`: its system tokens) expire now.

        Refresh tokens stay good. Returns how many tokens were alive.
        """
        now = self._now()
        alive = [
            pair
            for pair in self._pairs
            if pair.connection.company == company and not pair.connection.own and _to_grant(pair).is_live(now)
        ]
        for pair in alive:
            pair.expires_at = now
        self.changes += 1
        return len(alive)

    # -- settings that tests change ------------------------------------------------------------------

    def set_scopes(self, scopes: tuple[str, ...]) -> None:
        """Assign other scopes to the application; tokens already issued keep theirs [I]."""
        self.application = replace(self.application, scopes=scopes)
        self.changes += 1

    def set_expires_in(self, seconds: int, *, company: str | None = None) -> None:
        """Set the lifetime of access tokens issued from now on, for one company or for all."""
        if seconds < 1:
            raise ValueError("an access token lives for at least one second")
        self.changes += 1
        if company is None:
            self._expires_in = seconds
        else:
            self._expires_in_for[company] = seconds

    # -- over a restart ------------------------------------------------------------------------------

    def to_state(self) -> GrantsState:
        """Return everything that was issued, tokens in plain, as one value."""
        access = {id(pair): token for token, pair in self._by_access.items()}
        refresh = {id(pair): token for token, pair in self._by_refresh.items()}
        return GrantsState(
            scopes=self.application.scopes,
            rotation=self.rotation,
            expires_in=self._expires_in,
            expires_in_for=self._expires_in_for,
            connections=tuple(self._connections),
            pairs=tuple(_to_state(each, access[id(each)], refresh.get(id(each))) for each in self._pairs),
            codes=self._codes,
        )

    def restore(self, state: GrantsState) -> None:
        """Take over what was issued before a restart; the clock goes on for tokens meanwhile.

        Raises `KeyError` where a pair belongs to no connection or comes before its parent.
        """
        self.set_scopes(state.scopes)
        self.rotation, self._expires_in = state.rotation, state.expires_in
        self._expires_in_for, self._codes = dict(state.expires_in_for), dict(state.codes)
        self._connections = list(state.connections)
        connections = {each.id: each for each in state.connections}
        pairs: dict[int, Pair] = {}
        for each in state.pairs:
            pair = pairs[len(pairs)] = Pair(
                serial=each.serial,
                connection=connections[each.connection],
                expires_at=each.expires_at,
                parent=None if each.parent is None else pairs[each.parent],
                used=each.used,
                access_dead=each.access_dead,
                refresh_dead=each.refresh_dead,
            )
            self._by_access[each.access_token] = pair
            if each.refresh_token is not None:
                self._by_refresh[each.refresh_token] = pair
        self._pairs = list(pairs.values())
        if self._on_secret is not None:
            for kind, secrets_of_it in (
                ("code", self._codes),
                ("access_token", self._by_access),
                ("refresh_token", self._by_refresh),
            ):
                for secret in secrets_of_it:
                    self._on_secret(kind, secret)

    # -- inside --------------------------------------------------------------------------------------

    def _connect(
        self,
        kind: GrantKind,
        company: str | None,
        scopes: tuple[str, ...],
        *,
        owner: str | None = None,
        own: bool = False,
    ) -> Connection:
        number = 1 + sum(each.kind == kind for each in self._connections)
        connection = Connection(
            id=f"{kind}-{number}",
            kind=kind,
            company=company,
            scopes=frozenset(scopes) | {BASELINE_SCOPE},
            owner=owner,
            own=own,
        )
        self._connections.append(connection)
        return connection

    def _issue(self, connection: Connection, *, parent: Pair | None) -> Issued:
        seconds = self._expires_in_for.get(connection.company or "", self._expires_in)
        created = self._now()
        pair = Pair(
            serial=len(self._pairs),
            connection=connection,
            expires_at=created + timedelta(seconds=seconds),
            parent=parent,
        )
        self._pairs.append(pair)
        access = self._make("access_token")
        self._by_access[access] = pair
        refresh = None
        if connection.kind == "company" and not connection.own:
            refresh = self._make("refresh_token")
            self._by_refresh[refresh] = pair
        return Issued(
            access_token=access,
            refresh_token=refresh,
            expires_in=seconds,
            created_at=created,
            grant=_to_grant(pair),
        )

    def _make(self, kind: str) -> str:
        secret = make_secret()
        self.changes += 1
        if self._on_secret is not None:
            self._on_secret(kind, secret)
        return secret

    def _live_connections(self) -> Iterator[Connection]:
        return (each for each in self._connections if not each.revoked)


def _ancestors(pair: Pair) -> Iterator[Pair]:
    parent = pair.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def _to_state(pair: Pair, access_token: str, refresh_token: str | None) -> PairState:
    return PairState(
        serial=pair.serial,
        connection=pair.connection.id,
        expires_at=pair.expires_at,
        parent=None if pair.parent is None else pair.parent.serial,
        used=pair.used,
        access_dead=pair.access_dead,
        refresh_dead=pair.refresh_dead,
        access_token=access_token,
        refresh_token=refresh_token,
    )


def _to_grant(pair: Pair) -> Grant:
    connection = pair.connection
    return Grant(
        id=connection.id,
        kind=connection.kind,
        company=connection.company,
        scopes=connection.scopes,
        expires_at=pair.expires_at,
        revoked=pair.access_dead or connection.revoked,
        owner=connection.owner,
        issue=pair.serial,
        own=connection.own,
    )
