"""From a request that does not fit its operation to the refusal that Gusto would give.

The contract finds what is wrong; here it becomes a status and Gusto's words. [D] the literals of
https://docs.gusto.com/app-integrations/reference, operation by operation; where none is printed the words
follow the pattern that the printed ones share, which is that of Rails [I].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from partner_qa.contract.operation import Operation, VersionIn
from partner_qa.contract.violation import Violation, Where
from partner_qa.model import Json
from partner_qa.sandbox.call import Reply
from partner_qa.sandbox.problem import (
    UNREADABLE,
    Entry,
    bad_request,
    not_found,
    refuse,
    to_entry,
    unsupported_media_type,
)

_VALUE = "invalid_attribute_value"
_PARAMETER = "invalid_parameter"
_MISSING = "missing_parameter"
_ENTITY_TYPE = ("subscription_entities.entity_type", _VALUE, "Entity type is not included in the list")
_TYPES_REQUIRED = ("subscription_types", _MISSING, "subscription_types is required.")
_STREET = ("street_1", _VALUE, "Must include a street address")
_CITY = ("city", _VALUE, "Must include a city")
_STATE = ("state", _VALUE, "State is in the wrong format")
_ZIP = ("zip", _VALUE, "Please enter a valid zip code (e.g. 12345).")
_ENTRIES = ("entries", _VALUE, "Entries are invalid")
_PHONE = ("phone_number", _VALUE, "Phone number must be 10 digits")

# [D] by operation ("" for any) and field: key, category, message
LITERALS: Mapping[tuple[str, str], tuple[str, str, str]] = MappingProxyType(
    {
        ("put-v1-companies", "contractor_only"): ("base", _MISSING, "contractor_only is required."),
        ("post-v1-provision", "user"): ("user", _MISSING, "user is required."),
        ("post-v1-webhook-subscription", "url"): ("url", _VALUE, "URL can't be blank"),
        ("post-v1-webhook-subscription", "subscription_types"): _ENTITY_TYPE,
        ("put-v1-webhook-subscription-uuid", "subscription_types"): _ENTITY_TYPE,
        ("put-v1-verify-webhook-subscription-uuid", "verification_token"): (
            "base",
            _VALUE,
            "Invalid verification token",
        ),
        ("post-payrolls-payroll_uuid-reports-general_ledger", "aggregation"): (
            "aggregation",
            _VALUE,
            "Invalid aggregation option.",
        ),
        ("post-payrolls-payroll_uuid-reports-general_ledger", "integration_type"): (
            "integration_type",
            _VALUE,
            "Invalid integration type option.",
        ),
        ("put-v1-company_benefits-company_benefit_id-contribution_exclusions", "contribution_exclusions"): (
            "contribution_exclusions",
            _VALUE,
            "Expected contribution_exclusions array of hashes.",
        ),
        ("", "street_1"): _STREET,
        ("", "city"): _CITY,
        ("", "state"): _STATE,
        ("", "zip"): _ZIP,
        ("", "phone_number"): _PHONE,
        ("", "entries"): _ENTRIES,
        ("", "hours_worked"): _ENTRIES,
        ("", "pay_classification"): _ENTRIES,
        ("", "payment_unit"): (
            "payment_unit",
            _VALUE,
            "Payment unit must be one of Hour, Week, Month, or Year",
        ),
        ("", "work_location_uuid"): ("work_location_uuid", _VALUE, "Work location not found"),
        ("", "employee_uuids"): ("employee_uuids", _PARAMETER, "Parameter employee_uuids must be an array."),
        ("", "employee_benefits"): (
            "employee_benefits",
            _PARAMETER,
            "Missing or invalid parameter 'employee_benefits'.",
        ),
    }
)
# [D] where a field that is absent has other words than one that is wrong
ABSENT: Mapping[tuple[str, str], tuple[str, str, str]] = MappingProxyType(
    {
        ("post-v1-employees-employee_id-rehire", "file_new_hire_report"): (
            "file_new_hire_report",
            _VALUE,
            "File new hire report is required",
        ),
        ("post-v1-webhook-subscription", "subscription_types"): _TYPES_REQUIRED,
        ("put-v1-webhook-subscription-uuid", "subscription_types"): _TYPES_REQUIRED,
    }
)
# [I] as page, per and limit are read: what cannot be read counts as absent
_FORGIVEN = frozenset({"page", "per", "limit"})
# [D] which options there are depends on the benefit: enrolment_form.py knows which
_JUDGED_LATER = frozenset({"limit_option"})
# [D] the pages of the operations say 422 for a year that is none, where an id that is none is 404 [O]
_YEARS = frozenset({"effective_year"})
# Query values that are out of an enum match nothing instead ([O] `200 []`), but an order is one of a few [O]
_STRICT_ENUMS = frozenset({"sort_by"})


def refuse_violations(operation: Operation, violations: Sequence[Violation]) -> Reply | None:
    """Return the refusal of a request with these violations, or `None` where Gusto would take it.

    A missing or odd `version` passes: the handler answers it like a stale one ([O]).
    """
    found = [each for each in violations if not each.is_mild and not _is_forgiven(operation, each)]
    if not found:
        return None
    if any(each.where is Where.PATH and each.pointer not in _YEARS for each in found):
        return not_found()
    if any(each.rule == "content-type" for each in found):
        return unsupported_media_type(operation.body.media_types if operation.body else ())
    if any(each.rule in {"json", "depth"} for each in found):
        return bad_request()
    return refuse(422, _without_twins(_to_entry(operation, each) for each in found))


def _is_forgiven(operation: Operation, violation: Violation) -> bool:
    if violation.where is Where.HEADER:
        return violation.rule != "content-type"  # the gate reads the version header itself
    field = _field_of(violation)
    if field == "version":
        return operation.version_in is not VersionIn.NONE
    if violation.where is not Where.QUERY:
        return field in _JUDGED_LATER
    if violation.rule == "enum":
        return field not in _STRICT_ENUMS
    # [I] Rails reads any text as a boolean; handlers take what is not `true` for false
    return field in _FORGIVEN or (violation.rule == "type" and violation.expected == "boolean")


def _to_entry(operation: Operation, violation: Violation) -> Entry:
    field = _field_of(violation)
    if violation.where is Where.QUERY:
        if violation.rule == "required":
            return to_entry(field, _MISSING, f"Missing parameter '{field}'.")
        return to_entry(field, _PARAMETER, f"Invalid parameter '{field}'.")
    if not field:
        return to_entry("base", "invalid_operation", UNREADABLE)
    absent = violation.rule == "required"
    found = (ABSENT.get((operation.id, field)) if absent else None) or _find_literal(operation.id, field)
    if found is not None:
        return to_entry(*found)
    return to_entry(_key_of(violation), _VALUE, f"{_humanize(field)} {_word(violation)}")


def _find_literal(operation: str, field: str) -> tuple[str, str, str] | None:
    return LITERALS.get((operation, field)) or LITERALS.get(("", field))


def _field_of(violation: Violation) -> str:
    """Return the innermost named field that a violation is about, or nothing for the whole body."""
    if violation.rule == "required":
        return violation.expected.removesuffix(" is required")
    if violation.where is not Where.BODY:
        return violation.pointer.partition("[")[0]
    return next((each for each in reversed(violation.path) if isinstance(each, str)), "")


def _key_of(violation: Violation) -> str:
    """Return the way to a field, without the numbers of rows: `hourly_compensations.hours`."""
    names = [each for each in violation.path if isinstance(each, str)]
    return ".".join([*names, _field_of(violation)] if violation.rule == "required" else names)


def _humanize(name: str) -> str:
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _word(violation: Violation) -> str:
    limit = violation.expected.rpartition(" ")[2]
    match violation.rule:
        case "required":
            return "is required"
        case "type" if "number" in violation.expected or "integer" in violation.expected:
            return "is not a valid number"
        case "type" if violation.expected == "array":
            return "must be an array"
        case "format" if violation.expected in {"date", "date-time"}:
            return "is not a valid date"
        case "enum" | "const":
            return "is not included in the list"
        case "minimum":
            return f"must be greater than or equal to {limit}"
        case "maximum":
            return f"must be less than or equal to {limit}"
        case "maxLength":
            return f"is too long (maximum is {limit} characters)"
        case "minLength":
            return f"is too short (minimum is {limit} characters)"
        case _:
            return "is invalid"


def _without_twins(entries: Iterable[Entry]) -> list[Entry]:
    """Return entries once each: forty wrong rows say the same forty times."""
    kept: dict[tuple[Json, Json], Entry] = {}
    for each in entries:
        kept.setdefault((each["error_key"], each["message"]), each)
    return list(kept.values())
