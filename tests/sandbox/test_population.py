"""The companies that a sandbox begins with, without a server."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from partner_qa.contract.catalogue import Contract, load_contract
from partner_qa.errors import HarnessBug
from partner_qa.sandbox.companies import to_company
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.employee_filters import INCLUDES
from partner_qa.sandbox.employee_record import People
from partner_qa.sandbox.population import make_company
from partner_qa.sandbox.world import SandboxSettings, World

ANCHOR = date(2026, 10, 20)
JSON = (("content-type", "application/json"),)
EFFI = {
    "first_name": "Effi",
    "last_name": "Briest",
    "email": "effi@hohen-cremmen.example",
    "date_of_birth": "1978-08-03",
}


# the lines of the addresses of somebody who has one; in the list of all they are never null
CITY = {f"[].all_home_addresses[].{line}" for line in ("street_1", "city", "state", "zip", "country")}


def open_world(seed: int = 1, anchor: date = ANCHOR, mask: int = 0) -> World:
    return World(
        SandboxSettings(
            seed=seed,
            mask=mask,
            anchor=anchor,
            client_id="client",
            client_secret="s3cret",
            redirect_uris=(),
            scopes=(),
            minimum_version="2026-06-15",
        )
    )


def everybody(company: Company) -> list[Record]:
    people = People.of(company, ANCHOR, include=INCLUDES)
    return [people.show(record) for record in company.employees.values()]


@pytest.fixture(scope="module")
def large() -> Company:
    return make_company(open_world(), people=251)


def walk(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Go through a JSON value: the way to each field, and what stands there."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield f"{path}.{name}", each
            yield from walk(each, f"{path}.{name}")
    elif isinstance(value, list):
        for each in value:
            yield from walk(each, f"{path}[]")


def test_a_company_has_as_many_people_as_were_asked_for() -> None:
    world = open_world()
    for people in (0, 1, 3, 12, 26):
        assert len(make_company(world, people=people).employees) == people
    assert len(world.companies) == 5


def test_a_mask_changes_every_uuid_and_no_person() -> None:
    plain, masked = (make_company(open_world(mask=mask), people=30) for mask in (0, 0xBEEF << 64))
    assert plain.uuid != masked.uuid
    assert not {each["uuid"] for each in everybody(plain)} & {each["uuid"] for each in everybody(masked)}
    for name in ("first_name", "last_name", "email", "date_of_birth"):
        assert [each[name] for each in everybody(plain)] == [each[name] for each in everybody(masked)]


def test_the_same_seed_number_and_anchor_give_the_same_company() -> None:
    first, second = open_world(), open_world()
    make_company(first, people=3)
    make_company(second, people=300)
    assert make_company(first, people=40) == make_company(second, people=40)


@pytest.mark.parametrize("other", [{"seed": 2}, {"anchor": date(2026, 10, 21)}])
def test_another_seed_or_anchor_gives_another_company(other: dict[str, Any]) -> None:
    ours, theirs = make_company(open_world(), people=5), make_company(open_world(**other), people=5)
    assert ours.uuid != theirs.uuid
    assert not set(ours.employees) & set(theirs.employees)


def test_two_companies_share_nothing_but_their_accountant() -> None:
    world = open_world()
    first, second = make_company(world, people=25), make_company(world, people=25)
    names = [
        {(each["first_name"], each["last_name"]) for each in c.employees.values()} for c in (first, second)
    ]
    assert not names[0] & names[1]
    for table in ("employees", "jobs", "compensations", "locations", "departments", "work_addresses"):
        assert not set(getattr(first, table)) & set(getattr(second, table))
    (shared,) = set(first.admins) & set(second.admins)
    assert first.admin_roles[shared] == "full"


def test_a_company_has_a_primary_a_full_and_a_limited_admin(large: Company) -> None:
    assert list(large.admin_roles.values()) == ["primary", "full", "limited"]
    assert list(large.admin_roles) == list(large.admins)


def test_a_roster_gives_exactly_these_people() -> None:
    rows = [EFFI, {**EFFI, "first_name": "Innstetten", "email": None, "date_of_birth": None}]
    company = make_company(open_world(), people=12, roster=rows)
    kept = [{name: each[name] for name in EFFI} for each in company.employees.values()]
    assert kept == rows
    shown = everybody(company)
    assert all(each["onboarded"] and not each["terminated"] and each["jobs"] for each in shown)
    assert all(each["work_email"] is None for each in shown)


@pytest.mark.parametrize("row", [{**EFFI, "lastname": "Briest"}, {**EFFI, "last_name": ""}, {}])
def test_a_roster_that_is_misspelt_is_our_own_mistake(row: dict[str, str]) -> None:
    with pytest.raises(HarnessBug, match="roster"):
        make_company(open_world(), people=1, roster=[row])


def test_every_record_fits_its_schema(large: Company) -> None:
    contract = load_contract()
    shown = {
        "get-v1-companies-company_id-employees": everybody(large),
        "get-v1-companies": to_company(large),
        "get-v1-companies-company_id-admins": list(large.admins.values()),
        "get-v1-companies-company_id-locations": list(large.locations.values()),
    }
    for operation, value in shown.items():
        violations = contract.check_response(
            contract.require_operation(operation), status=200, headers=JSON, body=json.dumps(value).encode()
        )
        assert violations == (), operation


def test_names_go_beyond_ascii_in_many_scripts(large: Company) -> None:
    names = [f"{each['first_name']} {each['last_name']}" for each in large.employees.values()]
    assert len(set(names)) == len(names)
    scripts = {unicodedata.name(sign).split()[0] for name in names for sign in name if sign.isalpha()}
    assert {"LATIN", "CYRILLIC", "GREEK", "CJK", "HIRAGANA", "HANGUL", "ARABIC", "HEBREW", "THAI"} <= scripts
    beyond = [name for name in names if not name.isascii()]
    assert 0.3 < len(beyond) / len(names) < 0.7
    assert all(any(sign in name for name in names) for sign in ("'", "\u2019", "\u02bc", "-", "\u0300"))
    lengths = [len(str(each["last_name"])) for each in large.employees.values()]
    assert min(lengths) <= 2
    assert max(lengths) >= 40


def test_addresses_lead_nowhere_and_numbers_ring_nowhere(large: Company) -> None:
    fields = (
        list(walk(everybody(large))) + list(walk(to_company(large))) + list(walk(list(large.admins.values())))
    )
    mails = [value for path, value in fields if path.endswith("email") and value]
    phones = [value for path, value in fields if path.rpartition(".")[2].startswith("phone") and value]
    assert mails
    assert all(mail.endswith(".example") and mail.isascii() for mail in mails)
    assert phones
    assert all(len(phone) == 10 and phone[3:8] == "55501" for phone in phones)


def test_nobody_shares_an_email_and_some_have_only_the_one_at_work(large: Company) -> None:
    people = list(large.employees.values())
    private = [each["email"] for each in people if each["email"]]
    assert len(set(private)) == len(private)
    assert any(each["email"] is None and each["work_email"] for each in people)


def test_social_security_numbers_are_never_there(large: Company) -> None:
    shown = everybody(large)
    assert {each["ssn"] for each in shown} == {""}
    assert {(each["has_ssn"], each["hidden_ssn"]) for each in shown} == {(True, "XXX-XX-XXXX"), (False, "")}


def find_nullable(contract: Contract, schema: Any, path: str = "") -> Iterator[str]:
    """Go through a schema: the way to each field that may be null."""
    schema = contract.resolve(schema)
    if any(each.get("type") == "null" for each in schema.get("anyOf", ())) or "null" in schema.get(
        "type", ""
    ):
        yield path
    for part in schema.get("allOf", ()):
        yield from find_nullable(contract, part, path)
    for name, each in schema.get("properties", {}).items():
        yield from find_nullable(contract, each, f"{path}.{name}")
    if "items" in schema:
        yield from find_nullable(contract, schema["items"], f"{path}[]")


def test_every_null_that_the_contract_allows_for_an_employee_occurs(large: Company) -> None:
    contract = load_contract()
    (schema,) = [contract.find_schema("Show-Employees")]
    allowed = {
        path
        for path in find_nullable(contract, schema)
        if not path.startswith(("[].garnishments", "[].eligible_paid_time_off"))  # nobody has any
    }
    assert len(allowed) > 25
    found = list(walk(everybody(large)))
    assert allowed - {path for path, value in found if value is None} <= CITY
    assert allowed <= {path for path, value in found if value is not None}


def test_every_null_that_the_contract_allows_for_a_company_occurs() -> None:
    contract, world = load_contract(), open_world()
    companies = [make_company(world, people=5) for _ in range(5)]
    found = [each for company in companies for each in walk(to_company(company))]
    allowed = set(find_nullable(contract, contract.find_schema("Company")))
    assert len(allowed) > 10
    assert allowed <= {path for path, value in found if value is None}
    assert allowed <= {path for path, value in found if value is not None}


def test_a_large_company_has_every_story(large: Company) -> None:
    shown = everybody(large)
    today = ANCHOR.isoformat()
    assert any(each["terminated"] for each in shown)
    staying = [each for each in shown if each["terminations"] and not each["terminated"]]
    assert any(each["terminations"][0]["cancelable"] for each in staying)
    assert any(each["hired_at"] > each["terminations"][0]["effective_date"] for each in staying)
    assert any(each.get("hired_at", "") > today for each in shown)
    assert any(not each["jobs"] and not each["onboarded"] for each in shown)
    assert len({each["onboarding_status"] for each in shown}) >= 8
    assert any(each["historical"] for each in shown)
    assert any(len(each["jobs"]) == 2 and not each["terminated"] for each in shown)
    units = {job["payment_unit"] for each in shown for job in each["jobs"]}
    assert {"Hour", "Year"} <= units
    assert any(len(job["compensations"]) > 1 for each in shown for job in each["jobs"])


def test_a_small_company_is_plain_and_so_is_the_top_of_every_list(large: Company) -> None:
    small = everybody(make_company(open_world(), people=9))
    for each in (*small, *everybody(large)[:5]):
        assert each["onboarded"]
        assert not each["terminated"]
        assert not each["terminations"]
        assert each["jobs"]
        assert str(each["hired_at"]) < ANCHOR.isoformat()


def test_everything_refers_to_what_is_there(large: Company) -> None:
    for job in large.jobs.values():
        assert job["employee_uuid"] in large.employees
    for compensation in large.compensations.values():
        assert large.jobs[str(compensation["job_uuid"])]["employee_uuid"] == compensation["employee_uuid"]
    for address in large.work_addresses.values():
        assert address["location_uuid"] in large.locations
    for employee in large.employees.values():
        assert employee["department_uuid"] in {None, *large.departments}
        assert employee["manager_uuid"] in {None, *large.employees}
    primaries = [job["employee_uuid"] for job in large.jobs.values() if job["primary"]]
    assert len(primaries) == len(set(primaries))
