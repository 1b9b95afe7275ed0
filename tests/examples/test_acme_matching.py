"""Acme Time takes two records for one person when two facts agree, and remembers it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from acme_time import people
from acme_time.matching import count_agreements, match_people

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "acme_time"
EMPLOYEES = "/v1/companies/hill/employees"


def own(person_id: str, **facts: Any) -> dict[str, Any]:
    return {"id": person_id, "first_name": "Lene", "last_name": "Nimptsch", "email": None, **facts}


def theirs(uuid: str, **facts: Any) -> dict[str, Any]:
    return {"uuid": uuid, "first_name": "Lene", "last_name": "Nimptsch", "email": None, **facts}


@pytest.mark.parametrize(
    ("mine", "other", "agreements"),
    [
        ({"email": "Lene@Mail.test "}, {"work_email": "lene@mail.TEST"}, 2),
        ({"date_of_birth": "1984-04-18"}, {"date_of_birth": "1984-04-18"}, 2),
        ({"date_of_birth": "1984-04-18"}, {"date_of_birth": "1979-04-18"}, 1),
        ({"email": ""}, {"email": ""}, 1),
        ({"date_of_birth": None}, {"date_of_birth": None}, 1),
        ({"first_name": "LENE "}, {}, 1),
        ({"first_name": None}, {"first_name": None}, 0),
    ],
)
def test_facts_agree_only_when_present_and_whole(
    mine: dict[str, Any], other: dict[str, Any], agreements: int
) -> None:
    assert count_agreements(own("p", **mine), theirs("g", **other)) == agreements


def test_one_agreeing_fact_is_a_question() -> None:
    [match] = match_people([own("p")], [theirs("g")], {})
    assert (match.state, match.gusto_uuid) == ("proposed", "g")


def test_two_agreeing_facts_are_a_match() -> None:
    [match] = match_people([own("p", email="l@m.test")], [theirs("g", email="l@m.test")], {})
    assert (match.state, match.gusto_uuid) == ("matched", "g")


def test_nothing_agreeing_is_nobody() -> None:
    [match] = match_people([own("p")], [theirs("g", first_name="Botho")], {})
    assert (match.state, match.gusto_uuid) == ("unmatched", None)


def test_two_candidates_are_a_conflict_from_either_side() -> None:
    twins = [theirs("g1", email="l@m.test"), theirs("g2", email="l@m.test")]
    assert [m.state for m in match_people([own("p", email="l@m.test")], twins, {})] == ["conflict"]
    rivals = [own("p1", email="l@m.test"), own("p2", email="l@m.test")]
    assert [m.state for m in match_people(rivals, twins[:1], {})] == ["conflict", "conflict"]


def test_a_match_survives_a_new_name_and_address(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme)
    mine = {"id": "p0", "first_name": "First0", "last_name": "Last0", "email": "hill0@mail.test"}
    people.replace_own_people(acme.database, "anna", [mine])
    bench.sync(acme)
    bench.gusto.companies["hill"][0] |= {"last_name": "Franke", "email": "franke@mail.test"}
    bench.sync(acme)
    assert bench.matches_of(acme) == {"p0": ("matched", "hill-0")}


def test_a_persons_decision_stands_and_cannot_be_doubled(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme)
    people.replace_own_people(acme.database, "anna", [own("p0"), own("p1")])
    bench.sync(acme)
    decide = people.decide_matches
    decide(acme.database, acme.config, "anna", [{"person_id": "p0", "gusto_uuid": "hill-2"}])
    decide(acme.database, acme.config, "anna", [{"person_id": "p1", "gusto_uuid": None}])
    bench.sync(acme)
    assert bench.matches_of(acme) == {"p0": ("matched", "hill-2"), "p1": ("unmatched", None)}
    with pytest.raises(people.DecisionRefused):
        decide(acme.database, acme.config, "anna", [{"person_id": "p1", "gusto_uuid": "hill-2"}])
    with pytest.raises(people.DecisionRefused):
        decide(acme.database, acme.config, "anna", [{"person_id": "p1", "gusto_uuid": "vale-0"}])


def test_reconnecting_the_same_company_keeps_matches_and_another_does_not(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme)
    people.replace_own_people(acme.database, "anna", [own("p0")])
    bench.sync(acme)
    people.decide_matches(acme.database, acme.config, "anna", [{"person_id": "p0", "gusto_uuid": "hill-0"}])
    bench.connect(acme)
    assert bench.matches_of(acme) == {"p0": ("matched", "hill-0")}
    bench.connect(acme, company="vale")
    assert bench.matches_of(acme) == {"p0": ("unmatched", None)}
    assert bench.held(acme) == []
