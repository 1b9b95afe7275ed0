"""What is signed: an in-toto statement that names the bundle's root digest and says how it was made.

The root digest is the SHA-256 of manifest.json, and the manifest has the SHA-256 of every other file, so one
signature covers all. https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md. The predicate is
of a type of our own, described in docs/reference/bundle.md: the standard test-result has no word for
"not applicable" or "a person answered".
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from partner_qa.evidence.canonical import from_canonical, to_canonical
from partner_qa.evidence.keys import PublicKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:gusto-partner-qa:docs:reference:bundle:v1"
_SAFE = re.compile(r"[\w .:/@+#()\[\]-]{1,200}", re.ASCII)

# What CI systems call what we keep; each is public to whoever sees the run.
_GITHUB = {
    "repository": "GITHUB_REPOSITORY",
    "commit": "GITHUB_SHA",
    "workflow": "GITHUB_WORKFLOW",
    "run": "GITHUB_RUN_ID",
    "attempt": "GITHUB_RUN_ATTEMPT",
}
_GITLAB = {
    "repository": "CI_PROJECT_PATH",
    "commit": "CI_COMMIT_SHA",
    "workflow": "CI_JOB_NAME",
    "run": "CI_PIPELINE_ID",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a statement claims: whose it is, the subjects' digests by name, and the rest as it stands."""

    signer: PublicKey
    digests: Mapping[str, str]
    predicate: Mapping[str, Any]

    @property
    def built_by(self) -> dict[str, str]:
        """Return what CI told, by names; nothing where the statement says something else there."""
        told = self.predicate.get("built_by")
        return {str(key): str(value) for key, value in told.items()} if isinstance(told, dict) else {}


def make_statement(
    *,
    root: str,
    artifact: str,
    signer: PublicKey,
    facts: Mapping[str, Any],
    environ: Mapping[str, str],
) -> bytes:
    """Return a statement as JSON. `artifact` is the integration's own digest, or nothing.

    `facts` are repeated from the manifest for tools that read no bundle.
    """
    subjects = [{"name": "manifest.json", "digest": {"sha256": root}}]
    if artifact:
        subjects.append({"name": "integration", "digest": {"sha256": artifact}})
    signed_by = {"fingerprint": signer.fingerprint, "public_key": base64.b64encode(signer.raw).decode()}
    return to_canonical(
        {
            "_type": STATEMENT_TYPE,
            "subject": subjects,
            "predicateType": PREDICATE_TYPE,
            "predicate": {**facts, "signer": signed_by, "built_by": describe_ci(environ)},
        }
    )


def describe_ci(environ: Mapping[str, str]) -> dict[str, str]:
    """Return commit, workflow and run as GitHub or GitLab tells them; nothing anywhere else."""
    for system, names in (("github", _GITHUB), ("gitlab", _GITLAB)):
        if environ.get(f"{system.upper()}_ACTIONS" if system == "github" else "GITLAB_CI") == "true":
            told = {key: environ.get(name, "") for key, name in names.items()}
            return {"system": system} | {key: value for key, value in told.items() if _SAFE.fullmatch(value)}
    return {}


def read_statement(payload: bytes) -> Claim:
    """Return what a statement claims. Raises `ValueError` where it is none of ours."""
    try:
        told = from_canonical(payload)
        if (told["_type"], told["predicateType"]) != (STATEMENT_TYPE, PREDICATE_TYPE):
            raise ValueError("states something else than a bundle")
        raw = base64.b64decode(told["predicate"]["signer"]["public_key"], validate=True)
        if len(raw) != 32:
            raise ValueError("has no whole public key")
        return Claim(
            signer=PublicKey(raw),
            digests={str(each["name"]): str(each["digest"]["sha256"]) for each in told["subject"]},
            predicate=dict(told["predicate"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("is no statement of ours") from error
