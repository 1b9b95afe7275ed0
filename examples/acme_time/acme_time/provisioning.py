"""For customers who are new to Gusto: found a company there, and send them to take it over.

Somebody waits in front of the browser, so this is done at once and not as a job. What Gusto answers is an
address for that one person: we send them there, and never store or log it.

If no answer comes, nobody knows whether there is a company now, and Gusto has nothing where we could look. It
has written to the user then, so the user can: we say so, and only found one when they press the button again.
Sources: https://docs.gusto.com/app-integrations/reference/post-v1-provision;
https://docs.gusto.com/app-integrations/docs/idempotency
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
UNKNOWN = (
    "Gusto did not answer, so your company may have been made or not. If an e-mail from Gusto comes within a"
    " few minutes, follow it, and then come back and connect. If none comes, please ask once more."
)
KNOWN = (
    "That e-mail address has an account at Gusto already: please connect it instead. If Gusto has just"
    " written to you about a new company, follow that e-mail first."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """How it went: an address to go to, or a sentence that says what to do instead."""

    claim_url: str = ""
    advice: str = ""


def provision_company(
    parts: Parts, account: str, user: Mapping[str, Any], company: Mapping[str, Any]
) -> Founded:
    """Found a company in Gusto, with this user as its admin; raise a `GustoError` when that fails otherwise.

    Only what the user has entered for this is sent, and once. An e-mail that Gusto knows already is no
    failure: its owner has an account there, perhaps since a moment ago, and connects it.
    """
    body = {"user": _pick(user, USER), "company": _pick(company, COMPANY)}
    if "invents_names" in parts.config.defects:
        body["user"] |= {"first_name": "Account", "last_name": "Owner"}
    is_careful = "founds_again" not in parts.config.defects
    with_patience(parts.system.token)  # before, so that what fails from here on may have been done
    try:
        answer = read_json(with_patience(lambda: _ask(parts, body), is_create=is_careful))
    except Unavailable:
        answer = None
    except Refused as error:
        return _advise(parts, account, body, error)
    url = answer.get("account_claim_url") if isinstance(answer, dict) else None
    if not url:
        log.warning("whether account %s has a new company at Gusto is not known", account)
        post_notice(parts.database, account, "onboarding_needed", UNKNOWN)
        return Founded(advice=UNKNOWN)
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
    if "dead_end_for_known_e_mails" in parts.config.defects:
        return Founded(advice="Something went wrong.")
    post_notice(parts.database, account, "company_exists", KNOWN)
    return Founded(advice=KNOWN)
