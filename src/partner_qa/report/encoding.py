"""Values of the model as JSON, for results.json; decoding.py reads them again.

Every field is written, under its own name. A finding also carries its fingerprint, because people copy it
from there into waivers.yaml.
"""

from __future__ import annotations

import base64
from datetime import datetime

from partner_qa.model import (
    Attestation,
    Body,
    Exchange,
    Finding,
    Headers,
    Item,
    Json,
    Recording,
    Run,
    Verdict,
    Waiver,
)

Object = dict[str, Json]


def encode_item(item: Item) -> Object:
    """Return a checklist row."""
    return {
        "id": item.id,
        "section": item.section,
        "title": item.title,
        "requirement": item.requirement,
        "level": item.level.value,
        "basis": item.basis.value,
        "applies_to": [*sorted(item.applies_to)],
        "verified_by": item.verified_by.value,
        "proof": item.proof.value,
        "source": {
            "title": item.source.title,
            "url": item.source.url,
            "retrieved": item.source.retrieved.isoformat(),
        },
        "advice": item.advice,
        "why": item.why,
        "rationale": item.rationale,
        "not_testable": item.not_testable,
        "sheet_row": item.sheet_row,
    }


def encode_verdict(verdict: Verdict) -> Object:
    """Return a verdict with its findings."""
    return {
        "outcome": verdict.outcome.value,
        "reason": verdict.reason,
        "findings": [encode_finding(each) for each in verdict.findings],
        "evidence": verdict.evidence.value if verdict.evidence else None,
        "blame": verdict.blame.value if verdict.blame else None,
        "missing": list(verdict.missing),
        "scenarios": list(verdict.scenarios),
        "waiver": _encode_waiver(verdict.waiver) if verdict.waiver else None,
        "attestation": _encode_attestation(verdict.attestation) if verdict.attestation else None,
    }


def encode_finding(finding: Finding) -> Object:
    """Return a finding; its places are printed addresses, which `exchanges` uses as keys."""
    return {
        "check": finding.check,
        "message": finding.message,
        "places": [str(place) for place in finding.places],
        "expected": finding.expected,
        "seen": finding.seen,
        "hint": finding.hint,
        "blame": finding.blame.value,
        "key": finding.key,
        "fingerprint": finding.fingerprint,
    }


def _encode_waiver(waiver: Waiver) -> Object:
    return {
        "item": waiver.item,
        "fingerprint": waiver.fingerprint,
        "owner": waiver.owner,
        "reason": waiver.reason,
        "expires": waiver.expires.isoformat(),
    }


def _encode_attestation(attestation: Attestation) -> Object:
    return {
        "item": attestation.item,
        "person": attestation.person,
        "role": attestation.role,
        "given": attestation.given.isoformat(),
        "answer": attestation.answer,
        "evidence": list(attestation.evidence),
        "expires": attestation.expires.isoformat() if attestation.expires else None,
        "digests": dict(attestation.digests),
    }


def encode_run(run: Run) -> Object:
    """Return what the run was, with its recordings but without their exchanges."""
    return {
        "id": run.id,
        "started": run.started.isoformat(),
        "ended": _encode_time(run.ended),
        "target": run.target.value,
        "harness": run.harness,
        "profile": dict(run.profile),
        "contract": dict(run.contract),
        "checklist": dict(run.checklist),
        "base_url": run.base_url,
        "filters": list(run.filters),
        "recordings": [_encode_recording(each) for each in run],
    }


def _encode_recording(recording: Recording) -> Object:
    """Return a recording's head; of a stack only the last line is kept: the rest names files of a person."""
    trouble = recording.trouble.strip().splitlines()
    return {
        "scenario": recording.scenario,
        "target": recording.target.value,
        "started": recording.started.isoformat(),
        "ended": _encode_time(recording.ended),
        "tenants": [{"account": each.account, "company": each.company} for each in recording.tenants],
        "exchanges": len(recording.exchanges),
        **({"reason": recording.reason} if recording.reason else {}),
        "missing": list(recording.missing),
        "trouble": trouble[-1] if trouble else "",
    }


def encode_exchange(exchange: Exchange) -> Object:
    """Return one exchange; the caller has cut it to size."""
    fault = exchange.fault
    return {
        "kind": exchange.kind.value,
        "started": exchange.started.isoformat(),
        "elapsed": exchange.elapsed,
        "request": {
            "method": exchange.request.method,
            "url": exchange.request.url,
            "headers": _encode_headers(exchange.request.headers),
            "body": _encode_body(exchange.request.body),
        },
        "response": {
            "status": exchange.response.status,
            "reason": exchange.response.reason,
            "headers": _encode_headers(exchange.response.headers),
            "body": _encode_body(exchange.response.body),
        },
        "operation": exchange.operation,
        "grant": exchange.grant,
        "company": exchange.company,
        "account": exchange.account,
        "during": exchange.during,
        "fault": {
            "name": fault.name,
            "parameters": dict(fault.parameters),
            "occurrence": fault.occurrence,
        }
        if fault
        else None,
        "facts": dict(exchange.facts),
    }


def _encode_headers(headers: Headers) -> Json:
    return [[name, value] for name, value in headers]


def _encode_body(body: Body) -> Object:
    """Return a body as text where it is UTF-8, else as base64."""
    size: Object = {"size": body.size, "sha256": body.sha256}
    try:
        return {"text": body.content.decode(), **size}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body.content).decode(), **size}


def _encode_time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
