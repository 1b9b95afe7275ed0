"""200 requests per grant in any 60 seconds: counted, refused, forgotten, with a clock of our own."""

from __future__ import annotations

from partner_qa.sandbox.rate_limit import RateLimit


def spend(limit: RateLimit, count: int, at: float, grant: str = "company-1") -> None:
    for _ in range(count):
        assert limit.take(grant, at).retry_after is None


def test_two_hundred_requests_go_through_and_the_next_is_refused() -> None:
    limit = RateLimit()
    spend(limit, 200, 1000.0)
    refused = limit.take("company-1", 1000.0)
    assert refused.retry_after == 60
    assert (refused.limit, refused.remaining) == (200, 0)


def test_remaining_counts_down() -> None:
    limit = RateLimit()
    assert [limit.take("company-1", 1.0).remaining for _ in range(3)] == [199, 198, 197]


def test_the_window_rolls_instead_of_starting_anew() -> None:
    limit = RateLimit()
    spend(limit, 100, 0.0)
    spend(limit, 100, 30.0)
    assert limit.take("company-1", 59.9).retry_after == 1
    spend(limit, 100, 60.0)
    refused = limit.take("company-1", 60.0)
    assert refused.retry_after == 30


def test_waiting_as_long_as_retry_after_says_is_enough() -> None:
    limit = RateLimit()
    spend(limit, 200, 1000.25)
    refused = limit.take("company-1", 1001.75)
    assert refused.retry_after is not None
    assert refused.retry_after - refused.resets_in < 1
    assert limit.take("company-1", 1001.75 + refused.retry_after).retry_after is None


def test_retry_after_is_never_zero() -> None:
    limit = RateLimit()
    spend(limit, 200, 0.0)
    assert limit.take("company-1", 59.999).retry_after == 1


def test_a_refused_request_does_not_count() -> None:
    limit = RateLimit()
    spend(limit, 200, 0.0)
    for at in range(1, 60):
        assert limit.take("company-1", float(at)).retry_after == 60 - at
    spend(limit, 200, 60.0)


def test_each_grant_has_its_own_window() -> None:
    limit = RateLimit()
    spend(limit, 200, 0.0)
    spend(limit, 200, 0.0, "company-2")
    assert limit.take("system-1", 0.0).remaining == 199


def test_the_reset_is_when_the_oldest_request_leaves() -> None:
    limit = RateLimit()
    assert limit.take("company-1", 100.0).resets_in == 60.0
    assert limit.take("company-1", 110.0).resets_in == 50.0


def test_silent_grants_are_forgotten() -> None:
    limit = RateLimit()
    for number in range(500):
        limit.take(f"company-{number}", float(number))
    assert len(limit._taken) <= 122
    limit.take("company-1", 5000.0)
    assert list(limit._taken) == ["company-1"]


def test_memory_of_one_grant_is_bounded() -> None:
    limit = RateLimit()
    for number in range(5000):
        limit.take("company-1", number / 1000)
    assert len(limit._taken["company-1"]) == 200
