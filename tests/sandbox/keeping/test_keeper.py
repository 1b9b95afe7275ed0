"""A sandbox that is kept: tokens, webhooks and work under way go on after a kill; a full disk is said."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from partner_qa.contract.catalogue import load_contract
from partner_qa.model import Request, Response
from partner_qa.sandbox.app import Sandbox
from partner_qa.sandbox.deliveries import DeliveryState, RetryPlan
from partner_qa.sandbox.grant import Issued, Refusal
from partner_qa.sandbox.keeping.file import StateFile, StateFileError
from partner_qa.sandbox.keeping.keeper import Keeper, find_settings, open_file
from partner_qa.serving import LoopbackServer

SCOPES = (
    "companies:read",
    "employees:read",
    "employees:manage",
    "employees:write",
    "webhook_subscriptions:read",
    "webhook_subscriptions:write",
)


PROVISION = load_contract().require_operation("post-v1-provision").scopes


class Kept:
    """A sandbox of the tests in a file, and what a kill and a restart make of it."""

    def __init__(self, gusto: Any, folder: Path) -> None:
        self.gusto, self.folder = gusto, folder
        self.path = folder / "sandbox.db"
        self.told: list[str] = []
        self.file = open_file(self.path, gusto.contract)
        self.keeper = Keeper(self.file, gusto.world, self.told.append)
        self.keeper.begin(gusto.world.settings, {"people": [3]})
        self.opened: list[tuple[Sandbox, StateFile]] = []

    def restart(self, **options: Any) -> Sandbox:
        """Return what is there after a kill at this moment; this sandbox goes on beside it."""
        image = self.folder / f"image-{len(self.opened)}.db"
        for ending in ("", "-journal"):
            if (self.folder / f"sandbox.db{ending}").exists():
                shutil.copy(self.folder / f"sandbox.db{ending}", f"{image}{ending}")
        file = open_file(image, self.gusto.contract)
        found = find_settings(file)
        assert found is not None
        assert found == (self.gusto.world.settings, {"people": [3]})
        sandbox = Sandbox(contract=self.gusto.contract, settings=found[0], **options)
        keeper = Keeper(file, sandbox.world, self.told.append)
        keeper.resume()
        keeper.begin(*found)
        self.opened.append((sandbox, file))
        return sandbox

    def close(self) -> None:
        for sandbox, file in self.opened:
            sandbox.close()
            file.close()
        self.keeper.close()


@pytest.fixture
def keep(open_gusto: Callable[..., Any], tmp_path: Path) -> Iterator[Callable[..., Kept]]:
    """Open a sandbox with settings of one's own and keep it in a file."""
    opened: list[Kept] = []

    def open_one(**options: Any) -> Kept:
        opened.append(Kept(open_gusto(**{"scopes": SCOPES, **options}), tmp_path))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


def connect(kept: Kept) -> tuple[str, str]:
    access, refresh = kept.gusto.admin.connect(kept.gusto.company)
    kept.gusto.world.keep()
    return access, refresh


def ask(sandbox: Sandbox, path: str, token: str) -> Any:
    with LoopbackServer(sandbox) as server, httpx.Client(trust_env=False) as http:
        return http.get(f"{server.base_url}{path}", headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("rotation", ["strict", "grace"])
def test_a_refresh_token_is_good_once_before_and_after_a_restart(
    keep: Callable[..., Kept], rotation: str
) -> None:
    kept = keep(rotation=rotation)
    _, first = connect(kept)
    body = {"client_id": "client", "client_secret": "s3cret", "grant_type": "refresh_token"}
    issued = kept.gusto.http.post("/oauth/token", json={**body, "refresh_token": first}).json()
    again = kept.restart()
    assert isinstance(again.world.grants.refresh(first), Refusal if rotation == "strict" else Issued)
    assert ask(again, f"/v1/companies/{kept.gusto.company}", issued["access_token"]).status_code == 200
    assert isinstance(again.world.grants.refresh(first), Refusal)  # the new access token was used
    newest = again.world.grants.refresh(issued["refresh_token"])
    assert isinstance(newest, Issued)
    assert newest.grant.id == "company-1"


def test_the_first_use_of_a_token_is_kept_though_it_was_a_read(keep: Callable[..., Kept]) -> None:
    kept = keep(rotation="grace")
    _, first = connect(kept)
    issued = kept.gusto.world.grants.refresh(first)
    kept.gusto.world.keep()
    kept.gusto.get(f"/v1/companies/{kept.gusto.company}", issued.access_token)
    assert isinstance(kept.restart().world.grants.refresh(first), Refusal)


def test_an_expired_and_a_revoked_token_stay_dead(keep: Callable[..., Kept]) -> None:
    kept = keep()
    access, refresh = connect(kept)
    other, _ = connect(kept)
    kept.gusto.admin.expire_tokens(kept.gusto.company)
    kept.gusto.http.post(
        "/oauth/revoke", json={"client_id": "client", "client_secret": "s3cret", "token": other}
    )
    again = kept.restart()
    path = f"/v1/companies/{kept.gusto.company}"
    assert ask(again, path, access).status_code == 401
    assert ask(again, path, other).status_code == 401
    assert isinstance(again.world.grants.refresh(refresh), Issued)


def test_a_code_and_an_open_consent_page_can_still_be_used(keep: Callable[..., Kept]) -> None:
    kept = keep()
    query = {
        "client_id": "client",
        "redirect_uri": kept.gusto.world.settings.redirect_uris[0],
        "response_type": "code",
    }
    page = kept.gusto.http.get("/oauth/authorize", params={**query, "state": "s"}).text
    request = page.split('name="request" value="', 1)[1].partition('"')[0]
    form = {"request": request, "person": "", "company": kept.gusto.company, "decision": "allow"}
    again = kept.restart()
    with LoopbackServer(again) as server, httpx.Client(trust_env=False) as http:
        location = http.post(f"{server.base_url}/oauth/authorize", data=form).headers["location"]
    code = httpx.URL(location).params["code"]
    kept.gusto.http.post("/oauth/authorize", data=form)
    issued = again.world.grants.exchange_code(code, redirect_uri=query["redirect_uri"])
    assert isinstance(issued, Issued)
    codes = list(kept.gusto.world.grants.to_state().codes)
    later = kept.restart().world.grants
    assert isinstance(later.exchange_code(codes[0], redirect_uri=query["redirect_uri"]), Issued)


def test_webhooks_that_are_owed_are_delivered_after_a_restart(keep: Callable[..., Kept]) -> None:
    kept = keep(retry_plan=RetryPlan(first=3600))
    gusto = kept.gusto
    received: list[Request] = []

    async def refuse(_request: Request) -> Response:
        return Response(status=500)

    async def receive(request: Request) -> Response:
        received.append(request)
        return Response(status=200)

    gusto.world.subscriptions._postman._deliver = refuse
    token = connect(kept)[0]
    subscription = gusto.admin.add_subscription("http://127.0.0.1:9/hooks", ["Employee"], "key")
    person = gusto.get(f"/v1/companies/{gusto.company}/employees", token).json()[0]
    body = {"version": person["version"], "first_name": "Jane"}
    assert gusto.call("PUT", f"/v1/employees/{person['uuid']}", token, json=body).status_code == 200
    assert gusto.admin.wait_for_deliveries(10)
    first = kept.restart(deliver=receive)
    assert first.world.subscriptions.every == (subscription,)
    assert not first.world.subscriptions.wait_until_idle(0.2)  # the next try is in an hour
    (owed,) = first.world.subscriptions.deliveries()
    assert (owed.state, len(owed.attempts), received) == (DeliveryState.WAITING, 1, [])
    later = lambda: gusto.world.now() + timedelta(hours=2)  # noqa: E731
    second = kept.restart(deliver=receive, now=later)
    assert second.world.subscriptions.wait_until_idle(10)
    assert [each.body for each in received] == [owed.request.body]
    assert received[0].headers == owed.request.headers  # signed as before
    (delivered,) = second.world.subscriptions.deliveries()
    assert (delivered.state, len(delivered.attempts)) == (DeliveryState.DELIVERED, 2)


def test_a_delivery_in_flight_is_tried_again(keep: Callable[..., Kept]) -> None:
    kept = keep()
    world = kept.gusto.world
    received: list[Request] = []

    async def receive(request: Request) -> Response:
        received.append(request)
        return Response(status=200)

    with world.lock:
        added = world.subscriptions.add(url="http://127.0.0.1:9/hooks", types=["Employee"])
        (taken,) = world.subscriptions.backlog.take_due(time.monotonic(), room=1)
        assert taken.state is DeliveryState.IN_FLIGHT
        world.keep()
        again = kept.restart(deliver=receive)
    assert again.world.subscriptions.wait_until_idle(10)
    assert [each.body for each in received] == [taken.request.body]
    assert again.world.subscriptions.verify(added.uuid, added.secret) is not None


def test_a_rate_window_starts_anew(keep: Callable[..., Kept]) -> None:
    kept = keep()
    token, _ = connect(kept)
    path = f"/v1/companies/{kept.gusto.company}"
    before = kept.gusto.get(path, token).headers["x-ratelimit-remaining"]
    kept.gusto.get(path, token)
    assert ask(kept.restart(), path, token).headers["x-ratelimit-remaining"] == before


def test_a_payroll_sync_goes_on(keep: Callable[..., Kept]) -> None:
    kept = keep(sync_seconds=0.05, scopes=(*SCOPES, "payroll_syncs:write"))
    world = kept.gusto.world
    company = world.companies[kept.gusto.company]
    with world.lock:  # none of its steps is taken here
        company.payroll_syncs["one"] = make_sync(company, "pending")
        company.payroll_syncs["two"] = make_sync(company, "in_progress")
        world.touch(company.uuid)
        world.keep()
        again = kept.restart().world
    syncs = again.companies[company.uuid].payroll_syncs
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and any(each["completed_at"] is None for each in syncs.values()):
        time.sleep(0.01)
    assert [each["status"] for each in syncs.values()] == ["failure", "failure"]  # there are no hours


def make_sync(company: Any, status: str) -> dict[str, Any]:
    payroll = next(each for each in company.payrolls.values() if not each.is_processed)
    return {
        "uuid": status,
        "status": status,
        "pay_schedule_uuid": payroll.schedule,
        "pay_period_start_date": payroll.start.isoformat(),
        "pay_period_end_date": payroll.end.isoformat(),
        "completed_at": None,
        "errors": [],
        "warnings": [],
    }


def test_a_payroll_that_is_run_and_taken_back_and_run_again_is_kept_each_time(
    keep: Callable[..., Kept],
) -> None:
    moment = datetime.now(UTC)
    kept = keep(now=lambda: moment)  # so that nothing but what was done tells one run from the other
    admin, company = kept.gusto.admin, kept.gusto.company
    payroll = admin.next_payroll(company)
    admin.run_payroll(company, payroll)
    kept.gusto.world.keep()
    for step in (admin.cancel_payroll, admin.run_payroll):
        step(company, payroll)
        kept.gusto.world.keep()
        assert kept.restart().admin.payrolls(company) == admin.payrolls(company)


def test_an_account_that_was_claimed_stays_so(keep: Callable[..., Kept]) -> None:
    kept = keep(scopes=(*SCOPES, *PROVISION))
    user = {"first_name": "Jane", "last_name": "Eyre", "email": "jane@eyre.example"}
    made = kept.gusto.call(
        "POST", "/v1/provision", kept.gusto.system(), json={"user": user, "company": {"name": "Thornfield"}}
    )
    founded = list(kept.restart().world.companies.values())[-1]
    assert (founded.profile["name"], founded.is_claimed) == ("Thornfield", False)
    assert kept.gusto.http.get(made.json()["account_claim_url"]).status_code == 200
    assert kept.restart().world.companies[founded.uuid].is_claimed


def test_what_an_admin_moved_and_withdrew_stays_so(keep: Callable[..., Kept]) -> None:
    kept = keep()
    world = kept.gusto.world
    kept.gusto.admin.move_days(40)
    world.grants.set_scopes(("companies:read",))
    kept.gusto.admin.set_token_lifetime(kept.gusto.company, 7)
    kept.gusto.admin.lose_webhooks(True)
    world.keep()
    again = kept.restart()
    assert again.world.today == world.today
    assert again.world.grants.to_state() == world.grants.to_state()
    assert again.world.subscriptions.loses_events
    assert again.world.report_key == world.report_key


def test_the_past_is_made_of_the_company_that_was_founded(keep: Callable[..., Kept]) -> None:
    kept = keep()
    again = kept.restart().world.companies[kept.gusto.company]
    assert again.founding == kept.gusto.world.companies[kept.gusto.company].founding
    assert again.founding is not None
    assert again.founding.profile is again.profile  # a view of it, as it was


def test_a_read_writes_nothing(keep: Callable[..., Kept], monkeypatch: pytest.MonkeyPatch) -> None:
    kept = keep()
    token, _ = connect(kept)
    kept.gusto.get(f"/v1/companies/{kept.gusto.company}", token)
    monkeypatch.setattr(kept.file, "write", lambda *_: pytest.fail("a read was written"))
    for path in ("", "/employees", "/locations"):
        assert kept.gusto.get(f"/v1/companies/{kept.gusto.company}{path}", token).status_code == 200


def test_a_write_costs_the_rows_that_it_changed(
    keep: Callable[..., Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = keep()
    token, _ = connect(kept)
    person = kept.gusto.get(f"/v1/companies/{kept.gusto.company}/employees", token).json()[0]
    written: list[str] = []
    write = kept.file.write
    monkeypatch.setattr(
        kept.file,
        "write",
        lambda rows, *rest: (written.extend(part for part, _, _ in rows), write(rows, *rest)),
    )
    body = {"version": person["version"], "first_name": "Jane"}
    kept.gusto.call("PUT", f"/v1/employees/{person['uuid']}", token, json=body)
    assert written == ["events", f"company:{kept.gusto.company}"]


def test_a_write_that_cannot_be_kept_is_answered_500_and_kept_when_it_can_be(
    keep: Callable[..., Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = keep()
    gusto = kept.gusto
    token, _ = connect(kept)
    person = gusto.get(f"/v1/companies/{gusto.company}/employees", token).json()[0]
    body = {"version": person["version"], "first_name": "Jane"}

    def fail(*_: Any) -> None:
        raise StateFileError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(kept.file, "write", fail)
        path = f"{gusto.base_url}/v1/employees/{person['uuid']}"
        answer = gusto.http.put(path, headers={"Authorization": f"Bearer {token}"}, json=body)
    assert answer.status_code == 500
    assert kept.told == ["the disk is full"]
    assert kept.restart().admin.people(gusto.company)[0]["first_name"] == person["first_name"]
    gusto.get(f"/v1/companies/{gusto.company}", token)
    assert kept.restart().admin.people(gusto.company)[0]["first_name"] == "Jane"


def test_rows_that_refer_to_nothing_are_said_to_be_damaged(keep: Callable[..., Kept]) -> None:
    kept = keep()
    connect(kept)
    kept.file.write([], [("general", "connection/company-1")])
    with pytest.raises(StateFileError, match=r"image-0\.db.*damaged: .*company-1.* is missing"):
        kept.restart()
