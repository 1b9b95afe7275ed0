"""A small product for tests: it connects companies and syncs people, in the way that STUB_DOES names.

A program by itself (`python product.py`); everything it needs to know is in its environment. Without
STUB_DOES it is careful.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

PORT = int(os.environ["PORT"])
BASE = os.environ["GUSTO_API_BASE"]
CALLBACK = f"http://127.0.0.1:{PORT}/callback"
DOES = os.environ.get("STUB_DOES", "")
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
ESCAPES = "\x1b[2J\x1b]0;owned\x07\u202e<script>]]>\n::error::owned"


class Product(ThreadingHTTPServer):
    """What it holds: the states it has issued, to which browser, and for each account token and company."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", PORT), Handler)
        self.states: dict[str, tuple[str, str]] = {}
        self.last = ""
        self.connections: dict[str, tuple[str, str]] = {}

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


class Handler(BaseHTTPRequestHandler):
    """Its pages, and the doors for the test."""

    server: Product

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/health":
            self.say(200, "well")
        elif parts.path == "/connect":
            self.connect(query["account"])
        elif parts.path == "/callback":
            self.call_back(query)
        elif parts.path == "/round":
            self.say(302, "", location="/round")
        else:
            self.say(404, "no such page")

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        if self.headers.get("Authorization") != f"Bearer {os.environ['QA_TOKEN']}":
            self.say(401, "who are you?")
        elif not self.misbehave():
            self.sync(asked["account"])

    def connect(self, account: str) -> None:
        state = secrets.token_urlsafe(24)
        browser = secrets.token_urlsafe(24)
        self.server.states[state], self.server.last = (account, browser), account
        asked = {
            "client_id": os.environ["GUSTO_CLIENT_ID"],
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "state": state,
        }
        targets = {
            "redirects_for_ever": "/round",
            "leads_to_production": "https://api.gusto.com/oauth/authorize",
        }
        if DOES == "hangs_on_connect":
            time.sleep(60)
        location = targets.get(DOES, f"{BASE}/oauth/authorize?{urlencode(asked)}")
        self.say(302, "", location=location, cookie=f"browser={browser}; HttpOnly; SameSite=Lax; Path=/")

    def call_back(self, query: dict[str, str]) -> None:
        account, browser = self.server.states.pop(query.get("state", ""), ("", ""))
        if f"browser={browser}" not in self.headers.get("Cookie", "").split("; "):
            account = ""
        if DOES == "accepts_any_state":
            account = account or self.server.last
        if not account:
            self.say(403, "this callback belongs to nobody")
            return
        given = {
            "client_id": os.environ["GUSTO_CLIENT_ID"],
            "client_secret": os.environ["GUSTO_CLIENT_SECRET"],
            "redirect_uri": CALLBACK,
            "grant_type": "authorization_code",
            "code": query.get("code", ""),
        }
        token = ask("POST", "/oauth/token", given=given)[0]["access_token"]
        company = ask("GET", "/v1/token_info", token=token)[0]["resource"]["uuid"]
        self.server.connections[account] = (token, company)
        self.say(200, "connected")

    def sync(self, account: str) -> None:
        token, company = self.server.connections[account]
        page, pages = 1, 1
        try:
            while page <= pages:
                path = f"/v1/companies/{company}/employees?page={page}&per=100"
                headers = ask("GET", path, token=token)[1]
                pages = 1 if DOES == "reads_one_page" else int(headers.get("X-Total-Pages") or 1)
                page += 1
        except urllib.error.HTTPError as refused:
            self.say(200, {"status": "failed", "detail": f"Gusto says {refused.code}"})
        else:
            self.say(200, {"status": "done", "detail": "all of them"})

    def misbehave(self) -> bool:
        """Do what STUB_DOES names in place of a sync; return whether it names such a thing."""
        act = getattr(self, f"do_{DOES}", None)
        if act is not None:
            act()
        return act is not None

    def do_answers_garbage(self) -> None:
        self.say(200, "<html>]]>no JSON\x1b[31m")

    def do_answers_escapes(self) -> None:
        self.say(200, {"status": ESCAPES, "detail": ESCAPES})

    def do_shows_its_environment(self) -> None:
        self.say(200, {"status": "failed", "detail": json.dumps(dict(os.environ))})

    def do_never_answers(self) -> None:
        time.sleep(120)

    def do_hangs_up(self) -> None:
        self.close_connection = True

    def do_sends_bad_headers(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nno colon here\r\n\x00: \x01\r\n\r\n{}")
        self.close_connection = True

    def do_sends_50_megabytes(self) -> None:
        self.say(200, "x" * 50_000_000)

    def do_exits(self) -> None:
        sys.stderr.write("segmentation fault, so to speak\n")
        sys.stderr.flush()
        os._exit(3)

    def do_floods_the_sandbox(self) -> None:
        for _ in range(300):
            ask_anything("/v1/flood?page=1")
        self.say(200, {"status": "done"})

    def do_asks_production(self) -> None:
        try:
            urllib.request.urlopen("http://api.gusto.com/v1/me", timeout=10)
        except urllib.error.HTTPError as refused:
            self.say(200, {"status": "failed", "detail": f"the proxy said {refused.code}"})

    def say(self, status: int, told: Any, *, location: str = "", cookie: str = "") -> None:
        content = told.encode() if isinstance(told, str) else json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        if location:
            self.send_header("Location", location)
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: Any) -> None:
        pass


def ask(method: str, path: str, *, token: str = "", given: Any = None) -> tuple[Any, Any]:
    """Ask Gusto; return what it told, and its headers."""
    headers = {"X-Gusto-API-Version": "2026-06-15", "Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    content = None if given is None else json.dumps(given).encode()
    request = urllib.request.Request(BASE + path, data=content, headers=headers, method=method)
    with OPENER.open(request, timeout=30) as answer:
        return json.load(answer), answer.headers


def ask_anything(path: str) -> None:
    try:
        ask("GET", path, token="made-up")
    except urllib.error.HTTPError as refused:
        refused.close()


def begin() -> None:
    """Be odd from the start, where that is what is wanted."""
    if DOES == "exits_at_once":
        sys.exit("a module is missing: \x1b[31mflask")
    if DOES == "is_never_ready":
        time.sleep(60)
    if DOES == "goes_to_the_background" and os.fork():
        os._exit(0)
    if DOES == "leaves_forks":
        for _ in range(5):
            if not os.fork():
                os.setsid()
                time.sleep(60)
                os._exit(0)
    if DOES == "floods_its_output":
        threading.Thread(target=flood, daemon=True).start()


def flood() -> None:
    line = "x" * 999 + "\n"
    for _ in range(60_000):
        sys.stdout.write(line)


if __name__ == "__main__":
    begin()
    Product().serve_forever(poll_interval=0.05)
