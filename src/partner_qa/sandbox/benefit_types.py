"""The benefits that Gusto supports, by number: what each is, what it asks for, who may see and write it.

[D] numbers, names, categories and tax marks are those of the published example of
https://docs.gusto.com/app-integrations/reference/get-v1-benefits; the descriptions are our own words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Reply
from partner_qa.sandbox.company import Record
from partner_qa.sandbox.problem import unprocessable

MEDICAL, K401, HSA, DEPENDENT_CARE, SIMPLE_IRA, K403, ROTH_K401, TERM_LIFE = 1, 5, 6, 11, 8, 9, 105, 107
K401S = frozenset({K401, ROTH_K401})
# [D] `catch_up_type` is for "pre-tax 401(k) and 403(b) benefits"
CATCH_UP_TYPED = frozenset({K401, K403})
# [D] health, vision, dental and life need …:phi (https://docs.gusto.com/app-integrations/changelog/february-2024);
# [I] that these numbers are meant
_PROTECTED = frozenset({MEDICAL, 2, 3, TERM_LIFE, 993})
# [D] responsible_for_… is "only applicable to third party sick pay benefits"; [I] that these are those
SICK_PAY = frozenset({991, 992, 996, 997, 998, 999})
# [D] schema Employee-Benefit-Create-Request, `limit_option`
LIMIT_OPTIONS: Mapping[int, tuple[str, ...]] = MappingProxyType(
    {
        HSA: ("Family", "Individual"),
        DEPENDENT_CARE: ("Joint Filing or Single", "Married and Filing Separately"),
    }
)
_SAVINGS = "Savings and Retirement"
_MARKS = ("pretax", "posttax", "imputed", "healthcare", "retirement", "yearly_limit")
_LIMITED = ":write:benefit_type_limited"


@dataclass(frozen=True, slots=True, kw_only=True)
class BenefitType:
    """One kind of benefit; `marks` are those of its flags that are true."""

    number: int
    name: str
    category: str
    marks: frozenset[str]

    @property
    def is_protected(self) -> bool:
        """Whether it tells of somebody's health, and needs a scope of its own to be seen."""
        return self.number in _PROTECTED

    @property
    def takes_percentages(self) -> bool:
        """Whether amounts may be percentages of pay ([D] by the type alone; [I] all but imputed ones)."""
        return "imputed" not in self.marks

    @property
    def contributions(self) -> tuple[str, ...]:
        """Return the kinds of company contribution that it takes [I]; a match in tiers is for savings."""
        if self.number == SIMPLE_IRA:
            return ("percentage",)
        if "retirement" in self.marks:
            return ("amount", "percentage", "tiered")
        return ("amount", "percentage") if self.takes_percentages else ("amount",)


def _make(number: int, name: str, category: str, marks: str) -> BenefitType:
    return BenefitType(number=number, name=name, category=category, marks=frozenset(marks.split()))


BENEFIT_TYPES: Mapping[int, BenefitType] = MappingProxyType(
    {
        each.number: each
        for each in (
            _make(MEDICAL, "Medical Insurance", "Health", "pretax healthcare"),
            _make(2, "Dental Insurance", "Health", "pretax healthcare"),
            _make(3, "Vision Insurance", "Health", "pretax healthcare"),
            _make(HSA, "Health Savings Account", "Health", "pretax yearly_limit"),
            _make(7, "Health FSA", "Health", "pretax yearly_limit"),
            _make(DEPENDENT_CARE, "Dependent Care FSA", "Health", "pretax yearly_limit"),
            _make(SIMPLE_IRA, "SIMPLE IRA", _SAVINGS, "pretax retirement yearly_limit"),
            _make(ROTH_K401, "Roth 401(k)", _SAVINGS, "posttax retirement yearly_limit"),
            _make(110, "Roth 403(b)", _SAVINGS, "posttax retirement yearly_limit"),
            _make(K401, "401(k)", _SAVINGS, "pretax retirement yearly_limit"),
            _make(K403, "403(b)", _SAVINGS, "pretax retirement yearly_limit"),
            _make(108, "SEP-IRA", _SAVINGS, "pretax retirement yearly_limit"),
            _make(109, "SARSEP", _SAVINGS, "pretax retirement yearly_limit"),
            _make(TERM_LIFE, "Group-Term Life Insurance", "Health", "posttax imputed"),
            _make(10, "Commuter Benefits (pre-tax)", "Transportation", "pretax"),
            _make(106, "Personal Use of Company Car", "Transportation", "posttax imputed"),
            _make(111, "529 College Savings", "Other", "posttax imputed"),
            _make(112, "Student Loan Repayment", "Other", "posttax imputed"),
            _make(998, "Short Term Disability (post-tax)", "Health", "posttax"),
            _make(999, "Long Term Disability (post-tax)", "Health", "posttax"),
            _make(996, "Short Term Disability (pre-tax)", "Health", "pretax"),
            _make(997, "Long Term Disability (pre-tax)", "Health", "pretax"),
            _make(991, "Voluntary Short Term Disability (post-tax)", "Health", "posttax"),
            _make(992, "Voluntary Long Term Disability (post-tax)", "Health", "posttax"),
            _make(993, "Voluntary Life (post-tax)", "Health", "posttax"),
            _make(113, "Commuter Parking", "Transportation", "pretax"),
            _make(114, "Commuter Transit", "Transportation", "pretax"),
            _make(100, "Other (taxable)", "Other", "posttax imputed"),
            _make(201, "Cell Phone (taxable)", "Transportation", "posttax imputed"),
            _make(202, "Gym & Fitness (taxable)", "Transportation", "posttax imputed"),
            _make(203, "Housing (taxable)", "Transportation", "posttax imputed"),
            _make(204, "Wellness (taxable)", "Transportation", "posttax imputed"),
        )
    }
)


def find_type(value: Json) -> BenefitType | None:
    """Return the benefit that a number names, written as one or as text, or `None`."""
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() and len(value) < 9 else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return BENEFIT_TYPES.get(int(value)) if value == int(value) else None


def type_of(company_benefit: Record) -> BenefitType:
    """Return what kind a company benefit is of."""
    return BENEFIT_TYPES[int(str(company_benefit["benefit_type"]))]


def show_type(call: Call, kind: BenefitType) -> Record:
    """Return a benefit as Gusto shows it (schema `Supported-Benefit`)."""
    marks: Record = {name: name in kind.marks for name in _MARKS}
    return {
        "benefit_type": kind.number,
        "name": kind.name,
        "description": f"Deductions and contributions for {kind.name}",
        "category": kind.category,
        **marks,
        "writable_by_application": _may_write(call, kind),
    }


def is_hidden(call: Call, kind: BenefitType) -> bool:
    """Whether benefits of this kind must be left out of an answer: they tell of somebody's health.

    [D] rows are left out, nothing is refused; each operation names the scope that opens them (`…:phi`), and
    one that names none leaves nothing out.
    """
    scopes = call.operation.additional_scopes if call.operation is not None else ()
    return kind.is_protected and any(scope.endswith(":phi") and not call.sees(scope) for scope in scopes)


def refuse_type(call: Call, kind: BenefitType) -> Reply | None:
    """Return the 422 of an application that may not write this kind of benefit, or `None`.

    [D] the literal, delete-v1-employee_benefits-employee_benefit_id; [D] whoever has
    `…:write:benefit_type_limited` writes permitted types only; [I] those are savings and retirement.
    """
    if _may_write(call, kind):
        return None
    message = f"This application is not permitted to modify benefits of type {kind.number} ({kind.name})."
    return unprocessable("benefit_type", "invalid_parameter", message)


def _may_write(call: Call, kind: BenefitType) -> bool:
    """[I] a limit of either resource counts for both: an application has one list of permitted types."""
    is_limited = any(call.sees(f"{name}_benefits{_LIMITED}") for name in ("company", "employee"))
    return "retirement" in kind.marks or not is_limited
