"""Sends one HTTP request and reads one answer, within a time and a size; the door to httpx.

Whatever goes wrong is an `Answer` with status 0 and words: callers decide whose fault it is. Nothing is
followed, retried, decoded or kept open; Gusto's production is never called. The requests run on an event
loop in a thread of its own, so that a limit on time is a limit also for a server that sends a byte now and
then, and so that threads and other loops can ask alike.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import CancelledError as FutureCancelledError
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from partner_qa.adapter.concealment import shown
from partner_qa.adapter.hosts import find_refusal, is_loopback
from partner_qa.model import Body, Request, Response

SIZE_LIMIT = 10_000_000  # bytes of an answer that are read
_BROKEN_OFF = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, when it was asked for, and how long it took; `trouble` says why nothing usable did.

    `broke_off` tells that the request was taken, and the connection closed in place of an answer.
    """

    request: Request
    response: Response
    started: datetime
    elapsed: float
    trouble: str = ""
    broke_off: bool = False


class Cookies:
    """A browser's cookies. They do not know ports (RFC 6265 section 8.5); this machine counts as secure."""

    def __init__(self) -> None:
        self._jar = httpx.Cookies()

    def set(self, name: str, value: str, url: str) -> None:
        """Put in a cookie for the host of a URL."""
        host = urlsplit(url).hostname or ""
        self._jar.set(name, value, domain=host if "." in host else f"{host}.local")

    def add_to(self, request: httpx.Request) -> None:
        """Set the Cookie header that belongs to a request."""
        self._jar.set_cookie_header(request)

    def take_from(self, response: httpx.Response) -> None:
        """Keep what an answer sets."""
        self._jar.extract_cookies(response)
        for cookie in self._jar.jar:
            if is_loopback(cookie.domain.removesuffix(".local")):
                cookie.secure = False  # browsers send these to http://localhost too


class Client:
    """Sends requests. Safe to use from several threads and event loops."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="adapter-client", daemon=True)
        self._thread.start()
        self._clients: dict[bool, httpx.AsyncClient] = {}
        self._lock = threading.Lock()
        self._is_closed = False

    def send(self, request: Request, *, within: float, cookies: Cookies | None = None) -> Answer:
        """Send a request and return its answer; wait for all of it at most `within` seconds."""
        work = self._submit(self._perform(request, within, cookies))
        try:
            return _word_end(request) if work is None else work.result()
        except FutureCancelledError:
            return _word_end(request)

    async def send_async(self, request: Request, *, within: float) -> Answer:
        """Do the same from another event loop."""
        work = self._submit(self._perform(request, within, None))
        return _word_end(request) if work is None else await asyncio.wrap_future(work)

    def close(self) -> None:
        """Give up what is under way, and end the thread; whoever asks later is told so."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
        asyncio.run_coroutine_threadsafe(self._leave(), self._loop).result(timeout=5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()

    def _submit(self, work: Coroutine[Any, Any, Answer]) -> Future[Answer] | None:
        with self._lock:
            if not self._is_closed:
                return asyncio.run_coroutine_threadsafe(work, self._loop)
        work.close()
        return None

    async def _leave(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for client in self._clients.values():
            await client.aclose()

    async def _perform(self, request: Request, within: float, cookies: Cookies | None) -> Answer:
        started, began = datetime.now(UTC), time.monotonic()
        response, trouble, broke_off = Response(status=0), find_refusal(request.url), False
        if not trouble:
            try:
                async with asyncio.timeout(within):
                    request, response, trouble = await self._exchange(request, cookies)
            except TimeoutError:
                trouble = f"did not answer within {within:g} s"
            except (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, OSError, ValueError) as error:
                trouble, broke_off = _word(error), isinstance(error, _BROKEN_OFF)
        if trouble and not response.status:
            response = Response(status=0, reason=trouble)
        elapsed = time.monotonic() - began
        return Answer(
            request=request,
            response=response,
            started=started,
            elapsed=elapsed,
            trouble=trouble,
            broke_off=broke_off,
        )

    async def _exchange(self, asked: Request, cookies: Cookies | None) -> tuple[Request, Response, str]:
        request = httpx.Request(
            asked.method,
            asked.url,
            headers=[(name.encode("latin-1"), value.encode()) for name, value in asked.headers],
            content=asked.body.content or None,
        )
        if cookies is not None:
            cookies.add_to(request)
        sent = replace(asked, headers=_to_headers(request.headers))
        response = await self._client_for(request.url).send(request, stream=True)
        try:
            if cookies is not None:
                cookies.take_from(response)
            content, whole = await _read(response)
        finally:
            await response.aclose()
        kept = Response(
            status=response.status_code,
            reason=response.reason_phrase,
            headers=_to_headers(response.headers),
            body=Body.of(content) if whole else Body(size=len(content)),
        )
        return sent, kept, "" if whole else f"answered with more than {SIZE_LIMIT:,} bytes"

    def _client_for(self, url: httpx.URL) -> httpx.AsyncClient:
        verify = url.scheme == "https" and not is_loopback(url.host)
        if verify not in self._clients:
            self._clients[verify] = httpx.AsyncClient(
                verify=verify,
                trust_env=False,
                timeout=None,  # noqa: S113 - the whole exchange has its limit
                limits=httpx.Limits(max_keepalive_connections=0),
            )
        return self._clients[verify]


def _word_end(request: Request) -> Answer:
    words = "was not asked: the harness has let go of the integration"
    response = Response(status=0, reason=words)
    return Answer(request=request, response=response, started=datetime.now(UTC), elapsed=0.0, trouble=words)


async def _read(response: httpx.Response) -> tuple[bytes, bool]:
    content = bytearray()
    async for piece in response.aiter_raw():  # undecoded: what is small on the wire stays small
        content += piece
        if len(content) > SIZE_LIMIT:
            return bytes(content), False
    return bytes(content), True


def _to_headers(headers: httpx.Headers) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers.raw)


def _word(error: Exception) -> str:
    if isinstance(error, httpx.ConnectError):
        if "CERTIFICATE" in str(error):
            return f"shows a certificate that is not trusted ({shown(str(error))})"
        if _has_cause(error, socket.gaierror):
            return "has a host name that nobody knows"
        return "does not take connections (nothing listens there)"
    if isinstance(error, httpx.RemoteProtocolError):
        return f"broke off or does not speak HTTP ({shown(str(error))})"
    if isinstance(error, httpx.ReadError | httpx.WriteError):
        return "broke off the connection"
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return f"is not a URL that can be called ({shown(str(error))})"
    return f"could not be asked ({type(error).__name__}: {shown(str(error))})"


def _has_cause(error: BaseException, kind: type[BaseException]) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, kind):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
