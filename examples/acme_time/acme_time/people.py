"""People on both sides, kept apart by account: our own, Gusto's as last read, and who is who.

Every statement names the account. Personal data is encrypted; only identifiers are readable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from acme_time.config import Config
from acme_time.custom_fields import read_answers
from acme_time.database import Database
from acme_time.matching import FACTS_NEEDED, Match, Rules, match_people

# What we keep of Gusto's answer: what we use, nothing besides. Unknown and missing fields are fine.
KEPT = (
    "first_name",
    "last_name",
    "email",
    "work_email",
    "date_of_birth",
    "department",
    "onboarded",
    "terminated",
    "terminations",
)


def find_employment(config: Config, employee: Mapping[str, Any]) -> str:
    """Return where somebody stands today: `onboarding`, `active` or `terminated`.

    Gusto's own flag says whether somebody is gone: it turns only when the last day of work has gone by. A
    dismissal that is still to come, and may be taken back, changes nothing before its day.
    Source: https://docs.gusto.com/app-integrations/reference/get-v1-companies-company_id-employees
    """
    is_leaving = bool(employee.get("terminations")) and "ends_at_notice" in config.defects
    if employee.get("terminated") or is_leaving:
        return "terminated"
    return "active" if employee.get("onboarded") else "onboarding"


class DecisionRefused(Exception):  # noqa: N818 - not a fault of the program
    """A person asked for a match that can not be: the other record is unknown or already someone else."""


def replace_own_people(database: Database, account: str, people: Sequence[Mapping[str, Any]]) -> None:
    """Make this list the account's people in Acme Time; matches of people who stay are kept."""
    with database.transaction() as db:
        db.execute("DELETE FROM own_people WHERE account = ?", (account,))
        db.executemany(
            "INSERT INTO own_people VALUES (?, ?, ?)",
            [(account, person["id"], database.seal(dict(person))) for person in people],
        )
        db.execute(
            "DELETE FROM matches WHERE account = ? AND person_id NOT IN"
            " (SELECT id FROM own_people WHERE account = ?)",
            (account, account),
        )


def list_own_people(database: Database, account: str) -> list[dict[str, Any]]:
    """Return the account's own people."""
    with database.reading() as db:
        rows = db.execute("SELECT facts FROM own_people WHERE account = ? ORDER BY id", (account,)).fetchall()
    return [database.unseal(row["facts"]) for row in rows]


def save_employees(
    database: Database, account: str, employees: Iterable[Mapping[str, Any]], *, seen_by: int
) -> int:
    """Store people as Gusto showed them, by UUID; return how many this pass had not seen before."""
    fresh = 0
    with database.transaction() as db:
        for employee in employees:
            known = db.execute(
                "SELECT seen_by FROM employees WHERE account = ? AND uuid = ?", (account, employee["uuid"])
            ).fetchone()
            fresh += known is None or known["seen_by"] != seen_by
            kept = {name: employee.get(name) for name in KEPT}
            kept |= {"custom_fields": read_answers(employee), "jobs": _read_jobs(employee)}
            facts = database.seal(kept)
            db.execute(
                "INSERT INTO employees VALUES (?, ?, ?, ?) ON CONFLICT (account, uuid)"
                " DO UPDATE SET facts = excluded.facts, seen_by = excluded.seen_by",
                (account, employee["uuid"], facts, seen_by),
            )
    return fresh


def _read_jobs(employee: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return somebody's jobs: title and UUID, and nothing of what they pay."""
    jobs = [each for each in employee.get("jobs") or [] if isinstance(each, dict)]
    return [{name: each.get(name) for name in ("uuid", "title", "primary")} for each in jobs]


def list_not_seen(database: Database, account: str, *, seen_by: int) -> list[str]:
    """Return the UUIDs of people whom a complete pass did not meet, nor anybody after it."""
    with database.reading() as db:
        rows = db.execute(
            "SELECT uuid FROM employees WHERE account = ? AND seen_by < ? ORDER BY rowid", (account, seen_by)
        ).fetchall()
    return [row["uuid"] for row in rows]


def forget_pass(database: Database, account: str, *, seen_by: int) -> None:
    """Let nobody count as met by a pass that has to begin again."""
    with database.transaction() as db:
        db.execute(
            "UPDATE employees SET seen_by = ? WHERE account = ? AND seen_by = ?",
            (seen_by - 1, account, seen_by),
        )


def mark_terminated(database: Database, config: Config, account: str, uuid: str) -> None:
    """Take somebody for gone without asking Gusto; only a defect does."""
    for employee in list_employees(database, config, account):
        if employee["uuid"] == uuid:
            save_employees(database, account, [{**employee, "terminated": True}], seen_by=0)


def drop_employee(database: Database, account: str, uuid: str) -> bool:
    """Remove one person whom Gusto no longer has; return whether that leaves one of ours without a match."""
    with database.transaction() as db:
        db.execute("DELETE FROM employees WHERE account = ? AND uuid = ?", (account, uuid))
        unlinked = db.execute(
            "UPDATE matches SET gusto_uuid = NULL, state = 'unmatched', by_person = 0"
            " WHERE account = ? AND gusto_uuid = ?",
            (account, uuid),
        )
    return unlinked.rowcount > 0


def list_employees(database: Database, config: Config, account: str) -> list[dict[str, Any]]:
    """Return the people that Gusto showed us for this account."""
    with database.reading() as db:
        if "shares_people_between_tenants" in config.defects:
            rows = db.execute("SELECT uuid, facts FROM employees ORDER BY rowid").fetchall()
        else:
            rows = db.execute(
                "SELECT uuid, facts FROM employees WHERE account = ? ORDER BY rowid", (account,)
            ).fetchall()
    return [{"uuid": row["uuid"], **database.unseal(row["facts"])} for row in rows]


def list_matches(database: Database, account: str) -> list[Match]:
    """Return what is known about each of the account's own people."""
    with database.reading() as db:
        rows = db.execute(
            "SELECT own_people.id AS person_id, gusto_uuid, COALESCE(state, 'unmatched') AS state, by_person"
            " FROM own_people LEFT JOIN matches"
            " ON matches.account = own_people.account AND matches.person_id = own_people.id"
            " WHERE own_people.account = ? ORDER BY own_people.id",
            (account,),
        ).fetchall()
    return [
        Match(
            person_id=row["person_id"],
            gusto_uuid=row["gusto_uuid"],
            state=row["state"],
            by_person=bool(row["by_person"]),
        )
        for row in rows
    ]


def update_matches(database: Database, config: Config, account: str) -> list[Match]:
    """Match whoever is not settled yet, store the outcome, and return it."""
    employees = list_employees(database, config, account)
    present = {employee["uuid"] for employee in employees}
    settled = {
        match.person_id: match
        for match in list_matches(database, account)
        if (match.state == "matched" and match.gusto_uuid in present)
        or (match.by_person and match.gusto_uuid is None)
    }
    if "rematches_every_sync" in config.defects:
        settled = {}
    outcome = match_people(list_own_people(database, account), employees, settled, rules=_find_rules(config))
    if "unlinks_leavers" in config.defects:
        gone = {employee["uuid"] for employee in employees if employee["terminated"]}
        outcome = [_unlink(match) if match.gusto_uuid in gone else match for match in outcome]
    with database.transaction() as db:
        for match in outcome:
            _store(db, account, match)
    return outcome


def forget_matches(database: Database, account: str) -> None:
    """Forget who is who; only defects want that."""
    with database.transaction() as db:
        db.execute("DELETE FROM matches WHERE account = ?", (account,))


def _unlink(match: Match) -> Match:
    """Forget who somebody is, for good; only a defect does."""
    return Match(person_id=match.person_id, gusto_uuid=None, state="unmatched", by_person=True)


def _find_rules(config: Config) -> Rules:
    """Return the careful rules, as far as no defect changes them."""
    return Rules(
        needed=1 if "matches_on_one_field" in config.defects else FACTS_NEEDED,
        both_addresses="compares_one_address" not in config.defects,
        whole_birth_date="compares_birthdays" not in config.defects,
        whole_name="matches_similar_names" not in config.defects,
        one_to_one="maps_people_twice" not in config.defects,
    )


def decide_matches(
    database: Database, config: Config, account: str, decisions: Sequence[Mapping[str, Any]]
) -> None:
    """Store what a person decided: this Gusto record, or (with `None`) nobody. All or nothing."""
    people = {person["id"] for person in list_own_people(database, account)}
    employees = {employee["uuid"] for employee in list_employees(database, config, account)}
    after = {match.person_id: match for match in list_matches(database, account)}
    for decision in decisions:
        person_id, uuid = decision["person_id"], decision.get("gusto_uuid")
        if person_id not in people or (uuid is not None and uuid not in employees):
            raise DecisionRefused("that person does not exist in this account")
        state = "matched" if uuid else "unmatched"
        after[person_id] = Match(person_id=person_id, gusto_uuid=uuid, state=state, by_person=True)
    mapped = [match.gusto_uuid for match in after.values() if match.state == "matched"]
    if len(mapped) != len(set(mapped)) and "maps_people_twice" not in config.defects:
        raise DecisionRefused("one person in Gusto can be only one person here")
    with database.transaction() as db:
        for decision in decisions:
            _store(db, account, after[decision["person_id"]])


def _store(db: Any, account: str, match: Match) -> None:
    db.execute(
        "INSERT INTO matches VALUES (?, ?, ?, ?, ?) ON CONFLICT (account, person_id) DO UPDATE SET"
        " gusto_uuid = excluded.gusto_uuid, state = excluded.state, by_person = excluded.by_person",
        (account, match.person_id, match.gusto_uuid, match.state, match.by_person),
    )
