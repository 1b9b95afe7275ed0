"""Drives: runs scenarios on a stand, in series, and leaves one cassette for each.

The runner decides what can be driven with a profile, and what becomes of a scenario that stops half-way.
It never judges. Judging reads the cassettes afterwards (judge.py).
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from partner_qa.adapter.preflight import require_ready
from partner_qa.cassette.files import write_run
from partner_qa.contract.catalogue import Contract
from partner_qa.contract.hosts import is_gusto
from partner_qa.contract.readings import PEOPLE, READINGS, find_reading
from partner_qa.contract.versions import find_staleness
from partner_qa.driving.opening import open_stand
from partner_qa.driving.stage import Stage
from partner_qa.driving.stand import Site, Stand
from partner_qa.errors import AdapterError, NotObserved
from partner_qa.model import Action, Facts, Run, Target
from partner_qa.profile.profile import Profile
from partner_qa.scenario import Scenario
from partner_qa.settings import harness_version


class Progress(Protocol):
    """Told what is happening, as it happens."""

    def says(self, text: str) -> None:
        """Something is happening that takes a moment."""
        ...

    def tells(self, text: str) -> None:
        """Something that a person must read, and may have to act upon."""
        ...

    def begins(self, scenario: Scenario, number: int, total: int) -> None:
        """A scenario begins."""
        ...

    def ended(self, scenario: Scenario, *, outcome: str) -> None:
        """A scenario has ended; `outcome` says what kept it from being whole, or nothing."""
        ...

    def breaks(self, error: Exception) -> None:
        """Something of ours broke in a scenario; `ended` follows with the short of it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run is to do: the scenarios, where, and the folder that takes the cassettes."""

    profile: Profile
    scenarios: tuple[Scenario, ...]
    site: Site
    contract: Contract
    checklist: Facts
    folder: Path
    filters: tuple[str, ...] = ()


def drive_run(plan: Plan, progress: Progress) -> None:
    """Drive the scenarios of a plan in order and leave run.json and a cassette for each in its folder.

    `cassette.files.load_run` reads them back. Raises what the stand raises when it cannot be built, and
    `AdapterError` when the integration is not fit to be driven; a scenario that fails leaves a recording
    that says so, and the next one is driven. Whatever ends the run, what was recorded until then is whole;
    the run itself has an end only where it came to it.
    """
    run = _describe(plan, datetime.now(UTC))
    plan.folder.mkdir(parents=True, exist_ok=True)
    write_run(plan.folder, run)
    if stale := find_staleness(plan.site.anchor):
        progress.tells(stale)
    if plan.profile.run is not None:  # what a person starts is told where it is waited for (opening.py)
        progress.says(_word_start(plan.profile))
    with open_stand(
        plan.profile, plan.site, contract=plan.contract, folder=plan.folder, says=progress.tells
    ) as stand:
        progress.says("pre-flight: is it fit to be driven?")
        require_ready(plan.profile, stand.integration)
        for number, scenario in enumerate(plan.scenarios, 1):
            progress.begins(scenario, number, len(plan.scenarios))
            outcome = _drive_scenario(stand, scenario, progress)
            progress.ended(scenario, outcome=outcome)
            if stand.probe is not None:
                stand.probe.require_health()
    write_run(plan.folder, replace(run, ended=datetime.now(UTC)))


def _word_start(profile: Profile) -> str:
    """Return what is begun, and what is waited for, how long at most."""
    ready = profile.run.ready if profile.run is not None else None
    waits = f", until {ready.url} answers ({ready.timeout:g} s at most)" if ready is not None else ""
    return f"starting {profile.integration.name}{waits}"


def _describe(plan: Plan, started: datetime) -> Run:
    return Run(
        id=f"{started:%Y%m%dT%H%M%SZ}",
        started=started,
        target=plan.site.target,
        harness=harness_version(),
        profile=plan.profile.facts(),
        contract=plan.contract.identity,
        checklist=plan.checklist,
        recordings=(),
        base_url=plan.site.base_url if plan.site.target is Target.LIVE else "",
        filters=plan.filters,
    )


def _drive_scenario(stand: Stand, scenario: Scenario, progress: Progress) -> str:
    """Drive one scenario; return what kept it from being whole, or nothing."""
    missing, trouble = find_missing(scenario, stand.profile, stand.site.target), ""
    reason, escaped = "" if missing else _revive(stand), dict(stand.integration.egress)
    stand.recorder.open(scenario.id)
    stand.recorder.note("client_id", stand.client_id)
    try:
        if not missing and not reason:
            scenario.drive(Stage(stand, scenario.id))
    except NotObserved as stopped:
        reason, missing = str(stopped), stopped.missing
    except AdapterError as stopped:
        reason = "; ".join((f"the scenario stopped: {_whole(stopped)}", *_find_end(stand)))
    except Exception as broken:  # noqa: BLE001 - it is ours: it is kept, and the next scenario goes on
        trouble = _describe_break(broken)
        progress.breaks(broken)
    except BaseException:  # Ctrl-C: what was seen is kept, and is not the whole of it
        reason = "the run was interrupted in the middle of it; record it again"
        raise
    finally:
        missing += _find_escapes(stand, escaped)
        stand.recorder.close(reason=reason, missing=missing, trouble=trouble)
    return trouble or "; ".join(filter(None, (reason, *missing)))


def _revive(stand: Stand) -> str:
    """Start the integration again where an earlier scenario has left it dead; return why it cannot be."""
    try:
        stand.integration.revive()
    except AdapterError as stopped:
        return f"the integration could not be started again: {_whole(stopped)}"
    return ""


def _find_end(stand: Stand) -> tuple[str, ...]:
    """Return that a process has ended, where that broke the scenario; else where to look."""
    ended = stand.integration.find_end(within=0.5)  # its end is told a moment after its connections break
    if ended:
        return (ended,)
    return () if stand.profile.run is None else ("see logs/ in the run's folder",)


def _find_escapes(stand: Stand, before: Mapping[str, int]) -> tuple[str, ...]:
    """Return which of Gusto's own hosts were asked past the recorder: what was asked there is unknown."""
    asked = [host for host, count in stand.integration.egress.items() if count > before.get(host, 0)]
    return tuple(
        f"what the integration asks {host} for itself, past the harness: have it take Gusto's address from "
        "its environment ({api_base})"
        for host in asked
        if is_gusto(host)
    )


def _whole(error: AdapterError) -> str:
    """Return an error with its hint on one line."""
    return " ".join([str(error), *(f"({line.strip()})" for line in error.hint.splitlines())])


def _describe_break(broken: Exception) -> str:
    """Return what broke and where, without the paths of this machine."""
    frames = traceback.extract_tb(broken.__traceback__)[-4:]
    where = ", ".join(f"{Path(each.filename).name}:{each.lineno}" for each in frames)
    return f"{type(broken).__name__}: {broken} ({where})"


def find_missing(scenario: Scenario, profile: Profile, target: Target) -> tuple[str, ...]:
    """Return what keeps a scenario from being driven: keys that partner.yaml lacks, or the target."""
    if target not in scenario.targets:
        return (f"the {Target.EMBEDDED} sandbox: this scenario needs Gusto's admin side",)
    reads = scenario.any_list and find_reading(profile.offers) is not None
    return tuple(
        _word_missing(scenario, each)
        for each in scenario.needs
        if not (profile.offers(each) or (reads and each is Action.SYNC_PEOPLE))
    )


def _word_missing(scenario: Scenario, action: Action) -> str:
    if action is Action.RESTART:
        return "run.processes in partner.yaml"
    if scenario.any_list and action is Action.SYNC_PEOPLE:
        others = " or ".join(each.action for each in READINGS if each is not PEOPLE)
        return f"actions.{action} in partner.yaml (or {others}, which read lists too)"
    return f"actions.{action} in partner.yaml"
