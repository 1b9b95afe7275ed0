"""Does the integration take contractors for what they are: no employees, people or businesses, some gone?

The checks look at the scenario `contractors_of_every_kind`. In its windows `before` and `after` the harness
read the contractors with a grant of its own, had the integration read whom it reads, and asked what it holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from partner_qa.checks import traffic
from partner_qa.contract.names import LIST_CONTRACTORS, UPDATE_CONTRACTOR
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Json, Kind, Recording

Row = Mapping[str, Json]
_WINDOWS = ("before", "after")


def keeps_contractors_apart(recording: Recording) -> tuple[Finding, ...]:
    """Judge that contractors are read where they are listed, go by their right names, and are gone when gone.

    Or that they are left out on purpose, and the customer is told so (a notice `excluded`). Unfinished ones
    may be held or not. Source:
    https://docs.gusto.com/app-integrations/reference/get-v1-companies-company_uuid-contractors
    """
    known = {uuid: row for window in _WINDOWS for uuid, row in _read(recording, window).items()}
    if not known:
        raise NotObserved("the contractors of this situation were never there", missing=traffic.RECORD_AGAIN)
    strays = [call for call in traffic.api_calls(recording) if _is_stray(call, known)]
    if not any(map(traffic.is_success, traffic.api_calls(recording, LIST_CONTRACTORS))):
        return _stray_findings(recording, strays) or _require_exclusion(recording)
    findings = {}
    looked = False
    for window in _WINDOWS:
        for seen, held in _looks(recording, window):
            looked = True
            for words in _find_wrong(held, _read(recording, window)):
                findings[words] = _wrong(recording, seen, words)
    if not looked and not strays:
        missing = ("observations.contractors in partner.yaml",)
        raise NotObserved("which contractors are held was not told", missing=missing)
    return (*_stray_findings(recording, strays), *findings.values())


def _require_exclusion(recording: Recording) -> tuple[Finding, ...]:
    """Ask that who reads no contractors says so; said otherwise than by a notice, it cannot be seen."""
    if any("excluded" in (traffic.notices_in(recording, window) or ()) for window in _WINDOWS):
        return ()
    raise NotObserved(
        "contractors were not read, and no notice says that they are left out",
        missing=(
            "actions.list_contractors, or the notice `excluded` in observations.notices, in partner.yaml",
        ),
    )


def _is_stray(call: Exchange, known: Mapping[str, Row]) -> bool:
    """Whether a contractor is asked for as if they were an employee."""
    parts = traffic.path_of(call).split("/")
    return len(parts) > 3 and parts[2] == "employees" and parts[3] in known


def _stray_findings(recording: Recording, strays: list[Exchange]) -> tuple[Finding, ...]:
    if not strays:
        return ()
    return (
        Finding(
            check="keeps_contractors_apart",
            message="does not keep contractors apart from employees",
            places=traffic.places(recording, strays),
            expected="/v1/contractors/{contractor_uuid}",
            seen="a contractor's UUID where an employee's belongs",
            hint="keep in mind of whom a UUID is, and ask at the address of their kind",
            key="stray",
        ),
    )


def _find_wrong(held: Mapping[str, Row], known: Mapping[str, Row]) -> Iterator[str]:
    for uuid, row in known.items():
        kind = "a business" if row.get("type") == "Business" else "an individual"
        says, works = held.get(uuid), row.get("is_active") is True
        if says is None:
            if works and row.get("onboarded") is True:
                yield f"{kind} at work is not held"
            continue
        if not works and says.get("is_active", True) is not False:
            yield "somebody who no longer works for the company is held as if they did"
        if works and says.get("is_active", True) is False:
            yield f"{kind} at work is held as gone"
        if not _has_name(str(says.get("name") or ""), row):
            yield f"{kind} is called otherwise"


def _has_name(name: str, row: Row) -> bool:
    """Whether a name is a contractor's: all of its words are there, in any order and however written."""
    parts = ("business_name",) if row.get("type") == "Business" else ("first_name", "last_name")
    words = " ".join(str(row.get(part) or "") for part in parts).casefold().split()
    return all(word in name.casefold() for word in words)


def _wrong(recording: Recording, seen: Exchange, words: str) -> Finding:
    return Finding(
        check="keeps_contractors_apart",
        message=f"does not take contractors for what they are: {words}",
        places=traffic.places(recording, [seen]),
        expected="individuals by both names, businesses by theirs; whose is_active is false is gone",
        seen=words,
        hint="go by type: business_name for a Business, first_name and last_name for an Individual; leave "
        "out or mark whose is_active is false",
        key=words,
    )


def leaves_types_alone(recording: Recording) -> tuple[Finding, ...]:
    """Judge that no contractor who is onboarded is made a business of an individual, or the other way round.

    Proof of life: contractors of both types were read, one of them renamed between two reads. Whoever updates
    contractors may send the type that they have. Source:
    https://docs.gusto.com/app-integrations/reference/put-v1-contractors-contractor_uuid
    """
    known = _read(recording, "before")
    onboarded = {uuid: row for uuid, row in known.items() if row.get("onboarded") is True}
    reads = [call for call in traffic.api_calls(recording, LIST_CONTRACTORS) if traffic.is_success(call)]
    if {str(row["type"]) for row in onboarded.values()} != {"Business", "Individual"} or len(reads) < 2:
        missing = ("actions.list_contractors in partner.yaml",)
        raise NotObserved("contractors were not read twice, so that nothing could change", missing=missing)
    flips = []
    for call in traffic.api_calls(recording, UPDATE_CONTRACTOR):
        sent = traffic.json_of(call.request.body)
        row = onboarded.get(traffic.path_of(call).rsplit("/", 1)[-1])
        kind = sent.get("type") if isinstance(sent, dict) else None
        if row is not None and kind is not None and kind != row.get("type"):
            flips.append((call, f"{kind}, for somebody who is {row.get('type')}"))
    return tuple(
        Finding(
            check="leaves_types_alone",
            message="does not leave the type of a contractor alone after onboarding",
            places=traffic.places(recording, [call]),
            expected="an update without type, or with the type that the contractor has",
            seen=words,
            hint="leave type out of updates; who chose wrongly is dismissed and made anew in Gusto",
            key=f"update={traffic.path_of(call)}",
        )
        for call, words in flips
    )


def _read(recording: Recording, window: str) -> dict[str, Row]:
    """Return the contractors as Gusto had them in a window, by UUID."""
    part = recording.with_exchanges(traffic.within(recording, window, *Kind))
    return {str(row["uuid"]): row for row in traffic.audited(part, LIST_CONTRACTORS) if "uuid" in row}


def _looks(recording: Recording, window: str) -> Iterator[tuple[Exchange, dict[str, Row]]]:
    for seen in traffic.within(recording, window, Kind.OBSERVATION):
        told = traffic.json_of(seen.response.body)
        rows = told.get("contractors") if isinstance(told, dict) else None
        if isinstance(rows, list):
            yield seen, {str(each.get("gusto_uuid")): each for each in rows if isinstance(each, dict)}
