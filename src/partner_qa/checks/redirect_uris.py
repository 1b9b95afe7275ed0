"""Are the addresses that Gusto sends customers back to fit for production?

Loopback addresses are right while an integration is under test, so the wire is judged for wildcards and
fragments only; what is declared for production is judged for everything.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from partner_qa.checks import declared, traffic
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Kind, Place, Run

# Names that no public DNS answers for (RFC 6761, RFC 8375, ICANN's .internal). `.example` is left out: it
# stands for a real name in published profiles.
_PRIVATE_NAMES = ("localhost", "local", "localdomain", "internal", "test", "invalid", "home.arpa", "lan")


def registers_clean_redirect_uris(run: Run) -> tuple[Finding, ...]:
    """Judge redirect URIs: no wildcard and no fragment anywhere; for production HTTPS and a public host.

    Production's are those of `gusto.production` in the profile; what was sent to the consent page and with
    the code is looked at too. Sources:
    https://github.com/emorale112/5936/blob/HEAD/docs/basics/Introduction.md [O]; RFC 6749 section 3.1.2
    """
    production = declared.production_redirect_uris(run)
    if not production:
        raise NotObserved(
            "the redirect URIs for production are not known",
            missing=("gusto.production.redirect_uris in partner.yaml",),
        )
    sent: dict[str, tuple[Place, ...]] = {}
    for uri, place in _sent(run):
        sent[uri] = (*sent.get(uri, ()), place)
    loose = {uri: sent.get(uri, ()) for uri in (*declared.redirect_uris(run), *sent)}
    return (
        *(_finding(uri, trouble, ()) for uri in production if (trouble := find_trouble(uri))),
        *(_finding(uri, trouble, where) for uri, where in loose.items() if (trouble := find_looseness(uri))),
    )


def find_trouble(uri: str) -> str:
    """Return what keeps a redirect URI from being registered for production, or nothing."""
    loose = find_looseness(uri)
    if loose:
        return loose
    try:
        parts = urlsplit(uri)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return "is not a URL"
    if parts.scheme != "https":
        return "is not HTTPS"
    return "" if _is_public(host) else "has a host that only this machine or network knows"


def find_looseness(uri: str) -> str:
    """Return whether a redirect URI stands for more than one address, in words, or nothing."""
    if "*" in uri:
        return "has a wildcard"
    return "has a fragment" if "#" in uri else ""


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not any(host == name or host.endswith(f".{name}") for name in _PRIVATE_NAMES)


def _sent(run: Run) -> Iterator[tuple[str, Place]]:
    for recording in run:
        for exchange in recording.of_kind(Kind.BROWSER, Kind.API):
            uri = _redirect_uri_in(exchange)
            if uri:
                yield uri, Place(scenario=recording.scenario, sequence=exchange.sequence)


def _redirect_uri_in(exchange: Exchange) -> str:
    path = traffic.path_of(exchange)
    if path == "/oauth/authorize":
        return traffic.find_query(exchange, "redirect_uri") or ""
    return traffic.fields_of(exchange.request.body).get("redirect_uri", "") if path == "/oauth/token" else ""


def _finding(uri: str, trouble: str, where: tuple[Place, ...]) -> Finding:
    return Finding(
        check="registers_clean_redirect_uris",
        message=f"does not keep its redirect URIs clean: {uri} {trouble}",
        places=where[:20],
        expected="each redirect URI is one whole address; those for production are HTTPS on a public host",
        seen=f"{uri} {trouble}",
        hint="register each address in full with the one application; list those for production under "
        "gusto.production.redirect_uris in partner.yaml",
        key=f"{uri} {trouble}",
    )
