"""Many time sheets at once: a guess at an operation that no contract we hold has. Off unless it is asked for.

[D] https://docs.gusto.com/app-integrations/reference/time-tracking-1 (October 2026): up to 500 sheets, to
create or to update, all or none, under a key of the partner's own that is used once, no two shifts of
somebody at the same time, done in the background, told of by two events. [I], that is guessed: paths, names
of fields, the answers. `SandboxSettings.guesses_batches` opens them; nothing that rests on them proves
anything.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import TypeGuard

from partner_qa.contract.operation import Operation, Token
from partner_qa.contract.routes import Routes
from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.locking import write
from partner_qa.sandbox.problem import Entry, bad_request, not_found, refuse, to_entry, to_nested
from partner_qa.sandbox.time_sheets import add_sheet, read_sheet
from partner_qa.sandbox.wire import to_time
from partner_qa.sandbox.world import World

MOST = 500  # [D]
LONGEST_KEY = 255  # [D]
_REQUIRED = ("entity_type", "entity_uuid", "time_zone", "shift_started_at")
_VALUE = "invalid_attribute_value"


def create_batch(world: World, call: Call) -> Reply:
    """Take a batch of sheets, or none of them; 202, and `pending`."""
    company = world.companies[call.company]
    try:
        body = json.loads(call.body or b"{}")
        json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair is no character
    except ValueError:
        return bad_request()
    if not isinstance(body, dict):
        return bad_request()
    key, rows = body.get("idempotency_key"), body.get("time_sheets")
    if not isinstance(key, str) or not 0 < len(key) <= LONGEST_KEY:
        return refuse(422, [to_entry("idempotency_key", _VALUE, "Idempotency key is invalid")])
    if any(each["idempotency_key"] == key for each in company.time_sheet_batches.values()):
        message = "A resource with these attributes already exists."
        return refuse(409, [to_entry("idempotency_key", "duplicate_operation", message)])
    action = body.get("batch_action", "create")
    if action not in {"create", "update"}:
        return refuse(422, [to_entry("batch_action", _VALUE, "Batch action is not included in the list")])
    if not _is_list_of_objects(rows):
        return refuse(422, [to_entry("time_sheets", _VALUE, f"Time sheets must be 1 to {MOST} objects")])
    values, mistakes = _read(world, company, rows, is_update=action == "update")
    if mistakes:
        return refuse(422, mistakes)
    batch: Record = {
        "uuid": str(uuid.uuid4()),
        "company_uuid": company.uuid,
        "idempotency_key": key,
        "batch_action": action,
        "status": "pending",
        "submitted_at": to_time(world.now()),
        "completed_at": None,
        "time_sheets": [],
    }
    company.time_sheet_batches[str(batch["uuid"])] = batch
    company.batch_contents[str(batch["uuid"])] = values
    answer = Reply.of(202, batch)
    world.chores.later(world.settings.sync_seconds, lambda: begin_batch(world, company, batch))
    return answer


def show_batch(world: World, call: Call) -> Reply:
    """Show how far a batch has come, and the sheets once it is completed."""
    found = world.companies[call.company].time_sheet_batches.get(call.params["time_sheets_batch_uuid"])
    return not_found() if found is None else Reply.of(200, found)


_CREATE = Operation(
    id="guess-post-time_sheets_batches",
    method="POST",
    path="/v1/companies/{company_uuid}/time_tracking/time_sheets_batches",
    tag="Time Tracking",
    summary="Create a batch of time sheets (a guess)",
    token=Token.COMPANY,
    scopes=("time_sheet:write",),
)
_SHOW = Operation(
    id="guess-get-time_sheets_batches",
    method="GET",
    path="/v1/time_tracking/time_sheets_batches/{time_sheets_batch_uuid}",
    tag="Time Tracking",
    summary="Get a batch of time sheets (a guess)",
    token=Token.COMPANY,
    scopes=("time_sheet:read",),
)
GUESSES: Mapping[str, Handler] = MappingProxyType({_CREATE.id: create_batch, _SHOW.id: show_batch})


def find_guess(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """Return the guessed operation of a request line, or `None`."""
    return Routes((_CREATE, _SHOW)).find(method, path)


def begin_batch(world: World, company: Company, batch: Record) -> None:
    """Begin to work on a batch; tells `time_sheets_batch.processing` [D]."""
    if batch["status"] == "pending":
        batch["status"] = "processing"
        _tell(world, company, batch)
        world.chores.later(world.settings.sync_seconds, lambda: finish_batch(world, company, batch))


def finish_batch(world: World, company: Company, batch: Record) -> None:
    """Write the sheets of a batch; tells `time_sheets_batch.completed` [D]. One deleted since is left out."""
    if batch["status"] != "processing":
        return
    written: list[Json] = []
    for each in company.batch_contents.pop(str(batch["uuid"]), []):
        sheet = company.time_sheets.get(str(each.get("uuid")))
        if batch["batch_action"] == "create":
            written.append({"uuid": add_sheet(world, company, each)["uuid"]})
        elif sheet is not None:
            write(sheet, {**each, "updated_at": to_time(world.now())})
            written.append({"uuid": sheet["uuid"]})
    batch.update({"status": "completed", "completed_at": to_time(world.now()), "time_sheets": written})
    _tell(world, company, batch)


def resume_batches(world: World, company: Company) -> None:
    """Go on with the batches that a restart interrupted."""
    for batch in company.time_sheet_batches.values():
        step = {"pending": begin_batch, "processing": finish_batch}.get(str(batch["status"]))
        if step is not None:
            world.chores.later(world.settings.sync_seconds, partial(step, world, company, batch))


def _read(
    world: World, company: Company, rows: Iterable[Record], *, is_update: bool
) -> tuple[list[Record], list[Entry]]:
    """Return what is to be written, and what is wrong with each row; `row` in the metadata counts from 0."""
    values: list[Record] = []
    mistakes: list[Entry] = []
    taken = dict(company.time_sheets)
    for index, row in enumerate(rows):
        own = company.time_sheets.get(str(row.get("uuid"))) if is_update else None
        wrong: list[Entry] = []
        if is_update and (own is None or row.get("version") != own["version"] or own["synced_to_payroll_at"]):
            wrong.append(to_entry("version", _VALUE, "Version does not match an open time sheet"))
        absent = () if is_update else [name for name in _REQUIRED if not isinstance(row.get(name), str)]
        wrong += [to_entry(name, _VALUE, f"{name} is required") for name in absent]
        if not wrong:
            form = read_sheet(world, company, row, own)
            whole = {**(own or {}), **form.values}
            wrong = form.mistakes or _find_overlap(taken, whole)
            values.append({**form.values, "uuid": own["uuid"]} if own is not None else form.values)
            taken[str(whole.get("uuid") or f"row {index}")] = whole
        if wrong:
            mistakes.append(to_nested("time_sheets", wrong, {"key": str(index)}))
    return values, mistakes


def _is_list_of_objects(rows: Json) -> TypeGuard[list[Record]]:
    return isinstance(rows, list) and 0 < len(rows) <= MOST and all(isinstance(each, dict) for each in rows)


def _find_overlap(taken: Mapping[str, Record], whole: Record) -> list[Entry]:
    for other in taken.values():
        is_theirs = other["entity_uuid"] == whole["entity_uuid"]
        if is_theirs and other.get("uuid", "") != whole.get("uuid") and _overlap(other, whole):
            return [to_entry("shift_started_at", _VALUE, "Shift overlaps with another shift")]
    return []


def _overlap(one: Record, other: Record) -> bool:
    """Whether two shifts have time in common; one that is running has no end."""
    (start, end), (began, ended) = (
        (str(each["shift_started_at"]), str(each.get("shift_ended_at", "9999"))) for each in (one, other)
    )
    return start < ended and began < end


def _tell(world: World, company: Company, batch: Record) -> None:
    """Tell of a batch ([D] https://docs.gusto.com/app-integrations/docs/time-sheets-batch-events)."""
    world.events.append(
        company.uuid, f"time_sheets_batch.{batch['status']}", "TimeSheetsBatch", str(batch["uuid"])
    )
