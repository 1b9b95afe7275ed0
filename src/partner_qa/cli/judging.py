"""What `partner-qa judge` does: load, judge, compare with the record, and write one where there is none."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import click

from partner_qa.cassette.files import load_run
from partner_qa.checklist import Checklist, load_checklist
from partner_qa.cli.merged import find_control, find_merged, judge_both
from partner_qa.cli.screen import print_record
from partner_qa.contract.catalogue import load_contract
from partner_qa.errors import Problem, UsageError
from partner_qa.gate import ExitCode, Ledger, Results
from partner_qa.judge import Choice, judge_run
from partner_qa.ledger import load_attestations, load_waivers
from partner_qa.model import Run
from partner_qa.report.results import Record, judging_versions, load_results, to_json
from partner_qa.report.text import counted
from partner_qa.report.writing import ALLURE_RESULTS, RESULTS, Written, write_reports
from partner_qa.verdicts import find_differences, leave_out_answered

_STRONGER = (ExitCode.USAGE, ExitCode.HARNESS, ExitCode.SANDBOX)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeOptions:
    """What was typed after `partner-qa judge`, by the names of the options."""

    run: Path
    items: tuple[str, ...]
    sections: tuple[str, ...]
    strict: bool
    submission: bool
    waivers: Path | None
    attestations: Path | None
    writes: bool
    as_json: bool


def judge_again(options: JudgeOptions) -> int:
    """Do all of it, and return the exit code. A run that was made of a part is judged in that part."""
    run, checklist = load_run(options.run), load_checklist()
    typed = Choice(items=options.items, sections=options.sections)
    stored = load_results(options.run / RESULTS) if (options.run / RESULTS).exists() else None
    if options.writes:
        _require_unwritten(options, stored, typed)
    results = _judge(options, run, checklist, stored)
    record = Record(results=results, titles=checklist.titles, versions=judging_versions())
    written = Written(files=())
    if options.writes:
        written = write_reports(record, options.run, says=lambda text: click.echo(text, err=True))
    _print(record, written, options)
    if written.no_allure:
        click.echo(f"no Allure report: {written.no_allure}", err=True)
    return _compare(stored, results, checklist)


def _judge(options: JudgeOptions, run: Run, checklist: Checklist, stored: Record | None) -> Results:
    """Judge a run, together with the one that it was merged with where there is one."""
    typed, today = Choice(items=options.items, sections=options.sections), day_of(run)
    ledger = _load_ledger(options, stored, today)
    allure_dir = options.run / ALLURE_RESULTS if options.writes else None
    judge = partial(
        judge_run,
        checklist=checklist,
        contract=load_contract(),
        today=today,
        ledger=ledger,
        choice=typed if typed.filters else Choice.of(run.filters),
        strict=options.strict,
        submission=options.submission,
    )
    merged = find_merged(options.run)
    if merged is None:
        return judge(run, control=find_control(options.run), allure_dir=allure_dir)
    return judge_both(
        judge,
        merged,
        judge(run),
        ledger=ledger,
        checklist=checklist,
        today=today,
        strict=options.strict,
        submission=options.submission,
        allure_dir=allure_dir,
    )


def _require_unwritten(options: JudgeOptions, stored: Record | None, typed: Choice) -> None:
    if stored is not None:
        raise UsageError(
            [Problem(file=str(options.run / RESULTS), key="--report", message="is there already")],
            hint="`partner-qa report` makes the reports of a record again.",
        )
    if typed.filters:
        raise UsageError("--report goes with the whole checklist, not with --only or --section")


def day_of(run: Run) -> date:
    """Return the day on which a run ended: what counts as expired is asked of that day."""
    return (run.ended or run.started).date()


def _load_ledger(options: JudgeOptions, stored: Record | None, today: date) -> Ledger:
    """Return what people decided: as the files say that were named, else as the record says."""
    for option, named in (("--waivers", options.waivers), ("--attestations", options.attestations)):
        if named is not None and not named.is_file():
            raise UsageError([Problem(file=str(named), key=option, message="is not there")])
    verdicts = [each.verdict for each in stored.results.judged] if stored else []
    recorded = Ledger(
        waivers=tuple(each.waiver for each in verdicts if each.waiver),
        attestations=tuple(each.attestation for each in verdicts if each.attestation),
    )
    return Ledger(
        waivers=load_waivers(options.waivers, today=today) if options.waivers else recorded.waivers,
        attestations=load_attestations(options.attestations)
        if options.attestations
        else recorded.attestations,
    )


def _print(record: Record, written: Written, options: JudgeOptions) -> None:
    if options.as_json:
        click.echo(json.dumps(to_json(record), indent=1, sort_keys=True))
    else:
        print_record(record, written)


def _compare(stored: Record | None, results: Results, checklist: Checklist) -> int:
    """Say how the record differs from what was derived, and return the exit code."""
    code = results.decision.exit_code
    if stored is None:
        return int(code)
    if stored.results.run.id != results.run.id:
        other = stored.results.run.id
        click.echo(f"{RESULTS} is of this run and of run {other} together, so it is not compared", err=True)
        return int(code)
    recorded = [each.verdict for each in stored.results.judged]
    if stored.results.run.filters:
        known = {each.item for each in recorded}
        judged = tuple(each for each in results.judged if each.item.id in known)
    else:
        judged = results.judged
    derived = leave_out_answered(recorded, [each.verdict for each in judged])
    differences = find_differences(recorded, derived)
    if not differences:
        answered = len(judged) - len(derived)
        since = (
            f"; {counted(answered, 'item')} that it left open, a person has answered since"
            if answered
            else ""
        )
        click.echo(f"{RESULTS} says the same of {counted(len(derived), 'item')}{since}", err=True)
        return int(code)
    click.echo(f"{RESULTS} is not what the recordings come to:", err=True)
    for each in differences:
        click.echo(f"  {each}", err=True)
    for each in _other_judges(stored, checklist):
        click.echo(f"  {each}", err=True)
    return int(code if code in _STRONGER else ExitCode.EVIDENCE)


def _other_judges(stored: Record, checklist: Checklist) -> list[str]:
    """Return what was not the same when the record was made, and may explain a difference."""
    then, now = stored.versions.get("partner-qa", ""), judging_versions()["partner-qa"]
    lines = [f"it was judged by partner-qa {then}, this is {now}"] if then != now else []
    if stored.results.run.checklist.get("sha256") != checklist.identity["sha256"]:
        lines.append("it was judged by another edition of the checklist")
    return lines
