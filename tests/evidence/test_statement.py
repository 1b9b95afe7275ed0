"""The statement: an in-toto subject for the root digest, and who built it where."""

from __future__ import annotations

import json

import pytest

from partner_qa.evidence.canonical import to_canonical
from partner_qa.evidence.keys import make_key
from partner_qa.evidence.statement import describe_ci, make_statement, read_statement

GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_REPOSITORY": "acme/time",
    "GITHUB_SHA": "ab" * 20,
    "GITHUB_WORKFLOW": "Partner QA",
    "GITHUB_RUN_ID": "17",
    "GITHUB_TOKEN": "ghs_secret",
}


def test_a_statement_says_again_what_was_stated() -> None:
    key = make_key()
    payload = make_statement(
        root="cd" * 32, artifact="ef" * 32, signer=key.public, facts={"draft": False}, environ=GITHUB
    )
    told = json.loads(payload)
    assert told["_type"] == "https://in-toto.io/Statement/v1"
    claim = read_statement(payload)
    assert claim.signer == key.public
    assert claim.digests == {"manifest.json": "cd" * 32, "integration": "ef" * 32}
    assert claim.predicate["built_by"]["commit"] == "ab" * 20
    assert b"ghs_secret" not in payload


@pytest.mark.parametrize("built_by", [["github"], "github", 5, None, {"commit": {"sha": 1}}])
def test_whatever_a_statement_says_of_ci_is_names_and_texts(built_by: object) -> None:
    payload = make_statement(root="cd" * 32, artifact="", signer=make_key().public, facts={}, environ={})
    told = json.loads(payload)
    told["predicate"]["built_by"] = built_by
    found = read_statement(to_canonical(told)).built_by
    assert all(isinstance(each, str) for pair in found.items() for each in pair)
    assert bool(found) is isinstance(built_by, dict)


def test_a_statement_that_tells_two_readers_two_things_is_refused() -> None:
    payload = make_statement(root="cd" * 32, artifact="", signer=make_key().public, facts={}, environ={})
    with pytest.raises(ValueError, match="each key once"):
        read_statement(payload.replace(b"{", b'{"subject": [],', 1))


def test_no_artifact_is_no_subject() -> None:
    payload = make_statement(root="cd" * 32, artifact="", signer=make_key().public, facts={}, environ={})
    assert list(read_statement(payload).digests) == ["manifest.json"]
    assert read_statement(payload).predicate["built_by"] == {}


def test_gitlab_is_known_and_a_desk_is_nothing() -> None:
    told = describe_ci({"GITLAB_CI": "true", "CI_COMMIT_SHA": "aa", "CI_PIPELINE_ID": "5"})
    assert told == {"system": "gitlab", "commit": "aa", "run": "5"}
    assert describe_ci({"GITHUB_SHA": "aa"}) == {}


def test_a_hostile_value_of_ci_is_left_out() -> None:
    assert "workflow" not in describe_ci(GITHUB | {"GITHUB_WORKFLOW": "x\n::error::y"})


@pytest.mark.parametrize("content", [b"{}", b"[]", b"1", b'{"_type": "x", "predicateType": "y"}', b"\xff"])
def test_what_is_no_statement_of_ours_is_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError):
        read_statement(content)


def test_a_statement_without_a_whole_key_is_refused() -> None:
    told = json.loads(make_statement(root="c", artifact="", signer=make_key().public, facts={}, environ={}))
    told["predicate"]["signer"]["public_key"] = "AAAA"
    with pytest.raises(ValueError, match="public key"):
        read_statement(to_canonical(told))
