"""What `partner-qa bundle` does: choose, judge again, write the views, search for leaks, pack, sign.

Nothing of the moment goes into the bundle, so that packing the same run twice gives the same bytes. The
moment decides only whether it may be packed at all.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import click

from partner_qa.checklist import load_checklist
from partner_qa.cli.choosing import Chosen, choose_runs
from partner_qa.cli.deriving import (
    as_draft,
    derive_record,
    describe,
    find_judging_day,
    keep_durations,
    load_runs,
    render_views,
    tell_allure,
)
from partner_qa.cli.execution import now_and_today
from partner_qa.cli.fitness import find_odd_recordings, find_unfit_runs
from partner_qa.cli.merged import CONTROL
from partner_qa.cli.retelling import find_sheet, pack_allure_page, pack_filled_sheet
from partner_qa.errors import Problem, UsageError
from partner_qa.evidence.archive import Member, pack
from partner_qa.evidence.canaries import Marks, load_marks
from partner_qa.evidence.canonical import sha256_of, to_canonical
from partner_qa.evidence.changes import find_changes
from partner_qa.evidence.envelope import seal
from partner_qa.evidence.keys import SigningKey, find_signing_key
from partner_qa.evidence.leaks import Search, find_leaks
from partner_qa.evidence.ledgers import find_expired, measure_files, write_attestations, write_waivers
from partner_qa.evidence.machine import find_phrases
from partner_qa.evidence.manifest import (
    ALLURE_PAGE,
    ATTESTATIONS,
    MANIFEST,
    RESULTS,
    SIGNATURE,
    WAIVERS,
    find_role,
    make_manifest,
    read_manifest,
)
from partner_qa.evidence.opening import open_bundle
from partner_qa.evidence.statement import PAYLOAD_TYPE, make_statement
from partner_qa.evidence.trouble import EvidenceError, Untrustworthy
from partner_qa.gate import ExitCode, Ledger
from partner_qa.ledger import load_attestations, load_waivers
from partner_qa.model import Run, Target
from partner_qa.report.allure_folder import finish_folder
from partner_qa.report.front import Front
from partner_qa.report.generator import Folders, generate_page
from partner_qa.report.letter import write_letter
from partner_qa.report.results import Record, load_results, to_json
from partner_qa.verdicts import find_differences, leave_out_answered

_MOST_SHOWN = 30
_ALLURE = "allure-results"
_KEPT = "bundle"  # in the folder of a run: what was made for bundles, to be found again


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleOptions:
    """What was typed after `partner-qa bundle`, by the names of the options."""

    run: Path | None
    live: Path | None
    draft: bool
    previous: Path | None
    sheet: Path | None
    sheet_map: Path | None
    key: Path | None
    output: Path | None
    strict: bool
    profile: Path
    waivers: Path | None
    attestations: Path | None
    reports: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What people decided, and the folder that the files behind their answers are in."""

    ledger: Ledger
    evidence: Path | None


def make_bundle(options: BundleOptions, environ: Mapping[str, str] | None = None) -> int:
    """Do all of it, and return the exit code."""
    given = os.environ if environ is None else environ
    _, today = now_and_today()
    key = find_signing_key(options.key, given)
    chosen = choose_runs(options.run, options.live, options.reports)
    for line in chosen.said:
        click.echo(line, err=True)
    with tempfile.TemporaryDirectory(prefix="partner-qa-bundle-") as scratch:
        folder = Path(scratch) / "run"
        chosen.arrange(folder)
        return _Packing(options, given, today, key, chosen, folder).pack()


class _Packing:
    """One packing, step by step; the steps share what was found out before."""

    def __init__(
        self,
        options: BundleOptions,
        environ: Mapping[str, str],
        today: date,
        key: SigningKey | None,
        chosen: Chosen,
        folder: Path,
    ) -> None:
        self._options = options
        self._environ = environ
        self._today = today
        self._key = key
        self._chosen = chosen
        self._folder = folder
        self._runs = load_runs(folder)
        self._marks = [marks for each in chosen.folders if (marks := load_marks(each)) is not None]
        self._control_marks = [load_marks(each / CONTROL) for each in chosen.folders]
        self._stored = _load_stored(chosen)
        self._decided = self._load_decided()

    def pack(self) -> int:
        """Do all of it, and return the exit code."""
        ledger = self._decided.ledger
        day = find_judging_day(self._runs.values(), ledger.attestations)
        record = derive_record(self._runs, ledger=ledger, today=day, strict=self._options.strict)
        record = keep_durations(record, self._stored)
        named, unread = self._measure_evidence(ledger)
        reasons = [*self._find_reasons(record), *unread]
        fixed = [*self._find_recorded(), *self._write_ledgers(ledger, named), *self._fill_sheet(record)]
        facts = self._describe(record, day, reasons, find_sheet(fixed))
        allure, page = self._write_results(record, ledger, day)
        fixed += allure
        views, front = self._write_views(record, facts, page)
        leaks = [str(each) for each in find_leaks([*fixed, *views], self._search())]
        reasons += [f"leak: {each}" for each in leaks]
        if reasons and not self._options.draft:
            return _refuse(reasons)
        if leaks:  # told in the draft itself, which therefore is written anew
            facts = self._describe(record, day, reasons, find_sheet(fixed))
            views, front = self._write_views(record, facts, page)
        return self._finish(front, facts, [*fixed, *views], reasons)

    # what there is

    def _load_decided(self) -> Decided:
        """Return what people decided: as the files say, else as the record of the run says."""
        options = self._options
        for option, named in (("--waivers", options.waivers), ("--attestations", options.attestations)):
            if named is not None and not named.is_file():
                raise UsageError([Problem(file=str(named), key=option, message="is not there")])
        waivers = options.waivers or options.profile.with_name("waivers.yaml")
        attestations = options.attestations or options.profile.with_name("attestations.yaml")
        verdicts = [each.verdict for each in self._stored.results.judged] if self._stored else []
        ledger = Ledger(
            waivers=load_waivers(waivers, today=self._today)
            if waivers.exists()
            else tuple(each.waiver for each in verdicts if each.waiver),
            attestations=load_attestations(attestations)
            if attestations.exists()
            else tuple(each.attestation for each in verdicts if each.attestation),
        )
        early = [each for each in ledger.attestations if each.given > self._today]
        if early:
            problems = [
                Problem(key=each.item, message=f"is dated {each.given}, still to come") for each in early
            ]
            raise UsageError(problems, hint="An answer is dated by the day on which it was given.")
        return Decided(ledger=ledger, evidence=attestations.parent if attestations.exists() else None)

    def _measure_evidence(self, ledger: Ledger) -> tuple[list[Any], list[str]]:
        if self._decided.evidence is not None:
            return measure_files(ledger.attestations, self._decided.evidence)
        return [], [
            f"attestation {each.item}: its files can be hashed only where attestations.yaml is named"
            for each in ledger.attestations
            if each.evidence
        ]

    def _find_reasons(self, record: Record) -> list[str]:
        """Return every reason for which this must not be submitted, but for leaks."""
        decision, ledger = record.results.decision, self._decided.ledger
        reasons = [message for _, message in find_unfit_runs(self._runs)]
        if decision.exit_code is not ExitCode.VERIFIED:
            reasons += [decision.headline, *decision.reasons]
        reasons += [message for _, message in find_odd_recordings(self._folder, self._runs)]
        reasons += find_expired(ledger.waivers, ledger.attestations, self._today)
        expires = describe(record, self._runs, today=self._today)["expires"]
        if self._today.isoformat() > expires:
            reasons.append(f"the run counted until {expires}")
        if len(self._marks) < len(self._chosen.folders):
            reasons.append("the run has planted no canaries, so nobody can tell what redaction took out")
        if self._stored is not None and self._chosen.is_stored_whole and not self._options.waivers:
            told = [replace(each.verdict, waiver=None) for each in self._stored.results.judged]
            derived = leave_out_answered(told, [each.verdict for each in record.results.judged])
            differing = find_differences(told, derived)
            reasons += [f"results.json of the run differs from its recordings: {each}" for each in differing]
        return list(dict.fromkeys(reasons))

    def _describe(
        self, record: Record, day: date, reasons: Iterable[str], sheet: str | None
    ) -> dict[str, Any]:
        signer = self._key.public.fingerprint if self._key else None
        notes = [f"not for submission: {each}"[:2000] for each in reasons] if self._options.draft else []
        if self._options.draft and not notes:
            notes = ["packed with --draft; nothing stood against submitting it"]
        return {
            "draft": self._options.draft,
            **describe(record, self._runs, today=day),
            "strict": self._options.strict,
            "signer": signer,
            "notes": notes[:100],
            "sheet": sheet,
            "previous": self._compare_with_previous(record),
            "leaks": {
                "canaries": sum(each.canaries for each in self._marks),
                "secrets": sum(each.secrets for each in self._marks),
            },
        }

    def _compare_with_previous(self, record: Record) -> dict[str, Any] | None:
        path = self._options.previous
        if path is None:
            return None
        try:
            with open_bundle(path) as bundle:
                manifest = read_manifest(bundle.read(MANIFEST))
                before = json.loads(bundle.read(RESULTS))
            changes = find_changes(before, to_json(record))
        except (Untrustworthy, ValueError) as error:
            raise EvidenceError([Problem(file=str(path), key="--previous", message=str(error))]) from error
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            problem = Problem(
                file=str(path), key="--previous", message=f"its {RESULTS} is no record of a run"
            )
            raise EvidenceError([problem]) from error
        return {"root": manifest.root, "created": manifest.created.isoformat(), "changes": list(changes)}

    # the files

    def _find_recorded(self) -> list[Member]:
        found = (path for path in sorted(self._folder.rglob("*")) if path.is_file())
        names = ((path.relative_to(self._folder).as_posix(), path) for path in found)
        return [
            Member(path=name, content=path) for name, path in names if find_role(name) in {"run", "cassette"}
        ]

    def _write_ledgers(self, ledger: Ledger, named: list[Any]) -> list[Member]:
        return [
            Member(path=WAIVERS, content=write_waivers(ledger.waivers)),
            Member(path=ATTESTATIONS, content=write_attestations(ledger.attestations, named)),
        ]

    def _fill_sheet(self, record: Record) -> list[Member]:
        options = self._options
        return pack_filled_sheet(record, options.sheet, options.sheet_map, draft=options.draft)

    def _write_views(
        self, record: Record, facts: Mapping[str, Any], page: Path
    ) -> tuple[list[Member], Front]:
        """Return the files that tell the record, and the first page that all of them have at their top."""
        views, front = render_views(record, facts, draft=self._options.draft)
        return [*_to_members(views), *pack_allure_page(page, front)], front

    def _write_results(self, record: Record, ledger: Ledger, day: date) -> tuple[list[Member], Path]:
        """Return the record and what Allure reads of it, and where Allure's page is if it could be made."""
        results = to_canonical(to_json(record))
        members = [Member(path=RESULTS, content=results)]
        kept = self._chosen.folders[0] / _KEPT / sha256_of(results + bytes(self._options.draft))[:16]
        page = kept / "index.html"
        if not page.exists():
            self._write_allure(record, ledger, day, kept, page)
        members += [
            Member(path=f"{_ALLURE}/{path.name}", content=path) for path in sorted((kept / _ALLURE).glob("*"))
        ]
        return members, page

    def _write_allure(self, record: Record, ledger: Ledger, day: date, kept: Path, page: Path) -> None:
        """Make the Allure report once: it has the moment in it, so it is kept for the next packing."""
        shown = as_draft(record) if self._options.draft else record
        tell_allure(shown, ledger=ledger, today=day, checklist=load_checklist(), folder=kept / _ALLURE)
        finish_folder(kept / _ALLURE, shown)
        made = generate_page(
            shown,
            Folders(results=kept / _ALLURE, page=page),
            says=lambda text: click.echo(text, err=True),
            environ=self._environ,
        )
        if made.path is None:
            click.echo(f"no Allure page in the bundle: {made.reason}", err=True)

    def _search(self) -> Search:
        known: set[bytes] = set()
        for run in self._runs.values():
            known |= {str(each.situation.get("client_id", "")).encode() for each in run}
        if self._key is not None:
            known.add(self._key.public.fingerprint.removeprefix("SHA256:").encode())
        said = _said(self._runs, self._decided)
        known |= {word.strip('.,;:()<>"').encode() for word in said.split() if "@" in word}
        return Search(
            marks=_distinct([*self._marks, *filter(None, self._control_marks)]),
            known=frozenset(known - {b""}),
            phrases=find_phrases(self._environ, _passed_on(self._runs.values()), said),
            has_real_people=any(run.target is Target.LIVE for run in self._runs.values()),
            generated=frozenset({ALLURE_PAGE}),
        )

    # the end

    def _finish(
        self, front: Front, facts: Mapping[str, Any], members: list[Member], reasons: list[str]
    ) -> int:
        manifest = make_manifest(facts, members)
        root = sha256_of(manifest)
        members = [*members, Member(path=MANIFEST, content=manifest)]
        if self._key is not None:
            members.append(Member(path=SIGNATURE, content=self._sign(root, facts)))
        path = self._options.output or Path(_name(facts, draft=self._options.draft))
        pack(members, path)
        _require_openable(path)
        letter = path.with_suffix(".eml")
        contact = str(facts["integration"].get("contact", ""))
        assert front.packed is not None  # noqa: S101 - said to mypy, made by `render_views`
        pack_letter(letter, write_letter(front, front.packed, path, contact=contact, root=root))
        for reason in reasons[:_MOST_SHOWN]:
            click.echo(f"not for submission: {reason}", err=True)
        click.echo(f"{facts['decision']['headline']}{' (DRAFT)' if self._options.draft else ''}")
        click.echo(f"bundle     {path}")
        click.echo(f"SHA-256    {sha256_of(path.read_bytes())}")
        click.echo(f"root       {root}")
        click.echo(f"signature  {front.packed.signature}")
        click.echo(f"e-mail     {letter} (a draft; nothing was sent)")
        return 0

    def _sign(self, root: str, facts: Mapping[str, Any]) -> bytes:
        assert self._key is not None  # noqa: S101 - said to mypy, asked by the caller
        told = ("draft", "integration", "harness", "created", "expires", "decision")
        statement = make_statement(
            root=root,
            artifact=str(facts["integration"].get("artifact_sha256", "")),
            signer=self._key.public,
            facts={name: facts[name] for name in told},
            environ=self._environ,
        )
        return seal(statement, PAYLOAD_TYPE, self._key)


def _refuse(reasons: list[str]) -> int:
    click.echo("not packed, because it is not ready for submission:", err=True)
    for reason in reasons[:_MOST_SHOWN]:
        click.echo(f"  {reason}", err=True)
    if len(reasons) > _MOST_SHOWN:
        click.echo(f"  and {len(reasons) - _MOST_SHOWN} more", err=True)
    click.echo("`--draft` packs it all the same, marked DRAFT on every page.", err=True)
    return int(ExitCode.EVIDENCE)


def _to_members(views: Mapping[str, bytes]) -> list[Member]:
    return [Member(path=path, content=content) for path, content in views.items()]


def _load_stored(chosen: Chosen) -> Record | None:
    path = chosen.folders[0] / RESULTS
    return load_results(path) if path.exists() else None


def _distinct(marks: Iterable[Marks]) -> list[Marks]:
    return list({each.key: each for each in marks}.values())


def _passed_on(runs: Iterable[Run]) -> frozenset[str]:
    """Return the names of the environment's variables that profiles hand on."""
    names: set[str] = set()
    for run in runs:
        told = run.profile.get("run")
        passed = told.get("pass_env") if isinstance(told, dict) else None
        names |= set(map(str, passed)) if isinstance(passed, list) else set()
    return frozenset(names)


def _said(runs: Mapping[str, Run], decided: Decided) -> str:
    """Return what people wrote for others to read: a name that stands there is not given away."""
    told = json.dumps([run.profile.get("integration") for run in runs.values()])
    people = [f"{each.owner} {each.reason}" for each in decided.ledger.waivers]
    people += [f"{each.person} {each.role} {each.answer}" for each in decided.ledger.attestations]
    return " ".join([told, *people])


def _name(facts: Mapping[str, Any], *, draft: bool) -> str:
    integration = facts["integration"]
    words = f"{integration.get('name', '')}-{integration.get('version', '')}-{facts['created'][:10]}"
    slug = re.sub(r"[^a-z0-9.]+", "-", words.lower()).strip("-.")[:80]
    return f"{slug or 'bundle'}{'-draft' if draft else ''}.zip"


def _require_openable(path: Path) -> None:
    """Remove a bundle that `verify` would not even open, and raise `EvidenceError` with the reason."""
    try:
        with open_bundle(path):
            return
    except Untrustworthy as stopped:
        path.unlink(missing_ok=True)
        hint = "Correct what fails first: each finding adds files to allure-results. Nothing was packed."
        problem = Problem(file=str(path), message=f"would be refused: {stopped.trouble}")
        raise EvidenceError([problem], hint=hint) from stopped


def pack_letter(path: Path, content: bytes) -> None:
    """Write the draft of the e-mail; raises `EvidenceError` where it cannot be written."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise EvidenceError(
            [Problem(file=str(path), message=f"cannot be written: {error.strerror}")]
        ) from error
