"""Drives: runs scenarios on a stand, in series, and leaves one cassette for each.

The runner decides what can be driven with a profile, and what becomes of a scenario that stops half-way.
It never judges. Judging reads the cassettes afterwards (judge.py).
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from partner_qa.cassette import CassetteWriter, write_run
from partner_qa.contract.catalogue import Contract
from partner_qa.errors import AdapterError, NotObserved
from partner_qa.model import Facts, Run, Target
from partner_qa.profile import Profile
from partner_qa.scenario import Scenario
from partner_qa.settings import harness_version
from partner_qa.stage import Stage
from partner_qa.stand import Site, Stand, open_stand


class Progress(Protocol):
    """Told what is happening, as it happens."""

    def begins(self, scenario: Scenario, number: int, total: int) -> None:
        """A scenario begins."""
        ...

    def ended(self, scenario: Scenario, *, outcome: str) -> None:
        """A scenario has ended: `recorded`, `not possible` or `stopped`, with the reason."""
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
    control: bool = False


def drive_run(plan: Plan, progress: Progress) -> Run:
    """Drive the scenarios of a plan in order and leave run.json and a cassette for each in its folder.

    Returns the run without its recordings; load them with `cassette.load_run`. Raises what the stand
    raises when it cannot be built; a scenario that fails leaves a recording that says so, and the next
    one is driven.
    """
    started = datetime.now(UTC)
    with open_stand(plan.profile, plan.site, contract=plan.contract, logs=plan.folder / "logs") as stand:
        for number, scenario in enumerate(plan.scenarios, 1):
            progress.begins(scenario, number, len(plan.scenarios))
            outcome = _drive_scenario(stand, scenario, plan)
            progress.ended(scenario, outcome=outcome)
        stand.recorder.finish()
    run = Run(
        id=f"{started:%Y%m%dT%H%M%SZ}",
        started=started,
        ended=datetime.now(UTC),
        target=plan.site.target,
        harness=harness_version(),
        profile=plan.profile.facts(),
        contract=plan.contract.identity,
        checklist=plan.checklist,
        recordings=(),
        base_url=plan.site.base_url if plan.site.target is Target.LIVE else "",
        filters=plan.filters,
    )
    write_run(plan.folder, run)
    return run


def _drive_scenario(stand: Stand, scenario: Scenario, plan: Plan) -> str:
    writer = CassetteWriter(
        plan.folder / "cassettes" / f"{scenario.id}.yaml",
        scenario=scenario.id,
        target=plan.site.target,
        started=datetime.now(UTC),
    )
    missing, trouble = find_missing(scenario, plan.profile, plan.site.target), ""
    stand.recorder.open(scenario.id, writer=writer)
    stand.recorder.note("client_id", stand.client_id)
    try:
        if not missing:
            scenario.drive(Stage(stand, scenario.id))
    except NotObserved as stopped:
        missing = (str(stopped), *stopped.missing)
    except AdapterError as stopped:
        missing = (f"the scenario stopped: {stopped}",)
    except Exception:  # noqa: BLE001 - whatever broke is ours: it is kept, and the next scenario goes on
        trouble = traceback.format_exc(limit=-4)
    finally:
        stand.recorder.disarm()
        stand.recorder.close(missing=missing, trouble=trouble)
    return trouble or "; ".join(missing)


def find_missing(scenario: Scenario, profile: Profile, target: Target) -> tuple[str, ...]:
    """Return what keeps a scenario from being driven: keys that partner.yaml lacks, or the target."""
    if target not in scenario.targets:
        return (f"the {Target.EMBEDDED} sandbox: this scenario needs Gusto's admin side",)
    return tuple(f"actions.{each} in partner.yaml" for each in scenario.needs if not profile.offers(each))
