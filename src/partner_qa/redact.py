"""What never reaches disk: secrets and personal data are replaced before an exchange is written.

Two ways, both always on. *By value*: whatever was issued or configured as a secret is replaced wherever it
stands, in its encoded forms too. *By field*: a table of field names says what else is replaced. A secret
becomes a pseudonym that is the same throughout a run and means nothing after it (its key is random and never
stored), so that checks can still see that two requests carried the same token. Personal values keep their
format, so that what was invalid stays invalid. The embedded sandbox's people are published fiction and stay.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit, urlunsplit

from partner_qa.model import Body, Headers, Request, Response, Target

PREFIX = "redacted-"
SHORTEST = 8  # a registered value shorter than this would be found in ordinary text

_SECRET_FIELDS = frozenset(
    {
        "access_token",
        "refresh_token",
        "client_secret",
        "code",
        "token",
        "state",
        "verification_token",
        "password",
        "api_token",
        "qa_token",
    }
)
_NUMBER_FIELDS = frozenset(
    {"ssn", "account_number", "encrypted_account_number", "routing_number", "ein", "bank_account_number"}
)
_PERSONAL_FIELDS = frozenset(
    {
        "first_name",
        "last_name",
        "middle_initial",
        "preferred_first_name",
        "name_of_contact",
        "email",
        "work_email",
        "personal_email",
        "date_of_birth",
        "phone",
        "phone_number",
        "street_1",
        "street_2",
        "trade_name",
        "legal_name",
    }
)
_SECRET_HEADERS = frozenset({"cookie", "set-cookie", "x-gusto-signature", "proxy-authorization"})
_RUN = re.compile(r"[A-Za-z0-9_\-.~+/]+={0,2}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_STRING = r'"((?:[^"\\]|\\.)+)"'


class Redactor:
    """Replaces secrets and personal data; one for each run, because its key is the run's."""

    def __init__(self, *, mode: Target = Target.EMBEDDED) -> None:
        self._key = secrets.token_bytes(32)
        self._values: dict[str, str] = {}
        self._odd: dict[str, str] = {}
        self._shortest = 1 << 30
        personal = _PERSONAL_FIELDS if mode is Target.LIVE else frozenset()
        self._kept_format = _NUMBER_FIELDS | personal
        names = "|".join(sorted(_SECRET_FIELDS | self._kept_format))
        self._field = re.compile(rf'"({names})"(\s*:\s*){_STRING}')

    def register(self, value: str) -> str:
        """Have a secret replaced from now on, wherever it stands; return what replaces it."""
        pseudonym = self.pseudonym(value)
        if len(value) < SHORTEST:
            return pseudonym
        for form in _forms(value):
            if _RUN.fullmatch(form):
                self._values[form] = pseudonym
                self._shortest = min(self._shortest, len(form))
            else:
                self._odd[form] = pseudonym
        return pseudonym

    def pseudonym(self, value: str) -> str:
        """Return the run's pseudonym for a value: the same for the same value, and no way back."""
        if value.startswith(PREFIX):
            return value
        return PREFIX + hmac.new(self._key, value.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:24]

    def request(self, request: Request) -> Request:
        """Return a request without secrets."""
        return replace(
            request,
            url=self.url(request.url),
            headers=self.headers(request.headers),
            body=self._body(request.body, request.headers),
        )

    def response(self, response: Response) -> Response:
        """Return a response without secrets."""
        return replace(
            response,
            reason=self.text(response.reason),
            headers=self.headers(response.headers),
            body=self._body(response.body, response.headers),
        )

    def text(self, text: str) -> str:
        """Return a text with every registered value replaced."""
        for value, pseudonym in self._odd.items():
            if value in text:
                text = text.replace(value, pseudonym)
        if len(text) < self._shortest:
            return text
        return _RUN.sub(self._replace_run, text)

    def _replace_run(self, found: re.Match[str]) -> str:
        run = found[0]
        if len(run) < self._shortest:
            return run
        exact = self._values.get(run)
        if exact is not None:
            return exact
        for value, pseudonym in self._values.items():
            if value in run:
                run = run.replace(value, pseudonym)
        return run

    def url(self, url: str) -> str:
        """Return a URL with registered values and the values of secret parameters replaced."""
        parts = urlsplit(url)
        query = self._pairs(parts.query)
        fragment = self._pairs(parts.fragment) if "=" in parts.fragment else self.text(parts.fragment)
        return urlunsplit(parts._replace(path=self.text(parts.path), query=query, fragment=fragment))

    def _pairs(self, query: str) -> str:
        names = {part.split("=", 1)[0] for part in query.split("&")} if query else set()
        if not names & (_SECRET_FIELDS | self._kept_format):
            return self.text(query)
        pairs = parse_qsl(query, keep_blank_values=True)
        return self.text(urlencode([(name, self.field(name, value)) for name, value in pairs]))

    def field(self, name: str, value: str) -> str:
        """Return the value of a named field as it may be kept."""
        if not value:
            return value
        if name in _SECRET_FIELDS:
            return self.pseudonym(value)
        return self._same_format(value) if name in self._kept_format else self.text(value)

    def headers(self, headers: Headers) -> Headers:
        """Return headers without secrets: tokens as pseudonyms, cookies and signatures whole."""
        return tuple((name, self._header(name.lower(), value)) for name, value in headers)

    def _header(self, name: str, value: str) -> str:
        if name == "authorization":
            scheme, _, credentials = value.partition(" ")
            return (
                f"{scheme} {self.pseudonym(credentials.strip())}" if credentials else self.pseudonym(scheme)
            )
        if name in _SECRET_HEADERS:
            return self.pseudonym(value)
        return self.url(value) if name in {"location", "referer"} else self.text(value)

    def _body(self, body: Body, headers: Headers) -> Body:
        if not body.content:
            return body
        try:
            text = body.content.decode("utf-8")
        except UnicodeDecodeError:
            return self._opaque(body)
        kept = self._text_body(text, next((v for k, v in headers if k.lower() == "content-type"), ""))
        return body if kept == text else Body.of(kept.encode())

    def _text_body(self, text: str, content_type: str) -> str:
        if "x-www-form-urlencoded" in content_type.lower():
            return self._pairs(text)
        return self.text(self._field.sub(self._replace_field, text))

    def _replace_field(self, found: re.Match[str]) -> str:
        name, between, inner = found.groups()
        try:
            value = json.loads(f'"{inner}"', strict=False)
        except ValueError:
            value = inner
        return f'"{name}"{between}{json.dumps(self.field(name, value), ensure_ascii=False)}'

    def _opaque(self, body: Body) -> Body:
        # Not text: nobody can promise that it holds no secret, so only its size and hash are kept.
        return Body(content=b"", size=body.size, sha256=body.sha256)

    def _same_format(self, value: str) -> str:
        seed = hmac.new(self._key, value.encode("utf-8", "replace"), hashlib.sha256).digest()
        if "@" in value:
            local, _, _ = value.rpartition("@")
            return f"{self._shape(local, seed)}@redacted.example" if local else value
        if _DATE.fullmatch(value) and _is_date(value):
            return date.fromordinal(date(1950, 1, 1).toordinal() + seed[0] * 71 + seed[1]).isoformat()
        return self._shape(value, seed)

    @staticmethod
    def _shape(value: str, seed: bytes) -> str:
        stream = (seed * (len(value) // len(seed) + 1))[: len(value)]
        return "".join(map(_same_class, value, stream))


def _same_class(character: str, number: int) -> str:
    if character.isdigit():
        return str(number % 10)
    if character.isalpha():
        letter = chr(ord("a") + number % 26)
        return letter.upper() if character.isupper() else letter
    return character


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _forms(value: str) -> set[str]:
    raw = value.encode("utf-8", "replace")
    encoders: tuple[Callable[[], str], ...] = (
        lambda: value,
        lambda: quote(value, safe=""),
        lambda: quote_plus(value),
        lambda: json.dumps(value)[1:-1],
        lambda: base64.b64encode(raw).decode(),
        lambda: base64.urlsafe_b64encode(raw).decode(),
        lambda: base64.b64encode(raw).decode().rstrip("="),
        lambda: base64.urlsafe_b64encode(raw).decode().rstrip("="),
    )
    return {encode() for encode in encoders}
