"""What Acme Time promises about people who come, go and are hired, and about what it keeps of them.

`test_acme_defects` breaks each. A promise acts on a fresh Acme Time and says whether it was kept.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

import httpx
from acme_time import grants, hiring, jobs, people
from acme_time.connecting import begin_disconnect
from acme_time.notices import list_notices
from acme_time.retention import count_stored

Promise = Callable[[Any, Any], bool]
EMPLOYEES = "/v1/companies/hill/employees"
MANON = {
    "id": "hire-manon",
    "first_name": "Manon",
    "last_name": "Poggenpuhl",
    "email": "manon@poggenpuhl.example",
    "date_of_birth": "1975-02-08",
}


class Office:
    """Gusto's side of hiring in the tiny Gusto, with answers that get lost and people who are onboarded."""

    def __init__(self, bench: Any, acme: Any) -> None:
        self.bench = bench
        self.acme = acme
        bench.connect(acme)
        bench.gusto.between.append(self._answer)
        self.people = bench.gusto.companies["hill"]
        self.loses = 0
        self.onboarded = False
        self.made: list[dict[str, Any]] = []
        self.deleted: list[str] = []

    def _answer(self, request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST" and request.url.path == EMPLOYEES:
            return self._create(json.loads(request.content))
        if request.method == "DELETE":
            uuid = request.url.path.rpartition("/")[2]
            self.deleted.append(uuid)
            if self.onboarded:
                return httpx.Response(422, json={"errors": [{"category": "invalid_operation"}]})
            self.people[:] = [each for each in self.people if each["uuid"] != uuid]
            return httpx.Response(204)
        return None

    def _create(self, body: dict[str, Any]) -> httpx.Response:
        made = {**body, "uuid": f"made-{len(self.made)}"}
        self.made.append(made)
        self.people.append(made)
        if self.loses > 0:
            self.loses -= 1
            raise httpx.ReadError("the answer was lost")
        return httpx.Response(201, json=made)

    def hire(self, *, invites: bool = False, **facts: Any) -> hiring.Hire:
        hiring.keep_hire(self.acme.database, "anna", {**MANON, **facts}, invites=invites)
        return self.settle()

    def take_back(self) -> hiring.Hire:
        hiring.take_back(self.acme.database, "anna", MANON["id"])
        return self.settle()

    def settle(self) -> hiring.Hire:
        jobs.enqueue(self.acme.database, "anna", "settle_hires")
        self.bench.work_all(self.acme)
        return hiring.list_hires(self.acme.database, "anna")[0]

    def notices(self) -> list[str]:
        return [each["about"] for each in list_notices(self.acme.database, "anna")]


class _Listener(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def _sync_and_listen(bench: Any, acme: Any) -> str:
    bench.connect(acme)
    listener, log = _Listener(), logging.getLogger("acme_time")
    before = log.level
    log.addHandler(listener)
    log.setLevel(logging.INFO)
    try:
        bench.sync(acme)
    finally:
        log.removeHandler(listener)
        log.setLevel(before)
    assert listener.lines
    return " ".join(listener.lines)


def keeps_people_out_of_its_log(bench: Any, acme: Any) -> bool:
    return "@mail.test" not in _sync_and_listen(bench, acme)


def keeps_tokens_out_of_its_log(bench: Any, acme: Any) -> bool:
    logged = _sync_and_listen(bench, acme)
    grant = grants.find_grant(acme.database, "anna")
    return grant is not None and grant.pair.access_token not in logged


def keeps_its_log_clean_when_calls_fail(bench: Any, acme: Any) -> bool:
    bench.gusto.between.append(lambda request: httpx.Response(422) if request.url.path == EMPLOYEES else None)
    return keeps_tokens_out_of_its_log(bench, acme)


def deletes_what_it_need_not_keep(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.sync(acme)
    begin_disconnect(acme, "anna")
    bench.work_all(acme)
    left = {each["kind"] for each in count_stored(acme.database, "anna") if each["count"]}
    return not left & {"tokens", "people"}


def reads_lists_that_shift(bench: Any, acme: Any) -> bool:
    bench.connect(acme, count=150)
    bench.sync(acme)
    left = ["once"]

    def delete(request: httpx.Request) -> None:
        if left and request.url.params.get("page") == "2":
            left.pop()
            del bench.gusto.companies["hill"][0]

    bench.gusto.between.append(delete)
    bench.sync(acme)
    return "hill-100" in bench.held(acme)


def bears_with_one_bad_record(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.gusto.companies["hill"][1]["first_name"] = None
    bench.sync(acme)
    return "hill-2" in bench.held(acme)


def lets_go_of_whoever_was_deleted(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    theirs = bench.gusto.companies["hill"][1]
    ours = {name: theirs[name] for name in ("first_name", "last_name", "email", "date_of_birth")}
    people.replace_own_people(acme.database, "anna", [{"id": "ours", **ours}])
    bench.sync(acme)
    del bench.gusto.companies["hill"][1]
    bench.sync(acme)
    is_told = "unlinked" in [each["about"] for each in list_notices(acme.database, "anna")]
    return is_told and bench.matches_of(acme) == {"ours": ("unmatched", None)}


def asks_once_for_each_page(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.sync(acme)
    return len(bench.gusto.calls(EMPLOYEES)) == 1


def takes_in_who_was_hired_later(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.sync(acme)
    bench.gusto.companies["hill"].append({**bench.people(1, prefix="later")[0], "first_name": "Later"})
    bench.sync(acme)
    return "later-0" in bench.held(acme)


def creates_once_whatever_is_lost(bench: Any, acme: Any) -> bool:
    office = Office(bench, acme)
    office.loses = 1
    office.hire()
    return len(office.made) == 1


def sends_no_ssn(bench: Any, acme: Any) -> bool:
    office = Office(bench, acme)
    office.hire()
    return "ssn" not in office.made[0]


def invites_nobody_without_an_address(bench: Any, acme: Any) -> bool:
    office = Office(bench, acme)
    office.hire(email=None, invites=True)
    return office.made == []


def knows_hires_who_have_left(bench: Any, acme: Any) -> bool:
    office = Office(bench, acme)
    office.people[1].update({**MANON, "uuid": "hill-1", "terminated": True})
    office.hire()
    return office.made == []


def tells_that_a_hire_was_not_deleted(bench: Any, acme: Any) -> bool:
    office = Office(bench, acme)
    office.hire()
    office.onboarded = True
    return office.take_back().state != hiring.WITHDRAWN


PROMISES: Mapping[str, Promise] = {
    "logs_people": keeps_people_out_of_its_log,
    "logs_tokens": keeps_tokens_out_of_its_log,
    "logs_failed_calls": keeps_its_log_clean_when_calls_fail,
    "keeps_data_after_disconnect": deletes_what_it_need_not_keep,
    "trusts_shifting_pages": reads_lists_that_shift,
    "one_bad_row_ends_it": bears_with_one_bad_record,
    "keeps_dead_links": lets_go_of_whoever_was_deleted,
    "polls_for_people": asks_once_for_each_page,
    "knows_whom_it_knows": takes_in_who_was_hired_later,
    "repeats_a_lost_create": creates_once_whatever_is_lost,
    "creates_without_looking": creates_once_whatever_is_lost,
    "invents_an_ssn": sends_no_ssn,
    "invites_nobody": invites_nobody_without_an_address,
    "overlooks_leavers": knows_hires_who_have_left,
    "says_withdrawn": tells_that_a_hire_was_not_deleted,
}
