"""What of a profile may be written into a run: everything but secrets, values of variables and home folders.

The facts of a run travel: into reports, into the bundle, to Gusto. A template that is only a placeholder
says nothing; any other value might be a secret, so of environment variables and headers only names stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from partner_qa.model import Headers, Json
from partner_qa.profile.placeholders import is_placeholder

HIDDEN = "(hidden)"
_SECRET = re.compile(
    r"secret|token|passw|passcode|passphrase|authorization|cookie|credential|key$", re.IGNORECASE
)
_SCHEME = re.compile(r"(Bearer|Basic|Token) +", re.IGNORECASE)
_HOME = re.compile(
    r"(?<![\w.\]])(/home/|/Users/|[A-Za-z]:\\Users\\)[^/\\\s:\"']+|(?<![\w.\]/])/root(?![\w-])"
)
_OPTION = re.compile(r"(-{1,2}[\w-]+|[A-Za-z_]\w*)=(.*)", re.DOTALL)


def is_named_like_secret(name: str) -> bool:
    """Return whether a variable, an option or a field has a name that secrets have."""
    return _SECRET.search(name) is not None


def describe_environment(env: Mapping[str, str]) -> dict[str, Json]:
    """Return the names of environment variables; a value only where it is just a placeholder."""
    return {name: value if is_placeholder(value) else None for name, value in env.items()}


def describe_door(
    *, method: str, url: str, json: Json, headers: Headers, command: Iterable[str], folder: Path
) -> dict[str, Json]:
    """Return a door as `partner.yaml` words it, without what might be a secret."""
    if not url:
        return {"command": list(without_homes(command, folder))}
    told: dict[str, Json] = {method.lower(): _without_query_secrets(url)}
    if json is not None:
        told["json"] = _without_secrets(json)
    if headers:
        told["headers"] = {name: value if _is_open(value) else None for name, value in headers}
    return told


def without_homes(command: Iterable[str], folder: Path) -> tuple[str, ...]:
    """Return a command line with `.` for the profile's folder, `~` for homes, and its secrets hidden."""
    told: list[str] = []
    is_secret = False
    for word in command:
        option = _OPTION.fullmatch(word)
        if is_secret and not is_placeholder(word):
            told.append(HIDDEN)
        elif option and is_named_like_secret(option[1]) and not is_placeholder(option[2]):
            told.append(f"{option[1]}={HIDDEN}")
        else:
            told.append(_without_home(_without_query_secrets(word), folder))
        is_secret = word.startswith("-") and "=" not in word and is_named_like_secret(word)
    return tuple(told)


def _without_home(text: str, folder: Path) -> str:
    for known, short in ((str(folder), "."), (str(Path.home()), "~")):
        if len(known) > 1:
            text = re.sub(re.escape(known) + r"(?![\w-])", short, text)
    return _HOME.sub("~", text)


def _is_open(value: str) -> bool:
    return is_placeholder(_SCHEME.sub("", value, count=1))


def _without_secrets(value: Json, name: str = "") -> Json:
    if isinstance(value, dict):
        return {key: _without_secrets(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_secrets(each, name) for each in value]
    if is_named_like_secret(name) and not (isinstance(value, str) and is_placeholder(value)):
        return None
    return value


def _without_query_secrets(url: str) -> str:
    if "://" not in url or "?" not in url:
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    told = [
        (name, HIDDEN if is_named_like_secret(name) and not is_placeholder(value) else value)
        for name, value in pairs
    ]
    return url if told == pairs else urlunsplit(parts._replace(query=urlencode(told, safe="{}()")))
