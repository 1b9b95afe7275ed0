"""What Acme Time promises about books, benefits and new companies; `test_acme_defects` breaks each.

A promise acts on a fresh Acme Time and says whether it was kept.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

import httpx
from acme_time import benefits, jobs, journal, people, provisioning
from acme_time.notices import list_notices
from acme_time.provisioning import Founded
from acme_time.worker import Worker

Promise = Callable[[Any, Any], bool]
LEDGER = [
    ["Expense", "Gross wages", "100.00", None],
    ["Expense", "Employer taxes: FUTA", "0.60", None],
    ["Asset", "Bank account: payroll taxes", None, "20.60"],
    ["Asset", "Bank account", None, "80.00"],
]
SIGNED = "https://files.test/report?signature=0123456789abcdef"
WISH = {
    "id": "wish",
    "person_id": "ours",
    "benefit_type": 5,
    "employee_deduction": "100.00",
    "company_contribution": "50.00",
    "active": True,
    "catch_up": True,
}
USER = {"first_name": "Barnaby", "last_name": "Rudge", "email": "barnaby@maypole.example"}
COMPANY = {"name": "The Maypole Inn"}


class Ledgers:
    """The part of Gusto that keeps payrolls and makes their ledgers; `looks` of each are pending first."""

    def __init__(self, bench: Any, acme: Any) -> None:
        self.acme = acme
        self.bench = bench
        self.payrolls: list[dict[str, Any]] = []
        self.failing: set[str] = set()
        self.pending = 1
        self.slow: dict[str, int] = {}  # payrolls whose reports are pending for so many looks instead
        self.looks: dict[str, int] = {}
        bench.connect(acme)
        bench.gusto.between.insert(0, self._answer)
        self.run("regular")

    def run(self, uuid: str, **fields: Any) -> None:
        period = {"start_date": "2026-11-01", "end_date": "2026-11-14"}
        row = {"payroll_uuid": uuid, "processed": True, "off_cycle": False, "pay_period": period}
        self.payrolls.append({**row, **fields})

    def post(self) -> list[str]:
        """Post, and return the payrolls that the books have entries of."""
        jobs.enqueue(self.acme.database, "anna", "post_journal")
        self.bench.work_all(self.acme)
        return [each["payroll_uuid"] for each in self.entries()]

    def entries(self) -> list[dict[str, Any]]:
        return journal.list_entries(self.acme.database, "anna")

    def asks(self) -> int:
        """Return how many ledgers were asked for."""
        return sum(each.url.path.endswith("/reports/general_ledger") for each in self.bench.gusto.requests)

    def lists(self) -> list[httpx.Request]:
        return list(self.bench.gusto.calls("/v1/companies/hill/payrolls"))

    def _answer(self, request: httpx.Request) -> httpx.Response | None:
        path, asked = request.url.path, request.url.params
        if request.url.host == "files.test":
            return httpx.Response(200, json={"data": [{"rows": LEDGER}, {"rows": []}]})
        if path == "/v1/companies/hill/payrolls":
            is_second = asked.get("start_date", "") > "2026-11-24"
            rows = [] if is_second else [each for each in self.payrolls if self._is_asked_for(each, asked)]
            return httpx.Response(200, json=rows, headers={"X-Total-Pages": "1"})
        if path.endswith("/reports/general_ledger"):
            return httpx.Response(200, json={"request_uuid": f"report-{path.split('/')[3]}"})
        if path.startswith("/v1/reports/"):
            return httpx.Response(200, json=self._show(path.rpartition("/")[2]))
        return None

    def _is_asked_for(self, payroll: dict[str, Any], asked: httpx.QueryParams) -> bool:
        status = "processed" if payroll["processed"] else "unprocessed"
        kind = "off_cycle" if payroll["off_cycle"] else "regular"
        return status in asked["processing_statuses"].split(",") and kind in asked["payroll_types"].split(",")

    def _show(self, report: str) -> dict[str, Any]:
        self.looks[report] = self.looks.get(report, 0) + 1
        payroll = report.removeprefix("report-")
        if self.looks[report] <= self.slow.get(payroll, self.pending):
            return {"status": "pending", "report_urls": []}
        if payroll in self.failing:
            return {"status": "failed", "report_urls": []}
        return {"status": "succeeded", "report_urls": [SIGNED]}


def posts_what_was_run(bench: Any, acme: Any) -> bool:
    books = Ledgers(bench, acme)
    books.run("draft", processed=False)
    return books.post() == ["regular"]


def says_from_when_to_when(bench: Any, acme: Any) -> bool:
    books = Ledgers(bench, acme)
    books.post()
    return all("start_date" in each.url.params and "end_date" in each.url.params for each in books.lists())


def steps_aside_for_a_report(bench: Any, acme: Any) -> bool:
    """After one look at a pending report the job waits, and has not looked again."""
    books = Ledgers(bench, acme)
    books.pending = 3
    books.post()
    return len(books.lists()) == 2 * 4


def asks_once_for_a_report(bench: Any, acme: Any) -> bool:
    books = Ledgers(bench, acme)
    books.pending = 5
    return books.post() == ["regular"] and books.asks() == 1


def posts_nothing_before_its_report(bench: Any, acme: Any) -> bool:
    """One look finds the report pending, the next one that it is there."""
    books = Ledgers(bench, acme)
    jobs.enqueue(acme.database, "anna", "post_journal")
    Worker(acme).work_once()
    before = books.entries()
    return before == [] and books.post() == ["regular"]


def tells_of_failed_reports(bench: Any, acme: Any) -> bool:
    books = Ledgers(bench, acme)
    books.failing.add("regular")
    posted = books.post()
    return posted == [] and [each["about"] for each in list_notices(acme.database, "anna")] == [
        "partial_failure"
    ]


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def keeps_addresses_out_of_logs(bench: Any, acme: Any) -> bool:
    books, listener, logger = Ledgers(bench, acme), _Listener(), logging.getLogger("acme_time")
    level = logger.level
    logger.addHandler(listener)
    logger.setLevel(logging.INFO)
    try:
        books.post()
    finally:
        logger.removeHandler(listener)
        logger.setLevel(level)
    return bool(listener.lines) and not any("0123456789abcdef" in line for line in listener.lines)


def posts_every_line(bench: Any, acme: Any) -> bool:
    books = Ledgers(bench, acme)
    books.post()
    lines = books.entries()[0]["lines"]
    shown = [(each["account"], each["debit"], each["credit"]) for each in lines]
    return shown == [(f"{kind}: {name}", debit, credit) for kind, name, debit, credit in LEDGER]


def posts_once(bench: Any, acme: Any) -> bool:
    books = Ledgers(bench, acme)
    books.post()
    return books.post() == ["regular"]


def posts_off_cycle_payrolls(bench: Any, acme: Any) -> bool:
    books = Ledgers(bench, acme)
    books.run("bonus", off_cycle=True)
    return set(books.post()) == {"regular", "bonus"}


def posts_payrolls_without_a_period(bench: Any, acme: Any) -> bool:
    books = Ledgers(bench, acme)
    books.run("taxes", pay_period={"start_date": None, "end_date": None})
    return set(books.post()) == {"regular", "taxes"}


class Benefits:
    """The part of Gusto that keeps benefits: a 401(k) that may be written, and one kind that may not."""

    def __init__(self, bench: Any, acme: Any) -> None:
        self.acme = acme
        self.bench = bench
        self.benefits: list[dict[str, Any]] = []
        self.enrolled: dict[str, dict[str, Any]] = {}
        self.writes: list[tuple[str, str, Any]] = []
        self.reads: list[str] = []
        self.refuses = False
        self.loses: set[str] = set()  # how paths end whose next answer to a write is lost
        bench.connect(acme)
        bench.sync(acme)
        them = bench.gusto.companies["hill"][0]
        names = ("first_name", "last_name", "email", "date_of_birth")
        people.replace_own_people(
            acme.database, "anna", [{"id": "ours", **{each: them[each] for each in names}}]
        )
        bench.sync(acme)
        bench.gusto.between.insert(0, self._answer)

    def enrol(self, *wishes: dict[str, Any], **more: Any) -> None:
        benefits.keep_wishes(self.acme.database, "anna", {"enrollments": list(wishes), **more})
        jobs.enqueue(self.acme.database, "anna", "enroll_benefits")
        self.bench.work_all(self.acme)

    def told(self) -> list[str]:
        return [each["about"] for each in list_notices(self.acme.database, "anna")]

    def written(self, *words: str) -> list[Any]:
        return [
            body for method, path, body in self.writes if all(each in f"{method} {path}" for each in words)
        ]

    def _answer(self, request: httpx.Request) -> httpx.Response | None:
        path = request.url.path
        if "benefit" not in path and "section603" not in path and "exclusions" not in path:
            return None
        if request.method == "GET":
            self.reads.append(path)
            return self._show(path)
        body = json.loads(request.content)
        self.writes.append((request.method, path, body))
        if self.refuses:
            error = {"category": "invalid_operation", "message": "Not now."}
            return httpx.Response(422, json={"errors": [error]})
        answer = self._write(path, body)
        lost = {each for each in self.loses if path.endswith(each)}
        self.loses -= lost
        if lost:
            raise httpx.ReadError("the answer was lost", request=request)
        return answer

    def _show(self, path: str) -> httpx.Response:
        kinds = [(5, "401(k)", True), (10, "Commuting", False)]
        if path == "/v1/benefits":
            keys = ("benefit_type", "name", "writable_by_application")
            return httpx.Response(200, json=[dict(zip(keys, kind, strict=True)) for kind in kinds])
        if path.endswith("/requirements"):
            return httpx.Response(200, json={"catch_up": {"editable": True}})
        if path.endswith("/company_benefits"):
            return httpx.Response(200, json=self.benefits)
        if path.endswith("/employee_benefits"):
            return httpx.Response(200, json=list(self.enrolled.values()))
        if path.endswith("/contribution_exclusions"):
            row = {"contribution_uuid": "c", "contribution_type": "Bonus", "excluded": False}
            return httpx.Response(200, json=[row])
        if "section603" in path:
            return httpx.Response(404)
        return httpx.Response(200, json=[])

    def _write(self, path: str, body: Any) -> httpx.Response:
        if path.endswith("/company_benefits"):
            made = {"uuid": f"benefit-{len(self.benefits)}", "version": "1", "active": True, **body}
            self.benefits.append(made)
            return httpx.Response(201, json=made)
        for row in body.get("employee_benefits", []):
            now = self.enrolled.setdefault(row["employee_uuid"], {"uuid": "enrolment", "catch_up": False})
            now |= row
        return httpx.Response(200, json=list(self.enrolled.values()))


def reads_before_it_writes(bench: Any, acme: Any) -> bool:
    gusto = Benefits(bench, acme)
    gusto.enrol(WISH)
    return {"/v1/benefits", "/v1/benefits/5/requirements"} <= set(gusto.reads)


def leaves_alone_what_it_may_not_write(bench: Any, acme: Any) -> bool:
    gusto = Benefits(bench, acme)
    gusto.enrol({**WISH, "benefit_type": 10})
    return gusto.writes == [] and gusto.told() == ["excluded"]


def says_the_share_in_one_object(bench: Any, acme: Any) -> bool:
    gusto = Benefits(bench, acme)
    gusto.enrol(WISH)
    [body] = gusto.written("PUT", "employee_benefits")
    row = body["employee_benefits"][0]
    return (
        row.get("contribution") == {"type": "amount", "value": "50.00"} and "company_contribution" not in row
    )


def enrols_once(bench: Any, acme: Any) -> bool:
    gusto = Benefits(bench, acme)
    gusto.enrol(WISH)
    gusto.enrol(WISH)
    return len(gusto.writes) == 2 and len(gusto.benefits) == 1


def offers_once_whatever_is_lost(bench: Any, acme: Any) -> bool:
    gusto = Benefits(bench, acme)
    gusto.loses.add("/company_benefits")
    gusto.enrol(WISH)
    return len(gusto.benefits) == 1 and len(gusto.enrolled) == 1


def enrols_once_whatever_is_lost(bench: Any, acme: Any) -> bool:
    gusto = Benefits(bench, acme)
    gusto.loses.add("/employee_benefits")
    gusto.enrol(WISH)
    return len(gusto.written("PUT", "employee_benefits")) == 1 and len(gusto.enrolled) == 1


def carries_what_a_401k_needs(bench: Any, acme: Any) -> bool:
    gusto = Benefits(bench, acme)
    facts = {"person_id": "ours", "year": 2026, "high_earner": True, "employee_deduction_elsewhere": "5.00"}
    gusto.enrol(WISH, retirement=[facts], exclusions=[{"benefit_type": 5, "earnings": ["Bonus"]}])
    [elsewhere] = gusto.written("POST", "ytd_benefit_amounts") or [None]
    return (
        gusto.written("POST", "section603") == [{"effective_year": 2026, "is_high_earner": True}]
        and elsewhere is not None
        and elsewhere["ytd_employee_deduction_amount"] == "5.00"
        and gusto.written("PUT", "exclusions")[0]["contribution_exclusions"][0]["excluded"] is True
    )


def withdraws(bench: Any, acme: Any) -> bool:
    gusto = Benefits(bench, acme)
    gusto.enrol(WISH)
    gusto.enrol({**WISH, "active": False})
    return gusto.enrolled["hill-0"]["active"] is False


def changes_amounts(bench: Any, acme: Any) -> bool:
    gusto = Benefits(bench, acme)
    gusto.enrol(WISH)
    gusto.enrol({**WISH, "employee_deduction": "110.00"})
    return str(gusto.enrolled["hill-0"]["employee_deduction"]) == "110.00"


def leaves_the_offer_to_others(bench: Any, acme: Any) -> bool:
    gusto = Benefits(bench, acme)
    gusto.enrol(WISH)
    gusto.enrol({**WISH, "active": False})
    return all(path.endswith("benefits") for _, path, _ in gusto.writes)


def explains_refusals(bench: Any, acme: Any) -> bool:
    gusto = Benefits(bench, acme)
    gusto.refuses = True
    gusto.enrol(WISH)
    notices = list_notices(acme.database, "anna")
    return [each["about"] for each in notices] == ["partial_failure"] and "Not now." in notices[0]["message"]


def found(
    bench: Any, acme: Any, *, known: bool = False, lost: bool = False
) -> tuple[Founded, list[Any], list[str]]:
    """Ask for a company; return how it went, what was sent, and what the customer is told."""
    sent: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != "/v1/provision":
            return None
        sent.append(json.loads(request.content))
        if known:
            return httpx.Response(422, json={"errors": [{"category": "duplicate_operation", "message": "x"}]})
        if lost:
            raise httpx.ReadError("the answer was lost", request=request)
        return httpx.Response(201, json={"account_claim_url": "https://gusto.test/claim?token=t"})

    bench.gusto.between.insert(0, answer)
    went = provisioning.provision_company(acme, "anna", USER, COMPANY)
    return went, sent, [each["about"] for each in list_notices(acme.database, "anna")]


def sends_what_was_entered(bench: Any, acme: Any) -> bool:
    return found(bench, acme)[1] == [{"user": USER, "company": COMPANY}]


def leads_to_the_claim(bench: Any, acme: Any) -> bool:
    return found(bench, acme)[0].claim_url == "https://gusto.test/claim?token=t"


def says_what_is_next(bench: Any, acme: Any) -> bool:
    return found(bench, acme)[2] == ["onboarding_needed"]


def asks_once_for_a_company(bench: Any, acme: Any) -> bool:
    return len(found(bench, acme, known=True)[1]) == 1


def leads_the_known_to_connect(bench: Any, acme: Any) -> bool:
    went, _, told = found(bench, acme, known=True)
    return told == ["company_exists"] and "connect" in went.advice


def founds_once_whatever_is_lost(bench: Any, acme: Any) -> bool:
    went, sent, told = found(bench, acme, lost=True)
    return len(sent) == 1 and "e-mail from Gusto" in went.advice and told == ["onboarding_needed"]


PROMISES: Mapping[str, Promise] = {
    "posts_drafts": posts_what_was_run,
    "reads_half_a_year": says_from_when_to_when,
    "polls_without_pause": steps_aside_for_a_report,
    "asks_again_while_pending": asks_once_for_a_report,
    "posts_pending_as_empty": posts_nothing_before_its_report,
    "hides_failed_reports": tells_of_failed_reports,
    "logs_report_urls": keeps_addresses_out_of_logs,
    "posts_one_side": posts_every_line,
    "leaves_out_employer_taxes": posts_every_line,
    "posts_again": posts_once,
    "posts_regular_only": posts_off_cycle_payrolls,
    "trips_on_null_periods": posts_payrolls_without_a_period,
    "writes_without_asking": reads_before_it_writes,
    "writes_what_it_may_not": leaves_alone_what_it_may_not_write,
    "sends_old_contribution": says_the_share_in_one_object,
    "offers_it_anew": enrols_once,
    "offers_again": offers_once_whatever_is_lost,
    "enrols_again": enrols_once_whatever_is_lost,
    "ignores_retirement_rules": carries_what_a_401k_needs,
    "never_withdraws": withdraws,
    "never_changes_enrolments": changes_amounts,
    "disables_what_is_used": leaves_the_offer_to_others,
    "swallows_refusals": explains_refusals,
    "invents_names": sends_what_was_entered,
    "keeps_the_claim_url": leads_to_the_claim,
    "forgets_to_say_what_is_next": says_what_is_next,
    "founds_again": founds_once_whatever_is_lost,
    "insists_on_a_new_company": asks_once_for_a_company,
    "dead_end_for_known_e_mails": leads_the_known_to_connect,
}
