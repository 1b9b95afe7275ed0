"""Which URLs a profile may name: the integration's own, on this machine or by host name, never Gusto's.

An address by number that is not this machine's own is refused: programs read its many notations in
different ways, and a harness that sends requests where a file says must not become a port scanner.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, unquote, urlsplit

from partner_qa.contract.hosts import is_gusto

_PRODUCTION = re.compile(r"(?<![a-z0-9_-])api\.gusto\.com(?!\.?[a-z0-9_-])", re.ASCII)
_NAMED = re.compile(r"(?!-)[\w-]{1,63}(\.[\w-]{1,63})*\.?")
_NUMERIC = re.compile(r"(.*\.)?(0x[0-9a-f]*|[0-9]+)\.?", re.IGNORECASE | re.ASCII)
_EXAMPLE = "like http://127.0.0.1:4000/…"

Trouble = tuple[str, str]


def has_production_host(text: str) -> bool:
    """Return whether a text names Gusto's production host anywhere, however it is spelt."""
    return _PRODUCTION.search(unquote(text).lower()) is not None


def find_url_trouble(text: str) -> Trouble | None:
    """Return what is wrong with a URL that the harness is to call, and what to write instead, or `None`."""
    return _find_trouble(text, kind="URL")


def find_uri_trouble(text: str) -> Trouble | None:
    """Return what is wrong with a redirect URI, and what to write instead, or `None`.

    Absolute and without a fragment: RFC 6749 section 3.1.2.
    """
    if "#" in text:
        return "has a fragment", "redirect URIs have none (RFC 6749 section 3.1.2)"
    return _find_trouble(text, kind="redirect URI")


def _find_trouble(text: str, *, kind: str) -> Trouble | None:
    if any(each.isspace() or not each.isprintable() for each in text):
        return "has a space or a control character", "percent-encode it"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return f"is not a {kind}", _EXAMPLE
    if parts.scheme not in {"http", "https"} or not host:
        return f"is not an absolute http or https {kind}", _EXAMPLE
    if _has_credentials(parts):
        return "holds a user name or a password", "put it into headers or run.env"
    return _find_host_trouble(host)


def _has_credentials(parts: SplitResult) -> bool:
    return "@" in parts.netloc


def _find_host_trouble(host: str) -> Trouble | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        address = None
    if address is not None:
        return None if address.is_loopback else _refuse_number(host)
    if _NUMERIC.fullmatch(host):
        return _refuse_number(host)
    if not _NAMED.fullmatch(host):
        return f"the host {host} is not a name", _EXAMPLE
    if is_gusto(host):
        return f"{host} is Gusto's", "write the address of your integration"
    return None


def _refuse_number(host: str) -> Trouble:
    return f"the address {host} is not this machine's own", "use 127.0.0.1 or a host name"
