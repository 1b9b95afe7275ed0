"""Whether people are matched on enough, and for good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from partner_qa.checks import changing as shifting
from partner_qa.checks import jobs, lifecycle, matching, people
from partner_qa.contract.names import CREATE_TIME_SHEET
from partner_qa.model import Evidence, Exchange, Json, Kind, Recording
from partner_qa.spoiler import Spoiler, changing, with_answer_json, with_request_json
from partner_qa.suite import item, require


def _tells_matches(exchange: Exchange) -> bool:
    return exchange.kind is Kind.OBSERVATION and b'"matches"' in exchange.response.body.content


def _matches_on_e_mail_only(recording: Recording) -> Recording:
    theirs: Any = recording.situation["gusto_people"]
    uuid = next(each["uuid"] for each in theirs if each["last_name"] == "Gieshübler")
    row: Json = {"person_id": "e-mail-only", "gusto_uuid": uuid, "state": "matched"}

    def add_row(told: dict[str, Any]) -> Json:
        return {"matches": [*told["matches"], row]}

    return changing(_tells_matches, with_answer_json(add_row), last=True)(recording)


@item("EMP-01", spoiled_by=_matches_on_e_mail_only, evidence=Evidence.REPORTED)
def test_matches_on_two_data_points(lookalike_people: Recording) -> None:
    """Offer people who agree on everything, on two data points, and on one, and ask who was matched."""
    require(people.matches_on_two_data_points(lookalike_people))


def _unmatches(person: str) -> Callable[[dict[str, Any]], Json]:
    def forget(told: dict[str, Any]) -> Json:
        rows = [each for each in told["matches"] if each["person_id"] != person]
        return {"matches": [*rows, {"person_id": person, "gusto_uuid": None, "state": "unmatched"}]}

    return forget


@item(
    "EMP-03",
    spoiled_by=changing(_tells_matches, with_answer_json(_unmatches("work-e-mail"))),
    evidence=Evidence.REPORTED,
)
def test_compares_both_e_mails(lookalike_people: Recording) -> None:
    """Offer two people with the same e-mail and birth date: one e-mail is personal, the other from work."""
    require(matching.compares_both_e_mails(lookalike_people))


def _with_match(person: str, gusto_last_name: str) -> Spoiler:
    """Return a spoiler by which a person was matched, at the first look, to somebody of this last name."""

    def spoil(recording: Recording) -> Recording:
        theirs: Any = recording.situation["gusto_people"]
        uuid = next(each["uuid"] for each in theirs if each["last_name"] == gusto_last_name)

        def match(told: dict[str, Any]) -> Json:
            rows = [each for each in told["matches"] if each["person_id"] != person]
            return {"matches": [*rows, {"person_id": person, "gusto_uuid": uuid, "state": "matched"}]}

        return changing(_tells_matches, with_answer_json(match))(recording)

    return spoil


@item("EMP-04", spoiled_by=_with_match("e-mail-and-birthday", "Niemeyer"), evidence=Evidence.REPORTED)
def test_compares_whole_birth_dates(lookalike_people: Recording) -> None:
    """Offer somebody with the same e-mail, born on the same day of another year."""
    require(matching.compares_whole_birth_dates(lookalike_people))


@item("EMP-05", spoiled_by=_with_match("similar-name", "Rummschuettel"), evidence=Evidence.REPORTED)
def test_only_suggests_similar_names(lookalike_people: Recording) -> None:
    """Offer somebody with the same birth date and a name that differs in one letter."""
    require(matching.only_suggests_similar_names(lookalike_people))


def _forgets_matches(told: dict[str, Any]) -> Json:
    return {"matches": [{**row, "gusto_uuid": None, "state": "unmatched"} for row in told["matches"]]}


@item(
    "EMP-06",
    spoiled_by=changing(_tells_matches, with_answer_json(_forgets_matches), last=True),
    evidence=Evidence.REPORTED,
)
def test_keeps_matches_when_people_change(renamed_person: Recording) -> None:
    """Rename somebody who was matched, change the e-mail too, sync again, and ask who is matched."""
    require(people.keeps_matches_when_people_change(renamed_person))


@item("EMP-07", spoiled_by=_with_match("twin-a", "Briest"), evidence=Evidence.REPORTED)
def test_maps_nobody_twice(lookalike_people: Recording) -> None:
    """Offer two records that are both the same person, and confirm both."""
    require(matching.maps_nobody_twice(lookalike_people))


def _tells_people(exchange: Exchange) -> bool:
    return exchange.kind is Kind.OBSERVATION and b'"people"' in exchange.response.body.content


def _all_at_work(told: dict[str, Any]) -> Json:
    return {"people": [{**each, "employment": "active"} for each in told["people"]]}


@item(
    "EMP-08", spoiled_by=changing(_tells_people, with_answer_json(_all_at_work)), evidence=Evidence.REPORTED
)
def test_separates_lifecycles(people_come_and_go: Recording) -> None:
    """Dismiss somebody as of yesterday and two as of tomorrow, take one back, and ask who is at work."""
    require(lifecycle.separates_lifecycles(people_come_and_go))


@item(
    "EMP-09",
    spoiled_by=changing(_tells_matches, with_answer_json(_unmatches("returning")), last=True),
    evidence=Evidence.REPORTED,
)
def test_relinks_the_rehired(people_come_and_go: Recording) -> None:
    """Hire somebody again who left a month ago, sync, and ask for people and matches."""
    require(lifecycle.relinks_the_rehired(people_come_and_go))


def _is_hours_for_a_job(exchange: Exchange) -> bool:
    return exchange.kind is Kind.API and exchange.operation == CREATE_TIME_SHEET


def _for_somebody_elses_job(sent: dict[str, Any]) -> Json:
    return {**sent, "job_uuid": sent["entity_uuid"]}


@item("EMP-10", spoiled_by=changing(_is_hours_for_a_job, with_request_json(_for_somebody_elses_job)))
def test_names_the_right_job(somebody_with_two_jobs: Recording) -> None:
    """Send hours of two jobs, of one that Gusto has not and of none; look at sheets, payroll and notices."""
    require(jobs.names_the_right_job(somebody_with_two_jobs))


def _without_the_last(told: dict[str, Any]) -> Json:
    return {"people": told["people"][:-1]}


@item(
    "EMP-11",
    spoiled_by=changing(_tells_people, with_answer_json(_without_the_last)),
    evidence=Evidence.REPORTED,
)
def test_copes_with_missing_facts(people_come_and_go: Recording) -> None:
    """Let one person have no e-mail, birth date, department and manager, and ask for people and matches."""
    require(lifecycle.copes_with_missing_facts(people_come_and_go))


def _without_the_new(recording: Recording) -> Recording:
    new: Any = recording.situation["added_people"]

    def leave_out(told: dict[str, Any]) -> Json:
        return {"people": [each for each in told["people"] if each["gusto_uuid"] not in new]}

    return changing(_tells_people, with_answer_json(leave_out), last=True)(recording)


@item("EMP-12", spoiled_by=_without_the_new, evidence=Evidence.REPORTED)
def test_shows_changes_in_time(people_change_while_read: Recording) -> None:
    """Begin to hire somebody in Gusto during a sync, sync once more, and ask who is held."""
    require(shifting.shows_changes_in_time(people_change_while_read))
