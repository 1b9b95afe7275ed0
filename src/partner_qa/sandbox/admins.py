"""The admins of a company: whoever may run it in Gusto. App integrations can list them, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.paging import reply_with_page
from partner_qa.sandbox.world import World


def list_admins(world: World, call: Call) -> Reply:
    """Answer `get-v1-companies-company_id-admins`: the primary one first; the role is not shown [D]."""
    rows = list(world.companies[call.company].admins.values())
    return reply_with_page(call, rows, lambda row: row)


OPERATIONS: Mapping[str, Handler] = MappingProxyType({"get-v1-companies-company_id-admins": list_admins})
