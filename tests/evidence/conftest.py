"""A bundle's archive as it should be, for tests to look at or to spoil."""

from __future__ import annotations

from pathlib import Path

import pytest

from partner_qa.evidence.archive import Member, pack


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A zip of two files, as we pack them."""
    path = tmp_path / "good.zip"
    pack([Member(path="a/b.txt", content=b"bee" * 100), Member(path="c.txt", content=b"sea")], path)
    return path
