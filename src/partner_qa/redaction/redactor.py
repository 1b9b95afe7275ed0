"""What never reaches disk: secrets and personal data are replaced before an exchange is written.

Two ways, both always on. *By value*: whatever was issued or configured as a secret is replaced wherever it
stands, in its encoded forms too. *By field*: a table of field names (`fields.py`) says what else is
replaced. A secret becomes a pseudonym that is the same throughout a run and means nothing after it (its key
is random and never stored), so that checks can still see that two requests carried the same token. Personal
values keep their format, so that what was invalid stays invalid (`disguise.py`). The embedded sandbox's
people are published fiction and stay.
"""

from __future__ import annotations

import hashlib
import hmac
import html
import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote_plus, unquote_plus

from partner_qa.model import Body, Exchange, Facts, Headers, Json, Request, Response, Target
from partner_qa.redaction.disguise import disguise
from partner_qa.redaction.fields import Fields
from partner_qa.redaction.secret_values import SecretValues, encoded_forms

__all__ = ["PREFIX", "SHORTEST", "SURELY_SECRET", "Redactor", "encoded_forms"]

PREFIX = "redacted-"
SHORTEST = 8  # a registered value shorter than this would be found in ordinary text
SURELY_SECRET = 16  # one that we did not make ourselves might be a word, if it is shorter than this
_OURS = re.compile(PREFIX + "[0-9a-f]{24}")
_CACHED = 1024  # headers and addresses whose redacted form is kept at hand
_CACHED_BODIES = 64
_CACHED_BODY = 32_768  # bytes

_SECRET_HEADERS = frozenset(
    {"cookie", "set-cookie", "x-gusto-signature", "proxy-authorization", "x-api-key", "x-auth-token"}
)
_ADDRESS_HEADERS = frozenset({"location", "referer", "content-location", "link"})
_PASSWORD = re.compile(r"(//[^/@?#:]*:)([^/@?#]+)(?=@)")  # RFC 3986 section 3.2.1
# A page's hidden fields bind a form to a session (RFC 6749 section 10.12 for `state`): what a generator made
# there is a secret, in the page and in the form that carries it back.
_HIDDEN = re.compile(r"<input\b[^>]*\btype=[\"']?hidden\b[^>]*>", re.IGNORECASE)
_NAME_OF_FIELD = re.compile(r"\bname=[\"']?([^\"'\s>]+)", re.IGNORECASE)
_VALUE_OF_FIELD = re.compile(r"\bvalue=(?:\"([^\"]*)\"|'([^']*)'|([^\"'\s>]+))", re.IGNORECASE)
_RANDOM = re.compile(
    r"(?=.*[a-z])(?=.*[A-Z])(?:(?=.*\d)[\w+=.~-][\w+/=.~-]{15,}|[\w+=.~-]{20,})|[0-9a-f]{32,}", re.ASCII
)
_PUBLIC_FIELDS = frozenset({"client_id"})
_EMPTY = Body.of(b"")
_VALUE = re.compile(
    rb'\s*:\s*(?:"([^"\\]*(?:\\.[^"\\]*)*)(?:"|\Z)|(-?\d+(?:\.\d+)?)(?=[\s,}\]]|\Z))', re.DOTALL
)


class Redactor:
    """Replaces secrets and personal data; one for each run, because its key is the run's."""

    def __init__(self, *, mode: Target = Target.EMBEDDED) -> None:
        self._key = secrets.token_bytes(32)
        self._values = SecretValues()
        self._registered: set[str] = set()
        self._fields = Fields(personal=mode is Target.LIVE)
        self._is_live = mode is Target.LIVE
        self._known_urls: dict[str, str] = {}
        self._known_headers: dict[tuple[str, str], tuple[str, str]] = {}
        self._known_bodies: dict[tuple[str, bytes], Body] = {}

    def register(self, value: str) -> str:
        """Have a secret replaced from now on, wherever it stands; return what replaces it.

        A value shorter than `SHORTEST` is not looked for: it would be found in ordinary text.
        """
        pseudonym = self.pseudonym(value)
        is_new = value not in self._registered and not _OURS.fullmatch(value)
        if is_new and len(value) >= SHORTEST:
            self._registered.add(value)
            self._values.add(value, pseudonym)
            self._known_urls, self._known_headers, self._known_bodies = {}, {}, {}
        return pseudonym

    @property
    def generation(self) -> int:
        """Return a number that grows with each secret registered: what was redacted before may hold it."""
        return len(self._registered)

    @property
    def registered(self) -> frozenset[str]:
        """Return every secret registered so far; only their keyed hashes ever leave this process."""
        return frozenset(self._registered)

    def pseudonym(self, value: str) -> str:
        """Return the run's pseudonym for a value: the same for the same value, and no way back."""
        if _OURS.fullmatch(value):
            return value
        return PREFIX + self._digest(value.encode("utf-8", "surrogatepass")).hex()[:24]

    def exchange(self, exchange: Exchange) -> Exchange:
        """Return an exchange without secrets, its facts included."""
        kept = replace(
            exchange, request=self.request(exchange.request), response=self.response(exchange.response)
        )
        if not exchange.facts:
            return kept
        return replace(kept, facts=self.facts(exchange.facts))

    def request(self, request: Request) -> Request:
        """Return a request without secrets."""
        return Request(
            method=request.method,
            url=self.url(request.url),
            headers=self.headers(request.headers),
            body=self._body(request.body, request.headers),
        )

    def response(self, response: Response) -> Response:
        """Return a response without secrets."""
        return Response(
            status=response.status,
            reason=self.text(response.reason) if response.reason else "",
            headers=self.headers(response.headers),
            body=self._body(response.body, response.headers),
        )

    def facts(self, facts: Facts) -> dict[str, Json]:
        """Return facts without secrets, in their names neither."""
        return {self.text(name): self.json(value, name) for name, value in facts.items()}

    def json(self, value: Json, name: str = "") -> Json:
        """Return a JSON value without secrets; `name` is the field that holds it."""
        if isinstance(value, str):
            return self._json_field(name, value)
        if isinstance(value, dict):
            return {self.text(key): self.json(each, key) for key, each in value.items()}
        if isinstance(value, list):
            return [self.json(each, name) for each in value]
        if isinstance(value, int | float) and not isinstance(value, bool) and self._fields.in_json(name):
            return self._json_field(name, str(value))
        return value

    def text(self, text: str) -> str:
        """Return a text with every registered value, and every secret parameter of an address, replaced."""
        if "=" in text:
            text = self._fields.parameter.sub(self._replace_parameter, text)
        return self._values.replace_in(text)

    def url(self, url: str) -> str:
        """Return a URL with registered values and the values of secret parameters replaced."""
        known = self._known_urls
        kept = known.get(url)
        if kept is None:
            if len(known) >= _CACHED:
                known = self._known_urls = {}
            kept = known[url] = self._address(url)
        return kept

    def headers(self, headers: Headers) -> Headers:
        """Return headers without secrets: tokens as pseudonyms, cookies and signatures whole."""
        known = self._known_headers
        return tuple([known.get(header) or self._kept_header(header, known) for header in headers])

    def field(self, name: str, value: str) -> str:
        """Return the value of a query or form parameter as it may be kept."""
        if not value:
            return value
        if self._fields.is_secret_parameter(name):
            return self.pseudonym(value)
        return self._by_format(name, value) if self._fields.keeps_format(name) else self.text(value)

    # the parts of a message

    def _kept_header(
        self, header: tuple[str, str], known: dict[tuple[str, str], tuple[str, str]]
    ) -> tuple[str, str]:
        name, value = header
        kept = self.text(name), self._header(name.lower(), value)
        if len(known) >= _CACHED:
            known.clear()
        known[header] = kept
        return kept

    def _header(self, name: str, value: str) -> str:
        if name == "authorization":
            scheme, _, credentials = value.partition(" ")
            credentials = credentials.strip()
            if not credentials:
                return self.pseudonym(scheme)
            return f"{self.text(scheme)} {self.pseudonym(credentials)}"
        if name in _SECRET_HEADERS:
            return self.pseudonym(value)
        if name == "x-gusto-client-ip" and self._is_live:
            return self._by_format(name, value)
        return self._address(value) if name in _ADDRESS_HEADERS else self.text(value)

    def _address(self, url: str) -> str:
        rest, _, fragment = url.partition("#")
        base, asks, query = rest.partition("?")
        if "@" in base:
            base = _PASSWORD.sub(lambda found: found[1] + self.pseudonym(found[2]), base)
        kept = base + (f"?{self._pairs(query)}" if asks else "")
        if fragment:
            kept += "#" + (self._pairs(fragment) if "=" in fragment else fragment)
        return self._values.replace_in(kept)

    def _pairs(self, query: str) -> str:
        return "&".join(map(self._pair, query.split("&")))

    def _pair(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        plain = unquote_plus(name) if "%" in name else name
        if not value or not self._fields.is_parameter(plain):
            return self.text(pair)
        return f"{self.text(name)}{equals}{quote_plus(self.field(plain, unquote_plus(value)))}"

    def _replace_parameter(self, found: re.Match[str]) -> str:
        return found[1] + quote_plus(self.pseudonym(unquote_plus(found[2])))

    def _body(self, body: Body, headers: Headers) -> Body:
        """Return a body without secrets; what is asked for again and again is not searched again."""
        if not body.content:
            return body if body.sha256 or body.size else _EMPTY
        media_type = ""
        for name, value in headers:
            if name == "content-type" or name.lower() == "content-type":
                media_type = value.lower()
                break
        if len(body.content) > _CACHED_BODY:
            return self._searched(body, media_type)
        known, key = self._known_bodies, (media_type, body.content)
        found = known.get(key)
        if found is None:
            if len(known) >= _CACHED_BODIES:
                known = self._known_bodies = {}
            found = known[key] = self._searched(body, media_type)
        return found

    def _searched(self, body: Body, media_type: str) -> Body:
        content = body.content
        if not _is_text(content) or (self._is_live and not _is_data(content, media_type)):
            return self._opaque(body)
        if "html" in media_type:
            self._register_hidden(content.decode())
        if "x-www-form-urlencoded" in media_type:
            kept = self._values.replace_in(self._pairs(content.decode())).encode()
        else:
            kept = self._values.replace_in_bytes(self._by_field(content))
        return body if kept == content and body.sha256 else Body.of(kept)

    def _register_hidden(self, page: str) -> None:
        for field in _HIDDEN.findall(page):
            name, value = _NAME_OF_FIELD.search(field), _VALUE_OF_FIELD.search(field)
            if name is None or value is None or name[1] in _PUBLIC_FIELDS:
                continue
            told = html.unescape(value[1] or value[2] or value[3] or "")
            if _RANDOM.fullmatch(told):
                self.register(told)

    def _opaque(self, body: Body) -> Body:
        # Nobody can promise that it holds no secret. The hash is keyed: a short body could be guessed.
        return Body(content=b"", size=body.size, sha256=self._digest(body.content).hex())

    def _by_field(self, content: bytes) -> bytes:
        if b"=" in content:
            text = content.decode()
            content = self._fields.parameter.sub(self._replace_parameter, text).encode()
        places = self._fields.find_in(content)
        return self._with_replaced(content, places) if places else content

    def _with_replaced(self, content: bytes, places: Iterable[tuple[str, int]]) -> bytes:
        pieces, done = [], 0
        for name, after in sorted(places, key=lambda place: place[1]):
            found = _VALUE.match(content, after)
            if found is None or found.start(found.lastindex or 0) < done:
                continue
            group = found.lastindex or 0
            pieces += [content[done : found.start(group)], self._json_value(name, found[group], group)]
            done = found.end(group)
        return b"".join([*pieces, content[done:]])

    def _json_value(self, name: str, raw: bytes, group: int) -> bytes:
        if group == 2:  # a number
            kept = self._json_field(name, raw.decode())
            return kept.encode() if _is_number(kept) else json.dumps(kept).encode()
        try:
            value = str(json.loads(b'"' + raw + b'"', strict=False))
        except ValueError:
            value = raw.decode("utf-8", "replace")
        return json.dumps(self._json_field(name, value), ensure_ascii=False).encode(
            "utf-8", "backslashreplace"
        )[1:-1]

    def _json_field(self, name: str, value: str) -> str:
        if not value or not self._fields.in_json(name):
            return self.text(value)
        if self._fields.keeps_format(name):
            return self._by_format(name, value)
        return self.pseudonym(value)

    def _by_format(self, name: str, value: str) -> str:
        # E-mail addresses that differ in case are one person's, so they share their seed.
        same = value.lower() if "@" in value else value
        return disguise(name, value, self._digest(same.encode("utf-8", "surrogatepass")))

    def _digest(self, value: bytes) -> bytes:
        return hmac.digest(self._key, value, hashlib.sha256)


def _is_text(content: bytes) -> bool:
    if b"\0" in content:  # also how UTF-16 shows, in which no secret would be found
        return False
    if content.isascii():
        return True
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_data(content: bytes, media_type: str) -> bool:
    return "json" in media_type or "urlencoded" in media_type or content.lstrip()[:1] in {b"{", b"["}


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", text) is not None
