"""The sandbox by hand: Gusto's side under /_sandbox, trouble as asked for, and the log's verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from partner_qa.cli.fault_words import read_fault
from partner_qa.cli.sandbox_control import Control
from partner_qa.cli.sandbox_watch import Watch
from partner_qa.contract.catalogue import load_contract
from partner_qa.errors import HarnessBug
from partner_qa.sandbox.admin import Admin
from partner_qa.sandbox.app import Sandbox, SandboxSettings
from partner_qa.sandbox.event_names import list_documented
from partner_qa.sandbox.keeping.keeper import Keeper, open_file
from partner_qa.serving import LoopbackServer

ANCHOR = date(2026, 10, 20)
LIST = "get-v1-companies-company_id-employees"


class Desk:
    """A sandbox as the command serves it, and what it told."""

    def __init__(self, *faults: str) -> None:
        contract = load_contract()
        scopes = tuple({each for one in contract.operations for each in one.scopes})
        settings = SandboxSettings(
            seed=1,
            anchor=ANCHOR,
            client_id="c",
            client_secret="s",
            redirect_uris=("http://127.0.0.1:4000/cb",),
            scopes=scopes,
            minimum_version=contract.version,
        )
        self.told: list[str] = []
        self.sandbox = Sandbox(contract=contract, settings=settings)
        self.company = self.sandbox.admin.create_company(people=12)
        self.token, _ = self.sandbox.admin.connect(self.company)
        watch = Watch(
            self.sandbox, contract, self.told.append, [read_fault(each, contract) for each in faults]
        )
        self.server = LoopbackServer(Control(watch, self.sandbox, "control", self.told.append))
        self.server.start()
        self.http = httpx.Client(base_url=self.server.base_url, trust_env=False, timeout=20)

    def close(self) -> None:
        self.http.close()
        self.server.stop()
        self.sandbox.close()

    def act(self, route: str, **fields: Any) -> Any:
        headers = {"Authorization": "Bearer control"}
        return self.http.post(f"/_sandbox/{route}", json=fields, headers=headers)

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.http.get(path, params=query, headers={"Authorization": f"Bearer {self.token}"})

    def person(self, index: int = 1) -> str:
        return str(self.sandbox.admin.people(self.company)[index]["uuid"])


@pytest.fixture
def desk() -> Iterator[Desk]:
    opened = Desk()
    yield opened
    opened.close()


def test_a_request_without_the_control_token_is_refused(desk: Desk) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {desk.token}"}):
        assert desk.http.post("/_sandbox/disconnect", headers=headers).status_code == 401
    assert desk.get("/v1/token_info").status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "gusto.com"])
def test_another_host_is_refused_even_with_the_token(desk: Desk, host: str) -> None:
    headers = {"Authorization": "Bearer control", "Host": host}
    assert desk.http.post("/_sandbox/disconnect", headers=headers).status_code == 403
    assert desk.get("/v1/token_info").status_code == 200


def test_the_routes_are_listed_and_a_misspelt_one_names_them(desk: Desk) -> None:
    listed = desk.http.get("/_sandbox", headers={"Authorization": "Bearer control"}).json()["routes"]
    assert "POST /_sandbox/run_payroll" in listed
    assert "run_payroll" in desk.act("run_payrol").json()["error"]
    assert desk.http.get("/_sandbox/suspend", headers={"Authorization": "Bearer control"}).status_code == 405


@pytest.mark.parametrize(
    ("route", "fields", "status"),
    [
        ("dismiss", {}, 400),
        ("delay_report", {"payroll": "no payroll", "seconds": 3}, 422),
        ("fail_report", {}, 400),
        ("dismiss", {"employee": "nobody", "last_day": "2026-10-30"}, 422),
        ("dismiss", {"employee": "nobody", "last_day": "soon"}, 400),
        ("move_days", {"days": -1}, 400),
        ("move_days", {"days": True}, 400),
        ("add_people", {"count": 10**9}, 400),
        ("dismiss", {"last_day": "2026-10-30"}, 400),
        ("dismiss", {"employee": "a", "contractor": "b", "last_day": "2026-10-30"}, 400),
        ("dismiss", {"employee": "a", "lastday": "2026-10-30"}, 400),
        ("create_payroll", {"start": "2026-11-02", "end": "2026-11-01"}, 400),
        ("create_payroll", {"start": "9999-12-30", "end": "9999-12-31"}, 422),
        ("create_payroll", {"start": "0001-01-01", "end": "9999-12-01"}, 422),
        ("create_payroll", {"start": "2026-01-01", "end": "2029-12-01"}, 400),
        ("rehire", {"employee": "nobody", "first_day": "2026-12-01"}, 422),
        ("cancel_dismissal", {"employee": "nobody"}, 422),
        ("cancel_dismissal", {"contractor": "nobody"}, 422),
        ("finish_onboarding", {"employee": "nobody"}, 422),
        ("change_salary", {"employee": "../../oauth/token", "rate": "9"}, 404),
        ("create_payroll", {"start": "2026-11-02", "end": "2026-11-02", "reason": "Because"}, 400),
        ("create_payroll", {"start": "2026-11-02", "end": "2026-11-02", "employees": ["nobody"]}, 422),
        ("create_payroll", {"start": "2026-11-02", "end": "2026-11-02", "employees": "nobody"}, 400),
        ("pay_contractor", {"contractor": "nobody", "day": "2026-11-02", "wage": "1.00"}, 422),
        ("pay_contractor", {"contractor": "nobody", "day": "2026-11-02", "wage": "NaN"}, 400),
        ("pay_contractor", {"contractor": "nobody", "day": "2026-11-02", "wage": "much"}, 400),
        ("request_time_off", {"employee": "nobody", "day": "2026-11-02", "hours": "many"}, 400),
        ("mark_company", {"as": "fine"}, 400),
        ("tell_event", {"event_type": "company.painted"}, 422),
        ("add_bank_account", {"owner": "nobody"}, 422),
        ("notify", {"title": 7}, 400),
        ("run_payroll", {"payroll": "none"}, 422),
        ("run_payroll", {"company": "none"}, 404),
        ("run_payroll", {"company": ["none"]}, 404),
        ("remove_scope", {"scope": "nothing:read"}, 422),
        ("approve_time_off", {"request": "none"}, 422),
        ("change_salary", {"employee": "nobody", "rate": "9"}, 404),
    ],
)
def test_a_bad_order_is_refused_in_words(desk: Desk, route: str, fields: Any, status: int) -> None:
    answer = desk.act(route, **fields)
    assert answer.status_code == status
    assert answer.json()["error"]
    if status != 404:
        listed = desk.http.get("/_sandbox", headers={"Authorization": "Bearer control"}).json()["fields"]
        assert answer.json()["takes"] == listed[route]
    assert desk.told == []


@pytest.mark.parametrize(
    "bug", [HarnessBug("two handlers answer it"), ValueError("no enum"), KeyError("jobs"), OverflowError()]
)
def test_a_bug_of_ours_is_no_bad_order_and_stands_in_the_log(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, bug: Exception
) -> None:
    def break_off(*_: Any) -> None:
        raise bug

    monkeypatch.setattr(Admin, "disconnect", break_off)
    answer = desk.act("disconnect")
    assert answer.status_code == 500
    assert f"a bug of partner-qa, not of yours: {type(bug).__name__}" in answer.json()["error"]
    (line,) = desk.told
    assert line.startswith("POST /_sandbox/disconnect met a bug of partner-qa")
    assert "in break_off" in line


def test_business_time_ends_with_the_century(desk: Desk) -> None:
    desk.sandbox.world.moved = date(2099, 12, 30) - ANCHOR
    assert desk.act("move_days", days=2).status_code == 422
    assert desk.sandbox.admin.today == date(2099, 12, 30)


def test_a_body_that_is_too_large_is_told_so(desk: Desk) -> None:
    headers = {"Authorization": "Bearer control"}
    answer = desk.http.post(
        "/_sandbox/disconnect", content=b'{"company": "' + b"x" * 200_000, headers=headers
    )
    assert (answer.status_code, answer.json()) == (413, {"error": "the body is larger than 100,000 bytes"})


@pytest.mark.parametrize("body", [b"{", b"[]", b"[" * 50_000])
def test_a_body_that_is_no_object_is_refused(desk: Desk, body: bytes) -> None:
    headers = {"Authorization": "Bearer control"}
    assert desk.http.post("/_sandbox/disconnect", content=body, headers=headers).status_code == 400


def test_a_dismissal_and_a_salary_show_in_the_next_reads(desk: Desk) -> None:
    person = desk.person()
    changed = desk.act("change_salary", employee=person, rate="77777.00")
    assert changed.status_code == 200, changed.text
    job = desk.get(f"/v1/employees/{person}").json()["jobs"][0]
    assert job["rate"] == "77777.00"
    last = (ANCHOR + timedelta(days=10)).isoformat()
    assert desk.act("dismiss", employee=person, last_day=last).status_code == 200
    assert desk.get(f"/v1/employees/{person}/terminations").json()[0]["effective_date"] == last
    assert desk.get(f"/v1/employees/{person}").json()["terminated"] is False
    assert desk.act("move_days", days=11).json() == {"today": "2026-10-31"}
    assert desk.get(f"/v1/employees/{person}").json()["terminated"] is True


def test_time_off_is_asked_for_approved_and_declined(desk: Desk) -> None:
    for route, status in (("approve_time_off", "approved"), ("decline_time_off", "denied")):
        made = desk.act("request_time_off", employee=desk.person(), day="2026-11-02", hours=4).json()[
            "request"
        ]
        assert desk.act(route, request=made).status_code == 200
        rows = desk.sandbox.world.companies[desk.company].time_off_requests
        assert rows[made]["status"] in {status, "declined"}


def test_a_payroll_runs_people_come_and_a_suspension_is_seen(desk: Desk) -> None:
    payroll = desk.act("run_payroll").json()["processed"]
    assert desk.get(f"/v1/companies/{desk.company}/payrolls/{payroll}").json()["processed"] is True
    assert len(desk.act("add_people", count=3).json()["added"]) == 3
    assert len(desk.get(f"/v1/companies/{desk.company}/employees").json()) == 15
    desk.act("suspend")
    assert desk.get(f"/v1/companies/{desk.company}").json()["is_suspended"] is True
    blocked = desk.act("run_payroll")
    assert (blocked.status_code, "are blocked" in blocked.json()["error"]) == (422, True)
    desk.act("unsuspend")
    assert desk.get(f"/v1/companies/{desk.company}").json()["is_suspended"] is False


def test_half_a_character_is_refused_and_never_kept(desk: Desk) -> None:
    headers = {"Authorization": "Bearer control"}
    body = b'{"title": "\\ud800"}'
    assert desk.http.post("/_sandbox/notify", content=body, headers=headers).status_code == 400
    assert desk.get(f"/v1/companies/{desk.company}/notifications").status_code == 200


def test_a_misspelt_field_is_named_with_those_that_there_are(desk: Desk) -> None:
    error = desk.act("dismiss", employee=desk.person(), lastday="2026-10-30").json()["error"]
    assert error == "dismiss has no lastday; it takes employee, contractor, last_day, company"


def test_every_act_of_the_table_of_events_is_a_route_that_says_its_fields(desk: Desk) -> None:
    headers = {"Authorization": "Bearer control"}
    fields = desk.http.get("/_sandbox", headers=headers).json()["fields"]
    acts = {
        word.strip()
        for each in list_documented()
        for word in each.told_by.split(",")
        if word.strip().replace("_", "").isalpha()
    }
    assert {"suspend", "reverse_payroll", "remove_bank_account"} <= acts <= set(fields)
    assert fields["dismiss"] == "employee|contractor last_day"


def test_a_hire_is_completed_paid_into_an_account_and_reversed(desk: Desk) -> None:
    (person,) = desk.act("add_people", count=1).json()["added"]
    assert desk.act("finish_onboarding", employee=person, title="Smith", rate="30").status_code == 200
    account = desk.act("add_bank_account", owner=person).json()["bank_account"]
    assert desk.act("change_bank_account", owner=person, bank_account=account).status_code == 200
    shown = desk.get(f"/v1/employees/{person}").json()
    assert (shown["onboarded"], shown["payment_method"]) == (True, "Direct Deposit")
    assert desk.act("list_bank_accounts", owner=person).json() == {"bank_accounts": [account]}
    payroll = desk.act("calculate_payroll").json()["calculated"]
    assert desk.act("submit_payroll").json() == {"submitted": payroll}
    assert desk.act("fail_payroll").json() == {"failed": payroll}
    assert desk.act("run_payroll").json() == {"processed": payroll}
    paid = desk.get(f"/v1/companies/{desk.company}/payrolls/{payroll}", per=100).json()
    assert person in [each["employee_uuid"] for each in paid["employee_compensations"]]
    reversal = desk.act("reverse_payroll", payroll=payroll, employees=[person]).json()["reversal"]
    shown = desk.get(f"/v1/companies/{desk.company}/payrolls/{reversal}").json()
    assert shown["off_cycle_reason"] == "Reversal"
    assert desk.act("cancel_payroll", payroll=payroll).status_code == 200
    assert desk.act("remove_bank_account", owner=person, bank_account=account).status_code == 200
    assert desk.get(f"/v1/employees/{person}").json()["payment_method"] == "Check"


def test_a_report_is_made_to_be_long_in_coming_or_to_fail(desk: Desk) -> None:
    payroll = desk.act("run_payroll").json()["processed"]
    desk.sandbox.admin.ledgers.let_reports_take(desk.company, 0)

    def report() -> str:
        path, headers = (
            f"/v1/payrolls/{payroll}/reports/general_ledger",
            {"Authorization": f"Bearer {desk.token}"},
        )
        asked = desk.http.post(path, headers=headers, json={"aggregation": "default"}).json()
        return str(desk.get(f"/v1/reports/{asked['request_uuid']}").json()["status"])

    assert desk.act("delay_report", payroll=payroll, seconds=3600).status_code == 200
    assert [report(), report()] == ["pending", "succeeded"]
    assert desk.act("fail_report", payroll=payroll).json() == {"reports_fail_of": payroll}
    assert report() == "failed"


def test_contractors_are_dismissed_called_back_and_paid(desk: Desk) -> None:
    path = f"/v1/companies/{desk.company}/contractors"
    who = desk.get(path).json()[0]["uuid"]
    assert desk.act("dismiss", contractor=who, last_day="2026-10-30").status_code == 200
    assert desk.act("cancel_dismissal", contractor=who).json() == {"stays": who}
    desk.act("dismiss", contractor=who, last_day="2026-10-19")
    assert desk.get(f"/v1/contractors/{who}").json()["is_active"] is False
    assert desk.act("rehire", contractor=who, first_day="2026-10-25").status_code == 200
    assert desk.act("cancel_rehire", contractor=who).json() == {"stays_away": who}
    desk.act("rehire", contractor=who, first_day="2026-10-20")
    assert desk.get(f"/v1/contractors/{who}").json()["is_active"] is True
    made = desk.act("pay_contractor", contractor=who, day="2026-10-30", wage="150").json()["payment"]
    shown = desk.get(f"/v1/companies/{desk.company}/contractor_payments/{made}")
    assert (shown.status_code, shown.json()["wage"]) == (200, "150.00")
    assert desk.act("cancel_contractor_payment", payment=made).status_code == 200
    assert desk.get(f"/v1/companies/{desk.company}/contractor_payments/{made}").status_code == 404


def test_a_company_is_suspended_from_a_day_on(desk: Desk) -> None:
    assert desk.act("suspend", **{"from": "2026-10-22"}).status_code == 200
    assert desk.get(f"/v1/companies/{desk.company}").json()["is_suspended"] is False
    desk.act("move_days", days=2)
    assert desk.get(f"/v1/companies/{desk.company}").json()["is_suspended"] is True


def test_a_removed_scope_is_gone_from_new_connections(desk: Desk) -> None:
    assert (
        "employees:read"
        not in desk.act("remove_scope", scope="employees:read").json()["scopes_of_new_connections"]
    )
    desk.token, _ = desk.sandbox.admin.connect(desk.company)
    assert desk.get(f"/v1/companies/{desk.company}/employees").status_code == 403


def test_tokens_expire_and_the_app_is_disconnected(desk: Desk) -> None:
    assert desk.act("expire_tokens").json() == {"tokens_expired": 1}
    assert desk.get("/v1/token_info").status_code == 401
    assert desk.act("disconnect").json() == {"connections_ended": 1}


def test_each_request_is_told_with_the_contracts_verdict_and_without_secrets(desk: Desk) -> None:
    path = f"/v1/companies/{desk.company}/employees"
    desk.get(path, per="2")
    desk.get(path, pre="s3cret")
    desk.http.post(path, json={"first_name": 7}, headers={"Authorization": f"Bearer {desk.token}"})
    desk.get("/v1/nothing")
    good, mild, bad, unknown = desk.told
    assert good.endswith(f"200  GET    {path}  {LIST}: valid")
    assert "warning" in mild
    assert "s3cret" not in mild
    assert "post-v1-employees: body $" in bad
    assert unknown.endswith("404  GET    /v1/nothing  no operation of the contract")
    assert desk.token not in "".join(desk.told)


def test_trouble_meets_the_requests_that_it_is_for() -> None:
    desk = Desk(f"respond(429, retry_after=2) on {LIST} at 2", f"drop_response() on {LIST} at 3")
    try:
        path = f"/v1/companies/{desk.company}/employees"
        assert desk.get(path).status_code == 200
        refused = desk.get(path)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
        with pytest.raises(httpx.RemoteProtocolError):
            desk.get(path)
        assert desk.get(path).status_code == 200
        assert desk.get("/v1/token_info").status_code == 200
        assert "fault respond" in desk.told[1]
        assert "fault drop_response  (the answer 200 was lost" in desk.told[2]
    finally:
        desk.close()


def test_whatever_was_done_on_gustos_side_is_kept_before_it_is_answered(desk: Desk, tmp_path: Path) -> None:
    contract, path = load_contract(), tmp_path / "sandbox.db"
    keeper = Keeper(open_file(path, contract), desk.sandbox.world, desk.told.append)
    keeper.begin(desk.sandbox.world.settings, {})
    day = (ANCHOR + timedelta(days=3)).isoformat()
    asked = desk.act("request_time_off", employee=desk.person(), day=day, hours=8).json()["request"]
    acts: list[tuple[str, dict[str, Any]]] = [
        ("approve_time_off", {"request": asked}),
        ("run_payroll", {}),
        ("dismiss", {"employee": desk.person(2), "last_day": day}),
        ("change_salary", {"employee": desk.person(3), "rate": "123456.00"}),
        ("add_people", {"count": 2}),
        ("suspend", {"from": (ANCHOR + timedelta(days=90)).isoformat()}),
        ("add_bank_account", {"owner": desk.company}),
        ("add_bank_account", {"owner": next(iter(desk.sandbox.world.companies[desk.company].contractors))}),
        ("lock_payroll", {"requests": 3}),
        ("delay_report", {"payroll": desk.sandbox.admin.next_payroll(desk.company), "seconds": 30}),
        ("reverse_payroll", {"payroll": desk.sandbox.admin.next_payroll(desk.company)}),
        ("refuse_approval", {}),
        ("notify", {"title": "Sign"}),
        ("tell_event", {"event_type": "company.migrated"}),
        ("suspend", {}),
        ("move_days", {"days": 20}),
        ("remove_scope", {"scope": "employees:read"}),
        ("expire_tokens", {}),
        ("disconnect", {}),
    ]
    for number, (route, fields) in enumerate(acts):
        assert desk.act(route, **fields).status_code == 200, route
        image = tmp_path / f"{number}.db"
        image.write_bytes(path.read_bytes())
        again = Sandbox(contract=contract, settings=desk.sandbox.world.settings)
        file = open_file(image, contract)
        Keeper(file, again.world, desk.told.append).resume()
        file.close()
        again.close()
        assert again.world.companies == desk.sandbox.world.companies, route
        assert again.world.grants.to_state() == desk.sandbox.world.grants.to_state(), route
        assert again.world.today == desk.sandbox.world.today
    keeper.close()


def test_an_act_that_cannot_be_kept_is_answered_500(desk: Desk) -> None:
    desk.sandbox.world.save = lambda: False
    answer = desk.act("suspend")
    assert (answer.status_code, "--persist" in answer.json()["error"]) == (500, True)
