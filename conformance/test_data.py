"""Whether one customer's data stays with that customer."""

from __future__ import annotations

from partner_qa.checks import data
from partner_qa.model import Evidence, Json, Kind, Recording
from partner_qa.spoiler import changing, with_answer_json
from partner_qa.suite import item, require


def _shows_somebody_of_the_other_company(recording: Recording) -> Recording:
    first, second = recording.tenants
    stranger: dict[str, Json] = {"gusto_uuid": recording.situation["rosters"][second.company][0]}
    return changing(
        lambda each: (
            each.kind is Kind.OBSERVATION
            and each.account == first.account
            and b'"people"' in each.response.body.content
        ),
        with_answer_json(lambda told: {**told, "people": [*told["people"], stranger]}),
    )(recording)


@item("DATA-02", spoiled_by=_shows_somebody_of_the_other_company, evidence=Evidence.REPORTED)
def test_keeps_customers_apart(two_tenants: Recording) -> None:
    """Connect two companies for two customers, sync both, and look at what is held for each."""
    require(data.keeps_customers_apart(two_tenants))
