"""People of every kind: many, alike, renamed, leaving and coming back; and companies connected again."""

from __future__ import annotations

from collections.abc import Mapping

from partner_qa.contract.readings import PEOPLE
from partner_qa.driving.stage import Stage
from partner_qa.model import Action, Observation, Tenant
from partner_qa.recorder.faults import force_pages
from partner_qa.suite import scenario

Person = Mapping[str, str]


@scenario(
    title="A company of 251 people is synced",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
    any_list=True,
    observes=(Observation.PEOPLE,),
    targets=("embedded", "live"),
)
def large_company_sync(stage: Stage) -> None:
    """A list has more people than fit on one page.

    1. In Gusto there is a company of 251 people; lists come in pages of at most 100 (forced; on the live
       sandbox, whatever its company has, in pages of at most 2; where another list is read than that of
       people, a company of 26 in pages of at most 2).
    2. Connect it and sync people.
    3. Look at the people the integration holds.
    """
    reading, size = stage.reading, stage.page_size(100)
    people = 251 if reading is PEOPLE else 26
    tenant = stage.tenant(people=people)
    stage.connect(tenant)
    pages = force_pages(size if reading is PEOPLE else 2)
    stage.fault(pages.on(operation=reading.operation, company=tenant.company))
    stage.read(tenant)
    stage.observe_where_possible(Observation.PEOPLE, tenant)


@scenario(
    title="People who look alike",
    needs=(Action.CONNECT, Action.SET_PEOPLE, Action.SYNC_PEOPLE),
    observes=(Observation.MATCHES,),
)
def lookalike_people(stage: Stage) -> None:
    """Some people agree with somebody in Gusto on everything, some on two data points, some on one.

    1. In Gusto there is a company of the people listed under `gusto_people` below.
    2. Put the people listed under `partner_people` into the integration. Connect the company and sync people.
    3. Look at who was matched with whom. Where nobody was, as nobody is by integrations that match by hand,
       match the first of them by hand.
    4. Confirm, where the integration has such a step, that two of its people are the same person in Gusto.
       Look again.
    """
    pairs = _lookalikes()
    ours = [*(each for _, each in pairs), *_partners_twins()]
    tenant = stage.tenant(roster=[*(each for each, _ in pairs), *_gustos_twins()])
    stage.act(Action.SET_PEOPLE, tenant, {"people": ours})
    stage.connect(tenant)
    stage.act(Action.SYNC_PEOPLE, tenant)
    stage.note("partner_people", ours)
    stage.note("gusto_people", stage.gusto.people(tenant))
    stage.observe(Observation.MATCHES, tenant)
    stage.confirm_proposals(tenant, only={"all-alike"})
    annie = stage.gusto.uuid_of(tenant, "Annie")
    both = [{"person_id": each, "gusto_uuid": annie} for each in ("twin-a", "twin-b")]
    if stage.act_where_possible(Action.CONFIRM_MATCHES, tenant, {"decisions": both}):
        stage.observe(Observation.MATCHES, tenant)


def _lookalikes() -> list[tuple[Person, Person]]:
    """Return pairs of (person in Gusto, person in the integration), from all alike to one thing alike."""
    return [
        (
            _person("Effi", "Briest", "effi@hohen-cremmen.example", "1978-08-03"),
            _person("Effi", "Briest", "effi@hohen-cremmen.example", "1978-08-03", id="all-alike"),
        ),
        (
            _person("Geert", "Innstetten", "geert@kessin.example", "1957-02-11"),
            _person("Geert", "Innstetten", "g.i@elsewhere.example", "1957-02-11", id="no-e-mail"),
        ),
        (
            _person("Wilhelm", "Kraut", "kraut@kessin.example", "1969-04-04"),
            _person("Friedrich", "Kruse", "kraut@kessin.example", "1969-04-04", id="personal-e-mail"),
        ),
        (
            _person("Detlev", "Crampas", "crampas@kessin.example", "1955-12-17"),
            _person(
                "Golchowski",
                "Wirth",
                "wirth@hotel.example",
                "1955-12-17",
                id="work-e-mail",
                work_email="CRAMPAS@kessin.example",
            ),
        ),
        (
            _person("Alonzo", "Gieshübler", "post@apotheke.example", "1950-05-20"),
            _person("Sidonie", "Grasenabb", "post@apotheke.example", "1961-10-09", id="e-mail-only"),
        ),
        (
            _person("Hulda", "Niemeyer", "pfarrhaus@cremmen.example", "1977-06-14"),
            _person("Bertha", "Jahnke", "pfarrhaus@cremmen.example", "1979-06-14", id="e-mail-and-birthday"),
        ),
        (
            _person("Marietta", "Tripelli", "marietta@opera.example", "1966-01-30"),
            _person("Marietta", "Tripelli", "m.tripelli@choir.example", "1981-12-05", id="name-only"),
        ),
        (
            _person("Roswitha", "Gellenhagen", "roswitha@kessin.example", "1962-07-07"),
            _person("Johanna", "Paaschen", "johanna@berlin.example", "1962-07-07", id="birth-date-only"),
        ),
        (
            _person("Theophil", "Rummschuettel", "praxis@berlin.example", "1944-03-22"),
            _person("Theophil", "Rumschuettel", "t.r@berlin.example", "1944-03-22", id="similar-name"),
        ),
    ]


def _partners_twins() -> list[Person]:
    """Return two records of the integration that are both one person in Gusto, and one that may be two."""
    annie = ("Annie", "Innstetten", "annie@berlin.example", "1999-07-03")
    dagobert = ("Dagobert", "Briest", "dagobert@berlin.example", "1980-02-02")
    return [
        _person(*annie, id="twin-a"),
        _person(*annie, id="twin-b"),
        _person(*dagobert, id="one-of-two"),
    ]


def _gustos_twins() -> list[Person]:
    return [
        _person("Annie", "Innstetten", "annie@berlin.example", "1999-07-03"),
        _person("Dagobert", "Briest", "d.briest@one.example", "1980-02-02"),
        _person("Dagobert", "Briest", "d.briest@two.example", "1980-02-02"),
    ]


def _person(first: str, last: str, email: str, born: str, **more: str) -> Person:
    return {**more, "first_name": first, "last_name": last, "email": email, "date_of_birth": born}


@scenario(
    title="Somebody who was matched changes name",
    needs=(Action.CONNECT, Action.SET_PEOPLE, Action.SYNC_PEOPLE),
    observes=(Observation.MATCHES,),
)
def renamed_person(stage: Stage) -> None:
    """A person who was matched marries: another last name, another e-mail.

    1. In Gusto there is a company of two people; put the same two into the integration.
    2. Connect the company, sync people, and confirm the matches where the integration asks for it.
    3. In Gusto change the last name and the e-mail of one of them. Sync people again.
    4. Look at who is matched with whom, before and after.
    """
    twins = [
        _person("Lene", "Nimptsch", "lene@gaertnerei.example", "1984-04-18"),
        _person("Botho", "Rienaecker", "botho@landgrafenstrasse.example", "1979-09-01"),
    ]
    tenant = stage.tenant(roster=twins)
    stage.act(
        Action.SET_PEOPLE,
        tenant,
        {"people": [{"id": f"person-{number}", **each} for number, each in enumerate(twins, 1)]},
    )
    stage.connect(tenant)
    stage.act(Action.SYNC_PEOPLE, tenant)
    stage.confirm_proposals(tenant)
    stage.observe(Observation.MATCHES, tenant)
    stage.note("renamed", [stage.gusto.uuid_of(tenant, "Lene")])
    stage.gusto.change_person(
        tenant, stage.gusto.uuid_of(tenant, "Lene"), last_name="Franke", email="lene.franke@werkstatt.example"
    )
    stage.act(Action.SYNC_PEOPLE, tenant)
    stage.observe(Observation.MATCHES, tenant)


@scenario(
    title="People leave, stay after all, and come back",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
    observes=(Observation.PEOPLE, Observation.MATCHES, Observation.LOGS),
)
def people_come_and_go(stage: Stage) -> None:
    """Somebody has left, somebody will, somebody returns, and of one person hardly anything is known.

    1. In Gusto there is a company of six people. The last day of one was yesterday, of two it is tomorrow.
       One has no e-mail, birth date, department or manager.
    2. Put one of the others into the integration, and somebody of whom only a name is known. Connect the
       company, sync people, and confirm the matches where the integration asks for it.
    3. In Gusto dismiss that person, as of a month ago. Sync people. Look at the people, and at who is matched
       with whom.
    4. In Gusto take one of the two dismissals of tomorrow back, and hire the one of a month ago again, from
       today. Sync people. Look at the same again.
    """
    colleagues = _colleagues()
    tenant = stage.tenant(roster=[_person(*each) for each in colleagues.values()])
    uuids = dict(zip(colleagues, stage.gusto.roster(tenant), strict=True))
    for who, days in (("gone", -1), ("leaving", 1), ("staying_after_all", 1)):
        stage.gusto.dismiss(tenant, uuids[who], days=days)
    blank = dict.fromkeys(("email", "work_email", "date_of_birth", "department_uuid", "manager_uuid"))
    stage.gusto.change_person(tenant, uuids["bare"], **blank)
    ours = [_person(*colleagues["returning"], id="returning"), _bare_person()]
    stage.act_where_possible(Action.SET_PEOPLE, tenant, {"people": ours})
    stage.note("colleagues", uuids)
    stage.connect(tenant)
    stage.act(Action.SYNC_PEOPLE, tenant)
    stage.confirm_proposals(tenant)
    stage.gusto.dismiss(tenant, uuids["returning"], days=-30)
    stage.act(Action.SYNC_PEOPLE, tenant)
    with stage.window("before"):
        _look_at_colleagues(stage, tenant)
    stage.gusto.cancel_dismissal(tenant, uuids["staying_after_all"])
    stage.gusto.rehire(tenant, uuids["returning"])
    stage.act(Action.SYNC_PEOPLE, tenant)
    with stage.window("after"):
        _look_at_colleagues(stage, tenant)


def _colleagues() -> dict[str, tuple[str, str, str, str]]:
    return {
        "staying": ("Dubslav", "Stechlin", "dubslav@stechlin.example", "1948-01-05"),
        "gone": ("Engelke", "Diener", "engelke@stechlin.example", "1951-03-09"),
        "leaving": ("Melusine", "Ghiberti", "melusine@kronprinzenufer.example", "1975-05-13"),
        "staying_after_all": ("Armgard", "Barby", "armgard@kronprinzenufer.example", "1979-07-17"),
        "returning": ("Woldemar", "Stechlin", "woldemar@regiment.example", "1972-09-21"),
        "bare": ("Uncke", "Gendarm", "uncke@stechlin.example", "1960-11-25"),
    }


def _bare_person() -> dict[str, str | None]:
    return {"id": "bare", "first_name": "Pyterke", "last_name": "Wachtmeister", "email": None}


def _look_at_colleagues(stage: Stage, tenant: Tenant) -> None:
    stage.observe_where_possible(Observation.PEOPLE, tenant)
    stage.observe_where_possible(Observation.MATCHES, tenant)


@scenario(
    title="A company is connected again, also by another admin",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
    any_list=True,
    observes=(Observation.MATCHES, Observation.PEOPLE),
)
def connected_again(stage: Stage) -> None:
    """A company that is connected already is connected again, by the same admin and by another.

    1. In Gusto there is a company of two people; put two into the integration, one who is alike in all and
       one in the name only. Connect the company, sync people, and confirm the matches where it asks for that.
       (Where another list is read than that of people, the company has 12 people, and contractors.)
    2. Connect the same company for the same customer again, without disconnecting. Sync people.
    3. Do so once more, signed in at Gusto as another admin of the company.
    4. Look at matches and people (or at contractors or journal, where those are read) before, in between and
       at the end.
    """
    pairs = [pair for pair in _lookalikes() if pair[1]["id"] in {"all-alike", "name-only"}]
    roster = [theirs for theirs, _ in pairs] if stage.reading is PEOPLE else None
    tenant = stage.tenant(people=12, roster=roster)
    stage.act_where_possible(Action.SET_PEOPLE, tenant, {"people": [ours for _, ours in pairs]})
    stage.connect(tenant)
    stage.read(tenant)
    stage.confirm_proposals(tenant)
    _look_again(stage, tenant, "before")
    stage.connect(tenant)
    stage.read(tenant)
    _look_again(stage, tenant, "again")
    stage.connect_as_accountant(tenant)
    stage.read(tenant)
    _look_again(stage, tenant, "another_admin")


def _look_again(stage: Stage, tenant: Tenant, window: str) -> None:
    with stage.window(window):
        stage.observe_where_possible(Observation.MATCHES, tenant)
        stage.observe_where_possible(stage.reading.observation, tenant)


@scenario(
    title="Two customers side by side",
    needs=(Action.CONNECT, Action.SYNC_PEOPLE),
    any_list=True,
    observes=(Observation.PEOPLE, Observation.CONNECTION),
)
def two_tenants(stage: Stage) -> None:
    """Two customers of the integration connect two companies and sync in turn.

    1. In Gusto there are a company of 12 people and one of 26.
    2. As two customers of the integration, connect one company each.
    3. Sync people of the first, of the second, and of the first again.
    4. Look at the people (or at contractors or journal, where those are read) and the connection that the
       integration holds for each.
    """
    first, second = stage.tenant(people=12), stage.tenant(people=26)
    reading = stage.reading
    for tenant in (first, second):
        stage.connect(tenant)
    for tenant in (first, second, first):
        stage.read(tenant)
    for tenant in (first, second):
        stage.gusto.audit(tenant, reading.path)
    for tenant in (first, second):
        stage.observe_where_possible(reading.observation, tenant)
        stage.observe_where_possible(Observation.CONNECTION, tenant)
