"""Keeps a sandbox in a file: after each request, webhook and chore what is different, before it is answered.

The world calls `save` with its lock held; so a file never holds half of a request. Nothing here is known to
the rooms that answer requests.
"""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from partner_qa.contract.catalogue import Contract
from partner_qa.model import Json
from partner_qa.sandbox.keeping.file import FORMAT, StateFile, StateFileError
from partner_qa.sandbox.keeping.plain import PlainError, describe, from_plain, to_plain
from partner_qa.sandbox.keeping.rows import KINDS, Part, list_parts, restore
from partner_qa.sandbox.world import SandboxSettings, World

_BEGINNING = "beginning"


def open_file(path: Path, contract: Contract) -> StateFile:
    """Open the file of a sandbox, or make one; raises `StateFileError` where it is none of this contract."""
    expected = {"format": str(FORMAT), "shape of records": _to_shape(), "contract": contract.version}
    return StateFile(path, expected)


def find_settings(file: StateFile) -> tuple[SandboxSettings, dict[str, Json]] | None:
    """Return how a kept sandbox was opened, and the facts that were given along; `None` where it is new."""
    if not file.about:
        return None
    kept = file.read()
    try:
        settings: SandboxSettings = from_plain(kept[_BEGINNING, "settings"], SandboxSettings)
        facts = kept[_BEGINNING, "facts"]
    except (KeyError, PlainError) as error:
        raise file.damaged(f"it does not say how the sandbox began ({error})") from error
    if not isinstance(facts, dict):
        raise file.damaged("it does not say how the sandbox began")
    return settings, facts


class Keeper:
    """Keeps one world in one file, from `begin` to `close`; `resume` comes first where it has something."""

    def __init__(self, file: StateFile, world: World, tell: Callable[[str], object]) -> None:
        self._file = file
        self._world = world
        self._tell = tell
        self._marks: dict[str, object] = {}
        self._prints: dict[str, dict[str, int]] = {}
        self._stamps: dict[tuple[str, str], object] = {}

    def begin(self, settings: SandboxSettings, facts: dict[str, Json]) -> None:
        """Keep how the sandbox was opened and everything that it has by now; from here on it is kept.

        Raises `StateFileError`.
        """
        with self._world.lock:
            rows: list[tuple[str, str, Json]] = [
                (_BEGINNING, "settings", to_plain(settings, SandboxSettings)),
                (_BEGINNING, "facts", facts),
            ]
            self._write(rows, about={"made by": f"partner-qa {version('gusto-partner-qa')}"})
            self._world.save = self.save

    def resume(self) -> None:
        """Fill a world that was just opened with everything that was kept; raises `StateFileError`."""
        with self._world.lock:
            kept = self._file.read()
            try:
                restore(self._world, {each: plain for each, plain in kept.items() if each[0] != _BEGINNING})
            except PlainError as error:
                raise self._file.damaged(str(error)) from error
            for (part, name), plain in kept.items():
                self._prints.setdefault(part, {})[name] = _to_print(plain)

    def save(self) -> bool:
        """Keep what is different since, and say whether it is safe; what is not is tried again next time."""
        try:
            self._write([])
        except StateFileError as error:
            self._tell(str(error))
            return False
        return True

    def close(self) -> None:
        """Keep the last of it, whoever may have changed it, and let go of the file."""
        with self._world.lock:
            self._world.save = lambda: True
            self._marks.clear()
            self.save()
            self._file.close()

    # -- inside --------------------------------------------------------------------------------------

    def _write(self, changed: list[tuple[str, str, Json]], about: dict[str, str] | None = None) -> None:
        """Write rows and what is different; nothing is noted as kept unless it is."""
        removed: list[tuple[str, str]] = []
        marks: dict[str, object] = {}
        prints: dict[str, dict[str, int]] = {}
        stamps: dict[tuple[str, str], object] = {}
        for part in list_parts(self._world):
            if part.name not in self._marks or self._marks[part.name] != part.mark:
                marks[part.name] = part.mark
                prints[part.name] = self._compare(part, changed, removed, stamps)
        if changed or removed or about is not None:
            self._file.write(changed, removed, about)
        self._marks |= marks
        self._stamps |= stamps
        for name, found in prints.items():
            self._prints.setdefault(name, {}).update(found)
        for name, key in removed:
            del self._prints[name][key]

    def _compare(
        self,
        part: Part,
        changed: list[tuple[str, str, Json]],
        removed: list[tuple[str, str]],
        stamps: dict[tuple[str, str], object],
    ) -> dict[str, int]:
        """Add the rows of a part that are different to `changed`, those that are gone to `removed`."""
        before, now = self._prints.get(part.name, {}), {}
        for row in part.rows(self._marks.get(part.name)):
            at = (part.name, row.name)
            if row.stamp is not None and row.name in before and self._stamps.get(at) == row.stamp:
                now[row.name] = before[row.name]
                continue
            if row.stamp is not None or at in self._stamps:
                stamps[at] = row.stamp
            plain = row.to_plain()
            now[row.name] = _to_print(plain)
            if before.get(row.name) != now[row.name]:
                changed.append((part.name, row.name, plain))
        if not part.grows:
            removed.extend((part.name, name) for name in before if name not in now)
        return now


def _to_print(plain: Json) -> int:
    """Return a number that is another one where the JSON is.

    `marshal` because it is fast: nothing of it is stored, and nothing is ever read with it.
    """
    return hash(marshal.dumps(plain, 2))


def _to_shape() -> str:
    """Return a digest of all fields and their types: a file must have been made of the same."""
    text = "\n".join(describe(kind) for kind in (SandboxSettings, *KINDS))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
