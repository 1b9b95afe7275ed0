"""What can be wrong with a bundle, each kind by a code of its own that programs can rely on.

A code is never given a second meaning and never renamed: reviewers' scripts read `verify --json`. The words
beside it are for people and may get better.
"""

from __future__ import annotations

from collections.abc import Mapping
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


MEANINGS: Mapping[Code, str] = {
    Code.ZIP_DAMAGED: "It is no zip, was cut off, or its bytes were damaged on the way. Ask for it again.",
    Code.ZIP_TOO_LARGE: "It is larger than any bundle.",
    Code.ZIP_TOO_MANY: "It has more files, or a larger directory, than any bundle.",
    Code.ZIP_BOMB: "It would unpack to far more than it says, or than any bundle.",
    Code.ZIP_NAME: "A file name leads out of the folder, or is no plain ASCII path.",
    Code.ZIP_DUPLICATE: "A file name is there twice, so two readers could see two files.",
    Code.ZIP_LINK: "An entry is a link, a device or a folder, not a file.",
    Code.ZIP_HIDDEN_DATA: "It was not packed by partner-qa: data lies beside or between the files.",
    Code.MANIFEST_MISSING: "It is a zip, but no bundle.",
    Code.MANIFEST_INVALID: "The manifest breaks its schema.",
    Code.FILE_CHANGED: "A file is not the one that was packed.",
    Code.FILE_MISSING: "A file that belongs into it is not there.",
    Code.FILE_EXTRA: "A file is there that the manifest does not list.",
    Code.FILE_UNEXPECTED: "A file is listed that has no place in any bundle; it was not looked at.",
    Code.SIGNATURE_INVALID: "The signature is broken, or is missing where a key is named.",
    Code.SIGNATURE_OF_ANOTHER: "The signature is right, but of another bundle.",
    Code.KEY_UNTRUSTED: "It is not signed with the key that you trust.",
    Code.ORIGIN_UNKNOWN: "You named no key, or there is no signature: anybody could have packed it.",
    Code.DRAFT: "It was packed with --draft and is not for submission.",
    Code.EXPIRED: "What was seen is older than 90 days.",
    Code.FROM_THE_FUTURE: "It is dated in the future; one of the two clocks is wrong.",
    Code.LEDGER_EXPIRED: "A waiver or an attestation held when it was packed and does not hold today.",
    Code.OTHER_HARNESS: "Another version drove or judged it; install the one that judged to judge it again.",
    Code.OTHER_CHECKLIST: "It was driven or judged for another edition of the checklist.",
    Code.OTHER_CONTRACT: "It was driven or judged for another edition of the contract.",
    Code.RECORDINGS_UNREADABLE: "Recordings, record or ledgers cannot be read; the message says where.",
    Code.RECORDING_FOREIGN: "A recording is not of the run that it lies with.",
    Code.RECORDING_GAP: "A recording lacks exchanges.",
    Code.VERDICT_DIFFERS: "A verdict is not what the recordings come to.",
    Code.RECORD_DIFFERS: "Something else in results.json or the manifest does not follow from the runs.",
    Code.VIEW_DIFFERS: "A page or list shows something else than the record.",
    Code.NOT_VERIFIED: "What was recorded is not ready for submission.",
}


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
