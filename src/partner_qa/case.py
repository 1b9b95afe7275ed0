"""What is judged and by what: a run, the checklist, the contract, the day, what people decided.

One value that the session of tests (plugin.py) is handed; whoever judges puts it together (judge.py), or it
is loaded from the files that a person named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from partner_qa.cassette.files import load_run
from partner_qa.checklist import Checklist, load_checklist
from partner_qa.checks.use_cases import find_contradictions
from partner_qa.contract.catalogue import Contract, load_contract
from partner_qa.gate import Decision, Judged, Ledger, decide, find_ledger_problems
from partner_qa.ledger import load_attestations, load_waivers
from partner_qa.model import Finding, Recording, Run, Verdict
from partner_qa.settings import find_shipped

EXAMPLE = Path("cassettes") / "acme_time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is judged and by what.

    `chosen` are the ids to judge; `control` the control arm's verdicts. Where `settled` has the verdict on
    an item, it is told and not derived: that of two runs together is.
    """

    run: Run
    checklist: Checklist
    contract: Contract
    today: date
    ledger: Ledger = field(default_factory=Ledger)
    chosen: frozenset[str] | None = None
    control: Mapping[str, Verdict] = field(default_factory=dict)
    settled: Mapping[str, Verdict] = field(default_factory=dict)

    def decide(self, judged: Iterable[Judged], *, strict: bool = False, submission: bool = False) -> Decision:
        """Return what the verdicts come to, the ledger's own problems counted in."""
        judged = tuple(judged)
        problems = find_ledger_problems(judged, self.ledger, self.checklist.items, self.today)
        return decide(
            judged,
            run=self.run,
            ledger_problems=problems,
            contradictions=self.contradictions,
            strict=strict,
            submission=submission,
        )

    @property
    def contradictions(self) -> tuple[Finding, ...]:
        """Return where the integration does what its use cases leave out."""
        return find_contradictions(self.run, self.contract)


def could_be_driven(recording: Recording) -> bool:
    """Return whether nothing kept a scenario from being driven; the harness may have failed in it."""
    return not recording.reason and not recording.missing


def load_case(*, run: Path | None, waivers: Path | None, attestations: Path | None, today: date) -> Case:
    """Return the case of a run's folder (default: the committed example), by the shipped checklist.

    Raises `CassetteError` or `LedgerError` for what cannot be used.
    """
    return Case(
        run=load_run(run or find_shipped("conformance").parent / EXAMPLE),
        checklist=load_checklist(),
        contract=load_contract(),
        today=today,
        ledger=Ledger(
            waivers=load_waivers(waivers, today=today), attestations=load_attestations(attestations)
        ),
    )
