"""The live sandbox as an ASGI app: forwards each request to it, and to nowhere else.

The production host is refused, always. A person consents at Gusto's own site, so the consent page is not
forwarded: the browser is sent there.
"""

from __future__ import annotations

import re
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import httpx

from partner_qa.contract.hosts import DEMO_HOST, is_production
from partner_qa.errors import Problem, SandboxUnreachable

_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"host",
        b"content-length",
        b"content-encoding",
    }
)  # RFC 9110 section 7.6.1, and what is computed anew


_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
# httpx undoes these; what an integration accepts besides could come back unreadable.
_ENCODINGS = (b"accept-encoding", b"gzip, deflate")


def require_sandbox(base_url: str) -> str:
    """Return a base URL without its trailing slash; raise `SandboxUnreachable` for what may not be called.

    That is Gusto's production, under whatever spelling, and any address whose host two readers could
    understand differently: user names, escapes, other alphabets, blanks.
    """
    host = _host_of(base_url)
    if is_production(host):
        raise SandboxUnreachable(
            [Problem(message=f"{host} is production, and is never driven against", key="--base-url")],
            hint=f"Leave out --base-url for https://{DEMO_HOST}.",
        )
    if not base_url.startswith("https:") and host not in _LOOPBACK:
        raise _unfit(base_url, "sends tokens in clear; write https://")
    return base_url.rstrip("/")


def _host_of(base_url: str) -> str:
    """Return the host, in lower case and without a dot at its end, that every reader sees in a URL."""
    try:
        parts = urlsplit(base_url)
        seen = httpx.URL(base_url).raw_host.decode("ascii")
        port = f":{parts.port}" if parts.port is not None else ""
    except (httpx.InvalidURL, ValueError, UnicodeError):
        raise _unfit(base_url, "is not an http or https address") from None
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise _unfit(base_url, "is not an http or https address")
    netloc = parts.netloc.lower()
    host = netloc.removesuffix(port).removesuffix(":").rstrip(".")
    if "?" in base_url or "#" in base_url or not base_url.isprintable() or "\\" in base_url:
        raise _unfit(base_url, "has more than scheme, host, port and path")
    if not _HOST.fullmatch(host) or seen.rstrip(".").strip("[]") != host.strip("[]"):
        raise _unfit(base_url, "has a host that is not plain letters, digits, dots and dashes")
    return host


def _unfit(base_url: str, message: str) -> SandboxUnreachable:
    problem = Problem(message=f"{base_url!r} {message}", key="--base-url")
    return SandboxUnreachable([problem], hint=f"Leave out --base-url for https://{DEMO_HOST}.")


class Forwarder:
    """Sends each request to `base_url` and gives back the answer, decoded."""

    def __init__(self, base_url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._base_url = require_sandbox(base_url)
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(60, connect=10),
            follow_redirects=False,
            trust_env=False,
            transport=transport,
            # A cookie is the integration's to keep: kept here, it would go out with everybody's requests.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )
        for name in ("accept", "user-agent"):  # the integration's own, or none
            del self._http.headers[name]

    async def aclose(self) -> None:
        """Close the connections to the sandbox."""
        await self._http.aclose()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Forward one request; a sandbox that does not answer is a 502 that says so."""
        path = (scope.get("raw_path") or scope["path"].encode()).split(b"?", 1)[0].decode("latin-1")
        query = scope["query_string"].decode("latin-1")
        if not path.startswith("/"):  # joined to the base it could name another host (RFC 9112 section 3.2)
            await _send_text(send, 400, "the request target is not a path")
            return
        url = f"{self._base_url}{path}" + (f"?{query}" if query else "")
        if path == "/oauth/authorize":
            await _send(send, 302, [(b"location", url.encode("latin-1"))], b"")
            return
        body = (await receive()).get("body", b"")
        headers = [*_end_to_end(scope["headers"], without=b"accept-encoding"), _ENCODINGS]
        try:
            answer = await self._http.request(scope["method"], url, headers=headers, content=body)
        except (httpx.RequestError, httpx.InvalidURL) as error:
            await _send_text(send, 502, f"the live sandbox did not answer: {type(error).__name__}")
            return
        await _send(send, answer.status_code, _end_to_end(answer.headers.raw), answer.content)


def _end_to_end(headers: Any, *, without: bytes = b"") -> list[tuple[bytes, bytes]]:
    """Return the headers that are for the other end, not for this connection (RFC 9110 section 7.6.1)."""
    named = {
        option.strip().lower()
        for name, value in headers
        if name.lower() == b"connection"
        for option in value.split(b",")
    }
    left_out = named | _HOP_BY_HOP | {without}
    return [(name, value) for name, value in headers if name.lower() not in left_out]


async def _send_text(send: Any, status: int, text: str) -> None:
    await _send(send, status, [(b"content-type", b"text/plain")], text.encode())


async def _send(send: Any, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
