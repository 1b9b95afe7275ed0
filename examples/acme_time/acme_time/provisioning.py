"""For customers who are new to Gusto: found a company there, and send them to take it over.

Somebody waits in front of the browser, so this is done at once and not as a job. What Gusto answers is an
address for that one person: we send them there, and never store or log it. Source:
https://docs.gusto.com/app-integrations/reference/post-v1-provision
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from acme_time.gusto import Refused, Unavailable, read_json, with_patience
from acme_time.notices import clear_notices, post_notice
from acme_time.parts import Parts

log = logging.getLogger(__name__)

PROVISION = "/v1/provision"
USER = ("first_name", "last_name", "email", "phone")
COMPANY = ("name", "trade_name", "ein")


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """How it went: an address to go to, or a sentence that says what to do instead."""

    claim_url: str = ""
    advice: str = ""


def provision_company(
    parts: Parts, account: str, user: Mapping[str, Any], company: Mapping[str, Any]
) -> Founded:
    """Found a company in Gusto, with this user as its admin; raise a `GustoError` when that fails otherwise.

    Only what the user has entered for this is sent. An e-mail that Gusto knows already is no failure: its
    owner has an account there, and connects it.
    """
    body = {"user": _pick(user, USER), "company": _pick(company, COMPANY)}
    if "invents_names" in parts.config.defects:
        body["user"] |= {"first_name": "Account", "last_name": "Owner"}
    try:
        answer = read_json(with_patience(lambda: _ask(parts, body)))
    except Refused as error:
        return _advise(parts, account, body, error)
    url = answer.get("account_claim_url") if isinstance(answer, dict) else None
    if not url:
        raise Unavailable("the answer names no address to claim the account at")
    log.info("account %s has a new company at Gusto", account)
    clear_notices(parts.database, account, "company_exists")
    if "forgets_to_say_what_is_next" not in parts.config.defects:
        message = (
            "Your company was made at Gusto. Look for an e-mail from Gusto, finish setting up there, and then"
            " come back and connect it."
        )
        post_notice(parts.database, account, "onboarding_needed", message)
    if "keeps_the_claim_url" in parts.config.defects:
        return Founded(claim_url="https://app.gusto-demo.com/login")
    return Founded(claim_url=str(url))


def _ask(parts: Parts, body: Mapping[str, Any]) -> Any:
    return parts.system.send("POST", PROVISION, json=body)


def _pick(given: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: given[name] for name in names if given.get(name)}


def _advise(parts: Parts, account: str, body: Mapping[str, Any], error: Refused) -> Founded:
    """Say what to do where Gusto refused: connect, if it knows the e-mail; else correct what was entered."""
    if error.status != 422:
        raise error
    if "insists_on_a_new_company" in parts.config.defects:
        for _ in range(3):
            try:
                _ask(parts, body)
            except Refused:
                continue
    if "duplicate_operation" not in error.categories:
        return Founded(advice=f"Gusto did not accept this. {' '.join(error.messages)}".strip())
    advice = "That e-mail address has an account at Gusto already. Please connect it instead."
    if "dead_end_for_known_e_mails" in parts.config.defects:
        return Founded(advice="Something went wrong.")
    post_notice(parts.database, account, "company_exists", advice)
    return Founded(advice=advice)
