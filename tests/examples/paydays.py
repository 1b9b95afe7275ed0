"""A payroll of one company that Acme Time writes into beside others, and what Acme Time promises of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import httpx
from acme_time import jobs, people
from acme_time.expenses import replace_expenses
from acme_time.notices import list_notices
from acme_time.shares import save_draft
from acme_time.worker import Worker

JOB = "job-1"
PERIOD = {"start_date": "2026-11-14", "end_date": "2026-11-27"}


class TinyPayroll:
    """The next payroll `p-1`, an off-cycle one `p-0` before it, and the one after it, `p-2`.

    Rows have versions. A test may have it lose answers, be locked or blocked, come in pages, change between
    reading and writing.
    """

    def __init__(self, bonus: str = "150.00", count: int = 2) -> None:
        self.rows = {f"hill-{at}": self._row(f"hill-{at}", bonus) for at in range(count)}
        self.is_calculated = False
        self.is_processed = False
        self.is_blocked = False
        self.per = 100
        self.loses = 0
        self.locks = 0
        self.prepares = 0
        self.made: list[str] = []
        self.written: list[str] = []
        self.sent: list[list[dict[str, Any]]] = []
        self.before_update: list[Callable[[], None]] = []

    def _row(self, person: str, bonus: str) -> dict[str, Any]:
        return {
            "employee_uuid": person,
            "version": "1",
            "fixed_compensations": [{"name": "Bonus", "amount": bonus, "job_uuid": JOB}],
            "hourly_compensations": [{"name": "Regular Hours", "hours": "0.000", "job_uuid": JOB}],
            "reimbursements": [{"uuid": "taxi", "amount": "20.00", "description": "Taxi"}],
        }

    def __call__(self, request: httpx.Request) -> httpx.Response | None:
        path = request.url.path
        if path.endswith("/earning_types"):
            return self._earnings(request)
        if path.endswith("/payrolls"):
            return httpx.Response(200, json=self._list(request.url.params))
        if "/payrolls/" not in path:
            return None
        if request.method == "PUT" and not path.endswith("/prepare"):
            return self._update(path.split("/")[-1], json.loads(request.content)["employee_compensations"])
        if path.endswith("/prepare"):
            if self.is_blocked:
                return refuse(422, "invalid_operation")
            self.prepares += 1
            self.is_calculated = False
        return self._show(request)

    def _earnings(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"default": [{"name": "Bonus"}], "custom": []})
        self.made.append(json.loads(request.content)["name"])
        return refuse(422, "invalid_attribute_value")

    def _list(self, asked: httpx.QueryParams) -> list[dict[str, Any]]:
        found = (
            [self._listed("p-0", "2026-11-12", "2026-11-13")] if "off_cycle" in asked["payroll_types"] else []
        )
        if not self.is_processed or ",processed" in asked["processing_statuses"]:
            found.append({**self._listed("p-1", *PERIOD.values()), "processed": self.is_processed})
        return [*found, self._listed("p-2", "2026-11-28", "2026-12-11")]

    def _listed(self, uuid: str, start: str, end: str) -> dict[str, Any]:
        return {
            "payroll_uuid": uuid,
            "pay_period": {"start_date": start, "end_date": end},
            "payroll_deadline": "2026-11-30T23:00:00Z",
            "processed": False,
            "calculated_at": "2026-11-24T10:00:00Z" if self.is_calculated else None,
        }

    def _show(self, request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        rows = list(self.rows.values())
        is_shown = self.is_calculated or request.method == "PUT"
        shown = rows[(page - 1) * self.per : page * self.per] if is_shown else []
        body = {"employee_compensations": shown, "fixed_compensation_types": [{"name": "Bonus"}]}
        return httpx.Response(200, json=body, headers={"X-Total-Pages": str(-(-len(rows) // self.per))})

    def _update(self, uuid: str, items: list[dict[str, Any]]) -> httpx.Response:
        self.sent.append(items)
        while self.before_update:
            self.before_update.pop()()
        if self.locks:
            self.locks -= 1
            return refuse(409, "invalid_operation")
        known = {each: row["version"] for each, row in self.rows.items()}
        if any(each.get("version") != known.get(each["employee_uuid"]) for each in items):
            return refuse(409, "invalid_resource_version")
        self.written.append(uuid)
        for each in items:
            self._write(self.rows[each["employee_uuid"]], each)
        if self.loses:
            self.loses -= 1
            raise httpx.ReadTimeout("lost")
        after = [self.rows[each["employee_uuid"]] for each in items]
        return httpx.Response(200, json={"employee_compensations": after})

    def _write(self, row: dict[str, Any], item: dict[str, Any]) -> None:
        row["version"] += "+"
        for entry in item.get("fixed_compensations", []):
            row["fixed_compensations"][0]["amount"] = entry["amount"]
        for entry in item.get("reimbursements", []):
            known = [each for each in row["reimbursements"] if each["uuid"] == entry.get("uuid")]
            if known:
                known[0]["amount"] = entry["amount"]
            else:
                row["reimbursements"].append({**entry, "uuid": f"made-{len(row['reimbursements'])}"})

    def set_bonus(self, amount: str) -> None:
        self.rows["hill-0"]["fixed_compensations"][0]["amount"] = amount
        self.rows["hill-0"]["version"] += "!"

    @property
    def bonus(self) -> str:
        return str(self.rows["hill-0"]["fixed_compensations"][0]["amount"])

    def back(self, person: str = "hill-0") -> list[str]:
        return [each["amount"] for each in self.rows[person]["reimbursements"]]


def refuse(status: int, category: str) -> httpx.Response:
    error = {"error_key": "base", "category": category, "message": "Words for the admin."}
    return httpx.Response(status, json={"errors": [error]})


def begin(bench: Any, acme: Any, payroll: TinyPayroll | None = None) -> TinyPayroll:
    """Connect an account whose people are matched, and one more who is not on the payroll."""
    payroll = payroll or TinyPayroll()
    count = len(payroll.rows) + 1
    bench.connect(acme, count=count)
    own = [{"id": each["uuid"], **each} for each in bench.people(count, prefix="hill")]
    people.replace_own_people(acme.database, "anna", own)
    bench.sync(acme)
    bench.gusto.between.append(payroll)
    return payroll


def contribute(bench: Any, acme: Any, amount: str, *persons: str, period: Any = None) -> dict[str, str]:
    """Have Acme Time contribute an amount to each of these; return what became of the job."""
    who = persons or ("hill-0",)
    lines = [{"person_id": each, "earning": "Bonus", "amount": amount} for each in who]
    save_draft(acme.database, "anna", lines, period)
    job = jobs.enqueue(acme.database, "anna", "update_payroll")
    bench.work_all(acme)
    return jobs.find_status(acme.database, job) or {}


def abouts(acme: Any) -> set[str]:
    return {each["about"] for each in list_notices(acme.database, "anna")}


def send_expenses(bench: Any, acme: Any, **amounts: str) -> None:
    expenses = [
        {"id": key, "person_id": "hill-0", "description": "Dinner", "amount": amount}
        for key, amount in amounts.items()
    ]
    replace_expenses(acme.database, "anna", expenses)
    jobs.enqueue(acme.database, "anna", "add_reimbursements")
    bench.work_all(acme)


def writes_into_the_next_payroll(bench: Any, acme: Any) -> bool:
    payroll = begin(bench, acme)
    contribute(bench, acme, "200.00")
    return payroll.written == ["p-1"]


def writes_nothing_late(bench: Any, acme: Any) -> bool:
    payroll = begin(bench, acme)
    payroll.is_processed = True
    contribute(bench, acme, "200.00", period=PERIOD)
    return not payroll.written and "late_change" in abouts(acme)


def prepares_once(bench: Any, acme: Any) -> bool:
    payroll = begin(bench, acme)
    contribute(bench, acme, "200.00")
    return payroll.prepares == 1


def sends_nothing_for_others(bench: Any, acme: Any) -> bool:
    payroll = begin(bench, acme)
    contribute(bench, acme, "200.00", "hill-0", "hill-2")
    return {row["employee_uuid"] for rows in payroll.sent for row in rows} == {"hill-0"}


def tells_who_was_left_out(bench: Any, acme: Any) -> bool:
    begin(bench, acme)
    contribute(bench, acme, "200.00", "hill-0", "hill-2")
    return "excluded" in abouts(acme)


def adds_to_others(bench: Any, acme: Any) -> bool:
    payroll = begin(bench, acme)
    contribute(bench, acme, "200.00")
    return payroll.bonus == "350.00"


def adds_once(bench: Any, acme: Any) -> bool:
    payroll = begin(bench, acme)
    contribute(bench, acme, "200.00")
    contribute(bench, acme, "200.00")
    return payroll.bonus == "350.00"


def knows_what_a_lost_answer_wrote(bench: Any, acme: Any) -> bool:
    payroll = begin(bench, acme)
    contribute(bench, acme, "200.00")
    payroll.loses = 1
    contribute(bench, acme, "240.00")
    contribute(bench, acme, "240.00")
    return payroll.bonus == "390.00"


def follows_others_edits(bench: Any, acme: Any) -> bool:
    payroll = begin(bench, acme)
    contribute(bench, acme, "200.00")
    payroll.set_bonus("400.00")
    contribute(bench, acme, "220.00")
    return payroll.bonus == "420.00"


def leaves_the_rest_of_a_row(bench: Any, acme: Any) -> bool:
    payroll = begin(bench, acme)
    contribute(bench, acme, "200.00")
    return set(payroll.sent[0][0]) == {"employee_uuid", "version", "fixed_compensations"}


def reckons_in_decimals(bench: Any, acme: Any) -> bool:
    payroll = begin(bench, acme)
    contribute(bench, acme, "0.20")
    amounts = [each["amount"] for each in payroll.sent[0][0]["fixed_compensations"]]
    return all(re.fullmatch(r"[0-9]+[.][0-9]{2}", each) for each in amounts)


def makes_no_earning_type_that_is_there(bench: Any, acme: Any) -> bool:
    payroll = begin(bench, acme)
    contribute(bench, acme, "200.00")
    return not payroll.made


def tells_of_a_block(bench: Any, acme: Any) -> bool:
    begin(bench, acme).is_blocked = True
    contribute(bench, acme, "200.00")
    return "blocked" in abouts(acme)


def reads_every_page_of_a_payroll(bench: Any, acme: Any) -> bool:
    payroll = begin(bench, acme)
    payroll.per = 1
    contribute(bench, acme, "200.00", "hill-1")
    return payroll.written == ["p-1"]


def sends_pieces_of_a_hundred(bench: Any, acme: Any) -> bool:
    payroll = begin(bench, acme, TinyPayroll(count=101))
    contribute(bench, acme, "200.00", *payroll.rows)
    return sorted(map(len, payroll.sent)) == [1, 100]


def sends_versions(bench: Any, acme: Any) -> bool:
    payroll = begin(bench, acme)
    contribute(bench, acme, "200.00")
    return all(row.get("version") for rows in payroll.sent for row in rows)


def reckons_again_after_a_conflict(bench: Any, acme: Any) -> bool:
    payroll = begin(bench, acme)
    payroll.before_update.append(lambda: payroll.set_bonus("180.00"))
    contribute(bench, acme, "200.00")
    return payroll.bonus == "380.00"


def waits_for_a_lock(bench: Any, acme: Any) -> bool:
    payroll = begin(bench, acme)
    payroll.locks = 3
    save_draft(acme.database, "anna", [{"person_id": "hill-0", "earning": "Bonus", "amount": "1.00"}], None)
    jobs.enqueue(acme.database, "anna", "update_payroll")
    Worker(acme).work_once()
    return len(payroll.sent) == 1


def keeps_one_line_for_an_expense(bench: Any, acme: Any) -> bool:
    payroll = begin(bench, acme)
    send_expenses(bench, acme, e1="42.50")
    send_expenses(bench, acme, e1="45.10")
    return payroll.back() == ["20.00", "45.10"]


def finds_the_line_of_a_lost_answer(bench: Any, acme: Any) -> bool:
    payroll = begin(bench, acme)
    payroll.loses = 1
    send_expenses(bench, acme, e1="42.50")
    return payroll.back() == ["20.00", "42.50"]


def takes_its_part_of_a_line_back(bench: Any, acme: Any) -> bool:
    payroll = begin(bench, acme)
    contribute(bench, acme, "200.00")
    save_draft(acme.database, "anna", [], None)
    jobs.enqueue(acme.database, "anna", "update_payroll")
    bench.work_all(acme)
    return payroll.bonus == "150.00"


def takes_an_expense_back(bench: Any, acme: Any) -> bool:
    payroll = begin(bench, acme)
    send_expenses(bench, acme, e1="42.50")
    send_expenses(bench, acme)
    return payroll.back() == ["20.00", "0.00"]


def pays_no_expense_as_a_wage(bench: Any, acme: Any) -> bool:
    payroll = begin(bench, acme)
    send_expenses(bench, acme, e1="42.50")
    return payroll.bonus == "150.00"


PROMISES: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {
        "picks_off_cycle": writes_into_the_next_payroll,
        "moves_late_changes": writes_nothing_late,
        "prepares_in_a_loop": prepares_once,
        "forces_the_ineligible": sends_nothing_for_others,
        "leaves_out_in_silence": tells_who_was_left_out,
        "overwrites_lines": adds_to_others,
        "adds_each_time": adds_once,
        "leaves_withdrawn_lines": takes_its_part_of_a_line_back,
        "leaves_withdrawn_expenses": takes_an_expense_back,
        "forgets_lost_updates": knows_what_a_lost_answer_wrote,
        "forgets_foreign_edits": follows_others_edits,
        "rewrites_the_template": leaves_the_rest_of_a_row,
        "counts_money_in_floats": reckons_in_decimals,
        "creates_earning_types_blindly": makes_no_earning_type_that_is_there,
        "hides_blockers": tells_of_a_block,
        "first_payroll_page_only": reads_every_page_of_a_payroll,
        "sends_all_rows_at_once": sends_pieces_of_a_hundred,
        "omits_row_versions": sends_versions,
        "puts_new_version_on_old_values": reckons_again_after_a_conflict,
        "hammers_locks": waits_for_a_lock,
        "adds_expenses_again": keeps_one_line_for_an_expense,
        "adds_lost_expenses_again": finds_the_line_of_a_lost_answer,
        "pays_expenses_as_wages": pays_no_expense_as_a_wage,
    }
)
