"""Whether anybody sits at this end: who can answer is asked, who cannot is told which options to give."""

from __future__ import annotations

import sys


def has_terminal() -> bool:
    """Return whether somebody sits there who can answer questions."""
    return sys.stdin.isatty()
