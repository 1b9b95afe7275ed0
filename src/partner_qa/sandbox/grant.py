"""What an OAuth grant is, as frozen values: the partner's application, a grant, a token pair, a refusal.

Every handler of the sandbox sees grants in this form; only oauth.py knows how they come and go.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

GrantKind = Literal["company", "system"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """The partner's application, as the Developer Portal would hold it."""

    name: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]

    @property
    def uuid(self) -> str:
        """The application's own UUID, the same for the same client id."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:gusto:application:{self.client_id}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one access token stands for at this moment.

    `id` names the connection and survives refreshes; `issue` is the serial number of the token pair.
    `own` marks a grant of the harness itself: it is no connection of the partner's and outlives
    disconnects.
    """

    id: str
    kind: GrantKind
    company: str | None
    scopes: frozenset[str]
    expires_at: datetime
    revoked: bool
    owner: str | None
    issue: int
    own: bool = False

    def is_live(self, now: datetime) -> bool:
        """Whether the access token is good at this moment."""
        return not self.revoked and now < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A token pair just issued, as the token endpoint answers it."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_in: int
    created_at: datetime
    grant: Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why no token was issued: an error code of RFC 6749 section 5.2, and a sentence."""

    error: str
    description: str
