"""What `partner-qa check` does: drive, judge, control arm, judge again, merge, report."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import click

from partner_qa.cassette.files import load_run
from partner_qa.checklist import Checklist, load_checklist
from partner_qa.checks.use_cases import find_words
from partner_qa.cli.control import drive_control
from partner_qa.cli.execution import (
    choose_scenarios,
    copy_cassettes,
    load_ledger,
    make_folder,
    make_site,
    now_and_today,
    prepare_copy,
    scenarios_with_findings,
)
from partner_qa.cli.interruption import Interruption
from partner_qa.cli.merged import Merged, judge_both, keep_merged, load_merged
from partner_qa.cli.screen import Screen, print_record
from partner_qa.contract.catalogue import Contract, load_contract
from partner_qa.driving.runner import Plan, drive_run
from partner_qa.errors import UsageError
from partner_qa.gate import Ledger, Results
from partner_qa.judge import Choice, choose_items, judge_run
from partner_qa.merging import require_mergeable
from partner_qa.model import Facts, Run, Target, Verdict
from partner_qa.profile.profile import load_profile
from partner_qa.recorder.recorder import UNATTRIBUTED
from partner_qa.report.github import tell_github
from partner_qa.report.locating import find_root, load_locator
from partner_qa.report.results import Record, judging_versions, to_json
from partner_qa.report.writing import ALLURE_RESULTS, Written, write_reports


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """What was typed after `partner-qa check`, by the names of the options."""

    profile: Path
    items: tuple[str, ...]
    sections: tuple[str, ...]
    target: str
    base_url: str | None
    opens: bool
    patience: float
    merge: Path | None
    by_hand: bool
    strict: bool
    submission: bool
    waivers: Path | None
    attestations: Path | None
    output: Path
    cassettes: Path | None
    no_report: bool
    seed: int
    as_json: bool
    quiet: bool
    is_traced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What a check judges by: the checklist, the contract, what people decided, and the day."""

    options: CheckOptions
    checklist: Checklist
    contract: Contract
    ledger: Ledger
    choice: Choice
    today: date

    def judge(
        self,
        run: Run,
        *,
        control: Run | None = None,
        settled: Mapping[str, Verdict] | None = None,
        allure_dir: Path | None = None,
    ) -> Results:
        """Judge a run by all of it."""
        if allure_dir is not None:
            shutil.rmtree(allure_dir, ignore_errors=True)
        return judge_run(
            run,
            checklist=self.checklist,
            contract=self.contract,
            today=self.today,
            ledger=self.ledger,
            choice=self.choice,
            control=control,
            settled=settled,
            allure_dir=allure_dir,
            strict=self.options.strict,
            submission=self.options.submission,
        )


def run_check(options: CheckOptions) -> int:
    """Do all of it, and return the exit code.

    Everything that a person could have mistyped is looked at before anything is started.
    """
    now, today = now_and_today()
    target = Target(options.target)
    bench = Bench(
        options=options,
        checklist=load_checklist(),
        contract=load_contract(),
        ledger=load_ledger(options.profile, options.waivers, options.attestations, today),
        choice=Choice(items=options.items, sections=options.sections),
        today=today,
    )
    items = choose_items(bench.checklist, bench.choice)
    profile = load_profile(options.profile)
    if options.by_hand:
        profile = replace(profile, run=None)
    site = make_site(
        target,
        base_url=options.base_url,
        opens=options.opens,
        patience=options.patience,
        seed=options.seed,
        anchor=today,
    )
    merged = _load_merged(options, target, profile.facts(), bench.checklist.identity)
    if options.cassettes is not None:
        prepare_copy(options.cassettes)
    folder = make_folder(options.output, profile.integration.name, now)
    plan = Plan(
        profile=profile,
        scenarios=choose_scenarios(items, find_words(profile.gusto.scopes, profile.use_cases), target),
        site=site,
        contract=bench.contract,
        checklist=bench.checklist.identity,
        folder=folder,
        filters=bench.choice.filters,
    )
    interruption = Interruption()
    try:
        with (
            interruption.heard(),
            Screen(quiet=options.quiet, is_traced=options.is_traced, interruption=interruption) as screen,
        ):
            drive_run(plan, screen)
            results = _judge(bench, plan, screen, merged)
            record = Record(results=results, titles=bench.checklist.titles, versions=judging_versions())
            written = write_reports(record, folder, says=screen.says, profile=options.profile)
    except BaseException as error:
        error.add_note(_say_where(folder))
        raise
    _print(record, written, options)
    if options.cassettes is not None:
        copy_cassettes(folder, options.cassettes)
        click.echo(f"the recordings are in {options.cassettes} as well", err=True)
    return int(results.decision.exit_code)


def _say_where(folder: Path) -> str:
    """Return where to find what a run has left that did not come to its end, and what to do with it."""
    if any(each.stem != UNATTRIBUTED for each in (folder / "cassettes").glob("*.yaml")):
        return f"What was recorded until now is in {folder}; `partner-qa judge {folder}` judges it."
    # Started by hand it speaks at its own terminal; or nothing was started.
    if not (folder / "logs").is_dir():
        return "No scenario was recorded."
    return f"No scenario was recorded; what the integration wrote is in {folder / 'logs'}."


def _load_merged(options: CheckOptions, target: Target, profile: Facts, checklist: Facts) -> Merged | None:
    """Return the embedded run that this live one is to be reported with, if one was named."""
    if options.merge is None:
        return None
    if target is not Target.LIVE:
        raise UsageError("--merge goes with --sandbox live", hint="It names the folder of an embedded run.")
    merged = load_merged(options.merge)
    require_mergeable(merged.run, profile=profile, checklist=checklist)
    return merged


def _judge(bench: Bench, plan: Plan, screen: Screen, merged: Merged | None) -> Results:
    run = load_run(plan.folder)
    allure_dir = None if bench.options.no_report else plan.folder / ALLURE_RESULTS
    screen.says("judging")
    if merged is not None and bench.options.merge is not None:
        keep_merged(bench.options.merge, plan.folder)
        return judge_both(
            bench.judge,
            merged,
            bench.judge(run),
            ledger=bench.ledger,
            checklist=bench.checklist,
            today=bench.today,
            strict=bench.options.strict,
            submission=bench.options.submission,
            allure_dir=allure_dir,
        )
    results = bench.judge(run, allure_dir=allure_dir)
    control = drive_control(plan, scenarios_with_findings(results), screen)
    return results if control is None else bench.judge(run, control=control, allure_dir=allure_dir)


def _print(record: Record, written: Written, options: CheckOptions) -> None:
    if options.as_json:
        click.echo(json.dumps(to_json(record), indent=1, sort_keys=True))
    else:
        print_record(record, written)
    locator = load_locator(options.profile, record.results.run, root=find_root(os.environ))
    tell_github(record, locator, os.environ, sys.stderr if options.as_json else sys.stdout)
    if written.no_allure and not options.no_report:
        click.echo(f"no Allure report: {written.no_allure}", err=True)
