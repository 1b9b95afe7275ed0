"""Is a company founded at Gusto once, with what the user entered, and does a known e-mail lead to connecting?

Both checks look at the scenario `company_provisioned`, whose windows are `known`, `new` and `connected`.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from partner_qa.checks import traffic
from partner_qa.contract.names import PROVISION
from partner_qa.errors import NotObserved
from partner_qa.model import Action, Exchange, Finding, Json, Kind, Recording

_NOTICES = "observations.notices in partner.yaml"
_DOING = ("an actions.provision_company in partner.yaml that asks Gusto for a company",)


def founds_companies(recording: Recording) -> tuple[Finding, ...]:
    """Judge that a company is asked for once, by a system token, as entered, and the user sent to claim it.

    An address of the integration's own that leads to Gusto's, and names it, is right as well. Source:
    https://docs.gusto.com/app-integrations/reference/post-v1-provision
    """
    calls = _require_calls(recording, "new")
    founded = [call for call in calls if traffic.is_success(call)]
    findings = []
    if len(founded) != 1:
        seen = f"{len(founded)} companies founded in {len(calls)} requests"
        findings.append(_finding(recording, "founds_companies", calls, "found one company", seen))
    foreign = [call for call in calls if not (call.grant or "").startswith("system")]
    if foreign:
        what = "use a system token to found a company"
        findings.append(
            _finding(recording, "founds_companies", foreign, what, f"token of {foreign[0].grant}")
        )
    changed = sorted({name for call in calls for name in _find_changed(recording, call)})
    if changed:
        what = "send what the user entered, and no more"
        seen = f"not as entered: {', '.join(changed)}"
        findings.append(_finding(recording, "founds_companies", calls, what, seen))
    missing = []
    if founded:
        sent_to = _find_sent_to(recording)
        if not sent_to:
            missing.append("claim_url in the answer of actions.provision_company")
        elif traffic.find_text(founded[0], "account_claim_url") not in (sent_to, *_inside(sent_to)):
            what = "send the user to the address that claims the account"
            findings.append(_finding(recording, "founds_companies", founded, what, "another address"))
        missing += _miss_notice(recording, "new", "onboarding_needed", findings, founded)
    if missing and not findings:
        raise NotObserved("what the user is told could not be seen", missing=tuple(missing))
    return tuple(findings)


def _miss_notice(
    recording: Recording, window: str, about: str, findings: list[Finding], where: list[Exchange]
) -> list[str]:
    """Add a finding where customers are not told what comes next; return what is missing to see it."""
    notices = traffic.notices_in(recording, window)
    if notices is None:
        return [_NOTICES]
    if about not in notices:
        seen = f"told of {', '.join(sorted(notices)) or 'nothing'}"
        what = "say that an e-mail comes and the set-up is finished in Gusto"
        findings.append(_finding(recording, "founds_companies", where, what, seen))
    return []


def leads_to_connecting(recording: Recording) -> tuple[Finding, ...]:
    """Judge that an e-mail which Gusto knows (422) is not sent again, but leads to connecting, which works.

    Source: https://gusto.com/about/bd/errors [O]
    """
    calls = _require_calls(recording, "known")
    refused = [call for call in calls if call.response.status == 422]
    if not refused:
        raise NotObserved("no e-mail was sent that Gusto knows already", missing=_DOING)
    findings = []
    if len(calls) > 1:
        seen = f"{len(calls)} requests for the same user"
        what = "take a known e-mail for an answer"
        findings.append(_finding(recording, "leads_to_connecting", calls, what, seen))
    notices = traffic.notices_in(recording, "known")
    if notices is not None and "company_exists" not in notices:
        seen = f"told of {', '.join(sorted(notices)) or 'nothing'}"
        what = "say that there is a company already which can be connected"
        findings.append(_finding(recording, "leads_to_connecting", refused, what, seen))
    connected = traffic.within(recording, "connected", Kind.API)
    if not any(each in connected and traffic.is_success(each) for each in traffic.code_exchanges(recording)):
        what = "let the user connect the company that is there"
        seen = "no authorization code was exchanged"
        findings.append(_finding(recording, "leads_to_connecting", refused, what, seen))
    if notices is None and not findings:
        raise NotObserved("what the user is told could not be seen", missing=(_NOTICES,))
    return tuple(findings)


def _require_calls(recording: Recording, window: str) -> list[Exchange]:
    calls = [each for each in traffic.within(recording, window, Kind.API) if each.operation == PROVISION]
    if not calls:
        raise NotObserved("no company was asked for at Gusto", missing=_DOING)
    return calls


def _find_changed(recording: Recording, call: Exchange) -> Iterator[str]:
    """Yield the fields that are not as the user entered them, or that nobody entered."""
    sent, wish = traffic.json_of(call.request.body), recording.situation.get("new_wish")
    for part in ("user", "company"):
        given, entered = _object(sent, part), _object(wish, part)
        for name, value in given.items():
            if value not in (None, "", []) and not _agrees(name, value, entered.get(name)):
                yield f"{part}.{name}"


def _agrees(name: str, sent: Json, entered: Json) -> bool:
    """Whether a field is as entered; e-mail addresses are the same whatever their case."""
    if name == "email":
        return str(sent).strip().casefold() == str(entered).casefold()
    return str(sent).strip() == str(entered)


def _object(told: Json, name: str) -> dict[str, Json]:
    inside = told.get(name) if isinstance(told, dict) else None
    return inside if isinstance(inside, dict) else {}


def _find_sent_to(recording: Recording) -> str:
    """Return where the integration says it sent the user."""
    actions = traffic.within(recording, "new", Kind.ACTION)
    told = [
        traffic.find_text(each, "claim_url") for each in actions if each.during == Action.PROVISION_COMPANY
    ]
    return next((each for each in reversed(told) if each), "")


def _inside(address: str) -> Iterator[str]:
    """Yield the addresses that may stand within another, percent-encoded."""
    for at in range(1, len(address)):
        if address.startswith("http", at):
            yield unquote(address[at:]).partition("&")[0]


def _finding(recording: Recording, check: str, where: list[Exchange], what: str, seen: str) -> Finding:
    return Finding(
        check=check,
        message=f"does not {what}",
        places=traffic.places(recording, where[:20]),
        expected="one request with what was entered, then the claim URL; a known e-mail leads to connecting",
        seen=seen,
        hint="POST /v1/provision with a system token, redirect to account_claim_url, say what comes next; on "
        "a 422 for a duplicate offer the connect button",
        key=what,
    )
