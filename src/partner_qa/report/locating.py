"""Where in partner.yaml a verdict belongs, for tools that show findings beside the lines of a file.

What was seen happened on the wire, not in a file; the nearest line is that of the action under way, or of the
key that is missing or that the section is about. Where nothing is known, it is the first line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from partner_qa.document import Document, load_document
from partner_qa.errors import ReportError
from partner_qa.model import Finding, Run, Verdict
from partner_qa.report.exchanges import find_exchange

# a section about something that the profile declares is shown there, whatever was under way
_DECLARED: Mapping[str, tuple[str, ...]] = {
    "scopes": ("gusto", "scopes"),
    "versions": ("gusto", "api_version"),
}
_OF_SECTION: Mapping[str, tuple[str, ...]] = {
    "authorization": ("gusto", "redirect_uris"),
    "tokens": ("actions", "connect"),
    "webhooks": ("webhooks",),
}
_LOOKED_AT = 300  # characters of a text that may be anybody's
_KEYS = re.compile(r"([a-z_]{1,40}(?:\.[a-z_]{1,40}){0,4}) in partner\.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Locator:
    """The profile's address, relative to the repository, and the lines of its keys."""

    uri: str = "partner.yaml"
    lines: Mapping[tuple[str | int, ...], int] = field(default_factory=dict)

    def find_line(self, run: Run, section: str, verdict: Verdict, finding: Finding | None = None) -> int:
        """Return the line that a finding, or else a verdict, is about; 1 where nothing is known."""
        candidates = [
            *(
                tuple(key.split("."))
                for text in (*verdict.missing, verdict.reason)
                for key in _KEYS.findall(text[:_LOOKED_AT])
            ),
            _DECLARED.get(section, ()),
            *_actions_of(run, finding),
            _OF_SECTION.get(section, ()),
        ]
        for keys in candidates:
            for length in range(len(keys), 0, -1):
                if line := self.lines.get(keys[:length]):
                    return line
        return 1


def find_root(environ: Mapping[str, str]) -> Path:
    """Return the folder of the repository where CI names it, else the current one."""
    named = environ.get("GITHUB_WORKSPACE") or environ.get("CI_PROJECT_DIR")
    return Path(named) if named else Path.cwd()


def load_locator(path: Path | None, run: Run, *, root: Path) -> Locator:
    """Return the lines of the profile that a run was made with.

    A file that cannot be read now, or is of another integration, gives its address and no lines: reports of
    an old run are still made. `root` is the folder that addresses are relative to.
    """
    if path is None:
        return Locator()
    uri = relative(path, root)
    try:
        document = load_document(path, error=ReportError)
    except ReportError:
        return Locator(uri=uri)
    return Locator(uri=uri, lines=document.lines if _is_of(document, run) else {})


def relative(path: Path, root: Path) -> str:
    """Return a path as others may know it: never one of this machine's."""
    try:
        return PurePosixPath(path.resolve().relative_to(root.resolve())).as_posix()
    except (OSError, ValueError):
        return path.name


def _is_of(document: Document, run: Run) -> bool:
    return _name_of(document.value) == _name_of(run.profile)


def _name_of(profile: Any) -> object:
    integration = profile.get("integration") if isinstance(profile, Mapping) else None
    return integration.get("name") if isinstance(integration, Mapping) else None


def _actions_of(run: Run, finding: Finding | None) -> list[tuple[str, ...]]:
    """Return the actions during which a finding's exchanges happened, the first one first."""
    places = finding.places[:12] if finding else ()
    exchanges = [find_exchange(run, each) for each in places]
    return [("actions", each.during) for each in exchanges if each is not None and each.during]
