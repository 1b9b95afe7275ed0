"""The parts of Acme Time, put together once per process."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from acme_time.calls import CompanyCalls, SystemCalls
from acme_time.config import Config
from acme_time.database import Database
from acme_time.gusto import Gusto
from acme_time.oauth import TokenKeeper


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What web and worker hand to whoever does the work."""

    config: Config
    database: Database
    gusto: Gusto
    keeper: TokenKeeper
    company: CompanyCalls
    system: SystemCalls


def assemble(config: Config, transport: httpx.BaseTransport | None = None) -> Parts:
    """Build every part from the configuration; `transport` is for tests that bring a Gusto of their own."""
    database = Database(config.data_dir, config.secret_key)
    gusto = Gusto(config, transport)
    keeper = TokenKeeper(config, database, gusto)
    return Parts(
        config=config,
        database=database,
        gusto=gusto,
        keeper=keeper,
        company=CompanyCalls(config, database, gusto, keeper),
        system=SystemCalls(config, gusto),
    )
