"""What the authorization server remembers: connections, token pairs and codes, and all of it as one value.

Only oauth.py reads and changes the records; `GrantsState` is for whoever keeps them over a restart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from partner_qa.sandbox.grant import GrantKind

Rotation = Literal["strict", "grace"]


@dataclass(slots=True, kw_only=True)
class Connection:
    """One consent, or one system grant: the pairs issued from it share its fate."""

    id: str
    kind: GrantKind
    company: str | None
    scopes: frozenset[str]
    owner: str | None
    own: bool
    revoked: bool = False


@dataclass(slots=True, kw_only=True)
class Pair:
    """One access token and its refresh token; `parent` is the pair that was exchanged for it."""

    serial: int
    connection: Connection
    expires_at: datetime
    parent: Pair | None
    used: bool = False
    access_dead: bool = False
    refresh_dead: bool = False


@dataclass(slots=True, kw_only=True)
class Code:
    """An authorization code, and what it may be exchanged for."""

    company: str
    owner: str
    redirect_uri: str
    expires_at: datetime
    used: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PairState:
    """A token pair with its tokens; `connection` is an id, `parent` a serial number."""

    serial: int
    connection: str
    expires_at: datetime
    parent: int | None
    used: bool
    access_dead: bool
    refresh_dead: bool
    access_token: str
    refresh_token: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantsState:
    """Everything that `Grants` knows and was not opened with."""

    scopes: tuple[str, ...]
    rotation: Rotation
    expires_in: int
    expires_in_for: dict[str, int]
    connections: tuple[Connection, ...]
    pairs: tuple[PairState, ...]
    codes: dict[str, Code]
