"""Which API version the integration asks for."""

from __future__ import annotations

from partner_qa.checks import declared, traffic, versions
from partner_qa.contract.versions import OLDEST_ANSWERED
from partner_qa.model import Exchange, Kind, Run
from partner_qa.spoiler import changing, in_every_recording, with_header
from partner_qa.suite import item, require


def _is_versioned(exchange: Exchange) -> bool:
    return exchange.kind is Kind.API and traffic.path_of(exchange).startswith("/v1/")


@item(
    "VER-02",
    spoiled_by=in_every_recording(changing(_is_versioned, with_header(versions.HEADER, "2024-04-01"))),
)
def test_sends_supported_version(run: Run) -> None:
    """Look at the version header of every call of the run."""
    require(
        versions.sends_supported_version(run, oldest=OLDEST_ANSWERED, minimum=declared.minimum_version(run))
    )


@item("VER-01", spoiled_by=in_every_recording(changing(_is_versioned, with_header(versions.HEADER, None))))
def test_names_its_version(run: Run) -> None:
    """Look for the version header on every call of the run."""
    require(versions.names_its_version(run))


@item(
    "VER-03",
    spoiled_by=in_every_recording(changing(_is_versioned, with_header(versions.HEADER, "2026-02-01"))),
)
def test_speaks_a_stable_version(run: Run) -> None:
    """Look up the versions of the run in the table of what Gusto has announced."""
    require(versions.speaks_a_stable_version(run, minimum=declared.minimum_version(run)))
