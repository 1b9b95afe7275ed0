"""Where the files that belong to the harness are: in the wheel, or in the clone.

Facts, suites, shapes, pages to read and the example integration are data. The wheel carries them under
`partner_qa/shipped/`; in a clone they stand at the top level. Everybody who reads them asks here.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def find_shipped(name: str) -> Path:
    """Return a folder of this installation: `checklist`, `conformance`, `schemas`, `examples` or `docs`."""
    in_wheel = _PACKAGE / "shipped" / name
    return in_wheel if in_wheel.is_dir() else _PACKAGE.parents[1] / name


def harness_version() -> str:
    """Return the version of the installed distribution, or `0+unknown` where none is installed."""
    try:
        return version("gusto-partner-qa")
    except PackageNotFoundError:
        return "0+unknown"
