from dataclasses import replace

import pytest

from partner_qa.checks.keeping import deletes_after_disconnect, keeps_logs_clean
from partner_qa.errors import NotObserved
from partner_qa.model import Kind

PEOPLE = [{"uuid": "u1", "email": "effi@kessin.example", "work_email": None, "date_of_birth": "1978-08-03"}]
OURS = {"people": [{"id": "1", "email": "post@apotheke.example", "date_of_birth": None}]}
SECRETS = ("redacted-access", "redacted-refresh", "redacted-client")


def logs(tape, *lines, people=PEOPLE):
    tape.add(
        "/oauth/token",
        method="POST",
        sent={"client_secret": "redacted-client", "code": "redacted-code"},
        answered={"access_token": "redacted-access", "refresh_token": "redacted-refresh"},
        operation="oauth-access-token",
    )
    tape.add("/qa/set-people", kind=Kind.ACTION, sent=OURS if people else None)
    tape.add(tape.employees, answered=people, headers={"Authorization": "Bearer redacted-access"})
    tape.tells({"logs": list(lines)})
    return keeps_logs_clean(tape.recording())


def test_identifiers_names_and_spent_codes_are_fine(tape):
    lines = ["GET /callback?code=redacted-code&state=redacted-state", "2026-11-23 job 7 (u1) is done: Effi"]
    assert logs(tape, *lines) == ()


@pytest.mark.parametrize("secret", SECRETS)
def test_each_secret_is_found(tape, secret):
    (finding,) = logs(tape, "all is well", f"using {secret} for u1")
    assert finding.message == "does not keep tokens or secrets out of its logs"
    assert finding.seen == "1 of 2 lines, the first of them line 2: using [here] for u1"


@pytest.mark.parametrize("line", ["no match for effi@kessin.example", "merged post@apotheke.example"])
def test_addresses_of_either_side_are_found(tape, line):
    (finding,) = logs(tape, line)
    assert finding.key == "e-mail addresses"


def test_birth_dates_and_what_looks_like_an_ssn_are_found(tape):
    found = logs(tape, "born 1978-08-03, ssn 123-45-6789")
    assert [each.key for each in found] == ["birth dates", "what looks like an SSN"]


def test_a_long_line_is_told_round_what_it_should_not_hold_and_without_it(tape):
    line = "x" * 300 + " 123-45-6789 of effi@kessin.example " + "y" * 300
    for finding in logs(tape, "fine", line):
        assert finding.seen.startswith("1 of 2 lines, the first of them line 2: …xxx")
        assert "xxx [here] of [here] yyy" in finding.seen
        assert finding.seen.endswith("y…")
        assert len(finding.seen) < 260


@pytest.mark.parametrize("line", ["job 1123-45-67890", "8f14e45f-123-45-6789-a", "2026-11-23"])
def test_what_only_contains_such_digits_is_fine(tape, line):
    assert logs(tape, line) == ()


def test_empty_logs_prove_nothing(tape):
    with pytest.raises(NotObserved):
        logs(tape)


def test_logs_before_anybody_was_read_prove_nothing(tape):
    with pytest.raises(NotObserved):
        logs(tape, "started", people=[])


def reads(tape, operation, reading, *lines):
    row = {"uuid": "c1", "email": "wilkins@micawber.example", "payroll_uuid": "p1"}
    sent = {"Authorization": "Bearer redacted-access"}
    tape.add("/v1/companies/c/any", answered=[row], headers=sent, operation=operation)
    tape.tells({"logs": list(lines)})
    return [each.key for each in keeps_logs_clean(tape.recording(situation={"reading": reading}))]


def test_of_contractors_the_addresses_are_looked_for(tape):
    told = reads(
        tape, "get-v1-companies-company_uuid-contractors", "list_contractors", "paid wilkins@micawber.example"
    )
    assert told == ["e-mail addresses"]


@pytest.mark.parametrize(("line", "found"), [("with redacted-access", ["tokens or secrets"]), ("read 1", [])])
def test_of_payrolls_the_secrets_are_looked_for(tape, line, found):
    assert reads(tape, "get-v1-companies-company_id-payrolls", "post_journal", line) == found


def test_logs_of_somebody_who_read_no_payroll_prove_nothing(tape):
    with pytest.raises(NotObserved):
        reads(tape, "get-v1-companies", "post_journal", "read 1")


def stored(tape, before, after):
    if before is not None:
        tape.tells({"stored": before})
    tape.add("/qa/disconnect", kind=Kind.ACTION, account="qa-a", grant=None)
    tape.exchanges[-1] = replace(tape.exchanges[-1], during="disconnect")
    if after is not None:
        tape.tells({"stored": after})
    return deletes_after_disconnect(tape.recording())


def kept(count, kind="tokens", **more):
    return {"kind": kind, "count": count, **more}


def test_nothing_left_is_fine(tape):
    assert stored(tape, [kept(1), kept(12, "people")], [kept(0), kept(0, "people")]) == ()
    assert tape.exchanges


def test_kinds_that_are_not_listed_are_not_kept(tape):
    assert stored(tape, [kept(1)], []) == ()


def test_what_stays_for_a_reason_is_fine(tape):
    reason = "identifiers, for 30 days"
    assert stored(tape, [kept(1)], [kept(3, "matches", detail=reason)]) == ()


@pytest.mark.parametrize("detail", [None, " "])
def test_what_stays_without_a_reason_is_found(tape, detail):
    (finding,) = stored(tape, [kept(1)], [kept(12, "people", detail=detail)])
    assert finding.message == "does not delete people after a disconnect, nor say why not"


def test_no_reason_is_good_enough_for_tokens(tape):
    (finding,) = stored(tape, [kept(1)], [kept(1, detail="for convenience")])
    assert finding.message == "does not delete tokens after a disconnect"


@pytest.mark.parametrize(("before", "after"), [(None, []), ([kept(1)], None), ([kept(0)], [])])
def test_a_store_that_was_not_seen_full_and_then_again_proves_nothing(tape, before, after):
    with pytest.raises(NotObserved):
        stored(tape, before, after)
