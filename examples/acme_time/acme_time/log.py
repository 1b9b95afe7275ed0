"""Logging to standard error and to one file. What is logged: identifiers and outcomes, no names, no secrets.

The access log of the server stays off: addresses hold authorization codes and states.
"""

from __future__ import annotations

import logging
from pathlib import Path

FORMAT = "%(asctime)s %(processName)s %(levelname)s %(name)s: %(message)s"
FILE = "acme.log"
LINES_SHOWN = 500


def start_logging(folder: Path) -> None:
    """Send everything from INFO upwards to standard error and to the log file."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    logging.basicConfig(
        level=logging.INFO,
        format=FORMAT,
        handlers=[logging.StreamHandler(), logging.FileHandler(folder / FILE, encoding="utf-8")],
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs whole addresses


def read_log(folder: Path) -> list[str]:
    """Return the newest lines of the log file."""
    path = folder / FILE
    return path.read_text("utf-8").splitlines()[-LINES_SHOWN:] if path.exists() else []
