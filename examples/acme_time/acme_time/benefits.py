"""Benefits: what our customers chose for their people, brought into Gusto and kept in step with it.

Before anything is written we read what the application may write and what each kind of benefit asks for. The
whole wished-for set is compared with what is there, and only the difference is sent, in bulk: Gusto then
updates whoever takes part and adds whoever does not, so that sending it twice changes nothing. A benefit of
the company is another matter: created twice, it is there twice. So nothing is repeated on the spot: after an
answer was lost the whole job comes back, and begins with what is there by then. Sources:
https://docs.gusto.com/app-integrations/reference/get-v1-benefits-benefits_id-requirements and
https://docs.gusto.com/app-integrations/reference/put-v1-company_benefits-company_benefit_id-employee_benefits
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from acme_time import people
from acme_time.database import Database
from acme_time.gusto import PER_PAGE, Refused, Unavailable, count_pages, read_json, with_patience
from acme_time.jobs import Job
from acme_time.notices import clear_notices, post_notice
from acme_time.parts import Parts
from acme_time.retirement import K401S, carry_retirement

COMPANY_BENEFITS = "/v1/companies/{company}/company_benefits"

Row = dict[str, Any]


def keep_wishes(database: Database, account: str, wishes: Mapping[str, Any]) -> None:
    """Store what a customer wants: `enrollments`, and for a 401(k) `retirement` and `exclusions`."""
    with database.transaction() as db:
        db.execute("INSERT OR REPLACE INTO benefit_wishes VALUES (?, ?)", (account, database.seal(wishes)))


def find_wishes(database: Database, account: str) -> Row:
    """Return what a customer wants; nothing where it never said."""
    with database.reading() as db:
        row = db.execute("SELECT wishes FROM benefit_wishes WHERE account = ?", (account,)).fetchone()
    return dict(database.unseal(row["wishes"])) if row else {"enrollments": []}


def enroll_benefits(parts: Parts, job: Job) -> str:
    """Bring Gusto to what the customer wants; return what was done. It can be run again at any time."""
    wishes = find_wishes(parts.database, job.account)
    matched = _find_matched(parts.database, job.account)
    by_type: dict[int, list[Row]] = {}
    for wish in wishes["enrollments"]:
        by_type.setdefault(int(wish["benefit_type"]), []).append(wish)
    clear_notices(parts.database, job.account, "excluded", "partial_failure")
    catalogue = _read_catalogue(parts, job.account) if by_type else {}
    written = 0
    for benefit_type, wanted in by_type.items():
        name = str(catalogue.get(benefit_type, {}).get("name", f"benefit {benefit_type}"))
        if not _may_write(parts, catalogue.get(benefit_type)):
            message = f"Gusto lets us not change {name}. Please enter it in Gusto."
            post_notice(parts.database, job.account, "excluded", message)
            continue
        try:
            written += _bring(parts, job.account, benefit_type, name, wanted, matched)
        except Refused as error:
            if error.status != 422:
                raise
            _explain(parts, job.account, name, error)
    if "ignores_retirement_rules" not in parts.config.defects:
        benefits = _list_company_benefits(parts, job.account) if _has_retirement(wishes) else []
        carry_retirement(parts, job.account, wishes, matched, benefits)
    return f"{written} enrolments written"


def _has_retirement(wishes: Row) -> bool:
    return bool(wishes.get("retirement") or wishes.get("exclusions"))


def _find_matched(database: Database, account: str) -> dict[str, str]:
    found = people.list_matches(database, account)
    return {each.person_id: each.gusto_uuid for each in found if each.state == "matched" and each.gusto_uuid}


def _read_catalogue(parts: Parts, account: str) -> dict[int, Row]:
    """Return every benefit that Gusto knows, by number, with whether this application may write it."""
    if "writes_without_asking" in parts.config.defects:
        return {}
    return {int(each["benefit_type"]): each for each in _list(parts, account, "/v1/benefits")}


def _may_write(parts: Parts, benefit: Row | None) -> bool:
    if parts.config.defects & {"writes_without_asking", "writes_what_it_may_not"}:
        return True
    return benefit is not None and benefit["writable_by_application"] is True


def _bring(
    parts: Parts,
    account: str,
    benefit_type: int,
    name: str,
    wanted: Sequence[Row],
    matched: Mapping[str, str],
) -> int:
    """Bring one kind of benefit to what is wanted; return how many enrolments were written."""
    requirements: Row = {}
    if "writes_without_asking" not in parts.config.defects:
        requirements = read_json(parts.company.get(account, f"/v1/benefits/{benefit_type}/requirements"))
    benefit = _require_company_benefit(parts, account, benefit_type, name)
    there = {each["employee_uuid"]: each for each in _list_enrolments(parts, account, benefit)}
    rows = [
        row
        for wish in wanted
        if wish["person_id"] in matched
        for row in _find_difference(wish, matched[wish["person_id"]], there, requirements)
    ]
    if not rows:
        return 0
    if "sends_old_contribution" in parts.config.defects:
        rows = [_with_old_contribution(row) for row in rows]
    if "never_changes_enrolments" in parts.config.defects:
        rows = [row for row in rows if "uuid" not in row or not row["active"]]
    if "never_withdraws" in parts.config.defects:
        rows = [row for row in rows if row["active"]]
    _write(parts, account, benefit, rows)
    _withdraw_from_company(parts, account, benefit, wanted)
    return len(rows)


def _write(parts: Parts, account: str, benefit: Row, rows: list[Row]) -> None:
    path = f"/v1/company_benefits/{benefit['uuid']}/employee_benefits"
    if "enrols_again" not in parts.config.defects:
        parts.company.send("PUT", account, path, json={"employee_benefits": rows})
        return
    new = [row if "uuid" in row else {**row, "action": "create"} for row in rows]
    with_patience(lambda: parts.company.send("PUT", account, path, json={"employee_benefits": new}))


def _find_difference(wish: Row, employee: str, there: Mapping[str, Row], requirements: Row) -> list[Row]:
    """Return the row that makes an enrolment what is wished for; none where it is so already."""
    now = there.get(employee)
    if not wish["active"]:
        if now is None or not now["active"]:
            return []
        return [{"employee_uuid": employee, "uuid": now["uuid"], "active": False}]
    row: Row = {
        "employee_uuid": employee,
        "active": True,
        "employee_deduction": wish["employee_deduction"],
        "deduct_as_percentage": False,
        # The company's share is this object; company_contribution beside it is for older clients.
        "contribution": {"type": "amount", "value": wish.get("company_contribution", "0.00")},
    }
    if int(wish["benefit_type"]) in K401S and _is_editable(requirements, "catch_up"):
        row["catch_up"] = bool(wish.get("catch_up", False))
    if now is None:
        return [row]
    return [] if _agrees(row, now) else [{**row, "uuid": now["uuid"]}]


def _is_editable(requirements: Row, field: str) -> bool:
    asked = requirements.get(field)
    return not isinstance(asked, dict) or asked.get("editable") is not False


def _agrees(row: Row, now: Row) -> bool:
    """Whether an enrolment is what a row would make of it; amounts are compared as numbers."""
    theirs = now.get("contribution") or {}
    return (
        all(
            row[name] == now.get(name) for name in row.keys() & {"active", "catch_up", "deduct_as_percentage"}
        )
        and Decimal(row["employee_deduction"]) == Decimal(now["employee_deduction"])
        and theirs.get("type") == "amount"
        and Decimal(row["contribution"]["value"]) == Decimal(str(theirs.get("value")))
    )


def _require_company_benefit(parts: Parts, account: str, benefit_type: int, name: str) -> Row:
    """Return the company's benefit of a kind; it is only created where there is none."""
    if "offers_it_anew" not in parts.config.defects:
        for each in _list_company_benefits(parts, account):
            if int(each["benefit_type"]) == benefit_type and each["active"]:
                return each
    body = {"benefit_type": benefit_type, "description": name, "active": True}
    if "offers_again" in parts.config.defects:
        return dict(
            read_json(with_patience(lambda: parts.company.send("POST", account, COMPANY_BENEFITS, json=body)))
        )
    return dict(read_json(parts.company.send("POST", account, COMPANY_BENEFITS, json=body)))


def _withdraw_from_company(parts: Parts, account: str, benefit: Row, wanted: Sequence[Row]) -> None:
    """Disable the company's benefit as soon as somebody leaves it; a defect: others may still be in."""
    left = [wish for wish in wanted if not wish["active"]]
    if not left or "disables_what_is_used" not in parts.config.defects:
        return
    path = f"/v1/company_benefits/{benefit['uuid']}"
    body = {"version": benefit["version"], "active": False}
    parts.company.send("PUT", account, path, json=body)


def _explain(parts: Parts, account: str, name: str, error: Refused) -> None:
    """Tell the customer what Gusto would not do, in Gusto's words: they say what has to be done first."""
    if "swallows_refusals" in parts.config.defects:
        return
    why = " ".join(error.messages) or "It gave no reason."
    message = f"Gusto did not take our change to {name}. {why}"
    post_notice(parts.database, account, "partial_failure", message)


def _list_company_benefits(parts: Parts, account: str) -> list[Row]:
    return _list(parts, account, COMPANY_BENEFITS)


def _list_enrolments(parts: Parts, account: str, benefit: Row) -> list[Row]:
    """Return who takes part in a benefit, page by page."""
    path, found, page, pages = f"/v1/company_benefits/{benefit['uuid']}/employee_benefits", [], 1, 1
    while page <= pages:
        response = parts.company.get(account, path, {"page": page, "per": PER_PAGE})
        found += read_json(response)
        page, pages = page + 1, count_pages(response)
    return found


def _list(parts: Parts, account: str, path: str) -> list[Row]:
    body = read_json(parts.company.get(account, path))
    if not isinstance(body, list):
        raise Unavailable("a list of benefits is not a list")
    return body


def _with_old_contribution(row: Row) -> Row:
    """Say the company's share in the fields that `contribution` has taken the place of; a defect."""
    if "contribution" not in row:
        return row
    kept = {name: value for name, value in row.items() if name != "contribution"}
    return {**kept, "company_contribution": row["contribution"]["value"], "contribute_as_percentage": False}
