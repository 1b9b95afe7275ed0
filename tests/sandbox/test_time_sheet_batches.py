"""Batches of time sheets: a guess that is closed unless it is asked for, and then all or none."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

SCOPES = ("time_sheet:read", "time_sheet:write")
NOBODY = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def gusto(open_gusto: Callable[..., Any]) -> Any:
    return open_gusto(people=3, scopes=SCOPES, sync_seconds=0.02, guesses_batches=True)


@pytest.fixture
def token(gusto: Any) -> str:
    return str(gusto.partner())


def row(gusto: Any, day: int, **fields: Any) -> Any:
    job = next(iter(gusto.world.companies[gusto.company].jobs.values()))
    return {
        "entity_type": "Employee",
        "entity_uuid": job["employee_uuid"],
        "job_uuid": job["uuid"],
        "time_zone": "America/Denver",
        "shift_started_at": f"2026-10-{day:02}T15:00:00Z",
        "shift_ended_at": f"2026-10-{day:02}T23:00:00Z",
        "entries": [{"hours_worked": 8}],
        **fields,
    }


def send(gusto: Any, token: str, *rows: Any, key: Any = "k1", **body: Any) -> Any:
    path = f"/v1/companies/{gusto.company}/time_tracking/time_sheets_batches"
    return gusto.call("POST", path, token, json={"idempotency_key": key, "time_sheets": list(rows), **body})


def finish(gusto: Any, token: str, batch: Any) -> Any:
    deadline = time.monotonic() + 20
    while True:
        shown = gusto.get(f"/v1/time_tracking/time_sheets_batches/{batch['uuid']}", token).json()
        if shown["status"] == "completed" or time.monotonic() > deadline:
            return shown
        time.sleep(0.02)


def sheets(gusto: Any, token: str) -> Any:
    return gusto.get(f"/v1/companies/{gusto.company}/time_tracking/time_sheets", token).json()


def test_batches_are_closed_by_default(open_gusto: Callable[..., Any]) -> None:
    gusto = open_gusto(scopes=SCOPES)
    token = gusto.partner()
    assert send(gusto, token, row(gusto, 1)).status_code == 404
    assert gusto.get(f"/v1/time_tracking/time_sheets_batches/{NOBODY}", token).status_code == 404


def test_a_batch_is_pending_then_done_and_told(gusto: Any, token: str) -> None:
    answer = send(gusto, token, row(gusto, 1), row(gusto, 2))
    assert answer.status_code == 202
    assert answer.json()["status"] == "pending"
    done = finish(gusto, token, answer.json())
    assert done["status"] == "completed"
    assert [each["uuid"] for each in sheets(gusto, token)] == [each["uuid"] for each in done["time_sheets"]]
    assert [each for each in gusto.told() if each[1] == done["uuid"]] == [
        ("time_sheets_batch.processing", done["uuid"]),
        ("time_sheets_batch.completed", done["uuid"]),
    ]


def test_a_batch_updates_sheets_from_their_versions(gusto: Any, token: str) -> None:
    finish(gusto, token, send(gusto, token, row(gusto, 1)).json())
    (sheet,) = sheets(gusto, token)
    change = {"uuid": sheet["uuid"], "version": "stale", "entries": [{"hours_worked": 4}]}
    assert send(gusto, token, change, key="k2", batch_action="update").status_code == 422
    change["version"] = sheet["version"]
    answer = send(gusto, token, change, key="k2", batch_action="update")
    finish(gusto, token, answer.json())
    (after,) = sheets(gusto, token)
    assert (after["uuid"], after["entries"][0]["hours_worked"]) == (sheet["uuid"], "4.000")


def test_a_key_is_good_once(gusto: Any, token: str) -> None:
    assert send(gusto, token, row(gusto, 1)).status_code == 202
    again = send(gusto, token, row(gusto, 2))
    assert again.status_code == 409
    assert gusto.error(again)["category"] == "duplicate_operation"


@pytest.mark.parametrize(
    ("days", "changes", "inner"),
    [
        ((1, 2), {"time_zone": "Nowhere"}, "Time zone is invalid"),
        ((1, 1), {}, "Shift overlaps with another shift"),
        ((1, 2), {"entity_uuid": None}, "entity_uuid is required"),
    ],
)
def test_one_wrong_sheet_and_none_is_taken(
    gusto: Any, token: str, days: tuple[int, int], changes: dict[str, Any], inner: str
) -> None:
    first, second = days
    refused = send(gusto, token, row(gusto, first), row(gusto, second, **changes))
    assert refused.status_code == 422
    outer = gusto.error(refused)
    assert (outer["error_key"], outer["metadata"]) == ("time_sheets", {"key": "1"})
    assert outer["errors"][0]["message"] == inner
    assert sheets(gusto, token) == []


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"key": ""}, "idempotency_key"),
        ({"key": "k" * 256}, "idempotency_key"),
        ({"key": None}, "idempotency_key"),
        ({"batch_action": "delete"}, "batch_action"),
        ({"time_sheets": []}, "time_sheets"),
        ({"time_sheets": [1]}, "time_sheets"),
        ({"time_sheets": [{}] * 501}, "time_sheets"),
    ],
)
def test_what_is_no_batch_is_refused(gusto: Any, token: str, body: dict[str, Any], key: str) -> None:
    refused = send(gusto, token, row(gusto, 1), **body)
    assert refused.status_code == 422
    assert gusto.error(refused)["error_key"] == key


def test_what_cannot_be_read_is_400_and_other_grants_see_nothing(gusto: Any, token: str) -> None:
    path = f"/v1/companies/{gusto.company}/time_tracking/time_sheets_batches"
    for content in (b"{", b"[]", b'{"idempotency_key": "\\ud800"}'):
        assert gusto.call("POST", path, token, content=content).status_code == 400
    batch = send(gusto, token, row(gusto, 1)).json()
    other = gusto.partner(company=gusto.admin.create_company(people=1))
    assert gusto.get(f"/v1/time_tracking/time_sheets_batches/{batch['uuid']}", other).status_code == 404
    assert send(gusto, other, row(gusto, 2)).status_code == 404
    assert send(gusto, gusto.partner("time_sheet:read"), row(gusto, 2)).status_code == 403
