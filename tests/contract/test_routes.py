"""Facts about finding the operation of a request line."""

from __future__ import annotations

import re

import pytest

from partner_qa.contract.catalogue import Contract


@pytest.mark.parametrize(
    ("method", "path", "operation", "params"),
    [
        ("GET", "/v1/shops/7/cakes", "list-cakes", {"shop_id": "7"}),
        ("GET", "/v1/shops/7/cakes/today", "show-todays-cake", {"shop_uuid": "7"}),
        ("GET", "/v1/shops/7/cakes/12", "show-cake", {"shop_id": "7", "cake_id": "12"}),
        ("DELETE", "/v1/shops/7/cakes/today", "eat-cake", {"shop_id": "7", "cake_id": "today"}),
        ("GET", "/v1/shops/a%2Fb/cakes/%C3%A4", "show-cake", {"shop_id": "a/b", "cake_id": "ä"}),
    ],
)
def test_literal_segments_win_and_parameters_come_back_decoded(
    bakery: Contract, method: str, path: str, operation: str, params: dict[str, str]
) -> None:
    found = bakery.find_operation(method, path)
    assert found is not None
    assert (found[0].id, found[1]) == (operation, params)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/v1/shops/7/cakes"),
        ("get", "/v1/shops/7/cakes"),
        ("GET", "/v1/shops/7"),
        ("GET", "/v1/shops/7/cakes/"),
        ("GET", "/v1/shops//cakes"),
        ("GET", "/v1/shops/7/cakes/12/crumbs"),
        ("GET", "v1/shops/7/cakes"),
        ("GET", "//v1/shops/7/cakes"),
        ("GET", ""),
        ("GET", "*"),
    ],
)
def test_what_is_no_operation_is_not_found(bakery: Contract, method: str, path: str) -> None:
    assert bakery.find_operation(method, path) is None


def test_each_operation_of_gusto_is_found_by_its_own_path(gusto: Contract) -> None:
    for operation in gusto.operations:
        path = re.sub(r"\{(\w+)\}", r"the-\1", operation.path)
        found = gusto.find_operation(operation.method, path)
        assert found is not None
        assert found[0] is operation
        assert found[1] == {name: f"the-{name}" for name in re.findall(r"\{(\w+)\}", operation.path)}
