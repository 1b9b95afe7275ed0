"""From a profile to results: choose, drive, judge, control arm, judge again, reports.

`check` and `kill-matrix` both go this way. What is printed is theirs; here is only the order of things.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from partner_qa.checklist import applies
from partner_qa.contract.hosts import DEMO_HOST
from partner_qa.driving.consent import PATIENCE
from partner_qa.driving.stand import Site
from partner_qa.errors import Problem, SetupError, UsageError
from partner_qa.gate import Ledger, Results
from partner_qa.ledger import load_attestations, load_waivers
from partner_qa.model import Item, Outcome, Target
from partner_qa.recorder.forwarder import require_sandbox
from partner_qa.scenario import Scenario
from partner_qa.suite import load_scenarios, load_tests

CLIENT_ID, CLIENT_SECRET = "PARTNER_QA_CLIENT_ID", "PARTNER_QA_CLIENT_SECRET"


def make_folder(root: Path, name: str, now: datetime) -> Path:
    """Return a new folder for a run, named by time and integration, and by a number where need be."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "integration"
    wanted = root / f"{now:%Y%m%d-%H%M%S}-{slug}"
    for number in range(1, 1000):
        folder = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise UsageError(
                [Problem(file=str(root), key="--output", message=f"cannot be written: {error.strerror}")]
            ) from error
        return folder
    raise UsageError([Problem(file=str(root), key="--output", message="is full of runs of this very second")])


def load_ledger(profile: Path, waivers: Path | None, attestations: Path | None, today: date) -> Ledger:
    """Return what people decided; by default from the files beside the profile, which need not be there.

    Raises `LedgerError` with every mistake in them, `UsageError` where a file that was named is missing.
    """
    for option, named in (("--waivers", waivers), ("--attestations", attestations)):
        if named is not None and not named.is_file():
            raise UsageError([Problem(file=str(named), key=option, message="is not there")])
    return Ledger(
        waivers=load_waivers(waivers or profile.with_name("waivers.yaml"), today=today),
        attestations=load_attestations(attestations or profile.with_name("attestations.yaml")),
    )


def make_site(
    target: Target,
    *,
    base_url: str | None,
    opens: bool,
    patience: float = PATIENCE,
    seed: int,
    anchor: date,
    environ: Mapping[str, str] | None = None,
) -> Site:
    """Return where to drive; the live sandbox takes the application's credentials from the environment.

    Raises `UsageError` where they are missing, `SandboxUnreachable` for a host that is never driven against.
    """
    if target is Target.EMBEDDED:
        if base_url:
            raise UsageError("--base-url goes with --sandbox live", hint="Add --sandbox live.")
        return Site(target=target, seed=seed, anchor=anchor)
    given = os.environ if environ is None else environ
    missing = [name for name in (CLIENT_ID, CLIENT_SECRET) if not given.get(name)]
    if missing:
        raise UsageError(
            [Problem(key=name, message="is not set in the environment") for name in missing],
            hint="The live sandbox wants your application's credentials; the Developer Portal shows them.",
        )
    return Site(
        target=target,
        base_url=require_sandbox(base_url or f"https://{DEMO_HOST}"),
        client_id=given[CLIENT_ID],
        client_secret=given[CLIENT_SECRET],
        anchor=anchor,
        opens=opens,
        patience=patience,
    )


def choose_scenarios(items: Collection[Item], words: Collection[str], target: Target) -> tuple[Scenario, ...]:
    """Return the scenarios that those of the items which apply are judged on, in their order.

    `words` are the use cases, and what else items apply by (`checks.use_cases`). A test that looks at the
    whole run wants all of them. Those that need another target are left out.
    """
    wanted = {item.id for item in items if applies(item, words)}
    tests = [test for test in load_tests() if test.declared.item in wanted]
    named = {name for test in tests for name in test.scenarios}
    is_of_run = any(test.is_of_run for test in tests)
    every = (each for each in load_scenarios() if target in each.targets)
    return tuple(each for each in every if is_of_run or each.id in named)


def scenarios_with_findings(results: Results) -> frozenset[str]:
    """Return the scenarios of items that failed: what a control arm has to look at."""
    failed = [each for each in results.judged if each.verdict.outcome is Outcome.FAIL]
    return frozenset(name for each in failed for name in each.verdict.scenarios)


def prepare_copy(to: Path) -> None:
    """Make the folder that is to take the recordings, before anything is driven.

    Raises `UsageError` where it cannot be made, or where recordings would be written over something else.
    """
    problem = ""
    try:
        to.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = f"cannot be written: {error.strerror}"
    if (to / "cassettes").exists() and not (to / "run.json").exists():
        problem = "holds a folder `cassettes` that is not of a run, and would be written over"
    if problem:
        raise UsageError(
            [Problem(file=str(to), key="--cassettes", message=problem)], hint="Name a folder of its own."
        )


def copy_cassettes(run_folder: Path, to: Path) -> None:
    """Put a run's record of what it was and its cassettes into a folder, instead of what was there.

    Raises `SetupError` where it cannot be written.
    """
    with copying(to):
        shutil.rmtree(to / "cassettes", ignore_errors=True)
        shutil.copytree(run_folder / "cassettes", to / "cassettes")
        shutil.copy2(run_folder / "run.json", to / "run.json")


@contextmanager
def copying(to: Path) -> Iterator[None]:
    """Turn what keeps files from being copied into a folder into a `SetupError` that says it."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        if isinstance(error, shutil.Error) and isinstance(
            error.args[0], list
        ):  # of a whole tree, file by file
            why = str(error.args[0][0][-1])
        problem = Problem(file=str(to), message=f"cannot be copied to: {why}")
        raise SetupError(
            [problem], hint="See that there is room, and that the folder can be written."
        ) from error


def now_and_today() -> tuple[datetime, date]:
    """Return this moment, and the day it is here; a run uses one of each throughout."""
    now = datetime.now(UTC)
    return now, now.astimezone().date()
