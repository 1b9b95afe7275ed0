"""A scenario: one prepared situation and a few actions, driven once and judged by many checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from partner_qa.model import Action, Observation, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What a scenario is called, what it needs of a profile, and the function that performs it.

    `needs` are actions without which it cannot be driven; with `any_list`, another action that reads a list
    may stand in for `sync_people` (contract/readings.py). `observes` are observations that show more;
    `steps` is its page: what a person would do to perform it by hand. `drive` is handed a
    `driving.stage.Stage`; its type is left open, so that judging imports nothing that drives.
    """

    id: str
    title: str
    needs: tuple[Action, ...]
    observes: tuple[Observation, ...]
    targets: frozenset[Target]
    drive: Callable[..., None]
    steps: str
    any_list: bool = False
