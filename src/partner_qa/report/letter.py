"""submission.eml: a draft of the e-mail that a person may send. Nothing here sends anything.

It lies beside the bundle, because it carries it. Mail programs open it as a message to be finished
(`X-Unsent`). Large bundles are named with their hash, for they would not arrive.
"""

from __future__ import annotations

import hashlib
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from partner_qa.report.front import DRAFT, Front, Packed

RECIPIENT = "developer@gusto.com"
LARGEST = 20_000_000  # bytes of a bundle that is attached


def write_letter(front: Front, packed: Packed, bundle: Path, *, contact: str, root: str) -> bytes:
    """Return the draft as RFC 5322 bytes, the same for the same bundle; `contact` writes, if an address."""
    with bundle.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    size = bundle.stat().st_size
    message = EmailMessage(policy=SMTP)
    draft = f"{DRAFT}: " if front.is_draft else ""
    message["Subject"] = _line(f"{draft}{front.title}")
    message["To"] = RECIPIENT
    sender = _find_address(contact)
    if sender is not None:
        message["From"] = sender
    message["X-Unsent"] = "1"
    is_attached = size <= LARGEST
    where = (
        "is attached" if is_attached else "is too large for e-mail; tell us where you would like to have it"
    )
    message.set_content(
        f"Hello,\n\nplease find our completed Partner Checklist: {_line(front.title)}.\n"
        f"{_line(front.headline)}. {_line(front.counts)}.\n\n"
        f"The bundle {where}. It can be verified without our software:\n\n"
        f"  file         {bundle.name} ({size:,} bytes)\n"
        f"  SHA-256      {digest}\n"
        f"  root digest  {root}\n"
        f"  signature    {_line(packed.signature)}\n"
        f"  counts until {packed.expires}\n\n"
        "SUBMISSION.md in it is the page to begin with.\n"
    )
    if is_attached:
        message.add_attachment(
            bundle.read_bytes(), maintype="application", subtype="zip", filename=bundle.name
        )
        message.set_boundary(f"=={digest[:32]}==")
    return message.as_bytes()


def _find_address(contact: str) -> Address | None:
    try:
        return Address(addr_spec=contact) if contact and contact.isascii() else None
    except (ValueError, IndexError):
        return None


def _line(text: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:500]
