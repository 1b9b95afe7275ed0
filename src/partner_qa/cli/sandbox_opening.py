"""Opens the sandbox of `partner-qa sandbox`: a new one, or the one that a file keeps (`--persist`).

Where there is a file that keeps one, it says who is in it; what of the options has no effect then is told.
`--rotation` and `--redirect-uri` can be changed at any start, as in the Developer Portal.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from partner_qa.contract.catalogue import Contract
from partner_qa.model import Json
from partner_qa.sandbox.app import Sandbox, SandboxSettings
from partner_qa.sandbox.keeping.keeper import Keeper, find_settings, open_file
from partner_qa.sandbox.oauth_records import Rotation
from partner_qa.sandbox.postman import Deliver

REDIRECT_URI = "http://127.0.0.1:4000/gusto/callback"
SIZES = (12, 26, 101, 251, 1000)
SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the command line asks for; what it does not say is `None` or empty."""

    seed: int | None
    sizes: tuple[int, ...]
    rotation: Rotation | None
    redirect_uris: tuple[str, ...]


class Opening:
    """A sandbox with its settings and the token of `/_sandbox`; `close` it at the end."""

    def __init__(
        self,
        contract: Contract,
        wishes: Wishes,
        path: Path | None,
        *,
        deliver: Deliver,
        tell: Callable[[str], None],
    ) -> None:
        """Open it; raises `StateFileError` where the file cannot be used."""
        self._file = None if path is None else open_file(path, contract)
        self._keeper: Keeper | None = None
        try:
            kept = None if self._file is None else find_settings(self._file)
            self.is_new = kept is None
            facts: dict[str, Json]
            if kept is None:
                self.settings = _make_settings(contract, wishes)
                facts = {"people": list(wishes.sizes or SIZES), "control_token": secrets.token_urlsafe(32)}
            else:
                self.settings, facts = _change_settings(kept[0], wishes), kept[1]
                _tell_differences(kept[0], facts, wishes, tell)
            self.control_token = str(facts["control_token"])
            self.sandbox = Sandbox(contract=contract, settings=self.settings, deliver=deliver)
        except BaseException:
            self._close_file()
            raise
        try:
            self._fill(facts, wishes, tell)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the sandbox and keep the last of it."""
        self.sandbox.close()
        if self._keeper is not None:
            self._keeper.close()
        self._close_file()

    def _fill(self, facts: dict[str, Json], wishes: Wishes, tell: Callable[[str], None]) -> None:
        keeper = None if self._file is None else Keeper(self._file, self.sandbox.world, tell)
        if keeper is not None and not self.is_new:
            keeper.resume()
            if wishes.rotation is not None:
                self.sandbox.admin.set_rotation(wishes.rotation)
        people = facts["people"]
        if self.is_new and isinstance(people, list):
            for size in people:
                self.sandbox.admin.create_company(people=int(str(size)))
        if keeper is not None:
            keeper.begin(self.settings, facts)
        self._keeper = keeper

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()


def _make_settings(contract: Contract, wishes: Wishes) -> SandboxSettings:
    return SandboxSettings(
        seed=SEED if wishes.seed is None else wishes.seed,
        anchor=datetime.now(UTC).date(),
        rotation=wishes.rotation or "strict",
        client_id=secrets.token_urlsafe(32),
        client_secret=secrets.token_urlsafe(32),
        redirect_uris=wishes.redirect_uris or (REDIRECT_URI,),
        scopes=_every_scope(contract),
        minimum_version=contract.version,
    )


def _change_settings(kept: SandboxSettings, wishes: Wishes) -> SandboxSettings:
    return replace(
        kept,
        rotation=wishes.rotation or kept.rotation,
        redirect_uris=wishes.redirect_uris or kept.redirect_uris,
    )


def _tell_differences(
    kept: SandboxSettings, facts: dict[str, Json], wishes: Wishes, tell: Callable[[str], None]
) -> None:
    """Tell what of the command line has no effect, because the file says something else."""
    if wishes.seed is not None and wishes.seed != kept.seed:
        tell(f"--seed {wishes.seed} has no effect: the file was begun with seed {kept.seed}")
    if wishes.sizes and list(wishes.sizes) != facts["people"]:
        asked = ", ".join(map(str, wishes.sizes))
        tell(f"--people {asked} has no effect: the file has its companies already")


def _every_scope(contract: Contract) -> tuple[str, ...]:
    """Return all scopes but those that only take something away."""
    found = {scope for each in contract.operations for scope in (*each.scopes, *each.additional_scopes)}
    return tuple(sorted(each for each in found if not each.endswith(":benefit_type_limited")))
