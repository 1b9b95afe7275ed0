"""Does the integration say which API version it speaks, and is it one that Gusto still answers and keeps?"""

from __future__ import annotations

from datetime import date

from partner_qa.checks import traffic
from partner_qa.contract.versions import HEADER, ApiVersion, State, find_version, to_version
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Recording, Run, find_header


def sends_supported_version(run: Run, *, oldest: date, minimum: date) -> tuple[Finding, ...]:
    """Judge that each version header is a date, not too old, not below the application's minimum, not ahead.

    `oldest` is the oldest version Gusto still answers, `minimum` the application's own. A request without
    the header gets the application's minimum, which is valid. Sources:
    https://docs.gusto.com/app-integrations/docs/api-versioning, .../docs/getting-setup
    """
    calls = [(each, call) for each in run for call in traffic.api_calls(each) if _is_versioned(call)]
    if not calls:
        raise NotObserved("the integration sent no request to /v1 in this run", missing=traffic.CALLS)
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


def names_its_version(run: Run) -> tuple[Finding, ...]:
    """Judge that each request to `/v1` says which API version it was written for.

    Without the header the application's minimum counts, which somebody may raise in the Developer Portal.
    Source: https://docs.gusto.com/app-integrations/docs/getting-setup
    """
    calls = [(each, call) for each in run for call in traffic.api_calls(each) if _is_versioned(call)]
    if not calls:
        raise NotObserved("the integration sent no request to /v1 in this run", missing=traffic.CALLS)
    bare = [(each, call) for each, call in calls if find_header(call.request.headers, HEADER) is None]
    if not bare:
        return ()
    return (
        Finding(
            check="names_its_version",
            message="does not say which API version it speaks",
            places=tuple(place for each, call in bare[:20] for place in traffic.places(each, [call])),
            expected=f"{HEADER} on every request to /v1",
            seen=f"no such header on {len(bare)} of {len(calls)} requests",
            hint="set the header in the one place that sends requests to Gusto",
            key="bare",
        ),
    )


def speaks_a_stable_version(run: Run, *, minimum: date) -> tuple[Finding, ...]:
    """Judge that the versions in use are none that Gusto has announced the end of, on the day of the run.

    Without the header the application's `minimum` counts. Any version that is still stable is right, not
    only the newest. What no version is at all is left to `sends_supported_version`. Source:
    https://docs.gusto.com/app-integrations/docs/api-versioning
    """
    calls = [(each, call) for each in run for call in traffic.api_calls(each) if _is_versioned(call)]
    if not calls:
        raise NotObserved("the integration sent no request to /v1 in this run", missing=traffic.CALLS)
    today = run.started.date()
    fading: dict[ApiVersion, list[tuple[Recording, Exchange]]] = {}
    for recording, call in calls:
        asked = to_version(find_header(call.request.headers, HEADER) or minimum.isoformat())
        version = find_version(asked) if asked else None
        if version is not None and version.state_on(today) is not State.STABLE:
            fading.setdefault(version, []).append((recording, call))
    return tuple(
        Finding(
            check="speaks_a_stable_version",
            message=f"does not keep up with API versions: {version} is {version.state_on(today)}",
            places=tuple(place for each, call in where[:20] for place in traffic.places(each, [call])),
            expected="a version that is stable on the day of the run",
            seen=f"{version} on {len(where)} requests; it ends on {version.sunset}",
            hint="read the upgrade guide, raise the version in one place, and run this again",
            key=f"version={version}",
        )
        for version, where in fading.items()
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
