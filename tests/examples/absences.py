"""What Acme Time promises about time off, contractors and custom fields; `test_acme_defects` breaks each.

A promise acts on a fresh Acme Time and says whether it was kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx
from acme_time import contractors, custom_fields, jobs, people, time_off
from acme_time.planning import find_job
from paydays import begin, contribute

Promise = Callable[[Any, Any], bool]
POLICIES = [
    {
        "uuid": "paid",
        "accrual_method": "per_hour_paid",
        "employees": [{"uuid": "hill-0", "balance": "12.500"}],
    },
    {"uuid": "free", "accrual_method": "unlimited", "employees": [{"uuid": "hill-1", "balance": "0.000"}]},
]
CONTRACTORS = [
    {"uuid": "person", "type": "Individual", "first_name": "Ada", "last_name": "Lovel", "is_active": True},
    {
        "uuid": "firm",
        "type": "Business",
        "business_name": "Wilkins Micawber",
        "is_active": True,
        "version": "1",
    },
    {"uuid": "gone", "type": "Individual", "first_name": "Tom", "last_name": "Pinch", "is_active": False},
]
FIELDS = [{"uuid": uuid, "name": "Size", "type": "text"} for uuid in ("shirts", "shoes")]


def ask_for(uuid: str, status: str = "approved", hours: str = "8.000") -> dict[str, Any]:
    """Return a request for time off as Gusto lists it, the deprecated field included."""
    return {
        "uuid": uuid,
        "status": status,
        "employee": {"uuid": "hill-0"},
        "days": {"2026-12-01": hours},
        "policy_uuid": "paid",
        "policy_type": "vacation",
        "request_type": "vacation",
    }


def answer(bench: Any, path: str, rows: Any, **headers: str) -> None:
    """Let Gusto answer a path with these rows from now on."""
    bench.gusto.between.insert(
        0,
        lambda request: httpx.Response(200, json=rows, headers=headers) if request.url.path == path else None,
    )


def sync_time_off(bench: Any, acme: Any, *requests: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Let these be all requests for time off, sync, and return what is held of them."""
    if "hill" not in bench.gusto.companies:
        bench.connect(acme)
    answer(bench, "/v1/companies/hill/time_off_requests", list(requests))
    answer(bench, "/v1/companies/hill/time_off_policies", POLICIES)
    jobs.enqueue(acme.database, "anna", "sync_time_off")
    bench.work_all(acme)
    return {each["uuid"]: each for each in time_off.list_time_off(acme.database, "anna")}


def read_contractors(bench: Any, acme: Any) -> dict[str, dict[str, Any]]:
    """Read the contractors, and return who is held."""
    bench.connect(acme)
    answer(bench, "/v1/companies/hill/contractors", CONTRACTORS)
    jobs.enqueue(acme.database, "anna", "list_contractors")
    bench.work_all(acme)
    return {each["uuid"]: each for each in contractors.list_known(acme.database, "anna")}


def read_answers(bench: Any, acme: Any, **answers: str) -> dict[str, str | None]:
    """Let the first of the people have these answers, sync, and return what is held by field."""
    bench.connect(acme)
    bench.gusto.companies["hill"][0]["custom_fields"] = [
        {"company_custom_field_id": field, "name": "Size", "value": value} for field, value in answers.items()
    ]
    answer(bench, "/v1/companies/hill/custom_fields", {"custom_fields": FIELDS})
    bench.sync(acme)
    held = people.list_employees(acme.database, acme.config, "anna")[0]["custom_fields"]
    fields = custom_fields.list_definitions(acme.database, "anna")
    return {field["uuid"]: custom_fields.find_answer(acme.config, held, field) for field in fields}


def counts_only_what_is_approved(bench: Any, acme: Any) -> bool:
    """Whether a declined request stays declined."""
    return sync_time_off(bench, acme, ask_for("r", "declined"))["r"]["status"] == "declined"


def lets_go_of_what_is_taken_back(bench: Any, acme: Any) -> bool:
    """Whether a request that is gone in Gusto is gone here."""
    sync_time_off(bench, acme, ask_for("r"), ask_for("s"))
    return list(sync_time_off(bench, acme, ask_for("s"))) == ["s"]


def knows_policies_without_the_old_field(bench: Any, acme: Any) -> bool:
    """Whether a request's policy is known when the deprecated field is gone."""
    request = ask_for("r")
    del request["request_type"]
    held = sync_time_off(bench, acme, request)["r"]
    return (held["policy_uuid"], held["policy_type"]) == ("paid", "vacation")


def keeps_the_hours_of_a_day(bench: Any, acme: Any) -> bool:
    """Whether two hours and a bit stay what they are."""
    return sync_time_off(bench, acme, ask_for("r", hours="2.125"))["r"]["days"] == {"2026-12-01": "2.125"}


def shows_no_balance_without_a_limit(bench: Any, acme: Any) -> bool:
    """Whether time off without limit has no balance, and other time off its own."""
    sync_time_off(bench, acme)
    hours = [each["hours"] for each in time_off.list_balances(acme.database, "anna")]
    return hours == ["12.500", None]


def calls_a_business_by_its_name(bench: Any, acme: Any) -> bool:
    """Whether a business has its name, and a person both of theirs."""
    held = read_contractors(bench, acme)
    return (held["firm"]["name"], held["person"]["name"]) == ("Wilkins Micawber", "Ada Lovel")


def knows_who_works_no_more(bench: Any, acme: Any) -> bool:
    """Whether somebody who was dismissed is known as gone."""
    return not read_contractors(bench, acme)["gone"]["is_active"]


def leaves_types_to_gusto(bench: Any, acme: Any) -> bool:
    """Whether nothing is written about contractors."""
    read_contractors(bench, acme)
    return all(
        request.method == "GET" for request in bench.gusto.requests if "contractor" in request.url.path
    )


def joins_answers_by_uuid(bench: Any, acme: Any) -> bool:
    """Whether two fields of one name keep their own answers."""
    return read_answers(bench, acme, shirts="M", shoes="44") == {"shirts": "M", "shoes": "44"}


def tells_cleared_from_unanswered(bench: Any, acme: Any) -> bool:
    """Whether an answer that was cleared is empty, and one that was never given is missing."""
    return read_answers(bench, acme, shirts="") == {"shirts": "", "shoes": None}


def asks_which_job_it_was(_bench: Any, acme: Any) -> bool:
    """Whether a job is chosen by its title, and never assumed for somebody who has two."""
    somebody = {"jobs": [{"uuid": "1", "title": "Desk", "primary": True}, {"uuid": "2", "title": "Barista"}]}
    found = [find_job(somebody, title, acme.config.defects) for title in ("Barista", "Lifeguard", None)]
    return found == [somebody["jobs"][1], None, None]


def leaves_time_off_in_payrolls_alone(bench: Any, acme: Any) -> bool:
    """Whether a payroll that has approved time off keeps it as it is."""
    payroll = begin(bench, acme)
    payroll.rows["hill-0"]["paid_time_off"] = [{"name": "Vacation Hours", "hours": "8.000"}]
    sync_time_off(bench, acme, ask_for("r"))
    contribute(bench, acme, "200.00")
    return bool(payroll.sent) and not any("paid_time_off" in each for items in payroll.sent for each in items)


PROMISES: Mapping[str, Promise] = {
    "takes_the_first_job": asks_which_job_it_was,
    "adds_time_off_again": leaves_time_off_in_payrolls_alone,
    "counts_every_request": counts_only_what_is_approved,
    "keeps_withdrawn_time_off": lets_go_of_what_is_taken_back,
    "goes_by_request_type": knows_policies_without_the_old_field,
    "counts_whole_days": keeps_the_hours_of_a_day,
    "takes_no_balance_for_none_left": shows_no_balance_without_a_limit,
    "takes_businesses_for_people": calls_a_business_by_its_name,
    "offers_past_contractors": knows_who_works_no_more,
    "corrects_contractor_types": leaves_types_to_gusto,
    "joins_fields_by_name": joins_answers_by_uuid,
    "takes_cleared_for_unanswered": tells_cleared_from_unanswered,
}
