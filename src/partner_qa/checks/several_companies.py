"""Somebody who administers several companies connects them one by one: is each a connection of its own?

What is said on screen, and whether a choice is offered, a person looks at. Whose token may be used for which
company is judged in `tokens.py`, whose people are held by whom in `data.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from partner_qa.checks import traffic
from partner_qa.checks.callbacks import TOKEN_INFO
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Kind, Recording, Tenant

_CONNECTED, _DISCONNECTED = "connected", "disconnected"
_READER = "an action that reads from the company (actions.sync_people in partner.yaml)"
_BY_ACCOUNT = (
    "key a connection by your own account and take the company from token_info; whoever gave the consent, "
    "their e-mail or resource_owner, is the same for all companies that they administer"
)
_ACCOUNTS = "tenancy with more than one account (tenancy.mode: per_scenario in partner.yaml)"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What one window shows of an account: what it was asked for, whom that led to, and what it tells.

    `calls` are those about its own company or the other one; `state` is that of the connection, or nothing.
    """

    asked: tuple[Exchange, ...]
    calls: tuple[Exchange, ...]
    strange: tuple[Exchange, ...]
    told: Exchange | None

    @property
    def state(self) -> str:
        return traffic.find_text(self.told, "state") if self.told else ""

    @property
    def reads(self) -> bool:
        """Whether Gusto answered a call with a token of the account's own company."""
        return any(traffic.is_success(call) for call in self.calls if call not in self.strange)

    @property
    def has_failed(self) -> bool:
        """Whether the last answer of the action says that it did not work."""
        return [traffic.find_text(each, "status") for each in self.asked][-1:] == ["failed"]

    @property
    def is_declined(self) -> bool:
        """Whether the account is none that is connected, by its own word and by what it does."""
        is_told = self.state == _DISCONNECTED or (not self.state and self.has_failed)
        return is_told and (self.has_failed or not self.calls)

    @property
    def places(self) -> tuple[Exchange, ...]:
        return (*(self.strange or self.calls or self.asked), *((self.told,) if self.told else ()))


def connects_each_company(recording: Recording) -> tuple[Finding, ...]:
    """Judge that two companies of one Gusto login are two connections, or that the second is declined.

    The windows: `first` (the first account reads from its company), `second_consent`, `second` (so does the
    second account) and `first_again`. Accepted as well is who takes one company of a login: the first
    account goes on, and the second is told as disconnected, or its action fails, and its consent ends on a
    page; whether that says what it should is for a person. Proof of life: `first` was read. Sources:
    https://docs.gusto.com/app-integrations/docs/oauth2 and
    https://docs.gusto.com/app-integrations/docs/strict-access
    """
    if len(recording.tenants) < 2:
        raise NotObserved("no two accounts were connected by one Gusto login", missing=(_ACCOUNTS,))
    first, second = recording.tenants[:2]
    if not _look(recording, "first", first, second).reads:
        raise NotObserved("the first company was never read, so nothing could break", missing=(_READER,))
    kept, added = (
        _look(recording, "first_again", first, second),
        _look(recording, "second", second, first),
    )
    findings = (
        *_judge_first(recording, kept),
        *_judge_second(recording, added),
        *_judge_words(recording),
        *_judge_unchosen(recording),
    )
    if not findings:
        _require_seen(kept, added)
    return findings


def _look(recording: Recording, window: str, own: Tenant, other: Tenant) -> _Look:
    calls = tuple(
        call
        for call in traffic.within(recording, window, Kind.API)
        if call.company in (own.company, other.company) and call.operation != TOKEN_INFO
    )
    return _Look(
        asked=traffic.within(recording, window, Kind.ACTION),
        calls=tuple(call for call in calls if traffic.path_of(call).startswith("/v1/")),
        strange=tuple(call for call in calls if call.company == other.company),
        told=_find_told(recording, own),
    )


def _find_told(recording: Recording, tenant: Tenant) -> Exchange | None:
    """Return the last look at an account's connection, or `None`."""
    looks = [each for each in recording.of_kind(Kind.OBSERVATION) if each.account == tenant.account]
    return next((each for each in reversed(looks) if traffic.find_text(each, "state")), None)


def _judge_first(recording: Recording, kept: _Look) -> tuple[Finding, ...]:
    """Return a finding where the first account is not served from its own company any more."""
    is_lost = kept.calls or kept.has_failed or kept.state not in ("", _CONNECTED)
    if kept.reads or not is_lost:
        return ()
    return (
        _finding(
            recording,
            "keep the first company when its admin connects a second",
            kept.places,
            expected="the account that connected the first company goes on with it",
            seen=_tell(kept, "second"),
        ),
    )


def _judge_second(recording: Recording, added: _Look) -> tuple[Finding, ...]:
    """Return findings where the second account is neither served from its own company nor declined."""
    if added.reads:
        return ()
    if added.is_declined:
        visits = traffic.within(recording, "second_consent", Kind.BROWSER)
        return _judge_page(recording, [visit for visit in visits if _is_broken(visit)])
    is_wrong = added.calls or added.has_failed or added.state not in ("", _CONNECTED)
    if not is_wrong:
        return ()
    return (
        _finding(
            recording,
            "connect a second company of the same admin",
            added.places,
            expected="the second account is served from the company that was chosen for it, or is declined",
            seen=_tell(added, "first"),
        ),
    )


def _tell(look: _Look, other: str) -> str:
    went = f"what was asked for that account went with the token of the {other} company"
    return went if look.strange else "nothing could be read from its company"


def _is_broken(visit: Exchange) -> bool:
    return visit.response.status == 0 or visit.response.status >= 500


def _judge_page(recording: Recording, broken: list[Exchange]) -> tuple[Finding, ...]:
    if not broken:
        return ()
    return (
        _finding(
            recording,
            "decline a second company with a page",
            broken,
            expected="a page that says that an account takes one company, and which it is",
            seen="a server error, or no answer",
            hint="leave the first connection as it is, store nothing of the second, and answer with a page "
            "that says why, and what can be done",
        ),
    )


def _judge_words(recording: Recording) -> tuple[Finding, ...]:
    """Return a finding where an account is told to be connected to another company than was chosen for it."""
    wrong = [
        told
        for tenant in recording.tenants
        if (told := _find_told(recording, tenant))
        and traffic.find_text(told, "state") == _CONNECTED
        and traffic.find_text(told, "company_uuid") not in ("", tenant.company)
    ]
    if not wrong:
        return ()
    return (
        _finding(
            recording,
            "tell which company an account is connected to",
            wrong,
            expected="each account shows the company that was chosen for it on the consent page",
            seen=f"accounts that show another: {len(wrong)}",
        ),
    )


def _judge_unchosen(recording: Recording) -> tuple[Finding, ...]:
    """Return a finding where a company is asked for that nobody has chosen."""
    unchosen = recording.situation.get("unchosen")
    asking = [call for call in traffic.api_calls(recording) if unchosen in traffic.path_of(call).split("/")]
    if not asking:
        return ()
    return (
        _finding(
            recording,
            "leave a company alone that was never chosen",
            asking,
            expected="only companies that were chosen on the consent page are asked for",
            seen=f"requests that name the third: {len(asking)}",
            hint="take the company from token_info and ask for no other; each consent gives access to one",
        ),
    )


def _require_seen(kept: _Look, added: _Look) -> None:
    """Raise `NotObserved` where nothing speaks against the integration because nothing was seen of it."""
    if not kept.reads:
        raise NotObserved("the first company was not read after the second consent", missing=(_READER,))
    if not added.reads and not added.is_declined:
        raise NotObserved(
            "the second company was not read, and whether it is connected was not told",
            missing=(_READER, "observations.connection in partner.yaml"),
        )


def _finding(
    recording: Recording,
    what: str,
    where: Iterable[Exchange],
    *,
    expected: str,
    seen: str,
    hint: str = _BY_ACCOUNT,
) -> Finding:
    return Finding(
        check="connects_each_company",
        message=f"does not {what}",
        places=traffic.places(recording, list(where)[:20]),
        expected=expected,
        seen=seen,
        hint=hint,
        key=what,
    )
