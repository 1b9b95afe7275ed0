"""What benefits there are, and what each asks for: read these before offering or enrolling anything.

[D] https://docs.gusto.com/app-integrations/reference/get-v1-benefits-benefits_id-requirements. What the
requirements say is what employee_benefits.py demands: both come from benefit_types.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.benefit_types import (
    BENEFIT_TYPES,
    K401S,
    LIMIT_OPTIONS,
    SIMPLE_IRA,
    TERM_LIFE,
    BenefitType,
    find_type,
    show_type,
)
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Record
from partner_qa.sandbox.problem import not_found
from partner_qa.sandbox.world import World


def list_supported(_world: World, call: Call) -> Reply:
    """Answer `get-v1-benefits`: every benefit, those that the application may not write too [D]."""
    return Reply.of(200, [show_type(call, kind) for kind in BENEFIT_TYPES.values()])


def show_supported(_world: World, call: Call) -> Reply:
    """Answer `get-v1-benefits-benefit_id`; [I] 404 for a number that none has, which no page declares."""
    kind = find_type(call.params["benefit_id"])
    return not_found() if kind is None else Reply.of(200, show_type(call, kind))


def show_requirements(_world: World, call: Call) -> Reply:
    """Answer `get-v1-benefits-benefits_id-requirements`."""
    kind = find_type(call.params["benefit_id"])
    return not_found() if kind is None else Reply.of(200, _require(kind))


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "get-v1-benefits": list_supported,
        "get-v1-benefits-benefit_id": show_supported,
        "get-v1-benefits-benefits_id-requirements": show_requirements,
    }
)


def _require(kind: BenefitType) -> Record:
    """Return what enrolling somebody in a benefit takes (schema `Benefit-Type-Requirements`).

    [D] the fields and the form of each; [I] their values for a kind, since one example is published. What is
    `required` and has no default is refused where it is missing; what is not `editable` is refused or
    ignored.
    """
    is_simple, is_life = kind.number == SIMPLE_IRA, kind.number == TERM_LIFE
    options = LIMIT_OPTIONS.get(kind.number)
    share: Json = {"type": "percentage", "value": "2"} if is_simple else None  # [D] the example
    return {
        "employee_deduction": _field(),
        "contribution": _field(required=is_simple, default=share, choices=kind.contributions),
        "deduct_as_percentage": _field(editable=kind.takes_percentages),
        "catch_up": _field(editable=kind.number in K401S),
        "limit_option": _field(required=options is not None, editable=options is not None, choices=options),
        "company_contribution_annual_maximum": _field(),
        "coverage_salary_multiplier": _field(editable=is_life),
        "coverage_amount": _field(editable=is_life),
    }


def _field(
    *,
    required: bool = False,
    editable: bool = True,
    default: Json = None,
    choices: Iterable[str] | None = None,
) -> Record:
    return {
        "required": required,
        "editable": editable,
        "default_value": default,
        "choices": None if choices is None else list(choices),
    }
