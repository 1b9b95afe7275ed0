"""Does the integration speak an API version that Gusto still answers?"""

from __future__ import annotations

from datetime import date

from partner_qa.checks import traffic
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Recording, Run, find_header

HEADER = "X-Gusto-API-Version"


def sends_supported_version(run: Run, *, oldest: date, minimum: date) -> tuple[Finding, ...]:
    """Judge that each version header is a date, not too old, not below the application's minimum, not ahead.

    `oldest` is the oldest version Gusto still answers, `minimum` the application's own. A request without
    the header gets the application's minimum, which is valid. Sources:
    https://docs.gusto.com/app-integrations/docs/api-versioning, .../docs/getting-setup
    """
    calls = [(each, call) for each in run for call in traffic.api_calls(each) if _is_versioned(call)]
    if not calls:
        raise NotObserved("the integration sent no request to /v1 in this run")
    faulty: dict[str, list[tuple[Recording, Exchange]]] = {}
    for recording, call in calls:
        value = find_header(call.request.headers, HEADER)
        if value is not None and _why_refused(value, run.started.date(), oldest, minimum):
            faulty.setdefault(value, []).append((recording, call))
    return tuple(
        Finding(
            check="sends_supported_version",
            message=f"does not send a supported API version: {value[:40]!r}",
            places=tuple(place for each, call in where[:20] for place in traffic.places(each, [call])),
            expected=f"{HEADER} between {max(oldest, minimum)} and {run.started.date()}",
            seen=f"{value[:40]!r} on {len(where)} requests: "
            f"{_why_refused(value, run.started.date(), oldest, minimum)}",
            hint=f"send the version your application was built for, {minimum} or newer",
            key=f"version={value[:40]}",
        )
        for value, where in faulty.items()
    )


def _is_versioned(call: Exchange) -> bool:
    return traffic.path_of(call).startswith("/v1/")


def _why_refused(value: str, today: date, oldest: date, minimum: date) -> str:
    try:
        version = date.fromisoformat(value)
    except ValueError:
        return "not a date of the form YYYY-MM-DD"
    if len(value) != len("2026-06-15"):
        return "not a date of the form YYYY-MM-DD"
    if version < oldest:
        return f"older than {oldest}, the oldest that Gusto still answers"
    if version < minimum:
        return f"below {minimum}, the minimum of this application"
    return "in the future" if version > today else ""
