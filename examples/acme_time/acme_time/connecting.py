"""Making and ending a connection to a company: what happens after the browser came back from Gusto."""

from __future__ import annotations

import logging
from typing import Any

from acme_time import grants, jobs, people
from acme_time.grants import Pair
from acme_time.gusto import API_VERSION, GustoError, Refused, Unavailable, read_json, with_patience
from acme_time.jobs import SYSTEM_LANE, Job
from acme_time.notices import clear_notices
from acme_time.oauth import exchange_code
from acme_time.parts import Parts

log = logging.getLogger(__name__)

NOW_CONNECTED = ("onboarding_needed", "company_exists")  # what asked for a connection
OVER = ("missing_scope", "outdated_version", "sync_failed")  # what a new beginning puts right


def finish_connecting(parts: Parts, account: str, code: str) -> None:
    """Turn an authorization code into a stored connection; raise a `GustoError` and leave nothing behind.

    The token itself says which company it opens (`GET /v1/token_info`); the browser is not believed.
    """
    pair = _exchange(parts, code)
    if "asks_for_the_current_user" in parts.config.defects:
        _peek(parts, pair.access_token, "/v1/me")
    info = with_patience(lambda: _read(parts, pair, "/v1/token_info"))
    company = _find_company(info)
    name = _find_name(parts, pair, company)
    before = grants.find_connection(parts.database, account)
    is_dead = before is not None and before.state == grants.RECONNECT_NEEDED  # only a defect minds
    if _begins_anew(parts, account, info):
        people.forget_matches(parts.database, account)
    grants.save_connection(
        parts.database,
        account=account,
        company_uuid=company,
        company_name=name,
        owner_uuid=_find_owner(info),
        pair=pair,
    )
    if "keys_connections_by_login" in parts.config.defects:
        grants.replace_for_owner(parts.database, account)
    if is_dead and "stays_dead" in parts.config.defects:
        grants.mark(parts.database, account, grants.RECONNECT_NEEDED)
    clear_notices(parts.database, account, "reconnect_needed", "consent_denied", *NOW_CONNECTED, *OVER)
    log.info("account %s is connected to company %s", account, company)


def _exchange(parts: Parts, code: str) -> Pair:
    try:
        return exchange_code(parts.config, parts.gusto, code)
    except Refused:
        if "exchanges_a_code_twice" not in parts.config.defects:
            raise
        return exchange_code(parts.config, parts.gusto, code)


def _read(parts: Parts, pair: Pair, path: str, version: str = API_VERSION) -> Any:
    return read_json(parts.gusto.send("GET", path, token=pair.access_token, version=version))


def _find_company(info: Any) -> str:
    resource = info.get("resource") if isinstance(info, dict) else None
    if not isinstance(resource, dict) or resource.get("type") != "Company" or not resource.get("uuid"):
        raise Unavailable("token_info names no company")
    return str(resource["uuid"])


def _find_owner(info: Any) -> str | None:
    """Return which admin gave the consent. It is for support to know; nothing else depends on it."""
    owner = info.get("resource_owner") if isinstance(info, dict) else None
    return str(owner["uuid"]) if isinstance(owner, dict) and owner.get("uuid") else None


def _begins_anew(parts: Parts, account: str, info: Any) -> bool:
    """Whether this consent starts from nothing, as it never should: matches outlive grants and admins."""
    before = grants.find_connection(parts.database, account)
    if before is None:
        return False
    if "forgets_matches_on_reconnect" in parts.config.defects:
        return True
    is_other = before.owner_uuid != _find_owner(info)
    return "begins_anew_with_each_admin" in parts.config.defects and is_other


def _find_name(parts: Parts, pair: Pair, company: str) -> str | None:
    """Return the company's name for our pages; a connection is good without it."""
    if "unused_scope" in parts.config.defects:
        return None
    version = "2023-04-01" if "old_version" in parts.config.defects else API_VERSION
    version = "2026-02-01" if "deprecated_version" in parts.config.defects else version
    if "system_token_for_companies" in parts.config.defects:
        _peek(parts, parts.system.token(), f"/v1/companies/{company}")
    try:
        found = with_patience(lambda: _read(parts, pair, f"/v1/companies/{company}", version))
    except GustoError as error:
        log.warning("the company's name could not be read: %s", error)
        return None
    return found.get("name") if isinstance(found, dict) else None


def _peek(parts: Parts, token: str, path: str) -> None:
    """Ask for something that we have no business with; only defects do."""
    try:
        parts.gusto.send("GET", path, token=token)
    except GustoError as error:
        log.warning("%s", error)


def begin_disconnect(parts: Parts, account: str) -> int:
    """Mark a connection as ended, so that nothing uses it from now on; return the job that tells Gusto."""
    grants.mark(parts.database, account, grants.DISCONNECTED)
    return jobs.enqueue(parts.database, account, "disconnect", lane=SYSTEM_LANE)


def disconnect(parts: Parts, job: Job) -> str:
    """Tell Gusto that a company is no longer connected, then delete its tokens and personal data.

    The page already marked the connection, so no other job uses the tokens meanwhile.
    """
    connection = grants.find_connection(parts.database, job.account)
    if connection is None:
        return "was not connected"
    try:
        if "disconnects_in_silence" not in parts.config.defects:
            parts.system.send("POST", f"/v1/companies/{connection.company_uuid}/disconnect_app_integration")
    except Refused as error:
        if error.status != 404:  # Gusto does not know this connection either: that is what we want
            raise
    if "keeps_data_after_disconnect" not in parts.config.defects:
        grants.forget(parts.database, job.account)
    clear_notices(parts.database, job.account, "reconnect_needed", *OVER)
    return "disconnected"
