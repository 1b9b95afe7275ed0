"""Payrolls that others write into as well: amounts beside theirs, many people, writers who meet, expenses."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from partner_qa.contract.names import UPDATE_PAYROLL
from partner_qa.driving.stage import Stage
from partner_qa.model import Action, Json, Observation, Tenant
from partner_qa.recorder.faults import delay, drop_response, respond
from partner_qa.suite import scenario

Line = dict[str, str]
_ROSTER = {
    "shared": ("Jenny", "Treibel", "jenny@koepnicker.example", "1939-01-08"),
    "hourly": ("Leopold", "Treibel", "leopold@koepnicker.example", "1963-04-19"),
    "cents": ("Corinna", "Schmidt", "corinna@adlerstrasse.example", "1965-09-30"),
    "special": ("Marcell", "Wedderkopp", "marcell@gymnasium.example", "1959-11-02"),
    "set_aside": ("Hildegard", "Munk", "hildegard@hamburg.example", "1961-06-21"),
    "gone": ("Rosalie", "Wulsten", "rosalie@adlerstrasse.example", "1941-02-14"),
}
_ODD, _TAKEN_BACK = frozenset({"gone", "special"}), frozenset({"cents"})
_MISSING, _INACTIVE = "Night Premium", "Hazard Pay"
# What Gusto says where two writers meet: since September 2026, and the words are ours [I].
_LOCKED: Json = {
    "errors": [
        {
            "error_key": "base",
            "category": "invalid_operation",
            "message": "The payroll is being updated by another request. Please try again.",
        }
    ]
}


@scenario(
    title="A payroll that others write into as well",
    needs=(Action.CONNECT, Action.SET_PEOPLE, Action.SYNC_PEOPLE, Action.UPDATE_PAYROLL),
    observes=(Observation.NOTICES,),
)
def shared_payroll(stage: Stage) -> None:
    """The admin has typed into the next payroll already, and goes on doing so.

    1. In Gusto there is a company of six people; one left 40 days ago. Beside the regular payroll that is
       next to run there is an off-cycle one whose days come before. An earning type of the company is
       inactive.
    2. In Gusto type into the next payroll: a bonus of 150.00 for one, of 0.10 for another; leave a third out
       of it, with a memo.
    3. Put the same six people into the integration, connect, sync people, confirm the matches.
    4. Let the integration contribute the lines below: a bonus of 200.00 to the first, 0.20 to the second,
       hours, an earning type that Gusto has not, one that is inactive, and a bonus for the one who left.
       Where it refuses everything because of the last three, leave them out. Look at what the customer is
       told. In Gusto calculate the payroll and look at it.
    5. Let it contribute the same again. Calculate, look.
    6. In Gusto raise the first bonus by 50.00. Let the integration contribute 220.00 to it instead of 200.00,
       nothing any more to the second, and the rest as before. Calculate, look.
    7. Let it contribute 240.00 to it instead; the answer to its first update is lost. When that has come to
       an end, let it contribute the same again. Calculate, look.
    8. In Gusto run the payroll. Let the integration contribute 230.00 to the payroll of the same days.
    """
    tenant, people = _staff(stage, _ROSTER)
    desk = stage.gusto.desk
    stage.gusto.dismiss(tenant, people["gone"], days=-40)
    payroll = desk.next_payroll(tenant)
    stage.note("payroll", payroll)
    stage.note("off_cycle", desk.add_off_cycle(tenant, reason="Bonus", before=payroll))
    desk.add_earning_type(tenant, _INACTIVE, active=False)
    stage.note("earnings", [_MISSING, _INACTIVE])
    desk.enter(tenant, payroll, people["shared"], fixed_compensations=[_bonus("150.00")])
    desk.enter(tenant, payroll, people["cents"], fixed_compensations=[_bonus("0.10")])
    desk.enter(tenant, payroll, people["set_aside"], excluded=True, memo="On leave until spring")
    _get_ready(stage, tenant)
    stage.note("shared_totals", {"first": "350.00", "repeated": "350.00", "edited": "420.00"})
    _contribute(stage, tenant, _lines(), "first", payroll)
    _contribute(stage, tenant, _lines(), "repeated", payroll)
    desk.raise_pay(tenant, payroll, people["shared"], name="Bonus", by="50.00")
    stage.note("taken_back", {"cents": "0.10"})
    are_all = _contribute(stage, tenant, _lines(shared="220.00", but=_TAKEN_BACK), "edited", payroll)
    left_out = _TAKEN_BACK if are_all else _TAKEN_BACK | _ODD
    _lose_an_answer(stage, tenant, _lines(shared="240.00", but=left_out), payroll)
    period = desk.period(tenant, payroll)
    desk.run(tenant, payroll)
    with stage.window("late"):
        late = {"lines": _lines(shared="230.00"), "period": period}
        stage.act(Action.UPDATE_PAYROLL, tenant, late)
        stage.observe_where_possible(Observation.NOTICES, tenant)


def _contribute(stage: Stage, tenant: Tenant, lines: Sequence[Line], window: str, payroll: str) -> bool:
    """Contribute lines, calculate, look; return whether all of them were taken."""
    with stage.window(window):
        done = stage.act(Action.UPDATE_PAYROLL, tenant, {"lines": lines})
        if done.status == "failed":  # some refuse everything because of one line, and say so
            stage.act(Action.UPDATE_PAYROLL, tenant, {"lines": _without(lines, _ODD)})
        stage.observe_where_possible(Observation.NOTICES, tenant)
        stage.gusto.desk.calculate(tenant, payroll)
    return done.status != "failed"


def _without(lines: Sequence[Line], people: Collection[str]) -> list[Line]:
    return [each for each in lines if each["person_id"] not in people]


def _lose_an_answer(stage: Stage, tenant: Tenant, lines: Sequence[Line], payroll: str) -> None:
    """Contribute lines twice, the first time with the answer to the first update lost."""
    stage.note("found_totals", {"shared": "440.00", "cents": "0.10"})
    stage.fault(drop_response().on(operation=UPDATE_PAYROLL, occurrence=1, company=tenant.company))
    with stage.window("lost"):
        stage.act(Action.UPDATE_PAYROLL, tenant, {"lines": lines})
    stage.lift_faults()
    with stage.window("found"):
        stage.act(Action.UPDATE_PAYROLL, tenant, {"lines": lines})
        stage.observe_where_possible(Observation.NOTICES, tenant)
        stage.gusto.desk.calculate(tenant, payroll)


def _lines(*, shared: str = "200.00", but: Collection[str] = ()) -> list[Line]:
    lines = [
        {"person_id": "shared", "earning": "Bonus", "amount": shared},
        {"person_id": "hourly", "earning": "Regular Hours", "hours": "37.125"},
        {"person_id": "cents", "earning": "Bonus", "amount": "0.20"},
        {"person_id": "special", "earning": _MISSING, "amount": "33.33"},
        {"person_id": "special", "earning": _INACTIVE, "amount": "12.00"},
        {"person_id": "set_aside", "earning": "Bonus", "amount": "10.00"},
        {"person_id": "gone", "earning": "Bonus", "amount": "75.00"},
    ]
    return _without(lines, but)


@scenario(
    title="A payroll of 250 people",
    needs=(Action.CONNECT, Action.SET_PEOPLE, Action.SYNC_PEOPLE, Action.UPDATE_PAYROLL),
)
def large_payroll(stage: Stage) -> None:
    """Everybody of a company of 250 people is to get a bonus.

    1. In Gusto there is a company of 250 people. Put the same people into the integration, connect, sync
       people, confirm the matches.
    2. Let the integration contribute a bonus to everybody, each another amount. A payroll is prepared in
       pages of at most 100 people, and at most 100 are updated at once.
    3. In Gusto calculate the payroll and look at every page of it.
    """
    tenant = stage.tenant(people=250)
    theirs = stage.gusto.people(tenant)
    fields = ("first_name", "last_name", "email", "work_email", "date_of_birth")
    ours = [{"id": f"person-{at}", **{name: each[name] for name in fields}} for at, each in enumerate(theirs)]
    amounts = {str(each["uuid"]): f"{Decimal(at + 100) / 100:.2f}" for at, each in enumerate(theirs)}
    stage.note("bonuses", amounts)
    stage.act(Action.SET_PEOPLE, tenant, {"people": ours})
    stage.connect(tenant)
    stage.act(Action.SYNC_PEOPLE, tenant)
    stage.confirm_proposals(tenant)
    lines = [
        {"person_id": f"person-{at}", "earning": "Bonus", "amount": amount}
        for at, amount in enumerate(amounts.values())
    ]
    stage.act(Action.UPDATE_PAYROLL, tenant, {"lines": lines})
    stage.gusto.desk.calculate(tenant, stage.gusto.desk.next_payroll(tenant))


@scenario(
    title="Somebody else writes into the payroll at the same moment",
    needs=(Action.CONNECT, Action.SET_PEOPLE, Action.SYNC_PEOPLE, Action.UPDATE_PAYROLL),
    observes=(Observation.NOTICES, Observation.CONNECTION),
)
def contested_payroll(stage: Stage) -> None:
    """Between reading and writing, the payroll becomes another one; then it is locked; then it is blocked.

    1. In Gusto there is a company of two people, one with a bonus of 150.00 in the next payroll. Put both
       into the integration, connect, sync people, confirm the matches.
    2. Let the integration contribute 200.00, hold its first update, raise the bonus in Gusto by 30.00, and
       let the update go through: it is stale now. Calculate, look.
    3. Let it contribute 250.00, and answer its first update that the payroll is locked.
    4. Let it contribute 260.00, and answer all updates so. Then let them through, and let it try again.
       Calculate, look.
    5. In Gusto suspend the company. Let the integration contribute 270.00. Look at what the customer is told.
    """
    tenant, people = _staff(stage, {name: _ROSTER[name] for name in ("shared", "hourly")})
    desk, payroll = stage.gusto.desk, stage.gusto.desk.next_payroll(tenant)
    desk.enter(tenant, payroll, people["shared"], fixed_compensations=[_bonus("150.00")])
    _get_ready(stage, tenant)
    stage.note("shared_totals", {"stale": "380.00", "afterwards": "440.00"})
    with stage.window("stale"):
        held = stage.fault(delay(30).on(operation=UPDATE_PAYROLL, occurrence=1, company=tenant.company))
        with stage.acting(Action.UPDATE_PAYROLL, tenant, _one_line("200.00"), since=held):
            desk.raise_pay(tenant, payroll, people["shared"], name="Bonus", by="30.00")
            stage.lift(held)
        stage.observe_where_possible(Observation.NOTICES, tenant)
        desk.calculate(tenant, payroll)
    locked = respond(409, body=_LOCKED).on(operation=UPDATE_PAYROLL, company=tenant.company)
    passing = stage.fault(locked.on(operation=UPDATE_PAYROLL, occurrence=1, company=tenant.company))
    with stage.window("passing"):
        stage.act(Action.UPDATE_PAYROLL, tenant, _one_line("250.00"))
    stage.lift(passing)
    lasting = stage.fault(locked)
    with stage.window("lasting"):
        stage.act(Action.UPDATE_PAYROLL, tenant, _one_line("260.00"))
        stage.observe_where_possible(Observation.NOTICES, tenant)
    stage.lift(lasting)
    with stage.window("afterwards"):
        stage.act(Action.UPDATE_PAYROLL, tenant, _one_line("260.00"))
        desk.calculate(tenant, payroll)
    desk.suspend(tenant)
    with stage.window("suspended"):
        stage.act(Action.UPDATE_PAYROLL, tenant, _one_line("270.00"))
        stage.observe_where_possible(Observation.NOTICES, tenant)
        stage.observe_where_possible(Observation.CONNECTION, tenant)


@scenario(
    title="Expenses are paid back with the payroll",
    needs=(Action.CONNECT, Action.SET_PEOPLE, Action.SYNC_PEOPLE, Action.ADD_REIMBURSEMENT),
    observes=(Observation.NOTICES,),
)
def reimbursed_expenses(stage: Stage) -> None:
    """Expenses are sent, sent again, corrected, and one is lost on its way, beside reimbursements of others.

    1. In Gusto there is a company of two people; one is paid back 30.00 with every payroll, the other a taxi
       of 20.00 with the next one. Put both into the integration, connect, sync people, confirm the matches.
    2. Let the integration send an expense of each. In Gusto calculate the payroll and look at it.
    3. Let it send the same again. Calculate, look.
    4. Let it send the first with another amount. Calculate, look.
    5. Let it send one expense more; the answer to the update that adds it is lost. Calculate, look. When that
       has come to an end, let it send the same again. Calculate, look.
    6. Take the second expense back: let it send the others only. Calculate, look, also at notices.
    """
    tenant, people = _staff(stage, {name: _ROSTER[name] for name in ("shared", "hourly")})
    desk, payroll = stage.gusto.desk, stage.gusto.desk.next_payroll(tenant)
    desk.enter(tenant, payroll, people["shared"], reimbursements=[{"amount": "20.00", "description": "Taxi"}])
    _get_ready(stage, tenant)
    dinner, train = ("Dinner with a client", "shared"), ("Train to Stettin", "hourly")
    before = {dinner: "42.50", train: "18.90"}
    edited = before | {dinner: "45.10"}
    more = edited | {("Ferry to Usedom", "shared"): "12.35"}
    numbers = {what: f"e-{number}" for number, (what, _) in enumerate(more, 1)}
    for window, expenses in (
        ("first", before),
        ("repeated", before),
        ("edited", edited),
        ("lost", more),
        ("found", more),
        ("taken_back", {each: amount for each, amount in more.items() if each != train}),
    ):
        if window == "lost":
            stage.fault(drop_response().on(operation=UPDATE_PAYROLL, occurrence=1, company=tenant.company))
        sent = [
            {"id": numbers[what], "person_id": person, "description": what, "amount": amount}
            for (what, person), amount in expenses.items()
        ]
        with stage.window(window):
            stage.act(Action.ADD_REIMBURSEMENT, tenant, {"reimbursements": sent})
            if window == "taken_back":
                stage.observe_where_possible(Observation.NOTICES, tenant)
            desk.calculate(tenant, payroll)
        stage.lift_faults()


def _staff(stage: Stage, roster: Mapping[str, tuple[str, str, str, str]]) -> tuple[Tenant, dict[str, str]]:
    """Make a company of these people, and have the same in the integration; return their UUIDs by word."""
    people = {word: _person(*each) for word, each in roster.items()}
    tenant = stage.tenant(roster=list(people.values()))
    uuids = dict(zip(people, stage.gusto.roster(tenant), strict=True))
    stage.act(Action.SET_PEOPLE, tenant, {"people": [{"id": word, **each} for word, each in people.items()]})
    stage.note("people", uuids)
    return tenant, uuids


def _get_ready(stage: Stage, tenant: Tenant) -> None:
    stage.connect(tenant)
    stage.act(Action.SYNC_PEOPLE, tenant)
    stage.confirm_proposals(tenant)


def _person(first: str, last: str, email: str, born: str) -> dict[str, str]:
    return {"first_name": first, "last_name": last, "email": email, "date_of_birth": born}


def _bonus(amount: str) -> Json:
    return {"name": "Bonus", "amount": amount}


def _one_line(amount: str) -> dict[str, Json]:
    return {"lines": [{"person_id": "shared", "earning": "Bonus", "amount": amount}]}
