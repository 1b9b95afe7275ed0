"""The control arm: the example integration, driven where the partner's was found wanting.

Where the careful example fails in the same scenario against the same sandbox, the mistake is ours. It runs
on a free port and keeps its data in the folder of the run, so that nothing in its way can disturb it and
nothing is written where the harness is installed.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from partner_qa.cassette.files import load_run
from partner_qa.driving.runner import Plan, Progress, drive_run
from partner_qa.errors import SetupError
from partner_qa.model import Run, Target
from partner_qa.profile.profile import Profile, load_profile
from partner_qa.settings import find_shipped

EXAMPLE = "acme_time"
_PORT = "4010"  # as the example's partner.yaml has it
_QUIET_PORTS = range(15_000, 32_000)  # Linux gives clients 32,768 and above


def example_folder() -> Path:
    """Return the folder of the example integration, in the wheel or in the clone."""
    return find_shipped("examples") / EXAMPLE


def load_example(folder: Path, env: Mapping[str, str] | None = None) -> Profile:
    """Return the example's profile, for a free port and with its data in `folder`; `env` is added to its own.

    Raises `ProfileError` where the shipped profile is broken.
    """
    shipped = example_folder() / "partner.yaml"
    folder.mkdir(parents=True, exist_ok=True)
    moved = folder / "partner.yaml"
    moved.write_text(shipped.read_text(encoding="utf-8").replace(_PORT, str(_find_free_port())), "utf-8")
    profile = load_profile(moved)
    if profile.run is None:
        return profile
    given = {**profile.run.env, "ACME_DATA_DIR": str((folder / "data").resolve()), **(env or {})}
    return replace(profile, path=shipped.resolve(), run=replace(profile.run, env=given, pass_env=()))


def drive_control(plan: Plan, scenarios: Collection[str], progress: Progress) -> Run | None:
    """Drive the example through some scenarios of a plan; return its run.

    Returns `None` where there is nothing to compare: no scenario, the live target (where the example has
    no connection of its own), the example itself judged, or an example that does not start here.
    """
    chosen = tuple(each for each in plan.scenarios if each.id in scenarios)
    if not chosen or plan.site.target is Target.LIVE or plan.profile.folder == example_folder().resolve():
        return None
    folder = plan.folder / "control"
    progress.says("the control arm: the example integration in the same scenarios")
    try:
        drive_run(replace(plan, profile=load_example(folder), scenarios=chosen, folder=folder), progress)
    except SetupError as error:
        progress.tells(
            f"the control arm could not be driven, so what failed was not compared with it: {error}"
        )
        return None
    return load_run(folder)


def _find_free_port() -> int:
    """Return a port that is free, below those that the system gives to clients: none takes it meanwhile."""
    for port in random.sample(_QUIET_PORTS, k=100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise SetupError("no port is free for the example", hint="End some of what listens on this machine.")
