import json
from datetime import UTC, datetime

import httpx

from partner_qa.model import Body, Kind, Request, Response, Tenant

A = "aaaaaaaa-0000-4000-8000-000000000001"
B = "bbbbbbbb-0000-4000-8000-000000000002"
UNKNOWN = "cccccccc-0000-4000-8000-000000000003"


def test_a_late_call_belongs_to_the_scenario_of_its_token(desk):
    desk.open("first", A)
    pair = desk.connect(A)
    desk.recorder.close()
    desk.open("second", B)
    desk.people(pair["access_token"], A)
    desk.recorder.finish()
    assert [call.operation for call in desk.calls("first")] == [
        "oauth-access-token",
        "get-v1-companies-company_id-employees",
    ]
    assert all(A not in call.request.url for call in desk.calls("second"))


def test_a_late_call_is_not_said_to_be_part_of_the_action_under_way(desk):
    desk.open("first", A)
    pair = desk.connect(A)
    desk.recorder.close()
    desk.open("second", B)
    with desk.recorder.during("sync_people", "account-of-second"):
        desk.people(pair["access_token"], A)
    desk.recorder.finish()
    late = desk.calls("first")[-1]
    assert late.during is None
    assert late.account == "account-of-first"


def test_the_token_wins_over_the_company_in_the_path(desk):
    desk.open("first", A)
    pair = desk.connect(A)
    desk.recorder.close()
    desk.open("second", B)
    desk.people(pair["access_token"], B)
    desk.recorder.finish()
    assert desk.calls("first")[-1].request.url.endswith(f"/v1/companies/{B}/employees")


def test_a_token_in_the_query_is_as_good(desk):
    desk.open("first", A)
    pair = desk.connect(A)
    desk.recorder.close()
    desk.open("second", B)
    desk.people(None, B, access_token=pair["access_token"])
    desk.recorder.finish()
    call = desk.calls("first")[-1]
    assert call.grant == "grant-1"
    assert pair["access_token"] not in call.request.url


def test_a_late_refresh_belongs_to_the_scenario_of_its_refresh_token(desk):
    desk.open("first", A)
    pair = desk.connect(A)
    desk.recorder.close()
    desk.open("second", B)
    desk.refresh(pair["refresh_token"])
    desk.recorder.finish()
    assert len(desk.calls("first")) == 2
    assert desk.calls("first")[1].grant == "grant-1"


def test_a_refresh_token_in_a_form_is_found_as_well(desk):
    desk.open("first", A)
    pair = desk.connect(A)
    desk.recorder.close()
    desk.open("second", B)
    desk.http.post("/oauth/revoke", data={"token": pair["refresh_token"]})
    desk.recorder.finish()
    assert desk.calls("first")[-1].request.url.endswith("/oauth/revoke")


def test_a_code_belongs_to_the_scenario_in_which_it_was_issued(desk):
    desk.open("first", A)
    answer = desk.get("/oauth/authorize?state=the-state-of-the-first-scenario")
    desk.recorder.close()
    desk.open("second", B)
    desk.exchange(httpx.URL(answer.headers["location"]).params["code"])
    desk.recorder.finish()
    assert [call.operation for call in desk.calls("first")] == ["oauth-access-token"]


def test_a_late_consent_belongs_to_the_scenario_of_its_state(desk):
    desk.open("first", A)
    desk.get("/oauth/authorize?state=the-state-of-the-first-scenario")
    desk.recorder.close()
    desk.open("second", B)
    desk.http.post("/oauth/authorize", data={"state": "the-state-of-the-first-scenario"})
    desk.recorder.finish()
    assert len(desk.calls("first", Kind.BROWSER)) == 2


def test_a_state_that_is_always_the_same_does_not_lead_back(desk):
    desk.open("first", A)
    desk.get("/oauth/authorize?state=always-the-same")
    desk.recorder.close()
    desk.open("second", B)
    desk.get("/oauth/authorize?state=always-the-same")
    desk.recorder.finish()
    assert len(desk.calls("second", Kind.BROWSER)) == 1


def test_a_call_without_a_known_token_goes_by_the_company_in_its_path(desk):
    desk.open("first", A)
    desk.recorder.close()
    desk.open("second", B)
    desk.people("a-token-that-nobody-has-issued", A)
    desk.recorder.finish()
    assert len(desk.calls("first")) == 1


def test_what_carries_nothing_known_belongs_to_the_running_scenario(desk):
    desk.open("first", A)
    desk.recorder.close()
    desk.open("second", B)
    desk.people(None, UNKNOWN)
    desk.recorder.finish()
    assert len(desk.calls("second")) == 1
    assert desk.calls("first") == ()


def test_between_scenarios_a_call_is_unattributed(desk):
    desk.open("first", A)
    desk.recorder.close()
    desk.people(None, UNKNOWN)
    desk.recorder.finish()
    assert [call.request.method for call in desk.calls("unattributed")] == ["GET"]


def test_a_run_without_strays_has_no_unattributed_cassette(desk):
    desk.open("first", A)
    desk.recorder.close()
    desk.recorder.finish()
    assert [path.name for path in desk.folder.glob("*.yaml")] == ["first.yaml"]


def test_a_system_token_belongs_to_whichever_scenario_runs(desk):
    desk.open("first", A)
    answer = desk.http.post("/oauth/token", json={"grant_type": "system_access"})
    desk.recorder.close()
    desk.open("second", B)
    desk.get("/v1/webhook_subscriptions", answer.json()["access_token"])
    desk.recorder.finish()
    assert desk.calls("second")[0].grant == "system-1"


def test_a_grant_keeps_its_name_through_a_refresh(desk):
    desk.open("first", A)
    pair = desk.refresh(desk.connect(A)["refresh_token"])
    desk.people(pair["access_token"], A)
    desk.people(desk.connect(A)["access_token"], A)
    desk.recorder.finish()
    assert [call.grant for call in desk.calls("first")][:5] == ["grant-1"] * 3 + ["grant-2"] * 2


def test_the_company_of_a_grant_is_learnt_where_it_is_asked_for(desk):
    desk.recorder._watch._company_of = None
    desk.open("first", A)
    pair = desk.connect(A)
    desk.get("/v1/token_info", pair["access_token"])
    desk.people(pair["access_token"], B)
    desk.recorder.finish()
    assert desk.calls("first")[2].company == B


def test_adopted_grants_follow_the_running_scenario(desk):
    desk.open("first", A)
    pair = desk.connect(A)
    desk.recorder.close()
    desk.recorder.open("second")
    desk.recorder.adopt_grants()
    desk.people(pair["access_token"], A)
    desk.recorder.finish()
    assert desk.calls("second")[0].grant == "grant-1"


def test_only_a_code_that_was_exchanged_counts_as_a_consent(desk):
    desk.open("first", A)
    pair = desk.connect(A)
    desk.refresh(pair["refresh_token"])
    assert desk.recorder.consents == 1


def test_the_account_is_that_of_the_company_even_between_actions(desk):
    desk.open("first", A)
    desk.recorder.add_tenant(Tenant(account="other", company=B))
    pair = desk.connect(B)
    with desk.recorder.during("sync_people", "account-of-first"):
        desk.people(pair["access_token"], B)
    desk.recorder.finish()
    assert desk.calls("first")[1].account == "other"
    assert desk.calls("first")[1].during == "sync_people"


def deliver(desk, event):
    body = Body.of(json.dumps(event).encode())
    return desk.recorder.record(
        kind=Kind.WEBHOOK,
        started=datetime.now(UTC),
        elapsed=0.1,
        request=Request(method="POST", url="http://127.0.0.1:4000/gusto/webhooks", body=body),
        response=Response(status=200),
    )


def test_a_late_webhook_belongs_to_the_scenario_of_its_company(desk):
    desk.open("first", A)
    desk.recorder.close()
    desk.open("second", B)
    with desk.recorder.during("sync_people", "account-of-second"):
        late = deliver(desk, {"resource_type": "Company", "resource_uuid": A})
        own = deliver(desk, {"resource_type": "Company", "resource_uuid": B})
        others = deliver(desk, {"verification_token": "made-up", "resource_type": "Company"})
    desk.recorder.finish()
    assert (late.account, late.during) == ("account-of-first", None)
    assert (own.account, own.during) == ("account-of-second", "sync_people")
    assert others.account == "account-of-second"
    assert len(desk.calls("first", Kind.WEBHOOK)) == 1
    assert len(desk.calls("second", Kind.WEBHOOK)) == 2
