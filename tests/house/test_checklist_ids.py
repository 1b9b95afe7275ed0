"""Ids of the checklist mean the same for ever: partners' waivers, attestations and histories name them."""

from __future__ import annotations

from pathlib import Path

from partner_qa.checklist import load_checklist

SNAPSHOT = Path(__file__).with_name("ids.txt")


def remembered() -> dict[str, str]:
    lines = [line for line in SNAPSHOT.read_text().splitlines() if not line.startswith("#")]
    return {name: meaning.strip() for name, meaning in (line.split(maxsplit=1) for line in lines)}


def test_no_id_has_vanished_or_changed_its_meaning() -> None:
    now = {item.id: item.title for item in load_checklist().items}
    for name, meaning in remembered().items():
        assert now.get(name) == meaning, f"{name} meant {meaning!r}; give a new meaning a new id"


def test_every_id_is_remembered() -> None:
    for item in load_checklist().items:
        assert item.id in remembered(), f"`make pages` adds {item.id} to {SNAPSHOT.name}"


def test_every_id_is_remembered_once_and_in_order() -> None:
    lines = [line.split()[0] for line in SNAPSHOT.read_text().splitlines() if not line.startswith("#")]
    assert lines == sorted(set(lines))
