"""The first page and the draft of the e-mail: what is said, and that nothing foreign becomes markup."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from partner_qa.report.front import Decide, Front, Packed, write_front
from partner_qa.report.front_block import render_block
from partner_qa.report.letter import LARGEST, write_letter
from partner_qa.report.static import render_page
from partner_qa.report.submission import render_submission

HOSTILE = "x | <img src=x onerror=alert(1)> [a](javascript:b) `c` **d**\n# not a heading\u202e"

PACKED = Packed(
    seen=date(2026, 11, 23),
    expires=date(2027, 2, 21),
    signer="SHA256:" + "a" * 43,
    changes=("RATE-02: was pass, is fail",),
)
FRONT = Front(
    title="Partner Checklist: Acme Time 4.2.0",
    is_draft=False,
    targets="embedded and live sandboxes",
    headline="verified",
    is_verified=True,
    reasons=(),
    counts="18 items: 18 pass",
    contradictions=(),
    identities=(("API version", "2026-06-15"), ("Scopes", "employees:read")),
    decide=(
        Decide(heading="Waivers to accept or to refuse", item="RATE-02", text="late. dana, until 2026-12-01"),
    ),
    packed=PACKED,
)


def test_the_page_says_what_a_reviewer_must_know() -> None:
    page = render_submission(FRONT).decode()
    for text in (
        "**verified**",
        "2027-02-21",
        "RATE-02: late",
        "was pass, is fail",
        "2026-06-15",
        "SHA256:aaa",
    ):
        assert text in page
    assert "DRAFT" not in page
    assert page == render_submission(FRONT).decode()


def test_nothing_to_decide_is_said() -> None:
    page = render_submission(
        replace(FRONT, decide=(), packed=replace(PACKED, changes=(), signer=""))
    ).decode()
    assert "Nothing: no attestation" in page
    assert "Nothing that is judged" in page
    assert "not signed" in page
    first = replace(FRONT, packed=replace(PACKED, changes=None))
    assert "Changes since" not in render_submission(first).decode()


def test_a_draft_says_so_first_and_last() -> None:
    lines = render_submission(replace(FRONT, is_draft=True)).decode().strip().splitlines()
    assert "DRAFT" in lines[0]
    assert "DRAFT" in lines[-1]


def test_nothing_foreign_becomes_markup() -> None:
    hostile = replace(
        FRONT,
        title=HOSTILE,
        headline=HOSTILE,
        reasons=(HOSTILE,),
        identities=((HOSTILE, HOSTILE),),
        decide=(Decide(heading=HOSTILE, item=HOSTILE, text=HOSTILE),),
        contradictions=(HOSTILE,),
        packed=replace(PACKED, notes=(HOSTILE,), changes=(HOSTILE,)),
    )
    page = render_submission(hostile).decode()
    assert "<img" not in page.replace("\\<img", "")
    assert "\n# not a heading" not in page
    assert "](javascript" not in page.replace("\\](javascript", "")
    assert "\u202e" not in page


def write(
    tmp_path: Path, front: Front = FRONT, contact: str = "dev@acme.example"
) -> email.message.EmailMessage:
    bundle = tmp_path / "acme.zip"
    bundle.write_bytes(b"PK")
    content = write_letter(front, PACKED, bundle, contact=contact, root="cd" * 32)
    assert content == write_letter(front, PACKED, bundle, contact=contact, root="cd" * 32)
    return email.message_from_bytes(content, policy=email.policy.default)  # type: ignore[arg-type]


def test_the_letter_is_a_draft_to_gusto_with_the_bundle(tmp_path: Path) -> None:
    letter = write(tmp_path)
    assert letter["To"] == "developer@gusto.com"
    assert letter["From"] == "dev@acme.example"
    assert letter["X-Unsent"] == "1"
    (attached,) = letter.iter_attachments()
    assert attached.get_filename() == "acme.zip"
    assert attached.get_payload(decode=True) == b"PK"
    assert "cd" * 32 in letter.get_body().get_content()  # type: ignore[union-attr]


def test_a_large_bundle_is_named_with_its_hash(tmp_path: Path) -> None:
    bundle = tmp_path / "large.zip"
    with bundle.open("wb") as file:
        file.truncate(LARGEST + 1)
    content = write_letter(FRONT, PACKED, bundle, contact="", root="cd" * 32)
    assert len(content) < 3_000
    assert b"SHA-256" in content
    assert b"too large for e-mail" in content


def test_a_hostile_profile_adds_no_header(tmp_path: Path) -> None:
    letter = write(tmp_path, replace(FRONT, title="x\r\nBcc: evil@evil.test"), "a@b\r\nBcc: evil@evil.test")
    assert letter["Bcc"] is None
    assert letter["From"] is None


def test_the_letter_of_a_draft_says_so(tmp_path: Path) -> None:
    assert "DRAFT" in write(tmp_path, replace(FRONT, is_draft=True))["Subject"]


class Words(HTMLParser):
    """The text of a page, as a reader sees it."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("kind", ["plain", "hostile"])
def test_the_three_first_pages_say_the_same(kind: str, build: Any) -> None:
    finding = build.finding(message="does not declare it", seen="gusto.scopes has x", hint="add it")
    run = build.run(filters=("--only RATE-02",))
    record = build.record(contradictions=(finding,), run=run) if kind == "plain" else build.hostile_record()
    front = write_front(record, packed=replace(PACKED, sheet="sheet.xlsx", notes=("a note",)))
    told = [
        *(front.title, front.headline, *front.reasons, front.counts, front.targets, *front.contradictions),
        *(text for pair in front.facts for text in pair),
        *(text for each in front.decide for text in (each.heading, each.item, each.text)),
        *(*front.notes, *(front.changes or ())),
    ]
    assert {"RATE-02: was pass, is fail", "a note", "2027-02-21", PACKED.signature} <= set(told)
    markdown = re.sub(r"\\(.)", r"\1", render_submission(front).decode())
    pages = (markdown, Words(render_page(record, front=front)).text, Words(render_block(front)).text)
    for page in pages:
        flat = squeeze(page)
        assert [text for text in told if squeeze(text) not in flat] == []


def squeeze(text: str) -> str:
    """Return a text without what the views write in ways of their own: spaces, signs, what is not seen."""
    return re.sub(r"\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\W", "", text.replace("\u202e", ""))


def test_a_front_of_a_run_says_what_a_reviewer_asks_for(build: Any) -> None:
    front = write_front(build.record())
    names = [name for name, _ in front.facts]
    assert {"Integration", "Use cases", "Scopes", "Sandbox", "API version", "Contract", "Checklist"} <= {
        *names
    }
    assert dict(front.facts)["Signature"].startswith("none; `partner-qa bundle`")
    assert {heading for heading, _ in front.decisions} >= {
        *("Attestations to believe or to question", "Waivers to accept or to refuse"),
        *("For a person to answer", "Not finished"),
    }


def test_many_reasons_are_cut_and_counted(build: Any) -> None:
    results = build.results()
    reasons = tuple(f"reason {number}" for number in range(60))
    decided = replace(results.decision, reasons=reasons)
    front = write_front(replace(build.record(), results=replace(results, decision=decided)))
    assert len(front.reasons) == 51
    assert front.reasons[-1] == "and 10 more"
