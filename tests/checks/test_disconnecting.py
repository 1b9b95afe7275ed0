from dataclasses import replace

import pytest

from partner_qa.checks.disconnecting import (
    ends_the_connection,
    gives_up_a_dead_grant,
    notices_a_removal,
)
from partner_qa.errors import NotObserved
from partner_qa.model import Kind


def disconnect(tape, *, tells="post-v1-disconnect-app-integration", status=204):
    """A company is connected, and then its customer disconnects."""
    tape.add(tape.employees)
    asked(tape)
    if tells:
        tape.add(
            "/v1/x/disconnect", method="POST", operation=tells, grant="system-1", company=None, status=status
        )
    asked(tape)


def asked(tape):
    tape.add("/qa/disconnect", kind=Kind.ACTION, grant=None, company=None)
    tape.exchanges[-1] = replace(tape.exchanges[-1], during="disconnect")


def keys(tape):
    return [each.key for each in ends_the_connection(tape.recording())]


@pytest.mark.parametrize("how", ["post-v1-disconnect-app-integration", "revoke-access-token"])
def test_telling_gusto_either_way_and_being_silent_is_fine(tape, how):
    disconnect(tape, tells=how)
    tape.tells({"state": "disconnected"})
    assert keys(tape) == []


def test_a_queue_may_revoke_after_the_action_has_ended(tape):
    disconnect(tape, tells="")
    tape.add("/oauth/revoke", method="POST", operation="revoke-access-token")
    assert keys(tape) == []


def test_telling_nobody_is_found(tape):
    disconnect(tape, tells="")
    assert keys(tape) == ["tell Gusto that a company was disconnected"]


def test_telling_in_vain_is_found(tape):
    disconnect(tape, status=403)
    assert keys(tape) == ["tell Gusto that a company was disconnected"]


def test_calling_on_is_found(tape):
    disconnect(tape)
    tape.add(tape.employees, status=401)
    assert keys(tape) == ["stop calling for a company that was disconnected"]


def read(tape, page, **more):
    tape.page(page, 9, **{"during": "disconnect", **more})


def test_a_job_that_was_reading_may_ask_for_one_page_more(tape):
    tape.add(tape.employees)
    asked(tape)
    read(tape, 1, after=0.1)
    tape.add("/oauth/revoke", method="POST", operation="revoke-access-token", after=0.1)
    read(tape, 2, status=401, after=0.1)
    assert keys(tape) == []
    read(tape, 3, status=401, after=0.1)
    assert keys(tape) == ["stop calling for a company that was disconnected"]


def test_a_page_that_is_asked_for_long_after_the_last_one_is_found(tape):
    tape.add(tape.employees)
    read(tape, 1)
    disconnect(tape)
    read(tape, 2, status=401, after=5.0)
    assert keys(tape) == ["stop calling for a company that was disconnected"]


def test_a_page_that_another_action_asked_for_is_found(tape):
    disconnect(tape)
    read(tape, 1, after=-0.5, elapsed=0.4)
    read(tape, 2, status=401, after=0.2, during="sync_people")
    assert keys(tape) == ["stop calling for a company that was disconnected"]


def test_a_queue_that_works_off_what_came_first_is_fine(tape):
    disconnect(tape, tells="")
    for page in range(1, 5):
        read(tape, page)
    tape.add("/oauth/revoke", method="POST", operation="revoke-access-token")
    assert keys(tape) == []


def test_a_job_that_nobody_stops_where_gusto_is_never_told_is_found(tape):
    disconnect(tape, tells="")
    for page in range(1, 3):
        read(tape, page, after=2.0)
    assert "stop calling for a company that was disconnected" in keys(tape)


def test_calls_of_a_new_connection_are_fine(tape):
    disconnect(tape)
    tape.code("c2")
    tape.add(tape.employees, grant="grant-2")
    tape.tells({"state": "connected"})
    assert keys(tape) == []


def test_a_connection_that_still_shows_is_found(tape):
    disconnect(tape)
    tape.tells({"state": "connected"})
    assert keys(tape) == ["show that a company was disconnected"]


def test_without_a_way_to_disconnect_nothing_is_known(tape):
    tape.add(tape.employees)
    with pytest.raises(NotObserved):
        ends_the_connection(tape.recording())


def test_what_went_well_before_the_grant_was_refused_does_not_count(tape):
    with tape.window("dead"):
        for _ in range(6):
            tape.add(f"/v1/companies/{tape.company}")
        tape.add(tape.employees, status=401)
        tape.refresh("r1", status=400)
    tape.code("c2")
    assert gives_up_a_dead_grant(tape.recording()) == ()


def lose(tape, window, *, refreshes=1, tells=None):
    with tape.window(window):
        tape.add(tape.employees, status=401)
        for _ in range(refreshes):
            tape.refresh("r1", status=400)
        tape.add("/v1/events", operation="get-events", grant="system-1", company=None)
        if tells is not None:
            tape.tells(tells)
    tape.code("c2")


JUDGES = [("dead", gives_up_a_dead_grant), ("removed", notices_a_removal)]


@pytest.mark.parametrize(("window", "judge"), JUDGES)
@pytest.mark.parametrize(
    "tells",
    [
        {"state": "reconnect_needed"},
        {"state": "disconnected"},
        {"notices": [{"about": "reconnect_needed"}]},
        None,
    ],
)
def test_stopping_and_telling_in_any_way_is_fine(tape, window, judge, tells):
    lose(tape, window, tells=tells)
    assert judge(tape.recording()) == ()


def sync(tape):
    tape.add("/qa/sync-people", kind=Kind.ACTION, grant=None, company=None)


@pytest.mark.parametrize(("window", "judge"), JUDGES)
def test_working_again_after_a_new_consent_is_fine(tape, window, judge):
    lose(tape, window, tells={"state": "disconnected"})
    tape.add(tape.employees, grant="grant-2")
    sync(tape)
    assert judge(tape.recording()) == ()


@pytest.mark.parametrize(("window", "judge"), JUDGES)
def test_a_connection_that_stays_dead_after_a_new_consent_is_found(tape, window, judge):
    lose(tape, window, tells={"state": "reconnect_needed"})
    tape.add("/v1/token_info", operation="get-v1-token-info", grant="grant-2")
    tape.add(f"/v1/companies/{tape.company}", operation="get-v1-companies", grant="grant-2")
    sync(tape)
    (finding,) = judge(tape.recording())
    assert finding.key == "take its work up again once the customer has connected anew"


@pytest.mark.parametrize(("window", "judge"), JUDGES)
def test_requests_side_by_side_that_are_all_refused_are_fine(tape, window, judge):
    with tape.window(window):
        for _ in range(2):
            tape.add(tape.employees, status=401, elapsed=0.5)
            for part in ("departments", "locations", "jobs", "admins"):
                tape.add(f"/v1/companies/{tape.company}/{part}", status=401, after=-0.5, elapsed=0.5)
            tape.refresh("r1", status=400)
    tape.code("c2")
    assert judge(tape.recording()) == ()


@pytest.mark.parametrize(("window", "judge"), JUDGES)
def test_calling_on_without_ever_refreshing_is_found(tape, window, judge):
    with tape.window(window):
        for _ in range(8):
            tape.add(tape.employees, status=401)
    tape.code("c2")
    (finding,) = judge(tape.recording())
    assert finding.key.startswith("stop calling")


@pytest.mark.parametrize(("window", "judge"), JUDGES)
def test_a_storm_of_refreshes_is_found(tape, window, judge):
    lose(tape, window, refreshes=4, tells={"state": "reconnect_needed"})
    (finding,) = judge(tape.recording())
    assert finding.key.startswith("stop calling")


@pytest.mark.parametrize(("window", "judge"), JUDGES)
def test_telling_nobody_of_the_end_is_found(tape, window, judge):
    lose(tape, window, tells={"state": "connected"})
    (finding,) = judge(tape.recording())
    assert finding.key.startswith("tell the customer")


@pytest.mark.parametrize(("window", "judge"), JUDGES)
def test_whoever_asked_for_nothing_meanwhile_could_not_know(tape, window, judge):
    with tape.window(window):
        tape.tells({"state": "connected"})
    tape.code("c2")
    with pytest.raises(NotObserved, match="no request was refused"):
        judge(tape.recording())


@pytest.mark.parametrize(("status", "knows"), [(200, True), (500, False)])
def test_whoever_took_the_webhook_about_it_knows(tape, status, knows):
    news = {"event_type": "company.deprovisioned"}
    tape.add("/hooks", kind=Kind.WEBHOOK, sent=news, status=status, grant=None, company=None)
    with tape.window("removed"):
        tape.tells({"state": "connected"})
    tape.code("c2")
    if knows:
        assert len(notices_a_removal(tape.recording())) == 1
    else:
        with pytest.raises(NotObserved):
            notices_a_removal(tape.recording())


@pytest.mark.parametrize(("window", "judge"), JUDGES)
def test_an_end_without_a_new_beginning_proves_nothing(tape, window, judge):
    with tape.window(window):
        tape.add(tape.employees, status=401)
    with pytest.raises(NotObserved):
        judge(tape.recording())
