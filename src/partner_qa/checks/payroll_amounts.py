"""Does what the integration writes into a payroll add up: its own part once, others' as it was, to the cent?

All checks look at the scenario `shared_payroll`. Its situation holds `people` (a word for each → UUID) and
`shared_totals` (a window → what the one called `shared` is to get besides hours, others' part and the
integration's).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from partner_qa.checks import payroll_rows, traffic
from partner_qa.checks.payroll_rows import MISSING, Row, Sent
from partner_qa.contract.names import CREATE_EARNING_TYPE, PREPARE_PAYROLL
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Json, Recording

_FOREIGN = Decimal("150.00")  # what others had put there, as the scenario says
_HOURS = Decimal("37.125")
_MONEY = re.compile(r"[0-9]+(\.[0-9]{1,2})?")
_HOURS_TEXT = re.compile(r"[0-9]+(\.[0-9]{1,3})?")
_FIRST = ("a first sync that PAY-04 finds right",)
_PLAIN = ("excluded", "payment_method", "memo")


def adds_to_what_others_entered(recording: Recording) -> tuple[Finding, ...]:
    """Judge that an amount of others is still in the sum: 150.00 and 200.00 make 350.00.

    In the same line or in one of the integration's own is alike. Leaving the line as it is and saying so is
    right too. Source: Updating Payrolls (2021),
    https://github.com/emorale112/5936/blob/HEAD/docs/guides/Updating%20Payrolls.md
    """
    payroll_rows.require_sent(recording)
    return tuple(
        _wrong_totals(recording, ["first"], "adds_to_what_others_entered", "keep what others entered")
    )


def replaces_only_its_own_part(recording: Recording) -> tuple[Finding, ...]:
    """Judge that sending again, also after edits on both sides, leaves the integration's part in once.

    In between others have raised their part from 150.00 to 200.00, and the integration's part of another line
    is taken back. At last the answer to an update is lost, and the same is sent again: then each line is to
    hold what it would have held. Whoever leaves that to the customer, and says so, is right. Our reading [I]
    of https://docs.gusto.com/app-integrations/docs/idempotency: identical requests update once.
    """
    payroll_rows.require_sent(recording)
    if _total_of(recording, "first") != _expected(recording, "first"):
        raise NotObserved("the first sync was wrong already, so the second tells nothing", missing=_FIRST)
    what = "replace its own part, and that alone, when it sends again"
    wrong = tuple(_wrong_totals(recording, ["repeated", "edited"], "replaces_only_its_own_part", what))
    return (*wrong, *_not_taken_back(recording)) or tuple(_wrong_after_a_lost_answer(recording))


def _not_taken_back(recording: Recording) -> Iterator[Finding]:
    """Yield a finding where an amount that was taken back stands there still, or that of others is gone."""
    given = payroll_rows.find_text(recording, "taken_back", "cents")
    person = payroll_rows.find_text(recording, "people", "cents") or ""
    totals = payroll_rows.fixed_totals(recording, "edited", person)
    if given is None or totals is None:
        return
    expected = Decimal(given)
    wrong = next((each for each in totals if each != expected), None)
    if wrong is None or (wrong > expected and _is_told(recording, "edited")):
        return
    what = "take its own part of a line back, and that alone, when the customer takes it back"
    yield Finding(
        check="replaces_only_its_own_part",
        message=f"does not {what}",
        places=traffic.places(recording, payroll_rows.audits_of(recording, "edited")),
        expected=f"{expected}, which others had put there",
        seen=f"{wrong}",
        hint="keep for each payroll which lines have a part of yours; one that is missing from what the "
        "customer contributes now is to be written too, less your part",
        key="taken back",
    )


def _wrong_after_a_lost_answer(recording: Recording) -> Iterator[Finding]:
    """Yield a finding where the same was sent again after a lost answer, and a sum is wrong then."""
    lost = [
        each.call
        for each in payroll_rows.sent_rows(recording, "lost")
        if each.call.fault is not None and each.call.fault.name == "drop_response"
    ]
    due = recording.situation.get("found_totals")
    for word in due if lost and isinstance(due, dict) else ():
        person = payroll_rows.find_text(recording, "people", word) or ""
        expected = Decimal(payroll_rows.find_text(recording, "found_totals", word) or 0)
        totals = payroll_rows.fixed_totals(recording, "found", person)
        wrong = next((each for each in totals or () if each != expected), None)
        if wrong is None or (wrong < expected and _is_told(recording, "found")):
            continue
        what = "know what it has written when the answer to an update is lost, and writes it on top"
        if wrong < expected:
            what = "get to the right sum after the answer to an update was lost"
        yield Finding(
            check="replaces_only_its_own_part",
            message=f"does not {what}",
            places=traffic.places(recording, [*lost[:1], *payroll_rows.audits_of(recording, "found")]),
            expected=f"{expected} in all, after the same was sent once more",
            seen=f"{wrong}",
            hint="write down the sum that you are about to send before you send it: a line that reads so at "
            "the next prepare has it already, whatever became of the answer",
            key="lost",
        )
        return


def _expected(recording: Recording, window: str) -> Decimal | None:
    text = payroll_rows.find_text(recording, "shared_totals", window)
    return None if text is None else Decimal(text)


def _total_of(recording: Recording, window: str) -> Decimal | None:
    person = payroll_rows.find_text(recording, "people", "shared") or ""
    totals = payroll_rows.fixed_totals(recording, window, person)
    return totals[0] if totals else None


def _wrong_totals(recording: Recording, windows: Sequence[str], check: str, what: str) -> Iterator[Finding]:
    person = payroll_rows.find_text(recording, "people", "shared") or ""
    for window in windows:
        expected = _expected(recording, window)
        totals = payroll_rows.fixed_totals(recording, window, person)
        if expected is None or totals is None:
            raise NotObserved("the payroll was not seen after the sync", missing=MISSING)
        wrong = next((each for each in totals if each != expected), None)
        if wrong is None or (wrong == _FOREIGN and _is_told(recording, window)):
            continue
        rows = payroll_rows.calls_of(
            each for each in payroll_rows.sent_rows(recording, window) if each.employee == person
        )
        yield Finding(
            check=check,
            message=f"does not {what}",
            places=traffic.places(recording, [*rows, *payroll_rows.audits_of(recording, window)]),
            expected=f"{expected} in all, after the sync of window {window!r}",
            seen=f"{wrong}",
            hint="keep for each line which part of it is yours; write what stands there, less your old part, "
            "and your new one",
            key=window,
        )


def _is_told(recording: Recording, window: str) -> bool:
    told = traffic.notices_in(recording, window) or frozenset()
    return payroll_rows.says_failed(recording, window) or bool(told & {"conflict", "partial_failure"})


def keeps_to_the_template(recording: Recording) -> tuple[Finding, ...]:
    """Judge that rows name lines and jobs that the payroll has, and change nothing but amounts and hours.

    A field that is sent as it was is fine, and so is an amount of any kind that the prepare offers. Source:
    https://docs.gusto.com/app-integrations/reference/put-v1-companies-company_id-payrolls
    """
    sent = payroll_rows.require_sent(recording)
    names = _payable_names(recording)
    strange: dict[str, Exchange] = {}
    for each in sent:
        before = payroll_rows.find_read_before(recording, each)
        if before is not None:
            for words in _departures(each, before, names):
                strange.setdefault(words, each.call)
    person = payroll_rows.find_text(recording, "people", "set_aside") or ""
    for window in ("first", "edited"):
        row = payroll_rows.audited_rows(recording, window).get(person)
        if row is not None and (row.get("excluded") is not True or not row.get("memo")):
            for seen in payroll_rows.audits_of(recording, window):
                strange.setdefault("what the admin had set of somebody's row is gone", seen)
    return tuple(
        Finding(
            check="keeps_to_the_template",
            message=f"does not keep to the payroll as it was prepared: {words}",
            places=traffic.places(recording, [call]),
            expected="lines by the names and jobs of the prepare; excluded, payment_method and memo left out",
            seen=words,
            hint="send employee_uuid, version and the lines that you change; what is left out stays as it is",
            key=words,
        )
        for words, call in strange.items()
    )


def _payable_names(recording: Recording) -> frozenset[str]:
    """Return what can be paid besides hours, as prepares and created earning types say."""
    names = set()
    for call in traffic.api_calls(recording, PREPARE_PAYROLL, CREATE_EARNING_TYPE):
        told = traffic.json_of(call.response.body)
        if isinstance(told, dict) and traffic.is_success(call):
            names.add(str(told.get("name")))
            names |= {
                str(each.get("name")) for each in payroll_rows.rows_in(told, "fixed_compensation_types")
            }
    return frozenset(names)


def _departures(sent: Sent, before: Row, names: frozenset[str]) -> Iterator[str]:
    hourly = {(each.get("name"), each.get("job_uuid")) for each in payroll_rows.rows_in(before, _HOURLY)}
    fixed = {(each.get("name"), each.get("job_uuid")) for each in payroll_rows.rows_in(before, _FIXED)}
    jobs = {job for _, job in hourly | fixed}
    for entry in payroll_rows.rows_in(sent.row, _HOURLY):
        if (entry.get("name"), entry.get("job_uuid")) not in hourly:
            yield f"hours called {entry.get('name')} that this person has not"
    for entry in payroll_rows.rows_in(sent.row, _FIXED):
        key = (entry.get("name"), entry.get("job_uuid"))
        if key not in fixed and (entry.get("name") not in names or entry.get("job_uuid") not in jobs):
            yield f"an amount called {entry.get('name')} that cannot be paid, or for another's job"
    for entry in payroll_rows.rows_in(sent.row, "paid_time_off"):
        if "name" in entry and "policy_uuid" in entry:
            yield "time off by name and policy at once"
    for name in _PLAIN:
        if name in sent.row and sent.row[name] != before.get(name):
            yield f"{name} is changed"


_HOURLY, _FIXED = "hourly_compensations", "fixed_compensations"


def sends_exact_decimals(recording: Recording) -> tuple[Finding, ...]:
    """Judge that money goes as text with two places at most, hours with three, and nothing is rounded away.

    Source: https://docs.gusto.com/app-integrations/reference/get-v1-companies-company_id-payrolls-payroll_id
    """
    sent = payroll_rows.require_sent(recording)
    odd: dict[str, list[Sent]] = {}
    for each in sent:
        for kind, name, form in _NUMBERS:
            for entry in payroll_rows.rows_in(each.row, kind):
                if name in entry and not _is_in(entry[name], form):
                    odd.setdefault(f"{kind}: {name} {entry[name]!r}", []).append(each)
    person = payroll_rows.find_text(recording, "people", "hourly") or ""
    row = payroll_rows.audited_rows(recording, "first").get(person)
    payroll = recording.situation.get("payroll")
    written = [
        each
        for each in sent
        if (each.payroll, each.employee) == (payroll, person) and payroll_rows.hourly_lines(each.row)
    ]
    if row is not None and written and _HOURS not in payroll_rows.hourly_lines(row).values():
        hours = ", ".join(str(each) for each in payroll_rows.hourly_lines(row).values())
        odd[f"{_HOURS} hours have become {hours or 'none'}"] = written
    return tuple(
        Finding(
            check="sends_exact_decimals",
            message=f"does not send exact decimals: {words}",
            places=traffic.places(recording, payroll_rows.calls_of(rows)[:20]),
            expected="JSON strings, such as 350.00 for money and 37.125 for hours",
            seen=words,
            hint="reckon in decimals, or in whole cents and thousandths of an hour, and format at the end",
            key=words.split(" ")[0],
        )
        for words, rows in odd.items()
    )


_NUMBERS = (
    (_FIXED, "amount", _MONEY),
    ("reimbursements", "amount", _MONEY),
    (_HOURLY, "hours", _HOURS_TEXT),
    ("paid_time_off", "hours", _HOURS_TEXT),
)


def _is_in(value: Json, form: re.Pattern[str]) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None
