"""Where requests go that would pass by the recorder: a proxy that refuses all and writes down the host.

Launched processes get it as their HTTP(S) proxy. A program that does not heed proxies, or speaks something
other than HTTP, is not seen here; the docs say so.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from partner_qa.contract.hosts import is_production
from partner_qa.model import Body, Kind, Request, Response, Sink

_RECORDED_EACH = 3  # requests for one host that are recorded; all are counted
_RECORDED_HOSTS = 100
_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}")
_REFUSAL = b"partner-qa: while an integration is under test, its way to other hosts is closed\n"


class EgressSink:
    """The proxy, on a port of its own. `hosts` counts what was asked for."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._server = _Server(self._refuse)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Return the proxy's address."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def hosts(self) -> dict[str, int]:
        """Return how often each host was asked for."""
        with self._lock:
            return dict(self._counts)

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    def _refuse(self, method: str, target: str) -> None:
        host = _find_host(method, target)
        with self._lock:
            self._counts[host] += 1
            is_shown = self._counts[host] <= _RECORDED_EACH and len(self._counts) <= _RECORDED_HOSTS
        if is_shown:
            self._sink.record(
                kind=Kind.PROCESS,
                started=datetime.now(UTC),
                elapsed=0.0,
                request=Request(method="RUN", url=f"egress:{host}"),
                response=Response(status=403, reason="refused", body=Body.of(_REFUSAL)),
                facts={"egress": host, "production": is_production(host)},
            )


def _find_host(method: str, target: str) -> str:
    try:
        parts = urlsplit(f"//{target}" if method == "CONNECT" else target)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        host = ""
    return host if _HOST.fullmatch(host) else "(unreadable)"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, refuse: Callable[[str, str], None]) -> None:
        self.refuse = refuse
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: whoever asked has hung up."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 5

    def do_refuse(self) -> None:
        """Answer 403 to whatever is asked."""
        self.server.refuse(self.command, self.path)
        self.send_response_only(403)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(_REFUSAL)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(_REFUSAL)
        self.close_connection = True

    do_CONNECT = do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_refuse  # noqa: N815

    def log_message(self, *args: Any) -> None:
        """Say nothing: what was asked is recorded."""
