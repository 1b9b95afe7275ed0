"""Facts that redaction would destroy, taken before it: how random a state is, what breaks the contract."""

from __future__ import annotations

import json
import math
from collections import Counter

from partner_qa.contract.catalogue import Contract
from partner_qa.model import Json
from partner_qa.recorder.passage import Passage

_SHOWN_VIOLATIONS = 20


def of_request(passage: Passage, contract: Contract) -> dict[str, Json]:
    """Return the facts to keep beside a request, as JSON; an empty mapping where there are none."""
    head, facts = passage.head, dict[str, Json]()
    state = head.find_query("state")
    if state is not None:
        facts["state_length"] = len(state)
        facts["state_entropy_bits"] = round(entropy_bits(state), 1)
    if head.match is None:
        return facts
    violations = contract.check_request(
        head.match[0],
        path_params=head.match[1],
        query=head.query,
        headers=head.headers,
        body=passage.body,
    )
    if violations:
        facts["violations"] = [
            {
                "where": str(each.where),
                "pointer": each.pointer,
                "rule": each.rule,
                "message": each.message,
                "mild": each.is_mild,
            }
            for each in violations[:_SHOWN_VIOLATIONS]
        ]
    return facts


def entropy_bits(text: str) -> float:
    """Return an upper estimate of a text's randomness in bits: its length times its Shannon entropy.

    It cannot tell random from merely varied, so it catches the constant and the short, not the clever.
    """
    if not text:
        return 0.0
    total = len(text)
    shares = [count / total for count in Counter(text).values()]
    return -total * sum(share * math.log2(share) for share in shares)


def company_in(token_info: bytes) -> str | None:
    """Return the company UUID of a `/v1/token_info` answer, or `None`.

    Source: https://docs.gusto.com/app-integrations/reference/get-v1-token-info
    """
    try:
        resource = json.loads(token_info)["resource"]
        return str(resource["uuid"]) if resource["type"] == "Company" else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def company_of_event(event: bytes) -> str | None:
    """Return the company UUID of what a webhook tells, or `None` where it tells of none.

    Source: https://docs.gusto.com/app-integrations/docs/webhooks
    """
    try:
        told = json.loads(event)
        return str(told["resource_uuid"]) if told["resource_type"] == "Company" else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
