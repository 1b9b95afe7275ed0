"""One answer or one file for several items is said on the first page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from partner_qa.gate import Judged
from partner_qa.model import Attestation, Outcome
from partner_qa.report.front import write_front
from partner_qa.report.shared_answers import tell_shared


@pytest.fixture
def give(build: Any) -> Any:
    """Makes an attested item of an answer, files and their digests."""

    def attest(item: str, answer: str, *evidence: str, **digests: str) -> Judged:
        given: Attestation = replace(
            build.attestation(), item=item, answer=answer, evidence=evidence, digests=tuple(digests.items())
        )
        verdict = build.verdict(item, Outcome.ATTESTED, attestation=given)
        return Judged(item=build.item(item), verdict=verdict)

    return attest


def test_answers_and_files_of_their_own_are_nothing_to_remark(give: Any) -> None:
    assert tell_shared((give("A-01", "Yes, since May.", "a.pdf"), give("A-02", "No.", "b.pdf"))) == ()


def test_one_answer_for_several_items_is_told_with_all_of_them(give: Any) -> None:
    rows = (give("A-01", "Yes."), give("A-02", "Since May."), give("A-03", " yes. "))
    assert tell_shared(rows) == ("the same answer is given for 2 items, A-01, A-03: Yes.",)


def test_one_file_for_several_items_is_told_whatever_it_is_called(give: Any) -> None:
    rows = (
        give("A-01", "One.", "audit", audit="5e1f"),
        give("A-02", "Two.", "copy", copy="5e1f"),
        give("A-03", "Three.", "audit", audit="07e4"),
    )
    assert tell_shared(rows) == ("the same file is given for 2 items, A-01, A-02: audit",)


def test_files_without_a_digest_are_told_by_their_name(give: Any) -> None:
    rows = (give("A-01", "One.", "policy.pdf"), give("A-02", "Two.", "policy.pdf", "other.pdf"))
    assert tell_shared(rows) == ("the same file is given for 2 items, A-01, A-02: policy.pdf",)


def test_a_file_that_one_item_names_twice_is_not_shared(give: Any) -> None:
    assert tell_shared((give("A-01", "One.", "policy.pdf", "policy.pdf"),)) == ()


def test_the_first_page_says_it_before_the_attestations(build: Any, give: Any) -> None:
    rows = tuple((each.item, each.verdict) for each in (give("A-01", "Yes."), give("A-02", "Yes.")))
    heading, told = write_front(build.record(rows)).decisions[0]
    assert heading == "Attestations to believe or to question"
    assert [each.item for each in told] == ["", "A-01", "A-02"]
    assert told[0].text == "the same answer is given for 2 items, A-01, A-02: Yes."
