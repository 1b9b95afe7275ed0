"""Which hosts are called: those that partner.yaml names, with their ports; Gusto's production never."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from partner_qa.adapter.concealment import shown
from partner_qa.contract.hosts import is_production
from partner_qa.profile.profile import Profile

_NAMES_FROM_CONTAINERS = frozenset({"host.docker.internal", "host.containers.internal"})


def host_of(url: str) -> str:
    """Return host and port of a URL, as `127.0.0.1:4000`."""
    return "{}:{}".format(*_address_of(url))


def find_named_hosts(profile: Profile) -> frozenset[str]:
    """Return the hosts that partner.yaml names, as `host_of` writes them: nothing else is ever called."""
    return frozenset(host_of(url) for url in (*profile.gusto.redirect_uris, *_find_urls(profile)))


def own_addresses(profile: Profile) -> tuple[tuple[str, int], ...]:
    """Return where the integration listens on this machine: host and port of each of its URLs."""
    pairs = [_address_of(url) for url in _find_urls(profile)]
    return tuple(dict.fromkeys(pair for pair in pairs if is_loopback(pair[0])))


def is_loopback(host: str) -> bool:
    """Return whether a host name is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        name = host.lower().rstrip(".")
        return name == "localhost" or name.endswith(".localhost")


def is_same_place(url: str, ours: str) -> bool:
    """Return whether a URL leads to an address of ours on this machine, by whatever name of the machine.

    A container has a name of its own for it: https://docs.docker.com/desktop/features/networking/ [D]
    """
    (host, port), (_, our_port) = _address_of(url), _address_of(ours)
    return port == our_port and (is_loopback(host) or host.lower() in _NAMES_FROM_CONTAINERS)


def find_refusal(url: str, named: frozenset[str] | None = None) -> str:
    """Return why a URL is never called, or nothing. With `named`, only these hosts are."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return f"{shown(url)} is not a URL"
    if parts.scheme not in {"http", "https"} or not host:
        return f"{shown(url)} is not an http or https URL"
    if is_production(host):
        return f"{shown(host)} is Gusto's production, which is never called"
    if named is not None and host_of(url) not in named:
        return f"{shown(host_of(url))} is a host that partner.yaml does not name"
    return ""


def _find_urls(profile: Profile) -> list[str]:
    urls = [each.url for each in (*profile.actions.values(), *profile.observations.values()) if each.url]
    if profile.webhooks is not None:
        urls.append(profile.webhooks.url)
    if profile.ready is not None and profile.ready.url:
        urls.append(profile.ready.url)
    return urls


def _address_of(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return (parts.hostname or "").rstrip("."), parts.port or (443 if parts.scheme == "https" else 80)
