"""How a person repeats what a finding shows: one command for the harness, one curl line for the request.

Every foreign part is quoted for a POSIX shell, and nothing in it can make curl read a file of the
person's or glob a URL. Sources: https://curl.se/docs/manpage.html, POSIX.1 XCU section 2.2.2.
"""

from __future__ import annotations

import re
import shlex
from urllib.parse import quote, urlsplit

from partner_qa.model import Exchange, Kind, Run
from partner_qa.report.text import printable

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a method or a header name, RFC 9110 section 5.6.2
_LEFT_OUT = frozenset(
    (
        "authorization",
        "host",
        "content-length",
        "connection",
        "accept-encoding",
        "transfer-encoding",
        "cookie",
    )
)
_INLINE = 2_000
_BEARER = {Kind.API: "ACCESS_TOKEN", Kind.ACTION: "QA_TOKEN", Kind.OBSERVATION: "QA_TOKEN"}


def check_command(item_id: str, run: Run | None = None) -> str:
    """Return the command that judges one item again, by the partner.yaml of a run where one is given.

    What was started by hand is started by hand again, also where the partner.yaml has `run`.
    """
    file = run.profile.get("file") if run is not None else None
    where = f"--profile {shlex.quote(file)} " if isinstance(file, str) else ""
    how = "--by-hand " if run is not None and "by_hand" in run.profile else ""
    return f"partner-qa check {where}{how}--only {shlex.quote(item_id)}"


def find_curl_line(exchange: Exchange) -> str | None:
    """Return a curl line that sends the request again, or `None` for what is not HTTP or not a person's.

    Tokens stand as `$ACCESS_TOKEN` or `$QA_TOKEN`, Gusto's base URL as `$API_BASE`: the recording holds
    pseudonyms, and the recorder's port is gone when the run is over.
    """
    asked = exchange.request
    url = _url(exchange)
    if url is None or not _TOKEN.fullmatch(asked.method) or exchange.kind is Kind.BROWSER:
        return None
    parts = ["curl -sS -g", f"-X {shlex.quote(asked.method)}", f"--url {url}"]
    for name, value in asked.headers:
        bearer = _BEARER.get(exchange.kind)
        if name.lower() == "authorization" and bearer and value.lower().startswith("bearer "):
            parts.append(f'-H "Authorization: Bearer ${bearer}"')
        elif name.lower() not in _LEFT_OUT and _TOKEN.fullmatch(name):
            parts.append(f"-H {shlex.quote(f'{name}: {printable(value)}')}")
    return " ".join([*parts, *_body(exchange)])


def _url(exchange: Exchange) -> str | None:
    try:
        parts = urlsplit(exchange.request.url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https"):
        return None
    safe = "/:?&=%+,;@!$'()*~-._[]"
    if exchange.kind is not Kind.API:
        return shlex.quote(quote(exchange.request.url, safe=safe + "#"))
    rest = parts.path + (f"?{parts.query}" if parts.query else "")
    return '"$API_BASE"' + shlex.quote(quote(rest, safe=safe))


def _body(exchange: Exchange) -> list[str]:
    content = exchange.request.body.content
    if not content and exchange.request.body.size == 0:
        return []
    text = content.decode("utf-8", "replace")
    inline = exchange.request.body.is_whole and len(text) <= _INLINE and printable(text, lines=True) == text
    if not inline or "\ufffd" in text:
        return ["--data-binary @body  # the bytes are in the cassette"]
    return [f"--data-raw {shlex.quote(text)}"]
