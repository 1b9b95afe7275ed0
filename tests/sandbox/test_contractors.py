"""The contractors of a company over HTTP: chosen, shown, written, told, refused, dismissed and paid."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from partner_qa.errors import HarnessBug

SCOPES = (
    "contractors:read",
    "contractors:write",
    "contractors:manage",
    "contractor_payment_methods:read",
    "contractor_payment_methods:read:account_numbers",
)
TODAY = date(2026, 10, 20)
PERSON = {
    "type": "Individual",
    "wage_type": "Hourly",
    "start_date": "2026-10-01",
    "hourly_rate": "40.5",
    "first_name": " Uriah ",
    "last_name": "Heep",
}
BUSINESS = {
    "type": "Business",
    "wage_type": "Fixed",
    "start_date": "2026-11-01",
    "business_name": "Murdstone & Grinby",
    "ein": "00-1234567",
}


@pytest.fixture
def gusto(open_gusto: Callable[..., Any]) -> Any:
    return open_gusto(people=12, scopes=SCOPES)


@pytest.fixture
def token(gusto: Any) -> str:
    return str(gusto.partner())


def path_of(gusto: Any) -> str:
    return f"/v1/companies/{gusto.company}/contractors"


def list_all(gusto: Any, token: str, **query: Any) -> Any:
    answer = gusto.get(path_of(gusto), token, params=query)
    assert answer.status_code == 200
    return answer.json()


def show(gusto: Any, token: str, uuid: str, **query: Any) -> Any:
    return gusto.get(f"/v1/contractors/{uuid}", token, params=query)


def create(gusto: Any, token: str, **body: Any) -> Any:
    return gusto.call("POST", path_of(gusto), token, json=body)


def update(gusto: Any, token: str, contractor: Any, **body: Any) -> Any:
    return gusto.call("PUT", f"/v1/contractors/{contractor['uuid']}", token, json=body)


def uuids(rows: Any) -> list[str]:
    return [each["uuid"] for each in rows]


def messages(answer: Any) -> list[tuple[str, str]]:
    return [(each["error_key"], each["message"]) for each in answer.json()["errors"]]


# -- lists


def test_everybody_is_listed_in_order_of_arrival_and_in_pages(gusto: Any, token: str) -> None:
    rows = list_all(gusto, token)
    assert uuids(rows) == list(gusto.world.companies[gusto.company].contractors)
    page = gusto.get(path_of(gusto), token, params={"page": 2, "per": 3})
    assert page.json() == rows[3:6]
    assert page.headers["x-total-count"] == str(len(rows))
    for each in rows:
        assert show(gusto, token, each["uuid"]).json() == each


def test_a_company_has_contractors_of_every_kind(gusto: Any, token: str) -> None:
    rows = list_all(gusto, token)
    assert {(each["type"], each["wage_type"]) for each in rows} == {
        ("Individual", "Hourly"),
        ("Individual", "Fixed"),
        ("Business", "Hourly"),
        ("Business", "Fixed"),
    }
    assert len({each["onboarding_status"] for each in rows}) == 3
    assert any(each["dismissal_cancellation_eligible"] for each in rows)
    assert any(each["rehire_cancellation_eligible"] and each["upcoming_employment"] for each in rows)
    for name in ("email", "department", "address", "payment_method", "work_state", "middle_initial"):
        assert {each[name] is None for each in rows} == {True, False}, name


def test_a_small_company_has_two_and_a_roster_none(gusto: Any) -> None:
    rows = gusto.admin.contractors.list(gusto.admin.create_company(people=3))
    assert [(each["type"], each["wage_type"]) for each in rows] == [
        ("Individual", "Hourly"),
        ("Business", "Fixed"),
    ]
    people = [{"first_name": "Effi", "last_name": "Briest", "email": None, "date_of_birth": None}]
    assert gusto.admin.contractors.list(gusto.admin.create_company(employees=people)) == []


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("onboarded", lambda each: each["onboarded"]),
        ("onboarded_active", lambda each: each["onboarded"] and each["is_active"]),
        ("terminated_today", lambda each: not each["is_active"]),
        ("terminated", lambda each: not each["is_active"] or each["dismissal_date"] is not None),
    ],
)
def test_a_flag_chooses_those_it_names_and_its_opposite_the_others(
    gusto: Any, token: str, name: str, holds: Callable[[Any], bool]
) -> None:
    rows = list_all(gusto, token)
    chosen, others = list_all(gusto, token, **{name: "true"}), list_all(gusto, token, **{name: "false"})
    assert uuids(chosen) == [each["uuid"] for each in rows if holds(each)]
    assert uuids(others) == [each["uuid"] for each in rows if not holds(each)]
    assert chosen
    assert others
    assert list_all(gusto, token, **{name: "perhaps"}) == rows


def test_a_search_finds_people_and_businesses_by_parts_of_their_names(gusto: Any, token: str) -> None:
    rows = list_all(gusto, token)
    person = next(each for each in rows if each["type"] == "Individual")
    business = next(each for each in rows if each["type"] == "Business")
    term = f"{person['last_name'][1:].upper()} {person['first_name']}"
    assert person["uuid"] in uuids(list_all(gusto, token, search_term=term))
    assert uuids(list_all(gusto, token, search_term=business["business_name"].lower())) == [business["uuid"]]
    assert list_all(gusto, token, search_term="Zaphod") == []
    assert list_all(gusto, token, search_term="example") == []


@pytest.mark.parametrize(
    ("sort_by", "key"),
    [
        ("type", lambda each: each["type"]),
        ("onboarding_status:asc", lambda each: each["onboarding_status"]),
        ("name", lambda each: (each["business_name"] or each["last_name"]).casefold()),
    ],
)
def test_the_list_is_sorted_as_asked(gusto: Any, token: str, sort_by: str, key: Callable[[Any], str]) -> None:
    rows = list_all(gusto, token)
    assert uuids(list_all(gusto, token, sort_by=sort_by)) == uuids(sorted(rows, key=key))


def test_the_first_field_of_an_order_counts_most_and_an_odd_one_is_refused(gusto: Any, token: str) -> None:
    rows = list_all(gusto, token)
    assert uuids(list_all(gusto, token, sort_by="created_at:desc")) == uuids(rows)[::-1]
    backwards = rows[::-1]
    expected = sorted(backwards, key=lambda each: each["type"])
    assert uuids(list_all(gusto, token, sort_by="type,created_at:desc")) == uuids(expected)
    assert gusto.get(path_of(gusto), token, params={"sort_by": "wage"}).status_code == 422


def test_what_is_included_comes_on_demand_only(gusto: Any, token: str) -> None:
    plain = list_all(gusto, token)
    more = list_all(gusto, token, include="company_name,portal_invitations,nonsense")
    portal = {"member_portal_invitation_status", "partner_portal_invitation_sent"}
    for before, after in zip(plain, more, strict=True):
        assert set(after) - set(before) == {"company_name", *portal}
        assert after["company_name"] == gusto.admin.company_name(gusto.company)
    assert {each["member_portal_invitation_status"] is None for each in more} == {True, False}
    one = show(gusto, token, plain[0]["uuid"], include="company_name").json()
    assert set(one) - set(plain[0]) == {"company_name"}


# -- writes


def test_whoever_is_created_is_unfinished_and_shown_everywhere(gusto: Any, token: str) -> None:
    created = create(
        gusto, token, **PERSON, ssn="000000000", email="uriah@heep.example", file_new_hire_report=False
    )
    assert created.status_code == 201
    person = created.json()
    assert (person["first_name"], person["last_name"], person["hourly_rate"]) == ("Uriah", "Heep", "40.50")
    assert (person["onboarded"], person["onboarding_status"]) == (False, "admin_onboarding_incomplete")
    assert (person["is_active"], person["has_ssn"], person["address"]) == (True, True, None)
    assert "000000000" not in created.text
    assert show(gusto, token, person["uuid"]).json() == person
    assert list_all(gusto, token)[-1] == person
    assert list_all(gusto, token, onboarded="false")[-1] == person
    assert gusto.told()[-1] == ("contractor.created", person["uuid"])


def test_a_business_has_a_name_and_nothing_of_a_person(gusto: Any, token: str) -> None:
    created = create(gusto, token, **{**PERSON, **BUSINESS}, middle_initial="Q", work_state="CA").json()
    assert (created["business_name"], created["ein"], created["has_ein"]) == (
        "Murdstone & Grinby",
        "00-1234567",
        True,
    )
    for name in ("first_name", "last_name", "middle_initial", "work_state"):
        assert created[name] is None
    assert created["hourly_rate"] == "0.00"


def test_somebody_invited_onboards_themselves(gusto: Any, token: str) -> None:
    refused = create(gusto, token, **PERSON, self_onboarding=True)
    assert (refused.status_code, messages(refused)) == (422, [("email", "Email is required")])
    person = create(gusto, token, **PERSON, self_onboarding=True, email="uriah@heep.example").json()
    assert person["onboarding_status"] == "self_onboarding_not_invited"
    assert gusto.told()[-2:] == [
        ("contractor.created", person["uuid"]),
        ("contractor.marked_for_self_onboarding", person["uuid"]),
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"first_name": " "}, ("first_name", "First name is required")),
        ({"last_name": ""}, ("last_name", "Last name is required")),
        ({"type": "Business"}, ("business_name", "Business name is required")),
        ({"type": "Robot"}, ("type", "Type is not included in the list")),
        ({"wage_type": "Piece"}, ("wage_type", "Wage type is not included in the list")),
        ({"hourly_rate": ""}, ("hourly_rate", "Hourly rate is not a valid number")),
        ({"hourly_rate": "-1"}, ("hourly_rate", "Hourly rate is not a valid number")),
        ({"hourly_rate": "0"}, ("hourly_rate", "Hourly rate is required")),
        ({"start_date": "2026-02-30"}, ("start_date", "Start date is not a valid date")),
        ({"email": "nobody"}, ("email", "Email is invalid")),
        ({"work_email": "nobody"}, ("work_email", "Work email is invalid")),
        ({"file_new_hire_report": True}, ("work_state", "Work state is required")),
        ({"file_new_hire_report": True, "work_state": "ZZ"}, ("work_state", "State is in the wrong format")),
        ({"type": "Business", "business_name": "x", "ein": "12"}, ("ein", "Ein is invalid")),
        ({"ssn": "12"}, ("ssn", "Ssn is invalid")),
    ],
)
def test_what_is_wrong_is_named_and_nobody_comes(
    gusto: Any, token: str, changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    before = list_all(gusto, token)
    refused = create(gusto, token, **{**PERSON, **changes})
    assert refused.status_code == 422
    assert messages(refused) == [expected]
    assert list_all(gusto, token) == before


def test_nobody_comes_without_a_body(gusto: Any, token: str) -> None:
    refused = gusto.call("POST", path_of(gusto), token)
    assert {key for key, _ in messages(refused)} == {"type", "wage_type", "start_date"}


def test_a_change_shows_in_every_later_read_and_is_told(gusto: Any, token: str) -> None:
    before = create(gusto, token, **PERSON).json()
    changes = {"last_name": "Heepson", "hourly_rate": "41", "self_onboarding": True, "email": "u@h.example"}
    updated = update(gusto, token, before, version=before["version"], **changes)
    assert updated.status_code == 200
    after = updated.json()
    assert (after["last_name"], after["hourly_rate"], after["first_name"]) == ("Heepson", "41.00", "Uriah")
    assert after["onboarding_status"] == "self_onboarding_not_invited"
    assert after["version"] != before["version"]
    assert show(gusto, token, before["uuid"]).json() == after
    assert list_all(gusto, token, search_term="heepson") == [after]
    assert gusto.told()[-2:] == [
        ("contractor.updated", before["uuid"]),
        ("contractor.marked_for_self_onboarding", before["uuid"]),
    ]


def test_who_becomes_a_business_or_is_paid_by_the_hour_needs_what_that_takes(gusto: Any, token: str) -> None:
    fixed = create(gusto, token, **{**PERSON, "wage_type": "Fixed"}).json()
    assert messages(update(gusto, token, fixed, version=fixed["version"], wage_type="Hourly")) == [
        ("hourly_rate", "Hourly rate is required")
    ]
    assert messages(update(gusto, token, fixed, version=fixed["version"], type="Business")) == [
        ("business_name", "Business name is required")
    ]
    body = {"version": fixed["version"], "type": "Business", "business_name": "Heep Inc."}
    assert update(gusto, token, fixed, **body).json()["first_name"] is None


@pytest.mark.parametrize("version", [{"version": "stale"}, {}])
def test_a_stale_or_missing_version_is_a_conflict(gusto: Any, token: str, version: dict[str, str]) -> None:
    before = list_all(gusto, token)[0]
    refused = update(gusto, token, before, first_name="Other", **version)
    assert refused.status_code == 409
    assert gusto.error(refused)["category"] == "invalid_resource_version"
    assert show(gusto, token, before["uuid"]).json() == before


def test_a_contractor_stops_and_begins_again_at_once(gusto: Any, token: str) -> None:
    before = list_all(gusto, token)[0]
    stopped = update(gusto, token, before, version=before["version"], is_active=False).json()
    assert (stopped["is_active"], stopped["dismissal_date"]) == (False, TODAY.isoformat())
    assert stopped["uuid"] in uuids(list_all(gusto, token, terminated_today="true"))
    assert gusto.told()[-1] == ("contractor.deactivated", before["uuid"])
    gusto.admin.move_days(2)
    assert ("contractor.deactivation_effective", before["uuid"]) not in gusto.told()
    again = update(gusto, token, stopped, version=stopped["version"], is_active=True).json()
    assert (again["is_active"], again["dismissal_date"]) == (True, None)
    assert gusto.told()[-1] == ("contractor.reactivated", before["uuid"])
    count = len(gusto.told())
    update(gusto, token, again, version=again["version"], is_active=True)
    assert gusto.told()[count:] == [("contractor.updated", before["uuid"])]


def test_whoever_is_about_to_go_or_come_cannot_be_switched(gusto: Any, token: str) -> None:
    rows = list_all(gusto, token)
    leaving = next(each for each in rows if each["dismissal_cancellation_eligible"])
    coming = next(each for each in rows if each["rehire_cancellation_eligible"])
    for each in (leaving, coming):
        refused = update(gusto, token, each, version=each["version"], is_active=not each["is_active"])
        assert refused.status_code == 422
        assert gusto.error(refused)["error_key"] == "is_active"
        assert show(gusto, token, each["uuid"]).json() == each
        assert update(gusto, token, each, version=each["version"], is_active=each["is_active"]).is_success


def test_nobody_and_somebody_elses_contractors_are_not_found(gusto: Any, token: str) -> None:
    other = gusto.admin.create_company(people=1)
    foreign = gusto.admin.contractors.list(other)[0]
    for uuid in (foreign["uuid"], "nobody"):
        assert show(gusto, token, uuid).status_code == 404
        assert update(gusto, token, {"uuid": uuid}, version=foreign["version"]).status_code == 404
    assert gusto.get(f"/v1/companies/{other}/contractors", token).status_code == 404
    assert gusto.call("POST", f"/v1/companies/{other}/contractors", token, json=PERSON).status_code == 404
    assert gusto.get(f"/v1/companies/{other}/contractors/payment_details", token).status_code == 404
    assert gusto.admin.contractors.list(other)[0] == foreign


def test_creating_and_changing_need_scopes_of_their_own(gusto: Any) -> None:
    reader = gusto.partner("contractors:read")
    row = list_all(gusto, reader)[0]
    assert create(gusto, reader, **PERSON).status_code == 403
    assert create(gusto, gusto.partner("contractors:write"), **PERSON).status_code == 403
    assert update(gusto, reader, row, version=row["version"]).status_code == 403
    assert gusto.get(f"{path_of(gusto)}/payment_details", reader).status_code == 403


# -- where the money goes


def test_payment_details_are_of_all_who_can_be_paid(gusto: Any, token: str) -> None:
    rows = {each["uuid"]: each for each in list_all(gusto, token)}
    details = gusto.get(f"{path_of(gusto)}/payment_details", token).json()
    assert [each["contractor_uuid"] for each in details] == [
        uuid for uuid, each in rows.items() if each["payment_method"]
    ]
    for each in details:
        contractor = rows[each["contractor_uuid"]]
        assert each["payment_method"] == contractor["payment_method"]
        assert each.get("last_name") == contractor["last_name"]
        if each["payment_method"] == "Check":
            assert (each["splits"], each["split_by"]) == (None, None)
        else:
            amounts = [split["split_amount"] for split in each["splits"]]
            assert amounts == ([100] if each["split_by"] == "Percentage" else [250, None])
    assert {each["split_by"] for each in details} == {None, "Amount", "Percentage"}


def test_account_numbers_are_masked_and_encrypted_only_for_their_scope(gusto: Any, token: str) -> None:
    path = f"{path_of(gusto)}/payment_details"
    splits = [split for each in gusto.get(path, token).json() for split in each["splits"] or []]
    assert splits
    assert all(split["encrypted_account_number"] for split in splits)
    assert all(split["hidden_account_number"].startswith("XXXX") for split in splits)
    narrow = gusto.get(path, gusto.partner("contractor_payment_methods:read"))
    assert "encrypted_account_number" not in narrow.text
    assert len([split for each in narrow.json() for split in each["splits"] or []]) == len(splits)


def test_payment_details_of_one_contractor_or_of_a_group_of_payments(gusto: Any, token: str) -> None:
    path = f"{path_of(gusto)}/payment_details"
    company = gusto.world.companies[gusto.company]
    first = list_all(gusto, token)[0]["uuid"]
    one = gusto.get(path, token, params={"contractor_uuid": first}).json()
    assert [each["contractor_uuid"] for each in one] == [first]
    group = next(iter(company.contractor_payments.values()))["group_uuid"]
    paid = {each["contractor_uuid"] for each in company.contractor_payments.values()}
    found = gusto.get(path, token, params={"contractor_payment_group_uuid": group}).json()
    assert {each["contractor_uuid"] for each in found} == paid
    assert len(paid) < len(gusto.get(path, token).json())
    both = gusto.get(path, token, params={"contractor_uuid": first, "contractor_payment_group_uuid": group})
    assert (both.status_code, gusto.error(both)["category"]) == (422, "invalid_request_error")
    for name in ("contractor_uuid", "contractor_payment_group_uuid"):
        assert gusto.get(path, token, params={name: "nobody"}).status_code == 404


# -- Gusto's side


def test_a_dismissal_takes_effect_after_its_day_and_can_be_cancelled_before(gusto: Any, token: str) -> None:
    first = list_all(gusto, token)[0]["uuid"]
    gusto.admin.contractors.dismiss(gusto.company, first, TODAY + timedelta(days=2))
    shown = show(gusto, token, first).json()
    assert (shown["is_active"], shown["dismissal_date"]) == (True, "2026-10-22")
    assert shown["dismissal_cancellation_eligible"] is True
    assert gusto.told()[-1] == ("contractor.deactivated", first)
    gusto.admin.contractors.cancel_dismissal(gusto.company, first)
    assert show(gusto, token, first).json()["dismissal_date"] is None
    assert gusto.told()[-1] == ("contractor.deactivation_cancelled", first)
    gusto.admin.contractors.dismiss(gusto.company, first, TODAY + timedelta(days=2))
    gusto.admin.move_days(2)
    assert show(gusto, token, first).json()["is_active"] is True
    gusto.admin.move_days(1)
    gone = show(gusto, token, first).json()
    assert (gone["is_active"], gone["dismissal_cancellation_eligible"]) == (False, False)
    gusto.admin.move_days(1)
    assert gusto.told().count(("contractor.deactivation_effective", first)) == 1


def test_who_comes_back_works_from_their_day_on(gusto: Any, token: str) -> None:
    first = list_all(gusto, token)[0]["uuid"]
    gusto.admin.contractors.dismiss(gusto.company, first, TODAY - timedelta(days=1))
    assert gusto.told()[-1] == ("contractor.deactivation_effective", first)
    gusto.admin.contractors.rehire(gusto.company, first, TODAY + timedelta(days=3))
    coming = show(gusto, token, first).json()
    assert coming["upcoming_employment"]["start_date"] == "2026-10-23"
    assert (coming["is_active"], coming["rehire_cancellation_eligible"]) == (False, True)
    assert gusto.told()[-1] == ("contractor.reactivated", first)
    gusto.admin.contractors.cancel_rehire(gusto.company, first)
    assert gusto.told()[-1] == ("contractor.reactivation_cancelled", first)
    gusto.admin.contractors.rehire(gusto.company, first, TODAY + timedelta(days=3))
    gusto.admin.move_days(3)
    back = show(gusto, token, first).json()
    assert (back["is_active"], back["dismissal_date"], back["upcoming_employment"]) == (True, None, None)
    assert gusto.told().count(("contractor.reactivation_effective", first)) == 1
    gusto.admin.contractors.dismiss(gusto.company, first, TODAY)
    gusto.admin.contractors.rehire(gusto.company, first, TODAY)
    assert show(gusto, token, first).json()["is_active"] is True


def test_an_admin_finishes_and_changes_contractors(gusto: Any, token: str) -> None:
    person = create(gusto, token, **PERSON).json()["uuid"]
    gusto.admin.contractors.finish(gusto.company, person)
    shown = show(gusto, token, person).json()
    assert (shown["onboarded"], shown["onboarding_status"]) == (True, "onboarding_completed")
    assert shown["payment_method"] == "Check"
    assert gusto.told()[-1] == ("contractor.onboarded", person)
    gusto.admin.contractors.change(gusto.company, person, last_name="Micawber")
    assert show(gusto, token, person).json()["last_name"] == "Micawber"
    assert gusto.told()[-1] == ("contractor.updated", person)


def test_what_cannot_be_done_in_gusto_is_our_own_mistake(gusto: Any, token: str) -> None:
    first = list_all(gusto, token)[0]["uuid"]
    desk = gusto.admin.contractors
    for wrong in (
        lambda: desk.list("nowhere"),
        lambda: desk.finish(gusto.company, "nobody"),
        lambda: desk.finish(gusto.company, first),
        lambda: desk.change(gusto.company, first, shoe_size=43),
        lambda: desk.cancel_dismissal(gusto.company, first),
        lambda: desk.rehire(gusto.company, first, TODAY),
        lambda: desk.cancel_rehire(gusto.company, first),
        lambda: desk.cancel_payment(gusto.company, "nothing"),
    ):
        with pytest.raises(HarnessBug):
            wrong()
    desk.dismiss(gusto.company, first, TODAY)
    with pytest.raises(HarnessBug, match="already"):
        desk.dismiss(gusto.company, first, TODAY)
