"""Each switchable mistake of Acme Time breaks the one promise it is named for, and only when switched on.

A promise is a function that acts on a fresh Acme Time and says whether it was kept.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import yaml
from absences import PROMISES as ABSENCES
from acme_time import grants, jobs, people
from acme_time.connecting import begin_disconnect, finish_connecting
from acme_time.defects import KNOWN, parse_defects
from acme_time.gusto import Refused
from acme_time.notices import list_notices
from acme_time.oauth import authorize_url
from acme_time.webhooks import receive
from acme_time.worker import Worker
from books import PROMISES as BOOKS
from paydays import PROMISES as PAYDAYS
from rosters import PROMISES as ROSTERS
from working_hours import PROMISES as HOURS

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "acme_time"
EMPLOYEES = "/v1/companies/hill/employees"

Promise = Callable[[Any, Any], bool]


def asks_for_a_code(_bench: Any, acme: Any) -> bool:
    return parse_qs(urlsplit(authorize_url(acme.config, "state")).query)["response_type"] == ["code"]


def refuses_a_foreign_state(bench: Any, acme: Any) -> bool:
    bench.gusto.companies["hill"], bench.gusto.codes["code"] = [], "hill"
    browser = bench.browser(acme)
    browser.get("/gusto/connect?account=anna")
    return bool(browser.get("/gusto/callback?code=code&state=forged").status_code == 400)


def refuses_a_state_of_another_browser(bench: Any, acme: Any) -> bool:
    bench.gusto.companies["hill"], bench.gusto.codes["code"] = [], "hill"
    browser = bench.browser(acme)
    given = browser.get("/gusto/connect?account=anna").headers["Location"]
    browser.forget_cookies()
    state = httpx.URL(given).params["state"]
    return bool(browser.get(f"/gusto/callback?code=code&state={state}").status_code == 400)


def keeps_tokens_out_of_addresses(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    return not any("access_token" in request.url.params for request in bench.gusto.requests)


def refreshes_once_after_a_401(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.gusto.access.clear()
    before = len(bench.gusto.calls("/oauth/token"))
    bench.sync(acme)
    return len(bench.gusto.calls("/oauth/token")) == before + 1


def stores_before_it_uses(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.gusto.access.clear()
    kept = []

    def look(request: httpx.Request) -> None:
        stored = grants.find_grant(acme.database, "anna")
        if request.url.path == EMPLOYEES and stored:
            kept.append(request.headers["Authorization"] == f"Bearer {stored.pair.access_token}")

    bench.gusto.between.append(look)
    bench.sync(acme)
    return all(kept)


def keeps_tenants_apart(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.connect(acme, account="berta", company="vale")
    done = [bench.sync(acme, account)["status"] for account in ("anna", "berta")]
    return done == ["done", "done"] and set(bench.held(acme)).isdisjoint(bench.held(acme, "berta"))


def asks_only_what_it_may(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.sync(acme)
    return not bench.gusto.calls("/v1/companies/hill/admins")


def reads_the_company_in_a_good_version(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    calls = bench.gusto.calls("/v1/companies/hill")
    return bool(calls) and all(call.headers["X-Gusto-API-Version"] == "2026-06-15" for call in calls)


def waits_as_told(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.gusto.between.append(
        lambda request: (
            httpx.Response(429, headers={"Retry-After": "30"}) if request.url.path == EMPLOYEES else None
        )
    )
    jobs.enqueue(acme.database, "anna", "sync_people")
    Worker(acme).work_once()
    with acme.database.reading() as db:
        [until] = db.execute("SELECT until FROM pauses").fetchone()
    return bool(until - time.time() > 29)


def reads_every_page(bench: Any, acme: Any) -> bool:
    bench.connect(acme, count=101)
    bench.sync(acme)
    return len(bench.held(acme)) == 101


def tries_a_few_times(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.gusto.between.append(lambda request: httpx.Response(500) if request.url.path == EMPLOYEES else None)
    bench.sync(acme)
    return 2 <= len(bench.gusto.calls(EMPLOYEES)) <= 15


def refuses_unsigned_webhooks(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.subscribe(acme)
    return receive(acme, bench.event(), None) == 401


def accepts_genuine_webhooks(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.subscribe(acme)
    return bool(bench.deliver(acme, bench.event()) == 200)


def verifies_its_subscription(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.subscribe(acme)
    return bool(bench.gusto.subscriptions[-1]["status"] == "verified")


def subscribes_to_little(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.subscribe(acme)
    [asked] = [each for each in bench.gusto.calls("/v1/webhook_subscriptions") if each.method == "POST"]
    return bool(json.loads(asked.content)["subscription_types"] == ["Company", "Employee", "Payroll"])


def answers_before_it_reads(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.subscribe(acme)
    bench.deliver(acme, bench.event())
    return not bench.gusto.calls("/v1/employees/hill-1")


def takes_an_event_once(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.subscribe(acme)
    for _ in range(2):
        bench.deliver(acme, bench.event())
        bench.work_all(acme)
    return len(bench.gusto.calls("/v1/employees/hill-1")) == 1


def asks_who_is_gone(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.subscribe(acme)
    bench.deliver(acme, bench.event(event_type="employee.terminated"))
    bench.work_all(acme)
    found = people.list_employees(acme.database, acme.config, "anna")
    return not any(each["terminated"] for each in found)


def takes_foreign_events_calmly(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.subscribe(acme)
    return bool(bench.deliver(acme, bench.event(resource_uuid="far")) == 200)


def takes_a_burst(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.subscribe(acme)
    return {bench.deliver(acme, bench.event(f"e{number}")) for number in range(20)} == {200}


def leaves_suspended_companies_alone(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.subscribe(acme)
    suspended = httpx.Response(200, json={"uuid": "hill", "is_suspended": True})
    bench.gusto.between.append(
        lambda request: suspended if request.url.path == "/v1/companies/hill" else None
    )
    bench.deliver(acme, bench.event(event_type="company.suspended", entity_uuid="hill"))
    bench.work_all(acme)
    job = jobs.enqueue(acme.database, "anna", "settle_hires")
    bench.work_all(acme)
    found = jobs.find_status(acme.database, job)
    told = [each["about"] for each in list_notices(acme.database, "anna")]
    return found is not None and found["status"] == "failed" and "blocked" in told


def acts_on_what_it_missed(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    missed = httpx.Response(200, json=[json.loads(bench.event())])
    bench.gusto.between.append(lambda request: missed if request.url.path == "/v1/events" else None)
    jobs.enqueue(acme.database, "anna", "catch_up_events", lane=jobs.SYSTEM_LANE)
    bench.work_all(acme)
    return bool(bench.gusto.calls("/v1/employees/hill-1"))


def match_one(bench: Any, acme: Any, **facts: Any) -> str:
    """Return how one of our people is matched who shares all these facts with somebody in Gusto."""
    bench.connect(acme)
    bench.gusto.companies["hill"][0] |= {"first_name": "Josephine", "last_name": "Bridgers"}
    people.replace_own_people(
        acme.database, "anna", [{"id": "p0", "first_name": "A", "last_name": "B", **facts}]
    )
    bench.sync(acme)
    return str(bench.matches_of(acme)["p0"][0])


def compares_both_addresses(bench: Any, acme: Any) -> bool:
    return match_one(bench, acme, work_email="HILL0@mail.test", date_of_birth="1930-02-03") == "matched"


def compares_the_year_of_birth(bench: Any, acme: Any) -> bool:
    return match_one(bench, acme, email="hill0@mail.test", date_of_birth="1999-02-03") == "proposed"


def asks_about_similar_names(bench: Any, acme: Any) -> bool:
    names = {"first_name": "Josefine", "last_name": "Bridgers"}
    return match_one(bench, acme, date_of_birth="1930-02-03", **names) == "proposed"


def maps_one_to_one(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    mine = {"first_name": "First0", "last_name": "Last0", "email": "hill0@mail.test"}
    twins = [{"id": each, **mine} for each in ("p0", "p1")]
    people.replace_own_people(acme.database, "anna", twins)
    bench.sync(acme)
    return {state for state, _ in bench.matches_of(acme).values()} == {"conflict"}


def keeps_leavers_until_they_left(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    leaves = {"onboarded": True, "terminated": False, "terminations": [{"effective_date": "2999-12-31"}]}
    bench.gusto.companies["hill"][0] |= leaves
    bench.sync(acme)
    found = people.list_employees(acme.database, acme.config, "anna")
    return people.find_employment(acme.config, found[0]) == "active"


def knows_leavers_again(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    mine = {"id": "p0", "first_name": "First0", "last_name": "Last0", "email": "hill0@mail.test"}
    people.replace_own_people(acme.database, "anna", [mine])
    for is_gone in (True, False):
        bench.gusto.companies["hill"][0]["terminated"] = is_gone
        bench.sync(acme)
    return bool(bench.matches_of(acme)["p0"] == ("matched", "hill-0"))


def reads_people_without_addresses(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.gusto.companies["hill"][0]["email"] = None
    bench.sync(acme)
    return "hill-0" in bench.held(acme)


def asks_before_matching_on_one_fact(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    mine = {"id": "p0", "first_name": "First0", "last_name": "Last0"}
    people.replace_own_people(acme.database, "anna", [mine])
    bench.sync(acme)
    return bool(bench.matches_of(acme)["p0"][0] == "proposed")


def keeps_matches(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    mine = {"id": "p0", "first_name": "First0", "last_name": "Last0", "email": "hill0@mail.test"}
    people.replace_own_people(acme.database, "anna", [mine])
    bench.sync(acme)
    bench.gusto.companies["hill"][0] |= {"last_name": "Franke", "email": "franke@mail.test"}
    bench.sync(acme)
    return bool(bench.matches_of(acme)["p0"] == ("matched", "hill-0"))


def asks_with_documented_parameters(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.sync(acme)
    asked = [dict(call.url.params) for call in bench.gusto.calls(EMPLOYEES)]
    return all(
        each.pop("include", "custom_fields") == "custom_fields" and set(each) <= {"page", "per", "sort_by"}
        for each in asked
    )


def exchanges_codes_with_the_registered_address(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    return all("#" not in request.content.decode() for request in bench.gusto.calls("/oauth/token"))


def sends_secrets_in_bodies(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    return not any(request.url.query for request in bench.gusto.calls("/oauth/token"))


def keeps_tokens_from_browsers(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    browser = bench.browser(acme)
    browser.get("/gusto/connect?account=anna")
    page = browser.get("/accounts/anna").text
    return not any(token in page for token in bench.gusto.access)


def asks_only_token_info(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    return bool(bench.gusto.calls("/v1/token_info")) and not bench.gusto.calls("/v1/me")


def tells_gusto_of_the_end(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    begin_disconnect(acme, "anna")
    Worker(acme).work_once()
    return bool(bench.gusto.calls("/v1/companies/hill/disconnect_app_integration"))


def reads_companies_with_their_tokens(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    return len(bench.gusto.calls("/v1/companies/hill")) == 1


def names_its_version(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.sync(acme)
    return all("X-Gusto-API-Version" in request.headers for request in bench.gusto.requests)


def reads_people_in_pages(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.sync(acme)
    return not any(request.url.path.startswith("/v1/employees/") for request in bench.gusto.requests)


def estimates_no_salaries(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.sync(acme)
    return not any("salary_estimates" in request.url.path for request in bench.gusto.requests)


def leaves_embedded_alone(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.sync(acme)
    return not bench.gusto.calls("/v1/companies/hill/federal_tax_details")


def asks_one_host_only(bench: Any, acme: Any) -> bool:
    asked: list[str] = []
    bench.connect(acme)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
        patch.setattr(httpx, "get", lambda url, **_: asked.append(url))
        bench.sync(acme)
    return not asked


def takes_no_for_an_answer(bench: Any, acme: Any) -> bool:
    browser = bench.browser(acme)
    asked = browser.get("/gusto/connect?account=anna", follow_redirects=False).headers["Location"]
    state = parse_qs(urlsplit(asked).query)["state"][0]
    try:
        page = browser.get("/gusto/callback", params={"error": "access_denied", "state": state})
    except (KeyError, SystemExit):
        return False
    return bool(page.status_code < 500)


def exchanges_a_code_once(bench: Any, acme: Any) -> bool:
    with pytest.raises(Refused):
        finish_connecting(acme, "anna", "never-given-out")
    return len(bench.gusto.calls("/oauth/token")) == 1


def expire(acme: Any) -> None:
    with acme.database.transaction() as db:
        db.execute("UPDATE connections SET fresh_until = 0")


def refreshes_in_good_time(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    expire(acme)
    bench.sync(acme)
    return len(bench.gusto.calls("/oauth/token")) == 2


def keeps_the_connection_when_an_answer_is_lost(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    expire(acme)
    lost: list[bool] = []

    def lose_first_refresh(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != "/oauth/token" or lost:
            return None
        lost.append(True)
        raise httpx.ReadError("lost")

    bench.gusto.between.append(lose_first_refresh)
    return bool(bench.sync(acme)["status"] == "done")


def keeps_the_connection_when_a_refresh_is_answered_503(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    expire(acme)
    failed: list[bool] = []

    def fail_first_refresh(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != "/oauth/token" or failed:
            return None
        failed.append(True)
        return httpx.Response(503)

    bench.gusto.between.append(fail_first_refresh)
    return bool(bench.sync(acme)["status"] == "done")


def comes_back_to_life(bench: Any, acme: Any) -> bool:
    gives_up_a_dead_grant(bench, acme)
    bench.connect(acme)
    return bool(bench.sync(acme)["status"] == "done")


def keeps_people_while_gusto_fails(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.sync(acme)
    bench.gusto.between.append(lambda request: httpx.Response(500) if request.url.path == EMPLOYEES else None)
    bench.sync(acme)
    return bool(bench.held(acme))


def gives_up_a_dead_grant(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    bench.gusto.access.clear()
    bench.gusto.refresh.clear()
    bench.sync(acme)
    return grants.find_connection(acme.database, "anna").state == grants.RECONNECT_NEEDED


def connect_again(bench: Any, acme: Any, owner: str) -> tuple[str, str | None]:
    """Match somebody, connect the same company as this owner, and return how the match stands."""

    def own(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != "/v1/token_info":
            return None
        resource = {"type": "Company", "uuid": "hill"}
        return httpx.Response(200, json={"resource": resource, "resource_owner": {"uuid": owner}})

    bench.connect(acme)
    mine = {"id": "p0", "first_name": "First0", "last_name": "Last0", "email": "hill0@mail.test"}
    people.replace_own_people(acme.database, "anna", [mine])
    bench.sync(acme)
    bench.gusto.between.append(own)
    bench.gusto.codes["again"] = "hill"
    finish_connecting(acme, "anna", "again")
    found: tuple[str, str | None] = bench.matches_of(acme)["p0"]
    return found


def keeps_matches_over_a_new_consent(bench: Any, acme: Any) -> bool:
    return connect_again(bench, acme, "owner-2") == ("matched", "hill-0")


def keeps_each_company_of_an_accountant(bench: Any, acme: Any) -> bool:
    """Two accounts are connected by one login, and each goes on with the company that was chosen for it."""

    def tell(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != "/v1/token_info":
            return None
        company = bench.gusto.access[request.headers["Authorization"].removeprefix("Bearer ")]
        resource = {"type": "Company", "uuid": company}
        return httpx.Response(200, json={"resource": resource, "resource_owner": {"uuid": "accountant"}})

    bench.gusto.between.append(tell)
    bench.connect(acme)
    bench.connect(acme, account="berta", company="vale")
    bench.sync(acme)
    bench.sync(acme, "berta")
    connected = [grants.find_connection(acme.database, each) for each in ("anna", "berta")]
    held = [{each.partition("-")[0] for each in bench.held(acme, name)} for name in ("anna", "berta")]
    return [each.company_uuid for each in connected] == ["hill", "vale"] and held == [{"hill"}, {"vale"}]


def refuse_people(bench: Any, acme: Any, status: int, category: str, message: str = "") -> list[str]:
    """Sync once, refuse the list of people, sync again, and return what the customer is told about."""
    bench.connect(acme)
    bench.sync(acme)
    bench.gusto.requests.clear()
    body = {"errors": [{"category": category, "message": message}]}
    bench.gusto.between.append(
        lambda request: httpx.Response(status, json=body) if request.url.path == EMPLOYEES else None
    )
    bench.sync(acme)
    return [each["about"] for each in list_notices(acme.database, "anna")]


def tells_of_a_missing_scope(bench: Any, acme: Any) -> bool:
    told = refuse_people(bench, acme, 403, "missing_oauth_scopes", "No entry.")
    return "missing_scope" in told and bool(bench.held(acme))


def asks_once_with_a_refused_version(bench: Any, acme: Any) -> bool:
    told = refuse_people(bench, acme, 406, "invalid_api_version")
    return "outdated_version" in told and len(bench.gusto.calls(EMPLOYEES)) == 1


def asks_once_what_is_refused(bench: Any, acme: Any) -> bool:
    refuse_people(bench, acme, 422, "invalid_attribute_value")
    return len(bench.gusto.calls(EMPLOYEES)) == 1


def bears_with_new_fields(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    for employee in bench.gusto.companies["hill"]:
        employee["added_later"] = {"since": "tomorrow"}
    return bool(bench.sync(acme)["status"] == "done")


def lets_others_go_on(bench: Any, acme: Any) -> bool:
    slept: list[float] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("acme_time.worker.time.sleep", slept.append)
        waits_as_told(bench, acme)
    return not slept


def reads_events_to_the_end(bench: Any, acme: Any) -> bool:
    bench.connect(acme)
    pages = {None: ("e1", "true"), "e1": ("e2", "false")}

    def give_events(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != "/v1/events":
            return None
        uuid, more = pages[request.url.params.get("starting_after_uuid")]
        return httpx.Response(200, json=[{"uuid": uuid}], headers={"X-Has-Next-Page": more})

    bench.gusto.between.append(give_events)
    jobs.enqueue(acme.database, "anna", "catch_up_events", lane="system")
    Worker(acme).work_once()
    return len(bench.gusto.calls("/v1/events")) == 2


PROMISES: Mapping[str, Promise] = {
    **ABSENCES,
    **BOOKS,
    **HOURS,
    **ROSTERS,
    **PAYDAYS,
    "breaks_on_denial": takes_no_for_an_answer,
    "dies_on_denial": takes_no_for_an_answer,
    "exchanges_a_code_twice": exchanges_a_code_once,
    "waits_for_a_401": refreshes_in_good_time,
    "refreshes_without_a_lock": refreshes_once_after_a_401,
    "gives_up_on_a_lost_refresh": keeps_the_connection_when_an_answer_is_lost,
    "takes_a_503_for_the_end": keeps_the_connection_when_a_refresh_is_answered_503,
    "stays_dead": comes_back_to_life,
    "takes_a_500_for_nobody": keeps_people_while_gusto_fails,
    "ignores_invalid_grant": gives_up_a_dead_grant,
    "ignores_deprovisioning": gives_up_a_dead_grant,
    "forgets_matches_on_reconnect": keeps_matches_over_a_new_consent,
    "begins_anew_with_each_admin": keeps_matches_over_a_new_consent,
    "keys_connections_by_login": keeps_each_company_of_an_accountant,
    "takes_403_for_nobody": tells_of_a_missing_scope,
    "decides_by_message": tells_of_a_missing_scope,
    "retries_a_406": asks_once_with_a_refused_version,
    "retries_a_422": asks_once_what_is_refused,
    "breaks_on_new_fields": bears_with_new_fields,
    "makes_everybody_wait": lets_others_go_on,
    "first_events_only": reads_events_to_the_end,
    "wrong_response_type": asks_for_a_code,
    "fragment_in_redirect_uri": exchanges_codes_with_the_registered_address,
    "secrets_in_query": sends_secrets_in_bodies,
    "token_in_page": keeps_tokens_from_browsers,
    "asks_for_the_current_user": asks_only_token_info,
    "disconnects_in_silence": tells_gusto_of_the_end,
    "system_token_for_companies": reads_companies_with_their_tokens,
    "omits_version": names_its_version,
    "deprecated_version": reads_the_company_in_a_good_version,
    "reads_people_one_by_one": reads_people_in_pages,
    "undeclared_use_case": estimates_no_salaries,
    "asks_for_embedded": leaves_embedded_alone,
    "asks_production": asks_one_host_only,
    "accepts_any_state": refuses_a_foreign_state,
    "accepts_states_of_others": refuses_a_state_of_another_browser,
    "token_in_query": keeps_tokens_out_of_addresses,
    "never_refreshes": refreshes_once_after_a_401,
    "refresh_storm": refreshes_once_after_a_401,
    "reuses_refresh_token": stores_before_it_uses,
    "one_token_for_all": keeps_tenants_apart,
    "calls_unassigned_scope": asks_only_what_it_may,
    "unused_scope": reads_the_company_in_a_good_version,
    "old_version": reads_the_company_in_a_good_version,
    "ignores_retry_after": waits_as_told,
    "first_page_only": reads_every_page,
    "gives_up_on_500": tries_a_few_times,
    "retries_forever": tries_a_few_times,
    "accepts_unsigned_webhooks": refuses_unsigned_webhooks,
    "compares_parsed_body": accepts_genuine_webhooks,
    "never_verifies": verifies_its_subscription,
    "subscribes_to_everything": subscribes_to_little,
    "reads_before_answering": answers_before_it_reads,
    "forgets_event_uuids": takes_an_event_once,
    "believes_event_types": asks_who_is_gone,
    "refuses_strange_events": takes_foreign_events_calmly,
    "answers_busy": takes_a_burst,
    "ignores_suspension": leaves_suspended_companies_alone,
    "skips_missed_events": acts_on_what_it_missed,
    "matches_on_one_field": asks_before_matching_on_one_fact,
    "rematches_every_sync": keeps_matches,
    "compares_one_address": compares_both_addresses,
    "compares_birthdays": compares_the_year_of_birth,
    "matches_similar_names": asks_about_similar_names,
    "maps_people_twice": maps_one_to_one,
    "ends_at_notice": keeps_leavers_until_they_left,
    "unlinks_leavers": knows_leavers_again,
    "trips_on_missing_facts": reads_people_without_addresses,
    "shares_people_between_tenants": keeps_tenants_apart,
    "sends_invalid_query": asks_with_documented_parameters,
}


@pytest.mark.parametrize("promise", sorted(set(PROMISES.values()), key=lambda each: each.__name__))
def test_the_careful_one_keeps_its_promise(bench: Any, promise: Promise) -> None:
    assert promise(bench, bench.make())


@pytest.mark.parametrize("defect", sorted(KNOWN))
def test_a_defect_breaks_its_promise(bench: Any, defect: str) -> None:
    assert not PROMISES[defect](bench, bench.make(defect))


def test_every_defect_is_described_once() -> None:
    described = yaml.safe_load((EXAMPLE / "defects.yaml").read_text())["defects"]
    assert sorted(each["id"] for each in described) == sorted(KNOWN)
    keys = {"id", "does", "killed_by", "also_fells", "shown_by"}
    assert all(set(each) == keys and each["shown_by"] for each in described)


def test_unknown_defects_are_an_error() -> None:
    with pytest.raises(ValueError, match="no_such"):
        parse_defects("first_page_only,no_such")


def test_no_defect_is_on_unless_named() -> None:
    assert parse_defects("") == frozenset()
    assert parse_defects(" first_page_only , ") == {"first_page_only"}
