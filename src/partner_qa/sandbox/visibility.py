"""What a grant may not see: fields that are left out of an answer for want of a data-level scope.

[D] the call succeeds and the answer shrinks; the operation pages say by which scope. Handlers ask here as
they show a record; records are kept whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.call import Call

Fields = Mapping[str, frozenset[str]]

# [D] get-v1-companies: each by the scope that opens it
COMPANY: Fields = MappingProxyType(
    {
        "company_admin:read": frozenset({"primary_payroll_admin"}),
        "signatories:read": frozenset({"primary_signatory"}),
    }
)
# [D] get-v1-companies-company_id-employees, and the job model: what somebody is paid
JOB: Fields = MappingProxyType(
    {
        "compensations:read": frozenset(
            {"rate", "payment_unit", "current_compensation_uuid", "compensations"}
        ),
    }
)


def hides(call: Call, scope: str) -> bool:
    """Whether what `scope` opens must be left out of the answer to this call."""
    return not call.sees(scope)


def leave_out(call: Call, record: Mapping[str, Json], fields: Fields) -> dict[str, Json]:
    """Return a record as a grant may see it: a new object without the fields of scopes that it lacks."""
    hidden = {name for scope, names in fields.items() if not call.sees(scope) for name in names}
    return {name: value for name, value in record.items() if name not in hidden}
