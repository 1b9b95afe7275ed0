"""Recordings on disk: VCR cassettes that stock vcrpy loads, with our facts beside each interaction.

While a scenario runs, each exchange is one line of flow-style YAML, appended so that a kill at any moment
leaves a file that loads: the line is written as a comment first, and one byte then makes it an entry. When
the scenario ends, the file is written anew in block style, for people. How an exchange becomes an entry and
back is `interaction.py`; which files make a run is here.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from partner_qa.contract.schema import find_violations, load_schema
from partner_qa.errors import CassetteError, Problem
from partner_qa.interaction import Misshapen, from_interaction, to_facts, to_interaction
from partner_qa.model import Exchange, Facts, Json, Recording, Run, Target, Tenant

_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SIZE_LIMIT = 256 * 1024 * 1024
# What JSON may leave bare inside a string, and YAML's reader refuses or folds.
_NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_BINARY = re.compile(r'\{"!!binary": ("[A-Za-z0-9+/=]*")\}')


class CassetteWriter:
    """Appends exchanges to a new cassette; `close` makes it readable for people."""

    def __init__(self, path: Path, *, scenario: str, target: Target, started: datetime) -> None:
        self.path = path
        self._head: dict[str, Any] = {
            "format": 1,
            "scenario": scenario,
            "target": str(target),
            "started": started.isoformat(),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o644)
        self._end = 0
        self._append(f"version: 1\nmetadata: {_to_line(self._head)}\ninteractions:\n".encode())

    def write(self, exchange: Exchange) -> None:
        """Append one exchange; when this returns, it survives the end of this process.

        Raises `CassetteError` when the disk is full; what was written before stays whole.
        """
        line = f"# {_to_line(to_interaction(exchange))}\n".encode()
        start = self._end
        self._append(line)
        os.pwrite(self._file, b"-", start)

    def close(
        self,
        *,
        ended: datetime,
        tenants: Sequence[Tenant] = (),
        situation: Facts | None = None,
        missing: Sequence[str] = (),
        trouble: str = "",
    ) -> None:
        """End the recording: write the file anew, in block style, with what is known only now."""
        os.close(self._file)
        kept = _read_yaml(self.path)
        metadata = self._head | {
            "ended": ended.isoformat(),
            "tenants": [asdict(tenant) for tenant in tenants],
            "situation": dict(situation or {}),
            "missing": list(missing),
            "trouble": trouble,
        }
        document = {"version": 1, "metadata": metadata, "interactions": kept.get("interactions") or []}
        _replace(
            self.path, yaml.dump(document, Dumper=_Plain, allow_unicode=True, width=110, sort_keys=False)
        )

    def _append(self, data: bytes) -> None:
        try:
            written = 0
            while written < len(data):
                written += os.pwrite(self._file, data[written:], self._end + written)
        except OSError as error:
            os.ftruncate(self._file, self._end)
            raise CassetteError(
                [Problem(file=str(self.path), message=f"cannot be written: {error.strerror}")],
                hint="Free some disk, or choose another place with --output.",
            ) from error
        self._end += len(data)


class _Plain(_DUMPER):  # type: ignore[misc, valid-type] # libyaml is optional, so the class is found at run time
    """Writes every value out, even one that stands twice; cassettes have no anchors."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _to_line(value: Mapping[str, Any]) -> str:
    text = json.dumps(value, ensure_ascii=False, default=_refuse)
    text = _NOT_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return _BINARY.sub(r"!!binary \1", text)


def _refuse(value: object) -> Any:
    if isinstance(value, bytes):
        return {"!!binary": base64.b64encode(value).decode()}
    raise TypeError(f"{type(value).__name__} has no place in a cassette")


def load_recording(path: Path) -> Recording:
    """Return the recording of a cassette; raise `CassetteError` with every problem found.

    A torn tail, as a killed run leaves it, is a comment to YAML and so trimmed by itself.
    """
    document = _read_yaml(path)
    problems: list[Problem] = []
    exchanges: list[Exchange] = []
    entries = document.get("interactions") or []
    for number, entry in enumerate(entries if isinstance(entries, list) else [], 1):
        try:
            exchanges.append(from_interaction(entry))
        except Misshapen as wrong:
            problems.append(Problem(file=str(path), key=f"interactions[{number}]", message=str(wrong)))
    if len({each.sequence for each in exchanges}) < len(exchanges):
        problems.append(Problem(file=str(path), message="two entries have one sequence number"))
    if document.get("version") != 1 or not isinstance(entries, list):
        problems.append(Problem(file=str(path), message="is not a cassette of format version 1"))
    recording = _to_recording(path, document.get("metadata"), tuple(exchanges), problems)
    if recording is None:
        raise CassetteError(problems[:20], hint="Record it again with partner-qa check.")
    return recording


def _to_recording(
    path: Path, metadata: Any, exchanges: tuple[Exchange, ...], problems: list[Problem]
) -> Recording | None:
    try:
        told = to_facts(metadata, "metadata")
    except Misshapen as wrong:
        problems.append(Problem(file=str(path), message=str(wrong)))
        return None
    problems += [
        Problem(file=str(path), key=f"metadata{each.pointer[1:]}", message=each.message)
        for each in find_violations(told, load_schema("cassette"))
    ]
    if problems:
        return None
    ended, situation = told.get("ended"), told.get("situation")
    return Recording(
        scenario=str(told["scenario"]),
        target=Target(str(told["target"])),
        started=datetime.fromisoformat(str(told["started"])),
        ended=datetime.fromisoformat(ended) if isinstance(ended, str) else None,
        tenants=tuple(_to_tenants(told.get("tenants"))),
        situation=situation if isinstance(situation, dict) else {},
        exchanges=tuple(sorted(exchanges, key=lambda each: each.sequence)),
        missing=_to_texts(told.get("missing")),
        trouble=str(told.get("trouble") or ""),
    )


def _to_tenants(rows: Json) -> list[Tenant]:
    given = rows if isinstance(rows, list) else []
    return [
        Tenant(account=str(row["account"]), company=str(row["company"]))
        for row in given
        if isinstance(row, dict)
    ]


def _to_texts(rows: Json) -> tuple[str, ...]:
    return tuple(map(str, rows)) if isinstance(rows, list) else ()


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _SIZE_LIMIT:
            raise CassetteError([Problem(file=str(path), message=f"is larger than {_SIZE_LIMIT >> 20} MB")])
        document = yaml.load(path.read_bytes(), Loader=_LOADER)  # noqa: S506 - the safe loader, in C
    except OSError as error:
        raise CassetteError([Problem(file=str(path), message=f"cannot be read: {error.strerror}")]) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise CassetteError(
            [Problem(file=str(path), line=line, message=f"is not YAML: {error.problem}")]
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise CassetteError(
            [Problem(file=str(path), message=f"is not YAML: {type(error).__name__}")]
        ) from error
    if not isinstance(document, dict):
        raise CassetteError([Problem(file=str(path), message="is empty or not a cassette")])
    return document


def _replace(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.new")
    try:
        with beside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise CassetteError(
            [Problem(file=str(path), message=f"cannot be written: {error.strerror}")]
        ) from error


def write_run(folder: Path, run: Run) -> None:
    """Write `run.json`: all that a run is apart from its recordings."""
    told = {
        "format": 1,
        "id": run.id,
        "started": run.started.isoformat(),
        "ended": run.ended.isoformat() if run.ended else None,
        "target": str(run.target),
        "harness": run.harness,
        "base_url": run.base_url,
        "filters": list(run.filters),
        "profile": dict(run.profile),
        "contract": dict(run.contract),
        "checklist": dict(run.checklist),
    }
    _replace(folder / "run.json", json.dumps(told, indent=2, ensure_ascii=False, sort_keys=True) + "\n")


def load_run(folder: Path) -> Run:
    """Return the run of a folder: `run.json` and every `cassettes/*.yaml`, in order of their start.

    Raises `CassetteError` where the folder is no run, or with the problems of every cassette at once.
    """
    told = _read_run_json(folder / "run.json")
    recordings: list[Recording] = []
    problems: list[Problem] = []
    for path in sorted((folder / "cassettes").glob("*.yaml")):
        try:
            recordings.append(load_recording(path))
        except CassetteError as error:
            problems += error.problems
    if problems or not recordings:
        nothing = [Problem(file=str(folder / "cassettes"), message="holds no cassettes")]
        raise CassetteError(problems or nothing, hint="Name a folder that partner-qa check has written.")
    ended = told["ended"]
    return Run(
        id=str(told["id"]),
        started=datetime.fromisoformat(str(told["started"])),
        ended=datetime.fromisoformat(ended) if isinstance(ended, str) else None,
        target=Target(str(told["target"])),
        harness=str(told["harness"]),
        base_url=str(told["base_url"]),
        filters=_to_texts(told["filters"]),
        profile=_to_map(told["profile"]),
        contract=_to_map(told["contract"]),
        checklist=_to_map(told["checklist"]),
        recordings=tuple(sorted(recordings, key=lambda each: each.started)),
    )


def _to_map(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _read_run_json(path: Path) -> dict[str, Json]:
    try:
        told = to_facts(json.loads(path.read_bytes()), "run.json")
    except FileNotFoundError:
        hint = "Name a folder that partner-qa check has written; they are under reports/."
        raise CassetteError([Problem(file=str(path), message="is not there")], hint=hint) from None
    except (OSError, ValueError, RecursionError) as error:
        raise CassetteError([Problem(file=str(path), message=f"cannot be read: {error}")]) from error
    violations = find_violations(told, load_schema("run"))
    if violations:
        problems = [Problem(file=str(path), key=each.pointer, message=each.message) for each in violations]
        raise CassetteError(problems)
    return told
