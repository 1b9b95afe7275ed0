"""Which API versions Gusto answers, by date: a table with the day on which somebody last looked.

Gusto retires versions by calendar, so a table that nobody has looked at for half a year may be wrong, and
says so. Nothing here reads a clock: today comes in. The sandbox refuses by it, the version checks judge by
it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

HEADER = "X-Gusto-API-Version"
SOURCE = "https://docs.gusto.com/app-integrations/docs/version-upgrade-guide"
CHECKED = date(2026, 11, 23)
TRUSTED_FOR = timedelta(days=180)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class State(StrEnum):
    """How far Gusto still supports a version."""

    STABLE = "stable"
    DEPRECATED = "deprecated"
    LIMITED = "limited"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiVersion:
    """One released version. `limited_from` and `sunset` are `None` where no day is announced."""

    released: date
    limited_from: date | None = None
    sunset: date | None = None
    source: str = SOURCE

    def __str__(self) -> str:
        return self.released.isoformat()

    def state_on(self, today: date) -> State:
        """Return the state of this version on a day; on the day of its sunset it is unsupported."""
        if self.sunset is not None and self.sunset <= today:
            return State.UNSUPPORTED
        if self.limited_from is not None and self.limited_from <= today:
            return State.LIMITED
        return State.STABLE if self.sunset is None else State.DEPRECATED


VERSIONS: tuple[ApiVersion, ...] = (
    ApiVersion(released=date(2024, 4, 1), sunset=date(2026, 6, 15)),
    ApiVersion(released=date(2025, 6, 15), sunset=date(2026, 11, 17)),
    ApiVersion(released=date(2025, 11, 15), sunset=date(2027, 2, 1)),
    ApiVersion(released=date(2026, 2, 1), limited_from=date(2026, 11, 15), sunset=date(2027, 6, 15)),
    ApiVersion(released=date(2026, 6, 15)),
)
NEWEST = VERSIONS[-1].released


def oldest_answered(today: date) -> date:
    """Return the oldest version that Gusto answers on a day; older ones get 406."""
    return min(each.released for each in VERSIONS if each.state_on(today) is not State.UNSUPPORTED)


OLDEST_ANSWERED = oldest_answered(CHECKED)


def to_version(text: str) -> date | None:
    """Return the date that a version header holds, or `None` where it is not of the form YYYY-MM-DD.

    https://docs.gusto.com/app-integrations/docs/api-versioning
    """
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def find_version(asked: date) -> ApiVersion | None:
    """Return the newest version released on or before `asked`; `None` before the first of the table.

    What Gusto does with a date between two releases is undocumented; to resolve downwards is our reading.
    """
    return max((each for each in VERSIONS if each.released <= asked), key=_released, default=None)


def _released(version: ApiVersion) -> date:
    return version.released


def find_staleness(today: date) -> str | None:
    """Return a warning where nobody has looked at this table for more than 180 days, else `None`."""
    age = today - CHECKED
    if age <= TRUSTED_FOR:
        return None
    return f"the table of API versions was checked {age.days} days ago ({CHECKED}); compare it with {SOURCE}"
