"""The places of a company: list, show, create, update, and the minimum wages there.

There is no operation that deletes a location; Gusto's own pages can make one inactive ([D] Location). The
literals are [D] (https://docs.gusto.com/app-integrations/reference/post-v1-companies-company_id-locations)
unless they are marked.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.entry_form import EntryForm, find_day
from partner_qa.sandbox.locking import fresh_version, is_stale, write
from partner_qa.sandbox.paging import reply_with_page
from partner_qa.sandbox.problem import conflict, not_found, refuse
from partner_qa.sandbox.world import World

_ZIP = re.compile(r"\d{5}(-\d{4})?", re.ASCII)
_PHONE = re.compile(r"\d{10}", re.ASCII)
_STATES = """
AK AL AR AZ CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH
OK OR PA RI SC SD TN TX UT VA VT WA WI WV WY
"""
_ONE_OF_A_KIND = ("filing_address", "mailing_address")

# 29 U.S.C. 206(a)(1)(C); [I] the wages of states, counties and cities are not played
MINIMUM_WAGES: tuple[Mapping[str, str], ...] = (
    MappingProxyType(
        {
            "uuid": "00000000-0000-4000-8000-000000000725",
            "wage": "7.25",
            "wage_type": "Regular",
            "effective_date": "2009-07-24",
            "authority": "Federal",
            "notes": "",
        }
    ),
)


def list_locations(world: World, call: Call) -> Reply:
    """Answer `get-v1-companies-company_id-locations`: in the order of creation, inactive ones too."""
    rows = list(world.companies[call.company].locations.values())
    return reply_with_page(call, rows, lambda row: row)


def show_location(world: World, call: Call) -> Reply:
    """Answer `get-v1-locations-location_id`."""
    found = world.companies[call.company].locations.get(call.params["location_id"])
    return not_found() if found is None else Reply.of(200, found)


def create_location(world: World, call: Call) -> Reply:
    """Answer `post-v1-companies-company_id-locations`; tells `location.created` [D]."""
    form = _read_form(call.object(), is_update=False)
    if form.mistakes:
        return refuse(422, form.mistakes)
    company = world.companies[call.company]
    now = world.now().isoformat(timespec="seconds")
    location: Record = {
        "uuid": str(uuid.uuid4()),
        "version": fresh_version(),
        "company_uuid": company.uuid,
        "street_2": None,
        "country": "USA",
        "filing_address": False,
        "mailing_address": False,
        **form.values,
        "active": True,
        "inactive": False,
        "warnings": [],
        "created_at": now,
        "updated_at": now,
    }
    company.locations[str(location["uuid"])] = location
    _give_way(company, location)
    world.events.append(company.uuid, "location.created", "Location", str(location["uuid"]))
    return Reply.of(201, location)


def update_location(world: World, call: Call) -> Reply:
    """Answer `put-v1-locations-location_id`; tells `location.updated` [D]."""
    company = world.companies[call.company]
    location = company.locations.get(call.params["location_id"])
    if location is None:
        return not_found()
    if is_stale(location, call.object()):
        return conflict()
    form = _read_form(call.object(), is_update=True)
    if form.mistakes:
        return refuse(422, form.mistakes)
    write(location, {**form.values, "updated_at": world.now().isoformat(timespec="seconds")})
    _give_way(company, location)
    world.events.append(company.uuid, "location.updated", "Location", str(location["uuid"]))
    return Reply.of(200, location)


def list_minimum_wages(world: World, call: Call) -> Reply:
    """Answer `get-v1-locations-location_uuid-minimum_wages`: those in force on `effective_date`, or now."""
    if call.params["location_uuid"] not in world.companies[call.company].locations:
        return not_found()
    day = find_day(call.find_query("effective_date")) or world.today
    return Reply.of(200, [dict(each) for each in MINIMUM_WAGES if each["effective_date"] <= day.isoformat()])


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "get-v1-companies-company_id-locations": list_locations,
        "post-v1-companies-company_id-locations": create_location,
        "get-v1-locations-location_id": show_location,
        "put-v1-locations-location_id": update_location,
        "get-v1-locations-location_uuid-minimum_wages": list_minimum_wages,
    }
)


def _read_form(body: Mapping[str, Json], *, is_update: bool) -> EntryForm:
    """Read a location; the messages are [D] (operation post-v1-companies-company_id-locations)."""
    form = EntryForm(body, is_update=is_update)
    take_address(form)
    form.take("phone_number", "Phone number must be 10 digits", _is_phone, required=True)
    form.take("country", "Country must be USA", lambda text: text == "USA")  # [I] the wording
    for name in _ONE_OF_A_KIND:
        form.take_flag(name)
    return form


def take_address(form: EntryForm) -> None:
    """Read the lines of an address; [D] messages as for locations, [I] for homes the same."""
    form.take("street_1", "Must include a street address", required=True)
    form.take_optional("street_2")
    form.take("city", "Must include a city", required=True)
    form.take("state", "State is in the wrong format", is_state, required=True)
    form.take("zip", "Please enter a valid zip code (e.g. 12345).", _is_zip, required=True)


def is_state(text: str) -> bool:
    """Whether a text is the abbreviation of a state, or of Washington's district."""
    return text in _STATES.split()


def _is_zip(text: str) -> bool:
    return _ZIP.fullmatch(text) is not None


def _is_phone(text: str) -> bool:
    return _PHONE.fullmatch(text) is not None


def _give_way(company: Company, location: Record) -> None:
    """Let a new filing or mailing address take the place of the old one: a company has one of each [I]."""
    for name in _ONE_OF_A_KIND:
        for other in company.locations.values():
            if location[name] and other is not location and other[name]:
                write(other, {name: False})
