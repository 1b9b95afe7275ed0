"""Gusto's hosts: the demo that may be driven against, and the production that is refused, always.

Everybody who calls something, or is told to, asks here; by which spellings a host is taken is theirs to say.
"""

from __future__ import annotations

DEMO_HOST = "api.gusto-demo.com"
_PRODUCTION, _DEMO = "gusto.com", "gusto-demo.com"


def is_production(host: str) -> bool:
    """Return whether a host is Gusto's production; the demo host has another domain."""
    return _is_within(host, _PRODUCTION)


def is_gusto(host: str) -> bool:
    """Return whether a host is Gusto's, production or demo."""
    return _is_within(host, _PRODUCTION) or _is_within(host, _DEMO)


def _is_within(host: str, domain: str) -> bool:
    name = host.rstrip(".").lower()
    return name == domain or name.endswith(f".{domain}")
