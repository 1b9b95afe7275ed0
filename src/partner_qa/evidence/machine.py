"""What could name this machine or whoever sits at it, and must not be in a bundle.

Home folders, the user's name, values of the environment's variables. A word that people wrote for others to
read, or that every machine knows, gives nothing away.
"""

from __future__ import annotations

import getpass
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

_SECRET = re.compile(r"SECRET|TOKEN|PASSW|PASSPHRASE|CREDENTIAL|PRIVATE|(?:_|^)KEY$|API_?KEY", re.IGNORECASE)
_SHORTEST = 8  # characters of a value that is looked for; a shorter one is found in ordinary text
_SHORTEST_NAME = 4
_NOBODY = frozenset(
    {"root", "admin", "user", "users", "runner", "ubuntu", "debian", "build", "builder", "jenkins", "test"}
    | {"vagrant", "ec2-user", "gitlab-runner", "circleci", "docker", "nobody", "node", "work", "home"}
)


def find_phrases(
    environ: Mapping[str, str], passed_on: Collection[str], said: str
) -> tuple[tuple[str, bytes], ...]:
    """Return what to look for, as pairs of what it is and the bytes.

    `passed_on` names variables that the profile hands to the integration; `said` is what people wrote for
    others to read.
    """
    return tuple(dict.fromkeys((*_homes(), *_names(said), *_values(environ, passed_on, said))))


def _homes() -> Iterator[tuple[str, bytes]]:
    home = str(Path.home())
    if home.count("/") + home.count("\\") >= 2:
        yield "the home folder", home.encode()
    elif len(home) > 1:
        yield "the home folder", f"{home}/".encode()


def _names(said: str) -> Iterator[tuple[str, bytes]]:
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        return
    if len(name) < _SHORTEST_NAME or name.lower() in _NOBODY or name in said:
        return
    for text in (f"/home/{name}", f"/Users/{name}", f"\\Users\\{name}", f'"{name}"', f" {name} ", f"{name}@"):
        yield "the user's name", text.encode()


def _values(environ: Mapping[str, str], passed_on: Collection[str], said: str) -> Iterator[tuple[str, bytes]]:
    for name, value in environ.items():
        is_telling = name in passed_on or _SECRET.search(name)
        if is_telling and len(value) >= _SHORTEST and value not in said:
            yield f"the value of {name}", value.encode("utf-8", "surrogateescape")
