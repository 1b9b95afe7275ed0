"""Work that the sandbox does later by itself."""

from __future__ import annotations

import threading

from partner_qa.sandbox.chores import Chores


def test_a_chore_is_done_once_with_the_lock_held() -> None:
    lock, done = threading.RLock(), threading.Event()
    counts: list[int] = []

    def work() -> None:
        counts.append(1)
        taken: list[bool] = []
        other = threading.Thread(target=lambda: taken.append(lock.acquire(blocking=False)))
        other.start()
        other.join()
        assert taken == [False]
        done.set()

    chores = Chores(lock=lock)
    chores.later(0.01, work)
    assert done.wait(10)
    chores.close()
    assert counts == [1]


def test_a_chore_can_leave_another() -> None:
    lock, done = threading.RLock(), threading.Event()
    chores = Chores(lock=lock)
    chores.later(0, lambda: chores.later(0, done.set))
    assert done.wait(10)
    chores.close()


def test_after_the_end_nothing_is_done() -> None:
    chores = Chores(lock=threading.RLock())
    late = threading.Event()
    chores.later(3600, late.set)
    chores.close()
    chores.later(0, late.set)
    assert not late.is_set()
    assert not [each for each in threading.enumerate() if isinstance(each, threading.Timer)]
