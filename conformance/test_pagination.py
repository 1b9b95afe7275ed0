"""Whether lists are read to their end."""

from __future__ import annotations

from partner_qa.checks import pagination, traffic
from partner_qa.model import Exchange, Recording
from partner_qa.spoiler import dropping
from partner_qa.suite import item, require


def _reads_the_last_page(exchange: Exchange) -> bool:
    numbers = traffic.page_numbers(exchange)
    return numbers is not None and numbers[0] == numbers[1] > 1


@item("PAGE-01", spoiled_by=dropping(_reads_the_last_page))
def test_reads_every_page(large_company_sync: Recording) -> None:
    """Sync a company of 251 people whose list comes in pages, and count the pages that were asked for."""
    require(pagination.reads_every_page(large_company_sync))


def _reads_on(exchange: Exchange) -> bool:
    return traffic.find_query(exchange, "starting_after_uuid") is not None


@item("PAGE-02", spoiled_by=dropping(_reads_on))
def test_follows_the_cursor(webhook_forgeries: Recording) -> None:
    """Give out events one by one, and look whether each next one is asked for."""
    require(pagination.follows_the_cursor(webhook_forgeries))
