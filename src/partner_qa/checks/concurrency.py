"""Does the integration write what it has just read, reckon again after others, and repeat without harm?

Payrolls and everything else that has a version. The scenario `contested_payroll` holds in its situation the
windows `stale`, `passing` and `lasting`, and `shared_totals` as payroll_amounts.py has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

from partner_qa.checks import payroll_rows, traffic
from partner_qa.checks.payroll_rows import MISSING, Row, Sent
from partner_qa.contract.catalogue import Contract
from partner_qa.contract.names import UPDATE_PAYROLL
from partner_qa.contract.operation import VersionIn
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Json, Kind, Recording, Run

_MOST_ATTEMPTS = 15  # our number: attempts at one update while it is locked
_SHORTEST_PAUSE = 0.1  # our number: seconds between attempts, on average, below which it is hammering
_BEFORE = Decimal("180.00")  # what others had in the line by the time of the conflict, as the scenario says
_STALE_SUM = Decimal("350.00")  # what was reckoned from the line as it was before


def sends_the_version_just_read(run: Run, *, contract: Contract) -> tuple[Finding, ...]:
    """Judge that each write carries a version that Gusto has shown before, and that no own write has spent.

    Source: https://docs.gusto.com/app-integrations/docs/idempotency
    """
    versioned = {each.id: each.version_in for each in contract.operations}
    found: dict[str, list[tuple[Recording, Exchange]]] = {}
    writes = 0
    for recording in run:
        shown: dict[str | None, set[str]] = {}
        for call in traffic.api_calls(recording):
            known = shown.setdefault(call.company, set())
            place = versioned.get(call.operation or "", VersionIn.NONE)
            sent = list(_versions_sent(call, place)) if place is not VersionIn.NONE else []
            writes += len(sent)
            for version in sent:
                if version is None or version not in known:
                    words = "no version" if version is None else "a version that it had not just read"
                    found.setdefault(words, []).append((recording, call))
            if traffic.is_success(call):
                known.difference_update(each for each in sent if each)
                known.update(_versions_shown(traffic.json_of(call.response.body)))
    if not writes:
        raise NotObserved("nothing that has a version was written in this run", missing=MISSING)
    return tuple(_unread(words, where) for words, where in found.items())


def _versions_sent(call: Exchange, place: VersionIn) -> Iterator[str | None]:
    told = traffic.json_of(call.request.body)
    if place is VersionIn.ITEM:
        for row in payroll_rows.rows_in(told, "employee_compensations"):
            yield _text(row.get("version"))
    elif place is VersionIn.QUERY:
        given = parse_qs(urlsplit(call.request.url).query).get("version")
        yield given[-1] if given else None
    else:
        yield _text(told.get("version")) if isinstance(told, Mapping) else None


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def _versions_shown(told: Json) -> Iterator[str]:
    if isinstance(told, dict):
        version = told.get("version")
        if isinstance(version, str):
            yield version
        for value in told.values():
            yield from _versions_shown(value)
    elif isinstance(told, list):
        for value in told:
            yield from _versions_shown(value)


def _unread(words: str, where: list[tuple[Recording, Exchange]]) -> Finding:
    return Finding(
        check="sends_the_version_just_read",
        message=f"does not send the version that it has just read, but {words}",
        places=tuple(dict.fromkeys(place for each, call in where for place in traffic.places(each, [call])))[
            :20
        ],
        expected="the version of the newest answer that shows the object",
        seen=f"{words}, {len(where)} times",
        hint="read, change and write in one go; take the version of the answer to a write for the next one",
        key=words,
    )


def reckons_again_after_a_conflict(recording: Recording) -> tuple[Finding, ...]:
    """Judge that after a 409 the row is read again and the amount is reckoned from what stands there now.

    Findings are resending unchanged, putting the new version on old values, and giving up in silence; leaving
    it to the customer, who is told, is right too. Source: Updating Payrolls (2021),
    https://github.com/emorale112/5936/blob/HEAD/docs/guides/Updating%20Payrolls.md
    """
    updates = [
        call
        for call in traffic.within(recording, "stale", Kind.API)
        if call.operation == UPDATE_PAYROLL and "invalid_resource_version" in _categories_or_none(call)
    ]
    if not updates:
        raise NotObserved("no update of a payroll met a newer version", missing=MISSING)
    again = _resent_unchanged(recording, updates)
    if again:
        what, seen = "read again after a conflict before it sends again", "the same version once more"
        return (_conflict(recording, again, what, seen),)
    person = payroll_rows.find_text(recording, "people", "shared") or ""
    totals = payroll_rows.fixed_totals(recording, "stale", person)
    expected = Decimal(payroll_rows.find_text(recording, "shared_totals", "stale") or 0)
    if totals is None:
        raise NotObserved("the payroll was not seen after the conflict", missing=MISSING)
    wrong = next((each for each in totals if each != expected), None)
    if wrong is None or (wrong == _BEFORE and _is_left_to_the_customer(recording)):
        return ()
    what = "reckon again from what it read after a conflict"
    if wrong == _STALE_SUM:
        what = "let go of old values when it has the new version"
    elif wrong == _BEFORE:
        what = "send again after a conflict, or say that it could not"
    return (_conflict(recording, updates, what, f"{wrong} in the end; {expected} was due"),)


def _categories_or_none(call: Exchange) -> frozenset[str]:
    return traffic.categories_of(call) if call.response.status == 409 else frozenset()


def _resent_unchanged(recording: Recording, refused: list[Exchange]) -> list[Exchange]:
    """Return the updates that carry for somebody a version that was refused for them before.

    One stale row makes Gusto refuse a whole update. A row that a new read shows with its old version was not
    the stale one, and goes out as it was.
    """
    rows = payroll_rows.sent_rows(recording, "stale")
    known = {
        (sent.employee, _text(sent.row.get("version"))): sent.call
        for sent in reversed(rows)
        if sent.call in refused
    }
    again = [(known.get((sent.employee, _text(sent.row.get("version")))), sent) for sent in rows]
    return [
        sent.call
        for before, sent in again
        if before is not None
        and before.sequence < sent.call.sequence
        and not _is_still_shown(recording, sent, before)
    ]


def _is_still_shown(recording: Recording, sent: Sent, refused: Exchange) -> bool:
    """Whether a read after a refusal has shown the row with the version that is sent once more."""
    shown = payroll_rows.find_read_before(recording, sent, since=traffic.ended(refused))
    return shown is not None and shown.get("version") == sent.row.get("version")


def _is_left_to_the_customer(recording: Recording) -> bool:
    return payroll_rows.says_failed(recording, "stale") or bool(traffic.notices_in(recording, "stale"))


def _conflict(recording: Recording, calls: list[Exchange], what: str, seen: str) -> Finding:
    return Finding(
        check="reckons_again_after_a_conflict",
        message=f"does not {what}",
        places=traffic.places(recording, calls),
        expected="a new prepare, and an update whose amount is made of what others have there now",
        seen=seen,
        hint="on 409 throw away what you reckoned, prepare again, and begin from the new row",
        key=what,
    )


def pauses_before_a_locked_payroll(recording: Recording) -> tuple[Finding, ...]:
    """Judge that an update that was locked out is tried again after pauses, a bounded number of times.

    Since September 2026 a 409 may also say that another update is under way. Source:
    https://docs.gusto.com/app-integrations/changelog/september-2026
    """
    passing, lasting = _locked(recording, "passing"), _locked(recording, "lasting")
    if not passing:
        raise NotObserved("no update of a payroll was locked out", missing=MISSING)
    findings = []
    later = [
        call
        for call in traffic.within(recording, "passing", Kind.API)
        if call.operation == UPDATE_PAYROLL and call.sequence > passing[0].sequence
    ]
    if not any(map(traffic.is_success, later)):
        seen = f"{len(later)} further tries, none of which succeeded"
        findings.append(_lock(recording, passing, "try again when a payroll was locked for a moment", seen))
    for tries in ([*passing, *later[len(passing) - 1 :]], lasting):
        pauses = [
            (after.started - traffic.ended(before)).total_seconds() for before, after in pairwise(tries)
        ]
        if pauses and sum(pauses) / len(pauses) < _SHORTEST_PAUSE:
            seen = f"{sum(pauses) / len(pauses):.3f} s on average between {len(tries)} tries"
            findings.append(
                _lock(recording, tries[:20], "pause before it tries a locked payroll again", seen)
            )
            break
    if len(lasting) > _MOST_ATTEMPTS:
        seen = f"{len(lasting)} tries"
        findings.append(_lock(recording, lasting[:20], "stop trying while a payroll stays locked", seen))
    return tuple(findings)


def _locked(recording: Recording, window: str) -> list[Exchange]:
    return [
        call
        for call in traffic.within(recording, window, Kind.API)
        if call.operation == UPDATE_PAYROLL and call.fault is not None and call.response.status == 409
    ]


def _lock(recording: Recording, calls: list[Exchange], what: str, seen: str) -> Finding:
    return Finding(
        check="pauses_before_a_locked_payroll",
        message=f"does not {what}",
        places=traffic.places(recording, calls),
        expected=f"a few tries, at most {_MOST_ATTEMPTS}, and pauses of {_SHORTEST_PAUSE} s and more",
        seen=seen,
        hint="a 409 without invalid_resource_version is a lock: wait, prepare again, send again, and give up "
        "after a few tries, with a word to the customer",
        key=what,
    )


def repeats_without_effect(run: Run) -> tuple[Finding, ...]:
    """Judge that the same sync, done twice, leaves the payroll as it was after the first time.

    Looks at every scenario with the windows `first` and `repeated`. Proof of life: the first one wrote.
    Source: https://docs.gusto.com/app-integrations/docs/idempotency
    """
    findings = []
    seen = False
    for recording in run:
        first = payroll_rows.audited_rows(recording, "first")
        second = payroll_rows.audited_rows(recording, "repeated")
        sent = [each for each in payroll_rows.sent_rows(recording, "first") if traffic.is_success(each.call)]
        if not first or not second or not sent:
            continue
        seen = True
        changed = [each for each in first if _state(first[each]) != _state(second.get(each, {}))]
        moved = payroll_rows.calls_of(_find_moved(recording, first))
        if changed or moved:
            findings.append(_repeat(recording, moved, len(changed)))
    if not seen:
        raise NotObserved(
            "nothing was synced to a payroll twice",
            missing=("actions.update_payroll or actions.add_reimbursement in partner.yaml",),
        )
    return tuple(findings)


def _state(row: Row) -> tuple[Json | object, ...]:
    """Return what of a row a sync may change; who calculated it when does not count."""
    reimbursements = sorted(
        (str(each.get("description")), payroll_rows.to_decimal(each.get("amount")))
        for each in payroll_rows.rows_in(row, "reimbursements")
        if payroll_rows.to_decimal(each.get("amount"))
    )
    return (
        payroll_rows.fixed_lines(row),
        payroll_rows.hourly_lines(row),
        reimbursements,
        row.get("excluded"),
        row.get("memo"),
        row.get("payment_method"),
    )


def _find_moved(recording: Recording, first: Mapping[str, Row]) -> Iterator[Sent]:
    """Find the rows that were sent again and say something else than what stood there."""
    again: dict[str, list[Sent]] = {}
    for each in payroll_rows.sent_rows(recording, "repeated"):
        if traffic.is_success(each.call):
            again.setdefault(each.employee, []).append(each)
    for employee, sent in again.items():
        stood = first.get(employee, {})
        adds = payroll_rows.adds_reimbursements(sent, stood)
        yield from (each for each in sent if adds or not _agrees(each.row, stood))


def _agrees(sent: Row, stood: Row) -> bool:
    """Whether the wages and hours of a row are those that stood there."""
    fixed, hourly = payroll_rows.fixed_lines(stood), payroll_rows.hourly_lines(stood)
    return (
        payroll_rows.fixed_lines(sent).items() <= fixed.items()
        and payroll_rows.hourly_lines(sent).items() <= hourly.items()
    )


def _repeat(recording: Recording, calls: list[Exchange], changed: int) -> Finding:
    return Finding(
        check="repeats_without_effect",
        message="does not leave things as they are when the same is synced again",
        places=traffic.places(recording, [*calls, *payroll_rows.audits_of(recording, "repeated")][:20]),
        expected="every row of the payroll as it was after the first sync",
        seen=f"{changed} rows are different, {len(calls)} updates said something else",
        hint="send what shall stand there, not what is to be added; keep the UUIDs of lines that you added",
        key=recording.scenario,
    )
