"""Which API version the integration asks for."""

from __future__ import annotations

from dataclasses import replace

from partner_qa.checks import declared, refusals, tolerance, traffic, versions
from partner_qa.contract.versions import HEADER, OLDEST_ANSWERED
from partner_qa.model import Exchange, Json, Kind, Recording, Run
from partner_qa.spoiler import changing, in_every_recording, with_answer_json, with_header
from partner_qa.suite import item, require


def _is_versioned(exchange: Exchange) -> bool:
    return exchange.kind is Kind.API and traffic.path_of(exchange).startswith("/v1/")


@item("VER-01", spoiled_by=in_every_recording(changing(_is_versioned, with_header(HEADER, None))))
def test_names_its_version(run: Run) -> None:
    """Look for the version header on every call of the run."""
    require(versions.names_its_version(run))


@item(
    "VER-02",
    spoiled_by=in_every_recording(changing(_is_versioned, with_header(HEADER, "2024-04-01"))),
)
def test_sends_supported_version(run: Run) -> None:
    """Look at the version header of every call of the run."""
    require(
        versions.sends_supported_version(run, oldest=OLDEST_ANSWERED, minimum=declared.minimum_version(run))
    )


@item(
    "VER-03",
    spoiled_by=in_every_recording(changing(_is_versioned, with_header(HEADER, "2026-02-01"))),
)
def test_speaks_a_stable_version(run: Run) -> None:
    """Look up the versions of the run in the table of what Gusto has announced."""
    require(versions.speaks_a_stable_version(run, minimum=declared.minimum_version(run)))


def _asks_again_after_406(recording: Recording) -> Recording:
    """The request that was answered 406 went out once more, at once."""
    refused = next(call for call in traffic.api_calls(recording) if call.response.status == 406)
    again = replace(refused, started=traffic.ended(refused))
    return recording.with_exchanges((*recording.exchanges, again))


@item("VER-04", spoiled_by=_asks_again_after_406)
def test_takes_a_406_for_an_alarm(refused_requests: Recording) -> None:
    """Answer the list of people 406, count the attempts, and look at what is told."""
    require(refusals.takes_a_406_for_an_alarm(refused_requests))


def _fails_to_sync(recording: Recording) -> Recording:
    def fail(told: dict[str, Json]) -> Json:
        return {**told, "status": "failed"}

    def is_end_of_sync(each: Exchange) -> bool:
        return (
            each.kind is Kind.ACTION
            and each.during == "sync_people"
            and b"done" in each.response.body.content
        )

    return changing(is_end_of_sync, with_answer_json(fail), last=True)(recording)


@item("VER-05", spoiled_by=_fails_to_sync)
def test_reads_tolerantly(changed_shapes: Recording) -> None:
    """Add fields to the list of people, then give it unknown values and take a birth date out."""
    require(tolerance.reads_tolerantly(changed_shapes))
