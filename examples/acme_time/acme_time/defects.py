"""Mistakes that can be switched on, to see whether whoever watches this integration notices them.

Read this module last: nothing of it is needed to understand how Acme Time works. Each name is one small
branch at the place where the right behaviour lives (search for the name), and `defects.yaml` says what each
does. In production `ACME_DEFECTS` is never set and every branch is dead.
"""

from __future__ import annotations

KNOWN = frozenset(
    {
        "wrong_response_type",
        "accepts_any_state",
        "fragment_in_redirect_uri",
        "secrets_in_query",
        "token_in_page",
        "asks_for_the_current_user",
        "breaks_on_denial",
        "exchanges_a_code_twice",
        "token_in_query",
        "never_refreshes",
        "refresh_storm",
        "reuses_refresh_token",
        "waits_for_a_401",
        "refreshes_without_a_lock",
        "gives_up_on_a_lost_refresh",
        "ignores_invalid_grant",
        "one_token_for_all",
        "ignores_deprovisioning",
        "forgets_matches_on_reconnect",
        "begins_anew_with_each_admin",
        "disconnects_in_silence",
        "system_token_for_companies",
        "calls_unassigned_scope",
        "unused_scope",
        "takes_403_for_nobody",
        "asks_for_embedded",
        "undeclared_use_case",
        "asks_production",
        "old_version",
        "omits_version",
        "retries_a_406",
        "breaks_on_new_fields",
        "deprecated_version",
        "reads_people_one_by_one",
        "ignores_retry_after",
        "makes_everybody_wait",
        "first_page_only",
        "first_events_only",
        "decides_by_message",
        "retries_a_422",
        "gives_up_on_500",
        "retries_forever",
        "accepts_unsigned_webhooks",
        "compares_parsed_body",
        "never_verifies",
        "reads_before_answering",
        "forgets_event_uuids",
        "believes_event_types",
        "refuses_strange_events",
        "answers_busy",
        "subscribes_to_everything",
        "skips_missed_events",
        "matches_on_one_field",
        "rematches_every_sync",
        "compares_one_address",
        "compares_birthdays",
        "matches_similar_names",
        "maps_people_twice",
        "ends_at_notice",
        "unlinks_leavers",
        "trips_on_missing_facts",
        "shares_people_between_tenants",
        "sends_invalid_query",
    }
)


def parse_defects(text: str) -> frozenset[str]:
    """Return the names in a comma-separated list; an unknown name is an error, never a silent no-op."""
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    unknown = sorted(names - KNOWN)
    if unknown:
        raise ValueError(f"ACME_DEFECTS names unknown defects: {', '.join(unknown)}")
    return names
