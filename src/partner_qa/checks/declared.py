"""What partner.yaml declared, as checks ask for it: use cases, actions, scopes, URIs, the version."""

from __future__ import annotations

from datetime import date

from partner_qa.model import Json, Recording, Run


def assigned_scopes(run: Run) -> frozenset[str]:
    """Return the scopes that Gusto assigned to the application (`gusto.scopes`)."""
    return frozenset(_texts(_gusto(run).get("scopes")))


def use_cases(run: Run) -> tuple[str, ...]:
    """Return what the integration says that it does with Gusto (`use_cases`)."""
    return _texts(run.profile.get("use_cases"))


def actions(run: Run) -> frozenset[str]:
    """Return the actions that partner.yaml says how to do (`actions`)."""
    given = run.profile.get("actions")
    return frozenset(map(str, given)) if isinstance(given, dict) else frozenset()


def redirect_uris(run: Run) -> tuple[str, ...]:
    """Return the redirect URIs that are registered on the application (`gusto.redirect_uris`)."""
    return _texts(_gusto(run).get("redirect_uris"))


def production_redirect_uris(run: Run) -> tuple[str, ...]:
    """Return the redirect URIs that are to be registered for production (`gusto.production`)."""
    production = _gusto(run).get("production")
    return _texts(production.get("redirect_uris")) if isinstance(production, dict) else ()


def is_started_by_harness(run: Run) -> bool:
    """Return whether the harness starts the integration's processes (`run`), and so sees where they call."""
    return bool(run.profile.get("run"))


def production_webhook_url(run: Run) -> str:
    """Return the address for webhooks in production (`gusto.production.webhook_url`), or nothing."""
    production = _gusto(run).get("production")
    return str(production.get("webhook_url") or "") if isinstance(production, dict) else ""


def has_preset_subscription(run: Run) -> bool:
    """Return whether the webhook subscription was made in the Developer Portal."""
    return _webhooks(run).get("subscription") == "preset"


def preset_types(run: Run) -> tuple[str, ...]:
    """Return the types of events that were ticked in the Developer Portal (`webhooks.types`)."""
    return _texts(_webhooks(run).get("types")) if has_preset_subscription(run) else ()


def minimum_version(run: Run) -> date:
    """Return the application's minimum API version (`gusto.api_version`)."""
    return date.fromisoformat(str(_gusto(run).get("api_version")))


def client_id(recording: Recording) -> str:
    """Return the client id that the application had in a scenario."""
    return str(recording.situation.get("client_id", ""))


def _gusto(run: Run) -> dict[str, Json]:
    gusto = run.profile.get("gusto")
    return gusto if isinstance(gusto, dict) else {}


def _webhooks(run: Run) -> dict[str, Json]:
    webhooks = run.profile.get("webhooks")
    return webhooks if isinstance(webhooks, dict) else {}


def _texts(given: Json) -> tuple[str, ...]:
    return tuple(map(str, given)) if isinstance(given, list) else ()
