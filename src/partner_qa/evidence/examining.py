"""Examines a bundle that a stranger sent: is it whole, whose is it, how old, and do its verdicts hold.

Nothing in it is imported or run. Recordings and ledgers are written to a scratch folder and judged again by
the installed suites, which the caller hands in as `rederive`; everything that can be derived must be equal to
what the bundle says. Each kind of trouble has a code of its own (`trouble.py`).
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from partner_qa.errors import SetupError
from partner_qa.evidence.canonical import from_canonical
from partner_qa.evidence.envelope import open_envelope
from partner_qa.evidence.keys import Trusted
from partner_qa.evidence.ledgers import find_expired
from partner_qa.evidence.manifest import (
    LARGEST_MANIFEST,
    MANIFEST,
    RESULTS,
    SIGNATURE,
    Manifest,
    find_role,
    read_manifest,
)
from partner_qa.evidence.opening import Bundle, open_bundle
from partner_qa.evidence.statement import PAYLOAD_TYPE, Claim, read_statement
from partner_qa.evidence.trouble import Code, Trouble, Untrustworthy
from partner_qa.model import Attestation, Waiver

_JUDGED_ROLES = frozenset(
    {"run", "cassette", "results", "waivers", "attestations", "report", "sheet", "checklist"}
)
_MOST_NAMED = 20
_LARGEST_SIGNATURE = 1_000_000
ALLURE_STATUS = {
    "pass": "passed",
    "attested": "passed",
    "fail": "failed",
    "not_observed": "broken",
    "needs_attestation": "broken",
    "error": "broken",
    "not_applicable": "skipped",
}
_UNTOLD = ("signer", "notes", "previous", "leaks", "draft", "files", "format", "strict")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What judges here: the version, and the identities of checklist and contract."""

    version: str
    checklist: Mapping[str, Any]
    contract: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rederived:
    """What the recordings of a bundle come to, judged here.

    `differences` are between verdicts, told and derived; `results` is the whole record as JSON, `views` the
    files that follow from it, `facts` what of the manifest does. `odd` are recordings that do not belong
    together, as pairs of code and message; `untrue` are files that tell something else than the record, as
    pairs of path and message.
    """

    differences: tuple[str, ...]
    results: Mapping[str, Any]
    views: Mapping[str, bytes]
    facts: Mapping[str, Any]
    odd: tuple[tuple[Code, str], ...]
    untrue: tuple[tuple[str, str], ...] = ()
    waivers: tuple[Waiver, ...] = ()
    attestations: tuple[Attestation, ...] = ()


Rederive = Callable[[Path, Manifest], Rederived]


@dataclass(slots=True, kw_only=True)
class Examination:
    """What was found out about a bundle; it counts as verified only without any trouble."""

    manifest: Manifest | None = None
    claim: Claim | None = None
    age: int | None = None  # days
    files: int = 0
    is_judged: bool = False
    troubles: list[Trouble] = field(default_factory=list)

    def add(self, code: Code, message: str, *, file: str = "", hint: str = "") -> None:
        """Note one trouble."""
        self.troubles.append(Trouble(code=code, message=message, file=file, hint=hint))

    @property
    def is_verified(self) -> bool:
        """Return whether everything holds."""
        return self.is_judged and not self.troubles

    @property
    def is_intact(self) -> bool:
        """Return whether nothing is wrong but that nobody vouches for the key."""
        return self.is_judged and all(each.code is Code.ORIGIN_UNKNOWN for each in self.troubles)


def examine_bundle(
    path: Path, *, trusted: Trusted | None, today: date, installed: Installed, rederive: Rederive
) -> Examination:
    """Return everything that is wrong with a bundle, or that nothing is.

    Raises only what `rederive` raises as a mistake of ours (`HarnessBug`).
    """
    found = Examination()
    try:
        with open_bundle(path) as bundle:
            _examine(bundle, found, trusted, today, installed, rederive)
    except Untrustworthy as stopped:
        found.troubles.append(stopped.trouble)
    return found


def _examine(
    bundle: Bundle,
    found: Examination,
    trusted: Trusted | None,
    today: date,
    installed: Installed,
    rederive: Rederive,
) -> None:
    manifest = _require_manifest(bundle)
    found.manifest = manifest
    _examine_files(bundle, manifest, found)
    _examine_signature(bundle, manifest, found, trusted)
    _examine_age(manifest, found, today)
    _examine_versions(manifest, found, installed)
    whole = {Code.FILE_CHANGED, Code.FILE_MISSING, Code.FILE_EXTRA, Code.FILE_UNEXPECTED}
    other = {Code.OTHER_HARNESS, Code.OTHER_CHECKLIST, Code.OTHER_CONTRACT}
    if not any(each.code in whole | other for each in found.troubles):
        _examine_verdicts(bundle, manifest, found, today, rederive)


def _require_manifest(bundle: Bundle) -> Manifest:
    if MANIFEST not in bundle.paths:
        raise Untrustworthy(
            Trouble(code=Code.MANIFEST_MISSING, message=f"there is no {MANIFEST}: it is no bundle")
        )
    try:
        return read_manifest(bundle.read(MANIFEST, limit=LARGEST_MANIFEST))
    except ValueError as error:
        raise Untrustworthy(Trouble(code=Code.MANIFEST_INVALID, message=str(error), file=MANIFEST)) from error


def _examine_files(bundle: Bundle, manifest: Manifest, found: Examination) -> None:
    listed, there = manifest.files, set(bundle.paths) - {MANIFEST, SIGNATURE}
    found.files = len(listed)
    for path in sorted(set(listed) - there):
        found.add(Code.FILE_MISSING, "is listed in the manifest and not there", file=path)
    for path in sorted(there - set(listed)):
        found.add(Code.FILE_EXTRA, "is not listed in the manifest", file=path)
    for path in sorted(there & set(listed)):
        if find_role(path) is None:
            found.add(Code.FILE_UNEXPECTED, "has no place in a bundle; it is not looked at", file=path)
        elif bundle.measure(path) != (listed[path].sha256, listed[path].size):
            found.add(Code.FILE_CHANGED, "is not the file that was packed: its hash differs", file=path)


def _examine_signature(
    bundle: Bundle, manifest: Manifest, found: Examination, trusted: Trusted | None
) -> None:
    if SIGNATURE not in bundle.paths:
        if manifest.signer:
            found.add(Code.SIGNATURE_INVALID, "the manifest names a key, and there is no signature")
        elif trusted is not None:
            found.add(Code.KEY_UNTRUSTED, f"it is not signed, and should be by {trusted.fingerprint}")
        else:
            found.add(Code.ORIGIN_UNKNOWN, "it is not signed, so nobody can tell where it comes from")
        return
    try:
        envelope = open_envelope(bundle.read(SIGNATURE, limit=_LARGEST_SIGNATURE))
        claim = read_statement(envelope.payload)
    except ValueError as error:
        found.add(Code.SIGNATURE_INVALID, str(error), file=SIGNATURE)
        return
    if envelope.payload_type != PAYLOAD_TYPE or not envelope.is_signed_by(claim.signer):
        found.add(Code.SIGNATURE_INVALID, "the signature is not right", file=SIGNATURE)
        return
    found.claim = claim
    _examine_claim(claim, manifest, found)
    if trusted is None:
        message = f"it is signed with the key {claim.signer.fingerprint}, and nobody vouches for that key"
        hint = "Get the fingerprint from the partner by another way, and name it with --key."
        found.add(Code.ORIGIN_UNKNOWN, message, hint=hint)
    elif claim.signer.fingerprint != trusted.fingerprint:
        message = f"it is signed with the key {claim.signer.fingerprint}, not with {trusted.fingerprint}"
        found.add(Code.KEY_UNTRUSTED, message)


def _examine_claim(claim: Claim, manifest: Manifest, found: Examination) -> None:
    """Demand that what is signed is this bundle, and that it says the same of it as the manifest does."""
    if claim.digests.get(MANIFEST) != manifest.root:
        found.add(Code.SIGNATURE_OF_ANOTHER, "the signature is of another manifest", file=SIGNATURE)
    for name in sorted((set(claim.predicate) & set(manifest.value)) - {"signer"}):
        if claim.predicate[name] != manifest.value[name]:
            found.add(Code.SIGNATURE_OF_ANOTHER, f"its `{name}` is not the manifest's", file=SIGNATURE)
    if claim.signer.fingerprint != manifest.signer:
        found.add(Code.SIGNATURE_OF_ANOTHER, "it is signed with another key than the manifest names")


def _examine_age(manifest: Manifest, found: Examination, today: date) -> None:
    found.age = (today - manifest.created.date()).days
    if manifest.is_draft:
        found.add(Code.DRAFT, "it is a draft, and says so itself")
    if today > manifest.expires:
        message = f"it counted until {manifest.expires}; what was seen is {found.age} days old"
        found.add(Code.EXPIRED, message, hint="Ask for a new run.")
    if manifest.created.date() > today + timedelta(days=1):
        found.add(Code.FROM_THE_FUTURE, f"it is of {manifest.created.date()}, which is still to come")


def _examine_versions(manifest: Manifest, found: Examination, installed: Installed) -> None:
    harness = manifest.value["harness"]["version"]
    line = f"pip install 'gusto-partner-qa=={harness}'"
    if harness != installed.version:
        message = f"it was judged by partner-qa {harness}, this is {installed.version}"
        found.add(Code.OTHER_HARNESS, message, hint=f"Judge it with the same: {line}")
        return
    for code, name, here in (
        (Code.OTHER_CHECKLIST, "checklist", installed.checklist),
        (Code.OTHER_CONTRACT, "contract", installed.contract),
    ):
        if manifest.value[name] != json.loads(json.dumps(dict(here))):
            message = f"it was judged by another edition of the {name} than is installed"
            found.add(code, message, hint=f"Judge it with the released one: {line}")


def _examine_verdicts(
    bundle: Bundle, manifest: Manifest, found: Examination, today: date, rederive: Rederive
) -> None:
    with tempfile.TemporaryDirectory(prefix="partner-qa-verify-") as scratch:
        folder = Path(scratch)
        for path in manifest.files:
            if find_role(path) in _JUDGED_ROLES:
                bundle.extract(path, folder / path)
        try:
            derived = rederive(folder, manifest)
        except SetupError as error:
            for problem in error.problems[:_MOST_NAMED]:
                message = str(problem).replace(f"{folder}/", "")
                found.add(Code.RECORDINGS_UNREADABLE, message)
            return
    found.is_judged = True
    for code, message in derived.odd[:_MOST_NAMED]:
        found.add(code, message)
    for difference in derived.differences[:_MOST_NAMED]:
        found.add(Code.VERDICT_DIFFERS, difference, file=RESULTS)
    _compare_record(bundle, manifest, found, derived)
    _compare_views(bundle, found, derived)
    for expired in find_expired(derived.waivers, derived.attestations, today):
        found.add(Code.LEDGER_EXPIRED, expired)
    decision = derived.results["decision"]
    if decision["exit_code"] != 0:
        found.add(Code.NOT_VERIFIED, f"the recordings come to: {decision['headline']}")


def _compare_record(bundle: Bundle, manifest: Manifest, found: Examination, derived: Rederived) -> None:
    try:
        told = from_canonical(bundle.read(RESULTS))
    except ValueError as error:
        found.add(Code.RECORD_DIFFERS, str(error), file=RESULTS)
        return
    place = next(_find_differences(_comparable(told), _comparable(derived.results), ""), "")
    if place and not derived.differences:
        found.add(Code.RECORD_DIFFERS, f"{place} is not what the recordings come to", file=RESULTS)
    claimed = {name: manifest.value[name] for name in derived.facts if name not in _UNTOLD}
    expected = {name: value for name, value in derived.facts.items() if name not in _UNTOLD}
    place = next(_find_differences(claimed, json.loads(json.dumps(expected)), ""), "")
    if place and not derived.differences:
        found.add(Code.RECORD_DIFFERS, f"{place} is not what the runs say", file=MANIFEST)


def _comparable(results: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a record without what depends on when and on what machine it was judged."""
    items = [{name: value for name, value in each.items() if name != "duration"} for each in results["items"]]
    return {name: value for name, value in results.items() if name != "versions"} | {"items": items}


def _find_differences(told: Any, derived: Any, place: str) -> Iterator[str]:
    """Yield where two JSON values differ, as `run.profile.gusto.scopes`."""
    if isinstance(told, Mapping) and isinstance(derived, Mapping):
        for name in sorted({*told, *derived}):
            yield from _find_differences(told.get(name), derived.get(name), f"{place}.{name}".lstrip("."))
    elif isinstance(told, list) and isinstance(derived, list) and len(told) == len(derived):
        for number, (one, other) in enumerate(zip(told, derived, strict=True)):
            yield from _find_differences(one, other, f"{place}[{number}]")
    elif told != derived or isinstance(told, bool) is not isinstance(derived, bool):
        yield place or "the whole"


def _compare_views(bundle: Bundle, found: Examination, derived: Rederived) -> None:
    if any(each.code in (Code.VERDICT_DIFFERS, Code.RECORD_DIFFERS) for each in found.troubles):
        return
    for path, content in derived.views.items():
        if path not in bundle.paths:
            found.add(Code.FILE_MISSING, "belongs into every bundle and is not there", file=path)
            continue
        if bundle.read(path) != content:
            found.add(Code.VIEW_DIFFERS, "is not what the record looks like", file=path)
    for path, message in derived.untrue[:_MOST_NAMED]:
        found.add(Code.VIEW_DIFFERS, message, file=path)
    _compare_allure(bundle, found, derived)


def _compare_allure(bundle: Bundle, found: Examination, derived: Rederived) -> None:
    """Compare what Allure's results say of each item: our label of the verdict, and Allure's own status."""
    outcomes = {row["item"]["id"]: row["verdict"]["outcome"] for row in derived.results["items"]}
    seen: list[str] = []
    for path in bundle.paths:
        if not (path.startswith("allure-results/") and path.endswith("-result.json")):
            continue
        item, outcome, status = _read_allure_result(bundle.read(path))
        seen.append(item)
        expected = outcomes.get(item, "")
        if not expected or (outcome, status) != (expected, ALLURE_STATUS[expected]):
            found.add(Code.VIEW_DIFFERS, "tells another verdict than the record", file=path)
    is_draft = found.manifest is not None and found.manifest.is_draft  # it may tell a part
    if sorted(seen) != sorted(outcomes) and not is_draft:
        found.add(Code.VIEW_DIFFERS, "has not each item of the record once", file="allure-results")


def _read_allure_result(content: bytes) -> tuple[str, str, str]:
    """Return item, outcome and status of an Allure result; empty texts where it is none of ours."""
    try:
        told = json.loads(content)
        labels = {str(each["name"]): str(each["value"]) for each in told["labels"]}
        return labels["item"], labels["outcome"], str(told["status"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return "", "", ""
