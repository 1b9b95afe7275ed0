"""One company as the sandbox keeps it: tables of records, each record in the shape of its schema.

A record is the JSON object that Gusto would show to somebody with every scope; what a grant may not see is
left out when it is shown, never when it is kept. Tables keep the order of creation.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from partner_qa.model import Json

Record = dict[str, Json]
Table = dict[str, Record]


@dataclass(slots=True, kw_only=True)
class Company:
    """A company and all that belongs to it, by UUID. `profile` is its own record (schema `Company`).

    Records refer to each other by UUID (`employee_uuid`, `job_uuid`, `location_uuid`), as in Gusto.
    """

    uuid: str
    profile: Record
    admins: Table = field(default_factory=dict)
    locations: Table = field(default_factory=dict)
    departments: Table = field(default_factory=dict)
    employees: Table = field(default_factory=dict)
    jobs: Table = field(default_factory=dict)
    compensations: Table = field(default_factory=dict)
