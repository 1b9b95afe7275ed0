"""Which fields are secret, and which are about a person: the table behind redaction by field.

A query or form parameter is found by its name alone. In JSON, `code` and `state` are ordinary words (an
address has a state), so there they are secret only in a token request (RFC 6749 section 4.1.3). Names are
also known in camel case, as integrations write them in their own answers.
"""

from __future__ import annotations

import re

_SECRET = (
    "access_token",
    "refresh_token",
    "client_secret",
    "token",
    "verification_token",
    "password",
    "api_token",
    "qa_token",
    "webhook_secret",
)
_SECRET_IN_OAUTH = ("code", "state")
_NUMBERS = (
    "ssn",
    "account_number",
    "encrypted_account_number",
    "bank_account_number",
    "routing_number",
    "ein",
)
_PERSONAL = (
    "name",
    "full_name",
    "first_name",
    "last_name",
    "middle_initial",
    "preferred_first_name",
    "preferred_name",
    "name_of_contact",
    "email",
    "work_email",
    "personal_email",
    "date_of_birth",
    "phone",
    "phone_number",
    "street_1",
    "street_2",
    "city",
    "zip",
    "trade_name",
    "legal_name",
    "company_name",  # as observations have it
)
_TOKEN_REQUEST_LIMIT = 20_000  # bytes; above it nobody asks for a token


class Fields:
    """The table, ready to be searched; with `personal` it holds people's data too."""

    def __init__(self, *, personal: bool) -> None:
        formatted = _NUMBERS + (_PERSONAL if personal else ())
        self._formatted = frozenset({*formatted, *map(_to_camel, formatted)} | {"x-gusto-client-ip"})
        self._secret = frozenset({*_SECRET, *map(_to_camel, _SECRET)})
        self._secret_parameters = self._secret | frozenset(_SECRET_IN_OAUTH)
        self._json = self._secret | self._formatted
        names = "|".join(sorted(self._secret_parameters, key=len, reverse=True))
        # An address may stand in any text; HTML and JSON write its `&` as `&amp;` and `\u0026`.
        self.parameter = re.compile(rf"((?:^|[?&;\s]|\\u0026|%3[Ff]|%26)(?:{names})=)([^&;\s\"'<>\\#]+)")
        self._needles = _find_needles(self._json)
        self._oauth_needles = _find_needles(frozenset(_SECRET_IN_OAUTH))

    def is_secret_parameter(self, name: str) -> bool:
        """Return whether a query or form parameter is replaced by a pseudonym."""
        return name.lower() in self._secret_parameters or name in self._secret_parameters

    def is_parameter(self, name: str) -> bool:
        """Return whether a query or form parameter is replaced at all."""
        return self.is_secret_parameter(name) or self.keeps_format(name)

    def keeps_format(self, name: str) -> bool:
        """Return whether a field is replaced by a value of the same format."""
        return name in self._formatted or name.lower() in self._formatted

    def in_json(self, name: str) -> bool:
        """Return whether a field of a JSON object is replaced."""
        return name in self._json or name in _SECRET_IN_OAUTH_JSON

    def find_in(self, content: bytes) -> list[tuple[str, int]]:
        """Return each replaced field of a JSON text: its name, and the offset behind its closing quote."""
        found = _find(content, self._needles, self._json)
        if len(content) < _TOKEN_REQUEST_LIMIT and b'"grant_type"' in content:
            found += [
                (f"oauth:{name}", after)
                for name, after in _find(content, self._oauth_needles, frozenset(_SECRET_IN_OAUTH))
            ]
        return found


_SECRET_IN_OAUTH_JSON = frozenset(f"oauth:{name}" for name in _SECRET_IN_OAUTH)


def _find(content: bytes, needles: tuple[bytes, ...], names: frozenset[str]) -> list[tuple[str, int]]:
    found = []
    for needle in needles:
        at = content.find(needle)
        while at >= 0:
            end = at + len(needle)
            if content[end : end + 1] == b'"':
                name = content[content.rfind(b'"', 0, end) + 1 : end].decode("ascii", "replace")
                if name in names:
                    found.append((name, end + 1))
            at = content.find(needle, end)
    return found


def _find_needles(names: frozenset[str]) -> tuple[bytes, ...]:
    """Return endings that between them end every name: looking for few is quick, and names share theirs.

    The first letter of a last word is left out, because camel case writes it large.
    """
    endings = set()
    for name in names:
        last = re.split(r"_|(?=[A-Z])", name)[-1]
        endings.add(last[1:] if len(last) > 4 else name)
    return tuple(sorted(each.encode() for each in endings))


def _to_camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))
