"""What a person types next: one command for the harness, one curl line for a request that a finding shows.

Every foreign part is quoted for a POSIX shell, and nothing in it can make curl read a file of the
person's or glob a URL. Sources: https://curl.se/docs/manpage.html, POSIX.1 XCU section 2.2.2.
"""

from __future__ import annotations

import re
import shlex
from urllib.parse import quote, urlsplit

from partner_qa.contract.hosts import DEMO_HOST
from partner_qa.gate import Judged
from partner_qa.model import Exchange, Kind, Outcome, Request, Run, Target, Verdict, VerifiedBy
from partner_qa.report.exchanges import CUT
from partner_qa.report.text import is_clipped, printable

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
_NOT_REPEATED = (Kind.BROWSER, Kind.AUDIT)
_BEARER = {Kind.API: "ACCESS_TOKEN", Kind.ACTION: "QA_TOKEN", Kind.OBSERVATION: "QA_TOKEN"}


def next_command(judged: Judged, run: Run) -> tuple[str, str] | None:
    """Return the command by which an item's verdict may change, after what it does: `repeat` or `answer`.

    `None` for what a person has answered already.
    """
    item, verdict = judged.item, judged.verdict
    if verdict.outcome is Outcome.NEEDS_ATTESTATION:
        return "answer", f"partner-qa attest {_profile(run)}--item {shlex.quote(item.id)}"
    if item.verified_by is VerifiedBy.ATTESTATION:
        return None
    return "repeat", check_command(item.id, run, verdict)


def check_command(item_id: str, run: Run | None = None, verdict: Verdict | None = None) -> str:
    """Return the command that judges one item again, by the partner.yaml of a run where one is given.

    What was started by hand is started by hand again, also where the partner.yaml has `run`; what was seen on
    the live sandbox only is driven there again.
    """
    if run is None:
        return f"partner-qa check --only {shlex.quote(item_id)}"
    how = "--by-hand " if "by_hand" in run.profile else ""
    return f"partner-qa check {_profile(run)}{how}{_sandbox(run, verdict)}--only {shlex.quote(item_id)}"


def _profile(run: Run) -> str:
    file = run.profile.get("file")
    return f"--profile {shlex.quote(printable(file))} " if isinstance(file, str) else ""


def _sandbox(run: Run, verdict: Verdict | None) -> str:
    """Return the options for the sandbox that a verdict rests on; a merged run has been on both."""
    cited = [place.scenario for each in verdict.findings for place in each.places] if verdict else []
    recordings = [run.find(name) for name in cited or (verdict.scenarios if verdict else ())]
    targets = {each.target for each in recordings if each is not None} or {run.target}
    if Target.EMBEDDED in targets:
        return ""
    own = run.base_url not in ("", f"https://{DEMO_HOST}")
    return "--sandbox live " + (f"--base-url {shlex.quote(run.base_url)} " if own else "")


def find_curl_line(exchange: Exchange) -> str | None:
    """Return a curl line that sends the request again.

    `None` for what is not HTTP, not a person's to send (a browser's, the harness's own reads), or not known
    whole: half an address or a header is another request.

    Tokens stand as `$ACCESS_TOKEN` or `$QA_TOKEN`, Gusto's base URL as `$API_BASE`: the recording holds
    pseudonyms, and the recorder's port is gone when the run is over.
    """
    asked = exchange.request
    url = _url(exchange)
    if url is None or not _TOKEN.fullmatch(asked.method) or exchange.kind in _NOT_REPEATED or _is_cut(asked):
        return None
    parts = ["curl -sS -g", f"-X {shlex.quote(asked.method)}", f"--url {url}"]
    for name, value in asked.headers:
        bearer = _BEARER.get(exchange.kind)
        if name.lower() == "authorization" and bearer and value.lower().startswith("bearer "):
            parts.append(f'-H "Authorization: Bearer ${bearer}"')
        elif name.lower() not in _LEFT_OUT and _TOKEN.fullmatch(name):
            parts.append(f"-H {shlex.quote(f'{name}: {printable(value)}')}")
    return " ".join([*parts, *_body(exchange)])


def _is_cut(asked: Request) -> bool:
    named = [text for header in asked.headers for text in header]
    return any(map(is_clipped, (asked.url, *named))) or any(name == CUT for name, _ in asked.headers)


def _url(exchange: Exchange) -> str | None:
    url, base = exchange.request.url, ""
    safe = "/:?&=%+,;@!$'()*~-._[]"
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https"):
            return None
        if exchange.kind is Kind.API:
            url, base = parts.path + (f"?{parts.query}" if parts.query else ""), '"$API_BASE"'
        else:
            safe += "#"
        return base + shlex.quote(quote(url, safe=safe))
    except ValueError:  # it is none, or holds what cannot be sent
        return None


def _body(exchange: Exchange) -> list[str]:
    content = exchange.request.body.content
    if not content and exchange.request.body.size == 0:
        return []
    text = content.decode("utf-8", "replace")
    inline = exchange.request.body.is_whole and len(text) <= _INLINE and printable(text, lines=True) == text
    if not inline or "\ufffd" in text:
        return ["--data-binary @body  # the bytes are in the cassette"]
    return [f"--data-raw {shlex.quote(text)}"]
