"""Acme Time can say what it keeps for a customer, and why anything outlives a connection."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from acme_time import grants
from acme_time.retention import count_stored

SCHEMA = Path(__file__).resolve().parents[2] / "schemas" / "adapter" / "stored_data.json"


def counts(acme: Any) -> dict[str, int]:
    return {each["kind"]: each["count"] for each in count_stored(acme.database, "anna")}


def test_what_is_kept_is_counted_in_the_store_itself(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme, count=3)
    bench.sync(acme)
    assert (counts(acme)["tokens"], counts(acme)["people"]) == (1, 3)


def test_nothing_outlives_a_connection_without_a_reason(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme)
    bench.sync(acme)
    grants.forget(acme.database, "anna")
    left = [each for each in count_stored(acme.database, "anna") if each["count"]]
    assert all(each["detail"] for each in left)
    assert counts(acme)["tokens"] == 0


def test_each_kind_is_one_that_is_known_and_listed_once(bench: Any) -> None:
    schema = json.loads(SCHEMA.read_text())
    known = schema["$defs"]["output"]["properties"]["stored"]["items"]["properties"]["kind"]["enum"]
    kinds = [each["kind"] for each in count_stored(bench.make().database, "anna")]
    assert set(kinds) <= set(known)
    assert len(kinds) == len(set(kinds))
