"""JSON of results.json as values of the model again; encoding.py wrote it.

Comes after validation by schemas/results.json, so shapes are sure here; only what a schema cannot say
(a date that exists, base64 that decodes) raises `ValueError`.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from partner_qa.model import (
    Attestation,
    Basis,
    Blame,
    Body,
    Evidence,
    Exchange,
    Finding,
    FiredFault,
    Headers,
    Item,
    Kind,
    Level,
    Outcome,
    Place,
    Proof,
    Recording,
    Request,
    Response,
    Run,
    Source,
    Target,
    Tenant,
    Verdict,
    VerifiedBy,
    Waiver,
)

Object = dict[str, Any]


def decode_item(value: Object) -> Item:
    """Return a checklist row."""
    source = value["source"]
    return Item(
        id=value["id"],
        section=value["section"],
        title=value["title"],
        requirement=value["requirement"],
        level=Level(value["level"]),
        basis=Basis(value["basis"]),
        applies_to=frozenset(value["applies_to"]),
        verified_by=VerifiedBy(value["verified_by"]),
        proof=Proof(value["proof"]),
        source=Source(
            title=source["title"], url=source["url"], retrieved=date.fromisoformat(source["retrieved"])
        ),
        advice=value["advice"],
        why=value["why"],
        rationale=value["rationale"],
        not_testable=value["not_testable"],
        sheet_row=value["sheet_row"],
    )


def decode_verdict(item: str, value: Object) -> Verdict:
    """Return the verdict on an item."""
    waiver, attestation = value["waiver"], value["attestation"]
    return Verdict(
        item=item,
        outcome=Outcome(value["outcome"]),
        reason=value["reason"],
        findings=tuple(decode_finding(each) for each in value["findings"]),
        evidence=Evidence(value["evidence"]) if value["evidence"] else None,
        blame=Blame(value["blame"]) if value["blame"] else None,
        missing=tuple(value["missing"]),
        scenarios=tuple(value["scenarios"]),
        waiver=_decode_waiver(waiver) if waiver else None,
        attestation=_decode_attestation(attestation) if attestation else None,
    )


def decode_finding(value: Object) -> Finding:
    """Return a finding; its fingerprint is computed anew and must be the one that was written."""
    finding = Finding(
        check=value["check"],
        message=value["message"],
        places=tuple(decode_place(each) for each in value["places"]),
        expected=value["expected"],
        seen=value["seen"],
        hint=value["hint"],
        blame=Blame(value["blame"]),
        key=value["key"],
    )
    if finding.fingerprint != value["fingerprint"]:
        raise ValueError(f"the finding {value['fingerprint']} has been changed")
    return finding


def decode_place(text: str) -> Place:
    """Return the place whose printed address this is."""
    scenario, _, sequence = text.rpartition("#")
    return Place(scenario=scenario, sequence=int(sequence))


def _decode_waiver(value: Object) -> Waiver:
    return Waiver(
        item=value["item"],
        fingerprint=value["fingerprint"],
        owner=value["owner"],
        reason=value["reason"],
        expires=date.fromisoformat(value["expires"]),
    )


def _decode_attestation(value: Object) -> Attestation:
    return Attestation(
        item=value["item"],
        person=value["person"],
        role=value["role"],
        given=date.fromisoformat(value["given"]),
        answer=value["answer"],
        evidence=tuple(value["evidence"]),
        expires=date.fromisoformat(value["expires"]) if value["expires"] else None,
        digests=tuple(sorted(value["digests"].items())),
    )


def decode_run(value: Object, exchanges: dict[str, Object]) -> Run:
    """Return the run; its recordings hold only the exchanges that findings rest on."""
    held = {decode_place(place): each for place, each in exchanges.items()}
    return Run(
        id=value["id"],
        started=datetime.fromisoformat(value["started"]),
        ended=_decode_time(value["ended"]),
        target=Target(value["target"]),
        harness=value["harness"],
        profile=value["profile"],
        contract=value["contract"],
        checklist=value["checklist"],
        base_url=value["base_url"],
        filters=tuple(value["filters"]),
        recordings=tuple(_decode_recording(each, held) for each in value["recordings"]),
    )


def _decode_recording(value: Object, held: dict[Place, Object]) -> Recording:
    own = sorted(place for place in held if place.scenario == value["scenario"])
    return Recording(
        scenario=value["scenario"],
        target=Target(value["target"]),
        started=datetime.fromisoformat(value["started"]),
        ended=_decode_time(value["ended"]),
        tenants=tuple(Tenant(account=each["account"], company=each["company"]) for each in value["tenants"]),
        exchanges=tuple(decode_exchange(place.sequence, held[place]) for place in own),
        reason=value.get("reason", ""),
        missing=tuple(value["missing"]),
        trouble=value["trouble"],
    )


def decode_exchange(sequence: int, value: Object) -> Exchange:
    """Return an exchange by its number and what was written of it."""
    asked, answered, fault = value["request"], value["response"], value["fault"]
    return Exchange(
        sequence=sequence,
        kind=Kind(value["kind"]),
        started=datetime.fromisoformat(value["started"]),
        elapsed=value["elapsed"],
        request=Request(
            method=asked["method"],
            url=asked["url"],
            headers=_decode_headers(asked["headers"]),
            body=_decode_body(asked["body"]),
        ),
        response=Response(
            status=answered["status"],
            reason=answered["reason"],
            headers=_decode_headers(answered["headers"]),
            body=_decode_body(answered["body"]),
        ),
        operation=value["operation"],
        grant=value["grant"],
        company=value["company"],
        account=value["account"],
        during=value["during"],
        fault=FiredFault(name=fault["name"], parameters=fault["parameters"], occurrence=fault["occurrence"])
        if fault
        else None,
        facts=value["facts"],
    )


def _decode_headers(value: Sequence[Sequence[str]]) -> Headers:
    return tuple((name, text) for name, text in value)


def _decode_body(value: Object) -> Body:
    content = value["text"].encode() if "text" in value else base64.b64decode(value["base64"], validate=True)
    return Body(content=content, size=value["size"], sha256=value["sha256"])


def _decode_time(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
