"""Can the integration be used? Its ready URL answers, or else its addresses take connections.

Processes that we start are asked as long as they run (processes.py); here is also the waiting for somebody
who starts the integration by hand.
"""

from __future__ import annotations

import socket
import time
from pathlib import Path

from partner_qa.adapter.client import Client
from partner_qa.adapter.hosts import own_addresses
from partner_qa.errors import AdapterError, Problem
from partner_qa.model import Request
from partner_qa.profile.profile import Profile

_LONGEST_PAUSE = 0.5  # seconds
_LONGEST_ANSWER = 10.0


def find_unready(profile: Profile, client: Client, *, within: float = _LONGEST_ANSWER) -> str:
    """Return why the integration cannot be used yet, or nothing; an answer is waited for `within` seconds."""
    if profile.ready is not None and profile.ready.url:
        limit = max(0.1, min(within, _LONGEST_ANSWER))
        answer = client.send(Request(method="GET", url=profile.ready.url), within=limit)
        status = answer.response.status
        if 200 <= status < 400:
            return ""
        return f"GET {profile.ready.url} {answer.trouble or f'answered {status}'}"
    closed = [each for each in own_addresses(profile) if not is_open(*each)]
    return f"its address {closed[0][0]}:{closed[0][1]} does not take connections" if closed else ""


def wait_until_ready(profile: Profile, client: Client, *, environment: Path | None = None) -> None:
    """Return when an integration that somebody starts by hand can be used.

    Raises `AdapterError` when it cannot be after `by_hand.ready.timeout` seconds; `environment` is the
    file of variables that it was to be started with.
    """
    limit = profile.ready.timeout if profile.ready is not None else 0.0
    deadline, pause = time.monotonic() + limit, 0.02
    while seen := find_unready(profile, client, within=deadline - time.monotonic()):
        left = deadline - time.monotonic()
        if left <= 0:
            named = f", with the variables in {environment}" if environment is not None else ""
            raise AdapterError(
                [Problem(key="by_hand.ready", message=f"waited {limit:g} s, and still {seen}")],
                hint=f"Start your integration{named}, or describe in `run` how to start it.",
            )
        time.sleep(min(pause, max(left, 0.01)))
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def is_open(host: str, port: int) -> bool:
    """Return whether something takes connections at an address."""
    try:
        with socket.create_connection((host, port), timeout=1.0):
            return True
    except OSError:
        return False
