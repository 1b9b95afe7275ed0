"""A desk at which hours are sent, and what Acme Time promises about them; `test_acme_defects` breaks each.

A promise acts on a fresh Acme Time and says whether it was kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx
from acme_time import jobs, people
from acme_time.notices import list_notices
from acme_time.parts import Parts
from acme_time.payroll_sync import list_syncs, request_sync
from acme_time.shifts import list_shifts, replace_shifts

Promise = Callable[[Any, Any], bool]
PERIOD = {"start_date": "2026-11-14", "end_date": "2026-11-27"}


def shift(name: str, day: int = 16, *, hours: int = 8, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "person_id": "lene",
        "status": "approved",
        "started_at": f"2026-11-{day}T08:00:00-07:00",
        "ended_at": f"2026-11-{day}T{8 + hours:02d}:00:00-07:00",
        "time_zone": "America/Denver",
        **more,
    }


class TinyTimeTracking:
    """The time sheets and payroll syncs of one company; a sync ends at the third look."""

    def __init__(self) -> None:
        self.sheets: dict[str, dict[str, Any]] = {}
        self.writes: list[str] = []
        self.losing = False
        self.periods: list[dict[str, Any]] = [{**PERIOD, "pay_schedule_uuid": "s-1"}]
        self.is_past = False
        self.outcome: dict[str, Any] = {"status": "success"}
        self.looks = 0
        self.asked: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response | None:
        path = request.url.path
        if path.endswith("/pay_periods"):
            rows = [{**each, "payroll": {"processed": self.is_past}} for each in self.periods]
            return httpx.Response(200, json=rows)
        if path.endswith("/time_sheets"):
            return self._many(request)
        if "/time_sheets/" in path:
            return self._one(request, path.rpartition("/")[2])
        if path.endswith("/payroll_syncs"):
            self.asked.append(json.loads(request.content))
            return httpx.Response(202, json={"uuid": "sync", "status": "pending"})
        if "/payroll_syncs/" in path:
            self.looks += 1
            under_way = {"uuid": "sync", "status": "in_progress"}
            return httpx.Response(200, json={**self.outcome, "uuid": "sync"} if self.looks > 2 else under_way)
        return None

    def _many(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json=list(self.sheets.values()), headers={"X-Total-Pages": "1"})
        self.writes.append("POST")
        body = json.loads(request.content)
        if body["entries"][0]["hours_worked"] > 24:
            mistake = {"error_key": "entries", "message": "Entries are invalid"}
            return httpx.Response(422, json={"errors": [mistake]})
        uuid = f"sheet-{len(self.writes)}"
        self.sheets[uuid] = {"uuid": uuid, "version": "v1", "synced_to_payroll_at": None, **body}
        if self.losing:
            self.losing = False
            raise httpx.ReadTimeout("lost", request=request)
        return httpx.Response(201, json=self.sheets[uuid])

    def _one(self, request: httpx.Request, uuid: str) -> httpx.Response:
        sheet = self.sheets.get(uuid)
        if sheet is None:
            return httpx.Response(404, json={"errors": [{"category": "not_found"}]})
        if request.method != "GET":
            self.writes.append(request.method)
            body = json.loads(request.content) if request.content else dict(request.url.params)
            assert body["version"] == sheet["version"]
            if request.method == "DELETE":
                del self.sheets[uuid]
                return httpx.Response(204)
            sheet.update({**body, "version": sheet["version"] + "+"})
        return httpx.Response(200, json=sheet)

    @property
    def hours(self) -> list[float]:
        return [entry["hours_worked"] for sheet in self.sheets.values() for entry in sheet["entries"]]


class Desk:
    """An account that is connected, with one person who is matched, and its time tracking in Gusto."""

    def __init__(self, bench: Any, acme: Parts) -> None:
        self.bench = bench
        self.acme = acme
        self.gusto = TinyTimeTracking()
        bench.gusto.between.append(self.gusto)
        bench.connect(self.acme, count=1)
        employee = bench.gusto.companies["hill"][0]
        employee["jobs"] = [{"uuid": "job-1", "title": "Barista", "primary": True, "rate": "19.00"}]
        facts = {name: employee[name] for name in ("first_name", "last_name", "email", "date_of_birth")}
        people.replace_own_people(self.acme.database, "anna", [{"id": "lene", **facts}])

    def send(self, *shifts: dict[str, Any], period: dict[str, str] | None = None) -> dict[str, str]:
        replace_shifts(self.acme.database, "anna", shifts, {})
        if period:
            request_sync(self.acme.database, "anna", period)
        job = jobs.enqueue(self.acme.database, "anna", "send_hours")
        self.bench.work_all(self.acme)
        found = jobs.find_status(self.acme.database, job)
        assert found is not None
        return found

    @property
    def states(self) -> dict[str, str]:
        return {each.id: each.state for each in list_shifts(self.acme.database, "anna")}

    @property
    def notices(self) -> dict[str, str]:
        return {each["about"]: each["message"] for each in list_notices(self.acme.database, "anna")}


def writes_no_hours_into_payrolls(bench: Any, acme: Any) -> bool:
    desk = Desk(bench, acme)
    desk.send(shift("a"))
    return not any("/payrolls" in each.url.path for each in bench.gusto.requests)


def waits_for_matches_that_are_certain(bench: Any, acme: Any) -> bool:
    desk = Desk(bench, acme)
    alike = {"id": "lene", "first_name": "First0", "last_name": "Last0", "email": "somebody@else.test"}
    people.replace_own_people(acme.database, "anna", [alike])
    desk.send(shift("a"))
    return not desk.gusto.sheets


def rounds_hours(bench: Any, acme: Any) -> bool:
    desk = Desk(bench, acme)
    desk.send(shift("a") | {"ended_at": "2026-11-16T16:20:00-07:00"})
    return desk.gusto.hours == [8.333]


def counts_overtime(bench: Any, acme: Any) -> bool:
    desk = Desk(bench, acme)
    desk.send(*(shift(str(day), day, hours=9) for day in range(16, 21)))
    return desk.gusto.hours == [9, 9, 9, 9, 4, 5]


def corrects_in_place(bench: Any, acme: Any) -> bool:
    desk = Desk(bench, acme)
    desk.send(shift("a"))
    desk.send(shift("a", hours=5))
    return desk.gusto.hours == [5.0]


def knows_a_shift_that_has_moved(bench: Any, acme: Any) -> bool:
    desk = Desk(bench, acme)
    desk.send(shift("a"))
    desk.send(shift("a", day=17))
    return desk.gusto.hours == [8.0]


def deletes_what_was_deleted(bench: Any, acme: Any) -> bool:
    desk = Desk(bench, acme)
    desk.send(shift("a"))
    desk.send()
    return not desk.gusto.sheets


def sends_each_shift_once(bench: Any, acme: Any) -> bool:
    desk = Desk(bench, acme)
    desk.send(shift("a"))
    desk.send(shift("a"))
    return desk.gusto.writes == ["POST"]


def counts_hours_that_went_by(bench: Any, acme: Any) -> bool:
    desk = Desk(bench, acme)
    night = {"started_at": "2026-10-31T22:00:00-06:00", "ended_at": "2026-11-01T06:00:00-07:00"}
    desk.send(shift("a") | night)
    return desk.gusto.hours == [9.0]


def waits_for_the_end_of_shifts(bench: Any, acme: Any) -> bool:
    desk = Desk(bench, acme)
    desk.send(shift("a", ended_at=None))
    return not desk.gusto.sheets


def waits_for_approval(bench: Any, acme: Any) -> bool:
    desk = Desk(bench, acme)
    desk.send(shift("a", status="pending"))
    return not desk.gusto.sheets


def asks_for_the_periods_own_schedule(bench: Any, acme: Any) -> bool:
    desk = Desk(bench, acme)
    other = {"start_date": "2026-11-16", "end_date": "2026-11-30"}
    desk.gusto.periods.append({**other, "pay_schedule_uuid": "s-2"})
    desk.send(shift("a"), period=other)
    return desk.gusto.asked[0]["pay_schedule_uuid"] == "s-2"


def follows_a_sync(bench: Any, acme: Any) -> bool:
    desk = Desk(bench, acme)
    desk.gusto.outcome = {"status": "failure", "errors": [{"message": "The payroll is closed."}]}
    desk.send(shift("a"), period=PERIOD)
    return [each.status for each in list_syncs(acme.database, "anna")] == ["failure"]


def tells_who_was_left_out(bench: Any, acme: Any) -> bool:
    desk = Desk(bench, acme)
    desk.gusto.outcome = {"status": "partial_success", "warnings": ["Lene is not on this payroll."]}
    desk.send(shift("a"), period=PERIOD)
    return "Lene" in desk.notices.get("partial_failure", "")


def tells_of_late_changes(bench: Any, acme: Any) -> bool:
    desk = Desk(bench, acme)
    desk.send(shift("a"))
    next(iter(desk.gusto.sheets.values()))["synced_to_payroll_at"] = "2026-11-20T00:00:00Z"
    desk.send(shift("a", hours=9))
    return "late_change" in desk.notices


PROMISES: Mapping[str, Promise] = {
    "writes_into_payrolls": writes_no_hours_into_payrolls,
    "sends_for_proposed": waits_for_matches_that_are_certain,
    "sends_unrounded_hours": rounds_hours,
    "counts_no_overtime": counts_overtime,
    "corrects_by_new_sheets": corrects_in_place,
    "knows_shifts_by_their_start": knows_a_shift_that_has_moved,
    "leaves_deleted_shifts": deletes_what_was_deleted,
    "forgets_sheets": sends_each_shift_once,
    "reads_wall_clocks": counts_hours_that_went_by,
    "ends_open_shifts": waits_for_the_end_of_shifts,
    "sends_unapproved": waits_for_approval,
    "takes_the_first_schedule": asks_for_the_periods_own_schedule,
    "believes_202": follows_a_sync,
    "hides_warnings": tells_who_was_left_out,
    "swallows_late_changes": tells_of_late_changes,
}
