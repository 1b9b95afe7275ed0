"""Facts that redaction would destroy, taken before it: how random a state is, what breaks the contract."""

from __future__ import annotations

import json
import math
from collections import Counter

from partner_qa.contract.catalogue import Contract
from partner_qa.contract.operation import Operation
from partner_qa.model import Json
from partner_qa.recorder.passage import Passage

_SHOWN_VIOLATIONS = 20
_REMEMBERED = 512  # requests; integrations ask for the same thing again and again
_REMEMBERED_BODY = 4096  # bytes

Match = tuple[Operation, dict[str, str]]


class FactFinder:
    """Takes facts of requests; a request that was seen before is not judged again."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._seen: dict[tuple[object, ...], Json] = {}

    def of_request(self, passage: Passage, match: Match | None) -> dict[str, Json]:
        """Return the facts to keep beside a request, as JSON; an empty mapping where there are none."""
        facts: dict[str, Json] = {}
        state = passage.find_query("state") if passage.query else None
        if state is not None:
            facts["state_length"] = len(state)
            facts["state_entropy_bits"] = round(entropy_bits(state), 1)
        violations = self._violations(passage, match) if match is not None else None
        if violations:
            facts["violations"] = violations
        return facts

    def _violations(self, passage: Passage, match: Match) -> Json:
        if len(passage.body) > _REMEMBERED_BODY:
            return self._judge(passage, match)
        key = (match[0].id, passage.raw_path, passage.query, passage.headers, passage.body)
        if key not in self._seen:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            self._seen[key] = self._judge(passage, match)
        return self._seen[key]

    def _judge(self, passage: Passage, match: Match) -> Json:
        violations = self._contract.check_request(
            match[0],
            path_params=match[1],
            query=passage.query,
            headers=passage.headers,
            body=passage.body,
        )
        return [
            {
                "where": str(each.where),
                "pointer": each.pointer,
                "rule": each.rule,
                "message": each.message,
                "mild": each.is_mild,
            }
            for each in violations[:_SHOWN_VIOLATIONS]
        ]


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
    except (ValueError, KeyError, TypeError):
        return None
