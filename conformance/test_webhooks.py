"""Whether the integration believes anything that is posted to its webhook address."""

from __future__ import annotations

from partner_qa.checks import webhooks
from partner_qa.model import Kind, Recording
from partner_qa.spoiler import changing, with_status
from partner_qa.suite import item, require


@item(
    "WH-02",
    spoiled_by=changing(
        lambda each: each.kind is Kind.WEBHOOK and each.facts.get("signature") == "forged", with_status(200)
    ),
)
def test_refuses_forged_webhooks(webhook_forgeries: Recording) -> None:
    """Post webhooks unsigned, signed with another key and altered, between two genuine ones."""
    require(webhooks.refuses_forged_webhooks(webhook_forgeries))
