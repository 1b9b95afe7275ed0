"""Earning types: under which name a company pays what is not hours.

Our customer chooses for each of our codes which of Gusto's earning types it is paid as. A name that is not
there yet is made once, and one that was switched off is switched on again: by choosing it, the customer has
asked for that. What is there is never made a second time, however it is spelt.
Source: https://docs.gusto.com/app-integrations/reference/post-v1-companies-company_id-earning_types
"""

from __future__ import annotations

import logging
from collections.abc import Collection

from acme_time.gusto import Refused, Unavailable, read_json
from acme_time.parts import Parts

log = logging.getLogger(__name__)

EARNING_TYPES = "/v1/companies/{company}/earning_types"


def settle_earnings(parts: Parts, account: str, names: Collection[str]) -> None:
    """Have a company able to pay by each of these names."""
    if not names:
        return
    known = _read_names(parts, account)
    for name in sorted(names):
        is_active = known.get(name.casefold())
        if is_active:
            continue
        log.info("an earning type is %s", "switched on again" if is_active is False else "made")
        try:
            parts.company.send("POST", account, EARNING_TYPES, json={"name": name})
        except Refused as error:
            # Somebody else was quicker, or Gusto does not like the name: the prepare will tell.
            log.warning("an earning type was not made: %s", error)


def _read_names(parts: Parts, account: str) -> dict[str, bool]:
    """Return each name that the company has, and whether it is active; Gusto's own always are."""
    if "creates_earning_types_blindly" in parts.config.defects:
        return {}
    body = read_json(parts.company.get(account, EARNING_TYPES))
    if not isinstance(body, dict):
        raise Unavailable("the earning types are not an object")
    rows = [*(body.get("default") or []), *(body.get("custom") or [])]
    return {each["name"].casefold(): each.get("active", True) is not False for each in rows}
