"""Whether expenses are paid back as what they are, and once."""

from __future__ import annotations

from typing import Any

from partner_qa.checks import expenses
from partner_qa.contract.names import UPDATE_PAYROLL
from partner_qa.model import Exchange, Json, Kind, Recording
from partner_qa.spoiler import changing, with_request_json
from partner_qa.suite import item, require


def _corrects(exchange: Exchange) -> bool:
    """Whether a request changes a line that is there; of those without a UUID none is."""
    is_update = exchange.kind is Kind.API and exchange.operation == UPDATE_PAYROLL
    return is_update and b'"uuid"' in exchange.request.body.content


def _without_uuids(body: dict[str, Any]) -> Json:
    rows = [
        {
            **row,
            "reimbursements": [
                {name: value for name, value in each.items() if name != "uuid"}
                for each in row.get("reimbursements", [])
            ],
        }
        for row in body["employee_compensations"]
    ]
    return {**body, "employee_compensations": rows}


@item("EXP-01", spoiled_by=changing(_corrects, with_request_json(_without_uuids)))
def test_pays_back_in_lines_of_its_own(reimbursed_expenses: Recording) -> None:
    """Send two expenses, send them again, correct one, and look at everybody's reimbursements each time."""
    require(expenses.pays_back_in_lines_of_its_own(reimbursed_expenses))
