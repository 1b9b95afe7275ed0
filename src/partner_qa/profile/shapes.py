"""What each action and observation takes and gives: `schemas/adapter/<name>.json`, by name.

The adapter judges what an integration answers by these; `docs/how-to/connect-your-integration.md` explains
them to the people who write the other side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from partner_qa.contract.schema import find_violations, load_schema
from partner_qa.contract.violation import Violation
from partner_qa.errors import HarnessBug
from partner_qa.model import Action, Facts, Json, Observation

Side = Literal["input", "output"]


def adapter_shape(name: Action | Observation, side: Side) -> Facts:
    """Return the schema of what goes into an action or observation, or of what comes out.

    What it refers to stands in its own `$defs`, so it can be given to any validator as it is.
    """
    whole = load_schema(f"adapter/{name}")
    definitions = whole.get("$defs")
    if not isinstance(definitions, Mapping) or side not in definitions:
        raise HarnessBug(f"schemas/adapter/{name}.json does not say what its {side} is")
    told: Any = definitions[side]
    shape: dict[str, Any] = dict(told)
    others = {key: each for key, each in definitions.items() if key not in {"input", "output"}}
    return {**shape, "$defs": others} if others else shape


def find_shape_violations(name: Action | Observation, side: Side, value: Json) -> tuple[Violation, ...]:
    """Return every way in which a value does not have the shape of an action or observation."""
    return find_violations(value, adapter_shape(name, side))
