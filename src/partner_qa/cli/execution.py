"""From a profile to results: pre-flight, drive, judge, control arm, judge again, reports.

`check` and `kill-matrix` both go this way. What is printed is theirs; here is only the order of things.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from partner_qa.cassette import load_run
from partner_qa.checklist import Checklist
from partner_qa.cli.screen import Screen
from partner_qa.contract.catalogue import Contract
from partner_qa.gate import Results
from partner_qa.judge import judge_run
from partner_qa.model import Outcome, Run, Target
from partner_qa.profile import Profile, load_profile
from partner_qa.runner import Plan, drive_run
from partner_qa.scenario import Scenario
from partner_qa.settings import find_shipped
from partner_qa.stand import DEMO_HOST, Site

CONTROL_PROFILE = Path("acme_time") / "partner.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What part of the checklist a person asked for; empty means all of it."""

    items: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()

    @property
    def filters(self) -> tuple[str, ...]:
        """Return the choice in words, for the record of the run."""
        return (*(f"--only {each}" for each in self.items), *(f"--section {each}" for each in self.sections))


def make_folder(root: Path, name: str, now: datetime) -> Path:
    """Return a new folder for a run, named by time and integration; a second within a second gets a suffix."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "integration"
    wanted = root / f"{now:%Y%m%d-%H%M%S}-{slug}"
    folder, number = wanted, 1
    while folder.exists():
        number += 1
        folder = wanted.with_name(f"{wanted.name}-{number}")
    folder.mkdir(parents=True)
    return folder


def drive_control(plan: Plan, scenarios: Collection[str], screen: Screen) -> Run | None:
    """Drive the example integration through scenarios in which the partner's was found wanting.

    Returns its run, or `None` on the live target, where the example has no connection of its own.
    """
    if plan.site.target is Target.LIVE or not scenarios:
        return None
    chosen = tuple(each for each in plan.scenarios if each.id in scenarios)
    control = replace(
        plan,
        profile=load_profile(find_shipped("examples") / CONTROL_PROFILE),
        scenarios=chosen,
        folder=plan.folder / "control",
        control=True,
    )
    screen.says("the control arm: the example integration in the same scenarios")
    drive_run(control, screen)
    return load_run(control.folder)
