"""The profile: `partner.yaml`, loaded, as frozen values.

It defines a run completely: what the integration is, how to start it, how to make it do its job, how to see
what it holds. Mistakes are found in `rules.py` and by `schemas/profile.json`, all at once. URLs,
commands and environment still hold their placeholders; whoever uses them fills them (`placeholders.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from partner_qa.document import find_problems, is_there, load_document
from partner_qa.errors import Problem, ProfileError
from partner_qa.model import Action, Facts, Headers, Json, Observation, UseCase
from partner_qa.profile.disclosure import describe_door, describe_environment, without_homes
from partner_qa.profile.rules import METHODS, find_broken_rules

_Map = Mapping[str, Json]
USUAL_PORT = 8910  # where Gusto is for an integration that is started by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who submits the checklist, for what; `artifact_sha256` is of what was tested, where it is one file."""

    name: str
    version: str
    company: str
    contact: str
    artifact_sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Production:
    """What will be registered for production; judged, never called. `webhook_url` may be empty."""

    redirect_uris: tuple[str, ...]
    webhook_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GustoSettings:
    """The application as Gusto knows it; `api_version` is its minimum version, `YYYY-MM-DD`."""

    api_version: str
    scopes: tuple[str, ...]
    redirect_uris: tuple[str, ...]
    production: Production | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A URL that answers 2xx once the integration can be used, and how many seconds to wait for that.

    Without a URL it can be used as soon as its addresses take connections.
    """

    url: str = ""
    timeout: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How to start the integration: commands without a shell, in the folder of the profile.

    `env` holds templates, `pass_env` the names of variables that are handed on as they are.
    """

    setup: tuple[tuple[str, ...], ...] = ()
    processes: Mapping[str, tuple[str, ...]]
    env: Mapping[str, str] = field(default_factory=dict)
    pass_env: tuple[str, ...] = ()
    ready: Ready | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """What an integration that somebody starts by hand can rely on: the port where Gusto is, in every run.

    `env` holds templates, by the names that the integration reads; `ready` is what a run waits for.
    """

    port: int
    env: Mapping[str, str]
    ready: Ready


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenancy:
    """How the integration keeps its customers apart: an account for each scenario, or one for all."""

    mode: Literal["per_scenario", "single"] = "per_scenario"
    account: str = ""

    def account_name(self, wanted: str) -> str:
        """Return the account to use where a scenario wants one of this name."""
        return self.account if self.mode == "single" else wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How patient the integration is, and how patient to be with it; seconds."""

    settle: float = 2.0
    cap: float = 60.0
    retry_delay_max: float = 60.0
    refresh_margin: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """Where webhooks arrive, and who subscribes: the integration by API, or nobody (`preset`).

    `types` are what a preset subscription is for, as ticked in the Developer Portal; none where nobody said.
    """

    url: str
    subscription: Literal["by_integration", "preset"] = "by_integration"
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One way into the integration: an HTTP request, or a command (then `method` is `RUN`, no `url`).

    `json` is where the request's JSON starts from. All texts but `method` are templates, still unfilled.
    """

    method: str = "RUN"
    url: str = ""
    json: Json = None
    headers: Headers = ()
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One `partner.yaml`. `path` is absolute; commands run in its folder.

    Where `run` is `None`, somebody else starts the integration, and `by_hand` counts.
    """

    path: Path
    integration: Identity
    gusto: GustoSettings
    use_cases: tuple[UseCase, ...]
    run: Launch | None = None
    by_hand: ByHand
    tenancy: Tenancy = field(default_factory=Tenancy)
    timing: Timing = field(default_factory=Timing)
    webhooks: Webhooks | None = None
    actions: Mapping[Action, Door]
    observations: Mapping[Observation, Door] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Return the folder of the file: relative paths start here."""
        return self.path.parent

    @property
    def ready(self) -> Ready | None:
        """Return what tells that the integration can be used, whoever starts it."""
        return self.by_hand.ready if self.run is None else self.run.ready

    def offers(self, name: Action | Observation) -> bool:
        """Return whether the profile says how to do this.

        What we start, we can also restart; where a subscription to webhooks stands, nobody need subscribe.
        """
        stands = name is Action.SUBSCRIBE_WEBHOOKS and self.has_preset_subscription
        return stands or self.door(name) is not None or (name is Action.RESTART and self.run is not None)

    @property
    def has_preset_subscription(self) -> bool:
        """Return whether the subscription to webhooks was made in the Developer Portal."""
        return self.webhooks is not None and self.webhooks.subscription == "preset"

    def door(self, name: Action | Observation) -> Door | None:
        """Return the way to do this, or `None`."""
        return self.actions.get(name) if isinstance(name, Action) else self.observations.get(name)

    def facts(self) -> Facts:
        """Return the profile as a run records it: the shape of the file, without what must stay here.

        Of environment variables only the names are kept (the values are `None`, unless they are just a
        placeholder), likewise of headers and of whatever is named like a secret; home folders become `~`.
        """
        account = self.tenancy.account
        told: dict[str, Json] = {
            "format": 1,
            "integration": {
                name: value for name in Identity.__slots__ if (value := getattr(self.integration, name))
            },
            "gusto": self._describe_application(),
            "use_cases": [str(each) for each in self.use_cases],
            "tenancy": {"mode": self.tenancy.mode} | ({"account": account} if account else {}),
            "timing": {name: getattr(self.timing, name) for name in Timing.__slots__},
            "actions": self._describe(self.actions),
            "observations": self._describe(self.observations),
        }
        file = _find_nearby(self.path)
        if file:
            told["file"] = file
        if self.webhooks is not None:
            told["webhooks"] = _describe_webhooks(self.webhooks)
        if self.run is not None:
            told["run"] = self._describe_launch(self.run)
        else:
            told["by_hand"] = {
                "port": self.by_hand.port,
                "env": describe_environment(self.by_hand.env),
                "ready": _describe_ready(self.by_hand.ready),
            }
        return told

    def _describe_application(self) -> dict[str, Json]:
        told: dict[str, Json] = {
            "api_version": self.gusto.api_version,
            "scopes": list(self.gusto.scopes),
            "redirect_uris": list(self.gusto.redirect_uris),
        }
        if self.gusto.production is not None:
            told["production"] = {
                "redirect_uris": list(self.gusto.production.redirect_uris),
                "webhook_url": self.gusto.production.webhook_url,
            }
        return told

    def _describe(self, doors: Mapping[Action, Door] | Mapping[Observation, Door]) -> Json:
        return {
            str(name): describe_door(
                method=each.method,
                url=each.url,
                json=each.json,
                headers=each.headers,
                command=each.command,
                folder=self.folder,
            )
            for name, each in doors.items()
        }

    def _describe_launch(self, run: Launch) -> Json:
        told: dict[str, Json] = {
            "setup": [list(without_homes(each, self.folder)) for each in run.setup],
            "processes": {
                name: list(without_homes(each, self.folder)) for name, each in run.processes.items()
            },
            "env": describe_environment(run.env),
            "pass_env": list(run.pass_env),
        }
        if run.ready is not None:
            told["ready"] = _describe_ready(run.ready)
        return told


def _describe_webhooks(webhooks: Webhooks) -> dict[str, Json]:
    told: dict[str, Json] = {"url": webhooks.url, "subscription": webhooks.subscription}
    return told | ({"types": list(webhooks.types)} if webhooks.types else {})


def _describe_ready(ready: Ready) -> dict[str, Json]:
    return ({"url": ready.url} if ready.url else {}) | {"timeout": ready.timeout}


def load_profile(path: Path) -> Profile:
    """Return the profile of a file; raise `ProfileError` with every mistake, each with its line."""
    if not is_there(path):
        problem = Problem(file=str(path), message="does not exist")
        raise ProfileError([problem], hint="`partner-qa init` writes one; --profile names another")
    document = load_document(path, error=ProfileError)
    broken = find_problems(document, "profile")
    known = {(each.line, each.key) for each in broken}
    problems = [
        *broken,
        *(each for each in find_broken_rules(document) if (each.line, each.key) not in known),
    ]
    if problems:
        raise ProfileError(sorted(problems, key=lambda problem: problem.line or 0))
    return _to_profile(path.resolve(), _map(document.value))


def _find_nearby(path: Path) -> str:
    """Return how one names a profile from here; nothing where it needs no name, or lies somewhere else."""
    here = Path.cwd()
    if path == here / "partner.yaml" or not path.is_relative_to(here):
        return ""
    return path.relative_to(here).as_posix()


def _to_profile(path: Path, told: _Map) -> Profile:
    tenancy = _map(told.get("tenancy"))
    return Profile(
        path=path,
        integration=Identity(**{name: str(text) for name, text in _map(told["integration"]).items()}),
        gusto=_to_gusto(_map(told["gusto"])),
        use_cases=tuple(UseCase(each) for each in _texts(told["use_cases"])),
        run=_to_launch(_map(told["run"])) if "run" in told else None,
        by_hand=_to_by_hand(told),
        tenancy=Tenancy(
            mode="single" if tenancy.get("mode") == "single" else "per_scenario",
            account=str(tenancy.get("account", "")),
        ),
        timing=Timing(**{name: _seconds(value) for name, value in _map(told.get("timing")).items()}),
        webhooks=_to_webhooks(_map(told["webhooks"])) if "webhooks" in told else None,
        actions={Action(name): _to_door(_map(each)) for name, each in _map(told["actions"]).items()},
        observations={
            Observation(name): _to_door(_map(each)) for name, each in _map(told.get("observations")).items()
        },
    )


def _to_gusto(told: _Map) -> GustoSettings:
    production = _map(told.get("production"))
    return GustoSettings(
        api_version=str(told["api_version"]),
        scopes=_texts(told["scopes"]),
        redirect_uris=_texts(told["redirect_uris"]),
        production=Production(
            redirect_uris=_texts(production["redirect_uris"]),
            webhook_url=str(production.get("webhook_url", "")),
        )
        if production
        else None,
    )


def _to_launch(told: _Map) -> Launch:
    ready = _map(told.get("ready"))
    return Launch(
        setup=tuple(_texts(each) for each in _rows(told.get("setup"))),
        processes={name: _texts(each) for name, each in _map(told["processes"]).items()},
        env={name: str(value) for name, value in _map(told.get("env")).items()},
        pass_env=_texts(told.get("pass_env")),
        ready=Ready(url=str(ready["url"]), timeout=_seconds(ready.get("timeout", 60))) if ready else None,
    )


def _to_by_hand(whole: _Map) -> ByHand:
    """Return the key with its defaults: leaving out `run` is enough to start the integration by hand."""
    told, ready = _map(whole.get("by_hand")), _map(_map(whole.get("by_hand")).get("ready"))
    env = {name: str(value) for name, value in _map(told.get("env")).items()}
    return ByHand(
        port=int(str(told.get("port", USUAL_PORT))),
        env=env or _usual_environment(has_preset=_map(whole.get("webhooks")).get("subscription") == "preset"),
        ready=Ready(url=str(ready.get("url", "")), timeout=_seconds(ready.get("timeout", 300))),
    )


def _usual_environment(*, has_preset: bool) -> dict[str, str]:
    """Return the variables to hand over where `by_hand.env` names none."""
    names = ["GUSTO_API_BASE", "GUSTO_CLIENT_ID", "GUSTO_CLIENT_SECRET", "QA_TOKEN"]
    names += ["GUSTO_WEBHOOK_SECRET"] if has_preset else []
    return {name: f"{{{name.removeprefix('GUSTO_').lower()}}}" for name in names}


def _to_webhooks(told: _Map) -> Webhooks:
    subscription: Literal["by_integration", "preset"] = "by_integration"
    if told.get("subscription") == "preset":
        subscription = "preset"
    return Webhooks(url=str(told["url"]), subscription=subscription, types=_texts(told.get("types")))


def _to_door(told: _Map) -> Door:
    headers = tuple((name, str(value)) for name, value in _map(told.get("headers")).items())
    for method in METHODS:
        if method in told:
            return Door(method=method.upper(), url=str(told[method]), json=told.get("json"), headers=headers)
    return Door(command=_texts(told["command"]))


def _map(value: Json) -> _Map:
    return value if isinstance(value, dict) else {}


def _rows(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(map(str, _rows(value)))


def _seconds(value: Json) -> float:
    return float(str(value))
