"""Everything that can go wrong, drawn as one tree; the class says whose problem it is.

```
PartnerQAError
├── Nonconformance        the integration's: findings
├── NotObserved           the situation never arose; names what is missing
├── SetupError            the user's: a file, an option, a port, a host
│   ├── ChecklistError, ProfileError, LedgerError, CassetteError, ContractError
│   ├── AdapterError, SandboxUnreachable, ReportError
│   └── UsageError
└── HarnessBug            ours
    └── Impossible        Gusto's side was ordered what it cannot do
```

Errors carry fields, not formatted strings: `str()` is one line, `explain()` is what was seen, where,
what is required, what to do next. Data (model.py) never raises these; rooms above do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from partner_qa.model import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake in something a user wrote: the place, what is wrong, and what to write instead."""

    message: str
    file: str = ""
    line: int | None = None
    key: str = ""
    hint: str = ""

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        parts = [part for part in (place, self.key, self.message) if part]
        return ": ".join(parts) + (f" ({self.hint})" if self.hint else "")


class PartnerQAError(Exception):
    """Root of every error that this package raises on purpose."""

    def explain(self) -> str:
        """Return what was seen, where, what is required and what to do next, over several lines."""
        return str(self)


class Nonconformance(PartnerQAError, AssertionError):  # noqa: N818 - the field's word for it
    """The integration does not do what an item requires."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        if not findings:
            raise ValueError("a nonconformance needs at least one finding")
        self.findings = tuple(findings)
        super().__init__(self.findings[0].message)

    def explain(self) -> str:
        """Return every finding with its exchanges, expected beside seen, and the hint."""
        return "\n\n".join(_explain_finding(finding) for finding in self.findings)


def _explain_finding(finding: Finding) -> str:
    lines = [finding.message]
    if finding.places:
        lines.append("  where     " + ", ".join(str(place) for place in finding.places))
    if finding.expected:
        lines.append("  expected  " + finding.expected)
    if finding.seen:
        lines.append("  seen      " + finding.seen)
    if finding.hint:
        lines.append("  to do     " + finding.hint)
    return "\n".join(lines)


class NotObserved(PartnerQAError):  # noqa: N818 - a verdict's name
    """An item applies, but the situation it speaks of never arose.

    `missing` names what would make it arise ("actions.sync_people in partner.yaml").
    """

    def __init__(self, reason: str, *, missing: Sequence[str] = ()) -> None:
        self.reason = reason
        self.missing = tuple(missing)
        super().__init__(reason)

    def explain(self) -> str:
        """Return the reason and what is missing, one thing on each line."""
        return "\n".join([self.reason, *(f"  missing   {each}" for each in self.missing)])


class SetupError(PartnerQAError):
    """Something that the user gave us cannot be used; every problem found is listed at once."""

    what = "the set-up"

    def __init__(self, problems: Sequence[Problem] | str, *, hint: str = "") -> None:
        given = [Problem(message=problems)] if isinstance(problems, str) else list(problems)
        if not given:
            raise ValueError("a set-up error needs at least one problem")
        self.problems = tuple(given)
        self.hint = hint
        more = f" (and {len(given) - 1} more)" if len(given) > 1 else ""
        super().__init__(f"{given[0]}{more}")

    def explain(self) -> str:
        """Return every problem on a line of its own, then what to do next."""
        count = len(self.problems)
        head = f"{self.what}: {count} problem{'s' if count != 1 else ''}"
        lines = [head, *(f"  {problem}" for problem in self.problems)]
        if self.hint:
            lines.append(self.hint)
        return "\n".join(lines)


class ChecklistError(SetupError):
    """A file under `checklist/` breaks its schema or its rules."""

    what = "the checklist"


class ProfileError(SetupError):
    """`partner.yaml` breaks its schema or its rules."""

    what = "the profile"


class LedgerError(SetupError):
    """`waivers.yaml` or `attestations.yaml` breaks its schema or its rules."""

    what = "the waivers and attestations"


class CassetteError(SetupError):
    """A cassette or a run folder is missing, torn beyond repair, or not one of ours."""

    what = "the recordings"


class ContractError(SetupError):
    """An OpenAPI document or an imported contract cannot be used."""

    what = "the contract"


class AdapterError(SetupError):
    """The integration could not be started, reached or understood."""

    what = "the integration"


class SandboxUnreachable(SetupError):  # noqa: N818 - reads better without "Error"
    """The sandbox does not answer, or is not one that we may talk to."""

    what = "the sandbox"


class ReportError(SetupError):
    """A report could not be written or generated."""

    what = "the report"


class UsageError(SetupError):
    """The command line asks for something that does not exist."""

    what = "the command"


class HarnessBug(PartnerQAError):  # noqa: N818 - says plainly whose it is
    """We are wrong. `attach` lists what to send along when reporting it."""

    def __init__(self, message: str, *, attach: Sequence[str] = ()) -> None:
        self.attach = tuple(attach)
        super().__init__(message)

    def explain(self) -> str:
        """Return the message and what to attach to a report."""
        lines = [f"this is a bug of partner-qa, not of your integration: {self}"]
        lines += [f"  attach    {each}" for each in self.attach]
        return "\n".join(lines)


class Impossible(HarnessBug):
    """Gusto's side was ordered to do what is not there, or cannot be done now.

    Ours where a scenario orders it; a person's where it came through `/_sandbox`, which hands the words on.
    """
