"""Whether runs are fit for a submission, whatever they come to: whole, of one piece, of these versions.

`bundle` refuses what is found here and `verify` finds it again, so that who packs cannot pass it over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from partner_qa.checklist import load_checklist
from partner_qa.contract.catalogue import load_contract
from partner_qa.evidence.trouble import Code
from partner_qa.model import Run
from partner_qa.settings import harness_version


def find_unfit_runs(runs: Mapping[str, Run]) -> Iterator[tuple[Code, str]]:
    """Yield what keeps runs from a submission, whatever they come to: parts, or other versions than ours."""
    checklist, contract = load_checklist().identity, load_contract().identity
    for run in runs.values():
        yield from ((Code.NOT_VERIFIED, f"left out: {each}") for each in run.filters)
        if run.ended is None:
            yield Code.NOT_VERIFIED, f"the run {run.id} was interrupted"
        if run.harness != harness_version():
            message = f"the run was made with partner-qa {run.harness}: run it again with this version"
            yield Code.OTHER_HARNESS, message
        for code, name, made_with, here in (
            (Code.OTHER_CHECKLIST, "checklist", run.checklist, checklist),
            (Code.OTHER_CONTRACT, "contract", run.contract, contract),
        ):
            if dict(made_with) != dict(here):
                yield code, f"the run was made with another edition of the {name}: run it again"


def find_odd_recordings(folder: Path, runs: Mapping[str, Run]) -> Iterator[tuple[Code, str]]:
    """Yield what shows that recordings are not of the run that they lie with, or lack exchanges."""
    for name, run in runs.items():
        where = f"{name}/" if name else ""
        files = {path.stem for path in (folder / name / "cassettes").glob("*.yaml")}
        scenarios = [each.scenario for each in run]
        for strange in sorted(files.symmetric_difference(scenarios)):
            yield Code.RECORDING_FOREIGN, f"{where}cassettes: {strange} is a file or a scenario, not both"
        if len(set(scenarios)) < len(scenarios):
            yield Code.RECORDING_FOREIGN, f"{where}cassettes: a scenario is there twice"
        yield from _find_strangers(where, run)
        for each in run:
            numbers = [exchange.sequence for exchange in each.exchanges]
            if numbers != list(range(1, len(numbers) + 1)):
                file = f"{where}cassettes/{each.scenario}.yaml"
                yield Code.RECORDING_GAP, f"{file}: lacks exchanges between its first and its last"


def _find_strangers(where: str, run: Run) -> Iterator[tuple[Code, str]]:
    clients = {str(each.situation["client_id"]) for each in run if "client_id" in each.situation}
    if len(clients) > 1:
        message = f"{where}cassettes: {len(clients)} client ids, so they are of more than one run"
        yield Code.RECORDING_FOREIGN, message
    for each in run:
        file = f"{where}cassettes/{each.scenario}.yaml"
        if each.target is not run.target:
            yield Code.RECORDING_FOREIGN, f"{file}: is of the {each.target} sandbox"
        if each.started < run.started or (run.ended is not None and each.started > run.ended):
            yield Code.RECORDING_FOREIGN, f"{file}: was not recorded while this run went on"
