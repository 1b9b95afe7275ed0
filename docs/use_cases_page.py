"""Writes what each use case asks of an integration, and the smallest useful partner.yaml for each.

Everything comes from the checklist, the suites and the scenarios: an item needs what its scenarios need. The
profiles in examples/profiles/ are what somebody would copy who has one use case and little time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from partner_qa.checklist import Checklist, applies
from partner_qa.cli.profile_page import propose_scopes
from partner_qa.contract.versions import NEWEST
from partner_qa.model import Action, Item, Observation, UseCase
from partner_qa.scenario import Scenario
from partner_qa.suite import SuiteTest

_BASE = "http://127.0.0.1:4000"
_FOR_ALL = (Action.CONNECT,)
_NEVER_ASKED = frozenset({Action.RESTART, Action.RESET})  # `run` restarts, `per_scenario` needs no reset


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What one use case asks for: its own items, and the doors that its scenarios need."""

    use_case: UseCase
    own: tuple[Item, ...]
    shared: int
    actions: tuple[Action, ...]
    observations: tuple[Observation, ...]


def find_needs(
    checklist: Checklist, tests: Iterable[SuiteTest], scenarios: Iterable[Scenario]
) -> tuple[Needs, ...]:
    """Return what each use case asks for, in the order in which profiles name them."""
    by_item = {test.declared.item: test for test in tests}
    by_name = {each.id: each for each in scenarios}
    return tuple(_needs_of(each, checklist, by_item, by_name) for each in UseCase)


def _needs_of(
    use_case: UseCase, checklist: Checklist, tests: dict[str, SuiteTest], scenarios: dict[str, Scenario]
) -> Needs:
    items = [item for item in checklist.items if applies(item, [use_case])]
    own = tuple(item for item in items if "all" not in item.applies_to)
    looked_at = [scenarios[name] for item in own if item.id in tests for name in tests[item.id].scenarios]
    needed = {action for each in looked_at for action in each.needs} | set(_FOR_ALL)
    needed |= {_first_action(use_case)} if len(needed) == 1 else set()
    shown = {observation for each in looked_at for observation in each.observes}
    return Needs(
        use_case=use_case,
        own=own,
        shared=len(items) - len(own),
        actions=tuple(each for each in Action if each in needed - _NEVER_ASKED),
        observations=tuple(each for each in Observation if each in shown),
    )


def _first_action(use_case: UseCase) -> Action:
    """Return what an integration does for a use case that asks for no item of its own."""
    return Action.POST_JOURNAL if use_case is UseCase.ANALYTICS else Action.SYNC_PEOPLE


def write_use_cases(needs: Sequence[Needs]) -> Iterable[str]:
    """Yield the lines of the page."""
    yield "# Use cases"
    yield ""
    yield "<!-- Written by `make pages` from the checklist, the suites and the scenarios. -->"
    yield ""
    yield (
        "`use_cases` in `partner.yaml` decide which items apply. "
        f"{needs[0].shared} items apply to every integration; each use case has its own besides. What an "
        "item needs and the profile lacks makes it *not observed*, which names what to add. The profile of "
        "each use case is the smallest one in which every item of its own can be judged: copy it, and put "
        "in your addresses."
    )
    for each in needs:
        yield from _write_use_case(each)


def _write_use_case(needs: Needs) -> Iterable[str]:
    file = f"{needs.use_case}.yaml"
    yield from ("", f"## {needs.use_case}", "", f"Profile: [{file}](../../examples/profiles/{file})", "")
    items = ", ".join(f"[{item.id}](checklist.md#{item.id.lower()})" for item in needs.own)
    yield f"* Items of its own ({len(needs.own)}): {items or 'none'}"
    yield f"* Actions: {', '.join(f'`{each}`' for each in needs.actions)}"
    yield f"* Observations: {', '.join(f'`{each}`' for each in needs.observations) or 'none'}"


def write_profile(needs: Needs) -> str:
    """Return the text of the smallest useful partner.yaml for a use case."""
    webhooks = f"webhooks: {{url: {_BASE}/gusto/webhooks, subscription: by_integration}}"
    lines = [
        f"# The smallest partner.yaml in which everything about {needs.use_case} can be judged.",
        "# Copy it, and put in your own names and addresses; docs/reference/profile.md has every key.",
        "# Written by `make pages`.",
        "format: 1",
        "integration:",
        "  name: Your Product",
        '  version: "1.0.0"',
        "  company: Your Company",
        "  contact: you@example.com",
        "gusto:",
        f'  api_version: "{NEWEST}"',
        f"  scopes: [{', '.join(propose_scopes([needs.use_case]))}]",
        f"  redirect_uris: [{_BASE}/gusto/callback]",
        f"use_cases: [{needs.use_case}]",
        "by_hand:",
        "  port: 8910",
        "  env:",
        '    GUSTO_API_BASE: "{api_base}"',
        '    GUSTO_CLIENT_ID: "{client_id}"',
        '    GUSTO_CLIENT_SECRET: "{client_secret}"',
        '    QA_TOKEN: "{qa_token}"',
        *([webhooks] if Action.SUBSCRIBE_WEBHOOKS in needs.actions else []),
        "actions:",
        *(f"  {_action(each)}" for each in needs.actions),
    ]
    if needs.observations:
        lines += ["observations:", *(f"  {_observation(each)}" for each in needs.observations)]
    return "\n".join(lines) + "\n"


def _action(action: Action) -> str:
    if action is Action.CONNECT:
        return f'connect: {{get: "{_BASE}/gusto/connect?account={{account}}"}}'
    return f'{action}: {{post: {_BASE}/qa/{_path(action)}, json: {{account: "{{account}}"}}}}'


def _observation(observation: Observation) -> str:
    return f'{observation}: {{get: "{_BASE}/qa/{_path(observation)}?account={{account}}"}}'


def _path(name: str) -> str:
    return name.replace("_", "-")
