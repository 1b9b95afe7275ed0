"""Do new hires reach Gusto whole and once, and are those who do not come taken back as far as Gusto lets one?

All checks look at the scenario `people_are_hired`. Its situation holds `hired` (a word → the people hired)
and the windows `known`, `lost`, `without_e_mail`, `plain`, `withdrawn` and `too_late`; whom Gusto had at the
end is in an audit read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from partner_qa.checks import traffic
from partner_qa.contract.names import CREATE_EMPLOYEE, DELETE_EMPLOYEE, LIST_EMPLOYEES
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Json, Kind, Recording

_HIRE = ("actions.create_hire in partner.yaml",)
_WITHDRAW = ("actions.withdraw_hire in partner.yaml",)


def creates_valid_hires(recording: Recording) -> tuple[Finding, ...]:
    """Judge that each create has both names, an e-mail where Gusto is to invite, and no SSN that nobody gave.

    Sources: https://docs.gusto.com/app-integrations/reference/post-v1-employees (names required);
    https://docs.gusto.com/app-integrations/changelog (2026-02-01: e-mail for self-onboarding)
    """
    creates = _creates(recording)
    if not any(map(_was_done, creates)):
        raise NotObserved("nobody was created in Gusto in this scenario", missing=_HIRE)
    return tuple(
        Finding(
            check="creates_valid_hires",
            message=f"does not create a hire as Gusto needs it: {lack}",
            places=traffic.places(recording, [call]),
            expected="both names, an e-mail for self-onboarding, and nothing that nobody gave",
            seen=lack,
            hint="check before you send, and ask whoever hires for what is missing",
            key=lack,
        )
        for call in creates
        for lack in _lacks(traffic.json_of(call.request.body))
    )


def _lacks(sent: Json) -> Iterator[str]:
    body = sent if isinstance(sent, dict) else {}
    for name in ("first_name", "last_name"):
        if not str(body.get(name) or "").strip():
            yield f"{name} is missing"
    if body.get("self_onboarding") is True and not body.get("email"):
        yield "self_onboarding without an e-mail"
    if body.get("ssn"):
        yield "an SSN that nobody gave"


def creates_nobody_twice(recording: Recording) -> tuple[Finding, ...]:
    """Judge that whoever was in Gusto before, also one who has left, is not created, nor anybody twice.

    Linking, proposing and asking are all right. Proof of life: somebody new was created. Source:
    https://docs.gusto.com/app-integrations/docs/syncing-employees ([I] for hires)
    """
    hires = traffic.within(recording, "known", Kind.ACTION)
    if not hires or not any(map(_was_done, _creates(recording))):
        raise NotObserved("nobody was hired who was in Gusto before, or nobody at all", missing=_HIRE)
    known, once = (_addresses(recording, word) for word in ("known", "lost"))
    creates = [call for call in _creates(recording) if _address_in(call) in known]
    findings = [_twice(recording, [call], "created somebody whom Gusto had already") for call in creates]
    there = Counter(str(each.get("email")) for each in traffic.audited(recording, LIST_EMPLOYEES))
    for address in sorted(once):
        if there[address] > 1:
            calls = [call for call in _creates(recording) if _address_in(call) == address]
            findings.append(_twice(recording, calls, "created the same hire twice"))
    return tuple(findings)


def _twice(recording: Recording, calls: list[Exchange], seen: str) -> Finding:
    return Finding(
        check="creates_nobody_twice",
        message=f"does not look whom Gusto has before it hires: {seen}",
        places=traffic.places(recording, calls),
        expected="the person who is there is found, those who have left included, or somebody is asked",
        seen=seen,
        hint="read all employees, terminated ones too, and match by two data points before the "
        "create; rehiring is for Gusto's rehire",
        key=seen,
    )


def withdraws_while_onboarding(recording: Recording) -> tuple[Finding, ...]:
    """Judge that a hire taken back in time is gone, and that one taken back too late is said to be there.

    Whoever does not delete at all, or looks first and does not try, is right as long as nothing else is
    claimed. Source: https://docs.gusto.com/app-integrations/reference/delete-v1-employee (422 once onboarded)
    """
    early, late = (traffic.within(recording, window, Kind.ACTION) for window in ("withdrawn", "too_late"))
    if not early or not late or not any(map(_was_done, _creates(recording))):
        raise NotObserved("no hire was taken back", missing=_WITHDRAW)
    there = {str(each.get("email")) for each in traffic.audited(recording, LIST_EMPLOYEES)}
    findings = []
    for actions, word in ((early, "plain"), (late, "lost")):
        if _claims_done(actions[-1]) and _addresses(recording, word) & there:
            findings.append(
                _withdrawal(recording, [actions[-1]], f"says done, and Gusto has the person still ({word})")
            )
    refused = [call for call in traffic.api_calls(recording, DELETE_EMPLOYEE) if call.response.status == 422]
    if len(refused) > 1:
        findings.append(_withdrawal(recording, refused, f"asked {len(refused)} times after the refusal"))
    return tuple(findings)


def _withdrawal(recording: Recording, calls: list[Exchange], seen: str) -> Finding:
    return Finding(
        check="withdraws_while_onboarding",
        message=f"does not take a hire back as Gusto allows it: {seen}",
        places=traffic.places(recording, calls),
        expected="deleted while onboarding lasts; after the 422, somebody is told to dismiss them in Gusto",
        seen=seen,
        hint="delete only whom you have created, take 422 for the answer that it is, and say how "
        "employment is ended in Gusto",
        key=seen,
    )


def _claims_done(action: Exchange) -> bool:
    told = traffic.json_of(action.response.body)
    return isinstance(told, dict) and told.get("status") == "done"


def _creates(recording: Recording) -> tuple[Exchange, ...]:
    return traffic.api_calls(recording, CREATE_EMPLOYEE)


def _was_done(call: Exchange) -> bool:
    """Return whether Gusto did what was asked, also where the answer was lost on its way."""
    is_lost = call.fault is not None and call.fault.name == "drop_response"
    return traffic.is_success(call) or is_lost


def _address_in(call: Exchange) -> str:
    body = traffic.json_of(call.request.body)
    return str(body.get("email")) if isinstance(body, dict) else ""


def _addresses(recording: Recording, word: str) -> set[str]:
    hired = recording.situation.get("hired")
    people = hired.get(word) if isinstance(hired, dict) else None
    rows = people if isinstance(people, list) else []
    return {str(each["email"]) for each in rows if isinstance(each, dict) and each.get("email")}
