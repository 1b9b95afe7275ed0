"""The words of the project as frozen values: items, exchanges, recordings, runs, findings, verdicts.

This is the ground floor. It knows no file format, no network and no library; every other room speaks in
these values. Newcomers read it once and can then read any other module. The meaning of each word is in
ARCHITECTURE.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Facts = Mapping[str, Json]


class Level(StrEnum):
    """How binding a checklist row is (RFC 2119 wording)."""

    MUST = "must"
    SHOULD = "should"


class Basis(StrEnum):
    """What Gusto has actually said about a row, strongest first."""

    REVIEW = "review"
    DOCUMENTED = "documented"
    OLDER = "older"
    INFERRED = "inferred"


class VerifiedBy(StrEnum):
    """Who can see that a row holds."""

    TEST = "test"
    ATTESTATION = "attestation"
    BOTH = "both"


class Proof(StrEnum):
    """Where a row must have been seen for a submission."""

    ANY = "any"
    DEMO = "demo"


class Target(StrEnum):
    """Which sandbox stood at the other end of the wire."""

    EMBEDDED = "embedded"
    LIVE = "live"


class Blame(StrEnum):
    """Whose mistake a finding shows."""

    INTEGRATION = "integration"
    SANDBOX = "sandbox"
    HARNESS = "harness"
    CONFIGURATION = "configuration"


class Evidence(StrEnum):
    """What a verdict rests on: seen on the wire, told by the integration, or attested by a person."""

    WIRE = "wire"
    REPORTED = "reported"
    ATTESTED = "attested"


class Outcome(StrEnum):
    """The verdict on one item."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    NOT_OBSERVED = "not_observed"
    NOT_APPLICABLE = "not_applicable"
    ATTESTED = "attested"
    NEEDS_ATTESTATION = "needs_attestation"
    ERROR = "error"


class Kind(StrEnum):
    """Who spoke to whom in an exchange."""

    API = "api"  # the integration called Gusto
    WEBHOOK = "webhook"  # Gusto (or a forger played by us) called the integration's webhook URL
    BROWSER = "browser"  # the harness, as a person's browser, called the integration or the consent page
    ACTION = "action"  # the harness asked the integration to do something
    OBSERVATION = "observation"  # the harness asked the integration what it holds
    AUDIT = "audit"  # the harness read the sandbox with a grant of its own
    PROCESS = "process"  # a start, restart, kill; not HTTP
    CLOCK = "clock"  # business time was moved; not HTTP


class Action(StrEnum):
    """What the harness can ask of an integration (`actions` in partner.yaml)."""

    CREATE_ACCOUNT = "create_account"
    RESET = "reset"
    RESTART = "restart"
    CONNECT = "connect"
    DISCONNECT = "disconnect"
    SET_PEOPLE = "set_people"
    SYNC_PEOPLE = "sync_people"
    CONFIRM_MATCHES = "confirm_matches"
    CREATE_HIRE = "create_hire"
    WITHDRAW_HIRE = "withdraw_hire"
    SEND_HOURS = "send_hours"
    UPDATE_PAYROLL = "update_payroll"
    ADD_REIMBURSEMENT = "add_reimbursement"
    SYNC_TIME_OFF = "sync_time_off"
    ENROLL_BENEFIT = "enroll_benefit"
    POST_JOURNAL = "post_journal"
    LIST_CONTRACTORS = "list_contractors"
    PROVISION_COMPANY = "provision_company"
    SUBSCRIBE_WEBHOOKS = "subscribe_webhooks"
    CATCH_UP_EVENTS = "catch_up_events"


class Observation(StrEnum):
    """What the harness can ask an integration to show (`observations` in partner.yaml)."""

    CONNECTION = "connection"
    PEOPLE = "people"
    MATCHES = "matches"
    JOURNAL = "journal"
    HOURS = "hours"
    TIME_OFF = "time_off"
    CONTRACTORS = "contractors"
    EVENTS = "events"
    NOTICES = "notices"
    LOGS = "logs"
    STORED_DATA = "stored_data"
    IDLE = "idle"  # nothing is judged by it: it only saves waiting


class UseCase(StrEnum):
    """What an integration does with Gusto; items apply by it (`use_cases` in partner.yaml)."""

    TIME = "time"
    PAYROLL = "payroll"
    HRIS = "hris"
    RECRUITING = "recruiting"
    TIME_OFF = "time_off"
    ACCOUNTING = "accounting"
    BENEFITS = "benefits"
    RETIREMENT = "retirement"
    EXPENSES = "expenses"
    CONTRACTORS = "contractors"
    PROVISIONING = "provisioning"
    ANALYTICS = "analytics"
    WEBHOOKS = "webhooks"
    CUSTOM_FIELDS = "custom_fields"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a requirement comes from, and when it was read."""

    title: str
    url: str
    retrieved: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One row of the checklist; `applies_to` holds `all`, `people` or use case names."""

    id: str
    section: str
    title: str
    requirement: str
    level: Level
    basis: Basis
    applies_to: frozenset[str]
    verified_by: VerifiedBy
    proof: Proof
    source: Source
    advice: str
    why: str = ""
    rationale: str = ""
    not_testable: str = ""
    sheet_row: str = ""


Headers = tuple[tuple[str, str], ...]


def find_header(headers: Headers, name: str) -> str | None:
    """Return the first value of a header, by case-insensitive name, or `None`."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The bytes of a message; above the size limit only their length and SHA-256 are kept."""

    content: bytes = b""
    size: int = 0
    sha256: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether `content` holds every byte that was sent."""
        return self.size == len(self.content)

    @classmethod
    def of(cls, content: bytes, *, limit: int | None = None) -> Body:
        """Return a body of these bytes, without its content where it is longer than `limit`."""
        kept = content if limit is None or len(content) <= limit else b""
        return cls(content=kept, size=len(content), sha256=hashlib.sha256(content).hexdigest())


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked. `url` is absolute and still percent-encoded; headers keep order and duplicates.

    What is not HTTP uses the method `RUN` and a URL such as `action:send_hours` or `process:restart`.
    """

    method: str
    url: str
    headers: Headers = ()
    body: Body = field(default_factory=Body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What was answered. Status 0 means that no answer arrived (`reason` then says why)."""

    status: int
    reason: str = ""
    headers: Headers = ()
    body: Body = field(default_factory=Body)


@dataclass(frozen=True, slots=True, kw_only=True)
class FiredFault:
    """A fault that met an exchange: its name, its parameters, and which matching request it was."""

    name: str
    parameters: Facts
    occurrence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer.

    `sequence` counts from 1 within the recording. What passes the recorder (`api`, `audit`, the consent page)
    is numbered when it begins, everything else when it ends: so an action has a larger number than the calls
    that it led to. Which came first, `started` tells. `elapsed` is seconds to the last byte of the answer.
    `grant` is the run-wide name of the OAuth grant whose token the request carried (`grant-1`,
    `system-1`), `company` the company UUID of that grant, `account` the partner's own account it was done
    for, `during` the action under way, `operation` the operationId of the contract. `facts` keeps what
    redaction would destroy: entropy, length, whether a signature was valid.
    """

    sequence: int
    kind: Kind
    started: datetime
    elapsed: float
    request: Request
    response: Response
    operation: str | None = None
    grant: str | None = None
    company: str | None = None
    account: str | None = None
    during: str | None = None
    fault: FiredFault | None = None
    facts: Facts = field(default_factory=dict)


class Sink(Protocol):
    """Takes exchanges as they end; the recorder offers it, adapter and sandbox write to it."""

    def record(
        self,
        *,
        kind: Kind,
        started: datetime,
        elapsed: float,
        request: Request,
        response: Response,
        account: str | None = None,
        facts: Facts | None = None,
    ) -> Exchange:
        """Number, attribute, redact and write one exchange; return what was written."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """One customer of the partner in a scenario: its account there, its company at Gusto."""

    account: str
    company: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Everything that happened in one scenario, by sequence number.

    `started` is the "now" of every check. `situation` holds what the scenario prepared and a check must
    know (expected people, forced page size, seconds watched), as JSON. Where the scenario could not be driven
    to its end, `reason` says why in a sentence, and `missing` names what would help (what the profile lacks);
    either may be empty. `trouble` is the harness's own failure while driving it.
    """

    scenario: str
    target: Target
    started: datetime
    ended: datetime | None = None
    tenants: tuple[Tenant, ...] = ()
    situation: Facts = field(default_factory=dict)
    exchanges: tuple[Exchange, ...] = ()
    reason: str = ""
    missing: tuple[str, ...] = ()
    trouble: str = ""

    def of_kind(self, *kinds: Kind) -> tuple[Exchange, ...]:
        """Return the exchanges of these kinds, in order."""
        return tuple(exchange for exchange in self.exchanges if exchange.kind in kinds)

    def with_exchanges(self, exchanges: tuple[Exchange, ...]) -> Recording:
        """Return this recording with other exchanges; spoilers use it."""
        return replace(self, exchanges=exchanges)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """All recordings of one execution, and what it was an execution of.

    `profile` is partner.yaml as used, without values of environment variables. `contract` and
    `checklist` are identities (version, SHA-256, derivation). `unattributed` holds exchanges that belong
    to no scenario; it is judged like the others. `filters` names what was left out by choice;
    `ended` is `None` where it was cut short.
    """

    id: str
    started: datetime
    target: Target
    harness: str
    profile: Facts
    contract: Facts
    checklist: Facts
    recordings: tuple[Recording, ...]
    ended: datetime | None = None
    base_url: str = ""
    filters: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Recording]:
        return iter(self.recordings)

    def find(self, scenario: str) -> Recording | None:
        """Return the recording of a scenario, or `None` where it was not driven."""
        return next((each for each in self.recordings if each.scenario == scenario), None)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """One exchange of a run, by scenario and sequence number; printed as `large_company_sync#14`."""

    scenario: str
    sequence: int

    def __str__(self) -> str:
        return f"{self.scenario}#{self.sequence}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong: what was seen, where, what was expected, what to do.

    `message` is a sentence that begins with "does not". `fingerprint` stays the same from run to run for
    the same mistake, so that a waiver can name it.
    """

    check: str
    message: str
    places: tuple[Place, ...] = ()
    expected: str = ""
    seen: str = ""
    hint: str = ""
    blame: Blame = Blame.INTEGRATION
    key: str = ""

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits from the check, the blame and the finding's own key."""
        text = "\x1f".join((self.check, self.blame, self.key or self.message))
        return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A person's decision to submit in spite of a finding, for at most 90 days."""

    item: str
    fingerprint: str
    owner: str
    reason: str
    expires: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """A named person's answer to an item that no machine can see, with the files that show it.

    `digests` pairs names of `evidence` with the SHA-256 that they had when the answer was given; a file that
    was named by hand may have none. `trouble` says why the answer does not count, whatever the day is:
    nobody signed it, nothing shows it, or a file is not what it was.
    """

    item: str
    person: str
    role: str
    given: date
    answer: str
    evidence: tuple[str, ...] = ()
    expires: date | None = None
    digests: tuple[tuple[str, str], ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the findings mean for one item. `reason` is one sentence for people.

    `missing` names what would make a `not_observed` item observable. `scenarios` are the recordings it
    was judged on. A waiver never changes the outcome; it is shown beside it.
    """

    item: str
    outcome: Outcome
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    evidence: Evidence | None = None
    blame: Blame | None = None
    missing: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    waiver: Waiver | None = None
    attestation: Attestation | None = None
