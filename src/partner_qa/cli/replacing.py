"""Puts a finished draft in the place of a file that people keep, with the mode that the file had."""

from __future__ import annotations

import stat
from pathlib import Path


def replace_file(path: Path, draft: Path) -> None:
    """Give a draft the name of a file, and the mode of the one that had it; a new one has its own.

    Raises `OSError` where that cannot be done; the file is as it was then.
    """
    if path.exists():
        draft.chmod(stat.S_IMODE(path.stat().st_mode))
    draft.replace(path)
