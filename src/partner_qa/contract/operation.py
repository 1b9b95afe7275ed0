"""One operation of Gusto's API, as a frozen value.

The words here are those of the contract: what an operation needs (token, scopes, parameters, body), how
it pages, and where it wants the optimistic-locking `version`. Nothing is judged here; `catalogue.py`
does that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from partner_qa.model import Facts


class Token(StrEnum):
    """Which access token an operation takes.

    https://docs.gusto.com/app-integrations/docs/system-access-tokens
    """

    COMPANY = "company"
    SYSTEM = "system"
    NONE = "none"


class Paging(StrEnum):
    """How a list is read to its end: `page`/`per`, `starting_after_uuid`, or in one answer.

    https://docs.gusto.com/app-integrations/docs/pagination
    """

    PAGE = "page"
    CURSOR = "cursor"
    NONE = "none"


class VersionIn(StrEnum):
    """Where the optimistic-locking `version` goes; `item` is each row of the body's list.

    https://docs.gusto.com/app-integrations/docs/idempotency
    """

    BODY = "body"
    QUERY = "query"
    ITEM = "item"
    NONE = "none"


class ParameterIn(StrEnum):
    """Where a parameter stands (OpenAPI 3.1, section 4.8.12)."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One declared parameter; `schema` speaks of the value after it was read from its text."""

    name: str
    place: ParameterIn
    required: bool
    schema: Facts

    @property
    def is_array(self) -> bool:
        """Whether several values may be given (comma-joined, repeated, or with `[]`)."""
        return self.schema.get("type") == "array"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBody:
    """What an operation takes as its body; `media_types` are accepted content types without parameters."""

    required: bool
    media_types: tuple[str, ...]
    schema: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method on one path.

    `scopes` are needed for the call; without `additional_scopes` fields or rows are left out of the
    answer. `responses` maps each declared status to the schema of its body, `None` where it has none.
    Schemas are references (`{"$ref": "#/$defs/Employee"}`) that `Contract.resolve` follows.
    """

    id: str
    method: str
    path: str
    tag: str
    summary: str
    token: Token
    scopes: tuple[str, ...] = ()
    additional_scopes: tuple[str, ...] = ()
    paging: Paging = Paging.NONE
    version_in: VersionIn = VersionIn.NONE
    parameters: tuple[Parameter, ...] = ()
    body: RequestBody | None = None
    responses: Mapping[int, Facts | None] = field(default_factory=dict)

    @property
    def success(self) -> int:
        """The lowest declared 2xx status."""
        return min(status for status in self.responses if 200 <= status < 300)

    def parameters_in(self, place: ParameterIn) -> tuple[Parameter, ...]:
        """Return the parameters of one place, in the order in which they are declared."""
        return tuple(each for each in self.parameters if each.place is place)
