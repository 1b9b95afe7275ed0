"""Endpoints that older API versions had: old clients and samples still ask for them.

[D] `GET /v1/me` became `GET /v1/token_info` with version 2023-12-01
(https://docs.gusto.com/app-integrations/changelog/v2023-12-01). [Dx] the update of a payroll by the days of
its period is in the documentation of 2021. Versions that still have them are answered 406, so here they are
gone for every version.
"""

from __future__ import annotations

import re

_ROUTES = (
    re.compile(r"GET /v1/me"),
    re.compile(r"PUT /v1/companies/[^/]+/payrolls/\d{4}-\d\d-\d\d/\d{4}-\d\d-\d\d"),
)


def is_retired(method: str, path: str) -> bool:
    """Whether a request line is one of those; `path` is as sent, without the query."""
    return any(route.fullmatch(f"{method} {path}") for route in _ROUTES)
