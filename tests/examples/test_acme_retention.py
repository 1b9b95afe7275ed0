"""Acme Time can say what it keeps for a customer, and why anything outlives a connection."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from acme_time import grants
from acme_time.retention import _STORED, count_stored

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


# What belongs to an account and is neither about people nor of Gusto's: sign-ins, work to do, how it stands.
HOUSEKEEPING = {"sessions", "states", "connections", "jobs", "standings"}


def test_every_table_of_an_account_is_counted(bench: Any) -> None:
    with bench.make().database.reading() as db:
        names = [row["name"] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = {
            name: {row["name"] for row in db.execute(f"PRAGMA table_info({name})")}  # the names are SQLite's
            for name in names
        }
    counted = [table for _, tables, _ in _STORED for table in tables]
    assert {name for name, has in columns.items() if "account" in has} - HOUSEKEEPING == set(counted)
    assert len(counted) == len(set(counted))


def test_what_needs_no_reason_is_what_goes_with_the_connection() -> None:
    assert {table for _, tables, why in _STORED if why is None for table in tables} == set(grants.PERSONAL)


def test_nothing_of_one_company_is_left_when_another_is_connected(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme)
    with acme.database.transaction() as db:
        for uuid in ("hill-9", "hill-8"):
            db.execute("INSERT INTO contractors VALUES ('anna', ?, ?, 1)", (uuid, acme.database.seal({})))
        db.execute("INSERT INTO journal_reports VALUES ('anna', 'payroll', 'request', 0)")
        db.execute(
            "INSERT INTO shifts VALUES ('anna', 's1', ?, 'sent', 'sheet', NULL, NULL, 1)",
            (acme.database.seal({}),),
        )
    bench.connect(acme, company="lake")
    left = counts(acme)
    assert (left["contractors"], left["journal"], left["hours"]) == (0, 0, 1)
    with acme.database.reading() as db:
        assert tuple(db.execute("SELECT state, sheet_uuid FROM shifts").fetchone()) == ("pending", None)
