"""Recordings on disk: VCR cassettes that stock vcrpy loads, with our facts beside each interaction.

While a scenario runs, each exchange is one line, appended so that a kill at any moment leaves a file that
loads: the line is written as a comment first, and one byte then makes it an entry. When the scenario ends,
the file is written anew in block style, for people, entry by entry. How an exchange becomes an entry and
back is `interaction.py`, how entries become YAML is `notation.py`; which files make a run is here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from partner_qa.cassette.interaction import EntryLines, Misshapen, from_interaction, to_facts
from partner_qa.cassette.notation import Refused, from_line, read_parts, to_block, to_line
from partner_qa.contract.schema import find_violations, load_schema
from partner_qa.errors import CassetteError, Problem
from partner_qa.model import Exchange, Facts, Json, Recording, Run, Target, Tenant

_SIZE_LIMIT = 1 << 30
_PROBLEM_LIMIT = 20
_NONE_YET = "interactions: []"  # a list, also before the first exchange: vcrpy wants one


class CassetteWriter:
    """Appends exchanges to a new cassette; `close` makes it readable for people.

    An exchange that comes after `close` is appended still: the last answers of a scenario may be late.
    """

    def __init__(self, path: Path, *, scenario: str, target: Target, started: datetime) -> None:
        self.path = path
        self._head: dict[str, Any] = {
            "format": 1,
            "scenario": scenario,
            "target": str(target),
            "started": started.isoformat(),
        }
        self._end = 0
        self._lines = EntryLines()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o644)
        except OSError as error:
            raise _unwritable(path, error) from error
        self._append(f"version: 1\nmetadata: {to_line(self._head)}\n{_NONE_YET}\n".encode())
        self._is_empty = True

    def write(self, exchange: Exchange) -> None:
        """Append one exchange; when this returns, it survives the end of this process.

        Raises `CassetteError` when the disk is full; what was written before stays whole.
        """
        line = f"# {self._lines.to_line(exchange)}\n".encode()
        start = self._end
        self._append(line)
        # The empty list goes as the first entry comes.
        mark, at = (b"  \n-", start - 3) if self._is_empty else (b"-", start)
        try:
            os.pwrite(self._file, mark, at)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        self._is_empty = False

    def close(
        self,
        *,
        ended: datetime,
        tenants: Sequence[Tenant] = (),
        situation: Facts | None = None,
        reason: str = "",
        missing: Sequence[str] = (),
        trouble: str = "",
    ) -> None:
        """End the recording: write the file anew, in block style, with what is known only now.

        Raises `CassetteError` when the disk is full; the file then stays as it was, and loads.
        """
        metadata = self._head | {
            "ended": ended.isoformat(),
            "tenants": [asdict(tenant) for tenant in tenants],
            "situation": dict(situation or {}),
            **({"reason": reason} if reason else {}),
            "missing": list(missing),
            "trouble": trouble,
        }
        _replace(self.path, _in_blocks(metadata, self.path))
        os.close(self._file)
        self._file = os.open(self.path, os.O_RDWR)
        self._end = os.fstat(self._file).st_size

    def release(self) -> None:
        """Let go of the file; nothing can be written afterwards."""
        os.close(self._file)

    def _append(self, data: bytes) -> None:
        try:
            written = 0
            while written < len(data):
                written += os.pwrite(self._file, data[written:], self._end + written)
        except OSError as error:
            os.ftruncate(self._file, self._end)
            raise _unwritable(self.path, error) from error
        self._end += len(data)


def _unwritable(path: Path, error: OSError) -> CassetteError:
    return CassetteError(
        [Problem(file=str(path), message=f"cannot be written: {error.strerror}")],
        hint="Free some disk, or choose another place with --output.",
    )


def _in_blocks(metadata: Mapping[str, Any], journal: Path) -> Iterator[str]:
    yield from to_block({"version": 1, "metadata": metadata})
    head = "interactions:"
    with journal.open("rb") as file:
        lines = iter(file)
        for line in lines:  # the old head
            if line.startswith(head.encode()):
                break
        for line in lines:
            if line.startswith(b"#"):
                continue
            if head:
                yield head
                head = ""
            if line.startswith(b"- {"):
                yield from to_block([from_line(line[2:])])
            else:  # in blocks since an earlier close
                yield line.decode().removesuffix("\n")
    if head:
        yield _NONE_YET


def load_recording(path: Path) -> Recording:
    """Return the recording of a cassette; raise `CassetteError` with every problem found.

    A torn tail, as a killed run leaves it, is a comment to YAML and so trimmed by itself.
    """
    told: dict[str, tuple[int, Any]] = {}
    exchanges: list[Exchange] = []
    problems: list[Problem] = []
    sequences: set[int] = set()
    for key, line, value in _read(path):
        if key != "interactions" or value is None:
            told[key] = (line, value)
            continue
        try:
            exchanges.append(from_interaction(value))
        except Misshapen as wrong:
            problems.append(Problem(file=str(path), line=line, message=str(wrong)))
            continue
        if exchanges[-1].sequence in sequences:
            message = f"the sequence number {exchanges[-1].sequence} is given twice"
            problems.append(Problem(file=str(path), line=line, message=message))
        sequences.add(exchanges[-1].sequence)
    line, version = told.get("version", (1, None))
    if version != 1 or isinstance(version, bool):
        problems.append(Problem(file=str(path), line=line, message="is not a cassette of format version 1"))
    line, metadata = told.get("metadata", (1, None))
    recording = _to_recording(path, line, metadata, tuple(exchanges), problems)
    if recording is None:
        raise CassetteError(problems[:_PROBLEM_LIMIT], hint="Record it again with partner-qa check.")
    return recording


def _to_recording(
    path: Path, line: int, metadata: Any, exchanges: tuple[Exchange, ...], problems: list[Problem]
) -> Recording | None:
    try:
        told = to_facts(metadata, "metadata")
    except Misshapen as wrong:
        problems.append(Problem(file=str(path), line=line, message=str(wrong)))
        return None
    problems += [
        Problem(file=str(path), line=line, key=f"metadata{each.pointer[1:]}", message=each.message)
        for each in find_violations(told, load_schema("cassette"))
    ]
    if problems:
        return None
    try:
        return _make_recording(told, exchanges)
    except ValueError as wrong:  # the schema knows what a time looks like, not which there are
        problems.append(
            Problem(file=str(path), line=line, key="metadata", message=f"has no such time: {wrong}")
        )
        return None


def _make_recording(told: Mapping[str, Json], exchanges: tuple[Exchange, ...]) -> Recording:
    ended, situation = told.get("ended"), told.get("situation")
    return Recording(
        scenario=str(told["scenario"]),
        target=Target(str(told["target"])),
        started=datetime.fromisoformat(str(told["started"])),
        ended=datetime.fromisoformat(ended) if isinstance(ended, str) else None,
        tenants=tuple(_to_tenants(told.get("tenants"))),
        situation=situation if isinstance(situation, dict) else {},
        exchanges=tuple(sorted(exchanges, key=lambda each: each.sequence)),
        reason=str(told.get("reason") or ""),
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


def _read(path: Path) -> Iterator[tuple[str, int, Any]]:
    try:
        with path.open("rb") as stream:
            if os.fstat(stream.fileno()).st_size > _SIZE_LIMIT:
                problem = Problem(file=str(path), message=f"is larger than {_SIZE_LIMIT >> 20} MB")
                raise CassetteError([problem])
            yield from read_parts(stream, listed="interactions")
    except OSError as error:
        raise CassetteError([Problem(file=str(path), message=f"cannot be read: {error.strerror}")]) from error
    except Refused as refused:
        problem = Problem(file=str(path), line=refused.line, message=str(refused))
        raise CassetteError([problem], hint="Record it again with partner-qa check.") from refused


def _replace(path: Path, lines: Iterator[str]) -> None:
    """Write a file anew, or leave the old one as it is: the new one takes its name when it is whole."""
    beside = path.with_name(f".{path.name}.new")
    try:
        with beside.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        beside.unlink(missing_ok=True)


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
    _replace(folder / "run.json", iter([json.dumps(told, indent=2, sort_keys=True)]))


def load_run(folder: Path) -> Run:
    """Return the run of a folder: `run.json` and every `cassettes/*.yaml`, in order of their start.

    Raises `CassetteError` where the folder is no run, or with the problems of every cassette at once.
    """
    facts = load_run_facts(folder)
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
    return replace(facts, recordings=tuple(sorted(recordings, key=lambda each: each.started)))


def load_run_facts(folder: Path) -> Run:
    """Return the run of a folder without its recordings; raises `CassetteError` where it is none."""
    path = folder / "run.json"
    try:
        return _to_run(_read_run_json(path))
    except ValueError as wrong:
        raise CassetteError([Problem(file=str(path), message=f"has no such time: {wrong}")]) from wrong


def _to_run(told: Mapping[str, Json]) -> Run:
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
        recordings=(),
    )


def _to_map(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _to_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) < len(pairs):  # one reader takes the first, another the last
        raise ValueError("a key is given twice")
    return told


def _read_run_json(path: Path) -> dict[str, Json]:
    try:
        told = to_facts(json.loads(path.read_bytes(), object_pairs_hook=_to_object), "run.json")
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
