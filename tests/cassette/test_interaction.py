from dataclasses import replace
from datetime import UTC, datetime

import pytest

from partner_qa.cassette.interaction import (
    OURS,
    EntryLines,
    Misshapen,
    from_interaction,
    to_facts,
    to_interaction,
)
from partner_qa.cassette.notation import from_line, to_line
from partner_qa.model import Body, Exchange, FiredFault, Kind, Request, Response

EXCHANGE = Exchange(
    sequence=7,
    kind=Kind.API,
    started=datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
    elapsed=0.25,
    request=Request(
        method="POST",
        url="http://127.0.0.1:4000/v1/me?page=1",
        headers=(("accept", "*/*"), ("x-a", "1")),
        body=Body.of(b'{"a": 1}'),
    ),
    response=Response(status=200, headers=(("x-page", "1"),), body=Body.of("ü".encode())),
    operation="get-v1-me",
    grant="grant-1",
    company="aaaa",
    account="qa-a",
    during="sync_people",
    fault=FiredFault(name="respond", parameters={"status": 429}, occurrence=2),
    facts={"violations": [{"pointer": "$.a", "mild": False}]},
)


def changed(path: str, value: object) -> dict:
    """Return the entry of a good exchange with one place changed (`request.method`)."""
    entry = to_interaction(EXCHANGE)
    *keys, last = path.split(".")
    held = entry
    for key in keys:
        held = held[key]
    held[last] = value
    return entry


def test_an_exchange_comes_back_as_it_was():
    assert from_interaction(to_interaction(EXCHANGE)) == EXCHANGE


def test_the_entry_is_what_vcr_reads_with_ours_beside_it():
    entry = to_interaction(EXCHANGE)
    assert set(entry) == {"request", "response", OURS}
    assert entry["request"] == {
        "method": "POST",
        "uri": "http://127.0.0.1:4000/v1/me?page=1",
        "body": '{"a": 1}',
        "headers": {"accept": ["*/*"], "x-a": ["1"]},
    }
    assert entry["response"] == {
        "status": {"code": 200, "message": ""},
        "headers": {"x-page": ["1"]},
        "body": {"string": "ü"},
    }


def test_what_is_unknown_is_left_out():
    entry = to_interaction(replace(EXCHANGE, operation=None, fault=None, facts={}))
    assert not {"operation", "fault", "facts", "header_order", "request_body"} & set(entry[OURS])


def test_no_answer_is_status_0():
    lost = replace(EXCHANGE, response=Response(status=0, reason="lost", body=Body.of(b"")))
    assert to_interaction(lost)["response"]["status"] == {"code": 0, "message": "lost"}
    assert from_interaction(to_interaction(lost)) == lost


@pytest.mark.parametrize(
    "headers",
    [
        (("a", "1"), ("b", "2"), ("a", "3")),
        (("a", "1"), ("a", "2")),
        (("Set-Cookie", "1"), ("set-cookie", "2"), ("Set-Cookie", "3")),
        (("a", ""), ("", "1"), ("a", "")),
        (),
    ],
)
def test_headers_keep_order_and_duplicates(headers):
    exchange = replace(
        EXCHANGE,
        request=replace(EXCHANGE.request, headers=headers),
        response=replace(EXCHANGE.response, headers=headers[::-1]),
    )
    assert from_interaction(to_interaction(exchange)) == exchange


def test_the_order_of_headers_is_kept_only_where_it_would_be_lost():
    twice = replace(EXCHANGE.request, headers=(("a", "1"), ("a", "2"), ("b", "3")))
    assert "header_order" not in to_interaction(replace(EXCHANGE, request=twice))[OURS]


def test_a_header_name_that_no_yaml_key_can_hold_is_cut():
    long = replace(EXCHANGE.request, headers=(("x" * 5000, "1"), ("a", "2"), ("x" * 5000, "3")))
    kept = from_interaction(to_interaction(replace(EXCHANGE, request=long))).request.headers
    assert kept == (("x" * 150, "1"), ("a", "2"), ("x" * 150, "3"))


def test_a_body_that_is_no_text_stays_bytes():
    binary = replace(EXCHANGE, request=replace(EXCHANGE.request, body=Body.of(b"\xff\x00")))
    assert to_interaction(binary)["request"]["body"] == b"\xff\x00"
    assert from_interaction(to_interaction(binary)) == binary


def test_a_body_that_was_left_out_is_known_by_size_and_hash():
    left_out = Body(size=2_000_000, sha256="ab" * 32)
    exchange = replace(EXCHANGE, response=replace(EXCHANGE.response, body=left_out))
    assert to_interaction(exchange)[OURS]["response_body"] == {"size": 2_000_000, "sha256": "ab" * 32}
    assert from_interaction(to_interaction(exchange)) == exchange


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("request", None, "request is not a mapping"),
        ("request", [], "request is not a mapping"),
        ("response", "text", "response is not a mapping"),
        (OURS, None, "partner_qa is not a mapping"),
        ("response.status", 200, "response.status is not a mapping"),
        ("response.body", "text", "response.body is not a mapping"),
        ("request.method", 1, "request.method is not text"),
        ("request.uri", None, "request.uri is not text"),
        ("request.body", 1.5, "request.body is not text"),
        ("request.body", "\ud800", "request.body is not text that can be encoded"),
        ("request.headers", "a: b", "request.headers is not a mapping"),
        ("request.headers", {1: "b"}, "request.headers is not text"),
        ("request.headers", {"a": [["b"]]}, "request.headers is not text"),
        ("request.headers", {"a": ["b"] * 1001}, "request.headers are more than 1000"),
        ("response.status.code", "200", "response.status.code is not a whole number from 0"),
        ("response.status.code", True, "response.status.code is not a whole number from 0"),
        ("response.status.code", -1, "response.status.code is not a whole number from 0"),
        ("partner_qa.sequence", 0, "sequence is not a whole number from 1"),
        ("partner_qa.sequence", "1", "sequence is not a whole number from 1"),
        ("partner_qa.kind", "letter", "kind is not one of api, webhook"),
        ("partner_qa.kind", ["api"], "kind is not one of api, webhook"),
        ("partner_qa.started", "yesterday", "started is not a time"),
        ("partner_qa.started", 5, "started is not a time"),
        ("partner_qa.started", "2026-11-24T09:30:00", "started has no time zone"),
        ("partner_qa.elapsed", -1, "elapsed is not a number of seconds"),
        ("partner_qa.elapsed", float("nan"), "elapsed is not a number of seconds"),
        ("partner_qa.elapsed", True, "elapsed is not a number of seconds"),
        ("partner_qa.grant", {}, "grant is not text"),
        ("partner_qa.fault", "respond", "fault is not a mapping"),
        ("partner_qa.fault.occurrence", 0, "fault.occurrence is not a whole number from 1"),
        ("partner_qa.facts", [1], "facts is not a mapping"),
        ("partner_qa.facts.x", b"bytes", "facts.x holds a bytes"),
        ("partner_qa.facts.x", float("inf"), "facts.x holds a float"),
        ("partner_qa.header_order", 1, "header_order is not a mapping"),
        ("partner_qa.header_order", {"request": ["accept"]}, "request.headers are not those of header_order"),
        ("partner_qa.header_order", {"request": "accept"}, "request.headers are not those of header_order"),
        ("partner_qa.header_order", {"request": [1, {}]}, "request.headers are not those of header_order"),
        ("partner_qa.request_body", {"size": -1, "sha256": ""}, "request.body.size is not a whole number"),
        ("partner_qa.request_body", {"size": 1}, "request.body is not text"),
    ],
)
def test_what_is_misshapen_says_where(path, value, complaint):
    with pytest.raises(Misshapen) as caught:
        from_interaction(changed(path, value))
    assert str(caught.value).startswith(complaint)


@pytest.mark.parametrize("entry", [None, 1, "text", [], {}])
def test_an_entry_of_another_kind_is_misshapen(entry):
    with pytest.raises(Misshapen):
        from_interaction(entry)


def test_facts_that_are_nested_too_deeply_are_misshapen():
    value: object = 1
    for _ in range(100):
        value = [value]
    with pytest.raises(Misshapen, match="nested too deeply"):
        to_facts({"a": value}, "facts")


@pytest.mark.parametrize(
    "exchange",
    [
        EXCHANGE,
        replace(EXCHANGE, request=replace(EXCHANGE.request, body=Body.of(b""))),
        replace(
            EXCHANGE,
            response=replace(EXCHANGE.response, body=Body.of(b"\xff\x00"), reason='"\ud83d\U0001f600'),
        ),
        replace(EXCHANGE, request=replace(EXCHANGE.request, headers=(("a", "1"), ("b", "2"), ("a", "\x85")))),
        replace(EXCHANGE, facts={"n": float("inf")}, response=replace(EXCHANGE.response, body=Body(size=9))),
    ],
)
def test_a_line_says_what_the_entry_says(exchange):
    lines = EntryLines()
    entry = from_line(to_line(to_interaction(exchange)).encode())
    for _ in range(2):
        assert from_line(lines.to_line(exchange).encode()) == entry


def test_lines_remember_little():
    lines = EntryLines()
    for number in range(500):
        body = Body.of(f"{number}".encode() * 100)
        lines.to_line(replace(EXCHANGE, response=replace(EXCHANGE.response, body=body)))
    assert len(lines._bodies) <= 64
