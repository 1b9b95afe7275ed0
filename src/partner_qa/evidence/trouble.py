"""What can be wrong with a bundle, each kind by a code of its own that programs can rely on.

A code is never given a second meaning and never renamed: reviewers' scripts read `verify --json`. The words
beside it are for people and may get better.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from partner_qa.errors import SetupError


class EvidenceError(SetupError):
    """A bundle cannot be packed or opened; unlike what `verify` finds, it ends the command."""

    what = "the bundle"


class Code(StrEnum):
    """The kinds of trouble that `partner-qa verify` tells apart (docs/reference/bundle.md lists them)."""

    ZIP_DAMAGED = "zip_damaged"
    ZIP_TOO_LARGE = "zip_too_large"
    ZIP_TOO_MANY = "zip_too_many"
    ZIP_BOMB = "zip_bomb"
    ZIP_NAME = "zip_name"
    ZIP_DUPLICATE = "zip_duplicate"
    ZIP_LINK = "zip_link"
    ZIP_HIDDEN_DATA = "zip_hidden_data"
    MANIFEST_MISSING = "manifest_missing"
    MANIFEST_INVALID = "manifest_invalid"
    FILE_CHANGED = "file_changed"
    FILE_MISSING = "file_missing"
    FILE_EXTRA = "file_extra"
    FILE_UNEXPECTED = "file_unexpected"
    SIGNATURE_INVALID = "signature_invalid"
    SIGNATURE_OF_ANOTHER = "signature_of_another"
    KEY_UNTRUSTED = "key_untrusted"
    ORIGIN_UNKNOWN = "origin_unknown"
    DRAFT = "draft"
    EXPIRED = "expired"
    FROM_THE_FUTURE = "from_the_future"
    LEDGER_EXPIRED = "ledger_expired"
    OTHER_HARNESS = "other_harness"
    OTHER_CHECKLIST = "other_checklist"
    OTHER_CONTRACT = "other_contract"
    RECORDINGS_UNREADABLE = "recordings_unreadable"
    RECORDING_FOREIGN = "recording_foreign"
    RECORDING_GAP = "recording_gap"
    VERDICT_DIFFERS = "verdict_differs"
    RECORD_DIFFERS = "record_differs"
    VIEW_DIFFERS = "view_differs"
    NOT_VERIFIED = "not_verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that is wrong with a bundle; `file` is a path inside it, or nothing."""

    code: Code
    message: str
    file: str = ""
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.file}: {self.message}" if self.file else self.message


class Untrustworthy(Exception):  # noqa: N818 - what the archive is
    """An archive that must not be read any further; `trouble` says why."""

    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble
        super().__init__(str(trouble))


def refuse(code: Code, message: str, *, file: str = "") -> Untrustworthy:
    """Return what to raise for an archive that must not be read any further."""
    return Untrustworthy(Trouble(code=code, message=message, file=file))
