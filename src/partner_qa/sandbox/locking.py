"""Optimistic locking: the `version` of a record, which a writer must have seen.

[D] https://docs.gusto.com/app-integrations/docs/idempotency: opaque, another one after every write.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from partner_qa.model import Json
from partner_qa.sandbox.company import Record


def fresh_version() -> str:
    """Return a version that no record had before: 32 hexadecimal digits, as the published examples."""
    return secrets.token_hex(16)


def is_stale(record: Record, body: Mapping[str, Json]) -> bool:
    """Whether a request was made from another version of a record, or does not say from which.

    [O] a missing version is answered like a stale one.
    """
    return body.get("version") != record["version"]


def write(record: Record, changes: Mapping[str, Json]) -> None:
    """Change a record, which gives it another version even where nothing is different afterwards."""
    record.update(changes)
    record["version"] = fresh_version()
