"""Exchanges as people read them: cut, pretty, and only those that a finding rests on."""

from __future__ import annotations

import re
from typing import Any

import pytest

from partner_qa.model import Body, Kind, Place, Request, Response
from partner_qa.report.exchanges import CITED, LIMIT, as_text, cut, find_cited, headline_of


def test_only_exchanges_that_findings_name_are_cited_each_once(build: Any) -> None:
    finding = build.finding()
    cited = find_cited(build.run(), (finding, finding))
    assert [str(each.place) for each in cited] == ["rate_limited_sync#2", "rate_limited_sync#3"]
    assert cited[0].exchange.response.status == 429


def test_a_place_that_the_run_does_not_hold_is_left_out(build: Any) -> None:
    elsewhere = (Place(scenario="other", sequence=1), Place(scenario="rate_limited_sync", sequence=99))
    assert find_cited(build.run(), (build.finding(places=elsewhere),)) == ()


def test_a_finding_with_a_thousand_places_shows_a_few(build: Any) -> None:
    exchanges = tuple(build.exchange(number) for number in range(1, 1001))
    run = build.run(recordings=(build.recording(exchanges=exchanges),))
    places = tuple(Place(scenario="rate_limited_sync", sequence=number) for number in range(1, 1001))
    assert len(find_cited(run, (build.finding(places=places),))) == CITED


def test_an_exchange_is_one_line_without_the_port_of_the_recorder(build: Any) -> None:
    assert headline_of(build.exchange(2, status=429)).startswith("GET /v1/companies/")
    assert headline_of(build.exchange(2, status=429)).endswith("?page=2&per=100 → 429")
    assert headline_of(build.exchange(2, status=0)).endswith("→ no answer")


def test_what_the_harness_read_in_gusto_is_not_taken_for_a_call_of_the_integration(build: Any) -> None:
    audit = build.exchange(2, kind=Kind.AUDIT, grant=None, during=None)
    assert headline_of(audit).startswith("GET /v1/companies/")
    assert headline_of(audit).endswith("→ 200 (read by the harness)")
    assert "the harness reads what Gusto holds" in as_text(audit).splitlines()[0]
    assert "the integration asks Gusto, grant grant-1" in as_text(build.exchange(2)).splitlines()[0]


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_of_exchange_says_who_spoke_to_whom(build: Any, kind: Kind) -> None:
    assert re.search(r" s; (the|a) .+", as_text(build.exchange(2, kind=kind)).splitlines()[0])


def test_json_bodies_are_indented_and_keep_their_letters(build: Any) -> None:
    text = as_text(build.exchange(2))
    assert '    "first_name": "Zoë"' in text
    assert "X-Gusto-API-Version: 2026-06-15" in text


def test_what_is_known_besides_the_bytes_is_said_first(build: Any) -> None:
    fault = build.recording().exchanges[1]
    lines = as_text(fault).splitlines()
    assert lines[0].startswith("# 2026-11-23 12:00:02")
    assert "grant-1" in lines[0]
    assert lines[1] == '# made by the harness: fault respond {"retry_after": 429, "status": 429}'.replace(
        '"retry_after": 429', '"retry_after": 2'
    )


def test_a_missing_answer_is_said_with_its_reason(build: Any) -> None:
    exchange = build.exchange(2, response=Response(status=0, reason="connection reset"))
    assert "(no answer: connection reset)" in as_text(exchange)


def test_a_megabyte_is_cut_and_says_so(build: Any) -> None:
    body = Body.of(b'{"a": "' + b"x" * 1_000_000 + b'"}')
    request = Request(
        method="POST", url="http://h/" + "u" * 100_000, headers=(("X-A", "v" * 100_000),) * 500, body=body
    )
    exchange = build.exchange(1, request=request, response=Response(status=200, body=body))
    text = as_text(exchange)
    assert len(text) <= LIMIT
    assert "of 1,000,009 bytes; SHA-256 of all" in text
    assert len(cut(exchange).request.body.content) < LIMIT // 2


def test_a_body_that_is_not_text_is_named_not_shown(build: Any) -> None:
    text = as_text(build.exchange(1, response=Response(status=200, body=Body.of(b"%PDF\xff\xfe\x00"))))
    assert "[7 bytes that are not text" in text


def test_a_large_body_that_is_not_text_is_not_made_one_by_cutting_it(build: Any) -> None:
    body = Body.of(b"\x89PNG\x00\xff" * 10_000)
    shown = as_text(build.exchange(1, response=Response(status=200, body=body)))
    assert f"[60,000 bytes that are not text; SHA-256 {body.sha256}]" in shown
    assert shown.count("SHA-256") == 1
    assert "PNG" not in shown


def test_a_body_that_was_not_kept_stands_apart_from_the_headers(build: Any) -> None:
    body = Body.of(b"x" * 2_000, limit=1_000)
    shown = as_text(build.exchange(1, response=Response(status=200, body=body)))
    assert shown.endswith(f"\n\n[0 of 2,000 bytes; SHA-256 of all {body.sha256}]")


def test_headers_that_are_left_out_are_counted(build: Any) -> None:
    request = Request(method="GET", url="http://h/", headers=(("X-A", "1"),) * 31)
    assert "and 1 more header\n" in as_text(build.exchange(1, request=request))


def test_cutting_never_splits_a_letter(build: Any) -> None:
    body = Body.of("é".encode() * 60_000)
    kept = cut(build.exchange(1, response=Response(status=200, body=body))).response.body.content
    assert set(kept.decode()) == {"é"}


def test_hostile_bytes_never_reach_the_reader(build: Any) -> None:
    request = Request(
        method="PO\x1bST",
        url=f"http://h/{build.hostile}",
        headers=((f"X-{build.hostile}", build.hostile),),
        body=Body.of(build.hostile.encode()),
    )
    exchange = build.exchange(1, request=request, response=Response(status=200, reason=build.hostile))
    for text in (as_text(exchange), headline_of(exchange)):
        assert all(each.isprintable() or each == "\n" for each in text)


def test_deeply_nested_json_is_shown_as_it_came(build: Any) -> None:
    body = Body.of(b"[" * 10_000)
    assert "[[[[" in as_text(build.exchange(1, response=Response(status=200, body=body)))


def test_a_webhook_keeps_its_whole_address(build: Any) -> None:
    request = Request(method="POST", url="http://127.0.0.1:4000/hooks")
    exchange = build.exchange(1, kind=Kind.WEBHOOK, request=request)
    assert headline_of(exchange) == "POST http://127.0.0.1:4000/hooks → 200"


def test_a_body_that_was_cut_is_still_read_line_by_line(build: Any) -> None:
    people = b"[" + b",".join(b'{"uuid":"e%d","rate":1.50}' % number for number in range(5_000)) + b"]"
    text = as_text(cut(build.exchange(1, response=Response(status=200, body=Body.of(people)))))
    assert '  {\n    "uuid": "e0",\n    "rate": 1.50\n  },\n' in text
    assert f"of {len(people):,} bytes" in text
    assert len(text) <= LIMIT
