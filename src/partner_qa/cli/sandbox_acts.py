"""All acts of `/_sandbox` by the names of their routes.

Each is a line or two over `sandbox/admin.py` and its desks, and returns what somebody wants to see next. What
takes an operation (a salary) is in sandbox_control.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from partner_qa.cli.sandbox_act import Act
from partner_qa.cli.sandbox_company_acts import COMPANY_ACTS
from partner_qa.cli.sandbox_payroll_acts import PAYROLL_ACTS
from partner_qa.cli.sandbox_people_acts import PEOPLE_ACTS

ACTS: Mapping[str, Act] = MappingProxyType(
    dict(sorted({**COMPANY_ACTS, **PEOPLE_ACTS, **PAYROLL_ACTS}.items()))
)
