"""Serves an ASGI app on a loopback port, in a thread of its own; the one door to uvicorn.

The sandbox and the recorder are served by this. The port is bound before anything starts, so its number is
known at once, and a taken port is the user's problem with a way out, not a crash in a thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from types import TracebackType
from typing import Any, Self

import uvicorn

from partner_qa.errors import HarnessBug, Problem, SetupError

_START_LIMIT = 10.0  # seconds
_STOP_LIMIT = 1.0  # seconds, for requests under way
# A client that sends into a connection while it is being closed for idleness is told that it broke. uvicorn's
# five seconds are the patience of many clients too (httpx), so both ends gave up at the same moment.
_KEPT_ALIVE = 75  # seconds; as usual in front of a public API


class _Server(uvicorn.Server):
    """Ends as soon as it is told to; uvicorn looks ten times a second, and then waits for a tenth more."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def end(self) -> None:
        """Let `serve` come to its end; called from any thread, at any time."""
        self.should_exit = True
        if self._loop is not None and not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):  # it was closed in between
                self._loop.call_soon_threadsafe(self._told.set)

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        if not await self.on_tick(0):
            await self._told.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        state = self.server_state
        for server in self.servers:
            server.close()
        for listening in sockets or ():
            listening.close()
        for connection in list(state.connections):
            connection.shutdown()
        deadline = time.monotonic() + _STOP_LIMIT
        while (state.connections or state.tasks) and time.monotonic() < deadline:  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.002)
        for task in state.tasks:
            task.cancel()


class LoopbackServer:
    """One app on one port; use it as a context manager, or `start()` and `stop()` it.

    Where the app has an `aclose` coroutine, it is called at the end, in the loop that has served it.
    """

    def __init__(self, app: Any, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._app = app
        self._socket = _bind(host, port)
        self.host, self.port = self._socket.getsockname()[:2]
        self._server = _Server(
            uvicorn.Config(
                app,
                http="auto",  # httptools where it is installed, else h11
                loop="asyncio",
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_level="critical",
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                timeout_keep_alive=_KEPT_ALIVE,
            )
        )
        self._thread = threading.Thread(target=self._serve, name=f"serving-{self.port}", daemon=True)
        self._failure: BaseException | None = None

    @property
    def base_url(self) -> str:
        """Return the address to put before a path, without a slash at the end."""
        return f"http://{self.host}:{self.port}"

    def start(self) -> None:
        """Begin to answer; return when the first request would be."""
        self._thread.start()
        deadline = time.monotonic() + _START_LIMIT
        while not self._server.started:
            if self._failure is not None or time.monotonic() > deadline:
                raise HarnessBug(f"the server on port {self.port} did not start: {self._failure}")
            time.sleep(0.002)

    def stop(self) -> None:
        """Stop answering, and wait for the requests under way (a second at most)."""
        self._server.end()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        self._socket.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _serve(self) -> None:
        try:
            asyncio.run(self._serve_and_close())
        except BaseException as failure:  # noqa: BLE001 - handed to whoever waits in start()
            self._failure = failure

    async def _serve_and_close(self) -> None:
        try:
            await self._server.serve(sockets=[self._socket])
        finally:
            close = getattr(self._app, "aclose", None)
            if close is not None:
                await close()


def _bind(host: str, port: int) -> socket.socket:
    # With protocol 0 asyncio does not set TCP_NODELAY, and each keep-alive request takes 40 ms longer.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(1024)
    except OSError as error:
        listening.close()
        raise SetupError(
            [Problem(message=f"port {port} on {host} cannot be used: {error.strerror}", key="--port")],
            hint="Stop whatever listens there, or choose another port (0 takes any free one).",
        ) from error
    return listening


async def abort_connection(send: Any) -> None:
    """Close the connection that an ASGI `send` belongs to, at once and without an answer.

    ASGI has no word for this; uvicorn's `send` is a method of the object that holds the transport.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise HarnessBug("a connection can be aborted only under LoopbackServer")
    transport.abort()
    for _ in range(3):  # until uvicorn has heard of it, else it answers 500 in our place
        await asyncio.sleep(0)
