"""Reports: asked for, ready a moment later, fetched from a URL that is good for ten minutes.

[D] https://docs.gusto.com/app-integrations/reference/post-payrolls-payroll_uuid-reports-general_ledger and
https://docs.gusto.com/app-integrations/reference/get-reports-request_uuid; [O] every report is polled for at
the same top-level address, and its URLs are presigned. [I] a report takes a second, unless somebody has
said how long (ledger_admin.py). The file is no operation: it needs no token, only the signature in its
URL.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType
from urllib.parse import urlencode

from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company
from partner_qa.sandbox.general_ledger import make_ledger, sum_wages
from partner_qa.sandbox.own_address import find_base
from partner_qa.sandbox.payroll_rows import rows_of
from partner_qa.sandbox.problem import not_found, unprocessable
from partner_qa.sandbox.report import Report
from partner_qa.sandbox.wire import to_money
from partner_qa.sandbox.world import World

GOOD_FOR = timedelta(minutes=10)  # [O]
_PATH = "/report_files"


def ask_for_ledger(world: World, call: Call) -> Reply:
    """Answer `post-payrolls-payroll_uuid-reports-general_ledger` for a payroll that was processed.

    [D] an integration is named with the aggregation `integration` and with no other; [I] the wording, and
    that there is no ledger of a payroll that was not run.
    """
    company, body = world.companies[call.company], call.object()
    payroll = company.payrolls.get(call.params["payroll_uuid"])
    if payroll is None:
        return not_found()
    aggregation, integration = str(body["aggregation"]), body.get("integration_type")
    if (aggregation == "integration") is (integration is None):
        return unprocessable(
            "integration_type", "invalid_attribute_value", "Invalid integration type option."
        )
    if not payroll.is_processed:
        return unprocessable("base", "invalid_operation", "This payroll has not been processed.")
    report = Report(
        uuid=str(uuid.uuid4()),
        asked_at=world.now(),
        data=make_ledger(company, payroll, aggregation),
        takes=company.slow_reports.pop(payroll.uuid, company.reports_take),
        fails=payroll.uuid in company.failing_reports,
        payroll=payroll.uuid,
    )
    company.reports[report.uuid] = report
    return Reply.of(
        200,
        {
            "payroll_uuid": payroll.uuid,
            "aggregation": aggregation,
            "integration_type": integration,
            "request_uuid": report.uuid,
        },
    )


def ask_for_fica_wages(world: World, call: Call) -> Reply:
    """Answer `post-v1-companies-company_id-reports-employees_annual_fica_wage` with 202.

    [I] the years are in order and none lies ahead; the wording.
    """
    company, body = world.companies[call.company], call.object()
    start, end = (_to_year(body[name]) for name in ("start_year", "end_year"))
    if end > world.today.year:
        return unprocessable("end_year", "invalid_attribute_value", "End year cannot be in the future")
    if start > end:
        return unprocessable(
            "start_year", "invalid_attribute_value", "Start year must be less than or equal to end year"
        )
    wages = _make_fica_wages(company, start, end)
    report = Report(uuid=str(uuid.uuid4()), asked_at=world.now(), data=wages, takes=company.reports_take)
    company.reports[report.uuid] = report
    return Reply.of(
        202,
        {
            "company_uuid": company.uuid,
            "start_year": start,
            "end_year": end,
            "request_uuid": report.uuid,
        },
    )


def show_report(world: World, call: Call) -> Reply:
    """Answer `get-reports-request_uuid`: pending, failed, or succeeded with a URL for this answer [D]."""
    report = world.companies[call.company].reports.get(call.params["request_uuid"])
    if report is None:
        return not_found()
    is_pending = report.is_pending(world.now())
    urls: list[Json] = [] if is_pending or report.fails else [_presign(world, call, report)]
    status = "pending" if is_pending else "failed" if report.fails else "succeeded"
    return Reply.of(200, {"request_uuid": report.uuid, "status": status, "report_urls": urls})


def show_file(world: World, call: Call) -> Reply:
    """Answer the presigned URL of a report: its file, or 403 for a signature that is wrong or too old [I]."""
    given = {name: call.find_query(name) or "" for name in ("company", "report", "expires", "signature")}
    expected = _sign(world, given["company"], given["report"], given["expires"])
    if not hmac.compare_digest(expected.encode(), given["signature"].encode(errors="replace")):
        return _deny("SignatureDoesNotMatch")
    if world.now().timestamp() > int(given["expires"]):
        return _deny("Request has expired")
    report = world.companies[given["company"]].reports[given["report"]]
    return Reply.of(200, {"data": report.data})


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "post-payrolls-payroll_uuid-reports-general_ledger": ask_for_ledger,
        "post-v1-companies-company_id-reports-employees_annual_fica_wage": ask_for_fica_wages,
        "get-reports-request_uuid": show_report,
    }
)
PAGES: Mapping[tuple[str, str], Handler] = MappingProxyType({("GET", _PATH): show_file})


def _to_year(value: Json) -> int:
    """Return a year; the gate has seen that it is a whole number, which JSON may write as 2026.0."""
    return int(value) if isinstance(value, int | float) else 0


def _make_fica_wages(company: Company, start: int, end: int) -> Json:
    """Return what everybody earned in each year, by the days on which they were paid [I]."""
    sums: dict[tuple[str, int], Decimal] = {}
    for payroll in company.payrolls.values():
        year = payroll.check_date.year
        if payroll.is_processed and start <= year <= end:
            for employee, row in rows_of(company, payroll).items():
                sums[employee, year] = sums.get((employee, year), Decimal(0)) + sum_wages(row)
    rows: list[Json] = []
    for (employee, year), wages in sorted(sums.items(), key=lambda each: (each[0][1], each[0][0])):
        person, figure = company.employees[employee], to_money(wages)
        rows.append([employee, person["first_name"], person["last_name"], year, figure, figure])
    headers: list[Json] = [
        "Employee UUID",
        "First Name",
        "Last Name",
        "Year",
        "Social Security Wages",
        "Medicare Wages",
    ]
    return [{"headers": headers, "rows": rows}]


def _presign(world: World, call: Call, report: Report) -> str:
    expires = str(int((world.now() + GOOD_FOR).timestamp()))
    signature = _sign(world, call.company, report.uuid, expires)
    if world.on_secret is not None:
        world.on_secret("report_signature", signature)  # whoever has it can read the report
    query = {"company": call.company, "report": report.uuid, "expires": expires, "signature": signature}
    return f"{find_base(call)}{_PATH}?{urlencode(query)}"


def _sign(world: World, company: str, report: str, expires: str) -> str:
    text = "\n".join((company, report, expires)).encode(errors="replace")
    return hmac.new(world.report_key, text, hashlib.sha256).hexdigest()


def _deny(message: str) -> Reply:
    """Return what a store of files says instead of Gusto: no envelope of Gusto's [I]."""
    return Reply(status=403, headers=(("Content-Type", "text/plain; charset=utf-8"),), body=message.encode())
