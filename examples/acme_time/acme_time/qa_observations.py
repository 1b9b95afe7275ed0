"""What Acme Time shows a test harness: what it holds for an account, as it would show it to the customer."""

from __future__ import annotations

from acme_time import contractors, custom_fields, events, grants, jobs, journal, people, time_off
from acme_time.log import read_log
from acme_time.notices import list_notices
from acme_time.parts import Parts
from acme_time.payroll_sync import list_syncs
from acme_time.qa_actions import Door, Json
from acme_time.retention import count_stored
from acme_time.shifts import TRYING, list_shifts


def _show_connection(parts: Parts, account: str, _payload: Json) -> Json:
    found = grants.find_connection(parts.database, account)
    if found is None or found.state == grants.DISCONNECTED:
        return {"state": grants.DISCONNECTED, "company_uuid": None, "company_name": None}
    return {"state": found.state, "company_uuid": found.company_uuid, "company_name": found.company_name}


def _show_people(parts: Parts, account: str, _payload: Json) -> Json:
    found = people.list_employees(parts.database, parts.config, account)
    return {"people": [_show_person(parts, account, each) for each in found]}


def _show_person(parts: Parts, account: str, employee: Json) -> Json:
    employment = people.find_employment(parts.config, employee)
    fields = custom_fields.list_definitions(parts.database, account)
    answers: list[Json] = [
        {
            "company_custom_field_id": field["uuid"],
            "value": custom_fields.find_answer(parts.config, employee["custom_fields"], field),
        }
        for field in fields
    ]
    shown = {**_without(employee, "uuid"), "custom_fields": answers}
    return {"gusto_uuid": employee["uuid"], "employment": employment, **shown}


def _without(record: Json, name: str) -> Json:
    return {key: value for key, value in record.items() if key != name}


def _show_time_off(parts: Parts, account: str, _payload: Json) -> Json:
    found = time_off.list_time_off(parts.database, account)
    return {
        "time_off": [{"request_uuid": each["uuid"], **_without(each, "uuid")} for each in found],
        "balances": time_off.list_balances(parts.database, account),
    }


def _show_contractors(parts: Parts, account: str, _payload: Json) -> Json:
    found = contractors.list_known(parts.database, account)
    return {"contractors": [{"gusto_uuid": each["uuid"], **_without(each, "uuid")} for each in found]}


def _show_matches(parts: Parts, account: str, _payload: Json) -> Json:
    found = people.list_matches(parts.database, account)
    return {
        "matches": [
            {"person_id": each.person_id, "gusto_uuid": each.gusto_uuid, "state": each.state}
            for each in found
        ]
    }


def _show_hours(parts: Parts, account: str, _payload: Json) -> Json:
    return {
        "shifts": [
            {
                "id": each.id,
                "state": "pending" if each.state == TRYING else each.state,
                "time_sheet_uuid": each.sheet_uuid,
                "detail": each.detail,
            }
            for each in list_shifts(parts.database, account)
        ],
        "syncs": [
            {"uuid": each.uuid, "status": each.status, "warnings": list(each.messages)}
            for each in list_syncs(parts.database, account)
            if each.uuid
        ],
    }


def _show_events(parts: Parts, account: str, _payload: Json) -> Json:
    found = events.list_events(parts.database, account)
    names = ("uuid", "event_type", "entity_uuid", "state")
    return {"events": [{name: getattr(each, name) for name in names} for each in found]}


def _show_notices(parts: Parts, account: str, _payload: Json) -> Json:
    return {"notices": list_notices(parts.database, account)}


def _show_journal(parts: Parts, account: str, _payload: Json) -> Json:
    return {"entries": journal.list_entries(parts.database, account)}


def _show_stored_data(parts: Parts, account: str, _payload: Json) -> Json:
    return {"stored": count_stored(parts.database, account)}


def _show_idle(parts: Parts, account: str, _payload: Json) -> Json:
    return {"idle": jobs.is_idle(parts.database, account)}


def _show_logs(parts: Parts, _account: str, _payload: Json) -> Json:
    return {"logs": read_log(parts.config.data_dir)}


OBSERVATIONS: dict[str, Door] = {
    "connection": _show_connection,
    "people": _show_people,
    "matches": _show_matches,
    "hours": _show_hours,
    "time-off": _show_time_off,
    "contractors": _show_contractors,
    "events": _show_events,
    "notices": _show_notices,
    "journal": _show_journal,
    "logs": _show_logs,
    "stored-data": _show_stored_data,
    "idle": _show_idle,
}
