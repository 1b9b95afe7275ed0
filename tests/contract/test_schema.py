"""Facts about judging by JSON Schema, with and without the fast twin."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from partner_qa.contract.catalogue import Contract
from partner_qa.contract.schema import HAS_PREFILTER, Validator, find_violations, load_schema
from partner_qa.contract.violation import Where
from partner_qa.errors import HarnessBug
from partner_qa.settings import find_shipped

BOTH = pytest.mark.parametrize("prefilter", [True, False])
DEFINITIONS = (
    "Authentication",
    "Show-Employees",
    "Employee",
    "Payroll-Show",
    "Payroll-List",
    "Payroll-Update",
    "Company-Benefit",
    "Employee-Benefit-Create-Request",
    "Time-Sheet-Create-Body",
    "Unprocessable-Entity-Error-Object",
    "Webhook-Subscription",
    "oauth-access-token.request",
    "Employee-Benefit-Bulk-Update-Request",
)
BOUNDED = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def validators(gusto: Contract, name: str) -> list[Validator]:
    return [
        Validator(
            {"$ref": f"#/$defs/{name}"},
            definitions={each: gusto.find_schema(each) for each in gusto.schema_names},
            prefilter=prefilter,
        )
        for prefilter in (True, False)
    ]


def test_the_fast_twin_is_installed_here() -> None:
    assert HAS_PREFILTER


@pytest.mark.parametrize("name", DEFINITIONS)
def test_both_agree_on_instances_made_from_the_schema(gusto: Contract, instances: Any, name: str) -> None:
    fast, slow = validators(gusto, name)

    @BOUNDED
    @given(instances(name))
    def agree(instance: Any) -> None:
        assert slow.find_violations(instance) == fast.find_violations(instance) == ()

    agree()


@pytest.mark.parametrize("name", DEFINITIONS)
def test_both_agree_on_instances_with_one_value_replaced(gusto: Contract, instances: Any, name: str) -> None:
    fast, slow = validators(gusto, name)

    @BOUNDED
    @given(instances(name), st.lists(st.integers(0, 30), min_size=1, max_size=6), ANYTHING)
    def agree(instance: Any, route: list[int], value: Any) -> None:
        spoiled = replaced(instance, route, value)
        assert slow.find_violations(spoiled) == fast.find_violations(spoiled)

    agree()


def replaced(instance: Any, route: list[int], value: Any) -> Any:
    """Return `instance` with the value at the end of a route through it replaced."""
    if not route or not isinstance(instance, dict | list) or not instance:
        return value
    if isinstance(instance, list):
        index = route[0] % len(instance)
        return [replaced(each, route[1:], value) if n == index else each for n, each in enumerate(instance)]
    key = sorted(instance)[route[0] % len(instance)]
    return {**instance, key: replaced(instance[key], route[1:], value)}


@BOTH
@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("date", "2026-06-15", "2026-02-30"),
        ("date", "2024-02-29", "20260615"),
        ("date-time", "2026-06-15T10:00:00Z", "2026-06-15T10:00:00"),
        ("date-time", "2026-06-15T10:00:00.5-07:00", "2026-06-15"),
        ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123e4567"),
        ("email", "a@example.com", "nobody"),
    ],
)
def test_formats_are_checked(prefilter: bool, kind: str, good: str, bad: str) -> None:
    schema = {"type": "string", "format": kind}
    assert find_violations(good, schema, prefilter=prefilter) == ()
    (violation,) = find_violations(bad, schema, prefilter=prefilter)
    assert (violation.rule, violation.expected) == ("format", kind)


@BOTH
def test_what_only_the_fast_twin_refuses_is_no_violation(prefilter: bool) -> None:
    assert find_violations("a b@c", {"format": "email"}, prefilter=prefilter) == ()
    assert find_violations("not a uri", {"format": "uri"}, prefilter=prefilter) == ()
    assert find_violations("12\n", {"pattern": r"^\d+$"}, prefilter=prefilter) == ()


@BOTH
@pytest.mark.parametrize("instance", [10**40, float("nan"), "\ud800", {1: 2}, {"a": (1, 2)}])
def test_what_the_fast_twin_cannot_read_is_judged_without_it(prefilter: bool, instance: Any) -> None:
    assert find_violations(instance, {}, prefilter=prefilter) == ()
    assert find_violations(instance, {"type": "boolean"}, prefilter=prefilter)[0].rule == "type"


@BOTH
def test_violations_come_in_the_order_of_the_document(prefilter: bool) -> None:
    found = find_violations([1] * 11 + ["x"], {"items": {"type": "string"}}, prefilter=prefilter)
    assert [violation.path for violation in found] == [(index,) for index in range(11)]


def test_a_deeply_nested_instance_is_a_violation_and_no_crash(gusto: Contract) -> None:
    schema = {"$defs": {"tree": {"properties": {"a": {"$ref": "#/$defs/tree"}}}}, "$ref": "#/$defs/tree"}
    instance: dict[str, Any] = {"a": 1}
    for _ in range(20_000):
        instance = {"a": instance}
    assert [each.rule for each in find_violations(instance, schema, prefilter=False)] == ["depth"]


def test_where_and_prefix_lead_into_the_message() -> None:
    (violation,) = Validator({"type": "integer"}).find_violations("x", where=Where.QUERY, prefix=("page",))
    assert (violation.where, violation.pointer, violation.path) == (Where.QUERY, "page", ("page",))


def test_a_reference_to_nothing_is_our_own_bug() -> None:
    with pytest.raises(HarnessBug, match="Nowhere"):
        Validator({"$ref": "#/$defs/Nowhere"})


def test_without_the_fast_twin_the_verdict_is_the_same() -> None:
    program = """
import sys
sys.modules["jsonschema_rs"] = None
from partner_qa.contract.schema import HAS_PREFILTER, find_violations
assert not HAS_PREFILTER
assert find_violations({"a": 1}, {"required": ["a"]}) == ()
assert [each.rule for each in find_violations({}, {"required": ["a"]})] == ["required"]
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == 0


def test_our_own_schemas_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partner_qa.contract.schema.find_shipped", lambda name: tmp_path)
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter" / "people.json").write_text(json.dumps({"type": "object"}))
    (tmp_path / "broken.json").write_text(json.dumps({"type": "objekt"}))
    assert load_schema("adapter/people") == {"type": "object"}
    for name in ("broken", "missing"):
        with pytest.raises(HarnessBug, match=name):
            load_schema(name)


SHIPPED = [each for each in find_shipped("schemas").rglob("*.json") if "gusto" not in each.parts]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_each_of_our_schemas_is_one_by_the_stricter_of_the_two(path: Path) -> None:
    Draft202012Validator.check_schema(json.loads(path.read_text("utf-8")))
