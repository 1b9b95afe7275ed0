"""The live sandbox as an ASGI app: forwards each request to it, and to nowhere else.

The production host is refused, always. A person consents at Gusto's own site, so the consent page is not
forwarded: the browser is sent there.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx

from partner_qa.errors import Problem, SandboxUnreachable

DEMO_HOST = "api.gusto-demo.com"
_PRODUCTION = ("gusto.com",)
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "host",
        "content-length",
        "content-encoding",
    }
)  # RFC 9110 section 7.6.1, and what is computed anew


def require_sandbox(base_url: str) -> str:
    """Return a base URL without its trailing slash; raise `SandboxUnreachable` for Gusto's production."""
    parts = urlsplit(base_url)
    host = (parts.hostname or "").rstrip(".").lower()
    if parts.scheme not in {"http", "https"} or not host:
        problem = Problem(message=f"{base_url!r} is not an http or https address", key="--base-url")
        raise SandboxUnreachable([problem])
    if any(host == name or host.endswith(f".{name}") for name in _PRODUCTION):
        raise SandboxUnreachable(
            [Problem(message=f"{host} is production, and is never driven against", key="--base-url")],
            hint=f"Leave out --base-url for https://{DEMO_HOST}.",
        )
    return base_url.rstrip("/")


class Forwarder:
    """Sends each request to `base_url` and gives back the answer, decoded."""

    def __init__(self, base_url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._base_url = require_sandbox(base_url)
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(60, connect=10),
            follow_redirects=False,
            trust_env=False,
            transport=transport,
        )

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Forward one request; a sandbox that does not answer is a 502 that says so."""
        path = (scope.get("raw_path") or scope["path"].encode()).split(b"?", 1)[0].decode("latin-1")
        query = scope["query_string"].decode("latin-1")
        url = f"{self._base_url}{path}" + (f"?{query}" if query else "")
        if path == "/oauth/authorize":
            await _send(send, 302, [("location", url)], b"")
            return
        body = (await receive()).get("body", b"")
        headers = [
            (name, value)
            for name, value in scope["headers"]
            if name.decode("latin-1").lower() not in _HOP_BY_HOP
        ]
        try:
            answer = await self._http.request(scope["method"], url, headers=headers, content=body)
        except httpx.RequestError as error:
            text = f"the live sandbox did not answer: {type(error).__name__}"
            await _send(send, 502, [("content-type", "text/plain")], text.encode())
            return
        kept = [
            (name, value) for name, value in answer.headers.multi_items() if name.lower() not in _HOP_BY_HOP
        ]
        await _send(send, answer.status_code, kept, answer.content)


async def _send(send: Any, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})
