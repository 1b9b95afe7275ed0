from dataclasses import replace

import pytest

from partner_qa.checks.accounting import posts_what_was_run, waits_for_reports
from partner_qa.contract.names import ASK_FOR_LEDGER, LIST_PAYROLLS, SHOW_REPORT
from partner_qa.errors import NotObserved
from partner_qa.model import Kind

RUN, DRAFT, OLDER, SLOW = "p-run", "p-draft", "p-older", "p-slow"
URL = "https://files.example/report?id=7&signature=0123456789abcdef0123"
LOOKS = [("pending", 0.6), ("succeeded", 1.2)]


class Books:
    """A journal that is posted: lists, ledgers asked for, looks at them, what is told."""

    def __init__(self, tape):
        self.tape = tape

    def list(self, query="start_date=2025-11-25&end_date=2026-11-24", status=200):
        url = f"/v1/companies/{self.tape.company}/payrolls?{query}"
        return self.tape.add(url, operation=LIST_PAYROLLS, status=status)

    def ask(self, payroll, report="r-1", *, after=1.0, by="default"):
        url, told = f"/v1/payrolls/{payroll}/reports/general_ledger", {"request_uuid": report}
        sent = {"aggregation": by}
        return self.tape.add(
            url, method="POST", operation=ASK_FOR_LEDGER, sent=sent, answered=told, after=after
        )

    def look(self, status, after, report="r-1"):
        told = {"status": status, "report_urls": [URL] if status == "succeeded" else []}
        url = f"/v1/reports/{report}"
        return self.tape.add(url, operation=SHOW_REPORT, answered=told, after=after)

    def tell(self, *, entries=(), notices=None, logs=("done",)):
        with self.tape.window("first"):
            rows = [{"id": each, "payroll_uuid": each, "lines": [{"debit": "1.00"}]} for each in entries]
            self.tape.tells({"entries": rows})
            if notices is not None:
                self.tape.tells({"notices": [{"about": each} for each in notices]})
        if logs is not None:
            self.tape.tells({"logs": list(logs)})
        return self

    def recording(self, *, audits=True):
        rows = [{"payroll_uuid": each, "processed": each != DRAFT} for each in (RUN, DRAFT, OLDER)]
        if audits:
            self.tape.add("/audit", kind=Kind.AUDIT, answered=rows)
            self.tape.exchanges[-1] = replace(self.tape.exchanges[-1], operation=LIST_PAYROLLS)
        return self.tape.recording(situation={"older": OLDER, "failing": RUN, **self.tape.windows})


@pytest.fixture
def books(tape):
    return Books(tape)


def report(books, looks, **told):
    books.ask(RUN)
    for status, after in looks:
        books.look(status, after)
    return waits_for_reports(books.tell(**{"notices": [], **told}).recording())


def test_payrolls_that_were_run_are_fine(books):
    books.list()
    books.ask(RUN)
    assert posts_what_was_run(books.tell(entries=[RUN, OLDER]).recording()) == ()


@pytest.mark.parametrize("way", ["asked", "posted"])
def test_a_payroll_that_was_not_run_is_found(books, way):
    books.list()
    if way == "asked":
        books.ask(DRAFT)
    recording = books.tell(entries=[DRAFT] if way == "posted" else []).recording()
    (finding,) = posts_what_was_run(recording)
    assert "wait until a payroll was run" in finding.message


def test_a_list_without_dates_that_misses_what_is_older_is_found(books):
    books.list("processing_statuses=processed")
    (finding,) = posts_what_was_run(books.tell(entries=[RUN]).recording())
    assert "look further back" in finding.message


@pytest.mark.parametrize(
    ("query", "entries"),
    [("processing_statuses=processed", [RUN, OLDER]), ("start_date=2026-10-01&end_date=2026-11-24", [RUN])],
)
def test_reaching_back_some_other_way_or_choosing_not_to_is_fine(books, query, entries):
    books.list(query)
    assert posts_what_was_run(books.tell(entries=entries).recording()) == ()


@pytest.mark.parametrize(("start", "found"), [("2025-11-22", 0), ("2025-11-21", 1)])
def test_more_than_a_year_in_one_request_is_found(books, start, found):
    books.list(f"start_date={start}&end_date=2026-11-24", status=422 if found else 200)
    assert len(posts_what_was_run(books.tell().recording())) == found


def test_without_any_payroll_nothing_was_seen(books):
    with pytest.raises(NotObserved):
        posts_what_was_run(books.recording())


def test_without_an_audit_nothing_is_said(books):
    books.list()
    with pytest.raises(NotObserved):
        posts_what_was_run(books.tell(entries=[DRAFT]).recording(audits=False))


def test_a_report_that_is_waited_for_is_fine(books):
    assert report(books, LOOKS) == ()


def test_hammering_is_found(books):
    (finding,) = report(books, [("pending", 0.05)] * 20 + [("succeeded", 0.05)])
    assert "pause" in finding.message


def test_many_patient_looks_are_found_as_well(books):
    assert len(report(books, [("pending", 1)] * 40 + [("succeeded", 1)])) == 1


@pytest.mark.parametrize("looks", [[], [("pending", 1)]])
def test_giving_up_on_a_report_is_found(books, looks):
    (finding,) = report(books, looks)
    assert "until it is over" in finding.message


def test_a_report_that_is_asked_for_anew_is_fine(books):
    books.ask(RUN, "r-0")
    assert report(books, LOOKS) == ()


def test_a_failure_that_nobody_is_told_of_is_found(books):
    (finding,) = report(books, [("failed", 1)], notices=["unmatched"])
    assert "could not be made" in finding.message


@pytest.mark.parametrize("told", [{"notices": ["partial_failure"]}, {"entries": [RUN]}])
def test_a_failure_that_is_told_of_or_made_good_is_fine(books, told):
    assert report(books, [("failed", 1)], **told) == ()


def test_a_logged_address_is_found(books):
    (finding,) = report(books, LOOKS, logs=[f"fetching {URL}"])
    assert "out of its log" in finding.message


def test_a_logged_address_without_its_signature_is_fine(books):
    assert report(books, LOOKS, logs=["fetching https://files.example/report?id=7"]) == ()


def test_a_uuid_of_the_address_may_stand_in_the_log(books):
    company = "9a9c5b35-11a8-4cb4-a7a8-de5ff0df9c35"
    books.ask(RUN)
    told = {"status": "succeeded", "report_urls": [f"https://files.example/r?company={company}&signature=s3"]}
    books.tape.add("/v1/reports/r-1", operation=SHOW_REPORT, answered=told)
    assert waits_for_reports(books.tell(notices=[], logs=[f"company {company}"]).recording()) == ()


@pytest.mark.parametrize("told", [{"logs": None}, {"notices": None}])
def test_what_cannot_be_looked_at_is_named(books, told):
    with pytest.raises(NotObserved) as caught:
        report(books, [("failed", 1)], **{"notices": ["partial_failure"], **told})
    assert caught.value.missing[0].startswith(f"observations.{next(iter(told))}")


def test_entries_that_need_no_report_have_none_to_wait_for(books):
    books.list()
    assert waits_for_reports(books.tell(entries=[RUN]).recording()) == ()


def test_without_a_report_and_without_entries_nothing_was_waited_for(books):
    books.list()
    with pytest.raises(NotObserved):
        waits_for_reports(books.tell().recording())


def wait_for_slow(books, *later, **told):
    """Ask for the slow one, look twice, ask again as `later` says, and see all that was asked for succeed."""
    with books.tape.window("posting"):
        books.ask(SLOW, "s-1")
        books.look("pending", 0.5, "s-1")
        books.look("pending", 0.5, "s-1")
        for number, (after, more) in enumerate(later, 2):
            books.ask(SLOW, f"s-{number}", after=after, **more)
            books.look("succeeded", 0.5, f"s-{number}")
        books.look("succeeded", 2, "s-1")
        books.tell(notices=[], **told)
    recording = books.recording()
    situation = {**recording.situation, "first": books.tape.windows["posting"]}
    slow = {"payroll": SLOW, "seconds": 2.5}
    return waits_for_reports(replace(recording, situation={**situation, "slow": slow}))


def test_waiting_for_a_report_that_is_long_in_coming_is_fine(books):
    assert wait_for_slow(books) == ()


@pytest.mark.parametrize(("after", "found"), [(0.5, 1), (1.4, 1), (1.6, 0)])
def test_asking_again_while_the_first_is_pending_is_found(books, after, found):
    assert ["before it asks for another" in each.message for each in wait_for_slow(books, (after, {}))] == [
        True
    ] * found


def test_another_kind_of_ledger_is_another_report(books):
    assert wait_for_slow(books, (0.2, {"by": "department"})) == ()


def test_who_gave_up_on_a_slow_report_and_asked_for_none_again_is_found(books):
    books.ask(SLOW, "s-1")
    books.look("pending", 0.2, "s-1")
    (finding,) = report(books, LOOKS)
    assert "until it is over" in finding.message
