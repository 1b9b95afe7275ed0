"""The sandbox's memory as rows for a file, and back: which rows there are, and which may be different.

A row is one thing under one name: an employee, a payroll, a token pair, an event, a delivery. Rows stand in
parts; a part has a mark that is another one whenever a row of it may be, so that a request costs what it
changed and not what there is. Not kept: rate windows, and the versions and answers that follow from the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from partner_qa.model import Json
from partner_qa.sandbox.authorization import AuthorizationRequest
from partner_qa.sandbox.company import Company
from partner_qa.sandbox.deliveries import Delivery
from partner_qa.sandbox.events import Event
from partner_qa.sandbox.keeping.plain import PlainError, fields_of, from_plain, is_json, to_plain
from partner_qa.sandbox.oauth_records import Code, Connection, GrantsState, PairState, Rotation
from partner_qa.sandbox.payroll import Payroll
from partner_qa.sandbox.payroll_syncs import resume_syncs
from partner_qa.sandbox.subscriptions import Subscription
from partner_qa.sandbox.time_sheet_batches import resume_batches
from partner_qa.sandbox.world import World

Name = tuple[str, str]  # the part, and the row in it

_PENDING = tuple[datetime, AuthorizationRequest]
_SHARED = ("profile", "pay_schedules", "time_off_policies")  # a founding is a view of these, no copy


@dataclass(frozen=True, slots=True, kw_only=True)
class _General:
    """What belongs to no company."""

    moved: timedelta
    report_key: bytes
    loses_events: bool
    scopes: tuple[str, ...]
    rotation: Rotation
    expires_in: int
    expires_in_for: dict[str, int]


@dataclass(frozen=True, slots=True)
class Row:
    """One thing by its name in a part; `value` and `kind` are what to_plain takes, `kind` `None` for JSON.

    What has a `stamp` (not `None`) is the same as long as the stamp is, and need not be looked at.
    """

    name: str
    value: Any
    kind: Any
    stamp: object = None

    def to_plain(self) -> Json:
        """Return the row as JSON, which may be the thing itself and no copy."""
        return self.value if self.kind is None else to_plain(self.value, self.kind)


Rows = Iterable[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the memory. `rows` gets the mark at which it was last kept, `None` for all rows.

    In a part that only `grows` no row is ever removed, and `rows` may leave out what was kept then.
    """

    name: str
    mark: object
    rows: Callable[[Any], Rows]
    grows: bool = False


KINDS = (_General, Connection, PairState, Code, _PENDING, Subscription, Event, Delivery, Company)


def list_parts(world: World) -> Iterator[Part]:
    """Return the parts of a sandbox's memory as it is now. Call it with the world's lock held."""
    grants, subscriptions = world.grants, world.subscriptions
    backlog = subscriptions.backlog
    general = (grants.changes, grants.rotation, world.moved, subscriptions.loses_events)
    yield Part(name="general", mark=general, rows=lambda _: _list_general(world))
    yield Part(
        name="pending",
        mark=tuple(world.pending.waiting),
        rows=lambda _: [Row(id_, each, _PENDING) for id_, each in world.pending.waiting.items()],
    )
    yield Part(
        name="subscriptions",
        mark=subscriptions.every,
        rows=lambda _: [Row(each.uuid, each, Subscription) for each in subscriptions.every],
    )
    yield Part(
        name="events",
        mark=len(world.events),
        rows=lambda since: [Row(each.uuid, each, Event) for each in world.events.list_since(since or 0)],
        grows=True,
    )
    yield Part(
        name="deliveries",
        mark=backlog.changes,
        rows=lambda since: [Row(each.id, each, Delivery) for each in backlog.list_changed(since or 0)],
        grows=True,
    )
    for company in world.companies.values():
        yield from _list_company(world, company)


def restore(world: World, kept: Mapping[Name, Json]) -> None:
    """Fill a new world with rows in the order in which they were kept, and go on with what was under way.

    Raises `PlainError` where a row is not what it should be or refers to one that is missing.
    """
    parts: dict[str, dict[str, Json]] = {}
    for (part, name), plain in kept.items():
        parts.setdefault(part, {})[name] = plain
    try:
        _restore_general(world, parts)
        for part, rows in parts.items():
            kind, _, uuid = part.partition(":")
            if kind == "company":
                world.companies[uuid] = _to_company(rows, parts.get(f"founding:{uuid}"))
    except (KeyError, AttributeError, IndexError) as error:
        raise PlainError(f"{error} is missing") from error
    for company in world.companies.values():
        resume_syncs(world, company)
        resume_batches(world, company)


# -- what belongs to no company ----------------------------------------------------------------------


def _list_general(world: World) -> Rows:
    state = world.grants.to_state()
    general = _General(
        moved=world.moved,
        report_key=world.report_key,
        loses_events=world.subscriptions.loses_events,
        scopes=state.scopes,
        rotation=state.rotation,
        expires_in=state.expires_in,
        expires_in_for=state.expires_in_for,
    )
    yield Row("general", general, _General)
    yield from (Row(f"connection/{each.id}", each, Connection) for each in state.connections)
    yield from (Row(f"pair/{each.serial}", each, PairState) for each in state.pairs)
    yield from (Row(f"code/{code}", each, Code) for code, each in state.codes.items())


def _restore_general(world: World, parts: Mapping[str, Mapping[str, Json]]) -> None:
    rows = parts["general"]
    general: _General = from_plain(rows["general"], _General)
    world.moved, world.report_key = general.moved, general.report_key
    world.subscriptions.loses_events = general.loses_events
    world.grants.restore(
        GrantsState(
            scopes=general.scopes,
            rotation=general.rotation,
            expires_in=general.expires_in,
            expires_in_for=general.expires_in_for,
            connections=tuple(_read_all(rows, "connection/", Connection).values()),
            pairs=tuple(_read_all(rows, "pair/", PairState).values()),
            codes=_read_all(rows, "code/", Code),
        )
    )
    world.pending.restore(_read_all(parts.get("pending", {}), "", _PENDING))
    world.events.restore(_read_all(parts.get("events", {}), "", Event).values())
    world.subscriptions.restore(
        _read_all(parts.get("subscriptions", {}), "", Subscription).values(),
        _read_all(parts.get("deliveries", {}), "", Delivery).values(),
    )


def _read_all(rows: Mapping[str, Json], prefix: str, kind: Any) -> dict[str, Any]:
    """Return the values of the rows whose name begins so, by the rest of the name."""
    return {
        name.removeprefix(prefix): from_plain(plain, kind)
        for name, plain in rows.items()
        if name.startswith(prefix)
    }


# -- companies ---------------------------------------------------------------------------------------


def _list_company(world: World, company: Company) -> Iterator[Part]:
    """Return a company, and what it was founded as, which nothing changes."""
    uuid, mark = company.uuid, world.touches.get(company.uuid, 0)
    yield Part(name=f"company:{uuid}", mark=mark, rows=lambda _: _list_rows(company))
    founding = company.founding
    if founding is not None:
        yield Part(name=f"founding:{uuid}", mark=True, rows=lambda _: _list_rows(founding, leave_out=_SHARED))


def _is_record(kind: Any) -> bool:
    """Whether a type is that of a JSON object (`Record`)."""
    return getattr(kind, "__origin__", None) is dict and is_json(kind.__args__[1])


def _is_table(kind: Any) -> bool:
    """Whether a field holds things under names, each of them a row, and is not one JSON object."""
    return getattr(kind, "__origin__", None) is dict and not _is_record(kind)


def _list_rows(company: Company, *, leave_out: Iterable[str] = ()) -> Rows:
    for field, kind in fields_of(Company).items():
        if field == "founding" or field in leave_out:
            continue
        value = getattr(company, field)
        if _is_table(kind):
            inner = kind.__args__[1]
            if inner is Payroll:
                yield from (
                    Row(f"{field}/{name}", each, Payroll, _find_stamp(each)) for name, each in value.items()
                )
            else:
                known = None if _is_record(inner) else inner
                yield from (Row(f"{field}/{name}", each, known) for name, each in value.items())
        else:
            yield Row(field, value, kind)


def _find_stamp(payroll: Payroll) -> object:
    """Return what tells whether a payroll that was processed is another one: it is frozen but for these."""
    if not payroll.is_processed:
        return None
    return (payroll.processed_on, payroll.calculated_at, payroll.status, payroll.rows is None)


def _to_company(rows: Mapping[str, Json], founding: Mapping[str, Json] | None) -> Company:
    fields: dict[str, Any] = {field: {} for field, kind in fields_of(Company).items() if _is_table(kind)}
    for name, plain in rows.items():
        field, is_row, key = name.partition("/")
        kind = fields_of(Company)[field]
        if is_row:
            fields[field][key] = from_plain(plain, kind.__args__[1])
        else:
            fields[field] = from_plain(plain, kind)
    company = Company(**fields)
    if founding is None:
        return company
    begun = _to_company({"uuid": company.uuid, "profile": {}, **founding}, None)
    return replace(company, founding=replace(begun, **{name: getattr(company, name) for name in _SHARED}))
