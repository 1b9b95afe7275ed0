"""Audit reads: all pages, over the wire, by a grant of the harness's own, and nobody's fault."""

import json

import pytest

from partner_qa.errors import HarnessBug
from partner_qa.model import Kind
from partner_qa.recorder.auditor import Auditor
from partner_qa.recorder.faults import respond

COMPANY = "aaaaaaaa-0000-4000-8000-000000000001"
PEOPLE = f"/v1/companies/{COMPANY}/employees"
TOKEN = "own-0001-0123456789abcdefghijk"


@pytest.fixture
def auditor(desk):
    """An auditor of the desk's Gusto, with a token that the recorder knows as ours."""

    def give(company):
        assert company == COMPANY
        desk.recorder.own(TOKEN)
        desk.gusto.companies[TOKEN] = company
        return TOKEN

    desk.open("calls", COMPANY)
    reader = Auditor(desk.base_url, token_for=give)
    yield reader
    reader.close()


def test_a_list_is_read_with_all_its_pages(desk, auditor):
    page = json.dumps([{"uuid": "one"}]).encode()
    desk.gusto.answer = (200, [(b"content-type", b"application/json"), (b"x-total-pages", b"3")], page)
    assert auditor.read(COMPANY, PEOPLE, {"terminated": "true"}) == [{"uuid": "one"}] * 3
    assert desk.gusto.seen == [f"GET {PEOPLE}?page={n}&per=100&terminated=true" for n in (1, 2, 3)]


def test_one_thing_is_read_as_it_is(auditor):
    told = auditor.read(COMPANY, "/v1/token_info", {})
    assert isinstance(told, dict)
    assert told["resource"]["type"] == "Company"


def test_it_is_recorded_as_ours_and_keeps_its_token_to_itself(desk, auditor):
    auditor.read(COMPANY, PEOPLE, {})
    desk.recorder.finish()
    (call,) = desk.calls("calls", Kind.AUDIT)
    assert call.company == COMPANY
    assert call.grant is None
    assert TOKEN not in desk.text("calls")


def test_it_meets_no_trouble_and_disturbs_no_quiet(desk, auditor):
    desk.recorder.arm(respond(500))
    before = desk.recorder.quiet_for(COMPANY)
    assert auditor.read(COMPANY, PEOPLE, {})
    assert desk.recorder.quiet_for(COMPANY) >= before


def test_a_refused_read_is_a_bug_of_ours(desk, auditor):
    desk.gusto.answer = (403, [], b"no")
    with pytest.raises(HarnessBug, match=r"audit read of /v1/companies/.* was answered 403") as caught:
        auditor.read(COMPANY, PEOPLE, {})
    assert caught.value.attach == ("no",)
