"""What people decided, as it travels: waivers as YAML that loads again, attestations with hashes of files.

The files that an attestation names stay with the partner. Their hashes are in the bundle, so that what is
handed over on request can be told from what was not there when the answer was given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from partner_qa.cassette.notation import quote
from partner_qa.contract.schema import find_violations, load_schema
from partner_qa.evidence.archive import Member
from partner_qa.evidence.canonical import from_canonical, to_canonical
from partner_qa.ledger import to_attestation, to_row
from partner_qa.model import Attestation, Waiver


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFile:
    """A file that an attestation names, and what it was when the bundle was packed."""

    name: str
    sha256: str
    size: int


def write_waivers(waivers: Sequence[Waiver]) -> bytes:
    """Return `waivers.yaml`, as `ledger.load_waivers` reads it."""
    if not waivers:
        return b"format: 1\nwaivers: []\n"
    lines = ["format: 1", "waivers:"]
    for each in sorted(waivers, key=lambda waiver: (waiver.item, waiver.fingerprint)):
        rows = {
            "item": each.item,
            "fingerprint": each.fingerprint,
            "owner": each.owner,
            "reason": each.reason,
            "expires": each.expires.isoformat(),
        }
        quoted = [f"{name}: {quote(value)}" for name, value in rows.items()]
        lines += [f"  - {quoted[0]}", *(f"    {row}" for row in quoted[1:])]
    return ("\n".join(lines) + "\n").encode("ascii")


def write_attestations(attestations: Iterable[Attestation], files: Iterable[NamedFile]) -> bytes:
    """Return `attestations.json`: the answers, and the names, hashes and sizes of the files behind them.

    `void` says of which answers the packer's own files showed that they do not count, and why.
    """
    answers = sorted(attestations, key=lambda each: each.item)
    named = [
        {"name": each.name, "sha256": each.sha256, "size": each.size}
        for each in sorted(set(files), key=lambda each: each.name)
    ]
    return to_canonical(
        {
            "format": 1,
            "attestations": [to_row(each) for each in answers],
            "files": named,
            "void": {each.item: each.trouble for each in answers if each.trouble},
        }
    )


def read_attestations(content: bytes) -> tuple[Attestation, ...]:
    """Return the attestations of a bundle, with the trouble of those that do not count.

    An answer whose file was another one when the bundle was packed does not count, whatever the packer says.
    Raises `ValueError` where they break their schema.
    """
    try:
        told = from_canonical(content)
        ledger = {name: value for name, value in told.items() if name not in ("files", "void")}
        void = {str(name): str(why) for name, why in told.get("void", {}).items()}
        packed = {str(each["name"]): str(each["sha256"]) for each in told.get("files", ())}
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("is no list of attestations") from error
    violations = find_violations(ledger, load_schema("attestations"))
    if violations:
        raise ValueError(str(violations[0])[:300])
    answers = map(to_attestation, ledger["attestations"])
    return tuple(replace(each, trouble=void.get(each.item) or _find_other(each, packed)) for each in answers)


def _find_other(attestation: Attestation, packed: Mapping[str, str]) -> str:
    """Return which file was another one at packing than when the answer was given, or nothing."""
    differing = [name for name, digest in attestation.digests if packed.get(name, digest) != digest]
    return f"its evidence {differing[0]} is not the file that it was given with" if differing else ""


def measure_files(attestations: Iterable[Attestation], folder: Path) -> tuple[list[NamedFile], list[str]]:
    """Return the files that attestations name, and a sentence for each that is gone or has changed."""
    found, missing = [], []
    for attestation in attestations:
        for name in attestation.evidence:
            try:
                digest, size = Member(path=name, content=folder / name).measure()
            except OSError:
                missing.append(f"attestation {attestation.item}: the file {name} cannot be read")
            else:
                found.append(NamedFile(name=name, sha256=digest, size=size))
                if dict(attestation.digests).get(name, digest) != digest:
                    missing.append(f"attestation {attestation.item}: the file {name} has changed since")
    return found, missing


def find_expired(
    waivers: Iterable[Waiver], attestations: Iterable[Attestation], today: date
) -> tuple[str, ...]:
    """Return a sentence for each waiver and attestation that no longer holds on a day."""
    return (
        *(
            f"waiver {each.item} {each.fingerprint}: expired on {each.expires}"
            for each in waivers
            if each.expires < today
        ),
        *(
            f"attestation {each.item} by {each.person}: expired on {each.expires}"
            for each in attestations
            if each.expires is not None and each.expires < today
        ),
    )
