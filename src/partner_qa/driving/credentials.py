"""The stand-in's credentials: new for each run, or kept for an integration that is started by hand.

What we start is told its credentials when it starts. What somebody else starts must know them before, so
they stay the same from run to run: as the environment has them (`PARTNER_QA_…`), else made once and kept in
`.partner-qa/` beside the profile, readable by its owner only and invisible to git. They open nothing but
the stand-in on this machine. What comes from the environment may be real, so it is never written.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from partner_qa.errors import Problem, SetupError, UsageError
from partner_qa.profile.placeholders import fill, find_placeholders
from partner_qa.profile.profile import Profile
from partner_qa.redaction.redactor import SURELY_SECRET

VARIABLES = {
    "client_id": "PARTNER_QA_CLIENT_ID",
    "client_secret": "PARTNER_QA_CLIENT_SECRET",
    "qa_token": "PARTNER_QA_QA_TOKEN",
    "webhook_secret": "PARTNER_QA_WEBHOOK_SECRET",
}
FOLDER = ".partner-qa"
_FILE = "credentials.json"
_FIT = re.compile(r"[!-~]+")
_PLAIN = re.compile(r"[\w@%+=:,./-]*", re.ASCII)
_OPEN = frozenset({"api_base", "client_id"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Handout:
    """The file of variables for the integration, and what of it may be read on a screen.

    `changed` are the names whose lines are not what the file had before; all of them where it is new.
    """

    path: Path
    lines: tuple[str, ...]
    changed: tuple[str, ...] = ()


def make_credentials() -> dict[str, str]:
    """Return new credentials, by the names of the placeholders that stand for them."""
    return {name: secrets.token_urlsafe(32) for name in VARIABLES}


def load_credentials(profile: Profile, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the credentials that stay: the environment's, else those kept beside the profile.

    They are made where they are not there yet. Raises `UsageError` for a variable that cannot be used,
    `SetupError` for a file that cannot be read or written.
    """
    given = _read_environment(environ)
    if len(given) == len(VARIABLES):
        return given
    path = _make_folder(profile) / _FILE
    try:
        kept = _read(path) if path.exists() else _keep(path)
    except OSError as error:
        raise _unusable(path, error) from error
    return kept | given


def write_handout(profile: Profile, values: Mapping[str, str], environ: Mapping[str, str]) -> Handout:
    """Write the variables that the integration needs, by its own names, and return where they are.

    `values` fill the templates of `by_hand.env`. A secret of the environment is named there and not written.
    """
    written, lines = (
        [f"# What {_one_line(profile.integration.name)} needs for partner-qa, which wrote this."],
        [],
    )
    for name, template in profile.by_hand.env.items():
        used = frozenset(find_placeholders(template))
        theirs = sorted(VARIABLES[each] for each in used - _OPEN if environ.get(VARIABLES[each]))
        value = fill(template, values)
        written.append(f"# {name}: see {', '.join(theirs)}" if theirs else f"{name}={_quoted(value)}")
        is_shown = bool(used) and used <= _OPEN
        lines.append(f"{name}={value}" if is_shown else f"{name}  ({', '.join(theirs) or 'in the file'})")
    path = _make_folder(profile) / f"{profile.path.stem}.env"
    try:
        before = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        _write(path, "\n".join(written) + "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(path, error) from error
    pairs = zip(profile.by_hand.env, written[1:], strict=True)
    changed = tuple(name for name, line in pairs if line not in before)
    return Handout(path=path, lines=tuple(lines), changed=changed)


def _read_environment(environ: Mapping[str, str]) -> dict[str, str]:
    given = {name: environ[variable] for name, variable in VARIABLES.items() if environ.get(variable)}
    problems = [
        Problem(key=VARIABLES[name], message=trouble)
        for name, value in given.items()
        if (trouble := _find_trouble(name, value))
    ]
    if problems:
        raise UsageError(problems, hint="Unset it, and one is made and kept beside the profile.")
    return given


def _find_trouble(name: str, value: str) -> str:
    if not _FIT.fullmatch(value):
        return "has a blank, or a character that no header could carry"
    if name not in _OPEN and len(value) < SURELY_SECRET:
        return f"is shorter than {SURELY_SECRET} characters, too short to be kept out of recordings"
    return ""


def _make_folder(profile: Profile) -> Path:
    folder = profile.folder / FOLDER
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="ascii")
    except OSError as error:
        raise _unusable(folder, error) from error
    return folder


def _keep(path: Path) -> dict[str, str]:
    """Make credentials and write them; where another run has done so just now, return those."""
    made = make_credentials()
    try:
        _write_new(path, json.dumps(made, indent=1) + "\n")
    except FileExistsError:
        return _read(path)
    return made


def _read(path: Path) -> dict[str, str]:
    path.chmod(0o600)
    try:
        told = json.loads(path.read_bytes())
    except ValueError:
        told = None
    values = {name: told.get(name) for name in VARIABLES} if isinstance(told, dict) else {}
    found = {name: value for name, value in values.items() if isinstance(value, str)}
    if len(found) < len(VARIABLES) or any(_find_trouble(*pair) for pair in found.items()):
        raise SetupError(
            [Problem(file=str(path), message="does not hold what was written there")],
            hint="Delete it; new credentials are made then, and the integration has to be started with them.",
        )
    return found


def _write(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    draft = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        _write_new(draft, text)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _write_new(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _quoted(value: str) -> str:
    """Return a value as shells and Docker read it alike; only what is unusual is quoted."""
    return value if _PLAIN.fullmatch(value) else shlex.quote(value)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _unusable(path: Path, error: OSError | UnicodeDecodeError) -> SetupError:
    why = (error.strerror if isinstance(error, OSError) else None) or error
    return SetupError(
        [Problem(file=str(path), message=f"cannot be used: {why}")],
        hint="An integration that is started by hand has its credentials there; "
        f"let the folder be written, or set {', '.join(VARIABLES.values())}.",
    )
