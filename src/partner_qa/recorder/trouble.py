"""Which fault meets which request: counts occurrences, remembers what has fired and which tokens died."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from partner_qa.model import FiredFault
from partner_qa.recorder.faults import Fault, Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A fault that meets a request, and the fact of it for the record."""

    fault: Fault
    fired: FiredFault
    lifted: threading.Event = field(default_factory=threading.Event)  # set once the trouble is taken back


class Armed:
    """The faults of the scenario that is running."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[int, int] = {}
        self._faults: list[Fault] = []
        self._fired: dict[int, Fault] = {}  # by identity: equal faults are two
        self._dead_tokens: dict[str, Fault] = {}
        self._lifted: dict[int, threading.Event] = {}  # by identity as well

    def arm(self, fault: Fault) -> Fault:
        """Make a fault ready; its count of occurrences begins now."""
        with self._lock:
            self._faults.append(fault)
            self._lifted[id(fault)] = threading.Event()
        return fault

    def lift(self, fault: Fault) -> None:
        """Take this very fault back, and no other; a request that it holds goes through now."""
        with self._lock:
            lifted = self._lifted.get(id(fault))
            if lifted is not None:
                lifted.set()

    def disarm(self) -> tuple[Fault, ...]:
        """Take all faults back; return those that never fired.

        A request that is being held goes through now. A token that died stays dead, as in life.
        """
        with self._lock:
            unfired = tuple(each for each in self._faults if id(each) not in self._fired)
            self._faults, self._seen = [], {}
            for lifted in self._lifted.values():
                lifted.set()
            self._lifted = {}
        return unfired

    def has_fired(self, fault: Fault) -> bool:
        """Return whether this very fault has met a request."""
        return id(fault) in self._fired

    def meet(
        self, *, operation: str | None, during: str | None, company: str | None, token: str | None
    ) -> Hit | None:
        """Return the fault that meets this request, and count the request for all that describe it."""
        if not self._faults and not self._dead_tokens:
            return None
        with self._lock:
            if token in self._dead_tokens:
                fault = self._dead_tokens[token]
                return Hit(fault=fault, fired=_fired(fault, 0))
            hit = None
            for index, fault in enumerate(self._faults):
                if self._lifted[id(fault)].is_set() or not _describes(fault, operation, during, company):
                    continue
                if fault.trouble is Trouble.EXPIRE_TOKEN and token is None:
                    continue
                occurrence = self._seen[index] = self._seen.get(index, 0) + 1
                if hit is None and occurrence in fault.occurrences:
                    hit = Hit(fault=fault, fired=_fired(fault, occurrence), lifted=self._lifted[id(fault)])
            if hit is not None:
                self._fired[id(hit.fault)] = hit.fault
                if hit.fault.trouble is Trouble.EXPIRE_TOKEN and token is not None:
                    self._dead_tokens[token] = hit.fault
            return hit


def _describes(fault: Fault, operation: str | None, during: str | None, company: str | None) -> bool:
    return (
        (fault.operation is None or fault.operation == operation)
        and (fault.during is None or fault.during == during)
        and (fault.company is None or company is None or fault.company == company)
    )


def _fired(fault: Fault, occurrence: int) -> FiredFault:
    told = {name: value for name, value in fault.parameters.items() if name != "body"}
    return FiredFault(name=str(fault.trouble), parameters=told, occurrence=max(occurrence, 1))
