"""What an application writes of somebody's part in a benefit, read as Gusto reads it.

[D] the literals: https://docs.gusto.com/app-integrations/reference/post-v1-employees-employee_id-employee_benefits;
those marked [I] follow their pattern. What each kind of benefit takes is benefit_types.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from partner_qa.model import Json
from partner_qa.sandbox.benefit_types import K401S, LIMIT_OPTIONS, SIMPLE_IRA, TERM_LIFE, BenefitType
from partner_qa.sandbox.company import Record
from partner_qa.sandbox.entry_form import EntryForm, find_day
from partner_qa.sandbox.problem import to_entry
from partner_qa.sandbox.wire import find_number, to_money

_OLDER = ("company_contribution", "contribute_as_percentage")
_MAXIMA = ("employee_deduction_annual_maximum", "company_contribution_annual_maximum")
_LIFE_ONLY = "is only applicable for group term life employee benefit."
_ZERO = Decimal(0)


def read_enrolment(
    record: Record, body: Mapping[str, Json], kind: BenefitType, *, is_update: bool
) -> EntryForm:
    """Read an enrolment; `record` is as it stands, or has the defaults. Every mistake is named at once."""
    form = EntryForm(body, is_update=is_update)
    form.take_flag("active")
    _take_amounts(form, body, kind)
    _take_contribution(form, record, body, kind, is_update=is_update)
    _take_limit_option(form, record, body, kind)
    if kind.number in K401S:  # [D] "only Roth 401k and 401k benefits use this value"; [I] others ignore it
        form.take_flag("catch_up")
    if kind.number == TERM_LIFE and "deduction_reduces_taxable_income" in body:  # [D] only these; [I] ignored
        form.values["deduction_reduces_taxable_income"] = body["deduction_reduces_taxable_income"]
    _take_days(form, record, body)
    _compare(form, {**record, **form.values})
    return form


def _take_amounts(form: EntryForm, body: Mapping[str, Json], kind: BenefitType) -> None:
    _take_money(form, body, "employee_deduction")
    for name in _MAXIMA:
        _take_money(form, body, name, nullable=True)
    if kind.number == TERM_LIFE:
        _take_money(form, body, "coverage_amount", nullable=True)
        _take_money(form, body, "coverage_salary_multiplier")
    elif find_number(body.get("coverage_amount")):
        form.refuse("coverage_amount", f"Coverage amount {_LIFE_ONLY}")
    elif find_number(body.get("coverage_salary_multiplier")):
        form.refuse("coverage_salary_multiplier", f"Coverage salary multiplier {_LIFE_ONLY}")  # [I]
    if body.get("deduct_as_percentage") is True and not kind.takes_percentages:
        form.refuse("deduct_as_percentage", "This benefit does not support percentage amounts")  # [I]
    else:
        form.take_flag("deduct_as_percentage")


def _take_money(form: EntryForm, body: Mapping[str, Json], name: str, *, nullable: bool = False) -> None:
    if name not in body:
        return
    amount, words = find_number(body[name]), name.replace("_", " ").capitalize()
    if body[name] is None and nullable:
        form.values[name] = None
    elif amount is None:
        form.refuse(name, f"{words} is not a valid number")  # [I]
    elif amount < 0:
        form.refuse(name, f"{words} must be greater than or equal to 0")
    else:
        form.values[name] = to_money(amount)


def _take_contribution(
    form: EntryForm, record: Record, body: Mapping[str, Json], kind: BenefitType, *, is_update: bool
) -> None:
    """Read what the company adds. [D] `contribution` takes the place of two older fields; [I] it wins."""
    form.take_flag("elective")
    kept = record["contribution"] if isinstance(record["contribution"], dict) else {}
    given = body.get("contribution")
    if isinstance(given, dict):
        wanted: Record = {**kept, **given}
        if given.get("type", kept.get("type")) != kept.get("type") and "value" not in given:
            del wanted["value"]
    elif any(name in body for name in _OLDER):
        was_share = kept.get("type") == "percentage"
        is_share = body.get("contribute_as_percentage", was_share) is True
        value = kept.get("value") if isinstance(kept.get("value"), str) else "0.00"
        wanted = {
            "type": "percentage" if is_share else "amount",
            "value": body.get("company_contribution", value),
        }
    elif kind.number == SIMPLE_IRA and not is_update:
        wanted = {"type": "percentage", "value": "2"}  # [D] the default of its requirements
    else:
        return
    _keep_contribution(form, wanted, kind)


def _keep_contribution(form: EntryForm, wanted: Record, kind: BenefitType) -> None:
    if wanted.get("type") not in kind.contributions:
        form.refuse("contribution", "Contribution type is not included in the list")  # [I]
        return
    if wanted["type"] == "tiered":
        tiers = _read_tiers(wanted.get("value"))
        if tiers is None:
            form.refuse(
                "contribution", "Contribution tiers must rise, each with a rate and a threshold"
            )  # [I]
        else:
            form.values |= {"contribution": {"type": "tiered", "value": {"tiers": tiers}}, "elective": True}
        return
    amount = find_number(wanted.get("value"))
    if amount is None:
        form.refuse("company_contribution", "Company contribution is not a valid number")  # [I]
    elif amount < 0:
        form.refuse("company_contribution", "Company contribution must be greater than or equal to 0")
    elif wanted["type"] == "percentage" and amount > 100:
        form.refuse("company_contribution", "Company contribution must be less than or equal to 100")  # [I]
    else:
        form.values["contribution"] = {"type": wanted["type"], "value": to_money(amount)}


def _read_tiers(value: Json) -> list[Json] | None:
    """Return tiers as they are shown, or `None`; [D] `threshold` is where one ends.

    [D] an update takes a list and a bulk update an object with `tiers`: either is read for both.
    """
    rows = value.get("tiers") if isinstance(value, dict) else value
    if not isinstance(rows, list) or not rows:
        return None
    tiers: list[Json] = []
    below = _ZERO
    for row in rows:
        rate = find_number(row.get("rate")) if isinstance(row, dict) else None
        threshold = find_number(row.get("threshold")) if isinstance(row, dict) else None
        if rate is None or threshold is None or rate < 0 or not below < threshold <= 100:
            return None
        tiers.append(
            {
                "rate": _to_share(rate),
                "threshold": _to_share(threshold),
                "threshold_delta": _to_share(threshold - below),
            }
        )
        below = threshold
    return tiers


def _to_share(number: Decimal) -> str:
    """[D] the example writes shares with one decimal at least: `100.0`."""
    text = format(number.normalize(), "f")
    return text if "." in text else f"{text}.0"


def _take_limit_option(form: EntryForm, record: Record, body: Mapping[str, Json], kind: BenefitType) -> None:
    """[D] a limit that depends on the family needs to know it; [I] other kinds ignore one that there is."""
    options = LIMIT_OPTIONS.get(kind.number)
    if options is None:
        known = [each for choices in LIMIT_OPTIONS.values() for each in choices]
        if body.get("limit_option") not in [None, *known]:
            form.refuse("limit_option", "Limit option is not included in the list")  # [I] the wording
        return
    given = body.get("limit_option", record["limit_option"])
    if given in options:
        form.values["limit_option"] = given
    else:
        choices = ", ".join(f'"{each}"' for each in options)
        form.refuse("limit_option", f"Limit option must be one of {choices}")


def _take_days(form: EntryForm, record: Record, body: Mapping[str, Json]) -> None:
    for name in ("effective_date", "expiration_date"):
        if name not in body:
            continue
        day = find_day(body[name])
        if day is not None:
            form.values[name] = day.isoformat()
        elif body[name] is None and name == "expiration_date":
            form.values[name] = None
        else:
            form.refuse(name, f"{name.replace('_', ' ').capitalize()} is not a valid date")
    after = {**record, **form.values}
    if after["expiration_date"] is not None and str(after["expiration_date"]) < str(after["effective_date"]):
        form.refuse("expiration_date", "Expiration date must be on or after the effective date")  # [I]


def _compare(form: EntryForm, after: Record) -> None:
    """Look at what excludes each other or is missing in an enrolment as it would be."""
    deducted, added = find_number(after["employee_deduction"]) or _ZERO, _find_contribution(after)
    multiplied = find_number(after["coverage_salary_multiplier"]) or _ZERO
    covered = find_number(after["coverage_amount"]) or _ZERO
    if covered and added:  # [D] they exclude each other; [I] the wording
        form.refuse(
            "company_contribution", "Company contribution cannot be present if coverage amount is set"
        )
    if covered and multiplied:  # [D] they exclude each other; [I] the wording
        words = "Coverage salary multiplier cannot be set if coverage amount is set"
        form.refuse("coverage_salary_multiplier", words)
    if after["deduct_as_percentage"] is True and deducted > 100:
        form.refuse("employee_deduction", "Employee deduction must be less than or equal to 100")  # [I]
    if form.mistakes or after["active"] is not True or deducted or added or covered or multiplied:
        return
    message = "An active employee benefit must have either a company contribution or an employee deduction"
    form.mistakes.append(to_entry("base", "invalid_operation", message))


def _find_contribution(after: Record) -> Decimal:
    contribution = after["contribution"] if isinstance(after["contribution"], dict) else {}
    if contribution.get("type") == "tiered":
        return Decimal(1)
    return find_number(contribution.get("value")) or _ZERO
