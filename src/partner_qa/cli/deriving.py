"""What a folder of recordings comes to, for `bundle` and `verify` alike: the record, its views, its facts.

Both commands go this way, so that what is packed and what is derived again can differ in nothing but the
recordings.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from partner_qa.cassette.files import load_run
from partner_qa.checklist import Checklist, load_checklist
from partner_qa.cli.fitness import find_odd_recordings, find_unfit_runs
from partner_qa.cli.judging import day_of
from partner_qa.cli.merged import CONTROL, EMBEDDED, Merged, judge_both
from partner_qa.cli.retelling import find_same_spreadsheet, find_untrue
from partner_qa.contract.catalogue import load_contract
from partner_qa.errors import Problem
from partner_qa.evidence.examining import Rederived
from partner_qa.evidence.ledgers import read_attestations, write_waivers
from partner_qa.evidence.manifest import (
    ATTESTATIONS,
    CHECKLIST,
    LASTS,
    PLAIN_PAGE,
    RESULTS,
    SPREADSHEET,
    SUBMISSION,
    WAIVERS,
    Manifest,
)
from partner_qa.evidence.trouble import EvidenceError
from partner_qa.gate import Judged, Ledger
from partner_qa.judge import Choice, judge_run
from partner_qa.ledger import load_waivers
from partner_qa.model import Attestation, Run
from partner_qa.report.completed import render_checklist_csv, write_checklist_xlsx
from partner_qa.report.front import DRAFT, Front, Packed, write_front
from partner_qa.report.results import Record, judging_versions, load_results, to_json
from partner_qa.report.static import render_page
from partner_qa.report.submission import render_submission
from partner_qa.settings import harness_version
from partner_qa.verdicts import find_differences

RUN_FOLDERS = ("", CONTROL, EMBEDDED, f"{EMBEDDED}/{CONTROL}")


def load_runs(folder: Path) -> dict[str, Run]:
    """Return the runs in a folder by where they are: itself, its control arm, the run it is merged with."""
    there = [name for name in RUN_FOLDERS if not name or (folder / name / "run.json").exists()]
    return {name: load_run(folder / name) for name in there}


def derive_record(
    runs: Mapping[str, Run],
    *,
    ledger: Ledger,
    today: date,
    strict: bool,
    allure_dir: Path | None = None,
) -> Record:
    """Return what runs come to as a submission; of a merged pair, what both come to."""
    run, checklist = runs[""], load_checklist()
    judge = partial(
        judge_run,
        checklist=checklist,
        contract=load_contract(),
        today=today,
        ledger=ledger,
        choice=Choice.of(run.filters),
        strict=strict,
        submission=True,
    )
    if EMBEDDED not in runs:
        results = judge(run, control=runs.get(CONTROL), allure_dir=allure_dir)
    else:
        results = judge_both(
            judge,
            Merged(run=runs[EMBEDDED], control=runs.get(f"{EMBEDDED}/{CONTROL}")),
            judge(run),
            ledger=ledger,
            checklist=checklist,
            today=today,
            strict=strict,
            submission=True,
            allure_dir=allure_dir,
        )
    return Record(results=results, titles=checklist.titles, versions=judging_versions())


def tell_allure(record: Record, *, ledger: Ledger, today: date, checklist: Checklist, folder: Path) -> None:
    """Write Allure's results of a record that has been derived; the verdicts are told, not judged again."""
    judge_run(
        record.results.run,
        checklist=checklist,
        contract=load_contract(),
        today=today,
        ledger=ledger,
        choice=Choice.of(record.results.run.filters),
        settled={each.item.id: each.verdict for each in record.results.judged},
        allure_dir=folder,
        submission=True,
    )


def find_judging_day(runs: Iterable[Run], attestations: Iterable[Attestation]) -> date:
    """Return the day by which waivers and attestations are judged, wherever and whenever that is done."""
    return max((*map(day_of, runs), *(each.given for each in attestations)))


def describe(record: Record, runs: Mapping[str, Run], *, today: date) -> dict[str, Any]:
    """Return what of a manifest follows from the runs and from what they come to."""
    run, decision = runs[""], record.results.decision
    created = max(each.ended or each.started for each in runs.values())
    integration = run.profile.get("integration")
    told = integration if isinstance(integration, dict) else {}
    return {
        "integration": {name: str(value)[:1000] for name, value in told.items() if value is not None},
        "harness": {"name": "gusto-partner-qa", "version": harness_version()},
        "contract": dict(load_contract().identity),
        "checklist": dict(load_checklist().identity),
        "profile": dict(run.profile),
        "runs": [_describe_run(name, each) for name, each in runs.items()],
        "created": created.isoformat(),
        "expires": (min(created.date(), date.max - LASTS) + LASTS).isoformat(),
        "judged_on": today.isoformat(),
        "decision": {"exit_code": int(decision.exit_code), "headline": decision.headline[:1000]},
    }


def _describe_run(folder: str, run: Run) -> dict[str, Any]:
    return {
        "folder": folder,
        "id": run.id,
        "target": str(run.target),
        "started": run.started.isoformat(),
        "ended": run.ended.isoformat() if run.ended else None,
        "base_url": run.base_url,
        "filters": list(run.filters),
        "recordings": len(run.recordings),
        "exchanges": sum(len(each.exchanges) for each in run),
    }


# what people look at


def as_draft(record: Record) -> Record:
    """Return a record whose every view says that it is a draft."""
    run, decision = record.results.run, record.results.decision
    integration = run.profile.get("integration")
    told = integration if isinstance(integration, dict) else {}
    named = {**told, "name": f"DRAFT {told.get('name', '')}".strip()}
    marked = replace(run, profile={**run.profile, "integration": named})
    decided = replace(decision, headline=f"{DRAFT}: {decision.headline}")
    return replace(record, results=replace(record.results, run=marked, decision=decided))


def render_views(record: Record, facts: Mapping[str, Any], *, draft: bool) -> tuple[dict[str, bytes], Front]:
    """Return the files of a bundle that follow from its record and manifest, by their paths."""
    shown = as_draft(record) if draft else record
    front = write_front(shown, packed=_read_packed(facts), draft=draft)
    return {
        SUBMISSION: render_submission(front),
        PLAIN_PAGE: render_page(shown, front=front).encode(),
        CHECKLIST: render_checklist_csv(shown, draft=draft),
        SPREADSHEET: _render_spreadsheet(shown, draft=draft),
    }, front


def _render_spreadsheet(record: Record, *, draft: bool) -> bytes:
    with tempfile.TemporaryDirectory(prefix="partner-qa-sheet-") as scratch:
        path = Path(scratch) / SPREADSHEET
        write_checklist_xlsx(record, path, draft=draft, page=PLAIN_PAGE)
        return path.read_bytes()


def _read_packed(facts: Mapping[str, Any]) -> Packed:
    """Return what the first page says of the bundle, as its manifest says it."""
    previous = facts["previous"]
    return Packed(
        seen=_day(facts["created"][:10]),
        expires=_day(facts["expires"]),
        signer=facts["signer"] or "",
        sheet=facts["sheet"] or "",
        notes=tuple(facts["notes"]),
        changes=None if previous is None else tuple(previous["changes"]),
    )


def _day(text: str) -> date:
    return date.fromisoformat(text)


# judging a bundle again


def rederive(folder: Path, manifest: Manifest) -> Rederived:
    """Judge the recordings of an unpacked bundle again, and return all that follows from them.

    Raises `SetupError` where recordings, record or ledgers cannot be read.
    """
    runs, stored = load_runs(folder), load_results(folder / RESULTS)
    attestations = _load_attestations(folder / ATTESTATIONS)
    today = find_judging_day(runs.values(), attestations)
    ledger = Ledger(waivers=load_waivers(folder / WAIVERS, today=today), attestations=attestations)
    record = derive_record(runs, ledger=ledger, today=today, strict=bool(manifest.value["strict"]))
    facts = {**manifest.value, **describe(record, runs, today=today)}
    told = replace(record, versions=stored.versions)
    views, front = render_views(told, facts, draft=manifest.is_draft)
    views[SPREADSHEET] = find_same_spreadsheet(folder / SPREADSHEET, views[SPREADSHEET])
    views[WAIVERS] = write_waivers(ledger.waivers)
    return Rederived(
        differences=find_differences(
            [each.verdict for each in stored.results.judged],
            [each.verdict for each in record.results.judged],
        ),
        results=to_json(record),
        views=views,
        facts=describe(record, runs, today=today),
        odd=(*find_unfit_runs(runs), *find_odd_recordings(folder, runs)),
        untrue=tuple(find_untrue(folder, told, front, facts, draft=manifest.is_draft)),
        waivers=ledger.waivers,
        attestations=ledger.attestations,
    )


def _load_attestations(path: Path) -> tuple[Attestation, ...]:
    try:
        return read_attestations(path.read_bytes())
    except (OSError, ValueError) as error:
        raise EvidenceError([Problem(file=str(path), message=f"cannot be read: {error}")]) from error


def keep_durations(record: Record, stored: Record | None) -> Record:
    """Return a record with the durations of an earlier one, so that packing twice gives the same bytes."""
    known = {each.item.id: each.duration for each in stored.results.judged} if stored else {}
    judged: Sequence[Judged] = tuple(
        replace(each, duration=known.get(each.item.id, 0.0)) for each in record.results.judged
    )
    return replace(record, results=replace(record.results, judged=tuple(judged)))
